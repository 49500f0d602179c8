"""PVK (SjekkInnbyggersPiStatus V2) and kritisk informasjon `/status`: both are asked, the strictest answer counts.

An answer that is not one of the words PVK publishes is no permission: it is refused as unreadable, as is silence.
"""

import json
from dataclasses import dataclass

from gateway.admission import VerifiedRequest
from gateway.http import HttpAnswer
from gateway.messages import PatientIdentifier
from gateway.national.calls import Api, read_as
from gateway.national.ports import PrivacyStatus, Sharing
from transformers.norway.errors import Malformed
from transformers.norway.json_fields import Member, as_object, read_object, required_words, truth

SERVICE = "privacy-services"

_PVK_PATH = "/personvern/Personverninnstillinger/SjekkInnbyggersPiStatus/v2"
_STATUS_PATH = "/status"
_PVK_WORDS = {
    "INGEN": Sharing.ALLOWED,
    "RESERVASJON": Sharing.RESERVED,
    "SPERRET": Sharing.BLOCKED,
    "BLOKKERT": Sharing.BLOCKED,
}
_STRICTNESS = (Sharing.ALLOWED, Sharing.BLOCKED, Sharing.RESERVED)
"""Mildest first: of a reserved person not even her existence is told."""


@dataclass(frozen=True, slots=True)
class PrivacySettings:
    """Which privacy setting is ours: PVK's definition and the data controller's code."""

    definition_guid: str
    part_code: str
    source_system: str


class PvkAndStatus:
    """The two privacy services."""

    def __init__(self, settings: PrivacySettings, pvk: Api, critical_information: Api) -> None:
        self._settings = settings
        self._pvk = pvk
        self._status = critical_information

    def status(self, request: VerifiedRequest, identifier: PatientIdentifier) -> PrivacyStatus:
        """What may be shared of the data under this identifier; one service that cannot be asked is a refusal."""
        number = identifier.extension
        with read_as(SERVICE):
            if not number:
                raise Malformed("identifiers")
            answers = (
                _pvk(self._ask_pvk(request, number)),
                _critical_information(self._ask_status(request, number)),
            )
        return PrivacyStatus(sharing=max(answers, key=_STRICTNESS.index))

    def _ask_pvk(self, request: VerifiedRequest, number: str) -> HttpAnswer:
        question = {
            "innbyggerFnr": number,
            "definisjonGuid": self._settings.definition_guid,
            "partKode": self._settings.part_code,
        }
        return self._pvk.ask("POST", _PVK_PATH, self._headers(request), _json(question))

    def _ask_status(self, request: VerifiedRequest, number: str) -> HttpAnswer:
        return self._status.ask("POST", _STATUS_PATH, self._headers(request), _json({"nin": number}))

    def _headers(self, request: VerifiedRequest) -> dict[str, str]:
        return {
            "content-type": "application/json",
            "accept": "application/json",
            "nhn-source-system": self._settings.source_system,
            "nhn-event-id": request.correlation,
        }


def _json(question: dict[str, str]) -> bytes:
    return json.dumps(question).encode("utf-8")


def _pvk(answer: HttpAnswer) -> Sharing:
    """PVK's word; a list of blocked professionals blocks whatever the word."""
    said = read_object(answer.body, "PVK")
    sharing = _PVK_WORDS.get(required_words(said, "status"))
    if sharing is None:
        raise Malformed("status")
    blocked = said.get("blokkerteHelsepersonell")
    if not isinstance(blocked, list):
        raise Malformed("blokkerteHelsepersonell")
    return max(sharing, Sharing.BLOCKED, key=_STRICTNESS.index) if blocked else sharing


def _critical_information(answer: HttpAnswer) -> Sharing:
    said: Member = read_object(answer.body, "status")
    privacy = as_object(said.get("privacy"), "privacy")
    truth(said, "hasCriticalInformation")
    reserved, restricted, blocked = (truth(privacy, n) for n in ("reservation", "restriction", "blockedPersonnel"))
    if reserved:
        return Sharing.RESERVED
    return Sharing.BLOCKED if restricted or blocked else Sharing.ALLOWED
