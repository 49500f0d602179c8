"""Prescriptions taken and dispensed while who works on them is killed, and Reseptformidleren is slow, down or lies.

The processes are the journal, its timer and the real door to prescriptions behind a socket: what a node is, without its
face. They share a database and a mailbox. The judge reads the ledger and the answers.
"""

import contextlib
import json
import os
import random
import socket
import socketserver
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway import clock
from gateway.admission import VerifiedTreatment
from gateway.demonstration.readiness import StartedProcess
from gateway.errors import NationalRefused, NodeRefused
from gateway.journal.journal import Journal
from gateway.journal.ports import DiscardAsked, DispensationOutcome
from gateway.journal.states import SETTLED, DispensationState
from gateway.national.ports import PrescriptionState, RegisteredPerson
from gateway.national.prescription_broker import PrescriptionBroker
from gateway.national.prescriptions import patient_of
from gateway.store.engine import Store
from gateway.store.mail import MailInStore
from gateway.store.migrate import migrate
from tests.crash.plan import Means, Order
from tests.crash.run import CrashedWork, CrashWorld, Setting
from tests.crash.victims import CrashFailed, Start
from tests.support.machine.postgres import server
from tests.support.nodes.launched import Launched, fork_server
from tests.support.nodes.stores import KEYS
from tests.support.norway.doors import doors_to, national_table_with_prescriptions, verified_treatment
from tests.support.norway.journals import COUNTRY, book_of, decided, journal_on, state_of
from tests.support.norway.simulator import CLIENT_ID, Simulator, identifier_of, running
from tests.support.persons.with_prescriptions import CETIRIZINE, Held, person, prescription_id, samples_with
from transformers.model.values import Identifier
from transformers.norway.prescription_status import PrescriptionStatus

TAKEN = ("A1.begun", "A1.recorded", "A2.begun", "A2.recorded", "A2.came", "A6.begun", "A6.recorded", "A6.came")
DISPENSED = ("A1.recorded", "A2.recorded", "A2.came", "A4.begun", "A4.recorded", "A4.came", "A5.begun", "A5.recorded",
             "A7.begun", "A7.recorded", "A8.begun", "A8.recorded", "A8.came")  # fmt: skip
_SERVICE = "reseptformidleren"
FAULTS = (
    *(Order(_SERVICE, fault, operation) for fault in ("down", "lost", "garbled") for operation in ("ERM93", "ERM10")),
    *(Order(_SERVICE, "slow", operation, 3) for operation in ("ERM91", "ERM93", "ERM10")),
    Order(_SERVICE, "nonsense", "ERM93"), Order(_SERVICE, "down"),
)  # fmt: skip
_PRESCRIPTIONS = 12
_TIMES = 4
"""Dispensings that a prescription has."""
LEG = 40
"""Operations of a leg: more would use up what its prescriptions have, and come to no arrow."""
_NUMBER = identifier_of("rich")
_SETTLES, _PATIENCE = 120.0, 2.0
"""Seconds until all has settled, and for as long as somebody else is at a prescription."""
_AGAIN = ("elsewhere", "stopped", "changed")
_POLICY: dict[str, Any] = {
    "lease": timedelta(seconds=4), "request_seconds": 1.5, "pause_seconds": 0.2, "tries": 1_000,
    "hold": timedelta(seconds=0.3),
}  # fmt: skip
MEDICINES = [replace(CETIRIZINE, key=f"cetirizine-{number}") for number in range(_PRESCRIPTIONS)]
ITEMS = [prescription_id(person("rich"), one) for one in MEDICINES]


@dataclass(frozen=True)
class Place:
    """Where a process finds what it works with."""

    node: str
    database: str
    simulator: str
    key_file: Path
    socket: Path


@dataclass(frozen=True)
class Counter:
    """The journal of one process, at work for one patient."""

    store: Store
    broker: PrescriptionBroker
    journal: Journal
    treatment: VerifiedTreatment
    person: RegisteredPerson

    def state(self, item: int) -> PrescriptionState:
        return state_of(self.broker, self.treatment, self.person, ITEMS[item])

    def asked(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """One operation."""
        number = asked["number"]
        match asked["do"]:
            case "take":
                document = Identifier(COUNTRY, f"ep-{number}")
                outcome = self.journal.take(self.treatment, self.person, document, PrescriptionState(*asked["state"]))
            case "submit":
                return self._submitted(asked)
            case _:
                outcome = self.journal.discard(self.treatment, DiscardAsked(document_of(number)))
        return told(outcome)

    def _submitted(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Decide as the exchange does: what came before first, then the prescription as it stands now."""
        number, item = asked["number"], asked["item"]
        before = self.journal.answered("PT", [(document_of(number), f"digest-{number}")])
        if before is not None:
            return told(before)
        try:
            state = self.state(item)
        except (NationalRefused, KeyError):  # down, or closed
            return {"answer": "undecided"}
        if state.dispensings >= _TIMES:
            return {"answer": "undecided"}
        given = decided(state, str(number), closes=state.dispensings + 1 == _TIMES)
        return told(self.journal.submit(self.treatment, self.person, [given]))


def told(outcome: DispensationOutcome) -> dict[str, Any]:
    reason = None if outcome.reason is None else outcome.reason.value
    return {"answer": outcome.answer.value, "reason": reason, "messages": list(outcome.messages)}


def document_of(number: int) -> Identifier:
    return Identifier(COUNTRY, f"document-{number}")


@contextmanager
def at(place: Place) -> Iterator[Counter]:
    """Open everything that a process works with."""
    table = national_table_with_prescriptions(place.simulator, place.key_file, CLIENT_ID)
    table["national"] |= {"report_deadline": "PT2S"}
    with contextlib.closing(Store.open(place.database)) as store:
        mail = MailInStore(store, KEYS, holder=place.node, now=clock.now)
        with doors_to(table, deadline=2.0, mail=mail) as doors:
            treatment = verified_treatment(_NUMBER)
            assert doors.prescriptions is not None
            found = _patiently(lambda: doors.person_register.find(treatment.request, treatment.request.patient))
            assert found is not None
            journal = journal_on(store, doors.prescriptions, place.node, **_POLICY)
            yield Counter(store, doors.prescriptions, journal, treatment, found)


def _patiently(call: Callable[[], RegisteredPerson | None]) -> RegisteredPerson | None:
    for _ in range(100):
        with contextlib.suppress(NationalRefused):
            return call()
    raise CrashFailed("the register of persons does not answer")


def serve(place: Place, environment: dict[str, str]) -> None:
    """In the new process: answer operations, and go on with what nobody works on."""
    os.environ.update(environment)
    with at(place) as counter:

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                answer, asked = {"answer": "failed"}, self.rfile.readline()
                if not asked:
                    return  # somebody only looked whether we serve
                with contextlib.suppress(NodeRefused):
                    answer = counter.asked(json.loads(asked))
                self.wfile.write(json.dumps(answer).encode() + b"\n")

        threading.Thread(target=_go_on, args=(counter.journal,), daemon=True).start()
        place.socket.unlink(missing_ok=True)
        with socketserver.ThreadingUnixStreamServer(str(place.socket), Handler) as serving:
            serving.daemon_threads = True
            serving.serve_forever()


def _go_on(journal: Journal) -> None:
    started = clock.now()
    while True:
        with contextlib.suppress(NodeRefused):
            journal.reconcile(started=started)
        time.sleep(0.1)


@dataclass
class Dispensings:
    """Operations of one patient's prescriptions."""

    simulator: Simulator
    places: Mapping[str, Place]
    starts: Mapping[str, Start]
    chance: random.Random
    take: bool
    states: Sequence[PrescriptionState]
    asked: dict[int, dict[str, Any]] = field(default_factory=dict)
    items: dict[int, int] = field(default_factory=dict)
    """By document, of which prescription."""

    def order(self, order: Order) -> None:
        self.simulator.fault(order.service, order.fault, order.seconds, code=order.code, operation=order.operation)

    def operate(self, number: int, process: str) -> dict[str, Any] | None:
        self.asked[number] = self._drawn(number)
        ends = time.monotonic() + _PATIENCE
        while True:
            answer = self._once(number, process)
            again = answer is not None and answer.get("reason") in _AGAIN
            if not again or time.monotonic() > ends:
                return answer
            time.sleep(0.05)

    def _once(self, number: int, process: str) -> dict[str, Any] | None:
        with contextlib.suppress(OSError, ValueError), socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.places[process].socket))
            connection.sendall(json.dumps(self.asked[number]).encode() + b"\n")
            answer: dict[str, Any] = json.loads(connection.makefile("rb").readline())
            return answer
        return None

    def _drawn(self, number: int) -> dict[str, Any]:
        item = number % _PRESCRIPTIONS
        if self.take:
            state = self.states[item]
            given = [state.prescription_id, state.sha256, state.dispensings, state.reports]
            return {"do": "take", "number": number, "state": given}
        before = list(self.items)
        kind = self.chance.random()
        if before and kind < 0.3:
            again = self.chance.choice(before)
            do = "discard" if kind < 0.2 else "submit"
            return {"do": do, "number": again, "item": self.items[again]}
        self.items[number] = item
        return {"do": "submit", "number": number, "item": item}

    def settle(self) -> None:
        ends = time.monotonic() + _SETTLES
        with self._counter() as counter:
            book = book_of(counter.store)
            while open_ := book.in_states([one for one in DispensationState if one not in SETTLED]):
                if time.monotonic() > ends:
                    raise CrashFailed(f"not settled: {sorted(row.state for row in open_)}")
                time.sleep(0.1)

    def ledger(self) -> Mapping[str, Any]:
        ledger: Mapping[str, Any] = self.simulator.send("GET", "/simulator/ledger").json()
        return ledger

    def judge(self, ledger: Mapping[str, Any], answers: Mapping[int, object | None]) -> list[str]:
        """Nothing is held, each dispensing that stands has its one report, and what is used up is closed."""
        faults = [f"{one['prescription']} is left under dispensing" for one in ledger["held"]]
        in_force = {r["id"] for r in ledger["reports"] if r["kind"] == "dispensing" and r["in_force"]}
        if self.take:
            return faults + [f"{one} was reported" for one in sorted(in_force)]
        with self._counter() as counter:
            final = {number: self._final(counter, number) for number in self.items}
            faults += self._closed(counter, ledger)
        faults += _without_report(final, in_force)
        for number, answer in answers.items():
            faults += self._against(number, answer, final)
        return faults

    def _against(self, number: int, answer: object | None, final: Mapping[int, dict[str, Any]]) -> list[str]:
        """What an answer said that does not hold."""
        asked = self.asked[number]
        document, do = asked["number"], asked["do"]
        stands = final[document]["answer"] == "success"
        if not isinstance(answer, dict) or answer["answer"] != "success":
            return []
        discarded = any(one["do"] == "discard" and one["number"] == document for one in self.asked.values())
        if do == "submit" and not stands and not discarded:
            return [f"{document} was answered success and is not in force"]
        return [f"{document} was discarded and is in force"] if do == "discard" and stands else []

    def _closed(self, counter: Counter, ledger: Mapping[str, Any]) -> list[str]:
        """Closed exactly where nothing is left."""
        faults = []
        patient = patient_of(counter.person)
        for item in ITEMS:
            made = sum(
                r["prescription"] == item and r["kind"] == "dispensing" and r["in_force"] for r in ledger["reports"]
            )
            status = counter.broker.standing(counter.treatment, patient, item).status
            if made > _TIMES or (made == _TIMES) != (status is PrescriptionStatus.CLOSED):
                faults.append(f"{item}: {made} in force, and {status}")
        return faults

    @staticmethod
    def _final(counter: Counter, number: int) -> dict[str, Any]:
        outcome = counter.journal.answered("PT", [(document_of(number), f"digest-{number}")])
        return {"answer": "never"} if outcome is None else told(outcome)

    @contextmanager
    def _counter(self) -> Iterator[Counter]:
        with at(replace(next(iter(self.places.values())), node="judge")) as counter:
            yield counter


def _without_report(final: Mapping[int, dict[str, Any]], in_force: set[str]) -> list[str]:
    """Dispensings that stand without exactly one report in force, and reports of none."""
    faults, owned = [], set()
    for number, one in final.items():
        if one["answer"] == "unknown":
            faults.append(f"{number} is not known")
        if one["answer"] != "success":
            continue
        own = in_force & set(one["messages"])
        owned |= own
        if len(own) != 1:
            faults.append(f"{number} stands with {len(own)} reports")
    return faults + [f"report {one} is nobody's" for one in sorted(in_force - owned)]


def _starter(place: Place) -> Start:
    def start(more: Mapping[str, str]) -> StartedProcess:
        place.socket.unlink(missing_ok=True)
        process = fork_server().Process(target=serve, args=(place, dict(more)), daemon=True)
        process.start()
        started = Launched(process)
        while started.poll() is None:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(place.socket))
                return started
            time.sleep(0.02)
        raise CrashFailed(f"{place.node} did not start")

    return start


def _world(*, take: bool) -> Callable[[Path, Setting], contextlib.AbstractContextManager[CrashWorld]]:
    @contextmanager
    def world(folder: Path, setting: Setting) -> Iterator[CrashWorld]:
        with contextlib.ExitStack() as stack:
            url = f"sqlite:///{folder}/node.db"
            if setting.database == "postgresql":
                url = stack.enter_context(server().database())
            migrate(url)
            samples = samples_with(folder, {"rich": [Held(one) for one in MEDICINES]})
            simulator = stack.enter_context(running(folder, samples=samples))
            sockets = Path(stack.enter_context(_short_folder()))
            names = [f"no-{number}" for number in range(1, setting.nodes + 1)]
            places = {
                name: Place(name, url, simulator.base_url, simulator.client_key_file, sockets / name) for name in names
            }
            with at(next(iter(places.values()))) as counter:
                states = [counter.state(item) for item in range(_PRESCRIPTIONS)] if take else []
            starts = {name: _starter(place) for name, place in places.items()}
            chance = random.Random(folder.name)
            yield Dispensings(simulator, places, starts, chance, take, states)

    return world


@contextmanager
def _short_folder() -> Iterator[str]:
    """The path of a socket has 108 bytes at most."""
    with tempfile.TemporaryDirectory(prefix="ncpeh-") as folder:
        yield folder


TAKES = CrashedWork(Means([f"journal.{point}" for point in TAKEN], FAULTS), _world(take=True))
DISPENSINGS = CrashedWork(Means([f"journal.{point}" for point in DISPENSED], FAULTS), _world(take=False))
