"""Country B: pairs of a list are shown as pairs, and documents are asked for one at a time, or together by the row."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.exchange.country_b.pairs import ListedPair, pairs_of
from gateway.exchange.country_b.retrieve import LOST, Reception, retrieve_documents_abroad
from gateway.exchange.document_gate import DocumentGate
from gateway.messages import DocumentEntry, PatientIdentifier, Remark
from gateway.peers.errors import AbroadRefused, DocumentNotAsked, PeerSaidNo, PeerSlow
from gateway.peers.ports import DocumentAbroad, RetrievedAbroad
from tests.support.callers.verified import NOW
from tests.support.documents.identified import identified
from tests.support.persons import samples
from transformers.cda.documents.patient_summary import write_patient_summary
from transformers.display.original import make_original
from transformers.terminology.transcode import transcode_summary

PDF = "urn:ihe:iti:xds-sd:pdf:2008"
SUMMARY = samples.summary("no-information")
TRANSCODED, _ = transcode_summary(SUMMARY, samples.release())
STRUCTURED = write_patient_summary(TRANSCODED).content
MADE = make_original(SUMMARY, TRANSCODED, 8)
PERSON = identified(STRUCTURED)


def entry(unique_id: str, **changes: Any) -> DocumentEntry:
    usual = DocumentEntry(
        unique_id=unique_id, patient=PERSON.identifier, class_code="60591-5", format_code="urn:epSOS:ps:ps:2010",
        title="", description="", created=None, language="nb-NO", size=0, sha1="", repository="1.2",
        home_community="1.2.4",
    )  # fmt: skip
    return replace(usual, **changes)


XML = entry(f"{SUMMARY.id.root}^{SUMMARY.id.extension}")
assert MADE.id is not None
ORIGINAL = entry(f"{MADE.id.root}^{MADE.id.extension}", format_code=PDF, transformed_from=XML.unique_id)
OTHER = entry("1.2^OTHER")


def test_an_original_is_shown_beside_its_document_wherever_it_stands_in_the_list():
    assert pairs_of([ORIGINAL, OTHER, XML]) == (ListedPair(OTHER), ListedPair(XML, ORIGINAL))
    assert pairs_of([XML, ORIGINAL])[0].entries == (XML, ORIGINAL)
    assert ListedPair(OTHER).entries == (OTHER,)


UNTIED = {
    "of no list": replace(ORIGINAL, transformed_from="1.2^NOWHERE"),
    "to itself, as OpenNCP ties originals": replace(ORIGINAL, transformed_from=ORIGINAL.unique_id),
    "of another patient": replace(ORIGINAL, patient=PatientIdentifier("1.2", "x")),
    "of another class": replace(ORIGINAL, class_code="57833-6"),
    "of the same format": replace(ORIGINAL, format_code=XML.format_code),
    "of nothing": replace(ORIGINAL, transformed_from=None),
}


@pytest.mark.parametrize("case", UNTIED)
def test_a_tie_that_cannot_be_ties_nothing(case: str):
    assert pairs_of([XML, UNTIED[case]]) == (ListedPair(XML), ListedPair(UNTIED[case]))
    assert pairs_of([XML, ORIGINAL]) == (ListedPair(XML, ORIGINAL),)


def test_two_originals_of_one_document_and_one_of_an_original_tie_nothing():
    second = replace(ORIGINAL, unique_id="1.2^SECOND")
    assert [pair.original for pair in pairs_of([XML, ORIGINAL, second])] == [None] * 3
    of_original = replace(ORIGINAL, unique_id="1.2^OF", transformed_from=ORIGINAL.unique_id)
    assert [pair.original for pair in pairs_of([XML, ORIGINAL, of_original])] == [ORIGINAL, None]


class Peer:
    """Answers what it has, or raises; writes down what each request asked for."""

    def __init__(self, *, several: bool = True, wrong: bool = False, times: int = 1, **lost: AbroadRefused) -> None:
        self.asked: list[int] = []
        self.several, self.wrong, self.times, self.lost = several, wrong, times, lost
        self.contents = {XML.unique_id: STRUCTURED, ORIGINAL.unique_id: MADE.content}

    def retrieve(self, _treatment, requests, _now):
        self.asked.append(len(requests))
        for request in requests:
            reason = self.lost.get("xml" if request.unique_id == XML.unique_id else "pdf")
            if isinstance(reason, PeerSaidNo):
                return RetrievedAbroad((), reason.problems, refused=True)
            if reason is not None:
                raise reason
        served = requests if self.several else requests[:1]
        other = {XML.unique_id: ORIGINAL, ORIGINAL.unique_id: XML}
        given = [replace(one, unique_id=other[one.unique_id].unique_id) for one in served] if self.wrong else served
        documents = tuple(DocumentAbroad(one, self.contents[one.unique_id], "text/xml") for one in given) * self.times
        return RetrievedAbroad(documents, (), refused=False)


def retrieved(peer: Any, *, serves_several: bool = False):
    row = SimpleNamespace(
        home_communities=("1.2.4",), wave_of=lambda _community: 8, patient_roots={}, listing_hash="unknown",
        serves_several=serves_several,
    )  # fmt: skip
    treatment: Any = SimpleNamespace(session=SimpleNamespace(peer=row), person=PERSON)
    reception = Reception(DocumentGate(outgoing=False))
    return retrieve_documents_abroad(treatment, (XML, ORIGINAL), peer, NOW, reception)


def test_a_pair_is_asked_for_one_document_a_request():
    peer = Peer(several=False)
    documents, remarks = retrieved(peer)
    assert ([one.content for one in documents], remarks) == ([STRUCTURED, MADE.content], ())
    assert peer.asked == [1, 1]


def test_a_peer_whose_row_says_that_it_serves_several_is_asked_once():
    peer = Peer()
    documents, _ = retrieved(peer, serves_several=True)
    assert (len(documents), peer.asked) == (2, [2])


SAID_NO = PeerSaidNo((Remark("ERROR_PS_GENERIC", "Error", "why"),))


@pytest.mark.parametrize("reason", [SAID_NO, PeerSlow()], ids=["refused", "slow"])
def test_one_of_a_pair_that_does_not_come_leaves_the_other_with_a_remark(reason: AbroadRefused):
    documents, remarks = retrieved(Peer(pdf=reason))
    assert [one.content for one in documents] == [STRUCTURED]
    assert remarks[-1] == Remark(LOST, "Error", f"Not shown: {type(reason).__name__}.", "Request[1]")
    assert len(remarks) == (2 if reason is SAID_NO else 1)


def test_when_neither_comes_the_first_reason_is_given_and_a_silent_peer_is_not_waited_for_twice():
    peer = Peer(xml=PeerSlow(), pdf=SAID_NO)
    with pytest.raises(PeerSlow):
        retrieved(peer)
    assert peer.asked == [1]
    with pytest.raises(PeerSaidNo):
        retrieved(Peer(xml=SAID_NO, pdf=PeerSlow()))


def test_the_other_document_of_a_pair_in_the_answer_for_one_is_refused():
    with pytest.raises(DocumentNotAsked):
        retrieved(Peer(wrong=True))
    assert len(retrieved(Peer(wrong=True), serves_several=True)[0]) == 2


@pytest.mark.parametrize("serves_several", [False, True])
def test_a_document_that_is_given_twice_in_an_answer_is_refused(*, serves_several: bool):
    with pytest.raises(DocumentNotAsked):
        retrieved(Peer(times=2), serves_several=serves_several)
    assert len(retrieved(Peer(times=1), serves_several=serves_several)[0]) == 2
