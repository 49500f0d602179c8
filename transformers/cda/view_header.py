"""The header of a Patient Summary as printed (E.1.3, header templates of eHDSI 8.0.0).

The author is the composing system, the legal authenticator always a named person; when nobody to reach is known the
custodian stands in as participant, without claiming to be the patient's own physician.
"""

from dataclasses import dataclass, replace

from transformers.cda.composer import CdaComposer, CodeView, fixed
from transformers.cda.errors import LanguageUnknown, ParentIsItself, RequiredMissing
from transformers.cda.identifiers import Id, required_id, usable_ids
from transformers.cda.times import Interval, interval
from transformers.cda.view_people import (
    AddressView,
    NameView,
    OrganisationView,
    PersonView,
    TelecomView,
    address_view,
    country_known,
    name_view,
    organisation_view,
    person_view,
    telecom_uri,
    telecom_views,
)
from transformers.cda.vocabulary import (
    CONFIDENTIALITY,
    DOCUMENT_LANGUAGES,
    GENDERS,
    PATIENT_SUMMARY,
    PRIMARY_CARE,
    SPOKEN_LANGUAGES,
)
from transformers.model.finding import Severity
from transformers.model.people import Contact, Device, Organisation, Person, Professional
from transformers.model.summary import PatientSummary

_GUARDIAN = "GUARD"
_CLASSES = {"NOK": "NOK", "ECON": "ECON", "PCP": "PRS", "PRS": "PRS"}


@dataclass(frozen=True, slots=True)
class ContactView:
    """A participant or guardian: exactly one of a person (``name`` None prints as NI) and an organisation."""

    kind: str
    function: CodeView | None
    relationship: CodeView | None
    time: Interval | None
    address: AddressView | None
    telecoms: tuple[TelecomView, ...]
    name: NameView | None
    organisation: str | None


@dataclass(frozen=True, slots=True)
class PatientView:
    """recordTarget."""

    ids: tuple[Id, ...]
    address: AddressView | None
    telecoms: tuple[TelecomView, ...]
    name: NameView
    gender: CodeView | None
    birth: str
    guardians: tuple[ContactView, ...]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuthorView:
    """An author: a composing system (``software``) or a person (``name`` None prints as NI).

    ``time`` None prints as unknown.
    """

    ids: tuple[Id, ...]
    software: str | None
    model: str | None
    function: CodeView | None
    address: AddressView | None
    telecoms: tuple[TelecomView, ...]
    name: NameView | None
    organisation: OrganisationView
    time: str | None


@dataclass(frozen=True, slots=True)
class HeaderView:
    """Everything before the body."""

    id: Id
    parent: Id
    code: CodeView
    title: str
    created: str
    confidentiality: CodeView
    language: str
    patient: PatientView
    authors: tuple[AuthorView, ...]
    custodian: OrganisationView
    authenticator: PersonView
    authenticator_name: NameView
    participants: tuple[ContactView, ...]
    updated: str


def header_view(summary: PatientSummary, composer: CdaComposer) -> HeaderView:
    """The header. Raises a CdaError naming the field when the document type demands what is not there."""
    if summary.language not in DOCUMENT_LANGUAGES:
        raise LanguageUnknown("language")
    if summary.parent is None:
        raise RequiredMissing("parent")
    if summary.parent == summary.id:
        raise ParentIsItself("parent")
    if summary.legal_authenticator is None:
        raise RequiredMissing("legal_authenticator")
    if summary.confidentiality not in CONFIDENTIALITY:
        raise RequiredMissing("confidentiality")
    authenticator = person_view(summary.legal_authenticator, summary.custodian)
    if not authenticator.ids:
        raise RequiredMissing("legal_authenticator.identifiers")
    authenticator_name = whole_name(authenticator.name, "legal_authenticator.name")
    return HeaderView(
        id=required_id(summary.id, "id"),
        parent=required_id(summary.parent, "parent"),
        code=fixed(PATIENT_SUMMARY),
        title=required_text(summary.title, "title"),
        created=composer.created.hl7(),
        confidentiality=fixed(CONFIDENTIALITY[summary.confidentiality]),
        language=summary.language,
        patient=patient_view(summary.patient, composer),
        authors=(
            _author(summary.author, summary, "author", composer),
            *(
                _author(one, summary, f"further_authors[{n}]", composer)
                for n, one in enumerate(summary.further_authors)
            ),
        ),
        custodian=whole_organisation(summary.custodian, "custodian"),
        authenticator=authenticator,
        authenticator_name=authenticator_name,
        participants=_participants(summary, composer),
        updated=summary.last_updated.hl7(),
    )


def _author(author: Professional | Device, summary: PatientSummary, path: str, composer: CdaComposer) -> AuthorView:
    organisation = whole_organisation(author.organisation or summary.custodian, f"{path}.organisation")
    time = composer.created.hl7()
    if isinstance(author, Device):
        software, model = required_text(author.software, f"{path}.software"), (author.model or "").strip() or None
        return AuthorView(usable_ids(author.identifiers), software, model, None, None, (), None, organisation, time)
    function = None if author.role is None else composer.code(author.role, f"{path}.role", None)
    return AuthorView(
        ids=usable_ids(author.identifiers),
        software=None,
        model=None,
        function=function,
        address=address_view(author.address),
        telecoms=telecom_views(author.telecoms),
        name=whole_name(name_view(author.name), f"{path}.name"),
        organisation=organisation,
        time=time,
    )


def whole_organisation(organisation: Organisation, path: str) -> OrganisationView:
    """An organisation that answers for the document: with a name and an id."""
    view = organisation_view(organisation)
    if view.name is None:
        raise RequiredMissing(f"{path}.name")
    if not view.ids:
        raise RequiredMissing(f"{path}.identifiers")
    return view


def whole_name(name: NameView | None, path: str) -> NameView:
    """A name with both parts; raises RequiredMissing."""
    if name is None or name.family is None:
        raise RequiredMissing(f"{path}.family")
    if not name.given:
        raise RequiredMissing(f"{path}.given")
    return name


def required_text(text: str, path: str) -> str:
    """The text without blanks around it; raises RequiredMissing when nothing is left."""
    if not text.strip():
        raise RequiredMissing(path)
    return text.strip()


def patient_view(person: Person, composer: CdaComposer) -> PatientView:
    """recordTarget; raises RequiredMissing or IdentifierInvalid."""
    if not person.identifiers:
        raise RequiredMissing("patient.identifiers")
    required_id(person.identifiers[0], "patient.identifiers[0]")
    if person.death is not None:
        text = "CDA of wave 8 has no place for the patient's death."
        composer.note(Severity.WARNING, "not-carried", "patient.death", text)
    _reach(person, "patient", composer)
    return PatientView(
        ids=usable_ids(person.identifiers),
        address=address_view(person.address),
        telecoms=telecom_views(person.telecoms),
        name=whole_name(name_view(person.name), "patient.name"),
        gender=None if person.gender is None else fixed(GENDERS[person.gender.value]),
        birth=person.birth.hl7(),
        guardians=tuple(
            view
            for n, contact in enumerate(person.contacts)
            if contact.role == _GUARDIAN
            for view in _contact(contact, f"patient.contacts[{n}]", composer)
        ),
        languages=_languages(person.languages, composer),
    )


def _reach(someone: Person | Contact, path: str, composer: CdaComposer) -> None:
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


def _participants(summary: PatientSummary, composer: CdaComposer) -> tuple[ContactView, ...]:
    found = tuple(
        view
        for n, contact in enumerate(summary.patient.contacts)
        if contact.role != _GUARDIAN
        for view in _contact(contact, f"patient.contacts[{n}]", composer)
    )
    if found:
        return found
    custodian = organisation_view(summary.custodian)
    return (ContactView("PRS", None, None, None, custodian.address, custodian.telecoms, None, custodian.name),)


def _contact(contact: Contact, path: str, composer: CdaComposer) -> tuple[ContactView, ...]:
    """One view, or two when the source names both a person and an organisation: a participant holds one of them."""
    if contact.role not in _CLASSES and contact.role != _GUARDIAN:
        composer.note(Severity.WARNING, "contact-not-carried", f"{path}.role", "No participant class for that role.")
        return ()
    _reach(contact, path, composer)
    related = contact.relationship
    relationship = None if related is None else composer.code(related, f"{path}.relationship", None)
    organisation = None if contact.organisation is None else organisation_view(contact.organisation)
    name = name_view(contact.name)
    person = ContactView(
        kind=_CLASSES.get(contact.role, _GUARDIAN),
        function=fixed(PRIMARY_CARE) if contact.role == "PCP" else None,
        relationship=relationship,
        time=None if contact.period is None else interval(contact.period),
        address=address_view(contact.address),
        telecoms=telecom_views(contact.telecoms),
        name=name,
        organisation=None,
    )
    if contact.role == _GUARDIAN:
        return _guardian(person, contact, path, composer)
    if organisation is None or organisation.name is None:
        return (person,)
    place = replace(
        person,
        name=None,
        organisation=organisation.name,
        address=organisation.address or person.address,
        telecoms=organisation.telecoms or person.telecoms,
    )
    return (place,) if name is None else (person, place)


def _guardian(person: ContactView, contact: Contact, path: str, composer: CdaComposer) -> tuple[ContactView, ...]:
    """A guardian is a person (guardianPerson is required); an organisation that is one has no place in the header."""
    if contact.organisation is not None or person.name is None:
        text = "A guardian is printed as a person; the organisation has no place."
        composer.note(Severity.WARNING, "contact-not-carried", f"{path}.organisation", text)
    return () if person.name is None else (person,)
