"""The original Norwegian document to be printed: a summary or a prescription of the pivot, in its source's words.

A summary says what its structured document (level 3) says, from the same narratives. A prescription says every word of
its item. What a source did not say is not printed, save where silence could be misread.
"""

from collections.abc import Iterator

from transformers.cda.documents.patient_summary import narratives_of
from transformers.cda.types.narrative import Narrative, Piece
from transformers.cda.types.times import spoken
from transformers.display.pdf import PdfMade, print_sheet
from transformers.display.sheet import Block, Cell, Heading, LabelledTexts, Paragraphs, Sheet, SheetText
from transformers.display.sheet_parts import (
    Words,
    author,
    cell,
    coded,
    coding_text,
    facts,
    identifier,
    moment,
    organisation,
    patient_blocks,
    period,
    professional,
    provenance,
    quantity,
    words_of,
)
from transformers.model.people import Person
from transformers.model.prescription import PrescribedItem, Prescription
from transformers.model.summary import Dosage, Ingredient, MedicinalProduct, PackageLayer, PatientSummary, Timing
from transformers.model.values import Identifier, Moment
from transformers.spoken import measures_of


def patient_summary_pdf(summary: PatientSummary) -> PdfMade:
    """The summary's original as PDF/A-1b. Raises a CdaError as its structured document does, or NotPrintable."""
    words = words_of(summary.language)
    blocks: list[Block] = list(patient_blocks(summary.patient, words))
    for title, narrative in narratives_of(summary):
        blocks += _narrated(title, narrative)
    blocks.append(Heading(SheetText(words["document"])))
    blocks.append(
        facts(
            (words["made"], cell(_made(summary))),
            (words["updated"], cell(spoken(summary.last_updated))),
            (words["composed_by"], author(summary.author)),
            (words["responsible"], professional(summary.legal_authenticator)),
            (words["custodian"], organisation(summary.custodian)),
        )
    )
    return print_sheet(_sheet(summary, words, tuple(blocks)))


def prescription_pdf(prescription: Prescription) -> PdfMade:
    """The prescription's original as PDF/A-1b. Raises NotPrintable."""
    words, item = words_of(prescription.language), prescription.item
    blocks = (
        *patient_blocks(prescription.patient, words),
        *_medicine(item.product, words),
        Heading(SheetText(words["use"])),
        _use(item, words),
        Heading(SheetText(words["dispensing"])),
        _dispensing(item, words),
        Heading(SheetText(words["prescription"])),
        _prescribed(item, words),
        Heading(SheetText(words["document"])),
        facts(
            (words["made"], cell(_made(prescription))),
            (words["composed_by"], author(prescription.author)),
            (words["responsible"], professional(prescription.legal_authenticator)),
            (words["custodian"], organisation(prescription.custodian)),
        ),
    )
    return print_sheet(_sheet(prescription, words, blocks))


def _sheet(document: PatientSummary | Prescription, words: Words, blocks: tuple[Block, ...]) -> Sheet:
    return Sheet(
        title=document.title,
        language=document.language,
        created=document.created,
        running=_running(document.patient, document.title, words),
        foot=f"{words['original']} · {_named(document.id)}",
        blocks=blocks,
    )


def _running(person: Person, title: str, words: Words) -> str:
    number = f" · {identifier(person.identifiers[0])}" if person.identifiers else ""
    return f"{person.name.plain()} · {words['born'].lower()} {spoken(person.birth)}{number} · {title}"


def _named(value: Identifier) -> str:
    return value.root if value.extension is None else f"{value.root}^{value.extension}"


def _made(document: PatientSummary | Prescription) -> str:
    return spoken(Moment.at(document.created))


def _narrated(title: str, narrative: Narrative) -> Iterator[Block]:
    """A statement is headed by what it is about; beneath stands each column of its row, under the column's name."""
    yield Heading(SheetText(title))
    for row in narrative.rows:
        first, *others = (tuple(_piece(piece) for piece in parts) for parts in row.cells)
        subject, *columns = narrative.columns
        yield Heading(first[0], 3)
        yield facts((subject, first[1:]), *zip(columns, others, strict=True))
    yield Paragraphs(tuple(_piece(piece) for piece in narrative.paragraphs))


def _piece(piece: Piece) -> SheetText:
    label = "" if piece.label is None else f"{piece.label}: "
    more = "" if piece.more is None else f" [{piece.more}]"
    return SheetText(label + "\n".join((piece.first, *piece.rest)) + more)


def _medicine(product: MedicinalProduct, words: Words) -> Iterator[Block]:
    yield Heading(SheetText(words["medicine"]))
    yield LabelledTexts(tuple(_product(product, words)))
    for part in product.parts:
        yield Heading(SheetText(words["part"]), 3)
        yield LabelledTexts(tuple(_product(part, words)))


def _product(product: MedicinalProduct, words: Words) -> Iterator[tuple[str, Cell]]:
    yield words["product"], cell(product.name)
    yield words["level"], cell(words.get(f"level.{product.level}", product.level))
    told = (
        (words["ingredient"], tuple(s for i in product.ingredients for s in cell(_ingredient(i)))),
        (words["atc"], cell(coded(product.atc))),
        (words["form"], cell(*dict.fromkeys((coded(product.form), product.form_text)))),
        (words["strength"], cell(product.strength_text)),
        (words["package"], tuple(s for layer in product.packages for s in cell(_package(layer, words)))),
        (words["code"], cell(*(coding_text(coding) for coding in product.codes))),
        (words["manufacturer"], organisation(product.manufacturer)),
        (words["lot"], cell(product.lot)),
    )
    yield from (row for row in told if row[1])


def _ingredient(ingredient: Ingredient) -> str:
    strength = " / ".join(q for q in (quantity(ingredient.numerator), quantity(ingredient.denominator)) if q)
    return " ".join(part for part in (coded(ingredient.substance), strength) if part)


def _package(layer: PackageLayer, words: Words) -> str:
    code = None if layer.code is None else coding_text(layer.code)
    named = ", ".join(part for part in (layer.name, coded(layer.form), code) if part)
    held = quantity(layer.quantity)
    return f"{named or words['package']}: {words['holds']} {held}" if held else named


def _use(item: PrescribedItem, words: Words) -> LabelledTexts:
    dosage = item.dosage
    return facts(
        (words["dosage"], cell(dosage.text) or cell(words["not_stated"])),
        (words["dose"], cell(_dose(dosage))),
        *(_timing(Timing(period=dosage.period), words) if dosage.period else ()),
        *(row for timing in dosage.timings for row in _timing(timing, words)),
        (words["as_needed"], cell(words["yes"] if dosage.as_needed else None)),
        (words["daily_maximum"], cell(quantity(dosage.daily_maximum))),
        (words["route"], cell(coded(dosage.route))),
        (words["reason"], cell(coded(item.reason))),
        (words["to_patient"], cell(item.to_patient)),
        (words["treatment"], period(item.treatment, words)),
    )


def _dose(dosage: Dosage) -> str | None:
    return " – ".join(q for q in (quantity(dosage.dose), quantity(dosage.dose_high)) if q) or None


def _timing(timing: Timing, words: Words) -> Iterator[tuple[str, Cell]]:
    measures = measures_of(words)
    yield words["interval"], cell(measures.rhythm(timing))
    if timing.event is not None:
        offset = None if timing.offset is None else measures.amount(timing.offset)
        yield words["event"], cell(coding_text(timing.event), offset)
    yield words["once"], cell(moment(timing.at))


def _dispensing(item: PrescribedItem, words: Words) -> LabelledTexts:
    allowed = None if item.substitution is None else words[f"substitution.{item.substitution.value}"]
    return facts(
        (words["packages"], cell(quantity(item.packages))),
        (words["amount"], cell(quantity(item.amount))),
        (words["repeats"], cell(words["not_stated"] if item.repeats is None else str(item.repeats))),
        (words["substitution"], cell(allowed, coded(item.substitution_code)) or cell(words["not_stated"])),
        (words["to_dispenser"], cell(item.to_dispenser)),
    )


def _prescribed(item: PrescribedItem, words: Words) -> LabelledTexts:
    return facts(
        (words["prescription_id"], cell(_named(item.id))),
        (words["prescribed"], cell(moment(item.prescribed))),
        (words["valid_until"], cell(moment(item.valid_until))),
        (words["state"], cell(words["state.completed" if item.completed else "state.active"])),
        (words["prescriber"], professional(item.prescriber) or cell(words["not_stated"])),
        (words["source"], provenance(item.provenance, words)),
    )
