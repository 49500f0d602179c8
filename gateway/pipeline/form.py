"""What a face gives the pipeline: a form, which turns bytes into a message and an answer or a refusal into bytes.

The pipeline knows no protocol; a form knows nothing else. It names the type of verified caller its messages need, and
so the verifier of `trust` that makes one. A face whose form lacks something does not start: `require_whole`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from gateway.configuration.refusals import RefusalRow, Refusals, Transaction, causes
from gateway.messages import (
    DocumentsReply,
    FindDocuments,
    FindPatient,
    PatientsReply,
    ProvideDocuments,
    ProvideReply,
    RetrieveDocuments,
    RetrieveReply,
)

Question = FindPatient | FindDocuments | RetrieveDocuments | ProvideDocuments
"""What may be asked."""
Answer = PatientsReply | DocumentsReply | RetrieveReply | ProvideReply
"""What may be answered."""


class FaceIncomplete(Exception):
    """A face that cannot serve: what it lacks, in words for the one who starts the node."""


@dataclass(frozen=True, slots=True)
class Home:
    """Who this node is."""

    country: str
    country_name: str
    home_community: str
    repository: str
    node_id: str
    common_name: str | None = None
    """Of the certificate its listener shows."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One request as a face received it, whole; ``body`` is empty where the face refused to read it."""

    service: str
    """Which of the face's addresses it was sent to."""
    media_type: str
    body: bytes = field(repr=False)
    peer_der: bytes = field(repr=False)
    """The certificate the peer showed (DER)."""
    peer_address: str | None = field(repr=False, default=None)
    """Network address it came from; None where the face cannot say."""
    own_address: str | None = field(repr=False, default=None)
    """And the one it came to."""


@dataclass(frozen=True, slots=True)
class Message:
    """A request as its form read it: what it is, not yet who sent it or whether it is allowed."""

    transaction: Transaction
    """UNKNOWN when the form's service serves nothing like it."""
    id: str | None
    """The sender's id of the message."""
    presented: Any = field(repr=False)
    """What the form's verifier takes: of SAML the root of the tree in which the assertions stand."""
    question: Callable[[], Question] = field(repr=False)
    """What is asked, read when the caller is verified. Raises MessageRefused leaves."""
    body: Callable[[], bytes] = field(repr=False)
    """What is asked as bytes that do not change with how it is written down: tells a repeated message."""
    native: Any = field(repr=False, default=None)
    """The form's own, to answer by; nobody else looks at it."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """When an answer is written (aware, UTC), and where its ids come from."""

    now: datetime
    new_id: Callable[[], UUID]
    correlation: UUID
    """The transaction's, by which log and evidence are found: the id of the answer, where its form gives it one."""


@dataclass(frozen=True, slots=True)
class WrittenMessage:
    """An answer as bytes."""

    status: int
    """HTTP status."""
    content_type: str
    body: bytes = field(repr=False)
    id: str | None = None
    """The answer's own id, when its form gives it one."""


class Form(Protocol):
    """One protocol, both ways."""

    @property
    def name(self) -> str:
        """What the face is called in errors and logs."""

    @property
    def caller(self) -> type:
        """The type of verified caller that its messages need."""

    def read(self, arrived: Arrived) -> Message:
        """The message in a request. Raises MessageRefused leaves, XmlRefused leaves."""

    def write(self, message: Message, answer: Answer, stamp: Stamp) -> WrittenMessage:
        """An answer that gives something."""

    def writes(self, row: RefusalRow) -> bool:
        """Whether `refuse` or `fault` can say that row."""

    def refuse(self, message: Message, row: RefusalRow, stamp: Stamp) -> WrittenMessage:
        """A refusal in the form of the message's transaction."""

    def fault(self, row: RefusalRow, message: Message | None, stamp: Stamp | None) -> WrittenMessage:
        """A refusal where no transaction's form fits. ``message`` None: nothing could be read; ``stamp`` None: neither
        clock nor ids are to be had.
        """


class Admitting(Protocol):
    """A transaction's row, as far as it must fit its face."""

    @property
    def caller(self) -> type:
        """The type of verified caller that its admission takes."""


def require_whole(form: Form, rows: Mapping[Transaction, Admitting], refusals: Refusals) -> None:
    """Every admission takes the form's callers, and every error of every transaction can be said.

    Raises FaceIncomplete.
    """
    for transaction, row in rows.items():
        if row.caller is not form.caller:
            raise FaceIncomplete(f"face {form.name}, {transaction}: its admission takes a {row.caller.__name__}")
    stated_rows = {(row.transaction, row.cause): row for row in refusals}
    for transaction in (*rows, Transaction.UNKNOWN):
        for cause in sorted(causes(transaction)):
            stated = stated_rows.get((transaction, cause))
            if stated is None:
                raise FaceIncomplete(f"face {form.name}, {transaction}: no row for {cause}")
            if not form.writes(stated):
                raise FaceIncomplete(f"face {form.name}, {transaction}: cannot write the row for {cause}")
