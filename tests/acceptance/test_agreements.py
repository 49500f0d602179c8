"""What is agreed with a country, at every step: nothing, or another service."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.demonstration.toml import read_toml, write_toml
from gateway.demonstration.world import World, start_node
from tests.support.nodes.node import PRIVACY, Abroad, refused
from trust import pki_layout


@pytest.fixture(scope="module")
def agreed_on(abroad_session: Abroad) -> Iterator[dict[str, Abroad]]:
    """Nodes of the same world and database that agreed with Portugal on something else."""
    world = abroad_session.world
    others = {name: node(world, name, asks) for name, asks in {"nothing": [], "ep": ["ep"]}.items()}
    yield others
    for other in others.values():
        process = world.processes.pop(other.node)
        process.terminate()
        process.wait()


def node(world: World, name: str, asks: list[str]) -> Abroad:
    config = world.folder / f"config-{name}"
    shutil.copytree(world.folder / "NO" / "config", config)
    agreed(config / "countries.toml", asks)
    world.norway = {"NCPEH_CONFIG": str(config)}
    try:
        start_node(world, "NO", f"NO-{name}")
    finally:
        world.norway = {}
    return Abroad(world, f"NO-{name}")


def agreed(file: Path, asks: list[str]) -> None:
    table = read_toml(file)
    for row in table["country"]:
        if row["code"] == "PT":
            row["asks"] = asks
    write_toml(file, table)


def test_f01_a_country_that_agreed_on_nothing_is_refused_at_every_step(abroad: Abroad, agreed_on: dict[str, Abroad]):
    entry, nothing = abroad.listed(), agreed_on["nothing"]
    nothing.reset()
    refused(nothing, nothing.discover(), "ITI-55", "ServiceNotAgreed", [])
    refused(nothing, nothing.query(), "ITI-38", "ServiceNotAgreed", [])
    refused(nothing, nothing.retrieve(entry.unique_id), "ITI-39", "ServiceNotAgreed", [])


def test_f01_a_country_that_agreed_on_prescriptions_only_gets_no_summary(abroad: Abroad, agreed_on: dict[str, Abroad]):
    entry, other = abroad.listed(), agreed_on["ep"]
    other.reset()
    assert other.discover().patients
    assert other.calls() == PRIVACY
    other.reset()
    refused(other, other.query(), "ITI-38", "ServiceNotAgreed", [])
    refused(other, other.retrieve(entry.unique_id), "ITI-39", "ServiceNotAgreed", [])


def test_f01_norway_agreed_on_nothing_with_itself(abroad: Abroad):
    ours = {"client": pki_layout.tls_client("NO"), "by": abroad.seal(pki_layout.seal("NO"), "NO")}
    entry = abroad.listed()
    abroad.reset()
    refused(abroad, abroad.discover(**ours), "ITI-55", "ServiceNotAgreed", [])
    refused(abroad, abroad.query(**ours), "ITI-38", "ServiceNotAgreed", [])
    refused(abroad, abroad.retrieve(entry.unique_id, **ours), "ITI-39", "ServiceNotAgreed", [])
