"""CodeSystem/$lookup."""

import pytest

from tests.support.terminology.fhir import ATC_URI, SCT_URI, get, imported, issue, parameters, post, said, starter
from tests.support.terminology.packages import EDQM, EDQM_URI, code_system, value_set

RETIRED = code_system(
    {"code": "1", "display": "Old", "property": [{"code": "status", "valueCode": "retired"}]},
    {"code": "2", "display": "New", "designation": [{"language": "nn", "value": "Ny"}]},
    version="2026",
)


def look(system: str = EDQM_URI, code: str = "10219000", **more: str):
    return get(starter(), "CodeSystem/$lookup", system=system, code=code, **more)


@pytest.mark.parametrize(
    ("system", "code", "display"),
    [
        (EDQM_URI, "10219000", "Tablet"),
        (f"urn:oid:{EDQM}", "10219000", "Tablet"),
        ("http://hl7europe.org/fhir/terminology/ehdsi/CodeSystem/edqm-all", "10219000", "Tablet"),
        (ATC_URI, "N02BE01", "paracetamol"),
        ("urn:oid:2.16.840.1.113883.6.73", "N02BE01", "paracetamol"),
        (SCT_URI, "24484000", "Severe"),
        ("urn:oid:2.16.840.1.113883.6.96", "24484000", "Severe"),
        ("http://hl7.org/fhir/sid/icd-10", "B05", "Measles"),
        ("urn:oid:1.3.6.1.4.1.12559.11.10.1.3.1.44.2", "B05", "Measles"),
        ("urn:oid:2.16.840.1.113883.6.3", "B05", "Measles"),
    ],
)
def test_a_code_system_is_known_by_its_oid_and_by_each_of_its_uris(system: str, code: str, display: str):
    told = look(system, code)
    assert (told.status, said(told, "display")) == (200, display)


def test_a_post_of_parameters_asks_the_same():
    asked = parameters(system=("Uri", EDQM_URI), code=("Code", "10219000"), displayLanguage=("Code", "nb"))
    assert post(starter(), "CodeSystem/$lookup", asked) == look(displayLanguage="nb")
    asked = parameters(coding=("Coding", {"system": EDQM_URI, "code": "10219000"}))
    assert post(starter(), "CodeSystem/$lookup", asked) == look()


def test_nynorsk_falls_back_to_bokmål_and_anything_else_to_english():
    assert said(look(displayLanguage="nb-NO"), "display") == "Tablett"
    assert said(look(displayLanguage="nn"), "display") == "Tablett"
    assert said(look(displayLanguage="de"), "display") == "Tablet"


def test_every_designation_says_its_language():
    parts = [one["part"] for one in look().resource["parameter"] if one["name"] == "designation"]
    assert [(p[0]["valueCode"], p[1]["valueString"]) for p in parts] == [("en", "Tablet"), ("nb", "Tablett")]


def test_a_property_asked_for_is_what_comes_beside_name_and_display():
    def names(**more: str) -> list[str]:
        return [one["name"] for one in look(**more).resource["parameter"]]

    assert names(property="inactive") == ["name", "display", "property"]
    assert names(property="lang.nb") == ["name", "display", "designation"]
    assert names(property="parent") == ["name", "display"]


def test_a_retired_code_says_so_and_a_version_is_heeded():
    held = imported(value_set(), RETIRED, tables=True)
    told = {code: get(held, "CodeSystem/$lookup", system=EDQM_URI, code=code, version="2026") for code in "12"}
    inactive = {
        code: next(one["part"][1]["valueBoolean"] for one in t.resource["parameter"] if one["name"] == "property")
        for code, t in told.items()
    }
    assert inactive == {"1": True, "2": False}
    assert said(told["2"], "version") == "2026"
    assert issue(get(held, "CodeSystem/$lookup", system=EDQM_URI, code="2", version="2025")) == (404, "not-found")


def test_a_designation_of_the_release_is_shown():
    told = get(
        imported(value_set(), RETIRED, tables=True),
        "CodeSystem/$lookup",
        system=EDQM_URI,
        code="2",
        displayLanguage="nn",
    )
    assert said(told, "display") == "Ny"


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"system": "http://example.org/none"}, (404, "not-found")),
        ({"system": "urn:oid:1.2.3"}, (404, "not-found")),
        ({"code": "none"}, (404, "not-found")),
        ({"code": "10219000\x00"}, (400, "value")),
        ({"code": ""}, (400, "value")),
        ({"displayLanguage": "nb;q=1"}, (400, "value")),
        ({"date": "2026"}, (422, "not-supported")),
        ({"anything": "x"}, (422, "not-supported")),
        ({"coding": "x|y"}, (400, "value")),
    ],
)
def test_refuses_with_the_issue_that_fits(change: dict[str, str], refusal: tuple[int, str]):
    good = {"system": EDQM_URI, "code": "10219000"}
    assert get(starter(), "CodeSystem/$lookup", **good).status == 200
    assert issue(get(starter(), "CodeSystem/$lookup", **good | change)) == refusal


def test_refuses_a_missing_code_a_missing_system_and_a_code_said_twice():
    held = starter()
    assert issue(get(held, "CodeSystem/$lookup", system=EDQM_URI)) == (400, "required")
    assert issue(get(held, "CodeSystem/$lookup", code="10219000")) == (400, "required")
    twice = [("system", EDQM_URI), ("code", "10219000"), ("code", "10219000")]
    assert issue(get(held, "CodeSystem/$lookup", twice)) == (400, "invalid")
    both = parameters(
        coding=("Coding", {"system": EDQM_URI, "code": "1"}), code=("Code", "1"), system=("Uri", EDQM_URI)
    )
    assert issue(post(held, "CodeSystem/$lookup", both)) == (400, "invalid")
    stray = parameters(coding=("Coding", {"system": EDQM_URI, "code": "10219000"}), system=("Uri", EDQM_URI))
    assert issue(post(held, "CodeSystem/$lookup", stray)) == (400, "invalid")
