"""What adapters send: headers of the asker, the patient in header or body only; and the strictest privacy answer."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Semaphore
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from gateway.errors import NationalAnswerUnreadable, NationalServiceDown
from gateway.http import HttpAnswer, HttpUnreachable
from gateway.messages import PatientIdentifier
from gateway.national.calls import Api
from gateway.national.critical_information import READS, CriticalInformationSettings, KritiskInformasjon
from gateway.national.person_register import PersonRegisterSettings, Persontjenesten
from gateway.national.ports import AddressConfidentiality, RegisteredPerson, Sharing
from gateway.national.privacy_services import PrivacySettings, PvkAndStatus
from tests.support.norway.doors import FNR, SENSITIVE, verified_request, verified_treatment
from tests.support.norway.scripted import Asked, NoAuthority, ScriptedHttp, answer
from tests.support.norway.source_messages import FORMER, PATIENT, SYSTEMS
from transformers.model.people import Name, Person
from transformers.model.values import Identifier, Moment

WHO = RegisteredPerson(
    person=Person((Identifier(FNR, PATIENT),), Name(("A",), "B"), None, Moment("1974-07-13")),
    confidentiality=AddressConfidentiality.UNCLASSIFIED,
    deceased=False,
    historical=(PatientIdentifier(FNR, FORMER),),
)
EMPTY = answer(200, {"resourceType": "Bundle", "type": "searchset", "entry": []})


def api(http: ScriptedHttp, service: str = "x") -> Api:
    return Api(service, "https://api.invalid/", http, NoAuthority())


def no_number_in(asked: list[Asked]) -> bool:
    return all(PATIENT not in unquote(one.url) and FORMER not in unquote(one.url) for one in asked)


def test_critical_information_sends_who_asks_and_why_in_headers():
    http = ScriptedHttp([EMPTY])
    settings = CriticalInformationSettings("ncpeh", SENSITIVE, SYSTEMS)
    KritiskInformasjon(settings, api(http)).read(verified_treatment(PATIENT, purpose="EMERGENCY"), WHO)
    assert sorted(one.url for one in http.asked) == sorted(f"https://api.invalid{path}" for path in READS.values())
    for one in http.asked:
        assert one.headers["nhn-patient-nin"] == PATIENT
        assert one.headers["nhn-access-basis"] == "AKUTT"
        assert one.headers["nhn-source-system"] == "ncpeh"
        assert one.headers["nhn-event-id"] == verified_request(PATIENT).correlation
        assert json.loads(unquote(one.headers["nhn-user-role"])) == {
            "system": "urn:oid:2.16.578.1.12.4.1.1.9060",
            "code": "LE",
        }
    assert no_number_in(http.asked)


def test_one_read_that_fails_refuses_them_all():
    def broken(one: Asked) -> HttpAnswer:
        if "Flags" in one.url:
            raise HttpUnreachable
        return EMPTY

    settings = CriticalInformationSettings("ncpeh", SENSITIVE, SYSTEMS)
    with pytest.raises(NationalServiceDown) as refused:
        KritiskInformasjon(settings, api(ScriptedHttp([broken]))).read(verified_treatment(PATIENT), WHO)
    assert refused.value.service == "critical-information"


@pytest.mark.parametrize(("stated", "at_once"), [({}, 4), ({"parallel": 2}, 2)])
def test_critical_information_asks_so_many_at_once_and_no_more(stated: dict[str, int], at_once: int):
    arrived, gate = Semaphore(0), Event()

    def held(_: Asked) -> HttpAnswer:
        arrived.release()
        assert gate.wait(180)
        return EMPTY

    http = ScriptedHttp([held])
    door = KritiskInformasjon(CriticalInformationSettings("ncpeh", SENSITIVE, SYSTEMS, **stated), api(http))
    with ThreadPoolExecutor(1) as other:
        reading = other.submit(door.read, verified_treatment(PATIENT), WHO)
        try:
            assert all(arrived.acquire(timeout=180) for _ in range(at_once))
            assert not arrived.acquire(timeout=0.3)  # one more would be here at once
        finally:
            gate.set()
        reading.result()
    assert len(http.asked) == len(READS)


def test_the_person_register_gets_the_number_in_its_form_and_the_parts_in_its_query():
    http = ScriptedHttp([answer(404, None)])
    request = verified_request(PATIENT)
    assert Persontjenesten(PersonRegisterSettings("ncpeh"), api(http)).find(request, request.patient) is None
    (one,) = http.asked
    assert one.content == f"nin={PATIENT}".encode()
    parts = parse_qs(urlsplit(one.url).query)["informationParts"]
    assert parts == list(PersonRegisterSettings("ncpeh").information_parts)
    assert (one.headers["api-version"], one.headers["nhn-event-id"]) == ("2", request.correlation)
    assert no_number_in(http.asked)


def test_an_answer_about_another_is_unreadable():
    http = ScriptedHttp([answer(200, {"norwegianIdentificationNumber": []})])
    request = verified_request(PATIENT)
    with pytest.raises(NationalAnswerUnreadable) as refused:
        Persontjenesten(PersonRegisterSettings("ncpeh"), api(http)).find(request, request.patient)
    assert vars(refused.value) == {"service": "person-register"}


def privacy(pvk: Any, status: Any) -> tuple[Sharing, list[Asked]]:
    first, second = ScriptedHttp([pvk]), ScriptedHttp([status])
    door = PvkAndStatus(PrivacySettings("guid-1", "part-1", "ncpeh"), api(first), api(second))
    request = verified_request(PATIENT)
    return door.status(request, request.patient).sharing, [*first.asked, *second.asked]


def pvk(word: str = "INGEN", *blocked: str) -> HttpAnswer:
    return answer(200, {"status": word, "blokkerteHelsepersonell": list(blocked)})


def status(reservation: object = False, restriction: object = False, blocked: object = False) -> HttpAnswer:
    settings = {"reservation": reservation, "restriction": restriction, "blockedPersonnel": blocked}
    return answer(200, {"hasCriticalInformation": False, "privacy": settings})


@pytest.mark.parametrize(
    ("first", "second", "sharing"),
    [
        (pvk(), status(), Sharing.ALLOWED),
        (pvk("RESERVASJON"), status(), Sharing.RESERVED),
        (pvk("SPERRET"), status(), Sharing.BLOCKED),
        (pvk("BLOKKERT", "990000048"), status(), Sharing.BLOCKED),
        (pvk("INGEN", "990000048"), status(), Sharing.BLOCKED),
        (pvk(), status(reservation=True), Sharing.RESERVED),
        (pvk(), status(restriction=True), Sharing.BLOCKED),
        (pvk(), status(blocked=True), Sharing.BLOCKED),
        (pvk("BLOKKERT"), status(reservation=True), Sharing.RESERVED),
        (pvk("RESERVASJON", "990000048"), status(blocked=True), Sharing.RESERVED),
    ],
)
def test_the_strictest_answer_counts(first: HttpAnswer, second: HttpAnswer, sharing: Sharing):
    assert privacy(first, second)[0] is sharing


def test_the_privacy_services_get_the_number_in_their_bodies():
    _, asked = privacy(pvk(), status())
    assert [json.loads(one.content or b"") for one in asked] == [
        {"innbyggerFnr": PATIENT, "definisjonGuid": "guid-1", "partKode": "part-1"},
        {"nin": PATIENT},
    ]
    assert no_number_in(asked)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (pvk("KANSKJE"), status()),
        (answer(200, {"status": "INGEN"}), status()),
        (answer(200, {}), status()),
        (answer(200, []), status()),
        (pvk(), status(reservation=None)),
        (pvk(), status(blocked="no")),
        (pvk(), answer(200, {"hasCriticalInformation": False})),
        (answer(404, None), status()),
        (pvk(), answer(404, None)),
    ],
)
def test_an_answer_that_is_no_word_of_theirs_is_no_permission(first: HttpAnswer, second: HttpAnswer):
    with pytest.raises(NationalAnswerUnreadable) as refused:
        privacy(first, second)
    assert vars(refused.value) == {"service": "privacy-services"}


@pytest.mark.parametrize(("first", "second"), [(HttpUnreachable(), status()), (pvk(), HttpUnreachable())])
def test_one_privacy_service_that_cannot_be_asked_refuses(first: Any, second: Any):
    with pytest.raises(NationalServiceDown):
        privacy(first, second)
