"""What a reader reads about a medicine: the source's name, form and dosage, its codes, who prescribed it.

The text is authoritative; what the structure of E.3.4 cannot carry (package codes, ingredients without a whole
strength, a prescriber without a European role) stands here alone.
"""

from transformers.cda.types.composer import CdaComposer
from transformers.cda.types.elements import decimal_text
from transformers.cda.types.narrative import (
    Cell,
    NarrativeRow,
    coded_cell,
    coded_text,
    codings_of,
    label_of,
    optional,
    period_cell,
    piece,
    row,
    source_cell,
)
from transformers.cda.types.times import ends_before, spoken
from transformers.model.people import Professional
from transformers.model.summary import (
    Dosage,
    Ingredient,
    MedicationStatement,
    MedicinalProduct,
    PackageLayer,
    Timing,
)
from transformers.model.values import Coded, Moment, Quantity
from transformers.words import Words


def use_status(end: Moment | None, created: Moment) -> str:
    """``completed`` when the use certainly ended before the document was made, else ``active``."""
    return "completed" if end is not None and ends_before(end, created) else "active"


def medication_row(statement: MedicationStatement, anchor: str, composer: CdaComposer) -> NarrativeRow:
    """The row of one medicine; ``anchor`` is its ID and the stem of the IDs in it."""
    words, product = composer.words, statement.product
    what: Cell = (
        *whole_product_cell(product, anchor, words),
        *optional(statement.note, words["label.note"], f"{anchor}-note"),
    )
    status: Cell = (
        piece(words["status.prescribed" if statement.ordered else "status.taken"]),
        piece(words[f"status.{statement.status or use_status(statement.used.end, composer.created)}"]),
        *optional(professional_text(statement.prescriber), words["label.prescriber"]),
        *optional(statement.prescription_id, words["label.prescription"]),
    )
    reason: Cell = ()
    if statement.reason is not None:
        reason = (piece(label_of(statement.reason), f"{anchor}-reason"), *codings_of(statement.reason))
    dates, source = period_cell(statement.used, words), source_cell(statement.provenance, words)
    dosage = dosage_cell(statement.dosage, anchor, words)
    return row(anchor, what, whole_codes_cell(product, anchor, words), dosage, reason, dates, status, source)


def product_cell(product: MedicinalProduct, anchor: str, words: Words) -> Cell:
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


def codes_cell(product: MedicinalProduct, anchor: str) -> Cell:
    """The ATC code and every code of the product."""
    codes = (
        piece(f"{c.display + ' ' if c.display and c.display.strip() else ''}({c.code}, {c.system_name or c.system})")
        for c in dict.fromkeys(product.codes)
    )
    return (*coded_cell(product.atc, "ATC", f"{anchor}-atc"), *codes)


def whole_product_cell(product: MedicinalProduct, anchor: str, words: Words) -> Cell:
    """The product with the products of a kit."""
    parts = (
        shown
        for n, part in enumerate(product.parts, 1)
        for held in (None if part.part_quantity is None else quantity_text(part.part_quantity),)
        for shown in (
            piece(words["label.part"] if held is None else f"{words['label.part']}: {held}"),
            *whole_product_cell(part, f"{anchor}-part{n}", words),
            *whole_codes_cell(part, f"{anchor}-part{n}", words),
        )
    )
    return (*product_cell(product, anchor, words), *parts)


def whole_codes_cell(product: MedicinalProduct, anchor: str, words: Words) -> Cell:
    """Every code of the product; those of its containers stand with them."""
    kinds = (
        shown
        for n, kind in enumerate(product.kinds, 1)
        for shown in coded_cell(kind, words["label.kind"], f"{anchor}-kind{n}")
    )
    return (*codes_cell(product, anchor), *kinds)


def professional_text(professional: Professional | None) -> str | None:
    """Name, role and organisation of somebody, as one text."""
    if professional is None:
        return None
    organisation = None if professional.organisation is None else professional.organisation.name
    role = None if professional.role is None else coded_text(professional.role)
    name = None if professional.name is None else professional.name.plain()
    return ", ".join(part for part in (name, role, organisation) if part and part.strip()) or None


def dosage_cell(dosage: Dosage, anchor: str, words: Words) -> Cell:
    """The dosage's own text (its ID ends in ``-dosage``), and what of it is structured."""
    text = (piece(dosage.text, f"{anchor}-dosage"),) if dosage.text and dosage.text.strip() else ()
    dose = None if dosage.dose is None else quantity_text(dosage.dose)
    most = None if dosage.dose_high is None else quantity_text(dosage.dose_high)
    dose = f"{dose} – {most}" if dose is not None and most is not None else dose or most
    every = None if dosage.period is None else quantity_text(dosage.period)
    return (
        *text,
        *optional(dose, words["label.dose"]),
        *optional(every, words["label.period"]),
        *(piece(_timing_text(one), label=words["label.timing"]) for one in dosage.timings),
        *((piece(words["value.as_needed"]),) if dosage.as_needed else ()),
        *coded_cell(dosage.route, words["label.route"], f"{anchor}-route"),
    )


def _timing_text(one: Timing) -> str:
    """One rule of when: the interval, the event with its offset, or the moment."""
    every = None if one.period is None else quantity_text(one.period)
    event = None if one.event is None else one.event.display or one.event.code
    offset = None if one.offset is None else quantity_text(one.offset)
    at = None if one.at is None else spoken(one.at)
    return ", ".join(part for part in (every, event, offset, at) if part)


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


def quantity_text(quantity: Quantity) -> str:
    """A number and its unit in words."""
    number = decimal_text(quantity.value)
    return number if quantity.unit is None else f"{number} {coded_text(quantity.unit)}"
