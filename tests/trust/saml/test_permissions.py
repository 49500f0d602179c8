"""The permission matrix of config/, row by row as the profile has it."""

import pytest

from tests.support.callers.assertions import PERMISSION, call, envelope, hcp, matrix, tables
from trust.saml.tables import permission_missing

PS = {"PRD-003", "PRD-005", "PRD-010", "PRD-016"}
EXPECTED = {
    ("ITI-55", ""): {"PRD-006"},
    **{
        (step, code): PS
        for step in ("ITI-38", "ITI-39")
        for code in ("60591-5", "34105-7", "11502-2", "18748-4", "x-clinical-image")
    },
    **{(step, "57833-6"): {"PRD-004", "PRD-010"} for step in ("ITI-38", "ITI-39")},
    **{("ITI-41", code): {"PPD-046"} for code in ("60593-1", "DISCARD-60593-1")},
}


def test_the_matrix_is_the_profiles():
    assert matrix() == EXPECTED


def _missing(step: tuple[str, str], *held: str) -> frozenset[str]:
    granted = tuple(f"{PERMISSION}:{code}" for code in held)
    return permission_missing(matrix(), *step, call(envelope(hcp(attributes={PERMISSION: granted}))))


@pytest.mark.parametrize("step", EXPECTED)
def test_a_step_needs_every_permission_of_its_row_and_no_other(step: tuple[str, str]):
    needed = EXPECTED[step]
    assert _missing(step, *needed) == frozenset()
    assert _missing(step) == needed
    for one in needed:
        assert _missing(step, *(needed - {one})) == {one}


@pytest.mark.parametrize("step", [("ITI-38", "1"), ("ITI-55", "60591-5"), ("ITI-43", "")])
def test_a_step_without_a_row_is_refused(step: tuple[str, str]):
    with pytest.raises(KeyError):
        _missing(step, "PRD-003", "PRD-006")


def test_the_roles_are_the_profiles():
    assert tables().roles["221"] == "Medical Doctors"
    assert len(tables().roles) == 13
    assert tables().roles_on_behalf == {"44"}
