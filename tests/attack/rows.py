"""What one attack is, and what it met: the refusal, the check that raised it, and what was asked of Norway before.

`asked` is an attack on country A's pipeline in this process: real reading, trust and admission, Norway in memory.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from gateway.configuration.refusals import RefusalRow, Refusals, Transaction
from gateway.errors import Refusal
from gateway.peers.errors import AbroadRefused
from gateway.pipeline.answer import CountryA
from gateway.pipeline.form import Arrived
from tests.support.callers.assertions import Ids, envelope
from tests.support.callers.signatures import sealer
from tests.support.callers.verified import policy
from tests.support.nodes.in_process import (
    MEDIA_TYPE,
    MESSAGE_ID,
    InProcess,
    discover,
    hcp,
    in_process,
    query,
    retrieve,
    trc,
)
from tests.support.nodes.wire import refusals
from tests.support.norway.in_memory import DOCUMENT, Remembered, kept, norway
from tests.support.persons.samples import composer
from transformers.cda.errors import CdaError
from trust.errors import TrustError

ROOT = Path(__file__).resolve().parents[2]
WSA = "http://www.w3.org/2005/08/addressing"
SERVICES = {"ITI-55": "xcpd", "ITI-38": "xca", "ITI-39": "xca"}
BODIES = {"ITI-55": discover, "ITI-38": query, "ITI-39": lambda: retrieve(DOCUMENT)}
_OURS = (TrustError, Refusal, AbroadRefused, CdaError)


@dataclass(frozen=True)
class Met:
    """How an attack ended."""

    cause: str
    """Class of the refusal."""
    check: str
    """``file:function:class`` of what was raised first."""
    national_calls: tuple[str, ...] = ()
    recorded: tuple[str | None, ...] = ()
    """The refusal of each row of evidence that the attack left."""


@dataclass(frozen=True)
class AttackRow:
    """One attack: its class and its name in the table, and how it is made."""

    kind: str
    name: str
    attack: Callable[[], Met]

    @property
    def id(self) -> str:
        return f"{self.kind}/{self.name}"


def check_of(cause: BaseException) -> str:
    """Where the refusal began: the innermost of those that were turned into one another, as far as they are ours."""
    while isinstance(cause.__context__, _OURS):
        cause = cause.__context__
    innermost = list(_frames(cause.__traceback__))[-1]
    code = innermost.tb_frame.f_code
    return f"{Path(code.co_filename).relative_to(ROOT)}:{code.co_qualname}:{type(cause).__name__}"


def _frames(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def met(refused: BaseException) -> Met:
    """A refusal that nobody answered for us: no national service is near."""
    return Met(type(refused).__name__, check_of(refused))


class _Noting(Refusals):
    """The table of refusals, which is asked for the row of every one: it keeps what was raised."""

    def __init__(self, table: Refusals) -> None:
        self._table = table
        self.causes: list[Refusal | TrustError] = []

    def __iter__(self) -> Iterator[RefusalRow]:
        return iter(self._table)

    def row(self, transaction: Transaction, cause: Refusal | TrustError, family: str = "PS") -> RefusalRow:
        self.causes.append(cause)
        return self._table.row(transaction, cause, family)


@dataclass
class Node:
    """A node that answers Portugal and keeps one document of PATIENT; what it refused, and what it asked of Norway."""

    policy: Mapping[str, Any] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    remembered: Remembered = field(default_factory=Remembered)

    def __post_init__(self) -> None:
        self.refusals = _Noting(refusals())
        place = norway(self.remembered)
        place.shelf.keep(kept())
        country_a = CountryA(policy(**self.policy), place, composer(), self.refusals, Ids(10_000))
        self.node: InProcess = in_process(self.remembered, **{"country_a": country_a, **self.changes})
        self.refusals.causes.clear()

    def met(self, arrived: Arrived, reason: Refusal | None = None) -> Met:
        """Raises AssertionError when the message is answered."""
        calls, rows = len(self.remembered.calls), len(self.node.rows.events)
        self.refusals.causes.clear()
        self.node.answerer.answer(arrived, reason)
        assert self.refusals.causes, "the attack was answered"
        cause = self.refusals.causes[0]
        events = self.node.rows.events[rows:]
        recorded = tuple(event.refusal_class for event in events)
        return Met(type(cause).__name__, check_of(cause), tuple(self.remembered.calls[calls:]), recorded)

    def answers(self, arrived: Arrived) -> bool:
        """Whether a message is answered with what it asks for."""
        self.refusals.causes.clear()
        self.node.answerer.answer(arrived)
        return not self.refusals.causes


def shown(transaction: str) -> tuple[bytes, ...]:
    """The assertions of a message that is in order."""
    return (hcp(),) if transaction == "ITI-55" else (hcp(), trc())


def message(
    transaction: str,
    *assertions: bytes,
    body: bytes | None = None,
    message_id: str | None = MESSAGE_ID,
    header: bytes = b"",
    **changes: Any,
) -> Arrived:
    """A request of Portugal's; without assertions given it shows those that it must."""
    if message_id is not None:
        header += f'<MessageID xmlns="{WSA}">{message_id}</MessageID>'.encode()
    content = envelope(
        *(assertions or shown(transaction)), header=header, body=BODIES[transaction]() if body is None else body
    )
    return replace(carried(content, transaction), **changes)


def carried(content: bytes, transaction: str = "ITI-55", media_type: str = MEDIA_TYPE) -> Arrived:
    """Any bytes to the service of a transaction, over Portugal's connection."""
    return Arrived(SERVICES[transaction], media_type, content, sealer("PT", "tls").certificate)


def asked(
    kind: str,
    name: str,
    arrived: Callable[[], Arrived],
    *,
    before: Callable[[], Arrived] | None = None,
    policy: Mapping[str, Any] | None = None,
    **changes: Any,
) -> AttackRow:
    """An attack on a node of its own. ``before``: a message in order that the node answered first."""

    def attack() -> Met:
        node = Node(policy or {}, changes)
        if before is not None:
            assert node.answers(before())
        return node.met(arrived())

    return AttackRow(kind, name, attack)
