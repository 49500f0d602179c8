"""What the law and the agreements say to a counter, as values: filled by `read_rules` from `config/counter.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from transformers.words import Language


@dataclass(frozen=True, slots=True)
class DispensingRestriction:
    """Utleveringsbestemmelse: a limit on handing out a substance (legemiddelforskriften § 7-4)."""

    id: str
    atc: tuple[str, ...]
    """ATC codes, or their beginnings."""
    forms: frozenset[str]
    """Dose forms (Volven 7448) it is limited to; none: it holds for each."""
    may_pass: bool
    """Whether the pharmacist may hand out for a reason that she records."""
    source: str
    checked: date
    """When it was last compared with its source."""
    words: Mapping[Language, str]


class HomeReporter(StrEnum):
    """Who reports a dispensing on a foreign prescription to Norway's registers."""

    OWN_SYSTEM = "own-system"
    """The pharmacy's own system, with the facts and foreign ids handed to it."""
    GATEWAY = "gateway"
    """We, as a paper prescription (M10, Papirresept)."""


@dataclass(frozen=True, slots=True)
class ReportingAgreement:
    """That we report for one pharmacy: for whom, by what paper, and from when."""

    her_id: str
    """The pharmacy's HER-id, which the agreement names."""
    reference: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class CounterRules:
    """All of it. A pharmacy without an agreement reports by its own system."""

    restrictions: tuple[DispensingRestriction, ...]
    agreements: Mapping[str, ReportingAgreement]
    """By HER-id."""
    retention: timedelta
    """How long a foreign prescription that was dispensed is kept after its last dispensing."""
