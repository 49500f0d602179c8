"""`make bench`: time per transaction over keep-alive, memory of the node, lines per package. Printed only."""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from gateway import clock
from gateway.cli.samples import sample_persons
from gateway.demonstration.story import Story
from gateway.demonstration.world import build_world
from gateway.messages import DocumentRequest, FindDocuments, FindPatient
from gateway.node.abroad import build_country_b
from tests.bench.activations import CALLERS, activation_rows
from tests.bench.activations import HEAD as ACTIVATIONS
from tests.bench.dispensing import HEAD as DISPENSING
from tests.bench.dispensing import dispensing_rows
from tests.bench.originals import HEAD as ORIGINALS
from tests.bench.originals import original_rows
from tests.bench.terminology import HEAD as TERMINOLOGY
from tests.bench.terminology import terminology_rows
from tests.bench.transform import transform_rows

ROOT = Path(__file__).resolve().parents[2]
RUNS = 200


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="ncpeh-bench-") as folder:
        world = build_world(Path(folder), clock.now())
        try:
            rows = transaction_rows(world)
            activations = activation_rows(world)
            memory = {name: resident_megabytes(process.pid) for name, process in world.processes.items()}
        finally:
            world.stop()
    table("time per transaction, keep-alive, one caller (ms)", ("transaction", "runs", "p50", "p95", "worst"), rows)
    table(f"a release changes under load, {CALLERS} callers", ACTIVATIONS, activations)
    table("memory, resident (MB)", ("process", "MB"), [(name, f"{size:.0f}") for name, size in memory.items()])
    table("dispensing with the durable journal", DISPENSING, dispensing_rows())
    table("originals beside their documents", ORIGINALS, original_rows())
    table("transformers (ms)", ("what", "runs", "p50", "p95", "worst"), transform_rows())
    table("terminology", TERMINOLOGY, terminology_rows())
    table("lines of code, blank ones and tests left out", ("package", "files", "lines"), line_rows())


def transaction_rows(world) -> list[tuple[str, ...]]:
    country_b = build_country_b(world.settings("PT"))
    persons = {person["id"]: person["identifier"] for person in sample_persons()}
    try:
        story = Story(world, country_b, persons, clock.now, clock.new_id)
        session, patient = story.session(), story.number("rich")
        treatment = country_b.issuer.confirm_treatment(session, story.identified(session, patient), clock.now())
        peer = country_b.peer
        discovery = FindPatient("2.16.578.1.12.4.5.10.1", "2.16.17.710.820.1000.990.1", (patient,))
        query = FindDocuments(patient, (("60591-5", "2.16.840.1.113883.6.1"),))
        listed = peer.find_documents(treatment, query, clock.now()).entries
        asked = tuple(DocumentRequest(e.unique_id, e.home_community, e.repository) for e in listed)
        return [
            timed("ITI-55 identify", RUNS, lambda: peer.find_patient(session, discovery, clock.now())),
            timed("ITI-38 list (listed before)", RUNS // 4, lambda: peer.find_documents(treatment, query, clock.now())),
            timed("ITI-39 retrieve", RUNS, lambda: peer.retrieve(treatment, asked, clock.now())),
        ]
    finally:
        country_b.close()


def timed(what: str, runs: int, do: Callable[[], object]) -> tuple[str, ...]:
    for _ in range(3):
        do()
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        do()
        taken.append((time.perf_counter() - started) * 1000)
    cuts = statistics.quantiles(taken, n=20)
    return (what, str(runs), f"{statistics.median(taken):.1f}", f"{cuts[18]:.1f}", f"{max(taken):.1f}")


def resident_megabytes(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def line_rows() -> list[tuple[str, ...]]:
    rows = []
    for package in ("gateway", "transformers", "trust"):
        files = list((ROOT / package).rglob("*.py"))
        lines = sum(1 for file in files for line in file.read_text("utf-8").splitlines() if line.strip())
        rows.append((package, str(len(files)), str(lines)))
    return rows


def table(title: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    out = sys.stdout.write
    out(f"\n{title}\n")
    for row in (head, *rows):
        out("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n")


if __name__ == "__main__":
    main()
