"""`ncpeh config`: what is in force and from where, what is changed, what cannot be used; every key has its line."""

import json
import os
import shutil
import tomllib
from pathlib import Path

import pytest

from gateway.cli.config import keys_page
from gateway.configuration.documented import documented_keys
from gateway.configuration.settings import FILES, load
from gateway.configuration.shipped import shipped
from gateway.configuration.stated import stated_keys, stated_values
from gateway.national.settings import FILES as NATIONAL
from tests.support.machine.command import ncpeh

CONFIG = shipped("config")
ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "unspeakable-7"


@pytest.fixture
def overlay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty configuration directory of a node's own."""
    for name in [name for name in os.environ if name.startswith("NCPEH_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("NCPEH_CONFIG", str(folder))
    monkeypatch.setenv("NCPEH_STATE", str(tmp_path))
    return folder


def shown(*key: str) -> dict[str, dict[str, str]]:
    called = ncpeh("config", "show", *key, "--json")
    assert called.status == 0, called.err
    return {one["key"]: one for one in json.loads(called.out)["values"]}


def own(overlay: Path, name: str, old: str, new: str) -> Path:
    text = (CONFIG / name).read_text("utf-8")
    assert text.count(old) == 1
    (overlay / name).write_text(text.replace(old, new), "utf-8")
    return overlay / name


def test_a_value_comes_from_the_shipped_file_the_own_file_or_the_environment_with_its_line(
    overlay: Path, monkeypatch: pytest.MonkeyPatch
):
    path = overlay / "node.toml"
    text = (CONFIG / "node.toml").read_text("utf-8").replace("port = 8443", "port = 9443")
    path.write_text(text, "utf-8")
    monkeypatch.setenv("NCPEH_LISTEN__WORKERS", "3")
    line = next(number for number, one in enumerate(text.splitlines(), start=1) if one.startswith("port = 9443"))
    values = shown()
    assert values["listen.port"] == {
        "file": "node", "key": "listen.port", "value": "9443", "origin": "own file", "where": f"{path}:{line}",
    }  # fmt: skip
    assert (values["listen.workers"]["value"], values["listen.workers"]["where"]) == ("3", "NCPEH_LISTEN__WORKERS")
    assert values["policies.reserved_patient"]["origin"] == "shipped"
    assert values["policies.reserved_patient"]["where"].startswith(f"{CONFIG / 'policies.toml'}:")
    assert "listen.port = 9443  # own file: " in ncpeh("config", "show", "listen").out


def test_every_value_that_a_node_reads_is_shown(overlay: Path):
    settings = load(dict(os.environ))
    for file, table in settings.tables.items():
        assert set(shown(file)) == {one.name for one in stated_values(table)}
    assert shown()["country.PT.wave"]["value"] == "8"
    assert list(shown("country.PT")) == [key for key in shown("countries") if key.startswith("country.PT.")]


def test_a_key_that_is_not_there_is_1():
    assert ncpeh("config", "show", "listen.ports").status == 1
    assert ncpeh("config", "show", "listen.port").status == 0


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://node:{PASSWORD}@host/ncpeh",
        f"postgresql://node:a/{PASSWORD}@x@host/ncpeh",
        f"postgresql://host/ncpeh?user=node&password={PASSWORD}",
    ],
)
def test_a_password_is_masked_wherever_it_is_shown(overlay: Path, monkeypatch: pytest.MonkeyPatch, url: str):
    monkeypatch.setenv("NCPEH_STORE__URL", url)
    for command in (["show"], ["show", "--json"], ["diff"], ["diff", "--json"], ["check"]):
        called = ncpeh("config", *command)
        assert PASSWORD not in called.out + called.err
    assert "***" in shown()["store.url"]["value"]
    assert "host" in shown()["store.url"]["value"]


def test_what_is_as_shipped_differs_in_nothing(overlay: Path, monkeypatch: pytest.MonkeyPatch):
    assert (ncpeh("config", "diff").status, ncpeh("config", "diff").out) == (0, "")
    shutil.copy(CONFIG / "countries.toml", overlay)
    shutil.copy(CONFIG / "roles.csv", overlay)
    shutil.copytree(CONFIG / "terminology", overlay / "terminology")
    monkeypatch.setenv("NCPEH_LISTEN__PORT", "8443")
    monkeypatch.setenv("NCPEH_NODE__COUNTRY_A_ENABLED", "false")
    assert (ncpeh("config", "diff").status, ncpeh("config", "diff").out) == (0, "")


def test_each_difference_is_a_line_with_both_values_and_where_the_new_one_stands(
    overlay: Path, monkeypatch: pytest.MonkeyPatch
):
    path = own(overlay, "national.toml", 'algorithm = "PS256" ', 'algorithm = "ES256" ')
    monkeypatch.setenv("NCPEH_NODE__ENVIRONMENT", "test")
    (overlay / "roles.csv").write_text((CONFIG / "roles.csv").read_text("utf-8") + "9,Other,,\n", "utf-8")
    called = ncpeh("config", "diff")
    line = next(n for n, one in enumerate(path.read_text("utf-8").splitlines(), start=1) if "ES256" in one)
    assert called.status == 1
    assert called.out.splitlines() == [
        'node.environment: "production" -> "test"  # NCPEH_NODE__ENVIRONMENT',
        f'national.helseid.algorithm: "PS256" -> "ES256"  # {path}:{line}',
        f"roles: {overlay / 'roles.csv'} instead of {CONFIG / 'roles.csv'}",
    ]
    assert len(json.loads(ncpeh("config", "diff", "--json").out)["changes"]) == 3


def test_a_key_that_is_left_out_and_one_that_is_added_are_differences(overlay: Path):
    text = (CONFIG / "countries.toml").read_text("utf-8").partition('[[country]]\ncode = "DK"')[0]
    (overlay / "countries.toml").write_text(text.replace("# in_test = true", "in_test = true"), "utf-8")
    lines = ncpeh("config", "diff").out.splitlines()
    assert any(line.startswith("country.NO.in_test: (not there) -> true") for line in lines)
    assert any(line.startswith('country.DK.code: "DK" -> (not there)') for line in lines)


def test_check_says_of_each_file_whose_it_is(overlay: Path):
    shutil.copy(CONFIG / "roles.csv", overlay)
    called = ncpeh("config", "check")
    assert called.status == 0
    assert f"ok  {overlay / 'roles.csv'}: own" in called.out.splitlines()
    assert f"ok  {CONFIG / 'node.toml'}: shipped" in called.out.splitlines()


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("node.toml", 'country = "NO" ', 'country = "Norge" ', "node.country: is not a country of two capital letters"),
        ("node.toml", "workers = 1", "worker = 1", "listen.worker: nobody knows this key"),
        ("policies.toml", "[validation]\n", "[validations]\n", "validation"),
        ("roles.csv", "221,Medical Doctors", "doctor,Medical Doctors", "isco"),
        ("fhir_systems.csv", ",written,", ",spoken,", "line 2"),
        ("exportability.toml", 'id = "group-a"', 'id = "group-q"', "reason.1.id"),
    ],
)
def test_check_names_file_and_key_of_what_cannot_be_used(overlay: Path, name: str, old: str, new: str, words: str):
    text = (CONFIG / name).read_text("utf-8")
    (overlay / name).write_text(text.replace(old, new, 1), "utf-8")
    called = ncpeh("config", "check")
    assert called.status == 1
    (line,) = called.out.splitlines()
    assert line.startswith("NO  ")
    assert name in line
    assert words in line
    shutil.copy(CONFIG / name, overlay)
    assert ncpeh("config", "check").status == 0


def test_check_asks_for_the_national_services_where_country_a_is_enabled(
    overlay: Path, monkeypatch: pytest.MonkeyPatch
):
    assert ncpeh("config", "check").status == 0
    monkeypatch.setenv("NCPEH_NODE__COUNTRY_A_ENABLED", "true")
    monkeypatch.setenv("NCPEH_NODE__ENVIRONMENT", "test")
    called = ncpeh("config", "check")
    assert (called.status, "national.helseid.client_id: is empty" in called.out) == (1, True)


@pytest.mark.parametrize("file", [*FILES, *NATIONAL])
def test_each_key_has_words_of_its_own_and_its_line_in_the_page(file: str):
    text = (CONFIG / f"{file}.toml").read_text("utf-8")
    rows = documented_keys({**FILES, **NATIONAL}[file], text)
    assert len(rows) > 8
    assert [row.key for row in rows if not row.words] == []
    page = (CONFIG / "README.md").read_text("utf-8")
    assert [row.key for row in rows if f"| `{row.key}` | " not in page] == []


def test_the_page_of_all_keys_is_what_the_command_prints():
    page = (CONFIG / "README.md").read_text("utf-8")
    assert page.endswith(keys_page()), "print it again: ncpeh config keys"
    assert ncpeh("config", "keys").out == keys_page()


@pytest.mark.parametrize("path", sorted(CONFIG.glob("*.toml")), ids=lambda path: path.stem)
def test_each_value_of_a_file_has_the_line_it_stands_on(path: Path):
    text = path.read_text("utf-8")
    lines, keys = text.splitlines(), {one.path: one.line for one in stated_keys(text)}
    for one in stated_values(tomllib.loads(text)):
        last = one.path.split(".")[-1]
        assert last in lines[keys[one.path] - 1] or f'"{last}"' in lines[keys[one.path] - 1]


def test_statements_over_several_lines_in_any_form_of_toml_have_their_first_line():
    text = """a.b = 1 # "x"

[t]
list = [
  1, # one
  2,
]
words = '''
[no]
c = 2'''
[[t.row]]
k = { m = "#" } # why
[[t.row]]
k = 3
"""
    assert {one.path: (one.line, one.words) for one in stated_keys(text)} == {
        "a": (1, '"x"'), "a.b": (1, '"x"'), "t": (3, ""), "t.list": (4, ""), "t.words": (8, ""), "t.row.0": (11, ""),
        "t.row.0.k": (12, "why"), "t.row.0.k.m": (12, "why"), "t.row.1": (13, ""), "t.row.1.k": (14, ""),
    }  # fmt: skip
