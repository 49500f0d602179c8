"""A document as written and how its making begins: what no document may hold or lack is refused before all else."""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from operator import attrgetter
from typing import Final, cast

from transformers.cda.errors import CdaError, CharacterForbidden, RequiredMissing, WaveUnknown
from transformers.cda.types.composer import CdaComposer
from transformers.cda.words import language_of_words, words_for
from transformers.model.finding import Finding, Report, Severity, reason_in_words
from transformers.model.prescription import Dispensation, OriginalDocument, Prescription
from transformers.model.summary import PatientSummary
from transformers.model.values import Moment

WAVES: Final = frozenset({8, 9})
"""The document templates of wave 9 are wave 8's (E.1.1, E.1.2, E.1.3, 2024-04-19, unchanged in 9.0.0): one set of rules
writes both. What differs from wave to wave are the codes a document may carry, and those the release decides."""
PivotDocument = PatientSummary | Prescription | Dispensation | OriginalDocument
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Written:
    """The document and what deserves a word about it: unmapped codes, what only the narrative carries."""

    content: bytes
    report: Report


def unwritten(what: str, fault: CdaError) -> Finding:
    """That a document cannot be written, at the place in the pivot that keeps it from being."""
    text = f"The {what} cannot be written: {reason_in_words(fault)}."
    return Finding(Severity.FATAL, "own", getattr(fault, "path", "") or "/", text)


def begun(document: PivotDocument, wave: int, updated: Moment | None = None) -> CdaComposer:
    """The state of one document's making. ``updated``: when what it says was last changed; else when it was made.

    Raises WaveUnknown, CharacterForbidden, RequiredMissing for what no document of any kind is written without.
    """
    if wave not in WAVES:
        raise WaveUnknown(wave)
    refuse_forbidden_characters(document)
    if document.created.tzinfo is None or not document.patient.identifiers:
        raise RequiredMissing("created" if document.created.tzinfo is None else "patient.identifiers")
    created = Moment.at(document.created)
    return CdaComposer(
        words=words_for(document.language),
        report=Report(),
        patient=document.patient.identifiers[0],
        created=created,
        updated=updated or created,
        words_language=language_of_words(document.language),
    )


def refuse_forbidden_characters(pivot: object) -> None:
    """Raises CharacterForbidden. One pass over all texts; the path is sought only when one of them is to be refused."""
    texts: list[str] = []
    stack: list[object] = [pivot]
    while stack:
        value = stack.pop()
        kind: type = type(value)
        for part in value if isinstance(value, tuple) else _values(kind)(value):
            if type(part) is str:
                texts.append(part)
            elif part is not None:
                stack.append(part)
    if _FORBIDDEN.search("\n".join(texts)):
        raise CharacterForbidden(_path_of_forbidden(pivot, "") or "")


@cache
def _values(kind: type) -> Callable[[object], tuple[object, ...]]:
    """All members of a value of that type at once; nothing of what is no part of the pivot's form."""
    names = _members(kind)
    if len(names) > 1:
        return cast(Callable[[object], tuple[object, ...]], attrgetter(*names))
    return lambda value: tuple(getattr(value, name) for name in names)


def _path_of_forbidden(value: object, path: str) -> str | None:
    if isinstance(value, str):
        return path if _FORBIDDEN.search(value) else None
    if isinstance(value, tuple):
        below = [(f"{path}[{n}]", item) for n, item in enumerate(value)]
    else:
        kind: type = type(value)
        below = [(f"{path}.{name}".lstrip("."), getattr(value, name)) for name in _members(kind)]
    return next((found for where, item in below if (found := _path_of_forbidden(item, where)) is not None), None)


@cache
def _members(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
