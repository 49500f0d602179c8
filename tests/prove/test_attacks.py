"""The checks that attacks name: each can be removed, a draw is the same again, and a few rows fail without theirs."""

import ast
import subprocess
import sys

import pytest

from tests.attack.table import expected
from tests.prove.attacks import drawn, function_of, without
from tests.prove.instead import ROOT
from tests.support.machine.generated import SEED

CHECKS = sorted({row.check for row in expected()})


def test_every_check_can_be_removed():
    for check in CHECKS:
        mutant = without(check)
        assert mutant.source != (ROOT / mutant.path).read_text("utf-8")
    assert len(CHECKS) > 60


@pytest.mark.prove
def test_every_check_stands_in_the_function_that_its_rows_name():
    gone = []
    for check in CHECKS:
        path, qualified, _ = check.split(":", 2)
        if function_of(ast.parse((ROOT / path).read_text("utf-8")), qualified) is None:
            gone.append(check)
    assert gone == [], "python -m tests.attack writes the table anew, to be read"


def test_of_a_function_that_was_split_the_check_is_removed_wherever_it_is_in_the_module():
    split, whole = (f"trust/saml/read.py:{name}:PatientIdentifierMalformed" for name in ("nobody", "read_trc"))
    assert without(split).source == without(whole).source


@pytest.mark.parametrize(
    "check",
    ["trust/xml.py:nobody:HcpMissing", "trust/xml.py:serialise:XmlTooLarge"],
    ids=["no such function", "nothing to remove there"],
)
def test_a_check_that_is_not_there_is_an_error(check: str):
    with pytest.raises(LookupError):
        without(check)


def test_a_draw_is_of_different_checks_the_same_again_and_another_of_others():
    rows = drawn(20261201, 30)
    assert rows == drawn(20261201, 30)
    assert len({row.check for row in rows}) == len(rows) == 30
    assert {row.id for row in rows} != {row.id for row in drawn(20261202, 30)}
    assert not any(row.waits for row in drawn(20261201, 1000, quick=True))


def test_without_its_check_an_attack_of_the_day_is_not_refused_so():
    run = subprocess.run(
        [sys.executable, "-m", "tests.prove.attacks", "--seed", str(SEED), "--count", "2", "--quick"],
        cwd=ROOT, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert "2 checks removed, 2 rows failed" in run.stdout
