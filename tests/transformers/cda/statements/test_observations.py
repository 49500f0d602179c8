"""Observations: elements written by hand from E.3.21 and E.3.22, E.3.45 and E.3.24, printed and read; what a source may
leave out of a reference range."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.documents.by_hand import alike, by_hand, printed, words
from tests.support.documents.elements import Document
from tests.support.documents.foreign import LOINC, codes, observation, read, section
from tests.support.pivots import summaries as pivots
from tests.support.pivots.summaries import mapped
from transformers.model.standing import Standing
from transformers.model.summary import Observation, ObservationGroup, Present
from transformers.model.values import Moment, Period, Provenance, Quantity

E3 = "1.3.6.1.4.1.12559.11.10.1.3.1.3."
IHE = "1.3.6.1.4.1.19376.1.5.3.1.4."
CCD = "2.16.840.1.113883.10.20.1."
NAMED = f'{LOINC} codeSystemName="LOINC"'


def end(name: str, value: str | None, unit: str | None) -> str:
    told = "" if value is None else f' value="{value}"' + ("" if unit is None else f' unit="{unit}"')
    return f"<{name}{told}/>"


@pytest.mark.parametrize(
    ("low", "high", "unit", "words"),
    [
        ("4.5", "6.5", "mmol/L", "4.5 – 6.5 mmol/L"),
        ("4.5", "6.5", None, "4.5 – 6.5"),
        ("4.5", None, "mmol/L", "≥ 4.5 mmol/L"),
        ("4.5", None, None, "≥ 4.5"),
        (None, "6.5", "mmol/L", "≤ 6.5 mmol/L"),
        (None, "6.5", None, "≤ 6.5"),
        (None, None, None, None),
    ],
)
def test_a_reference_range_is_kept_as_words_whatever_of_it_is_stated(low, high, unit, words):
    ends = end("low", low, unit) + end("high", high, unit)
    ranged = (
        f'<referenceRange><observationRange><value xsi:type="IVL_PQ">{ends}</value></observationRange></referenceRange>'
    )
    value = '<value xsi:type="PQ" value="5" unit="mmol/L"/>'
    result = read(section("results", observation(f'<code code="2823-3" {LOINC} displayName="K"/>', value, ranged)))
    results = result.summary.content.results
    assert isinstance(results, Present)
    ((made,),) = (group.observations for group in results.entries)
    assert made.reference_range == words
    assert codes(result) == [] if words is None else ["range-as-text"]


def claimed(*roots: str) -> str:
    return "".join(f'<templateId root="{root}"/>' for root in roots)


def test_a_blood_pressure_is_printed_as_the_specification_writes_it():
    def component(number: int, code: str, display: str, value: str) -> str:
        anchor = f"vit1-o{number}-code"
        return f"""<component typeCode="COMP"><observation classCode="OBS" moodCode="EVN">
          {claimed(f"{E3}22", f"{E3}20", f"{IHE}13", f"{IHE}13.2", f"{CCD}31")}<id root="OWN"/>
          <code code="{code}" {NAMED} displayName="{display}">{words(anchor)}</code>
          <text><reference value="#{anchor}"/></text><statusCode code="completed"/>
          <effectiveTime value="20240301"/><value xsi:type="PQ" value="{value}" unit="mm[Hg]"/>
        </observation></component>"""

    hand = f"""<organizer classCode="CLUSTER" moodCode="EVN">
      {claimed(f"{E3}21", f"{IHE}13.1", f"{CCD}32", f"{CCD}35")}<id root="OWN"/>
      <code code="46680005" codeSystem="2.16.840.1.113883.6.96" codeSystemName="SNOMED CT"
        displayName="Vital signs">{words("vit1-code")}</code>
      <statusCode code="completed"/><effectiveTime value="20240301"/>
      {component(1, "8480-6", "Systolic blood pressure", "120")}
      {component(2, "8462-4", "Diastolic blood pressure", "80")}</organizer>"""
    day, source = Period(Moment("2024-03-01"), Moment("2024-03-01")), Provenance("Hospital Um", "o-1")
    unit = mapped("mm[Hg]", pivots.UCUM, "mm[Hg]")
    group = ObservationGroup(
        "g",
        mapped("46680005", pivots.SNOMED, "Vital signs"),
        day,
        (
            Observation(
                "s",
                mapped("8480-6", "2.16.840.1.113883.6.1", "Systolic blood pressure"),
                Quantity(Decimal(120), unit),
                day,
                source,
            ),
            Observation(
                "d",
                mapped("8462-4", "2.16.840.1.113883.6.1", "Diastolic blood pressure"),
                Quantity(Decimal(80), unit),
                day,
                source,
            ),
        ),
        source,
    )
    assert printed("vital_signs", group) == [by_hand(hand)]


def test_a_date_of_delivery_is_printed_below_a_pregnancy_status_as_the_specification_writes_it():
    hand = f"""<observation classCode="OBS" moodCode="EVN">{claimed(f"{E3}45")}<id root="OWN"/>
      <code code="82810-3" {NAMED} displayName="Pregnancy status">{words("preg1-code")}</code>
      <text><reference value="#preg1-code"/></text><statusCode code="completed"/>
      <effectiveTime><low nullFlavor="UNK"/></effectiveTime><value xsi:type="CE" nullFlavor="UNK"/>
      <entryRelationship typeCode="COMP" inversionInd="false"><observation classCode="OBS" moodCode="EVN">
        {claimed(f"{E3}24", f"{E3}20", f"{IHE}13", f"{IHE}13.5")}<id root="OWN"/>
        <code code="11778-8" {NAMED} displayName="Delivery date Estimated">{words("preg1-p1-code")}</code>
        <text><reference value="#preg1-p1-code"/></text><statusCode code="completed"/>
        <effectiveTime><low value="20260105"/></effectiveTime><value xsi:type="TS" value="20260801"/>
      </observation></entryRelationship></observation>"""
    due = Observation(
        "e",
        mapped("11778-8", "2.16.840.1.113883.6.1", "Delivery date Estimated"),
        Moment("2026-08-01"),
        Period(Moment("2026-01-05")),
        Provenance("Hospital Um", "o-2"),
    )
    assert printed("pregnancies", due) == [by_hand(hand)]


def test_a_panel_of_a_foreign_laboratory_is_read_whole():
    hand = f"""<organizer classCode="BATTERY" moodCode="EVN">{claimed(f"{E3}42")}<id root="2.999.9" extension="G7"/>
      <code code="24326-1" {LOINC} displayName="Electrolytes panel"/><statusCode code="completed"/>
      <effectiveTime><low value="20260203"/></effectiveTime>
      <component><observation classCode="OBS" moodCode="EVN">{claimed(f"{E3}43")}<id root="2.999.9" extension="R1"/>
        <code code="2823-3" {LOINC} displayName="Potassium"/><text><reference value="#a1"/></text>
        <statusCode code="completed"/><effectiveTime value="20260203"/>
        <value xsi:type="PQ" value="5.9" unit="mmol/L"/>
        <interpretationCode code="H" codeSystem="2.16.840.1.113883.5.83" displayName="High"/></observation></component>
    </organizer>"""
    result = read(section("results", hand))
    loinc, source = "2.16.840.1.113883.6.1", "Hospital Um"
    unit = alike("mmol/L", pivots.UCUM, None, "UCUM")
    high = alike("H", "2.16.840.1.113883.5.83", "High", None)
    potassium = Observation(
        id="R1",
        code=alike("2823-3", loinc, "Potassium", "LOINC"),
        value=Quantity(Decimal("5.9"), unit),
        when=Period(Moment("2026-02-03"), Moment("2026-02-03")),
        provenance=Provenance(source, "R1", None),
        interpretation=high,
    )
    assert result.summary.content.results == Present(
        (
            ObservationGroup(
                id="G7",
                code=alike("24326-1", loinc, "Electrolytes panel", "LOINC"),
                when=Period(Moment("2026-02-03")),
                observations=(potassium,),
                provenance=Provenance(source, "G7", None),
            ),
        )
    )
    assert codes(result) == []


@pytest.mark.parametrize(
    ("other", "kept"),
    [
        ('<procedure classCode="PROC" moodCode="EVN"><code code="1" displayName="Biopsy"/></procedure>', ["Biopsy"]),
        ('<sequenceNumber value="2"/>', []),
    ],
)
def test_another_act_in_a_panel_is_kept_in_words_and_a_number_in_order_is_none(other: str, kept: list[str]):
    inside = observation(f'<code code="2823-3" {LOINC} displayName="K"/>', '<value xsi:type="ST">high</value>')
    panel = f"""<organizer classCode="BATTERY" moodCode="EVN"><id root="2.999.9" extension="G7"/>
      <code code="24326-1" {LOINC} displayName="Panel"/><statusCode code="completed"/>
      <component>{other}</component><component>{inside}</component></organizer>"""
    results = read(section("results", panel)).summary.content.results
    assert isinstance(results, Present)
    assert [len(group.observations) for group in results.entries] == [1]
    assert [(one.why, one.words) for one in results.unread] == [(Standing.OTHER_FORM, words_) for words_ in kept]


@pytest.mark.parametrize(("interpretation", "lost"), [("N", []), ("H", ["not-carried"])])
def test_a_range_is_the_normal_one_and_another_is_told_as_not_carried(interpretation: str, lost: list[str]):
    ranged = f"""<referenceRange><observationRange><value xsi:type="ST">below 5</value>
      <interpretationCode code="{interpretation}" codeSystem="2.16.840.1.113883.5.83"/></observationRange>
      </referenceRange>"""
    value = '<value xsi:type="ST">4</value>'
    result = read(section("results", observation(f'<code code="2823-3" {LOINC} displayName="K"/>', value, ranged)))
    results = result.summary.content.results
    assert isinstance(results, Present)
    assert results.entries[0].observations[0].reference_range == "below 5"
    assert codes(result) == lost


def test_a_panel_has_its_name_over_its_results_where_it_has_one():
    made = Provenance("Hospital Um", "o-1")
    potassium = Observation("o", mapped("2823-3", "2.16.840.1.113883.6.1", "Potassium"), Decimal(4), Period(), made)
    panel = ObservationGroup("g", mapped("24326-1", "2.16.840.1.113883.6.1", "Panel"), Period(), (potassium,), made)
    rows = [
        Document(pivots.summary(replace(pivots.empty_content(), results=Present((group,))))).said("results")
        for group in (panel, replace(panel, code=None))
    ]
    assert ["Panel" in words_ for words_ in rows] == [True, False]
    assert all("Potassium" in words_ for words_ in rows)
