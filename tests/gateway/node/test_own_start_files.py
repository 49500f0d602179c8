"""A node that serves says which of the files that it reads at a start alone have changed since."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from gateway import clock
from gateway.conditions import Occasion, unmet
from gateway.configuration.settings import load
from gateway.node.own.at_start import StartFiles, changed_since, files_at_start
from gateway.node.own.conditions import OWN_CONDITIONS
from gateway.node.own.read import read_own_state
from gateway.node.own.read_place import Asked
from gateway.store.keys import add_key
from tests.support.nodes.configured import Configured


def told(began: StartFiles | None) -> list[str]:
    """What a node that serves says of files that changed since it began."""
    state = read_own_state(load(), Asked(began=began))
    found = unmet(OWN_CONDITIONS, state, Occasion.SERVING, clock.now())
    return [one.sentence() for one in found if one.condition == "start-files-in-force"]


def test_a_new_store_key_is_told_until_the_node_begins_again(own: Configured):
    began = files_at_start(load())
    assert told(began) == []
    add_key(own.state / "store" / "keys")
    (sentence,) = told(began)
    assert sentence.startswith("store.keys_file: has changed since the node began")
    assert "and each other node of its database" in sentence
    assert told(files_at_start(load())) == []


def test_a_changed_file_of_the_configuration_is_told_by_its_name(own: Configured, monkeypatch: pytest.MonkeyPatch):
    overlay = own.state / "overlay"
    overlay.mkdir()
    (overlay / "policies.toml").write_bytes(load().files["policies"].read_bytes())
    monkeypatch.setenv("NCPEH_CONFIG", str(overlay))
    began = files_at_start(load())
    assert told(began) == []
    with (overlay / "policies.toml").open("ab") as file:
        file.write(b"# one more line\n")
    (sentence,) = told(began)
    assert sentence.startswith("config/policies.toml: has changed since the node began")
    (overlay / "policies.toml").write_bytes((overlay / "policies.toml").read_bytes().removesuffix(b"# one more line\n"))
    assert told(began) == [], "it was put back"
    (overlay / "policies.toml").unlink()
    assert len(told(began)) == 1


@pytest.mark.usefixtures("own")
def test_the_product_register_that_a_node_answers_with_is_among_them(tmp_path: Path):
    fest = tmp_path / "fest.xml"
    fest.write_bytes(b"<FEST/>")
    table = {"national": {"prescription_export": {"fest_file": str(fest)}}}
    settings = load()
    answers = replace(
        settings,
        node=settings.node.model_copy(update={"country_a_enabled": True}),
        tables=MappingProxyType({**settings.tables, "national": table}),
    )
    began = files_at_start(answers)
    assert changed_since(began) == {}
    fest.write_bytes(b"<FEST>new</FEST>")
    assert changed_since(began) == {"national.prescription_export.fest_file": fest}


@pytest.mark.usefixtures("own")
def test_who_starts_nothing_has_nothing_to_compare_with():
    assert told(None) == []
