"""Every coded element of a document, one by one: what both steps of the transformation stand on.

A coded element is one with a code system, one that a rule names and that has a code or a null flavor, or an ``@unit``;
never one of a ``translation``, inside it, or of narrative. Each gives one line, so that what goes in is what is told.
"""

from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, NamedTuple, cast

from lxml import etree

from transformers.model.finding import Finding, Report, Severity
from transformers.terminology.coded_elements import HL7, PREFIXES, CodedElementRule
from transformers.terminology.element_rules import ElementRules, State
from transformers.terminology.layers import TRANSLATION, translations_of
from transformers.terminology.release import Release
from trust.xml import Element

_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_NEVER = frozenset(
    f"{{{HL7}}}{name}"
    for name in (
        "translation", "text", "originalText", "title", "templateId", "typeId", "id", "setId", "realmCode",
        "languageCode", "statusCode", "birthTime",
    )
)  # fmt: skip
"""Tags that are no coded elements and have none below: by type (II, ED, ST, CS, TS), narrative, translations."""
_CODED_TYPES = frozenset({"CD", "CE", "CV", "CO"})

Status = Literal["mapped", "member", "kept-with-warning", "structural", "null", "no-rule"]
"""``mapped``: by a map, a rule or a designation. ``member``: of its value set already. ``structural``: fixed by the
template, or not of this step. ``no-rule``: nothing binds it (a product's number); kept, and said."""


class CodedElement(NamedTuple):
    """What became of one coded element. ``code`` is the problem's number in the transformation manager's list."""

    path: str
    original: str
    result: str
    status: Status
    map_entry: str | None
    release: str
    code: str | None


@dataclass(frozen=True, slots=True)
class Processed:
    """The document after a step, everything remarked, and a line for each coded element, in document order."""

    content: bytes = field(repr=False)
    report: Report
    elements: tuple[CodedElement, ...]
    kind: str
    release: str

    def counts(self) -> dict[str, int]:
        """How many elements of each status; they add up to all."""
        return dict(sorted(Counter(line.status for line in self.elements).items()))

    def as_json(self) -> dict[str, Any]:
        """For ``--report``."""
        return {
            "kind": self.kind,
            "release": self.release,
            "counts": self.counts(),
            "elements": [{k: v for k, v in line._asdict().items() if v is not None} for line in self.elements],
            "findings": self.report.as_json(),
        }


Place = list[Any]
"""Where an element stands: its parent's place (None), tag, number, how many siblings have each tag, and its path once
that was asked for. A list, for there is one of every element: an object costs five times as much."""


def path_of(place: Place) -> str:
    """XPath with the prefixes of `PREFIXES`; a number where several siblings have the name."""
    above, tag, number, siblings, path = place
    if path is None:
        before = "" if above is None else above[4] or path_of(above)
        path = place[4] = f"{before}/{_name(tag)}[{number}]" if siblings[tag] > 1 else f"{before}/{_name(tag)}"
    return path  # type: ignore[no-any-return]  # a place is a list


_Found = tuple[Element, State, Place]


def _coded_by_themselves(root: Element) -> list[Element]:
    """Elements that have a code system or a unit. Compiled here: threads would wait for one that they share."""
    told = etree.XPath("descendant-or-self::*[@codeSystem or @unit]")  # never `//@unit/..`: that one is quadratic
    return cast("list[Element]", told(root))


class Walk(ABC):
    """One step over one document: the tree is changed in place."""

    def __init__(self, rules: ElementRules, release: Release, report: Report) -> None:
        self.rules = rules
        self.release = release
        self.report = report
        self.lines: list[CodedElement] = []
        self.changed = False
        self._told: frozenset[Element] = frozenset()
        """Elements that say themselves that they are coded, found in one search: most elements do not."""
        self._asking: list[_Found] = []
        """Elements of which a rule asks for a child."""

    def over(self, root: Element) -> None:
        """Look at every coded element of a document, and for what is missing."""
        place = [None, root.tag, 1, {root.tag: 1}, None]
        found: list[_Found] = []
        start = self.rules.follow(None, root)
        if start.asks:
            self._asking.append((root, start, place))
        self._told = frozenset(_coded_by_themselves(root))
        self._gather(root, start, place, found)
        for element, state, at in found:  # all were found before any is changed
            path, unit = path_of(at), element.get("unit")
            if unit is None or element.get("codeSystem") is not None:
                self.lines.append(self._element(element, state.code, path))
                if len(element):
                    self._tell_duplicates(element, path)
            if unit is not None:
                self.lines.append(self._unit(unit, state.unit, f"{path}/@unit"))
        for parent, state, at in self._asking:
            self._missing(parent, state.asks, path_of(at))

    @abstractmethod
    def _element(self, element: Element, rule: CodedElementRule | None, path: str) -> CodedElement:
        """Do the step on one coded element."""

    @abstractmethod
    def _unit(self, unit: str, rule: CodedElementRule | None, path: str) -> CodedElement:
        """Look at one unit."""

    def _gather(self, parent: Element, state: State, at: Place, found: list[_Found]) -> None:
        """Coded elements below one, in document order. Depth is the parser's to limit."""
        coded, follow, all_told = self.rules.coded, self.rules.follow, self._told
        siblings: dict[Any, int] = {}
        for child in parent:
            tag = child.tag
            if tag in _NEVER:
                continue
            siblings[tag] = number = siblings.get(tag, 0) + 1
            told = child in all_told
            inside = len(child)
            if not (told or inside or tag in coded):
                continue
            below = state.next.get(tag) or follow(state, child)
            here: Place = [at, tag, number, siblings, None]
            if told or (below.code is not None and _says_code(child)):
                found.append((child, below, here))
            if below.asks and child.get("nullFlavor") is None:
                self._asking.append((child, below, here))
            if inside:
                self._gather(child, below, here, found)

    @abstractmethod
    def _missing(self, parent: Element, asks: tuple[CodedElementRule, ...], path: str) -> None:
        """Look for the elements that rules ask for below one that is there."""

    def line(
        self, path: str, original: str, status: Status, result: str = "", entry: str | None = None
    ) -> CodedElement:
        """The line of an element without a problem; without a result it stays what it was."""
        return CodedElement(path, original, result or original, status, entry, self.release.id, None)

    def problem(
        self, path: str, original: str, number: str, text: str, *, grave: bool = False, tsam: str | None = None
    ) -> CodedElement:
        """The line of an element that is kept with a problem, which is reported."""
        severity = Severity.ERROR if grave else Severity.WARNING
        rule = None if tsam is None else f"tsam-{tsam}"
        self.report.add(Finding(severity, number, path, text, original=original, release=self.release.id, rule=rule))
        return CodedElement(path, original, original, "kept-with-warning", None, self.release.id, number)

    def remark(self, severity: Severity, code: str, path: str, text: str, original: str) -> None:
        """Something worth a word that is no problem of the step."""
        self.report.add(Finding(severity, code, path, text, original=original, release=self.release.id))

    def _tell_duplicates(self, element: Element, path: str) -> None:
        below = [child for child in element if child.tag == TRANSLATION]
        if len(below) < 2 and not any(map(len, below)):
            return
        known = translations_of(element)
        if len(known) != len(set(known)):
            text = "Two translations of one code (RIM-002): kept as they came, the official rules refuse them."
            self.remark(Severity.WARNING, "duplicate-translation", path, text, str(said_by(element)))


class StatedCode(NamedTuple):
    """What a coded element says; code or system may be empty."""

    code: str
    system: str
    display: str | None

    def __str__(self) -> str:
        return f"{self.code} ({self.system})"


def said_by(element: Element) -> StatedCode:
    """The coding of an element."""
    get = element.get
    return StatedCode(get("code", ""), get("codeSystem", ""), get("displayName"))


def improper_type(element: Element) -> str | None:
    """The ``xsi:type`` when it is none of a code's, else None."""
    named_type = element.get(_XSI_TYPE)
    if named_type is None or named_type.rpartition(":")[2] in _CODED_TYPES:
        return None
    return named_type


def _says_code(element: Element) -> bool:
    return element.get("code") is not None or element.get("nullFlavor") is not None


_PREFIXED = {f"{{{uri}}}": f"{prefix}:" for prefix, uri in PREFIXES.items()}


@lru_cache(maxsize=1024)
def _name(tag: str) -> str:
    namespace, closing, local = tag.partition("}")
    prefix = _PREFIXED.get(namespace + closing)
    return f"*[local-name()='{tag.rpartition('}')[2]}']" if prefix is None else prefix + local
