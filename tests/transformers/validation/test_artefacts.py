"""The layout of the artefact folder, present and absent."""

from pathlib import Path

from tests.support.documents.schematrons import artefact_folder, schematron
from tests.support.machine.require import artefacts
from transformers.validation import Artefacts, absent_value_sets


def test_tells_what_is_there_and_what_is_not(tmp_path: Path):
    folder = artefact_folder(tmp_path, PatientSummary=schematron())
    places = {place.name: place.path for place in Artefacts(folder).inventory(8)}
    assert places["xsd-cda"] == "xsd/cda/CDA_Pharma.xsd"
    assert places["schematron-ps-l3"] == "schematron/wave8-20240101T000000/epsos-PatientSummary.sch"
    assert places["schematron-ed"] is None
    assert places["golden"] is None


def test_rules_of_another_wave_are_another_place(tmp_path: Path):
    folder = artefact_folder(tmp_path, PatientSummary=schematron())
    assert {p.path for p in Artefacts(folder).inventory(7) if p.name.startswith("schematron")} == {None}


def test_names_the_value_sets_that_rules_ask_for_and_do_not_find(tmp_path: Path):
    test = "@code = doc('include/voc-1.2.3-DYNAMIC.xml')//valueSet[1]/conceptList/*/@code"
    rules = schematron(f'<pattern><rule context="a"><assert test="{test}">x</assert></rule></pattern>')
    folder = artefact_folder(tmp_path, PatientSummary=rules)
    assert absent_value_sets(Artefacts(folder), 8) == ["1.2.3"]
    there = folder / "schematron" / "wave8-20240101T000000" / "include" / "voc-1.2.3-DYNAMIC.xml"
    there.write_text("<valueSets><valueSet/></valueSets>")
    assert absent_value_sets(Artefacts(folder), 8) == []


def test_the_official_folder_has_the_layout():
    folder = Artefacts(artefacts())
    assert [place.name for place in folder.inventory(8) if place.path is None] == []


def test_the_official_rules_lack_one_value_set_upstream():
    assert absent_value_sets(Artefacts(artefacts("schematron").parent), 8) == ["1.3.6.1.4.1.12559.11.10.1.3.1.42.61"]
