"""Entries of a patient summary, written by hand from the specification: what is printed is held against them.

Ids that we make ourselves (a UUID as root) are compared by being there; blanks between elements say nothing.
"""

import re

from lxml import etree

from tests.support.documents.elements import NS, Document
from tests.support.pivots.summaries import empty_content, summary
from transformers.model.summary import Present
from transformers.model.values import Coded, Coding
from trust.xml import parse

_OWN_ID = re.compile(r'<id root="[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}"')
_OPENED = '<entry xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" typeCode="COMP">'


def printed(section: str, state: object) -> list[str]:
    """The entries of the section of a summary that has that state, in canonical form; a statement is a present one."""
    content = empty_content()
    whole = state if hasattr(state, "unread") or not hasattr(state, "provenance") else Present((state,))
    document = Document(summary(content=_with(content, section, whole)))
    return [_canonical(entry[0]) for entry in document.section(section).findall("h:entry", NS)]


def by_hand(text: str) -> str:
    """An act in the same form; its ids are written ``<id root="OWN"/>`` where we make them."""
    return _canonical(parse(f"{_OPENED}{text}</entry>".encode())[0])


def words(anchor: str) -> str:
    """The original text of a code: words of the narrative."""
    return f'<originalText><reference value="#{anchor}"/></originalText>'


def part(link: str, templates: tuple[str, ...], code: str, value: str, anchor: str) -> str:
    """A coded part below a statement, its words at the anchor."""
    claimed = "".join(f'<templateId root="{root}"/>' for root in templates)
    return (
        f'<entryRelationship typeCode="{link}" inversionInd="{"false" if link == "REFR" else "true"}">'
        f'<observation classCode="OBS" moodCode="EVN">{claimed}<code {code}/>'
        f'<text><reference value="#{anchor}"/></text><statusCode code="completed"/>'
        f"<value {value}>{words(anchor)}</value></observation></entryRelationship>"
    )


def alike(code: str, system: str, display: str | None, name: str | None) -> Coded:
    """A concept as read from one coding: it is the sender's and Europe's."""
    coding = Coding(code, system, display, name)
    return Coded(original=coding, target=coding)


def _with(content: object, section: str, state: object) -> object:
    return type(content)(**{**{name: getattr(content, name) for name in type(content).__slots__}, section: state})


def _canonical(element: etree._Element) -> str:
    copy = parse(etree.tostring(element, with_tail=False))
    for each in copy.iter("*"):
        each.text = (each.text or "").strip() or None
        each.tail = None
    text = etree.tostring(copy, method="c14n", exclusive=True).decode()
    return _OWN_ID.sub('<id root="OWN"', text)
