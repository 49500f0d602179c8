"""Do the words of a summary say what its codes say? Nothing is changed, and no document is refused for it.

No language is known by heart. What is compared is the narrative's shape (rows, items, what entries refer to), its dates
and numbers, and words that are designations of a value set's members in any language of the release; what says that
there is none is told by `model.absence`. A part of a sentence is no designation: only a cell, a line or what stands
between signs is.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final
from weakref import WeakKeyDictionary

from transformers.cda.documents.sections import Marks, Sections, marks_of
from transformers.cda.kinds import recognise
from transformers.cda.rules.texts import mending
from transformers.cda.types.narrative import words_of
from transformers.cda.types.tree import Tree
from transformers.cda.types.walk import Places
from transformers.model.absence import IPS_ABSENT, speaks_of_absence
from transformers.model.finding import Finding, Report, Severity
from transformers.model.summary import KnownAbsent, MedicationStatement
from transformers.terminology.check_codes import code_check
from transformers.terminology.element_rules import ElementRules
from transformers.terminology.release import Release
from trust.xml import DOCUMENT, Element, XmlRefused, parse

ABSENCE, ROW, ENTRY, SCALE, DOSE, DATE, SIDE = (f"own-words-{number}" for number in range(1, 8))
_SET: Final = "1.3.6.1.4.1.12559.11.10.1.3.1.42."
_SCALES: Final[Mapping[str, str]] = {"SEV": f"{_SET}13", "82606-5": f"{_SET}57"}
"""Severity (ActCode) and criticality (LOINC): the code of the observation, and the value set of its value."""
_SIDES: Final = f"{_SET}68"
_SIGNS: Final = re.compile(r"[\n\t,;:()\[\]/·|–—]+")
_DATE: Final = re.compile(
    r"(?<![0-9.])(?:([12][0-9]{3})-([01][0-9])-([0-3][0-9])|([0-3]?[0-9])[./]([01]?[0-9])[./]([12][0-9]{3})"
    r"|([12][0-9]{3})([01][0-9])([0-3][0-9]))(?![0-9])"
)
_NUMBER: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)?[½¼]?|[½¼]")
_PARTS: Final = {"½": Decimal("0.5"), "¼": Decimal("0.25")}
_WORD: Final = re.compile(r"\w+")
_DAY: Final = 10
"""Characters of a whole date."""
_LONGEST: Final = 4_000
"""Characters of a row: what is longer is a section, of which nothing is one entry's own."""
_QUOTED: Final = 200
_TR, _ITEM = "{urn:hl7-org:v3}tr", "{urn:hl7-org:v3}item"
_TIMES: Final = ("effectiveTime", "low", "high", "time", "center", "value")


_Words = Mapping[str, Mapping[str, Set[str]]]
"""By value set: words of its members in every language of a release, and the codes they are of."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Words and codes that say different things: both sides, and where (a section, or the act of an entry)."""

    rule: str
    element: Element
    words: str
    coded: str


def words_held_against_codes(content: bytes, release: Release) -> Report:
    """The findings of a document's bytes; none of bytes that are no document, which is whoever reads them to say."""
    try:
        root = parse(content, DOCUMENT)
    except XmlRefused:
        return Report()
    return Report(list(words_check(release)(root)))


def release_checks(rules: Mapping[str, ElementRules], release: Release) -> Callable[[Element], Iterable[Finding]]:
    """What `check_integrity` is given to hold a document against a release: its codes, and its words against them."""
    checks = (code_check(rules, release), words_check(release))
    return lambda root: (finding for check in checks for finding in check(root))


def words_check(release: Release) -> Callable[[Element], Iterable[Finding]]:
    """What `check_integrity` is given to compare the words of a patient summary with its codes; WARNINGs all."""

    def check(root: Element) -> Iterator[Finding]:
        kind = recognise(root)
        if kind is None or kind.id != "ps-l3":
            return
        where = Places().where
        for found in disagreements(root, marks_of(Tree(root, Report())), release):
            text = f"{_SAID[found.rule]} {mending(found.rule)}"
            yield Finding(
                Severity.WARNING,
                "own",
                where(found.element),
                text,
                original=found.words[:_QUOTED],
                result=found.coded[:_QUOTED],
                release=release.id,
                rule=found.rule,
            )

    return check


_SAID: Final = {
    ABSENCE: "A code says that there is none, or nothing known, and the words name something.",
    ROW: "A row of the words has no entry.",
    ENTRY: "An entry stands nowhere in the words.",
    SCALE: "The severity or the criticality is another one in the words.",
    DOSE: "The dose is none of the numbers in its words.",
    DATE: "The date is another one in the words.",
    SIDE: "The side of the body is another one in the words.",
}


def disagreements(root: Element, marks: Marks, release: Release) -> Iterator[Disagreement]:
    """Each disagreement of a patient summary, section by section; ``marks`` are of the tree of ``root``."""
    if marks.read is None:
        return
    narratives = _Narratives(root)
    words = _designations(release)
    for name, sections in marks.read.elements.items():
        for section in sections:
            yield from _of_section(section, name, marks.read, narratives)
            for entry in section.iterchildren("{*}entry"):
                if elements := narratives.elements_of(entry):
                    yield from _of_entry(_act_of(entry), elements, narratives, words)
    yield from _doses(marks.read)


class _Row:
    """What a row, an item or a paragraph says, looked at once and only where it is asked."""

    def __init__(self, said: str) -> None:
        self.said = said

    @cached_property
    def parts(self) -> frozenset[str]:
        """What stands in a cell, on a line or between signs, in lower case."""
        parts = (" ".join(each.split()).casefold() for each in _SIGNS.split(self.said))
        return frozenset(filter(None, parts))

    @cached_property
    def dates(self) -> tuple[frozenset[str], ...]:
        """Each whole date, as the days it can be."""
        return tuple(_dates_in(self.said))


class _Narratives:
    """What the ids of a document's narratives lead to; each row is looked at once."""

    def __init__(self, root: Element) -> None:
        self._targets = {at: e for text in root.iter("{*}text") for e in text.iter("*") if (at := e.get("ID"))}
        self._rows: dict[Element, _Row | None] = {}
        self._around: dict[Element, Element] = {}
        self._elements: dict[Element, list[Element]] = {}

    def led_to(self, holder: Element) -> list[Element]:
        """The elements that what stands in ``holder`` refers to."""
        named = (each.get("value", "").strip().removeprefix("#") for each in holder.iter("{*}reference"))
        return [self._targets[name] for name in named if name in self._targets]

    def elements_of(self, entry: Element) -> list[Element]:
        """The rows, items or paragraphs that an entry refers to, each once, in their order."""
        if entry not in self._elements:
            self._elements[entry] = list(dict.fromkeys(map(self._row_around, self.led_to(entry))))
        return self._elements[entry]

    def rows_of(self, elements: Iterable[Element]) -> list[_Row]:
        """What they say; one that is too long for a row is none."""
        return [row for row in map(self._row, elements) if row is not None]

    def _row_around(self, target: Element) -> Element:
        """The row or item that an element stands in, else itself."""
        if target not in self._around:
            inside = (above for above in (target, *target.iterancestors(_TR, _ITEM)) if above.tag in (_TR, _ITEM))
            self._around[target] = next(inside, target)
        return self._around[target]

    def _row(self, element: Element) -> _Row | None:
        if element not in self._rows:
            said = words_of(element)
            self._rows[element] = _Row(said) if len(said) <= _LONGEST else None
        return self._rows[element]


def _of_section(section: Element, name: str, read: Sections, narratives: _Narratives) -> Iterator[Disagreement]:
    text = _child(section, "text")
    entries = list(section.iterchildren("{*}entry"))
    if text is None or not entries:
        return
    absent = [entry for entry in entries if any(e.get("codeSystem") == IPS_ABSENT for e in entry.iter())]
    if len(absent) == len(entries):
        own = {element for entry in absent for element in narratives.elements_of(entry)}
        if _is_whole(read, name) and (listed := named_beside_absence(text, own)):
            yield Disagreement(ABSENCE, section, listed, _displays(absent[0]))
        return
    led = {element for entry in entries for element in narratives.elements_of(entry)}
    covered = {row for one in led for row in (one, *one.iter("{*}tr", "{*}item"))}
    rows = [row for row in text.iter("{*}tr", "{*}item") if not _in_head(row)]
    apart = [row for row in rows if row not in covered]
    if len(apart) < len(rows):
        yield from _rows_apart(section, apart, entries)
    yield from _unmentioned(entries, text, narratives)


def _rows_apart(section: Element, rows: Sequence[Element], entries: Sequence[Element]) -> Iterator[Disagreement]:
    """Rows that no entry refers to, nor says in its own displays and texts, and that do not say "none"."""
    own = {said.casefold() for entry in entries for said in _said_by(entry)} if rows else set()
    for row in rows:
        cells = _cells(row)
        if cells and not speaks_of_absence(cells) and cells[0].casefold() not in own:
            yield Disagreement(ROW, section, " · ".join(cells), f"{len(entries)} entries")


def _is_whole(read: Sections, name: str) -> bool:
    """Whether the absence is of the whole section, not of a part of it (no latex allergy)."""
    kinds = [one for one in read.absences.get(name, ()) if isinstance(one, KnownAbsent)]
    return not read.statements.get(name) and all(one.scope is None for one in kinds)


def named_beside_absence(text: Element, own: Collection[Element] = ()) -> str | None:
    """What a ``section/text`` lists beside a coded absence: rows of two cells, or items, that do not say "none".

    ``own``: the rows that the absence itself refers to. None where the words only repeat the absence.
    """
    for row in text.iter("{*}tr"):
        cells = [] if row in own or _in_head(row) else _cells(row)
        if len(cells) > 1 and not speaks_of_absence(cells):
            return " · ".join(cells)
    items = [row for row in text.iter("{*}item") if row not in own and _cells(row)]
    if (len(items) > 1 or (own and items)) and not speaks_of_absence(map(_plain, items)):
        return _plain(items[0])
    return _marked_beside(text, own) if own else None


def _marked_beside(text: Element, own: Collection[Element]) -> str | None:
    """Words with an id of their own that the absence does not refer to, and that do not say "none" with it."""
    near = {e for one in own for e in (*one.iterancestors(), *one.iter())}
    others = [e for e in text.iter("{*}paragraph", "{*}content", "{*}td", "{*}tr") if e.get("ID") and e not in near]
    others = [e for e in others if _cells(e)]
    if others and not speaks_of_absence(map(_plain, (*others, *own))):
        return _plain(others[0])
    return None


def _unmentioned(entries: Sequence[Element], text: Element, narratives: _Narratives) -> Iterator[Disagreement]:
    """Entries that refer to no words where others do, and of whose own words the narrative holds none."""
    apart = [entry for entry in entries if not narratives.led_to(entry)]
    if not apart or len(apart) == len(entries):
        return
    whole = _plain(text)
    held = set(_WORD.findall(whole.casefold()))
    for entry in apart:
        said = [words for one in _said_by(entry) if (words := set(_WORD.findall(one.casefold())))]
        if said and not any(words <= held for words in said):
            yield Disagreement(ENTRY, _act_of(entry), whole, _displays(entry))


def _of_entry(
    act: Element, elements: Sequence[Element], narratives: _Narratives, words: _Words
) -> Iterator[Disagreement]:
    yield from _scales(act, elements, narratives, words)
    yield from _sides(act, narratives.rows_of(elements), words[_SIDES])
    yield from _dates(act, narratives.rows_of(elements))


def _scales(
    entry: Element, elements: Sequence[Element], narratives: _Narratives, words: _Words
) -> Iterator[Disagreement]:
    """Severity and criticality: a value whose words, or whose row, are another member's designation."""
    for observation in entry.iter("{*}observation"):
        code, value = _child(observation, "code"), _child(observation, "value")
        scale = _SCALES.get("" if code is None else code.get("code", ""))
        if scale is None or value is None or not value.get("code"):
            continue
        own = [e for e in narratives.led_to(value) if e not in elements]
        others = set() if own else {part for other in _SCALES.values() if other != scale for part in words[other]}
        parts = {part for row in narratives.rows_of(own or elements) for part in row.parts & words[scale].keys()}
        named = {part: words[scale][part] for part in parts - others}
        if named and not any(value.get("code") in codes for codes in named.values()):
            said = min(named)
            yield Disagreement(SCALE, entry, said, value.get("displayName") or str(value.get("code")))


def _sides(entry: Element, rows: Sequence[_Row], words: Mapping[str, Set[str]]) -> Iterator[Disagreement]:
    """Left and right, of codes that the release knows as members of its value set of sides."""
    known = {code for codes in words.values() for code in codes}
    coded = {code: e.get("displayName") or code for e in entry.iter("*") if (code := e.get("code", "")) in known}
    stated = (row.parts & words.keys() for row in rows if coded)
    named = {code for parts in stated for part in parts for code in words[part]}
    if coded and named and not coded.keys() & named:
        yield Disagreement(SIDE, entry, " ".join(" ".join(row.said.split()) for row in rows), coded[min(coded)])


def _dates(entry: Element, rows: Sequence[_Row]) -> Iterator[Disagreement]:
    """A clinical date that the row does not hold, where the row holds one that is none of the entry's."""
    clinical = {stamp for e in entry.iter("{*}effectiveTime") for one in e.iter("*") if (stamp := _stamp(one))}
    whole = sorted(stamp for stamp in clinical if len(stamp) == _DAY)
    written = [days for row in rows if whole for days in row.dates]
    if not written:
        return
    every = {stamp for e in entry.iter(*(f"{{*}}{name}" for name in _TIMES)) if (stamp := _stamp(e))}
    unwritten = [stamp for stamp in whole if not any(_same_day(stamp, days) for days in written)]
    strange = [days for days in written if not any(_same_day(stamp, days) for stamp in every)]
    if unwritten and strange:
        yield Disagreement(DATE, entry, min(strange[0]), unwritten[0])


def _doses(read: Sections) -> Iterator[Disagreement]:
    for one, entry in zip(read.statements.get("medications", ()), read.entries.get("medications", ()), strict=False):
        if isinstance(one, MedicationStatement) and one.dosage.text and one.dosage.dose is not None:
            ends = [end.value for end in (one.dosage.dose, one.dosage.dose_high) if end is not None]
            if all(numbers_differ(value, one.dosage.text) for value in ends):
                yield Disagreement(DOSE, entry, one.dosage.text, " – ".join(map(str, ends)))


def numbers_in(text: str) -> set[Decimal]:
    """The numbers in a sentence, halves and quarters among them."""
    found = set()
    for each in _NUMBER.findall(text):
        whole = each.rstrip("½¼").replace(",", ".")
        found.add((Decimal(whole) if whole else Decimal(0)) + _PARTS.get(each[-1], Decimal(0)))
    return found


def numbers_differ(dose: Decimal, text: str) -> bool:
    """Whether a sentence has numbers, and none of them is the dose."""
    stated = numbers_in(text)
    return bool(stated) and dose not in stated


_KNOWN: "WeakKeyDictionary[Release, _Words]" = WeakKeyDictionary()


def _designations(release: Release) -> _Words:
    known = _KNOWN.get(release)
    if known is None:
        known = _KNOWN[release] = {each: _words_of_members(release, each) for each in (*_SCALES.values(), _SIDES)}
    return known


def _words_of_members(release: Release, value_set: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for member in release.members(value_set):
        sql = "SELECT text FROM designation WHERE system = ? AND code = ?"
        for words in (member.display, *(text for (text,) in release.rows(sql, (member.system, member.code)))):
            if words:
                found.setdefault(words.casefold(), set()).add(member.code)
    return found


def _dates_in(text: str) -> Iterator[frozenset[str]]:
    """Each whole date of a text as the days it can be: 03/04/2020 is one of two."""
    for found in _DATE.finditer(text):
        year, month, day, first, second, last, *packed = found.groups()
        if year or packed[0]:
            yield frozenset({"-".join((year, month, day) if year else packed)})
        else:
            yield frozenset(f"{last}-{m.zfill(2)}-{d.zfill(2)}" for m, d in ((second, first), (first, second)))


def _same_day(stamp: str, days: frozenset[str]) -> bool:
    return any(day.startswith(stamp) or stamp.startswith(day) for day in days)


def _stamp(element: Element) -> str | None:
    """The day of a time, its month or its year, as ISO 8601."""
    value = element.get("value", "")
    if not re.match(r"[0-9]{4}", value):
        return None
    return "-".join(part for part in (value[:4], value[4:6], value[6:8]) if len(part) > 1 and part.isdigit())


def _in_head(row: Element) -> bool:
    return any(_local(above) in {"thead", "tfoot"} for above in row.iterancestors())


def _cells(row: Element) -> list[str]:
    """What the cells of a row say, or the item."""
    cells = list(row.iterchildren("{*}td")) or [row]
    return [said for cell in cells if any(map(str.isalnum, said := _plain(cell)))]


def _said_by(entry: Element) -> Iterator[str]:
    """The displays, names and words of an entry."""
    for element in entry.iter("*"):
        if display := element.get("displayName"):
            yield display
        if _local(element) in {"name", "originalText", "text"} and (said := _plain(element)):
            yield said


def _displays(entry: Element) -> str:
    return "; ".join(dict.fromkeys(e.get("displayName", "") for e in entry.iter("*") if e.get("displayName")))


def _plain(element: Element) -> str:
    """What an element says, its cells and lines apart."""
    return " ".join(words_of(element).split())


def _act_of(entry: Element) -> Element:
    return next((e for e in entry.iterchildren("*") if _local(e) != "templateId"), entry)


def _child(element: Element, name: str) -> Element | None:
    return next(element.iterchildren(f"{{*}}{name}"), None)


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
