"""Problems: elements written by hand from E.3.15 and E.3.7, printed and read."""

from tests.support.documents.by_hand import alike, by_hand, part, printed, words
from tests.support.documents.foreign import ICD10, LOINC, SNOMED, codes, read, section
from tests.support.pivots import summaries as pivots
from tests.support.pivots.summaries import mapped
from transformers.model.summary import KnownAbsent, Present, Problem
from transformers.model.values import Moment, Period, Provenance

E3 = "1.3.6.1.4.1.12559.11.10.1.3.1.3."
CCD = "2.16.840.1.113883.10.20.1."
CONCERN = (
    f'<act classCode="ACT" moodCode="EVN"><templateId root="{E3}15"/><templateId root="{CCD}27"/>'
    '<id {id}/><code code="CONC" codeSystem="2.16.840.1.113883.5.6" codeSystemName="ActClass" displayName="Concern"/>'
    '<statusCode code="{status}"/>{time}<entryRelationship typeCode="SUBJ" inversionInd="false">{inside}'
    "</entryRelationship></act>"
)
PROBLEM = f'<code code="55607006" {SNOMED} codeSystemName="SNOMED CT" displayName="Problem"/>'
TIME = '<effectiveTime><low value="2001"/><high value="200305"/></effectiveTime>'


def test_a_problem_is_printed_as_the_specification_writes_it():
    snomed = f'{SNOMED} codeSystemName="SNOMED CT"'
    parts = (
        part(
            "SUBJ",
            (f"{E3}8", f"{CCD}55"),
            'code="SEV" codeSystem="2.16.840.1.113883.5.4" codeSystemName="ActCode" displayName="Severity"',
            f'xsi:type="CD" code="6736007" {snomed} displayName="Moderate"',
            "past1-severity",
        ),
        part(
            "SUBJ",
            (f"{E3}49",),
            f'code="66455-7" {LOINC} codeSystemName="LOINC" displayName="Condition status"',
            'xsi:type="CE" code="confirmed" codeSystem="2.16.840.1.113883.4.642.4.1075"'
            ' codeSystemName="FHIR ConditionVerificationStatus" displayName="Confirmed"',
            "past1-certainty",
        ),
        part(
            "REFR",
            (f"{E3}9", f"{CCD}57", f"{CCD}50"),
            f'code="33999-4" {LOINC} codeSystemName="LOINC" displayName="Status"',
            f'xsi:type="CE" code="413322009" {snomed} displayName="Problem resolved"',
            "past1-status",
        ).replace(words("past1-status"), ""),
        part(
            "REFR",
            (f"{E3}10",),
            f'code="11323-3" {LOINC} codeSystemName="LOINC" displayName="Health status"',
            f'xsi:type="CE" code="81323004" {snomed} displayName="Alive and well"',
            "past1-health",
        ),
    )
    inside = f"""
      <observation classCode="OBS" moodCode="EVN"><templateId root="{E3}7"/><id root="OWN"/>{PROBLEM}
        <text><reference value="#past1"/></text><statusCode code="completed"/>{TIME}
        <value xsi:type="CD" code="E11" {ICD10} codeSystemName="ICD-10"
          displayName="Type 2 diabetes mellitus">{words("past1-condition")}</value>{"".join(parts)}
        <entryRelationship typeCode="SUBJ" inversionInd="true"><act classCode="ACT" moodCode="EVN">
          <templateId root="{E3}11"/><templateId root="{CCD}40"/>
          <code code="48767-8" {LOINC} codeSystemName="LOINC"
            displayName="Annotation comment [Interpretation] Narrative"/>
          <text><reference value="#past1-note"/></text><statusCode code="completed"/></act></entryRelationship>
      </observation>"""
    concern = CONCERN.format(id='root="OWN"', status="completed", time=TIME, inside=inside)
    diabetes = pivots.problem(
        condition=mapped("E11", pivots.ICD10, "Type 2 diabetes mellitus"),
        severity=mapped("6736007", pivots.SNOMED, "Moderate"),
        health_status=mapped("81323004", pivots.SNOMED, "Alive and well"),
        period=Period(Moment("2001"), Moment("2003-05")),
        resolved=True,
    )
    assert printed("past_illness", diabetes) == [by_hand(concern)]


def test_no_known_problems_is_printed_as_the_specification_writes_it():
    inside = f"""
      <observation classCode="OBS" moodCode="EVN"><templateId root="{E3}7"/><id root="OWN"/>{PROBLEM}
        <text><reference value="#prob1"/></text><statusCode code="completed"/><effectiveTime nullFlavor="NA"/>
        <value xsi:type="CD" code="no-known-problems" codeSystem="2.16.840.1.113883.5.1150.1"
          codeSystemName="IPS Absent and Unknown Data" displayName="No known problems"/></observation>"""
    time = '<effectiveTime><low nullFlavor="NA"/></effectiveTime>'
    concern = CONCERN.format(id='nullFlavor="NA"', status="active", time=time, inside=inside)
    assert printed("problems", KnownAbsent("no-known-problems", pivots.provenance())) == [by_hand(concern)]


def test_a_problem_of_a_foreign_document_is_read_whole():
    resolved = part(
        "REFR",
        (f"{E3}9",),
        f'code="33999-4" {LOINC} displayName="Status"',
        f'xsi:type="CE" code="413322009" {SNOMED} displayName="Problem resolved"',
        "a1",
    )
    concern = f"""<act classCode="ACT" moodCode="EVN"><templateId root="{E3}15"/><id root="2.999.9" extension="C1"/>
      <code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="completed"/>
      <effectiveTime><low value="20190301"/><high value="2021"/></effectiveTime>
      <entryRelationship typeCode="SUBJ" inversionInd="false">
      <observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.5"/>
        <id root="2.999.9" extension="P7"/><code code="282291009" {SNOMED} displayName="Diagnosis"/>
        <statusCode code="completed"/><effectiveTime><low value="20190301"/><high value="2021"/></effectiveTime>
        <value xsi:type="CD" code="K35" {ICD10} displayName="Acute appendicitis"/>{resolved}
      </observation></entryRelationship></act>"""
    result = read(section("problems", concern))
    status = result.summary.content.problems.entries[0].status
    assert result.summary.content.problems == Present(
        (
            Problem(
                id="P7",
                condition=alike("K35", pivots.ICD10, "Acute appendicitis", "ICD-10"),
                period=Period(Moment("2019-03-01"), Moment("2021")),
                resolved=True,
                provenance=Provenance("Hospital Um", "P7", None),
                kind=alike("282291009", pivots.SNOMED, "Diagnosis", "SNOMED CT"),
                status=status,
                concern="completed",
            ),
        )
    )
    assert (status.text, status.target.code) == ("ord", "413322009")
    assert codes(result) == []
