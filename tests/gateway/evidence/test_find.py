"""`ncpeh evidence find`: each filter on a filled chain, and a number that is never an argument."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from gateway.evidence.event import Direction, Event, Exchanged, Peer
from gateway.messages import PatientIdentifier
from gateway.store.engine import Store
from gateway.store.keys import KeyRing
from tests.support.machine.command import Called, ncpeh
from tests.support.nodes.evidence import chain, event, refused
from tests.support.nodes.stores import KEYS, NOW, key_line

HERS = PatientIdentifier("2.16.578.1.12.4.1.4.1", "13837424032")
FOREIGN = PatientIdentifier("2.16.17.710.850.1000.990.1.1000", "PT 8")
OLDER = KeyRing(current="k0", keys={"k0": bytes(32)})


def rows() -> list[Event]:
    """Ten events: PT and DK, our questions and theirs, three persons, one of them under an older key too."""
    made = [event(number) for number in range(1, 5)]
    made += [refused(5), refused(6)]
    made += [replace(event(7), patient=KEYS.person(HERS)), replace(event(8), patient=OLDER.person(HERS))]
    asked = Exchanged(request_sha256="ab" * 32, request_id="urn:uuid:asked", response_id="urn:uuid:answered")
    made.append(replace(event(9), direction=Direction.OUTBOUND, peer=Peer("DK", "1.2.208"), exchanged=asked))
    made.append(replace(event(10), patient=KEYS.person(FOREIGN), peer=Peer("DK", "1.2.208"), correlation=UUID(int=77)))
    return made


@pytest.fixture
def filled(store: Store, database: str, tmp_path: Path) -> list[str]:
    """The options that name a filled database and its keys."""
    writing = chain(store)
    for one in rows():
        writing.record(one)
    keys = key_line("k1", KEYS.keys["k1"]) + key_line("k0", OLDER.keys["k0"])
    (tmp_path / "keys").write_text(keys)
    return ["--database", database, "--keys", str(tmp_path / "keys")]


def find(filled: list[str], *options: str, stdin: str = "") -> list[int]:
    """The rows that come as a table and as JSON alike."""
    table = ncpeh("evidence", "find", *options, *filled, stdin=stdin)
    told = ncpeh("evidence", "find", *options, *filled, "--json", stdin=stdin)
    said = json.loads(told.out)
    found = [one["sequence"] for one in said["events"]]
    assert said["version"] == 1
    assert [int(line.split()[0]) for line in table.out.splitlines()] == found
    assert table.status == told.status == (0 if found else 1)
    return found


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--correlation", str(UUID(int=2**64 + 3))], [3]),
        (["--correlation", str(UUID(int=4))], []),
        (["--message", "urn:uuid:asked"], [9]),
        (["--message", "ANSWERED"], [9]),
        (["--message", "answer"], []),
        (["--message", "urn:uuid:theirs"], [1, 2, 3, 4, 5, 6, 7, 8, 10]),
        (["--country", "DK"], [9, 10]),
        (["--country", "SE"], []),
        (["--since", (NOW + timedelta(minutes=8)).isoformat()[:19]], [8, 9, 10]),
        (["--since", "2026-03-03"], []),
        (["--since", "2026-03-02T12:38:00+0200"], [8, 9, 10]),
        (["--since", "2026-03-01", "--country", "DK", "--message", "theirs"], [10]),
        (["--country", "DK", "--correlation", str(UUID(int=2**64 + 3))], []),
    ],
)
def test_each_filter_finds_its_rows_and_no_other(filled: list[str], options: list[str], found: list[int]):
    assert find(filled, *options) == found


@pytest.mark.parametrize(
    ("number", "found"),
    [
        (HERS.extension, [7, 8]),
        (f"  {HERS.extension}\n", [7, 8]),
        (f"{FOREIGN.extension}^^^&{FOREIGN.root}&ISO\n", [10]),
        (f"{HERS.extension}^^^&{FOREIGN.root}&ISO", []),
        ("02918530161", []),
    ],
)
def test_a_person_is_found_by_her_number_from_standard_input_under_every_key(
    filled: list[str], number: str, found: list[int]
):
    assert find(filled, "--person", "-", stdin=number) == found
    assert find(filled, "--person", "-", "--since", "2026-03-02T10:38:00", stdin=number) == [n for n in found if n > 7]


def test_a_row_of_the_table_tells_when_what_with_whom_and_why_in_words(filled: list[str]):
    (line,) = ncpeh("evidence", "find", "--correlation", str(UUID(int=2**64 + 5)), *filled).out.splitlines()
    assert line.split()[:7] == ["5", "2026-03-02T10:35:00Z", "ITI-39", "inbound", "PT", "refused", "4703"]
    assert line.endswith(f"{UUID(int=2**64 + 5)} its signature does not fit what was received")


def refused_call(called: Called, *words: str) -> None:
    assert (called.status, called.out) == (2, "")
    assert [word for word in words if word not in called.err] == []
    assert HERS.extension not in called.err


def test_a_number_is_never_an_argument_and_never_repeated(filled: list[str]):
    refused_call(ncpeh("evidence", "find", "--person", HERS.extension, *filled), "never an argument")
    for wrong in ("", HERS.extension + "1", HERS.extension[:-1] + "9", "x" * 300, f"{HERS.extension} 2"):
        refused_call(ncpeh("evidence", "find", "--person", "-", *filled, stdin=wrong), "neither a Norwegian number")
    refused_call(ncpeh("evidence", "find", "--person", "-", *filled[:2], stdin=HERS.extension), "--keys")


def test_what_is_found_names_no_person(filled: list[str]):
    told = ncpeh("evidence", "find", "--person", "-", *filled, "--json", stdin=HERS.extension).out
    assert len(json.loads(told)["events"]) == 2
    for secret in (HERS.extension, "PT-4711", "João", KEYS.person(HERS).digest):
        assert secret not in told


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ([], "name at least one"),
        (["--country", "pt"], "two capital letters"),
        (["--country", "Portugal"], "two capital letters"),
        (["--since", "yesterday"], "--since"),
        (["--correlation", "12"], "--correlation"),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(filled: list[str], options: list[str], word: str):
    refused_call(ncpeh("evidence", "find", *options, *filled), word)
