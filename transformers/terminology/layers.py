"""What a coded element looks like before and after a step: the shapes of friendly, pivot and translated documents.

MyHealth@EU transformation: each step that changes an element puts what it was into one ``translation``, and what that
was translated from inside it, so that the innermost is the original. RIM-002: no two translations below an element may
have the same code and system, so that a second display of one code is not kept a second time.
"""

from lxml import etree

from transformers.model.values import Coding
from transformers.terminology.coded_elements import HL7
from trust.xml import Element

TRANSLATION = f"{{{HL7}}}translation"
_ORIGINAL_TEXT, _QUALIFIER = f"{{{HL7}}}originalText", f"{{{HL7}}}qualifier"
_CODING = ("code", "codeSystem", "codeSystemName", "codeSystemVersion", "displayName")
"""Attributes of a coding, in the order in which they are written."""


def translations_of(element: Element) -> list[tuple[str, str]]:
    """Code and system of every translation below an element, in document order."""
    return [(t.get("code", ""), t.get("codeSystem", "")) for t in element.iter(TRANSLATION) if t is not element]


def qualified(element: Element) -> bool:
    """Has the code qualifiers? They belong to that code of that system: it cannot be exchanged for another."""
    return any(child.tag == _QUALIFIER for child in element)


def put(element: Element, target: Coding) -> bool:
    """Give an element another coding; what it was is kept as its translation. True when anything of it was not kept.

    Not kept is the display of a code that already has a translation of its own. A display where there was none is
    filled in, without a translation: there is nothing to keep.
    """
    code, system, display = element.get("code", ""), element.get("codeSystem", ""), element.get("displayName")
    same = (code, system) == (target.code, target.system)
    lost = False
    if not (same and display is None):
        lost = not _keep_as_translation(element, code, system, same_code=same)
    _forget(element)
    said = (target.code, target.system, target.system_name, target.version, target.display)
    for name, value in zip(_CODING, said, strict=True):
        if value is not None:
            element.set(name, value)
    return lost


def put_display(element: Element, display: str) -> bool:
    """Give an element another display and nothing else. True when the one it had is not kept, as with `put`."""
    before = element.get("displayName")
    lost = before is not None and not _keep_as_translation(
        element, element.get("code", ""), element.get("codeSystem", ""), same_code=True
    )
    element.set("displayName", display)
    return lost


def make_other(element: Element) -> None:
    """A code that has no European one: null (OTH), the text as it was, the national code as its one translation."""
    display = element.get("displayName")
    _keep_as_translation(element, element.get("code", ""), element.get("codeSystem", ""), same_code=False)
    _forget(element)
    element.set("nullFlavor", "OTH")
    if display is not None and element.find(_ORIGINAL_TEXT) is None:
        text = _child(element, _ORIGINAL_TEXT)
        text.text = display
        element.insert(0, text)


def _keep_as_translation(element: Element, code: str, system: str, *, same_code: bool) -> bool:
    """Put what the element says into a translation. False when one of that code and system says something else already.

    With the same code the version is left out: the pivot's own says which release worded it.
    """
    earlier = [child for child in element if child.tag == TRANSLATION]
    for known in element.iter(TRANSLATION) if earlier else ():
        if (known.get("code", ""), known.get("codeSystem", "")) == (code, system):
            return known.get("displayName") == element.get("displayName")
    inner = _child(element, TRANSLATION)
    for name in _CODING:
        value = element.get(name)
        if value is not None and not (same_code and name == "codeSystemVersion"):
            inner.set(name, value)
    for child in earlier:
        inner.append(child)
    return True


def _child(element: Element, tag: str) -> Element:
    """A new last child, without a namespace prefix where none of HL7's is in force."""
    if element.tag.startswith(f"{{{HL7}}}") or HL7 in element.nsmap.values():
        return etree.SubElement(element, tag)
    return etree.SubElement(element, tag, nsmap={None: HL7})  # type: ignore[dict-item]  # lxml-stubs know no default


def _forget(element: Element) -> None:
    for name in _CODING:
        if name in element.attrib:
            del element.attrib[name]
