"""How a concept becomes a code: friendly and pivot shapes, OTH, nothing lost (cda-documents 12 and 15)."""

from dataclasses import replace

import pytest

from tests.support.documents.elements import NS, Document
from tests.support.pivots.summaries import (
    ATC,
    ICD10,
    SNOMED,
    drug_allergy,
    implant,
    mapped,
    other_allergy,
    problem,
    rich_content,
    summary,
    unmapped,
    volven,
)
from transformers.model.finding import Severity
from transformers.model.summary import Present
from transformers.model.values import Coded, Coding, Identifier

WORDS_ONLY = {
    "code": "words-only",
    "codeSystem": "2.16.578.1.12.4.5.10.1.3",
    "codeSystemName": "NCPeH Norway: words only",
}


def condition(coded):
    document = Document(summary(rich_content(problems=Present((problem(condition=coded),)))))
    return document, document.section("problems").find(".//h:observation/h:value", NS)


def test_mapped_concept_carries_the_source_coding_as_its_translation():
    document, value = condition(mapped("E11", ICD10, "Type 2 diabetes mellitus", ("T90", "7170", "Diabetes type 2")))
    assert (value.get("code"), value.get("codeSystem"), value.get("codeSystemName"), value.get("displayName")) == (
        "E11",
        ICD10,
        "ICD-10",
        "Type 2 diabetes mellitus",
    )
    [translation] = value.findall("h:translation", NS)
    assert dict(translation.attrib) == {
        "code": "T90",
        "codeSystem": "2.16.578.1.12.4.1.1.7170",
        "codeSystemName": "Volven 7170",
        "displayName": "Diabetes type 2",
    }
    assert "problems[0].condition" not in [finding.path for finding in document.report.findings]


def test_original_text_is_the_words_in_the_narrative_and_not_their_label():
    document, value = condition(replace(mapped("E11", ICD10, "Type 2 diabetes mellitus"), text="Sukkersyke"))
    assert document.anchored(value.find("h:originalText/h:reference", NS).get("value")) == "Sukkersyke"
    severity = document.section("problems").find(".//h:value[@code='6736007']", NS)
    assert document.anchored(severity.find("h:originalText/h:reference", NS).get("value")) == "Moderat"


def test_unmapped_concept_is_other_with_words_and_coding_and_a_warning():
    document, value = condition(unmapped("Mestringsproblem", "Z99", "7170"))
    assert value.get("nullFlavor") == "OTH"
    assert value.get("code") is None
    assert document.anchored(value.find("h:originalText/h:reference", NS).get("value")) == "Mestringsproblem"
    assert value.find("h:translation", NS).get("code") == "Z99"
    [finding] = [f for f in document.report.findings if f.path == "problems[0].condition"]
    assert (finding.severity, finding.code) == (Severity.WARNING, "unmapped-code")
    assert finding.original == "Z99 (2.16.578.1.12.4.1.1.7170)"


def test_concept_of_words_alone_is_other_with_these_words():
    document, value = condition(Coded(text="Vondt i kneet"))
    assert value.get("nullFlavor") == "OTH"
    assert dict(value.find("h:translation", NS).attrib) == WORDS_ONLY | {"displayName": "Vondt i kneet"}
    assert document.anchored(value.find("h:originalText/h:reference", NS).get("value")) == "Vondt i kneet"


def test_same_code_with_other_display_keeps_the_original_display():
    coded = Coded(original=Coding("J01CA04", ATC, "Amoksicillin"), target=Coding("J01CA04", ATC, "amoxicillin"))
    document = Document(summary(rich_content(allergies=Present((drug_allergy(agent=coded),)))))
    code = document.one("//h:playingEntity[@classCode='MMAT']/h:code")
    assert code.get("displayName") == "amoxicillin"
    assert [t.get("displayName") for t in code.findall("h:translation", NS)] == ["Amoksicillin"]


def test_identical_coding_is_not_translated():
    same = Coding("39579001", SNOMED, "Anaphylaxis")
    _, value = condition(Coded(original=same, target=same))
    assert value.find("h:translation", NS) is None


def test_further_codings_of_the_source_are_in_the_narrative():
    coded = replace(
        mapped("J01CA04", ATC, "amoxicillin", ("J01CA04", "7180", "Amoksicillin")),
        others=(volven("ID-77", "7507", "Imacillin"),),
    )
    document = Document(summary(rich_content(allergies=Present((drug_allergy(agent=coded),)))))
    assert "Imacillin (ID-77, Volven 7507)" in document.said("allergies")
    assert len(document.all("//h:playingEntity[@classCode='MMAT']/h:code/h:translation")) == 1


def test_narrative_shows_original_display_code_and_system():
    assert "Diabetes ikke-insulinavhengig (T90, Volven 7170)" in Document(summary()).said("problems")


def test_target_without_display_is_not_sent_as_a_code():
    coded = Coded(text="Sukkersyke", target=Coding("E11", ICD10))
    document, value = condition(coded)
    assert value.get("nullFlavor") == "OTH"
    [finding] = [f for f in document.report.findings if f.path == "problems[0].condition"]
    assert (finding.severity, finding.code) == (Severity.ERROR, "target-incomplete")


@pytest.mark.parametrize(
    "original",
    [Coding("T 90", "1.2.3", "x"), Coding("", "1.2.3", "x"), Coding("T90", "http://example.no/icpc", "x")],
)
def test_original_coding_that_cda_cannot_hold_stays_in_the_narrative(original):
    document, value = condition(Coded(text="Sukkersyke", original=original))
    assert dict(value.find("h:translation", NS).attrib) == WORDS_ONLY | {"displayName": "Sukkersyke"}
    assert f"x ({original.code}, {original.system})" in document.said("problems")
    assert "coding-not-expressible" in document.codes()


def test_line_ends_of_a_display_become_blanks_in_the_attribute_alone():
    coded = Coded(original=volven("T90", "7170", "Diabetes\r\ntype\t2"))
    document, value = condition(coded)
    assert value.find("h:translation", NS).get("displayName") == "Diabetes type 2"
    assert "Diabetes type 2" in document.said("problems")


def test_original_without_display_is_shown_by_the_words_written():
    _, value = condition(Coded(text="Sukkersyke", original=Coding("T90", "1.2.3")))
    assert value.find("h:translation", NS).get("displayName") == "Sukkersyke"


def test_version_is_the_catalogues_or_absent():
    _, value = condition(Coded(target=Coding("E11", ICD10, "Type 2 diabetes mellitus", version="2016")))
    assert value.get("codeSystemVersion") == "2016"
    _, value = condition(mapped("E11", ICD10, "Type 2 diabetes mellitus"))
    assert value.get("codeSystemVersion") is None


@pytest.mark.parametrize(("field", "template"), [("criticality", "33"), ("certainty", "35")])
def test_mandatory_value_without_european_code_is_said_in_the_narrative_alone(field, template):
    path = f"//h:observation[h:templateId/@root='1.3.6.1.4.1.12559.11.10.1.3.1.3.{template}']"
    allergy = drug_allergy(**{field: unmapped("Uvisst", "9", "7521")})
    document = Document(summary(rich_content(allergies=Present((allergy,)))))
    assert document.all(path) == []
    assert "Uvisst" in document.said("allergies")
    assert f"allergies[0].{field}" in [f.path for f in document.report.findings if f.code == "unmapped-code"]
    assert len(Document(summary(rich_content(allergies=Present((drug_allergy(),))))).all(path)) == 1


def test_allergy_tells_drug_from_other_and_keeps_reaction_severity_and_status():
    document = Document(summary())
    section = document.section("allergies")
    assert "Amoksicillin Legemiddel" in document.said("allergies")
    assert "Fisk Annet enn legemiddel" in document.said("allergies")
    values = [v.get("code") for v in section.findall(".//h:observation/h:value", NS)]
    assert values == ["39579001", "24484000", "high", "unconfirmed", "active", None]


@pytest.mark.parametrize(
    ("code", "status"), [("active", "active"), ("inactive", "completed"), ("resolved", "completed")]
)
def test_concern_follows_the_clinical_status_of_the_allergy(code, status):
    allergy = drug_allergy(status=mapped(code, "2.16.840.1.113883.4.642.4.1373", code.title()))
    document = Document(summary(rich_content(allergies=Present((allergy,)))))
    assert document.section("allergies").find(".//h:act/h:statusCode", NS).get("code") == status


def test_concern_of_unknown_status_claims_none():
    document = Document(summary(rich_content(allergies=Present((other_allergy(),)))))
    assert document.section("allergies").find(".//h:act/h:statusCode", NS) is None


def test_device_keeps_its_own_id():
    document = Document(summary())
    assert document.one("//h:participantRole[h:playingDevice]/h:id").get("extension") == "UDI-0001"


def test_device_id_that_does_not_fit_is_in_the_narrative():
    device = implant(device_id=Identifier("2.16.840.1.113883.3.3719", "x" * 65))
    document = Document(summary(rich_content(devices=Present((device,)))))
    assert document.one("//h:participantRole[h:playingDevice]/h:id").get("nullFlavor") == "NI"
    assert "x" * 65 in document.said("devices")
    assert "identifier-in-narrative" in document.codes()
