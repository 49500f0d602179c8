"""Attacks of a country that we ask: answers to another question, about another patient, of another, or of no form.

What is asked goes through country B's own client, codecs and rules; the network alone is another.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from gateway.exchange.country_b.find import find_documents_abroad
from gateway.exchange.country_b.identify import identify_abroad
from gateway.exchange.country_b.retrieve import retrieve_documents_abroad
from gateway.http import HttpAnswer, HttpFailure, HttpTooLarge, HttpTooSlow, HttpUnreadable
from gateway.messages import FindDocuments, FindPatient
from gateway.peers.errors import AbroadRefused
from gateway.peers.ports import Session, TreatmentAbroad
from gateway.peers.soap import AskingNode as Asking
from gateway.peers.soap import SoapPeer
from tests.attack.rows import WSA, AttackRow, Met, met
from tests.gateway.evidence.test_filled import Portugal
from tests.gateway.exchange.test_mix_ups import MIX_UPS, Answers, right
from tests.gateway.exchange.test_mix_ups import treatment as made_treatment
from tests.strangers import test_answering as stranger
from tests.support.callers.assertions import SOAP, Ids
from tests.support.callers.signatures import sealer
from tests.support.callers.verified import FNR, NORWAY, NOW, PORTUGAL, PS
from tests.support.nodes.wire import document_types

_DENMARK = "1.2.208"
_REFUSED = (
    "another number", "the number of another register", "no number", "a number without root",
    "a register without number", "born another day", "born another month", "born another year", "two patients",
    "two patients, the other one first", "no patient", "another class", "a class of another system",
    "a file where sections were listed", "no body", "another document of hers", "another issuer's document",
    "no clinical document", "a list of another patient", "a list of another community", "a list of a file",
    "a list of a format of another class", "a list of a PDF", "a list that failed",
    "a list of a status nobody knows", "a failure that carries a document", "a status nobody knows", "no status",
    "a document that was not asked for", "of another community", "a PDF by its name",
)  # fmt: skip
"""Mix-ups that refuse the whole answer; of others what was not asked for is left out, and a remark says so."""


@dataclass(frozen=True)
class Answer:
    """What comes back: an HTTP answer, the certificate it comes from, or the end of the call."""

    body: str | bytes
    media_type: str = "application/soap+xml; charset=UTF-8"
    headers: str = ""
    server: str = "NO"
    fails: HttpFailure | None = None


class _Network:
    """Stands for the network: each call gets the next answer."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)

    def call(self, _method: str, _url: str, *, check_server: Callable[[bytes], None], **_: object) -> HttpAnswer:
        one = self._answers.pop(0)
        check_server(sealer(one.server, "tls").certificate)
        if one.fails is not None:
            raise one.fails
        body = one.body if isinstance(one.body, bytes) else stranger.soap(one.body, one.headers).encode()
        return HttpAnswer(200, {"content-type": one.media_type}, body)


@cache
def _treatment() -> TreatmentAbroad:
    """Of the person whom the stranger's answers are about; their list gives the hash of the bytes that they send."""
    treated = made_treatment()
    row = treated.session.peer.model_copy(update={"xcpd": "https://no.example/xcpd", "listing_hash": "bytes-sent"})
    return replace(treated, session=replace(treated.session, peer=row))


def _peer(*answers: Answer) -> SoapPeer:
    network: Any = _Network(*answers)
    asking = Asking("PT", "Portugal", PORTUGAL, "1.2", document_types())
    return SoapPeer(
        network,
        asking,
        Ids(1),
        lambda _: None,
        Portugal.identify,
        lambda: None,
    )


def identified(answer: Answer, session: Session | None = None) -> int:
    """How many matches are used. Raises AbroadRefused."""
    treated = _treatment()
    asked = FindPatient(NORWAY, PORTUGAL, (treated.patient,), birth_date=None, gender="F")
    return len(identify_abroad(session or treated.session, asked, _peer(answer), NOW))


def listed(answer: Answer) -> int:
    """How many entries are used. Raises AbroadRefused."""
    treated = _treatment()
    return len(find_documents_abroad(treated, FindDocuments(treated.patient, (PS,)), "ps", _peer(answer), NOW)[0])


def retrieved(answers: Answers) -> int:
    """How many documents are shown, of a list and a retrieve. Raises AbroadRefused."""
    treated, content = _treatment(), answers.document.encode()
    peer = _peer(Answer(answers.listing), Answer(_retrieved(answers)))
    entries, _ = find_documents_abroad(treated, FindDocuments(treated.patient, (PS,)), "ps", peer, NOW)
    listed_as = content if answers.listed_as is None else answers.listed_as.encode()
    sha1, size = hashlib.sha1(listed_as).hexdigest(), len(listed_as)
    entries = tuple(replace(one, sha1=sha1, size=size) for one in entries)
    return len(retrieve_documents_abroad(treated, entries, peer, NOW)[0])


def _retrieved(answers: Answers) -> str:
    return answers.retrieved.replace("@CONTENT@", base64.b64encode(answers.document.encode()).decode())


def every() -> Iterator[AttackRow]:
    """Every one of them."""
    for name in _REFUSED:
        yield _row(name, lambda spoil=MIX_UPS[name]: retrieved(spoil(right())))
    yield _row("bytes that were not listed", lambda: retrieved(replace(right(), listed_as="other bytes")))
    for name, answer in _IDENTIFICATIONS.items():
        yield _row(name, lambda answer=answer: identified(answer))
    for name, answer in _LISTS.items():
        yield _row(name, lambda answer=answer: listed(answer))


def _row(name: str, ask: Callable[[], int]) -> AttackRow:
    def attack() -> Met:
        try:
            used = ask()
        except AbroadRefused as refused:
            return met(refused)
        raise AssertionError(f"the answer was used: {used}")

    return AttackRow("evil-peers", name.replace(",", "").replace(" ", "-"), attack)


_FOUND = stranger.found()
_ANOTHER_MESSAGE = f'<a:RelatesTo xmlns:a="{WSA}">urn:uuid:99999999-2222-4333-8444-555555555555</a:RelatesTo>'
_DEMANDED = f'<x:Obey xmlns:x="urn:x" xmlns:e="{SOAP}" e:mustUnderstand="true"/>'
_IDENTIFICATIONS: Mapping[str, Answer] = {
    "no match": Answer(stranger.discovery("")),
    "a fault": Answer(stranger.FAULT),
    "to another message": Answer(_FOUND, headers=_ANOTHER_MESSAGE),
    "to another query": Answer(stranger.found(more=stranger.TARGET)),
    "from another community": Answer(stranger.found(sender=_DENMARK)),
    "of a community that holds nothing": Answer(stranger.found(custodian=_DENMARK)),
    "a man for a woman": Answer(_FOUND.replace('GenderCode code="F"', 'GenderCode code="M"')),
    "a match without root": Answer(_FOUND.replace(f'root="{FNR}" ', "")),
    "a match without number": Answer(_FOUND.replace(f'extension="{stranger.NUMBER}"', 'extension=" "')),
    "a match without id": Answer(_FOUND.replace(f'<id root="{FNR}" extension="{stranger.NUMBER}"/>', "")),
    "a match without person": Answer(_FOUND.replace("patientPerson", "otherPerson")),
    "a list instead": Answer(stranger.listing()),
    "our own question": Answer("<PRPA_IN201305UV02 xmlns='urn:hl7-org:v3'/>"),
    "a server of another country": Answer(_FOUND, server="DK"),
    "a web page": Answer(b"<html/>", media_type="text/html"),
    "a DOCTYPE": Answer(b"<!DOCTYPE a>" + stranger.soap(_FOUND).encode()),
    "an entity": Answer(b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'),
    "a stylesheet": Answer(b'<?xml-stylesheet href="x.xsl"?>' + stranger.soap(_FOUND).encode()),
    "half an answer": Answer(stranger.soap(_FOUND).encode()[:-9]),
    "200000 elements": Answer(stranger.discovery("<x>" + "<a/>" * 200_001 + "</x>")),
    "a header that must be understood": Answer(_FOUND, headers=_DEMANDED),
    "an attachment nobody sent": Answer(
        stranger.discovery('<x><i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:nobody"/></x>')
    ),
    "an answer without end": Answer("", fails=HttpTooLarge()),
    "an answer that drips": Answer("", fails=HttpTooSlow()),
    "compressed though plain was asked": Answer("", fails=HttpUnreadable()),
}
_ERROR = stranger.errors("ERROR_PS_GENERIC", "Error")
_LISTS: Mapping[str, Answer] = {
    "a list beside an error": Answer(stranger.listing(errors=_ERROR)),
    "a list without a status": Answer(stranger.listing(status=None)),
    "a discovery instead": Answer(_FOUND),
}
