"""The door to prescriptions against the national simulator over sockets: listed, locked, reported once, annulled.

A second contact point with another HER-id stands for the pharmacy next door.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from gateway.errors import (
    NationalAccessDenied,
    NationalAnswerUnreadable,
    NationalRefused,
    NationalRejected,
    NationalServiceDown,
    NationalServiceSlow,
)
from gateway.national.doors import NationalDoors
from gateway.national.message_transport import MessageTransport, Transported
from gateway.national.ports import AddressConfidentiality, RegisteredPerson
from gateway.national.prescription_broker import (
    HeldPrescription,
    LockedPrescription,
    PrescriptionBroker,
    ReportedAbroad,
)
from gateway.national.prescriptions import Prescriptions, PrescriptionsSettings, patient_of
from tests.support.norway.dispensing import Counter, Dispensed
from tests.support.norway.doors import (
    doors_to,
    national_table,
    national_table_with_prescriptions,
    verified_request,
    verified_treatment,
)
from tests.support.norway.eresept_messages import (
    BIRTH,
    NODE,
    PRESCRIPTION,
    REGISTER,
    foreign_dispensation,
    m10,
    m92,
    m96,
    m98,
)
from tests.support.norway.simulator import CLIENT_ID, Simulator, identifier_of, running
from tests.support.norway.source_messages import PATIENT, SYSTEMS
from tests.support.persons.with_prescriptions import CETIRIZINE, RAMIPRIL, Held, person, prescription_id, samples_with
from transformers.model.people import Gender, Name, Person
from transformers.model.prescription import Dispensation
from transformers.model.values import Identifier
from transformers.norway.cancellation import Cancellation
from transformers.norway.errors import Rejected
from transformers.norway.prescription_status import PrescriptionStatus
from transformers.norway.read_msghead import read_msghead
from transformers.norway.write_msghead import Conversation

RICH, BLOCKED, MAN = "rich", "blocked", "ordinary-man"
OLD = replace(CETIRIZINE, key="old", name="Gammel Tab 10 mg")
HIDDEN = replace(CETIRIZINE, key="hidden", name="Skjult Tab 10 mg", guardian_reserved=True)
SECRET = replace(CETIRIZINE, key="secret", name="Låst Tab 10 mg")
HELD = {
    RICH: [Held(CETIRIZINE, dispensed=1), Held(RAMIPRIL), Held(OLD, status="R"), Held(SECRET, reference="471147114"),
           Held(HIDDEN)],
    BLOCKED: [Held(CETIRIZINE)],
}  # fmt: skip
ITEM = prescription_id(person(RICH), CETIRIZINE)
CLOSED = prescription_id(person(RICH), OLD)
LOCKED = prescription_id(person(RICH), SECRET)


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    folder = tmp_path_factory.mktemp("prescriptions")
    with running(folder, samples=samples_with(folder, HELD)) as simulator:
        yield simulator


@pytest.fixture
def national(process: Simulator) -> Simulator:
    process.reset()
    return process


def opened(national: Simulator, her_id: str = "8190099", *, deadline: float = 8.0, report_deadline: float = 120.0):
    table = national_table_with_prescriptions(national.base_url, national.client_key_file, CLIENT_ID)
    table["national"] |= {"report_deadline": f"PT{report_deadline}S"}
    table["national"]["sender"]["her_id"] = her_id
    return doors_to(table, deadline=deadline)


@pytest.fixture
def doors(national: Simulator) -> Iterator[NationalDoors]:
    with opened(national) as made:
        yield made


@pytest.fixture
def next_door(national: Simulator) -> Iterator[PrescriptionBroker]:
    with opened(national, "8190077") as made:
        yield broker(made)


def broker(doors: NationalDoors) -> PrescriptionBroker:
    assert doors.prescriptions is not None
    return doors.prescriptions


def known(doors: NationalDoors, name: str = RICH) -> RegisteredPerson:
    request = verified_request(identifier_of(name))
    found = doors.person_register.find(request, request.patient)
    assert found is not None
    return found


TREATMENT = verified_treatment(identifier_of(RICH))


@contextmanager
def rejected(*codes: str) -> Iterator[None]:
    """What is done here is rejected by Reseptformidleren with these codes, which the refusal keeps."""
    with pytest.raises(NationalRejected) as refused:
        yield
    assert (refused.value.service, refused.value.codes) == ("prescriptions", codes)


def take(
    broker: PrescriptionBroker, person: RegisteredPerson, prescription: str = ITEM, **changes: str
) -> LockedPrescription:
    """List her prescriptions and lock one."""
    return Counter(broker, TREATMENT, person).take(prescription, **changes)


def counter(doors: NationalDoors) -> Counter:
    return Counter(broker(doors), TREATMENT, known(doors))


def lock(doors: NationalDoors, prescription: str = ITEM) -> LockedPrescription:
    return take(broker(doors), known(doors), prescription)


def status(doors: NationalDoors, prescription: str = ITEM) -> PrescriptionStatus | None:
    found = broker(doors).search(TREATMENT, known(doors)).prescriptions
    return next((one.status for one in found if one.id == prescription), None)


NEVER = HeldPrescription(ITEM, Conversation("never", "asked"))
"""What nobody has downloaded."""


def dispensed(
    held: HeldPrescription = NEVER, key: str = "d-1", *, closes: bool = False, **changes: object
) -> Dispensed:
    made: Dispensation = foreign_dispensation(id=Identifier("2.16.17.710.820.1000.990.1", key), **changes)
    return Dispensed(held, ReportedAbroad(held.prescription_id, "C", made, closes))


def test_active_prescriptions_are_listed_with_one_message_and_none_is_locked(doors: NationalDoors, national: Simulator):
    person = known(doors)
    national.reset()
    found = broker(doors).search(TREATMENT, person)
    assert [(one.name, one.status) for one in found.prescriptions] == [
        ("Cetirizin Tab 10 mg", PrescriptionStatus.DISPENSABLE),
        ("Ramipril Kaps 5 mg", PrescriptionStatus.DISPENSABLE),
        ("Skjult Tab 10 mg", PrescriptionStatus.DISPENSABLE),
    ]
    assert [one.guardian_reserved for one in found.prescriptions] == [False, False, True]
    assert (national.made(), found.report.findings) == (["reseptformidleren/ERM91"], [])


def test_a_locked_prescription_is_found_by_its_reference_number_only(doors: NationalDoors):
    found = broker(doors).search(TREATMENT, known(doors), reference_numbers=("471147114",))
    assert LOCKED in {one.id for one in found.prescriptions}
    with rejected("258"):
        lock(doors, LOCKED)
    assert take(broker(doors), known(doors), LOCKED, reference_number="471147114").held.prescription_id == LOCKED


def test_somebody_without_prescriptions_has_none(doors: NationalDoors):
    treatment = verified_treatment(identifier_of(MAN))
    assert broker(doors).search(treatment, known(doors, MAN)).prescriptions == ()
    assert broker(doors).originals(treatment, known(doors, MAN)).rows == ()


def test_originals_come_as_the_prescriber_sent_them_and_lock_nothing(doors: NationalDoors):
    found = broker(doors).originals(TREATMENT, known(doors))
    assert {row.id.lower() for row in found.rows} == set(found.originals)
    assert {read_msghead(one).kind for one in found.originals.values()} == {"ERM1"}
    assert (found.locked_exist, status(doors)) == (True, PrescriptionStatus.DISPENSABLE)


def test_a_patient_who_blocked_professionals_is_a_refusal_and_no_empty_list(doors: NationalDoors):
    treatment = verified_treatment(identifier_of(BLOCKED))
    blocked = prescription_id(person(BLOCKED), CETIRIZINE)
    with pytest.raises(NationalAccessDenied):
        broker(doors).originals(treatment, known(doors, BLOCKED))
    with pytest.raises(NationalAccessDenied):
        broker(doors).dispensings(treatment, known(doors, BLOCKED), blocked)


def test_what_was_dispensed_before_is_told(doors: NationalDoors):
    (made,) = broker(doors).dispensings(TREATMENT, known(doors), ITEM)
    assert made.medicine is not None
    assert (made.medicine.item_number, made.medicine.packages) == ("990001", Decimal(1))
    assert broker(doors).dispensings(TREATMENT, known(doors), "nobody-knows") == ()


def test_a_lock_brings_the_prescription_and_its_dispensings_and_shows_in_every_list(doors: NationalDoors):
    taken = lock(doors)
    assert read_msghead(taken.original).id == ITEM
    assert len(taken.dispensings) == 1
    assert status(doors) is PrescriptionStatus.LOCKED


def test_one_holds_a_lock_and_the_other_does_not(doors: NationalDoors, next_door: PrescriptionBroker):
    lock(doors)
    with rejected("69"):
        take(next_door, known(doors))
    held = lock(doors).held
    with rejected("X99"):
        Counter(next_door, TREATMENT, known(doors)).give_back(held, Cancellation.OTHER)
    assert status(doors) is PrescriptionStatus.LOCKED
    counter(doors).give_back(held, Cancellation.NOT_WANTED)
    assert take(next_door, known(doors)).held.prescription_id == ITEM


def test_giving_back_twice_is_giving_back_once(doors: NationalDoors):
    held = lock(doors).held
    for _ in range(2):
        counter(doors).give_back(held, Cancellation.TECHNICAL)
    assert status(doors) is PrescriptionStatus.DISPENSABLE


def test_only_a_report_gives_back_what_was_downloaded(doors: NationalDoors, national: Simulator):
    person = known(doors)
    lock(doors)
    broker(doors).decline(TREATMENT, broker(doors).search(TREATMENT, person).conversation, Cancellation.OTHER)
    assert status(doors) is PrescriptionStatus.LOCKED
    hers = counter(doors)
    national.reset()
    hers.give_back(hers.take(ITEM).held, Cancellation.NOT_COLLECTED)
    assert [one.rpartition("/")[2] for one in national.made()] == ["ERM91", "ERM93", "ERM10"]


def test_who_declines_a_list_says_why_and_locks_nothing(doors: NationalDoors, national: Simulator):
    assert status(doors) is PrescriptionStatus.DISPENSABLE
    listed = broker(doors).search(TREATMENT, known(doors)).conversation
    broker(doors).decline(TREATMENT, listed, Cancellation.NOT_WANTED)
    assert "reseptformidleren/ERM93" in national.made()
    assert status(doors) is PrescriptionStatus.DISPENSABLE


@pytest.mark.parametrize(("prescription", "code"), [(CLOSED, "96"), ("nobody-knows", "272")])
def test_what_cannot_be_dispensed_is_not_locked(doors: NationalDoors, prescription: str, code: str):
    with rejected(code):
        lock(doors, prescription)


def test_a_dispensing_is_reported_and_the_prescription_is_open_again(doors: NationalDoors):
    held = lock(doors).held
    report = counter(doors).report(dispensed(held))
    assert report.dispenser.name == "Farmácia do Exemplo (PT)"
    assert report.employee_id == "PT:medico-1"
    assert status(doors) is PrescriptionStatus.DISPENSABLE
    assert broker(doors).dispensings(TREATMENT, known(doors), ITEM)[-1] == report


def test_a_dispensing_that_exhausts_the_prescription_closes_it(doors: NationalDoors):
    held = lock(doors).held
    counter(doors).report(dispensed(held, closes=True))
    assert status(doors) is None
    with rejected("96"):
        lock(doors)


def test_a_report_sent_twice_is_taken_once(doors: NationalDoors):
    held = lock(doors).held
    made = [counter(doors).report(dispensed(held)) for _ in range(2)]
    assert made[0] == made[1]
    assert len(broker(doors).dispensings(TREATMENT, known(doors), ITEM)) == 2


def test_refuses_a_report_of_what_is_not_locked(doors: NationalDoors, next_door: PrescriptionBroker):
    with rejected("X99"):
        counter(doors).report(dispensed())
    held = lock(doors).held
    counter(doors).give_back(held, Cancellation.OTHER)
    with rejected("357"):
        counter(doors).report(replace(dispensed(held), attempt=2))
    again = lock(doors).held
    with rejected("X99"):
        Counter(next_door, TREATMENT, known(doors)).report(dispensed(again))
    with rejected("357"):
        counter(doors).report(replace(dispensed(again), attempt=2))
    assert counter(doors).report(replace(dispensed(again), attempt=3))


def test_a_dispensing_whose_packages_nobody_stated_is_not_reported(doors: NationalDoors, national: Simulator):
    held = lock(doors).held
    with pytest.raises(NationalAnswerUnreadable):
        counter(doors).report(dispensed(held, quantity=None))
    assert "reseptformidleren/ERM10" not in national.made()


def test_a_discard_takes_the_report_back_and_opens_what_it_closed(doors: NationalDoors):
    held, hers = lock(doors).held, counter(doors)
    report = hers.report(dispensed(held, closes=True))
    made = [hers.annul(report, held) for _ in range(2)]
    assert (made[0].annuls, made[0]) == (report.id, made[1])
    assert status(doors) is PrescriptionStatus.DISPENSABLE
    assert report not in broker(doors).dispensings(TREATMENT, known(doors), ITEM)


def test_nobody_annuls_what_another_dispensed(doors: NationalDoors, next_door: PrescriptionBroker):
    held, hers = lock(doors).held, counter(doors)
    report = hers.report(dispensed(held))
    others = replace(hers, broker=next_door)
    with rejected("X99"):
        others.annul(report, held)
    theirs = take(next_door, known(doors)).held
    with rejected("X99"):
        hers.annul(report, theirs)


@pytest.mark.parametrize(
    ("fault", "refusal"),
    [("down", NationalServiceDown), ("denied", NationalAccessDenied), ("nonsense", NationalAnswerUnreadable)],
)
@pytest.mark.parametrize("asked", ["search", "originals", "lock", "dispensings"])
def test_each_fault_is_its_refusal(
    doors: NationalDoors, national: Simulator, asked: str, fault: str, refusal: type[NationalRefused]
):
    person = known(doors)
    listed = broker(doors).search(TREATMENT, person).conversation
    national.fault("reseptformidleren", fault)
    calls = {
        "search": lambda: broker(doors).search(TREATMENT, person),
        "originals": lambda: broker(doors).originals(TREATMENT, person),
        "lock": lambda: Counter(broker(doors), TREATMENT, person).lock(ITEM, listed),
        "dispensings": lambda: broker(doors).dispensings(TREATMENT, person, ITEM),
    }
    with pytest.raises(refusal) as refused:
        calls[asked]()
    assert refused.value.service == "prescriptions"


@pytest.mark.parametrize(("fault", "refusal"), [("nonsense", NationalAnswerUnreadable), ("slow", NationalServiceSlow)])
def test_after_a_download_that_brought_nothing_the_standing_says_who_holds_it(
    national: Simulator, next_door: PrescriptionBroker, fault: str, refusal: type[NationalRefused]
):
    with opened(national, deadline=1.5) as doors:
        person = known(doors)
        listed = broker(doors).search(TREATMENT, person).conversation
        national.fault("reseptformidleren", fault, 3600, operation="ERM93")
        with pytest.raises(refusal):
            Counter(broker(doors), TREATMENT, person).lock(ITEM, listed)
        national.fault("reseptformidleren", "none")
        standing = [one.standing(TREATMENT, patient_of(person), ITEM) for one in (broker(doors), next_door)]
    assert [(one.status, one.ours) for one in standing] == [
        (PrescriptionStatus.LOCKED, True), (PrescriptionStatus.LOCKED, True),
    ]  # fmt: skip


AFTER = ["slow", "lost", "garbled"]
"""How Reseptformidleren fails once it has taken a report: no receipt in time, 503, nonsense."""


@pytest.mark.parametrize("fault", AFTER)
def test_a_report_that_may_have_been_taken_is_asked_about_before_it_is_sent_again(national: Simulator, fault: str):
    with opened(national, report_deadline=0.5) as doors:
        person = known(doors)
        held = lock(doors).held
        national.fault("reseptformidleren", fault, 3600, operation="ERM10")
        report = counter(doors).report(dispensed(held, closes=True))
        again = counter(doors).report(dispensed(held, closes=True))
        assert report == again
        assert national.made().count("reseptformidleren/ERM10") == 1
        assert [one.id for one in broker(doors).dispensings(TREATMENT, person, ITEM)].count(report.id) == 1


def test_a_report_that_never_reached_reseptformidleren_is_refused_and_sent_again(national: Simulator):
    with opened(national, report_deadline=0.5) as doors:
        person = known(doors)
        held = lock(doors).held
        national.fault("reseptformidleren", "down", operation="ERM10")
        with pytest.raises(NationalServiceDown):
            counter(doors).report(dispensed(held))
        national.fault("reseptformidleren", "none")
        report = counter(doors).report(dispensed(held))
        assert report in broker(doors).dispensings(TREATMENT, person, ITEM)


def test_a_message_sent_before_is_no_proof_that_it_was_accepted():
    reported = dispensed(replace(NEVER, prescription_id=PRESCRIPTION))
    with pytest.raises(NationalRejected) as refused:
        Counter(over(Repeated()), TREATMENT, hers()).report(reported)
    assert refused.value.codes == ("65",)
    assert Counter(over(Repeated(listed=True)), TREATMENT, hers()).report(reported).prescription_id == PRESCRIPTION


def test_a_rejection_of_what_was_sent_again_does_not_say_that_the_first_was_not_taken():
    """Who re-sends a report that was taken holds the prescription no longer: 357 then, or 69."""
    reported = dispensed(replace(NEVER, prescription_id=PRESCRIPTION))

    def outcome(**changes: Any) -> object:
        try:
            return Counter(over(Repeated(code="357", **changes)), TREATMENT, hers()).report(reported).prescription_id
        except NationalRefused as refused:
            return refused

    assert outcome(again=True, listed=True) == PRESCRIPTION
    assert outcome(again=True, listed=False) == NationalRejected("prescriptions", ("357",))
    assert outcome(again=True, listed=None) == NationalServiceSlow("prescriptions")
    assert outcome(again=False, listed=None) == NationalRejected("prescriptions", ("357",))


@dataclass
class Repeated:
    """A transport that rejects every report; whether it was taken before, the list of reports says (None: nothing)."""

    listed: bool | None = False
    code: str = "65"
    again: bool = False
    sent: bytes = b""

    def sent_before(self, message_id: str) -> bool:
        return self.again

    def deliver(self, message: bytes, *, message_id: str, receiver_her_id: str) -> None:
        raise AssertionError("a report is no other delivery")

    def report(self, message: bytes, *, message_id: str, receiver_her_id: str) -> None:
        self.sent = message
        raise Rejected((self.code,))

    def exchange(self, message: bytes, *, message_id: str, receiver_her_id: str) -> Transported:
        if self.listed is None:
            raise NationalServiceSlow("message-transport")
        listed = (self.sent,) if self.listed and self.sent else ()
        return Transported(m98(f"<AntallUtleveringer>{len(listed)}</AntallUtleveringer>", *listed, answers=message_id))


@dataclass
class Silent:
    """A transport whose receipts never come; asked for dispensings, Reseptformidleren lists these reports."""

    listed: tuple[bytes, ...] = ()
    sent: list[bytes] = field(default_factory=list)

    def sent_before(self, message_id: str) -> bool:
        return bool(self.sent)

    def deliver(self, message: bytes, *, message_id: str, receiver_her_id: str) -> None:
        raise AssertionError("a report is no other delivery")

    def report(self, message: bytes, *, message_id: str, receiver_her_id: str) -> None:
        self.sent.append(message)
        raise NationalServiceSlow("message-transport")

    def exchange(self, message: bytes, *, message_id: str, receiver_her_id: str) -> Transported:
        listed = (*self.listed, *(self.sent if self.listed else ()))
        return Transported(m98(f"<AntallUtleveringer>{len(listed)}</AntallUtleveringer>", *listed, answers=message_id))


def over(transport: MessageTransport) -> Prescriptions:
    return Prescriptions(PrescriptionsSettings(NODE, REGISTER, "999999", SYSTEMS), transport, new_id=uuid4)


def hers() -> RegisteredPerson:
    identifiers = (Identifier("2.16.578.1.12.4.1.4.1", PATIENT),)
    return RegisteredPerson(
        Person(identifiers, Name(("Blid",), "Skogstjerne"), Gender.FEMALE, BIRTH), AddressConfidentiality.UNCLASSIFIED,
        deceased=False,
    )  # fmt: skip


def test_a_report_whose_receipt_does_not_come_was_taken_when_it_is_listed():
    reported = dispensed(replace(NEVER, prescription_id=PRESCRIPTION))
    taken = Silent(listed=(m10(id="earlier"),))
    assert Counter(over(taken), TREATMENT, hers()).report(reported).prescription_id == PRESCRIPTION
    with pytest.raises(NationalServiceSlow) as slow:
        Counter(over(Silent()), TREATMENT, hers()).report(reported)
    assert slow.value.service == "prescriptions"


@dataclass
class Saying:
    """A transport whose every answer is this one."""

    answer: Callable[[str], bytes]

    def sent_before(self, message_id: str) -> bool:
        return False

    def deliver(self, message: bytes, *, message_id: str, receiver_her_id: str) -> None:
        raise NationalServiceSlow("message-transport")

    def report(self, message: bytes, *, message_id: str, receiver_her_id: str) -> None:
        raise NationalServiceSlow("message-transport")

    def exchange(self, message: bytes, *, message_id: str, receiver_her_id: str) -> Transported:
        return Transported(self.answer(message_id))


@pytest.mark.parametrize("code", ["2", "1"])
def test_a_missing_consent_is_a_refusal_and_no_empty_list(code: str):
    searched = over(Saying(lambda sent: m92(search=f'<Status V="{code}"/>', answers=sent)))
    read = over(Saying(lambda sent: m96(before=f'<StatusSok V="{code}"/>', answers=sent)))
    if code == "1":
        assert searched.search(TREATMENT, hers()).prescriptions == read.originals(TREATMENT, hers()).rows == ()
        return
    with pytest.raises(NationalAccessDenied):
        searched.search(TREATMENT, hers())
    with pytest.raises(NationalAccessDenied):
        read.originals(TREATMENT, hers())


def test_a_node_that_is_not_configured_for_prescriptions_has_no_such_door(national: Simulator):
    with doors_to(national_table(national.base_url, national.client_key_file, CLIENT_ID)) as made:
        assert made.prescriptions is None


def test_the_patients_number_stands_in_no_address(doors: NationalDoors, national: Simulator):
    counter(doors).report(dispensed(lock(doors).held))
    assert [call for call in national.calls() if "refused" in call] == []
