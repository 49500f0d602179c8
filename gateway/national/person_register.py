"""Persontjenesten (NHN), API version 2: `POST /api/legal-basis/person/get-by-nin`, the number in the form, never in
the URL, and the parts that are wanted in the query, as its OpenAPI has it."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from gateway.admission import VerifiedRequest
from gateway.messages import PatientIdentifier
from gateway.national.calls import Api, read_as
from gateway.national.ports import AddressConfidentiality, RegisteredPerson
from transformers.norway.read_person import RegisterEntry, read_person

SERVICE = "person-register"

_PATH = "/api/legal-basis/person/get-by-nin"
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class PersonRegisterSettings:
    """What is asked for: only what a patient summary needs."""

    source_system: str
    information_parts: tuple[str, ...] = field(
        default=(
            "AddressProtection",
            "Birth",
            "CommonContactRegisterInformation",
            "Death",
            "Gender",
            "Name",
            "NorwegianIdentificationNumber",
            "PresentAddress",
            "ResidentialAddress",
            "Status",
        )
    )


class Persontjenesten:
    """The person register."""

    def __init__(self, settings: PersonRegisterSettings, api: Api) -> None:
        self._settings = settings
        self._api = api

    def find(self, request: VerifiedRequest, identifier: PatientIdentifier) -> RegisteredPerson | None:
        """The person with that identifier, current or discontinued; None when there is none."""
        wanted = urlencode([("informationParts", part) for part in self._settings.information_parts])
        answer = self._api.ask(
            "POST",
            f"{_PATH}?{wanted}",
            {
                "content-type": "application/x-www-form-urlencoded",
                "accept": "application/json",
                "api-version": "2",
                "nhn-source-system": self._settings.source_system,
                "nhn-event-id": request.correlation,
            },
            urlencode({"nin": identifier.extension}).encode("ascii"),
            allowed=(200, _NOT_FOUND),
        )
        if answer.status == _NOT_FOUND:
            return None
        with read_as(SERVICE):
            entry, _ = read_person(answer.body, asked=identifier.extension)
        return registered(entry)


def registered(entry: RegisterEntry) -> RegisteredPerson:
    """What the reader found, as the port says it."""
    return RegisteredPerson(
        person=entry.person,
        confidentiality=AddressConfidentiality(entry.confidentiality),
        deceased=entry.deceased,
        historical=tuple(PatientIdentifier(old.root, old.extension or "") for old in entry.historical),
    )
