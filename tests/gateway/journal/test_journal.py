"""The journal over the real door to prescriptions and `ncpeh simulate`: judged by what Reseptformidleren holds."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from gateway import clock
from gateway.admission import VerifiedTreatment
from gateway.errors import NationalRejected, NationalServiceDown, StoreTampered, StoreUnavailable
from gateway.evidence.read import newest_events
from gateway.evidence.tables import evidence
from gateway.evidence.verify import verify
from gateway.journal.book import Book, Fall, JournalRow
from gateway.journal.errors import StillUnsettled
from gateway.journal.journal import Journal
from gateway.journal.ports import DiscardAsked, DispensationAnswer, DispensationOutcome, FallReason
from gateway.journal.recorded import DISPENSATION_SETTLED, resumed_request
from gateway.journal.states import DispensationState
from gateway.journal.steps import Steps
from gateway.journal.tables import journal_rows
from gateway.national.ports import AmountRemark, PrescriptionState, RegisteredPerson
from gateway.national.prescription_broker import PrescriptionBroker, PrescriptionStanding
from gateway.store.engine import Store
from tests.support.machine.generated import of_the_day
from tests.support.nodes.stores import migrated_file
from tests.support.norway.doors import doors_to, national_table_with_prescriptions, verified_treatment
from tests.support.norway.journals import COUNTRY, book_of, decided, journal_on, state_of
from tests.support.norway.simulator import CLIENT_ID, Simulator, identifier_of, running
from tests.support.persons.with_prescriptions import CETIRIZINE, RAMIPRIL, Held, person, prescription_id, samples_with
from transformers.model.values import Identifier
from transformers.norway.prescription_status import PrescriptionStatus

RICH = person("rich")
FIRST, SECOND = (prescription_id(RICH, one) for one in (CETIRIZINE, RAMIPRIL))
TREATMENT = verified_treatment(identifier_of("rich"))
A, S = DispensationAnswer, DispensationState
ORIGINAL = Identifier(COUNTRY, "ep-1")
DOCUMENT = DiscardAsked(Identifier(COUNTRY, "document-d-1"))


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    folder = tmp_path_factory.mktemp("journal")
    with running(folder, samples=samples_with(folder, {"rich": [Held(CETIRIZINE), Held(RAMIPRIL)]})) as simulator:
        yield simulator


AS_SAMPLED: dict[str, PrescriptionState] = {}


@dataclass
class Counter:
    """A patient abroad, the door home, and what is at Reseptformidleren."""

    simulator: Simulator
    store: Store
    broker: PrescriptionBroker
    person: RegisteredPerson

    def journal(self, node: str = "no-1", **policy: Any) -> Journal:
        return journal_on(self.store, self.broker, node, **policy)

    def state(self, prescription: str = FIRST) -> PrescriptionState:
        """As the samples have it."""
        if prescription not in AS_SAMPLED:
            AS_SAMPLED[prescription] = self.state_now(prescription)
        return AS_SAMPLED[prescription]

    def state_now(self, prescription: str = FIRST) -> PrescriptionState:
        return state_of(self.broker, TREATMENT, self.person, prescription)

    def rows(self) -> tuple[JournalRow, ...]:
        return book_of(self.store).in_states(list(S))

    def states(self) -> list[DispensationState]:
        return [row.state for row in self.rows()]

    def held(self) -> list[str]:
        return [one["prescription"] for one in self._ledger()["held"]]

    def in_force(self) -> list[str]:
        """The prescriptions of dispensings in force."""
        return [r["prescription"] for r in self._ledger()["reports"] if r["kind"] == "dispensing" and r["in_force"]]

    def _ledger(self) -> dict[str, Any]:
        ledger: dict[str, Any] = json.loads(self.simulator.send("GET", "/simulator/ledger").body)
        return ledger

    def fault(self, fault: str, operation: str = "", code: str | None = None) -> None:
        seconds = 3600 if fault == "slow" else 0
        self.simulator.fault("reseptformidleren", fault, seconds, operation=operation or None, code=code)

    def abandoned(self) -> None:
        """Whoever worked on the rows works no longer."""
        with self.store.unit_of_work() as unit:
            unit.connection.execute(update(journal_rows).values(until=0))

    def reconciled(self, rounds: int = 1, **policy: Any) -> list[DispensationState]:
        for _ in range(rounds):
            self.abandoned()
            self.journal("no-2", **policy).reconcile()
        return self.states()


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """SQLite; `tests/crash` has both kinds."""
    file = tmp_path_factory.mktemp("journal") / "node.db"
    file.write_bytes(migrated_file())
    store = Store.open(f"sqlite:///{file}")
    yield store
    store.close()


@contextmanager
def at(process: Simulator, store: Store, *, deadline: float = 8.0, report_deadline: float = 120.0) -> Iterator[Counter]:
    table = national_table_with_prescriptions(process.base_url, process.client_key_file, CLIENT_ID)
    table["national"] |= {"report_deadline": f"PT{report_deadline}S"}
    with doors_to(table, deadline=deadline) as doors:
        found = doors.person_register.find(TREATMENT.request, TREATMENT.request.patient)
        assert found is not None
        assert doors.prescriptions is not None
        yield Counter(process, store, doors.prescriptions, found)


@pytest.fixture(scope="module")
def patient(process: Simulator, migrated: Store) -> Iterator[Counter]:
    """The doors of a module: each opening reads certificates and keys anew."""
    with at(process, migrated) as made:
        yield made


@pytest.fixture
def counter(patient: Counter, store: Store) -> Counter:
    patient.simulator.reset()
    return replace(patient, store=store)


BRIEF: dict[str, Any] = {"request_seconds": 0.0}
"""A request that does not wait for what cannot be told."""


def submit(counter: Counter, *keys: tuple[str, str], **policy: Any) -> DispensationOutcome:
    """Dispense prescriptions by documents of these keys."""
    given = [decided(counter.state(prescription), key) for key, prescription in keys or (("d-1", FIRST),)]
    return counter.journal(**policy).submit(TREATMENT, counter.person, given)


def told(outcome: DispensationOutcome) -> tuple[DispensationAnswer, FallReason | None, tuple[str, ...]]:
    return outcome.answer, outcome.reason, outcome.codes


def test_what_is_taken_for_the_counter_is_given_back_when_its_time_is_over(counter: Counter):
    taken = counter.journal().take(TREATMENT, counter.person, ORIGINAL, counter.state())
    assert (taken.answer, counter.states(), counter.held()) == (A.SUCCESS, [S.HELD], [FIRST])
    assert (counter.reconciled(), counter.held()) == ([S.HELD], [FIRST])
    assert (counter.reconciled(hold=timedelta(0)), counter.held()) == ([S.REFUSED], [])
    assert counter.rows()[0].fall == Fall(FallReason.NOT_COLLECTED)


def test_a_dispensing_is_reported_once_and_whoever_asks_again_is_told_the_same(counter: Counter):
    given = [decided(counter.state())]
    outcome = counter.journal().submit(TREATMENT, counter.person, given)
    assert told(outcome) == (A.SUCCESS, None, ())
    assert (counter.in_force(), counter.held(), counter.states()) == ([FIRST], [], [S.DONE])
    came = [(one.document, one.digest) for one in given]
    assert counter.journal("no-2").answered("PT", came) == outcome
    assert counter.journal("no-2").submit(TREATMENT, counter.person, given) == outcome
    assert counter.in_force() == [FIRST]


def test_the_same_id_with_other_content_is_a_conflict(counter: Counter):
    submit(counter)
    other = replace(decided(counter.state()), digest="another")
    assert told(counter.journal().submit(TREATMENT, counter.person, [other])) == (A.REFUSED, FallReason.CONFLICT, ())
    assert counter.in_force() == [FIRST]


def test_what_came_before_together_with_what_never_came_is_a_conflict(counter: Counter):
    """One of two in force is no answer to both."""
    first = decided(counter.state())
    assert counter.journal().submit(TREATMENT, counter.person, [first]).answer is A.SUCCESS
    both = [(first.document, first.digest), (Identifier(COUNTRY, "document-never"), "digest-never")]
    answer = counter.journal().answered("PT", both)
    assert answer is not None
    assert told(answer) == (A.REFUSED, FallReason.CONFLICT, ())


def test_what_never_came_or_may_come_again_is_to_be_decided(counter: Counter):
    journal, came = counter.journal(), [(DOCUMENT.document, "digest-d-1")]
    assert journal.answered("PT", came) is None
    counter.fault("down", "ERM91")
    given = [decided(counter.state())]
    assert journal.submit(TREATMENT, counter.person, given).reason is FallReason.UNREACHABLE
    assert journal.answered("PT", came) is None
    counter.fault("none")
    assert journal.submit(TREATMENT, counter.person, given).answer is A.SUCCESS


def test_documents_of_one_submission_come_into_force_together(counter: Counter):
    both = submit(counter, ("d-1", FIRST), ("d-2", SECOND))
    assert (both.answer, counter.in_force(), counter.held()) == (A.SUCCESS, [FIRST, SECOND], [])


def test_two_documents_of_one_prescription_are_reported_one_after_the_other(counter: Counter):
    both = submit(counter, ("d-1", FIRST), ("d-2", FIRST))
    assert (both.answer, counter.in_force(), counter.held()) == (A.SUCCESS, [FIRST, FIRST], [])


def test_when_a_later_document_falls_before_anything_is_reported_the_others_are_given_back(counter: Counter):
    given = [decided(counter.state()), replace(decided(counter.state(SECOND), "d-2"))]
    given[1] = replace(given[1], prescription=replace(given[1].prescription, sha256="00" * 32))
    outcome = counter.journal().submit(TREATMENT, counter.person, given)
    assert told(outcome) == (A.REFUSED, FallReason.CHANGED, ())
    assert (counter.in_force(), counter.held(), counter.states()) == ([], [], [S.REFUSED, S.REFUSED])


def test_when_a_later_report_is_rejected_the_earlier_one_is_taken_back(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
):
    report, sent = type(counter.broker).report, []

    def second_is_rejected(self: PrescriptionBroker, *given: Any) -> None:
        sent.append(given)
        if len(sent) == 2:
            counter.fault("rejected", "ERM10", "265")
        try:
            report(self, *given)
        finally:
            counter.fault("none")

    monkeypatch.setattr(type(counter.broker), "report", second_is_rejected)
    outcome = submit(counter, ("d-1", FIRST), ("d-2", SECOND))
    assert told(outcome) == (A.REFUSED, FallReason.REJECTED, ("265",))
    assert (counter.in_force(), counter.held(), counter.states()) == ([], [], [S.UNDONE, S.REFUSED])
    came = [(Identifier(COUNTRY, f"document-{key}"), f"digest-{key}") for key in ("d-1", "d-2")]
    assert counter.journal().answered("PT", came) == outcome


def test_what_of_a_submission_that_fell_cannot_be_taken_back_is_named(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
):
    report, sent = type(counter.broker).report, []

    def all_but_the_first_is_rejected(self: PrescriptionBroker, *given: Any) -> None:
        sent.append(given)
        if len(sent) > 1:
            raise NationalRejected("prescriptions", ("265",))
        report(self, *given)

    monkeypatch.setattr(type(counter.broker), "report", all_but_the_first_is_rejected)
    outcome = submit(counter, ("d-1", FIRST), ("d-2", SECOND))
    assert told(outcome) == (A.REFUSED, FallReason.REJECTED, ("265",))
    assert outcome.in_force_alone == (Identifier(COUNTRY, "document-d-1"),)
    assert (counter.in_force(), counter.held(), counter.states()) == ([FIRST], [], [S.UNDO_REFUSED, S.REFUSED])


def test_a_prescription_that_changed_since_it_was_decided_is_given_back(counter: Counter):
    decided_on = counter.state()
    assert submit(counter, ("d-0", FIRST)).answer is A.SUCCESS
    late = counter.journal().submit(TREATMENT, counter.person, [decided(decided_on)])
    assert (told(late), counter.held()) == ((A.REFUSED, FallReason.CHANGED, ()), [])
    again = counter.journal().submit(TREATMENT, counter.person, [decided(counter.state_now())])
    assert again.answer is A.SUCCESS


def test_what_is_closed_is_not_taken(counter: Counter):
    state = counter.state()
    counter.journal().submit(TREATMENT, counter.person, [decided(state, "d-0", closes=True)])
    assert told(counter.journal().submit(TREATMENT, counter.person, [decided(state)]))[:2] == (
        A.REFUSED,
        FallReason.CLOSED,
    )


def test_a_lock_that_is_rejected_holds_nothing(counter: Counter):
    state = counter.state()
    counter.fault("rejected", "ERM93", "69")
    outcome = counter.journal().submit(TREATMENT, counter.person, [decided(state)])
    assert (told(outcome), counter.held()) == ((A.REFUSED, FallReason.REJECTED, ("69",)), [])


def test_a_lock_that_cannot_be_read_is_given_back(counter: Counter):
    state = counter.state()
    counter.fault("nonsense", "ERM93")
    outcome = counter.journal(**BRIEF).submit(TREATMENT, counter.person, [decided(state)])
    assert outcome.answer is A.UNKNOWN  # what gives it back must refer to a download that was read
    counter.fault("none")
    assert (counter.reconciled(2), counter.held()) == ([S.REFUSED], [])


def test_a_report_that_is_rejected_gives_the_prescription_back(counter: Counter):
    journal, state = counter.journal(**BRIEF), counter.state()
    counter.fault("rejected", "ERM10", "265")
    outcome = journal.submit(TREATMENT, counter.person, [decided(state)])
    assert (outcome.answer, counter.states()) == (A.UNKNOWN, [S.RELEASING_ASKED])  # the M10 that gives back, too
    counter.fault("none")
    assert (counter.reconciled(2), counter.held()) == ([S.REFUSED], [])
    again = journal.answered("PT", [(DOCUMENT.document, "digest-d-1")])
    assert again is not None
    assert told(again) == (A.REFUSED, FallReason.REJECTED, ("265",))


LOST = [(operation, fault) for operation in ("ERM93", "ERM10") for fault in ("slow", "lost", "down")]


@pytest.mark.parametrize(("operation", "fault"), of_the_day("lost answers of the journal", LOST, 2))
def test_what_is_not_answered_is_not_known_and_reconciliation_finds_out(
    counter: Counter, process: Simulator, store: Store, operation: str, fault: str
):
    state = counter.state()
    with at(process, store, deadline=3.0, report_deadline=1.0) as hasty:
        journal = hasty.journal(**BRIEF)
        counter.fault(fault, operation)
        journal.submit(TREATMENT, counter.person, [decided(state)])
    counter.fault("none")
    assert (counter.reconciled(), counter.in_force(), counter.held()) == ([S.DONE], [FIRST], [])
    again = counter.journal().answered("PT", [(DOCUMENT.document, "digest-d-1")])
    assert again is not None
    assert again.answer is A.SUCCESS


def test_the_list_alone_tells_that_a_report_was_taken_when_the_reports_cannot_be_asked_for(
    counter: Counter, process: Simulator, store: Store
):
    state = counter.state()
    with at(process, store, deadline=3.0, report_deadline=1.0) as hasty:
        counter.fault("down", "ERM97")
        counter.fault("lost", "ERM10")
        hasty.journal(**BRIEF).submit(TREATMENT, counter.person, [decided(state)])
    assert counter.states() == [S.REPORTED_ASKED]
    assert (counter.reconciled(), counter.in_force()) == ([S.DONE], [FIRST])


def test_a_prescription_that_is_free_and_not_dispensed_since_proves_no_report(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
):
    """Somebody gave it back: what M9.1 lists is no dispensing of ours."""
    state, broker = counter.state(), type(counter.broker)
    counter.fault("down", "ERM10")
    counter.fault("down", "ERM97")
    counter.journal(**BRIEF).submit(TREATMENT, counter.person, [decided(state)])
    stands = broker.standing

    def given_back(self: PrescriptionBroker, *asked: Any, **named: Any) -> PrescriptionStanding:
        standing = stands(self, *asked, **named)
        return replace(standing, status=PrescriptionStatus.DISPENSABLE, ours=False)

    monkeypatch.setattr(broker, "standing", given_back)
    assert (counter.reconciled(), counter.in_force()) == ([S.REPORTED_ASKED], [])


def test_a_row_is_resumed_from_the_evidence_of_its_own_beginning_alone(counter: Counter):
    submit(counter, ("d-1", FIRST), ("d-2", SECOND))
    first, second = counter.rows()
    (settled,) = [one["id"] for one in newest_events(counter.store, 20) if one["transaction"] == DISPENSATION_SETTLED][
        :1
    ]
    assert resumed_request(counter.store, first, clock.now()).correlation == first.facts.correlation
    other_facts = replace(first, facts=replace(first.facts, digest="another"))
    for about_another in (replace(first, evidence=second.evidence), replace(first, evidence=settled), other_facts):
        with pytest.raises(StoreTampered):
            resumed_request(counter.store, about_another, clock.now())


def given_back_by_another(self: PrescriptionBroker, *_: Any) -> None:
    """The receipt that a prescription is not held by us (Volven 7419, 41)."""
    raise NationalRejected("prescriptions", ("41",))


def test_what_is_no_longer_ours_is_given_back_already_and_nothing_is_sent_again(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
):
    state = counter.state()
    wrong = replace(decided(state), prescription=replace(state, sha256="00" * 32))
    with monkeypatch.context() as patched:
        patched.setattr(type(counter.broker), "give_back", lambda *_: None)  # what was sent was lost
        patched.setattr(Steps, "_settle", lambda *_, **__: _raise(StillUnsettled()))
        counter.journal(**BRIEF).submit(TREATMENT, counter.person, [wrong])
    assert (counter.states(), counter.held()) == ([S.RELEASING_ASKED], [FIRST])
    stands = type(counter.broker).standing

    def free(self: PrescriptionBroker, *asked: Any, **named: Any) -> PrescriptionStanding:
        return replace(stands(self, *asked, **named), ours=False)

    monkeypatch.setattr(type(counter.broker), "standing", free)
    before = counter.simulator.made().count("reseptformidleren/ERM10")
    assert counter.reconciled() == [S.REFUSED]
    assert counter.simulator.made().count("reseptformidleren/ERM10") == before


def test_a_give_back_that_is_rejected_is_settled_when_the_prescription_is_not_ours(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
):
    state, broker = counter.state(), type(counter.broker)
    wrong = replace(decided(state), prescription=replace(state, sha256="00" * 32))
    stands = broker.standing

    def free(self: PrescriptionBroker, *asked: Any, **named: Any) -> PrescriptionStanding:
        return replace(stands(self, *asked, **named), ours=False)

    def rejected(self: PrescriptionBroker, *given: Any) -> None:
        monkeypatch.setattr(broker, "standing", free)
        given_back_by_another(self, *given)

    monkeypatch.setattr(broker, "give_back", rejected)
    counter.journal(**BRIEF).submit(TREATMENT, counter.person, [wrong])
    assert counter.states() == [S.REFUSED]


def _raise(fault: Exception) -> None:
    raise fault


@pytest.mark.parametrize("arrow", ["A2", "A4"])
def test_who_lost_its_row_after_it_recorded_what_it_would_send_sends_nothing(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, arrow: str
):
    state = counter.state()

    def stood_still(point: str) -> None:
        if point == f"journal.{arrow}.recorded":
            counter.abandoned()
            assert book_of(counter.store, "no-2").take_over(counter.rows()[0].submission)

    with monkeypatch.context() as patched:
        patched.setattr("gateway.journal.steps.reached", stood_still)
        outcome = counter.journal().submit(TREATMENT, counter.person, [decided(state)])
    assert outcome.answer is A.UNKNOWN
    assert (counter.in_force(), counter.held()) == ([], [] if arrow == "A2" else [FIRST])
    assert (counter.reconciled(), counter.in_force(), counter.held()) == ([S.DONE], [FIRST], [])


def sent_before(*_: Any) -> None:
    """The receipt that a message was received before, which does not say what became of it (Volven 7419, 65)."""
    raise NationalRejected("prescriptions", ("65",))


def test_that_a_report_was_received_before_settles_nothing(counter: Counter, monkeypatch: pytest.MonkeyPatch):
    state = counter.state()
    with monkeypatch.context() as patched:
        patched.setattr(type(counter.broker), "report", sent_before)
        assert counter.journal(**BRIEF).submit(TREATMENT, counter.person, [decided(state)]).answer is A.UNKNOWN
        assert (counter.states(), counter.held()) == ([S.REPORTED_ASKED], [FIRST])
    assert (counter.reconciled(), counter.in_force()) == ([S.DONE], [FIRST])
    with monkeypatch.context() as patched:
        patched.setattr(type(counter.broker), "report", sent_before)
        assert counter.journal(**BRIEF).discard(TREATMENT, DOCUMENT).answer is A.UNKNOWN
        assert counter.states() == [S.UNDOING_ASKED]
    assert (counter.reconciled(), counter.in_force()) == ([S.UNDONE], [])


def test_what_is_not_known_is_told_as_such(counter: Counter):
    state = counter.state()
    counter.fault("lost", "ERM93")
    outcome = counter.journal(**BRIEF).submit(TREATMENT, counter.person, [decided(state)])
    assert (told(outcome), counter.states()) == ((A.UNKNOWN, None, ()), [S.TAKING_ASKED])
    assert counter.journal().answered("PT", [(DOCUMENT.document, "digest-d-1")]) == outcome


def test_a_request_waits_for_what_comes_within_its_time(counter: Counter, monkeypatch: pytest.MonkeyPatch):
    state = counter.state()
    counter.fault("down", "ERM10")
    journal = counter.journal()
    monkeypatch.setattr(journal, "_means", replace(journal._means, pause=lambda _: counter.fault("none")))
    assert journal.submit(TREATMENT, counter.person, [decided(state)]).answer is A.SUCCESS
    assert (counter.in_force(), counter.held()) == ([FIRST], [])


def test_asked_too_often_in_vain_a_person_decides(counter: Counter):
    state = counter.state()
    counter.fault("down", "ERM10")
    counter.journal(**BRIEF).submit(TREATMENT, counter.person, [decided(state)])
    assert counter.reconciled(2, tries=3) == [S.REPORTED_ASKED]
    assert counter.reconciled(1, tries=3) == [S.HUMAN]
    counter.fault("none")
    assert (counter.reconciled(2), counter.rows()[0].asked_in) == ([S.HUMAN], S.REPORTED_ASKED)
    other = submit(counter, ("d-2", FIRST))
    assert told(other) == (A.REFUSED, FallReason.ELSEWHERE, ())


def test_a_person_decides_what_is_not_known_and_nothing_else_of_its_submission(counter: Counter):
    states = [counter.state(), counter.state(SECOND)]
    given = [decided(state, key) for state, key in zip(states, ("d-1", "d-2"), strict=True)]
    counter.fault("down", "ERM10")
    counter.journal(**BRIEF).submit(TREATMENT, counter.person, given)
    assert counter.reconciled(3, tries=3) == [S.HUMAN, S.HELD]


def test_another_document_waits_until_the_first_is_settled(counter: Counter):
    state = counter.state()
    counter.fault("lost", "ERM93")
    counter.journal(**BRIEF).submit(TREATMENT, counter.person, [decided(state)])
    counter.fault("none")
    assert told(submit(counter, ("d-2", FIRST))) == (A.REFUSED, FallReason.ELSEWHERE, ())
    counter.reconciled()
    second = counter.journal().submit(TREATMENT, counter.person, [decided(counter.state_now(), "d-2")])
    assert second.answer is A.SUCCESS


def test_a_row_is_resumed_from_its_evidence_alone(counter: Counter):
    state = counter.state()
    counter.fault("lost", "ERM93")
    counter.journal(**BRIEF).submit(TREATMENT, counter.person, [decided(state)])
    counter.fault("none")
    begun = counter.rows()[0].evidence
    with counter.store.unit_of_work() as unit:
        row = unit.connection.execute(evidence.select().where(evidence.c.event_id == begun)).one()
        of_it = evidence.c.sequence == row.sequence
        unit.connection.execute(update(evidence).where(of_it).values(event=row.event.replace("PT", "XX")))
    before = len(counter.simulator.calls())
    assert counter.reconciled() == [S.TAKING_ASKED]
    assert len(counter.simulator.calls()) == before
    with counter.store.unit_of_work() as unit:
        unit.connection.execute(update(evidence).where(of_it).values(event=row.event))
    assert counter.reconciled() == [S.DONE]


def test_a_process_that_lost_its_row_sends_nothing_more(counter: Counter, monkeypatch: pytest.MonkeyPatch):
    """It stood still between what it recorded and what it would send, beyond its lease."""
    state = counter.state()
    still_ours = Book.still_ours

    def stands_still(book: Book, row: JournalRow) -> None:
        if row.state is S.REPORTED_ASKED:
            monkeypatch.setattr(Book, "still_ours", still_ours)
            assert counter.reconciled() == [S.DONE]
            assert counter.in_force() == [FIRST]
        still_ours(book, row)

    monkeypatch.setattr(Book, "still_ours", stands_still)
    outcome = counter.journal().submit(TREATMENT, counter.person, [decided(state)])
    assert (outcome.answer, counter.in_force(), counter.held()) == (A.SUCCESS, [FIRST], [])


def test_a_store_that_fails_before_the_first_effect_refuses_and_after_it_is_not_known(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
):
    state, open_, move = counter.state(), Book.open, Book.move

    def fails(*_: Any, **__: Any) -> Any:
        raise StoreUnavailable("full")

    monkeypatch.setattr(Book, "open", fails)
    with pytest.raises(StoreUnavailable):
        counter.journal().submit(TREATMENT, counter.person, [decided(state)])
    monkeypatch.setattr(Book, "open", open_)

    def fails_then(book: Book, row: JournalRow, to: DispensationState, **given: Any) -> JournalRow:
        return fails() if to is S.HELD else move(book, row, to, **given)

    monkeypatch.setattr(Book, "move", fails_then)
    assert counter.journal().submit(TREATMENT, counter.person, [decided(state)]).answer is A.UNKNOWN
    monkeypatch.setattr(Book, "move", move)
    assert (counter.reconciled(), counter.in_force(), counter.held()) == ([S.DONE], [FIRST], [])


def test_what_is_to_be_said_of_an_amount_is_said_each_time_that_a_success_is_answered(counter: Counter):
    excess = replace(decided(counter.state()), remark=AmountRemark.EXCESS)
    first = counter.journal().submit(TREATMENT, counter.person, [excess])
    again = counter.journal("no-2").answered("PT", [(excess.document, excess.digest)])
    assert again is not None
    assert (first.answer, again.answer) == (A.SUCCESS, A.SUCCESS)
    assert first.remarks == again.remarks == (AmountRemark.EXCESS,)


def test_nothing_is_said_of_an_amount_that_has_no_remark(counter: Counter):
    plain = decided(counter.state())
    first = counter.journal().submit(TREATMENT, counter.person, [plain])
    again = counter.journal().answered("PT", [(plain.document, plain.digest)])
    assert again is not None
    assert (first.answer, first.remarks, again.remarks) == (A.SUCCESS, (), ())


@pytest.mark.parametrize("fault", [StoreUnavailable("full"), StoreTampered("proof")], ids=str)
def test_a_store_that_cannot_be_read_after_the_effect_is_not_known_and_never_a_fault(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, fault: Exception
):
    state, messages, move = counter.state(), Book.messages, Book.move
    done = False

    def fails_from_now(book: Book, row: JournalRow, to: DispensationState, **given: Any) -> JournalRow:
        nonlocal done
        done = done or to is S.HELD
        return move(book, row, to, **given)

    def fails(book: Book, row: JournalRow) -> Any:
        if done:
            raise fault
        return messages(book, row)

    monkeypatch.setattr(Book, "move", fails_from_now)
    monkeypatch.setattr(Book, "messages", fails)
    assert counter.journal().submit(TREATMENT, counter.person, [decided(state)]).answer is A.UNKNOWN
    monkeypatch.setattr(Book, "messages", messages)
    monkeypatch.setattr(Book, "move", move)
    assert (counter.reconciled(), counter.in_force(), counter.held()) == ([S.DONE], [FIRST], [])


@pytest.mark.parametrize(
    "fault", [StoreTampered("proof"), ValueError("of our own"), NationalServiceDown("eresept")], ids=type
)
def test_a_submission_that_cannot_be_gone_on_with_holds_nobody_behind_it(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, fault: Exception
):
    state, move, take_over = counter.state(), Book.move, Book.take_over

    def fails(book: Book, row: JournalRow, to: DispensationState, **given: Any) -> JournalRow:
        if to is S.HELD:
            raise StoreUnavailable("full")
        return move(book, row, to, **given)

    monkeypatch.setattr(Book, "move", fails)
    assert counter.journal().submit(TREATMENT, counter.person, [decided(state)]).answer is A.UNKNOWN
    monkeypatch.setattr(Book, "move", move)
    due, asked = Book.due, []

    def tampered(book: Book, submission: str, **given: Any) -> Any:
        asked.append(submission)
        if submission == "unreadable":
            raise fault
        return take_over(book, submission, **given)

    monkeypatch.setattr(Book, "due", lambda *given, **more: ("unreadable", *due(*given, **more)))
    monkeypatch.setattr(Book, "take_over", tampered)
    assert (counter.reconciled(), counter.in_force()) == ([S.DONE], [FIRST])
    assert asked[0] == "unreadable"
    assert len(asked) == 2


def test_a_discard_takes_the_dispensing_back_and_a_second_one_is_told_the_same(counter: Counter):
    submit(counter)
    for _ in range(2):
        assert counter.journal().discard(TREATMENT, DOCUMENT).answer is A.SUCCESS
    assert (counter.in_force(), counter.states(), counter.state_now()) == ([], [S.UNDONE], counter.state())
    again = counter.journal().answered("PT", [(DOCUMENT.document, "digest-d-1")])
    assert again is not None
    assert told(again) == (A.REFUSED, FallReason.DISCARDED, ())


def test_an_earlier_one_is_not_taken_back_while_a_later_one_keeps_the_prescription_closed(counter: Counter):
    first, last = decided(counter.state(), "d-1"), None
    assert counter.journal().submit(TREATMENT, counter.person, [first]).answer is A.SUCCESS
    last = decided(counter.state_now(), "d-2", closes=True)
    assert counter.journal().submit(TREATMENT, counter.person, [last]).answer is A.SUCCESS
    assert counter.journal().discard(TREATMENT, DOCUMENT).answer is A.REFUSED
    (row,) = [one for one in counter.rows() if one.state is S.UNDO_REFUSED]
    assert (row.facts.document, row.fall) == (first.document, Fall(FallReason.CLOSED))
    assert len(counter.in_force()) == 2
    later = replace(DOCUMENT, document=last.document)
    assert counter.journal().discard(TREATMENT, later).answer is A.SUCCESS
    assert counter.state_now().dispensings == 1  # open again, and what is left is listed


def by(**changes: Any) -> VerifiedTreatment:
    """The same treatment, asked by somebody else."""
    return replace(TREATMENT, request=replace(TREATMENT.request, asker=replace(TREATMENT.request.asker, **changes)))


MAY = [
    ({"organisation_id": "f-1"}, {"organisation_id": "f-1", "professional_id": "another"}, True),
    ({"organisation_id": "f-1"}, {"organisation_id": "f-2"}, False),
    ({"organisation_id": "f-1"}, {"organisation_id": None}, False),
    ({"organisation_id": None}, {"organisation_id": "f-1"}, False),
    ({"organisation_id": None}, {"organisation_id": None}, True),
    ({"organisation_id": None}, {"organisation_id": None, "professional_id": "another"}, False),
    ({"organisation_id": "f-1"}, {"organisation_id": "f-1", "country": "SE"}, False),
]
"""Who dispensed, who asks for a discard, and whether she may."""


@pytest.mark.parametrize(("first", "second", "may"), of_the_day("who may discard", MAY, 3))
def test_who_dispensed_alone_may_discard(counter: Counter, first: dict[str, Any], second: dict[str, Any], may: bool):
    counter.journal().submit(by(**first), counter.person, [decided(counter.state())])
    outcome = counter.journal().discard(by(**second), DOCUMENT)
    assert outcome.answer is (A.SUCCESS if may else A.REFUSED)
    assert counter.in_force() == ([] if may else [FIRST])
    causes = {one["refusal_class"] for one in newest_events(counter.store, 3)}
    assert may or causes & {"NotTheDispenser", "NeverSeen"}


def test_a_discard_about_another_patient_than_the_dispensations_is_refused(counter: Counter):
    """A discard's document need not state its patient: who she is, the journal knows."""
    submit(counter)
    request = TREATMENT.request
    other = replace(TREATMENT, request=replace(request, patient=replace(request.patient, extension="04816130080")))
    assert counter.journal().discard(other, DOCUMENT).answer is A.REFUSED
    assert newest_events(counter.store, 1)[0]["refusal_class"] == "AnotherPatient"
    assert counter.in_force() == [FIRST]
    assert counter.journal().discard(TREATMENT, DOCUMENT).answer is A.SUCCESS


def test_after_a_day_it_is_too_late_to_discard(counter: Counter):
    submit(counter)
    assert counter.journal(window=timedelta(0)).discard(TREATMENT, DOCUMENT).answer is A.REFUSED
    assert newest_events(counter.store, 1)[0]["refusal_class"] == "TooLate"
    assert counter.in_force() == [FIRST]
    assert counter.journal().discard(TREATMENT, DOCUMENT).answer is A.SUCCESS
    # what was taken back in time is so for whoever asks again
    assert counter.journal(window=timedelta(0)).discard(TREATMENT, DOCUMENT).answer is A.SUCCESS


def test_a_discard_that_comes_before_its_submission_refuses_it(counter: Counter):
    assert counter.journal().discard(TREATMENT, DOCUMENT).answer is A.REFUSED
    assert told(submit(counter)) == (A.REFUSED, FallReason.DISCARDED, ())
    assert (counter.in_force(), counter.held()) == ([], [])


def test_a_discard_of_what_is_not_settled_is_carried_out_when_it_is(counter: Counter):
    state = counter.state()
    counter.fault("lost", "ERM10")
    # no M9.7 and no receipt that could be read at once: the row stays unknown
    counter.journal(**BRIEF).submit(TREATMENT, counter.person, [decided(state)])
    counter.fault("down")
    assert counter.journal(**BRIEF).discard(TREATMENT, DOCUMENT).answer in (A.UNKNOWN, A.SUCCESS)
    counter.fault("none")
    counter.reconciled()
    assert (counter.in_force(), counter.held(), counter.states()) == ([], [], [S.UNDONE])


def test_a_discard_that_is_rejected_leaves_the_dispensing_in_force(counter: Counter):
    submit(counter)
    counter.fault("rejected", "ERM10", "41")
    assert counter.journal().discard(TREATMENT, DOCUMENT).answer is A.REFUSED
    counter.fault("none")
    assert (counter.in_force(), counter.states()) == ([FIRST], [S.UNDO_REFUSED])
    again = counter.journal().answered("PT", [(DOCUMENT.document, "digest-d-1")])
    assert again is not None
    assert again.answer is A.SUCCESS


def test_every_end_of_a_row_stands_in_the_evidence_with_its_messages(counter: Counter):
    outcome = submit(counter)
    counter.journal().discard(TREATMENT, DOCUMENT)
    events = newest_events(counter.store, 4)
    assert [one["transaction"].removeprefix("DISPENSATION-") for one in events] == [
        "BEGUN",
        "SETTLED",
        "DISCARD",
        "SETTLED",
    ]
    settled, undone = (events[1]["access"], events[3]["access"])
    assert (settled["purpose"], undone["purpose"]) == ("DONE", "UNDONE")
    assert set(settled["origins"]) == set(outcome.messages)
    assert verify(counter.store).intact


def test_what_could_not_be_begun_is_gone_after_a_restart(counter: Counter, monkeypatch: pytest.MonkeyPatch):
    class Killed(BaseException):
        """The process ends here."""

    def killed(*_: Any, **__: Any) -> None:
        raise Killed

    state = counter.state()
    monkeypatch.setattr(type(counter.broker), "standing", killed)
    with pytest.raises(Killed):
        counter.journal().submit(TREATMENT, counter.person, [decided(state)])
    monkeypatch.undo()
    counter.journal().reconcile(started=clock.now())
    assert (counter.states(), counter.held()) == ([S.REFUSED], [])
    assert submit(counter).answer is A.SUCCESS


def test_two_documents_of_one_supply_id_are_two_dispensings_and_a_discard_finds_its_own(counter: Counter):
    shared = Identifier(COUNTRY, "supply")
    for key, prescription in (("d-1", FIRST), ("d-2", SECOND)):
        given = replace(decided(counter.state(prescription), key), supply=shared)
        assert counter.journal().submit(TREATMENT, counter.person, [given]).answer is A.SUCCESS
    assert counter.journal().discard(TREATMENT, DOCUMENT).answer is A.SUCCESS
    assert (counter.in_force(), counter.states()) == ([SECOND], [S.UNDONE, S.DONE])
