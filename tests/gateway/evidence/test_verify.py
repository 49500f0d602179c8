"""Each way to change a chain by editing the database, and what finds it; the twin of all is the chain left alone."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.errors import EvidenceUnavailable
from gateway.evidence.checkpoints import Checkpoint, write_by_rename
from gateway.evidence.event import Event, read_event
from gateway.evidence.row import Head
from gateway.evidence.seal import Seal, key_id
from gateway.evidence.verify import ChainFault, FaultKind, TimeRunsBack, Verification, verify
from gateway.store.engine import Store
from gateway.store.keys import KeyRing
from tests.support.nodes.evidence import chain, event, fill, refused, seal
from tests.support.nodes.stores import KEYS, NOW


def edit(store: Store, *statements: str, **values: object) -> None:
    with store.unit_of_work() as unit:
        for statement in statements:
            unit.connection.execute(text(statement), values if ":" in statement else {})


def checked(store: Store, folder: Path | None = None, *, keys: KeyRing | None = None) -> Verification:
    return verify(store, folder, [seal().certificate], keys)


def first_fault(result: Verification) -> tuple[FaultKind, int | None]:
    return result.faults[0].kind, result.faults[0].row


def cut_tail(store: Store, newest: int) -> None:
    """Cut every row after ``newest`` as one who knows the tables does: the head too."""
    edit(
        store,
        "DELETE FROM evidence WHERE sequence > :newest",
        "UPDATE evidence_head SET sequence = :newest, hash = (SELECT hash FROM evidence WHERE sequence = :newest)",
        newest=newest,
    )


def rebuild(store: Store, *, without: int) -> None:
    """Write the whole chain anew, one event left out, every hash right."""
    with store.reading() as connection:
        events = [
            read_event(row.event) for row in connection.execute(text("SELECT event FROM evidence ORDER BY sequence"))
        ]
    edit(store, "DELETE FROM evidence", "UPDATE evidence_head SET sequence = 0, hash = :genesis", genesis=bytes(32))
    for number, kept in enumerate(events, start=1):
        if number != without:
            chain(store).record(kept)


def test_a_chain_left_alone_is_intact(store: Store, tmp_path: Path):
    fill(chain(store, tmp_path), 5)
    result = checked(store, tmp_path, keys=KEYS)
    assert (result.intact, result.rows, result.head.sequence, result.first_bad_row) == (True, 5, 5, None)
    assert (result.checkpoints, result.head_files, result.covered_to) == (1, 1, 5)


def test_an_empty_chain_is_intact(store: Store, tmp_path: Path):
    result = checked(store, tmp_path, keys=KEYS)
    assert (result.intact, result.rows, result.covered_to) == (True, 0, 0)


def test_more_rows_than_are_read_at_once_are_intact(store: Store):
    evidence = chain(store)
    with store.unit_of_work() as unit:
        for number in range(1, 1002):
            evidence.append(event(number), unit)
    assert (checked(store).intact, checked(store).rows) == (True, 1001)


def test_finds_a_changed_event(store: Store):
    fill(chain(store), 5)
    edit(store, "UPDATE evidence SET event = replace(event, 'success', 'refused') WHERE sequence = 3")
    assert checked(store).faults == (ChainFault(FaultKind.ROW_CHANGED, row=3),)


@pytest.mark.parametrize("column", ["hash", "previous"])
def test_finds_a_changed_hash(store: Store, column: str):
    fill(chain(store), 5)
    edit(store, f"UPDATE evidence SET {column} = :other WHERE sequence = 3", other=b"x" * 32)
    result = checked(store)
    assert (result.intact, result.first_bad_row) == (False, 3)


@pytest.mark.parametrize("column", ["event_id", "correlation", "patient"])
def test_finds_a_column_that_says_other_than_its_event(store: Store, column: str):
    fill(chain(store), 5)
    edit(store, f"UPDATE evidence SET {column} = 'other' WHERE sequence = 3")
    assert checked(store).faults == (ChainFault(FaultKind.ROW_CHANGED, row=3),)


def test_finds_a_patient_column_that_was_emptied(store: Store):
    fill(chain(store), 2)
    edit(store, "UPDATE evidence SET patient = NULL WHERE sequence = 2")
    assert checked(store).faults == (ChainFault(FaultKind.ROW_CHANGED, row=2),)


def test_a_row_without_patient_is_intact(store: Store):
    fill(chain(store), 2, refused)
    assert checked(store).intact


def test_finds_an_event_that_is_no_longer_json(store: Store):
    fill(chain(store), 3)
    edit(store, "UPDATE evidence SET event = 'nothing' WHERE sequence = 2")
    assert first_fault(checked(store)) == (FaultKind.ROW_CHANGED, 2)


@pytest.mark.parametrize("missing", [1, 3])
def test_finds_a_missing_row(store: Store, missing: int):
    fill(chain(store), 5)
    edit(store, "DELETE FROM evidence WHERE sequence = :missing", missing=missing)
    assert checked(store).faults == (ChainFault(FaultKind.ROW_MISSING, row=missing),)


def test_finds_a_missing_row_whose_followers_were_moved_up(store: Store):
    fill(chain(store), 4)
    edit(
        store,
        "DELETE FROM evidence WHERE sequence = 2",
        "UPDATE evidence SET sequence = 2 WHERE sequence = 3",
        "UPDATE evidence SET sequence = 3 WHERE sequence = 4",
        "UPDATE evidence_head SET sequence = 3",
    )
    assert checked(store).first_bad_row == 2


def test_finds_reordered_rows(store: Store):
    fill(chain(store), 5)
    edit(
        store,
        "UPDATE evidence SET sequence = -1 WHERE sequence = 2",
        "UPDATE evidence SET sequence = 2 WHERE sequence = 3",
        "UPDATE evidence SET sequence = 3 WHERE sequence = -1",
    )
    assert checked(store).first_bad_row == 2


def test_finds_an_inserted_row(store: Store):
    """The inserted row fits the one before it, being made by one who knows how; the row after it cannot."""
    evidence = chain(store)
    fill(evidence, 2)
    cut = "DELETE FROM evidence WHERE sequence = 2"
    with store.reading() as connection:
        second = connection.execute(text("SELECT * FROM evidence WHERE sequence = 2")).mappings().one()
    edit(store, cut, "UPDATE evidence_head SET sequence = 1, hash = (SELECT hash FROM evidence WHERE sequence = 1)")
    evidence.record(event(9))
    names = ", ".join(f":{name}" for name in second)
    edit(
        store,
        f"INSERT INTO evidence ({', '.join(second)}) VALUES ({names})",
        "UPDATE evidence_head SET sequence = 3, hash = :hash",
        **{**second, "sequence": 3},
    )
    assert checked(store).first_bad_row == 3


def test_finds_a_row_with_its_own_hash_but_another_link(store: Store):
    fill(chain(store), 1)
    other_hash = b"x" * 32
    edit(store, "UPDATE evidence_head SET hash = :other", other=other_hash)
    chain(store).record(event(2))
    assert checked(store).faults == (ChainFault(FaultKind.LINK_BROKEN, row=2),)


def test_finds_a_cut_tail_whose_head_was_left(store: Store):
    fill(chain(store), 5)
    edit(store, "DELETE FROM evidence WHERE sequence > 3")
    assert checked(store).faults == (ChainFault(FaultKind.HEAD_DIFFERS, row=4),)


def test_finds_a_chain_cut_to_nothing(store: Store):
    fill(chain(store), 2)
    edit(store, "DELETE FROM evidence")
    assert checked(store).faults == (ChainFault(FaultKind.HEAD_DIFFERS, row=1),)


def test_finds_rows_added_past_the_head(store: Store):
    fill(chain(store), 3)
    edit(store, "UPDATE evidence_head SET sequence = 2, hash = (SELECT hash FROM evidence WHERE sequence = 2)")
    assert checked(store).faults == (ChainFault(FaultKind.HEAD_DIFFERS, row=3),)


def test_finds_a_head_with_another_hash(store: Store):
    fill(chain(store), 3)
    edit(store, "UPDATE evidence_head SET hash = :other", other=b"x" * 32)
    assert checked(store).faults == (ChainFault(FaultKind.HEAD_DIFFERS, row=3),)


def test_finds_that_the_head_is_gone(store: Store):
    fill(chain(store), 3)
    edit(store, "DELETE FROM evidence_head")
    assert checked(store).faults == (ChainFault(FaultKind.HEAD_DIFFERS),)


def test_a_checkpoint_finds_a_cut_tail_whose_head_was_put_back(store: Store, tmp_path: Path):
    evidence = chain(store, tmp_path, head_file=None)
    fill(evidence, 5)
    evidence.stop(NOW)
    cut_tail(store, 3)
    assert checked(store).intact
    assert checked(store, tmp_path).faults == (
        ChainFault(FaultKind.TAIL_CUT, row=4, file="checkpoint-000000000005-no-1.json"),
    )


def test_a_checkpoint_finds_a_chain_cut_to_nothing(store: Store, tmp_path: Path):
    fill(chain(store, tmp_path, head_file=None), 1)
    edit(store, "DELETE FROM evidence", "UPDATE evidence_head SET sequence = 0, hash = :genesis", genesis=bytes(32))
    assert first_fault(checked(store, tmp_path)) == (FaultKind.TAIL_CUT, 1)


def test_the_head_file_finds_a_tail_cut_after_the_last_checkpoint(store: Store, tmp_path: Path):
    fill(chain(store, tmp_path), 5)
    cut_tail(store, 4)
    assert checked(store, tmp_path).intact  # the bound without a head file: what came after the last checkpoint
    assert checked(store, tmp_path, keys=KEYS).faults == (ChainFault(FaultKind.TAIL_CUT, row=5, file="head-no-1.json"),)


def test_a_checkpoint_finds_a_chain_rebuilt_from_scratch(store: Store, tmp_path: Path):
    evidence = chain(store, tmp_path, head_file=None)
    fill(evidence, 5)
    evidence.stop(NOW)
    rebuild(store, without=3)
    chain(store).record(event(9))
    assert checked(store).intact
    assert checked(store, tmp_path).faults == (
        ChainFault(FaultKind.CHAIN_REBUILT, row=5, file="checkpoint-000000000005-no-1.json"),
    )


def test_the_head_file_finds_a_chain_rebuilt_from_scratch(store: Store, tmp_path: Path):
    fill(chain(store, tmp_path), 5)
    rebuild(store, without=3)
    chain(store).record(event(9))
    assert checked(store, tmp_path, keys=KEYS).faults == (
        ChainFault(FaultKind.CHAIN_REBUILT, row=5, file="head-no-1.json"),
    )


def test_a_chain_known_cut_grows_no_further(store: Store, tmp_path: Path):
    evidence = chain(store, tmp_path)
    fill(evidence, 5)
    cut_tail(store, 4)
    with pytest.raises(EvidenceUnavailable, match="ChainCut"):
        evidence.record(event(9))
    assert checked(store).rows == 4


def test_a_chain_known_rebuilt_grows_no_further(store: Store, tmp_path: Path):
    evidence = chain(store, tmp_path)
    fill(evidence, 2)
    cut_tail(store, 1)
    chain(store).record(event(9))
    with pytest.raises(EvidenceUnavailable, match="ChainCut"):
        evidence.record(event(10))


def write_checkpoint(folder: Path, sealed: Seal, head: Head, *, named: str | None = None) -> None:
    checkpoint = Checkpoint(head, NOW, "no-1", named or key_id(sealed.certificate))
    write_by_rename(folder / "checkpoint-x.json", checkpoint.with_signature(sealed.sign(checkpoint.signed_bytes())))


def test_finds_a_checkpoint_of_an_unknown_key(store: Store, tmp_path: Path):
    fill(chain(store), 2)
    write_checkpoint(tmp_path, seal(name="stranger"), checked(store).head)
    assert checked(store, tmp_path).faults == (ChainFault(FaultKind.CHECKPOINT_FORGED, file="checkpoint-x.json"),)
    assert verify(store, tmp_path, [seal().certificate, seal(name="stranger").certificate]).intact


def test_finds_a_checkpoint_that_names_a_known_key_it_was_not_signed_with(store: Store, tmp_path: Path):
    fill(chain(store), 2)
    write_checkpoint(tmp_path, seal(name="stranger"), checked(store).head, named=key_id(seal().certificate))
    assert first_fault(checked(store, tmp_path)) == (FaultKind.CHECKPOINT_FORGED, None)


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_finds_a_checkpoint_changed_after_signing(store: Store, tmp_path: Path, kind: str):
    fill(chain(store), 2)
    write_checkpoint(tmp_path, seal(kind), checked(store).head)
    certificates = [seal(kind).certificate]
    assert verify(store, tmp_path, certificates).intact
    path = tmp_path / "checkpoint-x.json"
    said = json.loads(path.read_text())
    for name, value in {
        "sequence": 1,
        "hash": "00" * 32,
        "time": "2026-03-02T10:30:00.000001Z",
        "node": "no-2",
    }.items():
        path.write_text(json.dumps({**said, name: value}))
        result = verify(store, tmp_path, certificates)
        assert result.faults == (ChainFault(FaultKind.CHECKPOINT_FORGED, file="checkpoint-x.json"),)


@pytest.mark.parametrize(
    "text_", ["", "{}", "[]", "not json", '{"signature": 1}', '{"signature": "====", "version": 1}']
)
def test_finds_a_checkpoint_that_cannot_be_read(store: Store, tmp_path: Path, text_: str):
    (tmp_path / "checkpoint-x.json").write_text(text_)
    assert checked(store, tmp_path).faults == (ChainFault(FaultKind.CHECKPOINT_FORGED, file="checkpoint-x.json"),)


def test_without_certificates_no_checkpoint_counts(store: Store, tmp_path: Path):
    fill(chain(store, tmp_path), 1)
    assert first_fault(verify(store, tmp_path)) == (FaultKind.CHECKPOINT_FORGED, None)


def test_finds_a_head_file_of_another_key(store: Store, tmp_path: Path):
    fill(chain(store, tmp_path), 3)
    other = KeyRing(current="k1", keys={"k1": bytes(32)})
    assert checked(store, tmp_path, keys=other).faults == (
        ChainFault(FaultKind.HEAD_FILE_FORGED, file="head-no-1.json"),
    )


def test_says_how_far_the_chain_is_confirmed_from_outside(store: Store, tmp_path: Path):
    fill(chain(store, tmp_path, head_file=None, every_rows=3), 6)
    result = checked(store, tmp_path)
    assert (result.checkpoints, result.covered_to, result.head.sequence) == (2, 4, 6)


def test_a_row_committed_while_verifying_is_no_fault(store: Store, tmp_path: Path):
    """What is outside is read before the snapshot, so a checkpoint is never ahead of the rows it is compared with."""
    evidence = chain(store, tmp_path, every_rows=1)
    fill(evidence, 2)

    class Racing(Store):
        def reading(self):
            evidence.record(event(3))
            return store.reading()

    racing = Racing(store.engine, busy=store._busy)
    assert checked(racing, tmp_path, keys=KEYS).intact


def ended(number: int, at: datetime) -> Event:
    """An event that began and ended then."""
    return replace(event(number), start=at, end=at)


def test_reports_times_that_run_back_further_than_two_clocks_may_differ(store: Store):
    for number, minutes in enumerate((0, 300, 0, 295, 290), start=1):
        chain(store).record(ended(number, NOW + timedelta(minutes=minutes)))
    result = checked(store)
    assert (result.times_back, result.times_back_first) == (1, (TimeRunsBack(3, timedelta(hours=5)),))
    assert result.intact
    chain(store).record(ended(6, NOW + timedelta(minutes=285, microseconds=-1)))
    assert checked(store).times_back_first[1:] == (TimeRunsBack(6, timedelta(minutes=5, microseconds=1)),)


def test_every_time_that_runs_back_is_counted_and_a_hundred_are_named(store: Store):
    with store.unit_of_work() as unit:
        for number in range(1, 204):
            chain(store).append(ended(number, NOW + timedelta(hours=number % 2)), unit)
    result = checked(store)
    assert (result.times_back, len(result.times_back_first), result.intact) == (101, 100, True)
