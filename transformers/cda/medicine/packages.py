"""The containers of a medicinal product, read and printed: pharm:asContent, and the names it had in epSOS.

The container directly below the material is the innermost; each one outwards is nested in it, and the outermost, the
Packaged Medicinal Product, carries the package code (eHDSI E.3.30 and E.3.32). One of them without an amount says
nothing of the whole, so they are printed all or not at all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from transformers.cda.errors import AmountInexpressible
from transformers.cda.types import elements
from transformers.cda.types.composer import CdaComposer
from transformers.cda.types.elements import CodeView, QuantityView, escaped, quantity_view, written
from transformers.cda.types.tree import Element, Tree, child, text_of
from transformers.cda.types.values import coded, coding_of, number, quantity
from transformers.model.amounts import are_packages, is_content, is_package_count, is_repeat_count
from transformers.model.finding import Severity
from transformers.model.summary import MedicinalProduct, PackageLayer
from transformers.model.values import Coding, Quantity

_LAYERS: Final = 3
DEEPEST: Final = 8
"""Containers and kits within kits; no product has so many, and no document makes us go deeper."""
_CONTAINERS: Final = ("containerPackagedProduct", "containerPackagedMedicine")
_UNKNOWN: Final = CodeView(null="UNK")


@dataclass(frozen=True, slots=True)
class ContainerElements:
    """Where one container of a product stands in a document, for whoever reads or shows it."""

    content: Element
    container: Element | None
    amount: Element | None
    """How much it holds, as its content says."""
    capacity: Element | None
    """The same as the container says, where its content does not."""


def containers_around(material: Element) -> tuple[ContainerElements, ...]:
    """The containers around a product or a part of one, the innermost first; at most `DEEPEST`."""
    found: list[ContainerElements] = []
    holder: Element | None = material
    while holder is not None and len(found) < DEEPEST:
        content = inner(holder, "asContent")
        holder = None
        if content is not None:
            holder = first_of(content, _CONTAINERS)
            capacity = None if holder is None else inner(holder, "capacityQuantity")
            found.append(ContainerElements(content, holder, inner(content, "quantity"), capacity))
    return tuple(found)


def read_packages(tree: Tree, material: Element) -> tuple[PackageLayer, ...]:
    """The containers around a material, the innermost first."""
    return tuple(_layer(tree, one) for one in containers_around(material))


def _layer(tree: Tree, one: ContainerElements) -> PackageLayer:
    content, container, amount = one.content, one.container, one.amount
    held = _held(tree, amount)
    if held is not None and held.unit is None and amount is not None and amount.get("unit") is None:
        tree.note(Severity.INFO, "unit-missing", amount, "A quantity without unit is read as a count.")
    if container is None:
        return PackageLayer(held)
    if held is None:
        held = _held(tree, one.capacity)
    if held is None:
        tree.note(Severity.WARNING, "amount-missing", content, "It is not said how much the container holds.")
    code = coding_of(tree, inner(container, "code"))
    return PackageLayer(held, coded(tree, inner(container, "formCode")), code, words_of(tree, inner(container, "name")))


def _held(tree: Tree, element: Element | None) -> Quantity | None:
    return quantity(tree, element, is_content)


def read_supplied(tree: Tree, supply: Element) -> Quantity | None:
    """How much a supply hands out: a whole number of packages (no unit), or an amount; None and an ERROR else."""
    stated = child(supply, "quantity")
    found = quantity(tree, stated, rule_of_supply(stated))
    if found is None:
        tree.note(Severity.ERROR, "amount-missing", supply, "The document does not state how much is handed out.")
    elif stated is not None and found.unit is None and stated.get("unit") is None:
        tree.note(Severity.INFO, "unit-missing", stated, "A quantity without unit is read as a count.")
    return found


def rule_of_supply(stated: Element | None) -> Callable[[Decimal], bool]:
    """What number a supply's quantity may have: whole packages where it counts them, else an amount."""
    counted = stated is not None and stated.get("value") is not None and are_packages(stated.get("unit"))
    return is_package_count if counted else is_content


def check_repeats(tree: Tree, supply: Element) -> None:
    """A number of repeats is not interpreted, for guides differ; one that cannot be is an ERROR nevertheless."""
    stated = child(supply, "repeatNumber")
    for edge in () if stated is None else (stated, *stated.iterchildren("{*}low", "{*}high")):
        value = number(tree, edge, edge.get("value"))
        if value is not None and not is_repeat_count(value):
            text = "So many repeats cannot be."
            tree.note(Severity.ERROR, "amount-impossible", edge, text, edge.get("value"))


def supplied_view(supplied: Quantity) -> QuantityView | None:
    """How much is handed out as a PQ; None without a European unit, and for a number that no supply can have."""
    view = quantity_view(supplied)
    possible = is_package_count if view is not None and are_packages(view.unit) else is_content
    return view if possible(supplied.value) else None


def containers(product: MedicinalProduct, path: str) -> tuple[PackageLayer, ...]:
    """The product's containers; a kit whose own is not described stands in one of unknown kind, once.

    What one package of a kit holds is the kit, whose parts have their amounts. Raises AmountInexpressible for any other
    product without containers.
    """
    if product.packages:
        return product.packages
    if not product.parts:
        raise AmountInexpressible(f"{path}.packages")
    return (PackageLayer(Quantity(Decimal(1)), name=product.name),)


def print_packages(
    layers: Sequence[PackageLayer], product: MedicinalProduct, anchor: str, path: str, composer: CdaComposer
) -> str:
    """pharm:asContent, nested from the innermost to the outermost, which alone has a code.

    Raises AmountInexpressible without containers, for too many, or for one whose content CDA cannot state.
    """
    if not layers or len(layers) > _LAYERS:
        raise AmountInexpressible(f"{path}.packages[{_LAYERS}]" if layers else f"{path}.packages")
    contents = [None if one.quantity is None else content_view(one.quantity) for one in layers]
    around = ""
    for n, (layer, content) in reversed(list(enumerate(zip(layers, contents, strict=True)))):
        where = f"{path}.packages[{n}]"
        if content is None:
            raise AmountInexpressible(f"{where}.quantity")
        outermost = n == len(layers) - 1
        code = layer.code or (package_code(product) if outermost else None)
        printed = composer.own_code(code, layer.name or product.name) if code is not None and outermost else None
        if code is not None and printed is None:
            composer.note(Severity.INFO, "coding-not-expressible", f"{where}.code", "The code is in the narrative.")
        form = layer.form
        kind = _UNKNOWN if form is None else composer.medicine_code(form, f"{where}.form", f"{anchor}-package{n + 1}")
        around = (
            f'<pharm:asContent classCode="CONT">{_print_content(*content)}\n'
            '<pharm:containerPackagedProduct classCode="CONT" determinerCode="KIND">'
            f"{'' if printed is None else elements.code('pharm:code', printed)}"
            f"{elements.element('pharm:name', written(layer.name))}{elements.code('pharm:formCode', kind)}{around}"
            "</pharm:containerPackagedProduct></pharm:asContent>"
        )
    return around


def content_view(held: Quantity) -> tuple[QuantityView, str | None] | None:
    """What a container holds, and the words that its source wrote for the unit (a PQ's translation, 6.4 last resort).

    A unit in words alone is a count of them; a national unit without European code is not guessed: None.
    """
    unit = held.unit
    alone = unit is not None and unit.original is None and unit.target is None
    view = quantity_view(Quantity(held.value) if alone else held)
    if view is None:
        return None
    wrote = unit is not None and unit.original in {None, unit.target}
    return view, written(unit.text) if unit is not None and wrote else None


def _print_content(view: QuantityView, words: str | None) -> str:
    if words is None:
        return elements.quantity("pharm:quantity", view)
    unit = f"<translation><originalText>{escaped(words)}</originalText></translation>"
    return elements.quantity("pharm:quantity", view).removesuffix("/>") + f">{unit}</pharm:quantity>"


def package_code(product: MedicinalProduct) -> Coding | None:
    """A package's own code where no container carries one."""
    carried = any(layer.code is not None for layer in product.packages)
    return product.codes[0] if product.level == "package" and product.codes and not carried else None


def inner(element: Element, tag: str) -> Element | None:
    """The first child of that local name, in whatever namespace its wave wrote it."""
    return next(iter(element.iterchildren(f"{{*}}{tag}")), None)


def first_of(element: Element, tags: tuple[str, ...]) -> Element | None:
    """The first child of the first of these local names that there is."""
    return next((e for tag in tags if (e := inner(element, tag)) is not None), None)


def is_denied(role: Element) -> bool:
    """Whether a role of a product (an ingredient, a part) is said not to be one (negationInd)."""
    return role.get("negationInd") not in {None, "false"}


def says_something(element: Element) -> bool:
    """Whether anything below an element is a value, a code or a word: an unknown one says nothing to lose."""
    return any(e.get("value") or e.get("code") or (e.text or "").strip() for e in element.iter("*"))


def words_of(tree: Tree, element: Element | None) -> str | None:
    """An element's own text, which then counts as carried."""
    words = None if element is None else text_of(element) or None
    if words is not None:
        tree.use(element)
    return words
