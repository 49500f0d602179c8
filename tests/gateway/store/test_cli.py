import json
from pathlib import Path

from sqlalchemy import text
from typer.testing import CliRunner

from gateway.cli.db import app
from gateway.store.engine import Store
from gateway.store.revision import NEEDED

run = CliRunner().invoke


def test_migrate_brings_an_empty_database_to_head(empty_database: str):
    result = run(app, ["migrate", "--database", empty_database, "--json"])
    head = NEEDED
    expected = {"version": 1, "before": None, "revision": head, "needed": head, "current": True}
    assert (result.exit_code, json.loads(result.stdout)) == (0, expected)


def test_migrate_says_that_there_was_nothing_to_do(database: str):
    result = run(app, ["migrate", "--database", database])
    assert (result.exit_code, result.stdout) == (0, f"at {NEEDED}, current\n")


def test_status_of_a_database_at_head_is_0(database: str):
    result = run(app, ["status", "--database", database])
    assert (result.exit_code, result.stdout) == (0, f"at {NEEDED}, current\n")


def test_status_of_another_revision_is_1(store: Store, database: str):
    with store.unit_of_work() as unit:
        unit.connection.execute(text("UPDATE alembic_version SET version_num = 'm9999'"))
    result = run(app, ["status", "--database", database, "--json"])
    assert (result.exit_code, json.loads(result.stdout)["current"]) == (1, False)


def test_status_of_no_database_is_2_and_makes_none(tmp_path: Path):
    result = run(app, ["status", "--database", f"sqlite:///{tmp_path}/absent.db"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "StoreUnavailable" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_url_that_is_not_served_is_2_and_not_repeated(tmp_path: Path):
    result = run(app, ["migrate", "--database", "mysql://user:secret@host/x"])
    assert (result.exit_code, "secret" in result.output) == (2, False)
