"""Every coded element of a document, one by one: what both steps of the transformation stand on.

A coded element is one with a code system, one that a rule names and that has a code or a null flavor, or an ``@unit``;
never one of a ``translation`` or inside it. Each gives one line, so that what goes in is what is told.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, cast

from lxml import etree

from transformers.model.finding import Finding, Report, Severity
from transformers.model.values import Coding
from transformers.terminology.coded_elements import PREFIXES, Rule
from transformers.terminology.element_rules import ElementRules, State
from transformers.terminology.layers import translations_of
from transformers.terminology.release import Release
from trust.xml import Element, XmlLimits

LIMITS = XmlLimits(huge_text=True)
"""A level 1 document carries its PDF as one text node."""
_CANDIDATES = etree.XPath("//*[@codeSystem or @code or @unit or @nullFlavor]")
_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
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


class Walk(ABC):
    """One step over one document: the tree is changed in place."""

    def __init__(self, rules: ElementRules, release: Release) -> None:
        self.rules = rules
        self.release = release
        self.report = Report()
        self.lines: list[CodedElement] = []
        self.changed = False
        self._states: dict[Element, State] = {}
        self._paths: dict[Element, str] = {}

    def over(self, root: Element) -> None:
        """Look at every coded element of a document, and for what is missing."""
        self._paths[root] = f"/{_name(str(root.tag))}"
        self._states[root] = self.rules.follow(None, root)
        for element, state, path in list(self._found(root)):  # all of them, before any is changed
            if element.get("codeSystem") is not None or element.get("unit") is None:
                self.lines.append(self._element(element, state.code, path))
            if len(element):
                self._tell_duplicates(element, path)
            if element.get("unit") is not None:
                self.lines.append(self._unit(element, state.unit, f"{path}/@unit"))

    @abstractmethod
    def _element(self, element: Element, rule: Rule | None, path: str) -> CodedElement:
        """Do the step on one coded element."""

    @abstractmethod
    def _unit(self, element: Element, rule: Rule | None, path: str) -> CodedElement:
        """Look at one unit."""

    def _found(self, root: Element) -> Iterator[tuple[Element, State, str]]:
        for element in cast("list[Element]", _CANDIDATES(root)):
            state = self.state(element)
            if not state.closed and (
                state.code is not None or element.get("codeSystem") is not None or element.get("unit") is not None
            ):
                yield element, state, self.path(element)

    def state(self, element: Element) -> State:
        """What the rules know of an element."""
        known = self._states.get(element)
        if known is None:
            parent = element.getparent()
            known = self.rules.follow(None if parent is None else self.state(parent), element)
            self._states[element] = known
        return known

    def path(self, element: Element) -> str:
        """XPath of an element, with the prefixes of `PREFIXES`."""
        known = self._paths.get(element)
        if known is None:
            parent = element.getparent()
            assert parent is not None, "the root's path is known"
            self._number(parent, self.path(parent))
            known = self._paths[element]
        return known

    def _number(self, parent: Element, base: str) -> None:
        """Paths of all children at once: a number where several have one name."""
        paths, counted = self._paths, Counter(child.tag for child in parent)
        seen: Counter[Any] = Counter()
        for child in parent:
            tag = child.tag
            name = f"{base}/{_name(str(tag))}"
            if counted[tag] == 1:
                paths[child] = name
            else:
                seen[tag] += 1
                paths[child] = f"{name}[{seen[tag]}]"

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
        known = translations_of(element)
        if len(known) != len(set(known)):
            text = "Two translations of one code (RIM-002): kept as they came, the official rules refuse them."
            self.remark(Severity.WARNING, "duplicate-translation", path, text, _said(known[0]))


def named(coding: Coding) -> str:
    """A code with its system, as findings name it."""
    return f"{coding.code} ({coding.system})"


def coding_of(element: Element) -> Coding:
    """What an element says; code or system may be empty."""
    return Coding(element.get("code", ""), element.get("codeSystem", ""), element.get("displayName"))


def improper_type(element: Element) -> str | None:
    """The ``xsi:type`` when it is none of a code's, else None."""
    named_type = element.get(_XSI_TYPE)
    if named_type is None or named_type.rpartition(":")[2] in _CODED_TYPES:
        return None
    return named_type


def _said(coding: tuple[str, str]) -> str:
    return f"{coding[0]} ({coding[1]})"


_PREFIXED = {f"{{{uri}}}": f"{prefix}:" for prefix, uri in PREFIXES.items()}


def _name(tag: str) -> str:
    namespace, closing, local = tag.partition("}")
    prefix = _PREFIXED.get(namespace + closing)
    return f"*[local-name()='{tag.rpartition('}')[2]}']" if prefix is None else prefix + local
