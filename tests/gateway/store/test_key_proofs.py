"""A database is written with one set of keys: others are told by id and by secret, on both kinds of database."""

import pytest

from gateway.store.documents import IssuedDocuments
from gateway.store.engine import Store
from gateway.store.errors import StoreKeysDiffer
from gateway.store.key_proofs import note_keys, require_same_keys
from gateway.store.keys import KeyRing
from tests.gateway.store.test_documents import DOCUMENT
from tests.support.nodes.stores import KEYS

OTHER = bytes(reversed(range(32)))
NEXT = bytes(32)


def ring(**keys: bytes) -> KeyRing:
    return KeyRing(next(iter(keys)), keys)


def test_the_keys_that_wrote_are_taken_again(store: Store):
    require_same_keys(store, KEYS)
    note_keys(store, KEYS)
    note_keys(store, KEYS)
    require_same_keys(store, KEYS)


def test_another_secret_under_the_same_id_is_refused(store: Store):
    note_keys(store, KEYS)
    with pytest.raises(StoreKeysDiffer) as refused:
        require_same_keys(store, ring(k1=OTHER))
    assert (refused.value.key_id, refused.value.absent) == ("k1", False)


def test_a_file_that_has_none_of_the_keys_that_wrote_is_refused(store: Store):
    note_keys(store, KEYS)
    with pytest.raises(StoreKeysDiffer) as refused:
        require_same_keys(store, ring(k2=OTHER))
    assert (refused.value.key_id, refused.value.absent) == ("k1", True)


def test_keys_may_be_rotated_one_after_the_other(store: Store):
    note_keys(store, KEYS)
    rotated = ring(k2=NEXT, k1=KEYS.keys["k1"])
    require_same_keys(store, rotated)
    note_keys(store, rotated)
    require_same_keys(store, ring(k2=NEXT))


def test_other_keys_are_told_by_what_was_sealed_before_keys_were_noted(store: Store):
    IssuedDocuments(store, KEYS).keep(DOCUMENT)
    require_same_keys(store, KEYS)
    with pytest.raises(StoreKeysDiffer):
        require_same_keys(store, ring(k1=OTHER))
