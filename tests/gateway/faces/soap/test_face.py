"""The face: what is not received whole is no message; how long a held answer waits."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi import FastAPI

from gateway.configuration.settings import load
from gateway.errors import Refusal
from gateway.faces.soap.face import SERVICES, Face, fixed_moment
from gateway.pipeline.form import Arrived


@dataclass
class Pipeline:
    """Stands for the pipeline: remembers what reached it."""

    status: int = 200
    content_type: str = "application/soap+xml"
    body: bytes = b"answer"
    held: bool = False
    asked: list[bytes] = field(default_factory=list)
    not_delivered: list["Pipeline"] = field(default_factory=list)
    clock: "Driven | None" = None
    takes: float = 0.0

    def answer(self, arrived: Arrived, _reason: Refusal | None = None) -> "Pipeline":
        self.asked.append(arrived.body)
        if self.clock is not None:
            self.clock.at += self.takes
        return self

    def undelivered(self, reply: "Pipeline") -> None:
        self.not_delivered.append(reply)


@dataclass
class Driven:
    """A clock that moves when it is told to."""

    at: float = 0.0
    paused: list[float] = field(default_factory=list)
    late: int = 0

    def elapsed(self) -> float:
        return self.at

    async def pause(self, seconds: float) -> None:
        self.paused.append(seconds)
        self.at += seconds


def posted(
    pipeline: Pipeline, *messages: dict[str, Any], clock: Driven | None = None, a_piece_takes: float = 0.0
) -> list[dict[str, Any]]:
    """What the face sends when that is received, after which the client is still there and waits."""
    clock = clock or Driven()
    face = Face(pipeline, load({}).limits, elapsed=clock.elapsed, pause=clock.pause)
    app = FastAPI()
    app.include_router(face.router())
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": SERVICES["xca"], "query_string": b"",
        "headers": [], "extensions": {"tls": {"client_cert_der": b""}},
    }  # fmt: skip
    coming, sent = iter(messages), []

    async def receive() -> dict[str, Any]:
        clock.at += a_piece_takes
        message = next(coming, None)
        return message if message is not None else await asyncio.Future()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]  # dictionaries, as ASGI has them
    face.close()
    clock.late += face.late
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
    ("taken", "leaves"), [(0.0, 0.5), (0.49, 0.5), (0.5, 2.0), (1.99, 2.0), (2.0, 8.0), (7.5, 8.0), (8.0, 32.0)]
)
def test_a_held_answer_leaves_at_one_of_few_fixed_moments(taken: float, leaves: float):
    assert fixed_moment(taken, 0.5) == leaves


def test_no_hold_waits_for_nothing():
    assert fixed_moment(0.125, 0.0) == 0.125


def test_a_body_that_drips_in_takes_nothing_of_the_hold():
    clock = Driven()
    pipeline = Pipeline(held=True, clock=clock, takes=0.25)
    drip = ({"type": "http.request", "body": b".", "more_body": True}, {"type": "http.request", "body": b"."})
    posted(pipeline, *drip, clock=clock, a_piece_takes=1.9)
    assert clock.paused == [1.75]


def test_an_answer_later_than_the_hold_is_counted_and_others_are_not():
    clock = Driven()
    for takes in (0.25, 2.5):
        posted(Pipeline(held=True, clock=clock, takes=takes), {"type": "http.request", "body": b"."}, clock=clock)
    assert (clock.paused, clock.late) == ([1.75, 5.5], 1)


def test_an_answer_whose_client_went_away_is_said_to_the_pipeline_and_another_is_not():
    body = {"type": "http.request", "body": b"."}
    gone, there = Pipeline(held=True), Pipeline(held=True)
    posted(gone, body, {"type": "http.disconnect"})
    posted(there, body)
    assert (gone.not_delivered, there.not_delivered) == ([gone], [])
