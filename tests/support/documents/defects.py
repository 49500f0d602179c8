"""The 42 kinds of defect that the official XSD and Schematron pass, one wrong thing each, with the rule that sees it.

26 need our own rules alone, 11 a terminology release as well (``release``), and 5 were seen by nobody once. The twin of
each is its sound document.
"""

from dataclasses import replace
from functools import cache
from typing import NamedTuple

from lxml import etree

from gateway.configuration.shipped import shipped
from tests.support.documents.elements import NS
from tests.support.documents.integrity import (
    Change,
    add,
    drop,
    edited,
    null,
    put,
    remove,
    say,
    sound_dispensation,
    sound_original,
    sound_prescription,
    sound_summary,
    typed,
)
from tests.support.machine.require import artefacts
from transformers.terminology.compose import compose
from transformers.terminology.element_rules import ElementRules, read_coded_elements
from transformers.terminology.importers_csv import read_tables
from transformers.terminology.importers_package import read_package
from transformers.terminology.release import Release
from transformers.terminology.rows import Concept, ValueSet, read_facts

E = "1.3.6.1.4.1.12559.11.10.1.3.1.3."
SNOMED = "2.16.840.1.113883.6.96"
PATIENT = "//h:recordTarget/h:patientRole"
PROBLEM = f"//h:observation[h:templateId/@root='{E}7']/h:value[@code]"
ALLERGY = f"//h:observation[h:templateId/@root='{E}17']"
ENDED = f"//h:act[h:templateId/@root='{E}15'][h:effectiveTime/h:high]/h:effectiveTime/h:high"
TRANSLATION = "//h:value[h:translation]"
AGENT = "//h:playingEntity/h:code[@code]"
FILE = "//h:nonXMLBody/h:text"
NATIONAL = {"code": "T90", "codeSystem": "2.16.578.1.12.4.1.1.7170", "displayName": "Diabetes"}
_TABLES = shipped("config") / "terminology"
_EMPTY = ("1.3.6.1.4.1.12559.11.10.1.3.1.42.61", "1.3.6.1.4.1.12559.11.10.1.3.1.42.63")
"""Value sets that the tables have nothing of: EMA's substances, rare diseases."""
_BESIDES = (
    (1, "2.16.840.1.113883.2.9.6.2.7", "2211", "Generalist medical practitioners"),
    (5, "1.3.6.1.4.1.12559.11.10.1.3.1.44.2", "E11", "Type 2 diabetes mellitus"),
    (5, "1.3.6.1.4.1.12559.11.10.1.3.1.44.2", "I10", "Essential (primary) hypertension"),
    (5, "1.3.6.1.4.1.12559.11.10.1.3.1.44.2", "J11", "Influenza, virus not identified"),
    (10, SNOMED, "103716009", "Placement of stent"),
    (24, "2.16.840.1.113883.6.73", "M01AE01", "ibuprofen"),
    (32, "2.16.840.1.113883.6.1", "57833-6", "Prescription for medication"),
    (32, "2.16.840.1.113883.6.1", "60593-1", "Medication dispensed.extended Document"),
)
"""Value set, system, code and display, as the catalogue has them."""


@cache
def whole_release() -> Release:
    """The shipped tables as if they were all there is, with what the sound documents have besides, for wave 8."""
    facts = read_facts(_TABLES)
    content = read_tables(_TABLES, facts)
    content.value_sets = {oid: ValueSet(oid, oid, "", "", "active", complete=True, source="test") for oid in _EMPTY} | {
        oid: replace(known, complete=True) for oid, known in content.value_sets.items()
    }
    for value_set, system, code, display in _BESIDES:
        key = (f"1.3.6.1.4.1.12559.11.10.1.3.1.42.{value_set}", system, code)
        content.members[key] = Concept(display, "", retired=False, file="test", row=1)
    return Release(compose([content], facts, "whole")).for_wave(8)


@cache
def catalogue() -> Release:
    """The catalogue of value sets (MVC 8.1.0) with the shipped tables, as a node of wave 8 has it."""
    facts = read_facts(_TABLES)
    (package,) = artefacts("mvc").glob("*.tgz")
    return Release(compose([read_package(package, facts), read_tables(_TABLES, facts)], facts, "mvc")).for_wave(8)


@cache
def coded_elements() -> dict[str, ElementRules]:
    """The shipped rules of coded elements, by kind of document."""
    return dict(read_coded_elements(_TABLES, read_facts(_TABLES)))


@cache
def sound_documents() -> dict[str, bytes]:
    """A summary, a prescription, a dispensation and an original that nobody finds anything in, the release included."""
    summary = edited(sound_summary(), "//h:playingDevice/h:code", put(displayName="IMPLANTABLE PACEMAKERS"))
    return {"ps": summary, "ep": sound_prescription(), "ed": sound_dispensation(), "l1": sound_original()}


def legacy(code: str) -> Change:
    """A value in a code of older waves."""
    return put(code=code, codeSystem=SNOMED, displayName="Absence as it was said")


def own_parent(element: etree._Element) -> None:
    element.attrib.update(element.getroottree().xpath("/*/*[local-name()='id']")[0].attrib)


def copied_id(element: etree._Element) -> None:
    other = element.getroottree().xpath("//*[local-name()='entry']//*[local-name()='observation']/*[local-name()='id']")
    element.set("root", other[0].get("root"))


def packed(content: str, media_type: str = "application/pdf") -> Change:
    def change(text: etree._Element) -> None:
        text.text = content
        text.set("mediaType", media_type)

    return change


def without_entries(section: etree._Element) -> None:
    for entry in section.xpath("h:entry", namespaces=NS):
        section.remove(entry)


def section(code: str, inside: str = "") -> str:
    return f"//h:section[h:code/@code='{code}']{inside}"


class DocumentDefect(NamedTuple):
    """``document``: a key of `sound_documents`; ``path``: the element that changes; ``beside``: rules it breaks too."""

    statement: str
    rule: str
    document: str
    path: str
    change: Change
    beside: tuple[str, ...] = ()


_ALONE = (
    DocumentDefect("two statements have one id", "own-id-2", "ps", "//h:procedure/h:id", copied_id),
    DocumentDefect("the document is its own parent", "own-id-3", "ps", "//h:parentDocument/h:id", own_parent),
    DocumentDefect("no display, but one inside", "own-code-1", "ps", TRANSLATION, drop("displayName")),
    DocumentDefect("a reference without #", "own-reference-1", "ps", "//h:originalText/h:reference", put(value="alg1")),
    DocumentDefect("a reference to nowhere", "own-reference-1", "ps", "//h:originalText/h:reference", put(value="#no")),
    DocumentDefect("a signer without given name", "own-header-1", "ps", "//h:legalAuthenticator//h:given", say(""),
        ("own-empty-1",)),
    DocumentDefect("older than its newest item", "own-time-3", "ps", "//h:entry//h:author/h:time",
        put(value="20260601"), ("own-header-6",)),
    DocumentDefect("the birth of another number", "own-header-4", "ps", "//h:birthTime", put(value="19620714")),
    DocumentDefect("problems without an entry", "own-section-1", "ps", section("11450-4"), without_entries),
    DocumentDefect("an allergy's absence as waves ago", "own-absence-1", "ps", ALLERGY,
        add(f'<value xsi:type="CD" code="160244002" codeSystem="{SNOMED}" displayName="No known allergies"/>', 6),
        ("own-release-2",)),
    DocumentDefect("a problem's absence as waves ago", "own-absence-1", "ps", PROBLEM, legacy("160245001")),
    DocumentDefect("a national code alone", "own-code-5", "ps", PROBLEM, put(**NATIONAL)),
    DocumentDefect("OTH without words", "own-code-2", "ps", "//h:value[@nullFlavor='OTH']", null("OTH")),
    DocumentDefect("a strength in a word", "own-unit-2", "ep", "//h:numerator", put(unit="milligram")),
    DocumentDefect("a content without unit", "own-unit-1", "ep", "//pharm:asContent/pharm:quantity", drop("unit")),
    DocumentDefect("a supply without unit", "own-unit-1", "ed", "//h:supply/h:quantity", drop("unit")),
    DocumentDefect("a period in milligrams", "own-time-5", "ps", "//h:period[@value]", put(unit="mg")),
    DocumentDefect("the package's number inside", "own-product-3", "ep", "//pharm:containerPackagedProduct",
        add('<pharm:code code="1" codeSystem="2.16.578.1.12.4.1.1.7510" displayName="x"/>', 0)),
    DocumentDefect("ATC as the product's number", "own-product-2", "ep", "//h:manufacturedMaterial",
        add('<code code="N02BE01" codeSystem="2.16.840.1.113883.6.73" displayName="paracetamol"/>', 1)),
    DocumentDefect("the substitution as CD", "own-substitution-1", "ep", "//h:observation/h:value", typed("CD")),
    DocumentDefect("an empty file", "own-file-1", "l1", FILE, packed(" ")),
    DocumentDefect("a file that is not base64", "own-file-1", "l1", FILE, packed("%PDF-1.4")),
    DocumentDefect("a file that is no PDF", "own-file-1", "l1", FILE, packed("aGVsbG8=")),
    DocumentDefect("a telephone without scheme", "own-telecom-1", "ps", f"{PATIENT}/h:telecom",
        put(value="+4799999999")),
    DocumentDefect("a country in words", "own-country-1", "ps", "//h:custodian//h:country", say("Norge")),
    DocumentDefect("a role of another system", "own-header-5", "ps", "/*/h:author",
        add('<functionCode code="LE" codeSystem="1.2.3" displayName="Lege"/>', 0), ("own-release-2",)),
)  # fmt: skip
_WITH_RELEASE = (
    DocumentDefect("a diagnosis in another's words", "own-release-1", "ps", PROBLEM, put(displayName="Hypertension")),
    DocumentDefect("an allergen in another's words", "own-release-1", "ps", AGENT, put(displayName="Peanut")),
    DocumentDefect("a route in another's words", "own-release-1", "ps", "//h:routeCode[@code]",
        put(displayName="Intravenous use")),
    DocumentDefect("a form in another's words", "own-release-1", "ep", "//h:manufacturedMaterial/pharm:formCode",
        put(displayName="Cream")),
    DocumentDefect("a substance in another's words", "own-release-1", "ep",
        "//pharm:generalizedMaterialKind/pharm:code", put(displayName="ibuprofen")),
    DocumentDefect("a severity in another's words", "own-release-1", "ps", f"//h:observation[h:templateId/@root='{E}8']"
        "/h:value", put(displayName="Mild")),
    DocumentDefect("a diagnosis that ICD-10 has not", "own-release-2", "ps", PROBLEM, put(code="E11.99X")),
    DocumentDefect("a route that EDQM has not", "own-release-2", "ep", "//h:routeCode", put(code="20999999")),
    DocumentDefect("an ingredient that ATC has not", "own-release-2", "ep", "//pharm:ingredientSubstance/pharm:code",
        put(code="N02BE99")),
    DocumentDefect("a severity that is none", "own-release-2", "ps", f"//h:observation[h:templateId/@root='{E}8']"
        "/h:value", put(code="73211009")),
    DocumentDefect("an author's role that ISCO has not", "own-release-2", "ps", "/*/h:author",
        add('<functionCode code="9999" codeSystem="2.16.840.1.113883.2.9.6.2.7" displayName="Wizard"/>', 0)),
)  # fmt: skip
_ONCE_UNSEEN = (
    DocumentDefect("a contact of a class that is none", "own-header-7", "ps",
        "//h:participant/h:associatedEntity", put(classCode="AGNT")),
    DocumentDefect("a concern that ended without an end", "own-concern-1", "ps", ENDED, remove),
    DocumentDefect("a prescription's item of another one", "own-entry-2", "ep", "//h:section/h:id",
        put(extension="OTHER")),
    DocumentDefect("a dispensation on another prescription", "own-fulfilment-2", "ed", "//h:order/h:id",
        put(root="2.16.578.1.12.4.9999.2", extension="OTHER")),
    DocumentDefect("a code without its system", "own-code-6", "ps", PROBLEM, drop("codeSystem")),
)  # fmt: skip
FORTY_TWO = (*_ALONE, *_WITH_RELEASE, *_ONCE_UNSEEN)
NEED_RELEASE = frozenset(_WITH_RELEASE)
"""Those that nobody sees who has no terminology release."""


def spoiled_document(defect: DocumentDefect) -> bytes:
    """The sound document with that one thing wrong."""
    return edited(sound_documents()[defect.document], defect.path, defect.change)
