"""Values of a CDA document (data types R1: CD, PQ, TS, IVL_TS, II) as values of the pivot, tolerant and never guessing.

What cannot be read gives None and a finding, and stays unused: the loss report names it. The outer code of a concept
is Europe's (pivot shape), its innermost translation the source's own; in OTH the translation is all there is.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Final

from transformers.cda.read_tree import Element, Tree, child, children, local
from transformers.cda.times import ends_before
from transformers.cda.vocabulary import SYSTEM_NAMES, UCUM
from transformers.model.finding import Severity
from transformers.model.values import Coded, Coding, Identifier, Moment, Period, Quantity

_CODING: Final = ("code", "codeSystem", "codeSystemName", "codeSystemVersion", "displayName")
_STAMP = re.compile(r"(\d{4})(\d{2})?(\d{2})?(?:(\d{2})(\d{2})(\d{2})?(\.\d+)?)?([+-]\d{4}|Z)?")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_WIDTHS: Final = {"a": 4, "mo": 7, "d": 10, "s": 25}
"""Units of a width of one, with the length of a moment of that precision (an instant has a zone)."""


def coding_of(tree: Tree, element: Element | None) -> Coding | None:
    """The code itself (CV, CE, CD), without translations; None when there is no code with a code system."""
    if element is None:
        return None
    code, system = (element.get("code") or "").strip(), (element.get("codeSystem") or "").strip()
    if not code or not system:
        return None
    tree.use(element, *_CODING)
    display = (element.get("displayName") or "").strip(" ") or None
    name = element.get("codeSystemName") or SYSTEM_NAMES.get(system)
    return Coding(code, system.removeprefix("urn:oid:"), display, name, element.get("codeSystemVersion"))


def coded(tree: Tree, element: Element | None, fallback: Element | str | None = None) -> Coded | None:
    """A concept with its translations and original text; None when it says nothing at all.

    ``fallback``: words of the statement for a concept that is absent, or has none of its own and no code, or the text
    that holds them, which is read when it comes to that: a statement in words alone is one.
    """
    if element is None:
        words = fallback if fallback is None or isinstance(fallback, str) else tree.words(fallback)
        return None if not words else Coded(words)
    text = tree.words(child(element, "originalText"))
    outer = coding_of(tree, element)
    layers = _layers(tree, element) if len(element) else {}
    if outer is None:
        text = text or _uncoded_words(tree, element)
    if outer is None and not layers and text is None:
        text = fallback if fallback is None or isinstance(fallback, str) else tree.words(fallback)
        if text is None:
            return None
    original = _innermost(element, layers) or outer
    tree.use(element, *(_CODING if outer is not None else ("displayName",)))
    others = tuple(dict.fromkeys(c for c in layers.values() if c is not original and c not in (original, outer)))
    return Coded(text, original, others, outer)


def _layers(tree: Tree, element: Element) -> dict[Element, Coding]:
    """The translations that hold a code, at whatever depth; one that holds nothing at all is a finding."""
    layers = {}
    for translation in element.iter("{*}translation"):
        coding = coding_of(tree, translation)
        if coding is not None:
            layers[translation] = coding
        elif not translation.get("code") and not len(translation):
            tree.note(Severity.WARNING, "translation-empty", translation, "A translation without a code says nothing.")
    return layers


def named_concept(tree: Tree, element: Element | None, name: Element | None) -> Coded | None:
    """A concept and the ``name`` that stands beside it (an agent, a substance): the name is its text where it has none.

    A name that says something else than the concept's own words stays unread.
    """
    words = None if name is None else " ".join("".join(map(str, name.itertext())).split()) or None
    found = coded(tree, element, words)
    if found is None and words is not None:
        found = Coded(words)
    if found is not None and found.text is None and words is not None:
        found = Coded(words, found.original, found.others, found.target)
    if found is not None and words is not None and found.text is not None and " ".join(found.text.split()) == words:
        tree.use(name)
    return found


def _uncoded_words(tree: Tree, element: Element) -> str | None:
    display = (element.get("displayName") or "").strip()
    if element.get("code") and not element.get("codeSystem"):
        text = "A code without its code system is no code; its words are kept."
        tree.note(Severity.WARNING, "code-without-system", element, text, element.get("code"))
    return display or None


def _innermost(element: Element, layers: Mapping[Element, Coding]) -> Coding | None:
    """The source's own coding: down the first translations that hold a code, as far as they go."""
    found, inner = None, element if layers else None
    while inner is not None:
        found = layers.get(inner, found)
        below = inner.iterchildren("{*}translation") if len(inner) else ()
        inner = next((t for t in below if t in layers or any(e in layers for e in t.iter("{*}translation"))), None)
    return found


def words_said(concept: Coded) -> set[str]:
    """Every word that a concept carries: its text and the displays of its codings."""
    codings = (concept.target, concept.original, *concept.others)
    return {words for words in (concept.text, *(c.display for c in codings if c is not None)) if words}


def number(tree: Tree, element: Element, text: str | None) -> Decimal | None:
    """A decimal with a point; None and a finding for anything else (a decimal comma is not guessed)."""
    if text is None:
        return None
    if not _NUMBER.fullmatch(text.strip()):
        tree.note(Severity.ERROR, "number-unreadable", element, "Not a decimal number with a point.", text)
        return None
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        return None


def quantity(tree: Tree, element: Element | None, possible: Callable[[Decimal], bool] | None = None) -> Quantity | None:
    """A PQ, INT or REAL; the unit is UCUM as the data type says, ``1`` or none is a bare count.

    ``possible`` is a rule of `transformers.model.amounts`: a number that breaks it is an ERROR ``amount-impossible``,
    and no quantity.
    """
    if element is None or element.get("value") is None:
        return None
    value = number(tree, element, element.get("value"))
    if value is None:
        return None
    if possible is not None and not possible(value):
        why = "A number that cannot be here: it is left to the words."
        tree.note(Severity.ERROR, "amount-impossible", element, why, element.get("value"))
        return None
    unit = (element.get("unit") or "").strip()
    coding = None if unit in {"", "1"} else Coding(unit, UCUM, None, SYSTEM_NAMES[UCUM])
    translations = tuple(c for t in children(element, "translation") if (c := _unit(tree, t, element)) is not None)
    text = None
    for translation in children(element, "translation"):
        text = text or tree.words(child(translation, "originalText"))
    tree.use(element, "value", "unit")
    if coding is None and not translations and text is None:
        return Quantity(value)
    original = translations[0] if translations else coding
    return Quantity(value, Coded(text, original, translations[1:], coding))


def _unit(tree: Tree, translation: Element, quantity: Element) -> Coding | None:
    """The unit of a PQR, when the translation counts the same number."""
    if translation.get("value") not in {None, quantity.get("value")}:
        return None
    coding = coding_of(tree, translation)
    if coding is not None:
        tree.use(translation, *_CODING, "value")
    return coding


def moment(tree: Tree, element: Element | None) -> Moment | None:
    """A TS as precise as it is; a clock time without zone keeps its day, with a finding."""
    if element is None or not (value := element.get("value")):
        return None
    stamp = value.strip()
    found = _STAMP.fullmatch(stamp)
    iso = _from_hl7(found) if found is not None else stamp
    try:
        result = Moment(iso)
    except ValueError:
        tree.note(Severity.ERROR, "time-unreadable", element, "Not a time of data type TS.", stamp)
        return None
    if found is None:
        tree.note(Severity.INFO, "time-form", element, "The time is in ISO form, not in that of data type TS.", stamp)
    elif found[4] is not None and found[8] is None:
        text = "A clock time without zone says no moment; its day is kept."
        tree.note(Severity.WARNING, "time-without-zone", element, text, stamp)
    tree.use(element, "value")
    return result


def _from_hl7(found: re.Match[str]) -> str:
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    days = "-".join(part for part in (year, month, day) if part is not None)
    if hour is None or zone is None:
        return days
    clock = f"{hour}:{minute}:{second or '00'}{_microseconds(fraction)}"
    return f"{days}T{clock}{zone if zone == 'Z' else f'{zone[:3]}:{zone[3:]}'}"


def _microseconds(fraction: str | None) -> str:
    return "" if fraction is None else f".{fraction[1:7]:0<6}"


def instant(tree: Tree, element: Element | None) -> datetime | None:
    """An aware instant; a day without a clock time is its first second in UTC, with a finding."""
    found = moment(tree, element)
    if element is None or found is None or len(found.iso) < 10:
        return None
    if len(found.iso) > 10:
        return datetime.fromisoformat(found.iso)
    tree.note(Severity.WARNING, "instant-imprecise", element, "The document tells its day, not the instant.")
    return datetime.fromisoformat(found.iso).replace(tzinfo=UTC)


def period(tree: Tree, element: Element | None) -> Period:
    """An IVL_TS (low, high, width of one), or a TS: that moment alone.

    One that ends before it begins is an ERROR ``period-reversed`` and no period.
    """
    if element is None:
        return Period()
    found = tree.attempt(partial(_ordered_period, tree, element))
    if found is None:
        text = "It ends before it begins: it is left to the words."
        tree.note(Severity.ERROR, "period-reversed", element, text)
    return found or Period()


def _ordered_period(tree: Tree, element: Element) -> Period | None:
    if element.get("value"):
        at = moment(tree, element)
        return Period(at, at)
    low, high = moment(tree, child(element, "low")), moment(tree, child(element, "high"))
    centre = child(element, "center")
    width = child(element, "width")
    if low is None and high is None and centre is not None:
        low = high = moment(tree, centre)
    if low is not None and high is None and width is not None:
        precision = _WIDTHS.get(width.get("unit") or "", 0)
        if width.get("value") == "1" and (len(low.iso) == precision or (precision == 25 and len(low.iso) > 10)):
            tree.use(width, "value", "unit")
            high = low
    tree.use(element)
    return None if low is not None and high is not None and ends_before(high, low) else Period(low, high)


def identifier(tree: Tree, element: Element | None) -> Identifier | None:
    """An II with a root."""
    if element is None or not (element.get("root") or "").strip():
        return None
    tree.use(element, "root", "extension", "assigningAuthorityName", "displayable")
    root = (element.get("root") or "").strip()
    return Identifier(root.removeprefix("urn:oid:"), (element.get("extension") or "").strip() or None)


def identifiers(tree: Tree, elements: Iterable[Element]) -> tuple[Identifier, ...]:
    """Those that have a root, in order, each once."""
    return tuple(dict.fromkeys(i for e in elements if (i := identifier(tree, e)) is not None))


def is_code(tree: Tree, element: Element | None, *codes: str) -> bool:
    """Whether the code is one of the form's own: then it says nothing more and counts as used, words and all."""
    if element is None or element.get("code") not in codes:
        return False
    tree.use(element, *_CODING)
    return True


def name_of(element: Element) -> str:
    """Local name, for dispatch."""
    return local(element)
