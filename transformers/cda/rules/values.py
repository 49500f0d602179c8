"""Own rules for the values of a CDA document: codes, times, quantities, telecoms, countries.

Data types R1 as eHDSI narrows them; the rules are those that the wave-8 Schematron asks too weakly or not at all
(a code without display, a predicate that drops out of context, a unit that is missing).
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Final

from transformers.cda.types.times import ends_before
from transformers.cda.types.walk import HL7, XSI_TYPE, Breach, Element, child, children, local
from transformers.model.finding import Severity
from transformers.model.spelling import trimmed
from transformers.model.timestamps import TimeRemark, read_timestamp

_TEMPLATE: Final = "1.3.6.1.4.1.12559.11.10.1.3.1.3."
_VALUE_TYPES: Final = {
    **dict.fromkeys(("9", "10", "25", "33", "34", "35", "41", "45", "49"), "CE"),
    **dict.fromkeys(("7", "8", "17", "44"), "CD"),
}
"""Type of observation/value by template; the Schematron compares it, receivers dispatch on it."""
_INSTANT = re.compile(r"[0-9]{14}(\.[0-9]+)?[+-][0-9]{4}")
_NO_TIME: Final = frozenset({TimeRemark.UNREADABLE, TimeRemark.OTHER_FORM})
"""What the XSD refuses as a TS, or no calendar has."""
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:[^\s]+")
_DIALLED = re.compile(r"\+?[0-9().-]*[0-9][0-9().-]*")
_UNIT = re.compile(r"(?:\{[^{}]+\}|[!-z|~])+")
_IVL_EDGES: Final = ("low", "high", "center")
_TIMES: Final = frozenset({"effectiveTime", "time", "birthTime", "useablePeriod"})
_ISO_3166: Final = (
    "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCR"
    "CUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHU"
    "IDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQ"
    "MRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSI"
    "SJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW"
)
_COUNTRIES: Final = frozenset(_ISO_3166[n : n + 2] for n in range(0, len(_ISO_3166), 2))
"""ISO 3166-1 alpha-2."""


def _displayed(root: Element) -> Iterator[Breach]:
    """Every code of a code system has a displayName, translations too; a timing event (EIVL) must not have one."""
    for element in root.iter("*"):
        coded = element.get("code") is not None and element.get("codeSystem") is not None
        if coded and local(element) != "event" and not trimmed(element.get("displayName") or ""):
            yield Breach(element, "The code has no displayName.")


def _other_explained(root: Element) -> Iterator[Breach]:
    """OTH keeps the words: originalText, as text or reference, or a translation."""
    for element in root.iter("*"):
        if element.get("nullFlavor") != "OTH":
            continue
        if child(element, "originalText") is None and child(element, "translation") is None:
            yield Breach(element, "OTH without original text or coding.")


def _translated_once(root: Element) -> Iterator[Breach]:
    """No code twice among an element's translations; one translation a level, or the order of the steps is lost."""
    parents = dict.fromkeys(translation.getparent() for translation in root.iter(f"{HL7}translation"))
    for element in parents:
        if element is None or local(element) == "translation":
            continue
        translations = list(children(element, "translation"))
        below = [(t.get("code"), t.get("codeSystem")) for t in element.iter(f"{HL7}translation")]
        if len(set(below)) < len(below):
            yield Breach(element, "Two translations carry the same code.")
        if len(translations) > 1:
            yield Breach(element, "More than one translation on one level.", Severity.WARNING)


def _value_typed(root: Element) -> Iterator[Breach]:
    """observation/value has the type its template names."""
    for observation in root.iter(f"{HL7}observation"):
        claimed = {template.get("root") or "" for template in children(observation, "templateId")}
        expected = next((t for n, t in _VALUE_TYPES.items() if f"{_TEMPLATE}{n}" in claimed), None)
        for value in children(observation, "value") if expected else ():
            if (value.get(XSI_TYPE) or "").rpartition(":")[2] != expected:
                yield Breach(value, f"The value's xsi:type is not {expected}.")


def _times(root: Element) -> Iterator[Element]:
    for element in root.iter(*(f"{HL7}{name}" for name in (*_TIMES, *_IVL_EDGES))):
        parent = element.getparent()
        edge = local(element) in _IVL_EDGES
        if element.get("value") is not None and (not edge or (parent is not None and local(parent) in _TIMES)):
            yield element


def _times_zoned(root: Element) -> Iterator[Breach]:
    """A time is HL7 text of a day that is; what the readers do not keep of one is a warning, a missing zone too."""
    for element in _times(root):
        remark = read_timestamp(element.get("value") or "").remark
        if remark in _NO_TIME:
            yield Breach(element, "Not a time of year, month, day or zoned instant in HL7 form.")
        elif remark is not None:
            text = "More precise than a day and without a whole zone, or of half its digits: not all of it is kept."
            yield Breach(element, text, Severity.WARNING)


def _instant_exact(root: Element) -> Iterator[Breach]:
    """The document's own time is a zoned instant to the second."""
    made = child(root, "effectiveTime")
    if made is None or not _INSTANT.fullmatch(made.get("value") or ""):
        yield Breach(root if made is None else made, "The document's time is not a zoned instant to the second.")


def _made_last(root: Element) -> Iterator[Breach]:
    """The document is not older than what it documents; a day is let pass, for a day has no zone."""
    made = _day(child(root, "effectiveTime"))
    high = root.find(f"{HL7}documentationOf/{HL7}serviceEvent/{HL7}effectiveTime/{HL7}high")
    authored = (time for author in root.iter(f"{HL7}author") for time in children(author, "time"))
    for element in (*(() if high is None else (high,)), *authored):
        day = _day(element)
        if made is not None and day is not None and (day - made).days > 1:
            yield Breach(element, "Later than the document itself.")


def _day(element: Element | None) -> date | None:
    moment = read_timestamp(_value(element)).moment
    return None if moment is None or len(moment.iso) < len("2026-01-01") else date.fromisoformat(moment.iso[:10])


def _intervals_ordered(root: Element) -> Iterator[Breach]:
    """low is before high: never the same text, never later as the readers read both."""
    for parent in root.iter(*(f"{HL7}{name}" for name in _TIMES)):
        low, high = (_value(child(parent, name)) for name in ("low", "high"))
        if not low or not high:
            continue
        starts, ends = (read_timestamp(text).moment for text in (low, high))
        reversed_ = starts is not None and ends is not None and ends_before(ends, starts)
        if low == high or reversed_:
            yield Breach(parent, "low is not before high.")


def _units_whole(root: Element) -> Iterator[Breach]:
    """A quantity has value and unit together; a unit is UCUM in form: no blank, words only in braces."""
    for element in root.iter("*"):
        unit = element.get("unit")
        if unit is not None and element.get("value") is None:
            yield Breach(element, "A unit without a value.")
        if unit is not None and not _UNIT.fullmatch(unit):
            yield Breach(element, "The unit is not UCUM in form.")
        if unit is None and element.get("value") is not None and _is_quantity(element):
            yield Breach(element, "A quantity without a unit.")


def _is_quantity(element: Element) -> bool:
    parent = element.getparent()
    name = local(element)
    if (element.get(XSI_TYPE) or "").rpartition(":")[2] == "PQ" or name in {"numerator", "denominator", "quantity"}:
        return True
    return name in {"low", "high", "center", "width", "period"} and (
        name in {"width", "period"} or (parent is not None and local(parent) in {"doseQuantity", "rateQuantity"})
    )


def _telecoms_dialled(root: Element) -> Iterator[Breach]:
    """A telecom is a URI with a scheme and without blanks; a telephone number has digits and signs alone."""
    for telecom in root.iter(f"{HL7}telecom"):
        value = telecom.get("value")
        if value is None:
            continue
        scheme, _, rest = value.partition(":")
        if not _SCHEME.fullmatch(value):
            yield Breach(telecom, "No URI with a scheme.")
        elif scheme in {"tel", "fax"} and not _DIALLED.fullmatch(rest):
            yield Breach(telecom, "The number has other signs than digits, plus, brackets, hyphen and dot.")


def _countries_known(root: Element) -> Iterator[Breach]:
    """A country is its ISO 3166-1 alpha-2 code."""
    for country in root.iter(f"{HL7}country"):
        if country.get("nullFlavor") is None and trimmed(country.text or "") not in _COUNTRIES:
            yield Breach(country, "Not an ISO 3166-1 alpha-2 code.")


def _value(element: Element | None) -> str:
    return "" if element is None else element.get("value") or ""


VALUE_RULES: Final[tuple[tuple[str, Callable[[Element], Iterable[Breach]]], ...]] = (
    ("own-code-1", _displayed),
    ("own-code-2", _other_explained),
    ("own-code-3", _translated_once),
    ("own-code-4", _value_typed),
    ("own-time-1", _times_zoned),
    ("own-time-2", _instant_exact),
    ("own-time-3", _made_last),
    ("own-time-4", _intervals_ordered),
    ("own-unit-1", _units_whole),
    ("own-telecom-1", _telecoms_dialled),
    ("own-country-1", _countries_known),
)
