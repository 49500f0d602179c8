"""Sections a Norwegian summary does not fill are shown for foreign ones: numbers with units, states, plain text."""

import pytest

from tests.support.documents import foreign
from tests.support.documents.pages import SCT, document, rows, show, tree_of, words
from tests.support.machine.require import artefacts
from transformers.words import Language

LOINC = 'codeSystem="2.16.840.1.113883.6.1"'


def observed(code: str, display: str, value: str, more: str = "") -> str:
    return (
        f'<observation classCode="OBS" moodCode="EVN"><code code="{code}" {LOINC} displayName="{display}"/>'
        f'<statusCode code="completed"/><effectiveTime value="20240102"/>{value}{more}</observation>'
    )


def group(display: str, *members: str) -> str:
    inside = "".join(f"<component>{member}</component>" for member in members)
    return f"""<organizer classCode="CLUSTER" moodCode="EVN"><code code="1" {LOINC} displayName="{display}"/>
      <statusCode code="completed"/><effectiveTime value="20240102"/>{inside}</organizer>"""


SYSTOLIC = observed("8480-6", "Systolic blood pressure", '<value xsi:type="PQ" value="132" unit="mm[Hg]"/>')
DIASTOLIC = observed("8462-4", "Diastolic blood pressure", '<value xsi:type="PQ" value="81" unit="mm[Hg]"/>')
RANGE = """<interpretationCode code="H" codeSystem="2.16.840.1.113883.5.83" displayName="High"/><referenceRange>
  <observationRange><value xsi:type="IVL_PQ"><low value="12" unit="g/dL"/><high value="16" unit="g/dL"/></value>
  </observationRange></referenceRange>"""


def coded(code: str, display: str) -> str:
    return f'<value xsi:type="CD" code="{code}" {SCT} displayName="{display}"/>'


def quantity(value: str, unit: str) -> str:
    return f'<value xsi:type="PQ" value="{value}" unit="{unit}"/>'


DUE = observed("11778-8", "Delivery date estimated", '<value xsi:type="TS" value="20240901"/>')
BELOW = f'<entryRelationship typeCode="COMP">{DUE}</entryRelationship>'
VITAL_SIGNS = group("Vital signs", SYSTOLIC, DIASTOLIC)
RESULTS = group("Blood", observed("718-7", "Haemoglobin", quantity("17.1", "g/dL"), RANGE))
SMOKING = observed("72166-2", "Tobacco smoking status", coded("77176002", "Smoker"))
DRINKS = observed("74013-4", "Alcoholic drinks per day", quantity("2", "{drinks}/d"))
PREGNANCY = observed("82810-3", "Pregnancy status", coded("77386006", "Pregnant"), BELOW)
WALKING = observed("1", "Walking", '<value xsi:type="ST">com bengala</value>')
SCORE = observed("1", "Score", '<value xsi:type="INT" value="7"/>')


@pytest.mark.parametrize(
    ("section", "entry", "said"),
    [
        ("8716-3", VITAL_SIGNS, ["Systolic blood pressure|132 mmHg|", "Diastolic blood pressure|81 mmHg|"]),
        ("30954-2", RESULTS, ["Haemoglobin|17.1 g/dL|", "Interpretation|High|", "Reference range|12 g/dL – 16 g/dL|"]),
        ("29762-2", SMOKING, ["Tobacco smoking status|Smoker|"]),
        ("29762-2", DRINKS, ["Alcoholic drinks per day|2 drinks per day|"]),
        ("10162-6", PREGNANCY, ["Pregnancy status|Pregnant|", "Delivery date estimated|2024-09-01|"]),
        ("47420-5", WALKING, ["Walking||com bengala"]),
        ("47420-5", SCORE, ["Score|7|"]),
    ],
)
def test_an_entry_of_such_a_section_is_shown(section: str, entry: str, said: list[str]):
    found = ["|".join(row) for row in rows(tree_of(show(document(entry).replace("48765-2", section))))]
    assert [row for row in found if row in said] == said
    assert "When|2024-01-02|" in found


@pytest.mark.parametrize("section", ["42348-3", "18776-5", "x-national"])
def test_directives_plans_and_unknown_sections_are_shown_as_their_text(section: str):
    tree = tree_of(show(document("", "<paragraph>Ikke resuscitering</paragraph>").replace("48765-2", section)))
    (open_text,) = tree.xpath("//main//details[@open]")
    assert "Ikke resuscitering" in words(open_text)


def heads(content: str | bytes, language: Language = "en") -> list[str]:
    return [words(each) for each in tree_of(show(content, language)).xpath("//main/section/h2")]


def test_sections_of_a_summary_stand_in_clinical_order():
    reference = artefacts("cda-examples", "ps", "reference-test-data-W5.xml").read_bytes()
    assert b"10160-0" in reference.partition(b"48765-2")[0]
    order = ("Allergier", "Legemidler", "Implantater", "Svangerskap", "Aktuelle", "Tidligere", "Prosedyrer")
    assert all(head.startswith(name) for head, name in zip(heads(reference, "nb"), order, strict=False))


def test_a_section_stays_with_the_one_around_it_and_other_kinds_keep_their_order():
    inner = (
        f'<component><section><code code="48765-2" {LOINC}/><title>Inner</title><text>x</text></section></component>'
    )
    outer = foreign.section("procedures", "").replace("</section>", f"{inner}</section>")
    content = foreign.document(outer, foreign.section("allergies", ""))
    assert [head.split()[0] for head in heads(content, "nb")] == ["Allergier", "Prosedyrer", "Allergier"]
    other = content.replace(b'"60591-5"', b'"34133-9"').replace(b'.10.1.3.1.1.3"', b'.10.1.3.1.1.9"')
    assert other != content
    assert [head.split()[0] for head in heads(other, "nb")] == ["Prosedyrer", "Allergier", "Allergier"]


def test_a_page_of_a_prescription_has_one_name_of_its_kind_and_titles_beside_the_english():
    content = artefacts("cda-examples", "ep", "openncp-1-1234-W8.xml").read_bytes()
    titles: dict[Language, tuple[str, str]] = {
        "en": ("ePrescription", ""),
        "nb": ("E-resept", "Resepter"),
        "nn": ("E-resept", "Reseptar"),
    }
    for language, (kind, title) in titles.items():
        tree = tree_of(show(content, language))
        assert words(tree.xpath("//header/*[@class='about']/p")[0]).startswith(f"{kind} · ")
        assert heads(content, language)[0].startswith(f"{title}Prescriptions")
