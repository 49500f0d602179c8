"""A dispenser's role at Reseptformidleren, as the exchange would meet it: the double that shapes the port.

It sees the list alone (M9.1) and a prescription only by taking it (M9.3), so that its offers cannot be composed; what
it holds is given back by an M10. What it holds is read by the prescriber's rules, from the M1 it was given. The role
itself is to be built: its reading is this double's, and what it holds is kept in memory alone.
"""

from dataclasses import dataclass, field, replace
from uuid import uuid4

from gateway.admission import VerifiedTreatment
from gateway.errors import NationalRejected
from gateway.national.exportable_prescriptions import ExportablePrescriptions
from gateway.national.ports import OfferedPrescriptions, RegisteredPerson
from gateway.national.prescription_broker import (
    FoundPrescriptions,
    HeldPrescription,
    LockedPrescription,
    PrescriptionBroker,
    PrescriptionOriginals,
)
from gateway.national.prescriptions import patient_of
from transformers.norway.cancellation import Cancellation
from transformers.norway.dispensing_report import DispensingReport
from transformers.norway.prescription_status import PrescriptionStatus
from transformers.norway.read_prescriber_list_m96 import PrescriberRow

_ELSEWHERE = frozenset({"69", "70", "41", "96", "97"})
"""Volven 7419: another holds it, or nobody can any longer."""


@dataclass
class DispenserDouble:
    """`PrescriptionSource` of who takes to see. ``rules``: what a prescription is read with and judged by."""

    rules: ExportablePrescriptions
    held_now: dict[str, LockedPrescription] = field(default_factory=dict)
    """By id in lower case."""

    @property
    def broker(self) -> PrescriptionBroker:
        return self.rules.broker

    def offered(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, only: frozenset[str] | None = None
    ) -> OfferedPrescriptions:
        listed = self.broker.search(treatment, person).prescriptions
        wanted = [one for one in listed if only is None or one.id.lower() in only]
        taken = frozenset(one.id.lower() for one in wanted if one.status is PrescriptionStatus.LOCKED)
        return OfferedPrescriptions((), taken=taken, uncomposed=frozenset(one.id.lower() for one in wanted) - taken)

    def held(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, only: frozenset[str]
    ) -> OfferedPrescriptions:
        taken = set()
        for one in sorted(only - self.held_now.keys()):
            listed = self.broker.search(treatment, person)
            spelled = next((row.id for row in listed.prescriptions if row.id.lower() == one), one)
            wanted = HeldPrescription(spelled, listed.conversation)
            try:
                self.held_now[one] = self.broker.lock(treatment, patient_of(person), wanted, message_id=str(uuid4()))
            except NationalRejected as rejected:
                if not _ELSEWHERE & set(rejected.codes):
                    raise
                taken.add(one)
        ours = only & self.held_now.keys()
        read = replace(self.rules, broker=_WhatIsHeld(self))
        now = read.offered(treatment, person, ours) if ours else OfferedPrescriptions(())
        return replace(now, taken=frozenset(taken))

    def released(self, treatment: VerifiedTreatment, person: RegisteredPerson, only: frozenset[str]) -> None:
        for one in sorted(only & self.held_now.keys()):
            patient, held = patient_of(person), self.held_now[one].held
            written = self.broker.returned(treatment, patient, held, Cancellation.TECHNICAL, message_id=str(uuid4()))
            self.broker.give_back(written)
            del self.held_now[one]


@dataclass
class _WhatIsHeld:
    """Stands for the prescriber's reading: the M1 and the reports that came with each download."""

    dispenser: DispenserDouble

    def search(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, *, reference_numbers: tuple[str, ...] = ()
    ) -> FoundPrescriptions:
        found = self.dispenser.broker.search(treatment, person, reference_numbers=reference_numbers)
        free = [replace(one, status=PrescriptionStatus.DISPENSABLE) for one in found.prescriptions]
        return replace(found, prescriptions=tuple(free))

    def originals(
        self, _treatment: VerifiedTreatment, _person: RegisteredPerson, *, reference_numbers: tuple[str, ...] = ()
    ) -> PrescriptionOriginals:
        held = self.dispenser.held_now
        free = PrescriptionStatus.DISPENSABLE
        rows = tuple(
            PrescriberRow(one.held.prescription_id, free, None, None, False, None, ()) for one in held.values()
        )
        return PrescriptionOriginals(rows, {id_: one.original for id_, one in held.items()}, locked_exist=False)

    def dispensings(
        self, _treatment: VerifiedTreatment, _person: RegisteredPerson, prescription_id: str
    ) -> tuple[DispensingReport, ...]:
        return self.dispenser.held_now[prescription_id.lower()].dispensings
