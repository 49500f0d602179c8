"""Country A, the original: a document's Norwegian words as PDF in a document of level 1, listed beside level 3.

The pair says the same thing twice: same header, same metadata but format, size and hash (IHE ITI TF-3 4.2.2.2.2,
XFRM). An original that cannot be made takes its twin from no list; why stands in the evidence.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, NoReturn, Protocol

from gateway.errors import InternalFault
from gateway.exchange.document_gate import DocumentGate
from gateway.exchange.ports import KeptDocument
from gateway.messages import Remark
from gateway.workers import WorkerPool
from transformers.display.original import OriginalMade, Pivot, make_original
from transformers.model.finding import Report, Severity
from transformers.terminology.release import Release

FORMAT: Final = "urn:ihe:iti:xds-sd:pdf:2008"
"""Of level 1, whatever it is about."""
WITHOUT_ORIGINAL: Final = {
    "ps": Remark(
        "ERROR_PS_PDF_FORMAT_NOT_PROVIDED", "Warning", "The patient summary is listed without its original (PDF)."
    ),
    "ep": Remark("ERROR_EP_PDF_FORMAT_NOT_PROVIDED", "Warning", "A prescription is listed without its original (PDF)."),
}
"""What is said beside a list that lacks an original, by service: OpenNCP has the codes, and shows what is a warning."""
_OF_CODES: Final = "EXPECTED_MAPPING"
"""Warnings about codes are level 3's: the original has none."""


class OriginalPrinter(Protocol):
    """Begins an original; the function that comes back waits for it and raises InternalFault when it was lost."""

    def __call__(self, pivot: Pivot, transcoded: Pivot, wave: int, /) -> Callable[[], OriginalMade]:
        """``pivot`` as its sources said it, ``transcoded`` as level 3 was written of it."""


def print_here(pivot: Pivot, transcoded: Pivot, wave: int, /) -> Callable[[], OriginalMade]:
    """An `OriginalPrinter` in the calling process, for commands."""
    return lambda: make_original(pivot, transcoded, wave)


@dataclass(frozen=True, slots=True)
class PooledPrinter:
    """An `OriginalPrinter` in worker processes, so that typesetting takes no turn from the threads that answer."""

    pool: WorkerPool

    def __call__(self, pivot: Pivot, transcoded: Pivot, wave: int, /) -> Callable[[], OriginalMade]:
        """Queued at once."""
        try:
            return self.pool.start(make_original, pivot, transcoded, wave).result
        except InternalFault as lost:
            return partial(_raise, lost)


@dataclass(frozen=True, slots=True)
class DocumentPair:
    """A document of level 3 and its original, None when there is none."""

    structured: KeptDocument
    original: KeptDocument | None
    why_none: str | None = None
    """The name of the reason for which there is no original."""
    listed: bool = False
    """It was listed before and is on the shelf."""

    @property
    def documents(self) -> tuple[KeptDocument, ...]:
        """Those there are, level 3 first."""
        return (self.structured,) if self.original is None else (self.structured, self.original)


def with_original(
    structured: KeptDocument, printed: Callable[[], OriginalMade], gate: DocumentGate, release: Release
) -> DocumentPair:
    """The pair, once ``printed`` is there and has passed the gate as every document does that leaves."""
    try:
        made = printed()
        if made.id is None or _is_grave(made.report):
            return DocumentPair(structured, None, made.fault or "document-invalid")
        if not gate.passes(gate.look(made.content, structured.wave, release)):
            return DocumentPair(structured, None, "document-invalid")
    except InternalFault:
        return DocumentPair(structured, None, InternalFault.__name__)
    unique_id = f"{made.id.root}^{made.id.extension}"
    entry = replace(
        structured.entry,
        unique_id=unique_id,
        format_code=FORMAT,
        size=len(made.content),
        sha1=hashlib.sha1(made.content, usedforsecurity=False).hexdigest(),
        transformed_from=structured.entry.unique_id,
    )
    warnings = tuple(code for code in structured.warnings if _OF_CODES not in code)
    return DocumentPair(structured, replace(structured, entry=entry, content=made.content, warnings=warnings))


def paired(documents: tuple[KeptDocument, ...]) -> DocumentPair | None:
    """The newest whole pair among listed documents; None when none of them has its twin beside it."""
    structured = {kept.entry.unique_id: kept for kept in documents if kept.entry.transformed_from is None}
    twins = [kept for kept in documents if kept.entry.transformed_from in structured]
    if not twins:
        return None
    newest = max(twins, key=lambda kept: (kept.created, kept.entry.unique_id))
    return DocumentPair(structured[newest.entry.transformed_from or ""], newest, listed=True)


def _raise(lost: InternalFault) -> NoReturn:
    raise lost


def _is_grave(report: Report) -> bool:
    return any(finding.severity in (Severity.ERROR, Severity.FATAL) for finding in report.findings)
