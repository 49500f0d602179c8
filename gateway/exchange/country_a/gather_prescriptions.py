"""Country A, gather: a patient's prescriptions as Reseptformidleren has them now, and which of them may cross.

Searched (M9.1), read in full (M9.5), dispensings counted (M9.7): nothing is locked. Each step may hold a prescription
back; the reasons go to the evidence. Rules: `transformers/norway/exportable.py`, `config/exportability.toml`.
"""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from gateway.admission import VerifiedTreatment
from gateway.exchange.ports import Prescribing, PrescriptionState, Trail
from gateway.national.people import her_numbers, is_protected
from gateway.national.ports import PrescriptionOriginals, RegisteredPerson
from gateway.national.prescription_signature import read_signed_prescription
from transformers.model.finding import Report
from transformers.norway.dispensing_report import DispensingReport, counted
from transformers.norway.errors import NorwegianMessageError
from transformers.norway.exportable import AskedBy, Asking, ExportBar, reasons_against_export
from transformers.norway.prescription import NorwegianPrescription
from transformers.norway.prescription_status import PrescriptionStatus
from transformers.norway.read_prescriber_list_m96 import PrescriberRow
from transformers.norway.read_prescription import PrescriptionContext
from transformers.norway.read_prescription_list_m92 import ListedPrescription
from transformers.norway.read_prescription_m1 import MedicineReading
from transformers.norway.with_fest import with_fest

_ORIGIN = "prescriptions"
_PARALLEL = 4
"""Dispensings asked for at the same time."""
NOT_ATTACHED, UNREADABLE = "not-attached", "unreadable"


@dataclass(frozen=True, slots=True)
class Offered:
    """A prescription that may cross, joined with FEST."""

    prescription: NorwegianPrescription
    state: PrescriptionState
    report: Report


@dataclass(frozen=True, slots=True)
class GatheredPrescriptions:
    """What may cross, in Reseptformidleren's order; and by ReseptId (lower case) why the others may not."""

    offered: tuple[Offered, ...]
    withheld: dict[str, tuple[str, ...]]
    statuses: dict[str, PrescriptionStatus]
    """Of every active one, by ReseptId (lower case)."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    listed: ListedPrescription
    row: PrescriberRow
    original: bytes = field(repr=False)


def gather_prescriptions(
    treatment: VerifiedTreatment,
    person: RegisteredPerson,
    prescribing: Prescribing,
    trail: Trail,
    only: frozenset[str] | None = None,
) -> GatheredPrescriptions:
    """Her active prescriptions, or of these ``only`` those of that ReseptId (lower case).

    Raises NationalRefused leaves: a list that may lack something is not given.
    """
    trail.origins.append(_ORIGIN)
    trail.categories.append(_ORIGIN)
    found = prescribing.broker.search(treatment, person)
    wanted = [one for one in found.prescriptions if only is None or one.id.lower() in only]
    statuses = {one.id.lower(): one.status for one in wanted}
    if not wanted:
        return GatheredPrescriptions((), {}, statuses)
    read = prescribing.broker.originals(treatment, person)
    work = _Work(treatment, person, prescribing, multidose=found.multidose)
    withheld: dict[str, tuple[str, ...]] = {}
    hopeful = []
    for one in _candidates(wanted, read, withheld):
        reasons = work.look(one, ())[1]
        if reasons:
            withheld[one.listed.id.lower()] = reasons
        else:
            hopeful.append(one)
    offered = []
    for one, made in zip(hopeful, work.dispensings(hopeful), strict=True):
        offer, reasons = work.look(one, made)
        if offer is None or reasons:
            withheld[one.listed.id.lower()] = reasons
        else:
            offered.append(offer)
    return GatheredPrescriptions(tuple(offered), withheld, statuses)


def _candidates(
    wanted: Sequence[ListedPrescription], read: PrescriptionOriginals, withheld: dict[str, tuple[str, ...]]
) -> list[_Candidate]:
    """Those whose M1 came; the others are withheld."""
    rows = {row.id.lower(): row for row in read.rows}
    found = []
    for one in wanted:
        key = one.id.lower()
        if key in rows and key in read.originals:
            found.append(_Candidate(one, rows[key], read.originals[key]))
        else:
            withheld[key] = (NOT_ATTACHED,)
    return found


class _Work:
    """One patient's prescriptions, looked at one by one."""

    def __init__(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, prescribing: Prescribing, *, multidose: bool
    ) -> None:
        self._treatment, self._person, self._prescribing = treatment, person, prescribing
        self._multidose = multidose
        request = treatment.request
        self._reading = MedicineReading(
            her_numbers(person), prescribing.systems, request.now, is_protected(person), prescribing.sensitive
        )
        # nobody says whether the patient herself stands at the counter: what is not known counts as a reason
        self._asking = Asking(request.now, AskedBy.GUARDIAN if request.asker.next_of_kin else AskedBy.UNKNOWN)

    def look(self, one: _Candidate, reports: tuple[DispensingReport, ...]) -> tuple[Offered | None, tuple[str, ...]]:
        """The prescription with those dispensings, and every reason against it."""
        known = self._prescribing
        made = tuple(map(counted, reports))
        told = PrescriptionContext(self._reading, known.root, _status(one).value, made, self._multidose)
        try:
            signed, report = read_signed_prescription(one.original, told, known.certificates)
        except NorwegianMessageError:
            return None, (UNREADABLE,)
        joined, of_fest = with_fest(signed, known.fest)
        report.extend(of_fest)
        joined = replace(joined, guardian_reserved=joined.guardian_reserved or one.listed.guardian_reserved)
        against = reasons_against_export(joined, known.policy, self._asking)
        reasons = tuple(
            f"{reason.why.value}/{joined.signature.value}" if reason.why is ExportBar.SIGNATURE else reason.why.value
            for reason in against
        )
        digest = hashlib.sha256(one.original).hexdigest()
        state = PrescriptionState(one.listed.id.lower(), digest, len(reports), _which(reports))
        return Offered(joined, state, report), reasons

    def dispensings(self, every: Sequence[_Candidate]) -> list[tuple[DispensingReport, ...]]:
        """What was dispensed on each."""
        broker, treatment, person = self._prescribing.broker, self._treatment, self._person

        def made(one: _Candidate) -> tuple[DispensingReport, ...]:
            return broker.dispensings(treatment, person, one.listed.id)

        if not every:
            return []
        with ThreadPoolExecutor(_PARALLEL) as pool:
            return list(pool.map(made, every))


def _which(reports: Sequence[DispensingReport]) -> str:
    """A digest of the reports' ids, in any order; empty when there are none."""
    ids = sorted(report.id.lower() for report in reports)
    return hashlib.sha256("\n".join(ids).encode()).hexdigest() if ids else ""


def _status(one: _Candidate) -> PrescriptionStatus:
    """Of the two lists the one that says it cannot be dispensed; a recall that is on its way is one."""
    if one.row.recall_pending:
        return PrescriptionStatus.RECALLED
    return one.row.status if one.listed.status is PrescriptionStatus.DISPENSABLE else one.listed.status
