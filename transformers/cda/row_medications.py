"""What a reader reads about a medicine: the source's name, form and dosage, its codes, who prescribed it.

The text is authoritative; what the structure of E.3.4 cannot carry (package codes, ingredients without a whole
strength, a prescriber without a European role) stands here alone.
"""

from collections.abc import Iterator
from decimal import Decimal

from transformers.cda.composer import Composer
from transformers.cda.narrative import (
    Cell,
    Piece,
    Row,
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
from transformers.cda.times import ends_before, spoken
from transformers.cda.words import Words
from transformers.model.people import Professional
from transformers.model.summary import Dosage, Ingredient, MedicationStatement, MedicinalProduct, Timing
from transformers.model.values import Coding, Moment, Quantity


def use_status(end: Moment | None, created: Moment) -> str:
    """``completed`` when the use certainly ended before the document was made, else ``active``."""
    return "completed" if end is not None and ends_before(end, created) else "active"


def decimal_text(value: Decimal) -> str:
    """A number with a decimal point and without exponent."""
    return f"{value:f}"


def medication_row(statement: MedicationStatement, anchor: str, composer: Composer) -> Row:
    """The row of one medicine; ``anchor`` is its ID and the stem of the IDs in it."""
    words, product = composer.words, statement.product
    what: Cell = (*product_cell(product, anchor, words), *optional(statement.note, words["label.note"]))
    codes = codes_cell(product, anchor)
    prescriber = statement.prescriber
    status: Cell = (
        piece(words["status.prescribed" if statement.ordered else "status.taken"]),
        piece(words[f"status.{use_status(statement.used.end, composer.created)}"]),
        *optional(professional_text(prescriber), words["label.prescriber"]),
        *optional(statement.prescription_id, words["label.prescription"]),
    )
    reason: Cell = ()
    if statement.reason is not None:
        reason = (piece(label_of(statement.reason), f"{anchor}-reason"), *codings_of(statement.reason))
    dates, source = period_cell(statement.used, words), source_cell(statement.provenance, words)
    dosage = dosage_cell(statement.dosage, anchor, words)
    return row(anchor, what, codes, dosage, reason, dates, status, source)


def product_cell(product: MedicinalProduct, anchor: str, words: Words) -> Cell:
    """Name, form, strength and ingredients; ``anchor`` is the stem of the IDs in it."""
    form_text = product.form_text if product.form is None or label_of(product.form) != product.form_text else None
    return (
        piece(product.name),
        *coded_cell(product.form, words["label.form"], f"{anchor}-form"),
        *optional(form_text, words["label.form"]),
        *optional(product.strength_text, words["label.strength"]),
        *(
            p
            for n, i in enumerate(product.ingredients, 1)
            for p in ingredient_cell(i, words["label.ingredient"], f"{anchor}-ingredient{n}")
        ),
    )


def codes_cell(product: MedicinalProduct, anchor: str) -> Cell:
    """The ATC code and every code of the product."""
    return (*coded_cell(product.atc, "ATC", f"{anchor}-atc"), *map(coding_piece, dict.fromkeys(product.codes)))


def coding_piece(coding: Coding) -> Piece:
    """A code with its display and system."""
    display = f"{coding.display} " if coding.display and coding.display.strip() else ""
    return piece(f"{display}({coding.code}, {coding.system_name or coding.system})")


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
    doses = [quantity_text(q) for q in (dosage.dose, dosage.dose_high) if q is not None]
    periods = (t.period for t in dosage.timings) if dosage.timings else (dosage.period,)
    every = [quantity_text(period) for period in periods if period is not None]
    when = [moment for t in dosage.timings for moment in _moments_of(t)]
    return (
        *text,
        *optional(" – ".join(doses), words["label.dose"]),
        *optional(", ".join(every), words["label.period"]),
        *optional(", ".join(when), words["column.dates"]),
        *((piece(words["value.as_needed"]),) if dosage.as_needed else ()),
        *coded_cell(dosage.route, words["label.route"], f"{anchor}-route"),
    )


def _moments_of(timing: Timing) -> Iterator[str]:
    if timing.event is not None:
        offset = "" if timing.offset is None else f" + {quantity_text(timing.offset)}"
        display = timing.event.display
        yield f"{f'{display} ' if display and display.strip() else ''}({timing.event.code}){offset}"
    if timing.at is not None:
        yield spoken(timing.at)


def ingredient_cell(ingredient: Ingredient, label: str, anchor: str) -> Cell:
    """A substance with as much of its strength as is known."""
    strength = " / ".join(quantity_text(q) for q in (ingredient.numerator, ingredient.denominator) if q is not None)
    english = ingredient.english if ingredient.english != label_of(ingredient.substance) else None
    said = " – ".join(part for part in (english, strength) if part and part.strip())
    named = coded_cell(ingredient.substance, label, anchor)
    return (*named, piece(said)) if said else named


def quantity_text(quantity: Quantity) -> str:
    """A number with its unit's words."""
    number = decimal_text(quantity.value)
    return number if quantity.unit is None else f"{number} {coded_text(quantity.unit)}"
