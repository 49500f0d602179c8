"""The patient of a document and those to be reached about them: recordTarget, guardians, participants (both ways).

CDA R2 4.2.2.11, eHDSI header templates, IHE PCC 1.3.6.1.4.1.19376.1.5.3.1.2.4. A participant holds a person or an
organisation, so a contact that names both is printed as two.
"""

from dataclasses import dataclass, replace
from typing import Final

from transformers.cda.errors import DocumentUnreadable, RequiredMissing
from transformers.cda.types import elements
from transformers.cda.types.composer import CdaComposer
from transformers.cda.types.identifiers import required_id, usable_ids
from transformers.cda.types.people import (
    address,
    addresses,
    country_known,
    organisation,
    person_name,
    person_names,
    print_address,
    print_name,
    print_organisation_name,
    print_person,
    print_telecoms,
    printable_address,
    printable_name,
    printable_telecoms,
    telecom_uri,
    telecoms,
)
from transformers.cda.types.times import interval
from transformers.cda.types.tree import Element, Tree, child, children
from transformers.cda.types.values import coded, identifiers, is_code, moment, period
from transformers.cda.types.vocabulary import CONTACT, GENDERS, MVC, PRIMARY_CARE, SPOKEN_LANGUAGES, ValueSets
from transformers.model.finding import Severity
from transformers.model.people import Contact, Gender, Name, Organisation, Person
from transformers.model.values import Identifier, Moment, Period

_CONTACTS: Final = frozenset({"NOK", "ECON", "PRS", "GUARD"})
"""Classes of participants that are contacts of the patient (value set 42.39, and a personal relationship)."""
_CLASSES: Final = {"NOK": "NOK", "ECON": "ECON", "PCP": "PRS", "PRS": "PRS"}
MOST_OF_ONE: Final = 20
"""Names or addresses of a patient that are read; more are reported as not carried."""
_GUARDIAN: Final = "GUARD"
VALUE_SETS: Final[ValueSets] = {(Contact, "relationship"): (f"{MVC}38",)}
_TARGET: Final = "{*}recordTarget"
_ROLE: Final = f"{_TARGET}/{{*}}patientRole"
_PATIENT: Final = f"{_ROLE}/{{*}}patient"


@dataclass(frozen=True, slots=True)
class StatedPatient:
    """Whom a document says that it is about, with nothing demanded. None and empty: it does not say."""

    identifiers: tuple[Identifier, ...]
    names: tuple[Name, ...]
    """The one to be used first."""
    gender: Gender | None
    birth: Moment | None


def read_stated_patient(tree: Tree) -> StatedPatient:
    """Whom the document says that it is about. Of several patients (eHDSI: exactly one) none is chosen.

    Raises DocumentUnreadable (``SeveralPatients``), or RequiredMissing when it names no patient.
    """
    role, patient = _only_patient(tree)
    return StatedPatient(
        identifiers=identifiers(tree, children(role, "id")),
        names=person_names(tree, patient, MOST_OF_ONE),
        gender=_gender(tree, child(patient, "administrativeGenderCode")),
        birth=moment(tree, child(patient, "birthTime")),
    )


def read_patient(tree: Tree) -> Person:
    """Whom all of it is about, with all that the header says of them. Raises as `read_stated_patient` does.

    Also RequiredMissing without a name or without a birth time.
    """
    stated = read_stated_patient(tree)
    if not stated.names or stated.birth is None:
        raise RequiredMissing("patient.birth" if stated.names else "patient.name")
    role, patient = _only_patient(tree)
    places = addresses(tree, role, MOST_OF_ONE)
    languages = (plain_code(tree, child(e, "languageCode")) for e in children(patient, "languageCommunication"))
    return Person(
        identifiers=stated.identifiers,
        name=stated.names[0],
        gender=stated.gender,
        birth=stated.birth,
        address=places[0] if places else None,
        telecoms=telecoms(tree, role),
        languages=tuple(dict.fromkeys(tag for tag in languages if tag is not None)),
        contacts=_contacts(tree, patient),
        other_names=stated.names[1:],
        other_addresses=places[1:],
    )


def _only_patient(tree: Tree) -> tuple[Element, Element]:
    """patientRole and patient."""
    targets, roles, patients = (tree.root.findall(path) for path in (_TARGET, _ROLE, _PATIENT))
    if max(len(targets), len(roles), len(patients)) > 1:
        raise DocumentUnreadable("SeveralPatients")
    if not patients:
        raise RequiredMissing("patient")
    return roles[0], patients[0]


def plain_code(tree: Tree, element: Element | None) -> str | None:
    """A CS, or what older waves wrote as a CE."""
    code = None if element is None else element.get("code") or None
    if code is not None:
        tree.use(element, "code", "codeSystem", "codeSystemName", "displayName")
    return code


def _gender(tree: Tree, element: Element | None) -> Gender | None:
    code = None if element is None else element.get("code")
    if code not in {g.value for g in Gender} or element is None:
        return None
    coded(tree, element)
    return Gender(code)


def _contacts(tree: Tree, patient: Element) -> tuple[Contact, ...]:
    guardians = (
        _contact(tree, e, _GUARDIAN, child(e, "guardianPerson"), child(e, "guardianOrganization"))
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


def print_patient(person: Person, composer: CdaComposer) -> str:
    """recordTarget. Raises RequiredMissing or IdentifierInvalid."""
    if not person.identifiers:
        raise RequiredMissing("patient.identifiers")
    required_id(person.identifiers[0], "patient.identifiers[0]")
    if person.death is not None:
        text = "CDA of wave 8 has no place for the patient's death."
        composer.note(Severity.WARNING, "not-carried", "patient.death", text)
    if person.other_names or person.other_addresses:
        text = "The document states one name and one address of the patient."
        composer.note(Severity.WARNING, "not-carried", "patient.other_names", text)
    _check_reach(person, "patient", composer)
    require_whole_name(person.name, "patient.name")
    gender = '<administrativeGenderCode nullFlavor="UNK"/>'
    if person.gender is not None:
        gender = elements.fixed_code("administrativeGenderCode", GENDERS[person.gender.value])
    guardians = "".join(
        _guardian(one, f"patient.contacts[{n}]", composer)
        for n, one in enumerate(person.contacts)
        if one.role == _GUARDIAN
    )
    languages = "".join(
        f'\n<languageCommunication><languageCode code="{tag}"/></languageCommunication>'
        for tag in _languages(person.languages, composer)
    )
    role = elements.idents(usable_ids(person.identifiers), "NI") + _reach(person)
    opened = '<patient classCode="PSN" determinerCode="INSTANCE">'
    return (
        '<recordTarget typeCode="RCT" contextControlCode="OP">\n'
        f'<patientRole classCode="PAT">{role}\n{opened}{print_name(person.name)}{gender}\n'
        f'<birthTime value="{person.birth.hl7()}"/>{guardians}{languages}\n</patient></patientRole></recordTarget>'
    )


def print_participants(person: Person, custodian: Organisation, composer: CdaComposer) -> str:
    """Whom to reach about the patient; the custodian stands in for nobody, and claims no relationship."""
    found = [
        printed
        for n, contact in enumerate(person.contacts)
        if contact.role != _GUARDIAN
        for printed in _participants(contact, f"patient.contacts[{n}]", composer)
    ]
    stands_in = Contact("PRS", organisation=custodian, address=custodian.address, telecoms=custodian.telecoms)
    return "".join(found) or _print_participant(stands_in, "")


def require_whole_name(name: Name | None, path: str) -> None:
    """Raises RequiredMissing for a name without both of its parts."""
    found = printable_name(name)
    if found is None or not found.family:
        raise RequiredMissing(f"{path}.family")
    if not found.given:
        raise RequiredMissing(f"{path}.given")


def _reach(someone: Person | Contact) -> str:
    return print_address(someone.address) + print_telecoms(someone.telecoms)


def _check_reach(someone: Person | Contact, path: str, composer: CdaComposer) -> None:
    """Report how somebody can be reached where it cannot be printed."""
    for n, telecom in enumerate(someone.telecoms):
        if telecom_uri(telecom) is None:
            text = "Not a URI with a scheme, or a number with other signs than a telephone has."
            composer.note(Severity.WARNING, "telecom-not-carried", f"{path}.telecoms[{n}]", text)
    if not country_known(someone.address):
        text = "Not an ISO 3166-1 alpha-2 code."
        composer.note(Severity.WARNING, "country-not-carried", f"{path}.address.country", text)


def _languages(spoken: tuple[str, ...], composer: CdaComposer) -> tuple[str, ...]:
    for n, tag in enumerate(spoken):
        if tag not in SPOKEN_LANGUAGES:
            text = "Not a language of value set 42.6 that is known here; its region is not guessed."
            composer.note(Severity.WARNING, "language-not-carried", f"patient.languages[{n}]", text)
    return tuple(dict.fromkeys(SPOKEN_LANGUAGES[tag] for tag in spoken if tag in SPOKEN_LANGUAGES))


def _relationship(contact: Contact, path: str, composer: CdaComposer) -> str:
    if contact.relationship is None:
        return ""
    return elements.code("code", composer.code(contact.relationship, f"{path}.relationship", None))


def _guardian(contact: Contact, path: str, composer: CdaComposer) -> str:
    """A guardian is a person (guardianPerson is required); an organisation that is one has no place in the header."""
    _check_reach(contact, path, composer)
    relationship = _relationship(contact, path, composer)
    name = printable_name(contact.name)
    if contact.organisation is not None or name is None:
        text = "A guardian is printed as a person; the organisation has no place."
        composer.note(Severity.WARNING, "contact-not-carried", f"{path}.organisation", text)
    if name is None:
        return ""
    return (
        f'\n<guardian classCode="GUARD">{elements.templates(CONTACT)}\n{relationship}{_reach(contact)}\n'
        f"{print_person(name, 'guardianPerson')}</guardian>"
    )


def _participants(contact: Contact, path: str, composer: CdaComposer) -> tuple[str, ...]:
    """One element, or two when the source names both a person and an organisation."""
    if contact.role not in _CLASSES:
        composer.note(Severity.WARNING, "contact-not-carried", f"{path}.role", "No participant class for that role.")
        return ()
    _check_reach(contact, path, composer)
    relationship = _relationship(contact, path, composer)
    place = contact.organisation
    named = place is not None and place.name is not None and place.name.strip()
    person = _print_participant(replace(contact, organisation=None), relationship)
    if place is None or not named:
        return (person,)
    organised = replace(
        contact,
        name=None,
        address=printable_address(place.address) or contact.address,
        telecoms=printable_telecoms(place.telecoms) or contact.telecoms,
    )
    printed = _print_participant(organised, relationship)
    return (printed,) if printable_name(contact.name) is None else (person, printed)


def _print_participant(contact: Contact, relationship: str) -> str:
    """participant: the contact's organisation where it has one, else the person."""
    function = elements.fixed_code("functionCode", PRIMARY_CARE) if contact.role == "PCP" else ""
    time = "" if contact.period is None else elements.interval("time", interval(contact.period))
    if contact.organisation is None:
        who = print_person(contact.name, "associatedPerson")
    else:
        name = print_organisation_name(contact.organisation.name)
        who = f'<scopingOrganization classCode="ORG" determinerCode="INSTANCE">{name}</scopingOrganization>'
    return (
        f'<participant typeCode="IND">{elements.templates(CONTACT)}{function}{time}\n'
        f'<associatedEntity classCode="{_CLASSES[contact.role]}">{relationship}{_reach(contact)}{who}'
        "</associatedEntity></participant>"
    )
