"""Country A, the original: a Patient Summary's Norwegian words as PDF in a document of level 1, paired with level 3.

The PDF is made of the summary as its sources said it, the header of the transcoded one: nobody translates it abroad.
"""

from gateway.exchange.country_a.compose import refuse_unfit
from transformers.cda.documents.level_one import original_of_summary, write_level_one
from transformers.cda.errors import CdaError
from transformers.cda.rules.check import check_integrity
from transformers.display.errors import DisplayRefused
from transformers.display.sheet_original import patient_summary_pdf
from transformers.model.finding import Finding, Report, Severity
from transformers.model.summary import PatientSummary
from transformers.terminology.release import Release
from transformers.terminology.transcode import transcode_summary


def write_original(summary: PatientSummary, release: Release, wave: int) -> tuple[bytes, Report]:
    """Print, transcode the header, write, check. Raises DocumentInvalid: it is good or there is none."""
    content, report = draft_original(summary, release, wave)
    refuse_unfit(report)
    return content, report


def draft_original(summary: PatientSummary, release: Release, wave: int) -> tuple[bytes, Report]:
    """As `write_original`, good or not: `refuse_unfit` says which. Empty when it cannot be printed (FATAL).

    What transcoding remarks about the clinical content is level 3's: nothing of it is coded here.
    """
    transcoded, _ = transcode_summary(summary, release)
    try:
        printed = patient_summary_pdf(summary)
        written = write_level_one(original_of_summary(transcoded, printed.content), wave)
    except (CdaError, DisplayRefused) as fault:
        text = f"The original cannot be printed: {type(fault).__name__}."
        return b"", Report([Finding(Severity.FATAL, "own", "/", text)])
    report = Report([*printed.report.findings, *written.report.findings])
    report.extend(check_integrity(written.content))
    return written.content, report
