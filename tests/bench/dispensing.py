"""A foreign pharmacy dispenses and takes back, over the wire, with the durable journal; and the desk's way abroad."""

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from gateway import clock
from gateway.cli.samples import sample_persons
from gateway.demonstration.counter import PharmacyCounter
from gateway.demonstration.home_counter import HomeCounter
from gateway.demonstration.pharmacy import pharmacist
from gateway.demonstration.story import Story
from gateway.demonstration.world import World, build_world, start_country
from gateway.exchange.country_b.find import find_documents_abroad
from gateway.exchange.country_b.retrieve import retrieve_documents_abroad
from gateway.handouts.desk import PRESCRIPTIONS
from gateway.messages import FindDocuments
from gateway.node.abroad import build_country_b
from tests.support.machine.postgres import server

HEAD = ("round trip, one caller (ms)", "runs", "p50", "p99", "a second")
RUNS = 25


def dispensing_rows() -> list[tuple[str, ...]]:
    """Of SQLite and PostgreSQL."""
    rows: list[tuple[str, ...]] = []
    for kind in ("SQLite", "PostgreSQL"):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ncpeh-bench-")))
            url = None if kind == "SQLite" else stack.enter_context(server().database())
            world = build_world(folder, clock.now(), {} if url is None else {"NCPEH_STORE__URL": url})
            stack.callback(world.stop)
            rows += [(f"{row[0]}, {kind}", *row[1:]) for row in (*_abroad(world), *_here(world))]
    return rows


def _abroad(world: World) -> list[tuple[str, ...]]:
    """Portugal dispenses a Norwegian prescription, and takes it back, so that it may again."""
    country_b = build_country_b(world.settings("PT"))
    persons = {person["id"]: person["identifier"] for person in sample_persons()}
    try:
        story = Story(world, country_b, persons, clock.now, clock.new_id)
        session = country_b.issuer.open_session(pharmacist(clock.now()), country_b.country("NO"), clock.now())
        found = story.identified(session, story.number("ordinary-old-woman"))
        treatment = country_b.issuer.confirm_treatment(session, found, clock.now())
        query = FindDocuments(treatment.patient, (PRESCRIPTIONS,))
        entries, _ = find_documents_abroad(treatment, query, "ep", country_b.peer, clock.now())
        (read,), _ = retrieve_documents_abroad(treatment, entries[:1], country_b.peer, clock.now(), country_b.reception)
        counter = PharmacyCounter(world, country_b, treatment, read.content, clock.now, clock.new_id)
        return _timed(("dispense abroad", counter.dispense), ("take it back", counter.take_back))
    finally:
        country_b.close()


def _here(world: World) -> list[tuple[str, ...]]:
    """Norway dispenses a Portuguese one, and takes it back."""
    url = start_country(world, "PT")
    country_b = build_country_b(world.settings("NO"))
    try:
        counter = HomeCounter(world, country_b, url, clock.now)
        counter.find()

        def drafted_and_confirmed() -> None:
            counter.draft()
            counter.confirm()

        return _timed(("draft and confirm here", drafted_and_confirmed), ("take it back here", counter.discard))
    finally:
        country_b.close()


def _timed(*steps: tuple[str, Callable[[], object]]) -> list[tuple[str, ...]]:
    taken: dict[str, list[float]] = {what: [] for what, _ in steps}
    for _ in range(RUNS):
        for what, do in steps:
            began = time.perf_counter()
            do()
            taken[what].append((time.perf_counter() - began) * 1000)
    return [
        (
            what,
            str(len(all_)),
            f"{statistics.median(all_):.0f}",
            f"{max(all_):.0f}",
            f"{1000 / statistics.mean(all_):.1f}",
        )
        for what, all_ in taken.items()
    ]


def _rate(taken: list[float]) -> str:
    return f"{1000 / statistics.mean(taken):.1f}"
