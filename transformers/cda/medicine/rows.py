"""What a reader reads about a medicine: the source's name, form and dosage, and every code of it.

The text is authoritative; what the structure of the documents cannot carry (package codes, ingredients without a whole
strength) stands here alone.
"""

from transformers.cda.types.narrative import (
    Cell,
    coded_cell,
    codes_beside,
    codings_of,
    label_of,
    optional,
    phrase,
    piece,
    quantity_text,
)
from transformers.cda.types.times import spoken
from transformers.cda.types.vocabulary import UCUM
from transformers.model.summary import Dosage, Ingredient, MedicinalProduct, PackageLayer, Timing
from transformers.model.values import Coded
from transformers.spoken import measures_of
from transformers.words import Words


def whole_product_cell(product: MedicinalProduct, anchor: str, words: Words) -> Cell:
    """The product with the products of a kit."""
    parts = (
        shown
        for n, part in enumerate(product.parts, 1)
        for held in (None if part.part_quantity is None else quantity_text(part.part_quantity),)
        for shown in (
            phrase(words["label.part"] if held is None else f"{words['label.part']}: {held}"),
            *whole_product_cell(part, f"{anchor}-part{n}", words),
            *whole_codes_cell(part, f"{anchor}-part{n}", words),
        )
    )
    return (*_product_cell(product, anchor, words), *parts)


def whole_codes_cell(product: MedicinalProduct, anchor: str, words: Words) -> Cell:
    """Every code of the product; those of its containers stand with them."""
    kinds = (
        shown
        for n, kind in enumerate(product.kinds, 1)
        for shown in coded_cell(kind, words["label.kind"], f"{anchor}-kind{n}")
    )
    return (*_codes_cell(product, anchor), *kinds)


def dosage_cell(dosage: Dosage, anchor: str, words: Words) -> Cell:
    """The dosage's own text (its ID ends in ``-dosage``), and what of it is structured."""
    text = (piece(dosage.text, f"{anchor}-dosage"),) if dosage.text and dosage.text.strip() else ()
    dose = None if dosage.dose is None else quantity_text(dosage.dose)
    most = None if dosage.dose_high is None else quantity_text(dosage.dose_high)
    dose = f"{dose} – {most}" if dose is not None and most is not None else dose or most
    limit = dosage.daily_maximum
    every = None if dosage.period is None else _rhythm(Timing(period=dosage.period), words)
    return (
        *text,
        *optional(dose, words["label.dose"]),
        *optional(every, words["label.period"]),
        *(piece(_timing_text(one, words), label=words["label.timing"]) for one in dosage.timings),
        *((phrase(words["value.as_needed"]),) if dosage.as_needed else ()),
        *optional(None if limit is None else quantity_text(limit), words["label.daily_maximum"]),
        *coded_cell(dosage.route, words["label.route"], f"{anchor}-route"),
    )


def _product_cell(product: MedicinalProduct, anchor: str, words: Words) -> Cell:
    """Name, form, strength, containers and ingredients; ``anchor`` is the stem of the IDs in it."""
    form_text = None if product.form is not None and label_of(product.form) == product.form_text else product.form_text
    return (
        piece(product.name),
        *coded_cell(product.form, words["label.form"], f"{anchor}-form"),
        *optional(form_text, words["label.form"], f"{anchor}-form" if product.form is None else None),
        *optional(product.strength_text, words["label.strength"]),
        *(p for n, one in enumerate(product.packages, 1) for p in _package_cell(one, f"{anchor}-package{n}", words)),
        *optional(None if product.manufacturer is None else product.manufacturer.name, words["label.manufacturer"]),
        *optional(product.lot, words["label.lot"]),
        *(
            p
            for n, i in enumerate(product.ingredients, 1)
            for p in _ingredient_cell(i, words["label.ingredient"], f"{anchor}-ingredient{n}")
        ),
    )


def _codes_cell(product: MedicinalProduct, anchor: str) -> Cell:
    """The ATC code and every code of the product."""
    codes = (
        piece(f"{c.display + ' ' if c.display and c.display.strip() else ''}({c.code}, {c.system_name or c.system})")
        for c in dict.fromkeys(product.codes)
    )
    return (*coded_cell(product.atc, "ATC", f"{anchor}-atc"), *codes)


def _package_cell(layer: PackageLayer, anchor: str, words: Words) -> Cell:
    """A container: what it holds, its kind, its name and code."""
    held = None if layer.quantity is None else quantity_text(layer.quantity)
    codes = () if layer.code is None else codings_of(Coded(original=layer.code))
    label = words["label.package"]
    return (
        *optional(held, label),
        *coded_cell(layer.form, label, anchor),
        *optional(layer.name, label),
        *codes,
    )


def _ingredient_cell(ingredient: Ingredient, label: str, anchor: str) -> Cell:
    """A substance with its English name and as much of its strength as is known."""
    strength = " / ".join(quantity_text(q) for q in (ingredient.numerator, ingredient.denominator) if q is not None)
    english = ingredient.english if ingredient.english != label_of(ingredient.substance) else None
    said = " – ".join(part for part in (english, strength) if part and part.strip())
    named = coded_cell(ingredient.substance, label, anchor)
    return (*named, piece(said)) if said else named


def _rhythm(one: Timing, words: Words) -> str | None:
    """How often, in words; beside them codes of the unit in other systems than UCUM, which the words may not hold."""
    said = measures_of(words).rhythm(one)
    return said if said is None or one.period is None else f"{said}{codes_beside(one.period.unit, UCUM)}"


def _timing_text(one: Timing, words: Words) -> str:
    """One rule of when: the interval, the event with its offset, or the moment."""
    every = None if one.period is None else _rhythm(one, words)
    event = None if one.event is None else one.event.display or one.event.code
    offset = None if one.offset is None else measures_of(words).amount(one.offset)
    at = None if one.at is None else spoken(one.at)
    return ", ".join(part for part in (every, event, offset, at) if part)
