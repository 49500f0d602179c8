"""Observations of a foreign summary: vital signs E.3.21/22, results E.3.42/43, blood group E.3.25, social history
E.3.23, pregnancy E.3.45, E.3.24, E.3.46, E.3.47, functional status E.3.39/40.

One reader for all: a code, one value of any type, when, and the observations that belong to it.
"""

from decimal import Decimal
from functools import partial
from typing import Final

from transformers.cda.statements.absence import absences
from transformers.cda.statements.forms import CLINICAL, Origin, StatementForm, observed, provenance, single
from transformers.cda.statements.parts import comment, own_words, parts_below, status_of
from transformers.cda.statements.signs import keep, unreadable
from transformers.cda.types.people import performing_organisation
from transformers.cda.types.tree import Element, Tree, child, children, local, text_of, type_of
from transformers.cda.types.values import coded, moment, number, period, quantity
from transformers.cda.types.vocabulary import E3
from transformers.model.finding import Severity
from transformers.model.standing import Standing
from transformers.model.summary import Observation, ObservationGroup
from transformers.model.values import Coded, Moment, Quantity

Value = Quantity | Coded | Moment | Decimal | str | None
OBSERVATION: Final = StatementForm(frozenset({"observation"}), tuple(f"{E3}{n}" for n in (22, 23, 24, 25, 40)))
GROUP: Final = StatementForm(
    frozenset({"observation", "organizer"}), tuple(f"{E3}{n}" for n in (21, 22, 25, 39, 40, 42, 43))
)
_STATUSES: Final = frozenset({"completed", "active"})
_CODED: Final = frozenset({"CD", "CE", "CV", "CO", "CS"})
_DEEPEST: Final = 8


def read_observation(tree: Tree, element: Element, origin: Origin, depth: int = 0) -> Observation | None:
    """One observation with those that belong to it; None for one without a code or words for it."""
    if absences(tree, element, (child(element, "code"),), (origin, "observation")) is not None:
        return None
    if not observed(tree, element, OBSERVATION, origin):
        return None
    text, own = own_words(tree, element)
    code = coded(tree, child(element, "code"), text)
    if code is None:
        unreadable(tree, element, "code")
        return None
    parts = parts_below(element)
    told = (*parts.get("component", ()), *parts.get("other", ()), *parts.get("health", ()), *parts.get("dose", ()))
    below = [e for e in told if local(e) == "observation"] if depth < _DEEPEST else []
    inner = (tree.attempt(partial(read_observation, tree, e, origin, depth + 1)) for e in below)
    made = provenance(tree, element, origin)
    return Observation(
        id=made.source_id or "",
        code=code,
        value=_value(tree, child(element, "value")),
        when=period(tree, child(element, "effectiveTime")),
        provenance=made,
        status=status_of(tree, element, _STATUSES) or "completed",
        interpretation=coded(tree, child(element, "interpretationCode")),
        reference_range=_reference_range(tree, element),
        note=comment(tree, parts, own),
        parts=tuple(o for o in inner if o is not None),
    )


def read_group(tree: Tree, entry: Element, origin: Origin) -> ObservationGroup | None:
    """An organizer, or an observation that stands alone (a group without code)."""
    if local(entry) == "observation":
        alone = read_observation(tree, entry, origin)
        if alone is None:
            return None
        return ObservationGroup(alone.id, None, alone.when, (alone,), alone.provenance, alone.status)
    if not single(tree, entry, GROUP, "observation", origin):
        return None
    found = _members(tree, entry, origin)
    if not found:
        return None
    made = provenance(tree, entry, origin)
    return ObservationGroup(
        id=made.source_id or "",
        code=coded(tree, child(entry, "code")),
        when=period(tree, child(entry, "effectiveTime")),
        observations=found,
        provenance=made,
        status=status_of(tree, entry, _STATUSES) or "completed",
        performer=performing_organisation(tree, entry),
    )


def _members(tree: Tree, entry: Element, origin: Origin) -> tuple[Observation, ...]:
    """The observations of an organizer; another act in it is kept in words, as is an organizer without any."""
    found, before = [], len(tree.kept)
    for link in children(entry, "component"):
        for element in link:
            if local(element) == "observation":
                made = tree.attempt(partial(read_observation, tree, element, origin))
                found += [] if made is None else [made]
            elif local(element) in CLINICAL:
                keep(tree, element, Standing.OTHER_FORM)
    if not found and len(tree.kept) == before:
        unreadable(tree, entry, "observation")
    return tuple(found)


def _value(tree: Tree, element: Element | None) -> Value:
    """The first value by its data type; one of a type the pivot does not hold stays unread."""
    if element is None:
        return None
    kind = type_of(element)
    if kind in _CODED or (not kind and element.get("code") is not None):
        return coded(tree, element)
    if kind == "PQ":
        return quantity(tree, element)
    if kind == "TS":
        return moment(tree, element)
    if kind in {"INT", "REAL"}:
        found = number(tree, element, element.get("value"))
        if found is not None:
            tree.use(element, "value")
        return found
    if kind in {"ST", "ED"} or (not kind and element.get("value") is None):
        return tree.words(element)
    return None


def _reference_range(tree: Tree, element: Element) -> str | None:
    """The first range, as words; its bounds are numbers with their unit."""
    for ranged in element.iterfind("{*}referenceRange/{*}observationRange"):
        value, said = child(ranged, "value"), child(ranged, "text")
        words = tree.words(said) if said is not None else None
        if words is None and value is not None and len(value) == 0 and text_of(value):
            tree.use(value)
            words = text_of(value)
        elif words is None and value is not None:
            words = _bounds(tree, value)
        interpretation = child(ranged, "interpretationCode")
        if interpretation is not None and interpretation.get("code") == "N":
            coded(tree, interpretation)
        if words is not None:
            return words
    return None


def _bounds(tree: Tree, value: Element) -> str | None:
    """Both ends as words, each with its number as it is written; a range upside down is an ERROR and stays in words."""
    low, high = (quantity(tree, child(value, name)) for name in ("low", "high"))
    if low is None and high is None:
        return None
    tree.note(Severity.INFO, "range-as-text", value, "The reference range is kept as words.")
    if low is not None and high is not None and _unit_of(low) == _unit_of(high) and low.value > high.value:
        text = "It ends below its beginning (a point or a comma that parts thousands?): no bound can be relied on."
        tree.note(Severity.ERROR, "range-reversed", value, text)
    if low is None or high is None:
        return f"≥ {_bound(low)}" if low is not None else f"≤ {_bound(high)}" if high is not None else None
    shared = _unit_of(low) in {"", _unit_of(high)}
    return f"{low.value:f} – {_bound(high)}" if shared else f"{_bound(low)} – {_bound(high)}"


def _bound(end: Quantity) -> str:
    return f"{end.value:f} {_unit_of(end)}".strip()


def _unit_of(end: Quantity) -> str:
    """The unit's code, or its words where it has none."""
    unit = end.unit
    coding = None if unit is None else unit.target or unit.original
    return coding.code if coding is not None else "" if unit is None else unit.text or ""
