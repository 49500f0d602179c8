"""Documents made to break the engine: it answers, it says what it met, and no code is lost."""

import pytest

from tests.support.documents.in_place import (
    ICD10,
    REACTIONS_NO,
    RULES,
    SCT,
    coded,
    coded_paths,
    document,
    layers,
    observation,
    one,
    problem,
    transcoded,
    translated,
)
from transformers.terminology.element_rules import State
from transformers.terminology.errors import DocumentKindUnknown
from trust.errors import XmlTooDeep
from trust.xml import parse


def test_ten_thousand_codes_have_ten_thousand_lines():
    many = coded("1", REACTIONS_NO, "Anafylaktisk reaksjon") * 10_000
    done = transcoded(document(observation("44", many)))
    values = [line for line in done.elements if line.path.endswith("]") and "hl7:value" in line.path]
    assert len(values) == 10_000
    assert {line.status for line in values} == {"mapped"}
    assert values[-1].path.endswith("hl7:value[10000]")
    assert translated(done.content).counts()["mapped"] >= 10_000


def test_ten_thousand_names_side_by_side_are_counted_at_once():
    content = document("<act>" + "".join(f'<a{n} codeSystem="1.2" code="{n}"/>' for n in range(10_000)) + "</act>")
    done = transcoded(content)
    assert done.counts()["no-rule"] == 10_000
    assert len({line.path for line in done.elements}) == len(done.elements)


def test_a_document_as_deep_as_the_parser_lets_it_be():
    depth = 115
    nested = "<entryRelationship>" * depth + coded("1", REACTIONS_NO, "x", name="code") + "</entryRelationship>" * depth
    done = transcoded(document(nested))
    assert done.elements[-1].path.count("/") > depth
    with pytest.raises(XmlTooDeep):
        transcoded(document("<act>" * 200 + "</act>" * 200))


def test_translations_nested_deep_are_kept_in_their_order():
    inside = ""
    for n in range(60):
        inside = f'<translation code="T{n}" codeSystem="1.2.3" displayName="t">{inside}</translation>'
    value = one(transcoded(document(observation("44", coded("1", REACTIONS_NO, "x", inside)))).content)
    found = [code for code, _, _ in layers(value)]
    assert found == ["39579001", "1", *(f"T{n}" for n in reversed(range(60)))]


def test_a_prefix_of_the_source_is_used_for_the_translation():
    prefixed = (
        document(observation("44", coded("1", REACTIONS_NO, "Anafylaktisk reaksjon")))
        .replace(b"<", b"<v3:").replace(b"<v3:/", b"</v3:")
        .replace(b'xmlns="', b'xmlns:v3="')
    )  # fmt: skip
    done = transcoded(prefixed)
    assert b"<v3:translation " in done.content
    assert b"ns0" not in done.content
    assert layers(one(done.content))[1][0] == "1"


def test_the_old_pharmacy_namespace_has_no_rules_and_is_told():
    form = '<epsos:formCode xmlns:epsos="urn:epsos-org:ep:medication" code="1" codeSystem="1.2"/>'
    done = transcoded(document(f"<product><manufacturedMaterial>{form}</manufacturedMaterial></product>"))
    assert done.elements[-1].status == "no-rule"
    assert "*[local-name()='formCode']" in done.elements[-1].path


def test_a_translation_in_the_pharmacy_namespace_is_one_more_unruled_element():
    """OpenNCP's ``pharm:translation`` is HL7's under a declared prefix; one truly of the pharmacy namespace is not."""
    legal = f'<pharm:translation xmlns:pharm="urn:hl7-org:v3" code="1" codeSystem="{REACTIONS_NO}"/>'
    stranger = f'<pharm:translation code="1" codeSystem="{REACTIONS_NO}"/>'
    for inside, told in ((legal, 0), (stranger, 1)):
        content = document(
            "<product><manufacturedMaterial>"
            f'<pharm:formCode code="10219000" codeSystem="0.4.0.127.0.16.1.1.2.1" displayName="Tablet">{inside}'
            "</pharm:formCode></manufacturedMaterial></product>"
        )
        done = transcoded(content)
        assert done.content is content
        assert done.counts().get("no-rule", 0) == told


@pytest.mark.parametrize("kind", ["xsi:type='hl7:CD'", "xsi:type='XX'", "xsi:type=''", "xsi:type='CE'", ""])
def test_any_word_may_stand_as_type(kind):
    value = coded("1", REACTIONS_NO, "Anafylaktisk reaksjon").replace('xsi:type="CD"', kind)
    done = transcoded(document(observation("44", value)))
    improper = kind in ("xsi:type='XX'", "xsi:type=''")
    assert done.elements[-1].status == ("kept-with-warning" if improper else "mapped")


@pytest.mark.parametrize("display", ["", "<&>", "x" * 100_000, "\u202etfel ot thgir", "'\"“”"])
def test_any_display_is_kept_as_it_is(display):
    escaped = display.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    for code in ("1", "2"):
        value = one(transcoded(document(observation("44", coded(code, REACTIONS_NO, escaped)))).content)
        assert layers(value)[1] == (code, REACTIONS_NO, display)


@pytest.mark.parametrize(
    ("code", "system"),
    [
        ("' OR 1=1 --", SCT),
        ("1", "'; DROP TABLE map"),
        ("\u00a0I10", ICD10),
        ("I 10", ICD10),
        ("i10", ICD10),
        ("Ⅰ10", ICD10),
    ],
)
def test_a_code_that_only_looks_like_another_is_not_that_one(code, system):
    done = transcoded(problem(coded(code, system, "x")))
    assert done.elements[-1].status == "kept-with-warning"
    assert coded_paths(done.content, "ps-l3")


def test_what_is_remembered_of_strange_documents_is_bounded():
    rules = RULES["ps-l3"]
    before = len(rules._states)
    for n in range(50):
        transcoded(document(f'<a{n}><observation><templateId root="1.2.{n}"/>{coded("1", SCT)}</observation></a{n}>'))
    assert len(rules._states) - before < 10
    assert isinstance(rules.follow(None, parse(document())), State)


def test_two_documents_in_one_are_one_root_or_none():
    inner = document().decode()
    done = transcoded(document(f"<act>{inner}</act>"))
    assert done.kind == "ps-l3"
    with pytest.raises(DocumentKindUnknown):
        transcoded(f"<x>{inner}</x>".encode())
