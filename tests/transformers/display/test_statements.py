"""What a reader sees of an entry: one rule, one test."""

import shutil
from pathlib import Path

import pytest

from gateway.configuration.shipped import shipped
from tests.support.documents.pages import SCT, document, rows, show, tree_of, words
from transformers.terminology.release import load_starter


def shown(entry: str, text: str = "", language="en") -> list[tuple[str, str, str]]:
    return rows(tree_of(show(document(entry, text), language)))


def observation(inside: str, attributes: str = 'classCode="OBS" moodCode="EVN"') -> str:
    return f"<observation {attributes}>{inside}</observation>"


PROBLEM = f'<code code="55607006" {SCT}/>'
ASTHMA = f'<value xsi:type="CD" code="195967001" {SCT} displayName="Asthma"/>'


def test_a_code_stands_in_english_beside_the_originals_words():
    value = f"""<value xsi:type="CD" code="195967001" {SCT} displayName="Asthma">
      <translation code="X1" codeSystem="2.999" displayName="Asma"/></value>"""
    assert shown(observation(PROBLEM + value)) == [("Finding", "Asthma", "Asma")]


def test_a_code_stands_with_the_words_of_the_readers_language_when_the_release_has_them():
    ((label, english, _),) = shown(observation(PROBLEM + ASTHMA), language="nb")
    assert (label, english) == ("Funn", "Astma Asthma")


def test_words_of_another_written_norwegian_stand_in_and_say_so(tmp_path: Path):
    tables = Path(shutil.copytree(shipped("config") / "terminology", tmp_path / "terminology"))
    designations = tables / "designations.csv"
    kept = [row for row in designations.read_text("utf-8").splitlines() if "195967001,nn" not in row]
    designations.write_text("\n".join(kept) + "\n", "utf-8")
    tree = tree_of(show(document(observation(PROBLEM + ASTHMA)), "nn", load_starter(tables)))
    said = tree.xpath("//td/span | //td/bdi[@class='english']")
    assert [(e.get("lang"), words(e)) for e in said] == [("nb", "Astma"), ("en", "Asthma")]


def test_a_code_without_words_in_the_readers_language_is_told():
    value = f'<value xsi:type="CD" code="999999" {SCT} displayName="Something"/>'
    page = show(document(observation(PROBLEM + value)), "nb")
    assert ("Funn", "ikke oversatt", "Something") in rows(tree_of(page))
    assert [f.text for f in page.report.findings if "999999" in f.text] != []
    assert show(document(observation(PROBLEM + value)), "en").report.findings == []


def test_a_code_that_only_frames_a_value_needs_no_words():
    page = show(document(observation(PROBLEM + ASTHMA)), "nb")
    assert [f for f in page.report.findings if f.code == "missing-designation"] == []


def test_an_uncoded_value_shows_the_narrative_it_refers_to():
    value = '<value xsi:type="CD" nullFlavor="OTH"><originalText><reference value="#p1"/></originalText></value>'
    found = shown(observation(PROBLEM + value), '<paragraph ID="p1">Dor de dentes</paragraph>')
    assert found == [("Finding", "not coded; original text", "Dor de dentes")]


def test_a_reference_that_leads_nowhere_is_told():
    value = '<value xsi:type="CD" nullFlavor="OTH"><originalText><reference value="#p2"/></originalText></value>'
    page = show(document(observation(PROBLEM + value), '<paragraph ID="p1">Dor</paragraph>'))
    assert [f.code for f in page.report.findings] == ["reference-dangling"]
    assert page.report.findings[0].path.endswith("section[48765-2]/entry/observation/value/originalText")


def test_a_negated_statement_says_so_first_and_its_twin_does_not():
    assert shown(observation(PROBLEM + ASTHMA, 'classCode="OBS" moodCode="EVN" negationInd="true"'))[0] == (
        "Negated",
        "NOT so: the document states that this did not happen or is not the case",
        "",
    )
    assert shown(observation(PROBLEM + ASTHMA, 'classCode="OBS" negationInd="false"')) == [("Finding", "Asthma", "")]


@pytest.mark.parametrize(
    ("flavour", "said"), [("UNK", "unknown"), ("MSK", "withheld"), ("ASKU", "asked, but unknown"), ("XYZ", "XYZ")]
)
def test_a_value_that_is_not_there_is_said_in_words(flavour: str, said: str):
    found = shown(observation(f'{PROBLEM}<value xsi:type="CD" nullFlavor="{flavour}"/>'))
    assert found == [("Finding", said, "")]


def test_what_does_not_apply_is_not_said():
    assert shown(observation(f'<code nullFlavor="NA"/><effectiveTime nullFlavor="NA"/>{ASTHMA}')) == [
        ("Finding", "Asthma", "")
    ]


def test_a_severity_stands_below_the_reaction_it_belongs_to():
    def reaction(code: str, display: str, severity: str) -> str:
        return f"""<entryRelationship typeCode="MFST">{
            observation(f'''
          <value xsi:type="CD" code="{code}" {SCT} displayName="{display}"/>
          <entryRelationship typeCode="SUBJ">{
                observation(
                    f'<code code="SEV" codeSystem="2.16.840.1.113883.5.4"/>'
                    f'<value xsi:type="CD" code="s-{severity}" {SCT} displayName="{severity}"/>'
                )
            }</entryRelationship>''')
        }
          </entryRelationship>"""

    allergy = observation(reaction("1", "Rash", "Severe") + reaction("2", "Cough", "Severe"))
    tree = tree_of(show(document(allergy)))
    found = [(row.get("class"), words(row[0]), words(row[1])) for row in tree.xpath("//main//tbody/tr")]
    assert found == [
        ("d1", "Finding", "Rash"),
        ("d2", "Severity", "Severe"),
        ("d1", "Finding", "Cough"),
        ("d2", "Severity", "Severe"),
    ]


def test_a_concern_does_not_say_its_problems_time_again_but_another_one():
    def concern(start: str) -> str:
        inner = observation(f'{PROBLEM}<effectiveTime><low value="2003"/></effectiveTime>{ASTHMA}')
        return f"""<act classCode="ACT" moodCode="EVN"><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/>
          <statusCode code="active"/><effectiveTime><low value="{start}"/></effectiveTime>
          <entryRelationship typeCode="SUBJ">{inner}</entryRelationship></act>"""

    times = ("Finding", "Asthma", ""), ("When", "from 2003", ""), ("Status", "active", "")
    assert shown(concern("2003")) == [*times]
    assert shown(concern("2004")) == [*times, ("When", "from 2004", "")]


def medicine(inside: str, mood: str = "INT") -> str:
    return f"""<substanceAdministration classCode="SBADM" moodCode="{mood}"><statusCode code="active"/>{inside}
      <consumable><manufacturedProduct><manufacturedMaterial><name>Eutirox</name>
      <pharm:ingredient><pharm:quantity><numerator xsi:type="PQ" value="100" unit="ug"/>
      <denominator xsi:type="PQ" value="1" unit="1"/></pharm:quantity><pharm:ingredientSubstance>
      <pharm:code code="H03AA01" codeSystem="2.16.840.1.113883.6.73" displayName="levothyroxine sodium"/>
      </pharm:ingredientSubstance></pharm:ingredient></manufacturedMaterial></manufacturedProduct></consumable>
      </substanceAdministration>"""


def test_a_medicine_is_shown_with_strength_dose_rhythm_and_whether_it_is_ordered_or_taken():
    dosing = """<effectiveTime xsi:type="IVL_TS"><low value="20240102"/><high nullFlavor="UNK"/></effectiveTime>
      <effectiveTime xsi:type="PIVL_TS"><period value="8" unit="h"/></effectiveTime>
      <effectiveTime xsi:type="EIVL_TS"><event code="ACM"/></effectiveTime>
      <doseQuantity><low value="1" unit="1"/><high value="2" unit="1"/></doseQuantity>"""
    found = shown(medicine(dosing))
    assert found == [
        ("Product", "", "Eutirox"),
        ("Strength", "100 microgram", ""),
        ("Ingredient", "levothyroxine sodium", ""),
        ("Dose", "1 – 2", ""),
        ("Planned or done", "ordered or planned", ""),
        ("Status", "active", ""),
        ("When", "from 2024-01-02", ""),
        ("When", "every 8 hours", ""),
        ("When", "before breakfast", ""),
    ]
    assert ("Planned or done", "taken or done", "") in shown(medicine(dosing, "EVN"))


def test_codes_and_identifiers_stand_in_a_details_element():
    entry = observation(f'<id root="2.999.7" extension="e1"/>{PROBLEM}{ASTHMA}')
    tree = tree_of(show(document(entry)))
    (details,) = tree.xpath("//main//div[@class='entry']/details")
    assert details.get("open") is None
    assert [words(e) for e in details.iter("li")] == [
        "id 2.999.7^e1",
        "55607006 (2.16.840.1.113883.6.96)",
        "195967001 (2.16.840.1.113883.6.96): Asthma",
    ]


def test_who_recorded_it_and_when_is_shown():
    author = """<author><time value="20240102030405+0100"/><assignedAuthor><assignedPerson><name><given>Ana</given>
      <family>Reis</family></name></assignedPerson></assignedAuthor></author>"""
    found = shown(observation(PROBLEM + author + ASTHMA))
    assert ("Name", "", "Ana Reis") in found
    assert ("Time", "2024-01-02 03:04:05 +01:00", "") in found


def test_an_element_nobody_foresaw_is_shown_under_its_own_name():
    entry = observation(f'{ASTHMA}<x:grade xmlns:x="urn:x" value="7" unit="kg"/>')
    assert ("{urn:x}grade", "7 kg", "") in shown(entry)


def test_a_picture_is_not_shown_and_that_is_told():
    entry = observation(f'{ASTHMA}<value xsi:type="ED" mediaType="image/png" representation="B64">AAAA</value>')
    page = show(document(entry))
    assert [f.code for f in page.report.findings] == ["not-shown"]
    assert b"AAAA" not in page.html


def test_an_unknown_section_is_shown_as_its_narrative():
    tree = tree_of(show(document("", "<list><item>Uma</item><item>Duas</item></list>")))
    (details,) = tree.xpath("//main//details")
    assert details.get("open") is not None
    assert [words(e) for e in details.iter("li")] == ["Uma", "Duas"]


def test_original_words_carry_the_documents_language():
    tree = tree_of(show(document(medicine(""))))
    assert {e.get("lang") for e in tree.xpath("//*[@class='original']")} == {"pt-PT"}
