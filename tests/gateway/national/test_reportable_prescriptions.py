"""Whether dispensings abroad may be reported, decided on prescriptions as the simulator has them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.errors import (
    DispensationIncomplete,
    MoreThanLeft,
    NationalAnswerUnreadable,
    PrescriptionDispensed,
    PrescriptionGone,
    PrescriptionTaken,
    ProductUnidentified,
    SubstitutionForbidden,
)
from gateway.national.doors import NationalDoors
from gateway.national.exportable_prescriptions import ExportablePrescriptions
from gateway.national.ports import AmountRemark, OfferedPrescription, ReportableDispensing, WantedDispensing
from gateway.national.prescription_broker import PrescriptionBroker
from gateway.national.reportable_prescriptions import ReportablePrescriptions
from tests.support.norway.doors import doors_to, national_table_with_prescriptions, verified_treatment
from tests.support.norway.eresept_messages import dispensing, foreign_dispensation, norwegian_medicine
from tests.support.norway.m1 import ROOT, policy
from tests.support.norway.simulator import CLIENT_ID, running
from tests.support.norway.source_messages import SYSTEMS
from tests.support.persons.prescriptions import sources
from tests.support.persons.samples import persons
from transformers.model.prescription import Substitution
from transformers.model.summary import PackageLayer
from transformers.model.values import Coded, Coding, Moment, Quantity
from transformers.norway.dispensing_report import DispensingReport
from transformers.norway.prescription_status import PrescriptionStatus

UCUM, WHO = "2.16.840.1.113883.6.8", "2.16.840.1.113883.6.73"
TABLETS = Coded(None, Coding("{tablet}", UCUM), (), Coding("{tablet}", UCUM))
OTHER_SUBSTANCE = Coded(original=Coding("J01CE02", WHO, "phenoxymethylpenicillin"))


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NationalDoors]:
    with running(tmp_path_factory.mktemp("reportable")) as simulator:
        table = national_table_with_prescriptions(simulator.base_url, simulator.client_key_file, CLIENT_ID)
        with doors_to(table) as made:
            yield made


@dataclass(frozen=True)
class Changed:
    """The door to prescriptions, with what it says changed on the way."""

    broker: Any
    status: PrescriptionStatus | None = None
    recalled: bool = False
    gone: bool = False
    dispensed: tuple[DispensingReport, ...] = ()
    unreadable: bool = False

    def search(self, treatment, person, *, reference_numbers=()):
        found = self.broker.search(treatment, person, reference_numbers=reference_numbers)
        said = {} if self.status is None else {"status": self.status}
        return replace(found, prescriptions=() if self.gone else tuple(replace(o, **said) for o in found.prescriptions))

    def originals(self, treatment, person, *, reference_numbers=()):
        read = self.broker.originals(treatment, person, reference_numbers=reference_numbers)
        return replace(read, rows=tuple(replace(row, recall_pending=self.recalled) for row in read.rows))

    def dispensings(self, treatment, person, prescription_id):
        if self.unreadable:
            raise NationalAnswerUnreadable("prescriptions")
        return (*self.broker.dispensings(treatment, person, prescription_id), *self.dispensed)


class Remembering:
    """The door to prescriptions, each question asked once."""

    def __init__(self, broker: PrescriptionBroker) -> None:
        self.search = cache(broker.search)
        self.originals = cache(broker.originals)
        self.dispensings = cache(broker.dispensings)


class Reserved(ExportablePrescriptions):
    """Prescriptions whose prescribers all reserved themselves against another product."""

    def looked_at(self, treatment, person, only=None):
        found = super().looked_at(treatment, person, only)
        items = {id_: replace(one.item, substitution=Substitution.NOT_ALLOWED) for id_, one in found.uncounted.items()}
        return replace(found, uncounted={id_: replace(found.uncounted[id_], item=item) for id_, item in items.items()})


class Numbered(ExportablePrescriptions):
    """Prescriptions with a reference number, locked by it or not."""

    locks = False

    def looked_at(self, treatment, person, only=None):
        found = super().looked_at(treatment, person, only)
        made = {
            id_: replace(one, reference_number="987654321", locked=self.locks) for id_, one in found.uncounted.items()
        }
        return replace(found, uncounted=made)


class NumberedAndLocked(Numbered):
    locks = True


@dataclass
class Counter:
    """A person's prescriptions as they were listed, and what is handed out on them."""

    doors: NationalDoors
    refuse_excess: bool = False

    def __post_init__(self) -> None:
        assert self.doors.prescriptions is not None
        self.broker = Remembering(self.doors.prescriptions)
        self.treatment = verified_treatment(persons()["ordinary-old-woman"])
        person = self.doors.person_register.find(self.treatment.request, self.treatment.request.patient)
        assert person is not None
        self.person = person
        offered = self.rules().source.offered(self.treatment, self.person)
        self.listed = {one.item.product.name.split()[0].lower(): one for one in offered.offered}

    def rules(
        self, kind: type[ExportablePrescriptions] = ExportablePrescriptions, **changes: Any
    ) -> ReportablePrescriptions:
        known = sources()
        source = kind(
            Changed(self.broker, **changes),
            known.fest,
            known.certificates,
            policy(),
            SYSTEMS,
            ROOT,  # type: ignore[arg-type]  # what is asked of it
        )
        return ReportablePrescriptions(source, "999999", refuse_excess=self.refuse_excess)

    @property
    def one(self) -> OfferedPrescription:
        """The first of them."""
        return next(iter(self.listed.values()))

    @property
    def other(self) -> OfferedPrescription:
        """The last of them."""
        return list(self.listed.values())[-1]

    def wanted(self, of: OfferedPrescription | None = None, **changes: Any) -> WantedDispensing:
        """The product as prescribed, one package of its size; ``changes`` are fields of what is handed out."""
        of = of or self.one
        usual = {
            "prescription_item": of.item.id,
            "product": of.item.product,
            "prescribed_product": of.item.product,
            "quantity": Quantity(Decimal(1)),
            "substituted": False,
            "dispensed": Moment(self.treatment.request.now.isoformat()),
        }
        return WantedDispensing(of.state, foreign_dispensation(**(usual | changes)))

    def decide(self, *wanted: WantedDispensing, **changes: Any) -> tuple[ReportableDispensing, ...]:
        return self.rules(**changes).decide(self.treatment, self.person, wanted or (self.wanted(),))


@pytest.fixture(scope="module")
def counter(doors: NationalDoors) -> Counter:
    made = Counter(doors)
    assert made.one.item.substitution is not Substitution.NOT_ALLOWED
    return made


def packages(count: int) -> Quantity:
    return Quantity(Decimal(count))


def test_what_is_left_may_be_reported_with_its_proof(counter: Counter):
    (one,) = counter.decide()
    assert (one.state, one.group, one.closes, one.verdict, one.remark) == (
        counter.one.state,
        "C",
        False,
        "within",
        None,
    )
    assert one.prescribed == counter.one.item.product
    assert any(line.startswith("before: left") for line in one.proof)
    assert any(line.startswith("after: left") for line in one.proof)


def test_all_of_it_closes_and_the_last_of_a_submission_says_so(counter: Counter):
    (whole,) = counter.decide(counter.wanted(quantity=packages(4)))
    assert (whole.verdict, whole.closes) == ("closes", True)
    first, second = counter.decide(counter.wanted(quantity=packages(3)), counter.wanted())
    assert [(one.verdict, one.closes) for one in (first, second)] == [("closes", False), ("closes", True)]


def test_dispensings_of_two_prescriptions_are_decided_in_the_order_they_came(counter: Counter):
    one, other = counter.wanted(), counter.wanted(counter.other)
    for wanted in ((one, other), (other, one)):
        assert [made.state for made in counter.decide(*wanted)] == [want.listed for want in wanted]


def test_two_documents_that_together_exceed_what_is_left_are_refused_together(counter: Counter):
    with pytest.raises(MoreThanLeft):
        counter.decide(counter.wanted(quantity=packages(3)), counter.wanted(quantity=packages(2)))
    assert len(counter.decide(counter.wanted(quantity=packages(2)), counter.wanted(quantity=packages(2)))) == 2


@pytest.mark.parametrize("count", [5, 6, 1000])
def test_more_than_is_left_by_a_package_or_more_is_refused(counter: Counter, count: int):
    with pytest.raises(MoreThanLeft):
        counter.decide(counter.wanted(quantity=packages(count)))


def test_more_than_is_left_is_an_alarm_and_what_is_left_is_none(counter: Counter):
    with capture_logs() as alarm, pytest.raises(MoreThanLeft):
        counter.decide(counter.wanted(quantity=packages(6)))
    assert [(one["event"], one["log_level"]) for one in alarm] == [("more-than-left", "error")]
    with capture_logs() as quiet:
        counter.decide(counter.wanted(quantity=packages(4)))
    assert quiet == []


def test_a_locked_prescription_is_taken_with_its_number_and_no_other_is(counter: Counter):
    (locked,), (open_,) = counter.decide(kind=NumberedAndLocked), counter.decide(kind=Numbered)
    assert (locked.reference_number, open_.reference_number) == ("987654321", None)


def larger(counter: Counter, content: str) -> dict[str, Any]:
    """A package of so many pieces, said to be another product of the same kind."""
    inner = counter.one.item.product.packages[0]
    assert inner.quantity is not None
    layer = PackageLayer(replace(inner.quantity, value=Decimal(content)))
    return {"product": replace(counter.one.item.product, packages=(layer,)), "substituted": True}


def test_more_than_is_left_by_less_than_a_package_is_a_warning_and_a_setting_refuses_it(counter: Counter, doors):
    inner = counter.one.item.product.packages[0].quantity
    assert inner is not None
    total = inner.value * 4
    over = counter.wanted(**larger(counter, str(total + 1)))
    (made,) = counter.decide(over)
    assert (made.remark, made.closes) == (AmountRemark.EXCESS, True)
    with pytest.raises(MoreThanLeft):
        Counter(doors, refuse_excess=True).decide(over)


def test_what_cannot_be_compared_is_reported_with_a_warning_and_closes_nothing(counter: Counter):
    unlike = replace(counter.one.item.product, packages=())
    (made,) = counter.decide(counter.wanted(product=unlike, substituted=True))
    assert (made.remark, made.closes, made.verdict) == (AmountRemark.NOT_COMPARABLE, False, "not-comparable")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"status": PrescriptionStatus.LOCKED}, PrescriptionTaken),
        ({"recalled": True}, PrescriptionGone),
        ({"status": PrescriptionStatus.CLOSED}, PrescriptionGone),
        ({"gone": True}, PrescriptionGone),
        ({"unreadable": True}, NationalAnswerUnreadable),
    ],
)
def test_a_prescription_that_cannot_be_dispensed_any_more_refuses(counter: Counter, changes, refusal):
    with pytest.raises(refusal):
        counter.decide(**changes)
    assert counter.decide()


def handed_out(id_: str, *, closed: bool = False, count: int = 1) -> DispensingReport:
    return dispensing(id=id_, closed=closed, medicine=norwegian_medicine(item_number="0", packages=Decimal(count)))


def test_one_that_was_closed_since_is_exhausted(counter: Counter):
    for changes in (
        {"dispensed": (handed_out("r-1", closed=True),)},
        {"dispensed": (handed_out("r-1"),), "gone": True},
    ):
        with pytest.raises(PrescriptionDispensed):
            counter.decide(**changes)


def test_one_whose_message_is_another_now_is_gone(counter: Counter):
    other = replace(counter.one.state, sha256="0" * 64)
    with pytest.raises(PrescriptionGone):
        counter.decide(replace(counter.wanted(), listed=other))


def test_it_may_be_dispensed_again_without_being_listed_again(counter: Counter):
    """Repeats: what was listed says less by then, and what is left decides."""
    report = dispensing(id="r-1", medicine=norwegian_medicine(item_number=None, packages=Decimal(1), package_size=None))
    assert report.medicine is not None
    exact = replace(report, medicine=replace(report.medicine, item_number=_item_number(counter)))
    (made,) = counter.decide(counter.wanted(quantity=packages(3)), dispensed=(exact,))
    assert (made.state.dispensings, made.closes) == (1, True)
    with pytest.raises(MoreThanLeft):
        counter.decide(counter.wanted(quantity=packages(4)), dispensed=(exact,))


def _item_number(counter: Counter) -> str | None:
    looked = counter.rules().source.looked_at(counter.treatment, counter.person)
    return looked.uncounted[counter.one.state.prescription_id].item_number


# --- product and substitution ----------------------------------------------------------------------------------------


def test_another_product_may_be_handed_out_where_the_prescriber_allows_it(counter: Counter):
    assert counter.decide(counter.wanted(substituted=True))
    with pytest.raises(SubstitutionForbidden):
        counter.decide(counter.wanted(substituted=True), kind=Reserved)
    assert counter.decide(counter.wanted(), kind=Reserved)


def test_another_substance_that_is_not_said_to_be_one_is_refused(counter: Counter):
    other = replace(counter.one.item.product, atc=OTHER_SUBSTANCE)
    with pytest.raises(ProductUnidentified):
        counter.decide(counter.wanted(product=other))
    assert counter.decide(counter.wanted(product=other, substituted=True))
    with pytest.raises(SubstitutionForbidden):
        counter.decide(counter.wanted(product=other), kind=Reserved)


def test_a_document_that_tells_of_another_product_prescribed_is_refused(counter: Counter):
    other = replace(counter.one.item.product, atc=OTHER_SUBSTANCE)
    with pytest.raises(ProductUnidentified):
        counter.decide(counter.wanted(prescribed_product=other))
    assert counter.decide(counter.wanted(prescribed_product=None))


def test_an_amount_whose_packages_cannot_be_told_is_refused(counter: Counter):
    unlike = replace(counter.one.item.product, packages=())
    with pytest.raises(ProductUnidentified):
        counter.decide(counter.wanted(product=unlike, quantity=Quantity(Decimal(28), TABLETS)))


# --- the day ---------------------------------------------------------------------------------------------------------


def test_a_day_that_has_not_come_or_lies_before_the_prescription_is_refused(counter: Counter):
    now = counter.treatment.request.now
    prescribed = counter.one.item.prescribed
    assert prescribed is not None
    for stated in (
        (now + timedelta(minutes=11)).isoformat(),
        (now + timedelta(days=2)).date().isoformat(),
        "1999-01-01",
    ):
        with pytest.raises(DispensationIncomplete):
            counter.decide(counter.wanted(dispensed=Moment(stated)))
    for stated in ((now + timedelta(minutes=9)).isoformat(), now.date().isoformat(), prescribed.iso[:10]):
        assert counter.decide(counter.wanted(dispensed=Moment(stated)))
