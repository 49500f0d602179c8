"""Foreign CDA to pivot to CDA: every code, quantity and text of it stands in ours, or a finding says which does not."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.machine.require import artefacts
from tests.support.persons import samples
from transformers.cda.documents.patient_summary import Read, read_patient_summary, write_patient_summary
from transformers.cda.rules.check import check_integrity
from transformers.cda.types.vocabulary import DOCUMENT_LANGUAGES
from transformers.cda.types.walk import Places, local
from transformers.model.finding import Finding
from transformers.terminology.transcode import transcode_summary
from transformers.validation import check
from trust.xml import Element, parse

EXAMPLES = (
    *(f"ps/{n}.xml" for n in ("openncp-2-5678-W8", "reference-test-data-W5-known-absence", "reference-test-data-W5")),
    *("skeletons/ps_b_med2eff.xml", "skeletons/psf_full.xml"),
)
FORM = frozenset({"statusCode", "section", "templateId", "typeId", "realmCode", "signatureCode", "languageCode"})
KNOWN_KINDS = frozenset({"CONC", "DRUG", "IMMUNIZ", "SEV", "PCP"})


def written(read: Read) -> bytes:
    """The document as we write it, in its own language."""
    return write_patient_summary(read.summary).content


def statements(content: bytes) -> Iterator[Element]:
    """Elements of the body outside the narrative."""
    root = parse(content)
    for element in root.iterfind("{*}component//*"):
        inside = [local(e) for e in element.iterancestors()]
        if not ("text" in inside and inside[inside.index("text") + 1] == "section"):
            yield element


def codes(content: bytes) -> dict[tuple[str, str], str]:
    """Codes with their system, and the path of the first place of each."""
    found: dict[tuple[str, str], str] = {}
    for element in statements(content):
        code, system = element.get("code"), element.get("codeSystem")
        parent = element.getparent()
        heading = parent is not None and local(parent) == "section"
        if code and system and local(element) not in FORM and not heading and code not in KNOWN_KINDS:
            found.setdefault((code, system), Places().where(element))
    return found


def quantities(content: bytes) -> dict[tuple[str, str], str]:
    """Values with their unit (times and counts with an empty one), and the path of the first place of each."""
    found: dict[tuple[str, str], str] = {}
    for element in statements(content):
        value = element.get("value")
        if value and not value.startswith("#"):
            unit = element.get("unit") or ""
            found.setdefault((value, "" if unit == "1" else unit), Places().where(element))
    return found


def narrative(content: bytes) -> set[str]:
    """The words of all section texts."""
    texts = parse(content).iterfind(".//{*}section/{*}text")
    return {word for text in texts for piece in text.itertext() for word in re.findall(r"\w+", str(piece))}


def told(findings: list[Finding], path: str) -> bool:
    return any(finding.path == path for finding in findings)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_code_and_quantity_of_a_foreign_document_stands_in_ours_or_is_told(name: str):
    content = (artefacts() / "cda-examples" / name).read_bytes()
    read = read_patient_summary(content)
    ours = written(read)
    for kept in (codes, quantities):
        left = {key: path for key, path in kept(content).items() if key not in kept(ours)}
        assert {k: p for k, p in left.items() if not told(read.report.findings, p) and k not in ABSENT} == {}


ABSENT = {
    ("609328004", "2.16.840.1.113883.6.96"): "the kind of an allergy that there is none of",
    ("419199007", "2.16.840.1.113883.6.96"): "the same in wave 5",
    ("404684003", "2.16.840.1.113883.6.96"): "the kind of a problem that there is none of",
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_word_of_a_foreign_narrative_stands_in_ours(name: str):
    content = (artefacts() / "cda-examples" / name).read_bytes()
    assert narrative(content) <= narrative(written(read_patient_summary(content)))


@pytest.mark.parametrize("name", [n for n in EXAMPLES if n != "ps/reference-test-data-W5.xml"])
def test_what_we_write_of_a_foreign_document_is_valid(name: str):
    ours = written(read_patient_summary((artefacts() / "cda-examples" / name).read_bytes()))
    assert [
        (f.rule, f.text) for f in check(ours, artefacts()).report.findings if f.severity in {"error", "fatal"}
    ] == []


def test_the_reference_document_breaks_one_rule_of_ours_for_it_calls_a_dose_form_a_package():
    content = (artefacts() / "cda-examples/ps/reference-test-data-W5.xml").read_bytes()
    findings = check(written(read_patient_summary(content)), artefacts()).report.findings
    assert ["42.3" in f.text for f in findings if f.severity in {"error", "fatal"}] == [True]


MEMBER_STATES = (
    "bg-BG", "cs-CZ", "da-DK", "de-AT", "de-BE", "de-DE", "de-LU", "el-CY", "el-GR", "en-IE", "en-MT", "es-ES",
    "et-EE", "fi-FI", "fr-BE", "fr-FR", "fr-LU", "ga-IE", "hr-HR", "hu-HU", "is-IS", "it-IT", "lb-LU", "lt-LT",
    "lv-LV", "mt-MT", "nl-BE", "nl-NL", "pl-PL", "pt-PT", "ro-RO", "se-NO", "sk-SK", "sl-SI", "sv-FI", "sv-SE",
)  # fmt: skip


@pytest.mark.parametrize("language", MEMBER_STATES)
def test_a_document_of_a_member_states_language_is_written_again_in_it(language: str):
    content = (artefacts() / "cda-examples/skeletons/ps_b_med2eff.xml").read_bytes()
    read = read_patient_summary(
        content.replace(b'languageCode code="nb-NO"', f'languageCode code="{language}"'.encode())
    )
    again = read_patient_summary(written(read))
    assert read.summary.language == again.summary.language == language
    assert [f for f in again.report.findings if f.severity in {"error", "fatal"} or f.code == "not-carried"] == []
    assert set(codes(written(again))) == set(codes(written(read)))
    assert set(quantities(written(again))) == set(quantities(written(read)))
    assert narrative(content) <= narrative(written(read))


def test_our_own_words_are_marked_with_their_language_where_the_document_has_another():
    foreign = parse(written(with_language("fr-FR")))
    section = next(e for e in foreign.iterfind(".//{*}section") if e.find("{*}text/{*}table") is not None)
    assert section.find("{*}title").get("language") == "en"
    assert section.find("{*}text/{*}table/{*}thead").get("language") == "en"
    labels = [e for e in section.iterfind(".//{*}content") if e.get("language") == "en"]
    assert labels
    assert all(str(e.text).endswith(": ") for e in labels)
    assert section.findall("{*}text/{*}paragraph")[0].get("language") == "en"
    sources = [p for cell in section.iterfind(".//{*}td") for p in cell[:1] if p.get("language") is None]
    assert sources
    assert [
        f for f in check(written(with_language("fr-FR")), artefacts()).report.findings if f.severity == "error"
    ] == []
    for language, mark in (("nb-NO", None), ("no-NO", None), ("en-GB", None), ("se-NO", "nb")):
        ours = parse(written(with_language(language))).iterfind(".//{*}section//*")
        assert {e.get("language") for e in ours} == {None, mark}


def with_language(language: str) -> Read:
    content = (artefacts() / "cda-examples/skeletons/psf_full.xml").read_bytes()
    read = read_patient_summary(content)
    return replace(read, summary=replace(read.summary, language=language))


def test_a_documents_language_is_a_member_of_the_official_value_set():
    folder = artefacts() / "schematron/wave8-20240422T073854/include"
    official = parse((folder / "voc-1.3.6.1.4.1.12559.11.10.1.3.1.42.6-DYNAMIC.xml").read_bytes())
    members = {one.get("code", "") for one in official.iterfind(".//concept")}
    assert set(MEMBER_STATES) < DOCUMENT_LANGUAGES <= members
    countries = {one.partition("-")[2] for one in DOCUMENT_LANGUAGES - {"en-GB", "en-US"}}
    assert {one for one in members if one.partition("-")[2] in countries} <= DOCUMENT_LANGUAGES


@pytest.mark.parametrize("person", samples.persons())
def test_a_document_of_ours_keeps_its_codes_and_quantities(person: str):
    transcoded, _ = transcode_summary(samples.summary(person), samples.release())
    first = write_patient_summary(transcoded).content
    read = read_patient_summary(first)
    second = write_patient_summary(read.summary).content
    assert read.report.findings == [] or {f.code for f in read.report.findings} == {"section-without-entries"}
    assert set(codes(first)) == set(codes(second))
    assert set(quantities(first)) == set(quantities(second))
    assert narrative(first) <= narrative(second)
    assert check_integrity(second).findings == []
