"""A second node of the demo's world and database that is told something else than the first."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gateway.configuration.shipped import shipped
from gateway.demonstration.toml import read_toml, write_toml
from gateway.demonstration.world import start_node
from tests.support.nodes.node import Abroad

Change = Callable[[dict[str, Any]], None]


def start_other(abroad: Abroad, name: str, **changes: Change) -> Abroad:
    """Start a node of Norway with changes to its TOML files, by name. Raises WorldError, with the log's name."""
    world = abroad.world
    config = world.folder / f"config-{name}"
    shutil.copytree(world.folder / "NO" / "config", config)
    for file, change in changes.items():
        path = config / f"{file}.toml"
        table = read_toml(path if path.exists() else shipped("config") / path.name)
        change(table)
        write_toml(path, table)
    world.norway = {"NCPEH_CONFIG": str(config)}
    try:
        start_node(world, "NO", f"NO-{name}")
    finally:
        world.norway = {}
    return Abroad(world, f"NO-{name}")


def stop_other(other: Abroad) -> None:
    """End it."""
    process = other.world.processes.pop(other.node)
    process.terminate()
    process.wait()


@contextmanager
def other_node(abroad: Abroad, name: str, **changes: Change) -> Iterator[Abroad]:
    """As `start_other`, ended at the end."""
    other = start_other(abroad, name, **changes)
    try:
        yield other
    finally:
        stop_other(other)
