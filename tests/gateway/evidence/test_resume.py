"""Rows that were recorded and are gone: refused until a named person accepts, which is evidence and told ever after."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from gateway.errors import EvidenceUnavailable, MemoryForgotten
from gateway.evidence.accept_clock import ClockAcceptance, accept
from gateway.evidence.chain import Chain, Guards
from gateway.evidence.checkpoints import Checkpoints
from gateway.evidence.event import read_event
from gateway.evidence.head_file import HeadFile
from gateway.evidence.missing import MissingRows, missing_rows
from gateway.evidence.named import AcceptanceIncomplete
from gateway.evidence.resume import AcceptedLoss, LossAcceptance, NothingMissing, accepted_loss, resume
from gateway.evidence.row import Head
from gateway.evidence.verify import FaultKind, Verification, intact_head, verify
from gateway.store.copy import copy_database
from gateway.store.engine import Store
from gateway.store.migrate import migrate
from gateway.store.seen import SeenOnceInStore
from tests.support.machine.postgres import server
from tests.support.nodes.evidence import MINUTE, chain, event, fill, seal
from tests.support.nodes.stores import KEYS, NOW, migrated_file

BY = LossAcceptance("Kari Drift", "the standby took over")


def guards(folder: Path, node: str = "no-1") -> Guards:
    return Guards(HeadFile(folder, node, KEYS), Checkpoints(folder, seal, node, every_rows=2, every=600 * MINUTE))


def of_node(store: Store, folder: Path) -> Chain:
    """The chain of a process of the node that has just started."""
    return chain(store, folder, every_rows=2)


@contextmanager
def restored(database: str, backup: str, tmp_path: Path) -> Iterator[Store]:
    """A new database of the same kind, put back from the backup, which is a SQLite file."""
    if database.startswith("sqlite"):
        copied_file(backup, f"sqlite:///{tmp_path}/restored.db")
        with closing(Store.open(f"sqlite:///{tmp_path}/restored.db")) as store:
            yield store
    else:
        with server().prepared(migrate) as url:
            copy_database(backup, url, intact_head)
            with closing(Store.open(url)) as store:
                yield store


def copied_file(source: str, target: str) -> None:
    """SQLite's own copy of a database that may be open."""
    ends = (sqlite3.connect(url.removeprefix("sqlite:///")) for url in (source, target))
    with closing(next(ends)) as read, closing(next(ends)) as written:
        read.backup(written)


@pytest.fixture
def yesterday(database: str, tmp_path: Path) -> Iterator[tuple[Store, Path]]:
    """A database put back to row 3, and the folder of a node that recorded eight rows."""
    folder = tmp_path / "outside"
    with closing(Store.open(database)) as store:
        evidence = of_node(store, folder)
        fill(evidence, 3)
        if database.startswith("sqlite"):
            copied_file(database, f"sqlite:///{tmp_path}/backup.db")
        else:
            (tmp_path / "backup.db").write_bytes(migrated_file())
            copy_database(database, f"sqlite:///{tmp_path}/backup.db", intact_head)
        for number in range(4, 9):
            evidence.record(event(number))
    with restored(database, f"sqlite:///{tmp_path}/backup.db", tmp_path) as store:
        yield store, folder


def resumed(store: Store, folder: Path, by: LossAcceptance = BY) -> int:
    return resume(by, store, guards(folder), "no-1", now=NOW + 60 * MINUTE, new_id=uuid4)[1].sequence


def lacking(store: Store, folder: Path) -> MissingRows | None:
    outside = guards(folder)
    with store.reading() as connection:
        return missing_rows(connection, outside.head_file.newest(), outside.checkpoints.own())


def verified(store: Store, folder: Path) -> Verification:
    return verify(store, folder, [seal().certificate], KEYS)


def test_a_database_put_back_is_refused_and_told_by_its_rows(yesterday: tuple[Store, Path]):
    store, folder = yesterday
    with pytest.raises(EvidenceUnavailable, match="ChainCut"):
        of_node(store, folder).record(event(9))
    missing = lacking(store, folder)
    assert missing is not None
    assert (missing.first, missing.last, missing.since) == (4, 8, event(3).end)
    assert [head.sequence for head in missing.remembered] == [8, 7, 5]
    assert {fault.kind for fault in verified(store, folder).faults} == {FaultKind.TAIL_CUT}


def test_after_a_named_person_accepted_the_loss_the_chain_goes_on_and_says_it(yesterday: tuple[Store, Path]):
    store, folder = yesterday
    assert resumed(store, folder) == 4
    assert lacking(store, folder) is None
    evidence = of_node(store, folder)
    for number in range(11, 19):
        evidence.record(event(number))
    found = verified(store, folder)
    assert (found.faults, found.rows, found.covered_to) == ((), 12, 12)
    ((loss),) = found.losses
    assert (loss.row, loss.first, loss.last) == (4, 4, 8)
    with store.reading() as connection:
        row = read_event(connection.execute(text("SELECT event FROM evidence WHERE sequence = 4")).scalar_one())
    said = (row.transaction, row.actor.professional_name, row.access.purpose, row.access.data_categories[0])
    assert said == ("EVIDENCE-RESUME", "Kari Drift", "the standby took over", "rows 4-8")


def test_no_checkpoint_of_a_lost_row_is_lost(yesterday: tuple[Store, Path]):
    store, folder = yesterday
    before = {path.name: path.read_bytes() for path in folder.glob("checkpoint-*")}
    resumed(store, folder)
    evidence = of_node(store, folder)
    for number in range(11, 19):
        evidence.record(event(number))
    kept = [path.read_bytes() for path in folder.glob("checkpoint-*")]
    assert [name for name, content in before.items() if content not in kept] == []
    assert sorted(path.name for path in folder.glob("*.lost-4.json")) == [
        f"checkpoint-00000000000{number}-no-1.lost-4.json" for number in (5, 7)
    ]


def test_a_process_that_served_meanwhile_goes_on_refusing(database: str, tmp_path: Path):
    with closing(Store.open(database)) as store:
        served = of_node(store, tmp_path)
        fill(served, 6)
        cut(store, 2)
        resumed(store, tmp_path)
        again = of_node(store, tmp_path)
        for number in range(11, 19):
            again.record(event(number))
        with pytest.raises(EvidenceUnavailable, match="ChainCut"):
            served.record(event(30))


def cut(store: Store, last: int) -> None:
    """The chain as it was after row ``last``, as on a standby that was behind."""
    with store.unit_of_work() as unit:
        unit.connection.execute(text("DELETE FROM evidence WHERE sequence > :last"), {"last": last})
        unit.connection.execute(
            text(
                "UPDATE evidence_head SET sequence = :last, hash = (SELECT hash FROM evidence WHERE sequence = :last)"
            ),
            {"last": last},
        )


def other_node(store: Store, count: int) -> None:
    """Rows of a node that remembers none of what was lost."""
    evidence = chain(store)
    for number in range(50, 50 + count):
        evidence.record(event(number, node="no-2"))


def test_a_chain_that_grew_again_past_what_was_lost_is_refused_and_resumed(database: str, tmp_path: Path):
    with closing(Store.open(database)) as store:
        fill(of_node(store, tmp_path), 6)
        cut(store, 2)
        other_node(store, 9)
        with pytest.raises(EvidenceUnavailable, match="ChainCut"):
            of_node(store, tmp_path).record(event(9))
        missing = lacking(store, tmp_path)
        assert missing is not None
        assert (missing.first, missing.last, missing.since) == (2, 6, event(1).end)  # row 1 is the newest both know
        assert resumed(store, tmp_path) == 12
        of_node(store, tmp_path).record(event(9))
        assert verified(store, tmp_path).intact


def test_each_node_that_remembers_more_is_resumed_by_itself(database: str, tmp_path: Path):
    with closing(Store.open(database)) as store:
        one, two = tmp_path / "one", tmp_path / "two"
        fill(of_node(store, one), 4)
        second = {"head_file": HeadFile(two, "no-2", KEYS)}
        chain(store, **second).record(event(5, node="no-2"))
        cut(store, 2)
        resumed(store, one)
        of_node(store, one).record(event(6))
        with pytest.raises(EvidenceUnavailable, match="ChainCut"):
            chain(store, **second).record(event(7, node="no-2"))
        resume(BY, store, guards(two, "no-2"), "no-2", now=NOW, new_id=uuid4)
        chain(store, head_file=HeadFile(two, "no-2", KEYS)).record(event(7, node="no-2"))
        assert [loss.last for loss in verified(store, two).losses] == [4, 5]
        assert verified(store, two).intact


@pytest.mark.parametrize(("by", "reason", "lack"), [(" ", "why", "by"), ("Kari", "", "reason"), ("K\0", "why", "by")])
def test_refuses_to_resume_without_a_name_or_a_reason(yesterday: tuple[Store, Path], by: str, reason: str, lack: str):
    store, folder = yesterday
    with pytest.raises(AcceptanceIncomplete, match=lack):
        resumed(store, folder, LossAcceptance(by, reason))
    assert lacking(store, folder) is not None
    assert verify(store).rows == 3


def test_refuses_to_resume_where_nothing_is_missing(store: Store, tmp_path: Path):
    fill(of_node(store, tmp_path), 3)
    with pytest.raises(NothingMissing):
        resumed(store, tmp_path)
    assert verify(store).rows == 3


def by_the_clock(store: Store, folder: Path) -> None:
    accept(ClockAcceptance("Kari", "why"), store, of_node(store, folder), "no-1", now=NOW, new_id=uuid4)


def by_a_row(store: Store, folder: Path) -> None:
    of_node(store, folder).record(event(70, transaction="EVIDENCE-RESUME"))


def by_a_clean_stop(store: Store, folder: Path) -> None:
    of_node(store, folder).stop(NOW)


@pytest.mark.parametrize("act", [by_the_clock, by_a_row, by_a_clean_stop])
def test_nothing_else_resumes(yesterday: tuple[Store, Path], act: Callable[[Store, Path], None]):
    store, folder = yesterday
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(EvidenceUnavailable, match="ChainCut"):
        act(store, folder)
    assert sorted(path.name for path in folder.iterdir()) == before
    assert (verify(store).rows, lacking(store, folder) is None) == (3, False)


def test_a_forged_row_that_accepts_is_no_acceptance(yesterday: tuple[Store, Path], tmp_path: Path):
    """Who holds the database alone can write the row; nothing outside confirms it."""
    store, folder = yesterday
    away = tmp_path / "away"
    away.mkdir()
    for path in folder.iterdir():
        (away / path.name).write_bytes(path.read_bytes())
    resumed(store, away)
    found = verified(store, folder)
    assert len(found.losses) == 1
    assert [(fault.kind, fault.row) for fault in found.faults] == [(FaultKind.TAIL_CUT, 5)] * 3
    with pytest.raises(EvidenceUnavailable, match="ChainCut"):
        of_node(store, folder).record(event(9))
    assert verified(store, away).intact


def test_what_was_not_named_in_the_acceptance_stays_a_fault(yesterday: tuple[Store, Path]):
    store, folder = yesterday
    other = HeadFile(folder, "no-2", KEYS)
    other.tell(Head(6, bytes(32)))
    resumed(store, folder)
    assert [fault.file for fault in verified(store, folder).faults] == ["head-no-2.json"]


def test_a_resume_that_was_killed_after_its_row_is_done_again(
    yesterday: tuple[Store, Path], monkeypatch: pytest.MonkeyPatch
):
    store, folder = yesterday

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Checkpoints, "set_aside", full)
        with pytest.raises(EvidenceUnavailable):
            resumed(store, folder)
    with pytest.raises(EvidenceUnavailable, match="ChainCut"):
        of_node(store, folder).record(event(9))
    assert resumed(store, folder) == 5
    of_node(store, folder).record(event(9))
    assert [loss.row for loss in verified(store, folder).losses] == [4, 5]
    assert verified(store, folder).intact


def test_a_message_of_the_lost_time_is_not_taken_as_new(yesterday: tuple[Store, Path]):
    store, folder = yesterday
    seen, told = SeenOnceInStore(store), HeadFile(folder, "no-1", KEYS).told_at()
    assert told is not None
    ends = told + timedelta(hours=4, seconds=60)
    seen.first_seen("message", "before", "x", ends, told)
    resumed(store, folder)
    with pytest.raises(MemoryForgotten):
        seen.first_seen("message", "lost", "x", ends, told)
    later = ends + timedelta(microseconds=1)
    assert seen.first_seen("message", "of an assertion made since", "x", later, told) == "x"


@pytest.mark.parametrize(
    "said",
    [
        [],
        ["rows 4-8", "row 8"],
        ["rows 4-8", "row 0 " + "ab" * 32],
        ["rows 4-8", "row 8 " + "AB" * 32],
        ["rows 8"],
        [7],
        "rows 4-8",
        None,
    ],
)
def test_a_row_that_says_it_otherwise_accepts_nothing(said: object):
    good = {"transaction": "EVIDENCE-RESUME", "access": {"data_categories": ["rows 4-8", "row 8 " + "ab" * 32]}}
    assert accepted_loss(4, good) == AcceptedLoss(4, 4, 8, frozenset({Head(8, bytes([0xAB]) * 32)}))
    assert accepted_loss(4, {**good, "access": {"data_categories": said}}) is None
    assert accepted_loss(4, {**good, "transaction": "ITI-39"}) is None
    assert accepted_loss(4, {**good, "access": None}) is None


def test_rows_told_by_the_head_file_alone_are_missed_too(store: Store, tmp_path: Path):
    evidence = chain(store, head_file=HeadFile(tmp_path, "no-1", KEYS))
    fill(evidence, 4)
    with store.unit_of_work() as unit:
        unit.connection.execute(text("DELETE FROM evidence"))
        unit.connection.execute(text("UPDATE evidence_head SET sequence = 0, hash = :none"), {"none": bytes(32)})
    missing = lacking(store, tmp_path)
    assert missing is not None
    assert replace(missing, remembered=()) == MissingRows(1, 4, None, ())
    assert resumed(store, tmp_path) == 1
    assert verified(store, tmp_path).intact


def test_a_checkpoint_of_a_chain_without_rows_misses_nothing(store: Store, tmp_path: Path):
    of_node(store, tmp_path).stop(NOW)  # as a node does that has answered nothing yet
    assert [path.name for path in tmp_path.glob("checkpoint-*")] == ["checkpoint-000000000000-no-1.json"]
    assert lacking(store, tmp_path) is None
    other_node(store, 3)
    assert lacking(store, tmp_path) is None
    assert of_node(store, tmp_path).record(event(1)).sequence > 3  # an alarm may come before it: there is no head file
