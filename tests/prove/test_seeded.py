"""Mutants drawn by a seed: what is changed, that a draw is the same again, and that what may live is still there."""

import ast
import subprocess
import sys

import pytest

from tests.prove.equivalents import argued, key_of
from tests.prove.instead import ROOT
from tests.prove.mutants import deciding_changes, reading_changes, sites_of
from tests.prove.seeded import GROUPS, drawn, nearest_tests
from tests.support.machine.generated import SEED

_MOST_ARGUED = 5
SOURCE = """
def read(value):
    if value is None or value.code is not None and value.code < 1:
        raise ValueError
    return [one for one in value if one is not None] if value else other is None
"""


def test_a_readers_decisions_are_negated_dropped_and_taken_for_there():
    mutants = {site.what: site.mutant().source for site in sites_of("a.py", SOURCE, reading_changes)}
    raises = [what for what in mutants if what.startswith("raise")]
    assert raises == ["raise 0 dropped"]
    assert "pass" in mutants["raise 0 dropped"]
    assert "if not (value is None" in _of("condition negated")[0]
    assert "if not value else" in _of("condition negated")[1]
    assert "if False or (value.code is not None" in _of("absent values 0 unseen")[0]
    assert "value is None or (True and value.code < 1)" in _of("absent values 0 unseen")[1]
    assert "if True]" in mutants["absent ifs 0 unseen"]
    assert "else False" in mutants["absent orelse 0 unseen"]
    assert len(list(sites_of("a.py", SOURCE, reading_changes))) == 7


def _of(what: str) -> list[str]:
    return [site.mutant().source for site in sites_of("a.py", SOURCE, reading_changes) if site.what == what]


def test_each_change_has_the_line_where_it_is():
    lines = {(site.what, site.line) for site in sites_of("a.py", SOURCE, reading_changes)}
    assert ("raise 0 dropped", 3) in lines
    assert ("absent ifs 0 unseen", 5) in lines
    assert all(
        site.mutant().source != ast.unparse(ast.parse(SOURCE)) for site in sites_of("a.py", SOURCE, reading_changes)
    )


@pytest.mark.parametrize("rooms", GROUPS)
def test_a_seed_draws_the_same_again_and_another_draws_others(rooms: str):
    names = [(site.path, site.line, site.what) for site in drawn(rooms, 20261201, 100)]
    assert names == [(site.path, site.line, site.what) for site in drawn(rooms, 20261201, 100)]
    assert len(set(names)) > 95
    assert len({*names} & {(site.path, site.line, site.what) for site in drawn(rooms, 20261202, 100)}) < 20
    assert [(site.path, site.line, site.what) for site in drawn(rooms, 20261201, 40)] == names[:40]


@pytest.mark.parametrize("rooms", GROUPS)
def test_drawn_are_mutants_of_every_room_of_the_group(rooms: str):
    paths = {site.path for site in drawn(rooms, 20261201, 100)}
    asked = tuple(GROUPS[rooms].tests)
    assert all(path.startswith(asked) for path in paths)
    assert not any("/versions/" in path for path in paths)  # what alembic reads from its file is never a mutant
    assert {room for room in asked for path in paths if path.startswith(room)} == set(asked)


@pytest.mark.parametrize(
    ("path", "package", "last"),
    [
        ("transformers/cda/medicine/posology.py", "tests/transformers/cda/medicine", "tests/transformers/cda"),
        ("transformers/norway/read_person.py", "tests/transformers/norway", "tests/transformers/norway"),
        ("gateway/wire/soap.py", "tests/gateway/wire", "tests/acceptance/test_refusals.py"),
        ("gateway/peers/soap.py", "tests/gateway/exchange", "tests/strangers"),
    ],
)
def test_the_nearest_tests_run_first_and_those_of_a_node_last(path: str, package: str, last: str):
    steps = list(nearest_tests(path))
    assert all((ROOT / test).exists() for step in steps for test in step)
    assert [package] in steps
    assert steps[-1] == [last]


def test_every_group_names_tests_that_are_there():
    named = {test for group in GROUPS.values() for tests in group.tests.values() for test in tests}
    assert named
    assert all((ROOT / test).exists() for test in named)


def test_the_seed_of_the_day_leaves_the_tests_of_a_mutant_able_to_answer():
    asks = (
        "from tests.prove.forked import run_tests, seed_of_the_day; print(seed_of_the_day());"
        "print(run_tests(None, ['tests/trust/saml/test_permissions.py'], 100))"
    )
    run = subprocess.run([sys.executable, "-c", asks], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == [str(SEED), "0"]


def test_what_may_live_names_a_line_that_is_there_and_a_change_to_it():
    known = argued()
    assert len(known) <= _MOST_ARGUED
    for (path, line, what), reason in known.items():
        source = (ROOT / path).read_text("utf-8")
        assert line in {each.strip() for each in source.splitlines()}
        everywhere = [*sites_of(path, source, reading_changes), *sites_of(path, source, deciding_changes)]
        assert (path, line, what) in {key_of(one) for one in everywhere}
        assert reason
