"""Own rules for what pages of other countries can show: valid is not yet readable there.

What the page of OpenNCP 9 and the transformation managers of two generations did with documents of ours, as measured:
which of several texts of a concept they show, and where they stop. No official text forbids what these rules find, so
that each is a warning; where what is readable would not be valid, valid wins, and the rule is silent.
"""

from collections.abc import Iterator
from typing import Final, cast

from lxml import etree

from transformers.cda.statements import medications
from transformers.cda.statements.parts import COMMENT, IHE_ACT_CODE
from transformers.cda.types.vocabulary import DRUG
from transformers.cda.types.walk import (
    HL7,
    PHARM,
    XSI_TYPE,
    Breach,
    DocumentElements,
    Element,
    Rule,
    child,
    children,
    local,
    text_of,
)
from transformers.model.finding import Severity

_SUBSTANCE: Final = f"{PHARM}ingredientSubstance"
_BLOCKS: Final = frozenset({"paragraph", "br", "item", "list", "table", "caption", "tr", "td", "th"})
"""Elements of a narrative between whose texts a reader sees a break, and a string value has none."""
_ENDS: Final = frozenset(".!?:;…")


def is_named(code: Element) -> bool:
    """Whether a code is that of an ingredient with a name: these are its words.

    Two original texts in a product stop other countries' pages, so that the ingredients have none.
    """
    substance = code.getparent()
    if substance is None or substance.tag != _SUBSTANCE or code.tag != f"{PHARM}code":
        return False
    name = substance.find(f"{PHARM}name")
    return name is not None and bool(text_of(name))


def _ingredients_one_text(document: DocumentElements) -> Iterator[Breach]:
    """At most one original text among all ingredients of a product."""
    told: set[Element | None] = set()
    for substance in document.named(_SUBSTANCE):
        code, ingredient = substance.find(f"{PHARM}code"), substance.getparent()
        if code is None or ingredient is None or child(code, "originalText") is None:
            continue
        product = ingredient.getparent()
        if product in told:
            yield _breach(code, "A second ingredient of the product with an original text.")
        told.add(product)


def _display_shown(document: DocumentElements) -> Iterator[Breach]:
    """Form, package, ingredient and route of a medicine have no original text beside a code."""
    ingredients = (e for e in document.named(f"{PHARM}code") if _parent_tag(e) == _SUBSTANCE)
    for element in (*document.named(f"{PHARM}formCode", f"{HL7}routeCode"), *ingredients):
        if element.get("code") is not None and child(element, "originalText") is not None:
            yield _breach(element, "An original text beside the code of a form, package, ingredient or route.")


def _words_shown(document: DocumentElements) -> Iterator[Breach]:
    """The words of a concept without a European code stand as displayName of a translation with a code, too."""
    for element in document.having("nullFlavor"):
        if element.get("nullFlavor") != "OTH" or _is_amount(element):
            continue
        translations = list(children(element, "translation"))
        if not translations and child(element, "originalText") is None and not is_named(element):
            continue  # own-code-2: it says nothing at all
        if not any(t.get("code") and t.get("codeSystem") and t.get("displayName") for t in translations):
            yield _breach(element, "The words of a concept without European code stand in no translation.")


def _frequency_unknown(document: DocumentElements) -> Iterator[Breach]:
    """Nobody knows how often nor from when to when: both effectiveTimes are null, and no period of nothing."""
    for statement in document.named(f"{HL7}substanceAdministration"):
        times = list(children(statement, "effectiveTime"))
        if any(_says(e) for time in times for e in (time, *time)):
            continue
        for time in times:
            period = child(time, "period")
            if period is not None and period.get("nullFlavor") is not None:
                yield _breach(time, "An unknown period where nothing at all is known of the times.")


def _systems_known(document: DocumentElements) -> Iterator[Breach]:
    """No code that no value set has where the template lets the element be absent: a medicine in use (E.3.4).

    A prescribed item's code is of a value set (2.16.840.1.113883.1.11.19708), and OpenNCP writes it too.
    """
    for statement in document.named(f"{HL7}substanceAdministration"):
        code = child(statement, "code")
        if code is None or not document.claims(statement, medications.FORM.templates[0]):
            continue
        if code.get("codeSystem") == DRUG.system:
            yield _breach(code, "A code of the form, which no value set has; the element may be left out.")


def _lines_apart(document: DocumentElements) -> Iterator[Breach]:
    """Lines and blocks of an instruction or comment are apart in its string value, too."""
    told: set[Element] = set()
    for act in document.named(f"{HL7}act"):
        code, reference = child(act, "code"), act.find(f"{HL7}text/{HL7}reference")
        if code is None or reference is None or not _is_spoken(code):
            continue
        for target in document.anchors.get((reference.get("value") or "").removeprefix("#"), [])[-1:]:
            if target not in told and (glued := _glued(target)) is not None:
                yield _breach(glued, "Two lines run into each other where markup is left out.")
            told.add(target)


def _is_spoken(code: Element) -> bool:
    return code.get("codeSystem") == IHE_ACT_CODE or code.get("code") == COMMENT.code.code


def _glued(target: Element) -> Element | None:
    """The first element whose beginning or end is a break to a reader, and runs words together in the string value."""
    last, broken = " ", False
    for event, element in etree.iterwalk(target, events=("start", "end")):
        broken = broken or (element is not target and local(element) in _BLOCKS)
        text = (element.text if event == "start" else None if element is target else element.tail) or ""
        if not text:
            continue
        if broken and not (last.isspace() or last in _ENDS or text[0].isspace()):
            return cast("Element", element)
        last, broken = text[-1], False
    return None


def _is_amount(element: Element) -> bool:
    """A quantity in OTH has its number in a translation (PQR), which is no concept's."""
    typed = (element.get(XSI_TYPE) or "").rpartition(":")[2]
    return typed in {"PQ", "IVL_PQ"} or any(t.get("value") is not None for t in children(element, "translation"))


def _says(element: Element) -> bool:
    return element.get("value") is not None or element.get("code") is not None


def _parent_tag(element: Element) -> object:
    above = element.getparent()
    return None if above is None else above.tag


def _breach(element: Element, text: str) -> Breach:
    return Breach(element, text, Severity.WARNING)


READABLE_RULES: Final[tuple[tuple[str, Rule], ...]] = (
    ("own-readable-1", _ingredients_one_text),
    ("own-readable-2", _display_shown),
    ("own-readable-3", _words_shown),
    ("own-readable-4", _frequency_unknown),
    ("own-readable-5", _systems_known),
    ("own-readable-6", _lines_apart),
)
