"""Times and quantities of a CDA as a person reads them, and as they were written (HL7 v3 data types R1).

A medicine's amounts, periods and dates are put into words (`measures`); what was measured of a patient keeps its digits
and its unit. What stands otherwise than it was written is among the entry's codes as it was.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Final

from transformers.cda.types.vocabulary import UCUM
from transformers.display.reader import ANY, PageReader, text_of
from transformers.model.spelling import decimal
from transformers.model.summary import Timing
from transformers.model.timestamps import read_timestamp, written_timestamp
from transformers.model.values import Coded, Coding, Quantity
from transformers.spoken import SPOKEN, TIMES, Measures, code_of
from transformers.words import Language
from trust.xml import Element

_PARTS: Final = ("low", "high", "center", "width", "numerator", "denominator")
_MEASURED: Final = frozenset({"observation", "observationRange"})
_LONGEST: Final = 30
"""Digits of a number that are put into words; one with more stays as it is written."""
Dress = Callable[[str, str], str]
"""A number and its unit as printed."""


def time_of(element: Element, reader: PageReader) -> str | None:
    """A point in time, an interval, or a rhythm (TS, IVL_TS, PIVL_TS, EIVL_TS, SXPR_TS) in words; None says nothing."""
    if element.get("value"):
        return when(element.get("value", ""), reader.language)
    period, event = element.find(f"{ANY}period"), element.find(f"{ANY}event")
    parts = [_interval(element, reader)]
    if period is not None:
        free = element.get("institutionSpecified") == "true"
        parts.append(_rhythm(period, reader, free=free) if written(period) else reader.null(period))
    if event is not None:
        parts.append(reader.word(f"event.{event.get('code', '')}"))
    parts += [time_of(e, reader) for e in element.findall(f"{ANY}comp")]
    phase = element.find(f"{ANY}phase")
    parts.append(None if phase is None else time_of(phase, reader))
    return "; ".join(part for part in parts if part) or None


def when(stamp: str, language: Language) -> str:
    """An HL7 time stamp as precise as it is: in Norwegian as Norwegians write it, in English as ISO 8601 prints it.

    What is no time stamp stays as it is.
    """
    moment = None if language == "en" else read_timestamp(stamp)
    if moment is None or moment.moment is None or moment.remark is not None:
        return written_timestamp(stamp)
    return Measures(language).moment(moment.moment, seconds=True)


def _rhythm(period: Element, reader: PageReader, *, free: bool) -> str:
    """``free`` (institutionSpecified): so often a day and not so far apart, HL7 data types R1, PIVL."""
    number = decimal(period.get("value") or "")
    unit = period.get("unit") or ""
    if number is None or number <= 0 or len(period):
        said = f"{reader.word('every')} {quantity_of(period, reader)}"
    else:
        timing = Timing(period=_amount(number, unit), institution_specified=free)
        said = Measures(reader.language).rhythm(timing) or ""
    return f"{said}, {reader.word('hours_chosen')}" if free else said


def _interval(element: Element, reader: PageReader) -> str | None:
    ends = {name: element.find(f"{ANY}{name}") for name in ("low", "high", "center")}
    language = reader.language
    told = {name: when(e.get("value", ""), language) for name, e in ends.items() if e is not None and e.get("value")}
    width = element.find(f"{ANY}width")
    length = None if width is None else quantity_of(width, reader)
    low, high = told.get("low"), told.get("high")
    ends_said = (f"{reader.word('from')} {low}" if low else None, f"{reader.word('until')} {high}" if high else None)
    interval = f"{low} – {high}" if low and high else next((end for end in ends_said if end), None)
    return ", ".join(part for part in (interval, told.get("center"), length) if part) or None


def quantity_of(element: Element, reader: PageReader) -> str | None:
    """A value with its unit, an interval or a ratio of such, in the reader's words; None when there is no value."""
    if len(element) == 0 and not element.get("value"):
        return None
    owner = element.getparent()
    measured = owner is not None and str(owner.tag).rpartition("}")[2] in _MEASURED
    return _quantity(element, _Dresses(reader.language, measured=measured).dress, reader)


def measured_of(amount: Quantity, language: Language) -> str:
    """What was measured of a patient: its digits as they are written, its unit as one writes it."""
    return _Dresses(language, measured=True).dress(f"{amount.value:f}", code_of(amount))


def written(element: Element) -> str | None:
    """The same as it was written, in the units' codes."""
    return _quantity(element, lambda value, unit: f"{value} {'' if unit == '1' else unit}".strip(), None)


def codes_of(element: Element, shown: str | None) -> Iterator[str]:
    """What of a quantity is printed otherwise than it was written."""
    raw = written(element) if shown is not None or element.get("value") else None
    if raw and raw != shown:
        yield raw


class _Dresses:
    """How numbers and units are printed in a language."""

    def __init__(self, language: Language, *, measured: bool) -> None:
        self._measures = Measures(language)
        self._language = language
        self._measured = measured

    def dress(self, value: str, unit: str) -> str:
        """The number and its unit."""
        number = decimal(value)
        if number is None or len(value) > _LONGEST or abs(number.adjusted()) > _LONGEST:
            return f"{value} {unit}".strip()
        amount = _amount(number, unit)
        if self._measured:
            digits = value if self._language == "en" else value.replace(".", ",")
            plain = not any(sign in unit for sign in "[{")
            return f"{digits} {'' if unit == '1' else unit if plain else self._measures.unit(amount)}".strip()
        if amount.unit is None:
            return self._measures.number(number)
        return self._measures.amount(amount)


def _amount(number: Decimal, unit: str) -> Quantity:
    coding = None if unit in {"", "1"} else Coding(unit, UCUM)
    return Quantity(number, None if coding is None else Coded(original=coding, target=coding))


def _quantity(element: Element, dress: Dress, reader: PageReader | None) -> str | None:
    """A value that stands in a translation alone (a unit that UCUM does not have) is the value."""
    value, unit = element.get("value"), element.get("unit") or ""
    if len(element) == 0 and not value:
        return None
    if len(element) == 0 and value:
        return dress(value, unit)
    others = [
        dress(amount, _unit(t)) for t in element.findall(f"{ANY}translation") if (amount := t.get("value") or value)
    ]
    own = [dress(value, unit)] if value else []
    if own or others:
        first, *more = own + others
        more = [one for one in more if one != first]
        return first + (f" ({'; '.join(more)})" if more else "")
    parts: dict[str, Element] = {}
    for child in element:
        parts.setdefault(str(child.tag).rpartition("}")[2], child)
    parts = {name: parts[name] for name in _PARTS if name in parts}
    told = {name: words for name, e in parts.items() if (words := _quantity(e, dress, reader))}
    if "numerator" in told or "denominator" in told:
        return _ratio(told, parts, reader)
    if "low" in told or "high" in told:
        return _range(told.get("low"), told.get("high"), parts)
    return told.get("center") or told.get("width")


def _ratio(told: Mapping[str, str], parts: Mapping[str, Element], reader: PageReader | None) -> str:
    """Of one of something the number one is not said: so much of one tablet, so much a millilitre."""
    above, below = (told.get(name, "…") for name in ("numerator", "denominator"))
    if reader is None or len(told) < len(_HALVES):
        return f"{above} / {below}"
    bottom = parts["denominator"]
    number = decimal(bottom.get("value") or "")
    if number == 1 and not len(bottom):
        unit = bottom.get("unit") or ""
        if unit in {"", "1"}:
            return above
        below = Measures(reader.language).unit(_amount(number, unit))
        return f"{above} {SPOKEN[reader.language]['per']} {below}" if unit in TIMES else f"{above}/{below}"
    return f"{above} {SPOKEN[reader.language]['per']} {below}"


_HALVES: Final = ("numerator", "denominator")


def _range(low: str | None, high: str | None, ends: Mapping[str, Element]) -> str:
    """An interval of quantities; an open end and an end that is not of it are said by signs."""
    shut = {name for name, e in ends.items() if e.get("inclusive") != "false"}
    above, below = ("≥" if "low" in shut else ">"), ("≤" if "high" in shut else "<")
    if low and high:
        if low == high:
            return low
        return f"{low} – {high}" if {"low", "high"} <= shut else f"{above} {low}, {below} {high}"
    return f"{above} {low}" if low else f"{below} {high}"


def _unit(translation: Element) -> str:
    """A unit in another system (PQR, e.g. an EDQM unit of presentation)."""
    said = text_of(translation.find(f"{ANY}originalText"))
    return translation.get("displayName") or translation.get("code") or said or ""
