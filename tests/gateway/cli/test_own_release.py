"""A node starts only on the release that is in force: its file there, and the very one that was approved."""

from pathlib import Path

import pytest

from gateway.configuration.settings import load
from gateway.terminology.library import FOLDER
from tests.gateway.cli.test_own_credentials import starts
from tests.support.nodes.configured import Configured
from tests.support.terminology.office import act, approved, office_on
from transformers.model.finding import Report


@pytest.fixture
def file(own: Configured) -> Path:
    """The file of a release that is in force for every wave."""
    own.monkeypatch.setenv("NCPEH_NODE__TERMINOLOGY", "activated")
    with office_on(load()) as office:
        release = approved(office, "first")
        office.activate(release, act("Drift"), Report())
    return own.state / FOLDER / f"{release}.sqlite"


def refused(own: Configured, words: str) -> None:
    ended, told = own.start(), own.call("doctor")
    assert (ended.status, told.status) == (2, 1)
    assert [line.split(":")[1] for line in ended.err] == [" terminology of wave 8", " terminology of wave 9"]
    assert all(words in line for line in ended.err)


def test_a_release_in_force_whose_file_is_the_approved_one_starts(own: Configured, file: Path):
    assert file.is_file()
    starts(own)


def test_refuses_a_release_whose_file_is_not_there(own: Configured, file: Path):
    away = file.rename(file.with_suffix(".away"))
    refused(own, f"has a release in force whose file is not there: {file.name}")
    away.rename(file)
    starts(own)


def test_refuses_a_release_whose_file_was_changed(own: Configured, file: Path):
    file.chmod(0o600)
    file.write_bytes(file.read_bytes() + b"x")
    refused(own, f"has a release in force whose file was changed: {file.name}")


def test_refuses_to_start_where_none_was_activated_and_one_must_be(own: Configured):
    own.monkeypatch.setenv("NCPEH_NODE__TERMINOLOGY", "activated")
    refused(own, "has no release in force")
    own.monkeypatch.setenv("NCPEH_NODE__TERMINOLOGY", "starter")
    starts(own)
