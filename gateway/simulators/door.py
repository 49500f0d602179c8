"""The door every simulated API stands behind: a token good for this call, no patient number in a URL, faults."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from fastapi import Request, Response

from gateway.simulators.calls import Ledger, suffer
from gateway.simulators.helseid import HelseId
from gateway.simulators.refusal import CallRefused

_NUMBER = re.compile(r"(?<!\d)\d{11}(?!\d)")


@dataclass(frozen=True, slots=True)
class Api:
    """A protected API: its name among the calls, the audience of its tokens and the scope a call needs."""

    service: str
    audience: str
    scope: str


class Door:
    """Lets calls in. ``base_url`` is what clients call us by, so that ``htu`` can be compared."""

    def __init__(self, helseid: HelseId, ledger: Ledger, base_url: str) -> None:
        self._helseid = helseid
        self._ledger = ledger
        self._base_url = base_url

    async def enter(self, request: Request, api: Api, operation: str) -> Response | None:
        """Let a call in: None, or the answer that a fault puts in place of the proper one; raises CallRefused."""
        request.state.call = self._ledger.record(api.service, operation)
        self.authorise(request, api)
        return await suffer(self._ledger.fault_of(api.service))

    def authorise(self, request: Request, api: Api) -> None:
        """Token, proof and URL of a call, without recording it."""
        if _NUMBER.search(unquote(str(request.url))):
            raise CallRefused(400, "PATIENT-NUMBER-IN-URL")
        self._helseid.check_call(request, f"{self._base_url}{request.url.path}", api.audience, api.scope)


def required_header(request: Request, name: str) -> str:
    """A header that must be there and not blank."""
    value = request.headers.get(name, "").strip()
    if not value:
        raise CallRefused(400, f"missing_header:{name}")
    return value
