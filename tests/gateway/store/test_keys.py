from pathlib import Path

import pytest

from gateway.errors import StoreTampered
from gateway.messages import PatientIdentifier
from gateway.store.errors import KeyFileInvalid, KeyFileUnreadable, KeyIdRefused
from gateway.store.keys import KeyRing, PersonKey, Sealed, add_key
from tests.support.nodes.stores import KEYS, key_line

PERSON = PatientIdentifier("2.16.578.1.12.4.1.4.1", "13877512345")
ROTATED = KeyRing(current="k2", keys={"k2": bytes(32), "k1": KEYS.keys["k1"]})


def test_the_first_line_is_the_current_key(tmp_path: Path):
    path = tmp_path / "keys"
    path.write_text("# two keys\n" + key_line("k2", bytes(32)) + "\n" + key_line("k1", KEYS.keys["k1"]))
    assert KeyRing.read(path) == ROTATED


def test_padding_may_be_left_out(tmp_path: Path):
    path = tmp_path / "keys"
    path.write_text(key_line("k1", KEYS.keys["k1"]).replace("=", ""))
    assert KeyRing.read(path) == KEYS


def test_a_new_line_is_a_key_of_its_own(tmp_path: Path):
    path = tmp_path / "keys"
    path.write_text(KeyRing.new_line("a") + KeyRing.new_line("b"))
    ring = KeyRing.read(path)
    assert ring.current == "a"
    assert ring.keys["a"] != ring.keys["b"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("k1\n", 1),
        (":" + key_line("", bytes(32)), 1),
        (key_line("k 1", bytes(32)), 1),
        (key_line("k1", bytes(31)), 1),
        (key_line("k1", bytes(33)), 1),
        (key_line("k1", bytes(32)).replace("A", "!"), 1),
        (key_line("k1", bytes(32)) + key_line("k1", bytes(32)), 2),
    ],
)
def test_refuses_a_key_file_it_cannot_read_exactly(tmp_path: Path, text: str, line: int):
    path = tmp_path / "keys"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KeyFileInvalid) as refused:
        KeyRing.read(path)
    assert (refused.value.file, refused.value.line) == (str(path), line)


@pytest.mark.parametrize(
    ("text", "why"), [("", "it has no key"), ("# nothing\n", "it has no key"), ("k1:é\n", "it is no text in ASCII")]
)
def test_refuses_a_key_file_without_a_key(tmp_path: Path, text: str, why: str):
    path = tmp_path / "keys"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KeyFileUnreadable) as refused:
        KeyRing.read(path)
    assert (refused.value.file, refused.value.why) == (str(path), why)


@pytest.mark.parametrize("length", [0, 31, 33])
@pytest.mark.parametrize("key_id", ["current", "old"])
def test_refuses_a_ring_with_a_key_that_has_not_32_bytes(key_id: str, length: int):
    right = {"current": bytes(32), "old": bytes(32)}
    assert KeyRing("current", right).keys == right
    with pytest.raises(ValueError, match="32 bytes"):
        KeyRing("current", {**right, key_id: bytes(length)})


def test_refuses_a_key_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(KeyFileUnreadable) as refused:
        KeyRing.read(tmp_path / "absent")
    assert refused.value.why == "no such file or directory"


def test_a_key_that_is_added_is_the_current_one_and_keeps_the_others(tmp_path: Path):
    path = tmp_path / "store" / "keys"
    assert [add_key(path), add_key(path), add_key(path, "no-2")] == ["k1", "k2", "no-2"]
    ring = KeyRing.read(path)
    assert (ring.current, set(ring.keys), len(set(ring.keys.values()))) == ("no-2", {"k1", "k2", "no-2"}, 3)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["keys"]


@pytest.mark.parametrize("key_id", ["k1", "a b", "x" * 33, "é"])
def test_refuses_to_add_a_key_under_an_id_that_is_none_or_in_use(tmp_path: Path, key_id: str):
    path = tmp_path / "keys"
    add_key(path)
    before = path.read_bytes()
    with pytest.raises(KeyIdRefused):
        add_key(path, key_id)
    assert path.read_bytes() == before


def test_adds_no_key_to_a_file_that_cannot_be_read_exactly(tmp_path: Path):
    path = tmp_path / "keys"
    path.write_text("broken")
    with pytest.raises(KeyFileInvalid):
        add_key(path)
    assert path.read_text() == "broken"


def test_a_ring_prints_no_key():
    assert repr(KEYS) == "KeyRing(current='k1')"


def test_refuses_a_ring_without_its_current_key():
    with pytest.raises(ValueError, match="current"):
        KeyRing(current="k2", keys=KEYS.keys)


def test_a_persons_key_is_the_same_each_time_and_another_for_each_person_and_key():
    assert KEYS.person(PERSON) == KEYS.person(PERSON)
    others = [
        PatientIdentifier(PERSON.root, "13877512346"),
        PatientIdentifier("2.16.578.1.12.4.1.4.2", PERSON.extension),
    ]
    keys = {KEYS.person(PERSON), *(KEYS.person(other) for other in others), ROTATED.person(PERSON)}
    assert len(keys) == 4


def test_a_persons_key_has_this_value_for_ever():
    assert KEYS.person(PERSON) == PersonKey("k1", "326bd4c344c9e23db06ea37f0441316541f2600575c8d3a1e82b8dab6b6d0d4f")


def test_a_persons_rows_are_found_across_a_rotation():
    assert KEYS.person(PERSON) in ROTATED.persons(PERSON)
    assert ROTATED.person(PERSON) in ROTATED.persons(PERSON)


def test_what_was_sealed_opens_after_a_rotation():
    sealed = KEYS.seal("purpose", "row", b"plain", b"bound")
    assert b"plain" not in sealed.data
    assert ROTATED.unseal("purpose", "row", sealed, b"bound") == b"plain"


def test_the_same_bytes_are_never_sealed_alike():
    assert KEYS.seal("purpose", "row", b"plain", b"") != KEYS.seal("purpose", "row", b"plain", b"")


@pytest.mark.parametrize(
    ("purpose", "row", "bound"),
    [("other", "row", b"bound"), ("purpose", "other", b"bound"), ("purpose", "row", b"other")],
)
def test_refuses_to_open_for_another_purpose_row_or_binding(purpose: str, row: str, bound: bytes):
    with pytest.raises(StoreTampered):
        KEYS.unseal(purpose, row, KEYS.seal("purpose", "row", b"plain", b"bound"), bound)


def test_refuses_to_open_under_another_key():
    sealed = KEYS.seal("purpose", "row", b"plain", b"bound")
    with pytest.raises(StoreTampered):
        ROTATED.unseal("purpose", "row", Sealed("k2", sealed.data), b"bound")


def test_refuses_to_open_under_a_key_the_ring_lacks():
    with pytest.raises(StoreTampered):
        KEYS.unseal("purpose", "row", ROTATED.seal("purpose", "row", b"plain", b""), b"")


@pytest.mark.parametrize("position", [0, 12, -1])
def test_refuses_to_open_what_has_one_bit_changed(position: int):
    sealed = KEYS.seal("purpose", "row", b"plain", b"bound")
    changed = bytearray(sealed.data)
    changed[position] ^= 1
    with pytest.raises(StoreTampered):
        KEYS.unseal("purpose", "row", Sealed("k1", bytes(changed)), b"bound")


def test_refuses_to_open_what_is_too_short():
    with pytest.raises(StoreTampered):
        KEYS.unseal("purpose", "row", Sealed("k1", b"short"), b"bound")
