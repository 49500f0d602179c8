"""Country B, find: what a peer lists is used when it is of what was asked."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.exchange.country_b.find import NOT_ASKED, NOT_PAIRED, find_documents_abroad
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


ORIGINAL = replace(ENTRY, unique_id="1.2^original", transformed_from=ENTRY.unique_id)


@pytest.mark.parametrize("named", ["1.2^not-listed", "1.2^prescription"])
def test_a_rendering_of_what_is_not_listed_or_of_another_class_is_no_pair(named: str):
    prescription = replace(ENTRY, unique_id="1.2^prescription", class_code="57833-6")
    entries, remarks = listed(ENTRY, replace(ORIGINAL, transformed_from=named), prescription)
    assert [entry.transformed_from for entry in entries] == [None, None]
    assert [(one.code, one.location) for one in remarks if one.code == NOT_PAIRED] == [(NOT_PAIRED, "Entry[1]")]
    assert listed(ENTRY, ORIGINAL) == ((ENTRY, ORIGINAL), ())


def test_a_document_tied_to_itself_as_openncp_ties_clinical_documents_is_no_pair_and_no_fault():
    itself = replace(ENTRY, transformed_from=ENTRY.unique_id)
    assert listed(itself) == ((ENTRY,), ())
