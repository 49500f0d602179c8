"""Medicines of a foreign summary: E.3.4 with product, dosage, reason, instruction and who prescribed."""

from dataclasses import replace
from typing import Final

from transformers.cda.medicine.posology import read_posology
from transformers.cda.medicine.product import read_product
from transformers.cda.statements.absence import absences
from transformers.cda.statements.forms import Origin, StatementForm, provenance, single
from transformers.cda.statements.parts import (
    TO_PATIENT,
    comment,
    instruction,
    own_words,
    parts_below,
    read_reason,
    status_of,
)
from transformers.cda.statements.signs import unreadable
from transformers.cda.types.people import professional
from transformers.cda.types.tree import Element, Tree, child
from transformers.cda.types.values import is_code
from transformers.cda.types.vocabulary import CCD, DRUG, E3, IHE
from transformers.model.people import Professional
from transformers.model.section_state import Absence
from transformers.model.summary import Dosage, MedicationStatement, Timing

FORM: Final = StatementForm(
    frozenset({"substanceAdministration"}),
    (f"{E3}4", f"{CCD}24", f"{IHE}7.1"),
    frozenset({DRUG.code}),
    older=(f"{IHE}7",),
)


def read_medication(tree: Tree, entry: Element, origin: Origin) -> MedicationStatement | list[Absence] | None:
    """One medicine, or the absence of any; None for an entry that names no product."""
    material = entry.find("{*}consumable/{*}manufacturedProduct/{*}manufacturedMaterial/{*}code")
    said = absences(tree, entry, (child(entry, "code"), material), (origin, "medicine"))
    if said is not None:
        return said
    if not single(tree, entry, FORM, "medicine", origin):
        return None
    text, own = own_words(tree, entry)
    product = read_product(tree, entry.find("{*}consumable/{*}manufacturedProduct"), text)
    if product is None:
        unreadable(tree, entry, "product")
        return None
    is_code(tree, child(entry, "code"), DRUG.code)
    parts = parts_below(entry)
    told = instruction(tree, parts.get("instruction", ()), TO_PATIENT)
    used, dosage = read_posology(tree, entry, told)
    made = provenance(tree, entry, origin)
    return MedicationStatement(
        id=made.source_id or "",
        product=product,
        dosage=_with_period(dosage),
        used=used,
        ordered=entry.get("moodCode") == "INT",
        reason=read_reason(tree, parts.get("reason", ())),
        provenance=made,
        prescriber=_prescriber(tree, entry),
        note=comment(tree, parts, own),
        status=status_of(tree, entry, frozenset({"active", "completed"})),
    )


def _with_period(dosage: Dosage) -> Dosage:
    """The pivot of a summary (version 1 of its JSON) names a plain "every" that stands alone ``period``."""
    plain = dosage.timings[0].period if len(dosage.timings) == 1 else None
    return replace(dosage, period=plain, timings=()) if dosage.timings == (Timing(period=plain),) and plain else dosage


def _prescriber(tree: Tree, entry: Element) -> Professional | None:
    author = child(entry, "author")
    if author is None:
        return None
    return professional(tree, child(author, "assignedAuthor"), child(author, "functionCode"))
