import json
from pathlib import Path

from sqlalchemy import text

from gateway.store.engine import Store
from gateway.store.revision import NEEDED
from tests.support.machine.command import ncpeh
from tests.support.machine.postgres import server


def test_migrate_brings_an_empty_database_to_head(empty_database: str):
    result = ncpeh("db", "migrate", "--database", empty_database, "--json")
    head = NEEDED
    expected = {"version": 1, "before": None, "revision": head, "needed": head, "current": True}
    assert (result.status, json.loads(result.out)) == (0, expected)


def test_migrate_says_that_there_was_nothing_to_do(database: str):
    result = ncpeh("db", "migrate", "--database", database)
    assert (result.status, result.out) == (0, f"at {NEEDED}, current\n")


def test_status_of_a_database_at_head_is_0(database: str):
    result = ncpeh("db", "status", "--database", database)
    assert (result.status, result.out) == (0, f"at {NEEDED}, current\n")


def test_status_of_another_revision_is_1(store: Store, database: str):
    with store.unit_of_work() as unit:
        unit.connection.execute(text("UPDATE alembic_version SET version_num = 'm9999'"))
    result = ncpeh("db", "status", "--database", database, "--json")
    assert (result.status, json.loads(result.out)["current"]) == (1, False)


def test_status_of_no_database_is_2_and_makes_none(tmp_path: Path):
    result = ncpeh("db", "status", "--database", f"sqlite:///{tmp_path}/absent.db")
    assert (result.status, result.out) == (2, "")
    assert "the file is not there or cannot be opened. Run: ncpeh db migrate" in result.err
    assert list(tmp_path.iterdir()) == []


def test_a_database_or_a_role_that_is_not_there_on_a_server_is_a_sentence():
    with server().database() as url:
        assert ncpeh("db", "status", "--database", url).status == 1
        for wrong in (url.replace("/test_", "/nobodys_"), url.replace("postgres:", "nobody:")):
            assert wrong != url
            called = ncpeh("db", "status", "--database", wrong)
            assert (called.status, called.out) == (2, "")
            assert "the server cannot be reached, or refuses this user, password or database" in called.err


def test_a_url_that_is_not_served_is_2_and_not_repeated(tmp_path: Path):
    result = ncpeh("db", "migrate", "--database", "mysql://user:secret@host/x")
    assert (result.status, "secret" in result.out + result.err) == (2, False)
