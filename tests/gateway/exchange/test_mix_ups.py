"""Country B lists and retrieves from a stranger that mixes things up, through the real codecs and rules (finding E2).

Each round is a list and a retrieve: of one kind of mix-up nothing is shown; with lawful differences alone nothing is
refused.
"""

import base64
import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import pytest

from gateway.exchange.country_b.find import find_documents_abroad
from gateway.exchange.country_b.retrieve import Reception, retrieve_documents_abroad
from gateway.http import HttpAnswer
from gateway.messages import FindDocuments, FoundPatient, PatientIdentifier
from gateway.peers.errors import AbroadRefused
from gateway.peers.ports import TreatmentAbroad
from gateway.peers.soap import AskingNode as Asking
from gateway.peers.soap import SoapPeer
from tests.gateway.evidence.test_filled import Portugal
from tests.strangers import test_answering as stranger
from tests.support.callers.assertions import Ids
from tests.support.callers.signatures import sealer
from tests.support.callers.verified import NORWAY, NOW, PORTUGAL, PS, country
from tests.support.nodes.wire import document_types

FURTHER = PatientIdentifier("2.999.5", "second-number")
PERSON = FoundPatient(
    PatientIdentifier(stranger.FNR, stranger.NUMBER), "Havreåker", ("Ryddig",), "F", "19740313", further=(FURTHER,)
)
ID = f'<id root="{stranger.FNR}" extension="{stranger.NUMBER}"/>'
BORN = 'birthTime value="19740313"'
DOCUMENT_ID = 'extension="DOC-1"'
SLOT = '<rim:Slot name="repositoryUniqueId">'


@dataclass
class Answers:
    """What the stranger answers: its list, its retrieve, the document in it, and what the list says of the bytes."""

    document: str
    listing: str
    retrieved: str = stranger.retrieved(content="@CONTENT@")
    listed_as: str | None = None
    """Bytes whose hash is listed, where it is not those that are sent."""
    pdf: bytes = b""
    """Sent in place of the document."""
    pdf_listed: bytes = b""
    language_asked: bool = False
    """The reader asks for a document in Norwegian."""


def bodies(answers: Answers) -> list[bytes]:
    """What is answered: the list, with hash and size of the bytes that it is of, then the retrieve."""
    sent = answers.pdf or answers.document.encode()
    listed = answers.pdf_listed or (answers.document if answers.listed_as is None else answers.listed_as).encode()
    facts = {"hash": hashlib.sha1(listed).hexdigest(), "size": str(len(listed))}
    slots = "".join(
        f'<rim:Slot name="{name}"><rim:ValueList><rim:Value>{value}</rim:Value></rim:ValueList></rim:Slot>'
        for name, value in facts.items()
    )
    listing = answers.listing.replace(SLOT, slots + SLOT)
    retrieved = answers.retrieved.replace("@CONTENT@", base64.b64encode(sent).decode())
    return [stranger.soap(listing).encode(), stranger.soap(retrieved).encode()]


class Stranger:
    """Stands for the network: the list first, then the retrieve."""

    def __init__(self, answers: Answers) -> None:
        self.bodies = bodies(answers)

    def call(self, _method: str, _url: str, *, check_server: Callable[[bytes], None], **_: object) -> HttpAnswer:
        check_server(sealer("NO", "tls").certificate)
        return HttpAnswer(200, {"content-type": "application/soap+xml; charset=UTF-8"}, self.bodies.pop(0))


class Network(Protocol):
    """What carries the answers of one round."""

    def __call__(self, answers: Answers) -> Any:
        """A client whose next calls are answered so."""


def treatment(xca: str = "https://no.example/xca") -> TreatmentAbroad:
    """Assertions of country B for the person, made once: what is asked is the same in every round."""
    asked = Portugal.__new__(Portugal)
    Portugal.__init__(asked, None)  # type: ignore[arg-type]  # the network is another here
    row = country(code="NO", name="Norway", home_communities=(NORWAY,), xca=xca, answers=frozenset({"ps"}))
    return replace(asked.treatment, person=PERSON, session=replace(asked.session, peer=row))


def shown(treated: TreatmentAbroad, answers: Answers, meaning: str, network: Network = Stranger) -> int:
    """How many documents come to the page."""
    session = treated.session
    peer_row = session.peer.model_copy(update={"listing_hash": meaning})
    treated = replace(treated, session=replace(session, peer=peer_row))
    asking = Asking("PT", "Portugal", PORTUGAL, "1.2", document_types())
    peer = SoapPeer(network(answers), asking, Ids(1), lambda _: None, Portugal.identify, lambda: None)
    try:
        entries, _ = find_documents_abroad(treated, FindDocuments(treated.patient, (PS,)), "ps", peer, NOW)
        reception = Reception(asked_language="nb" if answers.language_asked else None)
        return len(retrieve_documents_abroad(treated, entries, peer, NOW, reception)[0]) if entries else 0
    except AbroadRefused:
        return 0


LANGUAGE = '<rim:Slot name="languageCode"><rim:ValueList><rim:Value>nb-NO</rim:Value></rim:ValueList></rim:Slot>'


def right() -> Answers:
    return Answers(stranger.DOCUMENT, stranger.listing().replace(SLOT, LANGUAGE + SLOT))


def of_document(old: str, new: str) -> Callable[[Answers], Answers]:
    assert old in stranger.DOCUMENT
    return lambda a: replace(a, document=a.document.replace(old, new))


def of_list(old: str, new: str) -> Callable[[Answers], Answers]:
    assert old in stranger.listing()
    return lambda a: replace(a, listing=a.listing.replace(old, new))


def of_retrieve(old: str, new: str) -> Callable[[Answers], Answers]:
    assert old in right().retrieved
    return lambda a: replace(a, retrieved=a.retrieved.replace(old, new))


PDF = b"%PDF-1.7 an original %%EOF"


def as_pdf(answers: Answers) -> Answers:
    """The original as a bare PDF, listed as one."""
    listing = answers.listing.replace('mimeType="text/xml"', 'mimeType="application/pdf"')
    listing = listing.replace("urn:epSOS:ps:ps:2010", "urn:ihe:iti:xds-sd:pdf:2008")
    retrieved = answers.retrieved.replace("text/xml", "application/pdf")
    return replace(answers, listing=listing, retrieved=retrieved, pdf=PDF, pdf_listed=PDF)


TARGET = stranger.DOCUMENT[stranger.DOCUMENT.index("<recordTarget>") : stranger.DOCUMENT.index("<component>")]
MIX_UPS: dict[str, Callable[[Answers], Answers]] = {
    "another number": of_document(f'extension="{stranger.NUMBER}"', 'extension="08827919994"'),
    "the number of another register": of_document(stranger.FNR, "2.999.6"),
    "no number": of_document(ID, ""),
    "a number without root": of_document(f'root="{stranger.FNR}" ', ""),
    "a register without number": of_document(f' extension="{stranger.NUMBER}"', ""),
    "born another day": of_document(BORN, 'birthTime value="19740314"'),
    "born another month": of_document(BORN, 'birthTime value="197404"'),
    "born another year": of_document(BORN, 'birthTime value="1975"'),
    "two patients": of_document(TARGET, TARGET * 2),
    "two patients, the other one first": of_document(TARGET, TARGET.replace(stranger.NUMBER, "08827919994") + TARGET),
    "no patient": of_document(TARGET, ""),
    "another class": of_document('"60591-5"', '"57833-6"'),
    "a class of another system": of_document('codeSystem="2.16.840.1.113883.6.1"', 'codeSystem="2.999.1"'),
    "a file where sections were listed": of_document("structuredBody", "nonXMLBody"),
    "no body": of_document("<structuredBody/>", ""),
    "another language than asked": lambda a: replace(
        a, document=a.document.replace('"nb"', '"pt"'), language_asked=True
    ),
    "no language where one was asked": lambda a: replace(
        a, document=a.document.replace('<languageCode code="nb"/>', ""), language_asked=True
    ),
    "another document of hers": of_document(DOCUMENT_ID, 'extension="DOC-2"'),
    "another issuer's document": of_document(f'root="{NORWAY}.1"', 'root="2.999.7"'),
    "no clinical document": of_document("ClinicalDocument", "Bundle"),
    "a list of another patient": of_list(stranger.NUMBER, "08827919994"),
    "a list of another community": of_list(f'home="urn:oid:{NORWAY}"', 'home="urn:oid:1.2.208"'),
    "a list of another class": of_list('"60591-5"', '"57833-6"'),
    "a list of a file": of_list("urn:epSOS:ps:ps:2010", "urn:ihe:iti:xds-sd:pdf:2008"),
    "a list of a format of another class": of_list("urn:epSOS:ps:ps:2010", "urn:epsos:ep:pre:2010"),
    "a list of a PDF": of_list('mimeType="text/xml"', 'mimeType="application/pdf"'),
    "a list that failed": of_list(stranger.OK, stranger.FAILURE),
    "a list of a status nobody knows": of_list(stranger.OK, "urn:x:Splendid"),
    "a failure that carries a document": of_retrieve(stranger.OK, stranger.FAILURE),
    "a status nobody knows": of_retrieve(stranger.OK, "urn:x:Splendid"),
    "no status": of_retrieve(f'status="{stranger.OK}"', ""),
    "a document that was not asked for": of_retrieve(stranger.UNIQUE, "1.2^OTHER"),
    "of another community": of_retrieve(f"urn:oid:{NORWAY}<", "urn:oid:1.2.208<"),
    "a PDF of other bytes than listed": lambda a: replace(as_pdf(a), pdf=b"%PDF-1.7 of another patient %%EOF"),
    "a PDF that the list has as sections": lambda a: replace(as_pdf(a), listing=right().listing),
    "a PDF of a list of another patient": lambda a: replace(
        as_pdf(a), listing=as_pdf(a).listing.replace(stranger.NUMBER, "08827919994")
    ),
    "no PDF where one was listed": lambda a: replace(as_pdf(a), pdf=b"<html/>", pdf_listed=b"<html/>"),
    "a PDF by its name": of_retrieve("text/xml", "application/pdf"),
}
LAWFUL: dict[str, Callable[[Answers], Answers]] = {
    "a further number first": of_document(ID, f'<id root="2.999.9" extension="7"/>{ID}'),
    "her second number alone": of_document(ID, f'<id root="{FURTHER.root}" extension="{FURTHER.extension}"/>'),
    "the year of birth alone": of_document(BORN, 'birthTime value="1974"'),
    "no birth": of_document(f"<{BORN}/>", ""),
    "accents": of_document("Havreaaker", "Havreåker"),
    "one name": of_document("<given>Ryddig</given>", ""),
    "a married name": of_document("Havreaaker", "Heretter"),
    "capitals": of_document("Havreaaker", "HAVREAAKER"),
    "no language": of_document('<languageCode code="nb"/>', ""),
    "a region": of_document('"nb"', '"nb-NO"'),
    "the language asked": lambda a: replace(a, language_asked=True),
    "another language": of_document('"nb"', '"pt"'),
    "listed in the node's default language": lambda a: replace(a, listing=a.listing.replace("nb-NO", "en-GB")),
    "success in part": of_retrieve(stranger.OK, stranger.PARTIAL),
    "XML by its other name": of_retrieve("text/xml", "application/xml"),
    "made on demand": lambda a: replace(a, listed_as=""),
    "serialised anew": lambda a: replace(a, listed_as=stranger.DOCUMENT + "\n"),
    "an original as a bare PDF": as_pdf,
    "as it should be": lambda a: a,
}
SEED = 20261130


def rounds(
    kinds: dict[str, Callable[[Answers], Answers]],
    number: int,
    *,
    spoilt: bool,
    network: Network = Stranger,
    xca: str = "https://no.example/xca",
) -> list[tuple[str, int]]:
    """Kind and number of documents shown, of each round; a mix-up has a lawful difference of the bytes beside it."""
    choices, treated, results = random.Random(SEED), treatment(xca), []
    beside = ("made on demand", "serialised anew", "as it should be", "XML by its other name", "accents")
    for n in range(number):
        kind = list(kinds)[n % len(kinds)]
        answers = kinds[kind](right())
        if spoilt:
            assert answers != right(), kind
            answers = LAWFUL[choices.choice(beside)](answers)
        meaning = choices.choice(("before-transformation", "unknown"))
        results.append((kind, shown(treated, answers, meaning, network)))
    return results


def test_of_300_mix_ups_none_is_shown():
    assert len(MIX_UPS) >= 25
    assert [kind for kind, number in rounds(MIX_UPS, 300, spoilt=True) if number] == []


def test_of_60_right_documents_with_lawful_differences_none_is_refused():
    assert [kind for kind, number in rounds(LAWFUL, 60, spoilt=False) if number != 1] == []


@pytest.mark.timed
@pytest.mark.prove
def test_of_10000_mix_ups_none_is_shown():
    assert [kind for kind, number in rounds(MIX_UPS, 10_000, spoilt=True) if number] == []


@pytest.mark.prove
def test_of_2000_right_documents_with_lawful_differences_none_is_refused():
    assert [kind for kind, number in rounds(LAWFUL, 2_000, spoilt=False) if number != 1] == []
