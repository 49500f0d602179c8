"""The last look at a CDA document before it leaves: what neither schema nor Schematron sees.

Identity, references, emptiness, header; codes, times and quantities are in `values`. Each rule is a row with
an id and is told apart from the official ones by it. eHDSI CDA, composition rules 2 to 14; the rules hold for every
kind of document unless they name one.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from transformers.cda.kinds import TEMPLATES
from transformers.cda.rules.header import HEADER_RULES
from transformers.cda.rules.medicines import MEDICINE_RULES
from transformers.cda.rules.readable import READABLE_RULES
from transformers.cda.rules.sources import RuleGround, source_of
from transformers.cda.rules.statements import STATEMENT_RULES
from transformers.cda.rules.texts import mending
from transformers.cda.rules.types import TYPE_RULES
from transformers.cda.rules.values import VALUE_RULES
from transformers.cda.types.original_file import REMARKS, FileFault, OriginalFile, file_body, read_file
from transformers.cda.types.vocabulary import INTERNAL_REFERENCE, SECTIONS
from transformers.cda.types.walk import (
    HL7,
    Breach,
    DocumentElements,
    Element,
    Places,
    Rule,
    child,
    children,
    local,
    says_something,
    text_of,
)
from transformers.model.attributes import canonical
from transformers.model.finding import Finding, Report, Severity, reason_in_words
from trust.xml import DOCUMENT, XmlRefused, parse

CodeCheck = Callable[[Element], Iterable[Finding]]
"""What compares the codes of a document with a terminology release."""
_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
_UUID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
_XSI_LOCATION: Final = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
_STATEMENTS: Final = frozenset(
    {"act", "encounter", "observation", "organizer", "procedure", "substanceAdministration", "supply"}
)
_WORDS: Final = ("name", "given", "family", "streetAddressLine", "city", "postalCode", "country", "softwareName")
_IDENTIFIERS: Final = ("id", "setId", "templateId")
_BLOCKS: Final = frozenset(
    {"td", "th", "tr", "thead", "tbody", "tfoot", "table", "col", "colgroup", "caption", "paragraph", "content"}
    | {"list", "item", "sub", "sup", "footnote", "footnoteRef", "linkHtml", "renderMultiMedia"}
)
"""Elements of the narrative (NarrativeBlock.xsd)."""
_SEARCHED: Final = 20_000_000
"""Characters of narrative that are looked through for displays of one section: what no document of ours comes near."""
_REQUIRED_SECTIONS: Final = tuple(
    SECTIONS[name].code.code for name in ("medications", "allergies", "procedures", "problems", "devices")
)


def check_integrity(content: bytes, codes: CodeCheck | None = None) -> Report:
    """Everything our own rules find in a CDA document; an empty report means that it may leave.

    ``codes`` compares codes and displays with a terminology release (`terminology.check_codes`); without it nobody
    does. Bytes that are no document give one FATAL finding. Paths name elements, texts say what is wrong and how to
    mend it, and never hold a value of the document.
    """
    try:
        root = parse(content, DOCUMENT)
    except XmlRefused as refusal:
        text = f"The bytes are no XML document we read: {reason_in_words(refusal)}."
        return Report([*_of_bytes(content), _finding("own-xml-1", "/", text, Severity.FATAL)])
    return check_parsed(content, root, codes)


def check_parsed(content: bytes, root: Element, codes: CodeCheck | None = None) -> Report:
    """As `check_integrity`, of a document whose bytes were parsed already: ``root`` is what ``content`` holds.

    The tree is given its one spelling (`model.attributes`), which the readers see: other layers look before.
    """
    report = Report(list(_of_bytes(content)))
    where = Places().where
    document = DocumentElements(root)
    for element in canonical(document.every):
        if local(element) in _IDENTIFIERS:
            text = "The identifier is written in another spelling than an OID's or an upper-case UUID's."
            report.add(_finding("own-id-1", where(element), text, Severity.WARNING))
    for rule, check in RULES:
        for breach in check(document):
            report.add(_finding(rule, where(breach.element), breach.text, _allowed(rule, breach.severity)))
    for finding in () if codes is None else codes(root):
        report.add(finding)
    return report


def _of_bytes(content: bytes) -> Iterator[Finding]:
    """What no tree shows."""
    if content.startswith(b"\xef\xbb\xbf"):
        yield _finding("own-bytes-1", "/", "The document begins with a byte order mark.", Severity.WARNING)


def _allowed(rule: str, severity: Severity) -> Severity:
    """The severity of a breach, a WARNING at most where the rule stands on no official text and misleads nobody."""
    grave = severity not in (Severity.INFO, Severity.WARNING)
    return Severity.WARNING if grave and source_of(rule).ground is RuleGround.ALLOWED else severity


def _finding(rule: str, path: str, text: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(severity, "own", path, f"{text} {mending(rule)}", rule=rule)


def _root_plain(document: DocumentElements) -> Iterator[Breach]:
    """The root is an unprefixed ClinicalDocument without schemaLocation."""
    root = document.root
    if root.tag != f"{HL7}ClinicalDocument":
        yield Breach(root, "The root is not ClinicalDocument in the namespace urn:hl7-org:v3.")
    elif root.prefix is not None:
        yield Breach(root, "The root's namespace is not the default one.", Severity.WARNING)
    for element in document.having(_XSI_LOCATION):
        yield Breach(element, "xsi:schemaLocation is forbidden.")


def _ids_rooted(document: DocumentElements) -> Iterator[Breach]:
    """Every id has a root that is an OID or an upper-case UUID, or a nullFlavor."""
    well_formed: set[str] = set()  # templates and codes repeat the same roots
    for identity in document.named(*(f"{HL7}{name}" for name in _IDENTIFIERS)):
        value = identity.get("root")
        if value is None:
            if identity.get("nullFlavor") is None:
                yield Breach(identity, "An id has neither root nor nullFlavor.")
        elif value in well_formed:
            continue
        elif _OID.fullmatch(value) or _UUID.fullmatch(value):
            well_formed.add(value)
        else:
            yield Breach(identity, "The root is neither an OID nor a UUID in upper case.")


def _ids_unique(document: DocumentElements) -> Iterator[Breach]:
    """No two statements have the same id; an internal reference repeats one on purpose."""
    seen: set[tuple[str, str | None]] = set()
    for statement in document.named(*(f"{HL7}{name}" for name in _STATEMENTS)):
        if document.claims(statement, INTERNAL_REFERENCE):
            continue
        for identity in children(statement, "id"):
            value = identity.get("root")
            if value is None:
                continue
            if (value, identity.get("extension")) in seen:
                yield Breach(identity, "Another statement of the document has this id.")
            seen.add((value, identity.get("extension")))


def _anchors_unique(document: DocumentElements) -> Iterator[Breach]:
    """Every ID of the narrative is unique."""
    anchors = document.anchors
    for element in document.having("ID"):
        if len(anchors[element.get("ID")]) > 1:
            yield Breach(element, "Another element has this ID.")


def _references_resolve(document: DocumentElements) -> Iterator[Breach]:
    """Every reference of text and originalText begins with # and names an ID of this document."""
    for reference in document.named(f"{HL7}reference"):
        parent = reference.getparent()
        value = reference.get("value")
        if parent is None or local(parent) not in {"text", "originalText"} or value is None:
            continue
        if not value.startswith("#"):
            if ":" not in value:
                yield Breach(reference, "A reference into the narrative begins with #.")
        elif value[1:] not in document.anchors:
            yield Breach(reference, "The reference names no ID of this document.")


def _nothing_empty(document: DocumentElements) -> Iterator[Breach]:
    """No element without attribute, child and text (a line break is one by nature), no blank part of a name."""
    for element in document.bare_or_called(*_WORDS):
        if len(element) > 0 or local(element) == "br" or (element.text or "").strip():
            continue
        if not element.attrib or element.get("nullFlavor") is None:
            severity = Severity.WARNING if _is_narrative(element) else Severity.ERROR
            yield Breach(element, "The element says nothing.", severity)


def _is_narrative(element: Element) -> bool:
    """A cell or a paragraph of a section's text may be empty; only what states something may not."""
    return local(element) in _BLOCKS and any(local(above) == "text" for above in element.iterancestors())


def _parent_differs(document: DocumentElements) -> Iterator[Breach]:
    """A document is not made from itself."""
    own = child(document.root, "id")
    for parent in document.root.iterfind(f"{HL7}relatedDocument/{HL7}parentDocument/{HL7}id"):
        if own is not None and _pair(parent) == _pair(own):
            yield Breach(parent, "parentDocument/id is the document's own id.")


def _authenticator_named(document: DocumentElements) -> Iterator[Breach]:
    """A legal authenticator is a person with family and given name."""
    for authenticator in children(document.root, "legalAuthenticator"):
        name = authenticator.find(f"{HL7}assignedEntity/{HL7}assignedPerson/{HL7}name")
        parts = () if name is None else (child(name, "family"), child(name, "given"))
        if not parts or any(part is None or not text_of(part) for part in parts):
            yield Breach(authenticator, "The legal authenticator is not a person with family and given name.")


def _sections_filled(document: DocumentElements) -> Iterator[Breach]:
    """No section without title and narrative; a patient summary has its five required sections, each with an entry."""
    sections = list(document.root.iterfind(f"{HL7}component/{HL7}structuredBody/{HL7}component/{HL7}section"))
    for section in sections:
        for tag in ("title", "text"):
            part = child(section, tag)
            if part is None or not says_something(part):
                yield Breach(section, f"The section's {tag} says nothing.")
    if not document.claims(document.root, TEMPLATES["ps-l3"]):
        return
    filled = {_code(section) for section in sections if child(section, "entry") is not None}
    for code in _REQUIRED_SECTIONS:
        if code not in filled:
            yield Breach(document.root, f"The required section {code} is not there or has no entry.")


def _narrative_complete(document: DocumentElements) -> Iterator[Breach]:
    """What the source called it (displayName of a translation) can be read in the section's narrative."""
    for section in document.named(f"{HL7}section"):
        text = child(section, "text")
        if text is None:
            continue
        parts = [str(part) for part in text.itertext()]
        said = " ".join(" ".join(parts).split())
        pieces = {" ".join(part.split()) for part in parts}
        left = _SEARCHED
        for translation in section.iter(f"{HL7}translation"):
            display = " ".join((translation.get("displayName") or "").split())
            if not display or display in pieces:
                continue
            left -= len(said)
            if left < 0:
                yield Breach(section, "Too much to look for every original display in the narrative.", Severity.WARNING)
                break
            if display not in said:
                yield Breach(translation, "The original display is not in the narrative.", Severity.WARNING)


def _file_readable(document: DocumentElements) -> Iterator[Breach]:
    """The body of level 1 is base64 of a PDF (or a picture), not empty, of its type, and as its sender checked it."""
    body = file_body(document.root)
    found = None if body is None else read_file(body)
    if body is not None and isinstance(found, FileFault):
        yield Breach(body, f"The file of the document cannot be handed to a reader: {found.value}.")
    if body is not None and isinstance(found, OriginalFile):
        yield from (Breach(body, text, severity) for severity, text in map(REMARKS.__getitem__, found.remarks))


def _pair(identity: Element) -> tuple[str | None, str | None]:
    return identity.get("root"), identity.get("extension")


def _code(section: Element) -> str | None:
    code = child(section, "code")
    return None if code is None else code.get("code")


DOCUMENT_RULES: Final[tuple[tuple[str, Rule], ...]] = (
    ("own-root-1", _root_plain),
    ("own-id-1", _ids_rooted),
    ("own-id-2", _ids_unique),
    ("own-id-3", _parent_differs),
    ("own-reference-1", _references_resolve),
    ("own-reference-2", _anchors_unique),
    ("own-empty-1", _nothing_empty),
    ("own-header-1", _authenticator_named),
    ("own-section-1", _sections_filled),
    ("own-narrative-1", _narrative_complete),
    ("own-file-1", _file_readable),
)

RULES: Final[tuple[tuple[str, Rule], ...]] = (
    *DOCUMENT_RULES,
    *VALUE_RULES,
    *HEADER_RULES,
    *STATEMENT_RULES,
    *TYPE_RULES,
    *MEDICINE_RULES,
    *READABLE_RULES,
)
"""Every own rule that looks at one document, by id."""
