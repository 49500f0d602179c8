from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from gateway.errors import StoreTampered, StoreUnavailable
from gateway.messages import PatientIdentifier
from gateway.store.documents import IssuedDocument, IssuedDocuments
from gateway.store.engine import Store
from gateway.store.keys import KeyRing
from gateway.store.migrate import migrate
from tests.support.nodes.stores import KEYS, NOW

DOCUMENT = IssuedDocument(
    unique_id="2.999.47.1^9d5b1f0e-0f62-4f7e-9a53-0c8e2f1f7a11",
    person=PatientIdentifier("2.16.578.1.12.4.1.4.1", "13877512345"),
    class_code="60591-5",
    format_code="urn:epSOS:ps:ps:2010",
    created=NOW,
    expires=NOW + timedelta(days=1),
    terminology_release="starter-1",
    wave=8,
    content="<ClinicalDocument>Åse Čáhci</ClinicalDocument>".encode(),
    metadata={"title": "Patient Summary", "language": "nb-NO"},
)


def change(store: Store, column: str, value: object) -> None:
    with store.unit_of_work() as unit:
        unit.connection.execute(text(f"UPDATE issued_documents SET {column} = :value"), {"value": value})


def test_finds_the_document_as_it_was_issued(store: Store):
    documents = IssuedDocuments(store, KEYS)
    documents.keep(DOCUMENT)
    assert documents.find(DOCUMENT.unique_id, NOW) == DOCUMENT


def test_another_node_on_the_database_finds_it(database: str):
    one, other = Store.open(database), Store.open(database)
    IssuedDocuments(one, KEYS).keep(DOCUMENT)
    assert IssuedDocuments(other, KEYS).find(DOCUMENT.unique_id, NOW) == DOCUMENT
    one.close()
    other.close()


def test_an_id_that_was_not_issued_is_unknown(store: Store):
    documents = IssuedDocuments(store, KEYS)
    documents.keep(DOCUMENT)
    assert documents.find("2.999.47.1^another", NOW) is None


def test_an_id_is_issued_once(store: Store):
    documents = IssuedDocuments(store, KEYS)
    documents.keep(DOCUMENT)
    with pytest.raises(StoreUnavailable):
        documents.keep(replace(DOCUMENT, content=b"other"))
    assert documents.find(DOCUMENT.unique_id, NOW) == DOCUMENT


def test_is_known_to_its_last_moment_and_unknown_after(store: Store):
    documents = IssuedDocuments(store, KEYS)
    documents.keep(DOCUMENT)
    assert documents.find(DOCUMENT.unique_id, DOCUMENT.expires - timedelta(microseconds=1)) == DOCUMENT
    assert documents.find(DOCUMENT.unique_id, DOCUMENT.expires) is None


MADE = replace(DOCUMENT, made_of="a" * 64)
LATER = NOW + timedelta(days=2)
BEFORE = NOW - timedelta(hours=4)


def test_what_was_issued_of_a_content_is_found_by_it_and_kept_longer(store: Store):
    documents = IssuedDocuments(store, KEYS)
    twin = replace(MADE, unique_id="2.999.47.1^twin")
    documents.keep(MADE, twin, replace(DOCUMENT, unique_id="2.999.47.1^other", made_of="b" * 64))
    found = documents.issued_of(["a" * 64, "c" * 64], BEFORE, NOW, LATER)
    assert sorted(found, key=lambda one: one.unique_id) == [replace(MADE, expires=LATER), replace(twin, expires=LATER)]
    assert documents.find(MADE.unique_id, DOCUMENT.expires) == replace(MADE, expires=LATER)
    assert documents.find("2.999.47.1^other", DOCUMENT.expires) is None


@pytest.mark.parametrize(
    ("since", "now"), [(NOW, NOW), (BEFORE, DOCUMENT.expires)], ids=["issued too long ago", "ended"]
)
def test_what_is_too_old_or_has_ended_is_not_issued_again(store: Store, since: datetime, now: datetime):
    documents = IssuedDocuments(store, KEYS)
    documents.keep(MADE)
    assert documents.issued_of([MADE.made_of or ""], since, now, LATER) == ()
    assert len(documents.issued_of([MADE.made_of or ""], BEFORE, NOW, LATER)) == 1


def test_what_was_issued_of_no_content_is_found_by_none(store: Store):
    documents = IssuedDocuments(store, KEYS)
    documents.keep(DOCUMENT)
    assert documents.issued_of([""], BEFORE, NOW, LATER) == ()


def test_documents_kept_together_are_all_kept_or_none(store: Store):
    documents = IssuedDocuments(store, KEYS)
    documents.keep(DOCUMENT)
    other = replace(DOCUMENT, unique_id="2.999.47.1^other")
    with pytest.raises(StoreUnavailable):
        documents.keep(other, DOCUMENT)
    assert documents.size() == 1
    documents.keep()
    assert documents.size() == 1


def test_purge_deletes_what_ended_and_keeps_the_rest(store: Store):
    documents = IssuedDocuments(store, KEYS)
    later = replace(DOCUMENT, unique_id="2.999.47.1^later", expires=DOCUMENT.expires + timedelta(microseconds=1))
    documents.keep(DOCUMENT)
    documents.keep(later)
    assert documents.purge(DOCUMENT.expires) == 1
    assert documents.find(DOCUMENT.unique_id, NOW) is None
    assert documents.find(later.unique_id, NOW) == later


def test_hash_and_size_are_of_the_very_bytes():
    document = replace(DOCUMENT, content=b"abc")
    assert (document.sha1, document.size) == ("a9993e364706816aba3e25717850c26c9cd0d89d", 3)


def test_opens_under_a_ring_that_was_rotated(store: Store):
    IssuedDocuments(store, KEYS).keep(DOCUMENT)
    rotated = KeyRing(current="k2", keys={"k2": bytes(32), **KEYS.keys})
    assert IssuedDocuments(store, rotated).find(DOCUMENT.unique_id, NOW) == DOCUMENT


@pytest.mark.parametrize("ring", [{"k1": bytes(32)}, {"k2": bytes(32)}])
def test_refuses_to_open_under_another_key(store: Store, ring: dict[str, bytes]):
    IssuedDocuments(store, KEYS).keep(DOCUMENT)
    with pytest.raises(StoreTampered):
        IssuedDocuments(store, KeyRing(current=next(iter(ring)), keys=ring)).find(DOCUMENT.unique_id, NOW)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("person", "k1:" + "0" * 64),
        ("class_code", "57833-6"),
        ("format_code", "other"),
        ("created", 1),
        ("expires", 2**60),
        ("sha1", "0" * 40),
        ("size", 1),
        ("terminology_release", "other"),
        ("wave", 9),
        ("made_of", "k1:" + "0" * 64),
        ("key_id", "k2"),
        ("content", b"x" * 60),
        ("about", b"x" * 60),
    ],
)
def test_refuses_a_row_with_a_changed_column(store: Store, column: str, value: Any):
    documents = IssuedDocuments(store, KEYS)
    documents.keep(DOCUMENT)
    change(store, column, value)
    with pytest.raises(StoreTampered):
        documents.find(DOCUMENT.unique_id, NOW)


def test_refuses_a_row_moved_to_another_id(store: Store):
    documents = IssuedDocuments(store, KEYS)
    documents.keep(DOCUMENT)
    change(store, "unique_id", "2.999.47.1^another")
    with pytest.raises(StoreTampered):
        documents.find("2.999.47.1^another", NOW)


def test_no_personal_data_is_readable_in_the_database_file(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/node.db"
    migrate(url)
    store = Store.open(url)
    IssuedDocuments(store, KEYS).keep(MADE)
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    store.close()
    assert DOCUMENT.unique_id.encode() in raw
    for secret in (DOCUMENT.person.extension, "a" * 64, "ClinicalDocument", "Åse", "Patient Summary"):
        assert secret.encode() not in raw


def test_a_document_prints_neither_person_nor_content():
    assert "13877512345" not in repr(DOCUMENT)
    assert "Clinical" not in repr(DOCUMENT)


ANOTHER = "2.999.47.1^another"


def test_to_which_country_a_document_was_listed_is_remembered_with_the_last_time(store: Store):
    documents = IssuedDocuments(store, KEYS)
    documents.note_listed([DOCUMENT.unique_id, ANOTHER], "PT", NOW, LATER)
    documents.note_listed([DOCUMENT.unique_id], "PT", NOW + timedelta(hours=1), LATER)
    assert documents.listed(DOCUMENT.unique_id, "PT") == NOW + timedelta(hours=1)
    assert documents.listed(ANOTHER, "PT") == NOW
    assert documents.listed(DOCUMENT.unique_id, "SE") is None
    assert documents.listed("2.999.47.1^none", "PT") is None


def test_a_list_of_nothing_is_no_listing(store: Store):
    IssuedDocuments(store, KEYS).note_listed([], "PT", NOW, LATER)
    assert IssuedDocuments(store, KEYS).listed(DOCUMENT.unique_id, "PT") is None


def test_purge_forgets_the_listings_that_ended(store: Store):
    documents = IssuedDocuments(store, KEYS)
    documents.note_listed([DOCUMENT.unique_id], "PT", NOW, LATER)
    documents.note_listed([ANOTHER], "PT", NOW, LATER + timedelta(seconds=1))
    documents.purge(LATER)
    assert documents.listed(DOCUMENT.unique_id, "PT") is None
    assert documents.listed(ANOTHER, "PT") == NOW
