"""ConceptMap/$translate: the rows and rules that transcode a document, as FHIR."""

import pytest

from tests.support.terminology.fhir import (
    ATC_URI,
    FORM_LIST,
    FORMS,
    SCT_URI,
    get,
    imported,
    issue,
    matches,
    parameters,
    post,
    said,
    starter,
)
from tests.support.terminology.packages import EDQM_URI, MVC, concept_map, element, value_set
from transformers.fhir.terminology.held import map_url

SEVERITY, SEVERITIES = "urn:oid:2.16.578.1.12.4.1.1.7520", f"urn:oid:{MVC}13"
FORM_MAP = map_url("2.16.578.1.12.4.1.1.7448", MVC + "2")


def ask(system: str = SEVERITY, code: str = "1", **more: str):
    return get(starter(), "ConceptMap/$translate", system=system, code=code, **more)


def test_a_mapped_code_has_its_target_its_relation_and_its_map():
    told = ask(target=SEVERITIES)
    assert said(told, "result") is True
    assert matches(told) == [
        {
            "equivalence": "equivalent",
            "concept": {"system": SCT_URI, "code": "24484000", "display": "Severe"},
            "source": map_url("2.16.578.1.12.4.1.1.7520", MVC + "13"),
        }
    ]
    assert said(told, "message") == "severity:2 (proposed: nobody has approved it): same term."


@pytest.mark.parametrize(
    ("said_relation", "equivalence"), [("equal", "equivalent"), ("wider", "wider"), ("narrower", "narrower")]
)
def test_a_relation_is_an_r4_equivalence(said_relation: str, equivalence: str):
    held = imported(value_set(), concept_map(element("A", "10219000", said_relation)), tables=True)
    told = get(held, "ConceptMap/$translate", system=FORM_LIST, code="A", target=FORMS)
    assert [match["equivalence"] for match in matches(told)] == [equivalence]


def test_a_row_that_says_none_is_no_result_with_its_reason():
    told = ask("urn:oid:2.16.578.1.12.4.1.1.7452", "GBq", target=f"urn:oid:{MVC}16")
    assert (told.status, said(told, "result"), matches(told)) == (200, False, [])
    assert said(told, "message").endswith("GBq is not in the value set.")


def test_a_code_nobody_has_mapped_is_no_result():
    told = ask(code="none", target=SEVERITIES)
    assert (said(told, "result"), said(told, "message")) == (False, "The release has no map for this code.")


def test_a_rule_of_transcoding_is_heeded():
    told = ask("urn:oid:2.16.578.1.12.4.1.1.7180", "N02BE01", target=f"urn:oid:{MVC}24")
    assert matches(told) == [
        {"equivalence": "equivalent", "concept": {"system": ATC_URI, "code": "N02BE01", "display": "paracetamol"}}
    ]
    assert said(told, "message") == "rule:atc-identity: the Norwegian list is ATC."
    told = ask("http://nhn.no/kj/fhir/CodeSystem/ATC", "N02BE01", target=f"urn:oid:{MVC}24")
    assert said(told, "result") is True


def test_a_code_that_is_a_member_already_is_itself():
    told = ask(EDQM_URI, "10219000", target=FORMS)
    assert [match["concept"]["code"] for match in matches(told)] == ["10219000"]
    assert said(ask(EDQM_URI, "10219000"), "result") is False


def test_without_target_every_known_translation_comes_and_a_target_system_chooses():
    told = ask("urn:oid:2.16.578.1.12.4.1.1.7452", "dråpe")
    assert {m["concept"]["system"] for m in matches(told)} == {EDQM_URI}
    assert said(ask("urn:oid:2.16.578.1.12.4.1.1.7452", "dråpe", targetsystem=EDQM_URI), "result") is True
    assert said(ask("urn:oid:2.16.578.1.12.4.1.1.7452", "dråpe", targetsystem=SCT_URI), "result") is False


def test_a_map_is_named_by_its_url_or_asked_by_its_id():
    told = ask(FORM_LIST, "53", target=FORMS)
    assert matches(told)
    assert ask(FORM_LIST, "53", url=FORM_MAP) == told
    id_ = "2.16.578.1.12.4.1.1.7448-to-42.2"
    assert get(starter(), f"ConceptMap/{id_}/$translate", system=FORM_LIST, code="53") == told
    assert matches(ask(SEVERITY, "1", url=FORM_MAP)) == []


def test_every_coding_of_a_codeable_concept_is_tried():
    concept = {"coding": [{"system": SEVERITY, "code": "none"}, {"system": SEVERITY, "code": "1"}]}
    asked = parameters(codeableConcept=("CodeableConcept", concept), target=("Uri", SEVERITIES))
    assert len(matches(post(starter(), "ConceptMap/$translate", asked))) == 1


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"system": "http://example.org/none"}, (404, "not-found")),
        ({"target": "http://example.org/none"}, (404, "not-found")),
        ({"targetsystem": "http://example.org/none"}, (404, "not-found")),
        ({"url": "http://example.org/none"}, (404, "not-found")),
        ({"url": FORM_MAP + "|none"}, (404, "not-found")),
        ({"url": FORM_MAP, "conceptMapVersion": "none"}, (404, "not-found")),
        ({"url": FORM_MAP}, (400, "invalid")),
        ({"reverse": "true"}, (422, "not-supported")),
        ({"dependency": "x"}, (422, "not-supported")),
    ],
)
def test_refuses_what_cannot_be_answered(change: dict[str, str], refusal: tuple[int, str]):
    good = {
        "system": SEVERITY,
        "code": "1",
        "target": SEVERITIES,
        "source": "http://example.org/any",
        "reverse": "false",
    }
    assert get(starter(), "ConceptMap/$translate", **good).status == 200
    assert issue(get(starter(), "ConceptMap/$translate", **good | change)) == refusal


@pytest.mark.parametrize("missing", ["system", "code"])
def test_refuses_a_missing_parameter(missing: str):
    asked = {"system": SEVERITY, "code": "1"}
    del asked[missing]
    assert issue(get(starter(), "ConceptMap/$translate", **asked)) == (400, "required")


def test_every_row_of_every_map_is_translated_as_the_release_has_it():
    held = starter()
    for source, value_set_oid, entry in held.release.maps():
        asked = {"system": f"urn:oid:{source.system}", "code": source.code, "target": f"urn:oid:{value_set_oid}"}
        told = get(held, "ConceptMap/$translate", **asked)
        found = [match["concept"]["code"] for match in matches(told)]
        assert found == ([entry.target.code] if entry.target else []), source
