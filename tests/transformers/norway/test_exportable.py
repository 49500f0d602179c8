"""Which prescriptions may cross: a row of the table, a failing prescription, and its twin that may."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.support.norway.m1 import NOW, policy
from tests.support.persons.prescriptions import joined_prescriptions, sample_prescription
from transformers.model.decisions import TABLE, DecidingField, DecisionKind
from transformers.model.values import Coded, Coding, Moment, Quantity
from transformers.norway.exportable import (
    MANDATORY,
    AskedBy,
    Asking,
    ExportBar,
    ExportPolicy,
    reasons_against_export,
)
from transformers.norway.prescription import Level, NorwegianPrescription, SignatureState

GOOD = sample_prescription("daily")
Change = Callable[[NorwegianPrescription], NorwegianPrescription]


def against(
    prescription: NorwegianPrescription, rules: ExportPolicy | None = None, asking: Asking | None = None
) -> list[ExportBar]:
    found = reasons_against_export(prescription, rules or policy(), asking or Asking(NOW))
    return [reason.why for reason in found]


def changed(**facts: object) -> Change:
    return lambda one: replace(one, **facts)  # type: ignore[arg-type]  # the test names the field


def item(**facts: object) -> Change:
    return lambda one: replace(one, item=replace(one.item, **facts))  # type: ignore[arg-type]  # the test names the field


def coded(code: str, volven: int) -> Coded:
    return Coded(code, Coding(code, f"2.16.578.1.12.4.1.1.{volven}"))


def atc(code: str | None) -> Change:
    product = replace(GOOD.item.product, atc=None if code is None else coded(code, 7180))
    return item(product=product)


def turned(why: ExportBar, *, applies: bool) -> ExportPolicy:
    reasons = dict(policy().reasons)
    reasons[why] = replace(reasons[why], applies=applies)
    return ExportPolicy(reasons, policy().scheduled)


ROWS: dict[ExportBar, tuple[Change, Change]] = {
    ExportBar.SIGNATURE: (changed(signature=SignatureState.BROKEN), changed(signature=SignatureState.VALID)),
    ExportBar.GROUP_A: (changed(reseptgruppe="A"), changed(reseptgruppe="C")),
    ExportBar.GROUP_UNKNOWN: (changed(reseptgruppe=None), changed(reseptgruppe="CF")),
    ExportBar.STATUS: (changed(status="U"), changed(status="E")),
    ExportBar.EXPIRED: (item(valid_until=Moment("2026-11-19")), item(valid_until=Moment("2026-11-20"))),
    ExportBar.NOTHING_LEFT: (item(completed=True), item(completed=False)),
    ExportBar.LEFT_NOT_COMPARABLE: (changed(not_comparable=("unit-differs",)), changed(not_comparable=())),
    ExportBar.LOCKED: (changed(locked=True, reference_number="42"), changed(locked=False)),
    ExportBar.AMOUNT_MISSING: (item(packages=None), item(packages=None, amount=Quantity(Decimal(30)))),
    ExportBar.GOODS: (changed(level=Level.GOODS), changed(level=Level.PACKAGE)),
    ExportBar.COMPOUNDED: (changed(level=Level.COMPOUNDED), changed(level=Level.BRAND)),
    ExportBar.SINGLE_DOSE: (changed(level=Level.DOSE), changed(level=Level.PACKAGE)),
    ExportBar.MULTIDOSE: (changed(multidose=True), changed(multidose=False)),
    ExportBar.OWN_PRACTICE: (changed(own_practice=True), changed(own_practice=False)),
    ExportBar.GROUP_B: (changed(reseptgruppe="B"), changed(reseptgruppe="C")),
    ExportBar.SCHEDULED: (atc("N05BA01"), atc("N05CF01")),
    ExportBar.GROUP_F: (changed(reseptgruppe="F"), changed(reseptgruppe="CF")),
    ExportBar.SUPPLEMENT: (changed(reseptgruppe="K"), changed(reseptgruppe="C")),
    ExportBar.APPROVAL_EXEMPTION: (changed(approval_exemption=True), changed(approval_exemption=False)),
    ExportBar.HOSPITAL: (changed(reimbursement=coded("950", 7427)), changed(reimbursement=coded("200", 7427))),
    ExportBar.GUARDIAN_RESERVED: (changed(guardian_reserved=True), changed(guardian_reserved=False)),
    ExportBar.EXPEDITION_REQUESTED: (changed(expedition_requested=True), changed(expedition_requested=False)),
    ExportBar.NOT_YET: (changed(earliest=Moment("2026-11-21")), changed(earliest=Moment("2026-11-20"))),
    ExportBar.VACCINE: (changed(use=coded("4", 9101)), changed(use=coded("1", 9101))),
}


ABSENT: dict[str, Change] = {
    "signature": changed(signature=SignatureState.MISSING),
    "group": changed(reseptgruppe=None),
    "status": changed(status=None),
    "valid-until": item(valid_until=None),
    "amount": item(packages=None, amount=None),
    "substitution": item(substitution=None),
    "earliest": changed(earliest=None),
}


@pytest.mark.parametrize("row", TABLE[DecisionKind.EXPORT], ids=lambda row: row.name)
def test_what_is_absent_bars_by_its_row_or_has_the_guides_default(row: DecidingField):
    assert against(GOOD) == []
    assert against(ABSENT[row.name](GOOD)) == ([] if row.reason is None else [ExportBar(row.reason)])


def test_an_ordinary_prescription_may_cross():
    assert against(GOOD) == []


@pytest.mark.parametrize("why", [one for one in ExportBar if one is not ExportBar.GUARDIAN_RESERVED_FROM_ALL])
def test_each_row_holds_for_its_prescription_and_not_for_the_twin(why: ExportBar):
    rules = turned(why, applies=True)
    fails, twin = ROWS[why]
    assert against(fails(GOOD), rules) == [why]
    assert against(twin(GOOD), rules) == []


@pytest.mark.parametrize(
    "why", [one for one in ExportBar if one not in MANDATORY and one is not ExportBar.GUARDIAN_RESERVED_FROM_ALL]
)
def test_a_row_that_is_switched_off_holds_nothing_back(why: ExportBar):
    assert against(ROWS[why][0](GOOD), turned(why, applies=False)) == []


@pytest.mark.parametrize("why", sorted(MANDATORY))
def test_a_mandatory_row_cannot_be_switched_off(why: ExportBar):
    with pytest.raises(ValueError, match=why):
        turned(why, applies=False)


def test_a_table_without_a_row_or_with_an_empty_code_is_none():
    with pytest.raises(ValueError, match="without a row: vaccine"):
        ExportPolicy({key: row for key, row in policy().reasons.items() if key is not ExportBar.VACCINE}, ("N05BA",))
    with pytest.raises(ValueError, match="empty code"):
        ExportPolicy(policy().reasons, ("",))


def test_every_reason_is_told_with_its_source_and_words_in_both_languages():
    (reason,) = reasons_against_export(changed(reseptgruppe="A")(GOOD), policy(), Asking(NOW))
    assert "FOR-2022-06-02-977" in reason.legal_source
    assert (reason.text_nb, reason.text_en) == (
        "Legemiddelet er i reseptgruppe A.",
        "The medicine is in prescription group A (narcotics and the like).",
    )


def test_all_reasons_are_told_in_the_tables_order():
    bad = changed(reseptgruppe="A", status="T", multidose=True)(GOOD)
    assert against(bad) == [ExportBar.GROUP_A, ExportBar.STATUS, ExportBar.MULTIDOSE]


@pytest.mark.parametrize("state", [one for one in SignatureState if one is not SignatureState.VALID])
def test_only_a_valid_signature_lets_a_prescription_cross(state: SignatureState):
    assert against(changed(signature=state)(GOOD)) == [ExportBar.SIGNATURE]


def test_the_group_of_fest_counts_when_it_is_stricter():
    assert against(changed(fest_group="A")(GOOD)) == [ExportBar.GROUP_A]
    assert against(changed(fest_group="C")(GOOD)) == []


@pytest.mark.parametrize("group", ["", "D", "a"])
def test_a_group_nobody_knows_could_be_group_a(group: str):
    assert against(changed(reseptgruppe=group)(GOOD)) == [ExportBar.GROUP_UNKNOWN]


@pytest.mark.parametrize("status", ["A", "B", "F", "H", "R", "T", "U", "X", "?", None])
def test_only_a_dispensable_prescription_may_cross(status: str | None):
    expected = [ExportBar.STATUS, *([ExportBar.APPROVAL_EXEMPTION] if status in ("A", "B") else [])]
    assert against(changed(status=status)(GOOD)) == expected


@pytest.mark.parametrize(
    ("now", "held"),
    [
        (datetime(2027, 10, 4, 21, 59, tzinfo=UTC), []),
        (datetime(2027, 10, 4, 22, 0, tzinfo=UTC), [ExportBar.EXPIRED]),
    ],
)
def test_a_prescription_expires_at_norwegian_midnight(now: datetime, held: list[ExportBar]):
    assert against(GOOD, asking=Asking(now)) == held


def test_a_prescription_without_an_end_cannot_be_told_to_be_valid():
    assert against(item(valid_until=None)(GOOD)) == [ExportBar.EXPIRED]


def test_a_locked_prescription_is_opened_by_its_own_reference_number():
    locked = changed(locked=True, reference_number="90000000000019")(GOOD)
    assert against(locked, asking=Asking(NOW, reference_numbers=frozenset({"90000000000019"}))) == []
    assert against(locked, asking=Asking(NOW, reference_numbers=frozenset({"90000000000027"}))) == [ExportBar.LOCKED]


def test_a_locked_prescription_without_a_number_stays_locked():
    locked = changed(locked=True, reference_number=None)(GOOD)
    assert against(locked, asking=Asking(NOW, reference_numbers=frozenset({""}))) == [ExportBar.LOCKED]


@pytest.mark.parametrize("by", [AskedBy.GUARDIAN, AskedBy.UNKNOWN])
def test_a_guardian_never_sees_what_is_reserved(by: AskedBy):
    reserved = changed(guardian_reserved=True)(GOOD)
    assert against(reserved, asking=Asking(NOW, by)) == [ExportBar.GUARDIAN_RESERVED]


def test_the_youth_sees_what_is_reserved_only_where_policy_says_so():
    reserved, herself = changed(guardian_reserved=True)(GOOD), Asking(NOW, AskedBy.PATIENT)
    assert against(reserved, asking=herself) == [ExportBar.GUARDIAN_RESERVED_FROM_ALL]
    assert against(reserved, turned(ExportBar.GUARDIAN_RESERVED_FROM_ALL, applies=False), herself) == []
    assert against(GOOD, asking=herself) == []


def test_a_substance_needs_an_amount_packages_of_nobody_knows_what_are_none():
    substance = changed(level=Level.SUBSTANCE)(GOOD)
    assert substance.item.packages is not None
    assert against(substance) == [ExportBar.AMOUNT_MISSING]
    assert against(item(amount=Quantity(Decimal(30)))(substance)) == []


@pytest.mark.parametrize("code", ["N05BA01", "n05ba01 ", "N05CD08", "N03AE01", "N02AE01"])
def test_a_scheduled_substance_is_held_back_in_any_group(code: str):
    assert against(atc(code)(GOOD)) == [ExportBar.SCHEDULED]


def test_what_fest_knows_as_scheduled_is_held_back_whatever_the_prescription_says():
    assert against(changed(fest_atc="N05BA01")(GOOD)) == [ExportBar.SCHEDULED]
    assert against(changed(fest_atc="N05BA01")(atc(None)(GOOD))) == [ExportBar.SCHEDULED]
    assert against(changed(fest_atc="R06AE07")(GOOD)) == []


def test_a_substance_of_group_b_that_nobody_can_look_up_is_held_back():
    assert against(changed(reseptgruppe="B")(atc(None)(GOOD))) == [ExportBar.SCHEDULED]
    assert against(changed(reseptgruppe="C")(atc(None)(GOOD))) == []
    assert against(changed(reseptgruppe="B")(GOOD)) == []


def test_a_substance_of_group_b_in_words_alone_is_held_back():
    product = replace(GOOD.item.product, atc=Coded(text="Diazepam"))
    in_words = replace(GOOD, item=replace(GOOD.item, product=product))
    assert against(changed(reseptgruppe="B")(in_words)) == [ExportBar.SCHEDULED]
    assert against(changed(reseptgruppe="C")(in_words)) == []


def test_a_vaccine_is_known_by_its_atc_code_too():
    assert against(atc("J07BB02")(GOOD)) == [ExportBar.VACCINE]
    assert against(atc("J06BA02")(GOOD)) == []


def test_packages_need_a_product_whose_containers_are_known():
    bare = replace(GOOD.item.product, packages=())
    part = replace(GOOD.item.product, parts=())
    assert against(item(product=bare)(GOOD)) == [ExportBar.AMOUNT_MISSING]
    assert against(item(product=bare, amount=Quantity(Decimal(30)))(GOOD)) == [ExportBar.AMOUNT_MISSING]
    assert against(item(product=bare, packages=None, amount=Quantity(Decimal(30)))(GOOD)) == []
    assert against(item(product=replace(bare, parts=(part, part)))(GOOD)) == []
    assert against(GOOD) == []


SAMPLES = {
    "brand": [ExportBar.AMOUNT_MISSING],
    "group-a": [ExportBar.GROUP_A, ExportBar.SCHEDULED],
    "scheduled": [ExportBar.SCHEDULED],
    "group-f": [ExportBar.GROUP_F],
    "expired": [ExportBar.EXPIRED],
    "used-up": [ExportBar.NOTHING_LEFT],
    "locked": [ExportBar.LOCKED],
    "no-amount": [ExportBar.AMOUNT_MISSING],
    "compounded": [ExportBar.COMPOUNDED],
    "goods": [ExportBar.AMOUNT_MISSING, ExportBar.GOODS],
    "single-dose": [ExportBar.AMOUNT_MISSING, ExportBar.SINGLE_DOSE],
    "own-practice": [ExportBar.OWN_PRACTICE],
    "hospital": [ExportBar.HOSPITAL],
    "unauthorised": [ExportBar.STATUS, ExportBar.APPROVAL_EXEMPTION],
    "sent-on": [ExportBar.EXPEDITION_REQUESTED],
    "not-yet": [ExportBar.NOT_YET],
    "vaccine": [ExportBar.VACCINE],
    "withdrawn-by-prescriber": [ExportBar.STATUS],
    "being-dispensed": [ExportBar.STATUS],
}


@pytest.mark.parametrize("key", sorted(joined_prescriptions("prescriptions")))
def test_the_sample_prescriptions_cross_or_not_for_the_reasons_they_stand_for(key: str):
    assert against(joined_prescriptions("prescriptions")[key][0]) == SAMPLES.get(key, [])


def test_the_reserved_prescription_of_the_sample_youth_is_held_back():
    assert against(sample_prescription("contraceptive", "guardian-reserved")) == [ExportBar.GUARDIAN_RESERVED]
    assert against(sample_prescription("cetirizine", "guardian-reserved")) == []


def fest_atc(code: str | None) -> Change:
    return changed(fest_atc=code)


CODE_RULES: dict[ExportBar, tuple[str, str]] = {
    ExportBar.GROUP_A: ("group", "A"),
    ExportBar.GROUP_B: ("group", "B"),
    ExportBar.GROUP_F: ("group", "F"),
    ExportBar.SUPPLEMENT: ("group", "K"),
    ExportBar.GROUP_UNKNOWN: ("group", "Z"),
    ExportBar.SCHEDULED: ("atc", "N05BA01"),
    ExportBar.VACCINE: ("atc", "J07BB02"),
}
PLAIN = {"group": "C", "atc": "R06AE07"}


@pytest.mark.parametrize("by_fest", [True, False])
@pytest.mark.parametrize("by_prescription", [True, False])
@pytest.mark.parametrize("why", CODE_RULES)
def test_each_rule_that_looks_at_a_code_looks_at_the_prescriptions_and_fests(
    why: ExportBar, by_prescription: bool, by_fest: bool
):
    kind, code = CODE_RULES[why]
    stated, known = (code if bad else PLAIN[kind] for bad in (by_prescription, by_fest))
    if kind == "group":
        one = changed(reseptgruppe=stated, fest_group=known)(GOOD)
    else:
        one = fest_atc(known)(atc(stated)(GOOD))
    assert (why in against(one, turned(why, applies=True))) is (by_prescription or by_fest)


def test_a_vaccine_without_a_code_of_its_own_is_one_by_fest():
    rules = turned(ExportBar.VACCINE, applies=True)
    assert against(fest_atc("J07BB02")(atc(None)(GOOD)), rules) == [ExportBar.VACCINE]
    assert against(fest_atc("j07bb02 ")(atc(None)(GOOD)), rules) == [ExportBar.VACCINE]
    assert against(fest_atc("R06AE07")(atc(None)(GOOD)), rules) == []
