from pathlib import Path

import pytest

from tests.support.documents.transforming import run
from tests.support.nodes.configured import Configured, configured

__all__ = ["run"]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Configured:
    """A node of Norway, configured and not started."""
    return configured(tmp_path / "state", monkeypatch, capsys)
