"""The substances of a medicinal product with their strengths, read and printed: pharm:ingredient (E.3.30, E.3.32).

RoleClass says what a substance is to the product: ACTI and what is below it (a basis of strength) act, every other
kind (IACT, ADTV, COLR, FLVR, PRSV, STBL …) does not and is no ingredient of the pivot, which holds what acts.
"""

from functools import partial
from typing import Final

from transformers.cda.medicine.packages import first_of, inner, is_denied, says_something
from transformers.cda.types import elements
from transformers.cda.types.composer import CdaComposer
from transformers.cda.types.elements import quantity_view, written
from transformers.cda.types.narrative import label_of
from transformers.cda.types.tree import Element, Tree, text_of
from transformers.cda.types.values import coded, quantity, words_said
from transformers.model.amounts import is_strength
from transformers.model.finding import Severity
from transformers.model.summary import Ingredient, MedicinalProduct
from transformers.model.values import Coded, Quantity

_SUBSTANCES: Final = ("ingredientSubstance", "ingredient")
_ACTIVE: Final = frozenset({"ACTI", "ACTIB", "ACTIM", "ACTIR"})
"""HL7 RoleClass: active ingredient, and its bases of strength (base, moiety, reference substance)."""
_OTHER: Final = frozenset({"IACT", "ADJV", "ADTV", "BASE", "CNTM", "COLR", "FLVR", "INGR", "MECH", "PRSV", "STBL"})
"""HL7 RoleClass: every other ingredient."""


def acts(ingredient: Element) -> bool:
    """Whether an ingredient is an active one; without a class it is, as the template's fixed class says."""
    return (ingredient.get("classCode") or "ACTI") in _ACTIVE


def is_stated(ingredient: Element) -> bool:
    """Whether an ingredient is said to be one of the product's active ones."""
    return acts(ingredient) and not is_denied(ingredient)


def substance_of(ingredient: Element) -> Element | None:
    """What an ingredient is made of, in whatever schema its wave wrote it."""
    return first_of(ingredient, _SUBSTANCES)


def read_ingredients(tree: Tree, material: Element) -> tuple[Ingredient, ...]:
    """The active ingredients; each other one is a finding, and an ERROR where it may be active: left out, the medicine
    is another one."""
    found = []
    for element in material.iterchildren("{*}ingredient"):
        if not acts(element):
            _note_inactive(tree, element)
            continue
        read = _ingredient(tree, element) if is_stated(element) else None
        found += [] if read is None else [read]
        if read is None and says_something(element):
            text = "An active ingredient that is denied, or of which it is not said what it is: it is not carried."
            tree.note(Severity.ERROR, "ingredient-unreadable", element, text)
    return tuple(found)


def _note_inactive(tree: Tree, element: Element) -> None:
    """An excipient is no active ingredient: its name is in the finding, its strength nowhere."""
    substance = substance_of(element)
    named, code = (None if substance is None else inner(substance, tag) for tag in ("name", "code"))
    said = None if named is None else text_of(named) or None
    if said is None and code is not None:
        said = code.get("displayName") or code.get("code")
    text = f"A substance that is not stated to act (classCode {element.get('classCode')}) is not carried."
    tree.note(Severity.WARNING, "ingredient-inactive", element, text, said)
    if element.get("classCode") not in _OTHER:
        unknown = "A class of ingredient that HL7 does not know: it may be an active one."
        tree.note(Severity.ERROR, "ingredient-unreadable", element, unknown, said)


def _ingredient(tree: Tree, element: Element) -> Ingredient | None:
    substance = substance_of(element)
    if substance is None:
        return None
    named = inner(substance, "name")
    words = None if named is None else text_of(named) or None
    concept = coded(tree, inner(substance, "code"), words)
    if concept is None and words is not None:
        concept = Coded(words)
    if concept is None:
        return None
    tree.use(named)
    english = words if words is not None and words not in words_said(concept) else None
    strength = inner(element, "quantity")
    if strength is None:
        return Ingredient(concept, english=english)
    numerator, denominator = tree.attempt(partial(_ratio, tree, strength)) or (None, None)
    return Ingredient(concept, numerator, denominator, english)


def _ratio(tree: Tree, strength: Element) -> tuple[Quantity, Quantity] | None:
    """Both halves, or none: half a ratio is another strength, and its number stays among what is not carried."""
    numerator, denominator = (
        quantity(tree, inner(strength, half), is_strength) for half in ("numerator", "denominator")
    )
    if numerator is not None and denominator is not None:
        return numerator, denominator
    if numerator is not None or denominator is not None:
        tree.note(Severity.WARNING, "strength-halved", strength, "Half a ratio is no strength: it is not carried.")
    return None


def print_ingredients(product: MedicinalProduct, path: str, composer: CdaComposer) -> str:
    """All of them or none: one of two alone, or without its whole strength, would name another medicine.

    No original text: other countries' pages take those of all ingredients for one, and stop at the second.
    """
    printed = [_print(one, f"{path}.ingredients[{n - 1}]", composer) for n, one in enumerate(product.ingredients, 1)]
    return "".join(printed) if all(printed) else ""


def _print(one: Ingredient, path: str, composer: CdaComposer) -> str:
    numerator = None if one.numerator is None else quantity_view(one.numerator)
    denominator = None if one.denominator is None else quantity_view(one.denominator)
    if numerator is None or denominator is None:
        text = "Its strength is no whole ratio of coded units; the ingredient is in the narrative."
        composer.note(Severity.INFO, "strength-not-expressible", path, text, one.substance)
        return ""
    code = elements.code("pharm:code", composer.medicine_code(one.substance, f"{path}.substance", None))
    name = elements.element("pharm:name", written(one.english) or label_of(one.substance))
    halves = elements.quantity("numerator", numerator, "PQ") + elements.quantity("denominator", denominator, "PQ")
    return (
        f'<pharm:ingredient classCode="ACTI"><pharm:quantity>{halves}</pharm:quantity>'
        f'<pharm:ingredientSubstance classCode="MMAT" determinerCode="KIND">{code}{name}</pharm:ingredientSubstance>'
        "</pharm:ingredient>"
    )
