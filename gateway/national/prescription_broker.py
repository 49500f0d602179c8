"""The door to Reseptformidleren's prescriptions: what its messages say, as values, and the port that sends them.

Norway's own: the exchange asks `PrescriptionSource` (`ports.py`), which stands on this (`exportable_prescriptions.py`).
Errors and retries as in `ports.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gateway.admission import ResumedRequest, VerifiedTreatment
from gateway.national.ports import RegisteredPerson
from transformers.model.finding import Report
from transformers.model.prescription import Dispensation
from transformers.model.summary import MedicinalProduct
from transformers.model.values import Moment
from transformers.norway.cancellation import Cancellation
from transformers.norway.dispensing_report import DispensingReport
from transformers.norway.msghead_patient import HeadPatient, Subject
from transformers.norway.prescription_status import PrescriptionStatus
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


DispensingOpener = VerifiedTreatment | ResumedRequest
"""What opens the messages that take a prescription and end what was taken."""


@dataclass(frozen=True, slots=True)
class PrescriptionPatient:
    """The patient as messages about one prescription name her, and by which numbers answers may."""

    head: HeadPatient
    subject: Subject


@dataclass(frozen=True, slots=True)
class PrescriptionStanding:
    """How one prescription stands at Reseptformidleren now. ``status``: None when it is listed no longer."""

    status: PrescriptionStatus | None
    ours: bool
    """It is being dispensed (U), by us."""
    last_dispensed: Moment | None
    conversation: Conversation
    """What a lock goes on with."""


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
    """A dispensing in another country, to be reported on a prescription."""

    prescription_id: str
    group: str
    """Reseptgruppe of the prescription."""
    dispensation: Dispensation
    closes: bool
    """Nothing is left to dispense."""
    prescribed: MedicinalProduct | None = None
    """The product prescribed, for what one piece of it is; None: pieces handed out are not known to be the same."""


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """An M10 as it is sent, whole and signed. Who keeps it can send the very same message again."""

    message_id: str
    prescription_id: str
    document: bytes = field(repr=False)


class PrescriptionBroker(Protocol):
    """Reseptformidleren's prescriptions: M9.1 to M9.8, M10."""

    def search(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, *, reference_numbers: tuple[str, ...] = ()
    ) -> FoundPrescriptions:
        """Active prescriptions (M9.1, M9.2). Locks nothing."""

    def originals(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, *, reference_numbers: tuple[str, ...] = ()
    ) -> PrescriptionOriginals:
        """Active prescriptions in full (M9.5, M9.6). Locks nothing; a patient who blocked is `NationalAccessDenied`."""

    def dispensings(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, prescription_id: str
    ) -> tuple[DispensingReport, ...]:
        """Dispensings in force of one prescription (M9.7, M9.8)."""

    def standing(
        self,
        opener: DispensingOpener,
        patient: PrescriptionPatient,
        prescription_id: str,
        *,
        reference_number: str | None = None,
    ) -> PrescriptionStanding:
        """How it stands now, whatever its status (M9.1 AlleResepter). Locks nothing."""

    def lock(
        self,
        opener: DispensingOpener,
        patient: PrescriptionPatient,
        wanted: HeldPrescription,
        *,
        message_id: str,
        reference_number: str | None = None,
    ) -> LockedPrescription:
        """Take one of a list for dispensing (M9.3, M9.4): ``wanted`` has the list's conversation, ``message_id`` is the
        M9.3's. Taking again what is held already is the same.

        Why it could not be taken, the codes of a `NationalRejected` say; `config/refusals.toml` says what follows.
        After any other refusal it may be held: the journal (`gateway/journal`) asks, and gives it back.
        """

    def returned(
        self,
        opener: DispensingOpener,
        patient: PrescriptionPatient,
        held: HeldPrescription,
        why: Cancellation,
        *,
        message_id: str,
    ) -> WrittenReport:
        """The report that gives it back (M10 Kanselleringskode). Calls nothing.

        Who stops chooses ``why``: a professional's reason is hers, and what stops by itself says `TECHNICAL`.
        """

    def drafted(self, opener: DispensingOpener, patient: PrescriptionPatient, dispensed: ReportedAbroad) -> bytes:
        """What a report of that dispensing says, without its head: made before anything is taken. Calls nothing.

        Raises `NationalAnswerUnreadable` for a dispensation of which no report can be made.
        """

    def reported(
        self,
        opener: DispensingOpener,
        patient: PrescriptionPatient,
        held: HeldPrescription,
        draft: bytes,
        *,
        message_id: str,
    ) -> WrittenReport:
        """The report that a draft becomes once the prescription is held. Calls nothing."""

    def annulled(
        self,
        opener: DispensingOpener,
        patient: PrescriptionPatient,
        held: HeldPrescription,
        report: WrittenReport,
        *,
        message_id: str,
    ) -> WrittenReport:
        """The report that takes another of ours back (M10 Annullering). Calls nothing."""

    def listed(self, opener: DispensingOpener, patient: PrescriptionPatient, written: WrittenReport) -> bool | None:
        """Whether Reseptformidleren lists a report or annulment (M9.7); None when that cannot be asked."""

    def give_back(self, written: WrittenReport) -> None:
        """Send what `returned` made; what is not held any longer is given back already."""

    def report(self, opener: DispensingOpener, patient: PrescriptionPatient, written: WrittenReport) -> None:
        """Send what `reported` or `annulled` made, and return when it was taken; the same again is taken once.

        After any refusal but a rejection it may have been taken: asked again, this finds out before it sends again. A
        receipt that rejects stays: the same report is rejected again without being sent.
        """

    def decline(self, treatment: VerifiedTreatment, listed: Conversation, why: Cancellation) -> None:
        """Say why a search came to nothing before anything was taken (M9.3 Kansellering); it gives nothing back."""
