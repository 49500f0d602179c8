"""The published e-resept messages are read; whose they are is taken from themselves, never written here."""

from pathlib import Path

import pytest
from lxml import etree

from tests.support.machine.require import artefacts
from tests.support.norway.source_messages import NOW, SYSTEMS
from transformers.model.finding import Report
from transformers.model.summary import NoInformation, Present
from transformers.norway.errors import WrongPatient
from transformers.norway.read_medicine_list_m251 import read_medicine_list
from transformers.norway.read_medicine_list_m912 import read_medicines_in_use
from transformers.norway.read_prescription_m1 import MedicineReading

CHANGED = "lege-endrer-pa-legemiddelbehandling"
ONLY_PRESCRIBED = "rekvirent-rekvirerer-kun-resept-og-leverer-ikke-pll"


def published(folder: str, name: str) -> tuple[bytes, MedicineReading]:
    data = Path(artefacts("norway-messages", "eresept", folder, name)).read_bytes()
    root = etree.fromstring(data)
    number = root.findtext(".//{*}Fnr") or root.findtext(".//{*}Patient/{*}Ident/{*}Id")
    return data, MedicineReading(frozenset({str(number)}), SYSTEMS, NOW)


def test_the_published_list_is_read_from_inside_its_answer():
    data, reading = published(CHANGED, "M912-Nedlasting-av-PLL.xml")
    found, _ = read_medicines_in_use(data, reading)
    assert isinstance(found.medications, Present)
    assert [(s.product.name, s.dosage.text) for s in found.medications.entries] == [
        ("Cetimax Tab 10 mg", "1 tablett daglig"),
        ("Zocor Tab 10 mg", "1 tablett kveld"),
    ]
    assert found.reconciled


def test_the_published_answer_without_a_list_states_nothing():
    data, reading = published(ONLY_PRESCRIBED, "M912-Nedlasting-av-PLL.xml")
    found, _ = read_medicines_in_use(data, reading)
    assert isinstance(found.medications, NoInformation)


@pytest.mark.parametrize("name", ["M251-PLL.xml", "M251-PLL---Avsluttet-behandling.xml"])
def test_the_published_lists_are_read(name: str):
    data, reading = published(CHANGED, name)
    report = Report()
    made = read_medicine_list(data, reading, report)
    discontinued = sum(finding.code == "discontinued" for finding in report.findings)
    assert len(made.statements) + discontinued == data.count(b"<EnkeltoppforingLIB>")
    assert all(s.dosage.text and s.product.atc for s in made.statements)


def test_a_published_answer_is_refused_for_anybody_else():
    data, reading = published(CHANGED, "M912-Nedlasting-av-PLL.xml")
    (number,) = reading.patient
    with pytest.raises(WrongPatient):
        read_medicines_in_use(data, MedicineReading(frozenset({number[::-1]}), SYSTEMS, NOW))
