"""Reading a CDA document in a test: written, parsed, looked at with short XPaths."""

from lxml import etree

from transformers.cda.documents.patient_summary import write_patient_summary
from transformers.model.finding import Report
from transformers.model.summary import PatientSummary
from trust.xml import parse

NS = {
    "h": "urn:hl7-org:v3",
    "pharm": "urn:hl7-org:pharm",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
SECTION_CODES = {
    "allergies": "48765-2",
    "medications": "10160-0",
    "problems": "11450-4",
    "procedures": "47519-4",
    "devices": "46264-8",
    "past_illness": "11348-0",
    "immunisations": "11369-6",
    "vital_signs": "8716-3",
    "results": "30954-2",
    "social_history": "29762-2",
    "pregnancies": "10162-6",
    "functional_status": "47420-5",
    "advance_directives": "42348-3",
    "care_plan": "18776-5",
}


NORWEGIAN = tuple(SECTION_CODES)[:7]
"""Sections that a Norwegian source may fill."""


class Document:
    """A patient summary as written."""

    def __init__(self, summary: PatientSummary) -> None:
        written = write_patient_summary(summary)
        self.content: bytes = written.content
        self.report: Report = written.report
        self.root: etree._Element = parse(written.content)

    def all(self, path: str) -> list[etree._Element]:
        """Every element at an XPath with the prefixes h, pharm and xsi."""
        return list(self.root.xpath(path, namespaces=NS))

    def one(self, path: str) -> etree._Element:
        """The one element at an XPath."""
        found = self.all(path)
        assert len(found) == 1, f"{len(found)} elements at {path}"
        return found[0]

    def values(self, path: str) -> list[str]:
        """Texts and attributes at an XPath."""
        return [str(value) for value in self.root.xpath(path, namespaces=NS)]

    def section(self, name: str) -> etree._Element:
        """A section by its name in the pivot."""
        return self.one(f"//h:section[h:code/@code='{SECTION_CODES[name]}']")

    def said(self, name: str) -> str:
        """What the narrative of a section says, blanks put together."""
        return text(self.section(name).find("h:text", NS))

    def anchored(self, reference: str) -> str:
        """What the narrative says at ``#id``."""
        return text(self.one(f"//*[@ID='{reference.removeprefix('#')}']"))

    def codes(self) -> list[str]:
        """Codes of the findings, in order."""
        return [finding.code for finding in self.report.findings]


def text(element: etree._Element | None) -> str:
    """All text below an element, blanks put together."""
    assert element is not None
    return " ".join(" ".join(str(part) for part in element.itertext()).split())
