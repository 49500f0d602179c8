"""Mutants drawn by a seed: what is changed, that a draw is the same again, and that what may live is still there."""

import ast

import pytest

from tests.prove.equivalents import argued, key_of
from tests.prove.instead import ROOT
from tests.prove.mutants import deciding_changes, reading_changes, sites_of
from tests.prove.seeded import ROOMS, drawn, nearest_tests

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


def test_a_seed_draws_the_same_again_and_another_draws_others():
    names = [(site.path, site.line, site.what) for site in drawn(20261201, 100)]
    assert names == [(site.path, site.line, site.what) for site in drawn(20261201, 100)]
    assert len(set(names)) > 95
    assert len({*names} & {(site.path, site.line, site.what) for site in drawn(20261202, 100)}) < 20
    assert [(site.path, site.line, site.what) for site in drawn(20261201, 40)] == names[:40]


def test_drawn_are_the_readers_of_both_rooms():
    paths = {site.path for site in drawn(20261201, 100)}
    assert all(path.startswith(ROOMS) for path in paths)
    assert {room for room in ROOMS for path in paths if path.startswith(room)} == set(ROOMS)


@pytest.mark.parametrize("path", ["transformers/cda/medicine/posology.py", "transformers/norway/read_person.py"])
def test_the_nearest_tests_run_first_and_the_rooms_last(path: str):
    steps = list(nearest_tests(path))
    assert all((ROOT / test).exists() for step in steps for test in step)
    assert all(test.endswith(".py") for test in steps[0])
    assert steps[-1] == [f"tests/{next(room for room in ROOMS if path.startswith(room))}"]


def test_what_may_live_names_a_line_that_is_there_and_a_change_to_it():
    known = argued()
    assert len(known) <= _MOST_ARGUED
    for (path, line, what), reason in known.items():
        source = (ROOT / path).read_text("utf-8")
        assert line in {each.strip() for each in source.splitlines()}
        everywhere = [*sites_of(path, source, reading_changes), *sites_of(path, source, deciding_changes)]
        assert (path, line, what) in {key_of(one) for one in everywhere}
        assert reason
