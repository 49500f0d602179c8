"""The sample persons: authored, invented, schema-valid, and each with the property she stands for."""

import csv
import json
import re
import tomllib
from base64 import b64decode
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.support.authoring.author_samples import samples
from tests.support.machine.require import artefacts
from tests.support.norway.checks import day_and_month, documents, faults, schema, valid_in_2032, valid_today

ROOT = Path(__file__).parents[2] / "samples"
PERSONS = ROOT / "persons"
INDEX: list[dict[str, str]] = tomllib.loads((ROOT / "persons.toml").read_text(encoding="utf-8"))["person"]
IDS = [row["id"] for row in INDEX]
REQUIRED = {
    "rich", "known-absences", "no-information", "kode-7", "kode-6", "reserved", "blocked", "guardian-reserved",
    "deceased", "d-number", "rule-2032", "discontinued", "sami-names",
}  # fmt: skip
DOCUMENTED = {
    f"http://nhn.no/kj/fhir/CodeSystem/{name}": number
    for name, number in (("TypeOfReaction", "7497"), ("SourceOfInformation", "7498"))
}
VOLVEN = re.compile(r"^(?:urn:oid:)?2\.16\.578\.1\.12\.4\.1\.1\.(\d+)$")


def _json(who: str, name: str) -> dict[str, Any]:
    return json.loads((PERSONS / who / name).read_text(encoding="utf-8"))  # type: ignore[no-any-return]  # a JSON object


def _messages() -> list[Path]:
    return sorted(PERSONS.rglob("*.xml"))


def _bundles() -> list[Path]:
    return sorted(PERSONS.glob("*/critical-information/*.json"))


def _plain(path: Path) -> str:
    """The file's text, and that of every document nested in it."""
    if path.suffix != ".xml":
        return path.read_text(encoding="utf-8")
    return "\n".join(etree.tostring(root, encoding="unicode") for root in documents(path.read_bytes()))


def _codings(value: object) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        own = [value] if {"system", "code"} <= value.keys() else []
        return own + [found for child in value.values() for found in _codings(child)]
    if isinstance(value, list):
        return [found for child in value for found in _codings(child)]
    return []


def test_the_committed_bytes_are_what_the_authoring_script_writes() -> None:
    committed = {
        str(path.relative_to(ROOT)): path.read_bytes()
        for path in ROOT.rglob("*")
        if path.is_file() and path.name != "README.md"
    }
    assert committed == samples()


def test_the_index_has_every_person_the_demo_needs_once() -> None:
    assert set(IDS) >= REQUIRED
    assert len({row["identifier"] for row in INDEX}) == len(IDS) == len(set(IDS))
    assert {path.name for path in PERSONS.iterdir()} == set(IDS)
    assert all(re.fullmatch(r"[a-z0-9-]+", who) for who in IDS)


@pytest.mark.parametrize("row", INDEX, ids=IDS)
def test_every_number_is_synthetic_and_passes_the_control_it_should(row: dict[str, str]) -> None:
    numbers = [
        entry["identificationNumber"] for entry in _json(row["id"], "person.json")["norwegianIdentificationNumber"]
    ]
    assert row["identifier"] in numbers
    for number in numbers:
        assert re.fullmatch(r"\d{11}", number)
        assert 81 <= int(number[2:4]) <= 92
        assert day_and_month(number).year == 2000
        assert (40 < int(number[:2]) < 72) == (row["id"] == "d-number")
        assert valid_in_2032(number)
        assert valid_today(number) == (row["id"] != "rule-2032")


@pytest.mark.parametrize("who", IDS)
def test_no_file_names_a_number_of_somebody_else(who: str) -> None:
    own = {entry["identificationNumber"] for entry in _json(who, "person.json")["norwegianIdentificationNumber"]}
    for path in (PERSONS / who).rglob("*.*"):
        assert set(re.findall(r"(?<![\w.-])\d{11}(?![\w.-])", _plain(path))) <= own, path.name


@pytest.mark.parametrize("path", _messages(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_message_and_what_is_nested_in_it_is_valid_against_the_official_schemas(path: Path) -> None:
    assert faults(schema(artefacts()), path.read_bytes()) == []


def test_the_schema_check_finds_a_fault_deep_in_a_nested_document() -> None:
    content = (PERSONS / "rich" / "m912.xml").read_text(encoding="utf-8")
    outer = re.search(r"<VarerIBrukB64>([^<]+)<", content)
    assert outer
    inner = b64decode(outer[1]).decode().replace("<SistEndret>", "<SistEndret>ikke ")
    assert faults(schema(artefacts()), inner.encode())


@pytest.mark.parametrize("path", _bundles(), ids=lambda path: f"{path.parents[1].name}-{path.stem}")
def test_every_resource_is_well_formed_fhir_r4(path: Path) -> None:
    bundle = json.loads(path.read_text(encoding="utf-8"))
    assert (bundle["resourceType"], bundle["type"], bundle["total"]) == ("Bundle", "searchset", len(bundle["entry"]))
    for entry in bundle["entry"]:
        kind = entry["resource"]["resourceType"]
        model = getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
        assert model.model_validate(entry["resource"]).id == entry["resource"]["id"]


def test_every_national_code_is_in_its_list_with_its_term() -> None:
    with artefacts("norway-codes", "volven.csv").open(encoding="utf-8", newline="") as lines:
        terms = {(row["list"], row["code"]): row["term"] for row in csv.DictReader(lines)}
    lists = {key for key, _ in terms}
    used = [
        (c["system"], c["code"], c.get("display"))
        for path in _bundles()
        for c in _codings(json.loads(path.read_text()))
    ]
    for path in _messages():
        for root in documents(path.read_bytes()):
            used += [(e.get("S"), e.get("V"), e.get("DN")) for e in root.iter() if e.get("S") and e.get("V")]
    checked = set()
    for system, code, display in used:
        match = VOLVEN.match(str(system))
        number = match[1] if match else DOCUMENTED.get(str(system))
        if number in lists:
            assert terms.get((number, code)), (number, code)
            assert display == terms[number, code]
            checked.add(number)
    assert {"7497", "7514", "7518", "7448", "9501", "9554"} <= checked


def test_no_number_of_the_published_examples_is_in_the_samples() -> None:
    published = {
        number
        for path in artefacts("norway-messages").rglob("*.xml")
        for number in re.findall(r"\b\d{11}\b", path.read_text(encoding="utf-8"))
    }
    assert published
    ours = {number for path in PERSONS.rglob("*.*") for number in re.findall(r"\b\d{11}\b", _plain(path))}
    assert not ours & published


def test_a_discontinued_number_leads_to_the_current_one() -> None:
    numbers = _json("discontinued", "person.json")["norwegianIdentificationNumber"]
    row = next(row for row in INDEX if row["id"] == "discontinued")
    status = {entry["identificationNumber"]: entry["status"] for entry in numbers}
    assert status.pop(row["identifier"]) == "Discontinued"
    assert list(status.values()) == ["InUse"]


@pytest.mark.parametrize(("who", "level"), [("kode-7", "Confidential"), ("kode-6", "StrictlyConfidential")])
def test_a_protected_person_has_an_address_everywhere_it_could_leak(who: str, level: str) -> None:
    answer = _json(who, "person.json")
    assert answer["addressProtection"][0]["protectionLevel"] == level
    street = answer["residentialAddress"][0]["streetAddress"]["addressName"]
    assert all(street in _plain(PERSONS / who / name) for name in ("person.json", "m912.xml", "sysvak.xml"))
    assert _plain(PERSONS / who / "m912.xml").count(street) >= 3
    assert "Aure" in _plain(PERSONS / who / "m912.xml")
    assert "Lillevågen legekontor" in _plain(PERSONS / who / "critical-information" / "AllergyIntolerance.json")


def test_the_guardian_reserved_patient_is_fourteen_and_has_one_reserved_prescription() -> None:
    assert _json("guardian-reserved", "person.json")["birth"][0]["birthDate"] == "2012-09-08T00:00:00"
    flags = re.findall(
        r"<Vergeinnsynsreservasjon>(\w+)<", (PERSONS / "guardian-reserved" / "m912.xml").read_text("utf-8")
    )
    assert sorted(flags) == ["false", "true"]


def test_known_absence_is_an_empty_reconciled_list_and_nothing_else() -> None:
    text = _plain(PERSONS / "known-absences" / "m912.xml")
    assert "LegemidlerIBruk" in text
    assert "EnkeltoppforingLIB" not in text
    assert not (PERSONS / "known-absences" / "critical-information").exists()
    assert _json("known-absences", "privacy.json")["status"]["hasCriticalInformation"] is False


def test_no_information_means_no_file_of_any_clinical_source() -> None:
    assert {path.name for path in (PERSONS / "no-information").iterdir()} == {"person.json", "privacy.json"}


@pytest.mark.parametrize(("who", "status"), [("rich", "INGEN"), ("reserved", "RESERVASJON"), ("blocked", "BLOKKERT")])
def test_the_privacy_service_says_what_the_person_stands_for(who: str, status: str) -> None:
    answers = _json(who, "privacy.json")
    assert answers["pvk"]["status"] == status
    assert bool(answers["pvk"]["blokkerteHelsepersonell"]) == (status == "BLOKKERT")
    assert answers["status"]["privacy"]["blockedPersonnel"] == (status == "BLOKKERT")


def test_the_rich_person_tempts_every_reader() -> None:
    names = {path.stem for path in (PERSONS / "rich" / "critical-information").iterdir()}
    assert len(names) == 9
    statuses = {
        entry["resource"]["verificationStatus"]["coding"][0]["code"]
        for entry in _json("rich", "critical-information/AllergyIntolerance.json")["entry"]
    }
    assert statuses == {"confirmed", "unconfirmed", "refuted", "entered-in-error"}
    text = _plain(PERSONS / "rich" / "m912.xml")
    assert all(f"<{name}" in text for name in ("Legemiddelpakning", "LegemiddelMerkevare", "LegemiddelVirkestoff"))
    assert all(f"<{name}" in text for name in ("Seponering", "DoseEtterBehov", "DoseFastTidspunkt", "Kortdose"))
    assert "eresept/ki/2013-04-25" in text
    vaccines = (PERSONS / "rich" / "sysvak.xml").read_text(encoding="utf-8")
    assert (vaccines.count(">Sletting<"), vaccines.count(">Registrering<")) == (1, 5)


def test_sami_letters_are_in_every_part_of_the_name() -> None:
    name = _json("sami-names", "person.json")["name"][0]
    assert set("ŊÆåčđžŧš") <= set(
        "".join((name["givenName"], name["middleName"], name["familyName"])).swapcase()
    ) | set(name["givenName"] + name["middleName"] + name["familyName"])
    assert " " in name["middleName"]


def test_every_prescription_has_a_row_that_says_how_it_stands() -> None:
    for folder in PERSONS.glob("*/prescriptions"):
        rows = tomllib.loads((folder.parent / "prescriptions.toml").read_text(encoding="utf-8"))["prescription"]
        assert {row["file"] for row in rows} == {f"prescriptions/{file.name}" for file in folder.iterdir()}
        for row in rows:
            message = etree.fromstring((folder.parent / row["file"]).read_bytes())
            assert message.findtext("{*}MsgInfo/{*}MsgId") == row["id"]
            assert row["status"] in "ABEFHRTUX"
            assert row["dispensed"] >= 0


def test_the_prescriptions_behind_a_medicines_list_have_its_ids() -> None:
    for folder in PERSONS.glob("*/prescriptions"):
        rows = tomllib.loads((folder.parent / "prescriptions.toml").read_text(encoding="utf-8"))["prescription"]
        if (folder.parent / "m912.xml").exists():
            listed = set(re.findall(r"<ReseptId>([^<]+)<", (folder.parent / "m912.xml").read_text(encoding="utf-8")))
            assert listed
            assert listed <= {row["id"] for row in rows}


def test_the_prescriptions_are_of_every_level_and_both_generations() -> None:
    text = "\n".join(path.read_text("utf-8") for path in (PERSONS / "prescriptions" / "prescriptions").iterdir())
    levels = ("pakning", "Merkevare", "Virkestoff", "dose", "blanding")
    assert all(f"<Legemiddel{level}" in text for level in levels)
    assert all(name in text for name in ("ReseptDokHandelsvare", "m1/2010-05-01", "m1/2013-10-08", "RefNr", "10x0,5"))
