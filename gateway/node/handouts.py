"""The Norwegian pharmacy's desk of a node: its rows and evidence, what it decides by, and the queue beside it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from gateway.configuration.document_types import load_document_types
from gateway.configuration.errors import SettingsError
from gateway.configuration.settings import Settings
from gateway.counter.decide import CounterTables
from gateway.counter.products import NorwegianMarket
from gateway.counter.read_rules import counter_rules
from gateway.counter.rules import CounterRules
from gateway.exchange.document_gate import DocumentGate
from gateway.handouts.book import HandoutBook
from gateway.handouts.closing import HandoutQueue
from gateway.handouts.desk import DeskMeans, DeskPolicy, HandoutDesk
from gateway.handouts.drafting import DraftingMeans
from gateway.handouts.recorded import HandoutEvidence
from gateway.handouts.submitting import Submitter
from gateway.national.exportability import export_policy
from gateway.national.tables import read_code_systems
from gateway.node.foundation import Foundation
from gateway.node.norway import national_table, open_fest
from gateway.peers.ports import ContactPoint
from transformers.terminology.release import Release

_LANGUAGE = "nb-NO"
_MARGIN = timedelta(minutes=1)
"""Between two moves of a row lies one message, and little more."""


def open_handouts(
    foundation: Foundation, now: Callable[[], datetime], new_id: Callable[[], UUID], margin: timedelta = _MARGIN
) -> tuple[HandoutBook, HandoutEvidence]:
    """The desk's rows and its evidence. ``margin``: how much longer than a message takes a row is held."""
    settings = foundation.settings
    lease = settings.limits.dispensing_abroad_deadline + margin
    book = HandoutBook(foundation.store, foundation.keys, holder=settings.node.node_id, lease=lease, now=now)
    return book, HandoutEvidence(foundation.chain, foundation.keys, settings.node.node_id, new_id)


def open_queue(foundation: Foundation, now: Callable[[], datetime], new_id: Callable[[], UUID]) -> HandoutQueue:
    """What goes on beside requests. Raises SettingsError."""
    book, evidence = open_handouts(foundation, now, new_id)
    keep = read_counter_rules(foundation.settings).retention
    return HandoutQueue(book, evidence, now, answer=DeskPolicy().answer, keep=keep)


def open_desk(  # noqa: PLR0913 - what a composition root is given
    foundation: Foundation,
    peer: ContactPoint,
    release: Callable[[int], Release],
    gate: DocumentGate,
    now: Callable[[], datetime],
    new_id: Callable[[], UUID],
    margin: timedelta = _MARGIN,
) -> HandoutDesk:
    """The desk: everything it decides by is read now; ``margin`` as of `open_handouts`.

    Raises SettingsError, StoreUnavailable.
    """
    settings = foundation.settings
    table = national_table(settings)
    fest = open_fest(settings, table, read_code_systems(settings.files["national_code_systems"].parent))
    if fest is None:
        raise SettingsError("national.prescription_export.fest_file: nothing is dispensed here without FEST")
    if read_counter_rules(settings).agreements:
        raise SettingsError("counter.agreement: reporting at home for a pharmacy is not built; its own system reports")
    policy = export_policy(settings.tables["exportability"], settings.files["exportability"])
    wave = max(row.wave for row in settings.countries.values() if "ed" in row.answers)
    tables = CounterTables(NorwegianMarket(fest, release(wave)), read_counter_rules(settings), policy.scheduled)
    types = load_document_types(settings.files["document_types"])
    means = DeskMeans(
        peer=peer,
        drafting=DraftingMeans(release, gate, settings.documents.root),
        tables=tables,
        submitter=Submitter(settings.node.home_community, _LANGUAGE, types),
        now=now,
        new_id=new_id,
    )
    return HandoutDesk(*open_handouts(foundation, now, new_id, margin), means, DeskPolicy())


def read_counter_rules(settings: Settings) -> CounterRules:
    """The counter's rules as configured. Raises SettingsError."""
    return counter_rules(settings.tables["counter"], settings.files["counter"])
