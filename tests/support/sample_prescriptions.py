"""The prescriptions of the sample persons, read as they are: signed, with their status and what was dispensed."""

import tomllib
from functools import cache

from gateway.national.people import her_numbers, is_protected
from gateway.national.prescription_signature import read_signed_prescription
from gateway.shipped import shipped
from tests.support.authoring.signing import issuer, nobody_revoked
from tests.support.norway_messages import SYSTEMS
from tests.support.pki import ListsInMemory
from tests.support.prescriptions import NOW, ROOT
from tests.support.samples import sample_of
from transformers.model.finding import Report
from transformers.norway.prescription import Dispensing, NorwegianPrescription
from transformers.norway.read_prescription import Told
from transformers.norway.read_prescription_m1 import Reading
from trust.certificates import CertificateVerifier
from trust.revocation import RevocationPolicy


@cache
def certificates() -> CertificateVerifier:
    """Trust in the issuer of the sample prescribers, and in no other."""
    lists = ListsInMemory((nobody_revoked(),))
    return CertificateVerifier([issuer().der], [], lists, RevocationPolicy.HARD_FAIL)


@cache
def sample_prescriptions(person: str) -> dict[str, tuple[NorwegianPrescription, Report]]:
    """Every prescription of a sample person by its key; empty for a person without."""
    folder = shipped("samples") / "persons" / person
    if not (folder / "prescriptions.toml").is_file():
        return {}
    known = sample_of(person)[0]
    reading = Reading(her_numbers(known), SYSTEMS, NOW, is_protected(known))
    found = {}
    for row in tomllib.loads((folder / "prescriptions.toml").read_text("utf-8"))["prescription"]:
        told = Told(reading, ROOT, row["status"], (Dispensing(),) * row["dispensed"])
        data = (folder / row["file"]).read_bytes()
        found[(folder / row["file"]).stem] = read_signed_prescription(data, told, certificates())
    return found


def sample_prescription(key: str, person: str = "prescriptions") -> NorwegianPrescription:
    """One prescription of a sample person."""
    return sample_prescriptions(person)[key][0]
