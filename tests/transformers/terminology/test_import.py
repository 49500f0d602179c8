"""Importing FHIR: what is said is kept, what is odd is told, and bad input is refused by file and row."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.machine.require import artefacts
from tests.support.terminology.packages import (
    EDQM,
    EDQM_URI,
    MVC,
    SCT,
    TABLES,
    code_system,
    concept_map,
    element,
    facts,
    files,
    include,
    package,
    value_set,
)
from transformers.terminology.compose import compose
from transformers.terminology.errors import (
    MapsDisagree,
    PackageUnreadable,
    ReleaseInvalid,
    RowMalformed,
    RowRepeated,
    SystemUnknown,
    TargetRetired,
    ValueSetCyclic,
    ValueSetEmpty,
    ValueSetRule,
    ValueSetUnknown,
)
from transformers.terminology.importers_csv import read_tables
from transformers.terminology.importers_fhir import read_resources
from transformers.terminology.importers_package import read_package, read_resource_file
from transformers.terminology.release import Release
from transformers.terminology.rows import Concept, Content, ValueSet

FORMS, OTHER = MVC + "2", "http://terminology.ehdsi.eu/ValueSet/eHDSIPackage"
FORM_LIST = "2.16.578.1.12.4.1.1.7448"


def release(*resources: dict[str, Any], strict: bool = False) -> Release:
    return Release(compose([read_resources(files(*resources), facts())], facts(), "test", strict=strict))


def codes(made: Release, value_set: str = FORMS) -> list[str]:
    return [coding.code for coding in made.members(value_set)]


def refused(kind: type[ReleaseInvalid], *resources: dict[str, Any]) -> ReleaseInvalid:
    with pytest.raises(kind) as reason:
        release(*resources, strict=True)
    assert type(reason.value) is kind
    return reason.value


def other(*parts: dict[str, Any]) -> dict[str, Any]:
    return value_set(3, "eHDSIPackage", compose={"include": list(parts)})


def including(url: str) -> dict[str, Any]:
    return {"valueSet": [url]}


def test_a_value_set_is_known_by_all_its_names():
    made = release(value_set())
    for base in ("http://terminology.ehdsi.eu/ValueSet/", "http://fhir.ehdsi.eu/mvc/"):
        assert made.value_set(base + "eHDSIDoseForm").oid == FORMS
    assert made.value_set("http://fhir.ehdsi.eu/mvc-package/ValueSet/eHDSIDoseForm").oid == FORMS
    assert made.value_set(f"urn:oid:{FORMS}").oid == made.value_set(FORMS).oid == FORMS
    assert made.value_set(f"{FORMS}|9.0.0").version == "9.0.0"
    assert made.value_set(f"{FORMS}|8.1.0") is None
    assert made.value_set("http://terminology.ehdsi.eu/ValueSet/eHDSIPackage") is None


def test_a_member_has_display_system_name_and_no_version_that_nobody_said():
    concept = release(value_set()).concept(FORMS, EDQM, "10219000")
    assert (concept.display, concept.system_name, concept.version) == ("Tablet", "EDQM", None)
    versioned = value_set(compose={"include": [include(("10219000", "Tablet"), version="2026-01")]})
    assert release(versioned).concept(FORMS, EDQM, "10219000").version == "2026-01"


def test_a_code_system_nobody_names_is_called_what_we_call_it_else_by_its_id():
    strange = "2.999.77"
    concept = Concept("Tablet", "", retired=False, file="f", row=1)
    keys = [(FORMS, system, "1") for system in (EDQM, SCT, strange)]
    whole = Content(
        systems={SCT: "SNOMED in the source's words"},
        value_sets={FORMS: ValueSet(FORMS, "eHDSIDoseForm", "9", "", "active", complete=True, source="f")},
        members=dict.fromkeys(keys, concept),
        concepts={key[1:]: concept for key in keys},
    )
    made = Release(compose([whole], facts(), "test"))
    assert {system: made.systems[system].name for _, system, _ in keys} == {
        EDQM: "EDQM", SCT: "SNOMED in the source's words", strange: strange,
    }  # fmt: skip


def test_an_included_value_set_and_a_whole_code_system_give_their_codes():
    part = value_set(3, "eHDSIPackage", compose={"include": [{"system": EDQM_URI}]})
    whole = value_set(compose={"include": [including(OTHER)]})
    system = code_system({"code": "1", "display": "One", "concept": [{"code": "2", "display": "Two"}]})
    assert codes(release(whole, part, system)) == ["1", "2"]


def test_an_excluded_code_is_no_member():
    compose_ = {"include": value_set()["compose"]["include"], "exclude": [include(("10502000", "Cream"))]}
    assert codes(release(value_set(compose=compose_))) == ["10219000"]


def test_an_expansion_is_taken_at_its_word():
    contains = [{"system": EDQM_URI, "code": "10219000", "display": "Tablet"}]
    assert codes(release(value_set(compose={}, expansion={"contains": contains}))) == ["10219000"]


def test_a_supplement_gives_designations():
    said = {"code": "10219000", "designation": [{"language": "nb", "value": "Tablett"}]}
    supplement = code_system(said, content="supplement", supplements=f"{EDQM_URI}|2026", url="http://example.org/nb")
    made = release(value_set(), supplement)
    assert made.designation(EDQM, "10219000", "nb") == "Tablett"
    assert made.designation(EDQM, "10219000", "nn") is None


@pytest.mark.parametrize(
    ("equivalence", "relation"),
    [("equal", "equivalent"), ("wider", "wider"), ("narrower", "narrower"), ("specializes", "narrower")],
)
def test_a_concept_map_maps(equivalence: str, relation: str):
    entry = release(value_set(), concept_map(element("23", "10219000", equivalence))).map(FORM_LIST, "23", FORMS)
    assert (entry.target.code, entry.relation, entry.id, entry.approver) == ("10219000", relation, "forms:1", "")


@pytest.mark.parametrize("row", [element("23", "10219000", "inexact"), element("23", None)])
def test_what_is_inexact_or_without_target_has_no_map_and_a_reason(row: dict[str, Any]):
    entry = release(value_set(), concept_map(row)).map(FORM_LIST, "23", FORMS)
    assert (entry.target, entry.relation) == (None, "none")
    assert "http://example.org/forms" in entry.why


def test_two_targets_for_one_code_are_refused():
    row = {"code": "23", "target": [{"code": c, "equivalence": "wider"} for c in ("10219000", "10502000")]}
    assert refused(RowMalformed, value_set(), concept_map(row)).row == 1


def test_two_sources_that_disagree_are_refused_and_name_each_other():
    first, second = concept_map(element("23", "10219000")), concept_map(element("23", "10502000"))
    parts = [read_resources(files(value_set(), one), facts()) for one in (first, second)]
    with pytest.raises(MapsDisagree, match=r"2\.json, row 1: 2\.json, row 1"):
        compose(parts, facts(), "test")
    assert Release(compose([parts[0], parts[0]], facts(), "test")).map(FORM_LIST, "23", FORMS).target is not None


def test_a_target_that_is_gone_or_retired_answers_nothing_and_is_refused_when_strict():
    retired = code_system(
        {"code": "10219000", "display": "Tablet", "property": [{"code": "status", "valueCode": "D"}]},
        content="fragment",
    )
    mapped = (value_set(), concept_map(element("23", "10219000")))
    assert release(*mapped, strict=True).map(FORM_LIST, "23", FORMS).target is not None
    assert release(*mapped, retired).map(FORM_LIST, "23", FORMS).target is None
    assert release(value_set(), concept_map(element("23", "99"))).map(FORM_LIST, "23", FORMS).target is None
    assert refused(TargetRetired, *mapped, retired).file == "2.json"


def test_refuses_a_code_said_twice_in_one_value_set():
    twice = include(("1", "One"), ("2", "Two"), ("1", "One"))
    assert refused(RowRepeated, value_set(compose={"include": [twice]})).row == 3


@pytest.mark.parametrize("uri", ["http://example.org/unknown", "urn:oid:2.999.1", ""])
def test_refuses_an_unknown_system_and_a_code_without_one(uri: str):
    unknown = value_set(compose={"include": [include(("1", "One"), system=uri)]})
    assert refused(SystemUnknown, unknown).row == 1
    assert refused(SystemUnknown, value_set(), code_system(url=uri)).file == "2.json"


def test_refuses_a_value_set_without_concepts():
    assert refused(ValueSetEmpty, value_set(compose={"include": []})).file == "1.json"


def test_refuses_a_value_set_that_includes_itself():
    reason = refused(ValueSetCyclic, value_set(compose={"include": [including(OTHER)]}), other(including(_url())))
    assert reason.what.count("eHDSIDoseForm") == 2


def _url() -> str:
    return str(value_set()["url"])


@pytest.mark.parametrize(
    "part",
    [
        {"system": EDQM_URI, "filter": [{"property": "status", "op": "=", "value": "C"}]},
        {"system": EDQM_URI},
        {"system": EDQM_URI, "valueSet": [OTHER]},
    ],
)
def test_refuses_a_value_set_said_by_a_rule(part: dict[str, Any]):
    refused(ValueSetRule, value_set(compose={"include": [part]}), other(include(("1", "One"))))


def test_refuses_an_included_value_set_that_is_not_there():
    refused(ValueSetUnknown, value_set(compose={"include": [including(OTHER)]}))


def test_refuses_a_value_set_without_an_oid_and_a_map_to_an_unknown_one():
    refused(ValueSetUnknown, value_set(identifier=[]))
    refused(ValueSetUnknown, value_set(), concept_map(element("1", "1"), targetCanonical="http://example.org/x"))


def test_refuses_bytes_that_are_not_utf_8_and_names_the_line():
    with pytest.raises(PackageUnreadable) as reason:
        read_resources([("x.json", '{\n"name": "Sørbø"}'.encode("latin-1"))], facts())
    assert (reason.value.file, reason.value.row, reason.value.what) == ("x.json", 2, "not UTF-8")


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"resourceType": "Bundle", "entry": [1]}', b"[" * 100_000])
def test_refuses_what_is_no_resource(data: bytes):
    with pytest.raises(PackageUnreadable):
        read_resources([("x.json", data)], facts())


def test_refuses_a_file_without_terminology(tmp_path: Path):
    path = tmp_path / "x.json"
    path.write_text('{"resourceType": "Patient"}')
    with pytest.raises(PackageUnreadable):
        read_resource_file(path, facts())


def test_a_package_gives_what_its_resources_say(tmp_path: Path):
    content = read_package(package(tmp_path / "a.tgz", value_set()), facts())
    assert len(content.members) == 2
    assert (content.sources[0].name, content.sources[0].version) == ("example.terminology", "1.0.0")


@pytest.mark.parametrize("keep", [0, 10, 100, -1, -20])
def test_refuses_a_truncated_package(tmp_path: Path, keep: int):
    path = package(tmp_path / "a.tgz", value_set())
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(PackageUnreadable) as reason:
        read_package(path, facts())
    assert reason.value.file == "a.tgz"


@pytest.mark.parametrize("place", [20, 100, 200])
def test_refuses_a_corrupt_package(tmp_path: Path, place: int):
    path = package(tmp_path / "a.tgz", value_set())
    data = bytearray(path.read_bytes())
    data[place] ^= 0xFF
    path.write_bytes(bytes(data))
    with pytest.raises(PackageUnreadable):
        read_package(path, facts())


def test_refuses_a_package_that_is_not_there(tmp_path: Path):
    with pytest.raises(PackageUnreadable, match="no such file"):
        read_package(tmp_path / "a.tgz", facts())


@pytest.mark.parametrize(
    ("code", "display", "kinds", "kept"),
    [
        ("nan", "NAMIBIA", {"code-lost"}, None),
        ("1", "nan", {"display-lost"}, None),
        ("1", " ", {"display-absent"}, None),
        ("1", None, {"display-absent"}, None),
        ("1", "SÃ©zary disease", {"double-encoded"}, "Sézary disease"),
        ("1", "Løsning", set(), "Løsning"),
        ("1", "a\xa0b", {"no-break-space"}, "a b"),
        ("1", "one.\r\nTwo", {"control-character"}, "one. Two"),
        ("1", " One", {"surrounding-space"}, "One"),
    ],
)
def test_what_is_odd_is_told_and_mended_only_without_a_guess(
    code: str, display: str | None, kinds: set[str], kept: str | None
):
    made = release(value_set(compose={"include": [include(("9", "Nine"), (code, display), version="1")]}))
    told = {o.kind for o in made.oddities()}
    concept = made.concept(FORMS, EDQM, code)
    assert told == kinds
    assert (concept.display if concept else None) == kept
    assert all((o.file, o.row) == ("1.json", 2) for o in made.oddities())


def test_systems_without_version_a_packages_version_and_a_strange_name_are_told():
    odd = value_set(version="0.2.0", url="http://terminology.ehdsi.eu/ValueSet/eHDSIDoseForms")
    made = release(odd)
    assert {o.kind for o in made.oddities()} == {"version-absent", "version-of-package", "canonical-differs"}
    assert made.value_set("http://terminology.ehdsi.eu/ValueSet/eHDSIDoseForms").version == "9.0.0"


def test_the_same_sources_give_the_same_bytes_whatever_their_order_inside():
    assert release(value_set(), other(include(("1", "One")))).sha256 == _bytes_of(
        other(include(("1", "One"))), value_set()
    )


def _bytes_of(*resources: dict[str, Any]) -> str:
    named = [(f"{n}.json", data) for n, (_, data) in zip((2, 1), files(*resources), strict=True)]
    return Release(compose([read_resources(named, facts())], facts(), "test")).sha256


def test_the_whole_catalogue_imports_small_and_explains_its_defects():
    (path,) = artefacts("mvc").glob("*.tgz")
    content = compose([read_package(path, facts()), read_tables(TABLES, facts())], facts(), "mvc")
    made = Release(content)
    assert len(content) < 80_000_000
    assert len(made.value_sets) == 69
    assert sum(made.count(oid) for oid in made.value_sets) == 160_942 - 2 + 1 + 30
    assert made.digest() == made.manifest["digest"]
    told = [o.kind for o in made.oddities()]
    assert told.count("double-encoded") == 11
    assert {"code-lost", "display-lost", "control-character", "no-break-space", "system-is-a-page"} <= set(told)
    assert made.concept(MVC + "5", "1.3.6.1.4.1.12559.11.10.1.3.1.44.2", "C84.1").display == "Sézary disease"
    assert made.concept(MVC + "4", "1.0.3166.1", "NA").display == "NAMIBIA"
    assert made.count(MVC + "4") == 249


def test_what_is_remembered_is_bounded_and_stays_true(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("transformers.terminology.release._REMEMBERED", 3)
    made = release(value_set())
    for number in range(10):
        assert made.concept(FORMS, EDQM, str(number)) is None
        assert made.concept(FORMS, EDQM, "10219000").display == "Tablet"
        assert made.designation(EDQM, str(number), "nb") is None
        assert made.map(FORM_LIST, str(number), FORMS) is None
        assert made.concept(f"{FORMS}{number}", EDQM, "1") is None
        assert made.concept(FORMS, f"{EDQM}.{number}", "1") is None
        assert max(len(made._maps), len(made._designations)) <= 3
        remembered = [len(members) for systems in made._read.values() for members in systems.values()]
        assert remembered == [made.count(FORMS)], "what is no member is not remembered"
