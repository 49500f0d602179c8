"""Dosering of e-resept (forskrivning 2010-04-01 and 2013-10-08) as it is structured, before anybody believes it."""

from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

from transformers.model.values import Moment, Quantity
from transformers.norway.errors import Malformed
from transformers.norway.moments import read_either
from transformers.norway.xml_fields import child, children, code, flag, name_of, plain, quantity, text


@dataclass(frozen=True, slots=True)
class FixedDose:
    """DoseFastTidspunkt: one dose of every interval."""

    amount: Quantity
    """The unit is a term, as the record system writes it: ``tablett``, ``ml``."""
    interval: Quantity | None
    clock: str | None = None
    part_of_day: str | None = None
    """Tidsomrade, the term of Volven 8325 in lower case: ``morgen``, ``kveld``."""
    exact: bool = False
    weekdays: bool = False
    days_on_and_off: bool = False
    infused: bool = False


@dataclass(frozen=True, slots=True)
class Regime:
    """One Dosering: doses side by side, from a start to an end."""

    fixed: tuple[FixedDose, ...]
    as_needed: bool
    """DoseEtterBehov: it always has a maximum."""
    ruled: bool = False
    """Doseringsregel: the dose depends on something (weight, age, surface)."""
    end: Moment | None = None
    start: Moment | None = None


_PARTS_OF_DAY = {"1": "morgen", "2": "formiddag", "3": "midt på dagen", "4": "ettermiddag", "5": "kveld", "6": "natt"}
"""Volven 8325."""


def read_regimes(prescribing: etree._Element) -> tuple[Regime, ...]:
    """Every Dosering of a Forskrivning, in order. Raises ``Malformed`` where a dose has no readable amount."""
    return tuple(_regime(dosing) for dosing in children(prescribing, "Dosering"))


def _regime(dosing: etree._Element) -> Regime:
    return Regime(
        fixed=tuple(_fixed(dose) for dose in children(dosing, "DoseFastTidspunkt")),
        as_needed=bool(children(dosing, "DoseEtterBehov")),
        ruled=child(dosing, "Doseringsregel") is not None,
        end=_moment(dosing, "Sluttidspunkt"),
        start=_moment(dosing, "Starttidspunkt"),
    )


def _moment(dosing: etree._Element, name: str) -> Moment | None:
    stated = child(dosing, name)
    written = None if stated is None else plain(stated.get("V"))
    return None if written is None else read_either(written, name)


def _fixed(dose: etree._Element) -> FixedDose:
    amount = quantity(dose, "Mengde")
    if amount is None or amount.value <= Decimal(0):
        raise Malformed("Mengde")
    pattern = child(dose, "FastDose")
    in_pattern = set() if pattern is None else {name_of(one) for one in pattern}
    part = code(dose, "Tidsomrade")
    if part is not None and part not in _PARTS_OF_DAY:
        raise Malformed("Tidsomrade")
    return FixedDose(
        amount=amount,
        interval=quantity(dose, "Intervall"),
        clock=text(dose, "Klokkeslett"),
        part_of_day=None if part is None else _PARTS_OF_DAY[part],
        exact=flag(dose, "GisEksakt") is True,
        weekdays="FasteUkedager" in in_pattern,
        days_on_and_off=bool(in_pattern & {"DagerPa", "DagerAv"}),
        infused=child(dose, "Infusjonshastighet") is not None,
    )
