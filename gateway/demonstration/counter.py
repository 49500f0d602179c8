"""At the counter in Porto: what is handed out is reported to Norway once, taken back, and shown by the ledger.

What happened is what Reseptformidleren holds, as its simulator's ledger says, beside what the pharmacist is answered.
"""

import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from gateway.configuration.document_types import load_document_types
from gateway.demonstration.pharmacy import HandedOut, Submitting, dispensed
from gateway.demonstration.world import HOME, World
from gateway.http import HttpClient, HttpLimits
from gateway.messages import ProvideDocuments
from gateway.node.abroad import CountryB
from gateway.peers.errors import PeerSaidNo
from gateway.peers.ports import TreatmentAbroad
from transformers.model.prescription import Dispensation
from trust import pki_layout

_TOO_MANY = Decimal(50)


@dataclass
class PharmacyCounter:
    """One patient, one ePrescription (``content``, level 3), and what is handed out on it."""

    world: World
    country_b: CountryB
    treatment: TreatmentAbroad
    content: bytes
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    first: Dispensation | None = field(default=None)

    def dispense(self) -> str:
        """Hand out as prescribed."""
        self.first = self._handed_out()
        return self._submitted(self.first)

    def repeat(self) -> str:
        """Hand the same document in once more, as after a broken connection."""
        return self._submitted(self._the_first())

    def too_many(self) -> str:
        """Hand out more than is left, under a number of its own. Raises PeerSaidNo."""
        return self._submitted(self._handed_out(_TOO_MANY))

    def take_back(self) -> str:
        """Discard the first."""
        return self._sent(self._submitting().discard(self._set(), self._the_first()), "taken back")

    def ledger(self) -> str:
        """What Reseptformidleren holds now."""
        context = ssl.create_default_context(cafile=str(self.world.pki(pki_layout.NATIONAL_CA.certificate)))
        with HttpClient(HttpLimits(), tls=lambda: context, elapsed=time.monotonic) as http:
            held = json.loads(http.call("GET", f"{self.world.simulator}/simulator/ledger").body)
        in_force = [one for one in held["reports"] if one["kind"] == "dispensing" and one["in_force"]]
        annulled = [one for one in held["reports"] if one["kind"] == "annulment"]
        return f"{len(in_force)} in force, {len(annulled)} annulled"

    def _the_first(self) -> Dispensation:
        if self.first is None:
            raise ValueError("nothing was handed out yet")
        return self.first

    def _handed_out(self, packages: Decimal | None = None) -> Dispensation:
        return dispensed(self.content, HandedOut(f"ED-{self.new_id()}", packages), self.now())

    def _submitted(self, made: Dispensation) -> str:
        return self._sent(self._submitting().dispensations(self._set(), made), "registered")

    def _sent(self, asked: ProvideDocuments, done: str) -> str:
        answer = self.country_b.peer.provide(self.treatment, asked, self.now())
        if answer.refused:
            raise PeerSaidNo(answer.problems)
        return done

    def _submitting(self) -> Submitting:
        types = load_document_types(self.country_b.settings.files["document_types"])
        return Submitting(self.treatment.patient, self.now(), types)

    def _set(self) -> str:
        return f"{HOME['PT']}.{self.new_id().int}"
