"""The one way a simulated service says no: by a rule, with its status and code, and headers.

Of the token endpoint the form is RFC 6749's (5.2, the member ``error``), of a token or proof RFC 6750's (3.1) and RFC
9449's (7.1); of every other service it is `rules.REFUSAL_FORM`.
"""

from dataclasses import dataclass, field

from fastapi import Request
from fastapi.responses import JSONResponse

from gateway.simulators.rules import SimulatedRule


@dataclass
class CallRefused(Exception):
    """A call the service does not serve, and by which rule; ``part`` names what broke it, and never holds input."""

    rule: SimulatedRule
    headers: dict[str, str] = field(default_factory=dict)
    part: str = ""

    @property
    def code(self) -> str:
        """OAuth's error code or a short reason."""
        return f"{self.rule.code}:{self.part}" if self.part else self.rule.code


async def answer_refused(request: Request, refused: Exception) -> JSONResponse:
    """The HTTP answer of a `CallRefused`, noted with the call that was recorded for the request."""
    if not isinstance(refused, CallRefused):
        raise refused
    call = getattr(request.state, "call", None)
    if call is not None:
        call.refused = refused.code
    return JSONResponse({"error": refused.code}, refused.rule.status, refused.headers)
