"""A database is copied whole into one of either kind, proved at both ends, or not at all."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import MetaData, insert, inspect, select, text

import gateway.evidence.tables
import gateway.handouts.tables
import gateway.journal.tables
import gateway.store.tables
import gateway.terminology.tables
from gateway.errors import EvidenceUnavailable
from gateway.evidence.verify import intact_head, verify
from gateway.handouts.book import HandoutBook
from gateway.journal.book import Book
from gateway.journal.states import DispensationState
from gateway.store.copy import copy_database
from gateway.store.documents import IssuedDocument, IssuedDocuments
from gateway.store.engine import Store
from gateway.store.errors import (
    ChainNotIntact,
    ColumnNotCarried,
    CopiedOntoItself,
    CopyEndNotMigrated,
    CopyEndUnavailable,
    DatabaseUrlUnsupported,
    NodeNotStopped,
    NodeStandingUnknown,
    TablesDiffer,
    TargetNotEmpty,
)
from gateway.store.key_proofs import note_keys
from gateway.store.mail import FoundMail, MailInStore
from gateway.store.migrate import migrate
from gateway.store.node_lock import NodeLock, NodeLockStanding
from gateway.store.revision import NEEDED
from gateway.store.seen import SeenOnceInStore
from tests.support.machine.command import ncpeh
from tests.support.machine.failpoint import stopped_at
from tests.support.machine.postgres import server
from tests.support.nodes.evidence import PATIENT, REQUEST, RESPONSE, chain, event, with_bodies, write_rows
from tests.support.nodes.handouts import HANDOUT
from tests.support.nodes.launched import forked
from tests.support.nodes.stores import KEYS, NOW, migrated_file
from tests.support.nodes.writers import copy
from tests.support.norway.journals import FACTS, MESSAGE, OTHER

ROOMS = (
    gateway.store.tables,
    gateway.evidence.tables,
    gateway.terminology.tables,
    gateway.journal.tables,
    gateway.handouts.tables,
)
EXTRA = "CREATE TABLE later (id INTEGER PRIMARY KEY, holds BOOLEAN NOT NULL, about {bytes}, word TEXT)"


@pytest.fixture
def target(database: str, tmp_path: Path) -> Iterator[str]:
    """A migrated, unused database of the other kind than ``database``."""
    if database.startswith("sqlite"):
        with server().prepared(migrate) as url:
            yield url
    else:
        (tmp_path / "copy.db").write_bytes(migrated_file())
        yield f"sqlite:///{tmp_path}/copy.db"


def lived(url: str) -> None:
    """A row or more in every table, as nodes and operators leave them."""
    with closing(Store.open(url)) as store:
        evidence = with_bodies(store)
        for number in range(1, 6):
            evidence.record(event(number), request=REQUEST, response=RESPONSE)
        SeenOnceInStore(store).first_seen("message", "a", "b", NOW + timedelta(hours=4), NOW)
        SeenOnceInStore(store).purge(NOW - timedelta(hours=9))
        IssuedDocuments(store, KEYS).keep(document())
        IssuedDocuments(store, KEYS).note_listed(["2.999^x"], "PT", NOW, NOW + timedelta(hours=4))
        note_keys(store, KEYS)
        mail = MailInStore(store, KEYS, holder="no-1", now=lambda: NOW)
        mail.asking("m-1", "80624", kept=True)
        mail.file([FoundMail("hub-1", "80624", "m-1", True, b"<AppRec/>")])
        book = Book(store, KEYS, holder="no-1", lease=timedelta(minutes=1), now=lambda: NOW)
        (begun,) = book.open("s-1", [("r-1", FACTS, "e-1")], lambda _: None)
        book.move(begun, DispensationState.TAKING_ASKED, message=MESSAGE)
        HandoutBook(store, KEYS, holder="no-1", lease=timedelta(minutes=1), now=lambda: NOW).draft("h-1", HANDOUT)
        book.discard_unseen(OTHER.document_key, "e-2", lambda _: None)
        with store.unit_of_work() as unit:
            for statement in (
                "INSERT INTO node_clocks VALUES ('no-1', 4000000000000001, 'database', 2, 3, 'witnessed')",
                "UPDATE settled_time SET settled = 4000000000000000, newest = 4000000000000001, accepted = 5",
                "INSERT INTO terminology_releases VALUES ('r1', 'ab', 'Kari Nordås', 1, 'Ola', 2)",
                "INSERT INTO terminology_activations VALUES (1, 'r1', 0, NULL, 'Kari', 3, NULL)",
                "INSERT INTO terminology_activations VALUES (2, NULL, 8, 0, 'Ola', 4, 'because “so”')",
            ):
                unit.connection.execute(text(statement))


def document() -> IssuedDocument:
    return IssuedDocument(
        "2.999^x", PATIENT, "60591-5", "f", NOW, NOW + timedelta(hours=4), "r1", 8, bytes(range(256)), {"a": "æ"}
    )


def rows(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Everything a database holds."""
    with closing(Store.open(url)) as store, store.reading() as connection:
        metadata = MetaData()
        metadata.reflect(connection)
        found = {}
        for table in metadata.sorted_tables:
            columns = [table.columns[name] for name in sorted(table.columns.keys())]
            found[table.name] = sorted((tuple(row) for row in connection.execute(select(*columns))), key=repr)
        return found


def execute(url: str, *statements: str) -> None:
    with closing(Store.open(url)) as store, store.unit_of_work() as unit:
        for statement in statements:
            unit.connection.execute(text(statement))


def test_everything_is_copied_and_back_again(database: str, target: str, tmp_path: Path):
    lived(database)
    before = rows(database)
    assert copy_database(database, target, intact_head).rows == {name: len(of) for name, of in before.items()}
    assert rows(target) == rows(database) == before
    (tmp_path / "back.db").write_bytes(migrated_file())
    back = f"sqlite:///{tmp_path}/back.db"
    copy_database(target, back, intact_head)
    assert rows(back) == before


def test_what_was_sealed_opens_and_the_chain_goes_on_at_the_copy(database: str, target: str):
    lived(database)
    proof = copy_database(database, target, intact_head).proof
    with closing(Store.open(target)) as store:
        assert IssuedDocuments(store, KEYS).find("2.999^x", NOW) == document()
        assert verify(store).head == proof
        assert chain(store).record(event(6)).sequence == proof.sequence + 1
        assert verify(store).intact


def test_no_table_of_a_room_is_left_out(database: str, target: str):
    lived(database)
    copied = copy_database(database, target, intact_head).rows
    every = {name for room in ROOMS for name in room.metadata.tables}
    with closing(Store.open(database)) as store:
        assert set(inspect(store.engine).get_table_names()) == every | {"alembic_version"} == set(copied)
    assert [name for name, count in copied.items() if count == 0] == [], "a new table needs rows in `lived`"


def test_a_table_that_comes_later_is_copied_and_its_numbers_go_on(database: str, target: str):
    for url in (database, target):
        kind = "BLOB" if url.startswith("sqlite") else "BYTEA"
        made = EXTRA.format(bytes=kind)
        execute(url, made if kind == "BLOB" else made.replace("INTEGER", "INTEGER GENERATED BY DEFAULT AS IDENTITY"))
    with closing(Store.open(database)) as store, store.unit_of_work() as unit:
        table = MetaData()
        table.reflect(unit.connection, only=["later"])
        some = [{"id": 7, "holds": True, "about": b"\0", "word": None}, {"id": 9, "holds": False, "about": None}]
        for row in some:
            unit.connection.execute(insert(table.tables["later"]), row)
    copy_database(database, target, intact_head)
    assert rows(target)["later"] == [(None, False, 9, None), (b"\0", True, 7, None)]
    execute(target, "INSERT INTO later (holds) VALUES (true)")
    assert max(row[2] for row in rows(target)["later"]) == 10


def test_a_column_that_both_kinds_do_not_keep_alike_is_refused(database: str, target: str):
    for url in (database, target):
        execute(url, "CREATE TABLE later (id INTEGER PRIMARY KEY, at TIMESTAMP)")
    refused(database, target, ColumnNotCarried)


def refused(source: str, target: str, error: type[Exception]) -> Exception:
    """What was raised; the target is as it was, and so is the source."""
    before = rows(source), rows(target)
    with pytest.raises(error) as raised:
        copy_database(source, target, intact_head)
    assert (rows(source), rows(target)) == before
    return raised.value


@pytest.mark.parametrize("end", ["--from", "--to"])
def test_refuses_while_a_node_holds_its_id(database: str, target: str, end: str):
    lived(database)
    lock = NodeLock(database if end == "--from" else target, "no-1")
    assert lock.take() is NodeLockStanding.OURS
    try:
        assert vars(refused(database, target, NodeNotStopped)) == {"end": end, "node": "no-1"}
    finally:
        lock.release()
    copy_database(database, target, intact_head)


def test_refuses_where_it_cannot_be_told_whether_a_node_runs(tmp_path: Path):
    for name in ("node.db", "copy.db"):
        (tmp_path / name).write_bytes(migrated_file())
    source, target = f"sqlite:///{tmp_path}/node.db", f"sqlite:///{tmp_path}/copy.db"
    lived(source)
    (tmp_path / "node.db.no-1.lock").mkdir()
    assert vars(refused(source, target, NodeStandingUnknown)) == {"end": "--from", "node": "no-1"}


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("INSERT INTO seen_once VALUES ('message', {key}, 'v', 1)", "seen_once"),
        ("UPDATE settled_time SET newest = 1", "settled_time"),
    ],
)
def test_refuses_a_target_that_was_used(database: str, target: str, statement: str, table: str):
    lived(database)
    execute(target, statement.format(key="x'00'" if target.startswith("sqlite") else "'\\x00'"))
    assert vars(refused(database, target, TargetNotEmpty)) == {"table": table}


def test_refuses_databases_of_another_revision(database: str, target: str):
    for end, url in (("--from", database), ("--to", target)):
        execute(url, "UPDATE alembic_version SET version_num = 'm0001'")
        assert vars(refused(database, target, CopyEndNotMigrated))["end"] == end
        execute(url, f"UPDATE alembic_version SET version_num = '{NEEDED}'")
    copy_database(database, target, intact_head)


def test_refuses_a_table_that_is_at_one_end_alone(database: str, target: str):
    execute(database, "CREATE TABLE later (id INTEGER PRIMARY KEY)")
    assert vars(refused(database, target, TablesDiffer)) == {"table": "later"}


def test_refuses_a_chain_that_is_not_intact(database: str, target: str):
    lived(database)
    execute(database, "UPDATE evidence SET event = replace(event, 'PT', 'SE') WHERE sequence = 2")
    assert vars(refused(database, target, ChainNotIntact)) == {"row": 2}


def test_refuses_to_copy_a_database_onto_itself(database: str):
    refused(database, database, CopiedOntoItself)


def test_refuses_the_same_file_by_another_name(tmp_path: Path):
    (tmp_path / "node.db").write_bytes(migrated_file())
    (tmp_path / "other.db").symlink_to(tmp_path / "node.db")
    refused(f"sqlite:///{tmp_path}/node.db", f"sqlite:///{tmp_path}/other.db", CopiedOntoItself)


@pytest.mark.parametrize("url", ["mysql://h/d", "no address"])
def test_refuses_a_database_of_another_kind(database: str, url: str):
    for source, target in ((database, url), (url, database)):
        with pytest.raises(DatabaseUrlUnsupported):
            copy_database(source, target, intact_head)


@pytest.mark.parametrize("end", ["--from", "--to"])
def test_an_end_that_is_not_there_is_named(database: str, tmp_path: Path, end: str):
    absent = f"sqlite:///{tmp_path}/absent.db"
    with pytest.raises(CopyEndUnavailable) as raised:
        copy_database(*((absent, database) if end == "--from" else (database, absent)), intact_head)
    assert vars(raised.value) == {"end": end, "cause": "OperationalError/SQLITE_CANTOPEN"}
    assert not (tmp_path / "absent.db").exists()


def test_an_error_in_the_middle_leaves_the_target_empty(database: str, target: str):
    lived(database)
    if target.startswith("sqlite"):
        refuse = "CREATE TRIGGER refuse BEFORE INSERT ON terminology_activations BEGIN SELECT RAISE(ABORT, 'no'); END"
        execute(target, refuse)
    else:
        execute(target, "ALTER TABLE terminology_activations ADD CHECK (generation < 2)")
    assert vars(refused(database, target, CopyEndUnavailable))["end"] == "--to"


def test_a_copy_that_is_killed_leaves_the_target_empty(database: str, target: str, tmp_path: Path):
    lived(database)
    before, marker = (rows(database), rows(target)), tmp_path / "marker"
    os.mkfifo(marker)
    child = forked(copy, (database, target, f"copy.written={marker}"), tmp_path / "log")
    assert stopped_at(marker, child) == "copy.written"
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert (rows(database), rows(target)) == before
    copy_database(database, target, intact_head)
    assert rows(target) == before[0]


def test_nobody_writes_to_either_end_while_it_is_copied(database: str, target: str):
    """Who would write meanwhile waits, and what it writes is never between the two."""
    lived(database)
    tried = []

    def prove(connection: object) -> int:
        for url in (database, target) if tried else (database,):
            store = Store.open(url, busy=timedelta(milliseconds=200))
            with closing(store), pytest.raises(EvidenceUnavailable):
                chain(store).record(event(77))
        tried.append(connection)
        return 1

    copy_database(database, target, prove)
    assert len(tried) == 2
    assert rows(database) == rows(target)


@pytest.mark.parametrize("count", [1_500, pytest.param(10_000, marks=pytest.mark.prove)])
def test_more_rows_of_evidence_than_are_read_at_once_are_copied(database: str, target: str, count: int):
    with closing(Store.open(database)) as store:
        write_rows(store, count)
    done = copy_database(database, target, intact_head)
    assert (done.rows["evidence"], done.proof.sequence) == (count, count)
    with closing(Store.open(target)) as store:
        assert verify(store).head == done.proof


def test_the_command_copies_and_says_what_it_proved(database: str, target: str):
    lived(database)
    result = ncpeh("db", "copy", "--from", database, "--to", target, "--json")
    said = json.loads(result.out)
    assert (result.status, said["tables"]["evidence"], said["head"]["sequence"]) == (0, 5, 5)
    again = ncpeh("db", "copy", "--from", database, "--to", target)
    assert (again.status, again.out) == (2, "")
    assert "the database of --to was used before" in again.err


def test_the_command_repeats_no_password(database: str):
    result = ncpeh("db", "copy", "--from", database, "--to", "postgresql://u:secret@127.0.0.1:1/none")
    assert (result.status, "secret" in result.out + result.err) == (2, False)
    assert "the database of --to: the server cannot be reached" in result.err
