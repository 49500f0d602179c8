"""A CDA document as its readers see it: where words stand, and which parts of it have been carried into the pivot.

HL7 CDA R2, data types R1. Readers mark every element they carry (`Tree.use`); `Tree.losses` reports every other one
that says something, so that nothing of a document is lost without a word. What a section means is left to its reader.
"""

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from transformers.cda.errors import DocumentUnreadable
from transformers.cda.types.narrative import anchors_of, words_of
from transformers.cda.types.structure import FIXED, Structure
from transformers.cda.types.walk import (
    HL7,
    XSI_TYPE,
    Element,
    Places,
    child,
    children,
    has_template,
    local,
    text_of,
)
from transformers.model.attributes import canonical
from transformers.model.finding import Finding, Report, Severity
from transformers.model.open_document import open_document
from transformers.model.standing import Standing
from transformers.model.summary import KeptInWords
from trust.xml import DOCUMENT, XmlLimits, XmlRefused

__all__ = ["HL7", "Element", "Tree", "child", "children", "has_template", "local", "open_tree", "text_of", "type_of"]

T = TypeVar("T")
MOST_FINDINGS: Final = 1000
"""Of one document; a further one is counted, so that a hostile document makes no endless report."""
_FORM: Final = frozenset({f"{HL7}templateId", f"{HL7}typeId", f"{HL7}realmCode"})
"""Elements that name the form of the document, not its content."""
_FORMAL: Final = frozenset(
    {"classCode", "moodCode", "typeCode", "determinerCode", "contextControlCode", "contextConductionInd"}
    | {"inversionInd", "ID", "mediaType", "representation", "partType", XSI_TYPE}
    | {"{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"}
)
"""Attributes that say what an element is: `structure` has their values; moods and null flavours are read by readers."""
_NARRATIVE, _SUBJECT, _QUALIFIER = f"{HL7}text", f"{HL7}subject", f"{HL7}qualifier"
_DEFAULTS: Final = frozenset(
    {("negationInd", "false"), ("inclusive", "true"), ("institutionSpecified", "false"), ("independentInd", "false")}
    | {("operator", "A"), ("operator", "I")}
)
_QUOTED: Final = frozenset({"code", "value", "translation", "originalText", "name", "desc", "title", "event"})
_PEOPLE: Final = frozenset(
    {"recordTarget", "author", "custodian", "legalAuthenticator", "authenticator", "participant", "performer"}
    | {"informant", "documentationOf", "dataEnterer", "informationRecipient", "subject"}
)


class Tree:
    """One document being read. ``report`` collects the findings of all its readers."""

    def __init__(self, root: Element, report: Report) -> None:
        self.root: Final = root
        self.report: Final = report
        self._elements: Final = list(root.iter())
        canonical(self._elements)
        """Kept, so that lxml makes the object of an element once and not each time a reader comes by."""
        rare = {e.tag for e in root.iter(_SUBJECT, _QUALIFIER)}
        self.names_subjects: Final = _SUBJECT in rare
        self.qualifies: Final = _QUALIFIER in rare
        """Whether anything of it has a subject of its own, or a concept a qualifier: most documents have neither."""
        self.kept: Final[list[KeptInWords]] = []
        """What the readers of a section found to be no statement of it; who reads the section takes them."""
        self.absent: Final[list[Element]] = []
        """Acts of a section that state an absence; who reads the section takes them."""
        self._told: Final[dict[Element, str]] = {}
        """Words by the part of the narrative that holds them: many elements may refer to one row."""
        self.marks: Final[dict[Element, Standing]] = {}
        """Acts that are no statement, no part of one, or an absence of a part, and why."""
        self._used: dict[Element, tuple[str, ...]] = {}
        self._places = Places()
        self._untold = 0
        self._doubts: Final[dict[str, None]] = {}
        self._anchors, doubled = anchors_of(root)
        for element in doubled:
            self.note(
                Severity.WARNING, "anchor-doubled", element, "The ID stands twice; references to it lead nowhere."
            )

    def use(self, element: Element | None, *carried: str) -> None:
        """The element's text and these attributes of it are in the pivot (or are form without a meaning of its own)."""
        if element is not None:
            self._used[element] = carried

    def attempt(self, read: Callable[[], T | None]) -> T | None:
        """What ``read`` makes; when it makes nothing, what it used counts as unread again."""
        before = len(self._used)
        found = read()
        if found is None:
            while len(self._used) > before:
                self._used.popitem()
        return found

    def note(self, severity: Severity, code: str, element: Element, text: str, original: str | None = None) -> None:
        """Add a finding at an element. ``original``: a code or clinical words, never a part of a person's identity."""
        if severity in (Severity.ERROR, Severity.FATAL):
            self._doubts[code] = None
        if len(self.report.findings) >= MOST_FINDINGS:
            self._untold += 1
            return
        path = self._places.where(element)
        self.report.add(Finding(severity, code, path, text, original=original, rule=f"cda-read:{code}"))

    def doubts(self) -> tuple[str, ...]:
        """Codes of every finding that forbids relying on the document, in order, each once; no limit cuts them off."""
        return tuple(self._doubts)

    def words(self, holder: Element | None) -> str | None:
        """What an ED or ST says: its own text, or the narrative that it refers to; None when it says nothing.

        The holder counts as used. A reference that leads nowhere is found by `losses`.
        """
        if holder is None:
            return None
        reference = next(holder.iterchildren("{*}reference"), None) if len(holder) else None
        self.use(holder)
        return self._words(holder, reference)

    def peek(self, holder: Element) -> str | None:
        """The same words; the holder stays unread."""
        return self._words(holder, next(holder.iterchildren("{*}reference"), None))

    def _words(self, holder: Element, reference: Element | None) -> str | None:
        if reference is None:
            return text_of(holder) or None
        target = self._target(reference)
        if target is None:
            return None
        if target not in self._told:
            self._told[target] = words_of(target)
        return self._told[target] or None

    def _target(self, reference: Element) -> Element | None:
        return self._anchors.get((reference.get("value") or "").strip().removeprefix("#"))

    def losses(self) -> None:
        """Report every element outside the narrative that says something and was not used.

        A reference into the narrative says nothing by itself; one that leads nowhere is reported.
        """
        self._look([self.root])
        if self._untold:
            text = f"{self._untold} further remarks are left out: the document is of no form that is read here."
            self.report.add(Finding(Severity.ERROR, "report-full", "/", text, rule="cda-read:report-full"))
            self._doubts["report-full"] = None

    def _look(self, elements: Iterable[Element]) -> None:
        """Losses of elements and below them, in document order. Depth is the parser's to limit."""
        used = self._used
        for element in elements:
            tag = element.tag
            if tag in _FORM or (tag == _NARRATIVE and _is_narrative(element)):
                continue
            fixed = FIXED.get(tag)
            if fixed is not None:
                self._check_structure(element, fixed)
            carried = used.get(element)
            for name in element.keys():  # noqa: SIM118 - an element is no mapping
                if name not in _FORMAL and (carried is None or name not in carried):
                    self._check_attributes(element, carried)
                    break
            text, tail = element.text, element.tail
            if carried is None and text and not text.isspace():
                self._lost(element, "The text is not carried into the pivot.")
            if tail and not tail.isspace() and element.getparent() not in used:
                self._lost(element, "The text after it is not carried into the pivot.")
            if len(element):
                self._look(element)

    def _check_structure(self, element: Element, fixed: Structure) -> None:
        for attribute, values in fixed:
            stated = element.get(attribute)
            if stated is not None and stated not in values:
                text = f"Its {attribute} makes it another thing than its form says; it is read as the form."
                self.note(Severity.WARNING, "structure-unexpected", element, text, stated)

    def _check_attributes(self, element: Element, carried: tuple[str, ...] | None) -> None:
        if local(element) == "reference":
            self._check_reference(element)
            return
        if element.get("nullFlavor") == "MSK":
            self.note(Severity.WARNING, "masked", element, "The sender holds something here and does not show it.")
        if element.get("nullFlavor") is not None and _says_something(element):
            text = f"It is null ({element.get('nullFlavor')}) and says something at once; what it says is kept."
            self.note(Severity.ERROR, "null-contradicted", element, text, _quoted(element))
        for name in map(str, element.keys()):
            known = name in _FORMAL or name == "nullFlavor" or (carried is not None and name in carried)
            if not known and (name, element.get(name)) not in _DEFAULTS:
                self._lost(element, f"The attribute {name.rpartition('}')[2]} is not carried into the pivot.")
                return

    def _check_reference(self, element: Element) -> None:
        named = element.get("value")
        if named and ":" in named:
            self._lost(element, "The reference leads out of the document.")
        elif named and self._target(element) is None:
            text = "The reference leads to no words of this document."
            self.note(Severity.WARNING, "reference-dangling", element, text)

    def _lost(self, element: Element, text: str) -> None:
        self.note(Severity.WARNING, "not-carried", element, text, _quoted(element))


def open_tree(content: bytes, report: Report, limits: XmlLimits = DOCUMENT) -> Tree:
    """The document as a tree. Raises DocumentUnreadable when the bytes are no XML or no ClinicalDocument."""
    try:
        root = open_document(content, report, limits)
    except XmlRefused as refusal:
        raise DocumentUnreadable(type(refusal).__name__) from None
    if root.tag != f"{HL7}ClinicalDocument":
        raise DocumentUnreadable("NoClinicalDocument")
    return Tree(root, report)


def type_of(element: Element) -> str:
    """The data type that xsi:type names, without prefix; empty when it names none."""
    return (element.get(XSI_TYPE) or "").rpartition(":")[2]


_ALLOWED_IN_NULL: Final = frozenset({"templateId", "translation", "originalText", "qualifier", "reference", "text"})
"""What may stand in a null value: the form, and what the sender has instead of a code or an amount."""


_WORDED: Final = frozenset({"text", "originalText"})
"""What has its words where a reference leads."""


def _says_something(element: Element) -> bool:
    """Whether a null element has content all the same: a code, a value, an id, words, or children that have some.

    A PQR in OTH has its amount and, for a unit that no system has, words (data types R1, 2.19): nothing contradicts.
    """
    if local(element) == "translation" and not element.get("code"):
        return False
    if any(element.get(name) for name in ("code", "value", "extension")):
        return True
    if local(element) in _WORDED and any(e.get("value") for e in element.iterchildren("{*}reference")):
        return True
    if len(element) == 0:
        return bool(element.text and not element.text.isspace())
    return any(
        local(inner) not in _ALLOWED_IN_NULL and inner.get("nullFlavor") is None and _says_something(inner)
        for inner in element
    )


def _is_narrative(element: Element) -> bool:
    holder = element.getparent()
    return holder is not None and holder.tag in {f"{HL7}section", f"{HL7}nonXMLBody"}


def _quoted(element: Element) -> str | None:
    """What was lost, in the report's words: codes, quantities and clinical texts; nothing of a person."""
    if local(element) not in _QUOTED or any(local(e) in _PEOPLE for e in element.iterancestors()):
        return None
    said = [element.get(name) for name in ("code", "codeSystem", "displayName", "value", "unit")]
    return " ".join(part for part in (*said, (element.text or "").strip()) if part) or None
