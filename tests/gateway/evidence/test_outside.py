"""What is kept outside the database: checkpoints and head files."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.errors import EvidenceUnavailable
from gateway.evidence.checkpoints import Checkpoints, read_checkpoints
from gateway.evidence.head_file import HeadFile, read_head_files
from gateway.evidence.row import Head
from gateway.evidence.seal import key_id, signed_by
from gateway.store.engine import Store
from gateway.store.keys import KeyRing
from tests.support.nodes.evidence import MINUTE, chain, event, fill, seal
from tests.support.nodes.stores import KEYS, NOW


def head(sequence: int) -> Head:
    return Head(sequence, bytes([sequence % 256]) * 32)


def checkpoints(folder: Path) -> Checkpoints:
    return Checkpoints(folder, seal, "no-1", every_rows=10, every=5 * MINUTE)


def written(folder: Path) -> list[int]:
    return [file.checkpoint.head.sequence for file in read_checkpoints(folder) if file.checkpoint is not None]


def test_the_first_row_of_a_process_is_checkpointed(tmp_path: Path):
    checkpoints(tmp_path).added(head(77), NOW)
    assert written(tmp_path) == [77]


def test_a_checkpoint_is_written_after_so_many_rows_and_not_before(tmp_path: Path):
    writer = checkpoints(tmp_path)
    for sequence in range(1, 22):
        writer.added(head(sequence), NOW)
    assert written(tmp_path) == [1, 11, 21]


def test_a_checkpoint_is_written_after_so_much_time_and_not_before(tmp_path: Path):
    writer = checkpoints(tmp_path)
    writer.added(head(1), NOW)
    writer.added(head(2), NOW + 5 * MINUTE - timedelta(microseconds=1))
    assert written(tmp_path) == [1]
    writer.added(head(3), NOW + 5 * MINUTE)
    assert written(tmp_path) == [1, 3]


def test_a_row_told_late_makes_no_checkpoint(tmp_path: Path):
    writer = checkpoints(tmp_path)
    writer.added(head(2), NOW)
    writer.added(head(1), NOW + 60 * MINUTE)
    assert written(tmp_path) == [2]


def test_a_clean_stop_signs_the_whole_chain_once(store: Store, tmp_path: Path):
    evidence = chain(store, tmp_path)
    fill(evidence, 3)
    evidence.stop(NOW)
    evidence.stop(NOW + MINUTE)
    assert written(tmp_path) == [1, 3]


def test_processes_of_one_node_that_stop_together_sign_the_same_row(tmp_path: Path):
    together, rows = threading.Barrier(4), range(1, 26)

    def stops(writer: Checkpoints) -> None:
        for sequence in rows:
            together.wait(180)
            writer.write(head(sequence), NOW)

    with ThreadPoolExecutor(4) as processes:
        for process in [processes.submit(stops, checkpoints(tmp_path)) for _ in range(4)]:
            process.result()
    assert written(tmp_path) == list(rows)
    assert len(list(tmp_path.iterdir())) == len(rows), "no file of another name stays"


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_a_checkpoint_is_signed_by_the_nodes_seal(tmp_path: Path, kind: str):
    Checkpoints(tmp_path, lambda: seal(kind), "no-1", every_rows=1, every=MINUTE).added(head(5), NOW)
    (file,) = read_checkpoints(tmp_path)
    assert file.checkpoint is not None
    assert file.checkpoint.key_id == key_id(seal(kind).certificate)
    assert signed_by([seal(kind).certificate], file.checkpoint.key_id, file.checkpoint.signed_bytes(), file.signature)


def test_a_checkpoint_says_this_to_who_reads_it(tmp_path: Path):
    checkpoints(tmp_path).added(head(5), NOW)
    said = json.loads((tmp_path / "checkpoint-000000000005-no-1.json").read_text())
    assert {name: said[name] for name in said if name not in ("signature", "key_id")} == {
        "version": 1,
        "sequence": 5,
        "hash": "05" * 32,
        "time": "2026-03-02T10:30:00.000000Z",
        "node": "no-1",
    }


@pytest.mark.parametrize(("size", "reads"), [(16_384, [5]), (16_385, [])])
def test_no_more_of_a_checkpoint_is_read_than_16_kib(tmp_path: Path, size: int, reads: list[int]):
    checkpoints(tmp_path).added(head(5), NOW)
    path = tmp_path / "checkpoint-000000000005-no-1.json"
    path.write_bytes(path.read_bytes().strip().rjust(size))
    assert written(tmp_path) == reads
    assert [file.name for file in read_checkpoints(tmp_path)] == [path.name]


def test_no_half_written_file_is_left_or_read(tmp_path: Path):
    (tmp_path / ".checkpoint-000000000009-no-1.json.new").write_text("{")
    checkpoints(tmp_path).added(head(5), NOW)
    assert written(tmp_path) == [5]
    assert len(read_checkpoints(tmp_path)) == 1


@pytest.mark.parametrize("node", ["", "a/b", "a b", "..\n", "x" * 65])
def test_refuses_a_node_name_that_is_no_file_name(tmp_path: Path, node: str):
    with pytest.raises(ValueError, match="node"):
        HeadFile(tmp_path, node, KEYS)


def test_the_head_file_tells_the_newest_row(tmp_path: Path):
    file = HeadFile(tmp_path, "no-1", KEYS)
    assert file.newest() is None
    for sequence in (1, 2, 3, 4, 5):
        file.tell(head(sequence))
        assert file.newest() == head(sequence)
    assert read_head_files(tmp_path, KEYS) == {"head-no-1.json": head(5)}


def test_a_row_told_late_does_not_put_the_head_file_back(tmp_path: Path):
    file = HeadFile(tmp_path, "no-1", KEYS)
    file.tell(head(5))
    file.tell(head(4))
    assert file.newest() == head(5)


def test_two_processes_of_a_node_share_the_head_file(tmp_path: Path):
    one, other = HeadFile(tmp_path, "no-1", KEYS), HeadFile(tmp_path, "no-1", KEYS)
    one.tell(head(5))
    other.tell(head(6))
    one.tell(head(4))
    assert one.newest() == other.newest() == head(6)


def test_the_first_row_of_another_process_is_awaited_and_one_that_never_comes_is_none(tmp_path: Path):
    one, other = HeadFile(tmp_path, "no-1", KEYS), HeadFile(tmp_path, "no-1", KEYS)
    assert one.awaited(0.05) is None
    late = threading.Timer(0.1, other.tell, (head(1),))
    late.start()
    assert one.awaited(30.0) == head(1)
    late.join()


def test_the_head_file_does_not_grow(tmp_path: Path):
    file = HeadFile(tmp_path, "no-1", KEYS)
    for sequence in range(1, 30):
        file.tell(head(sequence))
    assert (tmp_path / "head-no-1.json").stat().st_size == 1024


def test_an_empty_head_file_is_as_good_as_none(tmp_path: Path):
    (tmp_path / "head-no-1.json").touch()
    assert read_head_files(tmp_path, KEYS) == {}
    assert HeadFile(tmp_path, "no-1", KEYS).newest() is None


@pytest.mark.parametrize("torn", [100, 511])
def test_a_torn_write_leaves_the_row_before(tmp_path: Path, torn: int):
    file = HeadFile(tmp_path, "no-1", KEYS)
    for sequence in (1, 2, 3):
        file.tell(head(sequence))
    path = tmp_path / "head-no-1.json"  # the third row went to the first slot
    path.write_bytes(b"#" * torn + path.read_bytes()[torn:])
    assert file.newest() == head(2)
    file.tell(head(4))
    assert file.newest() == head(4)


def test_a_slot_of_another_key_does_not_count(tmp_path: Path):
    HeadFile(tmp_path, "no-1", KeyRing(current="k1", keys={"k1": bytes(32)})).tell(head(900))
    file = HeadFile(tmp_path, "no-1", KEYS)
    file.tell(head(5))
    assert file.newest() == head(5)


def test_a_slot_with_a_changed_number_does_not_count(tmp_path: Path):
    file = HeadFile(tmp_path, "no-1", KEYS)
    file.tell(head(5))
    path = tmp_path / "head-no-1.json"
    path.write_text(path.read_text().replace('"sequence":5', '"sequence":4'))
    assert read_head_files(tmp_path, KEYS) == {"head-no-1.json": None}


def test_the_head_file_is_read_after_a_key_rotation(tmp_path: Path):
    HeadFile(tmp_path, "no-1", KEYS).tell(head(5))
    rotated = KeyRing(current="k2", keys={"k2": bytes(32), **KEYS.keys})
    file = HeadFile(tmp_path, "no-1", rotated)
    file.tell(head(6))
    assert (file.newest(), read_head_files(tmp_path, rotated)) == (head(6), {"head-no-1.json": head(6)})


def test_every_row_recorded_is_told_before_record_returns(store: Store, tmp_path: Path):
    evidence = chain(store, tmp_path)
    for number in (1, 2, 3):
        row = evidence.record(event(number))
        assert read_head_files(tmp_path, KEYS)["head-no-1.json"] == row.head


def test_a_row_that_was_undone_is_told_to_nobody(store: Store, tmp_path: Path):
    with pytest.raises(LookupError), store.unit_of_work() as unit:
        chain(store, tmp_path).append(event(), unit)
        raise LookupError
    assert list(tmp_path.glob("*.json")) == []


def test_refuses_when_the_head_file_cannot_be_written(store: Store, tmp_path: Path):
    evidence = chain(store, tmp_path, every_rows=1)
    evidence.record(event(1))
    (tmp_path / "head-no-1.json").unlink()
    (tmp_path / "head-no-1.json").mkdir()
    with pytest.raises(EvidenceUnavailable, match="IsADirectoryError/EISDIR"):
        evidence.record(event(2))


def test_a_clean_stop_says_when_its_checkpoint_cannot_be_written(store: Store, tmp_path: Path):
    evidence = chain(store, tmp_path)
    fill(evidence, 2)
    (tmp_path / "checkpoint-000000000002-no-1.json").mkdir()
    with pytest.raises(EvidenceUnavailable, match="EISDIR"):
        evidence.stop(NOW)
