"""Which calls were made, in order, and the faults a test asked for: the simulator's control plane.

Only tests and the demo use it; nothing in production code knows it is there. No service has it, so it has no source.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.simulators import rules
from gateway.simulators.refusal import CallRefused

Now = Callable[[], datetime]
_MOST = 20_000
"""Calls that are remembered."""
FaultKind = Literal["down", "slow", "nonsense", "denied", "rejected", "lost", "garbled", "none"]
"""``lost`` and ``garbled``: who is behind the message hub takes the message, and the hub answers 503 or nonsense."""


class OrderedFault(BaseModel):
    """How a service is to misbehave until told otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: Literal[
        "helseid",
        "persontjenesten",
        "pvk",
        "kritisk-informasjon-status",
        "kritisk-informasjon",
        "reseptformidleren",
        "sysvak",
    ]
    fault: FaultKind
    seconds: float = Field(default=0, ge=0, le=3600)
    operation: str | None = Field(default=None, pattern=r"^[A-Za-z0-9./-]{1,64}$")
    """One operation alone, such as ``ERM10``, as `/simulator/calls` names it; None: each without a fault of its own."""
    code: str | None = Field(default=None, pattern=r"^[0-9]{1,3}$")
    """Of list 7419: by what a rejecting receipt says that it is (``rejected``, Reseptformidleren alone)."""


@dataclass(slots=True)
class ReceivedCall:
    """One call; ``refused`` and ``fault`` say why it got no proper answer."""

    service: str
    operation: str
    at: str
    refused: str | None = None
    fault: str | None = None


class Decision(BaseModel):
    """A person changes her mind between two calls."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["INGEN", "RESERVASJON", "SPERRET", "BLOKKERT"]


class CallLog:
    """Calls in order and faults in force. One event loop uses it, so nothing is locked."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self._calls: deque[ReceivedCall] = deque(maxlen=_MOST)
        self._faults: dict[tuple[str, str | None], OrderedFault] = {}
        self.decided: str | None = None
        """What PVK says of everybody until the next reset; None: what the samples say."""

    def record(self, service: str, operation: str, *, refused: str | None = None) -> ReceivedCall:
        """Add a call and return it; a fault in force is noted with it."""
        fault = self.fault_of(service, operation)
        at = self._now().isoformat()
        call = ReceivedCall(service, operation, at, refused, fault.fault if fault else None)
        self._calls.append(call)
        return call

    def fault_of(self, service: str, operation: str | None = None) -> OrderedFault | None:
        """The fault in force for an operation of a service: its own, else that of the whole service."""
        return self._faults.get((service, operation)) or self._faults.get((service, None))

    def is_in_force(self, fault: OrderedFault) -> bool:
        """Whether it is, as it was ordered."""
        return self._faults.get((fault.service, fault.operation)) is fault

    def set_fault(self, fault: OrderedFault) -> None:
        """Put a fault in force, or take it away with ``none``; of a whole service it replaces every one of it."""
        keys = [key for key in self._faults if key[0] == fault.service and fault.operation in (None, key[1])]
        for key in keys:
            del self._faults[key]
        if fault.fault != "none":
            self._faults[fault.service, fault.operation] = fault

    def reset(self) -> None:
        """Forget calls, faults and decisions."""
        self.decided = None
        self._calls.clear()
        self._faults.clear()

    def calls(self) -> list[dict[str, str]]:
        """Calls in order; members without a value are left out."""
        return [{key: value for key, value in asdict(call).items() if value is not None} for call in self._calls]


async def suffer(fault: OrderedFault | None) -> Response | None:
    """What a fault does to a request and answer service: an answer in place of the proper one, a wait, or a refusal.

    503 and 403 mean what RFC 9110, 15.6.4 and 15.5.4, says; when a service uses which is assumed.
    """
    if fault is None:
        return None
    if fault.fault in {"down", "lost"}:
        raise CallRefused(rules.ORDERED_DOWN, {"Connection": "close"})
    if fault.fault == "denied":
        raise CallRefused(rules.ORDERED_DENIED)
    if fault.fault == "slow":
        await asyncio.sleep(fault.seconds)
        return None
    return Response(b'{"tull": [1, 2', media_type="application/json")


def control_plane(
    call_log: CallLog, operations: Mapping[str, Collection[str]], forget: Callable[[], None]
) -> APIRouter:
    """``/simulator``; ``forget`` drops what the services themselves remember.

    ``operations``: what a service behind the message hub takes; a fault of another operation of it is refused.
    """
    router = APIRouter(prefix="/simulator")

    @router.get("/calls")
    async def calls() -> JSONResponse:
        return JSONResponse(call_log.calls())

    @router.post("/reset", status_code=204)
    async def reset() -> Response:
        call_log.reset()
        forget()
        return Response(status_code=204)

    @router.post("/faults", status_code=204)
    async def faults(request: Request) -> Response:
        try:
            fault = OrderedFault.model_validate_json(await request.body())
        except ValidationError as unfit:
            raise CallRefused(rules.WRONG_FAULT, part="".join(map(str, unfit.errors()[0]["loc"][:1]))) from None
        if fault.operation is not None and fault.operation not in operations.get(fault.service, (fault.operation,)):
            raise CallRefused(rules.WRONG_FAULT, part="operation")
        call_log.set_fault(fault)
        return Response(status_code=204)

    @router.post("/privacy", status_code=204)
    async def privacy(request: Request) -> Response:
        try:
            call_log.decided = Decision.model_validate_json(await request.body()).status
        except ValueError:
            raise CallRefused(rules.WRONG_DECISION) from None
        return Response(status_code=204)

    return router
