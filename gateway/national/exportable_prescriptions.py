"""Norway's prescriptions for the exchange, in a prescriber's role: as they are now, and which of them may cross.

Searched (M9.1), read in full (M9.5), dispensings counted (M9.7, four at a time): nothing is locked. Each prescription
is verified, read and joined with FEST once for each request; its dispensings are counted on what was joined. Each step
may hold one back, with its reasons. Rules: `transformers/norway/exportable.py`, `config/exportability.toml`.

A reference number of the TRC opens what is locked by it, while the day's guesses last. A wrong one, another person's
and one too many answer as none does; the evidence tells them apart, under the name `REFERENCE_NUMBER`.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from gateway.admission import VerifiedTreatment
from gateway.errors import NationalAnswerUnreadable, NationalRejected
from gateway.national.people import current_number, her_numbers, is_protected
from gateway.national.ports import (
    OfferedPrescription,
    OfferedPrescriptions,
    PrescriptionState,
    RegisteredPerson,
    digest_of_reports,
)
from gateway.national.prescription_broker import FoundPrescriptions, PrescriptionBroker, PrescriptionOriginals
from gateway.national.prescription_signature import CertificateStates, read_signed_prescription
from gateway.national.reference_guesses import ReferenceGuesses
from transformers.model.finding import Report
from transformers.norway.code_systems import CodeSystems
from transformers.norway.dispensing_report import DispensingReport, counted
from transformers.norway.errors import NorwegianMessageError
from transformers.norway.exportable import AskedBy, Asking, ExportPolicy, names_against_export
from transformers.norway.fest import Fest
from transformers.norway.prescription import Dispensing, NorwegianPrescription
from transformers.norway.prescription_status import PrescriptionStatus
from transformers.norway.read_prescriber_list_m96 import PrescriberRow
from transformers.norway.read_prescription import PrescriptionContext
from transformers.norway.read_prescription_list_m92 import ListedPrescription
from transformers.norway.read_prescription_m1 import MedicineReading
from transformers.norway.remaining import with_dispensings
from transformers.norway.with_fest import sized_by_fest, with_fest
from trust.certificates import CertificateVerification

_PARALLEL = 4
"""Dispensings asked for at the same time."""
NOT_ATTACHED, UNREADABLE, DISPENSINGS_UNREADABLE = "not-attached", "unreadable", "dispensings-unreadable"
REFERENCE_NUMBER = "reference-number"
"""Stands in the evidence where an id stands, for a number that came and opened nothing."""
NUMBER_WRONG, GUESSES_SPENT = "wrong", "guesses-of-the-day-spent"
_UNREADABLE = frozenset({NOT_ATTACHED, UNREADABLE, DISPENSINGS_UNREADABLE})


@dataclass(frozen=True, slots=True)
class ExportablePrescriptions:
    """`PrescriptionSource` of Norway: what prescriptions are asked from, read with and judged by."""

    broker: PrescriptionBroker
    fest: Fest = field(repr=False)
    certificates: CertificateVerification = field(repr=False)
    """Anchors of prescribers' certificates, and no others."""
    policy: ExportPolicy
    systems: CodeSystems = field(repr=False)
    root: str
    """OID below which a ReseptId is an item's id."""
    sensitive: Mapping[str, bool] = field(default_factory=dict)
    guesses: ReferenceGuesses | None = None
    """None: no reference number is asked with, as if the day's guesses were spent."""

    def offered(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, only: frozenset[str] | None = None
    ) -> OfferedPrescriptions:
        """Her active prescriptions, or those of these ReseptIds (lower case). Raises NationalRefused leaves."""
        return self.looked_at(treatment, person, only).offered

    def looked_at(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, only: frozenset[str] | None = None
    ) -> "PrescriptionsLookedAt":
        """The same, with each prescription that may cross as it was before its dispensings were taken off.

        Conversations: 2, and 1 for each whose dispensings decide: without ``only`` those that nothing else holds back,
        with it every one asked for that nobody has taken (1 less when none of them is active).
        """
        tried = self._tried(treatment, person)
        found, numbers = self._found(treatment, person, tried)
        wanted = [one for one in found.prescriptions if only is None or one.id.lower() in only]
        as_listed = {one.id.lower(): one.id for one in wanted}
        judging = _Judging(self, treatment, person, multidose=found.multidose, numbers=numbers)
        judging.lose(one for one in found.unreadable if only is None or one.lower() in only)
        if wanted:
            judging.read(wanted, self.broker.originals(treatment, person, reference_numbers=numbers))
        taken = frozenset(one.id.lower() for one in wanted if one.status is PrescriptionStatus.LOCKED)
        others = sorted((only or frozenset()) - taken - judging.hopeful.keys())
        counted_of = {id_: as_listed.get(id_, id_) for id_ in (*judging.hopeful, *others)}
        counted_of = {id_: one for id_, one in counted_of.items() if id_ not in judging.lost}
        reports = self._dispensings(treatment, person, counted_of)
        offered = judging.judged(reports, taken)
        unasked = {one.reference_number for one in found.prescriptions if one not in wanted}
        wrong = set(tried) - judging.opened - unasked
        spent = treatment.reference_numbers.difference(tried)
        against = tuple(why for why, holds in ((NUMBER_WRONG, wrong), (GUESSES_SPENT, spent)) if holds)
        if against:
            offered = replace(offered, withheld={**offered.withheld, REFERENCE_NUMBER: against})
        ids = [one.state.prescription_id for one in offered.offered]
        made = {id_: self.counted(reports[id_] or ()) for id_ in ids}
        return PrescriptionsLookedAt(offered, {id_: judging.hopeful[id_].prescription for id_ in ids}, made)

    def counted(self, reports: Sequence[DispensingReport]) -> tuple[Dispensing, ...]:
        """Reports in force as what is left is counted from them."""
        return tuple(sized_by_fest(counted(report), self.fest) for report in reports)

    def _tried(self, treatment: VerifiedTreatment, person: RegisteredPerson) -> tuple[str, ...]:
        """The reference numbers that may be asked with today."""
        if not treatment.reference_numbers or self.guesses is None:
            return ()
        her, now = current_number(person), treatment.request.now
        given = sorted(treatment.reference_numbers)
        return tuple(number for number in given if self.guesses.may_try(her, number, now))

    def _found(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, numbers: tuple[str, ...]
    ) -> tuple[FoundPrescriptions, tuple[str, ...]]:
        """What the person has, and the numbers it was found with: none, where a number is what was rejected."""
        try:
            return self.broker.search(treatment, person, reference_numbers=numbers), numbers
        except NationalRejected:
            if not numbers:
                raise
            return self.broker.search(treatment, person), ()

    def held(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, only: frozenset[str]
    ) -> OfferedPrescriptions:
        """As `offered`: a prescriber sees all of a prescription, and takes nothing before it reports."""
        return self.offered(treatment, person, only)

    def released(self, treatment: VerifiedTreatment, person: RegisteredPerson, only: frozenset[str]) -> None:
        """Nothing is held, so nothing is given back."""

    def _dispensings(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, ids: Mapping[str, str]
    ) -> dict[str, tuple[DispensingReport, ...] | None]:
        """What was dispensed on each; ``ids`` by themselves in lower case. None: what came could not be read."""

        def made(id_: str) -> tuple[DispensingReport, ...] | None:
            try:
                return self.broker.dispensings(treatment, person, id_)
            except NationalAnswerUnreadable:
                return None

        if not ids:
            return {}
        with ThreadPoolExecutor(_PARALLEL) as together:
            return dict(zip(ids, together.map(made, ids.values()), strict=True))


@dataclass(frozen=True, slots=True)
class PrescriptionsLookedAt:
    """A patient's prescriptions as they stand now; by ReseptId (lower case) what the offered ones are made of."""

    offered: OfferedPrescriptions
    uncounted: Mapping[str, NorwegianPrescription] = field(repr=False)
    """As prescribed: no dispensing was taken off."""
    made: Mapping[str, tuple[Dispensing, ...]] = field(repr=False)
    """The dispensings in force."""


@dataclass(frozen=True, slots=True)
class _Joined:
    """A prescription verified, read and joined with FEST, its dispensings not counted yet."""

    prescription: NorwegianPrescription
    sha256: str
    report: Report


class _Judging:
    """One patient's prescriptions in one request."""

    def __init__(
        self,
        source: ExportablePrescriptions,
        treatment: VerifiedTreatment,
        person: RegisteredPerson,
        *,
        multidose: bool,
        numbers: tuple[str, ...],
    ) -> None:
        self._source, self._multidose, self._numbers = source, multidose, frozenset(numbers)
        request = treatment.request
        self._reading = MedicineReading(
            her_numbers(person), source.systems, request.now, is_protected(person), source.sensitive
        )
        self._certificates = CertificateStates(source.certificates, request.now)
        # nobody says whether the patient herself stands at the counter: what is not known counts as a reason
        by = AskedBy.GUARDIAN if request.asker.next_of_kin else AskedBy.UNKNOWN
        self._asking = Asking(request.now, by, self._numbers)
        self.hopeful: dict[str, _Joined] = {}
        """By ReseptId (lower case), in Reseptformidleren's order: those that only their dispensings may hold back."""
        self._withheld: dict[str, tuple[str, ...]] = {}
        self.lost: set[str] = set()
        """Ids of rows that could not be read."""
        self.opened: set[str] = set()
        """Reference numbers that are of a prescription of hers."""

    def lose(self, rows: Iterable[str]) -> None:
        """Withhold what a list names and nobody could read."""
        for row in rows:
            self._withheld[row.lower()] = (UNREADABLE,)
            self.lost.add(row.lower())

    def read(self, wanted: Sequence[ListedPrescription], read: PrescriptionOriginals) -> None:
        """Verify, read, join and judge each once; one whose M1 did not come is withheld."""
        self.lose(read.unreadable)
        rows = {row.id.lower(): row for row in read.rows}
        for one in wanted:
            id_, by_number = one.id.lower(), one.reference_number in self._numbers
            attached = id_ in rows and id_ in read.originals
            if attached and by_number and one.reference_number is not None:
                self.opened.add(one.reference_number)
            if attached and id_ not in self._withheld:
                self._judge(id_, one, rows[id_], read.originals[id_])
            elif id_ not in self._withheld and not by_number:  # what a number brought and is not hers is not told of
                self._withheld[id_] = (NOT_ATTACHED,)

    def _judge(self, id_: str, listed: ListedPrescription, row: PrescriberRow, original: bytes) -> None:
        known = self._source
        told = PrescriptionContext(self._reading, known.root, _status(listed, row).value, multidose=self._multidose)
        try:
            signed, report = read_signed_prescription(original, told, self._certificates)
        except NorwegianMessageError:
            self._withheld[id_] = (UNREADABLE,)
            return
        joined, of_fest = with_fest(signed, known.fest)
        report.extend(of_fest)
        joined = replace(joined, guardian_reserved=joined.guardian_reserved or listed.guardian_reserved)
        reasons = self._against(joined)
        if reasons:
            self._withheld[id_] = reasons
        else:
            self.hopeful[id_] = _Joined(joined, hashlib.sha256(original).hexdigest(), report)

    def judged(
        self, reports: Mapping[str, tuple[DispensingReport, ...] | None], taken: frozenset[str]
    ) -> OfferedPrescriptions:
        """All of them, once the dispensings of the hopeful ones (and of others asked for) are there."""
        offered = []
        for id_, one in self.hopeful.items():
            made = reports[id_]
            if made is None:
                self._withheld[id_] = (DISPENSINGS_UNREADABLE,)
                continue
            left, of_count = with_dispensings(one.prescription, self._source.counted(made))
            reasons = self._against(left)
            if reasons:
                self._withheld[id_] = reasons
                continue
            state = PrescriptionState(id_, one.sha256, len(made), digest_of_reports(report.id for report in made))
            report = Report([*one.report.findings, *of_count.findings])
            offered.append(OfferedPrescription(left.item, state, left.guardian_reserved, report))
        of_offered = {one.state.prescription_id for one in offered}
        others = {id_: len(made) for id_, made in reports.items() if made is not None and id_ not in of_offered}
        unreadable = frozenset(id_ for id_, reasons in self._withheld.items() if set(reasons) & _UNREADABLE)
        return OfferedPrescriptions(tuple(offered), self._withheld, taken, unreadable, others)

    def _against(self, prescription: NorwegianPrescription) -> tuple[str, ...]:
        """Every reason against its leaving, by name."""
        return names_against_export(prescription, self._source.policy, self._asking)


def _status(listed: ListedPrescription, row: PrescriberRow) -> PrescriptionStatus:
    """Of the two lists the one that says it cannot be dispensed; a recall that is on its way is one."""
    if row.recall_pending:
        return PrescriptionStatus.RECALLED
    return row.status if listed.status is PrescriptionStatus.DISPENSABLE else listed.status
