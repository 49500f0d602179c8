"""Medicines in use: elements written by hand from E.3.4, E.3.31 and E.3.32, printed and read."""

from decimal import Decimal

from tests.support.documents.by_hand import alike, by_hand, printed, words
from tests.support.documents.foreign import LOINC, codes, read, section
from tests.support.pivots import summaries as pivots
from tests.support.pivots.summaries import mapped
from transformers.model.summary import (
    Dosage,
    KeptInWords,
    KnownAbsent,
    MedicationStatement,
    MedicinalProduct,
    NotReadable,
    Present,
    Standing,
)
from transformers.model.values import Moment, Period, Provenance, Quantity

E3 = "1.3.6.1.4.1.12559.11.10.1.3.1.3."
CCD = "2.16.840.1.113883.10.20.1."
ATC = 'codeSystem="2.16.840.1.113883.6.73"'
EDQM = 'codeSystem="0.4.0.127.0.16.1.1.2.1"'
UNREAD = (
    "Her står noe fra avsenderen som ikke kunne leses som opplysninger. Det betyr ikke at det ikke finnes noe."
    " Avsenderens egne ord følger. Antall"
)
EMPTY = (
    '<substanceAdministration classCode="SBADM" moodCode="INT">'
    f'<templateId root="{E3}4"/><templateId root="{CCD}24"/><id root="OWN"/>{{code}}'
    '<text><reference value="#{anchor}"/></text><statusCode code="completed"/>'
    '<effectiveTime xsi:type="IVL_TS" nullFlavor="UNK"/><effectiveTime nullFlavor="NA"/>'
    f'<consumable typeCode="CSM"><manufacturedProduct classCode="MANU"><templateId root="{E3}31"/>'
    '<manufacturedMaterial classCode="MMAT" determinerCode="KIND"{null}>'
    f'<templateId root="{E3}32"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration>'
)


def test_a_medicine_is_printed_as_the_specification_writes_it():
    hand = f"""
    <substanceAdministration classCode="SBADM" moodCode="EVN" xmlns:pharm="urn:hl7-org:pharm">
      <templateId root="{E3}4"/><templateId root="{CCD}24"/><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.7.1"/>
      <id root="OWN"/><text><reference value="#med1"/></text><statusCode code="active"/>
      <effectiveTime xsi:type="IVL_TS"><low value="20250101"/><high value="20270101"/></effectiveTime>
      <effectiveTime xsi:type="PIVL_TS" operator="A"><period value="8" unit="h"/></effectiveTime>
      <routeCode code="20053000" {EDQM} codeSystemName="EDQM" displayName="Oral use"/>
      <doseQuantity><low value="1" unit="{{Tablet}}"/><high value="1" unit="{{Tablet}}"/></doseQuantity>
      <consumable typeCode="CSM"><manufacturedProduct classCode="MANU"><templateId root="{E3}31"/>
        <manufacturedMaterial classCode="MMAT" determinerCode="KIND"><templateId root="{E3}32"/>
          <name>Paracet tab 500 mg</name><pharm:desc>500 mg</pharm:desc>
          <pharm:formCode code="10219000" {EDQM} codeSystemName="EDQM" displayName="Tablet"/>
          <pharm:asSpecializedKind classCode="GRIC">
            <pharm:generalizedMaterialKind classCode="MMAT" determinerCode="KIND">
            <pharm:code code="N02BE01" {ATC} codeSystemName="Anatomical Therapeutic Chemical"
              displayName="paracetamol">{words("med1-atc")}</pharm:code></pharm:generalizedMaterialKind>
          </pharm:asSpecializedKind></manufacturedMaterial></manufacturedProduct></consumable>
      <entryRelationship typeCode="SUBJ" inversionInd="true"><act classCode="ACT" moodCode="INT">
        <templateId root="{E3}12"/><templateId root="{CCD}49"/><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.3"/>
        <code code="PINSTRUCT" codeSystem="1.3.6.1.4.1.19376.1.5.3.2" codeSystemName="IHEActCode"
          displayName="Patient Medication Instructions"/>
        <text><reference value="#med1-dosage"/></text><statusCode code="completed"/></act></entryRelationship>
    </substanceAdministration>"""
    product = MedicinalProduct(
        name="Paracet tab 500 mg",
        level="brand",
        atc=mapped("N02BE01", pivots.ATC, "paracetamol"),
        form=mapped("10219000", pivots.EDQM, "Tablet"),
        strength_text="500 mg",
    )
    taken = pivots.medication(product=product, dosage=_dosage(), ordered=False, reason=None, prescriber=None)
    assert printed("medications", taken) == [by_hand(hand)]


def _dosage() -> Dosage:
    return Dosage(
        text="1 tablett 3 ganger daglig",
        route=mapped("20053000", pivots.EDQM, "Oral use"),
        dose=Quantity(Decimal(1), mapped("15054000", pivots.EDQM, "Tablet")),
        period=Quantity(Decimal(8), mapped("h", pivots.UCUM, "hour")),
    )


def test_no_known_medications_is_printed_as_the_specification_writes_it():
    code = (
        '<code code="no-known-medications" codeSystem="2.16.840.1.113883.5.1150.1"'
        ' codeSystemName="IPS Absent and Unknown Data" displayName="No known medications"/>'
    )
    hand = EMPTY.format(code=code, anchor="med1", null=' nullFlavor="NA"')
    assert printed("medications", KnownAbsent("no-known-medications", pivots.provenance())) == [by_hand(hand)]


def test_what_could_not_be_read_is_printed_in_words():
    code = (
        f'<code nullFlavor="OTH">{words("med-unread")}'
        '<translation code="words-only" codeSystem="2.16.578.1.12.4.5.10.1.3"'
        f' codeSystemName="NCPeH Norway: words only" displayName="{UNREAD} (1). Avkreftet av avsenderen: Paracetamol">'
        '<translation code="as-text" codeSystem="2.16.840.1.113883.4.642.4.1048" codeSystemName="DataAbsentReason"'
        ' displayName="As Text"/></translation></code>'
    )
    state = NotReadable((KeptInWords(Standing.DENIED, "Paracetamol"),), "Hospital Um")
    assert printed("medications", state) == [by_hand(EMPTY.format(code=code, anchor="med-unread", null=""))]


def test_a_medicine_of_a_foreign_document_is_read_whole():
    hand = f"""
    <substanceAdministration classCode="SBADM" moodCode="INT"><templateId root="{E3}4"/>
      <id root="2.999.9" extension="M7"/><code code="DRUG" codeSystem="2.16.840.1.113883.5.4"/>
      <text><reference value="#a1"/></text><statusCode code="active"/>
      <effectiveTime xsi:type="IVL_TS"><low value="20260110"/></effectiveTime>
      <effectiveTime xsi:type="PIVL_TS" operator="A"><period value="12" unit="h"/></effectiveTime>
      <routeCode code="20053000" {EDQM} displayName="Oral use"/>
      <doseQuantity><low value="2" unit="1"/><high value="2" unit="1"/></doseQuantity>
      <consumable typeCode="CSM"><manufacturedProduct classCode="MANU"><templateId root="{E3}31"/>
        <manufacturedMaterial classCode="MMAT" determinerCode="KIND"><templateId root="{E3}32"/>
          <name>Brufen 400</name>
          <pharm:asSpecializedKind classCode="GRIC"><pharm:generalizedMaterialKind>
            <pharm:code code="M01AE01" {ATC} displayName="ibuprofen"/>
          </pharm:generalizedMaterialKind></pharm:asSpecializedKind>
        </manufacturedMaterial></manufacturedProduct></consumable>
      <entryRelationship typeCode="SUBJ" inversionInd="true"><act classCode="ACT" moodCode="EVN">
        <templateId root="{E3}11"/><code code="48767-8" {LOINC}/><text>Com comida</text>
        <statusCode code="completed"/></act></entryRelationship>
    </substanceAdministration>"""
    result = read(section("medications", hand))
    atc = alike("M01AE01", pivots.ATC, "ibuprofen", "Anatomical Therapeutic Chemical")
    hours = alike("h", pivots.UCUM, None, "UCUM")
    assert result.summary.content.medications == Present(
        (
            MedicationStatement(
                id="M7",
                product=MedicinalProduct(name="Brufen 400", level="unknown", atc=atc),
                dosage=Dosage(
                    text=None,
                    route=alike("20053000", pivots.EDQM, "Oral use", "EDQM"),
                    dose=Quantity(Decimal(2)),
                    period=Quantity(Decimal(12), hours),
                ),
                used=Period(Moment("2026-01-10")),
                ordered=True,
                reason=None,
                provenance=Provenance("Hospital Um", "M7", None),
                note="Com comida",
                status="active",
            ),
        )
    )
    assert codes(result) == []
