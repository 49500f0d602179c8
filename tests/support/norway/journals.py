"""The real journal over real doors and a real database."""

import hashlib
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gateway import clock
from gateway.admission import VerifiedTreatment
from gateway.evidence.chain import Chain
from gateway.journal.book import Book, JournalMessage
from gateway.journal.facts import DispensationFacts, DispensingPlace
from gateway.journal.journal import Journal, JournalBooks, JournalMeans, JournalPolicy
from gateway.journal.ports import DecidedDispensation
from gateway.journal.recorded import JournalEvidence
from gateway.national.ports import AmountRemark, PrescriptionState, RegisteredPerson, digest_of_reports
from gateway.national.prescription_broker import PrescriptionBroker, PrescriptionPatient
from gateway.store.engine import Store
from tests.support.nodes.stores import KEYS
from tests.support.norway.eresept_messages import foreign_dispensation
from transformers.model.people import Gender
from transformers.model.values import Identifier, Moment
from transformers.norway.msghead_patient import HeadPatient, Subject
from transformers.norway.write_msghead import Conversation

POLICY = JournalPolicy(
    lease=timedelta(seconds=60), request_seconds=20.0, pause_seconds=0.05, tries=5, hold=timedelta(hours=1)
)
COUNTRY = "2.16.17.710.820.1000.990.1"


NUMBER, SECRET = "13874198765", b"<ClinicalDocument/>"
FACTS = DispensationFacts(
    place=DispensingPlace("PT", "medico-1", "farmacia-9"),
    correlation="7a1c1d5e-50c4-4d0e-9d61-0f2c7f1f6a11",
    opened=datetime(2026, 3, 2, 10, 30, tzinfo=UTC),
    document=Identifier("1.2.3", "document-of-facts"),
    supply=Identifier("1.2.3", "s-1"),
    digest="ab" * 32,
    prescription=PrescriptionState("6084363f-resept", "cd" * 32, 1, "ef" * 32),
    patient=PrescriptionPatient(
        HeadPatient("Prøve", "Kari", "Anne", NUMBER, Moment("1974-03-13"), Gender.FEMALE),
        Subject(frozenset({NUMBER}), Moment("1974-03-13")),
    ),
    reference_number="471147114",
    draft=b"<Utleveringsrapport/>",
    content=SECRET,
    remark=AmountRemark.EXCESS,
)
OTHER = replace(FACTS, document=Identifier("1.2.3", "d-2"), prescription=PrescriptionState("another", "cd" * 32, 0))
MESSAGE = JournalMessage(
    "M10",
    "0f2c7f1f-50c4-4d0e-9d61-7a1c1d5e6a11",
    Conversation("m94", "m91"),
    b"<MsgHead/>",
    ("m10-before",),
    "2026-03-01",
)


def journal_on(store: Store, broker: PrescriptionBroker, node: str = "no-1", **policy: object) -> Journal:
    """A journal of one node."""
    chosen = replace(POLICY, **policy)  # type: ignore[arg-type]  # named fields
    book = book_of(store, node, chosen.lease)
    evidence = JournalEvidence(Chain(store), KEYS, node, clock.new_id)
    means = JournalMeans(
        clock.now, clock.new_id, time.monotonic, lambda seconds: threading.Event().wait(seconds) and None
    )
    return Journal(JournalBooks(store, book, evidence), broker, chosen, means)


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)


def book_of(store: Store, node: str = "no-1", lease: timedelta = POLICY.lease) -> Book:
    """The journal's rows, as that node reads them."""
    return Book(store, KEYS, holder=node, lease=lease, now=clock.now)


def state_of(
    broker: PrescriptionBroker, treatment: VerifiedTreatment, person: RegisteredPerson, prescription_id: str
) -> PrescriptionState:
    """A prescription as it stands now: what a decision stands on."""
    original = broker.originals(treatment, person).originals[prescription_id.lower()]
    made = broker.dispensings(treatment, person, prescription_id)
    return PrescriptionState(
        prescription_id.lower(), hashlib.sha256(original).hexdigest(), len(made), digest_of_reports(m.id for m in made)
    )


def decided(state: PrescriptionState, key: str = "d-1", *, closes: bool = False, **changes: object):
    """A dispensation that passed every check."""
    document = Identifier(COUNTRY, f"document-{key}")
    made = foreign_dispensation(id=document, **changes)
    return DecidedDispensation(
        document=document, supply=Identifier(COUNTRY, f"supply-{key}"), digest=f"digest-{key}", content=b"<x/>",
        prescription=state, group="C", dispensation=made, closes=closes,
    )  # fmt: skip
