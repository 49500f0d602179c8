"""An original as a whole: the Norwegian words of a summary or a prescription as PDF, in a document of level 1.

The PDF is made of the pivot as its sources said it, the header of the transcoded one: nobody translates it abroad. It
says what the structured document (level 3) of the same pivot says, so what was held back from one is not in the other.
A pure function of a few values, so that a worker process can do it.
"""

from dataclasses import dataclass, field
from typing import TypeVar

from transformers.cda.documents.level_one import original_of, write_level_one
from transformers.cda.documents.written import unwritten
from transformers.cda.errors import CdaError
from transformers.display.errors import DisplayRefused
from transformers.display.sheet_original import patient_summary_pdf, prescription_pdf
from transformers.model.finding import Finding, Report, Severity, reason_in_words
from transformers.model.prescription import OriginalDocument, Prescription
from transformers.model.summary import PatientSummary
from transformers.model.values import Identifier

Pivot = TypeVar("Pivot", PatientSummary, Prescription)


@dataclass(frozen=True, slots=True)
class OriginalMade:
    """The document of level 1, or why there is none."""

    id: Identifier | None
    """The document's own; None when there is none."""
    content: bytes = field(repr=False)
    """Empty when there is none."""
    report: Report
    fault: str | None = None
    """Class of the error for which there is none (`CdaError`, `DisplayRefused`)."""


def make_original(pivot: Pivot, transcoded: Pivot, wave: int) -> OriginalMade:
    """The original of ``pivot``, the level 1 pair of the document written of ``transcoded``; not yet checked by rules.

    Raises nothing that the pivot could cause: what cannot be printed or written is a FATAL finding and its ``fault``.
    """
    try:
        original, report = _printed(pivot, transcoded)
        written = write_level_one(original, wave)
    except CdaError as refused:
        return OriginalMade(None, b"", Report([unwritten("original", refused)]), type(refused).__name__)
    except DisplayRefused as refused:
        text = f"The original cannot be printed: {reason_in_words(refused)}."
        return OriginalMade(None, b"", Report([Finding(Severity.FATAL, "own", "/", text)]), type(refused).__name__)
    report.extend(written.report)
    return OriginalMade(original.id, written.content, report)


def _printed(pivot: Pivot, transcoded: Pivot) -> tuple[OriginalDocument, Report]:
    if isinstance(pivot, PatientSummary):
        made = patient_summary_pdf(pivot)
        return original_of(transcoded, made.content), made.report
    made = prescription_pdf(pivot)
    return original_of(transcoded, made.content), made.report
