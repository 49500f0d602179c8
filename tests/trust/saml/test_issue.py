"""What we issue is what OpenNCP issues, and verifies."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from lxml import etree

from tests.support.callers.assertions import (
    HOME_COMMUNITIES,
    KIN,
    NOW,
    PATIENT_NUMBER,
    PATIENT_ROOT,
    PERMISSIONS,
    SAML,
    Ids,
    call,
    envelope,
    tables,
)
from tests.support.callers.signatures import DS, EXC, sealer
from tests.support.machine.require import artefacts
from trust.saml.issue import AssertionSeal, HcpSubject, Issued, issue_hcp, issue_nok, issue_trc
from trust.saml.model import NameId, NextOfKin

NS = {"s": SAML, "d": DS, "e": EXC, "h": "urn:hl7-org:v3"}
SEAL = AssertionSeal("PT", sealer("PT").key, sealer("PT").certificate)
DOCTOR = HcpSubject(
    name_id=NameId("ines@exemplo.pt", "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"),
    home_community=HOME_COMMUNITIES["PT"],
    npi="Portugal",
    name="Inês <Almeida> & Filhos",
    role="221",
    role_display="Medical Doctors",
    role_code_system=tables().role_code_system,
    organisation="Hospital",
    organisation_id="urn:hl7ii:1.2.3.4:HSE",
    facility_type="Hospital",
    purpose="TREATMENT",
    purpose_code_system=tables().purpose_code_system,
    locality="Lisboa",
    permissions=PERMISSIONS,
    class_ref="urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI",
    authenticated_at=NOW,
)
KINSMAN = NextOfKin("K-1", "Rui", "Almeida", "M", "01-02-1980", "Rua 1", "Porto", "4000", "PT")


def _hcp(**changes: object) -> Issued:
    return issue_hcp(replace(DOCTOR, **changes), seal=SEAL, now=NOW, new_id=Ids())


def _trc(hcp: Issued, **changes: object) -> Issued:
    given = {
        "patient": (PATIENT_ROOT, PATIENT_NUMBER),
        "purpose": "TREATMENT",
        "purpose_code_system": tables().purpose_code_system,
        "seal": SEAL,
        "now": NOW,
        "new_id": Ids(10),
        **changes,
    }
    return issue_trc(hcp, **given)


def _nok(hcp: Issued, person: NextOfKin = KINSMAN) -> Issued:
    return issue_nok(hcp, person, seal=SEAL, now=NOW, new_id=Ids(20))


def test_what_we_issue_verifies_and_says_what_it_was_given():
    hcp = _hcp(provided_id="HP-1", on_behalf_of="2221")
    trc = _trc(hcp, pin_code="1234", prescription_id="RX-1", purpose="EMERGENCY")
    nok = _nok(hcp)
    message = envelope(nok.content, hcp.content, trc.content)
    caller = call(message, needs_trc=True, needs_role_display=True)
    read = caller.hcp
    assert (read.id, read.name_id, read.provided_id) == (hcp.id, DOCTOR.name_id, "HP-1")
    assert (read.home_community, read.npi, read.name) == (DOCTOR.home_community, "Portugal", DOCTOR.name)
    assert (read.role, read.role_display, read.on_behalf_of) == ("221", "Medical Doctors", "2221")
    assert (read.organisation, read.organisation_id) == ("Hospital", "urn:hl7ii:1.2.3.4:HSE")
    assert (read.facility_type, read.purpose, read.locality) == ("Hospital", "TREATMENT", "Lisboa")
    assert read.permissions == frozenset(PERMISSIONS)
    assert (read.issued_at, read.not_before, read.authenticated_at) == (NOW, NOW, NOW)
    assert read.not_on_or_after == NOW + timedelta(hours=4) == hcp.not_on_or_after
    assert caller.trc is not None
    assert caller.trc.patient == (PATIENT_ROOT, PATIENT_NUMBER)
    assert (caller.trc.id, caller.trc.hcp_id, caller.trc.purpose) == (trc.id, hcp.id, "EMERGENCY")
    assert (caller.trc.pin_code, caller.trc.prescription_id) == ("1234", "RX-1")
    assert caller.trc.not_on_or_after == NOW + timedelta(hours=2) == trc.not_on_or_after
    assert caller.nok is not None
    assert (caller.nok.id, caller.nok.hcp_id, caller.nok.person) == (nok.id, hcp.id, KINSMAN)
    assert nok.not_on_or_after == NOW + timedelta(hours=2)
    assert trc.name_id == nok.name_id == hcp.name_id == DOCTOR.name_id


def test_what_is_not_given_is_not_written():
    hcp = _hcp(npi=None, organisation=None, organisation_id=None)
    caller = call(envelope(hcp.content, _trc(hcp).content, _nok(hcp, NextOfKin("K-1")).content))
    assert caller.trc is not None
    assert caller.nok is not None
    assert (caller.hcp.npi, caller.hcp.organisation, caller.hcp.organisation_id) == (None, None, None)
    assert (caller.hcp.provided_id, caller.hcp.on_behalf_of) == (None, None)
    assert (caller.trc.pin_code, caller.trc.prescription_id) == (None, None)
    assert caller.nok.person == NextOfKin("K-1")
    assert b"SPProvidedID" not in hcp.content
    assert hcp.content.count(b"<saml2:Attribute ") == 7


def test_an_id_is_new_and_of_the_form_peers_expect():
    assert _hcp().id == "_00000000-0000-0000-0000-000000000001"


def test_the_same_input_gives_the_same_bytes():
    assert _hcp() == _hcp()


@pytest.fixture
def somewhere_else(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose own zone is not UTC."""
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("somewhere_else")
def test_instants_are_written_in_utc_to_the_millisecond():
    then = NOW.replace(microsecond=7_999).astimezone(timezone(timedelta(hours=-3)))
    made = etree.fromstring(issue_hcp(DOCTOR, seal=SEAL, now=then, new_id=Ids()).content)
    assert made.get("IssueInstant") == "2026-03-02T10:30:00.007Z"


@pytest.fixture
def issued() -> etree._Element:
    return etree.fromstring(_hcp().content)


def _one(root: etree._Element, path: str) -> etree._Element:
    (found,) = root.xpath(path, namespaces=NS)
    return found


def test_role_and_purpose_are_unprefixed_with_a_default_namespace():
    for name in (b"Role", b"PurposeOfUse"):
        assert b"<" + name + b' xmlns="urn:hl7-org:v3" code="' in _hcp().content


def test_prefixes_are_those_peers_write(issued: etree._Element):
    assert issued.nsmap == {"saml2": SAML, "xsd": "http://www.w3.org/2001/XMLSchema"}
    assert {one.prefix for one in issued.iter(f"{{{SAML}}}*")} == {"saml2"}
    assert b'xsi:type="xsd:string"' in _hcp().content
    assert b"ns0" not in _hcp().content


def test_a_coded_value_names_its_system(issued: etree._Element):
    assert dict(_one(issued, "//h:Role").attrib) == {
        "code": "221",
        "codeSystem": "2.16.840.1.113883.2.9.6.2.7",
        "codeSystemName": "ISCO",
        "displayName": "Medical Doctors",
    }
    expected = {
        "code": "TREATMENT",
        "codeSystem": "3bc18518-d305-46c2-a8d6-94bd59856e9e",
        "codeSystemName": "eHDSI XSPA PurposeOfUse",
        "displayName": "TREATMENT",
    }
    assert dict(_one(issued, "//h:PurposeOfUse").attrib) == expected
    in_trc = etree.fromstring(_trc(_hcp()).content)
    assert dict(_one(in_trc, "//h:PurposeOfUse").attrib) == {**expected, "codeSystemName": "eHDSI PurposeOfUse"}


def test_every_kind_states_its_issuer_as_peers_expect():
    hcp = _hcp()
    made = {"hcp": hcp, "trc": _trc(hcp), "nok": _nok(hcp)}
    issuers = {kind: etree.fromstring(one.content)[0] for kind, one in made.items()}
    assert {kind: issuer.text for kind, issuer in issuers.items()} == {
        "hcp": "urn:idp:PT:countryB",
        "trc": "urn:initgw:PT:countryB",
        "nok": "urn:initgw:PT:countryB",
    }
    assert {kind: issuer.get("NameQualifier") for kind, issuer in issuers.items()} == {
        kind: f"urn:ehdsi:assertions:{kind}" for kind in made
    }


def test_the_signature_follows_the_issuer_and_is_rsa_sha256(issued: etree._Element):
    assert [child.tag.rpartition("}")[2] for child in issued] == [
        "Issuer",
        "Signature",
        "Subject",
        "Conditions",
        "AuthnStatement",
        "AttributeStatement",
    ]
    assert _one(issued, "//d:SignatureMethod").get("Algorithm", "").endswith("#rsa-sha256")
    assert _one(issued, "//d:DigestMethod").get("Algorithm", "").endswith("#sha256")
    inclusive = _one(issued, "//e:InclusiveNamespaces")
    assert (inclusive.getparent().tag, inclusive.get("PrefixList")) == (f"{{{DS}}}Transform", "xsd")
    assert len(issued.xpath("//d:X509Certificate", namespaces=NS)) == 1


def test_advice_stands_before_the_statements():
    names = [child.tag.rpartition("}")[2] for child in etree.fromstring(_trc(_hcp()).content)]
    assert names[3:] == ["Conditions", "Advice", "AuthnStatement", "AttributeStatement"]


def test_next_of_kin_attributes_have_the_profiles_names():
    made = etree.fromstring(_nok(_hcp()).content)
    names = [attribute.get("Name") for attribute in made.iter(f"{{{SAML}}}Attribute")]
    assert names[0] == f"{KIN}id"
    assert f"{KIN}address:postalcode" in names
    assert len(names) == 9


def test_nothing_of_the_professional_prints():
    printed = repr(DOCTOR) + repr(_hcp()) + repr(SEAL)
    assert "ines" not in printed.lower()
    assert "Almeida" not in printed


def _shape(element: etree._Element) -> object:
    """Names, attribute names and order; not the values, nor white space."""
    return (
        element.tag,
        sorted(name for name in element.attrib if name != "FriendlyName"),
        element.get("Name"),
        [_shape(child) for child in element if not child.tag.startswith(f"{{{DS}}}")],
    )


@pytest.mark.parametrize("place", [0, 1], ids=["hcp", "trc"])
def test_our_assertion_has_the_shape_of_a_real_one(place: int):
    header = etree.parse(artefacts("golden", "openncp-soap-header-hcp-trc-dk.xml"))
    real = list(header.iter(f"{{{SAML}}}Assertion"))[place]
    hcp = _hcp(permissions=("PRD-003",) * 9)
    ours = etree.fromstring((hcp, _trc(hcp))[place].content)
    assert _shape(ours) == _shape(real)
    friendly = [[a.get("FriendlyName") for a in one.iter(f"{{{SAML}}}Attribute")] for one in (ours, real)]
    assert friendly[0] == friendly[1]
