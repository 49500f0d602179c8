"""The subject of a commit says where and what: `area: what changes`, at most 72 characters."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.machine.require import absent

ROOT = Path(__file__).resolve().parents[2]
BEFORE = "68b0afe8a57170d35522423aeecc47f36f4dcd02"
"""The rule holds for what came after this commit."""
SUBJECT = re.compile(r"[a-z][a-z0-9_./ -]*: \S.*")


def wrong(subject: str) -> str | None:
    """What is wrong with a subject; None: nothing."""
    if len(subject) > 72:
        return f"{len(subject)} characters: {subject}"
    return None if SUBJECT.fullmatch(subject) else f"no area: {subject}"


def _git(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)


def test_subjects_name_their_area_and_fit_a_line():
    if _git("merge-base", "--is-ancestor", BEFORE, "HEAD").returncode != 0:
        absent("git history back to 68b0afe (this is a shallow clone or an archive)")
    subjects = _git("log", "--format=%s", f"{BEFORE}..HEAD").stdout.splitlines()
    assert [reason for subject in subjects if (reason := wrong(subject))] == []


@pytest.mark.parametrize(
    "subject", ["trust: a seal names its country", "tests/house: READMEs are read", "cda: " + "x" * 67]
)
def test_a_subject_with_an_area_is_right(subject: str):
    assert wrong(subject) is None


@pytest.mark.parametrize(
    "subject",
    ["The pictures of the page, taken again", "Merge branch 'w-speed'", "cda:", "cda:no blank", "cda: " + "x" * 68],
)
def test_a_subject_without_an_area_or_too_long_is_wrong(subject: str):
    assert wrong(subject) is not None
