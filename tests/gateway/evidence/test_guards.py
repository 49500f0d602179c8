"""What guards the chain is guarded: head file, folder and tail lost in every combination, while serving and at rest."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event as Signal

import pytest
from sqlalchemy import text

from gateway.errors import EvidenceUnavailable
from gateway.evidence.chain import Chain
from gateway.evidence.event import read_event
from gateway.evidence.head_file import HeadFile, read_head_files
from gateway.evidence.row import Head
from gateway.evidence.verify import verify
from gateway.side_channel import SideChannel
from gateway.store.engine import Store
from tests.support.nodes.evidence import chain, event, fill, seal
from tests.support.nodes.stores import KEYS

HEAD = "head-no-1.json"


def deleted(folder: Path) -> None:
    (folder / HEAD).unlink()


def garbled(folder: Path) -> None:
    (folder / HEAD).write_bytes(b"#" * 1024)


def emptied(folder: Path) -> None:
    (folder / HEAD).write_bytes(b"")


def older(folder: Path) -> None:
    (folder / HEAD).unlink()
    HeadFile(folder, "no-1", KEYS).tell(Head(1, bytes(32)))


def cut(store: Store, last: int) -> None:
    """The chain as it was after row ``last``."""
    with store.unit_of_work() as unit:
        unit.connection.execute(text("DELETE FROM evidence WHERE sequence > :last"), {"last": last})
        digest = unit.connection.execute(text("SELECT hash FROM evidence WHERE sequence = :last"), {"last": last})
        unit.connection.execute(
            text("UPDATE evidence_head SET sequence = :last, hash = :hash"), {"last": last, "hash": digest.scalar_one()}
        )


def filled(store: Store, folder: Path) -> Chain:
    """Six rows with a checkpoint each."""
    evidence = chain(store, folder, every_rows=1)
    fill(evidence, 6)
    return evidence


def without_checkpoints(folder: Path) -> None:
    for path in folder.glob("checkpoint-*"):
        path.unlink()


def alarms(store: Store) -> list[tuple[str, str | None]]:
    with store.reading() as connection:
        rows = [read_event(row) for row in connection.execute(text("SELECT event FROM evidence")).scalars()]
    said = [one for one in rows if one.transaction == "EVIDENCE-ALARM"]
    return [(one.outcome.value, one.refusal_class) for one in said]


LOST = [deleted, garbled, emptied, older]


@pytest.mark.parametrize("checkpoints", ["kept", "gone"])
@pytest.mark.parametrize("lose", LOST)
def test_a_head_file_lost_while_serving_is_an_alarm_and_is_written_again(
    store: Store, tmp_path: Path, lose: Callable[[Path], None], checkpoints: str
):
    evidence = filled(store, tmp_path)
    lose(tmp_path)
    if checkpoints == "gone":
        without_checkpoints(tmp_path)
    row = evidence.record(event(7))
    assert alarms(store) == [("failed", "HeadFileLost")]
    assert evidence.alarms == {"HeadFileLost": 1}
    assert read_head_files(tmp_path, KEYS)[HEAD] == row.head
    evidence.record(event(8))
    assert len(alarms(store)) == 1
    assert verify(store, tmp_path, [seal().certificate], KEYS).intact


@pytest.mark.parametrize("checkpoints", ["kept", "gone"])
@pytest.mark.parametrize("lose", [None, *LOST])
def test_a_tail_cut_while_serving_is_refused_whatever_was_cut_alike(
    store: Store, tmp_path: Path, lose: Callable[[Path], None] | None, checkpoints: str
):
    evidence = filled(store, tmp_path)
    cut(store, 2)
    if lose is not None:
        lose(tmp_path)
    if checkpoints == "gone":
        without_checkpoints(tmp_path)
    with pytest.raises(EvidenceUnavailable, match="ChainCut"):
        evidence.record(event(7))
    assert alarms(store) == []


def test_a_last_row_put_in_the_place_of_another_is_refused(store: Store, tmp_path: Path):
    evidence = filled(store, tmp_path)
    cut(store, 5)
    forged = chain(store).record(event(60))
    assert forged.sequence == 6
    with pytest.raises(EvidenceUnavailable, match="ChainCut"):
        evidence.record(event(7))
    with pytest.raises(EvidenceUnavailable, match="ChainCut"):
        chain(store, tmp_path, every_rows=1).record(event(7))


def test_a_last_row_of_another_process_of_the_node_is_none_put_in_the_place_of_another(store: Store, tmp_path: Path):
    evidence = filled(store, tmp_path)
    chain(store, tmp_path, every_rows=1).record(event(60))
    assert evidence.record(event(7)).sequence == 8


@pytest.mark.parametrize("checkpoints", ["kept", "gone"])
@pytest.mark.parametrize("lose", [deleted, garbled, emptied])
def test_a_head_file_lost_at_rest_is_an_alarm_of_the_first_row(
    store: Store, tmp_path: Path, lose: Callable[[Path], None], checkpoints: str
):
    filled(store, tmp_path)
    lose(tmp_path)
    if checkpoints == "gone":
        without_checkpoints(tmp_path)
    again = chain(store, tmp_path, every_rows=1)
    again.record(event(7))
    again.record(event(8))
    assert alarms(store) == [("failed", "HeadFileLost")]
    assert verify(store, tmp_path, [seal().certificate], KEYS).intact


@pytest.mark.parametrize("lose", [None, deleted, garbled, emptied, older])
def test_a_tail_cut_at_rest_is_refused_while_a_checkpoint_or_the_head_file_knows_it(
    store: Store, tmp_path: Path, lose: Callable[[Path], None] | None
):
    filled(store, tmp_path)
    cut(store, 2)
    if lose is not None:
        lose(tmp_path)
    with pytest.raises(EvidenceUnavailable, match="ChainCut"):
        chain(store, tmp_path, every_rows=1).record(event(7))


@pytest.mark.parametrize("lose", [deleted, garbled])
def test_a_tail_cut_at_rest_with_all_that_knows_of_it_is_still_an_alarm(
    store: Store, tmp_path: Path, lose: Callable[[Path], None]
):
    filled(store, tmp_path)
    cut(store, 2)
    without_checkpoints(tmp_path)
    lose(tmp_path)
    chain(store, tmp_path, every_rows=1).record(event(7))
    assert alarms(store) == [("failed", "HeadFileLost")]


def test_a_first_row_of_a_database_and_of_another_node_is_no_alarm(store: Store, tmp_path: Path):
    filled(store, tmp_path)
    other = tmp_path / "no-2"
    means = {"head_file": HeadFile(other, "no-2", KEYS)}
    chain(store, **means).record(event(7, node="no-2"))
    chain(store, tmp_path, every_rows=1).record(event(8))  # told of row 6, and its file is whole
    assert alarms(store) == []


def test_a_first_row_after_a_start_that_wrote_none_is_no_alarm(store: Store, tmp_path: Path):
    chain(store, tmp_path).stop(event().end)
    assert list(tmp_path.glob("checkpoint-*")), "a stop signs that there is no row"
    chain(store, tmp_path).record(event(1))
    assert alarms(store) == []
    assert verify(store, tmp_path, [seal().certificate], KEYS).intact


@pytest.mark.parametrize(("made", "lost"), [(garbled, [("failed", "HeadFileLost")]), (emptied, [])])
def test_a_head_file_that_says_nothing_is_an_alarm_of_a_first_row_unless_it_is_empty(
    store: Store, tmp_path: Path, made: Callable[[Path], None], lost: list[tuple[str, str]]
):
    made(tmp_path)
    chain(store, tmp_path).record(event(1))
    assert alarms(store) == lost


def test_a_checkpoint_that_cannot_be_written_is_said_once_and_holds_no_row(store: Store, tmp_path: Path):
    evidence = chain(store, tmp_path, every_rows=1)
    evidence.record(event(1))
    for number in (2, 3, 4):
        (tmp_path / f"checkpoint-{number:012d}-no-1.json").mkdir()
    for number in (2, 3):
        evidence.record(event(number))
    assert evidence.beside.state().failed == 2
    assert evidence.beside.state().failing
    assert (alarms(store), evidence.alarms) == ([("failed", "CheckpointNotWritten")], {"CheckpointNotWritten": 1})
    (tmp_path / "checkpoint-000000000004-no-1.json").rmdir()
    for number in (5, 6):
        evidence.record(event(number))
    assert not evidence.beside.state().failing
    assert len(alarms(store)) == 1


def test_a_slow_checkpoint_folder_holds_no_row(store: Store, tmp_path: Path):
    go = Signal()
    slow = SideChannel("checkpoints")
    slow.give(partial(go.wait, 30))  # what waits for a disk
    evidence = chain(store, tmp_path, every_rows=1, beside=slow)
    fill(evidence, 3)
    assert not list(tmp_path.glob("checkpoint-*"))
    go.set()
    assert slow.drain(30)
    assert len(list(tmp_path.glob("checkpoint-*"))) == 3


class Asked(HeadFile):
    """A head file that counts how often somebody waited for another process, and waits no time."""

    times = 0

    def awaited(self, seconds: float) -> Head | None:
        assert seconds > 0
        self.times += 1
        return super().awaited(0.0)


def test_a_head_file_that_cannot_be_written_is_waited_for_once_and_by_no_further_row(store: Store, tmp_path: Path):
    """The wait is under the lock of the chain's head: a node with a broken folder holds up every other one."""
    filled(store, tmp_path)
    deleted(tmp_path)
    (tmp_path / HEAD).symlink_to(tmp_path / "no folder" / HEAD)
    file = Asked(tmp_path, "no-1", KEYS)
    again = chain(store, tmp_path, head_file=file)
    for number in (7, 8, 9):
        with pytest.raises(EvidenceUnavailable, match="ENOENT"):
            again.record(event(number))
        assert file.times == 1
    deleted(tmp_path)
    row = again.record(event(10))
    assert (file.times, file.newest()) == (1, row.head)
    deleted(tmp_path)
    chain(store, tmp_path, head_file=file).record(event(11))
    assert file.times == 2  # another process waits as ever


def test_a_first_row_of_another_process_that_is_told_while_it_is_waited_for_is_no_alarm(store: Store, tmp_path: Path):
    first = chain(store).record(event(1))  # committed, and not told yet

    class Late(HeadFile):
        def awaited(self, seconds: float) -> Head | None:
            HeadFile(tmp_path, "no-1", KEYS).tell(first.head)
            return super().awaited(seconds)

    chain(store, tmp_path, head_file=Late(tmp_path, "no-1", KEYS)).record(event(2))
    assert alarms(store) == []
    deleted(tmp_path)
    chain(store, tmp_path, head_file=Asked(tmp_path, "no-1", KEYS)).record(event(3))
    assert alarms(store) == [("failed", "HeadFileLost")]
