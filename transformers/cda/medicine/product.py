"""A medicinal product of any country and wave, read and printed: E.3.29 to E.3.32, kits, and the epSOS names of both.

One product for summaries, prescriptions and dispensations. Reading, a code in the wrong place is taken for what it is,
with a finding; what is nested deeper than a product can be stays unread. Printing, name, strength and form stay the
source's; what a form does not take (`ProductForm`) stands in the narrative.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from transformers.cda.errors import AmountInexpressible, LevelRefused, RequiredMissing
from transformers.cda.medicine.ingredients import print_ingredients, read_ingredients
from transformers.cda.medicine.packages import (
    DEEPEST,
    first_of,
    inner,
    is_denied,
    package_code,
    print_packages,
    read_packages,
    says_something,
    words_of,
)
from transformers.cda.types import elements
from transformers.cda.types.composer import CdaComposer, words_only
from transformers.cda.types.elements import CodeView, written
from transformers.cda.types.identifiers import usable_ids
from transformers.cda.types.people import (
    organisation,
    print_address,
    print_telecoms,
    printable_address,
    printable_telecoms,
)
from transformers.cda.types.tree import Element, Tree, child, text_of
from transformers.cda.types.values import coded, quantity, words_said
from transformers.cda.types.vocabulary import ACTIVE_INGREDIENTS, ATC, E3, MVC, ValueSets
from transformers.model.amounts import is_content
from transformers.model.finding import Severity
from transformers.model.people import Organisation
from transformers.model.summary import Ingredient, MedicinalProduct, PackageLayer
from transformers.model.values import Coded, Coding

VALUE_SETS: Final[ValueSets] = {
    (MedicinalProduct, "atc"): (ACTIVE_INGREDIENTS,),
    (Ingredient, "substance"): (ACTIVE_INGREDIENTS,),
    (MedicinalProduct, "form"): (f"{MVC}2",),
    (PackageLayer, "form"): (f"{MVC}3",),
}


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
    packages = read_packages(tree, material)
    ingredients = read_ingredients(tree, material)
    parts = tuple(p for e in material.iterchildren("{*}part") if (p := _part(tree, e, depth)) is not None)
    name = words_of(tree, inner(material, "name"))
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
        form=coded(tree, inner(material, "formCode")),
        strength_text=words_of(tree, inner(material, "desc")),
        ingredients=ingredients,
        packages=packages,
        lot=words_of(tree, inner(material, "lotNumberText")),
        parts=parts,
        kinds=kinds,
    )


def part_product(part: Element, depth: int) -> Element | None:
    """What a part of a kit is, ``depth`` kits deep; None where it is denied, not said, or deeper than is read."""
    return None if depth >= DEEPEST or is_denied(part) else first_of(part, ("partProduct", "partMedicine"))


def kind_of(special: Element) -> Element | None:
    """What a product is said to be a kind of, in whatever schema its wave wrote it."""
    return first_of(special, ("generalizedMaterialKind", "generalizedMedicineClass"))


def _part(tree: Tree, element: Element, depth: int) -> MedicinalProduct | None:
    product = part_product(element, depth)
    read = None if product is None else _material(tree, product, None, depth + 1)
    if read is None and says_something(element):
        text = "A part of the kit that is denied, or of which it is not said what it is: it is not carried."
        tree.note(Severity.ERROR, "part-unreadable", element, text)
    return None if read is None else replace(read, part_quantity=quantity(tree, inner(element, "quantity"), is_content))


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
    for special in material.iterchildren("{*}asSpecializedKind"):
        kind = kind_of(special)
        if kind is None:
            continue
        named = inner(kind, "name")
        words = None if named is None else text_of(named) or None
        concept = coded(tree, inner(kind, "code"), words)
        if concept is None:
            continue
        if words is not None and words in words_said(concept):
            tree.use(named)
        is_atc = any(c is not None and c.system == ATC for c in (concept.target, concept.original))
        if atc is None and (is_atc or (concept.target is None and special.get("classCode") == "GRIC")):
            atc = concept
        else:
            kinds.append(concept)
    return atc, tuple(kinds)


def _codes(tree: Tree, material: Element) -> tuple[tuple[Coding, ...], Coded | None]:
    """The material's code and its translations; an ATC code there is told apart, for it identifies no product."""
    element = inner(material, "code")
    concept = coded(tree, element)
    if concept is None or element is None:
        return (), None
    found = tuple(dict.fromkeys(c for c in (concept.target, concept.original, *concept.others) if c is not None))
    atc = next((c for c in found if c.system == ATC), None)
    if atc is not None:
        tree.note(Severity.WARNING, "atc-misplaced", element, "An ATC code where the product's own code belongs.")
    if atc is not None and atc in (concept.target, concept.original):
        return (), concept
    name = inner(material, "name")
    shown = {c.display for c in found} | {None if name is None else text_of(name)}
    if concept.text is not None and concept.text not in shown:
        text = "The words of the product's code are not carried into the pivot."
        tree.note(Severity.WARNING, "not-carried", element, text, concept.text)
    return tuple(c for c in found if c.system != ATC), None if atc is None else Coded(original=atc)


@dataclass(frozen=True, slots=True)
class ProductForm:
    """What a pair of templates takes of a product."""

    product: str
    material: str
    whole: bool
    """Form and packages are demanded, and kits, batch and further classes have a place (E.3.30); else they may be
    missing or are in the words (E.3.32)."""


SUMMARY: Final = ProductForm(f"{E3}31", f"{E3}32", whole=False)
PRESCRIBED: Final = ProductForm(f"{E3}29", f"{E3}30", whole=True)


@dataclass(frozen=True, slots=True)
class _Printing:
    """One product being printed: how, with which stem of anchors, and where it stands in the pivot."""

    form: ProductForm
    composer: CdaComposer
    anchor: str
    path: str

    def part(self, number: int) -> "_Printing":
        """The same for the nth product of a kit."""
        return replace(self, anchor=f"{self.anchor}-part{number}", path=f"{self.path}.parts[{number - 1}]")


def print_product(product: MedicinalProduct, form: ProductForm, anchor: str, path: str, composer: CdaComposer) -> str:
    """manufacturedProduct of a product in its own containers; in a whole form as `print_supplied`."""
    return _print(product, product.packages, _Printing(form, composer, anchor, path))


def print_supplied(
    product: MedicinalProduct, layers: Sequence[PackageLayer], anchor: str, path: str, composer: CdaComposer
) -> str:
    """manufacturedProduct E.3.29 with these containers around the product, the innermost first.

    Raises LevelRefused for a compounded medicine, AmountInexpressible when a container's content cannot be printed,
    RequiredMissing without a name.
    """
    if product.level == "compounded":
        raise LevelRefused(f"{path}.level")
    if not layers:
        raise AmountInexpressible(f"{path}.packages")
    if written(product.name) is None:
        raise RequiredMissing(f"{path}.name")
    return _print(product, layers, _Printing(PRESCRIBED, composer, anchor, path))


def _print(product: MedicinalProduct, layers: Sequence[PackageLayer], how: _Printing) -> str:
    packages = _print_packages(layers, product, how, demanded=how.form.whole)
    material = elements.templates(how.form.material) + _print_material(product, packages, "", how)
    maker = "" if product.level == "substance" else _print_maker(product.manufacturer)
    return (
        f'<manufacturedProduct classCode="MANU">{elements.templates(how.form.product)}'
        f'<manufacturedMaterial classCode="MMAT" determinerCode="KIND">{material}</manufacturedMaterial>{maker}'
        "</manufacturedProduct>"
    )


def _print_packages(
    layers: Sequence[PackageLayer], product: MedicinalProduct, how: _Printing, *, demanded: bool
) -> str:
    """The containers; where none are demanded, those that cannot be printed are left to the text."""
    if demanded:
        return print_packages(layers, product, how.anchor, how.path, how.composer)
    if not layers:
        return ""
    try:
        return print_packages(layers, product, how.anchor, how.path, how.composer)
    except AmountInexpressible as refused:
        text = "A container without an amount in a European unit, or one too many: all are in the narrative."
        how.composer.note(Severity.WARNING, "package-not-expressible", refused.path, text)
        return ""


def _print_material(product: MedicinalProduct, packages: str, namespace: str, how: _Printing) -> str:
    """What the material holds; of a part of a kit all of it is in the namespace of ``pharm``."""
    composer, path, anchor = how.composer, how.path, how.anchor
    code = _material_code(product, path, composer)
    atc = "" if product.atc is None else _print_kind(product.atc, "GRIC", f"{path}.atc", f"{anchor}-atc", composer)
    lot = elements.element("lotNumberText", written(product.lot)) if how.form.whole and not namespace else ""
    return "".join(
        (
            "" if code is None else elements.code(f"{namespace}code", code),
            elements.element(f"{namespace}name", written(product.name)),
            elements.element("pharm:desc", written(product.strength_text)),
            _print_form(product, how),
            lot,
            packages,
            atc,
            *_print_rest(product, how),
            print_ingredients(product, path, composer),
        )
    )


def _print_rest(product: MedicinalProduct, how: _Printing) -> list[str]:
    """Further classes and the products of a kit, where the form has a place for them."""
    if not how.form.whole:
        return []
    kinds = [
        _print_kind(kind, "GEN", f"{how.path}.kinds[{n - 1}]", f"{how.anchor}-kind{n}", how.composer)
        for n, kind in enumerate(product.kinds, 1)
    ]
    return kinds + [_print_part(part, how.part(n)) for n, part in enumerate(product.parts, 1)]


def _print_part(part: MedicinalProduct, how: _Printing) -> str:
    packages = _print_packages(part.packages, part, how, demanded=False)
    view = None if part.part_quantity is None else elements.quantity_view(part.part_quantity)
    amount = "" if view is None else elements.quantity("pharm:quantity", view)
    return (
        f'<pharm:part classCode="PART">{amount}<pharm:partProduct classCode="MMAT" determinerCode="KIND">'
        f"{_print_material(part, packages, 'pharm:', how)}</pharm:partProduct></pharm:part>"
    )


def _print_form(product: MedicinalProduct, how: _Printing) -> str:
    """The dose form, or its words where the source gives no code: nothing to map, so nothing to report."""
    anchor = f"{how.anchor}-form"
    if product.form is not None:
        return elements.code("pharm:formCode", how.composer.medicine_code(product.form, f"{how.path}.form", anchor))
    words = written(product.form_text)
    if words is not None:
        view = CodeView(null="OTH", reference=anchor, translation=words_only(words))
        return elements.code("pharm:formCode", view)
    return elements.code("pharm:formCode", CodeView(null="UNK")) if how.form.whole else ""


def _print_kind(kind: Coded, role: str, path: str, anchor: str, composer: CdaComposer) -> str:
    code = elements.code("pharm:code", composer.code(kind, path, anchor))
    return (
        f'<pharm:asSpecializedKind classCode="{role}">'
        f'<pharm:generalizedMaterialKind classCode="MMAT" determinerCode="KIND">{code}</pharm:generalizedMaterialKind>'
        "</pharm:asSpecializedKind>"
    )


def _material_code(product: MedicinalProduct, path: str, composer: CdaComposer) -> CodeView | None:
    """The code of brand or substance with its others as translations; never a package's, never the ATC code."""
    packages = {(layer.code.code, layer.code.system) for layer in product.packages if layer.code is not None}
    package = package_code(product)
    packages |= set() if package is None else {(package.code, package.system)}
    own = [c for c in dict.fromkeys(product.codes) if (c.code, c.system) not in packages and c.system != ATC]
    views = {(v.code, v.system): v for c in own if (v := composer.own_code(c, product.name)) is not None}
    if len(views) < len({(c.code, c.system) for c in own}):
        text = "A code of it has no form that CDA can hold; it is in the narrative."
        composer.note(Severity.INFO, "coding-not-expressible", f"{path}.codes", text)
    made: CodeView | None = None
    for view in reversed(views.values()):
        made = view._replace(translation=made)
    return made


def _print_maker(maker: Organisation | None) -> str:
    """manufacturerOrganization, as far as it is known: an id or a name, and how to reach it; or nothing."""
    if maker is None:
        return ""
    ids = usable_ids(maker.identifiers)[:1]
    inside = "".join(map(elements.ident, ids)) + elements.element("name", written(maker.name))
    if not inside:
        return ""
    inside += print_telecoms(printable_telecoms(maker.telecoms)[:1]) if printable_telecoms(maker.telecoms) else ""
    inside += print_address(maker.address) if printable_address(maker.address) is not None else ""
    return f'<manufacturerOrganization classCode="ORG" determinerCode="INSTANCE">{inside}</manufacturerOrganization>'
