"""Allergies: elements written by hand from E.3.16 and E.3.17, printed and read; what a document denies, at whatever
level it does, is no allergy and no reaction."""

import pytest

from tests.support.documents.by_hand import alike, by_hand, printed, words
from tests.support.documents.foreign import SNOMED, codes, read, section
from tests.support.pivots import summaries as pivots
from tests.support.pivots.summaries import mapped
from transformers.model.summary import Allergy, KnownAbsent, NotReadable, Present, Reaction, Standing
from transformers.model.values import Coded, Coding, Moment, Provenance

DENIED = 'negationInd="true"'


def latex(*, concern: str = "", allergy: str = "", reaction: str = "") -> str:
    """An allergy to latex with urticaria; each argument is further attributes of one level."""
    return (
        f'<act classCode="ACT" moodCode="EVN" {concern}><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/>'
        '<statusCode code="active"/><entryRelationship typeCode="SUBJ">'
        f'<observation classCode="OBS" moodCode="EVN" {allergy}>'
        f'<code code="419199007" {SNOMED} displayName="Allergy"/><participant typeCode="CSM"><participantRole>'
        f'<playingEntity><code code="111088007" {SNOMED} displayName="Latex"/></playingEntity></participantRole>'
        '</participant><entryRelationship typeCode="MFST" inversionInd="true">'
        f'<observation classCode="OBS" moodCode="EVN" {reaction}><statusCode code="completed"/>'
        f'<value xsi:type="CD" code="126485001" {SNOMED} displayName="Urticaria"/></observation>'
        "</entryRelationship></observation></entryRelationship></act>"
    )


def allergies(**attributes: str):
    result = read(section("allergies", latex(**attributes)))
    return result.summary.content.allergies, codes(result)


@pytest.mark.parametrize("level", ["concern", "allergy"])
def test_an_allergy_that_is_denied_is_none_and_is_reported(level: str):
    stated, _ = allergies()
    assert isinstance(stated, Present)
    assert [one.agent.target.display for one in stated.entries] == ["Latex"]
    denied, findings = allergies(**{level: DENIED})
    assert isinstance(denied, NotReadable)
    assert [(kept.why, kept.words) for kept in denied.unread] == [(Standing.DENIED, "Allergy; Latex; Urticaria")]
    assert "statement-not-affirmed" in findings


def test_a_reaction_that_is_denied_is_none_and_the_allergy_stays():
    stated, _ = allergies()
    assert [r.manifestation.target.display for r in stated.entries[0].reactions] == ["Urticaria"]
    denied, findings = allergies(reaction=DENIED)
    assert [(one.agent.target.display, one.reactions) for one in denied.entries] == [("Latex", ())]
    assert "statement-not-affirmed" in findings


CONCERN = (
    '<act classCode="ACT" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.16"/>'
    '<id {id}/><code code="CONC" codeSystem="2.16.840.1.113883.5.6" codeSystemName="ActClass" displayName="Concern"/>'
    '<statusCode code="{status}"/>{time}<entryRelationship typeCode="SUBJ" inversionInd="false">{inside}'
    "</entryRelationship></act>"
)
PRINTED = CONCERN.format(
    id='root="OWN"',
    status="active",
    time='<effectiveTime><low value="2010"/></effectiveTime>',
    inside=f"""
      <observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.17"/>
        <id root="OWN"/>
        <code code="419199007" {SNOMED} codeSystemName="SNOMED CT" displayName="Allergy">{words("alg1-kind")}</code>
        <text><reference value="#alg1"/></text><statusCode code="completed"/>
        <effectiveTime><low value="2010"/></effectiveTime>
        <participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT">
          <code code="111088007" {SNOMED} codeSystemName="SNOMED CT" displayName="Latex">{words("alg1-agent")}</code>
          <name>Latex</name></playingEntity></participantRole></participant>
        <entryRelationship typeCode="MFST" inversionInd="true">
          <observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.44"/>
            <id root="OWN"/>
            <code code="404684003" {SNOMED} codeSystemName="SNOMED CT" displayName="Clinical finding"/>
            <text><reference value="#alg1-reaction1"/></text><statusCode code="completed"/>
            <effectiveTime><low nullFlavor="UNK"/></effectiveTime>
            <value xsi:type="CD" code="126485001" {SNOMED} codeSystemName="SNOMED CT"
              displayName="Urticaria">{words("alg1-reaction1")}</value>
            <entryRelationship typeCode="SUBJ" inversionInd="true">
              <observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.8"/>
                <templateId root="2.16.840.1.113883.10.20.1.55"/>
                <code code="SEV" codeSystem="2.16.840.1.113883.5.4" codeSystemName="ActCode" displayName="Severity"/>
                <text><reference value="#alg1-reaction1-severity"/></text><statusCode code="completed"/>
                <value xsi:type="CD" code="24484000" {SNOMED} codeSystemName="SNOMED CT"
                  displayName="Severe">{words("alg1-reaction1-severity")}</value>
              </observation></entryRelationship>
          </observation></entryRelationship>
        <entryRelationship typeCode="SUBJ" inversionInd="true">
          <observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.33"/>
            <code code="82606-5" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC"
              displayName="Allergy or intolerance criticality"/>
            <text><reference value="#alg1-criticality"/></text><statusCode code="completed"/>
            <value xsi:type="CE" code="high" codeSystem="2.16.840.1.113883.4.642.4.130"
              codeSystemName="FHIR AllergyIntoleranceCriticality" displayName="High Risk"
              >{words("alg1-criticality")}</value></observation></entryRelationship>
        <entryRelationship typeCode="SUBJ" inversionInd="true">
          <observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.35"/>
            <code code="66455-7" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC"
              displayName="Condition status"/>
            <text><reference value="#alg1-certainty"/></text><statusCode code="completed"/>
            <value xsi:type="CE" code="confirmed" codeSystem="2.16.840.1.113883.4.642.4.1371"
              codeSystemName="FHIR AllergyIntoleranceVerificationStatusCodes" displayName="Confirmed"
              >{words("alg1-certainty")}</value></observation></entryRelationship>
        <entryRelationship typeCode="REFR" inversionInd="false">
          <observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.34"/>
            <code code="33999-4" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC" displayName="Status"/>
            <text><reference value="#alg1-status"/></text><statusCode code="completed"/>
            <value xsi:type="CE" code="active" codeSystem="2.16.840.1.113883.4.642.4.1373"
              codeSystemName="FHIR AllergyIntoleranceClinicalStatusCodes" displayName="Active"
              >{words("alg1-status")}</value></observation></entryRelationship>
      </observation>""",
)
LATEX = Allergy(
    id="a1",
    agent=mapped("111088007", pivots.SNOMED, "Latex"),
    agent_is_medicine=False,
    kind=mapped("419199007", pivots.SNOMED, "Allergy"),
    reactions=(
        Reaction(mapped("126485001", pivots.SNOMED, "Urticaria"), mapped("24484000", pivots.SNOMED, "Severe"), None),
    ),
    criticality=mapped("high", pivots.CRITICALITY, "High Risk"),
    certainty=mapped("confirmed", pivots.CERTAINTY, "Confirmed"),
    status=mapped("active", pivots.ALLERGY_STATUS, "Active"),
    onset=Moment("2010"),
    provenance=pivots.provenance(),
)


def test_an_allergy_is_printed_as_the_specification_writes_it():
    assert printed("allergies", LATEX) == [by_hand(PRINTED)]


def test_no_known_allergies_is_printed_as_the_specification_writes_it():
    inside = """
      <observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.17"/>
        <id nullFlavor="NA"/><code nullFlavor="NA"/><text><reference value="#alg1"/></text>
        <statusCode code="completed"/><effectiveTime nullFlavor="NA"/>
        <value xsi:type="CD" code="no-known-allergies" codeSystem="2.16.840.1.113883.5.1150.1"
          codeSystemName="IPS Absent and Unknown Data" displayName="No known allergies"/></observation>"""
    concern = CONCERN.format(
        id='nullFlavor="NA"', status="active", time='<effectiveTime nullFlavor="NA"/>', inside=inside
    )
    absent = KnownAbsent("no-known-allergies", pivots.provenance())
    assert printed("allergies", absent) == [by_hand(concern)]


def test_an_allergy_of_a_foreign_document_is_read_whole():
    concern = f"""<act classCode="ACT" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.16"/>
      <templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.5.3"/><id root="2.999.9" extension="C1"/>
      <code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="completed"/>
      <effectiveTime><low value="2009"/><high nullFlavor="UNK"/></effectiveTime>
      <entryRelationship typeCode="SUBJ" inversionInd="false">
      <observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.17"/>
        <templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.6"/><id root="2.999.9" extension="A7"/>
        <code code="419511003" {SNOMED} displayName="Propensity to adverse reactions to drug"/>
        <text>Ver o texto</text><statusCode code="completed"/>
        <effectiveTime><low value="20091203"/></effectiveTime>
        <participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT">
          <code code="J01CA04" codeSystem="2.16.840.1.113883.6.73" displayName="amoxicillin">
            <translation code="15372" codeSystem="2.999.7" displayName="Amoxicilina"/></code>
          <name>Amoxicilina 500</name></playingEntity></participantRole></participant>
        <entryRelationship typeCode="MFST" inversionInd="true">
          <observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.44"/>
            <id root="2.999.9" extension="R1"/><code code="404684003" {SNOMED} displayName="Clinical finding"/>
            <statusCode code="completed"/><effectiveTime><low value="200912"/></effectiveTime>
            <value xsi:type="CD" code="39579001" {SNOMED} displayName="Anaphylaxis"/></observation></entryRelationship>
      </observation></entryRelationship></act>"""
    result = read(section("allergies", concern))
    assert result.summary.content.allergies == Present(
        (
            Allergy(
                id="A7",
                agent=Coded(
                    "Amoxicilina 500",
                    Coding("15372", "2.999.7", "Amoxicilina"),
                    target=Coding("J01CA04", pivots.ATC, "amoxicillin", "Anatomical Therapeutic Chemical"),
                ),
                agent_is_medicine=True,
                kind=alike("419511003", pivots.SNOMED, "Propensity to adverse reactions to drug", "SNOMED CT"),
                reactions=(
                    Reaction(
                        alike("39579001", pivots.SNOMED, "Anaphylaxis", "SNOMED CT"), None, Moment("2009-12"), None
                    ),
                ),
                criticality=None,
                certainty=None,
                status=None,
                onset=Moment("2009-12-03"),
                provenance=Provenance("Hospital Um", "A7", None),
                note="Ver o texto",
                concern="completed",
            ),
        )
    )
    assert codes(result) == ["concern-time-differs"]
