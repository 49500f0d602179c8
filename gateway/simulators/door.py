"""The door every simulated API stands behind: no patient number in a URL, a token good for this call, faults.

Sources: NHN developer portal, "Security profile for HelseID-clients and APIs"; RFC 9449 (`helseid.py`, `proofs.py`);
HL7 Norway best practice, "fnr-dnr-get-vs-post": person numbers are not written in URLs.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import unquote

from fastapi import Request, Response

from gateway.simulators import rules
from gateway.simulators.calls import CallLog, suffer
from gateway.simulators.helseid import SimulatedHelseId
from gateway.simulators.refusal import CallRefused, answer_refused

_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{11}(?![0-9A-Za-z])")
"""Eleven digits that stand alone: one UUID in two hundred has eleven in a row beside a letter."""

Next = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class SimulatedApi:
    """A protected API: its name among the calls, the audience of its tokens and the scope a call needs."""

    service: str
    audience: str
    scope: str


class Door:
    """Lets calls in. ``base_url`` is what clients call us by, so that ``htu`` can be compared."""

    def __init__(self, helseid: SimulatedHelseId, call_log: CallLog, base_url: str) -> None:
        self._helseid = helseid
        self._call_log = call_log
        self._base_url = base_url

    async def enter(self, request: Request, api: SimulatedApi, operation: str) -> Response | None:
        """Let a call in: None, or the answer that a fault puts in place of the proper one; raises CallRefused."""
        request.state.call = self._call_log.record(api.service, operation)
        self.authorise(request, api)
        return await suffer(self._call_log.fault_of(api.service, operation))

    def authorise(self, request: Request, api: SimulatedApi) -> str:
        """Token and proof of a call, without recording it; the client's id."""
        return self._helseid.check_call(request, f"{self._base_url}{request.url.path}", api.audience, api.scope)


def no_numbers_in_urls(call_log: CallLog) -> Callable[[Request, Next], Awaitable[Response]]:
    """Middleware: a URL with a patient's number is refused on every path, and recorded so that nobody overlooks it."""

    async def look(request: Request, proceed: Next) -> Response:
        written = unquote(f"{request.scope['raw_path'].decode('ascii')}?{request.url.query}")
        if _NUMBER.search(written) is None:
            return await proceed(request)
        service = request.url.path.split("/")[1]
        call_log.record(service, "PATIENT-NUMBER-IN-URL", refused="PATIENT-NUMBER-IN-URL")
        return await answer_refused(request, CallRefused(rules.NUMBER_IN_URL))

    return look


def required_header(request: Request, name: str) -> str:
    """A header that must be there and not blank."""
    value = request.headers.get(name, "").strip()
    if not value:
        raise CallRefused(rules.HEADER_MISSING, part=name)
    return value
