"""At a counter in Tromsø: a Portuguese prescription is dispensed once, taken back, and shown by Portugal's ledger."""

import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from gateway.counter.decide import CounterHandout
from gateway.demonstration.at_the_counter import CounterSession, open_counter
from gateway.demonstration.world import World
from gateway.handouts.desk import HandoutStanding
from gateway.handouts.errors import HandoutBarred
from gateway.http import HttpClient, HttpLimits
from gateway.messages import PatientIdentifier
from gateway.node.abroad import CountryB
from transformers.model.values import Identifier
from trust import pki_layout

PATIENT = PatientIdentifier("2.16.17.710.820.1000.990.1.4", "999800080")
_LISTED = "2.16.17.710.820.1000.990.1.2^"
_METOPROLOL, _MORPHINE = f"{_LISTED}EP-1", f"{_LISTED}EP-3"
_ITEM, _NARCOTIC = "990011", "990235"


@dataclass
class HomeCounter:
    """One Portuguese patient, and what is handed out on her prescriptions."""

    world: World
    country_b: CountryB
    url: str
    """Of Portugal's contact point."""
    now: Callable[[], datetime]
    session: CounterSession | None = field(default=None)
    document: Identifier | None = field(default=None)

    def find(self) -> str:
        """Identify her in Portugal."""
        self.session = open_counter(self.country_b, "PT", PATIENT, self.now)
        return "1 match"

    def list(self) -> str:
        """What Portugal lists of hers."""
        return f"{len(self._session().listed())} prescriptions"

    def draft(self) -> str:
        """Write what would be sent, and keep it beside the demo's other documents."""
        made = self._session().draft(_METOPROLOL, CounterHandout(_ITEM, Decimal(1)))
        self.document = made.document
        (self.world.folder / "dispensation.xml").write_bytes(made.content)
        return "dispensation.xml, nothing is sent"

    def narcotic(self) -> str:
        """What may not be handed out here."""
        try:
            self._session().draft(_MORPHINE, CounterHandout(_NARCOTIC, Decimal(1)))
        except HandoutBarred as barred:
            return next(one.key for one in barred.decision.reasons if one.holds)
        return "drafted"

    def confirm(self) -> str:
        """Send the draft, or ask how it stands."""
        return self._said(self._session().confirm(self._document()))

    def silence(self) -> str:
        """Let Portugal carry out the next one and not answer."""
        body = json.dumps({"fault": "lost", "times": 1}).encode()
        return "answers nothing" if self._called("POST", "/simulator/faults", body)[0] == 204 else "answers"

    def discard(self) -> str:
        """Take it back."""
        return self._said(self._session().discard(self._document()))

    def ledger(self) -> str:
        """What Portugal received and holds."""
        held = json.loads(self._called("GET", "/simulator/ledger")[1])
        in_force = sum(one["in_force"] for one in held["dispensations"])
        return f"{len(held['received'])} received, {in_force} in force"

    def _called(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        context = ssl.create_default_context(cafile=str(self.world.pki(pki_layout.TRUST)))
        with HttpClient(HttpLimits(), tls=lambda: context, elapsed=time.monotonic) as http:
            answer = http.call(method, f"{self.url}{path}", content=body)
        return answer.status, answer.body

    @staticmethod
    def _said(standing: HandoutStanding) -> str:
        return standing.state.value if standing.seen is None else f"{standing.state.value}, list: {standing.seen}"

    def _session(self) -> CounterSession:
        if self.session is None:
            raise ValueError("nobody was found yet")
        return self.session

    def _document(self) -> Identifier:
        if self.document is None:
            raise ValueError("nothing was drafted yet")
        return self.document
