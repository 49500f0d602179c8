"""The list of sixty mutants cannot rot: each has its line, changes its module, and names a test that is there."""

import ast
from pathlib import PurePosixPath

import pytest

from tests.prove.instead import ROOT
from tests.prove.sixty import Answer, Row, rows

ROWS = rows()


@pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])
def test_a_row_changes_its_line_and_names_a_test_or_why_it_may_live(row: Row):
    mutated = ast.parse(row.mutant().source)
    assert ast.dump(mutated) != ast.dump(ast.parse((ROOT / row.path).read_text("utf-8")))
    assert row.effect
    assert row.before in ("killed", "survived")
    assert not (row.survives and row.before == "killed")
    assert bool(row.test) != bool(row.survives)
    if row.test:
        path, name = row.test.split("::")
        module = ast.parse((ROOT / path).read_text("utf-8"))
        (test,) = [node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == name]
        said = "".join(map(ast.unparse, test.decorator_list))
        assert "mark.prove" not in said, "`make test` runs it whole, every day"
        assert "of_the_day" not in said


def test_there_are_sixty_over_all_three_packages():
    assert len({row.id for row in ROWS}) == len(ROWS) == 60
    assert {PurePosixPath(row.path).parts[0] for row in ROWS} == {"gateway", "transformers", "trust"}


def test_a_line_that_is_gone_or_there_more_often_is_refused():
    row = ROWS[0]
    changes = {"line": "no such line"}, {"place": "1/2"}, {"old": "no such text"}
    assert row.mutant()
    for change in changes:
        with pytest.raises(ValueError, match=row.id):
            Row(**{**vars(row), **change}).mutant()


@pytest.mark.parametrize(
    ("answer", "before", "survives", "fails"),
    [
        (Answer.KILLED, "killed", "", False),
        (Answer.KILLED, "survived", "", False),
        (Answer.SURVIVED, "killed", "", True),
        (Answer.SURVIVED, "killed", "a reason", True),
        (Answer.SURVIVED, "survived", "", True),
        (Answer.SURVIVED, "survived", "a reason", False),
        (Answer.NONE, "survived", "a reason", True),
    ],
)
def test_a_run_fails_for_what_lives_without_a_reason_or_was_killed_before(answer, before, survives, fails):
    assert Row(**{**vars(ROWS[0]), "before": before, "survives": survives}).fails(answer) is fails
