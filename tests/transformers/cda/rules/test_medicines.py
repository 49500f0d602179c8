"""Own rules for products, prescriptions and dispensations: each finds its breach and nothing in the sound twin.

Where the official rules are silent on the same breach, a test says so: that is why the rule exists.
"""

import re

import pytest
from lxml import etree

from tests.support.documents.elements import NS
from tests.support.machine.require import artefacts
from tests.support.pivots.rich_prescriptions import dispensation, prescription
from transformers.cda.documents.dispensation import write_dispensation
from transformers.cda.documents.prescription import write_prescription
from transformers.cda.rules.check import check_integrity
from transformers.cda.rules.units import is_ucum
from transformers.model.finding import Severity
from transformers.validation import check
from trust.xml import parse

EP, ED = write_prescription(prescription()).content, write_dispensation(dispensation()).content
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
ATC = "//pharm:asSpecializedKind//pharm:code"
MATERIAL = "//h:manufacturedMaterial"


def edited(sound, path, change):
    root = parse(sound)
    change(root.xpath(path, namespaces=NS)[0])
    return etree.tostring(root)


def put(**attributes):
    return lambda element: element.attrib.update(attributes)


def typed(name):
    return lambda element: element.set(XSI_TYPE, name)


def drop(name):
    return lambda element: element.attrib.pop(name)


def repeat(element):
    element.addnext(parse(etree.tostring(element)))


def remove(element):
    element.getparent().remove(element)


def material_code(**attributes):
    """The product's own code, after the template."""

    def change(material):
        code = etree.Element("{urn:hl7-org:v3}code", {**attributes, "displayName": "Kode"})
        material.insert(1, code)

    return change


def code_inside(package):
    """The package code on the container that has another around it."""
    [code] = package.xpath(".//pharm:code", namespaces=NS)
    package.insert(0, code)


def fourth(package):
    """Two more containers around the outermost."""
    outermost = package.xpath(".//pharm:containerPackagedProduct[not(pharm:asContent)]", namespaces=NS)[0]
    around = "".join(
        "<asContent classCode='CONT'><quantity value='2' unit='1'/>"
        "<containerPackagedProduct classCode='CONT' determinerCode='KIND'><formCode nullFlavor='UNK'/>"
        for _ in range(2)
    )
    closed = "</containerPackagedProduct></asContent>" * 2
    outermost.append(parse(f"<x xmlns='urn:hl7-org:pharm'>{around}{closed}</x>".encode())[0])
    for code in outermost.xpath("pharm:code", namespaces=NS):
        outermost.remove(code)


def speechless(content):
    """The instruction's words are gone from the narrative."""
    content.text = None
    for line in list(content):
        content.remove(line)


BREACHES = {
    "classification of another system": (EP, ATC, put(codeSystem="1.2.3"), "own-product-1"),
    "classification of no ATC form": (EP, ATC, put(code="PARACETAMOL"), "own-product-1"),
    "ATC as the product's code": (
        EP,
        MATERIAL,
        material_code(code="N02BE01", codeSystem="2.16.840.1.113883.6.73"),
        "own-product-2",
    ),
    "package code as the product's code": (
        EP,
        MATERIAL,
        material_code(code="034231", codeSystem="2.16.578.1.12.4.1.1.7510"),
        "own-product-2",
    ),
    "package code inside": (EP, "//pharm:containerPackagedProduct[pharm:asContent]", code_inside, "own-product-3"),
    "four containers": (EP, "//pharm:containerPackagedProduct", fourth, "own-product-3"),
    "dose form of another system": (EP, f"{MATERIAL}/pharm:formCode", put(codeSystem="1.2.3"), "own-product-4"),
    "package form that is no term": (
        EP,
        "//pharm:containerPackagedProduct/pharm:formCode",
        put(code="BLISTER"),
        "own-product-4",
    ),
    "route of another system": (EP, "//h:routeCode", put(codeSystem="1.2.3"), "own-product-4"),
    "ingredient of another system": (
        EP,
        "//pharm:ingredientSubstance/pharm:code",
        put(codeSystem="1.2.3"),
        "own-product-5",
    ),
    "ingredient value without unit": (EP, "//h:numerator", drop("unit"), "own-product-6"),
    "ingredient in nothing": (EP, "//h:denominator", put(value="0"), "own-product-6"),
    "strength below nothing": (EP, "//h:numerator", put(value="-5"), "own-product-6"),
    "one and a half packages": (EP, "//h:supply/h:quantity", put(value="1.5"), "own-supply-1"),
    "so many packages": (ED, "//h:supply/h:quantity", put(value="1e999"), "own-supply-1"),
    "a package of nothing": (EP, "//pharm:asContent/pharm:quantity", put(value="0"), "own-product-7"),
    "every zero hours": (EP, "//h:period", put(value="0"), "own-dose-2"),
    "an item of another prescription": (EP, "//h:section/h:id", put(extension="OTHER"), "own-entry-2"),
    "fulfils another": (ED, "//h:order/h:id", put(root="2.16.578.1.12.4.9999.20", extension="X"), "own-fulfilment-2"),
    "no half of a strength": (EP, "//h:denominator", remove, "own-product-6"),
    "strength in a word": (EP, "//h:numerator", put(unit="milligram"), "own-unit-2"),
    "dose in a national word": (EP, "//h:doseQuantity/h:low", put(unit="tablett"), "own-unit-2"),
    "dose of nothing": (EP, "//h:doseQuantity/h:high", put(value="0"), "own-dose-1"),
    "dose below nothing": (EP, "//h:doseQuantity/h:low", put(value="-1"), "own-dose-1"),
    "dose upside down": (EP, "//h:doseQuantity/h:low", put(value="7"), "own-dose-1"),
    "second entry": (EP, "//h:entry", repeat, "own-entry-1"),
    "second section": (EP, "//h:structuredBody/h:component", repeat, "own-entry-1"),
    "prescribed in millilitres": (EP, "//h:supply/h:quantity", put(unit="mL"), "own-supply-1"),
    "nothing supplied": (EP, "//h:supply/h:quantity", put(value="0"), "own-supply-1"),
    "nothing dispensed": (ED, "//h:supply/h:quantity", put(value="-1"), "own-supply-1"),
    "substitution as CD": (EP, "//h:observation[h:code/@code='SUBST']/h:value", typed("CD"), "own-substitution-1"),
    "substitution of the value set": (
        EP,
        "//h:observation[h:code/@code='SUBST']/h:value",
        put(codeSystem="1.3.6.1.4.1.12559.11.10.1.3.1.42.7"),
        "own-substitution-1",
    ),
    "substitution without value": (EP, "//h:observation[h:code/@code='SUBST']/h:value", remove, "own-substitution-1"),
    "no instruction": (EP, "//h:entryRelationship[h:act/h:code/@code='PINSTRUCT']", remove, "own-instruction-1"),
    "instruction without words": (EP, "//h:content[@ID='rx1-patient']", speechless, "own-instruction-1"),
    "no prescription named": (
        ED,
        "//h:order/h:id",
        lambda e: (e.attrib.clear(), e.set("nullFlavor", "NI")),
        "own-fulfilment-1",
    ),
    "its own prescription": (
        ED,
        "//h:order/h:id",
        put(root="2.16.578.1.12.4.9999.24", extension="ED-0001"),
        "own-fulfilment-1",
    ),
    "its own item": (
        ED,
        "//h:entryRelationship//h:id",
        put(root="2.16.578.1.12.4.9999.23", extension="DS-0001"),
        "own-fulfilment-1",
    ),
}


ALLOWED = {"no instruction"}
"""What the template leaves to the sender (0..1): a warning."""


@pytest.mark.parametrize("name", BREACHES)
def test_breach_is_found_by_its_rule(name):
    sound, path, change, rule = BREACHES[name]
    found = check_integrity(edited(sound, path, change)).findings
    assert rule in {finding.rule for finding in found}
    severity = Severity.WARNING if name in ALLOWED else Severity.ERROR
    assert {finding.severity for finding in found if finding.rule == rule} == {severity}
    assert rule not in {finding.rule for finding in check_integrity(sound).findings}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (drop("value"), "Half of the strength has no value with unit."),
        (drop("unit"), "Half of the strength has no value with unit."),
        (put(value="-5"), "Half of the strength is no number that can be."),
    ],
)
def test_half_a_strength_that_is_not_stated_is_told_apart_from_one_that_cannot_be(change, text):
    found = check_integrity(edited(EP, "//h:numerator", change)).findings
    assert [finding.text.startswith(text) for finding in found if finding.rule == "own-product-6"] == [True]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("//h:inFulfillmentOf", "hl7:supply[1]"),
        ("//h:entryRelationship[h:substanceAdministration]", "hl7:supply[1]"),
    ],
)
def test_what_a_dispensation_does_not_name_is_missing_at_the_dispensation(path, place):
    found = check_integrity(edited(ED, path, remove)).findings
    (missing,) = [finding.path for finding in found if finding.rule == "own-fulfilment-1"]
    assert missing.endswith(place)


def test_sound_twins_have_no_finding():
    assert check_integrity(EP).findings == []
    assert check_integrity(ED).findings == []


SILENT = (
    "classification of another system",
    "package code inside",
    "route of another system",
    "ATC as the product's code",
    "substitution as CD",
    "strength in a word",
    "no instruction",
    "nothing supplied",
    "its own item",
)


@pytest.mark.parametrize("name", SILENT)
def test_official_rules_are_silent_on_it(name):
    sound, path, change, _ = BREACHES[name]
    found = check(edited(sound, path, change), artefacts(), layers=("xsd", "schematron")).report.findings
    assert [f for f in found if f.severity in {Severity.ERROR, Severity.FATAL}] == []


def test_every_unit_of_the_value_set_is_ucum():
    [file] = (artefacts() / "schematron").glob("wave8-*/include/voc-1.3.6.1.4.1.12559.11.10.1.3.1.42.16-DYNAMIC.xml")
    units = parse(file.read_bytes()).xpath("//concept/@code")
    assert len(units) > 800
    assert [unit for unit in units if not is_ucum(unit)] == []


@pytest.mark.parametrize(
    "unit", ["mg", "ug/h", "mL/d", "[iU]/mL", "{Tablet}", "1", "10*3/uL", "mg/(kg.d)", "m[Hg]", "%"]
)
def test_unit_of_ucum_is_known(unit):
    assert is_ucum(unit)


@pytest.mark.parametrize(
    "unit", ["milligram", "tablett", "stk", "IU", "mcg", "gram", "mg/", "mg)", "", "{Tablet", "mg//d"]
)
def test_word_is_no_unit(unit):
    assert not is_ucum(unit)


def test_findings_hold_nothing_of_the_document():
    for sound, path, change, _ in BREACHES.values():
        for finding in check_integrity(edited(sound, path, change)).findings:
            assert not re.search(r"Paracet|PARACETAMOL|ED-0001|034231", finding.text + finding.path)
