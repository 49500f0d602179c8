"""Who reports a dispensing on a foreign prescription at home, and how long the prescription is kept.

A report to Reseptformidleren as paper prescription (M10) needs a Norwegian number. One reports, never both.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from gateway.counter.decide import CounterHandout
from gateway.counter.rules import CounterRules, HomeReporter
from transformers.model.people import Professional
from transformers.model.prescription import Prescription
from transformers.model.values import Identifier
from transformers.norway.errors import NumberInvalid
from transformers.norway.foreign_dispensing import local_prescription_id
from transformers.norway.identifiers import NumberKind, read_person_number
from transformers.norway.moments import norwegian_day


class WhyReported(StrEnum):
    """Why it is this one who reports; it stands in the row of the dispensing."""

    NO_AGREEMENT = "no-agreement"
    AGREEMENT_NOT_YET = "agreement-not-yet"
    NO_NORWEGIAN_NUMBER = "no-norwegian-number"
    AGREED = "agreed"


@dataclass(frozen=True, slots=True)
class HomeReporting:
    """Who reports; ``agreement`` is the reference of the paper by which we do, None when the pharmacy does."""

    reporter: HomeReporter
    why: WhyReported
    her_id: str
    """The pharmacy's: it is in its name that we report."""
    agreement: str | None = None


def who_reports(rules: CounterRules, her_id: str, number: str | None, now: datetime) -> HomeReporting:
    """Who reports a dispensing of this pharmacy to a patient with this number (None: none is known).

    Only a national identity number or D-number with right control digits is Norwegian: without one, or before the
    agreement holds, the pharmacy's own system reports.
    """
    agreement = rules.agreements.get(her_id)
    if agreement is None:
        return HomeReporting(HomeReporter.OWN_SYSTEM, WhyReported.NO_AGREEMENT, her_id)
    if norwegian_day(now) < agreement.valid_from:
        return HomeReporting(HomeReporter.OWN_SYSTEM, WhyReported.AGREEMENT_NOT_YET, her_id)
    if number is None or not _is_norwegian(number):
        return HomeReporting(HomeReporter.OWN_SYSTEM, WhyReported.NO_NORWEGIAN_NUMBER, her_id)
    return HomeReporting(HomeReporter.GATEWAY, WhyReported.AGREED, her_id, agreement.reference)


@dataclass(frozen=True, slots=True)
class ForeignDispensingFacts:
    """What a pharmacy's own system needs to report a dispensing itself. Batch and FMD it knows better than we."""

    country: str
    """Where it was prescribed, ISO 3166."""
    document: Identifier
    """The ePrescription document's id."""
    prescription: Identifier
    """The item's id, root and extension verbatim."""
    local_prescription_id: str
    """The ReseptId that it has in Norway, the same every time."""
    dispensation: Identifier
    """The id of the eDispensation that the country accepted; a discard names it."""
    item_number: str
    packages: Decimal
    dispensed: date
    prescriber: Professional | None = field(default=None, repr=False)


def facts_for_own_system(
    prescription: Prescription, country: str, dispensation: Identifier, handout: CounterHandout, dispensed: date
) -> ForeignDispensingFacts:
    """The facts and foreign ids of an accepted dispensing, to be handed to the pharmacy's own system."""
    item = prescription.item
    return ForeignDispensingFacts(
        country=country,
        document=prescription.id,
        prescription=item.id,
        local_prescription_id=local_prescription_id(item.id),
        dispensation=dispensation,
        item_number=handout.item_number,
        packages=handout.packages,
        dispensed=dispensed,
        prescriber=item.prescriber,
    )


def _is_norwegian(number: str) -> bool:
    try:
        return read_person_number(number).kind in (NumberKind.FNR, NumberKind.DNR)
    except NumberInvalid:
        return False


def kept_until(rules: CounterRules, last_dispensing: date) -> date:
    """The last day on which a foreign prescription is kept, by the Norwegian day of its last dispensing."""
    return last_dispensing + rules.retention
