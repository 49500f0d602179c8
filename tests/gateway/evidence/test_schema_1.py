"""Rows of schema 1, made by the program that wrote them then (`schema_1.jsonl`), still read and still verify."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from gateway.evidence.event import Direction, LifeCycle, Outcome, read_event, write_event
from gateway.evidence.read import newest_events
from gateway.evidence.row import row_hash
from gateway.evidence.tables import evidence, evidence_head
from gateway.evidence.verify import verify
from gateway.store.engine import Store
from tests.support.nodes.evidence import PATIENT, chain, event

ROWS = [json.loads(line) for line in (Path(__file__).parent / "schema_1.jsonl").read_text("utf-8").splitlines()]


def put(store: Store, rows: list[dict[str, Any]]) -> None:
    """The rows as a database of that time holds them."""
    with store.unit_of_work() as unit:
        for row in rows:
            said = json.loads(row["event"])
            person = said["patient"]
            columns = {
                "sequence": row["sequence"],
                "event_id": said["id"],
                "correlation": said["correlation"],
                "patient": None if person is None else f"{person['key_id']}:{person['digest']}",
                "event": row["event"],
                "previous": bytes.fromhex(row["previous"]),
                "hash": bytes.fromhex(row["hash"]),
            }
            unit.connection.execute(insert(evidence), columns)
        head = {"sequence": rows[-1]["sequence"], "hash": bytes.fromhex(rows[-1]["hash"])}
        unit.connection.execute(update(evidence_head).values(**head))


def test_the_rows_are_of_schema_1_and_of_every_kind_there_was():
    said = [json.loads(row["event"]) for row in ROWS]
    assert {one["schema_version"] for one in said} == {1}
    assert {one["direction"] for one in said} == {direction.value for direction in Direction}
    assert {one["outcome"] for one in said} == {outcome.value for outcome in Outcome}
    assert {one["transaction"] for one in said} >= {
        "ITI-55",
        "ITI-38",
        "ITI-39",
        "DOCUMENT-CHECK",
        "TERMINOLOGY-ACTIVATE",
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"row {row['sequence']}")
def test_a_row_of_schema_1_reads_with_all_it_said(row: dict[str, Any]):
    said, made = json.loads(row["event"]), read_event(row["event"])
    assert [one.id for one in made.exchanged.assertions] == said["exchanged"]["assertions"]
    assert {one.kind for one in made.exchanged.assertions} <= {None}
    again = json.loads(write_event(made))
    for name, value in said.items():
        if name not in ("schema_version", "exchanged"):
            assert again[name] == value if not isinstance(value, dict) else value.items() <= again[name].items()
    assert (made.subject_country, made.life_cycle, made.refusal_text, made.own.country) == (None, None, None, None)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"row {row['sequence']}")
def test_a_row_of_schema_1_gives_the_hash_it_was_written_with(row: dict[str, Any]):
    assert row_hash(row["sequence"], bytes.fromhex(row["previous"]), row["event"]).hex() == row["hash"]


def test_a_chain_begun_in_schema_1_goes_on_in_schema_2_and_verifies(store: Store):
    put(store, ROWS)
    assert verify(store).intact
    chain(store).record(event(2000, life_cycle=LifeCycle.DISCLOSURE))
    verification = verify(store)
    assert (verification.intact, verification.rows) == (True, len(ROWS) + 1)
    assert [one["schema_version"] for one in newest_events(store, 2)] == [1, 2]


def test_a_changed_row_of_schema_1_is_still_detected(store: Store):
    put(store, [{**ROWS[0], "event": ROWS[0]["event"].replace("TREATMENT", "EMERGENCY")}, *ROWS[1:]])
    assert verify(store).first_bad_row == 1


def test_no_row_holds_the_patients_number():
    assert all(PATIENT.extension not in row["event"] for row in ROWS)
