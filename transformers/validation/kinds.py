"""Which eHDSI document is this: told by the document templateId and the document code.

MyHealth@EU CDA implementation guides 8.0.0, document level templates 1.3.6.1.4.1.12559.11.10.1.3.1.1.*; codes of LOINC and
of value sets 42.52 to 42.55. MRO and HCER are of older waves: named, no wave-8 rules exist for them.
"""

from dataclasses import dataclass

from lxml import etree

_TEMPLATES = "1.3.6.1.4.1.12559.11.10.1.3.1.1."
_HL7 = "{urn:hl7-org:v3}"


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One type of document. ``schematron`` is the schema's file name without ``epsos-`` and ``.sch``; None: there is none."""

    id: str
    name: str
    template: str
    code: str | None
    """The document code; None where a value set of many codes applies."""
    level1: bool
    schematron: str | None


KINDS: tuple[DocumentKind, ...] = (
    DocumentKind("ep-l3", "ePrescription", _TEMPLATES + "1", "57833-6", False, "ePrescription"),
    DocumentKind("ed", "eDispensation", _TEMPLATES + "2", "60593-1", False, "eDispensation"),
    DocumentKind("ps-l3", "Patient Summary", _TEMPLATES + "3", "60591-5", False, "PatientSummary"),
    DocumentKind("hcer", "Healthcare Encounter Report", _TEMPLATES + "4", "34133-9", False, None),
    DocumentKind("mro", "Medication Related Overview", _TEMPLATES + "5", "56445-0", False, None),
    DocumentKind("ep-l1", "ePrescription (original PDF)", _TEMPLATES + "6", "57833-6", True, "ePrescriptionL1"),
    DocumentKind("ps-l1", "Patient Summary (original PDF)", _TEMPLATES + "7", "60591-5", True, "PatientSummary_L1"),
    DocumentKind("orcd-lab", "Laboratory Report", _TEMPLATES + "8", None, True, "OrCD_Laboratory_Result"),
    DocumentKind(
        "orcd-hdr", "Hospital Discharge Report", _TEMPLATES + "9", None, True, "OrCD_Hospital_Discharge_Report"
    ),
    DocumentKind("orcd-mir", "Medical Imaging Report", _TEMPLATES + "10", None, True, "OrCD_Medical_Imaging_Report"),
    DocumentKind("orcd-mi", "Medical Images", _TEMPLATES + "11", None, True, "OrCD_Medical_Images"),
)
_ORCD_CODES = {"11502-2": "orcd-lab", "34105-7": "orcd-hdr", "18748-4": "orcd-mir", "x-clinical-image": "orcd-mi"}


def recognise(document: etree._Element) -> DocumentKind | None:
    """The kind of a ClinicalDocument, None when neither its templateId nor its code is known.

    The templateId decides; of several known ones, the one that fits the body (PDF or structured). Without a known
    templateId the code and the body decide: `templated` tells which of the two it was.
    """
    if document.tag != _HL7 + "ClinicalDocument":
        return None
    level1 = document.find(f"{_HL7}component/{_HL7}nonXMLBody") is not None
    by_template = [kind for kind in KINDS if templated(document, kind)]
    if by_template:
        return next((kind for kind in by_template if kind.level1 == level1), by_template[0])
    code = document_code(document)
    for kind in KINDS:
        if code and (kind.code == code and kind.level1 == level1 or _ORCD_CODES.get(code) == kind.id):
            return kind
    return None


def templated(document: etree._Element, kind: DocumentKind) -> bool:
    """Does the document claim the kind's template, so that the kind's rules apply to it at all?"""
    return any(template.get("root") == kind.template for template in document.findall(_HL7 + "templateId"))


def document_code(document: etree._Element) -> str | None:
    """The document's code, None when absent."""
    code = document.find(_HL7 + "code")
    return None if code is None else code.get("code")
