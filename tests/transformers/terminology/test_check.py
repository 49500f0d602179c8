"""What a release must hold before it may be used; each finding has a twin without it."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.support.machine.require import artefacts
from tests.support.terminology.packages import (
    EDQM,
    MVC,
    TABLES,
    code_system,
    concept_map,
    element,
    facts,
    files,
    include,
    value_set,
)
from transformers.model.finding import Severity
from transformers.terminology.check import FALL, check, failures
from transformers.terminology.compose import compose
from transformers.terminology.diff import counted, diff
from transformers.terminology.importers_csv import read_tables
from transformers.terminology.importers_fhir import read_resources
from transformers.terminology.importers_package import read_package
from transformers.terminology.release import Release, load_starter
from transformers.terminology.rows import Facts

FORMS = MVC + "2"
OF_FORMS = Facts(facts().systems, facts().value_sets, {FORMS: ("ps", "ep")}, facts().uris)


def release(*resources: dict[str, Any]) -> Release:
    return Release(compose([read_resources(files(*resources), OF_FORMS)], OF_FORMS, "test"))


def forms(count: int) -> dict[str, Any]:
    return value_set(compose={"include": [include(*((f"{n:08}", f"Form {n}") for n in range(count)), version="1")]})


def told(made: Release, active: Release | None = None, *, production: bool = False) -> dict[str, Severity]:
    return {f.code: f.severity for f in check(made, OF_FORMS, active, production=production).findings}


def test_a_release_that_has_what_is_bound_passes():
    assert failures(check(release(value_set()), OF_FORMS)) == ()


def test_a_bound_value_set_that_is_missing_is_an_error_that_names_it_and_who_binds_it():
    package = value_set(3, "eHDSIPackage")
    (finding,) = [f for f in check(release(package), OF_FORMS).findings if f.code == "value-set-missing"]
    assert (finding.path, finding.severity) == (FORMS, Severity.ERROR)
    assert "ps, ep" in finding.text


@pytest.mark.parametrize(
    ("target", "rule"), [("10219000", None), ("99", "map-target-outside"), ("10502000", "map-target-retired")]
)
def test_a_map_must_lead_to_a_code_in_force_in_its_value_set(target: str, rule: str | None):
    dead = {"code": "10502000", "display": "Cream", "property": [{"code": "inactive", "valueBoolean": True}]}
    made = release(value_set(), code_system(dead, content="fragment"), concept_map(element("23", target)))
    found = [f for f in check(made, OF_FORMS).findings if f.code.startswith("map-t")]
    assert [f.code for f in found] == ([] if rule is None else [rule])
    assert all(f.path == "3.json:1" for f in found)


@pytest.mark.parametrize(
    ("source", "target", "why", "wrong"),
    [
        ("Øye-/øredråper", "10502000", "", True),
        ("Krem eller salve", "10502000", "the ointment is not in the target", True),
        ("Krem og væske", "10502000", "together: the liquid is not in the target", False),
        ("Krem eller salve", "10502000", "each: both are creams here", False),
        ("Krem (tube og boks)", "10502000", "", False),
        ("Krem", "10502000", "", False),
    ],
)
def test_a_or_b_mapped_to_a_is_an_error_unless_the_row_argues_it(source: str, target: str, why: str, *, wrong: bool):
    row = element("23", target) | {"display": source}
    row["target"][0]["comment"] = why
    found = [f for f in check(release(value_set(), concept_map(row)), OF_FORMS).findings if f.code == "map-of-one-part"]
    assert [(f.severity, f.path) for f in found] == ([(Severity.ERROR, "2.json:1")] if wrong else [])
    assert all(source in f.text and "Cream" in f.text for f in found)


def test_the_release_that_ships_maps_nothing_to_one_part_of_it():
    assert "map-of-one-part" not in failures(check(load_starter(TABLES), facts()))


def test_a_map_into_a_value_set_that_is_not_there_is_an_error():
    away = concept_map(element("23", "1"), targetCanonical="http://fhir.ehdsi.eu/mvc/eHDSIPackage")
    assert "map-value-set-missing" in failures(check(release(value_set(), away), OF_FORMS))


def test_proposed_rows_are_an_error_in_production_and_a_note_elsewhere():
    made = release(value_set(), concept_map(element("23", "10219000")))
    assert told(made)["map-proposed"] is Severity.INFO
    assert told(made, production=True)["map-proposed"] is Severity.ERROR
    assert "map-proposed" not in told(release(value_set()), production=True)


def test_rows_may_fall_by_the_stated_share_and_no_more():
    active, least = release(forms(100)), round(100 * (1 - FALL))
    assert "rows-fell" not in told(release(forms(least)), active)
    assert told(release(forms(least - 1)), active)["rows-fell"] is Severity.ERROR


def test_a_used_value_set_that_disappears_is_an_error_and_an_unused_one_a_warning():
    package = value_set(3, "eHDSIPackage")
    both = release(value_set(), package)
    assert told(release(value_set()), both)["value-set-gone"] is Severity.WARNING
    assert told(release(package), both)["value-set-gone"] is Severity.ERROR
    assert "value-set-gone" not in told(both, both)


def test_content_that_is_not_what_the_id_says_is_an_error(tmp_path: Path):
    path = tmp_path / "r.sqlite"
    path.write_bytes(compose([read_resources(files(value_set()), OF_FORMS)], OF_FORMS, "test"))
    assert "content-changed" not in told(Release.open(path))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE member SET display = 'Cream' WHERE code = '10219000'")
    connection.close()
    assert told(Release.open(path))["content-changed"] is Severity.ERROR


def test_designations_of_unknown_codes_are_told():
    said = {"code": "99", "designation": [{"language": "nb", "value": "Ukjent"}]}
    supplement = code_system(said, content="supplement", supplements=code_system()["url"], url="http://example.org/nb")
    assert told(release(value_set(), supplement))["designation-unused"] is Severity.INFO
    assert "designation-unused" not in told(release(value_set()))


def test_a_value_set_that_is_not_active_is_told():
    assert told(release(value_set(status="retired")))["value-set-not-active"] is Severity.WARNING


def test_the_starter_says_what_it_lacks_and_holds_nothing_wrong():
    found = {f.code for f in check(load_starter(TABLES), facts()).findings if f.severity is Severity.ERROR}
    assert found == {"value-set-missing"}


def test_an_excerpt_is_a_warning_and_an_error_in_production():
    starter, bound = load_starter(TABLES), Facts({}, {FORMS: "eHDSIDoseForm"}, {FORMS: ("ps",)}, {})
    (finding,) = [f for f in check(starter, bound).findings if f.code == "value-set-excerpt"]
    assert (finding.path, finding.severity) == (FORMS, Severity.WARNING)
    assert "value-set-excerpt" in failures(check(starter, bound, production=True))


@pytest.mark.prove
@pytest.mark.timed
def test_the_whole_catalogue_with_our_tables_passes_and_every_oddity_is_explained():
    (path,) = artefacts("mvc").glob("*.tgz")
    parts = [read_package(path, facts()), read_tables(TABLES, facts())]
    made = Release(compose(parts, facts(), "mvc"))
    report = check(made, facts())
    assert [f for f in report.findings if f.severity is Severity.ERROR] == []
    explained = {(f.code, f.path) for f in report.findings}
    assert {(o.kind, f"{o.file}:{o.row}" if o.row else o.file) for o in made.oddities()} <= explained
    assert failures(check(made, facts(), production=True)) == ("map-proposed",)
    without = Release(compose(parts[:1], facts(), "mvc"))
    missing = {f.path.rpartition(".")[2] for f in check(without, facts()).findings if f.code == "value-set-missing"}
    assert missing == {"31", "34", "37", "47", "48", "49", "50", "51"}


def test_a_difference_names_what_came_went_and_changed():
    one = release(value_set(), concept_map(element("23", "10219000")))
    two = release(
        value_set(compose={"include": [include(("10219000", "Tablet!"), ("1", "One"))]}),
        concept_map(element("24", "1")),
    )
    changes = diff(one, two)
    assert {(c.where, c.key, c.before, c.after) for c in changes if c.where == FORMS} == {
        (FORMS, f"{EDQM} 1", None, "One"),
        (FORMS, f"{EDQM} 10219000", "Tablet", "Tablet!"),
        (FORMS, f"{EDQM} 10502000", "Cream", None),
    }
    sums = {c.where: (c.name, c.added, c.removed, c.changed) for c in counted(changes, one, two)}
    assert sums == {FORMS: ("eHDSIDoseForm", 1, 1, 1), "maps": ("maps", 1, 1, 0)}
    assert diff(one, one) == []
