"""The starter release: the same rows, the same id; a row that does not belong is named by file and row."""

import gc
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.configuration.shipped import shipped
from transformers.terminology.errors import (
    ReleaseEmpty,
    ReleaseInvalid,
    ReleaseUnreadable,
    RowMalformed,
    RowRepeated,
    TableUnreadable,
    TargetUnknown,
)
from transformers.terminology.release import Release, load_starter

MVC = "1.3.6.1.4.1.12559.11.10.1.3.1.42."
SCT, ATC = "2.16.840.1.113883.6.96", "2.16.840.1.113883.6.73"
REACTIONS, ATC_NO = "2.16.578.1.12.4.1.1.7497", "2.16.578.1.12.4.1.1.7180"


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A copy of the shipped tables to spoil."""
    return Path(shutil.copytree(shipped("config") / "terminology", tmp_path / "terminology"))


def starter() -> Release:
    return load_starter(shipped("config") / "terminology")


def _no_tables() -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE other (name TEXT)")
        return connection.serialize()


def test_a_code_becomes_its_european_code_with_the_english_display():
    entry = starter().map(REACTIONS, "1", MVC + "11")
    assert entry is not None
    assert entry.target is not None
    assert (entry.target.code, entry.target.system, entry.target.display) == ("39579001", SCT, "Anaphylaxis")
    assert (entry.relation, entry.id) == ("equivalent", "reactions:2")


def test_a_code_that_has_none_says_why():
    entry = starter().map(REACTIONS, "9", MVC + "11")
    assert entry is not None
    assert (entry.target, entry.relation) == (None, "none")
    assert "two codes" in entry.why


def test_a_code_nobody_spoke_of_has_no_map():
    assert starter().map(REACTIONS, "99", MVC + "11") is None
    assert starter().map(REACTIONS, "1", MVC + "99") is None


def test_a_member_of_a_value_set_is_known_and_another_code_is_not():
    release = starter()
    assert release.concept(MVC + "13", SCT, "24484000") is not None
    assert release.concept(MVC + "13", SCT, "39579001") is None


def test_designations_are_by_language():
    release = starter()
    assert release.designation("2.16.840.1.113883.4.642.4.130", "high", "nb") == "Høy risiko"
    assert release.designation("2.16.840.1.113883.4.642.4.130", "high", "nn") == "Høg risiko"
    assert release.designation("2.16.840.1.113883.4.642.4.130", "high", "pt") is None


def test_the_same_rows_have_the_same_id_and_other_rows_another(tables: Path):
    assert load_starter(tables).id == starter().id
    spoil(tables / "concepts.csv", "Anaphylaxis", "Anaphylaxis!")
    assert load_starter(tables).id != starter().id


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def refused(tables: Path, kind: type[ReleaseInvalid]) -> ReleaseInvalid:
    with pytest.raises(kind) as reason:
        load_starter(tables)
    assert type(reason.value) is kind
    return reason.value


def test_refuses_a_target_outside_its_value_set(tables: Path):
    spoil(tables / "maps" / "reactions.csv", "39579001", "39579002")
    reason = refused(tables, TargetUnknown)
    assert (reason.file, reason.row) == ("reactions.csv", 2)


def test_refuses_two_rows_for_one_code_in_one_value_set(tables: Path):
    path = tables / "maps" / "reactions.csv"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[1]]) + "\n", "utf-8")
    assert refused(tables, RowRepeated).row == len(lines) + 1


@pytest.mark.parametrize("table", ["concepts.csv", "designations.csv"])
def test_refuses_a_row_said_twice(tables: Path, table: str):
    path = tables / table
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[1]]) + "\n", "utf-8")
    assert refused(tables, RowRepeated).file == table


@pytest.mark.parametrize(
    ("old", "new"),
    [(",equivalent,", ",alike,"), (",equivalent,", ",none,"), (",anaphylactic reaction,", ",,"), ("39579001", "")],
)
def test_refuses_a_row_that_is_not_whole(tables: Path, old: str, new: str):
    spoil(tables / "maps" / "reactions.csv", old, new)
    assert refused(tables, RowMalformed).row == 2


def test_refuses_a_row_of_another_width(tables: Path):
    path = tables / "concepts.csv"
    path.write_text(path.read_text("utf-8") + "a,b\n", "utf-8")
    refused(tables, RowMalformed)


def test_refuses_other_columns(tables: Path):
    spoil(tables / "designations.csv", "language", "lang")
    refused(tables, TableUnreadable)


def test_refuses_another_encoding(tables: Path):
    (tables / "designations.csv").write_bytes("system,code,language,text,source\na,b,nb,ø,x\n".encode("latin-1"))
    refused(tables, TableUnreadable)


def test_refuses_a_missing_table(tables: Path):
    (tables / "concepts.csv").unlink()
    refused(tables, TableUnreadable)


def test_refuses_a_release_without_concepts(tables: Path):
    path = tables / "concepts.csv"
    path.write_text(path.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    refused(tables, ReleaseEmpty)


def _of_a_closed_database(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return True
    return False


def test_a_release_that_nobody_holds_any_more_has_closed_its_database():
    release = starter()
    connection, view = release._tables.connection, release.for_wave(8)
    del release
    gc.collect()
    assert not _of_a_closed_database(connection), "a view answers on when the release it was made of is replaced"
    assert view.concept(MVC + "13", SCT, "24484000") is not None
    del view
    gc.collect()
    assert _of_a_closed_database(connection)


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0 and no more", _no_tables()])
def test_a_file_that_is_no_release_leaves_no_database_open(content, monkeypatch):
    opened = []
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda *args, **options: opened.append(connect(*args, **options)) or opened[-1]
    )
    with pytest.raises(ReleaseUnreadable):
        Release(content)
    gc.collect()
    assert [connection for connection in opened if not _of_a_closed_database(connection)] == []
