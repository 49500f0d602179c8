"""Reading and searching, a batch, and what the service says of itself."""

import pytest

from tests.support.terminology.fhir import (
    BASE,
    FORM_LIST,
    FORMS,
    NOW,
    SCT_URI,
    conforms,
    get,
    imported,
    issue,
    parameters,
    post,
    said,
    starter,
)
from tests.support.terminology.packages import EDQM, EDQM_URI, MVC, value_set
from transformers.fhir.terminology.answer import OPERATIONS, Ask, answer


def found(kind: str, **asked: str) -> list[str]:
    bundle = get(starter(), kind, **asked).resource
    return [entry["resource"]["id"] for entry in bundle.get("entry", [])]


@pytest.mark.parametrize("kind", ["ValueSet", "CodeSystem", "ConceptMap"])
def test_everything_that_is_found_can_be_read(kind: str):
    ids = found(kind)
    assert ids
    for id_ in ids:
        told = get(starter(), f"{kind}/{id_}")
        assert (told.status, told.resource["id"], told.resource["resourceType"]) == (200, id_, kind)
    assert issue(get(starter(), f"{kind}/none")) == (404, "not-found")


@pytest.mark.parametrize(
    "asked",
    [
        {"url": FORMS},
        {"url": "http://fhir.ehdsi.eu/mvc/eHDSIDoseForm"},
        {"url": "http://fhir.ehdsi.eu/mvc-package/ValueSet/eHDSIDoseForm"},
        {"url": f"urn:oid:{MVC}2"},
        {"identifier": f"urn:oid:{MVC}2"},
        {"identifier": f"urn:ietf:rfc:3986|urn:oid:{MVC}2"},
        {"identifier": f"{MVC}2"},
        {"name": "ehdsidosef"},
        {"_id": f"{MVC}2", "status": "active"},
    ],
)
def test_a_value_set_is_found(asked: dict[str, str]):
    assert found("ValueSet", **asked) == [MVC + "2"]


@pytest.mark.parametrize(
    "asked",
    [
        {"url": "http://example.org/none"},
        {"url": f"{FORMS}|99"},
        {"identifier": f"urn:other|{MVC}2"},
        {"name": "DoseForm"},
        {"version": "99"},
        {"_id": f"{MVC}2", "status": "retired"},
    ],
)
def test_what_does_not_fit_is_not_found(asked: dict[str, str]):
    assert found("ValueSet", **asked) == []


def test_code_systems_and_maps_are_found_by_what_they_are_of():
    assert found("CodeSystem", url=f"urn:oid:{EDQM}") == found("CodeSystem", system=EDQM_URI) == [EDQM]
    assert found("ConceptMap", **{"source-system": FORM_LIST}) == ["2.16.578.1.12.4.1.1.7448-to-42.2"]
    assert found("ConceptMap", **{"source-system": FORM_LIST, "target-system": SCT_URI}) == []
    assert found("ConceptMap", **{"source-system": FORM_LIST, "target-system": EDQM_URI, "target-uri": FORMS})


def test_pages_of_a_search_hold_everything_once():
    whole, seen, offset = found("ConceptMap"), [], 0
    while True:
        bundle = get(starter(), "ConceptMap", _count="10", _offset=str(offset)).resource
        seen += [entry["resource"]["id"] for entry in bundle["entry"]]
        if "next" not in [link["relation"] for link in bundle["link"]]:
            break
        offset += 10
    assert (seen, bundle["total"]) == (whole, len(whole))


def test_a_search_gives_summaries_and_says_so():
    bundle = get(starter(), "ValueSet", url=FORMS).resource
    (entry,) = bundle["entry"]
    assert [tag["code"] for tag in entry["resource"]["meta"]["tag"]] == ["SUBSETTED"]
    assert entry["fullUrl"] == f"{BASE}/ValueSet/{MVC}2"
    assert "compose" in get(starter(), f"ValueSet/{MVC}2").resource
    assert get(starter(), "ValueSet", _summary="count").resource["total"] == len(found("ValueSet"))


def test_a_value_set_larger_than_a_page_is_read_as_a_summary():
    one, two = imported(value_set(), tables=True, members=1), imported(value_set(), tables=True, members=2)
    large, small = (get(held, f"ValueSet/{MVC}2").resource for held in (one, two))
    assert ("compose" in large, large["meta"]["tag"][0]["code"]) == (False, "SUBSETTED")
    assert [c["code"] for c in small["compose"]["include"][0]["concept"]] == ["10219000", "10502000"]


def test_a_map_is_read_with_every_row_and_a_row_without_target_says_why():
    held = starter()
    rows = unmatched = 0
    for entry in get(held, "ConceptMap").resource["entry"]:
        whole = get(held, f"ConceptMap/{entry['resource']['id']}").resource
        assert whole["status"] == "draft"
        for one in (one for group in whole["group"] for one in group["element"]):
            rows += 1
            (target,) = one["target"]
            unmatched += target["equivalence"] == "unmatched"
            assert target["comment"]
            assert ("code" in target) is (target["equivalence"] != "unmatched")
    entries = list(held.release.maps())
    assert (rows, unmatched) == (len(entries), sum(e.target is None for _, _, e in entries))


@pytest.mark.parametrize(
    ("path", "query", "refusal"),
    [
        ("ValueSet", {"title": "x"}, (422, "not-supported")),
        ("ValueSet", {"name:exact": "x"}, (422, "not-supported")),
        ("ValueSet", {"_summary": "text"}, (422, "not-supported")),
        ("ValueSet", {"_count": "-1"}, (400, "value")),
        (f"ValueSet/{MVC}2", {"_elements": "url"}, (422, "not-supported")),
        (f"ValueSet/{MVC}2/_history/1", {}, (404, "not-supported")),
        ("Patient", {}, (404, "not-supported")),
        ("ValueSet/$closure", {}, (404, "not-supported")),
        ("ConceptMap/$expand", {}, (404, "not-supported")),
        (f"CodeSystem/{EDQM}/$lookup", {}, (404, "not-supported")),
        ("metadata", {"mode": "normative"}, (400, "value")),
        ("ValueSet/%FF", {}, (400, "value")),
        ("", {}, (405, "not-supported")),
    ],
)
def test_refuses_what_is_not_here(path: str, query: dict[str, str], refusal: tuple[int, str]):
    assert issue(get(starter(), path, **query)) == refusal


def test_nothing_is_written():
    assert issue(post(starter(), "ValueSet", value_set())) == (405, "not-supported")
    assert issue(post(starter(), f"ValueSet/{MVC}2", value_set())) == (405, "not-supported")


def test_a_batch_answers_each_entry_apart():
    asked = parameters(url=("Uri", FORMS), count=("Integer", 1))
    bundle = {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [
            {"request": {"method": "GET", "url": f"CodeSystem/$lookup?system={EDQM_URI}&code=10219000"}},
            {"request": {"method": "POST", "url": "ValueSet/$expand"}, "resource": asked},
            {"request": {"method": "GET", "url": f"{BASE}/ValueSet/none"}},
            {"request": {"method": "DELETE", "url": f"ValueSet/{MVC}2"}},
            {"request": {"method": "POST", "url": ""}, "resource": {"resourceType": "Bundle", "type": "batch"}},
            {"request": {"method": "GET", "url": "ValueSet/\ud800"}},
            {},
        ],
    }
    told = post(starter(), "", bundle)
    entries = told.resource["entry"]
    statuses = [entry["response"]["status"] for entry in entries]
    assert (told.status, statuses) == (200, ["200 OK", "200 OK", "404", "405", "400", "404", "400"])
    assert entries[1]["resource"]["expansion"]["contains"]
    assert entries[0]["response"]["etag"] == f'W/"{starter().release.id}"'
    assert [entry["response"]["outcome"]["issue"][0]["code"] for entry in entries[2:4]] == [
        "not-found",
        "not-supported",
    ]


@pytest.mark.parametrize(
    ("bundle", "refusal"),
    [
        ({"resourceType": "Bundle", "type": "transaction"}, (400, "structure")),
        ({"resourceType": "Bundle", "type": "batch", "entry": {}}, (400, "structure")),
        ({"resourceType": "Bundle", "type": "batch", "entry": [{}] * 21}, (422, "too-costly")),
        ({"resourceType": "Patient"}, (400, "invalid")),
        ([], (400, "invalid")),
        (None, (400, "invalid")),
    ],
)
def test_refuses_what_is_no_batch(bundle: object, refusal: tuple[int, str]):
    assert post(starter(), "", {"resourceType": "Bundle", "type": "batch", "entry": [{}] * 20}).status == 200
    assert issue(post(starter(), "", bundle)) == refusal


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"resourceType": "ValueSet"}, (400, "invalid")),
        ({"resourceType": "Parameters", "parameter": "x"}, (400, "invalid")),
        ({"resourceType": "Parameters", "parameter": [{"valueUri": "x"}]}, (400, "value")),
        ({"resourceType": "Parameters", "parameter": [{"name": 1}]}, (400, "value")),
        ({"resourceType": "Parameters", "parameter": [{"name": "code"}]}, (400, "value")),
        (parameters(code=("Code", 1)), (400, "value")),
        (parameters(code=("Code", "a\x00b")), (400, "value")),
        (parameters(code=("Code", "\ud800")), (400, "value")),
        (parameters(coding=("Coding", [])), (400, "value")),
        (parameters(coding=("Coding", {"system": 1, "code": "1"})), (400, "value")),
        (parameters(coding=("Coding", {"system": EDQM_URI})), (400, "value")),
        (parameters(codeableConcept=("CodeableConcept", {"coding": []})), (400, "value")),
        ([], (400, "invalid")),
        ("x", (400, "invalid")),
    ],
)
def test_refuses_parameters_of_another_shape(body: object, refusal: tuple[int, str]):
    assert issue(post(starter(), "CodeSystem/$validate-code", body)) == refusal


def test_a_post_with_parameters_in_its_url_too_is_refused():
    asked = Ask("POST", "CodeSystem/$validate-code", "url=x", parameters(url=("Uri", EDQM_URI)), BASE)
    assert issue(answer(starter(), asked, NOW)) == (400, "invalid")


def test_a_search_by_post_is_the_same_as_by_get():
    asked = Ask("POST", "ValueSet/_search", f"url={FORMS}", None, BASE)
    assert answer(starter(), asked, NOW) == get(starter(), "ValueSet", url=FORMS)


def test_the_capability_statement_names_every_operation_there_is():
    told = get(starter(), "metadata").resource
    (rest,) = told["rest"]
    stated = {(r["type"], "$" + o["name"]) for r in rest["resource"] for o in r["operation"]}
    assert stated == set(OPERATIONS)
    assert (told["fhirVersion"], told["implementation"]["url"]) == ("4.0.1", BASE)
    for resource in rest["resource"]:
        for search in resource["searchParam"]:
            assert get(starter(), resource["type"], **{search["name"]: "x"}).status == 200


def test_terminology_capabilities_name_the_code_systems_of_the_release():
    told = get(starter(), "metadata", mode="terminology").resource
    assert {one["uri"] for one in told["codeSystem"]} == {starter().uri(s) for s in starter().release.systems}


def test_every_resource_says_its_release():
    for path in ("metadata", "ValueSet", f"ValueSet/{MVC}2", f"CodeSystem/{EDQM}"):
        assert get(starter(), path).resource["meta"]["versionId"] == starter().release.id
    conforms(get(starter(), "metadata").resource)
    assert said(get(starter(), "CodeSystem/$lookup", system=EDQM_URI, code="10219000"), "name") == "EDQM"
