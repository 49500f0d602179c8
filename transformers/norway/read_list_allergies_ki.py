"""ki:Allergi of a medicines list (ki 2013-04-25 inside M25.1): reactions to medicines, CAVE, as the list keeps them.

What is refuted (Avkreftet) is not exported; it is named, and told on, so that another source which still states it can
be marked. What policy keeps at home (`[policies.sensitive]`) is named by its key alone. FEST ids of substance and brand
have no OID: they are named in the report, and are the words only when there are no others. An entry has no id of its
own: its place in the list is its id.
"""

from dataclasses import dataclass, field

from lxml import etree

from transformers.model.absence import speaks_of_absence
from transformers.model.finding import Finding, Report, Severity
from transformers.model.standing import Standing
from transformers.model.summary import Allergy, KeptInWords, Reaction
from transformers.model.values import Coded, Provenance
from transformers.norway.code_systems import CodeSystems
from transformers.norway.eresept_fields import changed_at
from transformers.norway.errors import Malformed, UnknownVersion
from transformers.norway.read_kj_allergy import MEDICATION, kind_of
from transformers.norway.read_prescription_m1 import MedicineReading, free_text
from transformers.norway.sensitive import keys_of, withheld_by
from transformers.norway.unread_entries import unread_entry
from transformers.norway.xml_fields import (
    child,
    children,
    coded_of,
    flag,
    namespace_of,
    plain,
    required,
    text,
)

KI = "http://www.kith.no/xmlstds/eresept/ki/2013-04-25"

_AGENT_NOT_STATED = "Legemiddel ikke angitt"


@dataclass(frozen=True, slots=True)
class ListedAllergies:
    """Reactions a list states, and the agents of those it refutes."""

    stated: tuple[Allergy, ...] = ()
    refuted: tuple[Coded, ...] = ()
    unread: tuple[KeptInWords, ...] = ()
    """Entries that could not be read, in words."""


def read_listed_allergies(
    content: etree._Element, kept: Provenance, reading: MedicineReading, report: Report
) -> ListedAllergies:
    """Every ki:Allergi of a LegemidlerIBruk; ``kept`` is where the list comes from.

    One that cannot be read stays in words. Raises ``UnknownVersion`` for another generation.
    """
    found = _ListedEntries(kept, reading, report)
    for index, entry in enumerate(children(content, "Allergi")):
        path = f"Allergi[{index}]"
        if namespace_of(entry) != KI:
            raise UnknownVersion(namespace_of(entry))
        try:
            found.take(entry, path)
        except Malformed as fault:
            cause = next(iter(children(entry, "Legemiddelreaksjon")), None)
            words = unread_entry(cause, fault, path, reading.sensitive, report)
            found.unread += [] if words is None else [words]
    return ListedAllergies(tuple(found.stated), tuple(found.refuted), tuple(found.unread))


@dataclass(slots=True)
class _ListedEntries:
    """Entries of one list, one after the other."""

    kept: Provenance
    reading: MedicineReading
    report: Report
    stated: list[Allergy] = field(default_factory=list)
    refuted: list[Coded] = field(default_factory=list)
    unread: list[KeptInWords] = field(default_factory=list)

    def take(self, entry: etree._Element, path: str) -> None:
        """One entry. Raises ``Malformed``."""
        reading, about = self.reading, Report()
        agent = _agent(required(entry, "Legemiddelreaksjon"), reading.systems, about, path)
        key = withheld_by(keys_of(agent, coded_of(required(entry, "Reaksjon"), reading.systems)), reading.sensitive)
        if key is not None:
            text = "sensitive element, not released by policy"
            self.report.add(Finding(Severity.INFO, "withheld-by-policy", path, text, key))
            return
        if flag(entry, "Avkreftet"):
            self.refuted.append(agent)
            text = "refuted in the medicines list, so no allergy"
            about.add(Finding(Severity.INFO, "refuted", path, text, agent.text))
        elif speaks_of_absence([agent.text]):
            text = "its words say that there is none: no agent, its words kept"
            about.add(Finding(Severity.WARNING, "situation-unread", path, text, agent.text))
            self.unread.append(KeptInWords(Standing.NOT_READABLE, agent.text or ""))
        else:
            recorded = changed_at(entry, "Oppdatert", about, path)
            origin = Provenance(self.kept.source, f"{self.kept.source_id}/{path}", recorded)
            self.stated.append(_allergy(entry, agent, origin, reading, about))
        self.report.extend(about)


def _allergy(
    entry: etree._Element, agent: Coded, origin: Provenance, reading: MedicineReading, report: Report
) -> Allergy:
    """An entry that is stated. The list says neither how certain nor how serious it is, nor since when."""
    reaction = coded_of(required(entry, "Reaksjon"), reading.systems)
    if reaction is None:
        raise Malformed("Reaksjon")
    row = origin.source_id or ""
    return Allergy(
        id=row,
        agent=agent,
        agent_is_medicine=True,
        kind=kind_of((MEDICATION,), reading.systems),
        reactions=(Reaction(reaction),),
        criticality=None,
        certainty=None,
        status=None,
        onset=None,
        provenance=origin,
        note=_note(entry, reading, report, row),
    )


def _agent(cause: etree._Element, systems: CodeSystems, report: Report, path: str) -> Coded:
    """The ATC code where there is one, and every name of what was reacted to, the most specific first."""
    atc = coded_of(child(cause, "Atc"), systems)
    keys = [plain(key.text) for key in (*children(cause, "MerkevareId"), *children(cause, "VirkestoffId"))]
    named = _once([
        text(cause, "Varenavn"),
        *(plain(substance.text) for substance in children(cause, "Virkestoff")),
        None if atc is None else atc.text,
    ])  # fmt: skip
    for key in filter(None, keys):
        report.add(Finding(Severity.INFO, "code-system-without-oid", f"{path}.agent", "a FEST id, named only", key))
    said = ", ".join(named or _once(keys))
    if not said:
        report.add(Finding(Severity.WARNING, "agent-not-stated", f"{path}.agent", "a reaction to an unnamed medicine"))
    return Coded(
        text=said or _AGENT_NOT_STATED,
        original=None if atc is None else atc.original,
        others=() if atc is None else atc.others,
    )


def _once(names: list[str | None]) -> list[str]:
    """Names without blanks and repetitions, whatever their case."""
    return list({name.casefold(): name for name in reversed(names) if name}.values())[::-1]


def _note(entry: etree._Element, reading: MedicineReading, report: Report, path: str) -> str | None:
    comment = text(entry, "Kommentar")
    said = free_text([comment] if comment else [], reading, report, path)
    if flag(required(entry, "Legemiddelreaksjon"), "Hjelpestoffreaksjon"):
        said.append("Hjelpestoffreaksjon")
    source = coded_of(required(entry, "Kilde"), reading.systems)
    if source is not None:
        said.append(f"Kilde: {source.text}")
    return ". ".join(part.rstrip(".") for part in said) or None
