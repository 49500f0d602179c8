"""An eHDSI eDispensation CDA of any country and wave becomes the pivot, with a report of what it lost.

Document template E.1.2, entry E.3.3. Which prescription it is of is said twice (REFR id, inFulfillmentOf) and
checked by nobody: what contradicts itself here, or the prescription it is held against, is an ERROR.
"""

from collections.abc import Iterator
from dataclasses import replace

from transformers.cda.documents.deciding import absent, check_stated
from transformers.cda.documents.header import Header
from transformers.cda.documents.read_medicine_document import (
    MedicineEntry,
    acts,
    author_of,
    custodian_of,
    find_entry,
    is_denied,
    medicine_header,
    narrative_of,
    read_status,
    use_text,
)
from transformers.cda.errors import RequiredMissing
from transformers.cda.medicine.packages import read_supplied
from transformers.cda.medicine.product import read_product
from transformers.cda.statements.signs import affirmed
from transformers.cda.types.identifiers import belong_together, share_a_number
from transformers.cda.types.people import professional
from transformers.cda.types.tree import Element, Tree, child, children, open_tree
from transformers.cda.types.values import identifier, identifiers, is_code, moment
from transformers.cda.types.vocabulary import DISPENSED, DRUG, SUBSTITUTED
from transformers.model.decisions import DecisionKind, against_fulfilling
from transformers.model.finding import Finding, Report, Severity
from transformers.model.people import Professional
from transformers.model.prescription import Dispensation, DispensedItem, Prescription
from transformers.model.summary import MedicinalProduct
from transformers.model.values import Identifier, Moment, Provenance
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
    tree.use(child(section, "title"))
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
    return who, when


def times_of(statement: Element) -> Iterator[Element]:
    """Where a dispensation may say when it was: its performer's time, an end of it, its own; the first that says it."""
    performer = child(statement, "performer")
    time = None if performer is None else child(performer, "time")
    ends = () if time is None else (child(time, "low"), child(time, "high"))
    yield from (place for place in (time, *ends, child(statement, "effectiveTime")) if place is not None)


def _substituted(tree: Tree, statement: Element) -> bool:
    """An act SUBST says that another product was handed out, unless it is denied."""
    said = False
    for act in acts(statement, SUBSTITUTED.code):
        is_code(tree, child(act, "code"), SUBSTITUTED.code)
        use_text(tree, act)
        is_code(tree, child(act, "statusCode"), "completed", "active")
        said = affirmed(tree, act, "part") or said
    return said
