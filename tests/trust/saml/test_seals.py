"""Assertions under the seals of the development PKI, verified as a node verifies them."""

from functools import cache

import pytest

from tests.support.callers.assertions import call, envelope, hcp, nok, peer, trc
from tests.support.callers.pki import NOW, pki
from tests.support.callers.signatures import Sealer
from trust import pki_layout as layout
from trust.certificates import CertificateVerifier
from trust.errors import (
    CertificateExpired,
    CertificateIssuerUnknown,
    CertificateKindForbidden,
    CertificateNotYetValid,
    CertificateRevoked,
    TlsCountryDiffers,
    TrustError,
)
from trust.pki_layout import Bad, Credential
from trust.saml.model import VerifiedCaller


@cache
def _verifier() -> CertificateVerifier:
    return pki().verifier()


@cache
def _sealer(credential: Credential, country: str = "PT") -> Sealer:
    return Sealer(country, pki().key(credential), pki().der(credential))


GOOD = layout.seal("PT")


def _call(**sealed_with: Credential) -> VerifiedCaller:
    """All three assertions, under the seal of Portugal but for those named."""
    made = [
        build(by=_sealer(sealed_with.get(kind, GOOD)), now=NOW)
        for kind, build in (("hcp", hcp), ("trc", trc), ("nok", nok))
    ]
    return call(envelope(*made), verify_certificate=_verifier().verify, now=NOW, peer=peer("PT"))


def test_takes_the_seal_of_a_country():
    assert _call().hcp.signer.country == "PT"


@pytest.mark.parametrize("kind", ["hcp", "trc", "nok"])
@pytest.mark.parametrize(
    ("credential", "refusal"),
    [
        (layout.tls_client("PT"), CertificateKindForbidden),
        (layout.tls_server("PT"), CertificateKindForbidden),
        (Bad.SEAL_REVOKED.credential, CertificateRevoked),
        (Bad.SEAL_EXPIRED.credential, CertificateExpired),
        (Bad.SEAL_NOT_YET_VALID.credential, CertificateNotYetValid),
        (Bad.SEAL_FOREIGN_CA.credential, CertificateIssuerUnknown),
    ],
    ids=["TLS client", "TLS server", "revoked", "expired", "not yet valid", "foreign CA"],
)
def test_refuses_an_assertion_under_a_certificate_that_may_not_seal(
    kind: str, credential: Credential, refusal: type[TrustError]
):
    with pytest.raises(refusal):
        _call(**{kind: credential})


def test_refuses_a_seal_of_a_country_that_is_none():
    with pytest.raises(TlsCountryDiffers):
        _call(hcp=Bad.SEAL_WRONG_COUNTRY.credential)


def test_takes_a_seal_as_the_fields_test_seals_are():
    """No extensions, RSA-4096, ten years."""
    by = _sealer(layout.FIELD_SEAL)
    caller = call(envelope(hcp(by=by, now=NOW)), verify_certificate=_verifier().verify, now=NOW)
    assert caller.hcp.signer.country == "PT"
