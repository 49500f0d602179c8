"""An invented country's prescriptions, written from the specification of ePrescription documents (eHDSI, wave 8).

Their form is that of the public sample of OpenNCP: header, one section 57828-6 with one entry, product with package and
ingredient, the number of packages, and whether it may be substituted. Everybody here is invented.
"""

from dataclasses import dataclass, field
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Final

HOME: Final = "2.16.17.710.820.1000.990.1"
REGISTER: Final = "2.16.17.710.820.1000.990.1.4"
"""Root of the country's patient numbers: below its own community, so that nobody real has one."""
NUMBER, FAMILY, GIVEN, BORN, SEX = "999800080", "Exemplo", "Maria Inventada", "19560803", "F"


@dataclass
class ForeignPrescription:
    """One prescription and how often it may still be dispensed."""

    number: str
    name: str
    atc: str
    substance: str
    form: tuple[str, str]
    """EDQM code and English name."""
    strength: tuple[str, str]
    package: int
    left: int = 1
    substitution: str = "G"
    dispensed: list[str] = field(default_factory=list)
    """ClinicalDocument/id of each dispensation in force."""

    @property
    def unique_id(self) -> str:
        """Of its document."""
        return f"{HOME}.2^{self.number}"


def prescriptions(further: int = 0) -> list[ForeignPrescription]:
    """What the patient may have dispensed, each time the same; ``further``: so many more, of one dispensing each."""
    prolonged, tablet, capsule = (
        ("10226000", "Prolonged-release tablet"),
        ("10219000", "Tablet"),
        ("10210000", "Capsule, hard"),
    )
    made = ForeignPrescription
    return [
        made("EP-1", "Selo-Zok 50 mg", "C07AB02", "metoprolol", prolonged, ("50", "mg"), 98, left=2),
        made("EP-2", "Ramipril Exemplo 5 mg", "C09AA05", "ramipril", capsule, ("5", "mg"), 100),
        made("EP-3", "Morfina Exemplo 10 mg", "N02AA01", "morphine", prolonged, ("10", "mg"), 30),
        made("EP-4", "Simvastatina 40 mg", "C10AA01", "simvastatin", tablet, ("40", "mg"), 98, substitution="N"),
        *(
            made(f"EP-{100 + number}", "Selo-Zok 50 mg", "C07AB02", "metoprolol", prolonged, ("50", "mg"), 98)
            for number in range(further)
        ),
    ]


def document(one: ForeignPrescription, created: str) -> bytes:
    """The ePrescription of level 3; ``created`` as HL7 writes a time."""
    amount, unit = one.strength
    text = {
        "home": HOME, "register": REGISTER, "patient": NUMBER, "family": FAMILY, "given": GIVEN, "born": BORN,
        "sex": SEX,
        "number": one.number, "created": created, "day": created[:8], "name": one.name, "package": str(one.package),
        "title": f"{one.name}, {one.package} comprimidos", "form": one.form[0], "form_name": one.form[1],
        "atc": one.atc, "substance": one.substance, "amount": amount, "unit": unit, "substitution": one.substitution,
        "substitution_name": "generic" if one.substitution == "G" else "none",
    }  # fmt: skip
    return _template().substitute({key: escape(value) for key, value in text.items()}).encode()


@cache
def _template() -> Template:
    return Template(Path(__file__).with_name("foreign-prescription.xml").read_text("utf-8"))
