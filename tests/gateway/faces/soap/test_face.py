"""The face: what is not received whole is no message; how long a held answer waits."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi import FastAPI

from gateway.configuration.settings import load
from gateway.errors import Refusal
from gateway.faces.soap.face import SERVICES, Face, held_for
from gateway.pipeline.form import Arrived


@dataclass
class Pipeline:
    """Stands for the pipeline: remembers what reached it."""

    status: int = 200
    content_type: str = "application/soap+xml"
    body: bytes = b"answer"
    held: bool = False
    asked: list[bytes] = field(default_factory=list)

    def answer(self, arrived: Arrived, _reason: Refusal | None = None) -> "Pipeline":
        self.asked.append(arrived.body)
        return self


def posted(pipeline: Pipeline, *messages: dict[str, Any]) -> list[dict[str, Any]]:
    """What the face sends when that is received."""
    face = Face(pipeline, load({}).limits)
    app = FastAPI()
    app.include_router(face.router())
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": SERVICES["xca"], "query_string": b"",
        "headers": [], "extensions": {"tls": {"client_cert_der": b""}},
    }  # fmt: skip
    coming, sent = iter(messages), []

    async def receive() -> dict[str, Any]:
        return next(coming)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]  # dictionaries, as ASGI has them
    face.close()
    return sent


def test_a_body_received_whole_reaches_the_pipeline():
    pipeline = Pipeline()
    sent = posted(
        pipeline,
        {"type": "http.request", "body": b"one ", "more_body": True},
        {"type": "http.request", "body": b"message"},
    )
    assert pipeline.asked == [b"one message"]
    assert sent[1]["body"] == b"answer"


def test_a_connection_that_ends_inside_a_body_reaches_nothing_and_is_no_fault():
    pipeline = Pipeline()
    posted(pipeline, {"type": "http.request", "body": b"one ", "more_body": True}, {"type": "http.disconnect"})
    assert pipeline.asked == []


@pytest.mark.parametrize(
    ("taken", "waits"), [(0.0, 0.5), (0.125, 0.375), (0.5, 0.5), (0.625, 0.375), (4.0, 0.5), (4.25, 0.25)]
)
def test_a_held_answer_leaves_at_the_next_multiple_of_the_hold(taken: float, waits: float):
    assert held_for(taken, 0.5) == waits


def test_no_hold_waits_for_nothing():
    assert held_for(0.125, 0.0) == 0.0
