"""The only place that makes a `VerifiedRequest` or a `VerifiedTreatment`.

A verified caller (from trust), a parsed request and policy become a value that opens national doors, or a refusal. Nothing
here calls anything: what the message and our own configuration decide is decided before any national call.
"""

from dataclasses import dataclass, field
from datetime import datetime

from gateway.messages import PatientIdentifier


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as national services and evidence need it."""

    country: str
    """ISO 3166-1 alpha-2 of country B."""
    home_community: str
    professional_id: str = field(repr=False)
    professional_name: str = field(repr=False)
    role: str
    """ISCO code."""
    national_role: str
    """Volven 9060 code that stands for it, by `config/roles.csv`."""
    organisation: str
    organisation_id: str | None
    purpose: str
    """``TREATMENT`` or ``EMERGENCY``."""
    access_basis: str
    """``nhn-access-basis`` (SAMTYKKE, AKUTT, …) by `config/policies.toml`."""
    next_of_kin: bool = False
    """A NOK assertion came with the request."""


@dataclass(frozen=True, slots=True)
class VerifiedRequest:
    """A request of a verified health professional. Opens the person register and the privacy services."""

    asker: Asker
    transaction: str
    patient: PatientIdentifier
    wave: int
    now: datetime
    correlation: str
    """UUID, ours, sent as event id to national services and kept in evidence."""


@dataclass(frozen=True, slots=True)
class VerifiedTreatment:
    """A verified request with a confirmed treatment relationship (TRC) to this very patient. Opens clinical doors."""

    request: VerifiedRequest
    assertion_id: str
    """@ID of the TRC."""
