"""What a clinician asks first of a patient summary, on the first screen and in clinical order, never the document's.

What can kill, what is taken now, what is in the body, pregnancy, what is absent and which of the absences it is, then
problems, and last what was measured, each with its flag and what is usual. It is made of what the pivot's readers made
of the sections; what they did not read stands in the sender's own words. Rows of the present are never folded, cut or
paged; past medicines and resolved problems are folded.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from transformers.cda.documents.sections import Sections
from transformers.display.concepts import Concepts, Wording
from transformers.display.narrative_lines import plain_lines
from transformers.display.overview_rows import OverviewRow, RowMaker
from transformers.display.reader import ANY, PageReader
from transformers.model.absence import IPS_ABSENT
from transformers.model.standing import Standing
from transformers.model.summary import (
    Allergy,
    ImplantedDevice,
    KeptInWords,
    KnownAbsent,
    MedicationStatement,
    NoInformation,
    Observation,
    ObservationGroup,
    Problem,
)
from transformers.model.values import Moment
from transformers.spoken import Measures
from transformers.terminology.check_words import ABSENCE, DOSE, ENTRY, ROW, Disagreement
from trust.xml import Element

_UNREAD: Final = frozenset({Standing.NOT_READABLE, Standing.OTHER_FORM, Standing.UNPLACED, Standing.CONTRADICTED})
"""What could not be read; what else is no statement could, and says that something is not so."""
_ELSEWHERE: Final = (
    *("procedures", "immunisations", "results", "vital_signs", "functional_status", "social_history"),
    *("advance_directives", "care_plan"),
)
"""Sections that stand below alone: here their number, or which absence."""


@dataclass(frozen=True, slots=True)
class KeptLine:
    """Something of a section that is no statement of it: why, and the sender's words."""

    why: str
    words: Wording | None


@dataclass(frozen=True, slots=True)
class OverviewGroup:
    """What the document says of one question."""

    id: str
    heading: str
    short: str = ""
    """The heading in a link."""
    rows: tuple[OverviewRow, ...] = ()
    past: tuple[OverviewRow, ...] = ()
    unreadable: int = 0
    kept: tuple[KeptLine, ...] = ()
    absence: str | None = None
    """Which of the absences it is, where it states no row."""
    words: tuple[Wording, ...] = ()
    """The sender's own words, where a code says that there is none, or where there are words alone."""
    contradicted: bool = False


@dataclass(frozen=True, slots=True)
class Overview:
    """The first screen of a summary."""

    groups: tuple[OverviewGroup, ...]
    elsewhere: tuple[OverviewGroup, ...]
    untranslated: int


@dataclass
class _GroupMaker:
    sections: Sections
    reader: PageReader
    concepts: Concepts
    rows: RowMaker
    differing: Mapping[Element, Sequence[Disagreement]]

    def group(self, name: str) -> OverviewGroup:
        """One question; that of problems holds past illness too."""
        current, past = (tuple(map(self._marked, rows)) for rows in self._rows(name))
        kept = tuple(self._kept(one) for one in self.sections.kept.get(name, ()))
        absences = self.sections.absences.get(name, ())
        stated = bool(self.sections.statements.get(name))
        words = () if stated else self._words(name)
        sections = self.sections.elements.get(name, ())
        found = [one for section in sections for one in self.differing.get(section, ())]
        beyond = any(one.rule == ABSENCE for one in found)
        alone = tuple(self._alone(one) for one in found if one.rule == ROW)
        unreadable = sum(one.why in _UNREAD for one in self.sections.kept.get(name, ()))
        return OverviewGroup(
            id=f"o-{name}",
            heading=self.reader.word(f"section.{name}"),
            short=self.reader.word(f"short.{name}"),
            rows=current,
            past=past,
            unreadable=unreadable,
            kept=(*kept, *alone, *(KeptLine(self._absence(one), None) for one in (absences if stated else ()))),
            absence=None if stated else self._absent(name),
            words=words,
            contradicted=beyond or (bool(stated or unreadable) and any(_is_whole(one) for one in absences)),
        )

    def _rows(self, name: str) -> tuple[tuple[OverviewRow, ...], tuple[OverviewRow, ...]]:
        statements = list(
            zip(self.sections.statements.get(name, ()), self.sections.entries.get(name, ()), strict=False)
        )
        match name:
            case "allergies":
                return self.rows.allergies([(one, at) for one, at in statements if isinstance(one, Allergy)]), ()
            case "medications":
                return self.rows.medicines([(s, at) for s, at in statements if isinstance(s, MedicationStatement)])
            case "devices":
                return tuple(self.rows.device(s, at) for s, at in statements if isinstance(s, ImplantedDevice)), ()
            case "pregnancies":
                return tuple(self.rows.observation(s, at) for s, at in statements if isinstance(s, Observation)), ()
            case "results" | "vital_signs":
                return self.rows.measurements([(s, at) for s, at in statements if isinstance(s, ObservationGroup)]), ()
            case "problems" | "past_illness":
                return self.rows.problems([(s, at) for s, at in statements if isinstance(s, Problem)])
        return (), ()

    def _absent(self, name: str) -> str:
        """Which of the absences a section without statements is."""
        absences = self.sections.absences.get(name, ())
        if self.sections.kept.get(name) and not any(isinstance(one, KnownAbsent) for one in absences):
            return self.reader.word("absence.unreadable")
        if absences:
            return "; ".join(dict.fromkeys(map(self._absence, absences)))
        elements = self.sections.elements.get(name, ())
        null = next((why for one in elements if (why := self.reader.null(one))), None)
        if null is not None:
            return null
        key = "missing" if not elements else "words" if self._words(name) else "empty"
        return self.reader.word(f"absence.{key}")

    def _absence(self, absence: KnownAbsent | NoInformation) -> str:
        if isinstance(absence, NoInformation):
            return self.reader.word("absence.no_information")
        if absence.scope is not None:
            return f"{absence.scope} ({self.reader.word('absence.scope')})"
        return f"{self.reader.word('absence.known')}: {self._situation(absence.kind)}"

    def _situation(self, kind: str) -> str:
        for language in (self.reader.language, "nb"):
            words = self.reader.release.designation(IPS_ABSENT, kind, language)
            if words and self.reader.language != "en":
                return words
        found = self.reader.release.lookup(IPS_ABSENT, kind)
        return kind if found is None else found[0].display or kind

    def _marked(self, row: OverviewRow) -> OverviewRow:
        """The row with what its codes and its words say differently; of a dose the row itself says it."""
        found = (one for one in self.entries.get(row.entry, ()) if one.rule != DOSE)
        marks = tuple(dict.fromkeys(map(self._difference, found)))
        return replace(row, marks=(*row.marks, *marks)) if marks else row

    def _difference(self, one: Disagreement) -> str:
        if one.rule == ENTRY:
            return self.reader.word("overview.mark.unmentioned")
        return f"{self.reader.word('overview.mark.words_differ')}: {one.words} / {one.coded}"

    def _alone(self, one: Disagreement) -> KeptLine:
        return KeptLine(self.reader.word("overview.row_alone"), self.concepts.written(one.words))

    @cached_property
    def entries(self) -> Mapping[str, Sequence[Disagreement]]:
        """By the id of an entry's details what its words and codes say differently."""
        acts = {act for entries in self.sections.entries.values() for act in entries}
        return {self.reader.entry_id(one): found for one, found in self.differing.items() if one in acts}

    def _kept(self, kept: KeptInWords) -> KeptLine:
        words = self.concepts.written(kept.words) if kept.words else None
        return KeptLine(self.reader.word(f"unread.{kept.why.value}"), words)

    def _texts(self, name: str) -> list[Element]:
        texts = (section.find(f"{ANY}text") for section in self.sections.elements.get(name, ()))
        return [text for text in texts if text is not None]

    def _words(self, name: str) -> tuple[Wording, ...]:
        return tuple(self.concepts.written(line) for text in self._texts(name) for line in plain_lines(text))

    def elsewhere(self, shown: Collection[str]) -> Iterator[OverviewGroup]:
        """Sections without rows of their own here: all but those ``shown``."""
        for name in _ELSEWHERE:
            if name not in self.sections.elements or name in shown:
                continue
            stated = len(self.sections.statements.get(name, ()))
            kept = self.sections.kept.get(name, ())
            told = str(stated) if stated else self._absent(name)
            unreadable = sum(one.why in _UNREAD for one in kept)
            yield OverviewGroup(f"o-{name}", self.reader.word(f"section.{name}"), unreadable=unreadable, absence=told)


def overview_of(
    sections: Sections, reader: PageReader, language: str, created: Moment | None, found: Iterable[Disagreement] = ()
) -> Overview:
    """The overview of a summary in ``language`` of the moment ``created`` (None where that is not told).

    ``found``: what its words and its codes say differently.
    """
    concepts = Concepts(reader, language)
    differing: dict[Element, list[Disagreement]] = {}
    for one in found:
        differing.setdefault(one.element, []).append(one)
    rows = RowMaker(reader, concepts, Measures(reader.language), created)
    maker = _GroupMaker(sections, reader, concepts, rows, differing)
    names: Sequence[str] = ("allergies", "medications", "devices")
    told = [name for name in ("pregnancies",) if name in sections.elements]
    past = ["past_illness"] if "past_illness" in sections.elements else []
    measured = [name for name in ("results", "vital_signs") if sections.statements.get(name)]
    groups = tuple(maker.group(name) for name in (*names, *told, "problems", *past, *measured))
    return Overview(groups, tuple(maker.elsewhere(measured)), concepts.untranslated)


def _is_whole(absence: KnownAbsent | NoInformation) -> bool:
    return isinstance(absence, NoInformation) or absence.scope is None
