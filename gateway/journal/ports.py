"""What the exchange gives the journal, and what it gets: values and one port, without any national message.

Everything is decided before it comes here; the journal makes it happen once, and says what came of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from gateway.admission import VerifiedTreatment
from gateway.national.ports import AmountRemark, PrescriptionState, RegisteredPerson
from transformers.model.prescription import Dispensation
from transformers.model.summary import MedicinalProduct
from transformers.model.values import Identifier


@dataclass(frozen=True, slots=True)
class DecidedDispensation:
    """One eDispensation of a submission that passed every check: what is to be reported on which prescription."""

    document: Identifier
    """ClinicalDocument/id, which a discard names."""
    supply: Identifier
    """supply/id."""
    digest: str
    """Hex SHA-256 of its business content: the same document again is the same dispensation."""
    content: bytes = field(repr=False)
    """The document as it came, kept sealed."""
    prescription: PrescriptionState
    """As it stood when it was decided: anything else when it is taken, and nothing is dispensed."""
    group: str
    """Reseptgruppe of the prescription."""
    dispensation: Dispensation = field(repr=False)
    closes: bool
    """Nothing is left after this one and those before it in the submission."""
    prescribed: MedicinalProduct | None = field(default=None, repr=False)
    """The product prescribed: what one piece of it is; None: pieces handed out are not known to be the same."""
    reference_number: str | None = field(default=None, repr=False)
    """What opens a prescription that is locked by one."""
    remark: AmountRemark | None = None
    """What is to be said of its amount beside the success, each time that it is answered."""


@dataclass(frozen=True, slots=True)
class DiscardAsked:
    """Which dispensation is to be taken back."""

    document: Identifier
    """ClinicalDocument/id."""
    discard: str | None = None
    """Id of the discard's submission set, as evidence."""


class FallReason(StrEnum):
    """Why a dispensation is not in force."""

    REJECTED = "rejected"
    """A national receipt said no; its codes (Volven 7419) stand beside."""
    UNREACHABLE = "unreachable"
    """The national service did not answer before anything was sent: safe to try again."""
    UNREADABLE = "unreadable"
    """It was taken, what came cannot be read, and it was given back."""
    CLOSED = "closed"
    """Nothing is left to dispense."""
    GONE = "gone"
    """Recalled, expired, or listed no longer."""
    ELSEWHERE = "elsewhere"
    """Somebody is dispensing it now, or another dispensing of it is not settled: it may be tried again."""
    CHANGED = "changed"
    """It changed between the decision and the taking: it may be tried again."""
    CONFLICT = "conflict"
    """The same document id came before, with other content."""
    DISCARDED = "discarded"
    """It was discarded, before or after it came."""
    ANOTHER = "another"
    """Another document of the same submission fell."""
    NOT_COLLECTED = "not-collected"
    """It was taken for a pharmacy that did not report in time."""
    STOPPED = "stopped"
    """The node stopped before anything was sent: safe to try again."""
    DECIDED = "decided"
    """A person decided that it is not in force."""


AGAIN = frozenset(
    {FallReason.UNREACHABLE, FallReason.ELSEWHERE, FallReason.CHANGED, FallReason.STOPPED, FallReason.UNREADABLE,
     FallReason.ANOTHER}
)  # fmt: skip
"""Reasons after which the same document may come again and is decided anew."""


class DispensationAnswer(StrEnum):
    """What may be answered."""

    SUCCESS = "success"
    """All of it is in force; of a discard: all of it is taken back."""
    REFUSED = "refused"
    """None of it is in force; of a discard: it is not taken back."""
    UNKNOWN = "unknown"
    """It is not settled. The journal goes on by itself, and says more to whoever asks again."""


@dataclass(frozen=True, slots=True)
class DispensationOutcome:
    """What came of a submission or a discard."""

    answer: DispensationAnswer
    reason: FallReason | None = None
    codes: tuple[str, ...] = ()
    """Of the receipt that rejected it."""
    messages: tuple[str, ...] = ()
    """MsgIds of the national messages, for the evidence."""
    in_force_alone: tuple[Identifier, ...] = ()
    """Documents of a refused submission whose reports could not be taken back: a person's case, to be named."""
    remarks: tuple[AmountRemark, ...] = ()
    """What is to be said of the amounts of a submission that is in force."""


class DispensationJournal(Protocol):
    """Makes decided dispensations happen once. Each call may take as long as a receipt does (120 seconds).

    Raises StoreUnavailable, EvidenceUnavailable and StoreTampered only as long as nothing has left.
    """

    def answered(self, country: str, documents: Sequence[tuple[Identifier, str]]) -> DispensationOutcome | None:
        """What documents (id, digest) that came before are answered; None when none of them came, or may come again.

        Asked before anything is decided: what was dispensed by this very submission must not refuse it.
        """

    def submit(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, decided: Sequence[DecidedDispensation]
    ) -> DispensationOutcome:
        """Take, report and settle every one of a submission, or none."""

    def discard(self, treatment: VerifiedTreatment, asked: DiscardAsked) -> DispensationOutcome:
        """Take back every dispensing of a document, for whom may: by organisation, within the window."""
