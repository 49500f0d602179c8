"""A clinical document with one element or attribute removed, emptied or made null: every one, or one at a time."""

from copy import deepcopy
from dataclasses import dataclass

from lxml import etree

from trust.xml import parse

Element = etree._Element
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
HOW = ("removed", "emptied", "nulled", "doubted")
"""``nulled``: nothing but a null flavour is left; ``doubted``: a null flavour beside what is said."""


@dataclass(frozen=True)
class Spoil:
    """One change: of which element (by its number in document order), of which attribute (None: the element), how."""

    number: int
    attribute: str | None
    how: str


def spoils(content: bytes) -> list[Spoil]:
    """Every change of a document, but of its root as a whole and of its narrative, which decides nothing."""
    found = []
    for number, element in enumerate(parse(content).iter("*")):
        if number and not _in_narrative(element):
            found += [Spoil(number, None, how) for how in HOW]
        if not _in_narrative(element):
            found += [Spoil(number, str(name), how) for name in element.keys() for how in HOW[:2]]  # noqa: SIM118 - an element is no mapping
    return found


def spoiled(root: Element, change: Spoil) -> Element:
    """A copy of the document with the change."""
    made = deepcopy(root)
    spoil(next(e for n, e in enumerate(made.iter("*")) if n == change.number), change)
    return made


def spoil(element: Element, change: Spoil) -> None:
    """The change of an element, where it stands."""
    if change.attribute is not None:
        element.attrib.pop(change.attribute)
        if change.how == "emptied":
            element.set(change.attribute, "")
        return
    if change.how == "removed":
        above = element.getparent()
        assert above is not None
        above.remove(element)
        return
    if change.how in ("emptied", "nulled"):
        kind = element.get(f"{_XSI}type")
        element.clear()
        if kind is not None:
            element.set(f"{_XSI}type", kind)
    if change.how != "emptied":
        element.set("nullFlavor", "UNK")


def where(element: Element) -> str:
    """Names from the root to the element, for what a test prints."""
    names = [etree.QName(e).localname for e in (*reversed(list(element.iterancestors())), element)]
    return "/".join(names)


def _in_narrative(element: Element) -> bool:
    above = (element, *element.iterancestors())
    return any(etree.QName(e).localname == "text" and _holds_narrative(e) for e in above)


def _holds_narrative(element: Element) -> bool:
    holder = element.getparent()
    return holder is not None and etree.QName(holder).localname == "section"
