"""Releases activated and rolled back under a node that is asked all the while: what is lost, how long it takes."""

import random
import statistics
import threading
import time

from gateway import clock
from gateway.cli.samples import sample_persons
from gateway.demonstration.story import Story
from gateway.messages import FindDocuments
from gateway.node.abroad import build_country_b
from tests.support.terminology.office import act_at_random, approved, back_to_the_start, office_of

HEAD = ("what", "requests", "lost", "acts", "p50", "p95", "worst")
SECONDS = 20.0
CALLERS = 3


def activation_rows(world) -> list[tuple[str, ...]]:
    """Rows of `HEAD`: lists (each composes a document) without an act, and with one about every 200 ms."""
    country_b = build_country_b(world.settings("PT"))
    persons = {person["id"]: person["identifier"] for person in sample_persons()}
    try:
        story = Story(world, country_b, persons, clock.now, clock.new_id)
        patient = story.number("known-absences")
        session = story.session()
        treatment = country_b.issuer.confirm_treatment(session, story.identified(session, patient), clock.now())
        query = FindDocuments(patient, (("60591-5", "2.16.840.1.113883.6.1"),))

        def ask() -> bool:
            return len(country_b.peer.find_documents(treatment, query, clock.now()).entries) == 2

        with office_of(world) as office:
            releases = [approved(office, name) for name in ("one", "other")]
            choices = random.Random(1)
            quiet = under_load(ask, lambda: None)
            busy = under_load(ask, lambda: act_at_random(office, releases, choices))
            back_to_the_start(office)
    finally:
        country_b.close()
    return [("ITI-38, nothing activated", *quiet), ("ITI-38, releases activated and rolled back", *busy)]


def under_load(ask, act) -> tuple[str, ...]:
    """Requests, lost ones, acts and times (ms) of some callers at once."""
    ends = time.monotonic() + SECONDS
    taken: list[float] = []
    lost: list[str] = []
    acts: list[object] = []

    def call() -> None:
        while time.monotonic() < ends:
            started = time.perf_counter()
            try:
                if not ask():
                    lost.append("no entry")
            except Exception as fault:  # noqa: BLE001 - whatever it is, the request was lost
                lost.append(type(fault).__name__)
            taken.append((time.perf_counter() - started) * 1000)

    threads = [threading.Thread(target=call) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    while time.monotonic() < ends:
        acts.append(act())
        time.sleep(0.2)
    for thread in threads:
        thread.join()
    cuts = statistics.quantiles(taken, n=20)
    done = len([a for a in acts if a is not None])
    figures = (f"{statistics.median(taken):.0f} ms", f"{cuts[18]:.0f} ms", f"{max(taken):.0f} ms")
    return (str(len(taken)), str(len(lost)), str(done), *figures)
