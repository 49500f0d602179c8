"""Norway's prescriptions behind the exchange's port, against the simulator: what one request costs, by its ledger.

A conversation is one message to Reseptformidleren and its answer. A list takes 2 and 1 for each prescription that only
its dispensings may hold back; a retrieve of k documents takes 2 + k, in one request.
"""

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest

from gateway.admission import VerifiedTreatment
from gateway.errors import NationalAnswerUnreadable
from gateway.exchange.country_a.find import find_documents
from gateway.exchange.country_a.prescription_entry import FORMAT as EP_FORMAT
from gateway.exchange.country_a.retrieve import retrieve_documents
from gateway.exchange.ports import CountryOfAffiliation, Doors, IdentityPolicy, Trail
from gateway.messages import DocumentRequest, FindDocuments, RetrieveDocuments
from gateway.national.doors import NationalDoors
from gateway.national.exportable_prescriptions import ExportablePrescriptions
from gateway.national.ports import RegisteredPerson
from gateway.national.prescription_broker import FoundPrescriptions, PrescriptionBroker, PrescriptionOriginals
from tests.support.callers.verified import EP
from tests.support.machine.call_counts import counting
from tests.support.norway.doors import doors_to, national_table_with_prescriptions, verified_treatment
from tests.support.norway.in_memory import MemoryShelf
from tests.support.norway.m1 import ROOT, policy
from tests.support.norway.simulator import CLIENT_ID, SAMPLES, Simulator, running
from tests.support.norway.source_messages import SYSTEMS
from tests.support.persons.prescriptions import sources
from tests.support.persons.samples import composer, persons
from transformers.norway.read_prescription import read_prescription_in
from transformers.norway.with_fest import with_fest
from trust.certificates import CertificateVerifier
from trust.xmldsig import verify_document

M91, M95, M97 = (f"reseptformidleren/ERM{number}" for number in ("91", "95", "97"))
IDENTITY = ("persontjenesten/get-by-nin", "pvk/SjekkInnbyggersPiStatus", "kritisk-informasjon-status/status")
SIZES = {"sami-names": (1, 1), "rich": (10, 10), "prescriptions": (48, 45)}
"""How many prescriptions a person has, and how many of them are active: of the others nothing is sent us."""
ACTIVE = [(person, active) for person, (_, active) in SIZES.items()]


@pytest.fixture(scope="module")
def national(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    folder = tmp_path_factory.mktemp("counted")
    samples = folder / "samples"
    shutil.copytree(SAMPLES, samples)
    for person, (size, _) in SIZES.items():
        index = samples / "persons" / person / "prescriptions.toml"
        head, *rows = re.split(r"(?m)^(?=\[\[prescription\]\])", index.read_text("utf-8"))
        assert len(rows) >= size
        index.write_text(head + "".join(rows[:size]), "utf-8")
    with running(folder, samples=samples) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def doors(national: Simulator) -> Iterator[NationalDoors]:
    table = national_table_with_prescriptions(national.base_url, national.client_key_file, CLIENT_ID)
    with doors_to(table) as made:
        yield made


def source(doors: NationalDoors) -> ExportablePrescriptions:
    assert doors.prescriptions is not None
    known = sources()
    return ExportablePrescriptions(doors.prescriptions, known.fest, known.certificates, policy(), SYSTEMS, ROOT)


@dataclass
class Listed:
    """A person's list, and whom it was made for."""

    treatment: VerifiedTreatment
    country: CountryOfAffiliation
    trail: Trail
    ids: tuple[str, ...]
    prescriptions: int
    """How many it lists, each as a document and its original."""


def listed(doors: NationalDoors, person: str) -> Listed:
    treatment = verified_treatment(persons()[person])
    country = CountryOfAffiliation(
        Doors(doors.person_register, doors.privacy_services, doors.critical_information, doors.medicines,
              doors.vaccinations),
        IdentityPolicy(reserved_as_unknown=True, deceased_as_unknown=True, source_unavailable={}),
        MemoryShelf(),
        source(doors),
    )  # fmt: skip
    trail = Trail()
    query = FindDocuments(treatment.request.patient, (EP,))
    reply = find_documents(treatment, query, country, composer(), trail, uuid4)
    coded = [entry for entry in reply.entries if entry.format_code == EP_FORMAT]
    return Listed(treatment, country, trail, tuple(entry.unique_id for entry in reply.entries), len(coded))


def asked_register(doors: NationalDoors, treatment: VerifiedTreatment) -> RegisteredPerson:
    person = doors.person_register.find(treatment.request, treatment.request.patient)
    assert person is not None
    return person


def once(national: Simulator, **counts: int) -> None:
    """The ledger holds each step of identity once, one search, one reading, and so many counts of dispensings."""
    made = Counter(national.made())
    assert made == {**dict.fromkeys(IDENTITY, 1), M91: 1, M95: 1, M97: counts["counts"]}


@pytest.mark.parametrize(("person", "active"), ACTIVE)
def test_a_list_and_a_retrieve_of_all_of_it_take_two_conversations_and_one_for_each(doors, national, person, active):
    national.reset()
    made = listed(doors, person)
    by_count = [why for _, why in made.trail.withheld if why == ("nothing-left",)]
    once(national, counts=made.prescriptions + len(by_count))
    assert made.prescriptions + len(made.trail.withheld) == active
    assert made.ids
    national.reset()
    trail, asked = Trail(), RetrieveDocuments(tuple(map(DocumentRequest, made.ids)))
    found = retrieve_documents(made.treatment, asked, made.country, lambda _kept: None, trail)
    assert [request.unique_id for request, _ in found.documents] == list(made.ids)
    once(national, counts=made.prescriptions)
    assert trail.origins == ["person-register", "privacy-services", "prescriptions"]


def test_a_retrieve_of_one_counts_its_dispensings_alone_and_the_next_request_asks_again(doors, national):
    made = listed(doors, "rich")
    for unique_id in made.ids[:2]:
        national.reset()
        asked = RetrieveDocuments((DocumentRequest(unique_id),))
        assert retrieve_documents(made.treatment, asked, made.country, lambda _kept: None, Trail()).documents
        once(national, counts=1)


@pytest.mark.parametrize(("person", "active"), ACTIVE)
def test_each_prescription_is_verified_read_and_joined_once_for_each_request(doors, person, active):
    treatment = verified_treatment(persons()[person])
    who = asked_register(doors, treatment)
    signers = CertificateVerifier.verify
    with counting(verify_document, read_prescription_in, with_fest, signers) as calls:
        offered = source(doors).offered(treatment, who)
    assert offered.offered
    once_each = (verify_document, read_prescription_in, with_fest)
    assert {function.__name__: calls[function.__qualname__] for function in once_each} == {
        function.__name__: active for function in once_each
    }
    assert 0 < calls[signers.__qualname__] <= min(active, 3)


def test_what_nobody_asked_for_is_neither_read_nor_counted(doors, national):
    treatment = verified_treatment(persons()["rich"])
    who = asked_register(doors, treatment)
    every = [one.state.prescription_id for one in source(doors).offered(treatment, who).offered]
    national.reset()
    with counting(read_prescription_in) as calls:
        some = source(doors).offered(treatment, who, frozenset(every[:3]))
    assert [one.state.prescription_id for one in some.offered] == every[:3]
    assert some.withheld == {}
    assert calls == {"read_prescription_in": 3}
    assert Counter(national.made()) == {M91: 1, M95: 1, M97: 3}


def test_of_a_prescription_that_is_not_active_the_dispensings_are_counted_and_nothing_is_read(doors, national):
    treatment = verified_treatment(persons()["sami-names"])
    who = asked_register(doors, treatment)
    national.reset()
    unknown = "00000000-0000-4000-8000-000000000000"
    offered = source(doors).offered(treatment, who, frozenset({unknown}))
    assert (offered.offered, offered.withheld, offered.taken) == ((), {}, frozenset())
    assert offered.dispensings == {unknown: 0}
    assert Counter(national.made()) == {M91: 1, M97: 1}


@dataclass
class Spoilt:
    """The broker, with a row nobody can read and dispensings of one prescription that nobody can read."""

    behind: PrescriptionBroker
    of: str

    def search(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, **asked: tuple[str, ...]
    ) -> FoundPrescriptions:
        return replace(self.behind.search(treatment, person, **asked), unreadable=("row-9",))

    def originals(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, **asked: tuple[str, ...]
    ) -> PrescriptionOriginals:
        return self.behind.originals(treatment, person, **asked)

    def dispensings(self, treatment: VerifiedTreatment, person: RegisteredPerson, id_: str) -> object:
        if id_.lower() == self.of:
            raise NationalAnswerUnreadable("prescriptions")
        return self.behind.dispensings(treatment, person, id_)


def test_what_cannot_be_read_of_one_prescription_holds_it_back_alone(doors):
    treatment = verified_treatment(persons()["rich"])
    person = asked_register(doors, treatment)
    whole = source(doors).offered(treatment, person)
    first = whole.offered[0].state.prescription_id
    broker: Any = Spoilt(source(doors).broker, first)
    found = replace(source(doors), broker=broker).offered(treatment, person)
    assert [one.state for one in found.offered] == [one.state for one in whole.offered[1:]]
    assert found.withheld == {**whole.withheld, first: ("dispensings-unreadable",), "row-9": ("unreadable",)}
    assert found.unreadable == whole.unreadable | {first, "row-9"}
    second = whole.offered[1].state.prescription_id
    alone = replace(source(doors), broker=broker).offered(treatment, person, frozenset({second}))
    assert [one.state for one in alone.offered] == [whole.offered[1].state]
    assert (alone.withheld, alone.unreadable) == ({}, frozenset()), "nobody asked for the row that cannot be read"
