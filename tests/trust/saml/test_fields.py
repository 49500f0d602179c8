"""Every required field of an assertion: there, once, in its form. What was read is what was signed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from tests.support.callers.assertions import (
    FACILITY_TYPE,
    HCP_ID,
    HOME_COMMUNITIES,
    HOME_COMMUNITY,
    KIN,
    LOCALITY,
    NOW,
    NPI,
    ON_BEHALF_OF,
    ORGANISATION,
    ORGANISATION_ID,
    PATIENT_NUMBER,
    PATIENT_ROOT,
    PERMISSION,
    PERMISSIONS,
    PIN_CODE,
    PRESCRIPTION_ID,
    PURPOSE,
    ROLE,
    SAML,
    SUBJECT,
    call,
    element,
    envelope,
    hcp,
    nok,
    purpose,
    role,
    saml_attribute,
    trc,
)
from tests.support.callers.signatures import Signing, sealer
from trust.errors import AssertionRefused, FieldInvalid, FieldMissing, PatientIdentifierMalformed
from trust.saml.model import HcpAssertion, NextOfKin, NokAssertion, TrcAssertion
from trust.xml import parse
from trust.xmldsig import verify_enveloped

Build = Callable[..., bytes]
KINDS = {"hcp": hcp, "trc": trc, "nok": nok}


def _message(kind: str, assertion: bytes) -> bytes:
    return envelope(assertion) if kind == "hcp" else envelope(hcp(), assertion)


def _refused(kind: str, **changes: object) -> tuple[type[AssertionRefused], str, str]:
    with pytest.raises(AssertionRefused) as refusal:
        call(_message(kind, KINDS[kind](**changes)))
    return refusal.type, refusal.value.kind, getattr(refusal.value, "field", "")


def _hcp(**changes: object) -> HcpAssertion:
    return call(envelope(hcp(**changes))).hcp


def _trc(**changes: object) -> TrcAssertion:
    read = call(envelope(hcp(), trc(**changes))).trc
    assert read is not None
    return read


def _nok(**changes: object) -> NokAssertion:
    read = call(envelope(hcp(), nok(**changes))).nok
    assert read is not None
    return read


def test_reads_an_hcp():
    signed = hcp(
        fields={
            "@IssueInstant": "2026-03-02T10:29:00Z",
            "Conditions/@NotBefore": "2026-03-02T10:28:00Z",
            "Conditions/@NotOnOrAfter": "2026-03-02T14:27:59.5Z",
            "AuthnStatement/@AuthnInstant": "2026-03-02T08:00:00+01:00",
            "Subject/NameID/@SPProvidedID": "HP-1",
        },
        attributes={ON_BEHALF_OF: "221"},
    )
    read = call(envelope(signed)).hcp
    verified = verify_enveloped(signed)
    assert read.id == HCP_ID
    assert read.issuer_country == "PT"
    assert read.issued_at == datetime(2026, 3, 2, 10, 29, tzinfo=UTC)
    assert read.not_before == datetime(2026, 3, 2, 10, 28, tzinfo=UTC)
    assert read.not_on_or_after == datetime(2026, 3, 2, 14, 27, 59, 500_000, tzinfo=UTC)
    assert read.authenticated_at == datetime(2026, 3, 2, 7, tzinfo=UTC)
    assert read.authenticated_at.tzinfo is UTC
    assert read.audiences == (frozenset({"urn:ehdsi:assertions.audience:x-border"}),)
    assert (read.name_id.value, read.name_id.format[-11:]) == ("ines.almeida", "unspecified")
    assert read.class_ref == "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI"
    assert read.signer.der == sealer("PT").certificate == verified.certificate
    assert len(read.digest) == 64
    assert read.provided_id == "HP-1"
    assert read.home_community == HOME_COMMUNITIES["PT"]
    assert (read.npi, read.name) == ("M-4711", "Dra. Inês Almeida")
    assert (read.role, read.role_display) == ("221", "Medical Doctors")
    assert (read.organisation, read.organisation_id) == ("Hospital de São Exemplo", "urn:hl7ii:1.2.3.4:HSE")
    assert (read.facility_type, read.purpose) == ("Hospital", "TREATMENT")
    assert read.locality == "Hospital de São Exemplo, Lisboa"
    assert read.permissions == frozenset(PERMISSIONS)
    assert read.on_behalf_of == "221"


def test_reads_a_trc():
    read = _trc(attributes={PIN_CODE: "1234", PRESCRIPTION_ID: "RX-1"})
    assert read.hcp_id == HCP_ID
    assert read.patient == (PATIENT_ROOT, PATIENT_NUMBER)
    assert (read.purpose, read.pin_code, read.prescription_id) == ("TREATMENT", "1234", "RX-1")


def test_reads_a_nok():
    every = ("firstname", "familyname", "gender", "birthdate", "address:street", "address:city")
    more = ("address:postalcode", "address:country")
    read = _nok(attributes={f"{KIN}{name}": name for name in ("id", *every, *more)})
    assert read.hcp_id == HCP_ID
    assert read.person == NextOfKin("id", *every, *more)


def test_of_a_next_of_kin_the_id_alone_is_required():
    assert _nok(attributes={f"{KIN}firstname": None, f"{KIN}address:city": None}).person == NextOfKin("PT-KIN-1")
    assert _refused("nok", attributes={f"{KIN}id": None}) == (FieldMissing, "nok", f"{KIN}id")


def test_the_digest_is_of_the_canonical_bytes():
    same, other = _hcp(), _hcp(fields={"@IssueInstant": "2026-03-02T10:29:59Z"})
    assert same.digest == _hcp(by=sealer("PT", "p256"), signing=Signing("ecdsa-sha256")).digest
    assert same.digest != other.digest


@pytest.mark.parametrize("kind", ["hcp", "trc", "nok"])
@pytest.mark.parametrize(
    "path",
    [
        "@IssueInstant",
        "@Version",
        "Subject",
        "Subject/NameID",
        "Subject/NameID/@Format",
        "Subject/SubjectConfirmation",
        "Subject/SubjectConfirmation/@Method",
        "Conditions",
        "Conditions/@NotBefore",
        "Conditions/@NotOnOrAfter",
        "AuthnStatement",
        "AuthnStatement/@AuthnInstant",
        "AuthnStatement/AuthnContext",
        "AuthnStatement/AuthnContext/AuthnContextClassRef",
        "AttributeStatement",
    ],
)
def test_refuses_a_required_field_that_is_missing(kind: str, path: str):
    refused, whose, field = _refused(kind, fields={path: None})
    assert (refused, whose) == (FieldMissing, kind)
    assert field.startswith(path)


@pytest.mark.parametrize("kind", ["trc", "nok"])
@pytest.mark.parametrize("path", ["Advice", "Advice/AssertionIDRef"])
def test_refuses_a_trc_or_nok_that_points_nowhere(kind: str, path: str):
    assert _refused(kind, fields={path: None}) == (FieldMissing, kind, "Advice/AssertionIDRef")


@pytest.mark.parametrize("kind", ["hcp", "trc", "nok"])
@pytest.mark.parametrize(
    ("path", "blank"),
    [
        ("Issuer", " "),
        ("Subject/NameID", "\n"),
        ("Subject/NameID/@Format", " "),
        ("@IssueInstant", ""),
        ("AuthnStatement/AuthnContext/AuthnContextClassRef", ""),
    ],
)
def test_refuses_a_required_field_that_is_blank(kind: str, path: str, blank: str):
    assert _refused(kind, fields={path: blank}) == (FieldMissing, kind, path)


@pytest.mark.parametrize("kind", ["hcp", "trc", "nok"])
@pytest.mark.parametrize(
    "path",
    [
        "Issuer",
        "Subject",
        "Subject/NameID",
        "Subject/SubjectConfirmation",
        "Conditions",
        "AuthnStatement",
        "AuthnStatement/AuthnContext",
        "AttributeStatement",
    ],
)
def test_refuses_a_field_that_is_there_twice(kind: str, path: str):
    def twice(root: etree._Element) -> None:
        one = element(root, path)
        one.addnext(etree.fromstring(etree.tostring(one)))

    refused, whose, field = _refused(kind, edit=twice)
    assert (refused, whose) == (FieldInvalid, kind)
    assert field.startswith(path)


@pytest.mark.parametrize("kind", ["hcp", "trc", "nok"])
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("@Version", "1.1"),
        ("@Version", "2.0 "),
        ("@ID", "1abc"),
        ("@ID", "_a b"),
        ("@ID", "_" + "a" * 128),
        ("Issuer", "PT"),
        ("Issuer", "urn:idp:PT"),
        ("Issuer", "urn:idp:pt:countryB"),
        ("Issuer", "urn:idp:PRT:countryB"),
        ("Issuer", "urn::PT:countryB"),
        ("Issuer", "urn:idp:PT:"),
        ("Issuer", "x urn:idp:PT:countryB"),
        ("Subject/SubjectConfirmation/@Method", "urn:oasis:names:tc:SAML:2.0:cm:bearer"),
        ("@IssueInstant", "2026-03-02T10:30:00"),
        ("@IssueInstant", "2026-03-02T10:30Z"),
        ("@IssueInstant", "2026-03-02 10:30:00Z"),
        ("@IssueInstant", "2026-13-02T10:30:00Z"),
        ("@IssueInstant", "2026-03-02T24:00:00Z"),
        ("@IssueInstant", "0001-01-01T00:00:00+14:00"),
        ("@IssueInstant", "٢٠٢٦-03-02T10:30:00Z"),
        ("@IssueInstant", "2026-03-02T10:30:00.1234567890Z"),
        ("@IssueInstant", "yesterday"),
        ("Conditions/@NotBefore", "2026-03-02"),
        ("Conditions/@NotOnOrAfter", "never"),
        ("AuthnStatement/@AuthnInstant", "1"),
    ],
)
def test_refuses_a_field_in_another_form(kind: str, path: str, value: str):
    assert _refused(kind, fields={path: value}) == (FieldInvalid, kind, path)


def test_an_id_has_an_edge():
    assert _hcp(fields={"@ID": "_" + "a" * 127}).id == "_" + "a" * 127


def test_an_id_that_peers_write_as_urn_is_verified_as_it_is():
    assert _hcp(fields={"@ID": "urn:uuid:0b9a5a4e"}).id == "urn:uuid:0b9a5a4e"


@pytest.mark.parametrize(
    "instant", ["2026-03-02T10:30:00.1Z", "2026-03-02T10:30:00.100999999Z", "2026-03-02T11:30:00.100+01:00"]
)
def test_an_instant_is_read_to_the_microsecond_in_utc(instant: str):
    read = _hcp(fields={"@IssueInstant": instant}).issued_at
    assert read.replace(microsecond=0) == NOW
    assert read.microsecond // 1000 == 100
    assert read.utcoffset() == timedelta()


@pytest.mark.parametrize("kind", ["hcp", "trc", "nok"])
@pytest.mark.parametrize("name", ["OneTimeUse", "ProxyRestriction", "Condition"])
def test_refuses_a_condition_it_does_not_know(kind: str, name: str):
    def add(root: etree._Element) -> None:
        etree.SubElement(element(root, "Conditions"), f"{{{SAML}}}{name}")

    assert _refused(kind, edit=add) == (FieldInvalid, kind, "Conditions/*")


def test_refuses_an_element_inside_a_text():
    def split(root: etree._Element) -> None:
        etree.SubElement(element(root, "Subject/NameID"), "x").tail = "y"

    assert _refused("hcp", edit=split) == (FieldInvalid, "hcp", "Subject/NameID")


@pytest.mark.parametrize("name", [HOME_COMMUNITY, SUBJECT, ROLE, FACILITY_TYPE, PURPOSE, LOCALITY])
def test_refuses_an_hcp_without_a_required_attribute(name: str):
    assert _refused("hcp", attributes={name: None}) == (FieldMissing, "hcp", name)


@pytest.mark.parametrize("name", [HOME_COMMUNITY, SUBJECT, FACILITY_TYPE, LOCALITY])
def test_refuses_an_hcp_whose_required_attribute_is_blank(name: str):
    assert _refused("hcp", attributes={name: " "}) == (FieldMissing, "hcp", name)
    assert _refused("hcp", attributes={name: ()}) == (FieldMissing, "hcp", name)


@pytest.mark.parametrize("name", [HOME_COMMUNITY, SUBJECT, FACILITY_TYPE, LOCALITY, NPI, ORGANISATION, ON_BEHALF_OF])
def test_refuses_an_attribute_of_two_values_that_may_have_one(name: str):
    assert _refused("hcp", attributes={name: ("one", "two")}) == (FieldInvalid, "hcp", name)


@pytest.mark.parametrize("name", [SUBJECT, PERMISSION, NPI])
def test_refuses_an_element_where_an_attribute_has_text(name: str):
    assert _refused("hcp", attributes={name: role()}) == (FieldInvalid, "hcp", name)


def _twice(name: str) -> tuple[type[Exception], str, str]:
    def add(root: etree._Element) -> None:
        root[-1].append(saml_attribute(name, "x"))
        root[-1].append(saml_attribute(name, "x"))

    return _refused("hcp", attributes={name: None}, edit=add)


@pytest.mark.parametrize("name", [SUBJECT, PERMISSION])
def test_refuses_an_attribute_that_is_there_twice(name: str):
    assert _twice(name) == (FieldInvalid, "hcp", name)


@pytest.mark.parametrize("name", ["urn:nobody:knows", "Ola Nordmann 15840199925"])
def test_a_refusal_repeats_no_attribute_name_of_the_senders_own(name: str):
    assert _twice(name) == (FieldInvalid, "hcp", "AttributeStatement/Attribute/@Name")
    assert _twice(PERMISSION) == (FieldInvalid, "hcp", PERMISSION)


def test_refuses_an_attribute_without_a_name():
    def nameless(root: etree._Element) -> None:
        del element(root, "AttributeStatement/Attribute").attrib["Name"]

    assert _refused("hcp", edit=nameless) == (FieldMissing, "hcp", "AttributeStatement/Attribute/@Name")


def test_an_attribute_nobody_knows_is_not_read():
    assert _hcp(attributes={"urn:nobody:knows": "x"}).id == HCP_ID


def test_what_is_optional_in_an_hcp_may_be_absent_or_blank():
    for value in (None, " "):
        names = (NPI, ORGANISATION, ORGANISATION_ID, ON_BEHALF_OF)
        read = _hcp(attributes=dict.fromkeys(names, value))
        assert (read.npi, read.organisation, read.organisation_id, read.on_behalf_of) == (None,) * 4
    assert _hcp().provided_id is None


def test_without_a_permission_attribute_there_are_no_permissions():
    assert _hcp(attributes={PERMISSION: None}).permissions == frozenset()


def test_only_a_permission_of_the_catalogue_is_one():
    values = ("PRD-006", f"{PERMISSION}:PRD-003", f"urn:other:permission:PRD-004 {PERMISSION}:PRD-005", " ")
    assert _hcp(attributes={PERMISSION: values}).permissions == {"PRD-003"}


@pytest.mark.parametrize(
    "value", ["2.16.17.710.820.1000.990.1", "urn:oid:", "urn:oid:PT", "urn:oid:2.16.", "urn:oid:2.016", "urn:oid:3.1"]
)
def test_refuses_a_home_community_that_is_no_oid(value: str):
    assert _refused("hcp", attributes={HOME_COMMUNITY: value}) == (FieldInvalid, "hcp", HOME_COMMUNITY)


CODED = [(ROLE, "Role", role), (PURPOSE, "PurposeOfUse", purpose)]


@pytest.mark.parametrize(("name", "tag", "write"), CODED)
def test_a_coded_attribute_may_carry_a_prefix(name: str, tag: str, write: Build):
    prefixed = write().replace(f"<{tag} xmlns=", f"<h:{tag} xmlns:h=")
    assert _hcp(attributes={name: prefixed}).id == HCP_ID


@pytest.mark.parametrize(("name", "tag", "write"), CODED)
def test_refuses_a_coded_attribute_that_is_not_coded(name: str, tag: str, write: Build):
    """Up to wave 5 it was plain text."""
    assert _refused("hcp", attributes={name: "medical doctor"}) == (FieldInvalid, "hcp", name)
    other_namespace = write().replace("urn:hl7-org:v3", "urn:other")
    assert _refused("hcp", attributes={name: other_namespace}) == (FieldInvalid, "hcp", name)
    assert _refused("hcp", attributes={name: write() + write()}) == (FieldInvalid, "hcp", name)
    assert _refused("hcp", attributes={name: (write(), write())}) == (FieldInvalid, "hcp", name)
    assert _refused("hcp", attributes={name: (write(), "")}) == (FieldInvalid, "hcp", name)


@pytest.mark.parametrize(("name", "tag", "write"), CODED)
def test_refuses_a_coded_attribute_without_a_code(name: str, tag: str, write: Build):
    assert _refused("hcp", attributes={name: write(" ")}) == (FieldMissing, "hcp", f"{name}/@code")
    nameless = write("x").replace(' code="x"', "")
    assert _refused("hcp", attributes={name: nameless}) == (FieldMissing, "hcp", f"{name}/@code")


@pytest.mark.parametrize(("name", "tag", "write"), CODED)
def test_refuses_a_code_of_another_system(name: str, tag: str, write: Build):
    assert _refused("hcp", attributes={name: write(system="1.2.3")}) == (FieldInvalid, "hcp", f"{name}/@codeSystem")


@pytest.mark.parametrize(("name", "tag", "write"), CODED)
def test_a_code_and_its_system_may_be_spelled_otherwise(name: str, tag: str, write: Build):
    for spelled in ("urn:oid:{}", "URN:OID:{}", " {}\t", " urn:oid:{} "):
        system = write().partition('codeSystem="')[2].partition('"')[0]
        respelled = write().replace(f'"{system}"', f'"{spelled.format(system)}"').replace(' code="', ' code=" ')
        one, other = (_hcp(attributes={name: value}) for value in (write(), respelled))
        assert replace(other, digest=one.digest) == one


@pytest.mark.parametrize("blank", ["\u00a0", "\u2003", "\u0085"])
@pytest.mark.parametrize(("name", "tag", "write"), CODED)
def test_refuses_a_code_system_with_a_blank_that_xml_does_not_know(name: str, tag: str, write: Build, blank: str):
    system = write().partition('codeSystem="')[2].partition('"')[0]
    other = write().replace(f'"{system}"', f'"{system}{blank}"')
    assert _refused("hcp", attributes={name: other}) == (FieldInvalid, "hcp", f"{name}/@codeSystem")


def test_a_role_may_come_without_a_display_name():
    assert _hcp(attributes={ROLE: role(display=None)}).role_display is None


@pytest.mark.parametrize(
    "value",
    [
        PATIENT_NUMBER,
        f"{PATIENT_NUMBER}^^^{PATIENT_ROOT}",
        f"{PATIENT_NUMBER}^^^&{PATIENT_ROOT}&iso",
        f"{PATIENT_NUMBER}^^^&{PATIENT_ROOT}",
        f"{PATIENT_NUMBER}^^^&&ISO",
        f"^^^&{PATIENT_ROOT}&ISO",
        f" ^^^&{PATIENT_ROOT}&ISO",
        f"{PATIENT_NUMBER}^^^&no-oid&ISO",
        f"{PATIENT_NUMBER}^x^^&{PATIENT_ROOT}&ISO",
        f"{PATIENT_NUMBER}&^^^&{PATIENT_ROOT}&ISO",
        f"{PATIENT_NUMBER} ^^^&{PATIENT_ROOT}&ISO",
        f"{PATIENT_NUMBER}^^^&{PATIENT_ROOT}&ISO~2^^^&1.2&ISO",
        f"x\n{PATIENT_NUMBER}^^^&{PATIENT_ROOT}&ISOx",
    ],
)
def test_refuses_a_malformed_patient_identifier(value: str):
    refused, whose, _ = _refused("trc", attributes={SUBJECT: value})
    assert (refused, whose) == (PatientIdentifierMalformed, "trc")


@pytest.mark.parametrize("number", ["1", "2-1234-W7", "AB 12"])
def test_takes_a_patient_identifier_of_any_country(number: str):
    assert _trc(patient=("1.2.208.176.1.2", number)).patient == ("1.2.208.176.1.2", number)


def test_refuses_a_trc_without_a_patient():
    assert _refused("trc", attributes={SUBJECT: None}) == (FieldMissing, "trc", SUBJECT)


def test_a_trc_may_state_no_purpose():
    """OpenNCP's issuer copies an empty text then."""
    assert _trc(attributes={PURPOSE: None}).purpose is None
    assert _trc(attributes={PURPOSE: ""}).purpose is None


def test_a_trc_may_state_its_purpose_as_text():
    assert _trc(attributes={PURPOSE: "EMERGENCY"}).purpose == "EMERGENCY"
    assert _trc(attributes={PURPOSE: purpose("EMERGENCY")}).purpose == "EMERGENCY"


def test_refuses_a_trc_whose_purpose_is_of_another_system():
    assert _refused("trc", attributes={PURPOSE: purpose(system="1")}) == (FieldInvalid, "trc", f"{PURPOSE}/@codeSystem")
    assert _refused("trc", attributes={PURPOSE: ("", purpose())}) == (FieldInvalid, "trc", PURPOSE)


def test_people_do_not_print():
    caller = call(
        envelope(
            hcp(fields={"Subject/NameID/@SPProvidedID": "HP-1"}),
            trc(attributes={PIN_CODE: "7788", PRESCRIPTION_ID: "RX-9"}),
            nok(attributes={f"{KIN}gender": "kin-gender"}),
        )
    )
    printed = repr(caller)
    hidden = (
        "Almeida",
        "ines",
        "M-4711",
        "HP-1",
        PATIENT_NUMBER,
        "7788",
        "RX-9",
        "KIN-1",
        "Rui",
        "Porto",
        "kin-gender",
    )
    assert [text for text in hidden if text in printed] == []


def test_a_refusal_names_the_field_and_never_the_value():
    with pytest.raises(FieldInvalid) as refusal:
        call(envelope(hcp(attributes={HOME_COMMUNITY: "secret"})))
    assert "secret" not in str(refusal.value)
    assert HOME_COMMUNITY in str(refusal.value)


def test_nothing_is_read_but_what_was_signed():
    """The tree a caller comes from is made of the canonical bytes: it has no signature in it."""
    assert verify_enveloped(hcp()).root.find("{*}Signature") is None
    assert parse(verify_enveloped(hcp()).content).get("ID") == HCP_ID
