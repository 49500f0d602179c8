"""Person register, privacy component and kritisk informasjon of the simulator: what they answer, what they refuse."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.norway.helseid_client import CRITICAL, FORM, PERSON, PVK, HelseIdClient
from tests.support.norway.simulator import SAMPLES, Simulator, identifier_of, national, national_process

__all__ = ["national", "national_process"]

FIND = "/persontjenesten/api/legal-basis/person/get-by-nin"
PVK_PATH = "/pvk/personvern/Personverninnstillinger/SjekkInnbyggersPiStatus/v2"
STATUS_PATH = "/kritisk-informasjon/v1/status"
DEFINITION = "5ad0f2c4-3f0e-4a57-9e0b-2f6c1f3f4b11"


FOREIGN = "TransplantsAndOtherForeignBodies"


def _sample(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((SAMPLES / "persons" / name).read_text(encoding="utf-8"))
    return content


@pytest.fixture
def client(national: Simulator) -> HelseIdClient:
    return HelseIdClient(national)


def test_the_register_answers_the_parts_asked_for_and_no_more(client: HelseIdClient) -> None:
    answer = client.find(identifier_of("rich"), "Name")
    assert (answer.status, answer.json()["name"][0]["familyName"]) == (200, "Havreåker")
    assert set(answer.json()) == {"id", "name"}


def test_the_register_takes_the_parts_in_the_query_alone(client: HelseIdClient) -> None:
    parts = [("informationParts", "Gender"), ("informationParts", "Birth")]
    number = ("nin", identifier_of("rich"))
    headers = FORM | {"api-version": "2"}
    answer = client.call("POST", f"{FIND}?{urlencode(parts)}", PERSON, headers, urlencode([number]).encode())
    assert set(answer.json()) == {"id", "gender", "birth"}
    answer = client.call("POST", FIND, PERSON, headers, urlencode([number, *parts]).encode())
    assert (answer.status, answer.json()) == (400, {"error": "invalid_information_parts"})


def test_the_register_finds_by_a_discontinued_number_and_says_which_is_current(client: HelseIdClient) -> None:
    (old,) = [
        entry["identificationNumber"]
        for entry in _sample("discontinued/person.json")["norwegianIdentificationNumber"]
        if entry["status"] == "Discontinued"
    ]
    numbers = client.find(old).json()["norwegianIdentificationNumber"]
    assert {entry["status"]: entry["identificationNumber"] for entry in numbers} == {
        "Discontinued": old,
        "InUse": identifier_of("discontinued"),
    }


def test_former_names_come_only_with_history(client: HelseIdClient) -> None:
    number = identifier_of("discontinued")
    assert [row["isValid"] for row in client.find(number).json()["name"]] == [True]
    assert [row["isValid"] for row in client.find(number, includeHistory="true").json()["name"]] == [False, True]


def test_the_register_says_404_for_a_number_nobody_has(client: HelseIdClient) -> None:
    assert client.find("13837424113").status == 404


@pytest.mark.parametrize(
    ("path", "headers", "body", "status"),
    [
        (f"{FIND}?informationParts=Name", {}, {"nin": "13837424032"}, 400),
        (f"{FIND}?informationParts=Name", {"api-version": "1"}, {"nin": "13837424032"}, 400),
        (FIND, {"api-version": "2"}, {"nin": "13837424032"}, 400),
        (f"{FIND}?informationParts=Everything", {"api-version": "2"}, {"nin": "13837424032"}, 400),
        (f"{FIND}?informationParts=Name", {"api-version": "2"}, {"nin": "1383742403"}, 400),
        (f"{FIND}?informationParts=Name", {"api-version": "2"}, {}, 400),
        (
            f"{FIND}?informationParts=Name",
            {"api-version": "2", "content-type": "text/plain"},
            {"nin": "13837424032"},
            415,
        ),
    ],
    ids=["no_version", "other_version", "no_parts", "unknown_part", "short_number", "no_number", "no_form"],
)
def test_the_register_refuses(
    client: HelseIdClient, path: str, headers: dict[str, str], body: dict[str, str], status: int
) -> None:
    assert client.call("POST", path, PERSON, FORM | headers, urlencode(body).encode()).status == status


@pytest.mark.parametrize(
    "path",
    [
        f"{FIND}?informationParts=Name&nin=13837424032",
        f"{FIND}/13837424032",
        "/kritisk-informasjon/v1/Flags?subject=%313837424032",
        "/kritisk-informasjon/v1/%3138%337424032",
        "/edi20/Messages?receiverHerIds=13837424032",
    ],
)
def test_a_patient_number_in_a_url_is_refused_and_loud(client: HelseIdClient, path: str) -> None:
    answer = client.call("GET", path, CRITICAL)
    assert (answer.status, answer.json()) == (400, {"error": "PATIENT-NUMBER-IN-URL"})
    assert client.simulator.calls()[-1]["operation"] == "PATIENT-NUMBER-IN-URL"
    assert "13837424032" not in str(client.simulator.calls())


@pytest.mark.parametrize("key", ["5564fbe8-8278-4fbf-b475-13837424032c", "5564fbe8-8278-4fbf-b475-c13837424032"])
def test_an_id_whose_digits_look_like_a_number_is_no_patient_number(client: HelseIdClient, key: str) -> None:
    assert client.call("GET", f"/edi20/Messages/{key}/business-document", CRITICAL).json() != {
        "error": "PATIENT-NUMBER-IN-URL"
    }


@pytest.mark.parametrize(
    ("who", "status", "blocked"),
    [("rich", "INGEN", []), ("reserved", "RESERVASJON", []), ("blocked", "BLOKKERT", ["990000048"])],
)
def test_pvk_says_what_the_person_set(client: HelseIdClient, who: str, status: str, blocked: list[str]) -> None:
    question = {"innbyggerFnr": identifier_of(who), "definisjonGuid": DEFINITION, "partKode": "ncpeh"}
    answer = client.post_json(PVK_PATH, PVK, question)
    assert (answer.status, answer.json()) == (200, {"status": status, "blokkerteHelsepersonell": blocked})


@pytest.mark.parametrize(
    "question",
    [
        {"definisjonGuid": DEFINITION, "partKode": "ncpeh"},
        {"innbyggerFnr": "13837424032", "definisjonGuid": "tull", "partKode": "ncpeh"},
        {"innbyggerFnr": "13837424032", "definisjonGuid": DEFINITION, "partKode": ""},
        {"innbyggerFnr": "1", "definisjonGuid": DEFINITION, "partKode": "ncpeh"},
    ],
)
def test_pvk_refuses_a_question_outside_its_shape(client: HelseIdClient, question: dict[str, str]) -> None:
    assert client.post_json(PVK_PATH, PVK, question).status == 400


def test_status_says_what_is_there_and_what_was_set(client: HelseIdClient) -> None:
    headers = {"nhn-source-system": "tests"}
    rich = client.post_json(STATUS_PATH, CRITICAL, {"nin": identifier_of("rich")}, headers).json()
    assert rich["hasCriticalInformation"] is True
    assert rich["privacy"] == {"reservation": False, "restriction": False, "blockedPersonnel": False}
    assert set(rich["lastChanged"]) >= {"allergyIntoleranceDate", "flagDate"}
    blocked = client.post_json(STATUS_PATH, CRITICAL, {"nin": identifier_of("blocked")}, headers).json()
    assert blocked["privacy"]["blockedPersonnel"] is True
    nothing = client.post_json(STATUS_PATH, CRITICAL, {"nin": identifier_of("no-information")}, headers).json()
    assert nothing["hasCriticalInformation"] is False


def test_status_refuses_without_source_system_or_number(client: HelseIdClient) -> None:
    assert client.post_json(STATUS_PATH, CRITICAL, {"nin": identifier_of("rich")}).status == 400
    assert client.post_json(STATUS_PATH, CRITICAL, {}, {"nhn-source-system": "tests"}).status == 400


@pytest.mark.parametrize(
    ("path", "file", "count"),
    [
        ("/AllergyIntolerance", "AllergyIntolerance", 6),
        ("/Conditions?criticalInfoType=CriticalMedicalCondition", "Conditions-CriticalMedicalCondition", 4),
        ("/Conditions?criticalInfoType=Infection", "Conditions-Infection", 1),
        ("/Conditions?criticalInfoType=IntubationProblem", "Conditions-IntubationProblem", 1),
        ("/Conditions?criticalInfoType=OtherProblemWithAnesthesia", "Conditions-OtherProblemWithAnesthesia", 1),
        (f"/Conditions?criticalInfoType={FOREIGN}", f"Conditions-{FOREIGN}", 1),
        ("/Procedures", "Procedures", 3),
        ("/Flags", "Flags", 2),
        ("/Devices", "Devices", 2),
    ],
)
def test_reads_answer_the_persons_bundle(client: HelseIdClient, path: str, file: str, count: int) -> None:
    answer = client.read(identifier_of("rich"), path)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/fhir+json")
    assert answer.json()["entry"] == _sample(f"rich/critical-information/{file}.json")["entry"]
    assert answer.json()["total"] == count


def test_conditions_without_a_type_are_all_of_them(client: HelseIdClient) -> None:
    assert client.read(identifier_of("rich"), "/Conditions").json()["total"] == 8


@pytest.mark.parametrize("who", ["no-information", "known-absences"])
def test_a_person_without_critical_information_has_an_empty_bundle(client: HelseIdClient, who: str) -> None:
    answer = client.read(identifier_of(who), "/AllergyIntolerance")
    assert answer.json() == {"resourceType": "Bundle", "type": "searchset", "total": 0, "entry": []}


@pytest.mark.parametrize(
    "headers",
    [
        {"nhn_patient_nin": ""},
        {"nhn_access_basis": ""},
        {"nhn_user_role": ""},
        {"nhn_source_system": ""},
        {"nhn_patient_nin": "1383"},
        {"nhn_access_basis": "NYSGJERRIG"},
        {"nhn_user_role": "LE"},
        {"nhn_user_role": "%7B%22system%22%3A%22urn%3Aother%22%2C%22code%22%3A%22LE%22%7D"},
    ],
    ids=lambda headers: "-".join(f"{name}={value[:9]}" for name, value in headers.items()),
)
def test_reads_refuse_a_header_that_is_missing_or_wrong(client: HelseIdClient, headers: dict[str, str]) -> None:
    assert client.read(identifier_of("rich"), "/Flags").status == 200
    assert client.read(identifier_of("rich"), "/Flags", **headers).status == 400


def test_reads_refuse_an_unknown_type_and_an_unknown_resource(client: HelseIdClient) -> None:
    assert client.read(identifier_of("rich"), "/Conditions?criticalInfoType=Everything").status == 400
    assert client.read(identifier_of("rich"), "/Observation").status == 404
