"""Assertions that real OpenNCP nodes made (official artefacts): what verifies, and what must not."""

from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from lxml import etree

from tests.support.callers.assertions import SOAP, call, certificate, peer
from tests.support.machine.require import artefacts
from trust.certificates import CertificateUse
from trust.errors import (
    AssertionExpired,
    IssuerCountryDiffers,
    SignatureInvalid,
    SignatureRefused,
    TlsCountryDiffers,
    TrustError,
)
from trust.xmldsig import verify_enveloped

DS = "{http://www.w3.org/2000/09/xmldsig#}"
DENMARK_THEN = datetime(2025, 7, 26, 11, 36, tzinfo=UTC)
GEORGIA_THEN = datetime(2024, 6, 27, 11, 30, tzinfo=UTC)


def _undo_pretty_printing(header: bytes) -> bytes:
    """The white-space rule that the artefacts' README gives, and nowhere else here: a pretty-printer came over
    the header after it was signed. Blank text goes; in SignedInfo a line feed stands between elements, but none around
    InclusiveNamespaces."""
    root = etree.fromstring(header, etree.XMLParser(remove_blank_text=True))
    for signed_info in root.iter(f"{DS}SignedInfo"):
        for element in signed_info.iter():
            children = [child for child in element if not child.tag.endswith("InclusiveNamespaces")]
            if children:
                element.text = "\n"
            for child in children:
                child.tail = "\n"
    return etree.tostring(root)


def _message(header: bytes) -> bytes:
    return f'<e:Envelope xmlns:e="{SOAP}">'.encode() + header + b"<e:Body><q/></e:Body></e:Envelope>"


@pytest.fixture(scope="module")
def danish() -> bytes:
    """A message with the header a Danish OpenNCP sent in 2025, as it was before it was pretty-printed."""
    return _message(_undo_pretty_printing(artefacts("golden", "openncp-soap-header-hcp-trc-dk.xml").read_bytes()))


@pytest.fixture(scope="module")
def belgian() -> bytes:
    """A message with the header inside an audit message of 2024, as it is: issued as Belgium, sealed by Georgia."""
    audit = etree.parse(artefacts("golden", "openncp-8-audit-message-iti-55.xml"))
    values = [b64decode(str(v)) for v in audit.xpath("//ParticipantObjectDetail[@type='securityheader']/@value")]
    (header,) = [value for value in values if b"urn:idp:BE:countryB" in value]
    return _message(header[header.index(b"<soapenv:Header") :])


def test_hcp_and_trc_of_a_real_openncp_verify_with_the_clock_set_back(danish: bytes):
    caller = call(danish, peer=peer("DK"), now=DENMARK_THEN, needs_trc=True, needs_role_display=True)
    assert (caller.country, caller.home_community) == ("DK", "1.2.208")
    assert caller.hcp.name == "John House"
    assert (caller.hcp.role, caller.hcp.purpose, caller.hcp.facility_type) == ("221", "TREATMENT", "Resident Physician")
    assert "PRD-006" in caller.hcp.permissions
    assert caller.trc is not None
    assert caller.trc.patient[0] == "1.2.208.176.1.2"
    assert caller.hcp.signer.common_name == "GRP:EHEALTH_NCP_BOOTCAMP_DK"


def test_they_are_refused_today(danish: bytes):
    with pytest.raises(AssertionExpired):
        call(danish, peer=peer("DK"), now=datetime(2026, 7, 26, 11, 36, tzinfo=UTC), needs_trc=True)


def _assertions(message: bytes) -> Iterator[bytes]:
    for assertion in etree.fromstring(message).iter("{urn:oasis:names:tc:SAML:2.0:assertion}Assertion"):
        yield etree.tostring(assertion, with_tail=False)


def test_one_letter_changed_in_any_text_or_attribute_breaks_the_signature(danish: bytes):
    for assertion in _assertions(danish):
        verify_enveloped(assertion)
        places = len([element for element in etree.fromstring(assertion).iter() if not element.tag.startswith(DS)])
        for place in range(places):
            root = etree.fromstring(assertion)
            changed = [element for element in root.iter() if not element.tag.startswith(DS)][place]
            names = [name for name in changed.attrib if name != "ID"]
            if changed.text and names == []:
                changed.text = f"~{changed.text[1:]}"
            for name in names[:1]:
                changed.set(name, f"~{changed.get(name)[1:]}")
            if names or changed.text:
                with pytest.raises(SignatureInvalid):
                    verify_enveloped(etree.tostring(root))


def test_whatever_byte_changes_it_is_refused(danish: bytes):
    for assertion in _assertions(danish):
        signed = verify_enveloped(assertion).content
        for at in range(0, len(assertion), 29):
            changed = assertion[:at] + bytes([assertion[at] ^ 1]) + assertion[at + 1 :]
            try:
                assert verify_enveloped(changed).content == signed  # the certificate's own signature
            except TrustError:
                continue


def test_pretty_printed_it_is_refused():
    with pytest.raises(SignatureRefused):
        call(
            _message(artefacts("golden", "openncp-soap-header-hcp-trc-dk.xml").read_bytes()),
            peer=peer("DK"),
            now=DENMARK_THEN,
        )


def test_an_assertion_issued_as_belgium_and_sealed_by_georgia_is_refused(belgian: bytes):
    with pytest.raises(IssuerCountryDiffers):
        call(belgian, peer=peer("GE"), now=GEORGIA_THEN)
    with pytest.raises(TlsCountryDiffers):
        call(belgian, peer=peer("BE"), now=GEORGIA_THEN)


def test_its_signature_is_good_as_it_is(belgian: bytes):
    (assertion,) = _assertions(belgian)
    assert certificate(verify_enveloped(assertion).certificate, CertificateUse.SEAL, GEORGIA_THEN).country == "GE"
