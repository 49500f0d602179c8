"""Which rule is for which element: one look at each element, however many rules there are.

All paths of a kind of document are one automaton. What it has matched up to an element is a state; the state of a child
follows from its parent's, its tag and its marks, and is remembered, so that a document is a walk over known states.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from transformers.terminology.coded_elements import HL7, Rule, read_rules
from transformers.terminology.rows import Facts
from trust.xml import Element

_TEMPLATE_ID, _CODE = f"{{{HL7}}}templateId", f"{{{HL7}}}code"
TRANSLATION = f"{{{HL7}}}translation"
_REMEMBERED = 1 << 14
"""States' followers remembered at most: documents come from abroad."""
_Position = tuple[int, int]
"""A rule and how many of its steps were matched."""
_Marks = frozenset[str]
_NO_MARKS: _Marks = frozenset()


class State:
    """What is known of an element from where it stands."""

    __slots__ = ("closed", "code", "missing", "positions", "unit")

    def __init__(self, rules: tuple[Rule, ...], positions: frozenset[_Position], *, closed: bool = False) -> None:
        self.positions = positions
        self.closed = closed
        """Inside a translation: no rule holds here, and none below."""
        whole = sorted(rule for rule, matched in positions if matched == len(rules[rule].steps))
        self.code = next((rules[n] for n in whole if rules[n].what != "unit"), None)
        self.unit = next((rules[n] for n in whole if rules[n].what == "unit"), None)
        self.missing = tuple(
            rules[rule]
            for rule, matched in sorted(positions)
            if _asks(rules[rule]) and matched == len(rules[rule].steps) - 1
        )
        """Rules that ask for a child of this element."""


class ElementRules:
    """The rules of one kind of document. Safe to share between threads: what is remembered is only ever the same."""

    def __init__(self, rules: Iterable[Rule], systems: frozenset[str]) -> None:
        self.rules = tuple(rules)
        self.systems = systems
        """Code systems (OID) that European value sets use, whether or not a release has them."""
        self._floating = frozenset((n, 0) for n, rule in enumerate(self.rules) if rule.anywhere)
        self._rooted = frozenset((n, 0) for n, rule in enumerate(self.rules) if not rule.anywhere)
        steps = [step for rule in self.rules for step in rule.steps]
        self._tags = frozenset(step.tag for step in steps)
        self._marks = {step.tag: frozenset(s.mark for s in steps if s.tag == step.tag and s.mark) for step in steps}
        self._start = State(self.rules, self._rooted)
        self._nothing = State(self.rules, frozenset())
        self._closed = State(self.rules, frozenset(), closed=True)
        self._known: dict[tuple[State, str, _Marks], State] = {}
        self._states: dict[frozenset[_Position], State] = {frozenset(): self._nothing}
        parents = {rule.steps[-2].tag for rule in self.rules if _asks(rule)}
        self.asking = tuple(sorted(parents))
        """Tags of elements of which a rule may ask for a child."""

    def follow(self, parent: State | None, element: Element) -> State:
        """The state of an element, of its parent's; None for the document itself."""
        tag = str(element.tag)
        if parent is not None and (parent.closed or tag == TRANSLATION):
            return self._closed
        if tag not in self._tags:
            return self._nothing
        before = self._start if parent is None else parent
        wanted = self._marks[tag]
        key = (before, tag, wanted.intersection(_marks_of(element)) if wanted else _NO_MARKS)
        known = self._known.get(key)
        return self._learn(key) if known is None else known

    def _learn(self, key: tuple[State, str, _Marks]) -> State:
        before, tag, marks = key
        positions: set[_Position] = set()
        for rule, matched in before.positions | self._floating:
            steps = self.rules[rule].steps
            if matched < len(steps) and steps[matched].tag == tag and steps[matched].mark in ("", *marks):
                positions.add((rule, matched + 1))
        reached = frozenset(positions)
        state = self._states.get(reached) or self._states.setdefault(reached, State(self.rules, reached))
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[key] = state
        return state


def read_coded_elements(folder: Path, facts: Facts) -> Mapping[str, ElementRules]:
    """The rules of ``coded_elements.csv`` by kind of document (`validation.kinds`). Raises leaves of ReleaseInvalid."""
    systems = frozenset(facts.systems)
    return {kind: ElementRules(rules, systems) for kind, rules in read_rules(folder, facts).items()}


def _asks(rule: Rule) -> bool:
    """Does the rule ask for its element wherever there is a parent for it?"""
    return rule.required and rule.what == "code" and len(rule.steps) > 1


def _marks_of(element: Element) -> Iterator[str]:
    for child in element.iterchildren(_TEMPLATE_ID, _CODE):
        if child.tag == _CODE:
            yield f"hl7:code/@code={child.get('code')}"
        else:
            yield f"hl7:templateId/@root={child.get('root')}"
    yield f"@classCode={element.get('classCode')}"
