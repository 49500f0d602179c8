"""Units in which medicines are counted, as Norway writes them: which two compare, and by what factor.

Norwegian units are codes of Volven 7452 (prescriptions, FEST) and 7484 (the pharmacies' item register, which real M10
use), upper and lower case alike; foreign ones are UCUM, whose case matters, with eHDSI's annotations (``{tablet}``:
English names of EDQM dose units). Two units compare when they measure one thing by an exact factor: gram and milligram,
litre and millilitre, a piece and the same kind of piece. Nothing is assumed of a teaspoon, of a density, or of a count
that does not say what it counts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from transformers.model.amounts import are_packages
from transformers.model.summary import Ingredient, MedicinalProduct
from transformers.model.values import Coded, Quantity

PIECES: Final = "stk"
"""Volven 7452, a piece: of what, the dose form says."""
_UCUM: Final = "2.16.840.1.113883.6.8"
_ONE: Final = Fraction(1)

_SAME: Final[Mapping[str, tuple[str, Fraction]]] = {
    "kg": ("g", Fraction(1000)),
    "mg": ("g", Fraction(1, 1000)),
    "mikrog": ("g", Fraction(1, 10**6)),
    "mcg": ("g", Fraction(1, 10**6)),
    "g spr": ("g", _ONE),
    "l": ("ml", Fraction(1000)),
    "l pl": ("ml", Fraction(1000)),
    "mikroliter": ("ml", Fraction(1, 1000)),
    "mcl": ("ml", Fraction(1, 1000)),
    "iu": ("ie", _ONE),
    "mill ie": ("ie", Fraction(10**6)),
    "m": ("cm", Fraction(100)),
    "gbq": ("mbq", Fraction(1000)),
    "doser": ("dose", _ONE),
    "kuler": ("kule", _ONE),
    "spr": ("sprøyte", _ONE),
    "stykk": (PIECES, _ONE),
    **{f"ml{container}": ("ml", _ONE) for container in ("amp", "gl", "hgl", "pen", "pip", "pl", "spr", "syl")},
    **dict.fromkeys(("amp", "datop", "endos", "enp", "enpac"), (PIECES, _ONE)),
}
"""Norwegian codes, lower case, that are another one of them so many times."""

_FROM_UCUM: Final[Mapping[str, tuple[str, Decimal]]] = {
    "kg": ("kg", Decimal(1)),
    "g": ("g", Decimal(1)),
    "mg": ("mg", Decimal(1)),
    "ug": ("mikrog", Decimal(1)),
    "ng": ("mikrog", Decimal("0.001")),
    **{litre: ("L", Decimal(1)) for litre in ("L", "l")},
    **{one: ("ml", Decimal(100)) for one in ("dL", "dl")},
    **{one: ("ml", Decimal(10)) for one in ("cL", "cl")},
    **{one: ("ml", Decimal(1)) for one in ("mL", "ml", "cm3")},
    **{one: ("mikroliter", Decimal(1)) for one in ("uL", "ul")},
    **{one: ("IE", Decimal(1)) for one in ("[IU]", "[iU]", "[IU]'s")},
    **{one: ("IE", Decimal(1000)) for one in ("k[IU]", "k[iU]", "10*3.[IU]", "10*3.[iU]")},
    **{one: ("mill IE", Decimal(1)) for one in ("M[IU]", "M[iU]", "10*6.[IU]", "10*6.[iU]")},
    "mol": ("mol", Decimal(1)),
    "mmol": ("mol", Decimal("0.001")),
    "m": ("m", Decimal(1)),
    "cm": ("cm", Decimal(1)),
    "cm2": ("cm2", Decimal(1)),
    "MBq": ("MBq", Decimal(1)),
    "GBq": ("GBq", Decimal(1)),
}
"""UCUM (case sensitive) to a code of Volven 7452 and how many of it; what is not here compares with nothing."""

UNIT_NAMES: Final[Mapping[str, str]] = {
    PIECES: "stykk",
    "kg": "kilogram",
    "g": "gram",
    "mg": "milligram",
    "mikrog": "mikrogram",
    "L": "liter",
    "ml": "milliliter",
    "mikroliter": "mikroliter",
    "IE": "internationale enheter",
    "mill IE": "millioner internationale enheter",
    "mol": "mol",
    "m": "meter (kun handelsvarer og kjemikalier)",
    "cm": "centimeter",
    "cm2": "kvadratcentimeter",
    "MBq": "megabequerel",
    "GBq": "gigabequerel",
    "dose": "dose",
    "dråpe": "dråpe",
    "penn": "penn",
    "sprøyte": "sprøyte",
}
"""Codes of Volven 7452 that an amount from abroad may have here, with their names."""

_ANNOTATED: Final[Mapping[str, str]] = {
    "dose": "dose",
    "doses": "dose",
    "drop": "dråpe",
    "drops": "dråpe",
    "pen": "penn",
    "pens": "penn",
    "syringe": "sprøyte",
    "syringes": "sprøyte",
}
"""Annotations (EDQM dose units) that Volven 7452 has a code of its own for."""
_COUNTS_ANYTHING: Final = frozenset({"unit", "units", "unit(s)", "piece", "pieces", "pc", "pcs", "count"})
_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "tablet": ("tablet",),
    "capsule": ("capsule", "kapsel", "kapsler"),
    "suppository": ("suppositor", "stikkpille"),
    "pessary": ("pessar", "vagitori"),
    "patch": ("patch", "plaster"),
    "sachet": ("sachet", "dosepose"),
    "ampoule": ("ampoule", "ampulle"),
    "vial": ("vial", "hetteglass"),
    "lozenge": ("lozenge", "sugetablett"),
    "chewing gum": ("chewing gum", "chewing-gum", "tyggegummi"),
}
"""Kinds of pieces by words in English and Norwegian names of dose forms and dose units (EDQM, Volven 7448, 7480)."""
_OF_SUBSTANCE: Final = frozenset({"IE", "mill IE", "mol", "MBq", "GBq"})
"""Codes of Volven 7452 that count the active substance, whatever the strength; all others count the product."""


@dataclass(frozen=True, slots=True)
class UnitOfMeasure:
    """A Norwegian unit as a multiple of another."""

    base: str
    factor: Fraction = _ONE


def unit_of_measure(code: str | None) -> UnitOfMeasure:
    """By a code of Volven 7452 or 7484; no unit at all, and any other word, compares with itself alone.

    What a foreign document counts is made a Norwegian unit first (`in_norwegian_units`).
    """
    said = "" if code is None else " ".join(code.split()).casefold()
    base, factor = _SAME.get(said, (said, _ONE))
    return UnitOfMeasure(base, factor)


def in_unit(quantity: Quantity, unit: str | None) -> Fraction | None:
    """How many of the Norwegian ``unit`` a quantity in Norwegian units is, exactly; None: they do not compare."""
    theirs, ours = unit_of_measure(code_of(quantity.unit)), unit_of_measure(unit)
    return Fraction(quantity.value) * theirs.factor / ours.factor if theirs.base == ours.base else None


def code_of(unit: Coded | None) -> str | None:
    """A unit as Norwegian messages write it: its code, else its words."""
    if unit is None:
        return None
    return unit.original.code if unit.original is not None else unit.text


def in_norwegian_units(quantity: Quantity, product: MedicinalProduct, prescribed: MedicinalProduct | None) -> Quantity:
    """An amount that a foreign document states of ``product``, in a code of Volven 7452 where that is the same amount.

    Pieces are ``stk`` only when they are said to be of the kind of piece that was prescribed. An amount of a product of
    another strength, in pieces, grams, millilitres or doses, compares with none of the prescription's, and neither does
    what has no such code: both keep words. ``prescribed`` None: it is not known.
    """
    measured = _measured(quantity, product, prescribed)
    return measured or Quantity(quantity.value, Coded(_pieces(_kind_stated(quantity.unit), product, prescribed)))


def content_in_norwegian_units(
    content: Quantity, product: MedicinalProduct, prescribed: MedicinalProduct | None
) -> Quantity:
    """As `in_norwegian_units`, of what a package holds: a count that does not say of what is of the product's form.

    But for a bare 1, which documents write that do not describe the package: it may count bottles.
    """
    measured = _measured(content, product, prescribed)
    if measured is not None:
        return measured
    kind = _kind_stated(content.unit)
    if kind is None and content.value != 1:
        kind = kind_of_piece(product)
    return Quantity(content.value, Coded(_pieces(kind, product, prescribed)))


def _measured(quantity: Quantity, product: MedicinalProduct, prescribed: MedicinalProduct | None) -> Quantity | None:
    """A quantity whose unit says all: a measure, or a count that Volven 7452 has a code of its own for."""
    ucum = _ucum(quantity.unit)
    if ucum is None:
        return None
    if ucum in _FROM_UCUM:
        code, times = _FROM_UCUM[ucum]
        return Quantity(quantity.value * times, Coded(_of_strength(code, product, prescribed)))
    annotation = _annotation(ucum)
    if annotation is None:
        return Quantity(quantity.value, Coded(f"{ucum} (UCUM)"))
    if annotation not in _ANNOTATED:
        return None
    return Quantity(quantity.value, Coded(_of_strength(_ANNOTATED[annotation], product, prescribed)))


def _of_strength(code: str, product: MedicinalProduct, prescribed: MedicinalProduct | None) -> str:
    """A unit, or words for it where it counts a product of another strength than was prescribed."""
    if code in _OF_SUBSTANCE or prescribed is None or not another_strength(product, prescribed):
        return code
    return f"{code} av annen styrke"


def _kind_stated(unit: Coded | None) -> str | None:
    """The kind of piece that a count says it is of."""
    ucum = _ucum(unit)
    if ucum is None:
        return _kind(_words(unit))
    annotation = _annotation(ucum) or ""
    return _kind((annotation,)) or (None if annotation in _COUNTS_ANYTHING else annotation)


def _ucum(unit: Coded | None) -> str | None:
    """A UCUM unit that is not a bare count; the document's own decides, not one in a translation."""
    stated = None if unit is None else unit.target or unit.original
    is_one = stated is not None and stated.system == _UCUM and not are_packages(stated.code)
    return stated.code if stated is not None and is_one else None


def _pieces(kind: str | None, product: MedicinalProduct, prescribed: MedicinalProduct | None) -> str:
    """``stk``, or the words for pieces that are not known to be those prescribed."""
    if not kind:
        return "enheter av ukjent slag"
    if prescribed is None or kind != kind_of_piece(prescribed):
        return f"{kind} (ikke enheten på resepten)"
    return _of_strength(PIECES, product, prescribed)


def kind_of_piece(product: MedicinalProduct) -> str | None:
    """What one piece of a product is, by its dose form; None where that names no kind of piece, or several."""
    return _kind((*_words(product.form), *((product.form_text,) if product.form_text else ())))


def same_strength(product: MedicinalProduct, other: MedicinalProduct) -> bool | None:
    """Whether two products are of one strength; None where that cannot be told.

    It cannot where one does not state it of each ingredient, or in another measure (a tablet, and a millilitre).
    """
    one, two = (_strengths(of.ingredients) for of in (product, other))
    if one is None or two is None or [measure for measure, _ in one] != [measure for measure, _ in two]:
        return None
    return one == two


def another_strength(product: MedicinalProduct, other: MedicinalProduct) -> bool:
    """Whether two products state their strengths in the same measures, and state different ones."""
    return same_strength(product, other) is False


def _strengths(ingredients: tuple[Ingredient, ...]) -> list[tuple[tuple[str, str], Fraction]] | None:
    """Each ingredient's measure and ratio, in order of both; None where one has none."""
    found = []
    for one in ingredients:
        if one.numerator is None or one.denominator is None or one.denominator.value == 0:
            return None
        over, under = _of_either(one.numerator), _of_either(one.denominator)
        ratio = Fraction(one.numerator.value) * over.factor / (Fraction(one.denominator.value) * under.factor)
        found.append(((over.base, under.base), ratio))
    return sorted(found) or None


def _of_either(quantity: Quantity) -> UnitOfMeasure:
    """A unit of FEST (Volven) or of a document (UCUM); every count, a bare one too, is of pieces."""
    unit = quantity.unit
    if unit is None:
        return UnitOfMeasure(PIECES)
    stated = unit.target or unit.original
    if stated is None or stated.system != _UCUM:
        return unit_of_measure(code_of(unit))
    if are_packages(stated.code) or _annotation(stated.code) is not None:
        return UnitOfMeasure(PIECES)
    if stated.code not in _FROM_UCUM:
        return UnitOfMeasure(stated.code)
    code, times = _FROM_UCUM[stated.code]
    known = unit_of_measure(code)
    return UnitOfMeasure(known.base, known.factor * Fraction(times))


def _annotation(ucum: str) -> str | None:
    """What stands in braces, in lower case."""
    inside = ucum[1:-1] if ucum.startswith("{") and ucum.endswith("}") else None
    return None if inside is None or set(inside) & set("{}") else inside.strip().casefold()


def _words(concept: Coded | None) -> tuple[str, ...]:
    if concept is None:
        return ()
    codings = (concept.target, concept.original, *concept.others)
    displays = (coding.display for coding in codings if coding is not None and coding.display)
    return (*((concept.text,) if concept.text else ()), *displays)


def _kind(words: Iterable[str]) -> str | None:
    """The one kind of piece that words name; None for no kind, and for more than one."""
    said = " ".join(words).casefold()
    lozenges = ("lozenge", "sugetablett")
    found = {kind for kind, names in _KINDS.items() if any(name in said for name in names)}
    if any(name in said for name in lozenges):  # a lozenge is a "sugetablett" in Norwegian, no tablet
        found.discard("tablet")
    return found.pop() if len(found) == 1 else None
