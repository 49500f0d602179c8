"""The shelf of listed documents on a real store: what is kept comes back as it was."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.exchange.ports import PrescriptionState
from gateway.messages import EventCode
from gateway.node.shelf import Shelf
from gateway.store.documents import IssuedDocuments
from gateway.store.engine import Store
from tests.support.callers.verified import NOW
from tests.support.nodes.stores import KEYS, database, store
from tests.support.norway.in_memory import DOCUMENT, kept

__all__ = ["database", "store"]


@pytest.mark.parametrize("reserved", [True, False])
def test_a_document_comes_back_as_it_was_kept_with_its_reservation(store: Store, reserved: bool):
    shelf = Shelf(IssuedDocuments(store, KEYS))
    document = kept(guardian_reserved=reserved, warnings=("WARNING_PS_MISSING_BASIC_DATA",))
    shelf.keep(document)
    found = shelf.find(DOCUMENT, NOW)
    assert found is not None
    assert found.guardian_reserved is reserved
    assert (found.patient, found.service, found.content, found.warnings) == (
        document.patient, document.service, document.content, document.warnings,
    )  # fmt: skip
    assert (found.release, found.wave, found.created, found.expires) == (
        document.release, document.wave, document.created, document.expires,
    )  # fmt: skip


def test_event_codes_of_a_listed_prescription_come_back(store: Store):
    shelf = Shelf(IssuedDocuments(store, KEYS))
    document = kept()
    events = (EventCode("N02BE01", "2.16.840.1.113883.6.73", "paracetamol"),)
    shelf.keep(replace(document, entry=replace(document.entry, events=events)))
    found = shelf.find(DOCUMENT, NOW)
    assert found is not None
    assert found.entry.events == events


def test_what_a_prescription_was_listed_by_comes_back(store: Store):
    shelf = Shelf(IssuedDocuments(store, KEYS))
    state = PrescriptionState("3b1f-resept", "ab" * 32, 2, "cd" * 32)
    shelf.keep(kept(prescription=state))
    found = shelf.find(DOCUMENT, NOW)
    assert found is not None
    assert found.prescription == state


def test_a_summary_was_listed_by_no_prescription(store: Store):
    shelf = Shelf(IssuedDocuments(store, KEYS))
    shelf.keep(kept())
    found = shelf.find(DOCUMENT, NOW)
    assert found is not None
    assert found.prescription is None


def test_an_original_comes_back_tied_to_its_document_and_both_by_what_they_were_made_of(store: Store):
    shelf = Shelf(IssuedDocuments(store, KEYS))
    structured = kept(made_of="ab" * 32)
    twin = replace(structured, entry=replace(structured.entry, unique_id="1.2^TWIN", transformed_from=DOCUMENT))
    shelf.keep(structured, twin)
    later = structured.expires + timedelta(hours=1)
    found = shelf.listed_of(("ab" * 32,), NOW - timedelta(hours=1), NOW, later)
    assert {(one.entry.unique_id, one.entry.transformed_from, one.made_of, one.expires) for one in found} == {
        (DOCUMENT, None, "ab" * 32, later), ("1.2^TWIN", DOCUMENT, "ab" * 32, later),
    }  # fmt: skip


def test_what_was_not_kept_is_not_there(store: Store):
    assert Shelf(IssuedDocuments(store, KEYS)).find(DOCUMENT, NOW) is None
