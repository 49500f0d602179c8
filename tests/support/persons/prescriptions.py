"""The prescriptions of the sample persons: signed, with status and what was dispensed, before FEST and with it."""

import tomllib
from functools import cache

from gateway.configuration.shipped import shipped
from gateway.national.from_files import SampleReading
from gateway.national.people import her_numbers, is_protected
from gateway.national.prescription_signature import CertificateStates, read_signed_prescription
from gateway.national.prescriptions_from_files import INDEX, SampleSources, read_sample_prescriptions, sample_sources
from tests.support.norway.m1 import NOW, ROOT
from tests.support.norway.source_messages import SYSTEMS
from tests.support.persons.samples import persons, sample_of
from transformers.model.finding import Report
from transformers.norway.prescription import Dispensing, NorwegianPrescription
from transformers.norway.read_prescription import PrescriptionContext
from transformers.norway.read_prescription_m1 import MedicineReading
from trust.certificates import CertificateVerifier

_PERSONS = shipped("samples") / "persons"


@cache
def sources() -> SampleSources:
    """The mini-FEST, and trust in the issuer of the sample prescribers and in no other."""
    return sample_sources(shipped("samples"), SYSTEMS, ROOT)


def certificates() -> CertificateVerifier:
    """Trust in the issuer of the sample prescribers."""
    return sources().certificates


def prescription_id(person: str, key: str) -> str:
    """ReseptId of a sample prescription, by the name of its file."""
    rows = tomllib.loads((_PERSONS / person / INDEX).read_text("utf-8"))["prescription"]
    (found,) = [row["id"] for row in rows if row["file"] == f"prescriptions/{key}.xml"]
    return str(found)


@cache
def joined_prescriptions(person: str) -> dict[str, tuple[NorwegianPrescription, Report]]:
    """Every prescription of a sample person by its key, joined with FEST; empty for a person without."""
    known = sample_of(person)[0]
    reading = SampleReading(persons()[person], NOW, SYSTEMS, {})
    return read_sample_prescriptions(_PERSONS / person, known, reading, sources())


@cache
def sample_prescription(key: str, person: str = "prescriptions") -> NorwegianPrescription:
    """One prescription of a sample person as its message has it, without FEST."""
    folder, known = _PERSONS / person, sample_of(person)[0]
    reading = MedicineReading(her_numbers(known), SYSTEMS, NOW, is_protected(known))
    rows = tomllib.loads((folder / INDEX).read_text("utf-8"))["prescription"]
    (row,) = (one for one in rows if one["file"] == f"prescriptions/{key}.xml")
    told = PrescriptionContext(reading, ROOT, row["status"], (Dispensing(as_prescribed=True),) * row["dispensed"])
    certified = CertificateStates(certificates(), NOW)
    return read_signed_prescription((folder / row["file"]).read_bytes(), told, certified)[0]
