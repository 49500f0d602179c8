"""Country A, gather: ask the clinical sources side by side and lay their answers into one summary's content.

A source that does not answer makes its sections say so, or refuses the document, by `[policies.source_unavailable]`;
so does a record that could not be read, by `[policies.unreadable_records]`.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from typing import TypeVar

from gateway.admission import VerifiedTreatment
from gateway.errors import GuardianForbidden, NationalAnswerUnreadable, NationalRefused, NationalRejected
from gateway.exchange.country_a.allergies import lay_allergies
from gateway.exchange.ports import CountryOfAffiliation, IdentityPolicy, Trail
from gateway.national.ports import CriticalInformation, Medicines, NationalWords, RegisteredPerson, Vaccinations
from transformers.model.finding import Report
from transformers.model.standing import Standing
from transformers.model.summary import KnownAbsent, NotReadable, Present, SourceUnavailable, SummaryContent

T = TypeVar("T")
_LOST = frozenset({Standing.NOT_READABLE, Standing.CONTRADICTED, Standing.OTHER_FORM, Standing.UNPLACED})
_SOURCE_OF = {
    "medications": "medicines",
    "immunisations": "vaccinations",
}
"""Whose records a section holds, where they are not critical information."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Content and what was remarked while it was read; ``unavailable`` names the sources that did not answer."""

    content: SummaryContent
    report: Report
    unavailable: tuple[str, ...]
    unread: Mapping[str, int] = field(default_factory=dict)
    """How many records of a section could not be read and stand in it in words."""
    guardian_reserved: bool = False
    """Holds prescriptions the patient reserved against guardians' insight."""


def gather(
    treatment: VerifiedTreatment,
    person: RegisteredPerson,
    country: CountryOfAffiliation,
    words: NationalWords,
    trail: Trail,
) -> Gathered:
    """All that the country knows and may share. Raises NationalRefused leaves and GuardianForbidden."""
    doors, policy = country.doors, country.policy
    trail.origins += ["critical-information", "medicines", "vaccinations"]
    trail.categories += ["critical-information", "medicines", "vaccinations"]
    with ThreadPoolExecutor(3, thread_name_prefix="national") as together:
        reads = doors.critical_information.read, doors.medicines.read, doors.vaccinations.read
        critical = together.submit(_ask, "critical-information", reads[0], treatment, person, policy, trail)
        medicines = together.submit(_ask, "medicines", reads[1], treatment, person, policy, trail)
        vaccinations = together.submit(_ask, "vaccinations", reads[2], treatment, person, policy, trail)
    gathered = lay_together(critical.result(), medicines.result(), vaccinations.result(), words)
    for name, count in gathered.unread.items():
        trail.withheld.append((name, (f"not-readable/{count}",)))
        if policy.unreadable_records.get(name) == "refuse":
            raise NationalAnswerUnreadable(_SOURCE_OF.get(name, "critical-information"))
    if treatment.request.asker.next_of_kin and gathered.guardian_reserved:
        raise GuardianForbidden
    return gathered


def _ask(
    source: str,
    read: Callable[[VerifiedTreatment, RegisteredPerson], T],
    treatment: VerifiedTreatment,
    person: RegisteredPerson,
    policy: IdentityPolicy,
    trail: Trail,
) -> T | None:
    """Its answer; None: it did not answer and may be left out. Why it rejected us is in the evidence all the same."""
    try:
        return read(treatment, person)
    except NationalRefused as refused:
        if isinstance(refused, NationalRejected):
            trail.withheld.append((source, tuple(f"rejected/{code}" for code in refused.codes)))
        if policy.source_unavailable.get(source) == "section":
            return None
        raise


def lay_together(
    critical: CriticalInformation | None,
    medicines: Medicines | None,
    vaccinations: Vaccinations | None,
    words: NationalWords,
) -> Gathered:
    """Three sources' answers as one content; None is a source that did not answer and may be left out by policy."""
    report = Report()
    for answer in (critical, medicines, vaccinations):
        if answer is not None:
            report.extend(answer.report)
    no_critical = SourceUnavailable(words.critical_information)
    allergies, about_allergies = lay_allergies(critical, medicines, words)
    report.extend(about_allergies)
    content = SummaryContent(
        allergies=allergies,
        problems=critical.problems if critical else no_critical,
        procedures=critical.procedures if critical else no_critical,
        devices=critical.devices if critical else no_critical,
        medications=medicines.medications if medicines else SourceUnavailable(words.medicines),
        immunisations=vaccinations.immunisations if vaccinations else SourceUnavailable(words.vaccinations),
        medications_reconciled=medicines.reconciled if medicines else False,
    )
    pairs = (
        (critical, words.critical_information), (medicines, words.medicines), (vaccinations, words.vaccinations)
    )  # fmt: skip
    unavailable = tuple(name for answer, name in pairs if answer is None)
    return Gathered(content, report, unavailable, _unread(content), medicines.guardian_reserved if medicines else False)


def _unread(content: SummaryContent) -> dict[str, int]:
    """By section, how much of it could not be read; what is denied, planned or withdrawn was read and is no loss."""
    states = ((f.name, getattr(content, f.name)) for f in fields(content))
    told = {name: state.unread for name, state in states if isinstance(state, Present | KnownAbsent | NotReadable)}
    lost = {name: sum(one.why in _LOST for one in unread) for name, unread in told.items()}
    return {name: count for name, count in lost.items() if count}
