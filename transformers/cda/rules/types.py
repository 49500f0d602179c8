"""Own rules for the data types of a CDA document: null flavours, xsi:type, national codes, units of time and of doses.

Data types R1 as eHDSI narrows them, composition rules 6, 11 and 12. The wave-8 Schematron is silent on them, or stops.
"""

from collections.abc import Iterator
from typing import Final

from transformers.cda.rules.readable import is_named
from transformers.cda.statements.observation_forms import OF_ANY_CODE
from transformers.cda.types.values import contradicted
from transformers.cda.types.walk import HL7, XSI_TYPE, Breach, DocumentElements, Rule, child, children, local
from transformers.model.finding import Severity

_NORWEGIAN: Final = "2.16.578."
_SPEAKING: Final = frozenset({"OTH", "NA"})
"""Null flavours beside which the words and the source's own code may stand."""
_PRODUCTS: Final = frozenset(
    {"manufacturedMaterial", "containerPackagedProduct", "generalizedMaterialKind", "partProduct"}
)
"""Whose code identifies a product or package, nationally as a rule."""
_TIME_UNITS: Final = frozenset({"us", "ms", "s", "min", "h", "d", "wk", "mo", "a"})
_INTERVALS: Final = tuple(f"{HL7}{name}" for name in ("effectiveTime", "time", "doseQuantity", "rateQuantity"))
_EDGES: Final = tuple(f"{HL7}{name}" for name in ("low", "high", "center", "width"))
_EDQM_LENGTH: Final = 8


def _null_says_nothing(document: DocumentElements) -> Iterator[Breach]:
    """A null flavour stands alone; only beside OTH and NA may words, a translation or a code system stand.

    A value or an extension stands beside none (DTr1 patterns of TS, PQ and II).
    """
    for element in document.having("nullFlavor"):
        flavour = element.get("nullFlavor")
        amount = local(element) == "translation"  # a PQR in OTH has its number (data types R1, 2.19)
        if element.get("extension") is not None or (element.get("value") is not None and not amount):
            yield Breach(element, f"Beside {flavour} stands a value.")
        if flavour in _SPEAKING:
            continue
        if element.get("code") is not None or any(
            child(element, name) is not None for name in ("translation", "originalText")
        ):
            yield Breach(element, f"Beside {flavour} stands a code, a translation or an original text.")


def _null_keeps_words(document: DocumentElements) -> Iterator[Breach]:
    """A concept without a European code keeps the source's words, not its code alone: originalText, or the name of the
    ingredient that it is the code of."""
    for element in document.having("nullFlavor"):
        if element.get("nullFlavor") == "OTH" and child(element, "originalText") is None and not is_named(element):
            yield Breach(element, "OTH without original text.", Severity.WARNING)


def _coded_for_europe(document: DocumentElements) -> Iterator[Breach]:
    """A national code is a translation, or identifies a product: alone no receiver can read it."""
    for element in document.having("codeSystem"):
        if not (element.get("codeSystem") or "").startswith(_NORWEGIAN) or element.get("code") is None:
            continue
        above = element.getparent()
        inside = local(element) == "translation" or any(
            local(e) in {"translation", "qualifier"} for e in element.iterancestors()
        )
        if above is not None and local(element) == "code" and document.claims(above, *OF_ANY_CODE):
            continue
        if not inside and (above is None or local(above) not in _PRODUCTS):
            yield Breach(element, "A national code where a European one belongs.")


def _types_declared(document: DocumentElements) -> Iterator[Breach]:
    """The prefix of every xsi:type is declared, and means HL7: otherwise the official rules end in a crash."""
    for element in document.having(XSI_TYPE):
        prefix = (element.get(XSI_TYPE) or "").rpartition(":")[0] or None
        if element.prefix == prefix and str(element.tag).startswith(HL7):
            continue  # the element's own prefix: what it means needs no search
        if f"{{{element.nsmap.get(prefix)}}}" != HL7:
            yield Breach(element, "The prefix of xsi:type is not declared, or not HL7's.")


def _edges_once(document: DocumentElements) -> Iterator[Breach]:
    """An interval has each edge once: a second one ends the official rules in a crash."""
    for interval in document.named(*_INTERVALS):
        seen: set[object] = set()
        again = []
        for edge in interval:
            if edge.tag in seen:
                again.append(edge)
            elif edge.tag in _EDGES:
                seen.add(edge.tag)
        for edge in sorted(again, key=lambda each: _EDGES.index(str(each.tag))):
            yield Breach(edge, "An edge of the interval stands twice.")


def _time_units(document: DocumentElements) -> Iterator[Breach]:
    """How long something lasts or how often it comes is measured in units of time."""
    for element in document.named(f"{HL7}period", f"{HL7}width"):
        unit = element.get("unit")
        above = element.getparent()
        timed = local(element) == "period" or (above is not None and local(above) in {"effectiveTime", "comp", "time"})
        if timed and unit is not None and unit not in _TIME_UNITS:
            yield Breach(element, "The unit is none of time.")


def _events_plain(document: DocumentElements) -> Iterator[Breach]:
    """A timing event (EIVL) has a code with its system, without a display."""
    for event in document.named(f"{HL7}event"):
        if event.get("nullFlavor") is None and (event.get("codeSystem") is None or event.get("displayName")):
            yield Breach(event, "A timing event without code system, or with a display.")


def _doses_measured(document: DocumentElements) -> Iterator[Breach]:
    """A unit is no dose form's code, and a dose has neither translation nor words inside."""
    for element in document.having("unit"):
        unit = element.get("unit") or ""
        if len(unit) == _EDQM_LENGTH and unit.isascii() and unit.isdigit():
            yield Breach(element, "A dose form's code where a unit belongs.")
    for dose in document.named(f"{HL7}doseQuantity"):
        for part in (dose, *children(dose, "low"), *children(dose, "high")):
            for name in ("translation", "originalText"):
                for inside in children(part, name):
                    yield Breach(inside, "Words or a translation inside a dose.")


def _amounts_agree(document: DocumentElements) -> Iterator[Breach]:
    """A quantity and its translation in the same unit state the same number."""
    holders = dict.fromkeys(t.getparent() for t in document.named(f"{HL7}translation") if t.get("value") is not None)
    for element in holders:
        if element is not None and contradicted(element):
            yield Breach(element, "A translation states another number in the same unit.")


TYPE_RULES: Final[tuple[tuple[str, Rule], ...]] = (
    ("own-null-1", _null_says_nothing),
    ("own-null-2", _null_keeps_words),
    ("own-code-5", _coded_for_europe),
    ("own-type-1", _types_declared),
    ("own-type-2", _edges_once),
    ("own-time-5", _time_units),
    ("own-time-6", _events_plain),
    ("own-unit-3", _doses_measured),
    ("own-unit-4", _amounts_agree),
)
