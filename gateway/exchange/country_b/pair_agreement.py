"""Country B: whether the two of a pair, a document and its original, speak of one patient, author and time.

Each was held against the person who was identified and against its own entry; that the list ties the two proves nothing
of what they say. Only what both state is compared. Another birth is another person: the original is then not shown.
Anything else is a finding of both, for a node may print its originals later, or in the name of a system.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from gateway.exchange.country_b.patient import same_birth, same_name
from transformers.cda.documents.header import StatedDocument, read_stated_document
from transformers.cda.documents.patient import StatedPatient, read_stated_patient
from transformers.cda.types.tree import Tree
from transformers.model.finding import Finding, Severity
from transformers.model.people import Professional
from transformers.words import Language, read_words

BIRTH: Final = "pair-birth-differs"
"""The finding of a document whose original states another birth."""
_PLACES: Final = {
    BIRTH: ("recordTarget", "The document and its original state another birth: the original is not shown."),
    "pair-name-differs": ("recordTarget", "The document and its original name the patient otherwise."),
    "pair-sex-differs": ("recordTarget", "The document and its original state another sex of the patient."),
    "pair-author-differs": ("author", "The document and its original have another author."),
    "pair-time-differs": ("effectiveTime", "The document and its original were made on other days."),
}
_WORDS: Final = read_words("pair")
_ONE_DAY: Final = timedelta(days=1)
"""Peers write local times without a zone, up to 14 hours off."""


@dataclass(frozen=True, slots=True)
class StatedHeader:
    """What a document says of itself, as far as two can be compared by it."""

    patient: StatedPatient
    document: StatedDocument


def read_stated_header(tree: Tree) -> StatedHeader:
    """Of a document whose patient was read before. Raises as `read_stated_patient` does."""
    return StatedHeader(read_stated_patient(tree), read_stated_document(tree))


def disagreements(structured: StatedHeader, original: StatedHeader) -> tuple[Finding, ...]:
    """A finding for each thing that both state and state otherwise."""
    return tuple(
        Finding(Severity.WARNING, code, f"/ClinicalDocument/{_PLACES[code][0]}", _PLACES[code][1])
        for code in _differing(structured, original)
    )


def pair_notices(findings: Iterable[Finding], language: Language) -> list[str]:
    """The sentences to show above a document of such findings: what differs, and what to do."""
    words = _WORDS[language]
    return [f"{words[one.code]} {words['compare']}" for one in findings if one.code in _PLACES]


def _differing(one: StatedHeader, other: StatedHeader) -> Iterator[str]:
    who, again = one.patient, other.patient
    if not same_birth(who.birth, again.birth):
        yield BIRTH
    if who.names and again.names and not any(same_name(a.plain(), b.plain()) for a in who.names for b in again.names):
        yield "pair-name-differs"
    if None not in (who.gender, again.gender) and who.gender is not again.gender:
        yield "pair-sex-differs"
    if not _same_author(one.document, other.document):
        yield "pair-author-differs"
    made, printed = one.document.created, other.document.created
    if made is not None and printed is not None and abs(made - printed) > _ONE_DAY:
        yield "pair-time-differs"


def _same_author(one: StatedDocument, other: StatedDocument) -> bool:
    """Whether one professional may have written both; a system that composed one of them says nothing of that."""
    wrote, again = (
        [author.who for author in document.authors if isinstance(author.who, Professional)] for document in (one, other)
    )
    return not wrote or not again or any(_same(a, b) for a in wrote for b in again)


def _same(one: Professional, other: Professional) -> bool:
    """By a number they share, else by their names; two of whom nothing can be compared may be one."""
    if not set(one.identifiers).isdisjoint(other.identifiers):
        return True
    if one.name is not None and other.name is not None:
        return same_name(one.name.plain(), other.name.plain())
    return not (one.identifiers and other.identifiers)
