"""`ncpeh terminology`, where no node is needed: import to a file, check, diff, look up; and how it says no."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cli import main
from tests.support.terminology.packages import EDQM, EDQM_URI, MVC, concept_map, element, package, value_set
from transformers.terminology.release import Release

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    monkeypatch.setenv("NCPEH_STATE", str(tmp_path / "state"))

    def called(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ncpeh", "terminology", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main.run()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return called


@pytest.fixture
def release(run: Run, tmp_path: Path) -> Path:
    """A release of one small package and our own tables."""
    path = tmp_path / "made.sqlite"
    source = package(tmp_path / "a.tgz", value_set(66, "eHDSILabStudyType"))
    assert run("import", source, "--output", path)[0] == 0
    return path


def test_import_writes_a_release_and_says_what_is_in_it(run: Run, tmp_path: Path):
    path = tmp_path / "made.sqlite"
    status, out, _ = run("import", package(tmp_path / "a.tgz", value_set()), "--output", path)
    assert status == 0
    assert out.startswith("example.terminology-1.0.0-")
    assert path.read_bytes().startswith(b"SQLite format 3")
    assert not (tmp_path / "state").exists()


def test_import_takes_in_words_with_their_licence(run: Run, tmp_path: Path):
    (tmp_path / "forms.csv").write_text("Kode,Tekst\n10219000,Tablett (nasjonal)\n99999999,Ukjent\n", "utf-8")
    row = {
        "kind": "table",
        "name": "EDQM",
        "version": "2",
        "licence": "Council of Europe",
        "language": "nb",
        "file": "forms.csv",
    }
    keys = {**row, "system": "0.4.0.127.0.16.1.1.2.1", "code": "Kode", "text": "Tekst"}
    table = tmp_path / "words.toml"
    table.write_text("[[words]]\n" + "".join(f'{key} = "{value}"\n' for key, value in keys.items()), "utf-8")
    source, path = package(tmp_path / "a.tgz", value_set()), tmp_path / "made.sqlite"
    status, _, err = run("import", source, "--words", table, "--output", path)
    assert (status, "words-unused" in err) == (0, True)
    release = Release.open(path)
    assert release.designation(EDQM, "10219000", "nb") == "Tablett (nasjonal)"
    assert "EDQM; licence: Council of Europe" in {one.name for one in release.sources()}
    table.write_text("[[words]]\nkind = 'excel'\n", "utf-8")
    status, _, err = run("import", source, "--words", table, "--output", tmp_path / "none.sqlite")
    assert (status, "words.toml" in err) == (2, True)


def test_importing_twice_writes_the_same_bytes(run: Run, release: Path, tmp_path: Path):
    again = tmp_path / "again.sqlite"
    assert run("import", tmp_path / "a.tgz", "--output", again)[0] == 0
    assert again.read_bytes() == release.read_bytes()


def test_a_release_is_read_from_its_file_whatever_the_file_is_called(run: Run, tmp_path: Path):
    path, same = tmp_path / "rel.json", tmp_path / "rel.sqlite"
    source = package(tmp_path / "a.tgz", value_set())
    for target in (path, same):
        assert run("import", source, "--output", target)[0] == 0
    read = [run("lookup", "10219000", "--system", EDQM, "--release", file, "--json")[:2] for file in (path, same)]
    assert read[0] == read[1]
    assert json.loads(read[0][1])["display"] == "Tablet"
    assert run("check", path)[0] == run("check", same)[0] == 1


def test_a_file_that_is_not_there_is_named_where_no_node_has_a_database(run: Run, tmp_path: Path):
    status, out, err = run("check", tmp_path / "none.json")
    assert (status, out) == (2, "")
    assert f"{tmp_path / 'none.json'} is no file here and no release that was imported" in err
    assert not (tmp_path / "state").exists()


def test_a_spoiled_source_exits_2_names_file_and_row_and_writes_nothing(run: Run, tmp_path: Path):
    twice = value_set()
    twice["compose"]["include"].append(twice["compose"]["include"][0])
    source, path = package(tmp_path / "a.tgz", twice), tmp_path / "made.sqlite"
    status, out, err = run("import", source, "--output", path)
    assert (status, out, err) == (2, "", "ncpeh: 1.json, row 3: the same is stated twice. Take one of the two out.\n")
    assert not path.exists()


def test_the_first_source_is_the_authority(run: Run, tmp_path: Path):
    other = value_set(compose={"include": [{"system": EDQM_URI, "concept": [{"code": "10219000", "display": "Pill"}]}]})
    json_file = tmp_path / "other.json"
    json_file.write_text(json.dumps(other))
    path = tmp_path / "made.sqlite"
    assert run("import", package(tmp_path / "a.tgz", value_set()), json_file, "--output", path)[0] == 0
    _, out, _ = run("lookup", "10219000", "--system", EDQM, "--release", path, "--json")
    assert json.loads(out)["display"] == "Tablet"


def test_check_exits_1_and_names_what_is_missing(run: Run, release: Path):
    status, out, _ = run("check", release)
    assert status == 1
    assert f"error value-set-missing {MVC}14" in out
    status, out, _ = run("check", release, "--json")
    assert json.loads(out)["failed"] == ["value-set-missing"]


def test_check_production_refuses_rows_that_nobody_approved(run: Run, release: Path):
    assert "map-proposed" not in json.loads(run("check", release, "--json")[1])["failed"]
    assert "map-proposed" in json.loads(run("check", release, "--json", "--production")[1])["failed"]


def test_diff_exits_0_for_the_same_and_1_for_a_difference(run: Run, release: Path):
    assert run("diff", release, release)[:2] == (0, "")
    status, out, _ = run("diff", "starter", release)
    assert status == 1
    assert f"{MVC}66 eHDSILabStudyType: +2 -0 ~0" in out
    changes = json.loads(run("diff", "starter", release, "--json")[1])["changes"]
    assert {c["where"] for c in changes} <= {MVC + "66"}
    assert run("diff", "starter", release, "--all")[1].count(" -> ") == len(changes)


def test_lookup_tells_display_value_sets_maps_and_words(run: Run):
    status, out, _ = run("lookup", "10219000", "--system", EDQM_URI, "--release", "starter", "--json")
    said = json.loads(out)
    assert (status, said["display"], said["designations"]["nb"]) == (0, "Tablet", "Tablett")
    assert MVC + "2" in [v["oid"] for v in said["value_sets"]]
    status, out, _ = run("lookup", "1", "--system", "2.16.578.1.12.4.1.1.7497", "--release", "starter")
    assert status == 0
    assert "equivalent to 39579001 Anaphylaxis" in out


def test_lookup_of_what_is_not_there_exits_1(run: Run):
    assert run("lookup", "nothing", "--system", EDQM, "--release", "starter")[0] == 1


def test_a_map_of_another_source_is_looked_up(run: Run, tmp_path: Path):
    mapped = concept_map(element("none-of-ours", "10219000"))
    path = tmp_path / "made.sqlite"
    assert run("import", package(tmp_path / "a.tgz", value_set(), mapped), "--output", path, "--label", "mine")[0] == 0
    _, out, _ = run("lookup", "none-of-ours", "--system", "2.16.578.1.12.4.1.1.7448", "--release", path)
    assert "equivalent to 10219000 Tablet" in out


def test_a_vocabulary_keeps_what_a_wave_does_not_know_for_later_waves(run: Run, tmp_path: Path):
    known, path = tmp_path / "eight", tmp_path / "made.sqlite"
    known.mkdir()
    (known / "voc-a.xml").write_text(
        f'<v><valueSet id="{MVC}2"><concept code="10219000" codeSystem="{EDQM}"/></valueSet></v>'
    )
    source = package(tmp_path / "a.tgz", value_set())
    assert run("import", source, "--vocabulary", f"8={known}", "--output", path)[0] == 0
    assert f"info member-of-later-wave {MVC}2: 1 codes" in run("check", path)[1]
    for wrong in ("8", "eight=x", f"8={tmp_path / 'nowhere'}"):
        assert run("import", source, "--vocabulary", wrong, "--output", tmp_path / "none.sqlite")[0] == 2
    assert not (tmp_path / "none.sqlite").exists()


@pytest.mark.parametrize("release", ["unknown-id", "active.sqlite"])
def test_a_release_that_is_not_there_exits_2_without_a_node(run: Run, release: str):
    assert run("check", release)[0] == 2


def test_a_central_server_needs_a_login(run: Run):
    status, _, err = run("import", "https://terminology.example.org", "--by", "Kari Import")
    assert (status, "--login" in err) == (2, True)


def test_a_login_or_an_argument_that_is_no_text_is_a_wrong_call(run: Run, tmp_path: Path):
    login = tmp_path / "login"
    login.write_bytes(b"\xff\xfe")
    status, _, err = run("import", "https://localhost:1", "--login", login, "--output", tmp_path / "o")
    assert (status, "--login" in err) == (2, True)
    for code, expected in (("\udcff", 2), ("nothing", 1)):
        assert run("lookup", code, "--system", "1.2.3", "--release", "starter")[0] == expected


def test_acts_need_a_node(run: Run, tmp_path: Path):
    for arguments in (
        ("approve", "x", "--by", "Ola"),
        ("activate", "x", "--by", "Ola"),
        ("rollback", "--by", "Ola"),
        ("list",),
    ):
        assert run(*arguments)[0] == 2
