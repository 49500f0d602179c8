"""Vaccinations: elements written by hand from E.3.19, E.3.18 and E.3.28, printed and read."""

from decimal import Decimal

import pytest

from tests.support.documents.by_hand import alike, by_hand, printed, words
from tests.support.documents.foreign import ICD10, codes, read, section
from tests.support.pivots import summaries as pivots
from tests.support.pivots.summaries import mapped
from transformers.model.summary import Immunisation, Present
from transformers.model.values import Moment, Provenance

E3 = "1.3.6.1.4.1.12559.11.10.1.3.1.3."
CCD = "2.16.840.1.113883.10.20.1."
ATC = 'codeSystem="2.16.840.1.113883.6.73"'
NAMED = f'{ATC} codeSystemName="Anatomical Therapeutic Chemical"'


def test_a_vaccination_is_printed_as_the_specification_writes_it():
    hand = f"""
    <substanceAdministration classCode="SBADM" moodCode="EVN"><templateId root="{E3}19"/>
      <templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.12"/><templateId root="{CCD}24"/><id root="OWN"/>
      <code code="IMMUNIZ" codeSystem="1.3.5.1.4.1.19376.1.5.3.2" codeSystemName="IHEActCode"
        displayName="Immunization"/><text><reference value="#imm1"/></text><statusCode code="completed"/>
      <effectiveTime value="20241015"/>
      <consumable typeCode="CSM"><manufacturedProduct classCode="MANU"><templateId root="{E3}18"/>
        <templateId root="{CCD}53"/><manufacturedMaterial classCode="MMAT" determinerCode="KIND">
          <code code="J07BB02" {NAMED} displayName="influenza">{words("imm1-vaccine")}</code>
          <name>Vaxigrip Tetra</name><lotNumberText>AB123</lotNumberText></manufacturedMaterial>
      </manufacturedProduct></consumable>
      <participant typeCode="IND"><participantRole classCode="AGNT">
        <code code="J11" {ICD10} codeSystemName="ICD-10" displayName="Influenza">{words("imm1-disease1")}</code>
        <playingEntity classCode="ENT"><name>Influenza</name></playingEntity></participantRole></participant>
      <entryRelationship typeCode="SUBJ" inversionInd="false"><observation classCode="OBS" moodCode="EVN">
        <templateId root="{E3}28"/><templateId root="{CCD}46"/>
        <code code="30973-2" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC" displayName="Dose number"/>
        <statusCode code="completed"/><value xsi:type="INT" value="2"/></observation></entryRelationship>
    </substanceAdministration>"""
    influenza = pivots.immunisation(
        vaccine=mapped("J07BB02", pivots.ATC, "influenza"),
        target_diseases=(mapped("J11", pivots.ICD10, "Influenza"),),
        performer=None,
    )
    assert printed("immunisations", influenza) == [by_hand(hand)]


def test_a_vaccination_of_a_foreign_document_is_read_whole():
    hand = f"""
    <substanceAdministration classCode="SBADM" moodCode="EVN"><templateId root="{E3}19"/>
      <id root="2.999.9" extension="V7"/><code code="IMMUNIZ" codeSystem="1.3.6.1.4.1.19376.1.5.3.2"/>
      <statusCode code="completed"/><effectiveTime><low value="20210311"/></effectiveTime>
      <consumable typeCode="CSM"><manufacturedProduct classCode="MANU"><templateId root="{E3}18"/>
        <manufacturedMaterial classCode="MMAT" determinerCode="KIND">
          <code code="J07BN01" {ATC} displayName="covid-19, RNA-based vaccine"/>
          <name>Comirnaty</name><lotNumberText>ET1831</lotNumberText></manufacturedMaterial>
      </manufacturedProduct></consumable>
      <participant typeCode="IND"><participantRole classCode="AGNT">
        <code code="U07.1" {ICD10} displayName="COVID-19"/></participantRole></participant>
      <entryRelationship typeCode="SUBJ" inversionInd="false"><observation classCode="OBS" moodCode="EVN">
        <templateId root="{E3}28"/><code code="30973-2" codeSystem="2.16.840.1.113883.6.1"/>
        <statusCode code="completed"/><value xsi:type="INT" value="1"/></observation></entryRelationship>
    </substanceAdministration>"""
    result = read(section("immunisations", hand))
    vaccine = alike("J07BN01", pivots.ATC, "covid-19, RNA-based vaccine", "Anatomical Therapeutic Chemical")
    assert result.summary.content.immunisations == Present(
        (
            Immunisation(
                id="V7",
                vaccine=vaccine,
                given=Moment("2021-03-11"),
                provenance=Provenance("Hospital Um", "V7", None),
                product_name="Comirnaty",
                target_diseases=(alike("U07.1", pivots.ICD10, "COVID-19", "ICD-10"),),
                lot="ET1831",
                dose_number=1,
            ),
        )
    )
    assert codes(result) == []


GIVEN = (
    '<substanceAdministration classCode="SBADM" moodCode="EVN"><templateId root="{}19"/><effectiveTime value="2020"/>'
    '{}<consumable><manufacturedProduct><manufacturedMaterial><code code="1" codeSystem="2.999.8" displayName="MMR"/>'
    "</manufacturedMaterial></manufacturedProduct></consumable>{}</substanceAdministration>"
)
NUMBER = (
    '<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><code code="30973-2"/>'
    '<value xsi:type="INT" value="{}"/></observation></entryRelationship>'
)


def given(dose: str, number: str = "") -> tuple[Immunisation, list[str]]:
    result = read(section("immunisations", GIVEN.format(E3, dose, number)))
    assert isinstance(result.summary.content.immunisations, Present)
    return result.summary.content.immunisations.entries[0], codes(result)


@pytest.mark.parametrize(("value", "number"), [("-1", None), ("1.5", None), ("1000000000", None), ("0", 0), ("3", 3)])
def test_a_dose_number_that_cannot_be_is_none(value: str, number: int | None):
    one, found = given("", NUMBER.format(value))
    assert one.dose_number == number
    assert ("amount-impossible" in found) == (number is None)


@pytest.mark.parametrize(
    ("dose", "value", "code"),
    [
        ('<doseQuantity value="0.5" unit="mL"/>', "0.5", None),
        ('<doseQuantity><low value="0.5" unit="mL"/><high value="0.5" unit="mL"/></doseQuantity>', "0.5", None),
        ('<doseQuantity><low value="0.5" unit="mL"/><high value="1" unit="mL"/></doseQuantity>', None, "not-carried"),
        ('<doseQuantity><low value="0.5" unit="mL"/></doseQuantity>', None, "not-carried"),
        ('<doseQuantity value="-0.5" unit="mL"/>', None, "amount-impossible"),
        ('<doseQuantity value="0" unit="mL"/>', None, "amount-impossible"),
    ],
)
def test_a_dose_of_a_vaccine_is_one_amount_that_can_be(dose: str, value: str | None, code: str | None):
    one, found = given(dose)
    assert (None if one.dose is None else one.dose.value) == (None if value is None else Decimal(value))
    assert found == [] or code in found


@pytest.mark.parametrize(
    ("time", "day", "code"),
    [
        ('value="20200101"', "2020-01-01", None),
        ('xsi:type="IVL_TS"><low value="20200101"/></effectiveTime>', "2020-01-01", None),
        ('xsi:type="IVL_TS"><low value="20200101"/><high value="20200101"/></effectiveTime>', "2020-01-01", None),
        ('xsi:type="IVL_TS"><low value="20200101"/><high value="2021"/></effectiveTime>', "2020-01-01", "not-carried"),
        ('xsi:type="IVL_TS"><low value="20200101"/><high value="2019"/></effectiveTime>', None, "period-reversed"),
    ],
)
def test_a_vaccination_is_of_the_day_on_which_it_began(time: str, day: str | None, code: str | None):
    written = f"<effectiveTime {time}" + ("" if time.endswith(">") else "/>")
    entry = GIVEN.format(E3, "", "").replace('<effectiveTime value="2020"/>', written)
    result = read(section("immunisations", entry))
    assert isinstance(result.summary.content.immunisations, Present)
    one = result.summary.content.immunisations.entries[0]
    assert (None if one.given is None else one.given.iso) == day
    assert (codes(result) == []) if code is None else (code in codes(result))
