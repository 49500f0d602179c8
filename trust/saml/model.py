"""What assertions say once they are verified. eHDSI XUA revision 19; wire names in `trust.saml.vocabulary`.

Whoever holds one of these holds what was signed: `trust.saml.verify` alone makes them. Names and identifiers of people
do not print.
"""

from dataclasses import dataclass, field
from datetime import datetime

from trust.certificates import VerifiedCertificate
from trust.saml.tolerances import Deviation
from trust.tls import PeerIdentity


@dataclass(frozen=True, slots=True)
class NameId:
    """Subject/NameID: who the assertion is about, as its country names the professional."""

    value: str = field(repr=False)
    format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """What all three kinds have."""

    id: str
    issuer: str
    """Who issued it, as it says: a URN whose third segment is its country."""
    issuer_country: str
    issued_at: datetime
    not_before: datetime
    not_on_or_after: datetime
    audiences: tuple[frozenset[str], ...]
    """One set per AudienceRestriction; each must name an audience of ours."""
    name_id: NameId
    class_ref: str
    authenticated_at: datetime
    signer: VerifiedCertificate = field(repr=False)
    digest: str
    """Hex SHA-256 of the canonical bytes as signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HcpAssertion(Assertion):
    """Who asks: the health professional, and where she works."""

    provided_id: str | None = field(repr=False)
    """NameID/@SPProvidedID: the id of the professional that audit uses."""
    home_community: str
    """Dotted OID."""
    npi: str | None = field(repr=False)
    name: str = field(repr=False)
    role: str
    """ISCO code."""
    role_display: str | None
    organisation: str | None
    organisation_id: str | None
    facility_type: str
    purpose: str
    locality: str
    permissions: frozenset[str]
    """Codes, e.g. ``PRD-006``."""
    on_behalf_of: str | None
    """ISCO code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrcAssertion(Assertion):
    """That a treatment relationship to this patient was confirmed."""

    hcp_id: str
    """Advice/AssertionIDRef."""
    patient: tuple[str, str] = field(repr=False)
    """Root (dotted OID) and extension."""
    purpose: str | None
    pin_code: str | None = field(repr=False)
    prescription_id: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class NextOfKin:
    """Who stands for the patient; texts as sent."""

    id: str = field(repr=False)
    first_name: str | None = field(default=None, repr=False)
    family_name: str | None = field(default=None, repr=False)
    gender: str | None = field(default=None, repr=False)
    birth_date: str | None = field(default=None, repr=False)
    street: str | None = field(default=None, repr=False)
    city: str | None = field(default=None, repr=False)
    postal_code: str | None = field(default=None, repr=False)
    country: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NokAssertion(Assertion):
    """That a next of kin asks on the patient's behalf."""

    hcp_id: str
    """Advice/AssertionIDRef."""
    person: NextOfKin = field(repr=False)


@dataclass(frozen=True, slots=True)
class VerifiedCaller:
    """A caller whose connection, seals, assertions and country belong together."""

    peer: PeerIdentity
    hcp: HcpAssertion
    trc: TrcAssertion | None
    nok: NokAssertion | None
    country: str
    """ISO 3166-1 alpha-2: of the TLS certificate, the seals, the issuers and the home community alike."""
    home_community: str
    """Dotted OID, registered for ``country``."""
    deviations: tuple[Deviation, ...] = ()
    """From the profile, that there were and that this country is tolerated."""
