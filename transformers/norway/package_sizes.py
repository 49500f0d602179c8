"""Pakningsstr, the size of a Norwegian package as text: ``98``, ``10x0,5``, ``2x5x10`` become containers, or nothing.

E-resept M1 and FEST M30, PakningsinfoResept and Pakningsinfo. The rule: every factor is a container, the last one is
the innermost and holds that much of the unit; each factor before it counts the containers inside. What does not read so
is no package layer.
"""

import re
from decimal import Decimal

from transformers.model.summary import PackageLayer
from transformers.model.values import Coded, Quantity

_CROSS = re.compile(r" *[xX×*] *")
_CONTENT = re.compile(r"[0-9]{1,8}([.,][0-9]{1,4})?")
_COUNT = re.compile(r"[1-9][0-9]{0,4}")
_THOUSANDS = re.compile(r"0*[1-9][0-9]*\.[0-9]{3}")
"""A point and exactly three digits: 1.000 is a thousand to one writer and one to another. 0.125 has one reading."""
_MOST_LAYERS = 3


def layers(size: str, unit: Coded, kind: Coded | None = None) -> tuple[PackageLayer, ...] | None:
    """The containers from the innermost to the outermost; None for a size that this grammar does not read.

    ``unit`` is what the innermost amount counts (EnhetPakning), ``kind`` the innermost container (Pakningstype).
    """
    *counts, content = _CROSS.split(" ".join(size.split()))
    if len(counts) >= _MOST_LAYERS or not _CONTENT.fullmatch(content) or not all(map(_COUNT.fullmatch, counts)):
        return None
    if _THOUSANDS.fullmatch(content):
        return None
    amount = Decimal(content.replace(",", "."))
    if amount == 0:
        return None
    outer = [PackageLayer(Quantity(Decimal(count))) for count in reversed(counts)]
    return (PackageLayer(Quantity(amount, unit), kind), *outer)


def total(containers: tuple[PackageLayer, ...]) -> Decimal | None:
    """How much of the innermost unit the whole package holds; None where a layer does not say."""
    whole = Decimal(1)
    for layer in containers:
        if layer.quantity is None:
            return None
        whole *= layer.quantity.value
    return whole if containers else None


def held_by(containers: tuple[PackageLayer, ...]) -> Quantity | None:
    """The same with its unit, as it is written: two are comparable when their units are one."""
    whole, inner = total(containers), containers[0].quantity if containers else None
    if whole is None or inner is None:
        return None
    unit = inner.unit
    written = None if unit is None else (unit.original.code if unit.original is not None else unit.text)
    return Quantity(whole, None if written is None else Coded(written))
