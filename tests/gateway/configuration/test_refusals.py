"""Refusals are data: the table is complete, a clinician can read it, and no row tells a protected person from none."""

import re
import tomllib
from dataclasses import replace

import pytest

import gateway.errors
import trust.errors
from gateway.configuration.refusals import RefusalForm, Transaction, causes, leaves, read_refusals
from gateway.configuration.shipped import shipped
from tests.support.nodes.wire import refusals, row

TEXT = (shipped("config") / "refusals.toml").read_text(encoding="utf-8")
ASKED = [t for t in Transaction if t is not Transaction.TLS]
# OpenNCPErrorCode of OpenNCP 8 and 9, as far as PS, eD, identification and security use it.
CODES = {
    *("1001", "1002", "4201", "4204", "4206", "4207", "4702", "4703", "4704", "4705"),
    *("ERROR_GENERIC", "ERROR_GENERIC_DOCUMENT_MISSING", "ERROR_GENERIC_SERVICE_SIGNIFIER_UNKNOWN"),
    *("ERROR_HPI_AUTHENTICATION_NOT_RECEIVED", "ERROR_HPI_INSUFFICIENT_INFORMATION"),
    *("ERROR_PI_GENERIC", "ERROR_PI_NO_MATCH", "ERROR_PI_INCORRECT_FORMATTING", "ERROR_PI_MISSING_REQUIRED_FIELDS"),
    *("ERROR_PI_REGISTRY_NOT_AVAILABLE", "ERROR_PI_INTERNAL_ERROR", "WARNING_PI_NO_CONSENT"),
    *("ERROR_PS_INCORRECT_FORMATTING", "ERROR_PS_MISSING_REQUIRED_FIELDS", "ERROR_PS_INTERNAL_ERROR"),
    *("ERROR_PS_REGISTRY_NOT_AVAILABLE", "ERROR_PS_NO_CONSENT", "ERROR_PS_NOT_FOUND"),
    *("4105", "4202", "4701", "ERROR_ED_INCORRECT_FORMATTING", "ERROR_ED_MISSING_REQUIRED_FIELDS"),
    *("ERROR_ED_INTERNAL_ERROR", "ERROR_ED_REGISTRY_NOT_AVAILABLE", "ERROR_ED_MISSING_EXPECTED_MAPPING"),
    *("ERROR_ED_NOT_DISPENSABLE_EPRESCRIPTION", "ERROR_ED_SUBSTITUTION_INFORMATION_NOT_ALLOWED"),
    *("ERROR_ED_EPRESCRIPTION_NOT_IDENTIFIABLE", "ERROR_ED_EPRESCRIPTION_NOT_UPDATED", "ERROR_ED_DISCARD_FAILED"),
    *(
        "4104",
        "4106",
        "ERROR_EP_NOT_FOUND",
        "ERROR_PS_MISSING_EXPECTED_MAPPING",
        "ERROR_SEC_GENERIC",
        "ERROR_SEC_DATA_INTEGRITY_NOT_ENSURED",
    ),
}
ALERTS = {"bad_certificate", "certificate_expired", "certificate_revoked", "certificate_unknown", "unknown_ca"}
UNKNOWN_PERSONS = ["PatientProtected", "PatientReserved", "PatientDeceased", "DemographicsDiffer"]
BEFORE_DISPATCH = [
    *("BodyTooLarge", "BodyTooSlow", "MediaTypeUnsupported", "MultipartMalformed", "SoapMalformed"),
    *("SoapVersionUnknown", "NotUnderstood", "BodyElementUnknown"),
]


def without(cause: str) -> str:
    """The table with one cause crossed out everywhere."""
    return TEXT.replace(f'"{cause}", ', "").replace(f', "{cause}"', "")


def test_every_leaf_class_has_a_row_in_every_transaction():
    have = {(r.transaction, r.cause) for r in refusals()}
    assert have == {(t, cause) for t in Transaction for cause in causes(t)}
    assert len(causes(Transaction.UNKNOWN)) > 90


def test_a_class_without_a_row_stops_the_start():
    with pytest.raises(ValueError, match=r"no refusal row for .*PatientReserved"):
        read_refusals(without("PatientReserved"))


def test_a_row_without_a_class_stops_the_start():
    with pytest.raises(ValueError, match=r"for no cause: .*PatientMisplaced"):
        read_refusals(TEXT.replace('"PatientReserved"', '"PatientReserved", "PatientMisplaced"', 1))


def test_two_rows_for_one_cause_stop_the_start():
    with pytest.raises(ValueError, match="two refusal rows for ITI-55 PatientReserved"):
        read_refusals(TEXT.replace('"PatientReserved"', '"PatientReserved", "PatientReserved"', 1))


def test_a_misspelled_key_stops_the_start():
    with pytest.raises(ValueError, match="retriable"):
        read_refusals(TEXT.replace("retryable = true", "retriable = true", 1))


def test_a_text_over_200_characters_stops_the_start():
    longer = TEXT.replace('text = "No patient matches', f'text = "{"x" * 200} No patient matches')
    with pytest.raises(ValueError, match="at most 200"):
        read_refusals(longer)


def test_a_fault_whose_code_cannot_be_a_name_stops_the_start():
    with pytest.raises(ValueError, match="a code that is a name"):
        read_refusals(TEXT.replace('code = "4705"\nfault_code = "ERROR_GENERIC"', 'code = "4705"'))


def test_an_xcpd_row_without_issue_stops_the_start():
    with pytest.raises(ValueError, match="needs issue"):
        read_refusals(TEXT.replace('issue = "PolicyViolation"\n', ""))


def test_an_unknown_issue_stops_the_start():
    with pytest.raises(ValueError, match="PolicyBroken"):
        read_refusals(TEXT.replace('issue = "PolicyViolation"', 'issue = "PolicyBroken"'))


def test_a_code_missing_for_a_transaction_stops_the_start():
    with pytest.raises(ValueError, match="no code"):
        read_refusals(TEXT.replace('ITI-39 = "4207", ', ""))


def test_leaves_are_the_classes_nothing_derives_from():
    assert "PatientUnknown" in leaves(gateway.errors.Refusal)
    assert not {"Refusal", "IdentityRefused", "AssertionRefused"} & (
        leaves(gateway.errors.Refusal) | leaves(trust.errors.TrustError)
    )


def test_every_code_is_one_of_the_field():
    assert {r.code for r in refusals() if r.form is not RefusalForm.TLS} <= CODES
    assert {r.code for r in refusals() if r.form is RefusalForm.TLS} == ALERTS


@pytest.mark.parametrize("cause", UNKNOWN_PERSONS)
@pytest.mark.parametrize("transaction", ASKED)
def test_a_protected_person_has_the_row_of_an_unknown_one(transaction, cause):
    assert replace(row(transaction, cause), cause="PatientUnknown") == row(transaction, "PatientUnknown")


@pytest.mark.parametrize("transaction", ASKED)
def test_another_patients_document_has_the_row_of_an_unknown_one(transaction):
    other = row(transaction, "DocumentOfAnotherPatient")
    assert replace(other, cause="DocumentUnknown") == row(transaction, "DocumentUnknown")


@pytest.mark.parametrize("transaction", [Transaction.FIND_DOCUMENTS, Transaction.RETRIEVE])
def test_an_unknown_person_has_the_answer_of_an_unknown_document(transaction):
    assert replace(row(transaction, "PatientUnknown"), cause="DocumentUnknown") == row(transaction, "DocumentUnknown")


def test_the_guardian_gets_the_answer_of_any_blocked_sharing():
    for transaction in ASKED:
        guardian = row(transaction, "GuardianForbidden")
        assert replace(guardian, cause="SharingBlocked") == row(transaction, "SharingBlocked")


def test_no_match_is_answered_as_ihe_has_it():
    no_match = row(Transaction.FIND_PATIENT, "PatientUnknown")
    assert (no_match.code, no_match.acknowledgement, no_match.response) == ("ERROR_PI_NO_MATCH", "AA", "NF")
    assert no_match.issue is not None
    assert (no_match.issue.code, no_match.issue.kind) == ("AnswerNotAvailable", "mitigatedBy")


def test_no_text_tells_of_protection():
    words = re.compile(r"protect|confidential|kode|reserv|block|secret|deceased|dead|guardian", re.IGNORECASE)
    assert [r.text for r in refusals() if words.search(r.text)] == []


def test_every_text_says_what_to_do():
    silent = [r.text for r in refusals() if r.form is not RefusalForm.TLS and "Please" not in r.text]
    assert silent == []


def test_queries_are_always_refused_with_failure_and_a_list():
    for r in refusals():
        if r.form is RefusalForm.REGISTRY:
            assert (r.status, r.severity) == ("Failure", "Error")


def test_what_cannot_be_dispatched_is_a_fault_whatever_was_meant():
    for transaction in ASKED:
        assert {row(transaction, cause).form for cause in BEFORE_DISPATCH} == {RefusalForm.FAULT}
    assert {r.form for r in refusals() if r.transaction is Transaction.UNKNOWN} == {RefusalForm.FAULT}


def test_what_was_dispatched_is_refused_in_its_own_form():
    assert row(Transaction.FIND_PATIENT, "PermissionMissing").form is RefusalForm.XCPD
    assert row(Transaction.FIND_DOCUMENTS, "PermissionMissing").form is RefusalForm.REGISTRY
    assert row(Transaction.RETRIEVE, "PermissionMissing").form is RefusalForm.REGISTRY


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (trust.errors.SignatureMissing(), "4704"),
        (trust.errors.SignatureInvalid(), "ERROR_SEC_DATA_INTEGRITY_NOT_ENSURED"),
        (trust.errors.HcpMissing(), "ERROR_HPI_AUTHENTICATION_NOT_RECEIVED"),
        (trust.errors.RoleUnknown("hcp"), "ERROR_HPI_INSUFFICIENT_INFORMATION"),
        (trust.errors.AuthenticationTooWeak("hcp"), "4702"),
        (trust.errors.TrcMissing(), "1002"),
        (trust.errors.AssertionExpired("hcp"), "1001"),
        (trust.errors.AssertionExpired("nok"), "1001"),
        (trust.errors.AssertionExpired("trc"), "1002"),
        (gateway.errors.PermissionMissing(), "4703"),
        (gateway.errors.PatientDiffers(), "4206"),
        (gateway.errors.ClassCodeUnknown(), "ERROR_GENERIC_SERVICE_SIGNIFIER_UNKNOWN"),
        (gateway.errors.NationalServiceDown("persontjenesten"), "ERROR_PS_REGISTRY_NOT_AVAILABLE"),
        (gateway.errors.SharingBlocked(), "ERROR_PS_NO_CONSENT"),
    ],
)
def test_a_cause_has_its_precise_code(cause, code):
    assert refusals().row(Transaction.FIND_DOCUMENTS, cause).code == code


def test_in_a_fault_the_code_stays_a_name_for_a_trc_too():
    assert refusals().row(Transaction.UNKNOWN, trust.errors.AssertionExpired("trc")).code == "ERROR_SEC_GENERIC"


def test_an_exception_outside_the_trees_has_no_row():
    with pytest.raises(KeyError):
        refusals().row(Transaction.FIND_PATIENT, ValueError())  # type: ignore[arg-type] - that it is refused is the test


def test_what_passes_by_itself_is_retryable_and_nothing_else():
    retryable = {r.cause for r in refusals() if r.retryable}
    assert retryable == {
        *("BodyTooSlow", "NodeTooManyRequests", "NationalServiceDown", "NationalServiceSlow"),
        *("EvidenceUnavailable", "StoreUnavailable", "RevocationUnknown", "PrescriptionTaken"),
        "DispensationUnsettled",
    }


def test_a_handshake_is_refused_with_an_alert_for_each_certificate_reason():
    assert row(Transaction.TLS, "CertificateRevoked").code == "certificate_revoked"
    assert {r.cause for r in refusals() if r.transaction is Transaction.TLS} == leaves(trust.errors.CertificateRefused)


def test_a_row_becomes_a_remark_beside_what_else_there_is():
    problem = row(Transaction.RETRIEVE, "DocumentUnknown").problem("2.999^1")
    assert (problem.code, problem.severity, problem.location) == ("ERROR_GENERIC_DOCUMENT_MISSING", "Error", "2.999^1")


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (gateway.errors.NationalServiceDown("x"), "ERROR_EP_REGISTRY_NOT_AVAILABLE"),
        (gateway.errors.RequiredMappingMissing(), "ERROR_EP_MISSING_EXPECTED_MAPPING"),
        (gateway.errors.SharingBlocked(), "ERROR_EP_NO_CONSENT"),
        (gateway.errors.PatientUnknown(), "ERROR_EP_NOT_FOUND"),
        (gateway.errors.DocumentInvalid(), "ERROR_EP_INTERNAL_ERROR"),
        (gateway.errors.PermissionMissing(), "4703"),
    ],
)
def test_about_prescriptions_the_codes_are_those_of_prescriptions(cause: gateway.errors.Refusal, code: str):
    of_summaries = refusals().row(Transaction.FIND_DOCUMENTS, cause)
    of_prescriptions = refusals().row(Transaction.FIND_DOCUMENTS, cause, "EP")
    assert of_prescriptions.code == code
    assert of_summaries.code == code.replace("_EP_", "_PS_")
    assert replace(of_prescriptions, code=of_summaries.code) == of_summaries


@pytest.mark.parametrize("family", ["EP", "ED", "ORCD"])
def test_every_code_of_summaries_is_there_for_each_other_family(family: str):
    """OpenNCPErrorCode of OpenNCP 9: the same endings for every family."""
    known = {
        *("NOT_FOUND", "NO_CONSENT", "REGISTRY_NOT_AVAILABLE", "INTERNAL_ERROR", "MISSING_EXPECTED_MAPPING"),
        *("INCORRECT_FORMATTING", "MISSING_REQUIRED_FIELDS"),
    }
    stated = tomllib.loads(TEXT)["family"][family]
    assert stated == {f"ERROR_PS_{ending}": f"ERROR_{family}_{ending}" for ending in known}
    assert set(stated) == {r.code for r in refusals() if "_PS_" in r.code}


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ('ERROR_PS_NOT_FOUND = "ERROR_EP_NOT_FOUND"\n', ""),
        ("[family.ORCD]\n", '[family.ORCD]\nERROR_PS_GENERIC = "ERROR_ORCD_GENERIC"\n'),
        ("[family.EP]\n", '[family.PS]\nERROR_PS_NOT_FOUND = "ERROR_EP_NOT_FOUND"\n\n[family.EP]\n'),
    ],
)
def test_a_family_that_lacks_a_code_or_has_one_too_many_stops_the_start(line: str, instead: str):
    assert line in TEXT
    with pytest.raises(ValueError, match=r"codes of family (EP|ORCD|PS) are not those of the refusals"):
        read_refusals(TEXT.replace(line, instead, 1))


def test_a_family_of_no_documents_stops_the_start():
    with pytest.raises(ValueError, match="LAB"):
        read_refusals(TEXT.replace("[family.EP]\n", "[family.LAB]\n\n[family.EP]\n"))
