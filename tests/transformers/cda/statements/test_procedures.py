"""Procedures: elements written by hand from E.3.26, printed and read."""

from tests.support.documents.by_hand import alike, by_hand, printed, words
from tests.support.documents.foreign import SNOMED, codes, read, section
from tests.support.pivots import summaries as pivots
from tests.support.pivots.summaries import mapped
from transformers.model.summary import KnownAbsent, Present, Procedure
from transformers.model.values import Moment, Period, Provenance

FORM = '<procedure classCode="PROC" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.26"/>'
NAMED = f'{SNOMED} codeSystemName="SNOMED CT"'


def test_a_procedure_is_printed_as_the_specification_writes_it():
    hand = f"""{FORM}<id root="OWN"/>
      <code code="103716009" {NAMED} displayName="Placement of stent">{words("proc1-procedure")}</code>
      <text><reference value="#proc1"/></text><statusCode code="completed"/>
      <effectiveTime><low value="20200615"/><width value="1" unit="d"/></effectiveTime>
      <targetSiteCode code="41801008" {NAMED} displayName="Coronary artery">{words("proc1-site1")}</targetSiteCode>
    </procedure>"""
    stent = pivots.procedure(
        procedure=mapped("103716009", pivots.SNOMED, "Placement of stent"),
        body_sites=(mapped("41801008", pivots.SNOMED, "Coronary artery"),),
    )
    assert printed("procedures", stent) == [by_hand(hand)]


def test_no_known_procedures_is_printed_as_the_specification_writes_it():
    hand = f"""{FORM}<id nullFlavor="NA"/>
      <code code="no-known-procedures" codeSystem="2.16.840.1.113883.5.1150.1"
        codeSystemName="IPS Absent and Unknown Data" displayName="No known procedures"/>
      <text><reference value="#proc1"/></text><statusCode code="completed"/><effectiveTime nullFlavor="NA"/>
    </procedure>"""
    assert printed("procedures", KnownAbsent("no-known-procedures", pivots.provenance())) == [by_hand(hand)]


def test_a_procedure_of_a_foreign_document_is_read_whole():
    hand = f"""{FORM}<id root="2.999.9" extension="S7"/><code code="80146002" {SNOMED} displayName="Appendectomy"/>
      <text>Apendicectomia por laparoscopia</text><statusCode code="aborted"/><effectiveTime value="20190304"/>
      <targetSiteCode code="66754008" {SNOMED} displayName="Appendix"/></procedure>"""
    result = read(section("procedures", hand))
    assert result.summary.content.procedures == Present(
        (
            Procedure(
                id="S7",
                procedure=alike("80146002", pivots.SNOMED, "Appendectomy", "SNOMED CT"),
                performed=Period(Moment("2019-03-04"), Moment("2019-03-04")),
                status="aborted",
                provenance=Provenance("Hospital Um", "S7", None),
                note="Apendicectomia por laparoscopia",
                body_sites=(alike("66754008", pivots.SNOMED, "Appendix", "SNOMED CT"),),
            ),
        )
    )
    assert codes(result) == []
