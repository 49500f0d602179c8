"""Country B: whether a document that came is the one that was listed, by what it says itself (IHE ITI TF-3 4.2.3.2).

A right envelope may hold another document of the same patient: another prescription, or a dispensation where a summary
was listed. Its language is another matter: OpenNCP may list its node's default for every document, so that the list's
language proves nothing, and only one that was asked for is demanded.
"""

from collections.abc import Iterator
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


def check_listed(
    tree: Tree, mime_type: str, entry: DocumentEntry, types: DocumentTypes, asked_language: str | None = None
) -> tuple[Finding, ...]:
    """A finding where the document is in another language, or made on another day, than listed; else nothing.

    ``mime_type`` is that of the answer, ``asked_language`` (BCP 47) what the reader asked for, where she did. Raises
    DocumentUnlisted where class, format, mime type or id contradict the entry, or the language what was asked.
    """
    stated = read_stated_document(tree)
    agreed = {
        "mimeType": media_kind(mime_type) == "xml" and media_kind(entry.mime_type) in ("xml", ""),
        "classCode": _of_class(stated, entry, types),
        "formatCode": _of_format(stated, entry, types),
        "languageCode": asked_language is None or same_language(stated.language, asked_language),
        "uniqueId": _of_id(stated, entry),
    }
    for field, agrees in agreed.items():
        if not agrees:
            raise DocumentUnlisted(field)
    return tuple(_differences(stated, entry))


def _differences(stated: StatedDocument, entry: DocumentEntry) -> Iterator[Finding]:
    """What is otherwise than listed and may be so."""
    if stated.language and entry.language and not same_language(stated.language, entry.language):
        text = "The list gives another language: the peer may list the same one for every document."
        yield Finding(Severity.WARNING, "listed-language-differs", "/ClinicalDocument/languageCode", text)
    if entry.created is not None and stated.created is not None and abs(stated.created - entry.created) > _ONE_DAY:
        text = "The list gives another time at which the document was made: it may be another version of it."
        yield Finding(Severity.WARNING, "listed-time-differs", "/ClinicalDocument/effectiveTime", text)


def media_kind(mime_type: str) -> str:
    """Without parameters, in lower case; ``xml`` for what carries a CDA in MyHealth@EU."""
    plain = mime_type.partition(";")[0].strip().lower()
    return "xml" if plain in _XML else plain


def _of_class(stated: StatedDocument, entry: DocumentEntry, types: DocumentTypes) -> bool:
    code = stated.code
    return code is not None and (code.code, code.system) == (entry.class_code, types.class_system)


def _of_format(stated: StatedDocument, entry: DocumentEntry, types: DocumentTypes) -> bool:
    """The format belongs to the class, and the document has the body that it tells of."""
    known = types.of_class(entry.class_code, types.class_system)
    return any((kind.format_code, kind.level) == (entry.format_code, stated.level) for kind in known)


def same_language(one: str | None, other: str | None) -> bool:
    """Whether two tags (BCP 47) are of one language, of whatever region; None and a blank one are of none."""
    tags = [(tag or "").partition("-")[0].lower() for tag in (one, other)]
    return tags[0] == tags[1] != ""


def _of_id(stated: StatedDocument, entry: DocumentEntry) -> bool:
    """The document's own id, or that of what it was made from: a peer that transforms gives its own work an id."""
    own = () if stated.id is None else (stated.id,)
    return any(entry.unique_id in _written(one) for one in (*own, *stated.sources))


def _written(one: Identifier) -> tuple[str, ...]:
    """An id as lists write it (ITI TF-3 4.2.3.2.26)."""
    return (one.root, f"{one.root}^") if one.extension is None else (f"{one.root}^{one.extension}",)
