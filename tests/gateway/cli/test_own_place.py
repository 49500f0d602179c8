"""A node does not start where it could not work: database, keys of the store, disk, folders, another node of its id.

Each rule: exit 2 and one line with the place, what is wrong and what to do; `doctor` says the same; and its valid twin.
"""

import shutil
import signal
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import NamedTuple

import pytest

from gateway import clock
from gateway.configuration.shipped import shipped
from gateway.store.engine import Store
from gateway.store.key_proofs import note_keys
from gateway.store.keys import KeyRing
from gateway.store.migrate import migrate
from gateway.store.moments import to_microseconds
from gateway.store.node_lock import NodeLock, NodeLockStanding
from tests.gateway.cli.test_own_credentials import starts
from tests.gateway.store.test_node_lock import holder
from tests.support.machine.postgres import server
from tests.support.nodes.configured import Configured, Ended

MEBIBYTE = 1024 * 1024


class Usage(NamedTuple):
    """As `shutil.disk_usage` answers."""

    total: int
    used: int
    free: int


def refused(own: Configured, where: str, *words: str) -> None:
    """One line, which begins with the place; `doctor` has the same sentence."""
    ended = own.start()
    assert (ended.status, len(ended.err)) == (2, 1), ended
    assert ended.err[0].startswith(f"ncpeh: {where}"), ended.err
    assert [word for word in words if word not in ended.err[0]] == []
    told = own.call("doctor")
    assert told.status == 1
    assert next(one for one in told.out if one.startswith("NO ")).endswith(ended.err[0].removeprefix("ncpeh: "))


def warned(own: Configured, *words: str) -> None:
    """The node would listen, its log has the sentence, and `doctor` too, with exit 0."""
    ended, told = own.start(), own.call("doctor")
    assert (ended.status, told.status) == (0, 0)
    (line,) = [line for line in ended.err if '"condition-unmet"' in line]
    (row,) = [line for line in told.out if line.startswith("!")]
    assert [word for word in words if word not in line or word not in row] == []


def statements(own: Configured, *wanted: str) -> None:
    """Change the node's database from outside."""
    with closing(sqlite3.connect(own.state / "ncpeh.db")) as connection:
        for one in wanted:
            connection.execute(one)
        connection.commit()


def test_refuses_a_database_that_is_not_there(own: Configured):
    (own.state / "ncpeh.db").rename(own.state / "away.db")
    refused(own, f"{own.state}/ncpeh.db (store.url): cannot be used: the file is not there", "ncpeh db migrate")
    (own.state / "away.db").rename(own.state / "ncpeh.db")
    starts(own)


def test_refuses_a_database_that_was_never_migrated(own: Configured):
    good = (own.state / "ncpeh.db").read_bytes()
    own.write("ncpeh.db", b"")
    refused(own, f"{own.state}/ncpeh.db (store.url): is empty", "Next: ncpeh db migrate.")
    for beside in own.state.glob("ncpeh.db-*"):
        beside.unlink()
    own.write("ncpeh.db", good)
    starts(own)


def test_refuses_a_database_of_a_newer_program(own: Configured):
    statements(own, "UPDATE alembic_version SET version_num = 'm9999'")
    refused(own, f"{own.state}/ncpeh.db", "is at revision m9999", "start the newer program")


def test_refuses_a_file_that_is_no_database(own: Configured):
    own.write("ncpeh.db", b"not a database, whatever it is called" * 100)
    refused(own, f"{own.state}/ncpeh.db", "the file is no SQLite database")


def test_refuses_other_store_keys_than_the_database_was_written_with(own: Configured):
    keys = own.state / "store/keys"
    written = keys.read_bytes()
    with closing(Store.open(f"sqlite:///{own.state}/ncpeh.db")) as store:
        note_keys(store, KeyRing.read(keys))
    own.write("store/keys", KeyRing.new_line("no-1").encode(), 0o600)
    refused(own, f"{own.state}/ncpeh.db", "was written with a store key no-1", f"{keys} has another one of that id")
    own.write("store/keys", KeyRing.new_line("no-2").encode(), 0o600)
    refused(own, f"{own.state}/ncpeh.db", f"{keys} has no key that it was written with")
    own.write("store/keys", KeyRing.new_line("no-2").encode() + written, 0o600)
    starts(own)


@pytest.mark.parametrize(("content", "words"), [(b"# none\n", "has no key"), (b"# one\nno-1:short\n", "in line 2")])
def test_refuses_a_key_file_that_cannot_be_read_exactly(own: Configured, content: bytes, words: str):
    written = (own.state / "store/keys").read_bytes()
    own.write("store/keys", content, 0o600)
    refused(own, f"{own.state}/store/keys (store.keys_file)", words)
    own.write("store/keys", written, 0o600)
    starts(own)


def test_refuses_a_second_node_of_the_id_and_doctor_says_that_it_runs(own: Configured):
    with holder(f"sqlite:///{own.state}/ncpeh.db", "ncpeh-1"):
        ended, told = own.start(), own.call("doctor")
        assert (ended.status, told.status) == (2, 0)
        assert ended.err == (
            f"ncpeh: node.node_id: is ncpeh-1, and a node of that id is running on {own.state}/ncpeh.db (store.url). "
            "Next: end the other one, or give this one an id of its own.",
        )
        assert [line for line in told.out if line.startswith("!") and "node-once: node.node_id: is ncpeh-1" in line]
        own.monkeypatch.setenv("NCPEH_NODE__NODE_ID", "ncpeh-2")
        starts(own)


def test_a_node_that_was_refused_leaves_its_id_free(own: Configured):
    (own.state / "seal/seal.key").chmod(0o644)
    assert own.start().status == 2
    lock = NodeLock(f"sqlite:///{own.state}/ncpeh.db", "ncpeh-1")
    assert lock.take(0) is NodeLockStanding.OURS
    lock.release()


def test_refuses_checkpoints_where_there_is_a_file(own: Configured):
    file = own.write("evidence", b"x")
    refused(own, f"{file} (evidence.checkpoint_directory): is a file, and a directory is needed there")
    file.unlink()
    starts(own)


@pytest.mark.parametrize(("free", "status"), [(99 * MEBIBYTE, 2), (100 * MEBIBYTE, 0), (1024 * MEBIBYTE, 0)])
def test_refuses_a_full_disk_and_warns_of_one_that_fills(
    own: Configured, monkeypatch: pytest.MonkeyPatch, free: int, status: int
):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12 - free, free))
    ended = own.start()
    lines = [line for line in ended.err if f"{free // MEBIBYTE} MiB left on its disk" in line]
    assert (ended.status, bool(lines)) == (status, free < 1024 * MEBIBYTE)


def test_warns_of_a_clock_that_other_clocks_contradicted(own: Configured):
    statements(own, "INSERT INTO node_clocks VALUES ('ncpeh-1', 0, 'boot', 0, 0, 'alone')")
    warned(own, "the clock: says", "ncpeh evidence accept-clock")
    statements(own, "UPDATE node_clocks SET standing = 'witnessed'")
    starts(own)


def test_warns_of_a_row_from_the_future(own: Configured):
    statements(own, f"UPDATE settled_time SET newest = {to_microseconds(clock.now() + timedelta(hours=5))}")
    warned(own, "has a row of", "find the clock that is wrong")
    statements(own, f"UPDATE settled_time SET newest = {to_microseconds(clock.now() + timedelta(minutes=5))}")
    starts(own)


def test_production_on_an_empty_folder_refuses(own: Configured, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NCPEH_STATE", str(own.state / "empty"))
    monkeypatch.setenv("NCPEH_NODE__ENVIRONMENT", "production")
    ended, told = own.start(), own.call("doctor")
    assert (ended.status, told.status) == (2, 1)
    assert [line.split(": ")[1].removeprefix(f"{own.state}/empty/") for line in ended.err] == [
        "tls/server.pem (tls.server_certificate_file)",
        "tls/server.key (tls.server_key_file)",
        "tls/client.pem (tls.client_certificate_file)",
        "tls/client.key (tls.client_key_file)",
        "seal/seal.pem (seal.certificate_file)",
        "seal/seal.key (seal.key_file)",
        "tls/trust.pem (tls.trust_file)",
        "store/keys (store.keys_file)",
        "tls/crl (tls.revocation_directory)",
        "ncpeh.db (store.url)",
    ]
    assert not (own.state / "empty").exists(), "nothing is made where a node does not start"


def test_postgresql_is_judged_as_sqlite_is(own: Configured, monkeypatch: pytest.MonkeyPatch):
    with server().database() as url:
        monkeypatch.setenv("NCPEH_STORE__URL", url)
        assert "is empty: it was never migrated" in only(own.start())
        migrate(url)
        starts(own)
        with holder(url, "ncpeh-1") as other:
            assert "a node of that id is running" in only(own.start())
            other.send_signal(signal.SIGKILL)
            other.wait()
            starts(own)
    monkeypatch.setenv("NCPEH_STORE__URL", "postgresql://nobody:secret@127.0.0.1:1/none")
    line = only(own.start())
    assert "the server cannot be reached" in line
    assert "secret" not in line


def only(ended: Ended) -> str:
    """The one line of a refusal."""
    assert (ended.status, len(ended.err)) == (2, 1), ended
    return ended.err[0]


def accepts_clock(own: Configured) -> Ended:
    """An act that writes a row of evidence."""
    return own.call("evidence", "accept-clock", "--by", "Kari Drift", "--reason", "the radio clock")


def resumes(own: Configured, by: str = "Kari Drift") -> Ended:
    return own.call("evidence", "resume", "--by", by, "--reason", "put back from the backup of the night")


def test_refuses_a_database_put_back_until_a_named_person_accepts_the_loss(own: Configured):
    """Rows 2 and 3 are not in the backup; the head file and the checkpoints of the node know of them."""
    database, backup = own.state / "ncpeh.db", own.state / "backup.db"
    assert accepts_clock(own).status == 0
    with closing(sqlite3.connect(database)) as here, closing(sqlite3.connect(backup)) as there:
        here.backup(there)
    assert [accepts_clock(own).status for _ in range(2)] == [0, 0]
    starts(own)
    for beside in own.state.glob("ncpeh.db-*"):
        beside.unlink()
    shutil.copyfile(backup, database)
    refused(own, f"{database} (store.url): lacks rows 2 to 3 of the evidence", "after 20", "ncpeh evidence resume")
    ended = accepts_clock(own)
    assert (ended.status, "rows of the evidence are missing" in ended.err[0]) == (2, True), ended.err
    ended = resumes(own, by=" ")
    assert (ended.status, "--by" in ended.err[0]) == (2, True)
    with holder(f"sqlite:///{database}", "ncpeh-1"):
        ended = resumes(own)
        assert (ended.status, "the node ncpeh-1 is running" in ended.err[0]) == (2, True)
    refused(own, f"{database} (store.url): lacks rows 2 to 3 of the evidence")
    assert (resumes(own).out, resumes(own).status) == (("accepted in row 2: rows 2 to 3 are lost",), 1)
    starts(own)
    told = own.call("evidence", "verify")
    assert (told.status, "rows 2 to 3 were lost; row 2 says who accepted it" in told.out) == (0, True)
    assert accepts_clock(own).status == 0
    assert own.call("evidence", "verify").status == 0


def test_warns_of_a_country_that_may_be_asked_and_has_no_address(own: Configured):
    shipped_file = (shipped("config") / "countries.toml").read_text("utf-8")
    before, mark, portugal = shipped_file.partition('code = "PT"')
    seen = f"wave_seen = {clock.now().date()}"
    agreed = portugal.replace("answers = []", 'answers = ["ps"]', 1).replace("wave_seen = 2026-11-24", seen, 1)
    own.write("config/countries.toml", (before + mark + agreed).encode())
    own.monkeypatch.setenv("NCPEH_CONFIG", str(own.state / "config"))
    warned(own, "countries.toml: says that PT may be asked, and has no address to ask it at")
    addressed = agreed.replace(
        "asks = []", 'asks = []\nxcpd = "https://pt.example/xcpd"\nxca = "https://pt.example/xca"', 1
    )
    own.write("config/countries.toml", (before + mark + addressed).encode())
    starts(own)


@pytest.mark.parametrize(
    ("days", "words"), [(181, "as it was seen on"), (None, "not on which day that was seen")], ids=["long ago", "never"]
)
def test_warns_of_a_wave_that_nobody_saw_within_180_days(own: Configured, days: int | None, words: str):
    shipped_file = (shipped("config") / "countries.toml").read_text("utf-8")
    before, mark, portugal = shipped_file.partition('code = "PT"')

    def seen(ago: int | None) -> None:
        day = "" if ago is None else f"wave_seen = {clock.now().date() - timedelta(days=ago)}"
        agreed = portugal.replace("asks = []", 'asks = ["ps"]', 1).replace("wave_seen = 2026-11-24", day, 1)
        own.write("config/countries.toml", (before + mark + agreed).encode())
        own.monkeypatch.setenv("NCPEH_CONFIG", str(own.state / "config"))

    seen(days)
    warned(own, "countries.toml: has PT on wave 8", words)
    seen(180)
    starts(own)
