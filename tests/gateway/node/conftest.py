from tests.gateway.cli.conftest import own
from tests.support.nodes.stores import database, empty_database, store

__all__ = ["database", "empty_database", "own", "store"]
