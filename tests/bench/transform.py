"""Figures of the pure half: a Patient Summary from its sources to a page."""

import os
import time
from pathlib import Path
from statistics import median, quantiles

from tests.support.samples import release, sample_of, summary
from transformers.cda.integrity import check_integrity
from transformers.cda.write_patient_summary import write_patient_summary
from transformers.display.write_html import write_html
from transformers.terminology.transcode import transcode_summary
from transformers.validation import check


def transform_rows(runs: int = 100) -> list[tuple[str, ...]]:
    starter, rich = release(), summary("rich")
    transcoded, _ = transcode_summary(rich, starter)
    document = write_patient_summary(transcoded).content
    return [
        _timed("read the sources of a sample person", runs, lambda: sample_of("rich")),
        _timed("transcode a patient summary", runs, lambda: transcode_summary(rich, starter)),
        _timed(f"write its CDA ({len(document) // 1024} KB)", runs, lambda: write_patient_summary(transcoded)),
        _timed("check its integrity (our own rules)", runs, lambda: check_integrity(document)),
        _timed("show it as HTML", runs, lambda: write_html(document, release=starter, language="en")),
        *_official(document, runs),
    ]


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
