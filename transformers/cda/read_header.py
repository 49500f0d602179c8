"""The header of any eHDSI CDA document, waves 2 to 9, as one value (CDA R2 4.2, header templates of eHDSI).

One reader for patient summaries, prescriptions, dispensations and originals; each document's reader decides what it
demands. Raises only for what no document of any kind can do without: its id, its patient and when it was made.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from transformers.cda.errors import DocumentUnreadable, RequiredMissing
from transformers.cda.read_people import address, author, organisation, person_name, professional, telecoms
from transformers.cda.read_tree import Element, Tree, child, children, text_of
from transformers.cda.read_values import coded, coding_of, identifier, identifiers, instant, is_code, moment, period
from transformers.model.finding import Severity
from transformers.model.people import Contact, Device, Gender, Organisation, Person, Professional
from transformers.model.values import Coding, Identifier, Moment, Period

_CONTACTS: Final = frozenset({"NOK", "ECON", "PRS", "GUARD"})
"""Classes of participants that are contacts of the patient (value set 42.39, and a personal relationship)."""


@dataclass(frozen=True, slots=True)
class Related:
    """A related document: ``XFRM`` (made from), ``RPLC`` (replaces), ``APND``; its id."""

    type_code: str
    id: Identifier


@dataclass(frozen=True, slots=True)
class Authored:
    """An author and when; a professional's function stands in its role."""

    who: Professional | Device
    time: Moment | None


@dataclass(frozen=True, slots=True)
class Header:
    """Everything before the body. None and empty: the document does not say."""

    id: Identifier
    templates: tuple[str, ...]
    """Roots of the document's template ids, as they stand."""
    code: Coding | None
    title: str | None
    created: datetime
    language: str | None
    confidentiality: Coding | None
    patient: Person
    """With contacts: participants (NOK, ECON, PCP) and guardians (GUARD)."""
    authors: tuple[Authored, ...]
    custodian: Organisation | None
    legal_authenticator: Professional | None
    authenticated: Moment | None
    related: tuple[Related, ...]
    fulfils: tuple[Identifier, ...]
    """inFulfillmentOf/order/id: the prescription that a dispensation answers."""
    documented: Period
    """documentationOf/serviceEvent/effectiveTime; its end is the last update of a summary."""
    performers: tuple[Professional, ...]
    set_id: Identifier | None
    version: str | None

    def parent(self) -> Identifier | None:
        """The first document that this one was made from."""
        return next((r.id for r in self.related if r.type_code == "XFRM"), None)


def read_header(tree: Tree) -> Header:
    """The header of the document. Raises RequiredMissing for id, patient (name, birth) or effectiveTime."""
    root = tree.root
    made = instant(tree, child(root, "effectiveTime"))
    own = identifier(tree, child(root, "id"))
    if own is None or made is None:
        raise RequiredMissing("id" if own is None else "created")
    authenticator = child(root, "legalAuthenticator")
    service = root.find("{*}documentationOf/{*}serviceEvent")
    title = child(root, "title")
    tree.use(title)
    return Header(
        id=own,
        templates=tuple(e.get("root") or "" for e in children(root, "templateId")),
        code=coding_of(tree, child(root, "code")),
        title=None if title is None else text_of(title) or None,
        created=made,
        language=_plain_code(tree, child(root, "languageCode")),
        confidentiality=coding_of(tree, child(root, "confidentialityCode")),
        patient=_patient(tree),
        authors=_authors(tree),
        custodian=organisation(
            tree, root.find("{*}custodian/{*}assignedCustodian/{*}representedCustodianOrganization")
        ),
        legal_authenticator=None
        if authenticator is None
        else professional(tree, child(authenticator, "assignedEntity")),
        authenticated=_authenticated(tree, authenticator),
        related=_related(tree),
        fulfils=identifiers(tree, root.iterfind("{*}inFulfillmentOf/{*}order/{*}id")),
        documented=Period() if service is None else period(tree, child(service, "effectiveTime")),
        performers=() if service is None else _performers(tree, service),
        set_id=identifier(tree, child(root, "setId")),
        version=_version(tree),
    )


def _plain_code(tree: Tree, element: Element | None) -> str | None:
    """A CS, or what older waves wrote as a CE."""
    code = None if element is None else (element.get("code") or "").strip() or None
    if code is not None:
        tree.use(element, "code", "codeSystem", "codeSystemName", "displayName")
    return code


def _version(tree: Tree) -> str | None:
    element = child(tree.root, "versionNumber")
    if element is None or not element.get("value"):
        return None
    tree.use(element, "value")
    return element.get("value")


def _authors(tree: Tree) -> tuple[Authored, ...]:
    found = []
    for element in children(tree.root, "author"):
        who = author(tree, element)
        if who is not None:
            found.append(Authored(who, moment(tree, child(element, "time"))))
    return tuple(found)


def _authenticated(tree: Tree, element: Element | None) -> Moment | None:
    if element is None:
        return None
    is_code(tree, child(element, "signatureCode"), "S", "X", "I")
    return moment(tree, child(element, "time"))


def _performers(tree: Tree, service: Element) -> tuple[Professional, ...]:
    found = (
        professional(tree, child(e, "assignedEntity"), child(e, "functionCode")) for e in children(service, "performer")
    )
    return tuple(p for p in found if p is not None)


def _related(tree: Tree) -> tuple[Related, ...]:
    found = []
    for element in children(tree.root, "relatedDocument"):
        for one in element.iterfind("{*}parentDocument/{*}id"):
            made = identifier(tree, one)
            if made is not None:
                found.append(Related(element.get("typeCode") or "XFRM", made))
    return tuple(found)


def _patient(tree: Tree) -> Person:
    """Whom all of it is about. Of several patients (eHDSI: exactly one) none is chosen."""
    if len(tree.root.findall("{*}recordTarget")) > 1 or len(tree.root.findall("{*}recordTarget/{*}patientRole")) > 1:
        raise DocumentUnreadable("SeveralPatients")
    role = tree.root.find("{*}recordTarget/{*}patientRole")
    patient = None if role is None else child(role, "patient")
    if role is None or patient is None:
        raise RequiredMissing("patient")
    name, birth = person_name(tree, patient), moment(tree, child(patient, "birthTime"))
    if name is None or birth is None:
        raise RequiredMissing("patient.name" if name is None else "patient.birth")
    languages = (_plain_code(tree, child(e, "languageCode")) for e in children(patient, "languageCommunication"))
    return Person(
        identifiers=identifiers(tree, children(role, "id")),
        name=name,
        gender=_gender(tree, child(patient, "administrativeGenderCode")),
        birth=birth,
        address=address(tree, role),
        telecoms=telecoms(tree, role),
        languages=tuple(dict.fromkeys(tag for tag in languages if tag is not None)),
        contacts=_contacts(tree, patient),
    )


def _gender(tree: Tree, element: Element | None) -> Gender | None:
    code = None if element is None else element.get("code")
    if code not in {g.value for g in Gender} or element is None:
        return None
    coded(tree, element)
    return Gender(code)


def _contacts(tree: Tree, patient: Element) -> tuple[Contact, ...]:
    guardians = (
        _contact(tree, e, "GUARD", child(e, "guardianPerson"), child(e, "guardianOrganization"))
        for e in children(patient, "guardian")
    )
    return (*guardians, *(c for e in children(tree.root, "participant") for c in _participant(tree, e)))


def _participant(tree: Tree, element: Element) -> tuple[Contact, ...]:
    entity = child(element, "associatedEntity")
    if entity is None:
        return ()
    kind = entity.get("classCode") or ""
    role = "PCP" if is_code(tree, child(element, "functionCode"), "PCP") else kind
    if role not in {"PCP", *_CONTACTS}:
        text = "A participant of a class that is no contact of the patient's; it is not carried."
        tree.note(Severity.WARNING, "contact-not-carried", element, text, kind or None)
        return ()
    time = child(element, "time")
    told = None if time is None else period(tree, time)
    told = None if told == Period() else told
    return (
        _contact(tree, entity, role, child(entity, "associatedPerson"), child(entity, "scopingOrganization"), told),
    )


def _contact(
    tree: Tree,
    entity: Element,
    role: str,
    person: Element | None,
    organised: Element | None,
    when: Period | None = None,
) -> Contact:
    return Contact(
        role=role,
        name=person_name(tree, person),
        organisation=organisation(tree, organised),
        relationship=coded(tree, child(entity, "code")),
        telecoms=telecoms(tree, entity),
        address=address(tree, entity),
        period=when,
    )
