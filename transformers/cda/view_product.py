"""A medicinal product as printed: manufacturedProduct E.3.29 with manufacturedMaterial E.3.30, packages inside out.

The container directly below the material is the innermost; each one outwards is nested in it, and the outermost, the
Packaged Medicinal Product, carries the package code. Strengths are printed when every ingredient has its whole ratio.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from transformers.cda.composer import CdaComposer, CodeView
from transformers.cda.errors import AmountInexpressible, LevelRefused, RequiredMissing
from transformers.cda.identifiers import Id, usable_ids
from transformers.cda.view_medications import IngredientView, QuantityView, ingredient_views, quantity_view, written
from transformers.cda.vocabulary import ATC
from transformers.model.finding import Severity
from transformers.model.people import Organisation
from transformers.model.summary import MedicinalProduct, PackageLayer
from transformers.model.values import Coding, Quantity

_LAYERS: Final = 3
_UNKNOWN: Final = CodeView(null="UNK")


@dataclass(frozen=True, slots=True)
class LayerView:
    """pharm:asContent: what one container holds (``words`` name what is counted), the container, the one around it."""

    quantity: QuantityView
    words: str | None
    code: CodeView | None
    name: str | None
    form: CodeView
    outer: "LayerView | None"


@dataclass(frozen=True, slots=True)
class MakerView:
    """manufacturerOrganization: an id or a name."""

    ids: tuple[Id, ...]
    name: str | None


@dataclass(frozen=True, slots=True)
class ProductView:
    """E.3.30, or a partProduct of a kit; ``quantity`` is how many of it the kit holds."""

    code: CodeView | None
    name: str | None
    strength: str | None
    form: CodeView | None
    lot: str | None
    layer: LayerView | None
    atc: CodeView | None
    kinds: tuple[CodeView, ...]
    parts: "tuple[ProductView, ...]"
    ingredients: tuple[IngredientView, ...]
    maker: MakerView | None
    quantity: QuantityView | None


def product_view(
    product: MedicinalProduct, layers: Sequence[PackageLayer], anchor: str, path: str, composer: CdaComposer
) -> ProductView:
    """The product with these ``layers`` around it, innermost first.

    Raises LevelRefused for a compounded medicine, AmountInexpressible when a container's content cannot be printed.
    """
    if product.level == "compounded":
        raise LevelRefused(f"{path}.level")
    if not layers:
        raise AmountInexpressible(f"{path}.packages")
    if written(product.name) is None:
        raise RequiredMissing(f"{path}.name")
    return _product(product, _layer(layers, product, anchor, path, composer), anchor, path, composer)


def containers(product: MedicinalProduct, path: str) -> tuple[PackageLayer, ...]:
    """The product's containers, innermost first.

    A kit whose container no source describes gets one container of unknown kind: one package of a kit holds the kit
    once, and how much that is stands in its parts. Any other product without containers raises AmountInexpressible.
    """
    if product.packages:
        return product.packages
    if not product.parts:
        raise AmountInexpressible(f"{path}.packages")
    return (PackageLayer(Quantity(Decimal(1)), name=product.name),)


def _product(
    product: MedicinalProduct, layer: LayerView | None, anchor: str, path: str, composer: CdaComposer
) -> ProductView:
    form, atc = product.form, product.atc
    parts = (
        _part(part, f"{anchor}-part{n}", f"{path}.parts[{n - 1}]", composer) for n, part in enumerate(product.parts, 1)
    )
    kinds = (
        composer.code(kind, f"{path}.kinds[{n - 1}]", f"{anchor}-kind{n}") for n, kind in enumerate(product.kinds, 1)
    )
    return ProductView(
        code=_material_code(product, path, composer),
        name=written(product.name),
        strength=written(product.strength_text),
        form=_UNKNOWN if form is None else composer.code(form, f"{path}.form", f"{anchor}-form"),
        lot=written(product.lot),
        layer=layer,
        atc=None if atc is None else composer.code(atc, f"{path}.atc", f"{anchor}-atc"),
        kinds=tuple(kinds),
        parts=tuple(parts),
        ingredients=_whole_ingredients(product, anchor, path, composer),
        maker=None if product.level == "substance" else _maker(product.manufacturer),
        quantity=None if product.part_quantity is None else quantity_view(product.part_quantity),
    )


def _part(part: MedicinalProduct, anchor: str, path: str, composer: CdaComposer) -> ProductView:
    """A product of a kit; its containers are left to the text when one of them holds nobody knows how much."""
    layer = None
    if part.packages:
        try:
            layer = _layer(part.packages, part, anchor, path, composer)
        except AmountInexpressible as refused:
            composer.note(Severity.WARNING, "package-not-expressible", refused.path, "It is in the narrative.")
    return _product(part, layer, anchor, path, composer)


def _layer(
    layers: Sequence[PackageLayer], product: MedicinalProduct, anchor: str, path: str, composer: CdaComposer
) -> LayerView:
    """The layers as one view, built from the outermost inwards; it alone has a code. Raises AmountInexpressible."""
    if len(layers) > _LAYERS:
        raise AmountInexpressible(f"{path}.packages[{_LAYERS}]")
    made: LayerView | None = None
    for n, layer in reversed(list(enumerate(layers))):
        where = f"{path}.packages[{n}]"
        content = None if layer.quantity is None else content_view(layer.quantity)
        if content is None:
            raise AmountInexpressible(f"{where}.quantity")
        outermost = n == len(layers) - 1
        code = layer.code or (_package_code(product) if outermost else None)
        printed = composer.own_code(code, layer.name or product.name) if code is not None and outermost else None
        made = LayerView(
            quantity=content[0],
            words=content[1],
            code=printed,
            name=written(layer.name),
            form=_UNKNOWN
            if layer.form is None
            else composer.code(layer.form, f"{where}.form", f"{anchor}-package{n + 1}"),
            outer=made,
        )
        if code is not None and printed is None:
            composer.note(Severity.INFO, "coding-not-expressible", f"{where}.code", "The code is in the narrative.")
    if made is None:
        raise AmountInexpressible(f"{path}.packages")
    return made


def content_view(quantity: Quantity) -> tuple[QuantityView, str | None] | None:
    """What a container holds, and the words that its source wrote for the unit (a PQ's translation, 6.4 last resort).

    A unit in words alone is a count of them; a national unit without European code is not guessed: None.
    """
    unit = quantity.unit
    alone = unit is not None and unit.original is None and unit.target is None
    view = quantity_view(Quantity(quantity.value) if alone else quantity)
    if view is None:
        return None
    wrote = unit is not None and unit.original in {None, unit.target}
    return view, written(unit.text) if unit is not None and wrote else None


def _package_code(product: MedicinalProduct) -> Coding | None:
    """A package's own code where no layer carries one."""
    carried = any(layer.code is not None for layer in product.packages)
    return product.codes[0] if product.level == "package" and product.codes and not carried else None


def _material_code(product: MedicinalProduct, path: str, composer: CdaComposer) -> CodeView | None:
    """The code of brand or substance with its others as translations; never a package's, never the ATC code."""
    packages = {(layer.code.code, layer.code.system) for layer in product.packages if layer.code is not None}
    package = _package_code(product)
    packages |= set() if package is None else {(package.code, package.system)}
    own = [c for c in product.codes if (c.code, c.system) not in packages and c.system != ATC]
    views = [view for c in own if (view := composer.own_code(c, product.name)) is not None]
    if len(views) < len(own):
        text = "A code of it has no form that CDA can hold; it is in the narrative."
        composer.note(Severity.INFO, "coding-not-expressible", f"{path}.codes", text)
    made: CodeView | None = None
    for view in reversed(views):
        made = CodeView(view.code, view.system, view.system_name, view.version, view.display, translation=made)
    return made


def _whole_ingredients(
    product: MedicinalProduct, anchor: str, path: str, composer: CdaComposer
) -> tuple[IngredientView, ...]:
    """All of them or none: one alone of two would name another medicine."""
    views = ingredient_views(product.ingredients, anchor, path, composer)
    return views if len(views) == len(product.ingredients) else ()


def _maker(organisation: Organisation | None) -> MakerView | None:
    if organisation is None:
        return None
    view = MakerView(usable_ids(organisation.identifiers)[:1], written(organisation.name))
    return view if view.ids or view.name is not None else None
