"""A path that serves nothing, or not by that method: the status HTTP has for it and no body (RFC 9110, 15.5.5, 15.5.6).

The framework's own words would tell which one it is, in a form that neither face speaks.
"""

from collections import Counter

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

_REASONS = {404: "no-such-path", 405: "no-such-method"}


def refuse_unknown_paths(app: FastAPI, refused: Counter[str] | None = None) -> None:
    """Have the application answer so, whatever the path or method, and count it: no other trace is left of it.

    ``refused``: why and how often; nobody and no path is named.
    """
    counts = Counter[str]() if refused is None else refused

    async def refuse(_request: Request, reason: Exception) -> Response:
        assert isinstance(reason, HTTPException), "the handler is registered for no other"
        counts[_REASONS.get(reason.status_code, "other")] += 1
        return Response(status_code=reason.status_code, headers=reason.headers)

    app.add_exception_handler(HTTPException, refuse)
