"""signxml as second opinion: it agrees where it can; what it cannot is here too, and why verifying is our own."""

import base64
import logging
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography import x509
from lxml import etree
from signxml import SignatureConfiguration, XMLVerifier
from signxml.exceptions import InvalidDigest, InvalidSignature

from tests.support.callers.signatures import Sealer, Signing, sealer, sign
from trust.xml import parse
from trust.xmldsig import sign_enveloped, verify_enveloped

PLAIN = b'<a:A xmlns:a="urn:a" xmlns:q="urn:q" xmlns:xs="urn:xs" ID="_1"><a:B t="xs:string">one</a:B></a:A>'
SEAL = sealer("PT")


def _signxml(data: bytes, by: Sealer = SEAL) -> bytes:
    """What signxml says was signed."""
    configuration = SignatureConfiguration(location="./", verification_time=datetime(2026, 1, 1, tzinfo=UTC))
    trusted = x509.load_der_x509_certificate(by.certificate)
    done = XMLVerifier().verify(data, x509_cert=trusted, validate_schema=False, expect_config=configuration)
    return done.signed_data


@pytest.mark.parametrize("kind", ["rsa", "p256", "p384", "p521"])
@pytest.mark.parametrize("hashed", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("prefixes", [None, "xs", "xs q"])
def test_both_see_the_same_bytes(kind: str, hashed: str, prefixes: str | None):
    by = sealer("PT", kind)
    algorithm = f"{'rsa' if kind == 'rsa' else 'ecdsa'}-{hashed}"
    made = sign(PLAIN, by, Signing(algorithm, hashed, transform_prefixes=prefixes, method_prefixes=prefixes))
    assert verify_enveloped(made).content == _signxml(made, by)


@pytest.mark.parametrize("prefixes", [(), ("xs",), ("xs", "q")])
def test_it_takes_what_we_sign(prefixes: tuple[str, ...]):
    made = sign_enveloped(parse(PLAIN), SEAL.key, SEAL.certificate, after="{urn:a}B", inclusive_prefixes=prefixes)
    assert _signxml(made) == verify_enveloped(made).content


def test_it_refuses_what_was_signed_by_another():
    made = sign(PLAIN, Sealer("PT", sealer("PT", "another").key, SEAL.certificate))
    with pytest.raises(InvalidSignature):
        _signxml(made)


def test_it_cannot_read_prefixes_that_a_line_break_parts():
    """PrefixList is NMTOKENS: any white space parts prefixes; a line break written as a reference stays one."""
    made = _with_line_break()
    assert verify_enveloped(made).content == PLAIN
    with pytest.raises(InvalidDigest):
        _signxml(made)


def _with_line_break() -> bytes:
    def part(signature: etree._Element) -> None:
        (inclusive,) = signature.iter("{*}InclusiveNamespaces")
        inclusive.set("PrefixList", "xs\nq")

    return sign(PLAIN, SEAL, Signing(transform_prefixes="xs q", edit_signature=part))


DEFAULTED = b'<a:A xmlns="urn:d" xmlns:a="urn:a" ID="_1"><B>one</B></a:A>'


def test_it_does_not_know_the_default_namespace():
    """``DEFAULTED`` is its own canonical form, with the default namespace kept on the root: that is what was signed."""
    made = _signed_over(DEFAULTED)
    assert verify_enveloped(made).content == DEFAULTED
    with pytest.raises(InvalidDigest):
        _signxml(made)


def _signed_over(content: bytes) -> bytes:
    def state(signature: etree._Element) -> None:
        (digest,) = signature.iter("{*}DigestValue")
        digest.text = base64.b64encode(sha256(content).digest()).decode()

    return sign(DEFAULTED, SEAL, Signing(transform_prefixes="#default", edit_signature=state))


def test_it_writes_what_was_signed_to_its_log(caplog: pytest.LogCaptureFixture):
    made = sign(PLAIN, SEAL)
    with caplog.at_level(logging.DEBUG):
        verify_enveloped(made)
        assert caplog.text == ""
        _signxml(made)
    assert "one" in caplog.text
