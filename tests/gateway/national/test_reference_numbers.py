"""A prescription locked by reference number: listed to who has the number, and to nobody else whatever they try."""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway import clock
from gateway.errors import NationalRejected
from gateway.national.doors import NationalDoors
from gateway.national.exportable_prescriptions import ExportablePrescriptions
from gateway.national.ports import OfferedPrescriptions
from gateway.national.prescription_broker import FoundPrescriptions, PrescriptionBroker
from gateway.national.reference_guesses import A_DAY, ReferenceGuesses
from gateway.store.engine import Store
from gateway.store.seen import SeenOnceInStore
from tests.support.nodes.stores import KEYS, migrated_file
from tests.support.norway.doors import doors_to, national_table_with_prescriptions, verified_treatment
from tests.support.norway.m1 import ROOT, policy
from tests.support.norway.simulator import CLIENT_ID, SAMPLES, Simulator, running
from tests.support.norway.source_messages import SYSTEMS
from tests.support.persons.prescriptions import sources
from tests.support.persons.samples import persons

NUMBER, WRONG = "90000000000019", "90000000000027"
LOCKED = "839a5130-3064-5b00-bd9c-1c8ea76b9119"
HERS, ANOTHERS = "prescriptions", "ordinary-old-woman"
_KEPT = ("locked", "used-up", "cetirizine")


@pytest.fixture(scope="module")
def national(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """Of the person with a locked prescription three, for each costs a conversation."""
    folder = tmp_path_factory.mktemp("locked")
    shutil.copytree(SAMPLES, folder / "samples")
    index = folder / "samples" / "persons" / HERS / "prescriptions.toml"
    head, *rows = re.split(r"(?m)^(?=\[\[prescription\]\])", index.read_text("utf-8"))
    index.write_text(head + "".join(row for row in rows if any(f"/{key}.xml" in row for key in _KEPT)), "utf-8")
    with running(folder, samples=folder / "samples") as simulator:
        yield simulator


@pytest.fixture(scope="module")
def doors(national: Simulator) -> Iterator[NationalDoors]:
    table = national_table_with_prescriptions(national.base_url, national.client_key_file, CLIENT_ID)
    with doors_to(table) as made:
        yield made


@pytest.fixture
def guesses(tmp_path: Path) -> Iterator[ReferenceGuesses]:
    (tmp_path / "node.db").write_bytes(migrated_file())
    store = Store.open(f"sqlite:///{tmp_path}/node.db")
    yield ReferenceGuesses(SeenOnceInStore(store), KEYS)
    store.close()


@dataclass
class Counter:
    """Asks as a foreign pharmacy does."""

    doors: NationalDoors
    guesses: ReferenceGuesses | None
    broker: PrescriptionBroker | None = None
    now: datetime = field(default_factory=clock.now)

    def ask(self, *numbers: str, person: str = HERS, only: frozenset[str] | None = None) -> OfferedPrescriptions:
        broker = self.broker or self.doors.prescriptions
        assert broker is not None
        known = sources()
        source = ExportablePrescriptions(
            broker, known.fest, known.certificates, policy(), SYSTEMS, ROOT, guesses=self.guesses
        )
        treatment = verified_treatment(persons()[person], *numbers)
        treatment = replace(treatment, request=replace(treatment.request, now=self.now))
        who = self.doors.person_register.find(treatment.request, treatment.request.patient)
        assert who is not None
        return source.offered(treatment, who, only)


def ids(offered: OfferedPrescriptions) -> list[str]:
    return [one.state.prescription_id for one in offered.offered]


def but_for_evidence(offered: OfferedPrescriptions) -> OfferedPrescriptions:
    """What decides the answer: all but what only the evidence is told."""
    kept = {key: why for key, why in offered.withheld.items() if key != "reference-number"}
    return replace(offered, withheld=kept)


def test_a_locked_prescription_is_listed_with_its_number_and_invisible_without(doors, guesses):
    counter = Counter(doors, guesses)
    without, given = counter.ask(), counter.ask(NUMBER)
    assert sorted(ids(given)) == sorted([*ids(without), LOCKED])
    assert LOCKED not in without.withheld
    assert given.withheld == without.withheld
    assert (without.unreadable, given.unreadable) == (frozenset(), frozenset())


def test_what_was_listed_with_a_number_is_given_with_it_alone(doors, guesses):
    counter, only = Counter(doors, guesses), frozenset({LOCKED})
    assert ids(counter.ask(NUMBER, only=only)) == [LOCKED]
    for numbers in ((), (WRONG,)):
        assert counter.ask(*numbers, only=only).offered == ()


@pytest.mark.parametrize(("person", "number"), [(HERS, WRONG), (ANOTHERS, NUMBER), (ANOTHERS, WRONG)])
def test_a_wrong_number_and_another_persons_get_the_answer_of_none_and_stand_in_the_evidence(
    doors, guesses, person, number
):
    counter = Counter(doors, guesses)
    none, guessed = counter.ask(person=person), counter.ask(number, person=person)
    assert but_for_evidence(guessed) == none
    assert guessed.withheld["reference-number"] == ("wrong",)


def test_ten_numbers_a_day_are_tried_and_then_even_the_right_one_is_not(doors, guesses):
    counter = Counter(doors, guesses)
    none = counter.ask()
    for n in range(A_DAY):
        assert guesses.may_try(persons()[HERS], str(n), counter.now)
    late = counter.ask(NUMBER)
    assert but_for_evidence(late) == none
    assert late.withheld["reference-number"] == ("guesses-of-the-day-spent",)
    assert guesses.may_try(persons()[ANOTHERS], NUMBER, counter.now), "another person's guesses are her own"


def test_a_number_tried_before_on_that_day_has_its_place_already(guesses):
    day = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
    for n in (*range(A_DAY), *range(A_DAY)):
        assert guesses.may_try("her", str(n), day)
    assert not guesses.may_try("her", "10", day)
    assert guesses.may_try("him", "10", day)
    assert guesses.may_try("her", "10", day + timedelta(minutes=1))


def test_of_guesses_made_at_once_ten_are_let_through(guesses):
    day = datetime(2026, 11, 20, 12, tzinfo=UTC)
    with ThreadPoolExecutor(8) as together:
        tried = list(together.map(lambda n: guesses.may_try("her", str(n), day), range(3 * A_DAY)))
    assert sum(tried) == A_DAY


def test_neither_number_nor_person_is_kept_in_the_clear(guesses, tmp_path):
    assert guesses.may_try("13877430128", NUMBER, datetime(2026, 11, 20, 12, tzinfo=UTC))
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"reference-number" in kept
    assert NUMBER.encode() not in kept
    assert b"13877430128" not in kept


@dataclass
class Rejecting:
    """Reseptformidleren as it might be: a number that it does not know is rejected."""

    behind: PrescriptionBroker
    always: bool = False

    def search(self, treatment: Any, person: Any, *, reference_numbers: tuple[str, ...] = ()) -> FoundPrescriptions:
        if reference_numbers or self.always:
            rejected = NationalRejected("prescriptions")
            rejected.codes = ("258",)
            raise rejected
        return self.behind.search(treatment, person)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.behind, name)


def test_a_service_that_rejects_a_wrong_number_gives_the_answer_of_none_too(doors, guesses):
    assert doors.prescriptions is not None
    none = Counter(doors, guesses).ask()
    rejecting: Any = Rejecting(doors.prescriptions)
    guessed = Counter(doors, guesses, rejecting).ask(WRONG)
    assert but_for_evidence(guessed) == none
    assert guessed.withheld["reference-number"] == ("wrong",)
    rejecting.always = True
    with pytest.raises(NationalRejected):
        Counter(doors, guesses, rejecting).ask(WRONG)


@dataclass
class OfNobody:
    """Reseptformidleren with a locked prescription that names nobody, and whose M1 is another person's."""

    behind: PrescriptionBroker
    searches: int = 0

    def search(self, treatment: Any, person: Any, *, reference_numbers: tuple[str, ...] = ()) -> FoundPrescriptions:
        self.searches += 1
        found = self.behind.search(treatment, person)
        others = tuple(replace(found.prescriptions[0], id="r-9", reference_number=one) for one in reference_numbers)
        return replace(found, prescriptions=(*found.prescriptions, *others))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.behind, name)


def test_a_number_that_opens_what_is_nobodys_gets_the_answer_of_none(doors, guesses):
    assert doors.prescriptions is not None
    none, broker = Counter(doors, guesses).ask(), OfNobody(doors.prescriptions)
    guessed = Counter(doors, guesses, broker).ask(WRONG)  # type: ignore[arg-type]  # the rest of it is the real one's
    assert but_for_evidence(guessed) == none
    assert guessed.withheld["reference-number"] == ("wrong",)
    assert broker.searches == 1


def test_the_same_number_of_two_persons_is_kept_as_two(guesses, tmp_path):
    day = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert guesses.may_try("her", NUMBER, day)
    assert guesses.may_try("him", NUMBER, day)
    with closing(sqlite3.connect(tmp_path / "node.db")) as kept:
        values = [row[0] for row in kept.execute("SELECT value FROM seen_once WHERE space = 'reference-number'")]
    assert len(values) == len(set(values)) == 2


def test_without_a_memory_of_guesses_no_number_is_asked_with(doors):
    assert LOCKED not in ids(Counter(doors, None).ask(NUMBER))
