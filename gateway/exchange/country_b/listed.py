"""Country B: whether a document that came is the one that was listed, by what it says itself (IHE ITI TF-3 4.2.3.2).

A right envelope may hold another document of the same patient: another prescription, or a dispensation where a summary
was listed.
"""

from datetime import timedelta
from typing import Final

from gateway.configuration.document_types import DocumentTypes
from gateway.messages import DocumentEntry
from gateway.peers.errors import DocumentUnlisted
from transformers.cda.documents.header import StatedDocument, read_stated_document
from transformers.cda.types.tree import Tree
from transformers.model.finding import Finding, Severity
from transformers.model.values import Identifier

_XML: Final = frozenset({"text/xml", "application/xml"})
_ONE_DAY: Final = timedelta(days=1)
"""Peers write local times without a zone, up to 14 hours off."""


def check_listed(tree: Tree, mime_type: str, entry: DocumentEntry, types: DocumentTypes) -> tuple[Finding, ...]:
    """A finding where the document was made on another day than listed; nothing where all agree.

    ``mime_type`` is that of the answer. Raises DocumentUnlisted where class, format, mime type, language or id
    contradict the entry, in this order.
    """
    stated = read_stated_document(tree)
    agreed = {
        "mimeType": _kind(mime_type) == "xml" and _kind(entry.mime_type) in ("xml", ""),
        "classCode": _of_class(stated, entry, types),
        "formatCode": _of_format(stated, entry, types),
        "languageCode": _of_language(stated, entry),
        "uniqueId": _of_id(stated, entry),
    }
    for field, agrees in agreed.items():
        if not agrees:
            raise DocumentUnlisted(field)
    if entry.created is None or stated.created is None or abs(stated.created - entry.created) <= _ONE_DAY:
        return ()
    text = "The list gives another time at which the document was made: it may be another version of it."
    return (Finding(Severity.WARNING, "listed-time-differs", "/ClinicalDocument/effectiveTime", text),)


def _kind(mime_type: str) -> str:
    """``xml`` for what carries a CDA in MyHealth@EU, another type as it is."""
    plain = mime_type.partition(";")[0].strip().lower()
    return "xml" if plain in _XML else plain


def _of_class(stated: StatedDocument, entry: DocumentEntry, types: DocumentTypes) -> bool:
    code = stated.code
    return code is not None and (code.code, code.system) == (entry.class_code, types.class_system)


def _of_format(stated: StatedDocument, entry: DocumentEntry, types: DocumentTypes) -> bool:
    """The format belongs to the class, and the document has the body that it tells of."""
    known = types.of_class(entry.class_code, types.class_system)
    return any((kind.format_code, kind.level) == (entry.format_code, stated.level) for kind in known)


def _of_language(stated: StatedDocument, entry: DocumentEntry) -> bool:
    """The same language, of whatever region, as far as both say one."""
    one, other = (tag.partition("-")[0].lower() for tag in (stated.language or "", entry.language))
    return not one or not other or one == other


def _of_id(stated: StatedDocument, entry: DocumentEntry) -> bool:
    """The document's own id, or that of what it was made from: a peer that transforms gives its own work an id."""
    own = () if stated.id is None else (stated.id,)
    return any(entry.unique_id in _written(one) for one in (*own, *stated.sources))


def _written(one: Identifier) -> tuple[str, ...]:
    """An id as lists write it (ITI TF-3 4.2.3.2.26)."""
    return (one.root, f"{one.root}^") if one.extension is None else (f"{one.root}^{one.extension}",)
