"""Country B, translate: a foreign document with displays in the clinician's language, beside the pivot as it came.

On any failure the pivot is what there is to show, whole and unchanged, with the finding: never half a translation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.peers.ports import DocumentAbroad
from transformers.model.finding import Finding, Report, Severity, reason_in_words
from transformers.terminology.element_rules import ElementRules
from transformers.terminology.errors import DocumentUntransformed, LanguageAbsent
from transformers.terminology.release import Release
from transformers.terminology.translate_document import translate_document
from trust.errors import XmlRefused

_PROCESSING = "4500"
"""Of the transformation manager's list: a document that is not to be processed at all."""


@dataclass(frozen=True, slots=True)
class DocumentToRead:
    """The bytes as they came, what is to be shown (the same bytes when ``translated`` is False), and the remarks."""

    pivot: bytes = field(repr=False)
    shown: bytes = field(repr=False)
    translated: bool
    report: Report


def translate_document_abroad(
    document: DocumentAbroad, rules: Mapping[str, ElementRules], release: Release, language: str
) -> DocumentToRead:
    """The document for a reader of a language (BCP 47). It never raises: a failure shows the document as it came."""
    pivot = document.content
    try:
        done = translate_document(pivot, rules, release, language)
    except XmlRefused as reason:
        why = f"Its bytes are no XML document we read: {reason_in_words(reason)}."
        return _as_it_came(pivot, _PROCESSING, why, release)
    except LanguageAbsent as reason:
        return _as_it_came(pivot, reason.number, "The release has no words of the language.", release)
    except DocumentUntransformed as reason:
        return _as_it_came(pivot, reason.number, "The document is of no kind that has rules.", release)
    return DocumentToRead(pivot, done.content, done.content is not pivot, done.report)


def _as_it_came(pivot: bytes, number: str, text: str, release: Release) -> DocumentToRead:
    finding = Finding(Severity.WARNING, number, "/", f"Shown as it came. {text}", release=release.id)
    return DocumentToRead(pivot, pivot, translated=False, report=Report([finding]))
