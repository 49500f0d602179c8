"""A medicinal product of any country and wave: E.3.30, E.3.32, kits, and the epSOS names they had before.

Package layers are read from the material outwards, as every form nests them: the innermost container first. A code in
the wrong place is taken for what it is, with a finding; what is nested deeper than a product can be stays unread.
"""

from dataclasses import replace
from typing import Final

from transformers.cda.read_people import organisation
from transformers.cda.read_tree import Element, Tree, child, text_of
from transformers.cda.read_values import coded, coding_of, quantity
from transformers.cda.vocabulary import ATC
from transformers.model.finding import Severity
from transformers.model.summary import Ingredient, MedicinalProduct, PackageLayer
from transformers.model.values import Coded, Coding

_ANY: Final = "{*}"
_DEEPEST: Final = 8
"""Containers and kits within kits; no product has so many, and no document makes us go deeper."""
_CONTAINERS: Final = ("containerPackagedProduct", "containerPackagedMedicine")
_SUBSTANCES: Final = ("ingredientSubstance", "ingredient")


def read_product(tree: Tree, product: Element | None, fallback: Element | None = None) -> MedicinalProduct | None:
    """A manufacturedProduct; the words of ``fallback`` name one without name and code. None when it says nothing."""
    material = None if product is None else child(product, "manufacturedMaterial")
    if material is None or product is None:
        return None
    read = _material(tree, material, fallback, 0)
    if read is None:
        return None
    maker = organisation(tree, child(product, "manufacturerOrganization"))
    level = "brand" if read.level == "unknown" and maker is not None else read.level
    return replace(read, manufacturer=maker, level=level)


def _material(tree: Tree, material: Element, fallback: Element | None, depth: int) -> MedicinalProduct | None:
    """The entity itself, or a product of a kit."""
    atc, kinds = _kinds(tree, material)
    codes, misplaced = _codes(tree, material)
    packages = _packages(tree, material)
    ingredients = tuple(i for e in _inners(material, "ingredient") if (i := _ingredient(tree, e)) is not None)
    parts = tuple(p for e in _inners(material, "part") if (p := _part(tree, e, depth)) is not None)
    name = _words(tree, _inner(material, "name"))
    if name is None:
        name = _named(packages, atc or misplaced, codes, ingredients) or tree.words(fallback)
        if name is None:
            return None
        tree.note(
            Severity.WARNING, "name-missing", material, "The product has no name; another word of it stands for it."
        )
    coded_package = any(layer.code is not None for layer in packages)
    return MedicinalProduct(
        name=name,
        level="brand" if codes else "package" if coded_package else "unknown",
        atc=atc or misplaced,
        codes=codes,
        form=coded(tree, _inner(material, "formCode")),
        strength_text=_words(tree, _inner(material, "desc")),
        ingredients=ingredients,
        packages=packages,
        lot=_words(tree, _inner(material, "lotNumberText")),
        parts=parts,
        kinds=kinds,
    )


def _part(tree: Tree, element: Element, depth: int) -> MedicinalProduct | None:
    product = _first(element, ("partProduct", "partMedicine"))
    if product is None or depth >= _DEEPEST:
        return None
    read = _material(tree, product, None, depth + 1)
    return None if read is None else replace(read, part_quantity=quantity(tree, _inner(element, "quantity")))


def _named(
    packages: tuple[PackageLayer, ...],
    atc: Coded | None,
    codes: tuple[Coding, ...],
    ingredients: tuple[Ingredient, ...],
) -> str | None:
    """The words of a product that has no name of its own: its package's, its code's, its substance's."""
    said = [layer.name for layer in reversed(packages)] + [code.display for code in codes]
    concepts = [atc, *(i.substance for i in ingredients)]
    said += [c.text or (c.target.display if c.target is not None else None) for c in concepts if c is not None]
    return next((words for words in said if words), None)


def _kinds(tree: Tree, material: Element) -> tuple[Coded | None, tuple[Coded, ...]]:
    """The ATC code, and the other classifications."""
    atc: Coded | None = None
    kinds = []
    for special in _inners(material, "asSpecializedKind"):
        kind = _first(special, ("generalizedMaterialKind", "generalizedMedicineClass"))
        if kind is None:
            continue
        named = _inner(kind, "name")
        words = None if named is None else text_of(named) or None
        concept = coded(tree, _inner(kind, "code"), words)
        if concept is None:
            continue
        if words is not None and words in _said(concept):
            tree.use(named)
        is_atc = any(c is not None and c.system == ATC for c in (concept.target, concept.original))
        if atc is None and (is_atc or (concept.target is None and special.get("classCode") == "GRIC")):
            atc = concept
        else:
            kinds.append(concept)
    return atc, tuple(kinds)


def _codes(tree: Tree, material: Element) -> tuple[tuple[Coding, ...], Coded | None]:
    """The material's code and its translations; an ATC code there is told apart, for it identifies no product."""
    element = _inner(material, "code")
    concept = coded(tree, element)
    if concept is None or element is None:
        return (), None
    if any(c is not None and c.system == ATC for c in (concept.target, concept.original)):
        tree.note(Severity.WARNING, "atc-misplaced", element, "An ATC code where the product's own code belongs.")
        return (), concept
    found = tuple(dict.fromkeys(c for c in (concept.target, concept.original, *concept.others) if c is not None))
    if concept.text is not None and concept.text not in _said(replace(concept, text=None) if found else concept):
        text = "The words of the product's code are not carried into the pivot."
        tree.note(Severity.WARNING, "not-carried", element, text, concept.text)
    return found, None


def _said(concept: Coded) -> set[str]:
    codings = (concept.target, concept.original, *concept.others)
    return {words for words in (concept.text, *(c.display for c in codings if c is not None)) if words}


def _ingredient(tree: Tree, element: Element) -> Ingredient | None:
    substance = _first(element, _SUBSTANCES)
    if substance is None:
        return None
    named = _inner(substance, "name")
    words = None if named is None else text_of(named) or None
    concept = coded(tree, _inner(substance, "code"), words)
    if concept is None and words is not None:
        concept = Coded(words)
    if concept is None:
        return None
    tree.use(named)
    english = words if words is not None and words not in _said(concept) else None
    strength = _inner(element, "quantity")
    if strength is None:
        return Ingredient(concept, english=english)
    numerator, denominator = (quantity(tree, _inner(strength, half)) for half in ("numerator", "denominator"))
    if (numerator is None) != (denominator is None):
        tree.note(Severity.WARNING, "strength-halved", strength, "Half a ratio is no strength; its number is kept.")
    return Ingredient(concept, numerator, denominator, english)


def _packages(tree: Tree, material: Element) -> tuple[PackageLayer, ...]:
    layers: list[PackageLayer] = []
    holder: Element | None = material
    while holder is not None and len(layers) < _DEEPEST:
        content = _inner(holder, "asContent")
        holder = None
        if content is not None:
            holder = _first(content, _CONTAINERS)
            layers.append(_layer(tree, content, holder))
    return tuple(layers)


def _layer(tree: Tree, content: Element, container: Element | None) -> PackageLayer:
    amount = _inner(content, "quantity")
    held = quantity(tree, amount)
    if held is not None and amount is not None and amount.get("unit") is None:
        tree.note(Severity.INFO, "unit-missing", amount, "A quantity without unit is read as a count.")
    if container is None:
        return PackageLayer(held)
    if held is None:
        held = quantity(tree, _inner(container, "capacityQuantity"))
    if held is None:
        tree.note(Severity.WARNING, "amount-missing", content, "It is not said how much the container holds.")
    code = coding_of(tree, _inner(container, "code"))
    return PackageLayer(held, coded(tree, _inner(container, "formCode")), code, _words(tree, _inner(container, "name")))


def _inner(element: Element, tag: str) -> Element | None:
    return next(iter(element.iterchildren(f"{_ANY}{tag}")), None)


def _inners(element: Element, tag: str) -> list[Element]:
    return list(element.iterchildren(f"{_ANY}{tag}"))


def _first(element: Element, tags: tuple[str, ...]) -> Element | None:
    return next((e for tag in tags if (e := _inner(element, tag)) is not None), None)


def _words(tree: Tree, element: Element | None) -> str | None:
    words = None if element is None else text_of(element) or None
    if words is not None:
        tree.use(element)
    return words
