"""Observations as printed: a form of eHDSI where one fits (E.3.22, E.3.43, E.3.25, E.3.23, E.3.45, E.3.24, E.3.46,
E.3.47, E.3.40), else a plain CDA observation that claims no template. Nothing is bent to fit a form.
"""

from dataclasses import dataclass
from decimal import Decimal

from transformers.cda.statements.observation_forms import ORGANISERS, ObservationForm, form_of
from transformers.cda.types.composer import CdaComposer, CodeView
from transformers.cda.types.elements import quantity_view
from transformers.cda.types.narrative import (
    Cell,
    coded_cell,
    codings_of,
    decimal_text,
    label_of,
    moment_cell,
    note_anchor,
    optional,
    period_cell,
    piece,
    quantity_text,
)
from transformers.cda.types.times import Interval
from transformers.model.finding import Severity
from transformers.model.people import Organisation
from transformers.model.summary import Observation, ObservationGroup
from transformers.model.values import Coded, Moment, Period, Quantity


@dataclass(frozen=True, slots=True)
class ValueView:
    """A value: ``type`` of data types R1, and either attributes (``value``, ``unit``), a code, a text, or nothing."""

    type: str
    value: str | None = None
    unit: str | None = None
    code: CodeView | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class ObservationView:
    """An observation; without ``templates`` it claims no form."""

    id: str
    anchor: str
    templates: tuple[str, ...]
    code: CodeView
    status: str
    time: Interval | None
    at: str | None
    """The moment of a form that takes no interval; None beside ``time`` None prints as unknown."""
    value: ValueView | None
    interpretation: CodeView | None
    reference_range: str | None
    note: str | None
    parts: "tuple[ObservationView, ...]"
    template: str = "observation.xml.j2"


@dataclass(frozen=True, slots=True)
class OrganiserView:
    """Observations made together; without ``templates`` it claims no form."""

    id: str
    templates: tuple[str, ...]
    code: CodeView | None
    status: str
    time: Interval
    at: str | None
    instant: bool
    performer: Organisation | None
    observations: tuple[ObservationView, ...]
    template: str = "organizer.xml.j2"


def observation_view(one: Observation, section: str, anchor: str, path: str, composer: CdaComposer) -> ObservationView:
    """The observation in the form that fits it in that section of the pivot."""
    form = form_of(one, section)
    own = None
    if form.any_code and one.code.target is None and one.code.original is not None:
        own = composer.own_code(one.code.original, label_of(one.code))
    code = own or composer.code(one.code, f"{path}.code", f"{anchor}-code")
    form = form if code.code is not None or not form.needs_code else ObservationForm()
    value = _value(one, form, anchor, path, composer)
    if form.needs_value and value is None:
        value = ValueView(form.value_type or "ST")
    return ObservationView(
        id=composer.entry_id(one.provenance, one.id, f"{section}-observation"),
        anchor=f"{anchor}-code",
        templates=form.templates,
        code=code,
        status=one.status,
        time=None if form.instant else composer.interval(one.when, f"{path}.when"),
        at=_at(one.when),
        value=value,
        interpretation=None
        if one.interpretation is None
        else composer.code(one.interpretation, f"{path}.interpretation", f"{anchor}-interpretation"),
        reference_range=one.reference_range if one.reference_range and one.reference_range.strip() else None,
        note=note_anchor(one.note, anchor),
        parts=tuple(
            observation_view(part, section, f"{anchor}-p{n}", f"{path}.parts[{n - 1}]", composer)
            for n, part in enumerate(one.parts, 1)
        ),
    )


def plain_observation(identity: str, anchor: str, code: CodeView) -> ObservationView:
    """An observation that claims no form and has no value: its words stand at ``anchor``."""
    return ObservationView(identity, anchor, (), code, "completed", None, None, None, None, None, None, ())


def organiser_view(
    group: ObservationGroup, section: str, anchor: str, path: str, composer: CdaComposer
) -> OrganiserView | ObservationView:
    """The group as an organizer; a blood group stands alone."""
    views = tuple(
        observation_view(one, section, f"{anchor}-o{n}", f"{path}.observations[{n - 1}]", composer)
        for n, one in enumerate(group.observations, 1)
    )
    form = ORGANISERS[section]
    alone = group.code is None and len(views) == 1 and views[0].templates and views[0].templates[0] not in form.members
    if alone:
        return views[0]
    code = None if group.code is None else composer.code(group.code, f"{path}.code", f"{anchor}-code")
    fits = all(v.templates and v.templates[0] in form.members for v in views) and group.status == "completed"
    own = group.code.original if group.code is not None and code is not None and code.code is None else None
    if fits and form.any_code and group.code is not None and own is not None:
        code = composer.own_code(own, label_of(group.code)) or code
    fits = fits and form.takes(None if code is None else code.code)
    return OrganiserView(
        id=composer.entry_id(group.provenance, group.id, f"{section}-organizer"),
        templates=form.templates if fits else (),
        code=code,
        status=group.status,
        time=composer.interval(group.when, f"{path}.when"),
        at=_at(group.when),
        instant=fits and form.instant,
        performer=group.performer,
        observations=views,
    )


def _at(when: Period) -> str | None:
    return None if when.start is None else when.start.hl7()


def _value(one: Observation, form: ObservationForm, anchor: str, path: str, composer: CdaComposer) -> ValueView | None:
    value = one.value
    if value is None:
        return None
    if isinstance(value, Coded):
        code = composer.code(value, f"{path}.value", f"{anchor}-value")
        return ValueView(form.value_type if form.value_type in {"CE", "CD"} else "CD", code=code)
    if isinstance(value, Quantity):
        printed = quantity_view(value)
        if printed is not None:
            return ValueView("PQ", printed.value, printed.unit)
        text = "The unit has no European code; the value is sent as text."
        composer.note(Severity.WARNING, "unit-not-expressible", f"{path}.value", text, value.unit)
        return ValueView("ST", text=quantity_text(value))
    if isinstance(value, Moment):
        return ValueView("TS", value.hl7())
    if isinstance(value, Decimal):
        return ValueView("INT" if value == value.to_integral_value() else "REAL", _number(value))
    return ValueView("ST", text=value) if value.strip() else None


def _number(value: Decimal) -> str:
    whole = value == value.to_integral_value()
    return str(int(value)) if whole else decimal_text(value)


def observation_cell(one: Observation, anchor: str, composer: CdaComposer) -> Cell:
    """What a reader reads of one observation and those below it."""
    words = composer.words
    value = _value_cell(one, anchor, composer)
    below = (p for n, part in enumerate(one.parts, 1) for p in observation_cell(part, f"{anchor}-p{n}", composer))
    return (
        piece(label_of(one.code), f"{anchor}-code"),
        *codings_of(one.code),
        *value,
        *coded_cell(one.interpretation, words["label.interpretation"], f"{anchor}-interpretation"),
        *optional(one.reference_range, words["label.range"]),
        *period_cell(one.when, words),
        *optional(None if one.status == "completed" else one.status, words["label.status"]),
        *optional(one.note, words["label.note"], f"{anchor}-note"),
        *below,
    )


def _value_cell(one: Observation, anchor: str, composer: CdaComposer) -> Cell:
    value, label = one.value, composer.words["label.value"]
    if isinstance(value, Coded):
        return coded_cell(value, label, f"{anchor}-value")
    if isinstance(value, Quantity):
        return optional(quantity_text(value), label)
    if isinstance(value, Moment):
        return moment_cell(value, label)
    return optional(None if value is None else _number(value) if isinstance(value, Decimal) else value, label)
