"""A pharmacy in Norway and a contact point abroad, over real TLS: what is handed out, asked and found in its ledger."""

import http.client
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gateway import clock
from gateway.counter.decide import CounterHandout
from gateway.demonstration.at_the_counter import CounterSession, open_counter
from gateway.demonstration.norwegian_pharmacy import pharmacist
from gateway.demonstration.world import World, build_world, start_country
from gateway.exchange.country_b.retrieve import Reception
from gateway.handouts.book import HandoutBook
from gateway.handouts.closing import HandoutQueue
from gateway.handouts.desk import HandoutDesk, HandoutDraft, HandoutStanding
from gateway.handouts.recorded import HandoutEvidence
from gateway.handouts.states import HandoutState
from gateway.messages import PatientIdentifier
from gateway.node.abroad import CountryB, build_country_b
from gateway.node.foundation import Foundation, open_foundation
from gateway.node.handouts import open_desk, open_handouts, open_queue
from gateway.peers.soap import PeerDeadlines, SoapPeer
from gateway.terminology.chosen import release_chosen
from tests.support.callers.keys import same_keys
from tests.support.nodes.launched import launch
from transformers.model.values import Identifier

PATIENT = PatientIdentifier("2.16.17.710.820.1000.990.1.4", "999800080")
METOPROLOL, RAMIPRIL, MORPHINE, SIMVASTATIN = (f"2.16.17.710.820.1000.990.1.2^EP-{n}" for n in (1, 2, 3, 4))
SELO_ZOK, GENERIC = "990011", "990102"


def handing_out(item_number: str = SELO_ZOK, packages: str = "1", **reasons: str) -> CounterHandout:
    return CounterHandout(item_number, Decimal(packages), reasons)


@dataclass
class Abroad:
    """The simulated country, the node's means, and a clock that can be put forward."""

    world: World
    url: str
    country_b: CountryB
    foundation: Foundation
    later: timedelta = timedelta(0)
    impatient: bool = False

    def now(self) -> datetime:
        return clock.now() + self.later

    def book(self) -> tuple[HandoutBook, HandoutEvidence]:
        return open_handouts(self.foundation, self.now, clock.new_id)

    @cached_property
    def patient_desk(self) -> HandoutDesk:
        return self._desk(self.country_b.peer)

    @cached_property
    def impatient_desk(self) -> HandoutDesk:
        """A desk that gives up on a dispensing after a second."""
        peer = copy(self.country_b.peer)
        peer._home = replace(peer._home, deadlines=PeerDeadlines(60, 1))
        return self._desk(peer)

    def desk(self) -> HandoutDesk:
        return self.impatient_desk if self.impatient else self.patient_desk

    def _desk(self, peer: SoapPeer) -> HandoutDesk:
        release = cache(lambda wave: release_chosen(self.country_b.settings, wave))
        return open_desk(self.foundation, peer, release, Reception().gate, self.now, clock.new_id)

    def queue(self) -> HandoutQueue:
        return open_queue(self.foundation, self.now, clock.new_id)

    def session(self, **row: Any) -> CounterSession:
        """A pharmacist with the patient before her; ``row``: of how the country dispenses."""
        made = open_counter(self.country_b, "PT", PATIENT, clock.now)
        if row:
            peer = made.treatment.session.peer
            dispensing = peer.dispensing.model_copy(update=row)
            session = replace(made.treatment.session, peer=peer.model_copy(update={"dispensing": dispensing}))
            made = CounterSession(self.country_b, replace(made.treatment, session=session), clock.now)
        return made

    def drafted(
        self, session: CounterSession, handout: CounterHandout | None = None, of: str = METOPROLOL
    ) -> HandoutDraft:
        _, fetched = session.fetched(of)
        return self.desk().draft(session.treatment, fetched, handout or handing_out(), pharmacist())

    def confirmed(self, session: CounterSession, document: Identifier) -> HandoutStanding:
        return self.desk().confirm(session.treatment, document)

    def order(self, fault: str, **more: Any) -> None:
        """How the country fails from now on; of a slow one nobody waits for the answer."""
        self.impatient = fault == "slow"
        assert called(self.url, "POST", "/simulator/faults", json.dumps({"fault": fault, **more}))[0] == 204

    def ledger(self) -> dict[str, Any]:
        return dict(json.loads(called(self.url, "GET", "/simulator/ledger")[1]))

    def received(self) -> list[str]:
        """What was sent, in order."""
        return [one["operation"] for one in self.ledger()["received"]]

    def in_force(self) -> int:
        return sum(one["in_force"] for one in self.ledger()["dispensations"])

    def begin(self) -> None:
        """Everything as at first."""
        called(self.url, "POST", "/simulator/reset")
        self.later, self.impatient = timedelta(0), False
        book, _ = self.book()
        with self.foundation.store.unit_of_work() as unit:
            unit.connection.exec_driver_sql("DELETE FROM handout_rows")
        assert not book.in_states(set(HandoutState))


def called(url: str, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
    """The simulated country's own control plane: status and body."""
    at = urlsplit(url)
    context = ssl._create_unverified_context()
    connection = http.client.HTTPSConnection(at.hostname or "", at.port, timeout=60, context=context)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@contextmanager
def abroad_in(folder: Path) -> Iterator[Abroad]:
    """The country's contact point as a process, and the Norwegian node's means to ask it; no node serves."""
    more = {"NCPEH_LIMITS__DISPENSING_ABROAD_DEADLINE": "PT60S"}
    world = build_world(folder, clock.now(), more, same_keys(), launch, nodes=())
    try:
        url = start_country(world, "PT")
        settings = world.settings("NO")
        country_b = build_country_b(settings)
        foundation = open_foundation(settings)
        try:
            yield Abroad(world, url, country_b, foundation)
        finally:
            country_b.close()
            foundation.close(clock.now())
    finally:
        world.stop()
