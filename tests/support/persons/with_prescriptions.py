"""Sample persons with prescriptions for tests: the shipped samples and, for one person, M1 messages of our own.

Layout: `prescriptions.toml` (file, id, status, dispensed) beside the files it names.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.support.authoring.markup import agency, document, el, msghead, organisation, patient, text
from tests.support.authoring.people import PEOPLE, Individual
from tests.support.authoring.prescriptions import Medicine, prescribed
from tests.support.authoring.register import instance_id
from tests.support.norway.simulator import SAMPLES

_M1 = "http://www.kith.no/xmlstds/eresept/m1/2013-10-08"
CETIRIZINE = Medicine(
    key="cetirizine", level="package", name="Cetirizin Tab 10 mg", atc=("R06AE07", "Cetirizin"), form=("53", "Tablett"),
    dose_text="1 tablett daglig", started="2026-10-01", brand="Cetirizin", package=("990001", "98", "stk"),
    indication="Mot allergi", repeats=3,
)  # fmt: skip
RAMIPRIL = Medicine(
    key="ramipril", level="substance", name="Ramipril Kaps 5 mg", atc=("C09AA05", "Ramipril"), form=("32", "Kapsel"),
    dose_text="1 kapsel daglig", started="2026-10-02",
)  # fmt: skip


@dataclass(frozen=True)
class Held:
    """A prescription and what Reseptformidleren says of it."""

    medicine: Medicine
    status: str = "E"
    dispensed: int = 0
    reference: str | None = None
    """RefNr of a locked prescription."""


def person(name: str) -> Individual:
    """A sample person."""
    (found,) = [who for who in PEOPLE if who.id == name]
    return found


def prescription_id(who: Individual, medicine: Medicine) -> str:
    """ReseptId."""
    return instance_id(who.id, "resept", medicine.key)


def m1_of(who: Individual, held: Held) -> bytes:
    """The M1, unsigned."""
    locked = held.reference is not None
    content = el(
        "Resept",
        text("Forskrivningsdato", held.medicine.started),
        text("Utloper", "2027-10-01"),
        text("Vergeinnsynsreservasjon", "true") if held.medicine.guardian_reserved else None,
        text("RefNr", held.reference) if held.reference else None,
        prescribed(held.medicine),
        text("OppdatertFest", "2026-09-30T00:00:00"),
        text("LastResept", "true") if locked else None,
        xmlns=_M1,
    )
    return document(
        msghead(
            ("ERM1", "Resept"), f"{held.medicine.started}T10:15:00+02:00", prescription_id(who, held.medicine),
            organisation(who.clinic), agency("Reseptformidleren", "80624"), content, subject=patient(who),
        )
    )  # fmt: skip


def samples_with(folder: Path, of: dict[str, list[Held]]) -> Path:
    """The shipped samples in ``folder``, with these prescriptions of these persons and no others."""
    copied = folder / "samples"
    shutil.copytree(SAMPLES, copied)
    for old in copied.glob("persons/*/prescriptions.toml"):
        old.unlink()
    for name, every in of.items():
        who = person(name)
        rows = []
        for held in every:
            file = f"prescriptions/{held.medicine.key}.xml"
            path = copied / "persons" / name / file
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(m1_of(who, held))
            rows.append(
                f'[[prescription]]\nfile = "{file}"\nid = "{prescription_id(who, held.medicine)}"\n'
                f'status = "{held.status}"\ndispensed = {held.dispensed}\n'
            )
        (copied / "persons" / name / "prescriptions.toml").write_text("\n".join(rows), encoding="utf-8")
    return copied
