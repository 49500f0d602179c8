"""A tolerance counts on its days, of its country, and in production with a second person's approval alone (R7)."""

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from gateway.configuration.settings import ToleranceRow
from gateway.evidence.approve_tolerance import (
    ApproverAskedForIt,
    ToleranceApproval,
    approve_tolerance,
    approved_tolerances,
)
from gateway.evidence.chain import Chain
from gateway.evidence.event import DocumentReference
from gateway.evidence.named import AcceptanceIncomplete
from gateway.evidence.read import newest_events
from gateway.evidence.tally import CountryTally, tally_by_country
from gateway.evidence.verify import verify
from gateway.node.tolerated import approved_here, tolerated_deviations
from gateway.pipeline.verifiers import SamlVerifier, Trusted
from gateway.store.engine import Store
from tests.support.callers.assertions import HOME_COMMUNITIES, HOME_COMMUNITY
from tests.support.callers.verified import country
from tests.support.nodes.evidence import chain, event
from tests.support.nodes.in_process import DIRECTORY, Ids, SeenInMemory, Trusting, discover, hcp, in_process, tables
from tests.support.nodes.stores import NOW, migrated_file

FIRST, LAST = date(2026, 3, 2), date(2026, 5, 31)
ROW = ToleranceRow(deviation="no-audience", begins=FIRST, ends=LAST, by="Kari Drift", reason="their portal")


def settings(environment: str = "test", *rows: ToleranceRow) -> Any:
    """Of a node that tolerates these of Portugal; by itself ROW."""
    portugal = country(tolerances=[row.model_dump() for row in rows or (ROW,)])
    denmark = country(code="DK", home_communities=("1.2.208",))
    return SimpleNamespace(node=SimpleNamespace(environment=environment), countries={"PT": portugal, "DK": denmark})


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def approve(to: Chain, row: ToleranceRow = ROW, by: str = "Ola Sikkerhet", reason: str = "until their next release"):
    approve_tolerance(ToleranceApproval(by, reason), ("PT", row), to, "no-1", now=NOW, new_id=uuid4)


def approved(store: Store, by: Chain, *rows: tuple[str, ToleranceRow]) -> frozenset[tuple[str, ToleranceRow]]:
    """What counts of these, or of ROW in Portugal, at the node whose chain it is."""
    return approved_tolerances(store, rows or [("PT", ROW)], by.told())


def test_a_tolerance_counts_on_its_days_and_of_its_country(store: Store):
    tolerated, day = tolerated_deviations(approved_here(settings(), store, None)), timedelta(days=1)
    days = (FIRST - day, FIRST, LAST, LAST + day)
    assert [tolerated("PT", at(one)) for one in days] == [set(), {"no-audience"}, {"no-audience"}, set()]
    assert tolerated("PT", at(LAST, 23)) == {"no-audience"}
    assert tolerated("DK", at(FIRST)) == set()
    assert tolerated("XX", at(FIRST)) == set()


def test_a_production_node_tolerates_what_a_second_person_approved_and_nothing_else(store: Store, tmp_path: Path):
    kept = chain(store, tmp_path)

    def now() -> set[str]:
        return set(tolerated_deviations(approved_here(settings("production"), store, kept.told()))("PT", at(FIRST)))

    assert now() == set()
    for other in ("begins", "ends", "by", "reason", "deviation"):
        changed = {"begins": FIRST + timedelta(days=1), "ends": FIRST, "deviation": "home-community-without-urn"}
        approve(kept, ROW.model_copy(update={other: changed.get(other, "another")}))
    assert now() == set()
    approve(kept)
    assert now() == {"no-audience"}
    assert approved(store, kept, ("DK", ROW), ("PT", ROW)) == {("PT", ROW)}


def test_an_approval_that_this_node_cannot_verify_by_what_it_remembers_outside_counts_for_nothing(
    store: Store, tmp_path: Path
):
    """Whoever can write to the database alone can add a row that fits its neighbour; the head file has not seen it."""
    kept, forged = chain(store, tmp_path), chain(store)
    kept.record(event(1))
    approve(forged)
    assert approved(store, forged) == approved(store, kept) == frozenset()
    kept.record(event(2))
    assert approved(store, kept) == {("PT", ROW)}, "a row of this node that follows it stands for what is before it"


CHANGES = {
    "the approval was put in another row's place": "UPDATE evidence SET event = (SELECT event FROM evidence WHERE "
    "sequence = 4), correlation = (SELECT correlation FROM evidence WHERE sequence = 4) WHERE sequence = 3",
    "its words were changed": "UPDATE evidence SET event = replace(event, 'Ola', 'Eva') WHERE sequence = 4",
    "its link was cut": "UPDATE evidence SET previous = hash WHERE sequence = 4",
    "a later row is missing": "DELETE FROM evidence WHERE sequence = 5",
    "the last row was changed": "UPDATE evidence SET event = replace(event, 'ITI', 'ITX') WHERE sequence = 6",
    "the last row is another": "UPDATE evidence SET hash = previous WHERE sequence = 6",
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_approval_counts_only_where_the_chain_leads_whole_to_what_is_remembered(
    store: Store, tmp_path: Path, change: str
):
    kept = chain(store, tmp_path)
    for number in (1, 2, 3):
        kept.record(event(number))
    approve(kept)
    for number in (5, 6):
        kept.record(event(number))
    assert approved(store, kept) == {("PT", ROW)}
    with store.unit_of_work() as unit:
        unit.connection.execute(text(CHANGES[change]))
    assert approved(store, kept) == frozenset()


def test_an_approval_is_a_row_of_evidence(store: Store):
    approve(chain(store))
    (row,) = newest_events(store, 5)
    assert (row["transaction"], row["peer"]["country"]) == ("TOLERANCE-APPROVE", "PT")
    assert (row["tolerances"], row["access"]["purpose"]) == (["no-audience"], "until their next release")
    assert verify(store).intact


def test_a_row_of_another_kind_with_an_approvals_correlation_approves_nothing(store: Store, tmp_path: Path):
    kept = chain(store, tmp_path / "kept")
    (tmp_path / "beside.db").write_bytes(migrated_file())
    with closing(Store.open(f"sqlite:///{tmp_path}/beside.db")) as beside:
        approve(chain(beside))
        (approval,) = newest_events(beside, 1)
    kept.record(event(correlation=UUID(approval["correlation"])))
    assert approved(store, kept) == frozenset()
    approve(kept)
    assert approved(store, kept) == {("PT", ROW)}


@pytest.mark.parametrize(
    ("by", "reason", "refused"),
    [("kari  DRIFT", "why", ApproverAskedForIt), (" ", "why", AcceptanceIncomplete), ("Ola", "", AcceptanceIncomplete)],
)
def test_who_asked_approves_nothing_and_nobody_does_without_a_name_or_reason(
    store: Store, tmp_path: Path, by, reason, refused
):
    kept = chain(store, tmp_path)
    with pytest.raises(refused):
        approve(kept, by=by, reason=reason)
    kept.record(event(1))
    assert approved(store, kept) == frozenset()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ends": FIRST + timedelta(days=91)}, "at most 90 days"),
        ({"ends": FIRST - timedelta(days=1)}, "at most 90 days"),
        ({"deviation": "no-signature"}, "deviation"),
        ({"by": ""}, "by"),
        ({"reason": ""}, "reason"),
    ],
)
def test_refuses_a_tolerance_that_cannot_be(changes: dict[str, Any], words: str):
    assert ToleranceRow.model_validate({**ROW.model_dump(), "ends": FIRST + timedelta(days=90)})
    with pytest.raises(ValidationError, match=words):
        ToleranceRow.model_validate({**ROW.model_dump(), **changes})


def test_refuses_two_tolerances_of_one_deviation_on_one_day():
    later = ROW.model_copy(update={"begins": LAST + timedelta(days=1), "ends": LAST + timedelta(days=9)})
    assert len(settings("test", ROW, later).countries["PT"].tolerances) == 2
    with pytest.raises(ValidationError, match="no-audience stands twice"):
        settings("test", ROW, later.model_copy(update={"begins": LAST}))


def test_each_use_is_counted_in_the_evidence():
    allowed = frozenset({"no-audience", "home-community-without-urn"})
    trusted: Any = Trusted(
        Trusting(), Trusting(), DIRECTORY, tables(), SeenInMemory(),  # type: ignore[arg-type]  # as they verify
        tolerated=lambda code, _now: allowed if code == "PT" else frozenset(),
    )  # fmt: skip
    node = in_process(verifiers=(SamlVerifier(trusted, Ids()),))
    bare = hcp(attributes={HOME_COMMUNITY: HOME_COMMUNITIES["PT"]})
    assert node.soap("xcpd", discover(), bare).status == 200
    assert [row.tolerances for row in node.rows.events] == [("home-community-without-urn",)]
    strict = in_process()
    strict.soap("xcpd", discover(), bare)
    assert [(row.tolerances, row.refusal_class) for row in strict.rows.events] == [((), "FieldInvalid")]


def test_findings_and_tolerances_are_counted_by_country(store: Store):
    to = chain(store)
    looks = (None, (("own-release-1", 2),), (("own-release-1", 1), ("listed-hash-differs", 1)))
    for number, findings in enumerate(looks, start=1):
        document = DocumentReference("60591-5", "1.2^3", findings=findings)
        to.record(event(number, transaction="DOCUMENT-CHECK", documents=(document,)))
    to.record(event(4, tolerances=("no-audience",)))
    to.record(event(5))
    approve(to)
    counted = CountryTally(3, 0)
    counted.findings.update({"own-release-1": 3, "listed-hash-differs": 1})
    counted.tolerances.update({"no-audience": 1})
    assert tally_by_country(store) == {"PT": counted}
    assert tally_by_country(store, NOW + timedelta(days=400)) == {}
