import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import text

from gateway.store.engine import Store
from tests.support.machine.command import ncpeh
from tests.support.nodes.evidence import PATIENT, chain, event, fill, refused, seal
from tests.support.nodes.stores import KEYS, NOW, key_line


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """The options that say what is outside the database."""
    (tmp_path / "seal.pem").write_bytes(seal().certificate.public_bytes(Encoding.PEM))
    (tmp_path / "keys").write_text(key_line("k1", KEYS.keys["k1"]))
    outside, certificate, keys = tmp_path / "outside", tmp_path / "seal.pem", tmp_path / "keys"
    return ["--checkpoints", str(outside), "--certificate", str(certificate), "--keys", str(keys)]


def test_verify_of_an_intact_chain_is_0(store: Store, database: str, files: list[str]):
    fill(chain(store, Path(files[1])), 3)
    result = ncpeh("evidence", "verify", "--database", database, *files, "--json")
    said = json.loads(result.out)
    assert (result.status, said["intact"], said["rows"], said["covered_to"], said["faults"]) == (0, True, 3, 3, [])


def test_verify_of_a_changed_chain_is_1_and_names_the_row(store: Store, database: str, files: list[str]):
    fill(chain(store, Path(files[1])), 3)
    with store.unit_of_work() as unit:
        unit.connection.execute(text("UPDATE evidence SET event = replace(event, 'PT', 'SE') WHERE sequence = 2"))
    result = ncpeh("evidence", "verify", "--database", database, *files)
    assert result.status == 1
    assert "first bad row: 2" in result.out
    result = ncpeh("evidence", "verify", "--database", database, *files, "--json")
    assert json.loads(result.out)["faults"] == [{"kind": "row_changed", "row": 2, "file": None}]


def test_verify_says_where_time_runs_back(store: Store, database: str, files: list[str]):
    for number, hours in enumerate((5, 0), start=1):
        at = NOW + timedelta(hours=hours)
        chain(store, Path(files[1])).record(replace(event(number), start=at, end=at))
    result = ncpeh("evidence", "verify", "--database", database, *files)
    assert (result.status, "time runs back by 5:00:00 at row 2" in result.out) == (0, True)
    said = json.loads(ncpeh("evidence", "verify", "--database", database, *files, "--json").out)
    assert (said["times_back"], said["times_back_first"]) == (1, [{"row": 2, "seconds": 18000.0}])


def test_verify_says_which_rows_nothing_outside_confirms(store: Store, database: str, files: list[str]):
    fill(chain(store, Path(files[1]), head_file=None), 3)
    result = ncpeh("evidence", "verify", "--database", database, *files)
    assert result.status == 0
    assert "rows after 1 are confirmed by nothing outside the database" in result.out


@pytest.mark.parametrize("lost", [1, 3, 5])
def test_verify_without_a_file_it_was_told_of_is_2(store: Store, database: str, files: list[str], lost: int):
    fill(chain(store, Path(files[1])), 1)
    options = [*files[:lost], files[lost] + "-lost", *files[lost + 1 :]]
    result = ncpeh("evidence", "verify", "--database", database, *options)
    assert (result.status, result.out) == (2, "")


def test_verify_with_a_certificate_that_is_none_is_2(store: Store, database: str, files: list[str]):
    fill(chain(store, Path(files[1])), 1)
    Path(files[3]).write_text("no certificate")
    assert ncpeh("evidence", "verify", "--database", database, *files).status == 2


def test_verify_of_a_database_that_is_not_there_is_2(tmp_path: Path):
    assert ncpeh("evidence", "verify", "--database", f"sqlite:///{tmp_path}/absent.db").status == 2


def test_verify_of_a_database_that_is_not_at_head_is_2(empty_database: str, tmp_path: Path):
    (tmp_path / "node.db").touch()
    result = ncpeh("evidence", "verify", "--database", empty_database)
    assert result.status == 2
    assert "Run: ncpeh db migrate" in result.err


def test_show_names_no_person(store: Store, database: str):
    chain(store).record(event())
    for options in (["--json"], []):
        result = ncpeh("evidence", "show", "--database", database, *options)
        assert result.status == 0
        assert "ITI-39" in result.out
        for secret in ("PT-4711", "João", PATIENT.extension, event().patient.digest):
            assert secret not in result.out


def test_show_tells_the_newest_oldest_first(store: Store, database: str):
    fill(chain(store), 5, refused)
    result = ncpeh("evidence", "show", "--last", "2", "--database", database, "--json")
    said = json.loads(result.out)
    assert (said["version"], [shown["sequence"] for shown in said["events"]]) == (1, [4, 5])


def test_show_says_in_words_why_an_event_was_refused(store: Store, database: str):
    fill(chain(store), 1, refused)
    told = ncpeh("evidence", "show", "--database", database).out
    assert "refusal_class: its signature does not fit what was received" in told.splitlines()
    assert "SignatureInvalid" not in told
    assert '"refusal_class": "SignatureInvalid"' in ncpeh("evidence", "show", "--database", database, "--json").out


def test_show_finds_an_event_by_its_id(store: Store, database: str):
    fill(chain(store), 5)
    result = ncpeh("evidence", "show", "--id", str(UUID(int=3)), "--database", database, "--json")
    assert [shown["sequence"] for shown in json.loads(result.out)["events"]] == [3]


def test_show_of_an_unknown_event_is_1(store: Store, database: str):
    fill(chain(store), 2)
    assert ncpeh("evidence", "show", "--id", str(UUID(int=9)), "--database", database).status == 1


def test_show_of_no_event_at_all_is_1(database: str):
    assert ncpeh("evidence", "show", "--database", database).status == 1
