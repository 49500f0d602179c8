"""A request's body, received whole within its limits or refused; every face reads by this."""

import asyncio
from datetime import timedelta

from fastapi import Request

from gateway.errors import BodyTooLarge, BodyTooSlow


async def received(request: Request, limit: int, deadline: timedelta) -> bytes:
    """The body, at most ``limit`` bytes. Raises BodyTooLarge, BodyTooSlow, and ClientDisconnect of the server."""
    said = request.headers.get("content-length", "")
    if said.isdigit() and int(said) > limit:
        raise BodyTooLarge(limit)
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(deadline.total_seconds()):
            async for piece in request.stream():
                size += len(piece)
                if size > limit:
                    raise BodyTooLarge(limit)
                pieces.append(piece)
    except TimeoutError:
        raise BodyTooSlow from None
    return b"".join(pieces)
