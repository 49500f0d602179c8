import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, text

import gateway.evidence.tables
import gateway.handouts.tables
import gateway.journal.tables
import gateway.store.tables
import gateway.terminology.tables
from gateway.store.engine import Store
from gateway.store.errors import DatabaseNotCurrent, DatabaseNotDurable
from gateway.store.migrate import migrate
from gateway.store.revision import NEEDED, found_revision, require_current


def test_an_empty_database_comes_to_head(empty_database: str):
    assert migrate(empty_database) == (None, NEEDED)
    store = Store.open(empty_database)
    require_current(store)
    store.close()


def test_migrating_again_changes_nothing(database: str):
    assert migrate(database) == (NEEDED, NEEDED)


def test_two_processes_that_migrate_at_once_wait_for_each_other(empty_database: str):
    program = "import sys; from gateway.store.migrate import migrate; print(migrate(sys.argv[1])[0])"
    command = [sys.executable, "-W", "error", "-c", program, empty_database]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert sorted(process.communicate()[0].strip() for process in both) == ["None", NEEDED]


def test_a_node_refuses_to_start_on_an_empty_database(empty_database: str, tmp_path: Path):
    (tmp_path / "node.db").touch()
    store = Store.open(empty_database)
    with pytest.raises(DatabaseNotCurrent) as refused:
        require_current(store)
    store.close()
    assert (refused.value.found, refused.value.needed) == (None, NEEDED)


def test_a_node_refuses_to_start_on_a_newer_database(store: Store):
    with store.unit_of_work() as unit:
        unit.connection.execute(text("UPDATE alembic_version SET version_num = 'm9999'"))
    with pytest.raises(DatabaseNotCurrent, match="m9999"):
        require_current(store)


def test_migrations_sum_up_to_the_tables_of_the_rooms(store: Store):
    tables = MetaData()
    rooms = (
        gateway.store.tables,
        gateway.evidence.tables,
        gateway.terminology.tables,
        gateway.journal.tables,
        gateway.handouts.tables,
    )
    for metadata in (room.metadata for room in rooms):
        for table in metadata.sorted_tables:
            table.to_metadata(tables)
    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables) == []


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_node_refuses_to_start_on_a_server_that_may_lose_a_commit(store: Store):
    with store.unit_of_work() as unit:
        name = unit.connection.execute(text("SELECT current_database()")).scalar_one()
        unit.connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    store.close()
    with pytest.raises(DatabaseNotDurable) as refused:
        require_current(store)
    assert (refused.value.setting, refused.value.value) == ("synchronous_commit", "off")


def test_a_new_sqlite_file_is_its_owners_alone(tmp_path: Path):
    migrate(f"sqlite:///{tmp_path}/below/node.db")
    assert stat.S_IMODE((tmp_path / "below" / "node.db").stat().st_mode) == 0o600


def test_looking_at_the_revision_changes_nothing(store: Store):
    assert found_revision(store) == found_revision(store) == NEEDED
