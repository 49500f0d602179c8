"""How much of a foreign prescription a Norwegian product is: what `transformers/norway/remaining.py` needs for it."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from transformers.model.prescription import PrescribedItem
from transformers.model.summary import MedicinalProduct
from transformers.model.values import Quantity
from transformers.norway.fest import Fest, FestMedicine
from transformers.norway.measures import content_in_norwegian_units, in_norwegian_units
from transformers.norway.package_sizes import total
from transformers.norway.prescription import Dispensing
from transformers.norway.remaining import AmountDecision, PrescribedAmount, decide_amounts
from transformers.norway.with_fest import sized_by_fest


def decide_amount(
    item: PrescribedItem, made: Sequence[Dispensing], entry: FestMedicine, packages: Decimal, fest: Fest
) -> AmountDecision:
    """``packages`` of ``entry`` held against what the prescription states and what was ``made`` of it here before.

    What the country says is left stands in the prescription: one dispensing and its repeats, none where it says nothing
    of repeats.
    """
    handed = sized_by_fest(Dispensing(packages=packages, item_number=entry.item_number), fest)
    return decide_amounts(prescribed_amount(item), made, [handed])


def prescribed_amount(item: PrescribedItem) -> PrescribedAmount:
    """What a foreign prescription states, in Norwegian units where they are the same amount."""
    product = item.product
    return PrescribedAmount(
        packages=None if item.packages is None else item.packages.value,
        amount=None if item.amount is None else in_norwegian_units(item.amount, product, product),
        holds=_held(product),
        repeats=item.repeats or 0,
    )


def _held(product: MedicinalProduct) -> Quantity | None:
    inner, whole = product.packages[0].quantity if product.packages else None, total(product.packages)
    if inner is None or whole is None:
        return None
    return content_in_norwegian_units(replace(inner, value=whole), product, product)
