"""The management face: it answers in time whatever the node does, and holds nobody."""

import asyncio
import threading
from dataclasses import dataclass, field

import pytest
from starlette.types import Message

from gateway.conditions import Consequence, Shortcoming, Unmet
from gateway.faces.management import ManagementFace, Readiness

REFUSES = Unmet("a", Consequence.REFUSE, Shortcoming("the seal", "ended", "order another"))
WARNS = Unmet("b", Consequence.WARN, Shortcoming("the seal", "ends", "order another"))


@dataclass
class Node:
    lives: bool = True
    unmet: tuple[Unmet, ...] = ()
    held: threading.Event | None = None
    asked: list[str] = field(default_factory=list)

    def alive(self) -> bool:
        self.asked.append("alive")
        if self.held is not None:
            self.held.wait()
        return self.lives

    def readiness(self) -> Readiness:
        return Readiness(self.unmet)

    def metrics(self) -> bytes:
        return b"ncpeh_x 1\n"


async def ask(face: ManagementFace, path: str, method: str = "GET") -> tuple[int, bytes]:
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("a body is not read")

    async def send(message: Message) -> None:
        sent.append(message)

    await face({"type": "http", "method": method, "path": path}, receive, send)
    return sent[0]["status"], sent[1]["body"]


def once(node: Node, path: str, method: str = "GET") -> tuple[int, bytes]:
    face = ManagementFace(node)
    try:
        return asyncio.run(ask(face, path, method))
    finally:
        face.close()


@pytest.mark.parametrize(("lives", "status"), [(True, 200), (False, 503)])
def test_live_says_whether_the_node_goes_on(lives: bool, status: int):
    assert once(Node(lives=lives), "/live")[0] == status


@pytest.mark.parametrize(("unmet", "status"), [((), 200), ((WARNS,), 200), ((REFUSES, WARNS), 503)])
def test_ready_says_what_is_lacking_and_only_what_refuses_makes_it_not_ready(unmet: tuple[Unmet, ...], status: int):
    found, body = once(Node(unmet=unmet), "/ready")
    assert found == status
    for one in unmet:
        assert one.sentence() in body.decode()


def test_metrics_are_what_the_node_counted():
    assert once(Node(), "/metrics") == (200, b"ncpeh_x 1\n")


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/", "GET", 404), ("/live/", "GET", 404), ("/live", "POST", 405), ("/live", "HEAD", 200)],
)
def test_there_is_nothing_else_and_nothing_to_change(path: str, method: str, status: int):
    assert once(Node(), path, method)[0] == status


def test_a_node_that_does_not_answer_is_given_up_and_too_many_at_once_are_told_so():
    node = Node(held=threading.Event())
    face = ManagementFace(node, answer_seconds=0.2)

    async def flood() -> tuple[list[int], int, int]:
        first = await asyncio.gather(*(ask(face, "/live") for _ in range(6)))
        still = await ask(face, "/ready")
        node.held.set()  # type: ignore[union-attr]  # it is there
        while face._free < 4:
            await asyncio.sleep(0.01)
        return [status for status, _ in first], still[0], (await ask(face, "/live"))[0]

    assert asyncio.run(flood()) == ([503] * 6, 503, 200)
    assert len(node.asked) == 5, "no more than may be asked at a time, and the last one"
    face.close()
