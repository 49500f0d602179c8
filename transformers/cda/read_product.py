"""The medicinal product of a CDA of any wave: E.3.32 and E.3.30 in the pharmacy namespace, epSOS's own before it.

Package layers are read from the material outwards, as both forms nest them: the innermost container first.
"""

from typing import Final

from transformers.cda.read_people import organisation
from transformers.cda.read_tree import Element, Tree, child, text_of
from transformers.cda.read_values import coded, coding_of, named_concept, quantity
from transformers.cda.vocabulary import ATC
from transformers.model.summary import Ingredient, MedicinalProduct, PackageLayer
from transformers.model.values import Coded, Coding

_ANY: Final = "{*}"
_DEEPEST: Final = 10


def read_product(tree: Tree, product: Element | None, fallback: str | None = None) -> MedicinalProduct | None:
    """A manufacturedProduct; ``fallback`` names one that has no name and no code. None when it says nothing."""
    material = None if product is None else child(product, "manufacturedMaterial")
    if material is None or product is None:
        return None
    atc, codes = _atc(tree, material), _codes(tree, material)
    packages = _packages(tree, material)
    ingredients = tuple(i for e in material.iterchildren(f"{_ANY}ingredient") if (i := _ingredient(tree, e)))
    name = _words(tree, child(material, "name")) or _named(packages, atc, codes, ingredients) or fallback
    if name is None:
        return None
    return MedicinalProduct(
        name=name,
        level="package" if any(layer.code is not None for layer in packages) and not codes else "unknown",
        atc=atc,
        codes=codes,
        form=coded(tree, _inner(material, "formCode")),
        strength_text=_words(tree, _inner(material, "desc")),
        ingredients=ingredients,
        packages=packages,
        manufacturer=organisation(tree, child(product, "manufacturerOrganization")),
        lot=_words(tree, child(material, "lotNumberText")),
    )


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


def _inner(element: Element, tag: str) -> Element | None:
    return next(iter(element.iterchildren(f"{_ANY}{tag}")), None)


def _words(tree: Tree, element: Element | None) -> str | None:
    words = None if element is None else text_of(element) or None
    if words is not None:
        tree.use(element)
    return words


def _atc(tree: Tree, material: Element) -> Coded | None:
    for code in material.iterfind(f"{_ANY}asSpecializedKind/*/{_ANY}code"):
        if code.get("codeSystem") == ATC or code.get("nullFlavor") == "OTH":
            return coded(tree, code)
    return None


def _codes(tree: Tree, material: Element) -> tuple[Coding, ...]:
    """The code of the material and its translations."""
    code = child(material, "code")
    if code is None:
        return ()
    found = (coding_of(tree, e) for e in (code, *(e for e in code.iter(f"{_ANY}translation"))))
    return tuple(dict.fromkeys(c for c in found if c is not None))


def _ingredient(tree: Tree, element: Element) -> Ingredient | None:
    substance = _inner(element, "ingredientSubstance")
    substance = _inner(element, "ingredient") if substance is None else substance
    if substance is None:
        return None
    concept = named_concept(tree, _inner(substance, "code"), _inner(substance, "name"))
    if concept is None:
        return None
    strength = _inner(element, "quantity")
    halves = () if strength is None else (_inner(strength, "numerator"), _inner(strength, "denominator"))
    numerator, denominator = (quantity(tree, e) for e in halves) if halves else (None, None)
    return Ingredient(concept, numerator, denominator)


def _packages(tree: Tree, material: Element) -> tuple[PackageLayer, ...]:
    layers: list[PackageLayer] = []
    holder: Element | None = material
    while holder is not None and len(layers) < _DEEPEST:
        content = _inner(holder, "asContent")
        holder = None
        if content is not None:
            holder = next((e for t in _CONTAINERS if (e := _inner(content, t)) is not None), None)
            layers.append(_layer(tree, content, holder))
    return tuple(layers)


_CONTAINERS: Final = ("containerPackagedProduct", "containerPackagedMedicine")


def _layer(tree: Tree, content: Element, container: Element | None) -> PackageLayer:
    held = quantity(tree, _inner(content, "quantity"))
    if container is None:
        return PackageLayer(held)
    if held is None:
        held = quantity(tree, _inner(container, "capacityQuantity"))
    code = _inner(container, "code")
    return PackageLayer(
        held, coded(tree, _inner(container, "formCode")), coding_of(tree, code), _words(tree, _inner(container, "name"))
    )
