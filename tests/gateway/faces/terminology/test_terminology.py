"""The face on a real socket: limits, formats, one release a request, and hostile bytes."""

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
import uvicorn
from fastapi import FastAPI

from gateway.configuration.settings import TerminologyApiTable, load
from gateway.errors import StoreUnavailable
from gateway.faces.terminology.terminology import Terminologies, TerminologyFace
from tests.support.terminology.fhir import FORMS, NOW, conforms, imported, starter, uris
from tests.support.terminology.packages import EDQM_URI, include, value_set
from transformers.terminology.errors import ReleaseAbsent
from transformers.terminology.release import Release

JSON = {"content-type": "application/fhir+json"}
LOOKUP = f"/fhir/CodeSystem/$lookup?system={EDQM_URI}&code=10219000"


@dataclass
class Came:
    """What came: status, headers, resource."""

    status: int
    headers: dict[str, str]
    resource: dict[str, Any]

    @property
    def issue(self) -> tuple[int, str]:
        return self.status, self.resource["issue"][0]["code"]


@dataclass
class Service:
    """A face on a free port."""

    port: int
    releases: dict[int, Any] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Came:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=180)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        resource = json.loads(content) if content else {}
        if resource:
            conforms(resource)
        return Came(answer.status, {k.lower(): v for k, v in answer.getheaders()}, resource)

    def get(self, path: str, **headers: str) -> Came:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: object, **headers: str) -> Came:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("POST", path, content, **{"content_type": "application/fhir+json", **headers})


def table(**changes: Any) -> TerminologyApiTable:
    return TerminologyApiTable.model_validate(load({}).terminology_api.model_dump() | changes)


@contextmanager
def serving(release: Callable[[int], Release], **changes: Any) -> Iterator[Service]:
    known = Terminologies(release, frozenset({8, 9}), uris())
    face = TerminologyFace(known, table(**changes), load({}).limits.body_deadline, lambda: NOW)
    app = FastAPI()
    app.include_router(face.router())
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, ws="none"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
        thread.start()
        try:
            yield Service(listening.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()
            face.close()


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with serving(lambda _wave: starter().release) as service:
        yield service


def test_an_answer_says_its_format_and_its_release(service: Service):
    came = service.get(LOOKUP)
    assert (came.status, came.headers["content-type"]) == (200, "application/fhir+json; charset=utf-8")
    assert came.headers["etag"] == f'W/"{starter().release.id}"'
    assert came.resource["meta"]["versionId"] == starter().release.id


def test_get_and_post_and_batch_say_the_same(service: Service):
    by_get = service.get(LOOKUP).resource
    asked = [{"name": "system", "valueUri": EDQM_URI}, {"name": "code", "valueCode": "10219000"}]
    by_post = service.post("/fhir/CodeSystem/$lookup", {"resourceType": "Parameters", "parameter": asked}).resource
    entry = {"request": {"method": "GET", "url": LOOKUP.removeprefix("/fhir/")}}
    batch = service.post("/fhir", {"resourceType": "Bundle", "type": "batch", "entry": [entry]}).resource
    assert by_get == by_post == batch["entry"][0]["resource"]


def test_a_base_with_a_slash_and_a_percent_encoded_path_are_the_same_place(service: Service):
    bundle = {"resourceType": "Bundle", "type": "batch"}
    assert service.post("/fhir/", bundle).resource == service.post("/fhir", bundle).resource
    assert service.get(LOOKUP.replace("$", "%24")).resource == service.get(LOOKUP).resource


def test_a_link_is_below_the_base_that_was_asked(service: Service):
    link = service.get("/fhir/wave-8/ValueSet?_count=1", host="terminologi.example.no").resource["link"][0]["url"]
    assert link == "http://terminologi.example.no/fhir/wave-8/ValueSet?_count=1"
    strange = service.get("/fhir/metadata", host='"><script>').resource["implementation"]["url"]
    assert strange == "http://127.0.0.1:8444/fhir"


def test_a_search_by_form_is_a_search(service: Service):
    form = {"content_type": "application/x-www-form-urlencoded"}
    came = service.post("/fhir/ValueSet/_search", f"url={quote(FORMS)}".encode(), **form)
    assert came.resource["total"] == 1
    assert service.post("/fhir/ValueSet/$expand", b"url=x", **form).issue == (415, "not-supported")
    assert service.post("/fhir/ValueSet/_search", "url=ø".encode(), **form).issue == (400, "structure")


def test_each_wave_is_answered_by_its_own_release():
    old = imported(value_set(compose={"include": [include(("10219000", "Old tablet"))]})).release
    with serving(lambda wave: old if wave == 8 else starter().release) as service:
        expand = f"ValueSet/$expand?url={FORMS}&count=1&filter=tablet"
        etags = [service.get(f"/fhir/{wave}{expand}").headers["etag"] for wave in ("", "wave-9/", "wave-8/")]
        assert etags == [f'W/"{r.id}"' for r in (starter().release, starter().release, old)]
        assert service.get(f"/fhir/wave-7/{expand}").issue == (404, "not-found")


def test_a_request_is_answered_by_the_release_in_force_when_it_began():
    before, after = imported(value_set()).release, imported(value_set(id="eHDSIDoseForm-9.1.0")).release
    began, go_on = threading.Event(), threading.Event()
    in_force = [before]

    def release(_wave: int) -> Release:
        found = in_force[0]
        if not began.is_set():
            began.set()
            go_on.wait(180)
        return found

    with serving(release) as service:
        came: list[Came] = []
        first = threading.Thread(target=lambda: came.append(service.get(f"/fhir/ValueSet/$expand?url={FORMS}")))
        first.start()
        assert began.wait(180)
        in_force[0] = after
        second = service.get(f"/fhir/ValueSet/$expand?url={FORMS}")
        go_on.set()
        first.join()
    assert [c.resource["version"] for c in (*came, second)] == ["9.0.0", "9.1.0"]


def test_one_request_more_than_allowed_is_told_to_come_again():
    began, go_on = threading.Event(), threading.Event()

    def release(_wave: int) -> Release:
        began.set()
        go_on.wait(180)
        return starter().release

    with serving(release, requests=1) as service:
        came: list[Came] = []
        first = threading.Thread(target=lambda: came.append(service.get(LOOKUP)))
        first.start()
        assert began.wait(180)
        refused = service.get(LOOKUP)
        go_on.set()
        first.join()
        assert service.get(LOOKUP).status == 200
    assert (refused.issue, refused.headers["retry-after"]) == ((503, "throttled"), "1")
    assert came[0].status == 200


@pytest.mark.parametrize(
    ("fault", "issue"),
    [
        (StoreUnavailable(), (503, "transient")),
        (ReleaseAbsent("a", 0), (503, "transient")),
        (RuntimeError("a secret"), (500, "exception")),
    ],
)
def test_what_goes_wrong_inside_is_an_outcome_that_tells_nothing_of_it(fault: Exception, issue: tuple[int, str]):
    def release(_wave: int) -> Release:
        raise fault

    with serving(release) as service:
        came = service.get(LOOKUP)
    assert came.issue == issue
    assert "secret" not in json.dumps(came.resource)


def test_xml_is_not_acceptable_and_json_is(service: Service):
    assert service.get(LOOKUP, accept="application/fhir+xml").issue == (406, "not-supported")
    assert service.get(LOOKUP + "&_format=xml").issue == (406, "not-supported")
    assert service.get(LOOKUP + "&_format=json", accept="application/fhir+xml").status == 200
    assert service.get(LOOKUP, accept="application/fhir+json").status == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_is_written(service: Service, method: str):
    assert service.ask(method, "/fhir/ValueSet/1", b"").issue == (405, "not-supported")


@pytest.mark.parametrize(
    ("body", "issue"),
    [
        (b"", (400, "structure")),
        (b"\x00\xff garbage", (400, "structure")),
        (b'{"resourceType":"Parameters"', (400, "structure")),
        (b"[" * 500_000, (400, "structure")),
        (b'{"resourceType":' * 60_000, (400, "structure")),
        (b'{"resourceType":"Parameters","parameter":[{"name":"code","valueCode":"a\\u0000"}]}', (400, "value")),
        (b'{"resourceType":"Parameters","parameter":[{"name":"\\ud800","valueCode":"a"}]}', (400, "value")),
        (b'{"resourceType":"Patient"}', (400, "invalid")),
        (b" " * 10_000_000, (413, "too-long")),
    ],
    ids=["empty", "garbage", "cut", "deep-list", "deep-object", "null", "surrogate", "patient", "10-MB"],
)
def test_hostile_bodies_are_refused_with_an_outcome(service: Service, body: bytes, issue: tuple[int, str]):
    assert service.post("/fhir/CodeSystem/$lookup", body).issue == issue


def test_a_body_that_is_longer_than_it_says_is_cut_off(service: Service):
    chunks = iter([b" " * 600_000, b" " * 600_000])
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=180)
    connection.request("POST", "/fhir", chunks, JSON, encode_chunked=True)
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["issue"][0]["code"]) == (413, "too-long")
    connection.close()


@pytest.mark.parametrize(
    ("path", "issue"),
    [
        ("/fhir/ValueSet/$expand?url=%00", (400, "value")),
        ("/fhir/ValueSet/$expand?url=%FF", (400, "value")),
        (f"/fhir/ValueSet/$expand?url={FORMS}&count=-1", (400, "value")),
        (f"/fhir/ValueSet/$expand?url={FORMS}&offset=9223372036854775808", (400, "value")),
        (f"/fhir/ValueSet/$expand?url={FORMS}&count=%D9%A1", (400, "value")),
        ("/fhir/ValueSet?" + "&".join(f"a{n}=1" for n in range(200)), (400, "value")),
        ("/fhir/%00", (404, "not-supported")),
        ("/fhir/../../etc/passwd", (404, "not-supported")),
        ("/fhir/ValueSet/%FF", (400, "value")),
        ("/fhir/wave-99/metadata", (404, "not-found")),
    ],
)
def test_hostile_paths_are_refused_with_an_outcome(service: Service, path: str, issue: tuple[int, str]):
    assert service.get(path).issue == issue
    assert service.get(f"/fhir/ValueSet/$expand?url={FORMS}&count=1").status == 200
