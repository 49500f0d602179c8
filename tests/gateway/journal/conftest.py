from collections.abc import Iterator

import pytest
from sqlalchemy import delete

from gateway.journal.tables import metadata
from gateway.store.engine import Store
from gateway.store.migrate import migrate
from tests.support.machine.postgres import server
from tests.support.nodes.stores import migrated_file


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def migrated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One database of each kind for a module."""
    if request.param == "sqlite":
        file = tmp_path_factory.mktemp("journal") / "node.db"
        file.write_bytes(migrated_file())
        store = Store.open(f"sqlite:///{file}")
        yield store
        store.close()
        return
    with server().prepared(migrate) as url:
        store = Store.open(url)
        yield store
        store.close()


@pytest.fixture
def store(migrated: Store) -> Store:
    """The module's, without a row of the journal."""
    with migrated.unit_of_work() as unit:
        for table in reversed(metadata.sorted_tables):
            unit.connection.execute(delete(table))
    return migrated
