"""A sample person's prescriptions read from her folder, through the readers, the signature and FEST as in earnest.

Folder: `prescriptions.toml` (what only Reseptformidleren knows: status, dispensings made) and the M1 messages it names.
Beside the persons stand `fest/mini-fest.xml` and `prescribers/` (anchor and revocation list of the invented
prescribers, trusted here and nowhere else).
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.national.from_files import SampleReading
from gateway.national.people import her_numbers, is_protected
from gateway.national.ports import RegisteredPerson
from gateway.national.prescription_signature import CertificateStates, read_signed_prescription
from gateway.national.prescription_sources import read_prescription_sources
from transformers.model.finding import Report
from transformers.norway.code_systems import CodeSystems
from transformers.norway.fest import Fest
from transformers.norway.prescription import Dispensing, NorwegianPrescription
from transformers.norway.read_prescription import PrescriptionContext
from transformers.norway.read_prescription_m1 import MedicineReading
from transformers.norway.with_fest import with_fest
from trust.certificates import CertificateVerification

INDEX = "prescriptions.toml"


@dataclass(frozen=True, slots=True)
class SampleSources:
    """What the samples' prescriptions are read with."""

    fest: Fest = field(repr=False)
    certificates: CertificateVerification = field(repr=False)
    root: str
    """OID below which ReseptId is an item's id."""


def sample_sources(samples: Path, systems: CodeSystems, root: str) -> SampleSources:
    """Those of the folder of samples; raises a `NorwegianMessageError`, or ``OSError``."""
    home = samples / "prescribers"
    known = read_prescription_sources(samples / "fest" / "mini-fest.xml", home / "issuer.pem", home, systems)
    return SampleSources(known.fest, known.certificates, root)


def prescription_ids(folder: Path) -> tuple[str, ...]:
    """Ids of a person's prescriptions (their files' names without suffix), in the folder's order; ``OSError``."""
    return tuple(_rows(folder))


def read_sample_prescriptions(
    folder: Path, person: RegisteredPerson, reading: SampleReading, sources: SampleSources
) -> dict[str, tuple[NorwegianPrescription, Report]]:
    """Every prescription of a person by its id, joined with FEST; empty when she has none.

    Raises a `NorwegianMessageError`, or ``OSError``.
    """
    return {id_: read_sample_prescription(folder, id_, person, reading, sources) for id_ in prescription_ids(folder)}


def read_sample_prescription(
    folder: Path, id_: str, person: RegisteredPerson, reading: SampleReading, sources: SampleSources
) -> tuple[NorwegianPrescription, Report]:
    """The one of that id, which is one of `prescription_ids`; raises as `read_sample_prescriptions`."""
    about = MedicineReading(her_numbers(person), reading.systems, reading.now, is_protected(person))
    row = _rows(folder)[id_]
    told = PrescriptionContext(about, sources.root, row["status"], (Dispensing(as_prescribed=True),) * row["dispensed"])
    certificates = CertificateStates(sources.certificates, reading.now)
    prescription, report = read_signed_prescription((folder / row["file"]).read_bytes(), told, certificates)
    joined, of_fest = with_fest(prescription, sources.fest)
    report.extend(of_fest)
    return joined, report


def _rows(folder: Path) -> dict[str, dict[str, Any]]:
    """Rows of the index by id; none when the person has no prescriptions."""
    if not (folder / INDEX).is_file():
        return {}
    rows = tomllib.loads((folder / INDEX).read_text("utf-8"))["prescription"]
    return {Path(row["file"]).stem: row for row in rows}
