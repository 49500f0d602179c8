"""One port, two roles at Reseptformidleren: what holds for both, and where they differ, by the simulator's ledger.

*prescriber* is the product's; *dispenser* is a double, so that the port is shaped for it. Reports are the journal's in
both roles; here they are made by hand.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import UUID

import pytest
from pydantic import ValidationError

from gateway.exchange.country_a.find import find_documents
from gateway.exchange.ports import CountryOfAffiliation, Doors, IdentityPolicy, Trail
from gateway.messages import FindDocuments
from gateway.national.doors import NationalDoors
from gateway.national.exportable_prescriptions import ExportablePrescriptions
from gateway.national.ports import PrescriptionSource, RegisteredPerson
from gateway.national.prescription_broker import PrescriptionBroker, ReportedAbroad
from gateway.national.settings import read_national
from tests.support.callers.verified import EP
from tests.support.norway.dispenser import DispenserDouble
from tests.support.norway.dispensing import Counter, Dispensed
from tests.support.norway.doors import doors_to, national_table_with_prescriptions, verified_treatment
from tests.support.norway.eresept_messages import foreign_dispensation
from tests.support.norway.in_memory import MemoryShelf
from tests.support.norway.m1 import ROOT, policy
from tests.support.norway.simulator import CLIENT_ID, SAMPLES, Simulator, identifier_of, running
from tests.support.norway.source_messages import SYSTEMS
from tests.support.persons.prescriptions import sources
from tests.support.persons.samples import composer
from transformers.norway.cancellation import Cancellation

US, PHARMACY = "8190099", "8190077"
TREATMENT = verified_treatment(identifier_of("rich"))
MANY = 3


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    folder = tmp_path_factory.mktemp("roles")
    shutil.copytree(SAMPLES, folder / "samples")
    index = folder / "samples" / "persons" / "rich" / "prescriptions.toml"
    head, *rows = re.split(r"(?m)^(?=\[\[prescription\]\])", index.read_text("utf-8"))
    index.write_text(head + "".join(rows[:MANY]), "utf-8")
    with running(folder, samples=folder / "samples") as simulator:
        yield simulator


@dataclass
class Met:
    """A patient's prescriptions in one role, and a pharmacy that wants them too."""

    national: Simulator
    source: PrescriptionSource
    doors: NationalDoors
    pharmacy: Counter
    person: RegisteredPerson
    ids: frozenset[str]
    """Of her prescriptions, in lower case."""
    one: str
    """Of one that may cross."""

    def by_us(self) -> set[str]:
        """What the ledger says that we hold."""
        return {one["prescription"].lower() for one in self._ledger()["held"] if one["by"] == US}

    def dispensed(self) -> list[str]:
        """On which prescriptions a dispensing is in force."""
        reports = [one for one in self._ledger()["reports"] if one["kind"] == "dispensing" and one["in_force"]]
        return [one["prescription"].lower() for one in reports]

    def report(self, prescription_id: str) -> None:
        """As the journal does: what is not held is taken first."""
        counter = Counter(broker_of(self.doors), TREATMENT, self.person)
        already = self.source.held_now.get(prescription_id) if isinstance(self.source, DispenserDouble) else None
        held = already.held if already is not None else counter.take(self.spelled(prescription_id)).held
        made = ReportedAbroad(held.prescription_id, "C", foreign_dispensation(), closes=True)
        counter.report(Dispensed(held, made))

    def spelled(self, prescription_id: str) -> str:
        """The id as Reseptformidleren spells it."""
        found = self.pharmacy.broker.search(TREATMENT, self.person).prescriptions
        return next(one.id for one in found if one.id.lower() == prescription_id)

    def _ledger(self):
        return self.national.send("GET", "/simulator/ledger").json()


def broker_of(doors: NationalDoors) -> PrescriptionBroker:
    assert doors.prescriptions is not None
    return doors.prescriptions


@pytest.fixture(params=["prescriber", "dispenser"])
def met(request: pytest.FixtureRequest, process: Simulator) -> Iterator[Met]:
    process.reset()
    with ExitStack() as stack:
        opened = []
        for her_id in (US, PHARMACY):
            table = national_table_with_prescriptions(process.base_url, process.client_key_file, CLIENT_ID)
            table["national"]["sender"]["her_id"] = her_id
            opened.append(stack.enter_context(doors_to(table, deadline=60)))
        ours, theirs = opened
        person = ours.person_register.find(TREATMENT.request, TREATMENT.request.patient)
        assert person is not None
        known = sources()
        rules = ExportablePrescriptions(broker_of(ours), known.fest, known.certificates, policy(), SYSTEMS, ROOT)
        listed = broker_of(theirs).search(TREATMENT, person).prescriptions
        yield Met(
            process, rules if request.param == "prescriber" else DispenserDouble(rules), ours,
            Counter(broker_of(theirs), TREATMENT, person), person, frozenset(one.id.lower() for one in listed),
            rules.offered(TREATMENT, person).offered[0].state.prescription_id,
        )  # fmt: skip


def test_an_offer_takes_nothing_and_is_whole_or_said_to_be_uncomposed(met: Met):
    offered = met.source.offered(TREATMENT, met.person)
    composed = {one.state.prescription_id for one in offered.offered}
    assert composed | offered.uncomposed | offered.withheld.keys() == met.ids
    assert composed & offered.uncomposed == set()
    assert all(one.item is not None for one in offered.offered)
    assert met.by_us() == set()


def test_the_roles_differ_in_what_they_see_without_taking_and_in_what_they_hold(met: Met):
    offered = met.source.offered(TREATMENT, met.person)
    takes = isinstance(met.source, DispenserDouble)
    assert (bool(offered.offered), bool(offered.uncomposed)) == (not takes, takes)
    one = met.one
    met.source.held(TREATMENT, met.person, frozenset({one}))
    assert met.by_us() == ({one} if takes else set())


def test_what_is_held_is_composed_and_the_same_again_is_the_same(met: Met):
    one = frozenset({met.one})
    first, again = (met.source.held(TREATMENT, met.person, one) for _ in range(2))
    assert first.uncomposed == frozenset()
    assert [each.state.prescription_id for each in first.offered] == sorted(one)
    assert [(each.item, each.state) for each in again.offered] == [(each.item, each.state) for each in first.offered]


def test_what_is_released_is_free_for_anybody_and_to_release_it_again_is_no_fault(met: Met):
    one = frozenset({met.one})
    met.source.held(TREATMENT, met.person, one)
    for _ in range(2):
        met.source.released(TREATMENT, met.person, one)
    assert met.by_us() == set()
    held = met.pharmacy.take(met.spelled(met.one)).held
    met.pharmacy.give_back(held, Cancellation.TECHNICAL)


def test_what_a_pharmacy_has_is_taken_and_given_to_nobody_abroad(met: Met):
    one = met.one
    met.pharmacy.take(met.spelled(one))
    assert one in met.source.offered(TREATMENT, met.person).taken
    now = met.source.held(TREATMENT, met.person, frozenset({one}))
    assert (now.offered, now.taken) == ((), frozenset({one}))
    met.source.released(TREATMENT, met.person, frozenset({one}))
    assert met.by_us() == set()


def test_what_is_dispensed_abroad_is_reported_once_and_held_no_longer(met: Met):
    one = met.one
    met.source.held(TREATMENT, met.person, frozenset({one}))
    met.report(one)
    assert (met.dispensed(), met.by_us()) == ([one], set())


def test_what_cannot_be_composed_is_not_listed_abroad_and_its_reason_is_recorded(met: Met):
    country = CountryOfAffiliation(
        Doors(met.doors.person_register, met.doors.privacy_services, met.doors.critical_information,
              met.doors.medicines, met.doors.vaccinations),
        IdentityPolicy(reserved_as_unknown=True, deceased_as_unknown=True, source_unavailable={}),
        MemoryShelf(),
        met.source,
    )  # fmt: skip
    trail, number = Trail(), iter(range(1, 1_000))
    query = FindDocuments(TREATMENT.request.patient, (EP,))
    found = find_documents(TREATMENT, query, country, composer(), trail, lambda: UUID(int=next(number)))
    uncomposed = {id_ for id_, why in trail.withheld if why == ("uncomposed",)}
    assert uncomposed == met.source.offered(TREATMENT, met.person).uncomposed
    assert len(found.entries) == 2 * (len(met.ids) - len({id_ for id_, _ in trail.withheld}))


def opened_in(role: str | None, *, without: str | None = None) -> object:
    table = national_table_with_prescriptions("https://example.test", SAMPLES, CLIENT_ID)
    table["national"]["prescriptions"].pop("role")
    if role is not None:
        table["national"]["prescriptions"]["role"] = role
    if without is not None:
        del table["national"][without]
    return read_national(table)


def test_a_prescriber_is_not_read_without_the_key_and_hpr_number_of_the_agreement():
    with pytest.raises(
        ValidationError, match=r"prescriber: there is no \[national.prescriber\], whose HPR number and key"
    ):
        opened_in("prescriber", without="prescriber")
    assert opened_in("prescriber")
    assert opened_in(None, without="prescriber")


def test_the_role_that_is_not_built_is_refused_by_name():
    with pytest.raises(ValidationError, match="role: dispenser is not built"):
        opened_in("dispenser")


def test_without_a_role_there_is_no_door(process: Simulator):
    table = national_table_with_prescriptions(process.base_url, process.client_key_file, CLIENT_ID)
    with doors_to(table) as doors:
        assert doors.prescriptions is not None
    del table["national"]["prescriptions"]["role"]
    with doors_to(table) as doors:
        assert doors.prescriptions is None
