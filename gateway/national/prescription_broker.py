"""The door to Reseptformidleren's prescriptions: what its messages say, as values, and the port that sends them.

Norway's own: the exchange asks `PrescriptionSource` (`ports.py`), which stands on this (`exportable_prescriptions.py`).
Errors and retries as in `ports.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gateway.admission import VerifiedTreatment
from gateway.national.ports import RegisteredPerson
from transformers.model.finding import Report
from transformers.model.prescription import Dispensation
from transformers.norway.cancellation import Cancellation
from transformers.norway.dispensing_report import DispensingReport
from transformers.norway.read_prescriber_list_m96 import PrescriberRow
from transformers.norway.read_prescription_list_m92 import ListedPrescription
from transformers.norway.write_msghead import Conversation


@dataclass(frozen=True, slots=True)
class FoundPrescriptions:
    """Prescriptions of a person with their statuses; nothing is locked."""

    prescriptions: tuple[ListedPrescription, ...]
    conversation: Conversation
    """What a lock, or who declines the list, goes on with."""
    report: Report = field(default_factory=Report)
    multidose: bool = False
    """She gets her medicines packed by dose."""
    unreadable: tuple[str, ...] = ()
    """Ids (else places) of rows that could not be read."""


@dataclass(frozen=True, slots=True)
class PrescriptionOriginals:
    """Prescriptions as prescribers see them. ``originals``: M1 hodemelding by ReseptId in lower case, as received."""

    rows: tuple[PrescriberRow, ...]
    originals: Mapping[str, bytes] = field(repr=False)
    locked_exist: bool
    """There are prescriptions that only a reference number opens."""
    report: Report = field(default_factory=Report)
    unreadable: tuple[str, ...] = ()
    """Ids (else places) of rows that could not be read."""


@dataclass(frozen=True, slots=True)
class HeldPrescription:
    """What ends a lock refers to: the prescription, and the conversation it was downloaded in."""

    prescription_id: str
    conversation: Conversation


@dataclass(frozen=True, slots=True)
class LockedPrescription:
    """A prescription downloaded for dispensing: nobody else can until it is reported or given back."""

    held: HeldPrescription
    original: bytes = field(repr=False)
    """The M1 hodemelding as received, signature and all."""
    dispensings: tuple[DispensingReport, ...]
    """Earlier ones that are in force."""
    report: Report = field(default_factory=Report)


@dataclass(frozen=True, slots=True)
class ReportedAbroad:
    """A dispensing in another country, to be reported on a prescription that is locked."""

    held: HeldPrescription
    group: str
    """Reseptgruppe of the prescription."""
    dispensation: Dispensation
    closes: bool
    """Nothing is left to dispense."""
    attempt: int = 1
    """Another one is another message: after a rejection (Volven 7419, 357), once it is known that none was taken."""


class PrescriptionBroker(Protocol):
    """Reseptformidleren's prescriptions: M9.1 to M9.8, M10."""

    def search(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, *, reference_numbers: tuple[str, ...] = ()
    ) -> FoundPrescriptions:
        """Active prescriptions (M9.1, M9.2). Locks nothing."""

    def originals(self, treatment: VerifiedTreatment, person: RegisteredPerson) -> PrescriptionOriginals:
        """Active prescriptions in full (M9.5, M9.6). Locks nothing; a patient who blocked is `NationalAccessDenied`."""

    def dispensings(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, prescription_id: str
    ) -> tuple[DispensingReport, ...]:
        """Dispensings in force of one prescription (M9.7, M9.8)."""

    def lock(
        self,
        treatment: VerifiedTreatment,
        person: RegisteredPerson,
        prescription_id: str,
        listed: Conversation,
        *,
        reference_number: str | None = None,
    ) -> LockedPrescription:
        """Take one of a list for dispensing (M9.3, M9.4). Taking again what is held already is the same.

        Why it could not be taken, the codes of a `NationalRejected` say; `config/refusals.toml` says what follows.

        A lock that came too late or cannot be read is given back at once, as far as the service answers; whoever keeps
        the journal of a dispensation gives it back again after a refusal.
        """

    def unlock(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, held: HeldPrescription, why: Cancellation
    ) -> None:
        """Give it back (M10 Kanselleringskode); one that is not held any longer is given back already.

        Who stops chooses ``why``: a professional's reason is hers, and what stops by itself says `TECHNICAL`.
        """

    def decline(self, treatment: VerifiedTreatment, listed: Conversation, why: Cancellation) -> None:
        """Say why a search came to nothing before anything was taken (M9.3 Kansellering); it gives nothing back."""

    def report_dispensed(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, dispensed: ReportedAbroad
    ) -> DispensingReport:
        """Report a dispensing (M10) and unlock; the same dispensation and attempt again is the same report, taken once.

        After any refusal but a rejection it may have been taken: asked again, this finds out before it sends again. A
        receipt that rejects stays: the same report is rejected again without being sent.
        """

    def annul(
        self, treatment: VerifiedTreatment, report: DispensingReport, conversation: Conversation
    ) -> DispensingReport:
        """Take a report back (M10 Annullering); the same again is taken once."""
