"""Figures of the pure half: a Patient Summary from its sources to a page."""

import os
import subprocess
import sys
import time
from itertools import cycle
from pathlib import Path
from statistics import median, quantiles

from tests.support.persons.samples import persons, release, sample_of, summary
from tests.support.pivots.rich_prescriptions import dispensation, prescription
from tests.support.pivots.summaries import problem, rich_content
from tests.support.pivots.summaries import summary as built
from transformers.cda.documents.dispensation import read_dispensation, write_dispensation
from transformers.cda.documents.level_one import original_of, write_level_one
from transformers.cda.documents.patient_summary import read_patient_summary, write_patient_summary
from transformers.cda.documents.prescription import read_prescription, write_prescription
from transformers.cda.rules.check import check_integrity, check_parsed
from transformers.display.sheet_original import patient_summary_pdf, prescription_pdf
from transformers.display.write_html import write_html
from transformers.display.write_pdf import write_pdf
from transformers.model.summary import PatientSummary, Present
from transformers.terminology.transcode import transcode_summary
from transformers.validation import check
from trust.xml import DOCUMENT, parse


def transform_rows(runs: int = 100) -> list[tuple[str, ...]]:
    starter, rich = release(), summary("rich")
    transcoded, _ = transcode_summary(rich, starter)
    document = write_patient_summary(transcoded).content
    large, tree = large_document(), parse(document, DOCUMENT)
    return [
        _timed("read the sources of a sample person", runs, lambda: sample_of("rich")),
        _timed("transcode a patient summary", runs, lambda: transcode_summary(rich, starter)),
        _timed(
            f"write its CDA ({len(document) // 1024} KB, aim 5 ms)", runs, lambda: write_patient_summary(transcoded)
        ),
        _timed(f"read it again ({len(document) // 1024} KB)", runs, lambda: read_patient_summary(document)),
        _timed(f"read a large one ({len(large) // 1024} KB; aim 6)", runs, lambda: read_patient_summary(large)),
        _timed("check its tree (our own rules, aim 7)", runs, lambda: check_parsed(document, tree)),
        *_medicine_rows(runs),
        _timed("show it as HTML", runs, lambda: write_html(document, release=starter, language="en")),
        *_paper_rows(runs // 5, document),
        *_official(document, runs),
    ]


def _paper_rows(runs: int, document: bytes) -> list[tuple[str, ...]]:
    """Paper: the typesetter's first run of a process, and those after; each document is another, as on the road."""
    pivots = cycle(persons_of())
    pdf = patient_summary_pdf(summary("rich")).content
    original = original_of(transcode_summary(summary("rich"), release())[0], pdf)
    return [
        _once("original of a patient summary as PDF/A-1b, first in a process", _FIRST),
        _timed(
            f"the same, worker warm ({len(pdf) // 1024} KB for rich)", runs, lambda: patient_summary_pdf(next(pivots))
        ),
        _once("original of rich, whole, CPU: the first time in a warm worker (aim 45)", _LARGEST),
        _timed("original of a prescription as PDF/A-1b", runs, lambda: prescription_pdf(prescription())),
        _timed("write the CDA of level 1 around it", runs, lambda: write_level_one(original)),
        _timed("print the summary's page as PDF/A-1b", runs, lambda: write_pdf(document, release=release())),
    ]


def persons_of() -> list[PatientSummary]:
    """Every sample person's summary."""
    return [summary(person) for person in persons()]


_FIRST = """
import time
from tests.support.pivots.summaries import summary
from transformers.display.sheet_original import patient_summary_pdf
started = time.perf_counter()
patient_summary_pdf(summary())
print((time.perf_counter() - started) * 1000)
"""


_LARGEST = """
import time
from tests.support.persons.samples import release, summary
from transformers.display.original import make_original
from transformers.terminology.transcode import transcode_summary
for person in ("ordinary-man", "ordinary-child", "rich"):
    pivot = summary(person)
    transcoded, _ = transcode_summary(pivot, release())
    started = time.process_time()
    make_original(pivot, transcoded, 8)
print((time.process_time() - started) * 1000)
"""
"""What the typesetter has set before it remembers: a second time in one process says nothing."""


def _once(what: str, code: str) -> tuple[str, ...]:
    """Five new processes."""
    taken = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout) for _ in range(5)
    ]
    return (what, "5", f"{median(taken):.1f}", f"{max(taken):.1f}", f"{max(taken):.1f}")


def _medicine_rows(runs: int) -> list[tuple[str, ...]]:
    prescribed, handed_out = prescription(), dispensation()
    ep, ed = write_prescription(prescribed).content, write_dispensation(handed_out).content
    return [
        _timed(
            f"write an ePrescription ({len(ep) // 1024} KB, aim 2 ms)", runs, lambda: write_prescription(prescribed)
        ),
        _timed("read it", runs, lambda: read_prescription(ep)),
        _timed(f"write an eDispensation ({len(ed) // 1024} KB)", runs, lambda: write_dispensation(handed_out)),
        _timed("read it", runs, lambda: read_dispensation(ed)),
        _timed("check an ePrescription (our own rules)", runs, lambda: check_integrity(ep)),
    ]


def large_document() -> bytes:
    """About 160 KB: a summary with many problems."""
    many = Present(tuple(problem(id=f"p{n}") for n in range(28)))
    return write_patient_summary(built(rich_content(problems=many))).content


def _official(document: bytes, runs: int) -> list[tuple[str, ...]]:
    """The official rules, where their files are (NCPEH_ARTEFACTS)."""
    folder = os.environ.get("NCPEH_ARTEFACTS")
    if not folder:
        return []
    layers = ("schematron",)
    what = f"check it with the wave-8 Schematron ({len(document) // 1024} KB)"
    return [_timed(what, runs, lambda: check(document, Path(folder), layers=layers))]


def _timed(what, runs, do) -> tuple[str, ...]:
    for _ in range(3):
        do()
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        do()
        taken.append((time.perf_counter() - started) * 1000)
    return (what, str(runs), f"{median(taken):.1f}", f"{quantiles(taken, n=20)[18]:.1f}", f"{max(taken):.1f}")
