"""The whole package of the central terminology service, asked as FHIR."""

from urllib.parse import urlencode

import pytest

from tests.support.machine.generated import LONG, choices
from tests.support.machine.require import artefacts
from tests.support.terminology.fhir import BASE, NOW, get, issue, policy, said, uris
from tests.support.terminology.packages import TABLES, facts
from transformers.fhir.terminology.answer import Ask, OperationAnswer, answer
from transformers.fhir.terminology.held import HeldRelease, hold
from transformers.terminology.compose import compose
from transformers.terminology.importers_csv import read_tables
from transformers.terminology.importers_package import read_package
from transformers.terminology.release import Release


@pytest.fixture(scope="module")
def whole() -> HeldRelease:
    (path,) = artefacts("mvc").glob("*.tgz")
    release = Release(compose([read_package(path, facts()), read_tables(TABLES, facts())], facts(), "mvc"))
    return hold(release, uris(), policy(members=10_000))


def told(held: HeldRelease, path: str, **asked: str) -> OperationAnswer:
    """As a client has it, not read by the models: their reading of 161,000 members takes minutes."""
    return answer(held, Ask("GET", path, urlencode(asked), None, BASE), NOW)


def test_pages_of_every_value_set_hold_every_member_exactly_once(whole: HeldRelease):
    oids = list(whole.release.value_sets)
    assert sum(map(whole.release.count, oids)) > 160_000
    for oid in oids if LONG else choices("pages").sample(oids, 30):
        seen = []
        for offset in range(0, whole.release.count(oid), 10_000):
            page = told(whole, "ValueSet/$expand", url=f"urn:oid:{oid}", count="10000", offset=str(offset)).resource
            seen += [(one["system"], one["code"]) for one in page["expansion"]["contains"]]
        assert sorted(seen) == sorted((whole.uri(m.system), m.code) for m in whole.release.members(oid))
        assert len(set(seen)) == len(seen)


def test_the_first_and_last_members_of_every_value_set_are_valid_and_known(whole: HeldRelease):
    for oid in whole.release.value_sets:
        count = whole.release.count(oid)
        for offset in {0, count - 1}:
            url = f"urn:oid:{oid}"
            found = get(whole, "ValueSet/$expand", url=url, count="1", offset=str(offset)).resource
            (one,) = found["expansion"]["contains"]
            asked = {"system": one["system"], "code": one["code"]}
            assert said(get(whole, "ValueSet/$validate-code", url=url, **asked), "result") is True
            assert get(whole, "CodeSystem/$lookup", **asked).status == 200


def test_every_value_set_is_found_by_the_canonical_it_was_published_by(whole: HeldRelease):
    for oid, value_set in whole.release.value_sets.items():
        if value_set.canonical:
            bundle = get(whole, "ValueSet", url=value_set.canonical).resource
            assert [entry["resource"]["id"] for entry in bundle["entry"]] == [oid]


def test_the_largest_set_is_too_costly_whole_and_found_by_a_word(whole: HeldRelease):
    oid, count = max(((oid, whole.release.count(oid)) for oid in whole.release.value_sets), key=lambda pair: pair[1])
    assert count > 10_000
    assert issue(get(whole, "ValueSet/$expand", url=f"urn:oid:{oid}")) == (422, "too-costly")
    found = get(whole, "ValueSet/$expand", url=f"urn:oid:{oid}", filter="paracetamol", count="5").resource
    assert all("paracetamol" in one["display"].lower() for one in found["expansion"]["contains"])
    assert found["expansion"]["total"] > 1
    assert "compose" not in get(whole, f"ValueSet/{oid}").resource


def test_no_other_value_set_of_the_package_is_an_excerpt(whole: HeldRelease):
    for oid, value_set in whole.release.value_sets.items():
        expansion = told(whole, "ValueSet/$expand", url=f"urn:oid:{oid}", count="0").resource["expansion"]
        assert ("extension" in expansion) is (not value_set.complete)
