"""One country, one professional, one pair of assertions: each thread cut alone."""

from datetime import datetime, timedelta

import pytest

from tests.support.callers.assertions import (
    DIRECTORY,
    HCP_ID,
    HOME_COMMUNITIES,
    HOME_COMMUNITY,
    NOW,
    call,
    certificate,
    envelope,
    hcp,
    nok,
    peer,
    trc,
)
from tests.support.callers.signatures import Signing, sealer
from trust.certificates import CertificateUse, VerifiedCertificate
from trust.errors import (
    CertificateKindForbidden,
    CertificateRevoked,
    HomeCommunityDiffers,
    IssuerCountryDiffers,
    NokNameIdDiffers,
    NokPointsToAnotherHcp,
    NokSignerCountryDiffers,
    TlsCountryDiffers,
    TrcNameIdDiffers,
    TrcPointsToAnotherHcp,
    TrcSignerCountryDiffers,
    TrustError,
)

NAME, FORMAT = "Subject/NameID", "Subject/NameID/@Format"
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"


def _refused(*assertions: bytes, **changes: object) -> type[TrustError]:
    with pytest.raises(TrustError) as refusal:
        call(envelope(*assertions), **changes)
    return refusal.type


def test_the_caller_is_of_the_country_everything_says():
    caller = call(envelope(hcp(), trc(), nok()))
    assert (caller.country, caller.home_community) == ("PT", HOME_COMMUNITIES["PT"])
    assert caller.peer == peer()


def test_another_country_calls_as_itself():
    denmark = sealer("DK")
    assert call(envelope(hcp(by=denmark), trc(by=denmark)), peer=peer("DK")).country == "DK"


def test_refuses_a_connection_from_another_country_than_the_seal():
    assert _refused(hcp(), peer=peer("DK")) is TlsCountryDiffers


def test_refuses_an_hcp_sealed_by_another_country_than_its_issuer():
    assert _refused(hcp(fields={"Issuer": "urn:idp:DK:countryB"})) is IssuerCountryDiffers


def test_refuses_a_home_community_of_another_country():
    other = {HOME_COMMUNITY: f"urn:oid:{HOME_COMMUNITIES['DK']}"}
    assert _refused(hcp(attributes=other)) is HomeCommunityDiffers


def test_takes_every_home_community_registered_for_the_country():
    second = {HOME_COMMUNITY: "urn:oid:1.2.3"}
    both = {"PT": (HOME_COMMUNITIES["PT"], "1.2.3")}
    assert call(envelope(hcp(attributes=second)), directory=both).home_community == "1.2.3"
    assert _refused(hcp(attributes=second)) is HomeCommunityDiffers


def test_refuses_a_country_that_is_not_registered():
    assert _refused(hcp(), directory={"DK": DIRECTORY["DK"]}) is HomeCommunityDiffers


def test_refuses_a_trc_sealed_by_another_country():
    foreign = trc(by=sealer("DK"), fields={"Issuer": "urn:initgw:PT:countryB"})
    assert _refused(hcp(), foreign) is TrcSignerCountryDiffers


def test_refuses_a_trc_issued_by_another_country():
    assert _refused(hcp(), trc(fields={"Issuer": "urn:initgw:DK:countryB"})) is IssuerCountryDiffers


def test_refuses_a_nok_sealed_by_another_country():
    foreign = nok(by=sealer("DK"), fields={"Issuer": "urn:initgw:PT:countryB"})
    assert _refused(hcp(), foreign) is NokSignerCountryDiffers


def test_refuses_a_nok_issued_by_another_country():
    assert _refused(hcp(), nok(fields={"Issuer": "urn:initgw:DK:countryB"})) is IssuerCountryDiffers


def test_refuses_trc_that_points_to_another_hcp():
    assert _refused(hcp(), trc(hcp_id="_another")) is TrcPointsToAnotherHcp
    assert call(envelope(hcp(fields={"@ID": "_another"}), trc(hcp_id="_another"))).trc is not None


def test_refuses_nok_that_points_to_another_hcp():
    assert _refused(hcp(), nok(hcp_id="_another")) is NokPointsToAnotherHcp


def test_refuses_trc_of_another_professional():
    assert _refused(hcp(), trc(fields={NAME: "eve"})) is TrcNameIdDiffers
    assert call(envelope(hcp(fields={NAME: "eve"}), trc(fields={NAME: "eve"}))).hcp.name_id.value == "eve"


def test_refuses_trc_whose_name_is_in_another_format():
    assert _refused(hcp(), trc(fields={FORMAT: EMAIL})) is TrcNameIdDiffers
    assert call(envelope(hcp(fields={FORMAT: EMAIL}), trc(fields={FORMAT: EMAIL}))).hcp.name_id.format == EMAIL


def test_refuses_nok_of_another_professional():
    assert _refused(hcp(), nok(fields={NAME: "eve"})) is NokNameIdDiffers


def test_refuses_nok_whose_name_is_in_another_format():
    assert _refused(hcp(), nok(fields={FORMAT: EMAIL})) is NokNameIdDiffers


def test_two_seals_of_one_country_may_sign_one_caller():
    assert call(envelope(hcp(), trc(by=sealer("PT", "p256"), signing=Signing("ecdsa-sha256")))).trc is not None


def test_each_seal_is_verified_as_a_seal_and_now():
    asked: list[tuple[bytes, CertificateUse, datetime]] = []

    def remember(der: bytes, use: CertificateUse, now: datetime) -> VerifiedCertificate:
        asked.append((der, use, now))
        return certificate(der, use, now)

    then = NOW + timedelta(minutes=1)
    call(envelope(hcp(), trc(), nok()), verify_certificate=remember, now=then)
    assert asked == [(sealer("PT").certificate, CertificateUse.SEAL, then)] * 3


@pytest.mark.parametrize("refusal", [CertificateKindForbidden, CertificateRevoked])
@pytest.mark.parametrize("which", ["hcp", "trc", "nok"])
def test_a_seal_that_does_not_verify_refuses_the_message(which: str, refusal: type[TrustError]):
    other = sealer("PT", "p256")
    made = {
        kind: build(by=other, signing=Signing("ecdsa-sha256")) if kind == which else build()
        for kind, build in (("hcp", hcp), ("trc", trc), ("nok", nok))
    }

    def refuse(der: bytes, use: CertificateUse, now: datetime) -> VerifiedCertificate:
        if der == other.certificate:
            raise refusal
        return certificate(der, use, now)

    assert call(envelope(*made.values())).hcp.id == HCP_ID
    assert _refused(*made.values(), verify_certificate=refuse) is refusal
