"""The wheel carries what the checkout has, and what is imported is ours."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _tracked(folder: str) -> set[str]:
    skip = {"__pycache__"}
    return {
        str(path.relative_to(ROOT / folder))
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not skip & set(path.parts)
    }


def test_the_wheel_holds_every_file_of_packages_config_and_samples(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("ncpeh-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for package in ("gateway", "transformers", "trust"):
        assert {f"{package}/{name}" for name in _tracked(package)} <= names
    for data in ("config", "samples"):
        packed = {name.removeprefix(f"transformers/_shipped/{data}/") for name in names if f"_shipped/{data}/" in name}
        assert packed == _tracked(data)
    assert not {name for name in names if name.split("/")[0] in ("config", "samples", "tests")}


def test_the_imported_transformers_is_ours_seen_from_another_folder(tmp_path):
    tool = Path(sys.executable).parent / "ncpeh"
    done = subprocess.run(
        [tool, "doctor", "--installation", "--json"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["version"] == 1
    assert Path(told["facts"]["transformers"]) == ROOT / "transformers"


def test_doctor_says_no_when_another_transformers_shadows_ours(tmp_path):
    (tmp_path / "transformers").mkdir()
    (tmp_path / "transformers" / "__init__.py").write_text("")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); sys.argv = ['ncpeh', 'doctor', '--installation', '--json'];"
        "from gateway.cli.main import run; run()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_the_lock_names_no_host_and_hashes_everything(lock):
    lines = (ROOT / lock).read_text("utf-8").splitlines()
    assert not [line for line in lines if "://" in line]
    requirements = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert requirements
    assert all(line.endswith("\\") for line in requirements)
