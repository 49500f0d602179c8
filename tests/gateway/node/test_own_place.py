"""What is said of the database, the clock and the release, for each way in which they can fail a node."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.conditions import Occasion, unmet
from gateway.configuration.settings import load
from gateway.errors import StoreUnavailable
from gateway.evidence.missing import MissingRows
from gateway.node.own.conditions import OWN_CONDITIONS
from gateway.node.own.read import read_own_state
from gateway.node.own.read_place import file_system_of
from gateway.node.own.state import OwnDatabase, OwnState
from gateway.store.errors import DatabaseNotCurrent, DatabaseNotDurable, DatabaseUrlUnsupported, StoreKeysDiffer
from gateway.store.node_lock import NodeLockStanding
from gateway.store.timekeeping import ClockOnRecord
from tests.support.nodes.configured import Configured
from transformers.terminology.errors import ReleaseAbsent, ReleaseChanged, ReleaseNotActivated, ReleaseUnreadable

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture
def state(own: Configured) -> OwnState:
    return read_own_state(load())


def said(state: OwnState, occasion: Occasion, **database: object) -> list[tuple[str, bool, str]]:
    """What is found with a database that is otherwise good."""
    changed = replace(state, database=replace(OwnDatabase("the database", None), **database))
    found = unmet(OWN_CONDITIONS, changed, occasion, NOW)
    about = {
        "database-usable",
        "node-once",
        "clock-agrees",
        "rows-not-ahead",
        "mail-claimed",
        "release-answers",
        "dispensations-decided",
    }
    return [(one.condition, one.refuses, one.sentence()) for one in found if one.condition in about]


@pytest.mark.parametrize(("fault", "words"), [
    (DatabaseUrlUnsupported(), "is of a kind that is not supported"),
    (DatabaseNotCurrent(None, "m0010"), "is empty: it was never migrated. Next: ncpeh db migrate."),
    (DatabaseNotCurrent("m0006", "m0010"), "is at revision m0006, and this program needs m0010"),
    (DatabaseNotCurrent("m0011", "m0010"), "Next: start the newer program that migrated it."),
    (DatabaseNotDurable("fsync", "off"), "runs with fsync = off, so that rows may be lost"),
    (StoreKeysDiffer("no-1", absent=False), "has another one of that id"),
    (StoreKeysDiffer("no-1", absent=True), "has no key that it was written with"),
    (StoreUnavailable("OperationalError/SQLITE_READONLY"), "cannot be used: the file may not be written"),
    (StoreUnavailable("OperationalError/SQLITE_BUSY"), "another process holds it"),
    (StoreUnavailable("OperationalError/SQLITE_FULL"), "the disk is full"),
    (StoreUnavailable("DatabaseError/SQLITE_CORRUPT"), "the file is damaged"),
    (StoreUnavailable("OperationalError"), "the server cannot be reached"),
    (StoreUnavailable("ReadOnlySqlTransaction/25006"), "the server takes no writes"),
    (StoreUnavailable("InsufficientPrivilege/42501"), "the role may not do this"),
    (StoreUnavailable("Something/99999"), "it refused a statement (99999)"),
])  # fmt: skip
def test_a_database_that_cannot_be_used_is_told_by_its_reason(state: OwnState, fault: Exception, words: str):
    for occasion in Occasion:
        ((condition, refuses, sentence),) = said(state, occasion, fault=fault)
        assert (condition, refuses, words in sentence) == ("database-usable", True, True), sentence
        assert sentence.startswith("the database: ")


def test_a_good_database_is_not_told(state: OwnState):
    good = {"lock": NodeLockStanding.OURS, "clock": ClockOnRecord(alone=False, newest=NOW)}
    assert [said(state, occasion, **good) for occasion in Occasion] == [[], [], []]


def test_a_node_of_the_id_that_runs_is_a_fault_but_for_doctor(state: OwnState):
    told = {occasion: said(state, occasion, lock=NodeLockStanding.ELSEWHERE)[0][1] for occasion in Occasion}
    assert told == {Occasion.START: True, Occasion.DOCTOR: False, Occasion.SERVING: True}


def test_a_lock_that_cannot_be_asked_for_is_not_taken_as_free(state: OwnState):
    ((condition, refuses, sentence),) = said(state, Occasion.START, lock=NodeLockStanding.UNKNOWN)
    assert (condition, refuses, "cannot be told" in sentence) == ("node-once", True, True)


def test_a_clock_that_stands_alone_starts_and_is_not_ready(state: OwnState):
    told = {
        occasion: said(state, occasion, clock=ClockOnRecord(alone=True, newest=None))[0][1] for occasion in Occasion
    }
    assert told == {Occasion.START: False, Occasion.DOCTOR: False, Occasion.SERVING: True}


@pytest.mark.parametrize(("minutes", "told"), [(10, 0), (11, 1)])
def test_a_row_from_the_future_is_told_beyond_the_margin_of_two_clocks(state: OwnState, minutes: int, told: int):
    ahead = ClockOnRecord(alone=False, newest=NOW + timedelta(minutes=minutes))
    assert len(said(state, Occasion.SERVING, clock=ahead)) == told


@pytest.mark.parametrize("count", [0, 1, 12])
def test_mail_that_answers_nobody_is_counted_and_warned_of(state: OwnState, count: int):
    told = said(state, Occasion.DOCTOR, unclaimed_mail=count)
    assert [(condition, refuses) for condition, refuses, _ in told] == [("mail-claimed", False)] * bool(count)
    assert all(f"holds {count} message" in sentence for _, _, sentence in told)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_dispensations_that_wait_for_a_person_are_counted_and_warned_of(state: OwnState, count: int):
    told = said(state, Occasion.DOCTOR, undecided=count)
    assert [(condition, refuses) for condition, refuses, _ in told] == [("dispensations-decided", False)] * bool(count)
    assert all(f"holds {count} dispensing" in sentence for _, _, sentence in told)


@pytest.mark.parametrize(("fault", "words"), [
    (ReleaseNotActivated("node.toml", 0), "has no release in force"),
    (ReleaseAbsent("r1.sqlite", 0), "file is not there: r1.sqlite"),
    (ReleaseChanged("r1.sqlite", 0), "file was changed: r1.sqlite"),
    (ReleaseUnreadable("r1.sqlite", 0), "file cannot be read: r1.sqlite"),
])  # fmt: skip
def test_a_release_that_does_not_answer_is_told_by_its_reason(state: OwnState, fault: Exception, words: str):
    ((_, starts, sentence),) = said(state, Occasion.START, releases={9: fault})
    ((_, serves, _),) = said(state, Occasion.SERVING, releases={9: fault})
    assert (starts, serves) == (True, False), "a node that serves goes on with the release it has"
    assert sentence.startswith("terminology of wave 9: has")
    assert words in sentence


MOUNTS = r"""
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
31 22 0:40 / /srv rw,relatime shared:5 - nfs4 files:/srv rw
32 31 8:2 / /srv/own\040disk rw,relatime - xfs /dev/sdb1 rw
33 22 0:41 / /home rw - autofs systemd-1 rw
34 22 0:42 / /home rw - cifs //files/home rw
a line that is none
"""


@pytest.mark.parametrize(("path", "kind"), [
    ("/var/lib/ncpeh", "ext4"),
    ("/srv/ncpeh", "nfs4"),
    ("/srv", "nfs4"),
    ("/srvx", "ext4"),
    ("/srv/own disk/ncpeh", "xfs"),
    ("/home/ncpeh", "cifs"),
])  # fmt: skip
def test_a_path_lies_on_what_is_mounted_deepest_and_last(path: str, kind: str):
    assert file_system_of(Path(path), MOUNTS) == kind


def test_what_is_mounted_cannot_be_told_without_the_systems_word():
    assert file_system_of(Path("/srv"), "") == ""


@pytest.mark.parametrize(("kind", "refuses"), [("nfs4", True), ("cifs", True), ("ext4", False), ("", False)])
def test_a_sqlite_file_on_a_network_file_system_is_refused(state: OwnState, kind: str, refuses: bool):
    folders = [replace(folder, file_system=kind) for folder in state.folders]
    found = unmet(OWN_CONDITIONS, replace(state, folders=folders), Occasion.START, NOW)
    assert [one.refuses for one in found if one.condition == "database-local"] == [True] * refuses


def test_postgresql_may_have_its_checkpoints_on_one(state: OwnState):
    folders = [replace(folder, file_system="nfs4") for folder in state.folders if folder.key != "store.url"]
    found = unmet(OWN_CONDITIONS, replace(state, folders=folders), Occasion.START, NOW)
    assert "database-local" not in {one.condition for one in found}


@pytest.mark.parametrize(
    ("enabled", "host", "told"),
    [(True, "127.0.0.1", 0), (True, "::1", 0), (True, "localhost", 0), (True, "0.0.0.0", 1), (False, "0.0.0.0", 0)],
)
def test_a_management_listener_that_others_reach_is_a_warning(state: OwnState, enabled: bool, host: str, told: int):
    table = state.settings.management.model_copy(update={"enabled": enabled, "host": host})
    changed = replace(state, settings=replace(state.settings, management=table))
    found = [
        one for one in unmet(OWN_CONDITIONS, changed, Occasion.START, NOW) if one.condition == "management-private"
    ]
    assert [one.refuses for one in found] == [False] * told


def missing(state: OwnState, occasion: Occasion, **database: object) -> list[tuple[bool, str]]:
    changed = replace(state, database=replace(OwnDatabase("the database", None), **database))
    found = unmet(OWN_CONDITIONS, changed, occasion, NOW)
    return [(one.refuses, one.sentence()) for one in found if one.condition == "evidence-whole"]


@pytest.mark.parametrize(("since", "after"), [(NOW, "after 2026-11-30 12:00 UTC"), (None, "after the beginning")])
def test_rows_that_are_missing_are_told_with_their_numbers(state: OwnState, since: datetime | None, after: str):
    for occasion in Occasion:
        ((refuses, sentence),) = missing(state, occasion, missing=MissingRows(4, 8, since, ()))
        assert refuses
        assert sentence.startswith("the database: lacks rows 4 to 8 of the evidence, which were recorded " + after)
        assert "ncpeh evidence resume" in sentence
        assert missing(state, occasion) == []


def test_what_cannot_be_read_outside_is_no_pass(state: OwnState):
    ((refuses, sentence),) = missing(state, Occasion.START, unremembered="has a file that cannot be read (no)")
    assert (refuses, "evidence.checkpoint_directory" in sentence) == (True, True)
