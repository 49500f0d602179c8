"""What would be read as something else if a piece of it were left out: one misreading, one test."""

import pytest

from tests.support.documents.pages import SCT, document, rows, show, tree_of, words
from transformers.display.errors import SeveralPatients


def shown(entry: str, text: str = "") -> list[tuple[str, str, str]]:
    return rows(tree_of(show(document(entry, text))))


def observation(inside: str) -> str:
    return f'<observation classCode="OBS" moodCode="EVN">{inside}</observation>'


def related(kind: str, act: str) -> str:
    return f'<entryRelationship typeCode="{kind}">{act}</entryRelationship>'


def medicine(inside: str) -> str:
    return f'<substanceAdministration classCode="SBADM" moodCode="INT">{inside}</substanceAdministration>'


def codes(entry: str) -> str:
    return words(tree_of(show(document(entry))).xpath("//ul[@class='codes']")[0])


SIDE = f"""<qualifier><name code="272741003" {SCT} displayName="Laterality"/>
  <value code="7771000" {SCT} displayName="Left"/></qualifier>"""
AMPUTATION = f'<procedure classCode="PROC" moodCode="EVN"><code code="81723002" {SCT} displayName="Amputation">'


def test_a_qualifier_stands_below_the_code_it_narrows():
    entry = f"{AMPUTATION}{SIDE}</code></procedure>"
    assert shown(entry) == [("Procedure", "Amputation", ""), ("Laterality", "Left", "")]
    assert "7771000" in codes(entry)


def test_a_qualifier_of_the_original_stands_beside_the_code_too():
    translated = f'<translation code="X" displayName="Amputação">{SIDE}</translation>'
    assert ("Laterality", "Left", "") in shown(f"{AMPUTATION}{translated}</code></procedure>")


def test_struck_words_are_struck_and_new_ones_marked():
    text = (
        '<paragraph>dose <content revised="delete">500</content><content revised="insert">50</content> mg</paragraph>'
    )
    tree = tree_of(show(document("", text)))
    assert [words(e) for e in tree.xpath("//del")] == ["500"]
    assert [words(e) for e in tree.xpath("//ins")] == ["50"]


def test_struck_words_are_not_repeated_beside_a_code():
    text = '<content ID="a">50 mg<content revised="delete"> or 500 mg</content></content>'
    value = '<value xsi:type="CD" nullFlavor="OTH"><originalText><reference value="#a"/></originalText></value>'
    assert shown(observation(value), text)[0][2] == "50 mg"


@pytest.mark.parametrize(("second", "said"), [("b", "one"), ("a", "")])
def test_words_that_stand_twice_under_one_id_are_not_guessed(second: str, said: str):
    text = f'<paragraph ID="a">one</paragraph><paragraph ID="{second}">two</paragraph>'
    value = '<value xsi:type="CD" nullFlavor="OTH"><originalText><reference value="#a"/></originalText></value>'
    made = show(document(observation(value), text))
    assert {row[2] for row in rows(tree_of(made))} == {said}
    assert ("reference-dangling" in {f.code for f in made.report.findings}) == (said == "")


TEXTS = '<text><reference value="#row"/></text>' + related(
    "SUBJ", '<act classCode="ACT" moodCode="EVN"><text><reference value="#more"/></text></act>'
)


def test_words_of_an_inner_act_stand_in_the_entry():
    narrative = '<paragraph ID="row">Ramipril</paragraph><paragraph ID="more">with food</paragraph>'
    assert ("Text", "", "with food") in shown(medicine(TEXTS), narrative)


def test_words_of_an_inner_act_that_the_row_holds_are_not_said_again():
    narrative = '<paragraph ID="row">Ramipril, <content ID="more">with food</content></paragraph>'
    assert [row for row in shown(medicine(TEXTS), narrative) if row[0] == "Text"] == []


def test_words_that_only_end_like_the_rows_are_said():
    narrative = '<paragraph ID="row">Ramipril 15 mg</paragraph><paragraph ID="more">5 mg</paragraph>'
    assert ("Text", "", "5 mg") in shown(medicine(TEXTS), narrative)


HB = '<code code="718-7" displayName="Haemoglobin"/><value xsi:type="PQ" value="4.5" unit="g/dL"/>'


def test_a_reference_range_is_no_second_result():
    interval = '<value xsi:type="IVL_PQ"><low value="12" unit="g/dL"/><high value="16" unit="g/dL"/></value>'
    found = shown(observation(f"{HB}<referenceRange><observationRange>{interval}</observationRange></referenceRange>"))
    assert found == [("Haemoglobin", "4.5 g/dL", ""), ("Reference range", "12 g/dL – 16 g/dL", "")]


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ('<low value="5" unit="mg"/>', "≥ 5 mg"),
        ('<low value="5" unit="mg" inclusive="false"/>', "> 5 mg"),
        ('<high value="5" unit="mg"/>', "≤ 5 mg"),
        ('<high value="5" unit="mg" inclusive="false"/>', "< 5 mg"),
        ('<low value="5" unit="mg" inclusive="false"/><high value="6" unit="mg"/>', "> 5 mg, ≤ 6 mg"),
        ('<low value="5" unit="mg"/><high value="6" unit="mg" inclusive="false"/>', "≥ 5 mg, < 6 mg"),
        ('<low value="5" unit="mg"/><high value="5" unit="mg"/>', "5 mg"),
    ],
)
def test_an_interval_says_which_end_is_open(ends: str, said: str):
    value = f'<code code="1988-5" displayName="CRP"/><value xsi:type="IVL_PQ">{ends}</value>'
    assert shown(observation(value)) == [("CRP", said, "")]


def test_a_unit_in_another_system_stands_behind_the_quantity():
    unit = '<translation value="1" code="15054000" codeSystem="0.4.0.127.0.16.1.1.2.1" displayName="Tablet"/>'
    found = shown(medicine(f'<doseQuantity value="1" unit="1">{unit}</doseQuantity>'))
    assert ("Dose", "1 (1 Tablet)", "") in found


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ('<low value="2020"/>', "from 2020"),
        ('<high value="2020"/>', "until 2020"),
        ('<low value="2020"/><high value="2021"/>', "2020 – 2021"),
    ],
)
def test_a_time_says_whether_it_has_ended(ends: str, said: str):
    assert ("When", said, "") in shown(medicine(f'<effectiveTime xsi:type="IVL_TS">{ends}</effectiveTime>'))


@pytest.mark.parametrize(
    ("kind", "label"), [("MFST", "Reaction"), ("RSON", "Reason"), ("CAUS", "Cause"), ("SUBJ", "Finding")]
)
def test_a_finding_says_what_it_is_to_the_statement_above(kind: str, label: str):
    asthma = f'<code code="55607006" {SCT}/><value xsi:type="CD" code="1" {SCT} displayName="Asthma"/>'
    assert (label, "Asthma", "") in shown(medicine(related(kind, observation(asthma))))


def test_what_a_medicine_depends_on_is_no_finding():
    pain = '<code code="ASSERTION"/><value xsi:type="CD" code="22253000" displayName="Pain"/>'
    found = shown(medicine(f"<precondition><criterion>{pain}</criterion></precondition>"))
    assert ("On condition of", "Pain", "") in found


def test_refuses_a_document_of_two_patients_and_shows_that_of_one():
    patient = "<recordTarget><patientRole><patient><name>Ana</name></patient></patientRole></recordTarget>"
    one = document("").replace("<component>", f"{patient}<component>", 1)
    assert words(tree_of(show(one)).find(".//h1")) == "Ana"
    with pytest.raises(SeveralPatients):
        show(one.replace(patient, patient * 2))


def test_a_code_without_display_has_the_releases_words_or_says_that_there_are_none():
    known = shown(observation(f'<value xsi:type="CD" code="762952008" {SCT}/>'))
    assert known == [("Finding", "Peanut", "")]
    unknown = shown(observation(f'<value xsi:type="CD" code="1" {SCT}/>'))
    assert unknown == [("Finding", "not translated: code 1", "")]


@pytest.mark.parametrize(
    ("language", "label", "said"),
    [("en", "Supplied on its own", "no"), ("nb", "Utleveres for seg", "nei"), ("nn", "Blir utlevert for seg", "nei")],
)
def test_yes_and_no_are_words_of_the_reader_and_what_is_neither_stays(language: str, label: str, said: str):
    order = '<supply classCode="SPLY" moodCode="RQO"><independentInd value="{}"/></supply>'
    found = [rows(tree_of(show(document(order.format(value)), language))) for value in ("false", "1.5")]
    assert [next(row[1] for row in each if row[0] == label) for each in found] == [said, "1.5"]


@pytest.mark.parametrize(("language", "said"), [("en", "not stated"), ("nb", "ikke oppgitt"), ("nn", "ikkje oppgitt")])
def test_what_the_header_does_not_state_is_not_called_unknown(language: str, said: str):
    header = tree_of(show(document(""), language)).find(".//header")
    facts = [words(each) for each in header.xpath(".//*[@class='fact'] | .//dd")]
    assert len(facts) == 7
    assert all(fact.endswith(said) for fact in facts)


def test_the_patients_number_stands_before_who_gave_it():
    number = '<id root="2.999" extension="4711" assigningAuthorityName="Ana"/><id root="2.999.1"/>'
    patient = f"<recordTarget><patientRole>{number}</patientRole></recordTarget>"
    tree = tree_of(show(document("").replace("<component>", f"{patient}<component>", 1)))
    assert [words(each) for each in tree.xpath("//header//*[@class='fact']")][:2] == ["ID 4711", "ID 2.999.1"]
    assert words(tree.xpath("//header//dd")[0]) == "4711 Ana 2.999"


def test_each_cell_of_a_row_is_a_line():
    text = '<table><tr ID="r"><td><paragraph>a</paragraph><paragraph>b</paragraph></td><td>c</td></tr></table>'
    entry = observation('<text><reference value="#r"/></text>')
    assert tree_of(show(document(entry, text))).xpath("//td[@colspan='2']/bdi")[0].text == "a · b\nc"


@pytest.mark.parametrize("package", ["containerPackagedProduct", "containerPackagedMedicine"])
def test_the_form_of_a_package_is_not_the_form_of_the_medicine(package: str):
    form = '<pharm:formCode code="{}" codeSystem="0.4.0.127.0.16.1.1.2.1" displayName="{}"/>'
    box = f"<pharm:asContent><pharm:{package}>{form.format(30009000, 'Box')}</pharm:{package}></pharm:asContent>"
    material = f"<manufacturedMaterial>{form.format(10219000, 'Tablet')}{box}</manufacturedMaterial>"
    found = shown(medicine(f"<consumable><manufacturedProduct>{material}</manufacturedProduct></consumable>"))
    assert found[:2] == [("Form", "Tablet", ""), ("Package", "Box", "")]
