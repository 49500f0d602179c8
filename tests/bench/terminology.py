"""Figures of terminology: importing the whole catalogue, looking codes up, transcoding a pivot."""

import itertools
import os
import random
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from gateway.node.serve import settle
from gateway.terminology.library import write_whole
from tests.support.persons.samples import summary
from tests.support.terminology.packages import TABLES, facts
from transformers.cda.documents.patient_summary import write_patient_summary
from transformers.terminology.check import check
from transformers.terminology.compose import compose
from transformers.terminology.element_rules import read_coded_elements
from transformers.terminology.importers_csv import read_tables
from transformers.terminology.importers_package import read_package
from transformers.terminology.release import Release, load_starter
from transformers.terminology.transcode import transcode_summary
from transformers.terminology.transcode_document import transcode_document
from transformers.terminology.translate_document import translate_document
from trust.xml import parse

HEAD = ("what", "figure", "wanted")
LOOKUPS = 100_000


def terminology_rows() -> list[tuple[str, ...]]:
    """Rows of `HEAD`; the catalogue's only where NCPEH_ARTEFACTS is set."""
    starter = load_starter(TABLES)
    rows = [("make the starter release", f"{milliseconds(5, lambda: load_starter(TABLES)):.0f} ms", "")]
    packages = list(Path(os.environ.get("NCPEH_ARTEFACTS", "/nowhere")).glob("mvc/*.tgz"))
    release = starter
    if packages:
        with tempfile.TemporaryDirectory(prefix="ncpeh-bench-") as folder:
            path = Path(folder) / "mvc.sqlite"
            seconds = milliseconds(1, lambda: import_catalogue(packages[0], path)) / 1000
            release, size = Release.open(path), path.stat().st_size / 1e6
            rows += [
                ("import the whole catalogue", f"{seconds:.1f} s", "< 10 s"),
                ("its size", f"{size:.1f} MB", "< 80 MB"),
                ("open it and verify its digest", f"{milliseconds(5, lambda: Release.open(path)):.0f} ms", ""),
                ("check it", f"{milliseconds(1, lambda: check(release, facts())):.0f} ms", ""),
                *lookup_rows(path),
            ]
    rich = summary("rich")
    rows.append(
        ("transcode a patient summary", f"{milliseconds(50, lambda: transcode_summary(rich, release)):.2f} ms", "")
    )
    return [*rows, *document_rows(release)]


def document_rows(release: Release) -> list[tuple[str, ...]]:
    """Documents in place: our richest sample's, its entries repeated until it has the size asked about."""
    rules = read_coded_elements(TABLES, facts())
    document = grown(write_patient_summary(transcode_summary(summary("rich"), release)[0]).content, 160 * 1024)
    parsing = milliseconds(50, lambda: parse(document))
    size = f"{len(document) // 1024} KB, {len(transcode_document(document, rules, release).elements)} codes"

    def once(do: Callable[[], object]) -> str:
        return f"{milliseconds(50, do) - parsing:.2f} ms"

    return [
        ("parse a document before either step", f"{parsing:.2f} ms", ""),
        (f"transcode it in place ({size})", once(lambda: transcode_document(document, rules, release)), "< 4 ms"),
        ("translate it in place, written anew", once(lambda: translate_document(document, rules, release, "nb")), ""),
    ]


def grown(document: bytes, size: int) -> bytes:
    """The document with its entries repeated, each where it stands. Its ids are then not unique."""
    entries = re.findall(rb"<entry.*?</entry>", document, re.DOTALL)
    for entry in itertools.cycle(entries):
        if len(document) >= size:
            break
        document = document.replace(entry, entry * 2, 1)
    return document


def import_catalogue(package: Path, path: Path) -> None:
    """As `ncpeh terminology import` does it."""
    known = facts()
    write_whole(path, compose([read_package(package, known), read_tables(TABLES, known)], known, "mvc"))


def lookup_rows(path: Path) -> list[tuple[str, ...]]:
    """Point lookups of members chosen at random: cold, a release just opened; warm, what a document repeats.

    As in a node, what was made before is no matter of garbage collection.
    """
    release = Release.open(path)
    keys = [(oid, c.system, c.code) for oid in release.value_sets for c in release.members(oid)]
    random.Random(1).shuffle(keys)
    keys = keys[:LOOKUPS]
    settle()
    cold = LOOKUPS / (
        milliseconds(3, lambda: look_up(Release.open(path), keys), less=lambda: Release.open(path)) / 1000
    )
    look_up(release, keys)
    warm = LOOKUPS / (milliseconds(3, lambda: look_up(release, keys)) / 1000)
    often = keys[:300] * (LOOKUPS // 300)
    hot = len(often) / (milliseconds(3, lambda: look_up(release, often)) / 1000)
    return [
        ("lookups, cold", f"{cold:,.0f} /s", "150,000 /s"),
        ("lookups, warm, 100,000 codes", f"{warm:,.0f} /s", "1,000,000 /s"),
        ("lookups, warm, 300 codes", f"{hot:,.0f} /s", "1,000,000 /s"),
    ]


def look_up(release: Release, keys: list[tuple[str, str, str]]) -> None:
    concept = release.concept
    for value_set, system, code in keys:
        concept(value_set, system, code)


def milliseconds(runs: int, do: Callable[[], object], less: Callable[[], object] | None = None) -> float:
    """The median; ``less`` is done too and its median taken off."""
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        do()
        taken.append((time.perf_counter() - started) * 1000)
    return median(taken) - (milliseconds(runs, less) if less else 0)
