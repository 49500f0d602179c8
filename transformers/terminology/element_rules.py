"""Which rule is for which element: one look at each element, however many rules there are.

All paths of a kind of document are one automaton. What it has matched up to an element is a state; the state of a child
follows from its parent's, its tag and its marks, and is remembered, so that a document is a walk over known states.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from transformers.terminology.coded_elements import HL7, CodedElementRule, PathStep, read_rules
from transformers.terminology.rows import Facts
from trust.xml import Element

_TEMPLATE_ID, _CODE = f"{{{HL7}}}templateId", f"{{{HL7}}}code"
_REMEMBERED = 1 << 12
"""States, and followers of a state, remembered at most: documents come from abroad."""
_Position = tuple[int, int]
"""A rule and how many of its steps were matched."""
_TESTS = ("hl7:templateId/@root=", "hl7:code/@code=", "@classCode=")
_Key = str | tuple[str, ...]
"""A tag, or a tag and marks where a rule asks for marks."""


class State:
    """What is known of an element from where it stands."""

    __slots__ = ("asks", "code", "next", "positions", "unit")

    def __init__(self, rules: tuple[CodedElementRule, ...], positions: frozenset[_Position]) -> None:
        self.positions = positions
        whole = sorted(rule for rule, matched in positions if matched == len(rules[rule].steps))
        self.code = next((rules[n] for n in whole if rules[n].what != "unit"), None)
        self.unit = next((rules[n] for n in whole if rules[n].what == "unit"), None)
        self.asks = tuple(
            rules[rule]
            for rule, matched in sorted(positions)
            if _asks(rules[rule]) and matched == len(rules[rule].steps) - 1
        )
        """Rules that ask for a child of this element."""
        self.next: dict[_Key, State] = {}
        """States of children."""


class ElementRules:
    """The rules of one kind of document. Safe to share between threads: what is remembered is only ever the same."""

    def __init__(self, rules: Iterable[CodedElementRule], systems: frozenset[str]) -> None:
        self.rules = tuple(rules)
        self.systems = systems
        """Code systems (OID) that European value sets use, whether or not a release has them."""
        steps = [step for rule in self.rules for step in rule.steps]
        self.coded = frozenset(rule.steps[-1].tag for rule in self.rules if rule.what != "unit")
        """Tags of elements that a rule may name."""
        self._floating = frozenset((n, 0) for n, rule in enumerate(self.rules) if rule.anywhere)
        self._tags = frozenset(step.tag for step in steps)
        self._marks = {tag: _ElementMarks(step for step in steps if step.tag == tag) for tag in self._tags}
        rooted = frozenset((n, 0) for n, rule in enumerate(self.rules) if not rule.anywhere)
        self._start, self._nothing = State(self.rules, rooted), State(self.rules, frozenset())
        self._states: dict[frozenset[_Position], State] = {frozenset(): self._nothing}

    def follow(self, parent: State | None, element: Element) -> State:
        """The state of an element, of its parent's; None for the document itself."""
        before = self._start if parent is None else parent
        tag: str = element.tag
        if tag not in self._tags:
            return self._nothing
        wanted = self._marks[tag]
        marks = wanted.of(element)
        key: _Key = tag if wanted.none else (tag, *marks)
        known = before.next.get(key)
        return self._learn(before, key, tag, marks) if known is None else known

    def _learn(self, before: State, key: _Key, tag: str, marks: Sequence[str]) -> State:
        positions: set[_Position] = set()
        for rule, matched in before.positions | self._floating:
            steps = self.rules[rule].steps
            if matched < len(steps) and steps[matched].tag == tag and steps[matched].mark in ("", *marks):
                positions.add((rule, matched + 1))
        reached = frozenset(positions)
        if len(self._states) >= _REMEMBERED:
            return State(self.rules, reached)
        state = self._states.setdefault(reached, State(self.rules, reached))
        if len(before.next) < _REMEMBERED:
            before.next[key] = state
        return state


def read_coded_elements(folder: Path, facts: Facts) -> Mapping[str, ElementRules]:
    """The rules of ``coded_elements.csv`` by kind of document (`cda.kinds`). Raises leaves of ReleaseInvalid."""
    systems = frozenset(facts.systems)
    return {kind: ElementRules(rules, systems) for kind, rules in read_rules(folder, facts).items()}


def _asks(rule: CodedElementRule) -> bool:
    """Whether a document lacks something when the rule's parent is there and its element is not: a required code."""
    return rule.required and rule.what == "code"


class _ElementMarks:
    """The marks (templateId, code or classCode) that tell elements of one tag apart in the rules' paths."""

    def __init__(self, steps: Iterable[PathStep]) -> None:
        marks = {step.mark for step in steps if step.mark}
        self._templates, self._codes, self._classes = (
            {mark.removeprefix(test): mark for mark in marks if mark.startswith(test)} for test in _TESTS
        )
        self.none = not marks

    def of(self, element: Element) -> list[str]:
        """The marks that the element bears, templateIds first, in the order of the document."""
        found: list[str] = []
        if self._templates:
            for child in element.iterchildren(_TEMPLATE_ID):
                mark = self._templates.get(child.get("root", ""))
                if mark is not None:
                    found.append(mark)
        if self._codes:
            found.extend(self._codes.get(child.get("code", ""), "") for child in element.iterchildren(_CODE))
        if self._classes:
            found.append(self._classes.get(element.get("classCode", ""), ""))
        return found
