"""A clinical document as a tree, and the one remark about what of its bytes is not in the tree.

XML 1.0, 2.6 and 4.3.3: a document may hold processing instructions, begin with a byte order mark or be UTF-16. None
of it says anything about a patient, so none of it makes a document unreadable. Digests are of the bytes as they came.
"""

from transformers.model.finding import Finding, Report, Severity
from trust.xml import DOCUMENT, Element, XmlLimits, holds_instructions, parse

INSTRUCTION_IGNORED = "instruction-ignored"


def open_document(content: bytes, report: Report, limits: XmlLimits = DOCUMENT) -> Element:
    """The root of a document; an INFO finding when instructions were left out. Raises a leaf of XmlRefused."""
    root = parse(content, limits)
    if limits.lenient and holds_instructions(content):
        text = "Processing instructions (a style sheet, an editor's) are ignored and never followed."
        report.add(Finding(Severity.INFO, INSTRUCTION_IGNORED, "/", text))
    return root
