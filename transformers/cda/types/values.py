"""Values of a CDA document (data types R1: CD, PQ, TS, IVL_TS, II) as values of the pivot, tolerant and never guessing.

What cannot be read gives None and a finding, and stays unused: the loss report names it. The outer code of a concept
is Europe's (pivot shape), its innermost translation the source's own; in OTH the translation is all there is.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Final

from transformers.cda.types.times import ends_before, width_of
from transformers.cda.types.tree import Element, Tree, child, children, local, text_of
from transformers.cda.types.vocabulary import SYSTEM_NAMES, UCUM, WORDS_ONLY_SYSTEM
from transformers.model.finding import Severity
from transformers.model.spelling import decimal, trimmed
from transformers.model.timestamps import TimeRemark, read_timestamp
from transformers.model.values import Coded, Coding, Identifier, Moment, Period, Quantity

_CODING: Final = ("code", "codeSystem", "codeSystemName", "codeSystemVersion", "displayName")
_TIME_REMARKS: Final[Mapping[TimeRemark, tuple[Severity, str]]] = {
    TimeRemark.UNREADABLE: (Severity.ERROR, "Not a time of data type TS."),
    TimeRemark.WITHOUT_ZONE: (Severity.WARNING, "A clock time without zone says no moment; its day is kept."),
    TimeRemark.IMPRECISE: (Severity.WARNING, "Not all that the time says is kept: its smallest part is left out."),
    TimeRemark.OTHER_FORM: (Severity.INFO, "The time is in ISO form, not in that of data type TS."),
}


def coding_of(tree: Tree, element: Element | None) -> Coding | None:
    """The code itself (CV, CE, CD), without translations; None when there is no code with a code system."""
    if element is None:
        return None
    code, system = element.get("code"), element.get("codeSystem")
    if not code or not system:
        return None
    tree.use(element, *_CODING)
    display = trimmed(element.get("displayName") or "") or None
    name = element.get("codeSystemName") or SYSTEM_NAMES.get(system)
    return Coding(code, system, display, name, element.get("codeSystemVersion"))


def coded(tree: Tree, element: Element | None, fallback: Element | str | None = None) -> Coded | None:
    """A concept with its translations and original text; None when it says nothing at all.

    Words that stand as a translation of `WORDS_ONLY_SYSTEM` are the text of a concept that has no original text.
    ``fallback``: words of the statement for a concept that is absent, or has none of its own and no code, or the text
    that holds them, which is read when it comes to that: a statement in words alone is one.
    """
    if element is None:
        words = fallback if fallback is None or isinstance(fallback, str) else tree.words(fallback)
        return None if not words else Coded(words)
    text = tree.words(child(element, "originalText"))
    outer = coding_of(tree, element)
    layers, written = _layers(tree, element) if len(element) else ({}, None)
    text = text or written
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


def _layers(tree: Tree, element: Element) -> tuple[dict[Element, Coding], str | None]:
    """The translations that hold a code, at whatever depth, and the words that stand as one or in one (the first).

    One that holds nothing at all is a finding.
    """
    layers: dict[Element, Coding] = {}
    written: str | None = None
    for translation in element.iter("{*}translation"):
        coding = coding_of(tree, translation)
        if coding is not None and coding.system == WORDS_ONLY_SYSTEM:
            written = written or coding.display
        elif coding is not None:
            layers[translation] = coding
            if len(translation):
                written = written or tree.words(child(translation, "originalText"))
        elif not translation.get("code") and not len(translation):
            tree.note(Severity.WARNING, "translation-empty", translation, "A translation without a code says nothing.")
    return layers, written


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
    """The display of what has no code, or what stands in its place (a value of type ST)."""
    display = trimmed(element.get("displayName") or "")
    if element.get("code") and not element.get("codeSystem"):
        text = "A code without its code system is no code; its words are kept."
        tree.note(Severity.WARNING, "code-without-system", element, text, element.get("code"))
    return display or (text_of(element) if len(element) == 0 else "") or None


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
    found = decimal(text)
    if found is None:
        tree.note(Severity.ERROR, "number-unreadable", element, "Not a decimal number with a point.", text)
    return found


def quantity(tree: Tree, element: Element | None, possible: Callable[[Decimal], bool] | None = None) -> Quantity | None:
    """A PQ, INT or REAL; the unit is UCUM as the data type says, ``1`` or none is a bare count.

    A PQ without a value of its own (OTH) states it in a translation (PQR, data types R1, 2.19), where a unit that UCUM
    does not have is a code of another system or words. ``possible`` is a rule of `transformers.model.amounts`: a number
    that breaks it is an ERROR ``amount-impossible``, and no quantity.
    """
    holder = None if element is None else value_holder(element)
    if element is None or holder is None:
        return None
    value = number(tree, holder, holder.get("value"))
    if value is None:
        return None
    if possible is not None and not possible(value):
        why = "A number that cannot be here: it is left to the words."
        tree.note(Severity.ERROR, "amount-impossible", holder, why, holder.get("value"))
        return None
    if contradicted(element):
        why = "A translation of it states another number in the same unit: which is meant is not known."
        tree.note(Severity.ERROR, "amount-contradicted", element, why)
        return None
    unit = element.get("unit")
    coding = None if unit in {None, "", "1"} else Coding(unit, UCUM, None, SYSTEM_NAMES[UCUM])
    translations = tuple(c for t in children(element, "translation") if (c := _unit(tree, t, holder)) is not None)
    text = None
    for translation in children(element, "translation"):
        text = text or tree.words(child(translation, "originalText"))
    tree.use(element, "value", "unit")
    if holder is not element:
        tree.use(holder, *_CODING, "value")
    if coding is None and not translations and text is None:
        return Quantity(value)
    original = translations[0] if translations else coding
    return Quantity(value, Coded(text, original, translations[1:], coding))


def value_holder(element: Element) -> Element | None:
    """Where a PQ has its number: in itself, or in the first translation (PQR) that has one; None for a PQ without any.

    Several translations with several numbers are the same amount in several units: the first is one of them.
    """
    if element.get("value") is not None:
        return element
    return next((t for t in children(element, "translation") if t.get("value")), None)


def contradicted(element: Element) -> bool:
    """Whether a quantity's number stands beside another one in the same unit: a PQR is the same amount (R1, 2.19)."""
    numbers: list[tuple[tuple[str | None, str | None], str | None]]
    numbers = [((UCUM, element.get("unit") or "1"), element.get("value"))]
    numbers += [((t.get("codeSystem"), t.get("code")), t.get("value")) for t in children(element, "translation")]
    stated: dict[tuple[str | None, str | None], set[Decimal | None]] = {}
    for unit, value in numbers:
        if value and all(unit):
            stated.setdefault(unit, set()).add(decimal(value))
    return any(len(told) > 1 for told in stated.values())


def _unit(tree: Tree, translation: Element, quantity: Element) -> Coding | None:
    """The unit of a PQR, when the translation counts the same number."""
    if translation.get("value") not in {None, quantity.get("value")}:
        return None
    coding = coding_of(tree, translation)
    if coding is not None:
        tree.use(translation, *_CODING, "value")
    return coding


def moment(tree: Tree, element: Element | None) -> Moment | None:
    """A TS as precise as it is and as `read_timestamp` keeps it; what is not kept is a finding."""
    if element is None or not (value := element.get("value")):
        return None
    read = read_timestamp(value)
    if read.remark is not None:
        severity, text = _TIME_REMARKS[read.remark]
        tree.note(severity, read.remark.value, element, text, value)
    if read.moment is not None:
        tree.use(element, "value")
    return read.moment


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
    one = width is not None and width.get("value") == "1"
    if one and width is not None and low is not None and high is None and width.get("unit") == width_of(low):
        tree.use(width, "value", "unit")
        high = low
    tree.use(element)
    return None if low is not None and high is not None and ends_before(high, low) else Period(low, high)


def identifier(tree: Tree, element: Element | None) -> Identifier | None:
    """An II with a root."""
    root = None if element is None else element.get("root")
    if element is None or not root:
        return None
    tree.use(element, "root", "extension", "assigningAuthorityName", "displayable")
    return Identifier(root, element.get("extension") or None)


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
