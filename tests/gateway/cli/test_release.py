"""Which release a command works with: the one in force in the node's state, else the starter; it says which."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from gateway.cli import main
from gateway.configuration.settings import Settings, load
from gateway.store.engine import Store
from gateway.store.migrate import migrate
from gateway.terminology.acts import Act, Office
from gateway.terminology.chosen import release_chosen
from gateway.terminology.library import FOLDER, Library
from tests.support.documents.integrity import edited, put
from tests.support.nodes.evidence import chain
from tests.support.nodes.stores import NOW
from tests.support.persons import samples
from tests.support.terminology.office import release_content
from transformers.cda.documents.patient_summary import write_patient_summary
from transformers.model.finding import Report
from transformers.model.summary import NoInformation
from transformers.terminology.errors import ReleaseAbsent
from transformers.terminology.release import load_starter
from transformers.terminology.transcode import transcode_summary

Activate = Callable[..., str]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a state directory where no node has been."""
    monkeypatch.setenv("NCPEH_STATE", str(tmp_path / "state"))
    return load()


@pytest.fixture
def activate(settings: Settings) -> Iterator[Activate]:
    """Put releases in force in that state; the database is made first."""
    settings.state.mkdir()
    migrate(settings.store_url())
    with closing(Store.open(settings.store_url())) as store:
        office, minutes = Office(store, chain(store), Library(settings.state / FOLDER), "no-1"), iter(range(100))

        def make(name: str, wave: int = 0) -> str:
            def act(by: str) -> Act:
                return Act(by, NOW + timedelta(minutes=next(minutes)), uuid4)

            release = office.keep(release_content(name), act("Kari Import")).id
            office.approve(release, act("Ola Fagansvarlig"))
            office.activate(release, act("Drift"), Report(), wave=wave)
            return release

        yield make


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["ncpeh", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main.run()
    return int(ended.value.code or 0)


def starter(settings: Settings) -> str:
    return load_starter(settings.files["terminology"]).id


def test_where_no_node_has_been_it_is_the_starter_and_nothing_is_written(settings: Settings):
    assert release_chosen(settings, 8).id == starter(settings)
    assert not settings.state.exists()


@pytest.mark.usefixtures("activate")
def test_where_nothing_was_activated_it_is_the_starter(settings: Settings):
    assert Path(settings.store_url().removeprefix("sqlite:///")).exists()
    assert release_chosen(settings, 8).id == starter(settings)


def test_it_is_the_release_in_force_for_the_wave_with_its_members(settings: Settings, activate: Activate):
    every, nine = activate("every"), activate("nine", wave=9)
    chosen = {wave: release_chosen(settings, wave) for wave in (8, 9)}
    assert {wave: (release.id, release.wave) for wave, release in chosen.items()} == {8: (every, 8), 9: (nine, 9)}


def test_a_release_in_force_whose_file_is_gone_is_no_reason_to_take_the_starter(
    settings: Settings, activate: Activate, monkeypatch: pytest.MonkeyPatch
):
    Library(settings.state / FOLDER).path(activate("gone")).unlink()
    with pytest.raises(ReleaseAbsent):
        release_chosen(settings, 8)
    assert run(monkeypatch, "transform", "--person", "no-information", "--to", "cda-ps-l3") == 2


def test_transform_and_coverage_work_with_it_and_say_so(
    settings: Settings,
    activate: Activate,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    report = tmp_path / "report.json"

    def said() -> set[str]:
        assert run(monkeypatch, "transform", "--person", "rich", "--to", "cda-ps-l3", "--report", report) == 0
        capsys.readouterr()
        assert run(monkeypatch, "terminology", "coverage", "--person", "no-information", "--json") == 0
        return {json.loads(report.read_text("utf-8"))["release"], json.loads(capsys.readouterr().out)["release"]}

    assert said() == {starter(settings)}
    release = activate("mine")
    assert said() == {release}


@pytest.fixture
def summaries(tmp_path: Path) -> tuple[Path, Path]:
    """A sample person's summary, and the same with the words of another allergen at an allergen's code.

    Without medicines, whose containers the small releases of these tests do not have.
    """
    whole = samples.summary("rich")
    without = replace(whole, content=replace(whole.content, medications=NoInformation()))
    transcoded, _ = transcode_summary(without, samples.release(), frozenset())
    right, wrong = tmp_path / "right.xml", tmp_path / "wrong.xml"
    right.write_bytes(write_patient_summary(transcoded).content)
    wrong.write_bytes(edited(right.read_bytes(), "//h:playingEntity/h:code[@code]", put(displayName="Another")))
    return right, wrong


@pytest.mark.usefixtures("settings")
def test_validate_says_that_no_codes_were_compared_where_no_release_is_in_force(
    summaries: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert run(monkeypatch, "validate", "--layers", "own", *summaries) == 0
    assert "codes not compared (no release is in force" in capsys.readouterr().out
    assert run(monkeypatch, "validate", "--layers", "own", "--json", summaries[0]) == 0
    (file,) = json.loads(capsys.readouterr().out)["files"]
    assert file["codes"] == {"compared": False, "reason": "no release is in force"}


def test_validate_compares_codes_with_the_release_in_force_for_its_wave(
    activate: Activate,
    summaries: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    every, nine = activate("every"), activate("nine", wave=9)
    right, wrong = summaries
    for options, release in (([], every), (["--wave", "9"], nine), (["--release", every, "--wave", "9"], every)):
        assert run(monkeypatch, "validate", "--layers", "own", *options, right) == 0
        assert f"codes compared with {release}" in capsys.readouterr().out
        assert run(monkeypatch, "validate", "--layers", "own", "--json", *options, wrong) == 1
        (file,) = json.loads(capsys.readouterr().out)["files"]
        assert file["codes"] == {"compared": True, "release": release}
        assert [(f["rule"], f["severity"]) for f in file["findings"]] == [("own-release-1", "error")]


def test_validate_compares_with_another_release_when_it_is_named(
    settings: Settings, summaries: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    file = tmp_path / "release.sqlite"
    file.write_bytes(release_content("by-file"))
    for named in ("starter", str(file)):
        assert [run(monkeypatch, "validate", "--layers", "own", "--release", named, one) for one in summaries] == [0, 1]
    assert not settings.state.exists()


@pytest.mark.usefixtures("activate")
@pytest.mark.parametrize("wrong", [("--release", "nobody-knows-it"), ("--release", "starter", "--layers", "xsd")])
def test_validate_with_a_release_that_cannot_be_had_is_called_wrongly(
    summaries: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, wrong: tuple[str, ...]
):
    assert run(monkeypatch, "validate", *wrong, summaries[0]) == 2
