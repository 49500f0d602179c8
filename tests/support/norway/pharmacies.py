"""A Norwegian pharmacy beside the node: the same doors under another HER-id, to the simulator of a running world."""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from gateway import clock
from gateway.demonstration.world import World
from gateway.http import HttpClient, HttpLimits
from gateway.national.doors import Surroundings, open_doors
from gateway.national.prescription_broker import HeldPrescription, PrescriptionBroker, ReportedAbroad
from gateway.national.settings import read_national
from tests.support.norway.dispensing import Counter, Dispensed
from tests.support.norway.doors import SENSITIVE, SYSTEMS, verified_treatment
from tests.support.norway.eresept_messages import foreign_dispensation
from tests.support.norway.mail import MailInMemory
from tests.support.norway.signing import seals_of
from tests.support.persons.samples import persons, sample_of
from transformers.norway.cancellation import Cancellation
from trust import pki_layout


class Pharmacy:
    """Dispenses to one sample person."""

    def __init__(self, broker: PrescriptionBroker, person: str) -> None:
        self._counter = Counter(broker, verified_treatment(persons()[person]), sample_of(person)[0])

    def take(self, prescription_id: str) -> HeldPrescription:
        """List and lock it."""
        return self._counter.take(prescription_id).held

    def give_back(self, prescription_id: str) -> None:
        """Unlock it, whatever is locked again first."""
        self._counter.give_back(self.take(prescription_id), Cancellation.TECHNICAL)

    def dispense(self, prescription_id: str, *, closes: bool) -> None:
        """Lock it and report a dispensing."""
        made = ReportedAbroad(prescription_id, "C", foreign_dispensation(), closes)
        self._counter.report(Dispensed(self.take(prescription_id), made))


@contextmanager
def pharmacy(world: World, person: str) -> Iterator[Pharmacy]:
    """The pharmacy next door."""
    settings = world.settings("NO")
    table: dict[str, Any] = deepcopy(dict(settings.tables["national"]))
    table["national"]["sender"]["her_id"] = "8190077"
    known = read_national(table)
    trusts = ssl.create_default_context(cafile=str(world.pki(pki_layout.NATIONAL_CA.certificate)))
    with HttpClient(HttpLimits(deadline_seconds=8), tls=lambda: trusts, elapsed=time.monotonic) as http:
        around = Surroundings(
            http=http, now=clock.now, new_id=clock.new_id, elapsed=time.monotonic,
            pause=lambda seconds: threading.Event().wait(seconds) and None, deadline_seconds=8, systems=SYSTEMS,
            sensitive=SENSITIVE, key_file=settings.path(known.helseid.key_file), mail=MailInMemory(),
            **seals_of(known),
        )  # fmt: skip
        broker = open_doors(known, around).prescriptions
        assert broker is not None
        yield Pharmacy(broker, person)
