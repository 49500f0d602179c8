"""Acts on releases: who may do what, what is refused, and that each leaves its row of evidence."""

import json
import resource
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from gateway.evidence.read import newest_events
from gateway.evidence.verify import verify
from gateway.store.engine import Store
from gateway.terminology.activations import history, in_force, known_releases
from gateway.terminology.acts import Act, Office
from gateway.terminology.errors import (
    AlreadyApproved,
    AlreadyInForce,
    ApproverIsImporter,
    ChecksFailed,
    NameMissing,
    NothingBefore,
    ReleaseNotApproved,
    ReleaseNotKnown,
)
from gateway.terminology.library import Library
from tests.support.nodes.evidence import chain
from tests.support.nodes.stores import NOW
from tests.support.terminology.packages import MVC, facts, files, include, value_set
from transformers.model.finding import Finding, Report, Severity
from transformers.terminology.compose import compose
from transformers.terminology.errors import ReleaseAbsent, ReleaseChanged, ReleaseUnreadable, ReleaseUnwritable
from transformers.terminology.importers_fhir import read_resources
from transformers.terminology.rows import Facts

GOOD = Report()
BAD = Report([Finding(Severity.ERROR, "rows-fell", MVC + "2", "fell")])
BOUND = Facts(facts().systems, facts().value_sets, {MVC + "2": ("ps",)}, facts().uris)


def content(name: str) -> bytes:
    """A release of three dose forms whose display is ``name``."""
    forms = include(*((str(n), f"{name} {n}") for n in range(3)), version="1")
    part = read_resources(files(value_set(compose={"include": [forms]})), BOUND)
    return compose([part], BOUND, name)


def act(by: str, minute: int = 0) -> Act:
    return Act(by, NOW + timedelta(minutes=minute), uuid4)


@pytest.fixture
def office(store: Store, tmp_path: Path) -> Office:
    return Office(store, chain(store), Library(tmp_path / "terminology"), "no-1")


def approved(office: Office, name: str, minute: int = 0) -> str:
    release = office.keep(content(name), act("Kari Import", minute)).id
    office.approve(release, act("Ola Fagansvarlig", minute))
    return release


def activated(office: Office, name: str, minute: int = 0, wave: int = 0) -> str:
    release = approved(office, name, minute)
    office.activate(release, act("Drift", minute), GOOD, wave=wave)
    return release


def now_in_force(store: Store, wave: int = 8) -> str | None:
    found = in_force(store, wave)
    return found.release if found else None


def test_the_way_of_a_release_into_force(office: Office, store: Store):
    release = office.keep(content("a"), act("Kari Import")).id
    office.approve(release, act("Ola Fagansvarlig"))
    assert now_in_force(store) is None
    office.activate(release, act("Drift"), GOOD)
    assert now_in_force(store) == release
    (known,) = known_releases(store)
    assert (known.imported_by, known.approved_by) == ("Kari Import", "Ola Fagansvarlig")


def test_each_act_is_in_the_chain_of_evidence(office: Office, store: Store):
    release = activated(office, "a")
    office.roll_back(act("Drift", 1))
    told = [(e["transaction"], e["terminology_release"], e["direction"]) for e in newest_events(store, 9)]
    names = ("IMPORT", "APPROVE", "ACTIVATE")
    assert told == [*((f"TERMINOLOGY-{n}", release, "internal") for n in names),
                    ("TERMINOLOGY-ROLLBACK", "starter", "internal")]  # fmt: skip
    assert verify(store, None, (), None).intact
    with store.reading() as connection:
        rows = connection.execute(text("SELECT event FROM evidence ORDER BY sequence")).scalars().all()
    actors = [json.loads(row)["actor"]["professional_name"] for row in rows]
    assert actors == ["Kari Import", "Ola Fagansvarlig", "Drift", "Drift"]


@pytest.mark.parametrize("name", ["Kari Import", "kari  IMPORT", " Kari Import "])
def test_who_imported_cannot_approve(office: Office, name: str):
    release = office.keep(content("a"), act("Kari Import")).id
    with pytest.raises(ApproverIsImporter):
        office.approve(release, act(name))


def test_importing_again_does_not_change_who_imported(office: Office, store: Store):
    release = office.keep(content("a"), act("Kari Import")).id
    assert office.keep(content("a"), act("Ola Fagansvarlig")).id == release
    assert [k.imported_by for k in known_releases(store)] == ["Kari Import"]
    with pytest.raises(ApproverIsImporter):
        office.approve(release, act("Kari Import"))


def test_an_approval_is_not_given_twice(office: Office):
    release = approved(office, "a")
    with pytest.raises(AlreadyApproved):
        office.approve(release, act("En Annen"))


@pytest.mark.parametrize("name", ["", "  ", "a\x00b"])
def test_an_act_needs_a_name(office: Office, name: str):
    with pytest.raises(NameMissing):
        office.keep(content("a"), act(name))


def test_an_unknown_release_is_neither_approved_nor_activated_nor_checked(office: Office):
    with pytest.raises(ReleaseNotKnown):
        office.approve("none", act("Ola"))
    with pytest.raises(ReleaseNotKnown):
        office.activate("none", act("Ola"), GOOD)
    with pytest.raises(ReleaseNotKnown):
        office.check("none", BOUND)


def test_what_nobody_approved_is_not_activated(office: Office, store: Store):
    release = office.keep(content("a"), act("Kari Import")).id
    with pytest.raises(ReleaseNotApproved):
        office.activate(release, act("Drift"), GOOD)
    assert now_in_force(store) is None


@pytest.mark.parametrize("override", [None, "", "  "])
def test_what_failed_its_checks_is_not_activated_without_a_reason(office: Office, store: Store, override: str | None):
    release = approved(office, "a")
    with pytest.raises(ChecksFailed) as refused:
        office.activate(release, act("Drift"), BAD, override=override)
    assert refused.value.rules == ("rows-fell",)
    assert now_in_force(store) is None
    assert len(newest_events(store, 9)) == 2


def test_an_override_is_recorded_with_its_reason_and_the_rules(office: Office, store: Store):
    release = approved(office, "a")
    done = office.activate(release, act("Drift"), BAD, override=" 42.19 shrank upstream ")
    assert done.override == "42.19 shrank upstream"
    (event,) = newest_events(store, 1)
    assert event["access"]["purpose"] == "42.19 shrank upstream"
    assert event["access"]["data_categories"] == ["rows-fell"]


def test_an_acts_row_says_who_did_what_on_which_release_and_names_no_person_and_no_peer(office: Office, store: Store):
    release = activated(office, "a", wave=8)
    (event,) = newest_events(store, 1)
    assert (event["transaction"], event["direction"], event["wave"]) == ("TERMINOLOGY-ACTIVATE", "internal", 8)
    assert event["terminology_release"] == release
    assert event["exchanged"]["request_sha256"] != "0" * 64
    for nothing in ("patient", "subject_country", "life_cycle", "refusal_class", "refusal_text", "refusal_field"):
        assert event[nothing] is None
    for part in (event["peer"], event["own"], {k: v for k, v in event["actor"].items() if k != "next_of_kin"}):
        assert set(part.values()) == {None}


def test_a_reason_without_failed_checks_overrides_nothing(office: Office):
    assert office.activate(approved(office, "a"), act("Drift"), GOOD, override="just in case").override is None


def test_what_is_in_force_is_not_activated_again(office: Office):
    release = activated(office, "a")
    with pytest.raises(AlreadyInForce):
        office.activate(release, act("Drift"), GOOD)


def test_checks_compare_with_what_is_in_force(office: Office):
    activated(office, "a")
    few = value_set(compose={"include": [include(("0", "b 0"), version="1")]})
    other = office.keep(compose([read_resources(files(few), BOUND)], BOUND, "b"), act("Kari Import")).id
    assert [f.code for f in office.check(other, BOUND).findings] == ["rows-fell"]


def test_rolling_back_goes_one_step_each_time_and_ends_at_the_starter(office: Office, store: Store):
    a, b, c = (activated(office, name, n) for n, name in enumerate("abc"))
    assert now_in_force(store) == c
    seen = []
    for minute in range(3):
        office.roll_back(act("Drift", 10 + minute))
        seen.append(now_in_force(store))
    assert seen == [b, a, None]
    with pytest.raises(NothingBefore):
        office.roll_back(act("Drift", 20))


def test_rolling_back_goes_to_what_was_in_force_not_to_what_was_activated(office: Office, store: Store):
    a, _ = activated(office, "a"), activated(office, "b", 1)
    office.roll_back(act("Drift", 2))
    activated(office, "c", 3)
    office.roll_back(act("Drift", 4))
    assert now_in_force(store) == a
    assert [h.generation for h in history(store)] == [1, 2, 3, 4, 5]


def test_there_is_nothing_to_roll_back_to_before_an_activation(office: Office):
    with pytest.raises(NothingBefore):
        office.roll_back(act("Drift"))


def test_two_waves_have_their_own_release(office: Office, store: Store):
    every, nine = activated(office, "a"), activated(office, "b", 1, wave=9)
    assert (now_in_force(store, 8), now_in_force(store, 9)) == (every, nine)
    office.roll_back(act("Drift", 2), wave=9)
    assert (now_in_force(store, 8), now_in_force(store, 9)) == (every, every)


def test_a_file_that_is_gone_swapped_or_damaged_is_not_activated(office: Office, store: Store, tmp_path: Path):
    release = approved(office, "a")
    path = tmp_path / "terminology" / f"{release}.sqlite"
    whole = path.read_bytes()
    path.chmod(0o644)
    for spoiled, kind in ((None, ReleaseAbsent), (content("b"), ReleaseChanged), (whole[:5000], ReleaseChanged)):
        path.unlink(missing_ok=True)
        if spoiled is not None:
            path.write_bytes(spoiled)
        with pytest.raises(kind):
            office.activate(release, act("Drift"), GOOD)
        assert now_in_force(store) is None
    path.write_bytes(whole)
    office.activate(release, act("Drift"), GOOD)


@pytest.mark.parametrize("data", [b"", b"SQLite format 3\x00" + bytes(84), b"no database at all" * 50])
def test_what_is_no_release_is_not_kept(office: Office, store: Store, data: bytes, tmp_path: Path):
    with pytest.raises(ReleaseUnreadable):
        office.keep(data, act("Kari Import"))
    assert known_releases(store) == []
    assert not (tmp_path / "terminology").exists()


def test_a_disk_that_takes_no_more_leaves_no_file_and_no_release(office: Office, store: Store, tmp_path: Path):
    activated(office, "a")
    folder = tmp_path / "terminology"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(ReleaseUnwritable) as refused:
            office.keep(content("b"), act("Kari Import"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert refused.value.what == "EFBIG"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert len(known_releases(store)) == 1
