"""Do the structured document and the original it is paired with say the same in their headers?

eHDSI CDA, the pair of level 3 and level 1: patient, people, times, language and parent are the same; what differs is
the document's own id and template, its code's form, and the body. No schema or Schematron sees two documents.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Final

from lxml import etree

from transformers.cda.rules.texts import mending
from transformers.cda.types.walk import HL7, Element, Places
from transformers.model.attributes import canonical
from transformers.model.finding import Finding, Report, Severity
from trust.xml import DOCUMENT, parse

_SHARED: Final = (
    "effectiveTime", "confidentialityCode", "languageCode", "recordTarget", "author", "custodian",
    "legalAuthenticator", "documentationOf", "relatedDocument",
)  # fmt: skip
"""Elements of the header that say the same in both."""


def check_pair(structured: bytes, original: bytes) -> Report:
    """What differs between the headers of a level 3 document and its level 1; paths are of the original.

    Raises a leaf of `XmlRefused` when one of them is no document.
    """
    report = Report()
    both = parse(structured, DOCUMENT), parse(original, DOCUMENT)
    for root in both:
        canonical(root.iter())
    for finding in _differences(*both):
        report.add(finding)
    return report


def _differences(structured: Element, original: Element) -> Iterator[Finding]:
    for name in ("code", *_SHARED):
        said, again = (list(root.iterchildren(f"{HL7}{name}")) for root in (structured, original))
        alike = [_code(e) for e in said] == [_code(e) for e in again] if name == "code" else _same(said, again)
        if not alike:
            path = Places().where(again[0] if again else original)
            text = f"{name} differs between the structured document and the original. {mending('own-pair-1')}"
            yield Finding(Severity.ERROR, "own", path, text, rule="own-pair-1")


def _same(said: list[Element], again: list[Element]) -> bool:
    return [_canonical(element) for element in said] == [_canonical(element) for element in again]


def _canonical(element: Element) -> bytes:
    """The element as bytes, without the blanks that stand between elements."""
    copied = deepcopy(element)
    for each in copied.iter():
        if len(each) and not (each.text or "").strip():
            each.text = None
        if not (each.tail or "").strip():
            each.tail = None
    return etree.tostring(copied, method="c14n", exclusive=True, with_comments=False, with_tail=False)


def _code(element: Element) -> tuple[str | None, str | None]:
    return element.get("code"), element.get("codeSystem")
