"""One dose, one answer: the same times and doses in summaries and prescriptions, read and printed (table of M22)."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.documents.medicines import dosage_in_prescription, dosage_in_summary
from transformers.cda.medicine.posology import print_dose, print_times
from transformers.cda.types.composer import CdaComposer
from transformers.cda.words import words_for
from transformers.model.finding import Report, Severity
from transformers.model.summary import Dosage, Timing
from transformers.model.values import Coded, Coding, Identifier, Moment, Quantity

READERS = {"summary": dosage_in_summary, "prescription": dosage_in_prescription}
FROM = '<effectiveTime xsi:type="IVL_TS"><low value="20261101"/></effectiveTime>'
EVERY = '<effectiveTime xsi:type="PIVL_TS" operator="A"><period value="8" unit="h"/></effectiveTime>'
DOSE = '<doseQuantity><low value="2" unit="mL"/><high value="2" unit="mL"/></doseQuantity>'
TIMING = 'codeSystem="2.16.840.1.113883.5.139"'
SPLIT = (
    '<entryRelationship typeCode="COMP"><substanceAdministration classCode="SBADM" moodCode="INT"/></entryRelationship>'
)


def pivl(inside: str = '<period value="8" unit="h"/>', attributes: str = 'operator="A"') -> str:
    return f'<effectiveTime xsi:type="PIVL_TS" {attributes}>{inside}</effectiveTime>'


def eivl(inside: str) -> str:
    return f'<effectiveTime xsi:type="EIVL_TS" operator="A">{inside}</effectiveTime>'


def most(value: str, unit: str, per: str = "1", time: str = "d") -> str:
    numerator = f'<numerator value="{value}" unit="{unit}"/>'
    return f'<maxDoseQuantity>{numerator}<denominator value="{per}" unit="{time}"/></maxDoseQuantity>'


def parts(dosage: Dosage) -> tuple[object, ...]:
    """What is structured, whichever member of the pivot holds a plain "every"."""
    timings = dosage.timings or ((Timing(period=dosage.period),) if dosage.period is not None else ())
    numbers = [None if q is None else str(q.value) for q in (dosage.dose, dosage.dose_high)]
    return (numbers, [(None if t.period is None else str(t.period.value), t.event and t.event.code) for t in timings])


TEXT_ONLY = {
    "at least so much": (EVERY + '<doseQuantity><low value="2" unit="mL"/></doseQuantity>', "dose-bound"),
    "at most so much": (EVERY + '<doseQuantity><high value="2" unit="mL"/></doseQuantity>', "dose-bound"),
    "a lower end that is unknown": (
        EVERY + '<doseQuantity><low nullFlavor="UNK"/><high value="2" unit="mL"/></doseQuantity>',
        "dose-bound",
    ),
    "an end that is not of the range": (
        EVERY + '<doseQuantity><low value="1" unit="mL" inclusive="false"/><high value="2" unit="mL"/></doseQuantity>',
        "dose-unreadable",
    ),
    "a centre": (EVERY + '<doseQuantity><center value="2" unit="mL"/></doseQuantity>', "dose-unreadable"),
    "a dose beside a null flavour": (EVERY + '<doseQuantity value="2" unit="mL" nullFlavor="OTH"/>', "dose-unreadable"),
    "a dose with a decimal comma": (EVERY + '<doseQuantity value="1,5" unit="mL"/>', "dose-unreadable"),
    "a dose in words": (
        EVERY
        + '<doseQuantity nullFlavor="OTH"><translation><originalText>skje</originalText></translation></doseQuantity>',
        "dose-unreadable",
    ),
    "a number beside a range": (
        EVERY + '<doseQuantity value="2" unit="mL"><high value="4" unit="mL"/></doseQuantity>',
        "dose-unreadable",
    ),
    "a dose of nothing": (EVERY + '<doseQuantity value="0" unit="mL"/>', "dose-unbelievable"),
    "a dose below zero": (EVERY + '<doseQuantity value="-2" unit="mL"/>', "dose-unbelievable"),
    "a dose without end": (EVERY + '<doseQuantity value="1e999" unit="mL"/>', "dose-unbelievable"),
    "a range upside down": (
        EVERY + '<doseQuantity><low value="3" unit="mL"/><high value="2" unit="mL"/></doseQuantity>',
        "dose-unbelievable",
    ),
    "a range from one unit to another": (
        EVERY + '<doseQuantity><low value="1" unit="{Tablet}"/><high value="2" unit="mL"/></doseQuantity>',
        "dose-unreadable",
    ),
    "a range from a count to a unit": (
        EVERY + '<doseQuantity><low value="1" unit="1"/><high value="2" unit="{Tablet}"/></doseQuantity>',
        "dose-unreadable",
    ),
    "a range from drops to millilitres, each beside the other": (
        EVERY
        + '<doseQuantity><low nullFlavor="OTH"><translation value="5" code="drp" codeSystem="1.2.3"/></low>'
        + '<high nullFlavor="OTH"><translation value="6" code="mL" codeSystem="2.16.840.1.113883.6.8"/></high>'
        + "</doseQuantity>",
        "dose-unreadable",
    ),
    "every 8 milligrams": (pivl('<period value="8" unit="mg"/>') + DOSE, "complex-timing"),
    "every 8 tablets": (pivl('<period value="8" unit="{Tablet}"/>') + DOSE, "complex-timing"),
    "every 8 of nothing": (pivl('<period value="8"/>') + DOSE, "complex-timing"),
    "every 8 henries": (pivl('<period value="8" unit="H"/>') + DOSE, "complex-timing"),
    "30 milligrams after a meal": (
        eivl(f'<event code="PCM" {TIMING}/><offset><low value="30" unit="mg"/></offset>') + DOSE,
        "complex-timing",
    ),
    "a billion years after a meal": (
        eivl(f'<event code="PCM" {TIMING}/><offset><low value="1e9" unit="a"/></offset>') + DOSE,
        "complex-timing",
    ),
    "phase": (
        pivl('<phase><low value="202611010800+0100"/></phase><period value="1" unit="d"/>') + DOSE,
        "complex-timing",
    ),
    "alignment": (pivl(attributes='operator="A" alignment="DW"') + DOSE, "complex-timing"),
    "two rules, one unreadable": (
        EVERY
        + '<effectiveTime xsi:type="SXPR_TS"><comp xsi:type="PIVL_TS"><period value="1"/></comp></effectiveTime>'
        + DOSE,
        "complex-timing",
    ),
    "SXPR of two rules, one unreadable": (
        f'<effectiveTime xsi:type="SXPR_TS"><comp xsi:type="PIVL_TS"><period value="1" unit="d"/></comp>'
        f'<comp xsi:type="EIVL_TS"><event/></comp></effectiveTime>{DOSE}',
        "complex-timing",
    ),
    "event with an unreadable offset": (
        eivl(f'<event code="ACM" {TIMING}/><offset><low value="en time"/></offset>'),
        "complex-timing",
    ),
    "event with an offset that is a span": (
        eivl(f'<event code="ACM" {TIMING}/><offset><low value="1" unit="h"/><high value="2" unit="h"/></offset>'),
        "complex-timing",
    ),
    "excluded": (pivl(attributes='operator="E"') + DOSE, "complex-timing"),
    "periodic hull": (pivl(attributes='operator="P"') + DOSE, "complex-timing"),
    "convex hull": (pivl(attributes='operator="H"') + DOSE, "complex-timing"),
    "excluded interval": (
        EVERY + '<effectiveTime xsi:type="IVL_TS" operator="E"><low value="20261201"/></effectiveTime>',
        "complex-timing",
    ),
    "second interval": (EVERY + FROM.replace("1101", "1201") + DOSE, "complex-timing"),
    "standard deviation": (
        pivl('<period value="8" unit="h"><standardDeviation value="1" unit="h"/></period>') + DOSE,
        "complex-timing",
    ),
    "probable period": (
        '<effectiveTime xsi:type="PIVL_PPD_TS" operator="A"><period value="8" unit="h"/></effectiveTime>' + DOSE,
        "complex-timing",
    ),
    "institutionSpecified of another kind": (pivl(attributes='institutionSpecified="maybe"') + DOSE, "complex-timing"),
    "period beside a null flavour": (pivl('<period value="8" unit="h" nullFlavor="UNK"/>') + DOSE, "complex-timing"),
    "every 0 hours": (pivl('<period value="0" unit="h"/>') + DOSE, "period-unbelievable"),
    "every -8 hours": (pivl('<period value="-8" unit="h"/>') + DOSE, "period-unbelievable"),
    "every 1e999 hours": (pivl('<period value="1e999" unit="h"/>') + DOSE, "period-unbelievable"),
    "rate": (EVERY + DOSE + '<rateQuantity value="5" unit="mL/h"/>', "complex-timing"),
    "limit": (
        EVERY + DOSE + '<maxDoseQuantity><numerator value="3"/><denominator value="1" unit="d"/></maxDoseQuantity>',
        "complex-timing",
    ),
    "limit of another unit": (EVERY + DOSE + most("3", "mg"), "complex-timing"),
    "limit of another time": (EVERY + DOSE + most("6", "mL", "1", "wk"), "complex-timing"),
    "limit below the dose": (EVERY + DOSE + most("1", "mL"), "complex-timing"),
    "limit without a dose": (EVERY + most("6", "mL"), "complex-timing"),
    "two limits": (EVERY + DOSE + most("6", "mL") * 2, "complex-timing"),
    "split": (EVERY + DOSE + SPLIT, "complex-timing"),
}
READ = {
    "every eight hours": (EVERY + DOSE, (["2", None], [("8", None)])),
    "included": (pivl(attributes='operator="I"') + DOSE, (["2", None], [("8", None)])),
    "a single number": (EVERY + '<doseQuantity value="2" unit="mL"/>', (["2", None], [("8", None)])),
    "a range from none": (
        EVERY + '<doseQuantity><low value="0" unit="mL"/><high value="2" unit="mL"/></doseQuantity>',
        (["0", "2"], [("8", None)]),
    ),
    "event without its code system": (eivl('<event code="ACM"/>') + DOSE, (["2", None], [(None, "ACM")])),
    "event with an offset": (
        eivl(f'<event code="ACM" {TIMING}/><offset><low value="30" unit="min"/></offset>') + DOSE,
        (["2", None], [(None, "ACM")]),
    ),
    "event with an offset before it": (
        eivl(f'<event code="ACM" {TIMING}/><offset value="-30" unit="min"/>') + DOSE,
        (["2", None], [(None, "ACM")]),
    ),
    "event with an offset of none": (
        eivl(f'<event code="ACM" {TIMING}/><offset value="0" unit="min"/>') + DOSE,
        (["2", None], [(None, "ACM")]),
    ),
    "a range in one unit": (
        EVERY + '<doseQuantity><low value="1" unit="{Tablet}"/><high value="2" unit="{Tablet}"/></doseQuantity>',
        (["1", "2"], [("8", None)]),
    ),
    "a range of bare counts": (
        EVERY + '<doseQuantity><low value="1" unit="1"/><high value="2"/></doseQuantity>',
        (["1", "2"], [("8", None)]),
    ),
    "two events": (
        eivl(f'<event code="ACM" {TIMING}/>') + eivl(f'<event code="HS" {TIMING}/>'),
        ([None, None], [(None, "ACM"), (None, "HS")]),
    ),
    "unknown times and dose": (
        pivl('<period nullFlavor="UNK"/>') + '<doseQuantity nullFlavor="UNK"/>',
        ([None, None], []),
    ),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", TEXT_ONLY)
def test_half_a_regimen_is_left_to_the_words_with_a_finding(name: str, reader: str):
    markup, why = TEXT_ONLY[name]
    dosage, findings = READERS[reader](FROM + markup)
    assert (dosage.why_text_only, parts(dosage)) == (why, ([None, None], []))
    assert [f.code for f in findings].count(why) == 1
    grave = {f.severity for f in findings if f.code == why}
    assert grave == {Severity.ERROR if why.endswith("unbelievable") else Severity.WARNING}


@pytest.mark.parametrize("name", TEXT_ONLY)
def test_both_readers_find_the_same_at_the_same_element(name: str):
    markup, why = TEXT_ONLY[name]
    told = [{f.path.rpartition("/")[2] for f in read(FROM + markup)[1] if f.code == why} for read in READERS.values()]
    assert told[0] == told[1] != set()


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", READ)
def test_a_regimen_that_is_whole_is_structured_without_a_finding(name: str, reader: str):
    markup, expected = READ[name]
    dosage, findings = READERS[reader](FROM + markup)
    assert (dosage.why_text_only, parts(dosage)) == (None, expected)
    assert [f.code for f in findings if f.severity is not Severity.INFO] == []


HOURS = Quantity(Decimal(8), Coded(target=Coding("h", "2.16.840.1.113883.6.8", "hour")))
TABLET = Coded("tablett", Coding("1", "2.16.578.1.12.4.1.1.7452", "tablett"))
ACM = Coding("ACM", "2.16.840.1.113883.5.139")
UNKNOWN = '<effectiveTime xsi:type="PIVL_TS" operator="A"><period nullFlavor="UNK"/></effectiveTime>'
NEVER_PRINTED = {
    "offset in a unit without code": Timing(event=ACM, offset=Quantity(Decimal(1), TABLET)),
    "event of another code system": Timing(event=replace(ACM, system="2.16.840.1.113883.4.642.3.76")),
    "event that the schema does not take": Timing(event=replace(ACM, code="WAKE")),
    "two things at once": Timing(period=HOURS, event=ACM),
    "nothing at all": Timing(),
    "a period in a unit without code": Timing(period=Quantity(Decimal(8), TABLET)),
}


def composer() -> CdaComposer:
    made = Moment("2026-11-30T10:00:00+01:00")
    return CdaComposer(words_for("nb-NO"), Report(), Identifier("2.999.1", "1"), made, made)


@pytest.mark.parametrize("one_rule", [True, False])
@pytest.mark.parametrize("name", NEVER_PRINTED)
def test_a_time_that_cda_cannot_hold_is_unknown_with_a_finding(name: str, *, one_rule: bool):
    made = composer()
    dosage = Dosage("slik det står", timings=(NEVER_PRINTED[name],))
    assert print_times(dosage, "d", made, one_rule=one_rule) == UNKNOWN
    assert [f.code for f in made.report.findings] == ["timing-not-expressible"]


@pytest.mark.parametrize("one_rule", [True, False])
@pytest.mark.parametrize(
    ("rule", "printed"),
    [
        (Timing(period=HOURS), '<period value="8" unit="h"/>'),
        (Timing(event=ACM), '<event code="ACM" codeSystem="2.16.840.1.113883.5.139"/>'),
        (Timing(event=ACM, offset=HOURS), '<offset><low value="8" unit="h"/></offset>'),
        (Timing(at=Moment("2026-11")), '<effectiveTime value="202611"/>'),
        (Timing(at=Moment("2026-11-02")), '<effectiveTime value="20261102"/>'),
    ],
)
def test_a_time_is_printed_the_same_in_both_documents(rule: Timing, printed: str, *, one_rule: bool):
    made = composer()
    assert printed in print_times(Dosage(None, timings=(rule,)), "d", made, one_rule=one_rule)
    assert made.report.findings == []


def test_a_most_without_a_least_is_not_printed_as_a_dose():
    made = composer()
    assert print_dose(Dosage(None, dose_high=HOURS), "d", made) == ""
    assert [f.code for f in made.report.findings] == ["dose-bound"]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("per", [("1", "d"), ("24", "h")])
def test_the_most_a_day_is_read_beside_its_dose(reader: str, per: tuple[str, str]):
    dosage, _ = READERS[reader](FROM + EVERY + DOSE + most("6", "mL", *per))
    assert (parts(dosage), dosage.why_text_only) == ((["2", None], [("8", None)]), None)
    assert dosage.daily_maximum is not None
    assert dosage.daily_maximum.value == 6


def test_the_most_a_day_is_printed_with_its_dose_or_neither_is():
    made = composer()
    six = replace(HOURS, value=Decimal(48))
    printed = print_dose(Dosage(None, dose=HOURS, daily_maximum=six), "d", made)
    assert '<maxDoseQuantity><numerator xsi:type="PQ" value="48" unit="h"/>' in printed
    assert printed.endswith('<denominator xsi:type="PQ" value="1" unit="d"/></maxDoseQuantity>')
    assert made.report.findings == []
    for wrong in (Quantity(Decimal(48)), replace(HOURS, value=Decimal(1))):
        assert print_dose(Dosage(None, dose=HOURS, daily_maximum=wrong), "d", made) == ""
    assert [f.code for f in made.report.findings] == ["dose-bound", "dose-bound"]


def test_as_needed_is_never_printed_as_an_interval():
    for one_rule in (True, False):
        made = composer()
        printed = print_times(
            Dosage(None, timings=(Timing(period=HOURS),), as_needed=True), "d", made, one_rule=one_rule
        )
        assert 'nullFlavor="UNK"' in printed
        assert [f.code for f in made.report.findings] == ["timing-in-narrative"]


def test_what_is_printed_is_read_again():
    rules = (Timing(event=ACM, offset=HOURS), Timing(period=HOURS, institution_specified=True))
    printed = print_times(Dosage(None, dose=HOURS, timings=rules), "d", composer(), one_rule=False)
    dosage, _ = dosage_in_prescription(FROM + printed)
    assert [(t.event, t.period and t.period.value, t.institution_specified) for t in dosage.timings] == [
        (ACM, None, False),
        (None, Decimal(8), True),
    ]
