"""What an ePrescription (E.1.1) and an eDispensation (E.1.2) have in common: header, section, entry, act.

What the header of a document says and the pivot has no place for is a finding here; `Tree.losses` knows only what
nobody read.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from transformers.cda.documents.header import Header, read_header
from transformers.cda.errors import DocumentUnreadable
from transformers.cda.statements.signs import signs_of
from transformers.cda.types.narrative import removed_from, words_of
from transformers.cda.types.original_file import file_body
from transformers.cda.types.tree import Element, Tree, child, children
from transformers.cda.types.values import is_code
from transformers.model.decisions import OPEN
from transformers.model.finding import Severity
from transformers.model.people import Device, Organisation, Professional
from transformers.model.standing import FORMS, Standing, standing
from transformers.model.values import Moment


def one_section(content: str) -> str:
    """The body of a document that has one section of that content."""
    return (
        '<structuredBody classCode="DOCBODY" moodCode="EVN"><component typeCode="COMP">'
        f'<section classCode="DOCSECT" moodCode="EVN">\n{content}</section></component></structuredBody>'
    )


@dataclass(frozen=True, slots=True)
class MedicineEntry:
    """The one statement of a document, in its section."""

    section: Element
    statement: Element


def find_entry(tree: Tree, kind: str, name: str) -> MedicineEntry:
    """The first entry of that element name; every other one is an ERROR. Raises DocumentUnreadable.

    ``name`` is what the document is not when it has none: the error's reason.
    """
    sections = list(tree.root.iterfind("{*}component/{*}structuredBody/{*}component/{*}section"))
    found = [
        MedicineEntry(section, statement)
        for section in sections
        for entry in children(section, "entry")
        for statement in children(entry, kind)
    ]
    if not found:
        raise DocumentUnreadable(f"No{name}" if file_body(tree.root) is None else "BodyIsFile")
    for surplus in found[1:]:
        text = "The document has more than one entry; only the first is read, the others are in the loss report."
        tree.note(Severity.ERROR, "entry-surplus", surplus.statement, text)
    return found[0]


def medicine_header(tree: Tree) -> Header:
    """The header, with findings for what the pivot of a prescription or dispensation does not hold."""
    header = read_header(tree)
    root = tree.root
    surplus = (
        ("set-id", header.set_id is not None or header.version is not None, "setId and versionNumber"),
        ("authors", len(header.authors) > 1, "Every author but the first"),
        ("related", len([r for r in header.related if r.id != header.parent()]) > 0, "A further related document"),
        ("performers", bool(header.performers), "The performers of a service event"),
    )
    for code, there, what in surplus:
        if there:
            tree.note(Severity.INFO, f"header-{code}", root, f"{what} of the header are not carried into the pivot.")
    if header.authenticated not in {None, Moment.at(header.created)}:
        text = "The time of legal authentication is another than the document's; it is not carried into the pivot."
        tree.note(Severity.INFO, "header-authenticated", root, text)
    for name, value in (
        ("author", header.authors),
        ("custodian", header.custodian),
        ("legalAuthenticator", header.legal_authenticator),
        ("languageCode", header.language),
        ("title", header.title),
    ):
        if not value:
            tree.note(Severity.WARNING, "header-missing", root, f"The document has no {name}.")
    return header


def author_of(header: Header) -> Professional | Device:
    """The first author, or a person of whom nothing is known."""
    return header.authors[0].who if header.authors else Professional(None)


def custodian_of(header: Header) -> Organisation:
    """The custodian, or an organisation of which nothing is known."""
    return header.custodian or Organisation(None)


def read_status(tree: Tree, statement: Element) -> str | None:
    """The status as it is stated; None where it is absent, empty or null. One that no template knows is an ERROR."""
    status = child(statement, "statusCode")
    code = None if status is None or status.get("nullFlavor") is not None else status.get("code")
    if status is None or not code:
        return None
    if not is_code(tree, status, OPEN, "completed"):
        text = "A status that is neither active nor completed: it is taken for closed."
        tree.note(Severity.ERROR, "status-unknown", status, text, code)
    return code


def use_text(tree: Tree, statement: Element) -> None:
    """A statement's reference into the narrative says nothing of its own; words in its place stay for the report."""
    text = child(statement, "text")
    if text is not None and child(text, "reference") is not None:
        tree.words(text)


def is_denied(tree: Tree, statement: Element, form: str) -> bool:
    """Whether the one statement of a document does not say what its template says: an ERROR names why.

    Denied, in another mood, of somebody else, or null as a whole. Its status is `read_status`'s. A mood that is absent
    denies nothing: it is a field that is not stated (`check_stated`).
    """
    found = standing(form, signs_of(statement, tree=tree))
    if found is Standing.DENIED:
        tree.note(Severity.ERROR, "negated", statement, "The statement is denied (negationInd).")
    elif found is Standing.NOT_READABLE:
        text = "The statement is null as a whole, whatever else it says."
        tree.note(Severity.ERROR, "statement-unreadable", statement, text, statement.get("nullFlavor"))
    elif found is Standing.OTHER_PERSON:
        text = "The statement is about somebody else than the patient."
        tree.note(Severity.ERROR, "statement-unreadable", statement, text)
    mood = statement.get("moodCode")
    if mood and mood not in FORMS[form].moods:
        text = "The statement is in another mood than its template has."
        tree.note(Severity.ERROR, "mood-unexpected", statement, text, mood)
    return found is not Standing.AFFIRMED


def acts(statement: Element, code: str) -> Iterator[Element]:
    """The acts below a statement that have that code."""
    for relation in children(statement, "entryRelationship"):
        act = child(relation, "act")
        own = None if act is None else child(act, "code")
        if act is not None and own is not None and own.get("code") == code:
            yield act


def narrative_of(tree: Tree, section: Element) -> str | None:
    """The section's own words, whole; what acts or was struck out is left out and named."""
    narrative = child(section, "text")
    words = None if narrative is None else words_of(narrative) or None
    if narrative is None or words is None:
        tree.note(Severity.WARNING, "narrative-missing", section, "The section has no narrative.")
        return None
    for gone in removed_from(narrative):
        text = "Script, a picture or struck-out words of the narrative are not read."
        tree.note(Severity.WARNING, "narrative-removed", gone, text)
    return words
