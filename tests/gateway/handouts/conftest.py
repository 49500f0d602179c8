import sys
from collections.abc import Callable, Iterator

import pytest

from gateway.cli.edge import status_of
from gateway.cli.main import _called
from tests.gateway.handouts.counter import Abroad, abroad_in


@pytest.fixture(scope="package")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Abroad]:
    """One country abroad for the package."""
    with abroad_in(tmp_path_factory.mktemp("abroad")) as abroad:
        yield abroad


@pytest.fixture
def abroad(country: Abroad) -> Abroad:
    """The country as at first: nothing dispensed, no fault."""
    country.begin()
    return country


@pytest.fixture
def own_command(
    abroad: Abroad, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Calls `ncpeh` for the Norwegian node; what it said, on either stream."""

    def call(*arguments: str, status: int | None = None) -> str:
        for name, value in abroad.world.environment("NO").items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["ncpeh", *arguments])
        ended = status_of(_called)
        said = capfd.readouterr()
        assert status is None or ended == status
        return (said.out + said.err).strip()

    return call
