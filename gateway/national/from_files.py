"""A sample person read from a folder through the very readers the adapters use, without any network.

Folder: `person.json`, `critical-information/*.json`, `m912.xml`, `sysvak.xml`; an absent file is a source that holds
nothing. Used by `ncpeh transform --person`. The privacy services are not asked: who reads the file has it already.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gateway.national.critical_information import READS
from gateway.national.medicines import in_use
from gateway.national.people import her_numbers, is_protected
from gateway.national.person_register import registered
from gateway.national.ports import CriticalInformation, Medicines, RegisteredPerson, Vaccinations
from gateway.national.prescription_sources import read_fest_file
from transformers.model.finding import Report
from transformers.model.summary import NoInformation
from transformers.norway.code_systems import CodeSystems
from transformers.norway.fest import Fest
from transformers.norway.fhir_fields import Context
from transformers.norway.json_fields import read_json
from transformers.norway.read_critical_information import read_critical_information
from transformers.norway.read_medicine_list_m912 import SOURCE as RESEPTFORMIDLEREN
from transformers.norway.read_medicine_list_m912 import read_medicines_in_use
from transformers.norway.read_person import read_person
from transformers.norway.read_prescription_m1 import MedicineReading
from transformers.norway.read_vaccinations_sysvak import SOURCE as SYSVAK
from transformers.norway.read_vaccinations_sysvak import VaccinationSubject, read_vaccinations

Sample = tuple[RegisteredPerson, CriticalInformation, Medicines, Vaccinations]


@dataclass(frozen=True, slots=True)
class SampleReading:
    """Which person, at which instant, with which tables."""

    identifier: str = field(repr=False)
    """The number she is asked for by, as `samples/persons.toml` has it; it may be a discontinued one."""
    now: datetime
    systems: CodeSystems = field(repr=False)
    sensitive: Mapping[str, bool]
    fest: Fest | None = field(default=None, repr=False)
    """What her medicines are joined with (`sample_fest`); None: they are not looked up."""


def sample_fest(samples: Path, systems: CodeSystems) -> Fest:
    """The FEST of the folder of samples; raises a `NorwegianMessageError`, or ``OSError``."""
    return read_fest_file(samples / "fest" / "mini-fest.xml", systems)


def read_sample(folder: Path, reading: SampleReading) -> Sample:
    """Everything the sources hold about a sample person; raises a `NorwegianMessageError`, or ``OSError``."""
    entry, _ = read_person((folder / "person.json").read_bytes(), asked=reading.identifier)
    person = registered(entry)
    return (
        person,
        _critical_information(folder / "critical-information", person, reading),
        _medicines(folder / "m912.xml", person, reading),
        _vaccinations(folder / "sysvak.xml", person, reading),
    )


def _critical_information(folder: Path, person: RegisteredPerson, reading: SampleReading) -> CriticalInformation:
    report = Report()
    files = {name: folder / f"{name}.json" for name in READS}
    bundles = {name: read_json(file.read_bytes(), name) for name, file in files.items() if file.is_file()}
    context = Context(
        patient=her_numbers(person),
        systems=reading.systems,
        sensitive=reading.sensitive,
        now=reading.now,
        protected=is_protected(person),
        report=report,
    )
    found = read_critical_information(bundles, context)
    return CriticalInformation(
        found.allergies, found.problems, found.procedures, found.devices, report, found.refuted_allergies
    )


def _medicines(file: Path, person: RegisteredPerson, reading: SampleReading) -> Medicines:
    if not file.is_file():
        return Medicines(NoInformation(RESEPTFORMIDLEREN), reconciled=False, guardian_reserved=False)
    numbers, protected = her_numbers(person), is_protected(person)
    told = MedicineReading(numbers, reading.systems, reading.now, protected, reading.sensitive, reading.fest)
    found, report = read_medicines_in_use(file.read_bytes(), told)
    return in_use(found, report, looked_up=reading.fest is not None)


def _vaccinations(file: Path, person: RegisteredPerson, reading: SampleReading) -> Vaccinations:
    if not file.is_file():
        return Vaccinations(NoInformation(SYSVAK))
    asked = VaccinationSubject(her_numbers(person), person.person.birth, is_protected(person))
    immunisations, report = read_vaccinations(file.read_bytes(), asked, reading.systems)
    return Vaccinations(immunisations, report)
