"""``GET /simulator/ledger``: what Reseptformidleren holds, for a judge that believes no answer of a node.

``{"version": 1, "reports": [{"prescription", "kind", "in_force", "id"}], "held": [{"prescription", "by"}]}``. The
reports are the M10s that were accepted, in order, since the simulator began or was reset: ``kind`` is ``dispensing``,
``annulment`` or ``cancellation`` (what gives a download back), ``id`` the MsgId as it was sent, and ``in_force`` is
false of a dispensing that an annulment took back. Held is what is under dispensing (status U), ``by`` the holder's
HER-id. No service has it, so it has no source.
"""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from gateway.simulators.prescription_bank import Bank


def ledger_of(bank: Bank) -> dict[str, object]:
    """What the path answers."""
    reports = [
        {"prescription": one.prescription, "kind": one.kind.value, "in_force": not one.annulled, "id": one.id}
        for one in bank.taken()
    ]
    held = [{"prescription": one.id, "by": one.holder} for one in bank.held()]
    return {"version": 1, "reports": reports, "held": held}


def prescription_ledger(bank: Bank) -> APIRouter:
    """The path, read only."""
    router = APIRouter(prefix="/simulator")

    @router.get("/ledger")
    async def ledger() -> JSONResponse:
        return JSONResponse(ledger_of(bank))

    return router
