"""Figures of the pure half: a Patient Summary from the pivot, and its checks."""

import time
import tomllib
from datetime import UTC, datetime
from statistics import median, quantiles

from gateway.national.from_files import SampleReading, read_sample
from gateway.national.tables import read_code_systems
from gateway.settings import load
from gateway.shipped import shipped
from transformers.cda.integrity import check_integrity
from transformers.cda.write_patient_summary import write_patient_summary
from transformers.display.write_html import write_html
from transformers.terminology.release import load_starter
from transformers.terminology.transcode import transcode_summary

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)


def transform_rows(runs: int = 100) -> list[tuple[str, ...]]:
    from tests.support.samples import summary_of

    release = load_starter(shipped("config") / "terminology")
    summary = summary_of("rich", NOW)
    transcoded, _ = transcode_summary(summary, release)
    document = write_patient_summary(transcoded).content
    return [
        _timed("read the sources of a sample person", runs, lambda: _read("rich")),
        _timed("transcode a patient summary", runs, lambda: transcode_summary(summary, release)),
        _timed(f"write its CDA ({len(document) // 1024} KB)", runs, lambda: write_patient_summary(transcoded)),
        _timed("check its integrity (our own rules)", runs, lambda: check_integrity(document)),
        _timed("show it as HTML", runs, lambda: write_html(document, release=release, language="en")),
    ]


def _read(person: str) -> object:
    settings = load({})
    rows = tomllib.loads((shipped("samples") / "persons.toml").read_text("utf-8"))["person"]
    number = next(row["identifier"] for row in rows if row["id"] == person)
    systems = read_code_systems(shipped("config"))
    reading = SampleReading(number, NOW, systems, settings.policies.sensitive)
    return read_sample(shipped("samples") / "persons" / person, reading)


def _timed(what, runs, do) -> tuple[str, ...]:
    for _ in range(3):
        do()
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        do()
        taken.append((time.perf_counter() - started) * 1000)
    return (what, str(runs), f"{median(taken):.1f}", f"{quantiles(taken, n=20)[18]:.1f}", f"{max(taken):.1f}")
