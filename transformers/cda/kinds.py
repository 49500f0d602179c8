"""Which eHDSI document is this: told by the document templateId and the document code.

MyHealth@EU CDA implementation guides 8.0.0, document level templates 1.3.6.1.4.1.12559.11.10.1.3.1.1.*; codes of LOINC
and of value sets 42.52 to 42.55. MRO and HCER are of older waves: named, no wave-8 rules exist for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lxml import etree

from transformers.model.spelling import object_id, trimmed

PATIENT_SUMMARY_CODE = "60591-5"
PRESCRIPTION_CODE = "57833-6"
DISPENSATION_CODE = "60593-1"
EHDSI = "1.3.6.1.4.1.12559.11.10.1.3.1."
_HL7 = "{urn:hl7-org:v3}"


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One type of document."""

    id: str
    name: str
    template: str
    """OID of the document level template."""
    code: str | None
    """The document code; None where a value set of many codes applies."""
    body: Literal["structuredBody", "nonXMLBody"]
    schematron: str | None
    """File name of its rules without ``epsos-`` and ``.sch``; None: no such rules exist."""


KINDS: tuple[DocumentKind, ...] = tuple(
    DocumentKind(id_, name, template, code, "structuredBody" if level == "L3" else "nonXMLBody", schematron)
    for id_, name, template, code, level, schematron in (
        ("ep-l3", "ePrescription", f"{EHDSI}1.1", PRESCRIPTION_CODE, "L3", "ePrescription"),
        ("ed", "eDispensation", f"{EHDSI}1.2", DISPENSATION_CODE, "L3", "eDispensation"),
        ("ps-l3", "Patient Summary", f"{EHDSI}1.3", PATIENT_SUMMARY_CODE, "L3", "PatientSummary"),
        ("hcer", "Healthcare Encounter Report", f"{EHDSI}1.4", "34133-9", "L3", None),
        ("mro", "Medication Related Overview", f"{EHDSI}1.5", "56445-0", "L3", None),
        ("ep-l1", "ePrescription (original PDF)", f"{EHDSI}1.6", PRESCRIPTION_CODE, "L1", "ePrescriptionL1"),
        ("ps-l1", "Patient Summary (original PDF)", f"{EHDSI}1.7", PATIENT_SUMMARY_CODE, "L1", "PatientSummary_L1"),
        ("orcd-lab", "Laboratory Report", f"{EHDSI}1.8", None, "L1", "OrCD_Laboratory_Result"),
        ("orcd-hdr", "Hospital Discharge Report", f"{EHDSI}1.9", None, "L1", "OrCD_Hospital_Discharge_Report"),
        ("orcd-mir", "Medical Imaging Report", f"{EHDSI}1.10", None, "L1", "OrCD_Medical_Imaging_Report"),
        ("orcd-mi", "Medical Images", f"{EHDSI}1.11", None, "L1", "OrCD_Medical_Images"),
    )
)
TEMPLATES: Mapping[str, str] = {kind.id: kind.template for kind in KINDS}
"""The document level template by the kind's id."""
_ORCD_CODES = {"11502-2": "orcd-lab", "34105-7": "orcd-hdr", "18748-4": "orcd-mir", "x-clinical-image": "orcd-mi"}


def recognise(document: etree._Element) -> DocumentKind | None:
    """The kind of a ClinicalDocument, None when neither its templateId nor its code is known.

    The templateId decides; of several known ones, the one that fits the body (PDF or structured). Without a known
    templateId the code and the body decide: `templated` tells which of the two it was. An OID in another spelling is
    the same OID here, and none to the official rules, of which `templated` speaks.
    """
    if document.tag != _HL7 + "ClinicalDocument":
        return None
    body = document_body(document)
    claimed = {object_id(template.get("root") or "") for template in document.findall(_HL7 + "templateId")}
    by_template = [kind for kind in KINDS if kind.template in claimed]
    if by_template:
        return next((kind for kind in by_template if kind.body == body), by_template[0])
    code = document_code(document)
    for kind in KINDS if code else ():
        if (kind.code == code and kind.body == body) or _ORCD_CODES.get(code or "") == kind.id:
            return kind
    return None


def templated(document: etree._Element, kind: DocumentKind) -> bool:
    """Does the document claim the kind's template, so that the kind's rules apply to it at all?"""
    return any(template.get("root") == kind.template for template in document.findall(_HL7 + "templateId"))


def document_code(document: etree._Element) -> str | None:
    """The document's code, None when absent."""
    code = document.find(_HL7 + "code")
    return None if code is None or code.get("code") is None else trimmed(code.get("code") or "")


def document_body(document: etree._Element) -> str | None:
    """Local name of the body, ``structuredBody`` or ``nonXMLBody``; None when there is no body of either name."""
    for name in ("structuredBody", "nonXMLBody"):
        if document.find(f"{_HL7}component/{_HL7}{name}") is not None:
            return name
    return None
