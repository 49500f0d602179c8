"""PVK (Personvernkomponenten), REST V2: `POST /personvern/Personverninnstillinger/SjekkInnbyggersPiStatus/v2`.

Sources: Helsenorge, "Hente informasjon fra PVK", and a public client, NORPREG/PVKBroker_cs: the path, and a question
of `innbyggerFnr`, `definisjonGuid` and `partKode`. The whole answer is assumed (`rules.PVK_ANSWER`): the words of
`status` are those that our adapter reads, while that client reads a member `aktiv`.
"""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from gateway.simulators import rules
from gateway.simulators.calls import CallLog
from gateway.simulators.door import Door, SimulatedApi
from gateway.simulators.refusal import CallRefused
from gateway.simulators.samples import Samples

_API = SimulatedApi("pvk", "nhn:pvk", "nhn:pvk/personverninnstillinger-les")


class _PvkQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    innbyggerFnr: str = Field(pattern=r"^\d{11}$")  # noqa: N815 - the service's member name
    definisjonGuid: UUID  # noqa: N815 - the service's member name
    partKode: str = Field(min_length=1)  # noqa: N815 - the service's member name


def privacy_component(door: Door, samples: Samples, call_log: CallLog) -> APIRouter:
    """``/pvk``; what a person decided since the samples were made is in the call_log."""
    router = APIRouter(prefix="/pvk")

    @router.post("/personvern/Personverninnstillinger/SjekkInnbyggersPiStatus/v2")
    async def check(request: Request) -> Response:
        instead = await door.enter(request, _API, "SjekkInnbyggersPiStatus")
        if instead is not None:
            return instead
        try:
            question = _PvkQuery.model_validate_json(await request.body())
        except ValueError:
            raise CallRefused(rules.PVK_QUESTION) from None
        # every definition and part is known, and of a number that nobody has the answer is the word for "no setting",
        # as of a person who has decided nothing (`rules.PVK_EVERYBODY`)
        if call_log.decided is not None:
            return JSONResponse({"status": call_log.decided, "blokkerteHelsepersonell": []})
        found = samples.by_current_number(question.innbyggerFnr)
        answers = found.document("privacy.json") if found else None
        return JSONResponse(answers["pvk"] if answers else {"status": "INGEN", "blokkerteHelsepersonell": []})

    return router
