"""What is made of files: the newest good one, and what is wrong with the rest."""

import os
from pathlib import Path

import pytest

from gateway.last_good import LastGood, Reloads


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "number"
    path.write_text("1")
    return path


def number(path: Path) -> LastGood[int]:
    return LastGood("number", lambda: (path,), lambda: int(path.read_text()), (ValueError, OSError))


def test_a_file_that_changes_is_read_at_the_next_use(file: Path):
    value = number(file)
    assert value() == 1
    file.write_text("22")
    assert (value(), value.held, value.fault) == (22, 22, None)


def test_a_file_that_did_not_change_is_not_read_again(file: Path):
    made: list[int] = []
    value = LastGood("number", lambda: (file,), lambda: made.append(1), (ValueError,))
    assert [value(), value()] == [None, None]
    assert made == [1]
    value.renew()
    assert made == [1, 1]


def test_a_file_of_the_same_size_and_time_in_its_place_is_another(file: Path):
    value, state = number(file), file.stat()
    beside = file.with_name("beside")
    beside.write_text("2")
    os.utime(beside, ns=(state.st_atime_ns, state.st_mtime_ns))
    beside.replace(file)
    assert value() == 2


@pytest.mark.parametrize("broken", ["no number", None])
def test_what_cannot_be_used_leaves_the_last_good_one_and_is_said(file: Path, broken: str | None):
    value = number(file)
    if broken is None:
        file.unlink()
    else:
        file.write_text(broken)
    assert value() == 1
    assert value.fault is not None
    file.write_text("333")
    assert (value(), value.fault) == (333, None)


def test_without_a_first_good_value_there_is_none(tmp_path: Path):
    with pytest.raises(OSError, match="number"):
        number(tmp_path / "number")


def test_each_value_fails_for_itself(tmp_path: Path, file: Path):
    other = tmp_path / "other"
    other.write_text("2")
    reloads = Reloads()
    first, second = reloads.keep(number(file)), reloads.keep(number(other))
    file.write_text("none")
    other.write_text("44")
    reloads.look()
    assert (first.held, second.held) == (1, 44)
    assert [name for name, _ in reloads.faults()] == ["number"]


def test_what_could_not_be_used_is_tried_again_though_no_file_changed(file: Path):
    broken = [True]

    def make() -> int:
        if broken and file.read_text() != "1":
            raise OSError("too many open files")
        return int(file.read_text())

    reloads = Reloads()
    value = reloads.keep(LastGood("number", lambda: (file,), make, (OSError,)))
    file.write_text("5")
    assert value() == 1
    broken.clear()
    assert value() == 1
    reloads.look_at_faults()
    assert (value.held, list(reloads.faults())) == (5, [])
