"""Kritisk informasjon FHIR API (NHN, R4): `/status` and the searchset reads, with the headers it documents.

Source: NHN developer portal, Kjernejournal, "Kritisk info FHIR API": the reads of allergies and of the five types of
conditions, `POST /status` with `nin`, FHIR R4 searchsets, and the headers with their values. The paths `Procedures`,
`Flags` and `Devices` and the names of most members that `/status` answers with are assumed (`rules.CRITICAL_PATH`,
`rules.BLOCK_IS_SHOWN`).
"""

import json
from typing import Any
from urllib.parse import unquote_plus

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from gateway.simulators import rules
from gateway.simulators.door import Door, SimulatedApi, required_header
from gateway.simulators.refusal import CallRefused
from gateway.simulators.samples import NUMBER, Sample, Samples

_AUDIENCE, _SCOPE = "nhn:critical-information", "nhn:critical-information/read"
_STATUS = SimulatedApi("kritisk-informasjon-status", _AUDIENCE, _SCOPE)
_READ = SimulatedApi("kritisk-informasjon", _AUDIENCE, _SCOPE)
_ACCESS_BASES = frozenset({"UNNTAK", "SAMTYKKE", "AKUTT", "FORHOYET_SAMTYKKE"})
_OPENS_RESTRICTED = frozenset({"AKUTT", "FORHOYET_SAMTYKKE"})
"""NHN developer portal, "Status": a restriction needs an extra consent, and Pasientens prøvesvar, "Authorization": that
is FORHOYET_SAMTYKKE; AKUTT by `rules.EMERGENCY_OPENS`."""
_ROLE_SYSTEM = "urn:oid:2.16.578.1.12.4.1.1.9060"
_TYPES = (
    "CriticalMedicalCondition",
    "Infection",
    "IntubationProblem",
    "OtherProblemWithAnesthesia",
    "TransplantsAndOtherForeignBodies",
)
_NOTHING = {
    "hasCriticalInformation": False,
    "privacy": {"reservation": False, "restriction": False, "blockedPersonnel": False},
    "lastChanged": {},
}


class _CriticalInformationQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    nin: str = Field(pattern=r"^\d{11}$")


def critical_information(door: Door, samples: Samples) -> APIRouter:
    """``/kritisk-informasjon/v1``."""
    router = APIRouter(prefix="/kritisk-informasjon/v1")

    @router.post("/status")
    async def status(request: Request) -> Response:
        instead = await door.enter(request, _STATUS, "status")
        if instead is not None:
            return instead
        required_header(request, "nhn-source-system")
        try:
            question = _CriticalInformationQuery.model_validate_json(await request.body())
        except ValueError:
            raise CallRefused(rules.CRITICAL_QUESTION) from None
        return JSONResponse(_privacy(samples.by_current_number(question.nin)))

    @router.get("/Conditions")
    async def conditions(request: Request) -> Response:
        kind = request.query_params.get("criticalInfoType")
        instead = await door.enter(request, _READ, f"Conditions-{kind}" if kind in _TYPES else "Conditions")
        if instead is not None:
            return instead
        if kind is not None and kind not in _TYPES:
            raise CallRefused(rules.CRITICAL_TYPE)
        kinds = _TYPES if kind is None else (kind,)
        return _searchset(request, samples, tuple(f"Conditions-{name}" for name in kinds))

    @router.get("/{resource}")
    async def resources(request: Request, resource: str) -> Response:
        if resource not in {"AllergyIntolerance", "Procedures", "Flags", "Devices"}:
            raise CallRefused(rules.CRITICAL_PATH)
        instead = await door.enter(request, _READ, resource)
        if instead is not None:
            return instead
        return _searchset(request, samples, (resource,))

    return router


def _privacy(who: Sample | None) -> dict[str, Any]:
    """What `/status` answers with.

    Of a number that nobody has it says the same as of a person about whom nothing is registered
    (`rules.NOTHING_KNOWN`), and a block to a client's own token (`rules.BLOCK_IS_SHOWN`).
    """
    answers = who.document("privacy.json") if who else None
    status: dict[str, Any] = answers["status"] if answers else _NOTHING
    return status


def _searchset(request: Request, samples: Samples, names: tuple[str, ...]) -> Response:
    """Bundle of the named files once the headers are good.

    "Status": of a reserved person nothing exists, which is an empty bundle here (`rules.RESERVED_EMPTY`).
    """
    nin = required_header(request, "nhn-patient-nin")
    basis = required_header(request, "nhn-access-basis")
    required_header(request, "nhn-source-system")
    if not NUMBER.match(nin) or basis not in _ACCESS_BASES or not _is_role(required_header(request, "nhn-user-role")):
        raise CallRefused(rules.CRITICAL_HEADER)
    who = samples.by_current_number(nin)
    privacy = _privacy(who)["privacy"]
    if privacy["restriction"] and basis not in _OPENS_RESTRICTED:
        raise CallRefused(rules.RESTRICTED)
    if privacy["blockedPersonnel"]:
        raise CallRefused(rules.BLOCKED)
    entries: list[Any] = []
    if who is not None and not privacy["reservation"]:
        for name in names:
            bundle = who.document(f"critical-information/{name}.json")
            entries.extend(bundle["entry"] if bundle else [])
    answer = {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}
    return JSONResponse(answer, media_type="application/fhir+json")


def _is_role(header: str) -> bool:
    """URL-encoded JSON of a coding from list 9060 (as the portal shows it); any of it (`rules.ANY_ROLE`)."""
    try:
        role = json.loads(unquote_plus(header))
    except ValueError:
        return False
    return isinstance(role, dict) and role.get("system") == _ROLE_SYSTEM and bool(role.get("code"))
