"""Bad input over the real wire: the answer its row states, no door opened that may not be, one evidence row."""

from datetime import timedelta
from uuid import uuid4

import pytest

from gateway import clock
from tests.support.assertions import PERMISSION, PERMISSIONS, ROLE, SOAP, envelope, hcp, nok, role
from tests.support.node import EP, UNKNOWN, Abroad, Came, row
from tests.support.signatures import Signing
from trust import pki_layout
from trust.pki_layout import Bad

IDENTITY = ["persontjenesten/get-by-nin"]
PRIVACY = ["persontjenesten/get-by-nin", "pvk/SjekkInnbyggersPiStatus", "kritisk-informasjon-status/status"]


def refused(abroad: Abroad, came: Came, transaction: str, cause: str, calls: list[str]) -> None:
    """The row's answer, the exact national calls, one evidence row that names the cause; no data."""
    stated = row(transaction, cause)
    assert (came.form, came.status) == (stated.form.value, stated.http_status)
    assert came.codes == (stated.code,)
    assert (came.patients, came.entries, came.documents) == ((), (), ())
    if stated.form.value == "registry":
        assert (came.registry, came.severities) == (stated.status, (stated.severity,))
    if stated.form.value == "xcpd":
        assert (came.issue, came.response, came.acknowledgement) == (
            stated.issue.code, stated.response, stated.acknowledgement,
        )  # fmt: skip
    assert abroad.calls() == calls
    event = abroad.event()
    assert (event["refusal_class"], event["outcome"] != "success") == (cause, True)
    assert event["transaction"] == transaction


# --- what cannot be dispatched ---------------------------------------------------------------------------------------

HOSTILE = {
    "XmlNotWellFormed": b"<env:Envelope",
    "DoctypeForbidden": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "XmlTooDeep": b"<a>" * 300 + b"</a>" * 300,
    "SoapMalformed": b"<a/>",
    "SoapVersionUnknown": b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><a/></e:Body></e:Envelope>',
    "XIncludeForbidden": envelope(body=b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'),
    "BodyElementUnknown": envelope(body=b'<x xmlns="urn:nobody"/>'),
    "XmlTooManyNodes": envelope(body=b"<x " + b" ".join(b'a%d=""' % n for n in range(100_000)) + b"/>"),
}


@pytest.mark.parametrize("cause", HOSTILE)
def test_h07_refuses_what_is_no_message_of_ours(abroad: Abroad, cause: str):
    came = abroad.post("xca", HOSTILE[cause], pki_layout.tls_client("PT"))
    refused(abroad, came, "unknown", cause, [])


def test_h07_refuses_entity_bombs_whatever_they_are_called(abroad: Abroad):
    entities = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 9))
    bomb = b'<!DOCTYPE a [<!ENTITY e0 "lol">' + entities + b"]><a>&e8;</a>"
    came = abroad.post("xca", bomb, pki_layout.tls_client("PT"))
    assert came.form == "fault"
    assert abroad.calls() == []
    assert abroad.event()["refusal_class"] in ("DoctypeForbidden", "XmlNotWellFormed")


def test_h08_refuses_a_body_over_the_limit(abroad: Abroad):
    limit = abroad.world.settings("NO").limits.body_bytes
    came = abroad.post("xca", b" " * (limit + 1), pki_layout.tls_client("PT"))
    refused(abroad, came, "unknown", "BodyTooLarge", [])


def test_refuses_a_query_on_the_discovery_service(abroad: Abroad):
    came = abroad.post("xcpd", envelope(body=b'<x xmlns="urn:nobody"/>'), pki_layout.tls_client("PT"))
    refused(abroad, came, "unknown", "BodyElementUnknown", [])


def test_refuses_a_media_type_that_is_no_soap(abroad: Abroad):
    came = abroad.post("xca", b"{}", pki_layout.tls_client("PT"), **{"content-type": "application/json"})
    refused(abroad, came, "unknown", "MediaTypeUnsupported", [])


# --- TLS -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    [None, Bad.TLS_CLIENT_EXPIRED, Bad.TLS_CLIENT_REVOKED, Bad.TLS_CLIENT_FOREIGN_CA, Bad.TLS_CLIENT_NOT_YET_VALID],
)
def test_h05_refuses_a_client_certificate_in_the_handshake(abroad: Abroad, bad: Bad | None):
    before = abroad.rows()
    came = abroad.query(client=bad.credential if bad else None)
    assert came.status == 0
    assert abroad.calls() == []
    assert abroad.rows() == before


def test_h05_refuses_a_client_certificate_that_names_no_use(abroad: Abroad):
    came = abroad.query(client=Bad.TLS_CLIENT_PLAIN.credential)
    refused(abroad, came, "ITI-38", "CertificateKindForbidden", [])


def test_f02_refuses_a_tls_client_of_another_country_than_the_signer(abroad: Abroad):
    came = abroad.query(client=pki_layout.tls_client("NO"))
    refused(abroad, came, "ITI-38", "TlsCountryDiffers", [])


# --- assertions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "changes"),
    [
        ("SignatureMissing", {"hcp": {"signing": None}}),
        ("AlgorithmForbidden", {"hcp": {"signing": Signing("rsa-sha1", "sha1")}}),
        ("AssertionExpired", {"now": clock.now() - timedelta(hours=9)}),
        ("AssertionNotYetValid", {"now": clock.now() + timedelta(hours=9)}),
        ("RoleUnknown", {"hcp": {"attributes": {ROLE: role("1234", "Astrologers")}}}),
        ("TrcPointsToAnotherHcp", {"trc": {"hcp_id": "_another"}}),
        ("TrcNameIdDiffers", {"trc": {"fields": {"Subject/NameID": "another"}}}),
        ("IssuerCountryDiffers", {"hcp": {"fields": {"Issuer": "urn:idp:DK:countryB"}}}),
    ],
)
def test_refuses_an_assertion_that_is_not_as_it_must_be(abroad: Abroad, cause: str, changes: dict):
    came = abroad.query(**changes)
    stated = row("ITI-38", cause)
    assert came.registry == "Failure"
    assert came.codes in ((stated.code,), (stated.trc_code,))
    assert (came.entries, abroad.calls()) == ((), [])
    assert abroad.event()["refusal_class"] == cause


@pytest.mark.parametrize(
    ("cause", "bad"),
    [
        ("CertificateRevoked", Bad.SEAL_REVOKED),
        ("CertificateExpired", Bad.SEAL_EXPIRED),
        ("CertificateIssuerUnknown", Bad.SEAL_FOREIGN_CA),
    ],
)
def test_h05_refuses_a_seal_that_is_revoked_expired_or_foreign(abroad: Abroad, cause: str, bad: Bad):
    came = abroad.query(by=abroad.seal(bad.credential))
    refused(abroad, came, "ITI-38", cause, [])


def test_refuses_a_tls_certificate_used_as_a_seal(abroad: Abroad):
    came = abroad.query(by=abroad.seal(pki_layout.tls_client("PT")))
    refused(abroad, came, "ITI-38", "CertificateKindForbidden", [])


def test_f03_refuses_a_trc_sealed_by_another_country(abroad: Abroad):
    norway = abroad.seal(pki_layout.seal("NO"), "NO")
    came = abroad.query(trc={"by": norway, "fields": {"Issuer": "urn:initgw:NO:countryB"}})
    refused(abroad, came, "ITI-38", "TrcSignerCountryDiffers", [])


def test_refuses_a_message_without_security_header(abroad: Abroad):
    bare = f'<e:Envelope xmlns:e="{SOAP}"><e:Header/><e:Body>'.encode() + b"%s" + b"</e:Body></e:Envelope>"
    query = b'<AdhocQueryRequest xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0"/>'
    came = abroad.post("xca", bare % query, pki_layout.tls_client("PT"))
    refused(abroad, came, "ITI-38", "SecurityHeaderMissing", [])


def test_h02_refuses_two_hcp_or_two_trc_assertions(abroad: Abroad):
    first, second = abroad.assertions()
    third, fourth = abroad.assertions()
    refused(abroad, abroad.query(given=(first, third, second)), "ITI-38", "HcpRepeated", [])
    refused(abroad, abroad.query(given=(first, second, fourth)), "ITI-38", "TrcRepeated", [])
    refused(abroad, abroad.query(given=(first,)), "ITI-38", "TrcMissing", [])
    refused(abroad, abroad.query(given=(second,)), "ITI-38", "HcpMissing", [])


def test_h03_refuses_a_genuine_assertion_moved_aside_by_a_forged_one(abroad: Abroad):
    first, second = abroad.assertions()
    forged = hcp(by=abroad.seal(), now=clock.now(), fields={"@ID": "_forged"}, signing=None)
    aside = b"<x:Aside xmlns:x='urn:x'>" + first + b"</x:Aside>"
    came = abroad.query(given=(forged, second), header=aside)
    refused(abroad, came, "ITI-38", "AssertionMisplaced", [])


def test_h01_refuses_a_repeated_message_and_serves_its_assertions_again(abroad: Abroad):
    given, message_id = abroad.assertions(), f"urn:uuid:{uuid4()}"
    assert abroad.query(given=given, message_id=message_id).registry == "Success"
    abroad.reset()
    refused(abroad, abroad.query(given=given, message_id=message_id), "ITI-38", "MessageRepeated", [])
    assert abroad.query(given=given).registry == "Success"
    assert abroad.query(given=given, message_id=None).registry == "Success"


def test_h01_refuses_an_assertion_id_seen_with_other_bytes(abroad: Abroad):
    given = abroad.assertions()
    assert abroad.query(given=given).registry == "Success"
    abroad.reset()
    own_id = given[0].split(b'ID="')[1].split(b'"')[0].decode()
    again = abroad.assertions(hcp={"fields": {"@ID": own_id, "Subject/NameID": "ines.almeida"}})
    trc_id = again[1].split(b"AssertionIDRef>")[1].split(b"<")[0].decode()
    assert trc_id != own_id
    other = abroad.assertions(hcp={"fields": {"@ID": own_id}}, trc={"hcp_id": own_id})
    refused(abroad, abroad.query(given=other), "ITI-38", "AssertionIdReused", [])


@pytest.mark.parametrize("missing", ["PRD-003", "PRD-005", "PRD-010", "PRD-016"])
def test_e02_refuses_a_list_without_one_of_its_permissions(abroad: Abroad, missing: str):
    codes = tuple(f"{PERMISSION}:{code}" for code in PERMISSIONS if code != missing)
    refused(abroad, abroad.query(hcp={"attributes": {PERMISSION: codes}}), "ITI-38", "PermissionMissing", [])


def test_e01_refuses_discovery_without_its_permission(abroad: Abroad):
    codes = tuple(f"{PERMISSION}:{code}" for code in PERMISSIONS if code != "PRD-006")
    refused(abroad, abroad.discover(hcp={"attributes": {PERMISSION: codes}}), "ITI-55", "PermissionMissing", [])


def test_e03_refuses_a_retrieve_without_one_of_its_permissions(abroad: Abroad):
    listed = abroad.listed()
    abroad.reset()
    codes = tuple(f"{PERMISSION}:{code}" for code in PERMISSIONS if code != "PRD-010")
    came = abroad.retrieve(listed.unique_id, hcp={"attributes": {PERMISSION: codes}})
    refused(abroad, came, "ITI-39", "PermissionMissing", [])


def test_e04_refuses_every_step_of_a_professional_without_any_permission(abroad: Abroad):
    entry = abroad.listed()
    abroad.reset()
    nothing = {"attributes": {PERMISSION: None}}
    refused(abroad, abroad.discover(hcp=nothing), "ITI-55", "PermissionMissing", [])
    refused(abroad, abroad.query(hcp=nothing), "ITI-38", "PermissionMissing", [])
    refused(abroad, abroad.retrieve(entry.unique_id, hcp=nothing), "ITI-39", "PermissionMissing", [])


@pytest.mark.parametrize(
    "fields",
    [
        {"Subject/NameID": "another"},
        {"Subject/NameID/@Format": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"},
    ],
)
def test_e07_refuses_a_trc_whose_name_id_is_not_the_hcps_at_each_step(abroad: Abroad, fields: dict):
    entry = abroad.listed()
    abroad.reset()
    refused(abroad, abroad.query(trc={"fields": fields}), "ITI-38", "TrcNameIdDiffers", [])
    came = abroad.retrieve(entry.unique_id, trc={"fields": fields})
    refused(abroad, came, "ITI-39", "TrcNameIdDiffers", [])


def test_h04_refuses_another_audience(abroad: Abroad):
    other = {"fields": {"Conditions/AudienceRestriction/Audience": "urn:somebody:else"}}
    came = abroad.query(hcp=other)
    assert (came.registry, came.entries, abroad.calls()) == ("Failure", (), [])
    assert abroad.event()["refusal_class"] == "AudienceWrong"


@pytest.mark.parametrize("skew", [-30, 30])
def test_h06_a_clock_that_differs_by_half_a_minute_is_served(abroad: Abroad, skew: int):
    assert abroad.query(now=clock.now() + timedelta(seconds=skew)).registry == "Success"


def test_h06_a_clock_that_differs_by_two_minutes_is_not(abroad: Abroad):
    came = abroad.query(now=clock.now() + timedelta(minutes=2))
    assert (came.registry, abroad.calls()) == ("Failure", [])
    assert abroad.event()["refusal_class"] == "AssertionNotYetValid"


# --- what the request says -------------------------------------------------------------------------------------------


def test_refuses_a_query_about_another_patient_than_the_trcs(abroad: Abroad):
    refused(abroad, abroad.query(about="ordinary-man"), "ITI-38", "PatientDiffers", [])


def test_refuses_an_unknown_class_code(abroad: Abroad):
    refused(abroad, abroad.query(classes=(("11369-6", EP[1]),)), "ITI-38", "ClassCodeUnknown", [])


@pytest.mark.parametrize("number", ["13837424033", "1383742403", "ABCDEFGHIJK"])
def test_refuses_a_number_with_wrong_form_or_control_digits(abroad: Abroad, number: str):
    refused(abroad, abroad.discover(number), "ITI-55", "PatientIdentifierInvalid", [])


def test_f01_refuses_prescriptions_with_a_country_that_agreed_on_summaries_only(abroad: Abroad):
    came = abroad.query(classes=(EP,))
    assert came.registry == "Failure"
    assert abroad.calls() == []


def test_a09_an_unknown_document_is_missing(abroad: Abroad):
    came = abroad.retrieve("2.16.578.1.12.4.5.10.1.1^0B9A5A4E-6B6C-4F0D-9D7E-0E5F8C3A1A01")
    refused(abroad, came, "ITI-39", "DocumentUnknown", [])


def test_a10_a_document_of_another_repository_is_refused(abroad: Abroad):
    listed = abroad.listed()
    abroad.reset()
    refused(abroad, abroad.retrieve(listed.unique_id, repository="1.2.3"), "ITI-39", "RepositoryUnknown", [])


def test_another_patients_document_is_answered_as_missing(abroad: Abroad):
    listed = abroad.listed("ordinary-man")
    abroad.reset()
    came = abroad.retrieve(listed.unique_id, person="rich")
    refused(abroad, came, "ITI-39", "DocumentOfAnotherPatient", PRIVACY)
    assert row("ITI-39", "DocumentOfAnotherPatient").code == row("ITI-39", "DocumentUnknown").code


# --- persons ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "cause", "calls"),
    [
        (UNKNOWN, "PatientUnknown", IDENTITY),
        ("kode-6", "PatientProtected", IDENTITY),
        ("deceased", "PatientDeceased", IDENTITY),
        ("reserved", "PatientReserved", PRIVACY),
    ],
)
@pytest.mark.parametrize("transaction", ["ITI-55", "ITI-38"])
def test_h15_h16_answers_protected_reserved_and_deceased_as_unknown(
    abroad: Abroad, transaction: str, person: str, cause: str, calls: list[str]
):
    came = abroad.discover(person) if transaction == "ITI-55" else abroad.query(person)
    refused(abroad, came, transaction, cause, calls)
    unknown = row(transaction, "PatientUnknown")
    assert (row(transaction, cause).code, row(transaction, cause).text) == (unknown.code, unknown.text)


def test_a13_one_who_blocked_a_professional_is_identified_and_nothing_clinical_leaves(abroad: Abroad):
    assert len(abroad.discover("blocked").patients) == 1
    abroad.reset()
    refused(abroad, abroad.query("blocked"), "ITI-38", "SharingBlocked", PRIVACY)


def test_a13_a_reservation_made_after_discovery_refuses_the_list(abroad: Abroad):
    assert abroad.discover("ordinary-man").patients
    abroad.reset()
    abroad.decide("RESERVASJON")
    refused(abroad, abroad.query("ordinary-man"), "ITI-38", "PatientReserved", PRIVACY)


@pytest.mark.parametrize(
    ("decided", "cause"),
    [("RESERVASJON", "PatientReserved"), ("SPERRET", "SharingBlocked"), ("BLOKKERT", "SharingBlocked")],
)
def test_a13_what_was_decided_after_listing_refuses_the_retrieve(abroad: Abroad, decided: str, cause: str):
    entry = abroad.listed("ordinary-man")
    abroad.reset()
    abroad.decide(decided)
    came = abroad.retrieve(entry.unique_id, person="ordinary-man")
    refused(abroad, came, "ITI-39", cause, PRIVACY)


def test_a_next_of_kin_gets_nothing_that_is_reserved_against_guardians(abroad: Abroad):
    given = abroad.assertions("guardian-reserved")
    own_id = given[0].split(b'ID="')[1].split(b'"')[0].decode()
    kin = nok(by=abroad.seal(), now=clock.now(), hcp_id=own_id, fields={"@ID": f"_{uuid4()}"})
    came = abroad.query("guardian-reserved", given=(kin, *given))
    assert (came.registry, came.codes) == ("Failure", (row("ITI-38", "GuardianForbidden").code,))
    assert len(abroad.query("guardian-reserved", given=given).entries) == 1


# --- national services -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "fault", "cause"),
    [
        ("persontjenesten", "down", "NationalServiceDown"),
        ("persontjenesten", "nonsense", "NationalAnswerUnreadable"),
        ("persontjenesten", "denied", "NationalAccessDenied"),
        ("pvk", "down", "NationalServiceDown"),
        ("kritisk-informasjon-status", "nonsense", "NationalAnswerUnreadable"),
    ],
)
def test_refuses_when_identity_or_privacy_cannot_be_asked(abroad: Abroad, service: str, fault: str, cause: str):
    abroad.fault(service, fault)
    came = abroad.discover()
    stated = row("ITI-55", cause)
    assert (came.form, came.codes, came.patients) == ("xcpd", (stated.code,), ())
    assert abroad.event()["refusal_class"] == cause
    assert abroad.event()["outcome"] == "failed"


@pytest.mark.parametrize("fault", ["down", "nonsense", "denied"])
def test_refuses_a_summary_without_its_critical_information(abroad: Abroad, fault: str):
    abroad.fault("kritisk-informasjon", fault)
    came = abroad.query()
    assert (came.registry, came.entries) == ("Failure", ())
    assert abroad.event()["outcome"] == "failed"


@pytest.mark.parametrize("service", ["reseptformidleren", "sysvak"])
def test_a_summary_says_which_source_did_not_answer(abroad: Abroad, service: str):
    abroad.fault(service, "down")
    listed = abroad.listed()
    came = abroad.retrieve(listed.unique_id)
    assert came.registry == "Success"
    assert "WARNING_PS_MISSING_BASIC_DATA" in came.codes
    assert set(came.severities) == {"Warning"}
