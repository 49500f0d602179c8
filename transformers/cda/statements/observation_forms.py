"""Which form of eHDSI an observation of the pivot fits in its section; one that fits none is a plain observation.

Entry templates of wave 8: vital signs E.3.21/E.3.22 (blood pressure alone, in mm[Hg]), results E.3.42/E.3.43, blood
group E.3.25, social history E.3.23, pregnancy E.3.45, E.3.24, E.3.46, E.3.47, functional status E.3.39/E.3.40.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from transformers.cda.types.vocabulary import CCD, E3, IHE, SIMPLE_OBSERVATION
from transformers.model.summary import Observation
from transformers.model.values import Coded, Moment, Quantity

_PRESSURES: Final = frozenset({"8480-6", "8462-4"})
DUE: Final = frozenset({"11778-8", "11779-6", "11780-4"})
PREGNANCY_STATUS: Final = "82810-3"
_DELIVERED: Final = "93857-1"
_BLOOD_GROUP: Final = "34530-6"


@dataclass(frozen=True, slots=True)
class ObservationForm:
    """What a template fixes. Without templates: a plain observation."""

    templates: tuple[str, ...] = ()
    needs_code: bool = False
    any_code: bool = False
    """Bound to no value set: a national code may stand for itself."""
    needs_value: bool = False
    value_type: str | None = None
    instant: bool = False
    """effectiveTime is a TS."""


@dataclass(frozen=True, slots=True)
class OrganiserForm:
    """What an organizer's template fixes: its own code, and the form of its members."""

    templates: tuple[str, ...]
    members: frozenset[str]
    takes: Callable[[str | None], bool]
    any_code: bool = False
    instant: bool = False


_VITAL: Final = ObservationForm(
    (f"{E3}22", f"{E3}20", SIMPLE_OBSERVATION, f"{IHE}13.2", f"{CCD}31"),
    needs_code=True,
    needs_value=True,
    value_type="PQ",
    instant=True,
)
_RESULT: Final = ObservationForm((f"{E3}43", SIMPLE_OBSERVATION), needs_code=True, any_code=True, needs_value=True)
_GROUP: Final = ObservationForm(
    (f"{E3}25", f"{E3}20", SIMPLE_OBSERVATION), needs_code=True, needs_value=True, value_type="CE"
)
_SOCIAL: Final = ObservationForm(
    (f"{E3}23", f"{E3}20", SIMPLE_OBSERVATION, f"{IHE}13.4", f"{CCD}33"), needs_code=True, needs_value=True
)
_PREGNANT: Final = ObservationForm((f"{E3}45",), needs_code=True, needs_value=True, value_type="CE")
_EXPECTED: Final = ObservationForm(
    (f"{E3}24", f"{E3}20", SIMPLE_OBSERVATION, f"{IHE}13.5"), needs_code=True, needs_value=True, value_type="TS"
)
_OUTCOME: Final = ObservationForm((f"{E3}46",), needs_code=True, value_type="INT")
_BORN: Final = ObservationForm((f"{E3}47",), needs_code=True, needs_value=True, value_type="TS", instant=True)
_FUNCTION: Final = ObservationForm((f"{E3}40", SIMPLE_OBSERVATION), any_code=True, needs_value=True)

_ALL: Final = (_VITAL, _RESULT, _GROUP, _SOCIAL, _PREGNANT, _EXPECTED, _OUTCOME, _BORN, _FUNCTION)
OBSERVATIONS: Final = tuple(form.templates[0] for form in _ALL)
"""The templates by which an observation is known."""
OF_CODED_VALUE: Final = tuple(form.templates[0] for form in _ALL if form.value_type == "CE")
ORGANISERS: Final[Mapping[str, OrganiserForm]] = {
    "vital_signs": OrganiserForm(
        (f"{E3}21", f"{IHE}13.1", f"{CCD}32", f"{CCD}35"),
        frozenset({f"{E3}22"}),
        lambda code: code == "46680005",
        instant=True,
    ),
    "results": OrganiserForm((f"{E3}42",), frozenset({f"{E3}43"}), lambda _code: True, any_code=True),
    "functional_status": OrganiserForm(
        (f"{E3}39",), frozenset({f"{E3}40"}), lambda code: code is not None, any_code=True
    ),
}
OF_ANY_CODE: Final = (
    *(form.templates[0] for form in _ALL if form.any_code),
    *(organiser.templates[0] for organiser in ORGANISERS.values() if organiser.any_code),
)
"""Results and functional findings, alone and grouped: their code is bound to no value set."""


def form_of(one: Observation, section: str) -> ObservationForm:
    """The form that fits; a plain one for what has another status, or says what the form forbids."""
    if one.status != "completed":
        return ObservationForm()
    return _CHOICES[section](one)


def _code(one: Observation) -> str | None:
    return None if one.code.target is None else one.code.target.code


def _vital(one: Observation) -> ObservationForm:
    value = one.value
    unit = value.unit if isinstance(value, Quantity) else None
    pressure = unit is not None and unit.target is not None and unit.target.code == "mm[Hg]"
    fits = _code(one) in _PRESSURES and (pressure or value is None) and one.when.end in {None, one.when.start}
    return _VITAL if fits and one.reference_range is None else ObservationForm()


def _result(one: Observation) -> ObservationForm:
    if _code(one) == _BLOOD_GROUP:
        plain = one.reference_range is None and isinstance(one.value, Coded | None)
        return _GROUP if plain else ObservationForm()
    return _RESULT


def _social(one: Observation) -> ObservationForm:
    return _SOCIAL if one.interpretation is None and one.reference_range is None else ObservationForm()


def _pregnancy(one: Observation) -> ObservationForm:
    code, value = _code(one), one.value
    if one.interpretation is not None or one.reference_range is not None:
        return ObservationForm()
    if code == PREGNANCY_STATUS and isinstance(value, Coded | None):
        return _PREGNANT
    if code in DUE and isinstance(value, Moment | None):
        return _EXPECTED
    if code == _DELIVERED and isinstance(value, Moment | None):
        return _BORN if one.when.end in {None, one.when.start} else ObservationForm()
    whole = value is None or (isinstance(value, Decimal) and value == value.to_integral_value())
    return _OUTCOME if code is not None and whole else ObservationForm()


def _function(one: Observation) -> ObservationForm:
    return _FUNCTION


_CHOICES: Final[Mapping[str, Callable[[Observation], ObservationForm]]] = {
    "vital_signs": _vital,
    "results": _result,
    "social_history": _social,
    "pregnancies": _pregnancy,
    "functional_status": _function,
}
