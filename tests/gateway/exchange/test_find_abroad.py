"""Country B, find: what a peer lists is used when it is of what was asked."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.exchange.country_b.find import NOT_ASKED, find_documents_abroad
from gateway.messages import DocumentEntry, FindDocuments, PatientIdentifier
from gateway.peers.errors import AnswerAboutAnother, PeerSaidNo
from gateway.peers.ports import DocumentsAbroad
from tests.support.callers.verified import NOW, OTHER, PATIENT
from tests.support.nodes.wire import document_entry, found_patient

HOME = "1.2.4"
FURTHER = PatientIdentifier("1.2.5", "second")
ENTRY = document_entry(patient=PATIENT, home_community=HOME)
QUERY = FindDocuments(PATIENT, (("60591-5", "2.16.840.1.113883.6.1"),))


def listed(*entries: DocumentEntry, refused: bool = False):
    peer = SimpleNamespace(home_communities=(HOME,), answers=frozenset({"ps"}))
    person = found_patient(identifier=PATIENT, further=(FURTHER,))
    treatment: Any = SimpleNamespace(session=SimpleNamespace(peer=peer), person=person, patient=PATIENT)
    contact: Any = SimpleNamespace(find_documents=lambda *_: DocumentsAbroad(entries, (), refused))
    return find_documents_abroad(treatment, QUERY, "ps", contact, NOW)


def test_an_entry_of_a_class_that_was_not_asked_for_is_left_out_with_a_remark():
    other = replace(ENTRY, class_code="57833-6")
    entries, remarks = listed(ENTRY, other)
    assert entries == (ENTRY,)
    assert [(one.code, one.location) for one in remarks] == [(NOT_ASKED, "Entry[1]")]
    assert listed(ENTRY) == ((ENTRY,), ())


def test_an_entry_under_any_identifier_of_the_match_is_the_patients_and_no_other():
    hers = replace(ENTRY, patient=FURTHER)
    assert listed(hers)[0] == (hers,)
    with pytest.raises(AnswerAboutAnother):
        listed(ENTRY, replace(ENTRY, patient=OTHER))


def test_nothing_of_a_list_that_failed_is_used():
    with pytest.raises(PeerSaidNo):
        listed(ENTRY, refused=True)
    assert listed(ENTRY)[0] == (ENTRY,)
