"""The one way a simulated service says no: status, code and headers.

Of the token endpoint they are RFC 6749's (5.2, the member ``error``), of a token or proof RFC 6750's (3.1) and RFC
9449's (7.1). `[assumed]`: every other service says its refusals in the same form.
"""

from dataclasses import dataclass, field

from fastapi import Request
from fastapi.responses import JSONResponse


@dataclass
class CallRefused(Exception):
    """A call the service does not serve. ``code`` is OAuth's error code or a short reason; it never holds input."""

    status: int
    code: str
    headers: dict[str, str] = field(default_factory=dict)


async def answer_refused(request: Request, refused: Exception) -> JSONResponse:
    """The HTTP answer of a `CallRefused`, noted with the call that was recorded for the request."""
    if not isinstance(refused, CallRefused):
        raise refused
    call = getattr(request.state, "call", None)
    if call is not None:
        call.refused = refused.code
    return JSONResponse({"error": refused.code}, refused.status, refused.headers)
