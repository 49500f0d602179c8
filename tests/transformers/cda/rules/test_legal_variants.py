"""What the official texts allow, written in other ways than ours: no error of ours, a release at hand or not."""

import pytest
from lxml import etree

from tests.support.documents.defects import AGENT, PROBLEM, E, catalogue, coded_elements, sound_documents, whole_release
from tests.support.documents.elements import NS
from tests.support.documents.integrity import Change, H, add, drop, edited, null, put, remove, say
from tests.support.machine.require import artefacts
from transformers.model.finding import Severity
from transformers.terminology.release import Release
from transformers.validation import check
from transformers.validation.validator import DocumentValidator

GRAVE = {Severity.ERROR, Severity.FATAL}
TIME = "/*/h:effectiveTime"
CONFIDENTIALITY = "/*/h:confidentialityCode"


def of_code(code: str) -> str:
    return f"//h:code[@code='{code}']"


def in_the_readers_language(words: str) -> Change:
    """The shape of OpenNCP's translation: the words outside, the catalogue's own inside, the source's innermost."""

    def change(element: etree._Element) -> None:
        own = etree.Element(f"{H}translation", {n: element.get(n) for n in ("code", "codeSystem", "displayName")})
        own.extend(list(element.iterchildren(f"{H}translation")))
        element.append(own)
        element.set("displayName", words)

    return change


def in_lower_case(element: etree._Element) -> None:
    element.set("root", "0a4c7d11-3c52-4f0e-9d3a-5f8f3b1c2d4e")
    element.attrib.pop("extension", None)


LEGAL: dict[str, tuple[str, str, Change]] = {
    "time to the day": ("ps", TIME, put(value="20260504")),
    "time to the minute": ("ps", TIME, put(value="202605040930+0200")),
    "time to the hour": ("ps", TIME, put(value="2026050409+0200")),
    **{
        f"confidentiality {code}": ("ps", CONFIDENTIALITY, put(code=code, displayName=display))
        for code, display in (("R", "restricted"), ("V", "very restricted"), ("U", "unrestricted"), ("L", "low"),
                              ("M", "moderate"))
    },
    "confidentiality unknown": ("ps", CONFIDENTIALITY, null("UNK")),
    "a UUID in lower case": ("ps", "//h:procedure/h:id", in_lower_case),
    "an identifier of 65 characters": ("ps", "//h:procedure/h:id", put(extension="1" * 65)),
    **{
        f"{code} without display": (document, of_code(code), drop("displayName"))
        for document, code in (("ps", "CONC"), ("ps", "SEV"), ("ps", "66455-7"), ("ps", "82606-5"), ("ep", "PINSTRUCT"))
    },
    "a diagnosis in the reader's language": ("ps", PROBLEM, in_the_readers_language("Diabetes mellitus tipo 2")),
    "an allergen in the reader's language": ("ps", AGENT, in_the_readers_language("amoxicilina")),
    "a diagnosis in capitals": ("ps", PROBLEM, put(displayName="TYPE 2 DIABETES MELLITUS")),
    "a reaction of no value set": ("ps", f"//h:observation[h:templateId/@root='{E}44']/h:value[@code]",
        put(code="73211009", displayName="Diabetes mellitus")),
    "an empty cell": ("ps", "//h:section/h:text//h:tr", add("<td/>")),
    "a title in any language": ("ps", "//h:section/h:title", say("Alergias")),
    "a birth of which the year is known": ("ps", "//h:birthTime", put(value="1962")),
    "no instruction to the patient": ("ep", "//h:entryRelationship[h:act/h:code/@code='PINSTRUCT']", remove),
    "no original text beside a translation": ("ps", "//h:value[@nullFlavor='OTH']/h:originalText", remove),
}  # fmt: skip

REFERENCES = ("skeletons/*.xml", "orcd/*.xml")
"""Documents of the field without an official error."""


def errors(content: bytes, release: Release | None) -> list[tuple[str | None, str]]:
    validator = DocumentValidator(layers=("own",), release=release, coded_elements=coded_elements())
    return [(f.rule, f.path) for f in validator.validate(content).report.findings if f.severity in GRAVE]


@pytest.mark.parametrize("compared", [True, False], ids=["compared", "not compared"])
@pytest.mark.parametrize("name", LEGAL)
def test_a_legal_variant_has_no_error(name, compared):
    document, path, change = LEGAL[name]
    changed = edited(sound_documents()[document], path, change)
    assert changed != sound_documents()[document]
    assert errors(changed, whole_release() if compared else None) == []


@pytest.mark.prove
@pytest.mark.parametrize("name", LEGAL)
def test_the_official_rules_allow_it(name):
    document, path, change = LEGAL[name]
    changed = edited(sound_documents()[document], path, change)
    found = check(changed, artefacts(), layers=("xsd", "schematron")).report.findings
    assert [(f.path, f.text) for f in found if f.severity in GRAVE] == []


@pytest.mark.parametrize("compared", [pytest.param(True, marks=pytest.mark.prove), False], ids=["compared", "own"])
def test_documents_of_the_field_without_an_official_error_have_none_of_ours(compared):
    files = [file for pattern in REFERENCES for file in sorted(artefacts("cda-examples").glob(pattern))]
    assert len(files) >= 14
    release = catalogue() if compared else None
    assert {file.name: errors(file.read_bytes(), release) for file in files} == {f.name: [] for f in files}


def test_words_of_another_thing_around_another_code_are_an_error_all_the_same():
    other = edited(sound_documents()["ps"], PROBLEM, put(displayName="Hypertension"))
    assert [rule for rule, _ in errors(other, whole_release())] == ["own-release-1"]
    (value,) = etree.fromstring(other).xpath(PROBLEM + "[1]", namespaces=NS)[:1]
    assert value.get("code") == "E11"
