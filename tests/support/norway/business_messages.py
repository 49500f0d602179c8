"""Norwegian business messages as a test sends them: M9.11 and SokRequest in MsgHead, and the mailbox of EDI 2.0."""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.support.norway.helseid_client import EDI, HelseIdClient
from tests.support.norway.signing import ENTERPRISE, PERSONAL, message_seal
from tests.support.norway.simulator import Answer

HEADERS = {"api-version": "2", "nhn-source-system": "tests"}
OUR_HER_ID = "8190999"
_M911 = (
    '<M911 xmlns="http://www.ehelse.no/xmlstds/eresept/m911/2018-07-01"><Fnr>{number}</Fnr>'
    "<InklReseptinfo>{listed}</InklReseptinfo><Komprimering>{packed}</Komprimering></M911>"
)
_SOK = (
    '<SokRequest xmlns="http://www.kith.no/xmlstds/sysvak/sokrequest/2008-01-01" '
    'xmlns:f="http://www.kith.no/xmlstds/felleskomponent1"><UtfortAvHelseenhet><f:Id>312840758</f:Id>'
    '<f:TypeId V="ENH" S="2.16.578.1.12.4.1.1.9051" DN="Organisasjonsnummeret i Enhetsregister"/></UtfortAvHelseenhet>'
    '<Ident><f:Id>{number}</f:Id><f:TypeId V="FNR" S="2.16.578.1.12.4.1.1.8327" DN="Fødselsnummer"/></Ident>'
    "</SokRequest>"
)


_TELEPHONE = '<TeleCom><TypeTelecom V="HP" DN="Hovedtelefon"/><TeleAddress V="tel:00 00 00 00"/></TeleCom>'
_PROFESSIONAL = (
    "<HealthcareProfessional><FamilyName>Bjørk</FamilyName><GivenName>Fara</GivenName><Ident><Id>990000081</Id>"
    '<TypeId V="HPR" S="2.16.578.1.12.4.1.1.8116" DN="HPR-nummer"/></Ident></HealthcareProfessional>'
)


def _organisation(name: str, her_id: str) -> str:
    return (
        f"<Organisation><OrganisationName>{name}</OrganisationName><Ident><Id>{her_id}</Id>"
        '<TypeId V="HER" S="2.16.578.1.12.4.1.1.9051" DN="HER-id"/></Ident></Organisation>'
    )


def msghead(kind: str, her_id: str, content: str, message_id: str, conversation: tuple[str, str] | None = None) -> str:
    """A MsgHead from us; ``conversation``: what it follows, and what began it."""
    reference = (
        ""
        if conversation is None
        else f"<ConversationRef><RefToParent>{conversation[0]}</RefToParent>"
        f"<RefToConversation>{conversation[1]}</RefToConversation></ConversationRef>"
    )
    us = _organisation("Nasjonalt kontaktpunkt", OUR_HER_ID).replace("</Organisation>", f"{_TELEPHONE}</Organisation>")
    if kind in PERSONAL:
        us = us.replace("</Organisation>", f"{_PROFESSIONAL}</Organisation>")
    return (
        '<MsgHead xmlns="http://www.kith.no/xmlstds/msghead/2006-05-24"><MsgInfo>'
        f'<Type V="{kind}" DN="{kind}"/><MIGversion>v1.2 2006-05-24</MIGversion>'
        f"<GenDate>2026-10-01T10:00:00+02:00</GenDate><MsgId>{message_id}</MsgId>{reference}"
        f"<Sender>{us}</Sender>"
        f"<Receiver>{_organisation('Mottaker', her_id)}</Receiver></MsgInfo><Document><RefDoc>"
        f'<MsgType V="XML" DN="XML-instans"/><Content>{content}</Content></RefDoc></Document></MsgHead>'
    )


def m911(number: str, message_id: str, *, listed: str = "true", packed: str = "0") -> str:
    """M9.11."""
    return msghead("ERM911", "80624", _M911.format(number=number, listed=listed, packed=packed), message_id)


def sok_request(number: str, message_id: str) -> str:
    """SokRequest."""
    return msghead("SOKREQUEST", "138619", _SOK.format(number=number), message_id)


def signed(document: str | bytes) -> bytes:
    """A message with the signature that its type must have."""
    if isinstance(document, bytes):
        return document
    kind = re.search(r'<Type V="(\w+)"', document)
    for name, kinds in (("personal", PERSONAL), ("enterprise", ENTERPRISE)):
        if kind is not None and kind[1] in kinds:
            return message_seal(name).sign(document.encode())
    return document.encode()


@dataclass(frozen=True)
class Mailbox:
    """Our mailbox at the hub."""

    client: HelseIdClient

    def send(self, document: str | bytes, headers: dict[str, str] | None = None) -> Answer:
        """POST a message, signed as its type must be; bytes go as they are."""
        posted = {
            "contentType": "application/xml",
            "contentTransferEncoding": "base64",
            "businessDocument": b64encode(signed(document)).decode(),
        }
        return self.client.post_json("/edi20/Messages", EDI, posted, HEADERS if headers is None else headers)

    def get(self, path: str) -> Answer:
        """GET below the hub."""
        return self.client.call("GET", f"/edi20{path}", EDI, HEADERS)

    def unread(self, her_id: str = OUR_HER_ID) -> list[dict[str, Any]]:
        """Metadata of unread messages."""
        answer = self.get(f"/Messages?receiverHerIds={her_id}&includeMetadata=true")
        assert answer.status == 200, answer.body
        listed: list[dict[str, Any]] = answer.json()
        return listed

    def document(self, identifier: str) -> bytes:
        """A business document."""
        answer = self.get(f"/Messages/{identifier}/business-document")
        assert answer.status == 200, answer.body
        return b64decode(answer.json()["businessDocument"])

    def mark_read(self, identifier: str, her_id: str = OUR_HER_ID) -> None:
        """Take a message out of the unread ones."""
        answer = self.client.call("PUT", f"/edi20/Messages/{identifier}/read/{her_id}", EDI, HEADERS)
        assert answer.status == 204, answer.body

    def exchange(self, document: str | bytes) -> tuple[bytes, bytes | None]:
        """Send; the receipt, and the answer when there is one."""
        assert self.send(document).status == 201
        documents = {each["isAppRec"]: self.document(each["id"]) for each in self.unread()}
        return documents[True], documents.get(False)

    @staticmethod
    def new_id() -> str:
        """A MsgId."""
        return str(uuid4())
