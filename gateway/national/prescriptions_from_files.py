"""A sample person's prescriptions read from her folder, through the readers, the signature and FEST as in earnest.

Folder: `prescriptions.toml` (what only Reseptformidleren knows: status, dispensings made) and the M1 messages it names.
Beside the persons stand `fest/mini-fest.xml` and `prescribers/` (anchor and revocation list of the invented
prescribers, trusted here and nowhere else).
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from gateway.national.from_files import SampleReading
from gateway.national.people import her_numbers, is_protected
from gateway.national.ports import RegisteredPerson
from gateway.national.prescription_signature import read_signed_prescription
from gateway.national.prescription_sources import read_prescription_sources
from transformers.model.finding import Report
from transformers.norway.code_systems import CodeSystems
from transformers.norway.fest import Fest
from transformers.norway.prescription import Dispensing, NorwegianPrescription
from transformers.norway.read_prescription import Told
from transformers.norway.read_prescription_m1 import Reading
from transformers.norway.with_fest import with_fest
from trust.certificates import CertificateVerifier

INDEX = "prescriptions.toml"


@dataclass(frozen=True, slots=True)
class SampleSources:
    """What the samples' prescriptions are read with."""

    fest: Fest = field(repr=False)
    certificates: CertificateVerifier = field(repr=False)
    root: str
    """OID below which ReseptId is an item's id."""


def sample_sources(samples: Path, systems: CodeSystems, root: str) -> SampleSources:
    """Those of the folder of samples; raises a `NorwegianMessageError`, or ``OSError``."""
    home = samples / "prescribers"
    known = read_prescription_sources(samples / "fest" / "mini-fest.xml", home / "issuer.pem", home, systems)
    return SampleSources(known.fest, known.certificates, root)


def read_sample_prescriptions(
    folder: Path, person: RegisteredPerson, reading: SampleReading, sources: SampleSources
) -> dict[str, tuple[NorwegianPrescription, Report]]:
    """Every prescription of a person by its file's name without suffix, joined with FEST; empty when she has none.

    Raises a `NorwegianMessageError`, or ``OSError``.
    """
    if not (folder / INDEX).is_file():
        return {}
    about = Reading(her_numbers(person), reading.systems, reading.now, is_protected(person))
    found = {}
    for row in tomllib.loads((folder / INDEX).read_text("utf-8"))["prescription"]:
        file = folder / row["file"]
        told = Told(about, sources.root, row["status"], (Dispensing(),) * row["dispensed"])
        prescription, report = read_signed_prescription(file.read_bytes(), told, sources.certificates)
        joined, of_fest = with_fest(prescription, sources.fest)
        report.extend(of_fest)
        found[file.stem] = (joined, report)
    return found
