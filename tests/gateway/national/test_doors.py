"""The five doors against the national simulator over sockets: what is asked, what comes back, what each fault means."""

from collections.abc import Iterator
from urllib.parse import unquote

import pytest

from gateway.errors import (
    NationalAccessDenied,
    NationalAnswerUnreadable,
    NationalRefused,
    NationalServiceDown,
    NationalServiceSlow,
)
from gateway.national.doors import NationalDoors
from gateway.national.ports import AddressConfidentiality, RegisteredPerson, Sharing
from tests.support.norway.doors import doors_to, national_table, verified_request, verified_treatment
from tests.support.norway.simulator import CLIENT_ID, Simulator, identifier_of, national, national_process
from tests.support.norway.source_messages import STRANGER
from transformers.model.summary import KnownAbsent, NoInformation, Present

__all__ = ["national", "national_process"]

CLINICAL = ("critical-information", "medicines", "vaccinations")


@pytest.fixture(scope="module")
def doors(national_process: Simulator) -> Iterator[NationalDoors]:
    table = national_table(national_process.base_url, national_process.client_key_file, CLIENT_ID)
    with doors_to(table) as opened:
        yield opened


@pytest.fixture
def hasty(national: Simulator) -> Iterator[NationalDoors]:
    """Doors that wait half a second."""
    with doors_to(national_table(national.base_url, national.client_key_file, CLIENT_ID), deadline=0.5) as opened:
        yield opened


def find(doors: NationalDoors, number: str) -> RegisteredPerson:
    request = verified_request(number)
    person = doors.person_register.find(request, request.patient)
    assert person is not None
    return person


def sample(doors: NationalDoors, name: str) -> RegisteredPerson:
    return find(doors, identifier_of(name))


def read(doors: NationalDoors, service: str, person: RegisteredPerson) -> object:
    treatment = verified_treatment(str(person.person.identifiers[0].extension))
    if service == "critical-information":
        return doors.critical_information.read(treatment, person)
    if service == "medicines":
        return doors.medicines.read(treatment, person)
    return doors.vaccinations.read(treatment, person)


def test_a_person_is_found_with_one_call(doors: NationalDoors, national: Simulator):
    person = sample(doors, "rich")
    assert (person.person.name.family, person.confidentiality) == ("Havreåker", AddressConfidentiality.UNCLASSIFIED)
    assert national.made() == ["persontjenesten/get-by-nin"]


def test_nobody_is_nobody(doors: NationalDoors):
    request = verified_request(STRANGER)
    assert doors.person_register.find(request, request.patient) is None


def test_a_discontinued_number_finds_the_current_one(doors: NationalDoors, national: Simulator):
    current = sample(doors, "discontinued")
    (old,) = current.historical
    assert find(doors, old.extension).person.identifiers == current.person.identifiers
    assert old.extension != identifier_of("discontinued")


def test_protected_and_deceased_are_told(doors: NationalDoors):
    protected, dead = sample(doors, "kode-6"), sample(doors, "deceased")
    assert (protected.confidentiality, protected.person.address) == (AddressConfidentiality.STRICTLY_CONFIDENTIAL, None)
    assert dead.deceased


@pytest.mark.parametrize(
    ("who", "sharing"), [("rich", Sharing.ALLOWED), ("reserved", Sharing.RESERVED), ("blocked", Sharing.BLOCKED)]
)
def test_both_privacy_services_are_asked(doors: NationalDoors, national: Simulator, who: str, sharing: Sharing):
    request = verified_request(identifier_of(who))
    assert doors.privacy_services.status(request, request.patient).sharing is sharing
    assert national.made() == ["pvk/SjekkInnbyggersPiStatus", "kritisk-informasjon-status/status"]


def test_critical_information_is_read_whole_and_every_read_once(doors: NationalDoors, national: Simulator):
    person = sample(doors, "rich")
    national.reset()
    found = doors.critical_information.read(verified_treatment(identifier_of("rich")), person)
    for section in (found.allergies, found.problems, found.procedures, found.devices):
        assert isinstance(section, Present)
    made = national.made()
    assert (len(made), len(set(made))) == (9, 9)
    assert {call.split("/")[0] for call in made} == {"kritisk-informasjon"}


def test_medicines_come_with_one_message(doors: NationalDoors, national: Simulator):
    person = sample(doors, "rich")
    national.reset()
    found = doors.medicines.read(verified_treatment(identifier_of("rich")), person)
    assert isinstance(found.medications, Present)
    assert (found.reconciled, national.made()) == (True, ["reseptformidleren/ERM911"])


def test_known_absence_no_information_and_reservation_are_told_apart(doors: NationalDoors):
    read_of = {
        who: doors.medicines.read(verified_treatment(identifier_of(who)), sample(doors, who))
        for who in ("known-absences", "no-information", "guardian-reserved", "ordinary-man")
    }
    assert isinstance(read_of["known-absences"].medications, KnownAbsent)
    assert isinstance(read_of["no-information"].medications, NoInformation)
    assert read_of["guardian-reserved"].guardian_reserved
    assert not read_of["ordinary-man"].reconciled


def test_vaccinations_come_with_one_message(doors: NationalDoors, national: Simulator):
    person = sample(doors, "rich")
    national.reset()
    found = doors.vaccinations.read(verified_treatment(identifier_of("rich")), person)
    assert isinstance(found.immunisations, Present)
    assert national.made() == ["sysvak/SOKREQUEST"]


@pytest.mark.parametrize("who", ["no-information", "known-absences"])
def test_no_vaccination_is_no_information(doors: NationalDoors, who: str):
    treatment = verified_treatment(identifier_of(who))
    assert isinstance(doors.vaccinations.read(treatment, sample(doors, who)).immunisations, NoInformation)


def test_a_token_is_fetched_once_for_each_api(national: Simulator):
    with doors_to(national_table(national.base_url, national.client_key_file, CLIENT_ID)) as fresh:
        for _ in range(3):
            sample(fresh, "rich")
    assert national.made(tokens=True) == ["helseid/token", *["persontjenesten/get-by-nin"] * 3]


FAULTS = [
    ("down", NationalServiceDown),
    ("denied", NationalAccessDenied),
    ("nonsense", NationalAnswerUnreadable),
]


@pytest.mark.parametrize(("fault", "refusal"), FAULTS)
def test_each_fault_of_the_person_register_is_its_refusal(
    doors: NationalDoors, national: Simulator, fault: str, refusal: type[NationalRefused]
):
    national.fault("persontjenesten", fault)
    with pytest.raises(refusal) as refused:
        sample(doors, "rich")
    assert vars(refused.value) == {"service": "person-register"}


@pytest.mark.parametrize("service", ["pvk", "kritisk-informasjon-status"])
@pytest.mark.parametrize(("fault", "refusal"), FAULTS)
def test_each_fault_of_either_privacy_service_is_its_refusal(
    doors: NationalDoors, national: Simulator, service: str, fault: str, refusal: type[NationalRefused]
):
    request = verified_request(identifier_of("rich"))
    national.fault(service, fault)
    with pytest.raises(refusal) as refused:
        doors.privacy_services.status(request, request.patient)
    assert vars(refused.value) == {"service": "privacy-services"}


@pytest.mark.parametrize(
    ("service", "simulated"),
    list(zip(CLINICAL, ("kritisk-informasjon", "reseptformidleren", "sysvak"), strict=True)),
)
@pytest.mark.parametrize(("fault", "refusal"), FAULTS)
def test_each_fault_of_a_clinical_source_is_its_refusal(
    doors: NationalDoors, national: Simulator, service: str, simulated: str, fault: str, refusal: type[NationalRefused]
):
    person = sample(doors, "rich")
    national.fault(simulated, fault)
    with pytest.raises(refusal) as refused:
        read(doors, service, person)
    assert vars(refused.value) == {"service": service}


@pytest.mark.parametrize(
    ("service", "simulated"),
    list(zip(CLINICAL, ("kritisk-informasjon", "reseptformidleren", "sysvak"), strict=True)),
)
def test_a_slow_source_is_slow(hasty: NationalDoors, national: Simulator, service: str, simulated: str):
    person = sample(hasty, "rich")
    national.fault(simulated, "slow", 5)
    with pytest.raises(NationalServiceSlow) as refused:
        read(hasty, service, person)
    assert vars(refused.value) == {"service": service}


def test_helseid_down_is_the_asked_services_refusal(national: Simulator):
    national.fault("helseid", "down")
    table = national_table(national.base_url, national.client_key_file, CLIENT_ID)
    with doors_to(table) as fresh, pytest.raises(NationalServiceDown):
        sample(fresh, "rich")
    assert national.made() == []


def test_nothing_that_was_asked_for_carries_a_number_in_its_address(doors: NationalDoors, national: Simulator):
    """The simulator refuses such a URL with 400; every door answers, so none has one."""
    person = sample(doors, "rich")
    for service in CLINICAL:
        assert read(doors, service, person)
    assert all(identifier_of("rich") not in unquote(str(call)) for call in national.calls())
