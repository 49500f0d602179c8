"""What a Norwegian pharmacy may hand out on a foreign prescription, and why not."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.counter.decide import CounterBar, CounterReason, CounterTables, against_prescription
from gateway.counter.groups import alike, matching
from gateway.counter.products import ProductVerdict
from gateway.counter.rules import DispensingRestriction
from gateway.counter.words import say_differences, say_reason
from tests.gateway.counter.foreign import (
    METOPROLOL_GENERIC,
    NOW,
    SELO_ZOK,
    bars,
    coded,
    decided,
    handout,
    metoprolol,
    prescribed,
    rules,
    tables,
    ucum,
)
from tests.support.pivots.summaries import ATC, EDQM
from transformers.model.prescription import Substitution
from transformers.model.summary import Ingredient, MedicinalProduct, PackageLayer
from transformers.model.values import Coded, Coding, Moment, Quantity
from transformers.norway.fest import FestContent, FestLevel, indexed
from transformers.norway.prescription import Dispensing
from transformers.norway.remaining import AmountVerdict
from transformers.words import LANGUAGES

OVER = {"amount-a-little-over": "no smaller package is sold"}


def of_substance(name: str, amount: str = "10") -> MedicinalProduct:
    """A product that states no ATC code, only what is in it."""
    one = Ingredient(Coded(text=name), ucum(amount, "mg"), ucum("1", "{tablet}"))
    return metoprolol(name=f"Prove {amount} mg", atc=None, ingredients=(one,))


def test_what_was_prescribed_is_handed_out():
    decision = decided(prescribed())
    assert (bars(decision), decision.may_hand_out) == ([], True)
    assert decision.product and decision.product.verdict is ProductVerdict.AS_PRESCRIBED
    assert decision.amount and decision.amount.verdict is AmountVerdict.CLOSES


# Groups and scheduled substances


@pytest.mark.parametrize("code", ["N02AA01", "N02AB03", "N02AA", "N02"])
def test_refuses_group_a_by_atc_whole_or_shortened(code: str):
    product = metoprolol(atc=coded(code, ATC, "opioid"), ingredients=())
    assert "group-a" in bars(decided(prescribed(product)))


@pytest.mark.parametrize("name", ["Morphine", "morphine sulfate", "MORFIN", "Fentanyl"])
def test_refuses_group_a_by_substance_alone(name: str):
    assert "group-a" in bars(decided(prescribed(of_substance(name))))


def test_refuses_group_a_by_the_products_name_when_nothing_else_is_stated():
    bare = metoprolol(name="Morphine 10 mg tablets", atc=None, ingredients=())
    assert "group-a" in bars(decided(prescribed(bare)))


def test_refuses_group_a_inside_a_kit():
    kit = metoprolol(parts=(of_substance("Morphine"),))
    assert "group-a" in bars(decided(prescribed(kit)))


def test_refuses_when_the_product_handed_out_is_of_group_a():
    assert "group-a" in bars(decided(prescribed(), handout("990235")))


def test_a_substance_of_group_c_alone_is_no_bar_of_its_group():
    held = set(bars(decided(prescribed(of_substance("Metoprolol")))))
    assert not {"group-a", "group-unknown", "scheduled-substance"} & held


def test_a_substance_is_no_combination_that_holds_it():
    found = matching(of_substance("Paracetamol"), tables().market.fest)
    assert found
    assert all("Kodein" not in one.name for one in found)


def test_a_combination_without_a_norwegian_one_is_what_it_is_made_of():
    both = of_substance("Morphine")
    both = replace(both, ingredients=(*both.ingredients, *of_substance("Metoprolol").ingredients))
    assert "group-a" in bars(decided(prescribed(both)))


def test_refuses_what_no_norwegian_medicine_is_like():
    assert "group-unknown" in bars(decided(prescribed(of_substance("Xyzzastatin"))))


def test_refuses_a_scheduled_substance_of_group_b():
    diazepam = metoprolol(atc=coded("N05BA01", ATC, "diazepam"), ingredients=())
    assert "scheduled-substance" in bars(decided(prescribed(diazepam)))
    modafinil = metoprolol(atc=coded("N06BA07", ATC, "modafinil"), ingredients=())
    assert not {"scheduled-substance", "group-a"} & set(bars(decided(prescribed(modafinil))))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Morphine hydrochloride", "Morfinsulfat", True),
        ("Codeine", "Kodein", True),
        ("Methylphenidate", "Metylfenidat", True),
        ("Oxycodone", "Oksykodon", True),
        ("Sodium oxybate", "Sodium valproate", False),
        ("Prednisone", "Prednisolon", False),
        ("Metoprolol", "Morfin", False),
        ("", "Morfin", False),
        ("10", "10", False),
    ],
)
def test_names_of_one_substance_are_alike_in_both_spellings(one: str, other: str, same: bool):
    assert alike(one, other) is alike(other, one) is same


def test_before_a_product_is_chosen_the_prescription_is_judged_by_atc_and_substance():
    asked = [against_prescription(prescribed(one), tables(), NOW) for one in (metoprolol(), of_substance("Morphine"))]
    assert [[reason.bar for reason in found] for found in asked] == [[], [CounterBar.GROUP_A, CounterBar.SCHEDULED]]
    expired = against_prescription(prescribed(valid_until=Moment("2026-11-30")), tables(), NOW)
    assert [reason.bar for reason in expired] == [CounterBar.EXPIRED]


# The prescription


def test_refuses_an_expired_prescription_by_the_norwegian_day():
    last = prescribed(valid_until=Moment("2026-12-01"))
    assert decided(last, now=datetime(2026, 12, 1, 22, 59, tzinfo=UTC)).may_hand_out
    assert bars(decided(last, now=datetime(2026, 12, 1, 23, 0, tzinfo=UTC))) == ["expired"]


@pytest.mark.parametrize(("until", "held"), [("11:00:00+02:00", False), ("10:59:59+02:00", True), ("09:00:00Z", False)])
def test_a_validity_with_a_time_ends_at_that_time(until: str, held: bool):
    assert bars(decided(prescribed(valid_until=Moment(f"2026-12-01T{until}")))) == ["expired"] * held


def test_refuses_a_validity_that_is_no_day():
    assert bars(decided(prescribed(valid_until=Moment("2027")))) == ["validity-unreadable"]


@pytest.mark.parametrize("change", [{"status": "completed"}, {"status": None}, {"prescriber": None}])
def test_refuses_what_the_prescription_itself_forbids(change: Mapping[str, Any]):
    held = bars(decided(prescribed(**change)))
    assert held
    assert all(key.startswith("prescription:") for key in held)


# Products


@pytest.mark.parametrize("number", ["000000", "", "990011x"])
def test_refuses_an_item_number_that_fest_does_not_know(number: str):
    assert bars(decided(prescribed(), handout(number))) == ["product-unknown"]


def test_refuses_a_package_that_has_left_fest():
    ranitidine = metoprolol(name="Ranitidin 150 mg", atc=coded("A02BA02", ATC, "ranitidine"))
    withdrawn = [one for one in tables().market.fest.by_id.values() if one.item_number and not one.active]
    assert withdrawn
    assert "product-withdrawn" in bars(decided(prescribed(ranitidine), handout(withdrawn[0].item_number or "")))


def test_another_of_the_byttegruppe_is_handed_out_where_the_prescriber_allows():
    decision = decided(prescribed(), handout(METOPROLOL_GENERIC, reasons=OVER))
    assert decision.product and decision.product.verdict is ProductVerdict.SUBSTITUTED
    assert decision.may_hand_out


def test_substitution_that_is_not_spoken_of_is_allowed_by_the_guides_default():
    decision = decided(prescribed(substitution=None), handout(METOPROLOL_GENERIC, reasons=OVER))
    assert decision.product and decision.product.verdict is ProductVerdict.SUBSTITUTED


def test_refuses_substitution_that_the_prescriber_forbids_and_names_whom_to_ask():
    forbidden = prescribed(substitution=Substitution.NOT_ALLOWED)
    decision = decided(forbidden, handout(METOPROLOL_GENERIC, reasons=OVER))
    assert bars(decision) == ["needs-prescriber:substitution-forbidden"]
    assert decision.prescriber is forbidden.item.prescriber is not None
    assert decided(forbidden).may_hand_out
    assert decided(forbidden).prescriber is None


def test_refuses_the_same_medicine_outside_a_byttegruppe():
    foreign = metoprolol(
        name="Zocor 40 mg", atc=coded("C10AA01", ATC, "simvastatin"),
        form=coded("10221000", EDQM, "Film-coated tablet"),
        ingredients=(Ingredient(coded("C10AA01", ATC, "simvastatin"), ucum("40", "mg"), ucum("1", "{tablet}")),),
        packages=(PackageLayer(ucum("100", "{tablet}")),),
    )  # fmt: skip
    assert bars(decided(prescribed(foreign), handout("990037"))) == ["needs-prescriber:not-exchangeable"]
    by_substance = replace(foreign, level="substance", name="simvastatin")
    assert decided(prescribed(by_substance), handout("990037")).may_hand_out


def losartan(*amounts: tuple[str, str, str], code: str = "C09DA01") -> MedicinalProduct:
    """A combination in one tablet: (ATC, name, mg) of each substance."""
    inside = (
        Ingredient(coded(atc, ATC, name) if atc else Coded(text=name), ucum(mg, "mg"), ucum("1", "{tablet}"))
        for atc, name, mg in amounts
    )
    return metoprolol(
        name="losartan and hydrochlorothiazide", level="substance", atc=coded(code, ATC, "losartan and diuretics"),
        form=coded("10221000", EDQM, "Film-coated tablet"), ingredients=tuple(inside),
    )  # fmt: skip


LOSARTAN, HCT = ("C09CA01", "losartan"), ("C03AA03", "hydrochlorothiazide")
COMBINED = "990193"
"""98 tablets of losartan 50 mg and hydrochlorothiazide 12.5 mg."""


@pytest.mark.parametrize(
    "stated",
    [
        ((*LOSARTAN, "50"), (*HCT, "12.5")),
        ((*HCT, "12.5"), (*LOSARTAN, "50")),
        (("", "Losartan potassium", "50"), ("", "Hydrochlorothiazide", "12.5")),
    ],
)
def test_a_combination_is_the_same_when_each_substance_and_its_strength_is(stated: Any):
    assert decided(prescribed(losartan(*stated)), handout(COMBINED)).may_hand_out


@pytest.mark.parametrize(
    ("stated", "difference"),
    [
        (((*LOSARTAN, "12.5"), (*HCT, "50")), "strength"),
        (((*LOSARTAN, "50"), ("C08CA01", "amlodipine", "12.5")), "substance"),
        (((*LOSARTAN, "50"),), "substance"),
        (((*LOSARTAN, "50"), (*LOSARTAN, "12.5")), "substance"),
        (((*LOSARTAN, "50"), (*HCT, "12.5"), ("C08CA01", "amlodipine", "5")), "substance"),
        ((), "substance"),
    ],
)
def test_refuses_a_combination_of_other_substances_or_of_strengths_the_other_way_round(stated: Any, difference: str):
    decision = decided(prescribed(losartan(*stated)), handout(COMBINED))
    assert "needs-prescriber:another-medicine" in bars(decision)
    assert decision.product
    assert difference in decision.product.compared.differences


@pytest.mark.parametrize("name", ["Selo-Zok Teva 50 mg", "Selo 50 mg", "Zok Selo-Zok", ""])
def test_a_name_with_another_word_is_another_brand(name: str):
    forbidden = prescribed(metoprolol(name=name), substitution=Substitution.NOT_ALLOWED)
    assert "needs-prescriber:substitution-forbidden" in bars(decided(forbidden))
    for same in ("Selo-Zok", "SELO-ZOK 50 mg", "Selo-Zok 50mg depottab"):
        assert decided(prescribed(metoprolol(name=same), substitution=Substitution.NOT_ALLOWED)).may_hand_out


def noted(*, valid_from: str | None = None, valid_to: str | None = None, note: str | None = None) -> CounterTables:
    """With the byttegruppe of metoprolol changed."""
    market = tables().market
    key = (market.fest.package(SELO_ZOK) or pytest.fail("no package")).byttegruppe or ""
    group = replace(
        market.fest.groups[key.upper()],
        valid_from=None if valid_from is None else Moment(valid_from),
        valid_to=None if valid_to is None else Moment(valid_to),
        note=note,
    )
    return replace(tables(), market=replace(market, fest=replace(market.fest, groups={key.upper(): group})))


@pytest.mark.parametrize(
    ("between", "held"),
    [
        ({}, []),
        ({"valid_from": "2026-12-01", "valid_to": "2026-12-01"}, []),
        ({"valid_from": "2026-12-02"}, ["needs-prescriber:not-exchangeable"]),
        ({"valid_to": "2026-11-30"}, ["needs-prescriber:not-exchangeable"]),
    ],
)
def test_a_byttegruppe_counts_while_it_is_in_force(between: Mapping[str, str], held: list[str]):
    decision = decided(prescribed(), handout(METOPROLOL_GENERIC, reasons=OVER), by=noted(**between))
    assert bars(decision) == held


def test_a_substitution_that_fest_has_a_note_on_needs_a_reason():
    by = noted(note="Only at the start of treatment")
    asked = decided(prescribed(), handout(METOPROLOL_GENERIC, reasons=OVER), by=by)
    assert bars(asked) == ["exchange-note"]
    assert asked.product and asked.product.exchange_note == "Only at the start of treatment"
    recorded = {**OVER, "exchange-note": "treatment begins"}
    assert decided(prescribed(), handout(METOPROLOL_GENERIC, reasons=recorded), by=by).may_hand_out
    assert decided(prescribed(), by=by).may_hand_out


DIFFERENT: Mapping[str, Mapping[str, Any]] = {
    "substance": {"atc": coded("C07AB03", ATC, "atenolol")},
    "form": {"form": coded("10219000", EDQM, "Tablet")},
    "form-unknown": {"form": None},
    "strength": {"ingredients": (Ingredient(coded("C07AB02", ATC, "x"), ucum("100", "mg"), ucum("1", "{tablet}")),)},
    "strength-unknown": {"ingredients": (Ingredient(coded("C07AB02", ATC, "x")),)},
}


@pytest.mark.parametrize("difference", DIFFERENT)
def test_another_medicine_needs_the_prescriber_and_says_in_what_it_differs(difference: str):
    decision = decided(prescribed(metoprolol(**DIFFERENT[difference])), handout())
    assert "needs-prescriber:another-medicine" in bars(decision)
    assert decision.product
    assert difference in decision.product.compared.differences
    assert decision.prescriber is not None


def test_the_three_nearest_packages_are_shown_nearest_first():
    decision = decided(prescribed(metoprolol(form=coded("10219000", EDQM, "Tablet"))))
    assert decision.product
    assert [one.entry.item_number for one in decision.product.nearest] == [SELO_ZOK, METOPROLOL_GENERIC]
    paracetamol = of_substance("Paracetamol", "500")
    decision = decided(prescribed(paracetamol), handout(SELO_ZOK))
    assert decision.product
    nearest = decision.product.nearest
    assert len(nearest) == 3
    assert all(one.entry.active and "substance" not in one.differences for one in nearest)
    assert [len(one.differences) for one in nearest] == sorted(len(one.differences) for one in nearest)


# Restrictions


def restricted(*, may_pass: bool = True, forms: frozenset[str] = frozenset()) -> CounterTables:
    words = dict.fromkeys(LANGUAGES, "Look first.")
    rule = DispensingRestriction("beta-blockers", ("C07",), forms, may_pass, "a source", date(2026, 12, 1), words)
    return replace(tables(), rules=replace(rules(), restrictions=(rule,)))


RECORDED = {"restricted:beta-blockers": "the limits are kept: seen"}


def test_a_restriction_stops_until_a_reason_is_recorded():
    assert bars(decided(prescribed(), by=restricted())) == ["restricted:beta-blockers"]
    passed = decided(prescribed(), handout(reasons=RECORDED), by=restricted())
    assert passed.may_hand_out
    assert [(one.key, one.recorded) for one in passed.recorded] == list(RECORDED.items())
    assert "seen" not in repr(passed)


def test_a_restriction_that_no_reason_passes_is_not_passed():
    assert bars(decided(prescribed(), handout(reasons=RECORDED), by=restricted(may_pass=False))) == list(RECORDED)


@pytest.mark.parametrize("reasons", [{"restricted:beta-blockers": " "}, {"restricted:other": "x"}, {"restricted": "x"}])
def test_a_blank_reason_and_one_for_another_stop_pass_nothing(reasons: Mapping[str, str]):
    assert bars(decided(prescribed(), handout(reasons=reasons), by=restricted())) == list(RECORDED)


def test_a_restriction_of_other_forms_is_none():
    assert decided(prescribed(), by=restricted(forms=frozenset({"53"}))).may_hand_out
    assert not decided(prescribed(), by=restricted(forms=frozenset({"25"}))).may_hand_out


@pytest.mark.parametrize("bar", ["group-a", "scheduled-substance", "needs-prescriber:another-medicine"])
def test_no_recorded_reason_passes_a_bar(bar: str):
    asked = decided(prescribed(of_substance("Morphine")), handout(reasons={bar: "the patient needs it"}))
    assert bar in bars(asked)


def test_the_shipped_list_stops_isotretinoin():
    product = metoprolol(atc=coded("D10BA01", ATC, "isotretinoin"), ingredients=())
    assert "restricted:isotretinoin" in bars(decided(prescribed(product)))


# Amounts


@pytest.mark.parametrize("packages", ["0", "-1", "0.5", "1001", "NaN", "Infinity"])
def test_refuses_an_impossible_number_of_packages(packages: str):
    assert bars(decided(prescribed(), handout(packages=packages))) == ["amount-impossible"]


def test_refuses_more_than_is_left():
    twice = prescribed(packages=Quantity(Decimal(2)))
    assert decided(twice, handout(packages="2")).may_hand_out
    assert bars(decided(twice, handout(packages="4"))) == ["amount-over"]


def test_what_was_handed_out_here_before_counts():
    before = Dispensing(packages=Decimal(1), item_number=SELO_ZOK, holds=Quantity(Decimal(98), Coded("stk")))
    assert bars(decided(prescribed(), handout(), before)) == ["amount-over"]
    assert decided(prescribed(repeats=1), handout(), before).may_hand_out


def test_less_than_a_package_over_needs_a_reason():
    assert bars(decided(prescribed(), handout(METOPROLOL_GENERIC))) == ["amount-a-little-over"]
    assert decided(prescribed(), handout(METOPROLOL_GENERIC, reasons=OVER)).may_hand_out


def test_an_amount_that_cannot_be_compared_needs_a_reason():
    unknown = prescribed(metoprolol(packages=()))
    assert "amount-not-comparable" in bars(decided(unknown))
    noted = decided(unknown, handout(reasons={"amount-not-comparable": "counted on the original"}))
    assert "amount-not-comparable" not in bars(noted)


# Words


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_reason_is_a_sentence_with_what_to_do(language: Any):
    said = [say_reason(CounterReason(bar, "isotretinoin", may_pass=True), rules(), language) for bar in CounterBar]
    assert len(set(said)) == len(CounterBar)
    assert all(text.endswith(".") and text.count(".") >= 2 for text in said)
    assert rules().restrictions[0].words[language] in said[list(CounterBar).index(CounterBar.RESTRICTED)]


@pytest.mark.parametrize(("language", "word"), [("nb", "annen form"), ("nn", "anna form"), ("en", "another form")])
def test_what_differs_is_said_in_words(language: Any, word: str):
    decision = decided(prescribed(metoprolol(form=coded("10219000", EDQM, "Tablet"))))
    assert decision.product
    assert word in say_differences(decision.product.compared, language)
    same = decided(prescribed()).product
    assert same and say_differences(same.compared, language) == ""


def regrouped() -> CounterTables:
    """The generic metoprolol in another byttegruppe than the brand."""
    market = tables().market
    fest = market.fest
    other = next(key for key in fest.groups if key != (fest.package(SELO_ZOK) or pytest.fail("none")).byttegruppe)
    medicines = (
        replace(one, byttegruppe=other) if one.item_number == METOPROLOL_GENERIC else one for one in fest.by_id.values()
    )
    content = FestContent(
        fest.fetched, tuple(medicines), tuple(fest.substances.values()), tuple(fest.strengths.values()),
        tuple(fest.groups.values()),
    )  # fmt: skip
    return replace(tables(), market=replace(market, fest=indexed(content)))


def test_refuses_a_substitution_outside_the_byttegruppe_of_the_norwegian_brand():
    asked = handout(METOPROLOL_GENERIC, reasons=OVER)
    assert bars(decided(prescribed(), asked, by=regrouped())) == ["needs-prescriber:not-exchangeable"]
    assert decided(prescribed(), asked).may_hand_out
    unknown_here = prescribed(metoprolol(name="Beloc 50 mg"))
    assert decided(unknown_here, asked, by=regrouped()).may_hand_out


def test_only_packages_that_are_sold_are_among_the_nearest():
    market = tables().market
    ranitidine = prescribed(metoprolol(atc=coded("A02BA02", ATC, "ranitidine"), ingredients=()))
    assert matching(ranitidine.item.product, market.fest)
    for on in (ranitidine, prescribed(of_substance("Paracetamol", "500")), prescribed()):
        assert all(one.entry.active and one.entry.level is FestLevel.PACKAGE for one in market.nearest(on))
    assert market.nearest(ranitidine) == ()


def test_a_form_is_compared_by_edqm_alone():
    own = metoprolol(form=Coded(original=Coding("10226000", EDQM, "Prolonged-release tablet")))
    assert decided(prescribed(own)).may_hand_out
    foreign = decided(prescribed(metoprolol(form=Coded(original=Coding("10226000", "1.2.3")))))
    assert foreign.product
    assert "form-unknown" in foreign.product.compared.differences


def test_a_strength_that_one_substance_of_a_combination_lacks_is_unknown():
    lacking = losartan((*LOSARTAN, "50"), (*HCT, "12.5"))
    lacking = replace(lacking, ingredients=(lacking.ingredients[0], replace(lacking.ingredients[1], numerator=None)))
    decision = decided(prescribed(lacking), handout(COMBINED))
    assert decision.product
    assert "strength-unknown" in decision.product.compared.differences


def test_a_shortened_atc_code_leaves_it_to_the_names_of_the_substances():
    named = (Ingredient(Coded(text="Metoprolol"), ucum("50", "mg"), ucum("1", "{tablet}")),)
    assert decided(prescribed(metoprolol(atc=coded("C07AB", ATC, "beta blockers"), ingredients=named))).may_hand_out
    other = (replace(named[0], substance=Coded(text="Atenolol")),)
    refused = decided(prescribed(metoprolol(atc=coded("C07AB", ATC, "beta blockers"), ingredients=other)))
    assert "needs-prescriber:another-medicine" in bars(refused)


def test_two_products_that_state_no_substance_are_not_the_same():
    decision = decided(prescribed(metoprolol(atc=None, ingredients=())), handout("990342"))
    assert decision.product
    assert "substance" in decision.product.compared.differences


def test_the_name_of_a_substance_prescribed_counts_beside_its_code():
    assert "group-a" in bars(decided(prescribed(metoprolol(level="substance", name="Morphine"))))


def test_the_most_packages_are_judged_and_one_more_is_impossible():
    assert bars(decided(prescribed(), handout(packages="1000"))) == ["amount-over"]
    assert bars(decided(prescribed(), handout(packages="1001"))) == ["amount-impossible"]


def test_only_a_restriction_that_may_be_passed_asks_for_a_reason():
    passed, not_passed = (
        say_reason(CounterReason(CounterBar.RESTRICTED, "isotretinoin", may_pass=may), rules(), "en")
        for may in (True, False)
    )
    assert "record your reason" in passed
    assert "record your reason" not in not_passed
    assert "record your reason" not in say_reason(CounterReason(CounterBar.EXPIRED), rules(), "en")


# Every product of the register


def packages() -> list[str]:
    market = tables().market
    return sorted(one.item_number for one in market.fest.by_id.values() if one.item_number and one.active)


@pytest.mark.parametrize("number", packages())
def test_each_norwegian_product_prescribed_abroad_by_its_own_description(number: str):
    market = tables().market
    entry = market.fest.package(number)
    assert entry is not None
    product = replace(market.compared(entry, prescribed()).product, level="substance")
    decision = decided(prescribed(product), handout(number))
    held = set(bars(decision))
    code = entry.atc.original.code if entry.atc and entry.atc.original else ""
    assert ("group-a" in held) == (entry.group == "A")
    assert ("scheduled-substance" in held) == code.startswith(tables().scheduled)
    assert "group-unknown" not in held
    assert decision.product
    told = set(decision.product.compared.differences)
    assert told <= {"form-unknown", "strength-unknown", "package-unknown", "substance"}
    assert ("needs-prescriber:another-medicine" in held) == bool(told - {"package-unknown"})
    if not held:
        assert decision.may_hand_out
