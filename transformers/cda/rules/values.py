"""Own rules for the values of a CDA document: codes, times, quantities, telecoms, countries.

Data types R1 as eHDSI narrows them; the rules are those that the wave-8 Schematron asks too weakly or not at all
(a code without display, a predicate that drops out of context, a unit that is missing).
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from transformers.cda.rules.readable import is_named
from transformers.cda.statements import allergies, immunisations, problems
from transformers.cda.statements.forms import CONCERN
from transformers.cda.statements.observation_forms import OF_CODED_VALUE
from transformers.cda.statements.parts import IHE_ACT_CODE, PART_CODES, VALUE_TYPES
from transformers.cda.types.times import ends_before
from transformers.cda.types.vocabulary import DRUG, SUBSTITUTED
from transformers.cda.types.walk import HL7, XSI_TYPE, Breach, DocumentElements, Element, Rule, child, children, local
from transformers.model.finding import Severity
from transformers.model.spelling import trimmed
from transformers.model.timestamps import TimeRemark, read_timestamp

_VALUE_TYPES: Final = {
    **VALUE_TYPES,
    **dict.fromkeys(OF_CODED_VALUE, "CE"),
    **dict.fromkeys((problems.FORM.templates[0], allergies.FORM.templates[0]), "CD"),
}
"""Type of observation/value by template; the Schematron compares it, receivers dispatch on it."""
_FIXED: Final = frozenset(
    (code.code, system)
    for code in (*PART_CODES, CONCERN, DRUG, SUBSTITUTED, immunisations.CODE)
    for system in ((code.system, IHE_ACT_CODE) if code is immunisations.CODE else (code.system,))
)
"""Codes that a template fixes, with their system: the Schematron asks for the code alone (E.3.12, E.3.15, E.3.16)."""
_OF_ONE_SYSTEM: Final = frozenset({"statusCode", "languageCode", "realmCode", "signatureCode", "event"})
"""Elements of type CS; a timing event has a rule of its own."""
_SAYING: Final = frozenset({"observation", "procedure", "playingEntity", "playingDevice", "manufacturedMaterial"})
"""What a statement is of: its code or value is the statement."""
_STAMPED: Final = frozenset({"ClinicalDocument", "author", "legalAuthenticator"})
"""Their times have the data type TS.EPSOS.TZ."""
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


def _displayed(document: DocumentElements) -> Iterator[Breach]:
    """Every code of a code system has a displayName, translations too.

    Not a timing event (EIVL), which must have none, and no code that its template fixes: it tells what the act is.
    """
    for element in document.having("codeSystem"):
        coded = element.get("code") is not None
        if not coded or local(element) == "event" or trimmed(element.get("displayName") or ""):
            continue
        if local(element) == "code" and (element.get("code"), element.get("codeSystem")) in _FIXED:
            continue
        yield Breach(element, "The code has no displayName.")


def _systems_named(document: DocumentElements) -> Iterator[Breach]:
    """A code names its code system; only a CS, whose system is the element's own, has none."""
    for element in document.having("code"):
        bare = element.get("codeSystem") is None and trimmed(element.get("code") or "")
        if bare and local(element) not in _OF_ONE_SYSTEM and element.get("nullFlavor") is None:
            yield Breach(element, "The code names no code system.")


def _other_explained(document: DocumentElements) -> Iterator[Breach]:
    """OTH keeps the words: originalText, as text or reference, a translation, or the name of its ingredient; where a
    statement says what it is of.

    Elsewhere, as at an ingredient beside the product's name, a bare OTH is a warning.
    """
    for element in document.having("nullFlavor"):
        if element.get("nullFlavor") != "OTH":
            continue
        told = child(element, "originalText") is not None or child(element, "translation") is not None
        if not told and not is_named(element):
            above = element.getparent()
            said = above is not None and local(above) in _SAYING
            severity = Severity.ERROR if said and local(element) in {"value", "code"} else Severity.WARNING
            yield Breach(element, "OTH without original text or coding.", severity)


def _translated_once(document: DocumentElements) -> Iterator[Breach]:
    """No code twice among an element's translations; one translation a level, or the order of the steps is lost."""
    parents = dict.fromkeys(translation.getparent() for translation in document.named(f"{HL7}translation"))
    for element in parents:
        if element is None or local(element) == "translation":
            continue
        translations = list(children(element, "translation"))
        below = [(t.get("code"), t.get("codeSystem")) for t in element.iter(f"{HL7}translation")]
        if len(set(below)) < len(below):
            yield Breach(element, "Two translations carry the same code.")
        if len(translations) > 1:
            yield Breach(element, "More than one translation on one level.", Severity.WARNING)


def _value_typed(document: DocumentElements) -> Iterator[Breach]:
    """observation/value has the type its template names."""
    for observation in document.named(f"{HL7}observation"):
        claimed = {template.get("root") or "" for template in children(observation, "templateId")}
        expected = next((t for n, t in _VALUE_TYPES.items() if n in claimed), None)
        for value in children(observation, "value") if expected else ():
            if (value.get(XSI_TYPE) or "").rpartition(":")[2] != expected:
                yield Breach(value, f"The value's xsi:type is not {expected}.")


def _times(document: DocumentElements) -> Iterator[Element]:
    for element in document.named(*(f"{HL7}{name}" for name in (*_TIMES, *_IVL_EDGES))):
        parent = element.getparent()
        edge = local(element) in _IVL_EDGES
        if element.get("value") is not None and (not edge or (parent is not None and local(parent) in _TIMES)):
            yield element


def _times_zoned(document: DocumentElements) -> Iterator[Breach]:
    """A time is HL7 text of a day that is; what the readers do not keep of one is a warning, a missing zone too.

    At the document, its authors and who signs it a missing zone is an error: TS.EPSOS.TZ.
    """
    for element in _times(document):
        remark = read_timestamp(element.get("value") or "").remark
        if remark in _NO_TIME:
            yield Breach(element, "Not a time of year, month, day or zoned instant in HL7 form.")
        elif remark is not None:
            text = "More precise than a day and without a whole zone, or of half its digits: not all of it is kept."
            above = element.getparent()
            unzoned = not re.search(r"[+-][0-9]{4}$", element.get("value") or "")
            stamped = unzoned and above is not None and local(above) in _STAMPED
            yield Breach(element, text, Severity.ERROR if stamped else Severity.WARNING)


def _instant_exact(document: DocumentElements) -> Iterator[Breach]:
    """The document's own time is there, and should be a zoned instant to the second."""
    made = child(document.root, "effectiveTime")
    if made is None or not made.get("value"):
        yield Breach(document.root if made is None else made, "The document has no time.")
    elif not _INSTANT.fullmatch(made.get("value") or ""):
        yield Breach(made, "The document's time is not a zoned instant to the second.", Severity.WARNING)


def _made_last(document: DocumentElements) -> Iterator[Breach]:
    """The document is not older than what it documents; a day is let pass, for a day has no zone."""
    made = _day(child(document.root, "effectiveTime"))
    high = document.root.find(f"{HL7}documentationOf/{HL7}serviceEvent/{HL7}effectiveTime/{HL7}high")
    people = document.named(f"{HL7}author", f"{HL7}performer")
    authored = (time for each in people for time in children(each, "time"))
    for element in (*(() if high is None else (high,)), *authored):
        day = _day(element)
        if made is not None and day is not None and (day - made).days > 1:
            yield Breach(element, "Later than the document itself.")


def _day(element: Element | None) -> date | None:
    moment = read_timestamp(_value(element)).moment
    return None if moment is None or len(moment.iso) < len("2026-01-01") else date.fromisoformat(moment.iso[:10])


def _intervals_ordered(document: DocumentElements) -> Iterator[Breach]:
    """low is before high: never the same text, never later as the readers read both."""
    for parent in document.named(*(f"{HL7}{name}" for name in _TIMES)):
        low, high = (_value(child(parent, name)) for name in ("low", "high"))
        if not low or not high:
            continue
        starts, ends = (read_timestamp(text).moment for text in (low, high))
        reversed_ = starts is not None and ends is not None and ends_before(ends, starts)
        if low == high or reversed_:
            yield Breach(parent, "low is not before high.")


def _units_whole(document: DocumentElements) -> Iterator[Breach]:
    """A quantity has value and unit together; a unit is UCUM in form: no blank, words only in braces."""
    for element in document.having("unit", "value"):
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


def _telecoms_dialled(document: DocumentElements) -> Iterator[Breach]:
    """A telecom is a URI with a scheme and without blanks; a telephone number has digits and signs alone."""
    for telecom in document.named(f"{HL7}telecom"):
        value = telecom.get("value")
        if value is None:
            continue
        scheme, _, rest = value.partition(":")
        if not _SCHEME.fullmatch(value):
            yield Breach(telecom, "No URI with a scheme.")
        elif scheme in {"tel", "fax"} and not _DIALLED.fullmatch(rest):
            yield Breach(telecom, "The number has other signs than digits, plus, brackets, hyphen and dot.")


def _countries_known(document: DocumentElements) -> Iterator[Breach]:
    """A country is its ISO 3166-1 alpha-2 code."""
    for country in document.named(f"{HL7}country"):
        if country.get("nullFlavor") is None and trimmed(country.text or "") not in _COUNTRIES:
            yield Breach(country, "Not an ISO 3166-1 alpha-2 code.")


def _value(element: Element | None) -> str:
    return "" if element is None else element.get("value") or ""


VALUE_RULES: Final[tuple[tuple[str, Rule], ...]] = (
    ("own-code-1", _displayed),
    ("own-code-2", _other_explained),
    ("own-code-3", _translated_once),
    ("own-code-4", _value_typed),
    ("own-code-6", _systems_named),
    ("own-time-1", _times_zoned),
    ("own-time-2", _instant_exact),
    ("own-time-3", _made_last),
    ("own-time-4", _intervals_ordered),
    ("own-unit-1", _units_whole),
    ("own-telecom-1", _telecoms_dialled),
    ("own-country-1", _countries_known),
)
