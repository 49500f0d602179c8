"""Norway: whether dispensings abroad may be reported on prescriptions as Reseptformidleren has them now.

The prescriptions are looked at as for a list (M9.1, M9.5, M9.7): what may not be listed any more may not be dispensed
either. Then product, substitution and day, and the amounts of a submission together
(`transformers/norway/remaining.py`). Nothing is locked, nothing sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from gateway.admission import VerifiedTreatment
from gateway.errors import (
    DispensationIncomplete,
    MoreThanLeft,
    NationalAnswerUnreadable,
    PrescriptionDispensed,
    PrescriptionGone,
    PrescriptionTaken,
    ProductUnidentified,
    Refusal,
    SubstitutionForbidden,
)
from gateway.log_lines import logger
from gateway.national.exportable_prescriptions import ExportablePrescriptions, PrescriptionsLookedAt
from gateway.national.people import current_number
from gateway.national.ports import (
    AmountRemark,
    OfferedPrescriptions,
    PrescriptionState,
    RegisteredPerson,
    ReportableDispensing,
    WantedDispensing,
)
from gateway.national.prescriptions import SERVICE
from transformers.model.prescription import DispensedItem, PrescribedItem, Substitution
from transformers.model.summary import MedicinalProduct
from transformers.norway.code_systems import ATC, ATC_NORWEGIAN
from transformers.norway.dispensing_report import counted
from transformers.norway.errors import Malformed
from transformers.norway.exportable import ExportBar
from transformers.norway.foreign_dispensing import DispensedAbroad, report_of_dispensing_abroad
from transformers.norway.msghead_patient import head_patient
from transformers.norway.prescription import Dispensing, NorwegianPrescription
from transformers.norway.remaining import (
    AmountDecision,
    AmountsLeft,
    AmountVerdict,
    Balance,
    decide_amounts,
    prescribed_amount,
)

_log = logger("ncpeh.dispensing")
_FARTHEST = timedelta(hours=14)
"""From UTC to the zone where a day begins first."""
_AHEAD = timedelta(minutes=10)
"""How far another country's clock may be ahead of ours: twice what a clock may differ by."""
_A_DAY = timedelta(days=1)
"""Days of two zones may differ by one."""
_UNCOUNTED = "Antall"


@dataclass(frozen=True, slots=True)
class ReportablePrescriptions:
    """`PrescriptionDispensing` of Norway."""

    source: ExportablePrescriptions
    foreign_item_number: str
    """Varenr that stands for products from abroad, as agreed with Reseptformidleren."""
    refuse_excess: bool = False
    """Refuse what is more than is left by less than a package, too."""

    def decide(
        self, treatment: VerifiedTreatment, person: RegisteredPerson, wanted: Sequence[WantedDispensing]
    ) -> tuple[ReportableDispensing, ...]:
        """All of a submission, in its order."""
        ids = frozenset(one.listed.prescription_id for one in wanted)
        found = self.source.looked_at(treatment, person, ids)
        states = {one.listed.prescription_id: _as_it_stands(one.listed, found.offered) for one in wanted}
        decided: dict[int, ReportableDispensing] = {}
        for id_ in sorted(ids):
            places = [place for place, one in enumerate(wanted) if one.listed.prescription_id == id_]
            of_one = _OfOne(self, treatment, person, states[id_], found)
            decided |= zip(places, of_one.decided([wanted[place] for place in places]), strict=True)
        return tuple(decided[place] for place in range(len(wanted)))


def _as_it_stands(listed: PrescriptionState, now: OfferedPrescriptions) -> PrescriptionState:
    """The prescription's state now, when it may still be dispensed and is the one that was listed."""
    key = listed.prescription_id
    if key in now.taken:
        raise PrescriptionTaken
    if key in now.unreadable:
        raise NationalAnswerUnreadable(SERVICE)
    state = next((one.state for one in now.offered if one.state.prescription_id == key), None)
    if state is None:
        exhausted = ExportBar.NOTHING_LEFT.value in now.withheld.get(key, ())
        more = now.dispensings.get(key, 0) > listed.dispensings
        raise PrescriptionDispensed if exhausted or more else PrescriptionGone
    if state.sha256 != listed.sha256:
        raise PrescriptionGone
    return state


@dataclass(frozen=True, slots=True)
class _OfOne:
    """The dispensings of one prescription in one submission."""

    rules: ReportablePrescriptions
    treatment: VerifiedTreatment
    person: RegisteredPerson
    state: PrescriptionState
    found: PrescriptionsLookedAt = field(repr=False)

    @property
    def prescription(self) -> NorwegianPrescription:
        """As prescribed, before anything was dispensed."""
        return self.found.uncounted[self.state.prescription_id]

    def decided(self, wanted: Sequence[WantedDispensing]) -> tuple[ReportableDispensing, ...]:
        """Each, the last of them with what is left after all."""
        prescription, now = self.prescription, self.treatment.request.now
        new = []
        for one in wanted:
            item = one.dispensation.item
            _require_day(item, prescription.item, now)
            _require_product(item, prescription.item)
            new.append(self._counted(one))
        amounts = decide_amounts(
            prescribed_amount(prescription),
            self.found.made[self.state.prescription_id],
            new,
            refuse_excess=self.rules.refuse_excess,
        )
        self._require_amount(amounts)
        made = ReportableDispensing(
            self.state,
            prescription.reseptgruppe or "",
            prescription.item.product,
            closes=False,
            verdict=amounts.verdict.value,
            remark=_REMARKS.get(amounts.verdict),
            reference_number=prescription.reference_number if prescription.locked else None,
            proof=(*_told("before", amounts.before), *_told("after", amounts.after)),
        )
        return (made,) * (len(wanted) - 1) + (replace(made, closes=amounts.closes),)

    def _counted(self, one: WantedDispensing) -> Dispensing:
        """As its report would be counted. Raises ProductUnidentified, DispensationIncomplete."""
        about = DispensedAbroad(
            report_id="",
            prescription_id=self.state.prescription_id,
            patient=head_patient(self.person.person, number=current_number(self.person)),
            group=self.prescription.reseptgruppe or "",
            item_number=self.rules.foreign_item_number,
            her_id="",
            country=self.treatment.request.asker.country,
            employee_id="",
            closes=False,
            systems=self.rules.source.systems,
            prescribed=self.prescription.item.product,
        )
        try:
            report, _ = report_of_dispensing_abroad(one.dispensation, about)
        except Malformed as fault:
            raise (ProductUnidentified() if fault.what == _UNCOUNTED else DispensationIncomplete(fault.what)) from None
        return counted(report)

    def _require_amount(self, amounts: AmountDecision) -> None:
        if amounts.alarms:
            correlation = self.treatment.request.correlation
            _log.error("more-than-left", correlation=correlation, verdict=amounts.verdict.value)
        if not amounts.refused:
            return
        raise _REFUSED_AMOUNTS.get(amounts.verdict, MoreThanLeft)


_REMARKS: Mapping[AmountVerdict, AmountRemark] = {
    AmountVerdict.OVER_BY_LESS_THAN_A_PACKAGE: AmountRemark.EXCESS,
    AmountVerdict.NOT_COMPARABLE: AmountRemark.NOT_COMPARABLE,
}
_REFUSED_AMOUNTS: Mapping[AmountVerdict, type[Refusal]] = {
    AmountVerdict.EXHAUSTED: PrescriptionDispensed,
    AmountVerdict.LEFT_UNKNOWN: ProductUnidentified,
}


def _require_day(item: DispensedItem, prescribed: PrescribedItem, now: datetime) -> None:
    """Handed out by now, and not before it was prescribed. Raises DispensationIncomplete."""
    stated = item.dispensed
    if stated is None:
        raise DispensationIncomplete("item.dispensed")
    if "T" in stated.iso:
        ahead = datetime.fromisoformat(stated.iso) > now + _AHEAD
    else:
        ahead = stated.iso[:10] > (now + _FARTHEST).date().isoformat()
    written = None if prescribed.prescribed is None else date.fromisoformat(prescribed.prescribed.iso[:10])
    before = written is not None and stated.iso[:10] < (written - _A_DAY).isoformat()
    if ahead or before:
        raise DispensationIncomplete("item.dispensed")


def _require_product(item: DispensedItem, prescribed: PrescribedItem) -> None:
    """What the document says was prescribed was, and another substance than that is said to be one.

    Raises ProductUnidentified, SubstitutionForbidden.
    """
    ours, said, given = _atc(prescribed.product), _atc(item.prescribed_product), _atc(item.product)
    if ours is not None and said is not None and ours != said:
        raise ProductUnidentified
    other = given is not None and ours is not None and given != ours
    if (item.substituted or other) and prescribed.substitution is Substitution.NOT_ALLOWED:
        raise SubstitutionForbidden
    if other and not item.substituted:
        raise ProductUnidentified


def _atc(product: MedicinalProduct | None) -> str | None:
    concept = None if product is None else product.atc
    if concept is None:
        return None
    codings = (concept.original, concept.target, *concept.others)
    return next((one.code for one in codings if one is not None and one.system in (ATC, ATC_NORWEGIAN)), None)


def _told(when: str, balance: Balance) -> tuple[str, ...]:
    """A balance for the evidence."""
    unit = balance.unit or ""
    left = str(balance.left) if isinstance(balance, AmountsLeft) else "not comparable"
    counted_ = (f"{one.stated} = {one.amount if one.amount is not None else one.why}" for one in balance.counted)
    return (f"{when}: prescribed {balance.prescribed} {unit}", *counted_, f"{when}: left {left}")
