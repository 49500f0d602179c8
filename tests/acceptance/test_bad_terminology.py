"""Bad input at the operator's command line: file and row are named, and what is in force stays in force, untouched."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import main
from tests.acceptance.test_terminology import release_of
from tests.support.machine.require import absent, require
from tests.support.nodes.node import Abroad
from tests.support.terminology.packages import code_system, concept_map, element, include, package, value_set

OTHER = "http://terminology.ehdsi.eu/ValueSet/eHDSIPackage"
Bad = Callable[[Path], list[object]]


def packed(*resources: dict[str, Any]) -> Bad:
    return lambda folder: [package(folder / "bad.tgz", *resources)]


def spoiled(change: Callable[[bytes], bytes]) -> Bad:
    def make(folder: Path) -> list[object]:
        path = package(folder / "bad.tgz", value_set())
        path.write_bytes(change(path.read_bytes()))
        return [path]

    return make


def as_json(content: bytes) -> Bad:
    def make(folder: Path) -> list[object]:
        (folder / "bad.json").write_bytes(content)
        return [folder / "bad.json"]

    return make


def disagreeing(folder: Path) -> list[object]:
    forms = (value_set(), concept_map(element("none-of-ours", "10219000")))
    other = (value_set(), concept_map(element("none-of-ours", "10502000")))
    return [package(folder / "one.tgz", *forms), package(folder / "two.tgz", *other)]


def tables(folder: Path) -> list[object]:
    """A folder of the operator's own tables, not in UTF-8."""
    own = folder / "own"
    (own / "maps").mkdir(parents=True)
    columns = b"value_set,system,system_name,version,code,display,source\n"
    (own / "concepts.csv").write_bytes(columns + "1.2,1.3,x,,1,Ørsted,y\n".encode("latin-1"))
    return [own]


TWICE = include(("1", "One"), ("2", "Two"), ("1", "One"))
CYCLE = value_set(compose={"include": [{"valueSet": [OTHER]}]})
BACK = value_set(3, "eHDSIPackage", compose={"include": [{"valueSet": [str(value_set()["url"])]}]})
CASES: dict[str, tuple[Bad, str]] = {
    "corrupt package": (spoiled(lambda b: b[:60] + b"\xff\xff" + b[62:]), "bad.tgz cannot be read: "),
    "truncated package": (spoiled(lambda b: b[:-20]), "bad.tgz cannot be read: "),
    "unknown system": (
        packed(value_set(compose={"include": [include(("1", "One"), system="http://example.org/no")]})),
        "1.json, row 1: the code system is unknown (http://example.org/no)",
    ),
    "duplicate rows": (packed(value_set(compose={"include": [TWICE]})), "1.json, row 3: the same is stated twice"),
    "cyclic value set": (packed(CYCLE, BACK), "1.json: a value set includes itself ("),
    "empty value set": (packed(value_set(compose={"include": []})), "1.json: a value set has no code"),
    "two maps that disagree": (
        disagreeing,
        "2.json, row 1: another source maps the code to another target (2.json, row 1)",
    ),
    "a row with two targets": (
        packed(value_set(), concept_map({"code": "x", "target": [{"code": c, "equivalence": "wider"} for c in "12"]})),
        "2.json, row 1: a field is empty",
    ),
    "wrong encoding, JSON": (
        as_json('{\n"name": "Sørbø"}'.encode("latin-1")),
        "bad.json, row 2 cannot be read: not UTF-8",
    ),
    "wrong encoding, table": (tables, "concepts.csv, row 2 is no table that can be read"),
}


class Node:
    """A node with an imported release in force, its command line in this process."""

    def __init__(self, abroad: Abroad, run: Callable[..., tuple[int, str, str]], sound: Path) -> None:
        self.abroad, self.run = abroad, run
        self.folder = abroad.world.settings("NO").state / "terminology"
        self.release = run("import", sound, "--by", "Kari Import", "--label", "sound")[1].partition(":")[0]
        run("approve", self.release, "--by", "Ola Fagansvarlig")
        assert run("activate", self.release, "--by", "Drift", "--override", "a small release for a test")[0] == 0

    def untouched(self) -> dict[str, Any]:
        """Files, known releases and activations."""
        files = {path.name: path.read_bytes() for path in sorted(self.folder.iterdir())}
        return {"files": files, "known": json.loads(self.run("list", "--json")[1])}


@pytest.fixture
def node(abroad: Abroad, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Iterator[Node]:
    for name, value in abroad.world.environment("NO").items():
        monkeypatch.setenv(name, value)

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ncpeh", "terminology", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main.run()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    yield Node(abroad, run, package(tmp_path / "sound.tgz", value_set(3, "eHDSIPackage")))
    assert run("rollback", "--by", "Drift")[0] == 0


def test_bad_input_names_file_and_row_and_changes_nothing(node: Node, tmp_path: Path):
    before = node.untouched()
    for case, (make, said) in CASES.items():
        folder = tmp_path / case
        folder.mkdir()
        status, out, err = node.run("import", *make(folder), "--by", "Kari Import")
        assert (status, out) == (2, ""), case
        assert said in err, case
        assert node.untouched() == before, case
    assert release_of(node.abroad) == node.release
    assert node.run("import", package(tmp_path / "well.tgz", value_set()), "--by", "Kari Import")[0] == 0


def test_a_map_to_a_retired_code_is_named_and_not_activated(node: Node, tmp_path: Path):
    retired = {"code": "10502000", "display": "Cream", "property": [{"code": "inactive", "valueBoolean": True}]}
    mapped = (value_set(), code_system(retired, content="fragment"), concept_map(element("none-of-ours", "10502000")))
    source = package(tmp_path / "retired.tgz", *mapped)
    release = node.run("import", source, "--by", "Kari Import", "--label", "retired")[1].partition(":")[0]
    assert "error map-target-retired 3.json:1: none-of-ours maps to 10502000" in node.run("check", release)[1]
    assert node.run("approve", release, "--by", "Ola Fagansvarlig")[0] == 0
    status, _, err = node.run("activate", release, "--by", "Drift")
    assert (status, "map-target-retired" in err) == (1, True)
    assert release_of(node.abroad) == node.release


def test_a_release_file_deleted_or_swapped_under_a_running_node_changes_no_answer(node: Node):
    path = node.folder / f"{node.release}.sqlite"
    whole = path.read_bytes()
    assert release_of(node.abroad) == node.release
    path.unlink()
    assert release_of(node.abroad) == node.release
    assert node.run("check", node.release)[2].startswith(f"ncpeh: {path.name}: the file is not there.")
    path.write_bytes(whole[:-1] + b"x")
    assert release_of(node.abroad) == node.release
    assert node.run("check", node.release)[2].startswith(f"ncpeh: {path.name} is not the file that was approved.")
    path.write_bytes(whole)
    assert "is not the file" not in node.run("check", node.release)[2]


FULL = """
mount -t tmpfs -o size=192k full "$1" || exit 99
"$2" terminology import "$3" --by "Kari Import" --label full
status=$?; ls -A "$1" >&2; exit $status
"""


def test_a_full_disk_during_import_keeps_no_half_file_and_no_release(node: Node, tmp_path: Path):
    """A file system of its own, of 192 KiB, lies over the folder of releases as the command sees it."""
    source = package(tmp_path / "full.tgz", value_set())
    before = node.untouched()
    command = Path(sys.executable).parent / "ncpeh"
    done = subprocess.run(
        [require("unshare"), "-Urm", "sh", "-c", FULL, "sh", node.folder, command, source],
        env=os.environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode in (1, 99) and "ncpeh" not in done.stderr:
        absent("a mount namespace of one's own (unshare -Urm)")
    assert done.returncode == 2
    assert done.stderr.startswith("ncpeh: full-")
    assert ".sqlite cannot be written (no space is left)" in done.stderr
    assert node.untouched() == before
    assert release_of(node.abroad) == node.release
