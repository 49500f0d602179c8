"""An eHDSI ePrescription CDA L3 of any country and wave becomes the pivot, with a report of what it lost.

Document template E.1.1, entry E.3.2. Tolerant in form, strict in meaning: an amount without number is None, a repeat
number is reported and not interpreted (its meaning differs between guides), a status nobody knows or states closes the
item, and what is found in error stays with the prescription (`doubts`).
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from transformers.cda.documents.deciding import absent, check_stated
from transformers.cda.documents.header import Header
from transformers.cda.documents.read_medicine_document import (
    MedicineEntry,
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
from transformers.cda.medicine.packages import check_repeats, read_supplied
from transformers.cda.medicine.posology import read_posology
from transformers.cda.medicine.product import read_product
from transformers.cda.statements.parts import TO_DISPENSER, TO_PATIENT, instruction, parts_below, read_reason
from transformers.cda.statements.signs import affirmed
from transformers.cda.types.identifiers import within
from transformers.cda.types.people import professional
from transformers.cda.types.tree import Element, Tree, child, children, local, open_tree
from transformers.cda.types.values import coded, identifier, is_code, moment
from transformers.cda.types.vocabulary import DRUG, PRESCRIPTION_LIST, SUBSTITUTED, SUBSTITUTION_SYSTEM
from transformers.model.decisions import OPEN, DecisionKind
from transformers.model.finding import Report, Severity
from transformers.model.people import Professional
from transformers.model.prescription import PrescribedItem, Prescription, Substitution
from transformers.model.values import Coded, Identifier, Moment, Provenance, Quantity
from trust.xml import DOCUMENT, XmlLimits

_SUBSTITUTION: Final = {
    "N": Substitution.NOT_ALLOWED,
    "G": Substitution.ALLOWED,
    "TE": Substitution.ALLOWED,
    "E": Substitution.ALLOWED,
}
"""HL7 substanceAdminSubstitution: none, generic, therapeutic, equivalent."""


def read_prescription(content: bytes, limits: XmlLimits = DOCUMENT) -> tuple[Prescription, Report]:
    """The prescription in the document, with a finding for everything not carried into the pivot.

    Raises DocumentUnreadable when the bytes are no XML, no ClinicalDocument or hold no prescription, RequiredMissing
    when the document lacks its id, its patient or its time, or the prescription its id or its product.
    """
    report = Report()
    tree = open_tree(content, report, limits)
    entry = find_entry(tree, "substanceAdministration", "Prescription")
    header = medicine_header(tree)
    item = _item(tree, entry, header)
    if header.fulfils:
        tree.note(Severity.INFO, "header-fulfils", tree.root, "A prescription that fulfils another; not carried.")
    read = Prescription(
        id=header.id,
        parent=header.parent(),
        patient=header.patient,
        item=item,
        created=header.created,
        language=header.language or "",
        author=author_of(header),
        custodian=custodian_of(header),
        legal_authenticator=header.legal_authenticator,
        title=header.title or "",
        confidentiality=header.confidentiality,
        narrative=narrative_of(tree, entry.section),
    )
    tree.losses()
    return replace(read, doubts=tree.doubts()), report


def _item(tree: Tree, entry: MedicineEntry, header: Header) -> PrescribedItem:
    statement, section = entry.statement, entry.section
    denied = is_denied(tree, statement, "prescription")
    is_code(tree, child(section, "code"), PRESCRIPTION_LIST.code)
    tree.use(child(section, "title"))
    use_text(tree, statement)
    is_code(tree, child(statement, "code"), DRUG.code)
    own, group = identifier(tree, child(statement, "id")), identifier(tree, child(section, "id"))
    product = read_product(tree, statement.find("{*}consumable/{*}manufacturedProduct"))
    identity = own or group
    if identity is None or product is None:
        raise RequiredMissing("item.id" if identity is None else "item.product")
    _check_ids(tree, section, identity, group)
    parts = parts_below(statement)
    _check_parts(tree, statement, parts.get("other", ()))
    told = instruction(tree, parts.get("instruction", ()), TO_PATIENT)
    treatment, dosage = read_posology(tree, statement, told)
    if told is None:
        tree.note(Severity.WARNING, "dosage-text-missing", statement, "No instruction to the patient in words.")
    packages, amount = _supplied(tree, statement)
    substitution, code = _substitution(tree, statement)
    prescriber, prescribed = _prescriber(tree, statement, header)
    if prescriber is None:
        absent(tree, DecisionKind.DISPENSE, "prescriber", statement)
    status = read_status(tree, statement)
    check_stated(tree, DecisionKind.DISPENSE, section, statement)
    return PrescribedItem(
        id=identity,
        product=product,
        dosage=dosage,
        treatment=treatment,
        prescribed=prescribed,
        provenance=_provenance(header, identity, prescribed),
        packages=packages,
        amount=amount,
        substitution=substitution,
        substitution_code=code,
        reason=read_reason(tree, parts.get("reason", ())),
        to_dispenser=instruction(tree, parts.get("dispenser", ()), TO_DISPENSER),
        prescriber=prescriber,
        completed=status != OPEN,
        status=status,
        prescription=group if group != identity else None,
        negated=denied,
    )


def _check_ids(tree: Tree, section: Element, item: Identifier, prescription: Identifier | None) -> None:
    """The prescription's id (section) is the item's, or the item's begins with it (``3000.1``, ``3000.1.1``)."""
    if prescription is None or within(item, prescription):
        return
    text = "The section's id is another than its entry's: which prescription the item is of is not known."
    tree.note(Severity.ERROR, "reference-inconsistent", section, text)


def _check_parts(tree: Tree, statement: Element, unknown: Iterable[Element]) -> None:
    """A part that cannot be told, or is empty, is an ERROR: it may be what limits the dispensing (E.3.2: SUBST)."""
    empty = [link for link in children(statement, "entryRelationship") if not len(link)]
    untold = [part for part in unknown if local(part) == "observation" and not _of_substitution(part)]
    for element in (*empty, *(part for part in untold if not _stated_code(part))):
        text = "What hangs here cannot be told, and may limit what is dispensed."
        tree.note(Severity.ERROR, "part-unreadable", element, text)


def _stated_code(element: Element) -> bool:
    code = child(element, "code")
    return code is not None and bool(code.get("code"))


def _provenance(header: Header, identity: Identifier, prescribed: Moment | None) -> Provenance:
    source = header.custodian.name if header.custodian is not None else None
    return Provenance(source or header.title or "", identity.extension or identity.root, prescribed)


def _supplied(tree: Tree, statement: Element) -> tuple[Quantity | None, Quantity | None]:
    """Packages of one dispensing, or an amount where the quantity has a unit; of the first supply that is affirmed."""
    supplies = [e for relation in children(statement, "entryRelationship") for e in children(relation, "supply")]
    for supply in supplies:
        if not affirmed(tree, supply, "order"):
            continue
        tree.use(child(supply, "independentInd"), "value")
        check_repeats(tree, supply)
        found = read_supplied(tree, supply)
        if found is not None:
            return (found, None) if found.unit is None else (None, found)
        return None, None
    tree.note(Severity.ERROR, "amount-missing", statement, "The document does not state how much is to be dispensed.")
    return None, None


def _substitution(tree: Tree, statement: Element) -> tuple[Substitution | None, Coded | None]:
    """What the prescriber said of substitution; nothing said is the guide's default. What cannot be read is an ERROR:
    an unreadable "not allowed" must never read as nothing said, and of two answers none is chosen."""
    answers, elsewhere = substitution_answers(statement)
    for other in elsewhere:
        text = "Something is said of substitution where, or as what, it is not read: it may be that it is not allowed."
        tree.note(Severity.ERROR, "substitution-unknown", other, text)
    for surplus in (*answers[1:], *(value for one in answers for value in list(children(one, "value"))[1:])):
        text = "More than one answer about substitution: which one is meant is not known."
        tree.note(Severity.ERROR, "field-doubled", surplus, text)
    return (None, None) if not answers else read_answer(tree, answers[0])


def read_answer(tree: Tree, observation: Element) -> tuple[Substitution | None, Coded | None]:
    """What one observation says of substitution, and the code in which it says so; (None, …) when it is not known."""
    if not affirmed(tree, observation, "part"):
        return None, None
    use_text(tree, observation)
    is_code(tree, child(observation, "statusCode"), "completed", "active")
    value = child(observation, "value")
    null = value is not None and value.get("nullFlavor") is not None
    code = coded(tree, value)
    target = None if code is None or null else code.target
    said = None if target is None or target.system != SUBSTITUTION_SYSTEM else _SUBSTITUTION.get(target.code)
    if said is None or not is_code(tree, child(observation, "code"), SUBSTITUTED.code):
        place, shown = observation if value is None else value, None if target is None else target.code
        text = "What is said of substitution is not known: neither that it is allowed nor that it is not."
        tree.note(Severity.ERROR, "substitution-unknown", place, text, shown)
        return None, code
    return said, code


def substitution_answers(statement: Element) -> tuple[list[Element], list[Element]]:
    """Observations about substitution, and every other act below the item that is about it.

    By their code or by the code system of their value, whichever can be read.
    """
    own = {o for relation in children(statement, "entryRelationship") for o in children(relation, "observation")}
    holders = (e.getparent() for e in statement.iter("{*}code", "{*}value"))
    found = dict.fromkeys(holder for holder in holders if holder is not None and _of_substitution(holder))
    return [one for one in found if one in own], [one for one in found if one not in own]


def _of_substitution(observation: Element) -> bool:
    code, value = child(observation, "code"), child(observation, "value")
    system = None if value is None else value.get("codeSystem")
    return system == SUBSTITUTION_SYSTEM or (code is not None and code.get("code") == SUBSTITUTED.code)


def _prescriber(tree: Tree, statement: Element, header: Header) -> tuple[Professional | None, Moment | None]:
    """The entry's own author, else the document's."""
    own = child(statement, "author")
    if own is not None:
        who = professional(tree, child(own, "assignedAuthor"), child(own, "functionCode"))
        if who is not None:
            return who, moment(tree, child(own, "time"))
    first = header.authors[0] if header.authors else None
    if first is None or not isinstance(first.who, Professional):
        return None, None if first is None else first.time
    return first.who, first.time
