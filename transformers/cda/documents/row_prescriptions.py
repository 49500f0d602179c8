"""What a reader reads about a prescription: the product with its packages, the dosage in its own words, amount, dates.

The text is authoritative; validity, repeats and whoever recorded it stand here alone, for E.3.2 has no place for them.
"""

from dataclasses import replace

from transformers.cda.medicine.rows import dosage_cell, whole_codes_cell, whole_product_cell
from transformers.cda.types.narrative import (
    Cell,
    NarrativeRow,
    coded_cell,
    codings_of,
    label_of,
    moment_cell,
    optional,
    period_cell,
    piece,
    quantity_text,
    row,
    source_cell,
)
from transformers.cda.types.people import professional_text
from transformers.model.prescription import PrescribedItem
from transformers.words import Words

COLUMNS = ("medicine", "code", "dosage", "reason", "amount", "dates", "status", "source")


def prescription_row(item: PrescribedItem, anchor: str, words: Words) -> NarrativeRow:
    """The row of one prescription; ``anchor`` is its ID and the stem of the IDs in it."""
    product = item.product
    reason: Cell = ()
    if item.reason is not None:
        reason = (piece(label_of(item.reason), f"{anchor}-reason"), *codings_of(item.reason))
    return row(
        anchor,
        whole_product_cell(product, anchor, words),
        whole_codes_cell(product, anchor, words),
        _dosage(item, anchor, words),
        reason,
        _amount(item, anchor, words),
        _dates(item, words),
        (
            piece(words["status.fully_dispensed" if item.completed else "status.dispensable"]),
            *optional(professional_text(item.prescriber), words["label.prescriber"]),
        ),
        source_cell(item.provenance, words),
    )


def instruction_text(item: PrescribedItem, words: Words) -> str | None:
    """What the patient is told (PINSTRUCT): the whole dosage text, what stands beside it, the dispensings that remain.

    Lines; None when there is nothing to tell.
    """
    repeats = None if item.repeats is None else f"{words['label.repeats']}: {item.repeats}"
    needed = words["value.as_needed"] if item.dosage.as_needed else None
    lines = (item.dosage.text, needed, item.to_patient, repeats)
    return "\n".join(line for line in lines if line and line.strip()) or None


def _dosage(item: PrescribedItem, anchor: str, words: Words) -> Cell:
    """The instruction, whole and in one piece (PINSTRUCT points to it), then what is structured."""
    told = instruction_text(item, words)
    return (
        *((piece(told, f"{anchor}-patient"),) if told is not None else ()),
        *dosage_cell(replace(item.dosage, text=None, as_needed=False), anchor, words),
    )


def _amount(item: PrescribedItem, anchor: str, words: Words) -> Cell:
    packages = None if item.packages is None else quantity_text(item.packages)
    amount = None if item.amount is None else quantity_text(item.amount)
    repeats = None if item.repeats is None else str(item.repeats)
    substitution = None if item.substitution is None else words[f"value.{item.substitution.value}"]
    return (
        *optional(packages, words["label.packages"]),
        *optional(amount, words["label.amount"]),
        *optional(repeats, words["label.repeats"]),
        *optional(substitution, words["label.substitution"]),
        *coded_cell(item.substitution_code, words["label.substitution"], f"{anchor}-substitution"),
        *optional(item.to_dispenser, words["label.to_dispenser"], f"{anchor}-dispenser"),
    )


def _dates(item: PrescribedItem, words: Words) -> Cell:
    return (
        *moment_cell(item.prescribed, words["label.prescribed"]),
        *moment_cell(item.valid_until, words["label.valid_until"]),
        piece(words["label.treatment"]),
        *period_cell(item.treatment, words),
    )
