"""How a document is walked, and where an element of it stands."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from transformers.model.finding import Severity
from transformers.model.positions import Positions
from trust.xml import Element

__all__ = [
    "HL7",
    "PHARM",
    "XSI_TYPE",
    "Breach",
    "DocumentElements",
    "Element",
    "Places",
    "Rule",
    "child",
    "children",
    "has_template",
    "local",
    "prefixed",
    "says_something",
    "text_of",
]

HL7: Final = "{urn:hl7-org:v3}"
PHARM: Final = "{urn:hl7-org:pharm}"
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


def says_something(element: Element) -> bool:
    """Whether any text below the element is more than blanks: as `text_of`, without putting it together."""
    return any(str(part).strip() for part in element.itertext())


def prefixed(element: Element) -> str:
    """The name with the prefix that paths in findings have."""
    namespace, _, name = str(element.tag).removeprefix("{").rpartition("}")
    return f"{_PREFIXES.get(namespace, 'other')}:{name}" if namespace else name


class DocumentElements:
    """The elements of a document, walked once: what has a name, an attribute, an ID or a template is then at hand.

    Whatever is asked for comes in the order of the document. The tree may change its attributes' values meanwhile, and
    nothing else; the elements are kept alive, for making one anew costs more than looking at it.
    """

    def __init__(self, root: Element) -> None:
        self.root = root
        self.every: list[Element] = []
        """Every element; no comment and no instruction."""
        self._by_tag: defaultdict[object, list[int]] = defaultdict(list)
        self._by_attribute: defaultdict[object, list[int]] = defaultdict(list)
        self._bare: list[int] = []
        for place, element in enumerate(root.iter("*")):
            self.every.append(element)
            self._by_tag[element.tag].append(place)
            names = element.keys()
            for name in names:
                self._by_attribute[name].append(place)
            if not names:
                self._bare.append(place)

    def named(self, *tags: str) -> list[Element]:
        """Those of one of these names, with their namespaces."""
        return self._at([self._by_tag.get(tag, []) for tag in tags])

    def having(self, *attributes: str) -> list[Element]:
        """Those that have one of these attributes."""
        return self._at([self._by_attribute.get(name, []) for name in attributes])

    def bare_or_called(self, *names: str) -> list[Element]:
        """Those without any attribute, and those of one of these names, of whatever namespace."""
        called = [places for tag, places in self._by_tag.items() if str(tag).rpartition("}")[2] in names]
        return self._at([self._bare, *called])

    @cached_property
    def anchors(self) -> dict[str | None, list[Element]]:
        """Those that have an ID, by it."""
        found: dict[str | None, list[Element]] = {}
        for element in self.having("ID"):
            found.setdefault(element.get("ID"), []).append(element)
        return found

    def claims(self, element: Element, *templates: str) -> bool:
        """Does the element claim one of these templates?"""
        return any(element in self._claimants.get(template, ()) for template in templates)

    @cached_property
    def _claimants(self) -> dict[str | None, set[Element]]:
        found: dict[str | None, set[Element]] = {}
        for claim in self.named(f"{HL7}templateId"):
            parent = claim.getparent()
            if parent is not None:
                found.setdefault(claim.get("root"), set()).add(parent)
        return found

    def _at(self, places: list[list[int]]) -> list[Element]:
        only = places[0] if len(places) == 1 else sorted({place for some in places for place in some})
        return [self.every[place] for place in only]


Rule = Callable[[DocumentElements], Iterable[Breach]]
"""What looks at a document for breaches of one statement about it."""


class Places:
    """Paths of a document's elements as the other layers write them (``/hl7:ClinicalDocument[1]``)."""

    def __init__(self) -> None:
        self._positions = Positions()

    def where(self, element: Element) -> str:
        """The path of an element, a position on every step. The tree must not change meanwhile."""
        steps = [f"{prefixed(each)}[{self._positions.of(each)}]" for each in (element, *element.iterancestors())]
        return "/" + "/".join(reversed(steps))
