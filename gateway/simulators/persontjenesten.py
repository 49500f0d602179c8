"""Persontjenesten (NHN), API version 2: `POST /api/legal-basis/person/get-by-nin`.

The form has `nin`, the query `informationParts`. Source: Persontjenesten OpenAPI, version 2
(NorskHelsenett/HelseID.Samples): path, form, `api-version`, the information parts and `includeHistory` in the query,
member names, 400 and 404; "historic NINs are supported".
"""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from gateway.simulators import rules
from gateway.simulators.door import Door, SimulatedApi, required_header
from gateway.simulators.forms import read_form, single
from gateway.simulators.refusal import CallRefused
from gateway.simulators.samples import NUMBER, Samples

_API = SimulatedApi(
    "persontjenesten", "nhn:hgd-persontjenesten-api", "nhn:hgd-persontjenesten-api/read-with-legal-basis"
)
_PARTS = frozenset(
    {
        "AddressProtection",
        "Birth",
        "BirthInNorway",
        "Citizenship",
        "CommonContactRegisterInformation",
        "Death",
        "EmigrationFromNorway",
        "FalseIdentity",
        "FamilyRelation",
        "ForeignPersonIdentificationNumber",
        "ForeignPostalAddress",
        "Gender",
        "GuardianshipOrFuturePowerOfAttorney",
        "IdentificationDocument",
        "IdentityVerification",
        "LegalAuthority",
        "MaritalStatus",
        "Name",
        "NorwegianIdentificationNumber",
        "ParentalResponsibility",
        "PostalAddress",
        "PresentAddress",
        "ResidentialAddress",
        "SharedResidence",
        "Status",
        "UseOfSamiLanguage",
    }
)


def person_register(door: Door, samples: Samples) -> APIRouter:
    """``/persontjenesten``."""
    router = APIRouter(prefix="/persontjenesten")

    @router.post("/api/legal-basis/person/get-by-nin")
    async def get_by_nin(request: Request) -> Response:
        instead = await door.enter(request, _API, "get-by-nin")
        if instead is not None:
            return instead
        if required_header(request, "api-version") != "2":
            raise CallRefused(rules.PERSON_VERSION)
        form = await read_form(request)
        nin = single(form, "nin")
        if nin is None or not NUMBER.match(nin):
            raise CallRefused(rules.NO_NIN)
        parts = {part for value in request.query_params.getlist("informationParts") for part in value.split(",")}
        if not parts or not parts <= _PARTS:
            raise CallRefused(rules.NO_PARTS)
        found = samples.by_any_number(nin)
        document = found.document("person.json") if found else None
        if document is None:
            raise CallRefused(rules.NOBODY)
        history = request.query_params.get("includeHistory") in {"true", "True"}
        return JSONResponse(_of_parts(document, parts, history=history))

    return router


def _of_parts(person: dict[str, Any], parts: set[str], *, history: bool) -> dict[str, Any]:
    """Only what was asked for (`informationParts`); rows that are no longer valid with history only (`includeHistory`).

    Identification numbers are whole (`rules.WHOLE_NUMBERS`).
    """
    answer: dict[str, Any] = {"id": person["id"]}
    for part in sorted(parts):
        name = part[0].lower() + part[1:]
        if name not in person:
            continue
        value = person[name]
        if isinstance(value, list) and name != "norwegianIdentificationNumber" and not history:
            value = [row for row in value if row["isValid"]]
        answer[name] = value
    return answer
