"""Country B's step on a document: displays change and nothing else, and what they were stays in reach."""

import pytest

from tests.support.documents.in_place import (
    ICD10,
    REACTIONS_NO,
    SCT,
    coded,
    document,
    layers,
    observation,
    one,
    problem,
    translated,
)
from transformers.model.finding import Severity
from transformers.terminology.errors import DocumentKindUnknown, LanguageAbsent
from transformers.terminology.languages import fallback

HYPERTENSION = coded("I10", ICD10, "Essential (primary) hypertension")


def test_the_display_is_the_readers_and_the_english_is_its_translation():
    done = translated(problem(HYPERTENSION))
    assert layers(one(done.content)) == [
        ("I10", ICD10, "Essensiell (primær) hypertensjon"),
        ("I10", ICD10, "Essential (primary) hypertension"),
    ]
    line = done.elements[-1]
    assert (line.status, line.map_entry, line.result) == ("mapped", "designation:nb", f"I10 ({ICD10})")


def test_the_country_of_origins_words_stay_the_innermost():
    origin = f'<translation code="1" codeSystem="{REACTIONS_NO}" displayName="Reacción anafiláctica"/>'
    value = one(translated(document(observation("44", coded("39579001", SCT, "Anaphylaxis", origin)))).content)
    assert [display for _, _, display in layers(value)] == [
        "Anafylaktisk reaksjon",
        "Anaphylaxis",
        "Reacción anafiláctica",
    ]
    assert len(value) == len(value[0]) == 1


def test_where_the_code_has_a_translation_already_only_the_display_changes():
    """RIM-002: no two translations of one code; the English is the release's to give, and said in the report."""
    origin = f'<translation code="39579001" codeSystem="{SCT}" displayName="Anafilaxia"/>'
    done = translated(document(observation("44", coded("39579001", SCT, "Anaphylaxis", origin))))
    assert layers(one(done.content)) == [("39579001", SCT, "Anafylaktisk reaksjon"), ("39579001", SCT, "Anafilaxia")]
    (finding,) = [f for f in done.report.findings if f.code == "display-replaced"]
    assert "Anaphylaxis" in finding.text


def test_translating_again_changes_nothing():
    once = translated(problem(HYPERTENSION)).content
    assert translated(once).content is once


def test_nynorsk_readers_get_nynorsk_and_else_bokmal():
    severe = document(observation("8", coded("24484000", SCT, "Severe")))
    assert one(translated(severe, "nn").content).get("displayName") == "Alvorleg"
    done = translated(problem(HYPERTENSION), "nn")
    assert one(done.content).get("displayName") == "Essensiell (primær) hypertensjon"
    assert done.elements[-1].map_entry == "designation:nb"


@pytest.mark.parametrize(
    ("language", "looked_in"),
    [("nb", ("nb",)), ("nn-NO", ("nn-NO", "nn", "nb")), ("en", ()), ("en-GB", ()), ("se", ("se",))],
)
def test_the_order_in_which_languages_are_looked_in(language, looked_in):
    assert fallback(language) == looked_in


def test_a_missing_word_is_a_warning_and_the_display_stays():
    content = problem(coded("A00", ICD10, "Cholera"))
    done = translated(content)
    assert one(done.content).get("displayName") == "Cholera"
    (finding,) = [f for f in done.report.findings if "A00" in (f.original or "")]
    assert (finding.severity, finding.code, finding.rule) == (Severity.WARNING, "2504", "tsam-4505")


def test_a_missing_word_of_a_required_element_has_its_own_number():
    done = translated(document(observation("35", coded("perhaps", "1.2.3", "Perhaps"))))
    numbers = [f.code for f in done.report.findings if "perhaps" in (f.original or "")]
    assert numbers == ["4512"]
    assert done.report.worst() is Severity.WARNING


def test_english_changes_nothing_and_says_nothing_of_it():
    content = problem(HYPERTENSION)
    done = translated(content, "en")
    assert done.content is content
    assert done.report.findings == []


def test_a_null_element_keeps_its_text_and_code():
    null = (
        f'<value xsi:type="CD" nullFlavor="OTH"><originalText>Ord</originalText>'
        f'<translation code="39579001" codeSystem="{SCT}" displayName="Anafilaxia"/></value>'
    )
    content = problem(null)
    assert null.encode() in translated(content).content


def test_language_and_narrative_stay():
    done = translated(problem(HYPERTENSION)).content
    assert b'<languageCode code="nb-NO"/>' in done
    assert b'<text>Fortelling <content ID="a1">om <br/>alt</content></text>' in done


def test_a_language_without_any_word_is_refused_whole():
    with pytest.raises(LanguageAbsent):
        translated(problem(HYPERTENSION), "mt")
    with pytest.raises(DocumentKindUnknown):
        translated(b"<a/>", "nb")
