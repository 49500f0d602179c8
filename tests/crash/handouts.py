"""Foreign prescriptions dispensed here while the desk is killed, and the other country is silent, cut off or lies.

The processes are the desk, its queue and a real door abroad behind a socket. They share a database. The judge reads the
other country's ledger, its list of what it received, and the desk's rows: no document is received twice, what was
answered as accepted is in force, and what the desk calls refused is not.
"""

import contextlib
import json
import os
import random
import socket
import socketserver
import threading
import time
from collections import Counter as Counted
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from gateway import clock
from gateway.configuration.settings import Settings
from gateway.counter.decide import CounterHandout
from gateway.demonstration.at_the_counter import CounterSession, open_counter
from gateway.demonstration.norwegian_pharmacy import pharmacist
from gateway.demonstration.readiness import StartedProcess
from gateway.demonstration.world import World, build_world, start_country
from gateway.errors import NodeRefused
from gateway.exchange.country_b.retrieve import Reception
from gateway.handouts.book import HandoutBook, HandoutRow
from gateway.handouts.closing import HandoutQueue
from gateway.handouts.desk import FetchedPrescription, HandoutDesk
from gateway.handouts.errors import HandoutRefused
from gateway.handouts.listing import listing_seen
from gateway.handouts.recorded import written_id
from gateway.handouts.states import HandoutState
from gateway.node.abroad import build_country_b
from gateway.node.foundation import open_foundation
from gateway.node.handouts import open_desk, open_handouts
from gateway.peers.errors import AbroadRefused
from gateway.simulators.foreign_prescriptions import HOME
from gateway.terminology.chosen import release_chosen
from tests.crash.dispensings import _short_folder
from tests.crash.plan import Means, Order
from tests.crash.run import CrashedWork, CrashWorld, Setting
from tests.crash.victims import CrashFailed, Start
from tests.gateway.handouts.counter import PATIENT, called
from tests.support.callers.keys import same_keys
from tests.support.machine.postgres import server
from tests.support.nodes.launched import Launched, fork_server, launch
from transformers.model.values import Identifier

S = HandoutState
POINTS = ("B1.begun", "B1.recorded", "B2.begun", "B2.recorded", "B2.came", "B4.begun", "B4.recorded", "B4.came")
FAULTS = (
    *(Order("abroad", fault) for fault in ("before", "lost", "fault", "garbage", "contradiction", "refuse")),
    Order("abroad", "slow", seconds=3),
)
LEG = 60
"""Operations of a leg: each has a prescription of its own."""
_FURTHER = 150
_IN_FORCE = {S.ACCEPTED, S.DISCARD_REFUSED}
_NOT_IN_FORCE = {S.DRAFT, S.READY, S.REFUSED, S.DISCARDED}
_MARGIN = timedelta(seconds=2)


@dataclass(frozen=True)
class DeskPlace:
    """Where a desk finds what it works with."""

    node: str
    environment: Mapping[str, str]
    socket: Path

    def settings(self) -> Settings:
        from gateway.configuration.settings import load

        return load({**self.environment, "NCPEH_NODE__NODE_ID": self.node})


@dataclass
class DeskAtWork:
    """A desk with one pharmacist and one patient."""

    desk: HandoutDesk
    book: HandoutBook
    queue: HandoutQueue
    session: CounterSession
    fetched: FetchedPrescription

    def asked(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """One step of an operation."""
        treatment = self.session.treatment
        try:
            if asked["do"] == "draft":
                handout = CounterHandout("990011", Decimal(1))
                draft = self.desk.draft(treatment, self._one(asked["item"]), handout, pharmacist())
                return {"document": written_id(draft.document)}
            root, _, extension = asked["document"].partition("^")
            step = self.desk.confirm if asked["do"] == "confirm" else self.desk.discard
            return {"state": step(treatment, Identifier(root, extension)).state.value}
        except HandoutRefused as refused:
            return {"refused": str(refused)}

    def _one(self, item: int) -> FetchedPrescription:
        """Each of the further prescriptions is as the first that was fetched, under its own number."""
        number = f"EP-{100 + item}"
        listing = replace(self.fetched.listing, entry=f"{HOME}.2^{number}", seen=clock.now())
        return FetchedPrescription(self.fetched.content.replace(b"EP-100", number.encode()), listing)


@contextmanager
def at_work(place: DeskPlace) -> Iterator[DeskAtWork]:
    """Open everything that a desk works with."""
    settings = place.settings()
    country_b = build_country_b(settings)
    foundation = open_foundation(settings)
    try:
        session = _patiently(lambda: open_counter(country_b, "PT", PATIENT, clock.now))
        entries = session.listed()
        first = next(one for one in entries if one.unique_id.endswith("EP-100"))
        document, _ = session.fetched(first.unique_id)
        desk = open_desk(
            foundation, country_b.peer, lambda wave: release_chosen(settings, wave), Reception().gate, clock.now,
            clock.new_id, _MARGIN,
        )  # fmt: skip
        book, evidence = open_handouts(foundation, clock.now, clock.new_id, _MARGIN)
        queue = HandoutQueue(book, evidence, clock.now, answer=timedelta(seconds=20), keep=timedelta(days=1))
        fetched = FetchedPrescription(document.content, listing_seen(entries, first.unique_id, clock.now()))
        yield DeskAtWork(desk, book, queue, session, fetched)
    finally:
        country_b.close()
        foundation.close(clock.now())


def _patiently(call: Callable[[], CounterSession]) -> CounterSession:
    for _ in range(50):
        with contextlib.suppress(AbroadRefused):
            return call()
    raise CrashFailed("the other country does not answer")


def serve(place: DeskPlace, environment: dict[str, str]) -> None:
    """In the new process: answer operations, and sweep what nobody works on."""
    os.environ.update(environment)
    with at_work(place) as at:

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                answer, asked = {"refused": "failed"}, self.rfile.readline()
                if not asked:
                    return  # somebody only looked whether we serve
                with contextlib.suppress(NodeRefused, AbroadRefused):
                    answer = at.asked(json.loads(asked))
                self.wfile.write(json.dumps(answer).encode() + b"\n")

        def sweep() -> None:
            while True:
                with contextlib.suppress(NodeRefused):
                    at.queue.sweep()
                time.sleep(0.5)

        threading.Thread(target=sweep, daemon=True).start()
        place.socket.unlink(missing_ok=True)
        with socketserver.ThreadingUnixStreamServer(str(place.socket), Handler) as serving:
            serving.daemon_threads = True
            serving.serve_forever()


@dataclass
class Handouts:
    """Operations: a prescription is drafted, confirmed, perhaps confirmed again, perhaps discarded."""

    url: str
    places: Mapping[str, DeskPlace]
    starts: Mapping[str, Start]
    chance: random.Random
    accepted: set[str] = field(default_factory=set)
    """Documents that somebody was told were accepted."""
    discarded: set[str] = field(default_factory=set)
    """Documents that a discard was asked for."""

    def order(self, order: Order) -> None:
        wanted = {"fault": order.fault, "seconds": order.seconds, "code": order.code or "4106"}
        status, _ = called(self.url, "POST", "/simulator/faults", json.dumps(wanted))
        if status != 204:
            raise CrashFailed(f"no such fault: {order}")

    def operate(self, number: int, process: str) -> object | None:
        kind = self.chance.random()
        made = self._once(process, {"do": "draft", "item": number % _FURTHER})
        if made is None or "document" not in made:
            return made
        document = made["document"]
        answer = self._once(process, {"do": "confirm", "document": document})
        if kind < 0.4 or answer is None:
            answer = self._once(process, {"do": "confirm", "document": document}) or answer
        if answer is not None and answer.get("state") == S.ACCEPTED:
            self.accepted.add(document)
        if kind > 0.6:
            self.discarded.add(document)
            return self._once(process, {"do": "discard", "document": document}) or answer
        return answer

    def _once(self, process: str, asked: Mapping[str, Any]) -> dict[str, Any] | None:
        with contextlib.suppress(OSError, ValueError), socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.places[process].socket))
            connection.sendall(json.dumps(asked).encode() + b"\n")
            answer: dict[str, Any] = json.loads(connection.makefile("rb").readline())
            return answer
        return None

    def settle(self) -> None:
        """Until nothing is left that is held or was never sent."""
        ends = time.monotonic() + 120
        while unsettled := [row for row in self.rows() if row.held or row.state is S.READY]:
            if time.monotonic() > ends:
                raise CrashFailed(f"not settled: {sorted(row.state for row in unsettled)}")
            time.sleep(0.2)

    def ledger(self) -> Mapping[str, Any]:
        ledger: Mapping[str, Any] = json.loads(called(self.url, "GET", "/simulator/ledger")[1])
        return ledger

    def rows(self) -> tuple[HandoutRow, ...]:
        foundation = open_foundation(replace(next(iter(self.places.values())), node="judge").settings())
        try:
            book, _ = open_handouts(foundation, clock.now, clock.new_id)
            return book.in_states(set(S))
        finally:
            foundation.close(clock.now())

    def judge(self, ledger: Mapping[str, Any], answers: Mapping[int, object | None]) -> list[str]:
        """Both ledgers agree, as far as each says anything."""
        received = Counted(one["document"] for one in ledger["received"] if one["operation"] == "dispense")
        in_force = {one["document"] for one in ledger["dispensations"] if one["in_force"]}
        faults = [f"{document} was sent {times} times" for document, times in received.items() if times > 1]
        states = {written_id(row.facts.document): row.state for row in self.rows()}
        faults += [f"{one} is in force and nobody's" for one in sorted(in_force - set(states))]
        for document, state in states.items():
            stands = document in in_force
            if (state in _IN_FORCE and not stands) or (state in _NOT_IN_FORCE and stands):
                faults.append(f"{document} is {state}, and {'in force' if stands else 'not in force'} there")
        faults += [
            f"{one} was answered as accepted and is not in force"
            for one in sorted(self.accepted - self.discarded - in_force)
        ]
        doubled = [one for one in ledger["prescriptions"] if one["left"] < 0]
        return faults + [f"{one['number']} was dispensed too often" for one in doubled]


def _starter(place: DeskPlace) -> Start:
    def start(more: Mapping[str, str]) -> StartedProcess:
        place.socket.unlink(missing_ok=True)
        process = fork_server().Process(target=serve, args=(place, dict(more)), daemon=False)
        process.start()
        started = Launched(process)
        while started.poll() is None:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(place.socket))
                return started
            time.sleep(0.02)
        raise CrashFailed(f"{place.node} did not start")

    return start


@contextmanager
def handouts_in(folder: Path, setting: Setting) -> Iterator[CrashWorld]:
    """A country abroad and desks that ask it."""
    with contextlib.ExitStack() as stack:
        more = {"NCPEH_LIMITS__DISPENSING_ABROAD_DEADLINE": "PT1S"}
        if setting.database == "postgresql":
            more["NCPEH_STORE__URL"] = stack.enter_context(server().database())
        world: World = build_world(folder / "world", clock.now(), more, same_keys(), launch, nodes=())
        stack.callback(world.stop)
        url = start_country(world, "PT", further=_FURTHER)
        sockets = Path(stack.enter_context(_short_folder()))
        names = [f"no-{number}" for number in range(1, setting.nodes + 1)]
        places = {name: DeskPlace(name, world.environment("NO"), sockets / name) for name in names}
        starts = {name: _starter(place) for name, place in places.items()}
        yield Handouts(url, places, starts, random.Random(folder.name))


HANDOUTS = CrashedWork(Means([f"handout.{point}" for point in POINTS], FAULTS), handouts_in)
