"""The validation face under load and faults: so many at once, a few that wait, the rest told to come again."""

import asyncio
import json
import threading
from datetime import UTC, datetime
from urllib.parse import quote_from_bytes

import pytest
from fastapi import FastAPI

from gateway.errors import InternalFault
from gateway.faces.validation.face import LIMIT, Validating, ValidationFace
from transformers.model.finding import Report
from transformers.validation import Checked
from transformers.validation.validator import DocumentValidator
from trust.errors import XmlRefused

CHECKED = Checked(None, Report(), ("own",))


def application(check, at_once: int = 1) -> tuple[FastAPI, ValidationFace]:
    def unreadable(refused: XmlRefused) -> str:
        return type(refused).__name__

    how = DocumentValidator(layers=("own",))
    face = ValidationFace(
        Validating(check, how, unreadable, at_once, lambda: datetime(2026, 12, 1, tzinfo=UTC), "0.1.0")
    )
    app = FastAPI()
    app.include_router(face.router())
    return app, face


async def posted(app: FastAPI, body: bytes = b"<a/>") -> tuple[int, dict[str, object]]:
    status, told = await answered(app, body, b"text/xml")
    return status, json.loads(told)


async def answered(app: FastAPI, body: bytes, kind: bytes) -> tuple[int, bytes]:
    sent: list[dict[str, object]] = []
    scope = {
        "type": "http", "method": "POST", "path": "/validate", "raw_path": b"/validate", "query_string": b"",
        "headers": [(b"content-type", kind)],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2), "scheme": "http", "http_version": "1.1",
    }  # fmt: skip

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    content = sent[1]["body"]
    assert isinstance(content, bytes)
    return int(str(sent[0]["status"])), content


def test_more_than_are_looked_at_and_wait_are_told_to_come_again():
    go_on, most_at_once, now = threading.Event(), [0], [0]
    lock = threading.Lock()

    def check(_content: bytes) -> Checked:
        with lock:
            now[0] += 1
            most_at_once[0] = max(most_at_once[0], now[0])
        assert go_on.wait(60)
        with lock:
            now[0] -= 1
        return CHECKED

    app, face = application(check, at_once=2)

    async def all_of_them() -> list[tuple[int, dict[str, object]]]:
        waiting = [asyncio.ensure_future(posted(app)) for _ in range(10)]
        while face._here < len(waiting):  # until each was received
            await asyncio.sleep(0)
        refused = [await posted(app), await posted(app)]
        go_on.set()
        return [*await asyncio.gather(*waiting), *refused]

    answers = asyncio.run(all_of_them())
    face.close()
    assert [status for status, _ in answers] == [200] * 10 + [503] * 2
    assert most_at_once == [2]
    assert asyncio.run(posted(application(lambda _content: CHECKED)[0]))[0] == 200


def test_a_process_that_died_is_a_fault_and_the_next_document_is_answered():
    outcomes = iter([InternalFault(), CHECKED])

    def check(_content: bytes) -> Checked:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    app, _ = application(check)

    async def twice() -> list[tuple[int, dict[str, object]]]:
        return [await posted(app), await posted(app)]

    first, second = asyncio.run(twice())
    assert first == (500, {"version": 1, "outcome": "refused", "reason": "fault"})
    assert (second[0], second[1]["outcome"]) == (200, "valid")


@pytest.mark.parametrize("plain", range(3))
def test_a_form_is_decoded_whole_wherever_its_escapes_lie(plain: int):
    document, came = b"<a>" + b"." * plain + "æ %41+&".encode() * 20_000 + b"</a>", []

    def check(content: bytes) -> Checked:
        came.append(content)
        return CHECKED

    body = b"document=" + quote_from_bytes(document, safe=".").encode()
    status, _ = asyncio.run(answered(application(check)[0], body, b"application/x-www-form-urlencoded"))
    assert (status, came) == (200, [document])


def test_a_form_whose_document_is_too_large_is_not_checked():
    came = []

    def check(content: bytes) -> Checked:
        came.append(content)
        return CHECKED

    body = b"document=" + b"a" * (LIMIT + 1)
    status, told = asyncio.run(answered(application(check)[0], body, b"application/x-www-form-urlencoded"))
    assert (status, json.loads(told)["reason"], came) == (413, "too-large", [])
