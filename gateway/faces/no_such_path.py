"""A path that serves nothing, or not by that method: the status HTTP has for it and no body (RFC 9110, 15.5.5, 15.5.6).

The framework's own words would tell which one it is, in a form that neither face speaks.
"""

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException


def refuse_unknown_paths(app: FastAPI) -> None:
    """Have the application answer so, whatever the path or method."""

    async def refused(_request: Request, reason: Exception) -> Response:
        assert isinstance(reason, HTTPException), "the handler is registered for no other"
        return Response(status_code=reason.status_code, headers=reason.headers)

    app.add_exception_handler(HTTPException, refused)
