"""Country A, retrieve: the id alone resolves type and person; privacy is asked again; nothing is told of others."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.errors import (
    DocumentOfAnotherPatient,
    DocumentUnknown,
    GuardianForbidden,
    PatientReserved,
    PermissionMissing,
    ReceiverWrong,
    RepositoryUnknown,
    SharingBlocked,
)
from gateway.exchange.country_a.retrieve import retrieve_documents
from gateway.exchange.ports import Trail
from gateway.messages import DocumentRequest, RetrieveDocuments
from gateway.national.ports import PrivacyStatus, Sharing
from tests.support.callers.verified import NORWAY, NOW, OTHER, PATIENT, PS
from tests.support.norway.in_memory import DOCUMENT, Remembered, kept, norway, person, treatment

IDENTITY_CALLS = ["person-register", "privacy-services"]


def ask(remembered, *requests, documents=(), permitted=lambda _kept: None, next_of_kin=False):
    place = norway(remembered)
    for document in documents or (kept(),):
        place.shelf.keep(document)
    asked = RetrieveDocuments(requests or (DocumentRequest(DOCUMENT),))
    trail = Trail()
    return retrieve_documents(treatment(next_of_kin=next_of_kin), asked, place, permitted, trail), trail


def reasons(found):
    return [type(reason) for _, reason in found.refused]


def test_a_listed_document_is_retrieved_with_the_very_bytes():
    remembered = Remembered()
    found, trail = ask(remembered, DocumentRequest(DOCUMENT, NORWAY, "2.16.578.1.12.4.5.10.1.1"))
    assert [document.content for _, document in found.documents] == [b"<x/>"]
    assert remembered.calls == IDENTITY_CALLS
    assert trail.documents == [(PS[0], DOCUMENT)]
    assert trail.release == "starter"


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (DocumentRequest("1.2^UNKNOWN"), DocumentUnknown),
        (DocumentRequest(DOCUMENT, "1.2.208"), ReceiverWrong),
        (DocumentRequest(DOCUMENT, NORWAY, "1.2.3"), RepositoryUnknown),
    ],
)
def test_what_the_message_and_the_shelf_decide_opens_no_door(request_, reason):
    remembered = Remembered()
    found, _ = ask(remembered, request_)
    assert reasons(found) == [reason]
    assert remembered.calls == []


def test_an_expired_document_is_unknown():
    found, _ = ask(Remembered(), documents=(kept(expires=NOW),))
    assert reasons(found) == [DocumentUnknown]
    found, _ = ask(Remembered(), documents=(kept(expires=NOW + timedelta(microseconds=1)),))
    assert reasons(found) == []


def test_a_document_that_may_not_go_to_this_caller_opens_no_door():
    def permitted(_document):
        raise PermissionMissing

    remembered = Remembered()
    found, _ = ask(remembered, permitted=permitted)
    assert reasons(found) == [PermissionMissing]
    assert remembered.calls == []


def test_another_patients_document_is_refused():
    theirs = kept(patient=OTHER, entry=replace(kept().entry, patient=OTHER))
    found, trail = ask(Remembered(), documents=(theirs,))
    assert reasons(found) == [DocumentOfAnotherPatient]
    assert found.documents == ()
    assert trail.documents == []


def test_a_document_of_another_patient_is_named_in_the_evidence_beside_one_that_is_given():
    theirs = kept(patient=OTHER, entry=replace(kept().entry, patient=OTHER, unique_id="1.2^THEIRS"))
    found, trail = ask(
        Remembered(), DocumentRequest(DOCUMENT), DocumentRequest("1.2^THEIRS"), documents=(kept(), theirs)
    )
    assert [kept_.entry.unique_id for _, kept_ in found.documents] == [DOCUMENT]
    assert trail.withheld == [("1.2^THEIRS", ("another-patient",))]
    _, trail = ask(Remembered(), DocumentRequest(DOCUMENT), documents=(kept(), theirs))
    assert trail.withheld == []


def test_a_document_listed_under_a_discontinued_number_is_still_hers():
    found, _ = ask(Remembered(register=person(historical=(OTHER,))), documents=(kept(patient=OTHER),))
    assert len(found.documents) == 1


def test_one_document_of_two_is_a_partial_answer_in_the_order_asked():
    found, _ = ask(Remembered(), DocumentRequest("1.2^UNKNOWN"), DocumentRequest(DOCUMENT))
    assert [request.unique_id for request, _ in found.documents] == [DOCUMENT]
    assert [request.unique_id for request, _ in found.refused] == ["1.2^UNKNOWN"]


@pytest.mark.parametrize(
    ("sharing", "reason"), [(Sharing.BLOCKED, SharingBlocked), (Sharing.RESERVED, PatientReserved)]
)
def test_what_was_allowed_at_listing_is_refused_when_privacy_changed(sharing, reason):
    remembered = Remembered(privacy=PrivacyStatus(sharing))
    with pytest.raises(reason):
        ask(remembered)
    assert remembered.calls == IDENTITY_CALLS


def test_a_next_of_kin_does_not_get_what_is_reserved_against_guardians():
    reserved = Remembered(privacy=PrivacyStatus(Sharing.ALLOWED, guardian_reserved=True))
    with pytest.raises(GuardianForbidden):
        ask(reserved, next_of_kin=True)
    found, _ = ask(reserved)
    assert len(found.documents) == 1
    assert found.documents[0][1].patient == PATIENT


def test_a_next_of_kin_does_not_get_a_document_that_holds_what_is_reserved():
    reserved = kept(guardian_reserved=True)
    with pytest.raises(GuardianForbidden):
        ask(Remembered(), documents=(reserved,), next_of_kin=True)
    found, _ = ask(Remembered(), documents=(reserved,))
    assert len(found.documents) == 1
    found, _ = ask(Remembered(), next_of_kin=True)
    assert len(found.documents) == 1


def test_another_patients_reserved_document_tells_nothing_of_a_reservation():
    theirs = kept(patient=OTHER, guardian_reserved=True)
    found, _ = ask(Remembered(), documents=(theirs,), next_of_kin=True)
    assert reasons(found) == [DocumentOfAnotherPatient]
