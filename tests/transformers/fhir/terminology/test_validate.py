"""$validate-code of ValueSet and CodeSystem: what is not valid is an answer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.machine.generated import examples
from tests.support.terminology.fhir import FORMS, get, imported, issue, parameters, post, said, starter
from tests.support.terminology.packages import EDQM, EDQM_URI, MVC, code_system, include, value_set

TABLET = {"system": EDQM_URI, "code": "10219000"}


def check(url: str = FORMS, **more: str):
    return get(starter(), "ValueSet/$validate-code", **{"url": url, **TABLET, **more})


@pytest.mark.parametrize(
    "url",
    [
        "http://terminology.ehdsi.eu/ValueSet/eHDSIDoseForm",
        "http://fhir.ehdsi.eu/mvc-package/ValueSet/eHDSIDoseForm",
        "http://fhir.ehdsi.eu/mvc/eHDSIDoseForm",
        f"urn:oid:{MVC}2",
    ],
)
def test_a_value_set_is_known_by_its_four_canonicals(url: str):
    assert said(check(url), "result") is True
    assert said(check(url, code="20062000"), "result") is False


def test_a_code_that_is_not_a_member_is_an_answer_with_its_reason():
    told = check(code="20062000")
    assert (told.status, said(told, "result")) == (200, False)
    assert said(told, "message") == (
        f"The code 20062000 ({EDQM_URI}) is not in the value set eHDSIDoseForm, of which the release has an excerpt."
    )


def test_a_code_of_a_system_nobody_knows_is_no_member():
    told = check(system="http://example.org/none")
    assert (said(told, "result"), said(told, "message")) == (
        False, "The code system http://example.org/none is not in the release in force.",
    )  # fmt: skip


def test_a_display_counts_in_any_language_and_case_and_a_wrong_one_does_not():
    assert said(check(display="TABLET"), "result") is True
    assert said(check(display=" tablett "), "result") is True
    told = check(display="Capsule")
    assert (said(told, "result"), said(told, "display")) == (False, "Tablet")
    assert said(told, "message") == "Capsule is no display of 10219000."


def test_the_display_is_in_the_language_asked_and_a_fallback_is_said():
    told = check(displayLanguage="nb")
    assert (said(told, "display"), said(told, "message")) == ("Tablett", None)
    told = check(displayLanguage="nn-NO")
    assert said(told, "display") == "Tablett"
    assert said(told, "message") == "There is no display in nn-NO; this one is in nb."


def test_a_version_is_heeded_where_the_release_has_one():
    held = imported(
        value_set(compose={"include": [include(("1", "A"), version="24"), include(("2", "B"))]}), tables=True
    )

    def result(code: str, version: str):
        told = get(held, "ValueSet/$validate-code", url=FORMS, system=EDQM_URI, code=code, systemVersion=version)
        return said(told, "result"), said(told, "message")

    assert result("1", "24") == (True, None)
    assert result("1", "23") == (False, "The release has 1 of version 24, not 23.")
    assert result("2", "23") == (True, "The version was not checked: the release has none.")


def test_a_retired_member_is_valid_and_said_to_be_retired():
    retired = {"code": "10219000", "display": "Tablet", "property": [{"code": "inactive", "valueBoolean": True}]}
    held = imported(value_set(), code_system(retired), tables=True)
    told = get(held, "ValueSet/$validate-code", url=FORMS, **TABLET)
    assert (said(told, "result"), said(told, "message")) == (True, "The code 10219000 is retired.")


def test_one_valid_coding_makes_a_codeable_concept_valid():
    def asked(*codes: str):
        concept = {"coding": [{"system": EDQM_URI, "code": code} for code in codes]}
        whole = parameters(url=("Uri", FORMS), codeableConcept=("CodeableConcept", concept))
        return said(post(starter(), "ValueSet/$validate-code", whole), "result")

    assert asked("none", "10219000") is True
    assert asked("none", "neither") is False


def test_an_instance_is_asked_by_its_id():
    held = starter()
    assert said(get(held, f"ValueSet/{MVC}2/$validate-code", **TABLET), "result") is True
    assert issue(get(held, f"ValueSet/{MVC}2/$validate-code", url=FORMS, **TABLET)) == (400, "invalid")
    assert issue(get(held, "ValueSet/none/$validate-code", **TABLET)) == (404, "not-found")


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"url": "http://example.org/none"}, (404, "not-found")),
        ({"url": f"{FORMS}|99"}, (404, "not-found")),
        ({"valueSetVersion": "99"}, (404, "not-found")),
        ({"date": "2026-01-01"}, (422, "not-supported")),
        ({"code": "\x01"}, (400, "value")),
        ({"abstract": "maybe"}, (400, "value")),
        ({"displayLanguage": "?"}, (400, "value")),
    ],
)
def test_refuses_what_cannot_be_answered(change: dict[str, str], refusal: tuple[int, str]):
    assert check().status == 200
    assert issue(check(**{"url": FORMS, **change})) == refusal


@pytest.mark.parametrize("missing", ["url", "code", "system"])
def test_refuses_a_missing_parameter(missing: str):
    whole = {"url": FORMS, **TABLET}
    assert get(starter(), "ValueSet/$validate-code", **whole).status == 200
    del whole[missing]
    assert issue(get(starter(), "ValueSet/$validate-code", **whole)) == (400, "required")


def test_a_code_system_answers_for_its_own_codes():
    def result(path: str = "CodeSystem/$validate-code", **asked: str):
        return said(get(starter(), path, **asked), "result")

    assert result(url=EDQM_URI, code="10219000", display="Tablett") is True
    assert result(url=EDQM_URI, code="none") is False
    assert result(url=EDQM_URI, code="10219000", display="Capsule") is False
    assert result(f"CodeSystem/{EDQM}/$validate-code", code="10219000") is True
    assert issue(get(starter(), "CodeSystem/$validate-code", url="urn:oid:1.2", code="1")) == (404, "not-found")
    assert issue(get(starter(), "CodeSystem/$validate-code", code="1")) == (400, "required")


def test_a_coding_of_another_system_is_not_valid_in_this_one():
    def asked(system: str):
        whole = parameters(url=("Uri", EDQM_URI), coding=("Coding", {"system": system, "code": "10219000"}))
        return said(post(starter(), "CodeSystem/$validate-code", whole), "result")

    assert asked(f"urn:oid:{EDQM}") is True
    assert asked("http://loinc.org") is False


@settings(max_examples=examples(25))
@given(st.data())
def test_a_code_is_valid_exactly_when_the_expansion_has_it(data: st.DataObject):
    held = starter()
    oid = data.draw(st.sampled_from(sorted(held.release.value_sets)))
    other = data.draw(st.sampled_from(sorted(held.release.value_sets)))
    pages = {
        o: get(held, "ValueSet/$expand", url=f"urn:oid:{o}", count="1000").resource["expansion"] for o in (oid, other)
    }
    members = {(c["system"], c["code"]) for c in pages[oid].get("contains", [])}
    system, code = data.draw(
        st.sampled_from([(c["system"], c["code"]) for page in pages.values() for c in page["contains"]])
        | st.tuples(st.just(EDQM_URI), st.text(min_size=1, max_size=6, alphabet="0123456789"))
    )
    told = get(held, "ValueSet/$validate-code", url=f"urn:oid:{oid}", system=system, code=code)
    assert said(told, "result") is ((system, code) in members)
