"""The eHDSI eDispensation CDA (document template E.1.2, section E.2.2, entry E.3.3) and its discard, read and written.

Which prescription a document of any country and wave is of is said twice (REFR id, inFulfillmentOf) and checked by
nobody: what contradicts itself here, or the prescription it is held against, is an ERROR. Country B writes a document
of wave 8 from the pivot of the ePrescription it was given, never from a translated one: the ids of item and
prescription are the ePrescription's, verbatim. A discard is the dispensation once more under another code: its ids are
what country A undoes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from transformers.cda.documents.deciding import absent, check_stated
from transformers.cda.documents.header import Authored, Header, HeaderForm, document_of, header_of, print_header
from transformers.cda.documents.medicine_document import (
    MedicineEntry,
    acts,
    author_of,
    custodian_of,
    find_entry,
    is_denied,
    medicine_header,
    narrative_of,
    one_section,
    read_status,
    use_text,
)
from transformers.cda.documents.written import Written, begun
from transformers.cda.errors import AmountInexpressible, NotAffirmed, RequiredMissing
from transformers.cda.kinds import TEMPLATES
from transformers.cda.medicine.packages import containers, read_supplied, supplied_view
from transformers.cda.medicine.product import print_supplied, read_product
from transformers.cda.medicine.rows import dosage_cell, whole_codes_cell, whole_product_cell
from transformers.cda.statements.signs import affirmed
from transformers.cda.types import elements
from transformers.cda.types.composer import CdaComposer
from transformers.cda.types.elements import escaped
from transformers.cda.types.identifiers import belong_together, required_id, share_a_number
from transformers.cda.types.narrative import (
    Cell,
    Narrative,
    NarrativeRow,
    footer,
    language_mark,
    moment_cell,
    optional,
    phrase,
    piece,
    print_narrative,
    quantity_text,
    row,
    source_cell,
)
from transformers.cda.types.people import print_assigned, professional, professional_text
from transformers.cda.types.times import ends_before
from transformers.cda.types.tree import Element, Tree, child, children, open_tree
from transformers.cda.types.values import identifier, identifiers, is_code, moment
from transformers.cda.types.vocabulary import (
    CCD,
    CCD_MEDICATIONS,
    DISCARD,
    DISPENSATION,
    DISPENSATION_SECTION,
    DISPENSED,
    DISPENSED_ITEM,
    DRUG,
    IHE,
    SUBSTITUTED,
    FixedCode,
)
from transformers.model.decisions import DecisionKind, against_fulfilling
from transformers.model.finding import Finding, Report, Severity
from transformers.model.people import Professional
from transformers.model.prescription import Dispensation, DispensedItem, Prescription
from transformers.model.summary import MedicinalProduct
from transformers.model.values import Identifier, Moment, Provenance, Quantity
from transformers.words import Words
from trust.xml import DOCUMENT, XmlLimits


def read_dispensation(content: bytes, limits: XmlLimits = DOCUMENT) -> tuple[Dispensation, Report]:
    """The dispensation in the document, with a finding for everything not carried into the pivot.

    A discard reads as the dispensation it takes back. Raises DocumentUnreadable when the bytes are no XML, no
    ClinicalDocument or hold no dispensation, RequiredMissing when the document lacks its id, its patient or its time,
    or names neither the dispensation's id, the product nor any prescription.
    """
    report = Report()
    tree = open_tree(content, report, limits)
    entry = find_entry(tree, "supply", "Dispensation")
    header = medicine_header(tree)
    item = _item(tree, entry, header)
    order = header.fulfils[0] if header.fulfils else None
    _check_order(tree, header, item.prescription_item)
    read = Dispensation(
        id=header.id,
        prescription=order,
        patient=header.patient,
        item=item,
        created=header.created,
        language=header.language or "",
        author=author_of(header),
        custodian=custodian_of(header),
        legal_authenticator=header.legal_authenticator,
        title=header.title or "",
        confidentiality=header.confidentiality,
        parent=header.parent(),
        narrative=narrative_of(tree, entry.section),
    )
    tree.losses()
    return replace(read, doubts=tree.doubts()), report


def check_fulfilment(dispensation: Dispensation, prescription: Prescription) -> Report:
    """Whether a dispensation is of that prescription: its item's id and the document's, root and extension verbatim.

    An ERROR for each that differs, for another patient, and for each reason why it is reported for none
    (`transformers.model.decisions`).
    """
    report = Report()
    for reason in against_fulfilling(dispensation):
        text = "The dispensation fulfils no prescription: what that stands on is not stated, or in error."
        report.add(Finding(Severity.ERROR, reason, "/", text, rule=f"cda-read:{reason}"))
    if not set(dispensation.patient.identifiers) & set(prescription.patient.identifiers):
        text = "The dispensation is of another patient than the prescription."
        report.add(Finding(Severity.ERROR, "patient-inconsistent", "patient", text, rule="cda-read:reference"))
    said = (
        ("item.prescription_item", dispensation.item.prescription_item, prescription.item.id),
        ("prescription", dispensation.prescription, prescription.id),
    )
    for path, told, expected in said:
        if told != expected:
            text = "The dispensation names another prescription than the one it is held against."
            report.add(Finding(Severity.ERROR, "reference-inconsistent", path, text, rule="cda-read:reference"))
    return report


def _check_order(tree: Tree, header: Header, item: Identifier) -> None:
    order = tree.root.find("{*}inFulfillmentOf")
    place = tree.root if order is None else order
    if not header.fulfils:
        tree.note(Severity.ERROR, "order-missing", place, "The document does not name the prescription it fulfils.")
        return
    if len(set(header.fulfils)) > 1:
        text = "The document names several prescriptions; only the first is read."
        tree.note(Severity.ERROR, "reference-inconsistent", place, text)
    if not belong_together(header.fulfils[0], item):
        text = "Prescription and item have ids of one series that do not look as if they belonged together."
        severity = Severity.WARNING if share_a_number(header.fulfils[0], item) else Severity.ERROR
        tree.note(severity, "reference-unrelated", place, text)


def _item(tree: Tree, entry: MedicineEntry, header: Header) -> DispensedItem:
    statement, section = entry.statement, entry.section
    denied = is_denied(tree, statement, "dispensing")
    is_code(tree, child(section, "code"), DISPENSED.code)
    tree.use(child(section, "title"), "language")
    use_text(tree, statement)
    read_status(tree, statement)
    own, group = identifier(tree, child(statement, "id")), identifier(tree, child(section, "id"))
    identity = own or group
    product = read_product(tree, statement.find("{*}product/{*}manufacturedProduct"))
    if identity is None or product is None:
        raise RequiredMissing("item.id" if identity is None else "item.product")
    if group is not None and group != identity:
        tree.note(Severity.INFO, "section-id", section, "The section has an id of its own; it is not carried.")
    reference, prescribed = _prescribed(tree, statement, header)
    dispenser, dispensed = _dispenser(tree, statement, header)
    quantity = read_supplied(tree, statement)
    check_stated(tree, DecisionKind.FULFIL, section, statement)
    source = None if dispenser is None or dispenser.organisation is None else dispenser.organisation.name
    source = source or (header.custodian.name if header.custodian is not None else None)
    return DispensedItem(
        id=identity,
        prescription_item=reference,
        product=product,
        quantity=quantity,
        dispensed=dispensed,
        dispenser=dispenser,
        substituted=_substituted(tree, statement),
        prescribed_product=prescribed,
        provenance=Provenance(source or "", identity.extension or identity.root, dispensed),
        negated=denied,
    )


def _prescribed(tree: Tree, statement: Element, header: Header) -> tuple[Identifier, MedicinalProduct | None]:
    """The item dispensed and the product prescribed. Raises RequiredMissing when no id of any kind is given."""
    found = [
        prescribed
        for relation in children(statement, "entryRelationship")
        if (prescribed := child(relation, "substanceAdministration")) is not None
        and affirmed(tree, prescribed, "prescribed")
    ]
    ids = identifiers(tree, (one for prescribed in found for one in children(prescribed, "id")))
    if len(ids) > 1:
        text = "The dispensation names several prescription items; only the first is read."
        tree.note(Severity.ERROR, "reference-inconsistent", statement, text)
    for prescribed in found:
        is_code(tree, child(prescribed, "code"), DRUG.code)
        read_status(tree, prescribed)
    products = (read_product(tree, prescribed.find("{*}consumable/{*}manufacturedProduct")) for prescribed in found[:1])
    product = next((p for p in products if p is not None), None)
    if ids:
        return ids[0], product
    if not header.fulfils:
        raise RequiredMissing("item.prescription_item")
    text = "The dispensation does not name the prescription item; the prescription's own id stands for it."
    tree.note(Severity.ERROR, "reference-missing", statement, text)
    return header.fulfils[0], product


def _dispenser(tree: Tree, statement: Element, header: Header) -> tuple[Professional | None, Moment | None]:
    """Who handed it out and when; the document's author stands for a performer who is not named."""
    performer = child(statement, "performer")
    who = None if performer is None else professional(tree, child(performer, "assignedEntity"))
    when = next((read for time in times_of(statement) if (read := moment(tree, time)) is not None), None)
    first = header.authors[0].who if header.authors else None
    author = first if isinstance(first, Professional) else None
    if who is not None and author is not None and who.role is None and set(who.identifiers) & set(author.identifiers):
        who = replace(who, role=author.role)
    if who is None:
        absent(tree, DecisionKind.FULFIL, "performer", statement)
        who = author
    if when is None:
        absent(tree, DecisionKind.FULFIL, "time", statement)
    elif ends_before(Moment.at(header.created + timedelta(days=1)), when):
        text = "It was handed out later than the document was made, by more than a day."
        tree.note(Severity.ERROR, "dispensed-later", statement, text)
    return who, when


def times_of(statement: Element) -> Iterator[Element]:
    """Where a dispensation may say when it was: its performer's time, an end of it, its own; the first that says it."""
    performer = child(statement, "performer")
    time = None if performer is None else child(performer, "time")
    ends = () if time is None else (child(time, "low"), child(time, "high"))
    yield from (place for place in (time, *ends, child(statement, "effectiveTime")) if place is not None)


def _substituted(tree: Tree, statement: Element) -> bool:
    """An act SUBST says that another product was handed out, unless it is denied; one without a code may be it."""
    said = False
    for act in statement.iterfind("{*}entryRelationship/{*}act"):
        code = child(act, "code")
        if code is None or not code.get("code"):
            text = "What hangs here cannot be told, and may say that another product was handed out."
            tree.note(Severity.ERROR, "part-unreadable", act, text)
    for act in acts(statement, SUBSTITUTED.code):
        is_code(tree, child(act, "code"), SUBSTITUTED.code)
        use_text(tree, act)
        is_code(tree, child(act, "statusCode"), "completed", "active")
        said = affirmed(tree, act, "part") or said
    return said


_TEMPLATE = TEMPLATES["ed"]
DISCARD_TEMPLATE = f"{_TEMPLATE}-DISCARD"


@dataclass(frozen=True, slots=True)
class WrittenDiscard:
    """The document of a discard, and what the envelope (XDR ITI-41) must repeat of it.

    The envelope states the format ``urn:eHDSI:ed:discard:2020``, class code ``DISCARD-60593-1``, the discard's own id
    (RegistryPackage uniqueId) and time (creationTime): none of these is in the document. ``dispensation`` is what
    country A looks for: ``root^extension`` of the dispensation, the first id of the document.
    """

    content: bytes
    dispensation: str
    report: Report


def write_dispensation(dispensation: Dispensation, *, wave: int = 8) -> Written:
    """The document of ``dispensation``, valid for that wave of eHDSI.

    Raises a CdaError: RequiredMissing without quantity, dispenser, prescribed product or the prescription's id,
    AmountInexpressible when a package cannot be stated, and those of every document.
    """
    return _written(dispensation, _TEMPLATE, DISPENSATION, wave)


def write_discard(dispensation: Dispensation, *, wave: int = 8) -> WrittenDiscard:
    """The document that takes ``dispensation`` back, as OpenNCP 8 and 9 write it; raises as `write_dispensation`.

    It differs from the dispensation in its code and in its templateId, which is no OID: the schema says so, and peers
    look at the envelope's format instead.
    """
    written = _written(dispensation, DISCARD_TEMPLATE, DISCARD, wave)
    own = required_id(dispensation.id, "id")
    named = own.root if own.extension is None else f"{own.root}^{own.extension}"
    return WrittenDiscard(written.content, named, written.report)


def _written(dispensation: Dispensation, template: str, code: FixedCode, wave: int) -> Written:
    item = dispensation.item
    composer = begun(dispensation, wave, item.dispensed)
    if dispensation.prescription is None:
        raise RequiredMissing("prescription")
    when = item.dispensed if isinstance(dispensation.author, Professional) else composer.created
    stated = header_of(dispensation, (Authored(dispensation.author, when),))
    header = replace(stated, fulfils=(dispensation.prescription,))
    printed = print_header(header, HeaderForm(template, code), composer)
    section = print_dispensation(item, dispensation.narrative, composer)
    return Written(document_of(printed, one_section(section)), composer.report)


COLUMNS = ("dispensed", "code", "prescribed", "dosage", "amount", "dates", "source")
_ANCHOR = "ds1"
_PRESCRIBED = f"{_ANCHOR}-prescribed"
_SECTION: Final = (DISPENSATION_SECTION, CCD_MEDICATIONS)
_TEMPLATES: Final = (
    DISPENSED_ITEM,
    f"{IHE}7.3",
    f"{CCD}34",
)
_SUBSTITUTED: Final = (
    '\n<entryRelationship typeCode="COMP"><act classCode="ACT" moodCode="EVN">'
    f"{elements.fixed_code('code', SUBSTITUTED)}</act></entryRelationship>"
)


def print_dispensation(item: DispensedItem, read: str | None, composer: CdaComposer) -> str:
    """E.2.2 with its one entry, as the content of a section; ``read`` are the words of the document it was read from.

    Raises NotAffirmed, RequiredMissing, AmountInexpressible, LevelRefused, IdentifierInvalid.
    """
    if item.negated:
        raise NotAffirmed("item.negated")
    if item.quantity is None or item.dispenser is None or item.prescribed_product is None:
        missing = [name for name in ("quantity", "dispenser", "prescribed_product") if getattr(item, name) is None]
        raise RequiredMissing(f"item.{missing[0]}")
    identity = elements.ident(required_id(item.id, "item.id"))
    quantity = supplied_view(item.quantity)
    if quantity is None:
        raise AmountInexpressible("item.quantity")
    narrative = print_narrative(
        _narrative(item, item.quantity, item.prescribed_product, read, composer), composer.words_language
    )
    product = _print_product(item.product, "item.product", _ANCHOR, composer)
    prescribed = _print_product(item.prescribed_product, "item.prescribed_product", _PRESCRIBED, composer)
    order = elements.ident(required_id(item.prescription_item, "item.prescription_item"))
    performer = print_assigned(item.dispenser, "NI", item.dispenser.organisation)
    time = elements.stamp("time", None if item.dispensed is None else item.dispensed.hl7())
    return (
        f"{elements.templates(*_SECTION)}{identity}\n{elements.fixed_code('code', DISPENSED)}\n"
        f"<title{language_mark(composer.words_language)}>{escaped(composer.words['title.dispensation'])}</title>\n{narrative}"
        f'<entry typeCode="COMP"><supply classCode="SPLY" moodCode="EVN">{elements.templates(*_TEMPLATES)}{identity}'
        f"{elements.reference(_ANCHOR)}{elements.quantity('quantity', quantity)}"
        f'<product typeCode="PRD">{product}</product><performer typeCode="PRF">{time}\n'
        f'<assignedEntity classCode="ASSIGNED">{performer}</assignedEntity></performer>'
        '<entryRelationship typeCode="REFR"><substanceAdministration classCode="SBADM" moodCode="INT">'
        f'{order}<consumable typeCode="CSM">{prescribed}</consumable></substanceAdministration></entryRelationship>'
        f"{_SUBSTITUTED if item.substituted else ''}\n</supply></entry>"
    )


def _print_product(product: MedicinalProduct, path: str, anchor: str, composer: CdaComposer) -> str:
    return print_supplied(product, containers(product, path), anchor, path, composer)


def _narrative(
    item: DispensedItem, quantity: Quantity, prescribed: MedicinalProduct, read: str | None, composer: CdaComposer
) -> Narrative:
    words = composer.words
    source = "" if item.provenance is None else item.provenance.source
    return Narrative(
        tuple(words[f"column.{key}"] for key in COLUMNS),
        (_row(item, quantity, prescribed, words),),
        (*optional(read, words["label.read"]), footer((source,), item.dispensed or composer.updated, words)),
    )


def _row(item: DispensedItem, quantity: Quantity, prescribed: MedicinalProduct, words: Words) -> NarrativeRow:
    identity = "^".join(part for part in (item.prescription_item.root, item.prescription_item.extension) if part)
    dosage: Cell = () if item.dosage is None else dosage_cell(item.dosage, _ANCHOR, words)
    substituted = (phrase(words["value.substituted"]),) if item.substituted else ()
    return row(
        _ANCHOR,
        whole_product_cell(item.product, _ANCHOR, words),
        whole_codes_cell(item.product, _ANCHOR, words),
        (
            *whole_product_cell(prescribed, _PRESCRIBED, words),
            *whole_codes_cell(prescribed, _PRESCRIBED, words),
            piece(identity, label=words["label.prescription_item"]),
        ),
        dosage,
        (*optional(quantity_text(quantity), words["label.dispensed_quantity"]), *substituted),
        (
            *moment_cell(item.dispensed, words["label.dispensed"]),
            *optional(professional_text(item.dispenser), words["label.dispenser"]),
        ),
        () if item.provenance is None else source_cell(item.provenance, words),
    )
