"""Bad input over the real wire: the answer its row states, no door opened that may not be, one evidence row."""

from datetime import timedelta
from uuid import uuid4

import pytest

from gateway import clock
from tests.support.callers.assertions import (
    CLASSES,
    HOME_COMMUNITY,
    PERMISSION,
    PERMISSIONS,
    PURPOSE,
    ROLE,
    SOAP,
    envelope,
    nok,
    role,
)
from tests.support.callers.signatures import Signing
from tests.support.machine.generated import of_the_day
from tests.support.nodes.node import CLINICAL, EP, PRIVACY, UNKNOWN, Abroad, refused, row
from trust import pki_layout
from trust.pki_layout import Bad

_CLASS_REF = "AuthnStatement/AuthnContext/AuthnContextClassRef"


# --- what cannot be dispatched ---------------------------------------------------------------------------------------


def test_h08_refuses_a_body_over_the_limit(abroad: Abroad):
    limit = abroad.world.settings("NO").limits.body_bytes
    came = abroad.post("xca", b" " * (limit + 1), pki_layout.tls_client("PT"))
    refused(abroad, came, "unknown", "BodyTooLarge", [])
    line = b"<b>%s</b>" % (b" " * 1_000_000)
    whole = b"<a>" + line * 16
    whole += b" " * (limit - len(whole) - 4) + b"</a>"
    refused(abroad, abroad.post("xca", whole, pki_layout.tls_client("PT")), "unknown", "SoapMalformed", [])


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


NOT_AS_IT_MUST_BE = [
    ("SignatureMissing", {"signing": None}),
    ("AlgorithmForbidden", {"signing": Signing("rsa-sha1", "sha1")}),
    ("SignatureInvalid", {"edit_after": True}),
    ("FieldMissing", {"fields": {"Subject": None}}),
    ("IssuerCountryDiffers", {"fields": {"Issuer": "urn:idp:DK:countryB"}}),
    ("AudienceWrong", {"fields": {"Conditions/AudienceRestriction/Audience": "urn:somebody:else"}}),
    ("AuthenticationTooWeak", {"fields": {_CLASS_REF: f"{CLASSES}Password"}}),
    ("AssertionExpired", {"now": clock.now() - timedelta(hours=9)}),
    ("AssertionNotYetValid", {"now": clock.now() + timedelta(hours=9)}),
]


@pytest.mark.parametrize(
    ("kind", "cause", "changes"),
    of_the_day("either assertion", ((kind, *row) for kind in ("hcp", "trc") for row in NOT_AS_IT_MUST_BE), 8),
)
def test_h04_refuses_either_assertion_when_it_is_not_as_it_must_be(
    abroad: Abroad, kind: str, cause: str, changes: dict
):
    if changes.get("edit_after"):
        first, second = abroad.assertions()
        given = (first.replace(b"TREATMENT", b"EMERGENCY"), second) if kind == "hcp" else (
            first, second.replace(b"TREATMENT", b"EMERGENCY"),
        )  # fmt: skip
        came = abroad.query(given=given)
    else:
        came = abroad.query(**{kind: changes})
    refused(abroad, came, "ITI-38", cause, [], trc=kind == "trc")


@pytest.mark.parametrize(
    ("cause", "changes"),
    [
        ("RoleUnknown", {"hcp": {"attributes": {ROLE: role("1234", "Astrologers")}}}),
        ("FieldMissing", {"hcp": {"attributes": {ROLE: None}}}),
        ("FieldMissing", {"hcp": {"attributes": {PURPOSE: None}}}),
        ("HomeCommunityDiffers", {"hcp": {"attributes": {HOME_COMMUNITY: "urn:oid:1.2.208"}}}),
    ],
)
def test_refuses_a_professional_who_is_not_as_she_must_be(abroad: Abroad, cause: str, changes: dict):
    refused(abroad, abroad.query(**changes), "ITI-38", cause, [])


def test_refuses_a_trc_that_points_to_another_hcp(abroad: Abroad):
    refused(abroad, abroad.query(trc={"hcp_id": "_another"}), "ITI-38", "TrcPointsToAnotherHcp", [], trc=True)


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


def test_h01_refuses_a_repeated_message_and_serves_its_assertions_again(abroad: Abroad):
    given, message_id = abroad.assertions(), f"urn:uuid:{uuid4()}"
    assert abroad.query(given=given, message_id=message_id).registry == "Success"
    abroad.reset()
    refused(abroad, abroad.query(given=given, message_id=message_id), "ITI-38", "MessageRepeated", [])
    assert abroad.query(given=given).registry == "Success"


_OLDER = b'<MessageID xmlns="http://schemas.xmlsoap.org/ws/2004/08/addressing">%s</MessageID>'


def test_h01_refuses_a_repeated_question_in_a_message_without_an_id_of_its_own(abroad: Abroad):
    given, message_id = abroad.assertions(), f"urn:uuid:{uuid4()}"
    older = _OLDER % message_id.encode()
    assert abroad.query(given=given, message_id=message_id).registry == "Success"
    abroad.reset()
    refused(abroad, abroad.query(given=given, message_id=message_id.upper()), "ITI-38", "MessageRepeated", [])
    refused(abroad, abroad.query(given=given, message_id=None), "ITI-38", "BodyRepeated", [])
    refused(abroad, abroad.query(given=given, message_id=None, header=older), "ITI-38", "BodyRepeated", [])
    assert abroad.query(message_id=None, header=older).registry == "Success"


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


_TRC_LIFE = timedelta(hours=2)


@pytest.mark.parametrize("since", [timedelta(seconds=-30), timedelta(), _TRC_LIFE + timedelta(seconds=30)])
def test_h06_a_clock_that_differs_by_half_a_minute_is_served(abroad: Abroad, since: timedelta):
    assert abroad.query(now=clock.now() - since).registry == "Success"


@pytest.mark.parametrize(
    ("since", "cause", "trc"),
    [
        (timedelta(minutes=-2), "AssertionNotYetValid", False),
        (_TRC_LIFE + timedelta(minutes=2), "AssertionExpired", True),
    ],
)
def test_h06_a_clock_that_differs_by_two_minutes_is_not(abroad: Abroad, since: timedelta, cause: str, trc: bool):
    refused(abroad, abroad.query(now=clock.now() - since), "ITI-38", cause, [], trc=trc)


# --- what the request says -------------------------------------------------------------------------------------------


def test_refuses_a_query_about_another_patient_than_the_trcs(abroad: Abroad):
    refused(abroad, abroad.query(about="ordinary-man"), "ITI-38", "PatientDiffers", [])


def test_refuses_an_unknown_class_code(abroad: Abroad):
    refused(abroad, abroad.query(classes=(("11369-6", EP[1]),)), "ITI-38", "ClassCodeUnknown", [])


@pytest.mark.parametrize("number", ["13837424033", "1383742403", "ABCDEFGHIJK"])
def test_refuses_a_number_with_wrong_form_or_control_digits(abroad: Abroad, number: str):
    refused(abroad, abroad.discover(number), "ITI-55", "PatientIdentifierInvalid", [])


def test_f01_refuses_a_class_that_is_not_listed(abroad: Abroad):
    refused(abroad, abroad.query(classes=(("60593-1", EP[1]),)), "ITI-38", "ClassCodeUnknown", [])


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
    ("person", "cause"),
    [
        (UNKNOWN, "PatientUnknown"),
        ("kode-6", "PatientProtected"),
        ("deceased", "PatientDeceased"),
        ("reserved", "PatientReserved"),
    ],
)
@pytest.mark.parametrize("transaction", ["ITI-55", "ITI-38"])
def test_h15_h16_answers_protected_reserved_and_deceased_as_unknown(
    abroad: Abroad, transaction: str, person: str, cause: str
):
    came = abroad.discover(person) if transaction == "ITI-55" else abroad.query(person)
    refused(abroad, came, transaction, cause, PRIVACY)
    unknown = row(transaction, "PatientUnknown")
    assert (row(transaction, cause).code, row(transaction, cause).text) == (unknown.code, unknown.text)


def test_a13_one_who_blocked_a_professional_is_identified_and_nothing_clinical_leaves(abroad: Abroad):
    assert len(abroad.discover("blocked").patients) == 1
    abroad.reset()
    refused(abroad, abroad.query("blocked"), "ITI-38", "SharingBlocked", PRIVACY)


def test_a13_a_reservation_before_discovery_is_answered_as_unknown(abroad: Abroad):
    assert abroad.discover("ordinary-man").patients
    abroad.reset()
    abroad.decide("RESERVASJON")
    refused(abroad, abroad.discover("ordinary-man"), "ITI-55", "PatientReserved", PRIVACY)


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
    refused(abroad, came, "ITI-38", "GuardianForbidden", CLINICAL)
    assert len(abroad.query("guardian-reserved", given=given).structured) == 1
