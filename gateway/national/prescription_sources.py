"""What prescriptions are read with: FEST (M30) and the issuers of prescribers' certificates, from an operator's files.

Trust in prescribers is a set of its own (M1, R0908): nothing that signs for a contact point signs a prescription.
"""

from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.store.revocation_lists import DirectoryRevocationLists
from transformers.norway.code_systems import CodeSystems
from transformers.norway.fest import Fest
from transformers.norway.read_fest_m30 import read_fest
from trust.certificates import CertificateVerifier
from trust.revocation import RevocationPolicy


@dataclass(frozen=True, slots=True)
class PrescriptionSources:
    """Read once, at the start."""

    fest: Fest = field(repr=False)
    certificates: CertificateVerifier = field(repr=False)


def read_prescription_sources(
    fest_file: Path, trust_file: Path, revocation_directory: Path, systems: CodeSystems
) -> PrescriptionSources:
    """Those of the files. Raises a `NorwegianMessageError`, ``OSError``, or ``ValueError`` without an anchor."""
    fest = read_fest_file(fest_file, systems)
    return PrescriptionSources(fest, prescriber_certificates(trust_file, revocation_directory))


def read_fest_file(fest_file: Path, systems: CodeSystems) -> Fest:
    """FEST as it lies in a file. Raises a `NorwegianMessageError` or ``OSError``."""
    with fest_file.open("rb") as source:
        return read_fest(source, systems)[0]


def prescriber_certificates(trust_file: Path, revocation_directory: Path) -> CertificateVerifier:
    """What verifies prescribers' certificates. Raises ``OSError``, or ``ValueError`` without an anchor."""
    issuers = x509.load_pem_x509_certificates(trust_file.read_bytes())
    anchors = [one.public_bytes(Encoding.DER) for one in issuers if one.issuer == one.subject]
    if not anchors:
        raise ValueError("no certificate that signs itself")
    return CertificateVerifier(
        anchors,
        [one.public_bytes(Encoding.DER) for one in issuers if one.issuer != one.subject],
        DirectoryRevocationLists(revocation_directory),
        RevocationPolicy.HARD_FAIL,
    )
