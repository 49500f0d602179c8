"""ValueSet/$expand: pages, filter, language."""

import pytest

from tests.support.terminology.fhir import FORMS, get, imported, issue, parameters, post, starter
from tests.support.terminology.packages import EDQM_URI, MVC, code_system, include, value_set

LARGE = value_set(compose={"include": [include(*((str(n), f"Form {n}") for n in range(25)), version="1")]})
RETIRED = code_system(
    {"code": "10219000", "display": "Tablet", "designation": [{"language": "nn", "value": "Tablett på nynorsk"}]},
    {"code": "10502000", "display": "Cream", "property": [{"code": "inactive", "valueBoolean": True}]},
)


def expansion(held=None, **asked: str):
    told = get(held or starter(), "ValueSet/$expand", **{"url": FORMS, **asked})
    assert told.status == 200, told
    return told.resource["expansion"]


def codes(found) -> list[str]:
    return [one["code"] for one in found.get("contains", [])]


def test_pages_hold_every_member_exactly_once():
    held = imported(LARGE, tables=True, members=10)
    pages = [codes(expansion(held, count="7", offset=str(at))) for at in range(0, 35, 7)]
    assert [len(page) for page in pages] == [7, 7, 7, 4, 0]
    assert sorted(code for page in pages for code in page) == sorted(str(n) for n in range(25))


def test_an_expansion_larger_than_a_page_is_too_costly_unless_paged():
    held = imported(LARGE, tables=True, members=10)
    assert issue(get(held, "ValueSet/$expand", url=FORMS)) == (422, "too-costly")
    assert issue(get(held, "ValueSet/$expand", url=FORMS, count="11")) == (422, "too-costly")
    assert len(codes(expansion(held, count="10"))) == 10
    assert len(codes(expansion(held, offset="15"))) == 10


def test_count_zero_says_how_many_there_are():
    found = expansion(imported(LARGE, tables=True), count="0")
    assert (found["total"], "contains" in found) == (25, False)


def test_a_filter_looks_for_every_word_in_code_english_and_language_shown():
    tablets = expansion(filter="TABLET film")
    assert codes(tablets) == ["10221000"]
    assert tablets["total"] == 1
    assert "10221000" in codes(expansion(filter="filmdrasjert", displayLanguage="nb"))
    assert codes(expansion(filter="filmdrasjert")) == []
    assert codes(expansion(filter="10221000")) == ["10221000"]


def test_a_filter_knows_norwegian_letters_in_any_case():
    assert codes(expansion(filter="OPPLØSNING", displayLanguage="nb"))
    assert codes(expansion(filter="OPPLØSNING", displayLanguage="nb")) == codes(
        expansion(filter="oppløsning", displayLanguage="nb")
    )


def test_a_filter_and_pages_go_together():
    whole = codes(expansion(filter="tablet"))
    pages = [codes(expansion(filter="tablet", count="5", offset=str(at))) for at in range(0, len(whole), 5)]
    assert [code for page in pages for code in page] == whole
    assert len(whole) > 5


def test_a_display_is_in_the_language_asked_and_a_fallback_says_its_own():
    held = imported(value_set(), RETIRED, tables=True)
    shown = {one["code"]: one for one in expansion(held, displayLanguage="nn")["contains"]}
    assert shown["10219000"]["display"] == "Tablett på nynorsk"
    assert "designation" not in shown["10219000"]
    assert shown["10502000"]["display"] == "Krem"
    assert shown["10502000"]["designation"] == [{"language": "nb", "value": "Krem"}]
    german = expansion(held, displayLanguage="de")["contains"][0]
    assert german["designation"] == [{"language": "en", "value": german["display"]}]


def test_designations_are_every_word_with_its_language():
    held = imported(value_set(), RETIRED, tables=True)
    first = expansion(held, includeDesignations="true")["contains"][0]
    assert [one["language"] for one in first["designation"]] == ["en", "nb", "nn"]


def test_active_only_leaves_retired_codes_out():
    held = imported(value_set(), RETIRED, tables=True)
    assert [one.get("inactive") for one in expansion(held)["contains"]] == [None, True]
    active = expansion(held, activeOnly="true")
    assert (codes(active), active["total"]) == (["10219000"], 1)


def test_an_excerpt_says_that_it_is_one_and_a_whole_set_does_not():
    unclosed = {"url": "http://hl7.org/fhir/StructureDefinition/valueset-unclosed", "valueBoolean": True}
    assert expansion()["extension"] == [unclosed]
    assert "extension" not in expansion(imported(LARGE, tables=True))


def test_what_was_heeded_is_said_with_code_system_version_and_release():
    held = imported(LARGE, tables=True)
    found = expansion(held, filter="form 1", count="2")
    said = {one["name"]: next(v for k, v in one.items() if k != "name") for one in found["parameter"]}
    assert said == {
        "url": FORMS, "filter": "form 1", "count": 2, "version": f"{EDQM_URI}|1", "release": held.release.id,
    }  # fmt: skip


def test_an_offset_is_stated_where_pages_are_asked_for():
    assert expansion(count="1", offset="2")["offset"] == 2
    assert expansion(count="1")["offset"] == 0
    assert "offset" not in expansion()


def test_the_same_question_has_the_same_identifier_and_another_one_another():
    assert expansion(count="1")["identifier"] == expansion(count="1")["identifier"]
    assert expansion(count="1")["identifier"] != expansion(count="2")["identifier"]


def test_a_version_of_the_value_set_is_heeded():
    held = imported(LARGE, tables=True)
    for url in (f"{FORMS}|9.0.0", f"urn:oid:{MVC}2|9.0.0"):
        assert expansion(held, url=url, count="0")["total"] == 25
    assert expansion(held, valueSetVersion="9.0.0", count="0")["total"] == 25
    assert issue(get(held, "ValueSet/$expand", url=f"{FORMS}|8.1.0")) == (404, "not-found")


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"count": "-1"}, (400, "value")),
        ({"offset": "-1"}, (400, "value")),
        ({"offset": "99999999999999999999"}, (400, "value")),
        ({"offset": "2147483648"}, (400, "value")),
        ({"count": "1.5"}, (400, "value")),
        ({"filter": "\x00"}, (400, "value")),
        ({"url": "http://example.org/none"}, (404, "not-found")),
        ({"exclude-system": "x"}, (422, "not-supported")),
        ({"context": "x"}, (422, "not-supported")),
    ],
)
def test_refuses_what_cannot_be_answered(change: dict[str, str], refusal: tuple[int, str]):
    good = {"url": FORMS, "count": "1", "offset": "2147483647"}
    assert get(starter(), "ValueSet/$expand", **good).status == 200
    assert issue(get(starter(), "ValueSet/$expand", **good | change)) == refusal


def test_a_value_set_sent_along_is_not_heeded_and_so_refused():
    asked = parameters(url=("Uri", FORMS), count=("Integer", 1))
    assert post(starter(), "ValueSet/$expand", asked).status == 200
    asked["parameter"].append({"name": "valueSet", "resource": {"resourceType": "ValueSet"}})
    assert issue(post(starter(), "ValueSet/$expand", asked)) == (422, "not-supported")


def test_refuses_an_integer_that_is_a_text_or_a_truth():
    for kind, value in (("String", "1"), ("Boolean", True), ("Integer", True), ("Decimal", 1.0)):
        asked = parameters(url=("Uri", FORMS), count=(kind, value))
        assert issue(post(starter(), "ValueSet/$expand", asked)) == (400, "value")
