"""The eHDSI ePrescription CDA of level 3 (document template E.1.1, section E.2.1, entry E.3.2), read and written.

A document of any country and wave becomes the pivot with a report of what it lost. Tolerant in form, strict in meaning:
an amount without number is None, a repeat number is reported and not interpreted (its meaning differs between guides),
a status nobody knows or states closes the item, and what is found in error stays with the prescription (`doubts`).

A prescription of the pivot becomes a document of wave 8: one item, one dispensing. What is told to the patient is the
whole dosage text; the dispensings that remain are told there too, for no template has a place for them. The text is
authoritative; validity, repeats and whoever recorded it stand in the narrative alone. Transcoding happens before,
validation and the last look (`rules`) after.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from transformers.cda.documents.deciding import absent, check_stated
from transformers.cda.documents.header import Authored, Header, HeaderForm, document_of, header_of, print_header
from transformers.cda.documents.medicine_document import (
    MedicineEntry,
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
from transformers.cda.medicine.packages import check_repeats, containers, read_supplied, says_something
from transformers.cda.medicine.posology import print_dose, print_schedule, read_posology
from transformers.cda.medicine.product import print_supplied, read_product
from transformers.cda.medicine.rows import dosage_cell, whole_codes_cell, whole_product_cell
from transformers.cda.statements.parts import (
    TO_DISPENSER,
    TO_PATIENT,
    instruction,
    parts_below,
    print_reason,
    print_words,
    read_reason,
)
from transformers.cda.statements.signs import affirmed
from transformers.cda.types import elements
from transformers.cda.types.composer import CdaComposer, EntryPlace
from transformers.cda.types.elements import QuantityView, fixed, quantity_view, written
from transformers.cda.types.identifiers import required_id, within
from transformers.cda.types.narrative import (
    Cell,
    Narrative,
    NarrativeRow,
    coded_cell,
    codings_of,
    footer,
    label_of,
    moment_cell,
    optional,
    period_cell,
    phrase,
    piece,
    print_narrative,
    quantity_text,
    row,
    sentence,
    source_cell,
)
from transformers.cda.types.people import professional, professional_text
from transformers.cda.types.tree import Element, Tree, child, children, local, open_tree
from transformers.cda.types.values import coded, identifier, is_code, moment
from transformers.cda.types.vocabulary import (
    DRUG,
    ILLNESSES,
    MEDICATION_ACTIVITY,
    MVC,
    NORMAL_DOSING,
    PRESCRIBED_ITEM,
    PRESCRIPTION,
    PRESCRIPTION_LIST,
    PRESCRIPTION_SECTION,
    RARE_DISEASES,
    SUBSTITUTED,
    SUBSTITUTION,
    SUBSTITUTION_ALLOWED,
    SUBSTITUTION_FORBIDDEN,
    SUBSTITUTION_SYSTEM,
    UCUM,
    ValueSets,
)
from transformers.model.amounts import is_package_count
from transformers.model.decisions import OPEN, DecisionKind
from transformers.model.finding import Report, Severity
from transformers.model.people import Professional
from transformers.model.prescription import PrescribedItem, Prescription, Substitution
from transformers.model.summary import PackageLayer
from transformers.model.values import Coded, Identifier, Moment, Provenance, Quantity
from transformers.words import Words
from trust.xml import DOCUMENT, XmlLimits

VALUE_SETS: Final[ValueSets] = {
    (PrescribedItem, "reason"): (ILLNESSES, RARE_DISEASES),
    (PrescribedItem, "substitution_code"): (f"{MVC}7",),
}
_WINDOW: Final = ("effectiveTime", "expectedUseTime", "precondition")
_SUBSTITUTION: Final = {
    SUBSTITUTION_FORBIDDEN: Substitution.NOT_ALLOWED,
    **dict.fromkeys(SUBSTITUTION_ALLOWED, Substitution.ALLOWED),
}


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
    tree.use(child(section, "title"), "language")
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
    """Packages of one dispensing, or an amount where the quantity has a unit; of two supplies none is chosen."""
    supplies = [e for relation in children(statement, "entryRelationship") for e in children(relation, "supply")]
    ordered = [supply for supply in supplies if affirmed(tree, supply, "order")]
    for supply in ordered[:1]:
        tree.use(child(supply, "independentInd"), "value")
        check_repeats(tree, supply)
        _check_window(tree, supply)
        found = read_supplied(tree, supply)
        if found is not None and len(ordered) == 1:
            return (found, None) if found.unit is None else (None, found)
        return None, None
    tree.note(Severity.ERROR, "amount-missing", statement, "The document does not state how much is to be dispensed.")
    return None, None


def _check_window(tree: Tree, supply: Element) -> None:
    """A time or a condition of the order has no place in E.3.2 and in the pivot: it may forbid dispensing now."""
    for element in (e for name in _WINDOW for e in children(supply, name) if says_something(e)):
        text = "The order states when or whether it may be dispensed, which is not read."
        tree.note(Severity.ERROR, "part-unreadable", element, text)


def _substitution(tree: Tree, statement: Element) -> tuple[Substitution | None, Coded | None]:
    """What the prescriber said of substitution; nothing said is the guide's default. What cannot be read is an ERROR:
    an unreadable "not allowed" must never read as nothing said, and of two answers none is chosen."""
    answers, elsewhere = substitution_answers(statement)
    for other in elsewhere:
        text = "Something is said of substitution where, or as what, it is not read: it may be that it is not allowed."
        tree.note(Severity.ERROR, "substitution-unknown", other, text)
    several = (*answers[1:], *(value for one in answers for value in list(children(one, "value"))[1:]))
    for surplus in several:
        text = "More than one answer about substitution: which one is meant is not known."
        tree.note(Severity.ERROR, "field-doubled", surplus, text)
    return (None, None) if not answers or several else read_answer(tree, answers[0])


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


_FORM: Final = HeaderForm(TEMPLATES["ep-l3"], PRESCRIPTION, function_required=True)


def write_prescription(prescription: Prescription, *, wave: int = 8) -> Written:
    """The document of ``prescription``, valid for that wave of eHDSI.

    What has no European code is ``OTH`` with its words and coding, and a finding; the whole dosage text is in the
    narrative. Raises a CdaError: AmountInexpressible when one dispensing cannot be stated, LevelRefused for a
    compounded medicine, CodeMissing when the prescriber's function has no code, and those of every document.
    """
    item = prescription.item
    composer = begun(prescription, wave, item.provenance.recorded or item.prescribed)
    by_person = isinstance(prescription.author, Professional)
    prescriber = prescription.author if isinstance(prescription.author, Professional) else item.prescriber
    if prescriber is None or prescriber.name is None:
        raise RequiredMissing("author" if by_person or prescriber is None else "item.prescriber.name")
    if prescription.parent is None:
        raise RequiredMissing("parent")
    form = _FORM if by_person else replace(_FORM, author="item.prescriber")
    header = print_header(header_of(prescription, (Authored(prescriber, item.prescribed),)), form, composer)
    section = print_prescription(item, prescription.narrative, composer)
    return Written(document_of(header, one_section(section)), composer.report)


TITLE = "Prescriptions"
"""The one title that a template fixes, in English (E.2.1)."""
_ANCHOR = "rx1"
_ONE = QuantityView("1", "1")
_TEMPLATES: Final = (
    PRESCRIBED_ITEM,
    MEDICATION_ACTIVITY,
    NORMAL_DOSING,
)


def print_prescription(item: PrescribedItem, read: str | None, composer: CdaComposer) -> str:
    """E.2.1 with its one entry, as the content of a section; ``read`` are the words of the document it was read from.

    Raises NotAffirmed, AmountInexpressible, LevelRefused, RequiredMissing, IdentifierInvalid.
    """
    if item.negated:
        raise NotAffirmed("item.negated")
    layers, supplied = _one_dispensing(item, composer)
    identity = required_id(item.id, "item.id")
    section = identity if item.prescription is None else required_id(item.prescription, "item.prescription")
    return (
        f"{elements.templates(PRESCRIPTION_SECTION)}{elements.ident(section)}\n"
        f"{elements.fixed_code('code', PRESCRIPTION_LIST)}\n"
        f"<title>{TITLE}</title>\n{print_narrative(_narrative(item, read, composer), composer.words_language)}"
        f'<entry typeCode="COMP"><substanceAdministration classCode="SBADM" moodCode="INT">'
        f"{elements.templates(*_TEMPLATES)}{elements.ident(identity)}\n{elements.fixed_code('code', DRUG)}"
        f"{elements.reference(_ANCHOR)}{_print_posology(item, composer)}"
        f'<consumable typeCode="CSM">{print_supplied(item.product, layers, _ANCHOR, "item.product", composer)}'
        f"</consumable>{_print_parts(item, supplied, composer)}\n</substanceAdministration></entry>"
    )


def _narrative(item: PrescribedItem, read: str | None, composer: CdaComposer) -> Narrative:
    words = composer.words
    recorded = item.provenance.recorded or item.prescribed or composer.updated
    return Narrative(
        tuple(words[f"column.{key}"] for key in COLUMNS),
        (prescription_row(item, _ANCHOR, words),),
        (*optional(read, words["label.read"]), footer((item.provenance.source,), recorded, words)),
    )


def _print_posology(item: PrescribedItem, composer: CdaComposer) -> str:
    """Status, period of treatment, when, how and how much."""
    dosage, route = item.dosage, item.dosage.route
    treatment = composer.interval(item.treatment, "item.treatment")
    times = print_schedule(treatment, dosage, "item.dosage", composer, one_rule=False)
    by = ""
    if route is not None:
        by = elements.code("routeCode", composer.medicine_code(route, "item.dosage.route", f"{_ANCHOR}-route"))
    status = "completed" if item.completed else "active"
    return f'<statusCode code="{status}"/>{times}{by}{print_dose(dosage, "item.dosage", composer)}'


def _print_parts(item: PrescribedItem, supplied: QuantityView, composer: CdaComposer) -> str:
    """Reason, supply, substitution, instructions."""
    place = EntryPlace(composer, _ANCHOR, "item")
    told = None if instruction_text(item, composer.words) is None else f"{_ANCHOR}-patient"
    to_dispenser = None if written(item.to_dispenser) is None else f"{_ANCHOR}-dispenser"
    entry = f"{item.id.root}^{item.id.extension or ''}"
    return (
        f"{print_reason(item.reason, item.provenance, entry, place)}"
        '\n<entryRelationship typeCode="COMP"><supply classCode="SPLY" moodCode="RQO"><independentInd value="false"/>'
        f"{elements.quantity('quantity', supplied)}</supply></entryRelationship>"
        f"{_print_substitution(item, composer)}{print_words(TO_PATIENT, told)}"
        f"{print_words(TO_DISPENSER, to_dispenser)}"
    )


def _one_dispensing(item: PrescribedItem, composer: CdaComposer) -> tuple[Sequence[PackageLayer], QuantityView]:
    """Containers and how many of them are handed out at once.

    An amount that is not stated in packages (M1 Mengde) is the content of one container of unknown kind. A substance
    has no packages of its own. Raises AmountInexpressible.
    """
    substance = item.product.level == "substance"
    if item.packages is not None and not substance:
        return containers(item.product, "item.product"), _count(item.packages)
    if item.amount is None:
        raise AmountInexpressible("item.amount" if substance else "item.packages")
    if item.product.packages:
        text = "The amount is not stated in packages; the product's containers are in the narrative alone."
        composer.note(Severity.WARNING, "package-not-expressible", "item.product.packages", text)
    return (PackageLayer(item.amount),), _ONE


def _count(packages: Quantity) -> QuantityView:
    """A number of packages has no unit; a unit would make it an amount. Raises AmountInexpressible."""
    unit = packages.unit
    bare = unit is None or (unit.target is not None and (unit.target.code, unit.target.system) == ("1", UCUM))
    view = quantity_view(packages)
    if view is None or not bare or not is_package_count(packages.value):
        raise AmountInexpressible("item.packages")
    return view


def _print_substitution(item: PrescribedItem, composer: CdaComposer) -> str:
    """The source's own code where it has a European one, else the code of what it said; value takes no null."""
    coded = item.substitution_code
    view = composer.only_mapped(coded, "item.substitution_code", f"{_ANCHOR}-substitution")
    if view is None and item.substitution is not None:
        view = fixed(SUBSTITUTION[item.substitution.value])
    if view is None:
        return ""
    return (
        '\n<entryRelationship typeCode="SUBJ" inversionInd="true"><observation classCode="OBS" moodCode="EVN">'
        f"{elements.fixed_code('code', SUBSTITUTED)}{elements.code('value', view, 'CE')}</observation>"
        "</entryRelationship>"
    )


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
            phrase(words["status.fully_dispensed" if item.completed else "status.dispensable"]),
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
    lines = [line for line in (item.dosage.text, needed, item.to_patient, repeats) if line and line.strip()]
    return "\n".join((*map(sentence, lines[:-1]), *lines[-1:])) or None


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
        phrase(words["label.treatment"]),
        *period_cell(item.treatment, words),
    )
