"""Every published Norwegian message is read with an empty or explained report, or is what our writer makes of the same.

Whose they are is taken from themselves, never written here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from tests.support.machine.require import artefacts
from tests.support.norway.eresept_messages import envelope
from tests.support.norway.source_messages import NOW, SYSTEMS
from transformers.model.finding import Report
from transformers.norway.identifiers import NumberKind
from transformers.norway.msghead_patient import Subject
from transformers.norway.read_apprec import read_apprec
from transformers.norway.read_dispensing_report_m10 import read_dispensing_report
from transformers.norway.read_dispensings_m98 import read_dispensings
from transformers.norway.read_download_m94 import Wanted, read_download
from transformers.norway.read_medicine_list_m251 import read_medicine_list
from transformers.norway.read_medicine_list_m912 import read_medicines_in_use
from transformers.norway.read_msghead import read_msghead
from transformers.norway.read_prescriber_list_m96 import read_prescriber_list
from transformers.norway.read_prescription_list_m92 import read_prescription_list
from transformers.norway.read_prescription_m1 import MedicineReading, read_prescribed_medicine
from transformers.norway.read_recalls import read_deletion, read_recall, read_recall_receipt
from transformers.norway.read_vaccinations_sysvak import VaccinationSubject, read_vaccinations
from transformers.norway.write_download_request_m93 import write_download_request
from transformers.norway.write_medicine_list_request_m911 import write_medicine_list_request
from transformers.norway.write_prescriber_requests_m95_m97 import write_dispensings_request, write_prescriber_search
from transformers.norway.write_prescription_search_m91 import write_prescription_search
from transformers.norway.write_vaccination_request_sysvak import write_vaccination_request


@dataclass(frozen=True)
class Published:
    """A published message, whom it is about, and which prescription."""

    data: bytes

    @property
    def root(self) -> etree._Element:
        return etree.fromstring(self.data)

    @property
    def number(self) -> str:
        return self.said("Fnr", "Patient/{*}Ident/{*}Id", "Ident/{*}Id", "VaksinandIdent/{*}Id")

    @property
    def subject(self) -> Subject:
        return Subject(frozenset({self.number}))

    @property
    def reading(self) -> MedicineReading:
        return MedicineReading(frozenset({self.number}), SYSTEMS, NOW)

    def said(self, *paths: str) -> str:
        found = [text for path in paths if (text := self.root.findtext(f".//{{*}}Content//{{*}}{path}"))]
        found += [text for path in paths if (text := self.root.findtext(f".//{{*}}{path}"))]
        return found[0] if found else ""


def codes(report: Report) -> list[str]:
    return sorted({finding.code for finding in report.findings})


def a_list(one: Published) -> list[str]:
    report = Report()
    read_medicine_list(one.data, one.reading, report)
    return codes(report)


def prescription(one: Published) -> list[str]:
    report = Report()
    (payload,) = [p for p in read_msghead(one.data).payloads if etree.QName(p).localname == "Resept"]
    medicine = payload.find("{*}ReseptDokLegemiddel")
    assert medicine is not None
    assert read_prescribed_medicine(medicine, one.reading, report, "M1").product.name
    return codes(report)


def dispensings(one: Published) -> list[str]:
    found, report = read_dispensings(one.data, Wanted("any", Subject(frozenset())), SYSTEMS)
    assert found.reports == ()
    return codes(report)


def download(one: Published) -> list[str]:
    folder = artefacts("norway-messages", "eresept", "ekspedering-og-utlevering")
    asked = Published((folder / "M93-Foresporsel-om-nedlasting-av-resept.xml").read_bytes())
    listed = Published((folder / "M92-Reseptliste-(utleverer).xml").read_bytes())
    found, report = read_download(one.data, Wanted(asked.said("ReseptId"), listed.subject), SYSTEMS)
    assert read_msghead(found.original).kind == "ERM1"
    return codes(report)


def prescriber_list(one: Published) -> list[str]:
    published = artefacts("norway-messages", "eresept", "lege-endrer-pa-legemiddelbehandling")
    asked = Published((published / "M95-Foresporsel-om-resepter-pa-pasient.xml").read_bytes())
    found, report = read_prescriber_list(one.data, asked.subject, SYSTEMS)
    assert {row.id.lower() for row in found.rows} == set(found.originals)
    return codes(report)


def vaccinations(one: Published) -> list[str]:
    return codes(read_vaccinations(one.data, VaccinationSubject(frozenset({one.number}), None), SYSTEMS)[1])


def receipt(one: Published) -> list[str]:
    assert read_apprec(one.data).status == "3"
    return []


READ: dict[str, tuple[Callable[[Published], list[str]], list[str]]] = {
    "M92": (lambda one: codes(read_prescription_list(one.data, one.subject.numbers, SYSTEMS)[1]), ["multidose"]),
    "M94": (download, []),
    "M10": (lambda one: codes(read_dispensing_report(one.data, SYSTEMS, subject=one.subject)[1]), ["not-carried"]),
    "M1": (prescription, ["dosage-text-only"]),
    "M251": (a_list, ["discontinued", "dosage-text-only"]),
    "M912": (lambda one: codes(read_medicines_in_use(one.data, one.reading)[1]), []),
    "M96": (prescriber_list, []),
    "M98": (dispensings, []),
    "M5": (lambda one: [] if read_recall(one.data, SYSTEMS).prescription_id else ["no id"], []),
    "M5.2": (lambda one: ["pending"] if read_recall_receipt(one.data).pending else [], []),
    "M7": (lambda one: codes(read_deletion(one.data, SYSTEMS)[1]), []),
    "310_srequest_med_ident_response": (vaccinations, ["deleted"]),
    "apprec": (receipt, []),
}
"""By kind: its reader, and the findings that may stand in its report (each explained by its own text)."""

EXPLAINED = {"M10": {"BytteresRekvirent"}}
"""What of the dispensed M1 an M10 repeats from the prescription: no news of the dispensing."""

WRITTEN: dict[str, tuple[Callable[[Published], bytes], frozenset[str]]] = {
    "M91": (
        lambda one: write_prescription_search(envelope(), patient_number=one.number, employee_id=one.said("AnsattId")),
        frozenset(),
    ),
    "M93": (
        lambda one: write_download_request(
            envelope(), prescription_id=one.said("ReseptId"), employee_id=one.said("AnsattId")
        ),
        frozenset(),
    ),
    "M95": (
        lambda one: write_prescriber_search(envelope(), patient_number=one.number, every=True),
        frozenset({"Samtykke", "Komprimering"}),
    ),
    "M97": (
        lambda one: write_dispensings_request(envelope(), prescription_id=one.said("ReseptId")),
        frozenset({"Samtykke", "Komprimering"}),
    ),
    "M911": (
        lambda one: write_medicine_list_request(envelope(), patient_number=one.number),
        frozenset({"Samtykke", "InklReseptinfo", "Komprimering"}),
    ),
    "310_srequest_med_ident": (
        lambda one: write_vaccination_request(envelope(), patient_number=one.number, kind=NumberKind.FNR),
        frozenset({"UtfortAvHelseenhet"}),
    ),
}
"""By kind: our own message, and the elements in which it may differ: consent is no longer stated, nothing is to come
packed, the unit that asks is ours."""

NEITHER = (
    "100_krequest",
    "100_krequest_response",
    "210_hrequest_vaksinering_vaksinandident",
    "210_hrequest_vaksinering_vaksinandident_response",
)
"""What only somebody who registers vaccinations sends and is answered: no contact point does. Their heads are read."""


def kind(path: Path) -> str:
    return path.stem if path.parent.name == "sysvak" else path.stem.split("-")[0]


def published() -> list[Path]:
    return sorted(Path(artefacts("norway-messages")).rglob("*.xml"))


def told(root: etree._Element, aside: frozenset[str]) -> list[tuple[str, dict[str, str], str]]:
    """A payload's elements without what may differ, namespaces and terms aside."""
    (payload,) = root.findall(".//{*}Content/*")
    rows = []
    skipped: set[etree._Element] = set()
    for element in payload.iter():
        name = etree.QName(element).localname
        if name in aside or element.getparent() in skipped:
            skipped.add(element)
            continue
        rows.append((name, {"V": element.get("V", "")}, (element.text or "").strip()))
    return rows


def test_every_kind_of_published_message_is_known():
    assert {kind(path) for path in published()} == {*READ, *WRITTEN, *NEITHER}


@pytest.mark.parametrize("name", READ)
def test_published_messages_are_read_and_nothing_is_lost_unsaid(name: str):
    reader, allowed = READ[name]
    found = [path for path in published() if kind(path) == name]
    assert found
    for path in found:
        said = reader(Published(path.read_bytes()))
        assert [code for code in said if code not in allowed] == [], path.name


def test_what_the_published_dispensing_repeats_of_its_prescription_is_named():
    (path,) = [one for one in published() if kind(one) == "M10"]
    _, report = read_dispensing_report(path.read_bytes(), SYSTEMS)
    assert {finding.original for finding in report.findings} == EXPLAINED["M10"]


@pytest.mark.parametrize("name", WRITTEN)
def test_published_requests_are_what_we_write_of_the_same(name: str):
    write, aside = WRITTEN[name]
    found = [path for path in published() if kind(path) == name]
    assert found
    for path in found:
        one = Published(path.read_bytes())
        assert told(etree.fromstring(write(one)), aside) == told(one.root, aside), path.name


@pytest.mark.parametrize("name", NEITHER)
def test_what_is_neither_read_nor_written_has_a_head_that_is(name: str):
    (path,) = [one for one in published() if kind(one) == name]
    assert read_msghead(path.read_bytes()).id
