"""Kritisk informasjon FHIR API (NHN, R4): the reads a patient summary needs, in parallel, the patient in a header
only."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from gateway.admission import Asker, VerifiedTreatment
from gateway.national.calls import Api, read_as
from gateway.national.people import current_number, her_numbers, is_protected
from gateway.national.ports import CriticalInformation, RegisteredPerson
from transformers.model.finding import Report
from transformers.norway.code_systems import CodeSystems
from transformers.norway.fhir_fields import Context
from transformers.norway.json_fields import read_json
from transformers.norway.read_critical_information import read_critical_information

SERVICE = "critical-information"

READS: Mapping[str, str] = {
    "AllergyIntolerance": "/AllergyIntolerance",
    "Conditions-CriticalMedicalCondition": "/Conditions?criticalInfoType=CriticalMedicalCondition",
    "Conditions-Infection": "/Conditions?criticalInfoType=Infection",
    "Conditions-IntubationProblem": "/Conditions?criticalInfoType=IntubationProblem",
    "Conditions-OtherProblemWithAnesthesia": "/Conditions?criticalInfoType=OtherProblemWithAnesthesia",
    "Conditions-TransplantsAndOtherForeignBodies": "/Conditions?criticalInfoType=TransplantsAndOtherForeignBodies",
    "Devices": "/Devices",
    "Flags": "/Flags",
    "Procedures": "/Procedures",
}
"""Every read by its name, in the order its entries stand in a summary."""

_ROLE_SYSTEM = "urn:oid:2.16.578.1.12.4.1.1.9060"


@dataclass(frozen=True, slots=True)
class CriticalInformationSettings:
    """Our name at the service, and the policy of sensitive elements (``list#code`` to whether it may leave)."""

    source_system: str
    sensitive: Mapping[str, bool]
    systems: CodeSystems = field(repr=False)
    parallel: int = 4


class KritiskInformasjon:
    """Kjernejournal's kritisk informasjon."""

    def __init__(self, settings: CriticalInformationSettings, api: Api) -> None:
        self._settings = settings
        self._api = api

    def read(self, treatment: VerifiedTreatment, person: RegisteredPerson) -> CriticalInformation:
        """Allergies, conditions, procedures and implants; one read that fails is a refusal of them all."""
        with read_as(SERVICE):
            headers = self._headers(treatment, current_number(person))
            with ThreadPoolExecutor(self._settings.parallel, thread_name_prefix="kritisk-informasjon") as pool:
                asked = [(name, pool.submit(self._bundle, name, headers)) for name in READS]
                try:
                    bundles = {name: future.result() for name, future in asked}
                finally:
                    pool.shutdown(wait=False, cancel_futures=True)
            return sections(bundles, treatment, person, self._settings)

    def _bundle(self, name: str, headers: Mapping[str, str]) -> Any:  # noqa: ANN401 - a Bundle until its reader has looked
        return read_json(self._api.ask("GET", READS[name], headers).body, name)

    def _headers(self, treatment: VerifiedTreatment, number: str) -> dict[str, str]:
        request = treatment.request
        return {
            "accept": "application/fhir+json",
            "nhn-patient-nin": number,
            "nhn-access-basis": request.asker.access_basis,
            "nhn-user-role": user_role(request.asker),
            "nhn-source-system": self._settings.source_system,
            "nhn-event-id": request.correlation,
        }


def user_role(asker: Asker) -> str:
    """``nhn-user-role``: the role's coding (Volven 9060) as URL-encoded JSON."""
    return quote(json.dumps({"system": _ROLE_SYSTEM, "code": asker.national_role}), safe="")


def sections(
    bundles: Mapping[str, Any],
    treatment: VerifiedTreatment,
    person: RegisteredPerson,
    settings: CriticalInformationSettings,
) -> CriticalInformation:
    """Parsed Bundles as the port says them; raises a `NorwegianMessageError`."""
    report = Report()
    context = Context(
        patient=her_numbers(person),
        systems=settings.systems,
        sensitive=settings.sensitive,
        now=treatment.request.now,
        protected=is_protected(person),
        report=report,
    )
    found = read_critical_information(bundles, context)
    return CriticalInformation(
        found.allergies, found.problems, found.procedures, found.devices, report, found.refuted_allergies
    )
