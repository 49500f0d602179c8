"""Codes of a document compared with the active release: the display, and membership; never of what is null."""

import pytest

from gateway.configuration.shipped import shipped
from tests.support.documents.integrity import Change, edited, null, put
from tests.support.persons.samples import persons, release, summary
from transformers.cda.documents.patient_summary import write_patient_summary
from transformers.cda.rules.check import check_integrity
from transformers.model.finding import Finding
from transformers.terminology.check_codes import code_check
from transformers.terminology.element_rules import read_coded_elements
from transformers.terminology.rows import read_facts
from transformers.terminology.transcode import transcode_summary

FOLDER = shipped("config") / "terminology"
RULES = read_coded_elements(FOLDER, read_facts(FOLDER))
SNOMED = "2.16.840.1.113883.6.96"
AGENT = "//h:playingEntity/h:code[@code]"


def document(person: str) -> bytes:
    return write_patient_summary(transcode_summary(summary(person), release(), frozenset())[0]).content


RICH = document("rich")


def found(content: bytes, rules: object = RULES) -> list[Finding]:
    return check_integrity(content, code_check(rules, release())).findings  # type: ignore[arg-type]  # the table as it is


def rules(path: str, change: Change) -> list[str | None]:
    return [finding.rule for finding in found(edited(RICH, path, change))]


@pytest.mark.parametrize(
    ("path", "display"),
    [
        (AGENT, "Another allergen"),
        (AGENT, ""),
        ("//h:administrativeGenderCode", "FEMALE"),
        ("//h:section/h:code", "Allergier"),
        ("//pharm:generalizedMaterialKind/pharm:code[@code]", "PARACETAMOL"),
    ],
)
def test_a_display_is_that_of_the_release_to_the_letter(path, display):
    assert "own-release-1" in rules(path, put(displayName=display))


@pytest.mark.parametrize(
    ("path", "code", "system"),
    [
        ("//h:administrativeGenderCode", "U", "2.16.840.1.113883.5.1"),
        (AGENT, "5", "2.16.578.1.12.4.1.1.7514"),
    ],
)
def test_a_code_is_a_member_of_the_elements_value_set(path, code, system):
    assert "own-release-2" in rules(path, put(code=code, codeSystem=system))


@pytest.mark.parametrize("person", persons())
def test_what_was_transcoded_has_no_finding(person):
    assert found(document(person)) == []


def test_a_null_and_what_is_beside_it_are_let_be():
    assert rules(AGENT, null("OTH", "originalText", "translation")) == []


def test_a_code_that_the_release_holds_in_excerpt_is_not_blamed():
    text = put(code="25064002", codeSystem=SNOMED, displayName="Headache")
    assert rules("//h:observation[h:templateId/@root='1.3.6.1.4.1.12559.11.10.1.3.1.3.44']/h:value[@code]", text) == []


def test_without_a_release_nobody_compares():
    changed = edited(RICH, AGENT, put(displayName="Another allergen"))
    assert check_integrity(changed).findings == []


def test_a_document_of_no_known_kind_has_no_codes_to_compare():
    assert code_check({}, release())(edited_root()) == ()


def edited_root() -> object:
    from trust.xml import parse

    return parse(RICH)


def test_findings_name_the_release_and_no_code():
    (finding,) = found(edited(RICH, AGENT, put(displayName="Another allergen")))
    assert finding.release == release().id
    assert "Another allergen" not in finding.text
    assert finding.path.endswith("hl7:playingEntity/hl7:code")
