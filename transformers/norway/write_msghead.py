"""Hodemelding (MsgHead) 1.2, HIS 80601:2006, written around one payload. A patient stands in the head only where the
payload does not name her (M10).

A dispenser's head has telephone and conversation (R1408, 4.1; R1308, 4.1.3), a prescriber's the professional with HPR
number and the organisation's address (HIS 3003, 3005 and 3009:2018).
"""

from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from transformers.norway.identifiers import KINDS_OF_ORGANISATION_IDS, KINDS_OF_PERSON_IDS
from transformers.norway.msghead_patient import HeadPatient, write_head_patient
from transformers.norway.read_msghead import MSGHEAD

FELLES = "http://www.kith.no/xmlstds/felleskomponent1"


@dataclass(frozen=True, slots=True)
class VisitingAddress:
    """Where an organisation is (besøksadresse)."""

    street: str
    postal_code: str
    city: str


@dataclass(frozen=True, slots=True)
class CommunicationParty:
    """An organisation that sends or receives: name, organisation number, HER-id; of a sender how to reach it."""

    name: str
    organisation_number: str
    her_id: str
    telephone: str | None = None
    address: VisitingAddress | None = None


@dataclass(frozen=True, slots=True)
class SendingProfessional:
    """The health professional who asks, where the role is a prescriber's. ``kind``: code and name of Volven 9060."""

    family: str
    given: str
    hpr_number: str
    kind: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where a message stands: MsgId of the one it answers or follows, and of the one the conversation began with."""

    parent: str
    first: str


@dataclass(frozen=True, slots=True)
class MsgInfo:
    """Everything of a MsgHead but its payload. ``kind`` is Type/@V with its name; ``now`` is aware."""

    kind: tuple[str, str]
    message_id: str
    now: datetime
    sender: CommunicationParty
    receiver: CommunicationParty
    patient: HeadPatient | None = None
    conversation: Conversation | None = None
    """None: it begins one."""
    professional: SendingProfessional | None = None


def write_msghead(envelope: MsgInfo, payload: etree._Element) -> bytes:
    """UTF-8 bytes of the whole message."""
    root = etree.Element(f"{{{MSGHEAD}}}MsgHead", nsmap=default_namespace(MSGHEAD))
    info = add(root, "MsgInfo")
    add(info, "Type", V=envelope.kind[0], DN=envelope.kind[1])
    add(info, "MIGversion").text = "v1.2 2006-05-24"
    add(info, "GenDate").text = envelope.now.isoformat(timespec="seconds")
    add(info, "MsgId").text = envelope.message_id
    if envelope.conversation is not None:
        reference = add(info, "ConversationRef")
        add(reference, "RefToParent").text = envelope.conversation.parent
        add(reference, "RefToConversation").text = envelope.conversation.first
    sender = _party(add(info, "Sender"), envelope.sender)
    if envelope.professional is not None:
        _professional(add(sender, "HealthcareProfessional"), envelope.professional)
    _party(add(info, "Receiver"), envelope.receiver)
    if envelope.patient is not None:
        write_head_patient(info, envelope.patient)
    document = add(add(root, "Document"), "RefDoc")
    add(document, "MsgType", V="XML", DN="XML-instans")
    add(document, "Content").append(payload)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def default_namespace(uri: str) -> dict[str, str]:
    """A namespace map that makes ``uri`` the default."""
    return {None: uri}  # type: ignore[dict-item]  # lxml's default prefix; its stubs know str alone


def add(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    """A child in the parent's namespace."""
    return etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{name}", attributes)


def ident(holder: etree._Element, number: str, kind: tuple[str, str], system: str) -> None:
    """Id and TypeId of felleskomponent1 inside ``holder``; ``kind`` is code and name in the list ``system``."""
    etree.SubElement(holder, f"{{{FELLES}}}Id", nsmap=default_namespace(FELLES)).text = number
    etree.SubElement(
        holder, f"{{{FELLES}}}TypeId", {"V": kind[0], "DN": kind[1], "S": system}, nsmap=default_namespace(FELLES)
    )


def _party(holder: etree._Element, party: CommunicationParty) -> etree._Element:
    organisation = add(holder, "Organisation")
    add(organisation, "OrganisationName").text = party.name
    for number, code, name in (
        (party.organisation_number, "ENH", "Organisasjonsnummeret i Enhetsregisteret"),
        (party.her_id, "HER", "HER-id"),
    ):
        held = add(organisation, "Ident")
        add(held, "Id").text = number
        add(held, "TypeId", V=code, DN=name, S=KINDS_OF_ORGANISATION_IDS)
    if party.address is not None:
        _address(add(organisation, "Address"), party.address)
    if party.telephone is not None:
        reached = add(organisation, "TeleCom")
        add(reached, "TypeTelecom", V="HP", DN="Hovedtelefon")
        add(reached, "TeleAddress", V=f"tel:{party.telephone}")
    return organisation


def _address(holder: etree._Element, address: VisitingAddress) -> None:
    add(holder, "Type", V="RES", DN="Besøksadresse")
    add(holder, "StreetAdr").text = address.street
    add(holder, "PostalCode").text = address.postal_code
    add(holder, "City").text = address.city


def _professional(holder: etree._Element, professional: SendingProfessional) -> None:
    code, name = professional.kind
    add(holder, "TypeHealthcareProfessional", V=code, DN=name)
    add(holder, "FamilyName").text = professional.family
    add(holder, "GivenName").text = professional.given
    held = add(holder, "Ident")
    add(held, "Id").text = professional.hpr_number
    add(held, "TypeId", V="HPR", DN="HPR-nummer", S=KINDS_OF_PERSON_IDS)
