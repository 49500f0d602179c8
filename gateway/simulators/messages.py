"""Who answers behind the message hub: Reseptformidleren (M9.1 to M9.12, M10), SYSVAK (SokRequest, SokResponse); AppRec.

MsgHead 1.2 (HIS 80601:2006), AppRec 1.0 (2004-11-21), e-resept m911 and m912 2018-07-01, SYSVAK 2008-01-01. Answers
carry ids, times and conversation of their own; what a sample message says about them is replaced.
"""

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from xml.sax.saxutils import escape, quoteattr

from gateway.simulators import rules
from gateway.simulators.asked import ReceivedMessage
from gateway.simulators.calls import OrderedFault
from gateway.simulators.prescription_bank import Bank, BankRefuses
from gateway.simulators.prescription_messages import ANSWERS as PRESCRIPTION_ANSWERS
from gateway.simulators.prescription_messages import attachments
from gateway.simulators.rules import SimulatedRule
from gateway.simulators.samples import Samples
from trust.xml import Element, parse, serialise

_MH = "{http://www.kith.no/xmlstds/msghead/2006-05-24}"
_M911 = "{http://www.ehelse.no/xmlstds/eresept/m911/2018-07-01}"
_M912 = "{http://www.ehelse.no/xmlstds/eresept/m912/2018-07-01}"
_M92 = "{http://www.kith.no/xmlstds/eresept/m92/2013-10-08}"
_SOK = "{http://www.kith.no/xmlstds/sysvak/sokrequest/2008-01-01}"
_FK1 = "{http://www.kith.no/xmlstds/felleskomponent1}"
_HEAD = (
    '<MsgHead xmlns="http://www.kith.no/xmlstds/msghead/2006-05-24"><MsgInfo><Type V="{type}" DN="{type}"/>'
    "<MIGversion>v1.2 2006-05-24</MIGversion><GenDate>-</GenDate><MsgId>-</MsgId><Sender><Organisation>"
    '<OrganisationName>{name}</OrganisationName><Ident><Id>{her}</Id><TypeId V="HER" S="2.16.578.1.12.4.1.1.9051" '
    'DN="HER-id"/></Ident></Organisation></Sender><Receiver/></MsgInfo><Document><RefDoc><MsgType V="XML" '
    'DN="XML-instans"/><Content>{content}</Content></RefDoc></Document></MsgHead>'
)


_UNPACKED = re.compile(r"^(0|-\d+)$")


@dataclass(frozen=True, slots=True)
class Receiver:
    """A national service reached by messages; ``types``: what it takes, and the type of its answer."""

    service: str
    her_id: str
    name: str
    types: Mapping[str, str]
    answer: "Callable[[ReceivedMessage, Desk], Element | RejectionReason | None]"
    """Its MsgHead; a problem; None: the receipt is all there is."""


@dataclass(frozen=True, slots=True)
class RejectionReason:
    """Why a message is rejected: a code of a list, and the words the receipt says."""

    code: str
    list: str
    words: str


@dataclass(frozen=True, slots=True)
class Desk:
    """What a service works with."""

    samples: Samples
    bank: Bank


_REJECTIONS, _RECEIPT_ERRORS = "2.16.578.1.12.4.1.1.7419", "2.16.578.1.12.4.1.1.8221"


def ordered_rejection(fault: OrderedFault | None) -> RejectionReason | None:
    """The rejection a test ordered: nothing is done, and the receipt says the code."""
    if fault is None or fault.fault != "rejected":
        return None
    return _rejected(fault.code or "")


def rejection(rule: SimulatedRule) -> RejectionReason:
    """Why a message is rejected: by a code of Volven 7419, or of 8221 (those that begin with X)."""
    if rule.code.startswith("X"):
        return RejectionReason(rule.code, _RECEIPT_ERRORS, "Meldingen følger ikke spesifikasjonen")
    return _rejected(rule.code)


def _rejected(code: str) -> RejectionReason:
    return RejectionReason(code, _REJECTIONS, f"Avvist av Reseptformidleren ({code})")


def answer_head(answer: Element, asked: ReceivedMessage, message_id: UUID, now: datetime) -> bytes:
    """The answer's bytes with fresh id and time, addressed to the asker, referring to her message."""
    info = answer.find(f"{_MH}MsgInfo")
    receiver = answer.find(f"{_MH}MsgInfo/{_MH}Receiver")
    assert info is not None, "an answer is made here"
    assert receiver is not None, "an answer is made here"
    for old in info.findall(f"{_MH}ConversationRef"):
        info.remove(old)
    for child in list(receiver):
        receiver.remove(child)
    receiver.append(deepcopy(asked.organisation))
    identifier, generated = info.find(f"{_MH}MsgId"), info.find(f"{_MH}GenDate")
    assert identifier is not None, "an answer is made here"
    assert generated is not None, "an answer is made here"
    identifier.text, generated.text = str(message_id), now.isoformat(timespec="milliseconds")
    conversation = asked.root.findtext(f"{_MH}MsgInfo/{_MH}ConversationRef/{_MH}RefToConversation") or asked.message_id
    reference = parse(
        f'<ConversationRef xmlns="{_MH[1:-1]}"><RefToParent>{escape(asked.message_id)}</RefToParent>'
        f"<RefToConversation>{escape(conversation)}</RefToConversation></ConversationRef>".encode()
    )
    info.insert(list(info).index(identifier) + 1, reference)
    return serialise(answer)


def receipt(
    asked: ReceivedMessage, receiver: Receiver, receipt_id: UUID, now: datetime, problem: RejectionReason | None
) -> bytes:
    """AppRec: status 1, or 2 with the problem."""
    status = '<Status V="1" DN="OK"/>'
    if problem is not None:
        status = (
            f'<Status V="2" DN="Avvist"/><Error V="{problem.code}" S="{problem.list}" DN="Feil" '
            f"OT={quoteattr(problem.words)}/>"
        )
    name = asked.organisation.findtext(f"{_MH}OrganisationName") or ""
    return (
        '<AppRec xmlns="http://www.kith.no/xmlstds/apprec/2004-11-21"><MsgType V="APPREC" DN="Applikasjonskvittering"/>'
        f"<MIGversion>1.0 2004-11-21</MIGversion><GenDate>{now.isoformat(timespec='milliseconds')}</GenDate>"
        f"<Id>{receipt_id}</Id><Sender>{_party(receiver.name, receiver.her_id)}</Sender>"
        f"<Receiver>{_party(name, asked.sender)}</Receiver>{status}<OriginalMsgId>"
        f"<MsgType V={quoteattr(asked.type)}/><IssueDate>{escape(asked.generated)}</IssueDate>"
        f"<Id>{escape(asked.message_id)}</Id></OriginalMsgId></AppRec>"
    ).encode()


def outside_specification(receiver: Receiver, asked: ReceivedMessage) -> Element:
    """An answer whose content is no message of any specification."""
    return _skeleton(receiver, asked.type, '<Tull xmlns="urn:tull"><Vrøvl/></Tull>')


def _party(name: str, her_id: str) -> str:
    return f'<HCP><Inst><Name>{escape(name)}</Name><Id>{escape(her_id)}</Id><TypeId V="HER" DN="HER-id"/></Inst></HCP>'


def _skeleton(receiver: Receiver, asked: str, content: str, attached: str = "") -> Element:
    """An answer's MsgHead; ``asked`` is the type of what it answers, ``attached`` are further documents."""
    head = _HEAD.format(type=receiver.types[asked], name=receiver.name, her=receiver.her_id, content=content)
    return parse(head.replace("</MsgHead>", f"{attached}</MsgHead>").encode())


def _reseptformidleren(asked: ReceivedMessage, desk: Desk) -> "Element | RejectionReason | None":
    if asked.type == "ERM911":
        medicines = _medicines(asked, desk.samples)
        return rejection(rules.OUTSIDE) if medicines is None else medicines
    _, answer = PRESCRIPTION_ANSWERS[asked.type]
    try:
        content = answer(asked, desk.bank)
    except BankRefuses as refused:
        return rejection(refused.rule)
    if content is None:
        return None
    return _skeleton(RESEPTFORMIDLEREN, asked.type, content.payload, attachments(content.attached))


def _medicines(asked: ReceivedMessage, samples: Samples) -> Element | None:
    number, packed = asked.content(f"{_M911}M911/{_M911}Fnr"), asked.content(f"{_M911}M911/{_M911}Komprimering")
    if not number or packed is None or not _UNPACKED.match(packed):
        return None
    who = samples.by_current_number(number)
    message = who.message("m912.xml") if who else None
    if message is None:
        empty = f'<M912 xmlns="{_M912[1:-1]}"><Pasient><Fnr>{escape(number)}</Fnr></Pasient></M912>'
        return _skeleton(RESEPTFORMIDLEREN, asked.type, empty)
    answer = parse(message)
    if asked.content(f"{_M911}M911/{_M911}InklReseptinfo") not in {"true", "1"}:
        for patient in answer.iter(f"{_M912}Pasient"):
            for prescription in patient.findall(f"{_M92}Reseptinfo"):
                patient.remove(prescription)
    return answer


def _vaccinations(asked: ReceivedMessage, desk: Desk) -> "Element | RejectionReason | None":
    samples = desk.samples
    number = asked.content(f"{_SOK}SokRequest/{_SOK}Ident/{_FK1}Id")
    if not number:
        return rejection(rules.OUTSIDE)
    who = samples.by_current_number(number)
    message = who.message("sysvak.xml") if who else None
    if message is not None:
        return parse(message)
    person = who.document("person.json") if who else None
    vaccinee = ""
    if person is not None:
        born, sex = person["birth"][0]["birthDate"][:10], {"Male": "1", "Female": "2"}[person["gender"][0]["gender"]]
        vaccinee = f'<Vaksinand><s:Fodselsdato>{born}</s:Fodselsdato><s:Kjonn V="{sex}"/></Vaksinand>'
    outcome = "".join(
        f"<s:HarValiderings{kind}>false</s:HarValiderings{kind}>" for kind in ("Feil", "Advarsel", "Informasjon")
    )
    return _skeleton(
        SYSVAK,
        asked.type,
        '<SokResponse xmlns="http://www.kith.no/xmlstds/sysvak/sokresponse/2008-01-01" '
        'xmlns:s="http://www.kith.no/xmlstds/sysvak">'
        f"<Behandlingsresultat>{outcome}</Behandlingsresultat>{vaccinee}</SokResponse>",
    )


RESEPTFORMIDLEREN = Receiver(
    "reseptformidleren",
    "80624",
    "Reseptformidleren",
    {"ERM911": "ERM912"} | {kind: answer for kind, (answer, _) in PRESCRIPTION_ANSWERS.items()},
    _reseptformidleren,
)
SYSVAK = Receiver("sysvak", "138619", "Folkehelseinstituttet", {"SOKREQUEST": "SOKRESPONSE"}, _vaccinations)
RECEIVERS = {receiver.her_id: receiver for receiver in (RESEPTFORMIDLEREN, SYSVAK)}
