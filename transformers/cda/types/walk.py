"""How a document is walked, and where an element of it stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from transformers.model.finding import Severity
from transformers.model.positions import Positions
from trust.xml import Element

__all__ = [
    "HL7",
    "PATIENT_SUMMARY",
    "XSI_TYPE",
    "Breach",
    "Element",
    "Places",
    "child",
    "children",
    "has_template",
    "local",
    "prefixed",
    "text_of",
]

HL7: Final = "{urn:hl7-org:v3}"
PATIENT_SUMMARY: Final = "1.3.6.1.4.1.12559.11.10.1.3.1.1.3"
"""The template of a Patient Summary at level 3. The rules look for it by a table of their own, not the writer's."""
XSI_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_PREFIXES: Final = {"urn:hl7-org:v3": "hl7", "urn:hl7-org:pharm": "pharm"}


@dataclass(frozen=True, slots=True)
class Breach:
    """An element that breaks a rule, and how, without its value."""

    element: Element
    text: str
    severity: Severity = Severity.ERROR


def local(element: Element) -> str:
    """The name without namespace."""
    return str(element.tag).rpartition("}")[2]


def child(element: Element, name: str) -> Element | None:
    """The first child of that name in the hl7 namespace."""
    tag = HL7 + name
    for each in element:  # children are few: looking at them takes less than lxml's own search
        if each.tag == tag:
            return each
    return None


def children(element: Element, name: str) -> Iterator[Element]:
    """The children of that name in the hl7 namespace."""
    tag = HL7 + name
    return (each for each in element if each.tag == tag)


def has_template(element: Element, root: str) -> bool:
    """Does the element claim that template?"""
    return any(template.get("root") == root for template in children(element, "templateId"))


def text_of(element: Element) -> str:
    """All text below the element, blanks put together; a line break counts as a blank."""
    if len(element) == 0:
        return " ".join((element.text or "").split())
    return " ".join(" ".join(str(part) for part in element.itertext()).split())


def prefixed(element: Element) -> str:
    """The name with the prefix that paths in findings have."""
    namespace, _, name = str(element.tag).removeprefix("{").rpartition("}")
    return f"{_PREFIXES.get(namespace, 'other')}:{name}" if namespace else name


class Places:
    """Paths of a document's elements as the other layers write them (``/hl7:ClinicalDocument[1]``)."""

    def __init__(self) -> None:
        self._positions = Positions()

    def where(self, element: Element) -> str:
        """The path of an element, a position on every step. The tree must not change meanwhile."""
        steps = []
        node: Element | None = element
        while node is not None:
            steps.append(f"{prefixed(node)}[{self._positions.of(node)}]")
            node = node.getparent()
        return "/" + "/".join(reversed(steps))
