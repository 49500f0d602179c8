"""A body within its limit, and one budget for all in flight: what is over is refused, what was taken comes back."""

import asyncio
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from fastapi import Request

from gateway.errors import BodyTooLarge, NodeTooManyRequests
from gateway.faces.receive import BodyBudget, received

A, B, C = b"a", b"b", b"c"


def test_bodies_of_all_peers_share_one_budget():
    budget = BodyBudget(100, 20)
    with ExitStack() as shares:
        for peer in (A, B):
            shares.enter_context(budget.share(peer)).take(50)
        with pytest.raises(NodeTooManyRequests):
            shares.enter_context(budget.share(C)).take(1)
    with budget.share(C) as share:
        share.take(50)


def test_one_peer_has_at_most_half_of_it():
    budget = BodyBudget(100, 20)
    with budget.share(A) as first, budget.share(A) as second, budget.share(B) as other:
        first.take(30)
        second.take(20)
        with pytest.raises(NodeTooManyRequests):
            second.take(1)
        with pytest.raises(NodeTooManyRequests):
            first.foresee(1)
        other.take(50)


def test_one_body_of_the_largest_size_has_room_whatever_half_is():
    with BodyBudget(100, 90).share(A) as share:
        share.foresee(90)
        share.take(90)
        with pytest.raises(NodeTooManyRequests):
            share.take(1)


def test_what_a_request_took_comes_back_when_it_fails():
    budget = BodyBudget(100, 100)
    with pytest.raises(NodeTooManyRequests), budget.share(A) as share:
        share.take(60)
        share.take(60)
    with budget.share(B) as share:
        share.take(100)


def _received(body: bytes, *headers: tuple[bytes, bytes], most: int = 4000) -> bytes:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def read() -> bytes:
        request = Request({"type": "http", "headers": list(headers)}, receive)
        with BodyBudget(most, 2000).share(A) as share:
            return await received(request, 2000, timedelta(minutes=1), share)

    return asyncio.run(read())


@pytest.mark.parametrize("length", [b"2001", b"9" * 5000], ids=["over", "a number of 5,000 digits"])
def test_a_stated_length_over_the_limit_is_refused_before_a_byte_is_read(length: bytes):
    with pytest.raises(BodyTooLarge):
        _received(b"", (b"content-length", length))


@pytest.mark.parametrize("length", [b"2000", "²".encode("latin-1")], ids=["at the limit", "no number"])
def test_a_stated_length_within_the_limit_decides_nothing(length: bytes):
    assert _received(b"one message", (b"content-length", length)) == b"one message"


def test_a_body_without_a_stated_length_has_the_same_limit():
    assert _received(b"x" * 2000) == b"x" * 2000
    with pytest.raises(BodyTooLarge):
        _received(b"x" * 2001)


def test_a_body_for_which_there_is_no_room_now_is_refused():
    with pytest.raises(NodeTooManyRequests):
        _received(b"x" * 1500, most=1400)
    with pytest.raises(NodeTooManyRequests):
        _received(b"", (b"content-length", b"1500"), most=1400)
    assert _received(b"x" * 1400, most=1400) == b"x" * 1400
