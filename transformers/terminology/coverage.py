"""How much of the national lists the maps carry across, and what of a summary stayed text.

Counts per source list: each code once, by the best that any of its rows says. Veterinary codes are told apart, since no
European value set for people has them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from transformers.model.finding import Report
from transformers.model.summary import SummaryContent
from transformers.model.values import Coded, Coding
from transformers.terminology.languages import fallback
from transformers.terminology.release import MapEntry, Release

VETERINARY = "veterinary:"
"""How ``why`` begins in a row whose code is for animals."""
_LONG = "#lang"
_ORDER = ("equivalent", "wider", "narrower", "none")


@dataclass(frozen=True, slots=True)
class ListCoverage:
    """One source list. The counts from ``equivalent`` to ``unmapped`` add up to ``codes``."""

    system: str
    codes: int
    equivalent: int
    wider: int
    narrower: int
    by_long_form: int
    """Short forms without a row of their own whose long forms, that the prescription also carries, are mapped."""
    veterinary: int
    reasoned: int
    """No European code, and a reason."""
    unmapped: int | None
    """No row at all; None where the whole list was not given."""

    @property
    def share(self) -> float | None:
        """Equivalent and wider, of the codes that are not veterinary."""
        return self._of(self.equivalent + self.wider)

    @property
    def share_with_long_form(self) -> float | None:
        """As ``share``, and the short forms that the long form decides."""
        return self._of(self.equivalent + self.wider + self.by_long_form)

    def _of(self, carried: int) -> float | None:
        of = self.codes - self.veterinary
        return carried / of if of else None


@dataclass(frozen=True, slots=True)
class WordCoverage:
    """One value set of a release: how many of its members have words of a language."""

    value_set: str
    name: str
    members: int
    worded: int
    ours: bool
    """Its words are ours to write, whole (`config/terminology/worded.csv`); others are imported under their licence."""

    @property
    def share(self) -> float | None:
        """Of all members; None of a set without members."""
        return self.worded / self.members if self.members else None


def of_words(release: Release, language: str, ours: Collection[str]) -> list[WordCoverage]:
    """Every value set of the release in the order of their OIDs; ``ours`` are those whose words we write."""
    found = []
    for value_set in sorted(release.value_sets.values(), key=lambda one: [int(part) for part in one.oid.split(".")]):
        members = list(release.members(value_set.oid))
        worded = sum(any(release.designation(m.system, m.code, tag) for tag in fallback(language)) for m in members)
        found.append(WordCoverage(value_set.oid, value_set.name, len(members), worded, value_set.oid in ours))
    return found


@dataclass(frozen=True, slots=True)
class KeptAsText:
    """A coded element of a summary that has no European code."""

    path: str
    original: str
    """The source's code, or its words where it has none."""
    why: str


def of_lists(
    maps: Iterable[tuple[Coding, str, MapEntry]], lists: Mapping[str, Collection[str]] | None = None
) -> tuple[ListCoverage, ...]:
    """Coverage of every list that has a row, by system; ``lists`` holds whole lists, codes by system (OID)."""
    best: dict[str, dict[str, MapEntry]] = {}
    decided: dict[str, set[str]] = {}
    for source, _, entry in maps:
        if source.system.endswith(_LONG):
            if entry.target is not None:
                decided.setdefault(source.system.removesuffix(_LONG), set()).add(source.code.partition("|")[0])
            continue
        known = best.setdefault(source.system, {})
        other = known.get(source.code)
        if other is None or _ORDER.index(entry.relation) < _ORDER.index(other.relation):
            known[source.code] = entry
    return tuple(
        _one_list(system, known, decided.get(system, set()), None if lists is None else lists.get(system))
        for system, known in sorted(best.items())
    )


def _one_list(
    system: str, known: Mapping[str, MapEntry], decided: Collection[str], whole: Collection[str] | None
) -> ListCoverage:
    counts = dict.fromkeys((*_ORDER, VETERINARY, _LONG), 0)
    for code, entry in known.items():
        kind = entry.relation
        if kind == "none" and entry.why.startswith(VETERINARY):
            kind = VETERINARY
        elif kind == "none" and code in decided:
            kind = _LONG
        counts[kind] += 1
    missing = None if whole is None else len(set(whole) - set(known))
    return ListCoverage(
        system,
        len(known) + (missing or 0),
        counts["equivalent"],
        counts["wider"],
        counts["narrower"],
        counts[_LONG],
        counts[VETERINARY],
        counts["none"],
        missing,
    )


def kept_as_text(transcoded: SummaryContent, report: Report) -> tuple[KeptAsText, ...]:
    """Every coded element without a European code, in order, with why. ``report`` is transcoding's."""
    told = {finding.path: finding.text for finding in report.findings if finding.code == "unmapped-code"}
    return tuple(
        KeptAsText(
            path,
            coded.text or "" if coded.original is None else f"{coded.original.code} ({coded.original.system})",
            _why(coded, told.get(path)),
        )
        for path, coded in _coded(transcoded, "")
        if coded.target is None
    )


def coded_elements(transcoded: SummaryContent) -> int:
    """How many coded elements there are, with a European code or without."""
    return sum(1 for _ in _coded(transcoded, ""))


def _why(coded: Coded, told: str | None) -> str:
    if told is not None:
        return told
    if coded.original is None:
        return "The source has words and no code."
    return "Not transcoded in this document: the source's code and words are kept."


def _coded(value: object, path: str) -> Iterator[tuple[str, Coded]]:
    """Each coded element with its path, as transcoding names it."""
    node: Any = value
    if isinstance(node, Coded):
        yield path, node
    elif isinstance(node, tuple):
        for n, item in enumerate(node):
            yield from _coded(item, f"{path}[{n}]")
    elif is_dataclass(node):
        for f in fields(node):
            yield from _coded(getattr(node, f.name), f"{path}.{f.name}".lstrip("."))
