"""Things measured, asked and seen, read and printed (sections E.2.5 to E.2.7, E.2.13, E.2.14).

Vital signs E.3.21/22, results E.3.42/43, blood group E.3.25, social history E.3.23, pregnancy E.3.45, E.3.24, E.3.46,
E.3.47, functional status E.3.39/40. None of the sections is obligatory: without a statement it is left out.

One reader for all: a code, one value of any type, when, and the observations that belong to it. Printed, an observation
is in the form that fits it in its section, else a plain CDA observation that claims no template: nothing is bent to fit
a form. No Norwegian source fills them; what another country says is written as it was read.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Final, NamedTuple

from transformers.cda.statements.absence import absences
from transformers.cda.statements.forms import CLINICAL, Origin, StatementForm, observed, provenance, single
from transformers.cda.statements.observation_forms import (
    DUE,
    OBSERVATIONS,
    ORGANISERS,
    PREGNANCY_STATUS,
    ObservationForm,
    form_of,
)
from transformers.cda.statements.parts import COMMENT, comment, only, own_words, parts_below, print_words, status_of
from transformers.cda.statements.section import Layout, SectionView, section_view
from transformers.cda.statements.signs import keep, unreadable
from transformers.cda.types import elements
from transformers.cda.types.composer import CdaComposer, EntryPlace
from transformers.cda.types.elements import CodeView, code, decimal_text, escaped, interval, quantity_view, written
from transformers.cda.types.narrative import (
    Cell,
    NarrativeRow,
    codings_of,
    label_of,
    moment_cell,
    note_anchor,
    optional,
    period_cell,
    piece,
    quantity_text,
    row,
    source_cell,
)
from transformers.cda.types.people import performing_organisation, print_performer
from transformers.cda.types.tree import Element, Tree, child, children, local, text_of, type_of
from transformers.cda.types.values import coded, moment, number, period, quantity, value_holder
from transformers.cda.types.vocabulary import LOINC
from transformers.model.finding import Severity
from transformers.model.standing import Standing
from transformers.model.summary import Observation, ObservationGroup, Present, Section
from transformers.model.values import Coded, Coding, Moment, Period, Quantity

Value = Quantity | Coded | Moment | Decimal | str | None
OBSERVATION: Final = StatementForm(frozenset({"observation"}), (), older=OBSERVATIONS)
GROUP: Final = StatementForm(
    frozenset({"observation", "organizer"}),
    (),
    older=(*OBSERVATIONS, *(form.templates[0] for form in ORGANISERS.values())),
)
_STATUSES: Final = frozenset({"completed", "active"})
_CODED: Final = frozenset({"CD", "CE", "CV", "CO", "CS"})
_PAIRS: Final = frozenset({"IVL_PQ", "RTO", "RTO_PQ_PQ"})
_SIGNS: Final = (("low", ("≥", ">")), ("high", ("≤", "<")))
"""What an end of a range says of the numbers within, where it is one of them and where it is not."""
_DEEPEST: Final = 8
_COLUMNS: Final = ("observation", "dates", "source")
_PREFIXES: Final = {
    "vital_signs": "vit",
    "results": "res",
    "functional_status": "fun",
    "social_history": "soc",
    "pregnancies": "preg",
}
_PREGNANCY: Final = Coded(target=Coding(PREGNANCY_STATUS, LOINC, "Pregnancy status", "LOINC"))


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
        value=_value(tree, only(tree, children(element, "value"), "value")),
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
    if kind == "BL" and element.get("value") in {"true", "false"}:
        tree.use(element, "value")
        return element.get("value")
    if kind in {"INT", "REAL"}:
        found = number(tree, element, element.get("value"))
        if found is not None:
            tree.use(element, "value")
        return found
    if kind in {"ST", "ED", "SC"} or (not kind and element.get("value") is None):
        return tree.words(element)
    return tree.attempt(partial(_in_words, tree, element, kind)) if kind in _PAIRS else None


def _in_words(tree: Tree, element: Element, kind: str) -> str | None:
    """An interval ("≤ 5 mg/L") or a ratio ("1 : 128"), as words: the pivot holds one number or words."""
    if kind == "IVL_PQ":
        return _bounds(tree, element)
    halves = [_half(tree, child(element, name)) for name in ("numerator", "denominator")]
    if not all(halves):
        return None
    tree.note(Severity.INFO, "ratio-as-text", element, "The ratio is kept as words.")
    return " : ".join(filter(None, halves))


def _half(tree: Tree, element: Element | None) -> str | None:
    found = quantity(tree, element)
    return None if found is None else _bound(found)


def _reference_range(tree: Tree, element: Element) -> str | None:
    """The first range, as words; its bounds are numbers with their unit."""
    for ranged in element.iterfind("{*}referenceRange/{*}observationRange"):
        value, said = child(ranged, "value"), child(ranged, "text")
        words = tree.words(said) if said is not None else None
        if words is None and value is not None and len(value) == 0 and text_of(value):
            tree.use(value)
            words = text_of(value)
        elif words is None and value is not None:
            words = tree.attempt(partial(_bounds, tree, value))
        interpretation = child(ranged, "interpretationCode")
        if interpretation is not None and interpretation.get("code") == "N":
            coded(tree, interpretation)
        if words is not None:
            return words
    return None


class _End(NamedTuple):
    """One end of a range; ``sign`` is what it says of the numbers within."""

    sign: str
    number: Quantity


def _bounds(tree: Tree, value: Element) -> str | None:
    """Both ends as words, each with its number as it is written; a range upside down is an ERROR and stays in words.

    None where no end, or not every end that is stated, can be read: half a range is another one.
    """
    stated = [(end, signs) for name, signs in _SIGNS if (end := child(value, name)) is not None]
    told = [(end, signs) for end, signs in stated if value_holder(end) is not None]
    ends = [read for end, signs in told if (read := _end(tree, end, signs)) is not None]
    if not ends or len(ends) < len(told):
        return None
    tree.note(Severity.INFO, "range-as-text", value, "The range is kept as words.")
    if len(ends) == 1 or {end.sign for end in ends} != {"≥", "≤"}:
        shown = ", ".join(f"{end.sign} {_bound(end.number)}" for end in ends)
    else:
        low, high = (end.number for end in ends)
        shared = _unit_of(low) in {"", _unit_of(high)}
        shown = f"{low.value:f} – {_bound(high)}" if shared else f"{_bound(low)} – {_bound(high)}"
    if len(ends) == 2 and _unit_of(ends[0].number) == _unit_of(ends[1].number):
        _check_order(tree, value, ends)
    return shown


def _check_order(tree: Tree, value: Element, ends: Sequence[_End]) -> None:
    if ends[0].number.value > ends[1].number.value:
        text = "It ends below its beginning (a point or a comma that parts thousands?): no bound can be relied on."
        tree.note(Severity.ERROR, "range-reversed", value, text)


def _end(tree: Tree, element: Element, signs: tuple[str, str]) -> _End | None:
    found = quantity(tree, element)
    within = element.get("inclusive") != "false"
    if found is not None and not within:
        tree.use(element, "value", "unit", "inclusive")
    return None if found is None else _End(signs[0] if within else signs[1], found)


def _bound(end: Quantity) -> str:
    return f"{end.value:f} {_unit_of(end)}".strip()


def _unit_of(end: Quantity) -> str:
    """The unit's code, or its words where it has none."""
    unit = end.unit
    coding = None if unit is None else unit.target or unit.original
    return coding.code if coding is not None else "" if unit is None else unit.text or ""


class _Printed(NamedTuple):
    """An observation or a group as printed; without ``templates`` it claims no form."""

    text: str
    templates: tuple[str, ...]


def groups(name: str, state: Section[ObservationGroup], composer: CdaComposer) -> SectionView | None:
    """Vital signs, results or functional status, as printed."""
    claims: list[bool] = []

    def entry(group: ObservationGroup, place: EntryPlace) -> tuple[NarrativeRow, str]:
        text, templates = _print_group(group, name, place)
        claims.append(bool(templates))
        return _group_row(group, place), text

    return _claiming(section_view(_layout(name), state, composer, entry), claims)


def observations(name: str, state: Section[Observation], composer: CdaComposer) -> SectionView | None:
    """Social history or pregnancies, as printed; an expected date of delivery stands below a pregnancy status."""
    claims: list[bool] = []

    def entry(one: Observation, place: EntryPlace) -> tuple[NarrativeRow, str]:
        text, templates = _print(one, name, place)
        claims.append(bool(templates))
        return row(place.anchor, _cell(one, place), (), source_cell(one.provenance, composer.words)), text

    if name == "pregnancies" and isinstance(state, Present):
        state = Present(tuple(_below_status(one) for one in state.entries), state.unread)
    return _claiming(section_view(_layout(name), state, composer, entry), claims)


def _layout(name: str) -> Layout:
    return Layout(name, _PREFIXES[name], _COLUMNS, unread=_print_unread)


def _claiming(section: SectionView | None, claims: list[bool]) -> SectionView | None:
    """A section whose entries fit no form does not claim its template."""
    return section if section is None or any(claims) else replace(section, templates=())


def _below_status(one: Observation) -> Observation:
    """An expected date of delivery that stands alone, below a status that nobody stated."""
    if one.code.target is None or one.code.target.code not in DUE:
        return one
    return Observation(one.id, _PREGNANCY, None, Period(), one.provenance, parts=(one,))


def _print(one: Observation, section: str, place: EntryPlace) -> _Printed:
    """The observation in the form that fits it in that section of the pivot."""
    composer, anchor, path = place
    form = form_of(one, section)
    own = None
    if form.any_code and one.code.target is None and one.code.original is not None:
        own = composer.own_code(one.code.original, label_of(one.code))
    what = own or place.view(one.code, "code")
    form = form if what.code is not None or not form.needs_code else ObservationForm()
    value = _print_value(one, form, place)
    if form.needs_value and not value:
        value = f'<value xsi:type="{form.value_type or "ST"}" nullFlavor="UNK"/>'
    identity = composer.entry_id(one.provenance, one.id, f"{section}-observation")
    when = _print_time(one.when, place, instant=form.instant)
    if one.interpretation is not None:
        value += code("interpretationCode", place.view(one.interpretation, "interpretation"))
    inner = [
        _print(part, section, EntryPlace(composer, f"{anchor}-p{n}", f"{path}.parts[{n - 1}]")).text
        for n, part in enumerate(one.parts, 1)
    ]
    below = "".join(f'<entryRelationship typeCode="COMP" inversionInd="false">{x}</entryRelationship>' for x in inner)
    text = (
        f'<observation classCode="OBS" moodCode="EVN">{elements.templates(*form.templates)}<id root="{identity}"/>\n'
        f'{code("code", what)}{elements.reference(f"{anchor}-code")}<statusCode code="{one.status}"/>{when}{value}'
        f"{below}{print_words(COMMENT, note_anchor(one.note, anchor))}{_print_range(one.reference_range)}</observation>"
    )
    return _Printed(text, form.templates)


def _print_unread(said: CodeView, anchor: str, identity: str) -> str:
    """What could not be read, as a plain observation of no template: the forms of these sections take no OTH."""
    return (
        f'<observation classCode="OBS" moodCode="EVN"><id root="{identity}"/>\n{code("code", said)}'
        f'{elements.reference(anchor)}<statusCode code="completed"/>{elements.stamp("effectiveTime", None)}'
        "</observation>"
    )


def _print_time(when: Period, place: EntryPlace, *, instant: bool) -> str:
    if instant:
        return elements.stamp("effectiveTime", None if when.start is None else when.start.hl7())
    return interval("effectiveTime", place.composer.interval(when, f"{place.path}.when"))


def _print_value(one: Observation, form: ObservationForm, place: EntryPlace) -> str:
    value = one.value
    if isinstance(value, Coded):
        return code("value", place.view(value, "value"), form.value_type if form.value_type in {"CE", "CD"} else "CD")
    if isinstance(value, Quantity):
        printed = quantity_view(value)
        if printed is not None:
            return elements.quantity("value", printed, "PQ")
        text = "The unit has no European code; the value is sent as text."
        place.composer.note(Severity.WARNING, "unit-not-expressible", f"{place.path}.value", text, value.unit)
        return _print_text(quantity_text(value))
    if isinstance(value, Moment):
        return f'<value xsi:type="TS" value="{value.hl7()}"/>'
    if isinstance(value, Decimal):
        kind = "INT" if value == value.to_integral_value() else "REAL"
        return f'<value xsi:type="{kind}" value="{_number(value)}"/>'
    return "" if written(value) is None else _print_text(value or "")


def _print_text(text: str) -> str:
    return f'<value xsi:type="ST">{escaped(text)}</value>'


def _number(value: Decimal) -> str:
    whole = value == value.to_integral_value()
    return str(int(value)) if whole else decimal_text(value)


def _print_range(words: str | None) -> str:
    if words is None or not words.strip():
        return ""
    inside = f'<observationRange classCode="OBS" moodCode="EVN.CRT">{_print_text(words)}</observationRange>'
    return f'<referenceRange typeCode="REFV">{inside}</referenceRange>'


def _print_group(group: ObservationGroup, section: str, place: EntryPlace) -> _Printed:
    """The group as an organizer; a blood group stands alone."""
    composer, anchor, path = place
    members = [
        _print(one, section, EntryPlace(composer, f"{anchor}-o{n}", f"{path}.observations[{n - 1}]"))
        for n, one in enumerate(group.observations, 1)
    ]
    form = ORGANISERS[section]
    fitting = [bool(m.templates) and m.templates[0] in form.members for m in members]
    if group.code is None and len(members) == 1 and members[0].templates and not fitting[0]:
        return members[0]
    what = None if group.code is None else place.view(group.code, "code")
    fits = all(fitting) and group.status == "completed"
    own = group.code.original if group.code is not None and what is not None and what.code is None else None
    if fits and form.any_code and group.code is not None and own is not None:
        what = composer.own_code(own, label_of(group.code)) or what
    fits = fits and form.takes(None if what is None else what.code)
    templates = form.templates if fits else ()
    identity = composer.entry_id(group.provenance, group.id, f"{section}-organizer")
    timed = composer.interval(group.when, f"{path}.when")
    instant = elements.stamp("effectiveTime", None if group.when.start is None else group.when.start.hl7())
    when = instant if fits and form.instant else interval("effectiveTime", timed)
    performer = "" if group.performer is None else print_performer(group.performer)
    inside = "".join(f'<component typeCode="COMP">{member.text}</component>' for member in members)
    text = (
        f'<organizer classCode="CLUSTER" moodCode="EVN">{elements.templates(*templates)}<id root="{identity}"/>'
        f'{code("code", what or CodeView(null="UNK"))}<statusCode code="{group.status}"/>{when}{performer}{inside}'
        "</organizer>"
    )
    return _Printed(text, templates)


def _group_row(group: ObservationGroup, place: EntryPlace) -> NarrativeRow:
    composer, anchor, path = place
    words = composer.words
    heading = () if group.code is None else (piece(label_of(group.code), f"{anchor}-code"),)
    made = tuple(
        shown
        for n, one in enumerate(group.observations, 1)
        for shown in _cell(one, EntryPlace(composer, f"{anchor}-o{n}", path))
    )
    performer = optional(None if group.performer is None else group.performer.name, words["label.performer"])
    source = source_cell(group.provenance, words)
    codes = () if group.code is None else codings_of(group.code)
    return row(anchor, (*heading, *codes, *made, *performer), period_cell(group.when, words), source)


def _cell(one: Observation, place: EntryPlace) -> Cell:
    """What a reader reads of one observation and those below it."""
    composer, anchor, path = place
    words = composer.words
    below = (
        shown
        for n, part in enumerate(one.parts, 1)
        for shown in _cell(part, EntryPlace(composer, f"{anchor}-p{n}", path))
    )
    return (
        piece(label_of(one.code), f"{anchor}-code"),
        *codings_of(one.code),
        *_value_cell(one, place),
        *place.cell(one.interpretation, "interpretation"),
        *optional(one.reference_range, words["label.range"]),
        *period_cell(one.when, words),
        *optional(None if one.status == "completed" else one.status, words["label.status"]),
        *optional(one.note, words["label.note"], f"{anchor}-note"),
        *below,
    )


def _value_cell(one: Observation, place: EntryPlace) -> Cell:
    value, label = one.value, place.composer.words["label.value"]
    if isinstance(value, Coded):
        return place.cell(value, "value")
    if isinstance(value, Quantity):
        return optional(quantity_text(value), label)
    if isinstance(value, Moment):
        return moment_cell(value, label)
    return optional(None if value is None else _number(value) if isinstance(value, Decimal) else value, label)
