"""Rows that would let a release say less or other than it seems to: each is named by file and row."""

import shutil
from pathlib import Path

import pytest

from gateway.configuration.shipped import shipped
from transformers.terminology.errors import ReleaseEmpty, RowMalformed, RowRepeated, TableUnreadable, ValueSetEmpty
from transformers.terminology.release import load_starter

ROW = (
    "2.16.578.1.12.4.1.1.7497,1,Anafylaktisk reaksjon,"
    "1.3.6.1.4.1.12559.11.10.1.3.1.42.11,2.16.840.1.113883.6.96,39579001"
)


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A copy of the shipped tables to spoil."""
    return Path(shutil.copytree(shipped("config") / "terminology", tmp_path / "terminology"))


def reactions(tables: Path) -> tuple[Path, str, int]:
    """The map of reactions, and the row of the first one."""
    path = tables / "maps" / "reactions.csv"
    text = path.read_text("utf-8")
    return path, text, text[: text.index(ROW)].count("\n") + 1


def test_the_tables_as_shipped_are_read(tables: Path):
    assert load_starter(tables).id.startswith("starter-")


def test_refuses_a_map_into_a_value_set_without_a_concept(tables: Path):
    path, text, row = reactions(tables)
    path.write_text(text.replace("42.11,2.16.840", "42.9999,2.16.840", 1), "utf-8")
    with pytest.raises(ValueSetEmpty) as reason:
        load_starter(tables)
    assert (reason.value.file, reason.value.row) == ("reactions.csv", row)


@pytest.mark.parametrize("spoiled", ["39579001 ", " 39579001", "39579001\u00a0"])
def test_refuses_blanks_around_a_code(tables: Path, spoiled: str):
    path, text, row = reactions(tables)
    path.write_text(text.replace("39579001", spoiled, 1), "utf-8")
    with pytest.raises(RowMalformed) as reason:
        load_starter(tables)
    assert (reason.value.file, reason.value.row) == ("reactions.csv", row)


@pytest.mark.parametrize(("approver", "date"), [("A. Invented", ""), ("", "2026-01-02")])
def test_refuses_an_approver_without_a_date_and_a_date_without_an_approver(tables: Path, approver: str, date: str):
    path, text, row = reactions(tables)
    lines = text.splitlines()
    lines[row - 1] = f"{lines[row - 1].removesuffix(',')[:-1]},{approver},{date}"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(RowMalformed) as reason:
        load_starter(tables)
    assert reason.value.row == row


def test_an_approved_row_is_read(tables: Path):
    path, text, row = reactions(tables)
    lines = text.splitlines()
    lines[row - 1] = f"{lines[row - 1].removesuffix(',')[:-1]},A. Invented,2026-01-02"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    load_starter(tables)


@pytest.mark.parametrize(
    ("old", "new"), [(",13191000,9,", ",13191000,nine,"), (",13191000,9,", ",13191000,0,"), (",13191000,", ",1,")]
)
def test_refuses_a_wave_that_is_no_number_or_of_a_code_that_is_no_member(tables: Path, old: str, new: str):
    path = tables / "waves.csv"
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(RowMalformed) as reason:
        load_starter(tables)
    assert (reason.value.file, reason.value.row) == ("waves.csv", 2)


def test_refuses_a_member_whose_wave_is_said_twice(tables: Path):
    path = tables / "waves.csv"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[1]]) + "\n", "utf-8")
    with pytest.raises(RowRepeated) as reason:
        load_starter(tables)
    assert (reason.value.file, reason.value.row) == ("waves.csv", len(lines) + 1)


def test_tables_of_an_operator_need_no_waves(tables: Path):
    (tables / "waves.csv").unlink()
    assert load_starter(tables).for_wave(8).id == load_starter(tables).id


def test_another_encoding_is_told_with_its_row(tables: Path):
    path, text, row = reactions(tables)
    lines = text.encode().splitlines()
    lines[row - 1] = lines[row - 1].replace(b"reaksjon", "reaksjøn".encode("latin-1"))
    path.write_bytes(b"\n".join(lines) + b"\n")
    with pytest.raises(TableUnreadable) as reason:
        load_starter(tables)
    assert (reason.value.file, reason.value.row) == ("reactions.csv", row)


def test_broken_quoting_is_told_with_its_row(tables: Path):
    path, text, row = reactions(tables)
    path.write_text(text.replace("Anafylaktisk reaksjon", '"Anafylaktisk" reaksjon', 1), "utf-8")
    with pytest.raises(TableUnreadable) as reason:
        load_starter(tables)
    assert (reason.value.file, reason.value.row) == ("reactions.csv", row)


def test_refuses_a_release_without_maps(tables: Path):
    shutil.rmtree(tables / "maps")
    with pytest.raises(ReleaseEmpty):
        load_starter(tables)
