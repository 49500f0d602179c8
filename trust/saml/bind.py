"""Do the connection, the seals and the assertions belong to one country, one professional and one another.

eHDSI: the country of the TLS client, of each seal, of each Issuer and of the registered home community id is one; TRC
and NOK are about the professional of the HCP assertion and point to it.
"""

from collections.abc import Collection, Mapping

from trust.errors import (
    HomeCommunityDiffers,
    IssuerCountryDiffers,
    NokNameIdDiffers,
    NokPointsToAnotherHcp,
    NokSignerCountryDiffers,
    TlsCountryDiffers,
    TrcNameIdDiffers,
    TrcPointsToAnotherHcp,
    TrcSignerCountryDiffers,
)
from trust.saml.model import HcpAssertion, NokAssertion, TrcAssertion
from trust.tls import PeerIdentity


def bind_hcp(hcp: HcpAssertion, peer: PeerIdentity, directory: Mapping[str, Collection[str]]) -> str:
    """The caller's country: of the connection, the seal, the Issuer and the home community alike."""
    country = hcp.signer.country
    if peer.certificate.country != country:
        raise TlsCountryDiffers
    if hcp.issuer_country != country:
        raise IssuerCountryDiffers
    if hcp.home_community not in directory.get(country, ()):
        raise HomeCommunityDiffers
    return country


def bind_trc(trc: TrcAssertion, hcp: HcpAssertion) -> None:
    """The TRC is of the HCP's country, professional and very assertion."""
    if trc.signer.country != hcp.signer.country:
        raise TrcSignerCountryDiffers
    if trc.issuer_country != trc.signer.country:
        raise IssuerCountryDiffers
    if trc.hcp_id != hcp.id:
        raise TrcPointsToAnotherHcp
    if trc.name_id != hcp.name_id:
        raise TrcNameIdDiffers


def bind_nok(nok: NokAssertion, hcp: HcpAssertion) -> None:
    """The NOK is of the HCP's country, professional and very assertion."""
    if nok.signer.country != hcp.signer.country:
        raise NokSignerCountryDiffers
    if nok.issuer_country != nok.signer.country:
        raise IssuerCountryDiffers
    if nok.hcp_id != hcp.id:
        raise NokPointsToAnotherHcp
    if nok.name_id != hcp.name_id:
        raise NokNameIdDiffers
