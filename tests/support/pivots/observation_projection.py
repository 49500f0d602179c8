"""The projection of observations, groups and sections of text: see `tests/support/pivots/projection.py`."""

from dataclasses import replace
from decimal import Decimal

from tests.support.pivots.projection import concept, line, lines, maybe, moment, performer, period, quantity
from transformers.cda.statements.observation_forms import ORGANISERS, form_of
from transformers.cda.types.narrative import quantity_text
from transformers.model.summary import Narrated, Observation, ObservationGroup
from transformers.model.values import Coded, Coding, Moment, Period, Provenance, Quantity

_SOURCE = Provenance("*")
_STATUS = Coding("82810-3", "2.16.840.1.113883.6.1", "Pregnancy status", "LOINC")


def observation(section: str, one: Observation) -> Observation:
    """One observation; an expected delivery alone comes back below a status."""
    made = _observation(section, one)
    if section == "pregnancies" and one.code.target is not None and one.code.target.code == "11778-8":
        return Observation("", Coded("Pregnancy status", _STATUS, (), _STATUS), None, Period(), _SOURCE, parts=(made,))
    return made


def _observation(section: str, one: Observation) -> Observation:
    form = form_of(one, section)
    code = concept(one.code)
    if form.any_code and one.code.target is None and code.original is not None:
        code = Coded(None, code.original, (), code.original)
    elif form.needs_code and code.target is None:
        form = form_of(replace(one, status="other"), section)
    return replace(
        one,
        id="",
        provenance=_SOURCE,
        code=code,
        value=value_of(one),
        when=_at(one.when) if form.instant else period(one.when),
        interpretation=maybe(one.interpretation),
        reference_range=line(one.reference_range),
        note=lines(one.note),
        parts=tuple(_observation(section, part) for part in one.parts),
    )


def value_of(one: Observation) -> Quantity | Coded | Moment | Decimal | str | None:
    """The value by its type; a quantity whose unit is not European is a text."""
    value = one.value
    if isinstance(value, Quantity):
        return quantity(value) or line(quantity_text(value))
    if isinstance(value, Coded):
        return concept(value)
    if isinstance(value, Moment):
        return moment(value)
    return line(value) if isinstance(value, str) else value


def _at(when: Period) -> Period:
    start = moment(when.start)
    return Period(start, start)


def group(section: str, one: ObservationGroup) -> ObservationGroup:
    """A group; a single observation of a form of its own stands alone and tells its own time."""
    members = tuple(_observation(section, member) for member in one.observations)
    form = form_of(one.observations[0], section)
    if one.code is None and len(members) == 1 and form.templates and form.templates[0].endswith(".25"):
        return ObservationGroup("", None, members[0].when, members, _SOURCE, members[0].status)
    fits = _fits(section, one)
    code = maybe(one.code)
    national = code is not None and code.target is None and code.original is not None
    if code is not None and national and section != "vital_signs" and _members_fit(section, one):
        code = Coded(None, code.original, (), code.original)
    when = _at(one.when) if fits and section == "vital_signs" else period(one.when)
    return replace(
        one, id="", provenance=_SOURCE, code=code, when=when, observations=members, performer=performer(one.performer)
    )


def _members_fit(section: str, one: ObservationGroup) -> bool:
    """Whether an organizer's template can be claimed, which alone lets a national code stand for itself."""
    members = ORGANISERS[section].members
    forms = [form_of(member, section) for member in one.observations]
    coded = [
        not form.needs_code or member.code.target is not None or (form.any_code and member.code.original is not None)
        for member, form in zip(one.observations, forms, strict=True)
    ]
    return one.status == "completed" and all(coded) and all(f.templates and f.templates[0] in members for f in forms)


def _fits(section: str, one: ObservationGroup) -> bool:
    forms = [form_of(member, section).templates for member in one.observations]
    mapped = one.code is not None and one.code.target is not None
    return mapped and one.status == "completed" and all(forms)


def narrated(one: Narrated) -> Narrated:
    """A section of text; code and title are the section's."""
    return replace(one, code=None, title=None, text=lines(one.text) or "", provenance=_SOURCE)
