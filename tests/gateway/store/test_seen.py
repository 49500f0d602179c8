import hashlib
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.errors import MemoryForgotten
from gateway.store.engine import Store
from gateway.store.seen import SeenOnceInStore
from tests.support.nodes.stores import NOW

LATER = NOW + timedelta(hours=4)


def test_the_first_finds_its_own_value(store: Store):
    assert SeenOnceInStore(store).first_seen("message", "urn:uuid:1", "a", LATER, NOW) == "a"


def test_the_second_finds_the_first_ones_value(store: Store):
    seen = SeenOnceInStore(store)
    seen.first_seen("message", "urn:uuid:1", "a", LATER, NOW)
    assert seen.first_seen("message", "urn:uuid:1", "b", LATER, NOW) == "a"


def test_spaces_and_keys_are_apart(store: Store):
    seen = SeenOnceInStore(store)
    seen.first_seen("message", "1", "a", LATER, NOW)
    assert seen.first_seen("assertion", "1", "b", LATER, NOW) == "b"
    assert seen.first_seen("message", "2", "c", LATER, NOW) == "c"


def test_is_remembered_to_the_last_moment_of_its_time_and_no_longer(store: Store):
    seen = SeenOnceInStore(store)
    seen.first_seen("message", "1", "a", LATER, NOW)
    assert seen.first_seen("message", "1", "b", LATER, LATER - timedelta(microseconds=1)) == "a"
    assert seen.first_seen("message", "1", "c", LATER + timedelta(hours=4), LATER) == "c"
    assert seen.first_seen("message", "1", "d", LATER, LATER) == "c"


def test_purge_forgets_what_ended_and_keeps_the_rest(store: Store):
    seen = SeenOnceInStore(store)
    seen.first_seen("message", "1", "a", NOW + timedelta(seconds=1), NOW)
    seen.first_seen("message", "2", "b", NOW + timedelta(seconds=1, microseconds=1), NOW)
    assert seen.purge(NOW + timedelta(seconds=1)) == 1
    assert seen.first_seen("message", "2", "c", LATER, NOW) == "b"


def test_what_was_forgotten_is_not_taken_as_new(store: Store):
    seen, ended = SeenOnceInStore(store), NOW + timedelta(hours=1)
    assert seen.first_seen("message", "1", "a", ended, NOW) == "a"
    assert seen.purge(ended) == 1
    for behind in (NOW, ended - timedelta(microseconds=1)):
        with pytest.raises(MemoryForgotten):
            seen.first_seen("message", "1", "b", ended, behind)
    assert kept(store) == 0
    assert seen.first_seen("message", "2", "c", ended + timedelta(microseconds=1), NOW) == "c"


def test_a_clock_that_is_behind_remembers_nothing_back_into_being(store: Store):
    seen = SeenOnceInStore(store)
    seen.purge(LATER)
    seen.purge(NOW)
    with pytest.raises(MemoryForgotten):
        seen.first_seen("message", "1", "a", LATER, NOW)


def test_of_a_purge_and_a_repeat_that_race_the_repeat_is_never_first(store: Store):
    seen, start = SeenOnceInStore(store), threading.Barrier(2)
    for number in range(25):
        ended, answers = NOW + timedelta(minutes=number + 1), []
        seen.first_seen("message", str(number), "first", ended, NOW)

        def repeat(number: int = number, ended: datetime = ended, answers: list[str] = answers) -> None:
            start.wait()
            try:
                answers.append(seen.first_seen("message", str(number), "again", ended, NOW))
            except MemoryForgotten:
                answers.append("forgotten")

        thread = threading.Thread(target=repeat)
        thread.start()
        start.wait()
        seen.purge(ended)
        thread.join()
        assert answers[0] in {"first", "forgotten"}


def kept(store: Store) -> int:
    with store.reading() as connection:
        return int(connection.execute(text("SELECT count(*) FROM seen_once")).scalar_one())


def test_is_remembered_by_another_node_on_the_database(database: str):
    first, second = Store.open(database), Store.open(database)
    SeenOnceInStore(first).first_seen("message", "1", "a", LATER, NOW)
    assert SeenOnceInStore(second).first_seen("message", "1", "b", LATER, NOW) == "a"
    first.close()
    second.close()


def test_the_key_itself_is_not_kept(store: Store):
    SeenOnceInStore(store).first_seen("message", "urn:uuid:secret", "a", LATER, NOW)
    with store.reading() as connection:
        kept = connection.execute(text("SELECT key FROM seen_once")).scalar_one()
    assert bytes(kept) == hashlib.sha256(b"urn:uuid:secret").digest()


def test_of_threads_that_race_exactly_one_is_first(store: Store):
    seen, start, answers = SeenOnceInStore(store), threading.Barrier(8), []

    def race(name: str) -> None:
        start.wait()
        answers.append((name, seen.first_seen("message", "1", name, LATER, NOW)))

    threads = [threading.Thread(target=race, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert len({answer for _, answer in answers}) == 1
    assert sum(name == answer for name, answer in answers) == 1


def test_of_processes_that_race_exactly_one_is_first_each_time(database: str, tmp_path: Path):
    program = tmp_path / "race.py"
    program.write_text(
        """
import sys
from datetime import UTC, datetime, timedelta
from gateway.store.engine import Store
from gateway.store.seen import SeenOnceInStore

store, name, now = Store.open(sys.argv[1]), sys.argv[2], datetime(2026, 3, 2, tzinfo=UTC)
sys.stdin.readline()
seen = SeenOnceInStore(store)
for number in range(50):
    print(seen.first_seen("message", str(number), name, now + timedelta(hours=1), now))
""",
        encoding="utf-8",
    )
    processes = [
        subprocess.Popen(
            [sys.executable, str(program), database, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for name in ("a", "b")
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    first, second = (process.communicate()[0].split() for process in processes)
    assert len(first) == 50
    assert first == second
