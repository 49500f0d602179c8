"""The maps that ship: every code of a whole national list has a row, nothing is guessed, every target is official."""

import csv
import json
import tarfile
from collections import defaultdict
from pathlib import Path

import pytest
from lxml import etree

from gateway.configuration.shipped import shipped
from gateway.exchange.country_a.compose import write_document
from tests.support.machine.require import artefacts
from tests.support.persons import samples
from transformers.terminology.check import ARGUED, parts_named
from transformers.terminology.coverage import VETERINARY, of_lists
from transformers.terminology.importers_vocabulary import read_vocabulary
from transformers.terminology.languages import fallback
from transformers.terminology.release import load_starter
from transformers.terminology.rows import read_facts
from transformers.terminology.rules import DOSE_FORM, DOSE_FORM_LONG, long_form_key

FOLDER = shipped("config") / "terminology"
VOLVEN = "2.16.578.1.12.4.1.1."
MVC = "1.3.6.1.4.1.12559.11.10.1.3.1.42."
WHOLE = [
    "1101",
    "3101",
    "7448",
    "7449",
    "7452",
    "7477",
    "7480",
    "7484",
    "7497",
    "7514",
    "7517",
    "7518",
    "7519",
    "7520",
    "7521",
    "7522",
    "7524",
    "8325",
    "9060",
    "9501",
]
SHORT, LONG = "dose-forms", "dose-forms-long"
ONE_TERM = "the only European term"
LIQUIDS = {"solution": "oppløsning", "suspension": "suspensjon", "emulsion": "emulsjon", "dispersion": "dispersjon"}
RELEASE = {
    "Prolonged-release": ("depot", "modifisert"),
    "prolonged-release": ("depot", "modifisert"),
    "astro-resistant": ("entero",),
    "odified-release": ("modifisert", "enterodepot"),
}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


def table(name: str) -> list[dict[str, str]]:
    return rows(FOLDER / "maps" / f"{name}.csv")


ALL = [row for path in sorted((FOLDER / "maps").glob("*.csv")) for row in rows(path)]
DISPLAYS = {(row["value_set"], row["code"]): row["display"] for row in rows(FOLDER / "concepts.csv")}


def display(row: dict[str, str]) -> str:
    return DISPLAYS[row["target_value_set"], row["target_code"]]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The MVC package, unpacked."""
    (archive,) = artefacts("mvc").glob("*.tgz")
    folder = tmp_path_factory.mktemp("mvc")
    with tarfile.open(archive) as content:
        content.extractall(folder, filter="data")
    return folder / "package"


@pytest.fixture(scope="module")
def edqm(package: Path) -> dict[str, dict[str, set[str]]]:
    """Properties of every EDQM term, by code."""
    concepts = json.loads((package / "CodeSystem-edqm-all.json").read_text("utf-8"))["concept"]
    found: dict[str, dict[str, set[str]]] = {}
    for concept in concepts:
        properties: dict[str, set[str]] = defaultdict(set)
        for one in concept.get("property", []):
            properties[one["code"]].update(str(v) for k, v in one.items() if k.startswith("value"))
        found[concept["code"]] = properties
    return found


@pytest.fixture(scope="module")
def volven() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows(artefacts("norway-codes", "volven.csv")):
        found[row["list"]][row["code"]] = row["term"]
    return found


@pytest.mark.parametrize("number", WHOLE)
def test_every_code_of_a_whole_list_is_mapped_or_says_why_not(number, volven):
    said = {row["source_code"] for row in ALL if row["source_system"] == VOLVEN + number}
    assert said == set(volven[number])


@pytest.mark.parametrize("number", WHOLE)
def test_source_displays_are_the_national_lists_terms(number, volven):
    for row in ALL:
        if row["source_system"] == VOLVEN + number:
            assert row["source_display"] == volven[number][row["source_code"]]


def test_every_concept_row_is_a_member_of_its_value_set_with_that_display(package):
    official: dict[str, dict[str, str]] = defaultdict(dict)
    for path in package.glob("ValueSet-*.json"):
        content = json.loads(path.read_text("utf-8"))
        (oid,) = [i["value"].removeprefix("urn:oid:") for i in content["identifier"] if "oid" in i["value"]]
        for include in content["compose"]["include"]:
            official[oid] |= {c["code"]: c["display"] for c in include.get("concept", ())}
    assert {(v, c): official[v].get(c) for v, c in DISPLAYS} == DISPLAYS


def test_nobody_has_approved_a_row_yet():
    assert {(row["approver"], row["date"]) for row in ALL} == {("", "")}


def test_no_row_says_more_than_its_source():
    assert {row["relation"] for row in ALL} == {"equivalent", "wider", "none"}


def test_every_row_has_a_reason():
    assert all(len(row["why"]) >= 3 for row in ALL)


def test_a_code_for_animals_has_no_european_code():
    animals = [row for row in ALL if row["why"].startswith(VETERINARY)]
    assert len(animals) > 60
    assert {row["relation"] for row in animals} == {"none"}


def test_no_target_is_a_form_for_animals_or_out_of_force(edqm):
    targets = {row["target_code"] for row in (*table(SHORT), *table(LONG), *table("routes")) if row["target_code"]}
    assert {d for code in targets for d in edqm[code]["domain"]} <= {"H+V", "H"}
    assert {s for code in targets for s in edqm[code]["status"]} == {"C"}


@pytest.mark.parametrize(("english", "norwegian"), LIQUIDS.items())
def test_no_dose_form_becomes_a_solution_or_suspension_by_guess(english, norwegian):
    for row in table(SHORT):
        if row["target_code"] and english in display(row).lower() and norwegian not in row["source_display"].lower():
            assert ONE_TERM in row["why"], row["source_display"]


@pytest.mark.parametrize("released", RELEASE)
def test_release_characteristic_is_the_sources(released):
    for row in (*table(SHORT), *table(LONG)):
        if row["target_code"] and released in display(row):
            assert any(word in row["source_display"].lower() for word in RELEASE[released]), row["source_display"]


@pytest.mark.parametrize("word", ["depot", "entero", "modifisert"])
def test_release_characteristic_is_never_dropped(word):
    for row in (*table(SHORT), *table(LONG)):
        if row["target_code"] and word in row["source_display"].lower() and row["source_code"] != "58":
            assert any(released in display(row) for released in RELEASE), row["source_display"]


def test_a_transdermal_patch_is_what_a_depot_plaster_is():
    (row,) = [row for row in table(SHORT) if row["source_code"] == "58"]
    assert display(row) == "Transdermal patch"


def test_a_long_form_is_for_the_same_site_as_its_short_form(edqm):
    short = {row["source_code"]: row["target_code"] for row in table(SHORT)}
    for row in table(LONG):
        code = row["source_code"].partition("|")[0]
        said = edqm.get(short[code], {})
        site, other = edqm[row["target_code"]]["ISI"], said.get("ISI", set())
        of_the_short_term = row["target_code"] in said.get("PDF", ())
        assert not site or not other or site & other or of_the_short_term, row["source_code"]


def test_a_long_form_is_keyed_by_both_fields_as_the_reader_would():
    for row in table(LONG):
        assert row["source_system"] == DOSE_FORM_LONG
        code = row["source_code"].partition("|")[0]
        assert row["source_code"] == long_form_key(code, row["source_display"])


def test_long_forms_name_one_form_exactly():
    assert {row["relation"] for row in table(LONG)} == {"equivalent"}


def test_a_short_form_that_is_for_the_long_form_to_tell_has_long_forms():
    told = {row["source_code"] for row in table(SHORT) if row["why"].endswith("the long form tells")}
    assert told
    assert told <= {row["source_code"].partition("|")[0] for row in table(LONG)}


@pytest.mark.parametrize(
    ("code", "relation", "name"),
    [
        ("53", "equivalent", "Tablet"),
        ("25", "equivalent", "Prolonged-release tablet"),
        ("28", "equivalent", "Gastro-resistant tablet"),
        ("32", "equivalent", "Capsule"),
        ("9", "equivalent", "Oral liquid"),
        ("101", "equivalent", "Injection"),
        ("41", "equivalent", "Oromucosal liquid"),
        ("58", "equivalent", "Transdermal patch"),
        ("568", "wider", "Injection"),
        ("225", "wider", "Modified-release tablet"),
    ],
)
def test_known_short_forms(code, relation, name):
    (row,) = [row for row in table(SHORT) if row["source_code"] == code]
    assert (row["relation"], display(row)) == (relation, name)


@pytest.mark.parametrize("code", ["136", "152", "173", "437", "448", "481", "K", "174", "165"])
def test_known_forms_without_a_european_one(code):
    (row,) = [row for row in table(SHORT) if row["source_code"] == code]
    assert row["relation"] == "none"


def test_units_that_would_change_a_number_have_none():
    units = {(row["source_system"], row["source_code"]): row for row in table("units")}
    for system, code in (("7452", "par"), ("7484", "PAR"), ("7484", "DUSIN"), ("7452", "MBq"), ("7452", "OMEQ")):
        assert units[VOLVEN + system, code]["relation"] == "none"


def test_units_of_activity_are_not_international_units():
    units = {(row["source_system"], row["source_code"]): row["target_code"] for row in table("units")}
    assert units[VOLVEN + "7452", "IE"] == "[IU]"
    assert units[VOLVEN + "7452", "E"] == units[VOLVEN + "7480", "82"] == "[arb'U]"
    assert units[VOLVEN + "7480", "79"] == ""  # FEST says IE of what prescribers dose in E


@pytest.mark.parametrize("code", ["320", "396", "406", "430", "482", "488", "493", "495", "504", "516", "517", "520"])
def test_a_form_of_two_kinds_has_no_code_of_one_of_them(code):
    (row,) = [row for row in table(SHORT) if row["source_code"] == code]
    assert (row["relation"], row["target_code"]) == ("none", "")
    assert "tells" in row["why"]


def test_a_target_names_as_many_things_as_its_source_or_the_row_argues_why_not():
    """A or B mapped to A is another thing: of every map that ships."""
    starter = load_starter(FOLDER)
    mapped = [(r, starter.lookup(r["target_system"], r["target_code"])) for r in ALL if r["target_code"]]
    fewer = [r for r, found in mapped if found and parts_named(found[0].display) < parts_named(r["source_display"])]
    assert [r["source_display"] for r in fewer if not r["why"].startswith(ARGUED)] == []
    assert [r["source_display"] for r in ALL if r["why"].startswith(ARGUED) and r not in fewer] == []


@pytest.mark.parametrize(
    ("term", "count"),
    [
        ("Øye-/øredråper", 2), ("Hemofiltrerings-, hemodialyse- og hemodiafiltreringsvæske", 3),
        ("Pulver til injeksjons-/infusjonsvæske eller mikstur", 3), ("Tablett, filmdrasjert", 1),
        ("Flaske med oralsprøyte og adapter", 1), ("Plastpose Duo m/skru", 1), ("meter (kun varer og kjemikalier)", 1),
        ("Solution for haemodialysis/haemofiltration", 2), ("Powder and solvent for solution for injection", 2),
    ],
)  # fmt: skip
def test_things_that_a_term_names_are_counted(term, count):
    assert parts_named(term) == count


@pytest.mark.parametrize(
    ("code", "target", "relation"),
    [
        ("2", "I95.9", "equivalent"),
        ("14", "N28.9", "wider"),
        ("15", "D75.9", "wider"),
        ("16", "K76.9", "wider"),
        ("17", "M62.8", "wider"),
    ],
)
def test_a_reaction_of_no_reaction_code_is_a_disorder_that_covers_it(code, target, relation):
    (row,) = [row for row in table("reactions") if row["source_code"] == code]
    assert (row["target_value_set"].rpartition(".")[2], row["target_code"], row["relation"]) == ("5", target, relation)


def test_a_reaction_without_a_code_says_what_is_true_of_both_value_sets():
    """42.11 and 42.5 are bound to the same element: a disorder that the second has is not "in no value set"."""
    why = {row["source_code"]: row["why"] for row in table("reactions") if not row["target_code"]}
    assert set(why) == {"7", "9", "10", "11", "12", "13", "18", "19", "20"}
    assert [code for code, reason in why.items() if reason.endswith("is not in the value set")] == []


def test_routes_and_units_reach_nine_of_ten_that_are_not_for_animals_and_forms_what_is_true_of_them():
    """Twelve short forms name two or three kinds ("Mikstur/rektalvæske"), of which no European term has all."""
    counted = {each.system.rpartition(".")[2]: each for each in of_lists(load_starter(FOLDER).maps())}
    assert counted[DOSE_FORM.rpartition(".")[2]].share_with_long_form >= 0.86
    assert counted["7477"].share >= 0.9
    units = [counted[number] for number in ("7452", "7480", "7484")]
    assert sum(u.equivalent + u.wider for u in units) / sum(u.codes - u.veterinary for u in units) >= 0.9


def test_every_concept_that_ships_has_norwegian_words():
    words = {(row["system"], row["code"]) for row in rows(FOLDER / "designations.csv") if row["language"] == "nb"}
    assert {(row["system"], row["code"]) for row in rows(FOLDER / "concepts.csv")} <= words


FIXED = {
    ("2.16.840.1.113883.5.4", "DRUG"),
    ("2.16.840.1.113883.6.96", "55607006"),
    ("2.16.840.1.113883.6.96", "404684003"),
}
"""Codes that a template of ours fixes: of no value set, or of one that the tables hold without them."""


def test_every_designation_has_a_concept_or_is_for_a_page_and_has_words():
    pages = "2.16.840.1.113883.6.1"
    concepts = {(row["system"], row["code"]) for row in rows(FOLDER / "concepts.csv")}
    concepts |= {(row["system"], row["code"]) for row in rows(FOLDER / "concepts-added.csv")} | FIXED
    for row in rows(FOLDER / "designations.csv"):
        whole = row["source"] == "this project (whole value set)"
        assert (row["system"], row["code"]) in concepts or row["system"] == pages or whole
        assert row["text"].strip()


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_every_member_of_a_set_that_is_ours_to_word_has_words(language: str):
    worded = {row["value_set"]: row["name"] for row in rows(FOLDER / "worded.csv")}
    read = (language, *fallback(language))
    words = {(r["system"], r["code"]) for r in rows(FOLDER / "designations.csv") if r["language"] in read}
    facts = read_facts(FOLDER)
    added = rows(FOLDER / "concepts-added.csv")
    asked = {(worded[r["value_set"]], r["system"], r["code"]) for r in added if r["value_set"] in worded}
    with tarfile.open(artefacts("mvc") / "hl7.eu.terminology.ehdsi-0.2.0.tgz") as package:
        files = {Path(member.name).name: member for member in package.getmembers()}
        for name in set(worded.values()) - {one for one, _, _ in asked}:
            content = package.extractfile(files[f"ValueSet-{name}-8.1.0.json"])
            assert content is not None
            for include in json.loads(content.read())["compose"]["include"]:
                asked |= {(name, facts.system(include["system"]), one["code"]) for one in include.get("concept", ())}
    assert len({name for name, _, _ in asked}) == len(worded)
    assert {one for one in asked if one[1:] not in words} == set()


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_every_fixed_label_of_our_documents_has_norwegian_words(language: str):
    loinc = "2.16.840.1.113883.6.1"
    labels = {
        code.get("code")
        for person in samples.persons()
        for code in etree.fromstring(write_document(samples.summary(person), samples.release(), 8)[0]).iterfind(
            f".//{{*}}entryRelationship/{{*}}observation/{{*}}code[@codeSystem='{loinc}']"
        )
    }
    assert {"82606-5", "66455-7", "33999-4"} <= labels
    labels.add("30973-2")  # the number of a dose, which no sample person has
    words = {
        row["code"]
        for row in rows(FOLDER / "designations.csv")
        if (row["system"], row["language"]) == (loinc, language)
    }
    assert labels <= words


def test_every_list_with_rows_has_a_name():
    named = {row["oid"] for row in rows(FOLDER / "lists.csv")}
    assert {row["source_system"].partition("#")[0] for row in ALL} <= named


LATER = {"7514": {"1", "6", "9", "12"}, "7448": {"453", "567"}, "7449": {"199"}}
"""National codes whose European one is newer than wave 8."""


def test_no_target_of_a_wave_8_document_is_unknown_to_wave_8() -> None:
    """A code the peer's rules do not know makes the whole document invalid there."""
    (folder,) = artefacts("schematron").glob("wave8-*/include")
    known = read_vocabulary(folder, 8)
    checked = set()
    for source, value_set, entry in load_starter(FOLDER).for_wave(8).maps():
        if entry.target is not None:
            assert not known.lacks(value_set, entry.target.system, entry.target.code), source
            checked.add(value_set)
    assert {MVC + n for n in ("2", "3", "5", "11", "12", "19", "28")} <= checked


def test_the_members_for_later_waves_are_just_those_that_the_wave_8_vocabulary_lacks() -> None:
    (folder,) = artefacts("schematron").glob("wave8-*/include")
    known = read_vocabulary(folder, 8)
    said = {(row["value_set"], row["system"], row["code"]) for row in rows(FOLDER / "waves.csv")}
    starter = [(row["value_set"], row["system"], row["code"]) for row in rows(FOLDER / "concepts.csv")]
    assert said == {key for key in starter if known.lacks(*key)}


@pytest.mark.parametrize(("number", "code"), [(n, code) for n, codes in LATER.items() for code in sorted(codes)])
def test_a_code_newer_than_wave_8_stays_text_there_and_is_sent_from_wave_9_on(number: str, code: str):
    release = load_starter(FOLDER)
    (value_set,) = {row["target_value_set"] for row in ALL if row["source_system"] == VOLVEN + number}
    eight, nine = (release.for_wave(wave).map(VOLVEN + number, code, value_set) for wave in (8, 9))
    assert (eight.target, eight.relation) == (None, "none")
    assert "a wave-8 peer would refuse it" in eight.why
    assert (nine.target is not None, nine.relation) == (True, "equivalent")


def test_wave_8_loses_no_other_map():
    release = load_starter(FOLDER)
    lost = {
        (source.system.removeprefix(VOLVEN), source.code)
        for source, value_set, entry in release.maps()
        if entry.target != getattr(release.for_wave(8).map(source.system, source.code, value_set), "target", None)
    }
    assert lost == {(number, code) for number, codes in LATER.items() for code in codes}
