"""Foreign patient summaries, good and bad: what is read, reported, refused; nothing is lost without a word."""

import re
from decimal import Decimal

import pytest

from tests.support.documents.foreign import (
    HEADER,
    ICD10,
    IPS,
    SNOMED,
    codes,
    document,
    medicine,
    observation,
    problem,
    read,
    section,
)
from transformers.cda.documents.patient_summary import read_patient_summary
from transformers.cda.errors import DocumentUnreadable, RequiredMissing
from transformers.cda.types.tree import MOST_FINDINGS
from transformers.model.finding import Severity
from transformers.model.people import Professional
from transformers.model.summary import KnownAbsent, NoInformation, NotReadable, Present, Timing
from transformers.model.values import Coding, Moment, Period

DIABETES = f'<value xsi:type="CD" code="E11" {ICD10} displayName="Type 2 diabetes mellitus"/>'


def entries(state):
    assert isinstance(state, Present)
    return state.entries


def only(state):
    [entry] = entries(state)
    return entry


def test_reads_the_header_of_a_foreign_document():
    summary = read(section("problems", problem(DIABETES))).summary
    assert (summary.id.root, summary.id.extension) == ("2.999.1", "D1")
    assert summary.parent is not None
    assert summary.parent.extension == "SRC"
    assert summary.patient.name.plain() == "Ana Exemplo"
    assert summary.language == "pt-PT"
    assert summary.last_updated == Moment("2026-02-28")
    assert isinstance(summary.author, Professional)
    assert summary.custodian.name == "Hospital Um"


def test_a_document_that_is_read_whole_has_an_empty_report():
    result = read(section("problems", problem(DIABETES)))
    assert codes(result) == []
    assert only(result.summary.content.problems).condition.target == Coding(
        "E11", "1.3.6.1.4.1.12559.11.10.1.3.1.44.2", "Type 2 diabetes mellitus", "ICD-10"
    )


def test_the_outer_code_is_europes_and_the_innermost_translation_the_sources():
    value = (
        f'<value xsi:type="CD" code="E11" {ICD10} displayName="de">'
        '<originalText><reference value="#a1"/></originalText>'
        f'<translation code="E11X" codeSystem="2.999.7" displayName="mid"><translation code="T90" codeSystem="2.999.8"'
        ' displayName="nasjonal"/></translation></value>'
    )
    result = read(section("problems", problem(value)))
    condition = only(result.summary.content.problems).condition
    assert codes(result) == []
    assert condition.text == "ord"
    assert condition.target is not None
    assert condition.target.code == "E11"
    assert condition.original == Coding("T90", "2.999.8", "nasjonal")
    assert condition.others == (Coding("E11X", "2.999.7", "mid"),)


def test_a_concept_without_european_code_keeps_words_and_national_code():
    value = (
        '<value xsi:type="CD" nullFlavor="OTH"><originalText>Sukkersyke</originalText>'
        '<translation code="T90" codeSystem="2.999.8" displayName="Diabetes"/></value>'
    )
    condition = only(read(section("problems", problem(value))).summary.content.problems).condition
    assert (condition.text, condition.target, condition.original) == (
        "Sukkersyke",
        None,
        Coding("T90", "2.999.8", "Diabetes"),
    )


@pytest.mark.parametrize(
    "lost",
    [
        f'<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN"><code code="1" {SNOMED}/>'
        "</observation></entryRelationship>",
        f'<methodCode code="7" {SNOMED} displayName="m"/>',
        '<repeatNumber value="3"/>',
        '<x:extension xmlns:x="urn:national">ord</x:extension>',
        '<participant typeCode="LOC"><participantRole><id root="2.9" extension="8"/></participantRole></participant>',
    ],
)
def test_everything_that_no_reader_carries_is_reported(lost: str):
    result = read(section("problems", problem(DIABETES, lost)))
    assert "not-carried" in codes(result)
    assert only(result.summary.content.problems).condition.target is not None


def test_a_second_value_is_reported_with_its_code():
    second = f'<value xsi:type="CD" code="I10" {ICD10} displayName="Essential (primary) hypertension"/>'
    result = read(section("problems", problem(DIABETES, second)))
    kept, lost = result.report.findings
    assert (kept.code, lost.code) == ("statement-of-other-form", "not-carried")
    assert "I10" in (lost.original or "")
    assert kept.path.endswith("hl7:value[2]")
    assert kept.path == lost.path


@pytest.mark.parametrize("attributes", ['moodCode="EVN" negationInd="true"', 'moodCode="INT"'])
def test_what_is_negated_or_planned_is_no_problem_of_the_patients(attributes: str):
    result = read(section("problems", problem(DIABETES, attributes=attributes)))
    state = result.summary.content.problems
    assert isinstance(state, NotReadable)
    assert [kept.words for kept in state.unread] == ["ord; Type 2 diabetes mellitus"]
    assert "statement-not-affirmed" in codes(result)
    assert "not-carried" in codes(result)
    assert [kept.text for kept in result.summary.content.narratives] == ["ord"]


def test_a_withdrawn_vaccination_is_none():
    given = (
        '<substanceAdministration classCode="SBADM" moodCode="EVN" {}><id root="2.999.9" extension="V1"/>'
        '<statusCode code="{}"/><effectiveTime value="20240101"/><consumable><manufacturedProduct>'
        '<manufacturedMaterial><code code="J07BB02" codeSystem="2.16.840.1.113883.6.73" displayName="influenza"/>'
        "</manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration>"
    )
    assert (
        len(entries(read(section("immunisations", given.format("", "completed"))).summary.content.immunisations)) == 1
    )
    for refused in (given.format("", "cancelled"), given.format('negationInd="true"', "completed")):
        assert isinstance(read(section("immunisations", refused)).summary.content.immunisations, NotReadable)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (f'<value xsi:type="CD" code="no-known-problems" {IPS}/>', "no-known-problems"),
        (f'<value xsi:type="CD" code="160245001" {SNOMED}/>', "no-known-problems"),
        (f'<value xsi:type="CD" code="no-problem-info" {IPS}/>', None),
    ],
)
def test_statements_of_absence_are_told_apart_from_no_information(value: str, expected: str | None):
    result = read(section("problems", problem(value)))
    state = result.summary.content.problems
    assert codes(result) == []
    assert (state.kind if isinstance(state, KnownAbsent) else None) == expected
    assert isinstance(state, KnownAbsent) or state == NoInformation("Hospital Um")


def test_a_section_that_states_both_none_and_one_keeps_the_one_and_says_so():
    absent = problem(f'<value xsi:type="CD" code="no-known-problems" {IPS}/>')
    result = read(section("problems", absent, problem(DIABETES)))
    assert len(entries(result.summary.content.problems)) == 1
    assert "absence-contradicted" in codes(result)


def test_an_unknown_section_survives_as_safe_text():
    text = "<paragraph>Vis<script>alert(1)</script> dette</paragraph><list><item>en</item><item>to</item></list>"
    result = read(section("unknown", text=text))
    [kept] = result.summary.content.other_sections
    assert kept.text == "Vis dette\nen\nto"
    assert codes(result) == ["narrative-removed", "section-unknown"]


def test_the_words_of_every_section_are_kept_beside_its_statements():
    result = read(section("problems", problem(DIABETES), text='<paragraph ID="a1">Egne ord</paragraph>'))
    [kept] = result.summary.content.narratives
    assert (kept.text, kept.code.code if kept.code else None) == ("Egne ord", "11450-4")


def test_a_section_is_told_by_its_template_when_its_code_is_foreign():
    made = section("unknown", problem(DIABETES), more='<templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.2.9"/>')
    assert len(entries(read(made).summary.content.problems)) == 1


def test_a_wrong_entry_template_loses_nothing():
    wrong = problem(DIABETES).replace("1.3.1.3.7", "1.3.1.3.999").replace("1.3.1.3.15", "1.3.1.3.998")
    assert codes(read(section("problems", wrong))) == []


def test_a_section_without_text_is_reported():
    made = section("problems", problem(DIABETES)).replace('<text><paragraph ID="a1">ord</paragraph></text>', "")
    assert codes(read(made)) == ["narrative-missing", "reference-dangling"]


def test_a_reference_that_leads_nowhere_is_reported():
    made = problem(DIABETES).replace("#a1", "#b7")
    assert codes(read(section("problems", made))) == ["reference-dangling"]


def test_an_id_that_stands_twice_is_no_target():
    text = '<paragraph ID="a1">en</paragraph><paragraph ID="a1">to</paragraph>'
    assert codes(read(section("problems", problem(DIABETES), text=text))) == ["anchor-doubled", "reference-dangling"]


@pytest.mark.parametrize(
    ("stamp", "moment", "code"),
    [
        ("2024", Moment("2024"), None),
        ("202403", Moment("2024-03"), None),
        ("20240301", Moment("2024-03-01"), None),
        ("20240301101500+0100", Moment("2024-03-01T10:15:00+01:00"), None),
        ("202403011015", Moment("2024-03-01"), "time-without-zone"),
        ("2024-03-01", Moment("2024-03-01"), "time-form"),
        ("20241301", None, "time-unreadable"),
        ("i går", None, "time-unreadable"),
    ],
)
def test_times_are_as_precise_as_they_are(stamp: str, moment: Moment | None, code: str | None):
    made = problem(f'<effectiveTime><low value="{stamp}"/></effectiveTime>{DIABETES}')
    result = read(section("problems", made))
    assert only(result.summary.content.problems).period == Period(moment)
    assert ([code] if code else []) == [c for c in codes(result) if c != "not-carried"]
    assert ("not-carried" in codes(result)) == (moment is None)


@pytest.mark.parametrize(("written", "number"), [("1.5", Decimal("1.5")), ("1,5", None), ("ca. 2", None)])
def test_a_decimal_comma_is_not_guessed(written: str, number: Decimal | None):
    code = f'<code code="229819007" {SNOMED} displayName="Tobacco"/>'
    made = observation(code, f'<value xsi:type="PQ" value="{written}" unit="g/d"/>')
    result = read(section("social_history", made))
    value = only(result.summary.content.social_history).value
    assert (value.value if value is not None else None) == number
    assert ("number-unreadable" in codes(result)) == (number is None)
    assert ("not-carried" in codes(result)) == (number is None)


def test_a_medicine_of_an_older_wave_is_read():
    material = (
        '<name>Eutirox</name><epsos:formCode code="10219000" codeSystem="0.4.0.127.0.16.1.1.2.1" displayName="Tablet"/>'
        '<epsos:asContent><epsos:containerPackagedMedicine><epsos:formCode code="30007000"'
        ' codeSystem="0.4.0.127.0.16.1.1.2.1" displayName="Blister"/><epsos:capacityQuantity value="20" unit="1"/>'
        "</epsos:containerPackagedMedicine></epsos:asContent>"
        '<epsos:ingredient><epsos:quantity><epsos:numerator xsi:type="epsos:PQ" value="100" unit="ug"/>'
        '<epsos:denominator xsi:type="epsos:PQ" value="1" unit="1"/></epsos:quantity><epsos:ingredient>'
        '<epsos:code code="H03AA01" codeSystem="2.16.840.1.113883.6.73" displayName="levothyroxine"/>'
        "</epsos:ingredient></epsos:ingredient>"
    )
    times = (
        '<effectiveTime xsi:type="IVL_TS"><low value="2020"/></effectiveTime>'
        '<effectiveTime xsi:type="EIVL_TS"><event code="ACM" codeSystem="2.16.840.1.113883.5.139"/></effectiveTime>'
    )
    result = read(section("medications", medicine(material, times=times)))
    statement = only(result.summary.content.medications)
    product = statement.product
    assert codes(result) == []
    assert (product.name, product.form.target.display) == ("Eutirox", "Tablet")
    assert [(str(p.quantity.value), p.form.target.display) for p in product.packages] == [("20", "Blister")]
    assert (product.ingredients[0].substance.target.code, product.ingredients[0].numerator.unit.target.code) == (
        "H03AA01",
        "ug",
    )
    assert statement.dosage.timings == (Timing(event=Coding("ACM", "2.16.840.1.113883.5.139")),)
    assert statement.used == Period(Moment("2020"))


def test_a_dosage_deeper_than_the_pivot_is_reported():
    times = (
        '<effectiveTime xsi:type="SXPR_TS"><comp xsi:type="PIVL_TS"><period value="8" unit="h"/></comp></effectiveTime>'
    )
    result = read(section("medications", medicine("<name>Paracet</name>", times=times)))
    assert "not-carried" in codes(result)
    assert [f.original for f in result.report.findings if f.path.endswith("hl7:period[1]")] == [None]


@pytest.mark.parametrize(
    ("written", "dose", "high"),
    [
        ('<doseQuantity value="2" unit="mg"/>', "2", None),
        ('<doseQuantity><low value="1" unit="mg"/><high value="2" unit="mg"/></doseQuantity>', "1", "2"),
        ('<doseQuantity><low value="1" unit="mg"/><high value="1" unit="mg"/></doseQuantity>', "1", None),
    ],
)
def test_a_dose_is_one_number_or_a_range(written: str, dose: str | None, high: str | None):
    result = read(section("medications", medicine("<name>Paracet</name>", times=written)))
    dosage = only(result.summary.content.medications).dosage
    told = [None if q is None else str(q.value) for q in (dosage.dose, dosage.dose_high)]
    assert (told, codes(result)) == ([dose, high], [])


@pytest.mark.parametrize("name", ["confidentiality", "language"])
def test_a_document_that_does_not_state_how_it_is_to_be_handled_is_reported(name: str):
    part = re.search(rf"<{name}Code [^>]*/>", HEADER)
    assert part is not None
    result = read_patient_summary(document(section("problems", problem(DIABETES)), header=HEADER.replace(part[0], "")))
    assert codes(result) == [f"{name}-missing"]


def test_an_allergy_whose_kind_nobody_states_is_reported():
    made = (
        '<act classCode="ACT" moodCode="EVN"><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/>'
        '<statusCode code="active"/><entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN">'
        '<participant typeCode="CSM"><participantRole><playingEntity>'
        f'<code code="111088007" {SNOMED} displayName="Latex"/></playingEntity></participantRole></participant>'
        "</observation></entryRelationship></act>"
    )
    result = read(section("allergies", made))
    assert only(result.summary.content.allergies).agent.target.display == "Latex"
    assert codes(result) == ["kind-not-stated"]


def test_masked_data_is_said():
    made = problem('<value xsi:type="CD" nullFlavor="MSK"><originalText>skjermet</originalText></value>')
    assert "masked" in codes(read(section("problems", made)))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "XmlNotWellFormed"),
        (b"<ClinicalDocument", "XmlNotWellFormed"),
        (b"<html/>", "NoClinicalDocument"),
        (document().replace(b"60591-5", b"57833-6").replace(b"1.3.1.1.3", b"1.3.1.1.1"), "NoPatientSummary"),
        (document().replace(b"structuredBody", b"nonXMLBody"), "BodyIsFile"),
        (document().replace(b"structuredBody", b"otherBody"), "NoStructuredBody"),
        (document(section("problems", text="<content>" * 200 + "x" + "</content>" * 200)), "XmlTooDeep"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + document(), "DoctypeForbidden"),
        (document().decode().encode("utf-32"), "XmlEncodingForbidden"),
    ],
)
def test_what_is_no_patient_summary_is_one_error(content: bytes, reason: str):
    with pytest.raises(DocumentUnreadable) as refused:
        read_patient_summary(content)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ('<id root="2.999.1" extension="D1"/>', "id"),
        ('<effectiveTime value="20260301101500+0000"/>', "created"),
        ('<birthTime value="19620413"/>', "patient.birth"),
        ("<name><given>Ana</given><family>Exemplo</family></name>", "patient.name"),
    ],
)
def test_a_document_without_identity_is_refused(part: str, path: str):
    assert part in HEADER
    with pytest.raises(RequiredMissing) as refused:
        read_patient_summary(document(header=HEADER.replace(part, "")))
    assert refused.value.path == path


def test_no_part_of_a_persons_identity_is_in_the_report():
    header = HEADER.replace('extension="P1"', 'extension="13876212345" assigningAuthorityName="x"').replace(
        "<given>Ana</given>", '<given qualifier="CL">Ana</given>'
    )
    result = read_patient_summary(document(header=header))
    said = str(result.report.as_json())
    assert "13876212345" not in said
    assert "Ana" not in said
    assert "not-carried" in codes(result)


def test_a_hostile_document_makes_no_endless_report():
    result = read(section("problems", *("<observation><priorityCode code='1'/></observation>" for _ in range(3000))))
    assert len(result.report.findings) == MOST_FINDINGS + 1
    assert codes(result)[-1] == "report-full"
    assert "5000 further" in result.report.findings[-1].text


def test_sections_within_sections_are_read_in_order():
    inner = section("allergies", text="<paragraph>to</paragraph>")
    outer = section("unknown", text="<paragraph>en</paragraph>").replace("</section>", f"{inner}</section>")
    result = read(outer, section("procedures", text="<paragraph>tre</paragraph>"))
    assert [kept.text for kept in result.summary.content.other_sections] == ["en", "to", "tre"]


NULL = 'nullFlavor="UNK"'
MATERIAL = '<code code="N02BE01" codeSystem="2.16.840.1.113883.6.73" displayName="paracetamol" {}/>'


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("problems", problem(f'<value xsi:type="CD" code="E11" {ICD10} displayName="Diabetes" {{}}/>')),
        ("problems", problem(DIABETES, "<effectiveTime {}><low value='2020'/></effectiveTime>")),
        ("problems", problem(DIABETES, "<effectiveTime><low value='2020' {}/></effectiveTime>")),
        ("medications", medicine(MATERIAL)),
        ("medications", medicine(MATERIAL.format(""), more='<doseQuantity value="2" {}/>')),
        ("medications", medicine(MATERIAL.format(""), more="<doseQuantity {}><low value='2'/></doseQuantity>")),
        ("results", observation(f'<code code="718-7" {SNOMED}/>', '<value xsi:type="PQ" value="9" unit="g/dL" {}/>')),
        ("results", observation(f'<code code="718-7" {SNOMED}/>', '<value xsi:type="ST" {}>words</value>')),
        ("problems", problem(DIABETES).replace("<act ", "<act {} ")),
    ],
)
def test_what_is_null_and_says_something_at_once_is_an_error(name: str, entry: str):
    contradicted = [f for f in read(section(name, entry.format(NULL))).report.findings if f.code == "null-contradicted"]
    assert [f.severity for f in contradicted] == [Severity.ERROR]
    assert "UNK" in contradicted[0].text
    assert "null-contradicted" not in codes(read(section(name, entry.format(""))))


def test_a_null_section_that_holds_entries_is_an_error():
    whole = section("problems", problem(DIABETES))
    result = read(whole.replace("<section>", '<section nullFlavor="NI">'))
    assert "null-contradicted" in codes(result)
    assert len(entries(result.summary.content.problems)) == 1
    assert "null-contradicted" not in codes(read(whole))


@pytest.mark.parametrize(
    "value",
    [
        '<value xsi:type="CD" nullFlavor="OTH"><originalText>ord</originalText>'
        '<translation code="T90" codeSystem="2.999.8" displayName="nasjonal"/></value>',
        '<value xsi:type="CD" nullFlavor="UNK"/>',
    ],
)
def test_what_a_null_value_may_hold_contradicts_nothing(value: str):
    assert "null-contradicted" not in codes(read(section("problems", problem(value))))


@pytest.mark.parametrize("time", ['<effectiveTime nullFlavor="UNK"/>', "", "<effectiveTime value='20240101'/>"])
def test_a_vaccination_of_unknown_date_is_one(time: str):
    given = (
        '<substanceAdministration classCode="SBADM" moodCode="EVN"><id root="2.999.9" extension="V1"/>'
        f'<statusCode code="completed"/>{time}<consumable><manufacturedProduct><manufacturedMaterial>'
        '<code code="J07CA02" codeSystem="2.16.840.1.113883.6.73" displayName="vaccine"/>'
        "</manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration>"
    )
    result = read(section("immunisations", given))
    assert (only(result.summary.content.immunisations).given is None) == ("value" not in time)
    assert ("vaccination-undated" in codes(result)) == ("value" not in time)


def test_the_words_of_a_translation_are_those_of_a_concept_without_its_own():
    inside = '<translation code="X" codeSystem="2.999.9"><originalText>Sukkersyke</originalText></translation>'
    for own, words in (("", "Sukkersyke"), ("<originalText>Egne ord</originalText>", "Egne ord")):
        result = read(section("problems", problem(f'<value xsi:type="CD" nullFlavor="OTH">{own}{inside}</value>')))
        assert only(result.summary.content.problems).condition.text == words
