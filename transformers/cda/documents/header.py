"""The header of any eHDSI CDA document, waves 2 to 9, as one value, read and printed (CDA R2 4.2, eHDSI 8.0.0).

One reader and one printer for patient summaries, prescriptions, dispensations and originals; what a type of document
fixes and demands of its header is its `HeaderForm`. Reading raises only for what no document of any kind can do
without: its id, its patient and when it was made.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from transformers.cda.documents.patient import (
    plain_code,
    print_participants,
    print_patient,
    read_patient,
    require_whole_name,
)
from transformers.cda.documents.written import PivotDocument
from transformers.cda.errors import CodeMissing, LanguageUnknown, ParentIsItself, RequiredMissing
from transformers.cda.types import elements
from transformers.cda.types.composer import CdaComposer
from transformers.cda.types.elements import escaped
from transformers.cda.types.identifiers import required_id, usable_id, usable_ids
from transformers.cda.types.people import (
    author,
    organisation,
    print_address,
    print_assigned,
    print_organisation,
    print_telecoms,
    professional,
)
from transformers.cda.types.times import precise_to_day
from transformers.cda.types.tree import Element, Tree, child, children, text_of
from transformers.cda.types.values import coding_of, identifier, identifiers, instant, is_code, moment, period
from transformers.cda.types.vocabulary import CONFIDENTIALITY, CONFIDENTIALITY_SYSTEM, DOCUMENT_LANGUAGES, FixedCode
from transformers.model.people import Device, Organisation, Person, Professional
from transformers.model.values import Coding, Identifier, Moment, Period

_MADE_FROM: Final = "XFRM"
_NO_PERIOD: Final = Period()
_ROOT: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:pharm="urn:hl7-org:pharm"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n<realmCode code="EU"/>\n'
    '<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>\n'
)


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
    """Everything before the body, as read and as printed. None and empty: the document does not say."""

    id: Identifier
    patient: Person
    """With contacts: participants (NOK, ECON, PCP) and guardians (GUARD)."""
    created: datetime
    title: str | None
    language: str | None
    confidentiality: Coding | None
    authors: tuple[Authored, ...]
    custodian: Organisation | None
    legal_authenticator: Professional | None
    related: tuple[Related, ...] = ()
    fulfils: tuple[Identifier, ...] = ()
    """inFulfillmentOf/order/id: the prescription that a dispensation answers."""
    documented: Period = _NO_PERIOD
    """documentationOf/serviceEvent/effectiveTime; its end is the last update of a summary."""
    templates: tuple[str, ...] = ()
    """Roots of the document's template ids, as they stand; of this and what follows nothing is printed."""
    code: Coding | None = None
    authenticated: Moment | None = None
    performers: tuple[Professional, ...] = ()
    set_id: Identifier | None = None
    version: str | None = None

    def parent(self) -> Identifier | None:
        """The first document that this one was made from."""
        return next(iter(_sources(self.related)), None)


def _sources(related: tuple[Related, ...]) -> tuple[Identifier, ...]:
    return tuple(one.id for one in related if one.type_code == _MADE_FROM)


@dataclass(frozen=True, slots=True)
class StatedDocument:
    """What a document says that it is, with nothing demanded. None and empty: it does not say."""

    created: datetime | None
    id: Identifier | None
    code: Coding | None
    language: str | None
    related: tuple[Related, ...]
    level: Literal["L1", "L3"] | None
    """By its body: a file as it is, or sections."""
    authors: tuple[Authored, ...]

    @property
    def sources(self) -> tuple[Identifier, ...]:
        """The documents that it was made from."""
        return _sources(self.related)


def read_stated_document(tree: Tree) -> StatedDocument:
    """What the document says that it is. It never raises."""
    root = tree.root
    sections, file = (root.find(f"{{*}}component/{{*}}{body}") for body in ("structuredBody", "nonXMLBody"))
    level: Literal["L1", "L3"] = "L1" if sections is None else "L3"
    return StatedDocument(
        created=instant(tree, child(root, "effectiveTime")),
        id=identifier(tree, child(root, "id")),
        code=coding_of(tree, child(root, "code")),
        language=plain_code(tree, child(root, "languageCode")),
        related=_related(tree),
        level=None if (sections is None) == (file is None) else level,
        authors=_authors(tree),
    )


def read_header(tree: Tree) -> Header:
    """The header of the document. Raises RequiredMissing for id, patient (name, birth) or effectiveTime."""
    root = tree.root
    stated = read_stated_document(tree)
    own, made = stated.id, stated.created
    if own is None or made is None:
        raise RequiredMissing("id" if own is None else "created")
    authenticator = child(root, "legalAuthenticator")
    service = root.find("{*}documentationOf/{*}serviceEvent")
    title = child(root, "title")
    tree.use(title)
    return Header(
        id=own,
        templates=tuple(e.get("root") or "" for e in children(root, "templateId")),
        code=stated.code,
        title=None if title is None else text_of(title) or None,
        created=made,
        language=stated.language,
        confidentiality=coding_of(tree, child(root, "confidentialityCode")),
        patient=read_patient(tree),
        authors=stated.authors,
        custodian=organisation(
            tree, root.find("{*}custodian/{*}assignedCustodian/{*}representedCustodianOrganization")
        ),
        legal_authenticator=None
        if authenticator is None
        else professional(tree, child(authenticator, "assignedEntity")),
        authenticated=_authenticated(tree, authenticator),
        related=stated.related,
        fulfils=identifiers(tree, root.iterfind("{*}inFulfillmentOf/{*}order/{*}id")),
        documented=Period() if service is None else period(tree, child(service, "effectiveTime")),
        performers=() if service is None else _performers(tree, service),
        set_id=identifier(tree, child(root, "setId")),
        version=_version(tree),
    )


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
                found.append(Related(element.get("typeCode") or _MADE_FROM, made))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class HeaderForm:
    """What one type of document fixes of its header, and what it demands."""

    template: str
    code: FixedCode
    of_summary: bool = False
    """Names whom to reach about the patient, and when the summary was last brought up to date."""
    whole_authors: bool = False
    """An author has a whole name, and an organisation that answers with name and id."""
    function_required: bool = False
    """The author's functionCode takes no null (E.1.1, E.1.6)."""
    custodian_stands_in: bool = False
    """For the organisation of a person who names none; for a system's it always does."""
    author: str = "author"
    """Where in the pivot the first author stands."""


def document_of(header: str, body: str) -> bytes:
    """The bytes of a document: its printed header and ``body``, the one element below its component."""
    return f'{header}<component typeCode="COMP">{body}</component>\n</ClinicalDocument>'.encode()


def print_header(header: Header, form: HeaderForm, composer: CdaComposer) -> str:
    """From the document's first character to its component.

    Raises a CdaError naming the field when the document type demands what is not there.
    """
    confidentiality = "N" if header.confidentiality is None else header.confidentiality.code
    if header.language not in DOCUMENT_LANGUAGES:
        raise LanguageUnknown("language")
    if header.parent() == header.id:
        raise ParentIsItself("parent")
    if header.legal_authenticator is None or header.custodian is None:
        raise RequiredMissing("legal_authenticator" if header.legal_authenticator is None else "custodian")
    if confidentiality not in CONFIDENTIALITY:
        raise RequiredMissing("confidentiality")
    created = composer.created.hl7()
    lines = (
        f'<templateId root="{form.template}"/>',
        elements.ident(required_id(header.id, "id")),
        elements.fixed_code("code", form.code),
        f"<title>{escaped(required_text(header.title, 'title'))}</title>",
        f'<effectiveTime value="{created}"/>',
        elements.fixed_code("confidentialityCode", CONFIDENTIALITY[confidentiality]),
        f'<languageCode code="{header.language}"/>',
        print_patient(header.patient, composer),
        *(_print_author(one, n, header.custodian, form, composer) for n, one in enumerate(header.authors)),
        _print_custodian(header.custodian),
        _print_authenticator(header.legal_authenticator, header.custodian, created),
        *((print_participants(header.patient, header.custodian, composer),) if form.of_summary else ()),
        *map(_print_order, header.fulfils),
        *(_print_documented(header.documented) if form.of_summary else ()),
        *map(_print_related, header.related),
    )
    return _ROOT + "".join(f"{line}\n" for line in lines)


def _print_author(
    one: Authored, position: int, custodian: Organisation, form: HeaderForm, composer: CdaComposer
) -> str:
    path = f"further_authors[{position - 1}]" if position else form.author
    time = elements.stamp("time", one.time.hl7() if one.time is not None and precise_to_day(one.time) else None)
    place = one.who.organisation
    if place is None and (form.custodian_stands_in or isinstance(one.who, Device)):
        place = custodian
    if form.whole_authors and place is not None:
        require_whole_organisation(place, f"{path}.organisation")
    if isinstance(one.who, Device):
        function, inside = "", _print_device(one.who, place or custodian, path)
    else:
        if form.whole_authors:
            require_whole_name(one.who.name, f"{path}.name")
        function, inside = _print_function(one.who, path, form, composer), print_assigned(one.who, "NA", place)
    if form.function_required and not function:
        raise CodeMissing(f"{path}.role")
    return (
        f'<author typeCode="AUT" contextControlCode="OP">{function}{time}<assignedAuthor classCode="ASSIGNED">{inside}'
        "\n</assignedAuthor></author>"
    )


def _print_function(who: Professional, path: str, form: HeaderForm, composer: CdaComposer) -> str:
    """functionCode; a role without European code is OTH with its words where the form takes a null."""
    if who.role is None:
        return ""
    view = composer.code(who.role, f"{path}.role", None)
    return "" if view.code is None and form.function_required else elements.code("functionCode", view)


def _print_device(device: Device, place: Organisation, path: str) -> str:
    ids = elements.idents(usable_ids(device.identifiers), "NA")
    model = elements.element("manufacturerModelName", (device.model or "").strip() or None)
    software = elements.element("softwareName", required_text(device.software, f"{path}.software"))
    return (
        f"{ids}{print_address(None)}{print_telecoms(())}"
        f'<assignedAuthoringDevice classCode="DEV" determinerCode="INSTANCE">{model}{software}'
        f"</assignedAuthoringDevice>{print_organisation('representedOrganization', place)}"
    )


def _print_custodian(custodian: Organisation) -> str:
    require_whole_organisation(custodian, "custodian")
    place = print_organisation("representedCustodianOrganization", custodian)
    return (
        f'<custodian typeCode="CST"><assignedCustodian classCode="ASSIGNED">\n{place}\n</assignedCustodian></custodian>'
    )


def _print_authenticator(who: Professional, custodian: Organisation, created: str) -> str:
    """Always a named person, with the first of their ids."""
    first = next((one for one in who.identifiers if usable_id(one) is not None), None)
    if first is None:
        raise RequiredMissing("legal_authenticator.identifiers")
    require_whole_name(who.name, "legal_authenticator.name")
    assigned = print_assigned(replace(who, identifiers=(first,)), "NI", who.organisation or custodian)
    return (
        f'<legalAuthenticator typeCode="LA" contextControlCode="OP"><time value="{created}"/>'
        '<signatureCode code="S"/>\n'
        f'<assignedEntity classCode="ASSIGNED">{assigned}\n</assignedEntity></legalAuthenticator>'
    )


def _print_order(order: Identifier) -> str:
    one = elements.ident(required_id(order, "prescription"))
    return f'<inFulfillmentOf typeCode="FLFS"><order classCode="ACT" moodCode="RQO">{one}</order></inFulfillmentOf>'


def _print_documented(documented: Period) -> tuple[str, ...]:
    if documented.end is None:
        return ()
    return (
        '<documentationOf typeCode="DOC"><serviceEvent classCode="PCPR" moodCode="EVN"><effectiveTime>'
        f'<high value="{documented.end.hl7()}"/></effectiveTime></serviceEvent></documentationOf>',
    )


def _print_related(related: Related) -> str:
    one = elements.ident(required_id(related.id, "parent"))
    parent = f'<parentDocument classCode="DOCCLIN" moodCode="EVN">{one}</parentDocument>'
    return f'<relatedDocument typeCode="{related.type_code}">{parent}</relatedDocument>'


def header_of(document: PivotDocument, authors: tuple[Authored, ...], documented: Period = _NO_PERIOD) -> Header:
    """What the header of a document of the pivot says; the one relation that ours state is what they were made from."""
    said = document.confidentiality
    return Header(
        id=document.id,
        patient=document.patient,
        created=document.created,
        title=document.title,
        language=document.language,
        confidentiality=Coding(said, CONFIDENTIALITY_SYSTEM) if isinstance(said, str) else said,
        authors=authors,
        custodian=document.custodian,
        legal_authenticator=document.legal_authenticator,
        related=() if document.parent is None else (Related(_MADE_FROM, document.parent),),
        documented=documented,
    )


def require_whole_organisation(found: Organisation, path: str) -> None:
    """Raises RequiredMissing for an organisation that answers for a document and lacks a name or an id."""
    if not (found.name or "").strip():
        raise RequiredMissing(f"{path}.name")
    if not usable_ids(found.identifiers):
        raise RequiredMissing(f"{path}.identifiers")


def required_text(text: str | None, path: str) -> str:
    """The text without blanks around it; raises RequiredMissing when nothing is left."""
    if text is None or not text.strip():
        raise RequiredMissing(path)
    return text.strip()
