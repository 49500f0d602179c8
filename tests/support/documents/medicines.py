"""One medicine in each kind of document that has it: the same markup in a summary, a prescription, a dispensation."""

from lxml import etree

from tests.support.documents.elements import NS
from tests.support.documents.foreign import medicine, section
from tests.support.documents.foreign import read as read_summary
from tests.support.pivots.rich_prescriptions import dispensation, prescription
from transformers.cda.documents.dispensation import read_dispensation, write_dispensation
from transformers.cda.documents.prescription import read_prescription, write_prescription
from transformers.model.finding import Finding
from transformers.model.prescription import PrescribedItem
from transformers.model.summary import Dosage, MedicinalProduct, Present
from trust.xml import parse

H = "{urn:hl7-org:v3}"
PRESCRIBED = write_prescription(prescription()).content
DISPENSED = write_dispensation(dispensation()).content
_WRAPPED = (
    '<x xmlns="urn:hl7-org:v3" xmlns:pharm="urn:hl7-org:pharm" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    "{}</x>"
)
_REGIMEN = ("effectiveTime", "doseQuantity", "rateQuantity", "maxDoseQuantity")


def fragment(markup: str) -> list[etree._Element]:
    """Elements of a document."""
    return list(parse(_WRAPPED.format(markup).encode()))


def edited(content: bytes, path: str, *, attributes: dict[str, str] | None = None, children: str = "") -> bytes:
    """The document with attributes set at the first element of a path, and children added to it."""
    root = parse(content)
    found = root.xpath(path, namespaces=NS)[0]
    found.attrib.update(attributes or {})
    for child in fragment(children):
        found.append(child)
    return etree.tostring(root)


def dosage_in_summary(markup: str) -> tuple[Dosage, list[Finding]]:
    """The dosage that a summary's reader makes of times and dose."""
    result = read_summary(section("medications", medicine("<name>Paracet</name>", times=markup)))
    medications = result.summary.content.medications
    assert isinstance(medications, Present)
    return medications.entries[0].dosage, result.report.findings


def dosage_in_prescription(markup: str) -> tuple[Dosage, list[Finding]]:
    """The dosage that a prescription's reader makes of the same markup."""
    root = parse(PRESCRIBED)
    entry = root.find(f".//{H}entry/{H}substanceAdministration")
    assert entry is not None
    for name in _REGIMEN:
        for old in entry.findall(f"{H}{name}"):
            entry.remove(old)
    consumable = entry.find(f"{H}consumable")
    assert consumable is not None
    for new in fragment(markup):
        consumable.addprevious(new)
    read, report = read_prescription(etree.tostring(root))
    return read.item.dosage, report.findings


def product_in_summary(material: str) -> tuple[MedicinalProduct, list[Finding]]:
    """The product that a summary's reader makes of a material's content."""
    result = read_summary(section("medications", medicine(material)))
    medications = result.summary.content.medications
    assert isinstance(medications, Present)
    return medications.entries[0].product, result.report.findings


def product_in_prescription(material: str) -> tuple[MedicinalProduct, list[Finding]]:
    """The product that a prescription's reader makes of it."""
    read, report = read_prescription(_with_material(PRESCRIBED, "consumable", material))
    return read.item.product, report.findings


def product_in_dispensation(material: str) -> tuple[MedicinalProduct, list[Finding]]:
    """The product that a dispensation's reader makes of it."""
    read, report = read_dispensation(_with_material(DISPENSED, "product", material))
    return read.item.product, report.findings


def _with_material(content: bytes, holder: str, material: str) -> bytes:
    root = parse(content)
    found = root.find(f".//{H}entry/*/{H}{holder}/{H}manufacturedProduct/{H}manufacturedMaterial")
    assert found is not None
    for old in list(found):
        found.remove(old)
    for new in fragment(material):
        found.append(new)
    return etree.tostring(root)


def item(content: bytes) -> tuple[PrescribedItem, list[Finding]]:
    """The item of a prescription."""
    read, report = read_prescription(content)
    return read.item, report.findings
