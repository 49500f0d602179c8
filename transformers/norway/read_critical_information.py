"""Kritisk informasjon FHIR API (R4 searchset Bundles) to sections of a patient summary.

A section without entries carries no information: neither an empty answer nor one whose every record is refuted,
deleted or withheld states that there is nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from transformers.model.summary import Allergy, ImplantedDevice, NoInformation, Present, Problem, Procedure, Section
from transformers.model.values import Coded
from transformers.norway.errors import Malformed
from transformers.norway.fhir_fields import SOURCE, Context, entries
from transformers.norway.json_fields import Member
from transformers.norway.read_kj_allergy import read_allergy
from transformers.norway.read_kj_statements import read_condition, read_device, read_flag, read_procedure, read_unknown

T = TypeVar("T")
Statement = Allergy | Problem | Procedure | ImplantedDevice

_READERS: Mapping[str, Callable[[Member, Context, str], Statement | None]] = {
    "AllergyIntolerance": read_allergy,
    "Condition": read_condition,
    "Procedure": read_procedure,
    "DeviceUseStatement": read_device,
    "Flag": read_flag,
}


@dataclass(frozen=True, slots=True)
class CriticalSections:
    """Allergies, problems, procedures and implants. Findings are in the context's report."""

    allergies: Section[Allergy]
    problems: Section[Problem]
    procedures: Section[Procedure]
    devices: Section[ImplantedDevice]
    refuted_allergies: tuple[Coded, ...]


def read_critical_information(bundles: Mapping[str, Any], context: Context) -> CriticalSections:
    """Read parsed Bundles by name of their query, in that order; raises ``Malformed``, ``WrongPatient``."""
    found: list[Statement] = []
    seen: set[tuple[str, str]] = set()
    for name, bundle in bundles.items():
        for index, resource in enumerate(entries(bundle, name)):
            kind = str(resource.get("resourceType"))
            if kind == "OperationOutcome":
                raise Malformed(name)
            key = (kind, str(resource.get("id")))
            if key in seen:
                continue
            seen.add(key)
            statement = _READERS.get(kind, read_unknown)(resource, context, f"{name}[{index}]")
            if statement is not None:
                found.append(statement)
    return CriticalSections(
        allergies=_section(found, Allergy),
        problems=_section(found, Problem),
        procedures=_section(found, Procedure),
        devices=_section(found, ImplantedDevice),
        refuted_allergies=tuple(context.refuted),
    )


def _section(found: list[Statement], kind: type[T]) -> Section[T]:
    of_kind = tuple(one for one in found if isinstance(one, kind))
    return Present(of_kind) if of_kind else NoInformation(SOURCE)
