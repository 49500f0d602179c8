"""One Report of all layers, on an artefact folder and documents of our own."""

from base64 import b64decode, b64encode
from pathlib import Path

import pytest

from tests.support.documents.integrity import sound_original, sound_summary
from tests.support.documents.schematrons import artefact_folder, clinical_document, schematron
from tests.support.machine.call_counts import counting
from transformers.cda.rules.pair import check_pair
from transformers.model.finding import Severity
from transformers.validation import LAYERS, check, recognise
from trust.errors import DoctypeForbidden, XmlNotWellFormed, XmlTooDeep, XmlTooLarge
from trust.xml import parse

TITLED = schematron(
    '<pattern id="p"><rule context="hl7:ClinicalDocument">'
    '<assert role="error" test="hl7:title">no title</assert></rule></pattern>'
)
TITLE = "<title>Summary</title>"
OFFICIAL = ("xsd", "schematron")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return artefact_folder(tmp_path, PatientSummary=TITLED)


def codes(document: bytes, folder: Path | None, layers: tuple[str, ...] = OFFICIAL) -> list[str]:
    return [finding.code for finding in check(document, folder, layers=layers).report.findings]


def test_a_document_without_fault_is_valid_and_says_which_layers_ran(folder):
    checked = check(clinical_document(more=TITLE), folder, layers=OFFICIAL)
    assert checked.valid
    assert checked.report.findings == []
    assert checked.layers_run == OFFICIAL
    assert checked.layers_unavailable == {}
    assert checked.kind is not None
    assert checked.kind.id == "ps-l3"


def test_a_broken_official_rule_makes_it_invalid(folder):
    checked = check(clinical_document(), folder, layers=OFFICIAL)
    assert not checked.valid
    (finding,) = checked.report.findings
    assert (finding.code, finding.path, finding.text, finding.rule) == (
        "schematron",
        "/hl7:ClinicalDocument[1]",
        "no title",
        "p",
    )


def test_a_broken_schema_makes_it_invalid_with_line_and_path(folder):
    checked = check(clinical_document(more=TITLE + '\n<effectiveTime value="soon"/>'), folder, layers=OFFICIAL)
    assert not checked.valid
    assert {finding.code for finding in checked.report.findings} == {"xsd"}
    assert {finding.path for finding in checked.report.findings} == {"/hl7:ClinicalDocument[1]/hl7:effectiveTime[1]"}
    assert all(finding.text.startswith("line 2: ") for finding in checked.report.findings)


def test_explanations_come_beside_the_errors_and_only_when_asked(folder):
    document = clinical_document(more=TITLE + '<effectiveTime value="soon"/>')
    plain, explained = (check(document, folder, layers=OFFICIAL, explain=explain) for explain in (False, True))
    extra = explained.report.findings[len(plain.report.findings) :]
    assert {finding.code for finding in extra} == {"xsd-explained"}
    assert {finding.severity for finding in extra} == {Severity.INFO}
    assert {finding.path for finding in extra} == {"/hl7:ClinicalDocument[1]/hl7:effectiveTime[1]"}


def test_our_own_rules_run_with_and_without_artefacts(folder):
    faulty = clinical_document(more=TITLE + "<setId/>")
    bare, full = check(faulty, None), check(faulty, folder)
    assert (bare.layers_run, full.layers_run) == (("own",), LAYERS)
    assert set(bare.layers_unavailable) == set(OFFICIAL)
    own = [finding for finding in full.report.findings if finding.code == "own"]
    assert [f.rule for f in bare.report.findings] == [f.rule for f in own]
    assert any(finding.path.endswith("setId[1]") for finding in own)
    assert not bare.valid


def test_without_artefacts_the_official_layers_are_said_to_be_unavailable():
    checked = check(clinical_document(), None, layers=OFFICIAL)
    assert checked.layers_run == ()
    assert set(checked.layers_unavailable) == set(OFFICIAL)


def test_an_empty_folder_is_told_by_what_it_lacks(tmp_path):
    reasons = check(clinical_document(), tmp_path, layers=OFFICIAL).layers_unavailable
    assert "XSD" in reasons["xsd"]
    assert "wave 8" in reasons["schematron"]


def test_rules_of_a_wave_that_is_not_there_are_unavailable(folder):
    checked = check(clinical_document(more=TITLE), folder, wave=9, layers=OFFICIAL)
    assert checked.layers_run == ("xsd",)
    assert "wave 9" in checked.layers_unavailable["schematron"]


def test_the_newest_publication_of_a_wave_is_used(folder):
    newer = folder / "schematron" / "wave8-20250101T000000"
    newer.mkdir()
    (newer / "epsos-PatientSummary.sch").write_text(TITLED.replace("no title", "newer"), "utf-8")
    assert [f.text for f in check(clinical_document(), folder, layers=OFFICIAL).report.findings] == ["newer"]


@pytest.mark.parametrize("broken", ["<schema", "<schema/>", schematron('<include href="include/gone.sch"/>')])
def test_rules_that_cannot_be_read_are_unavailable_not_passed(tmp_path, broken):
    folder = artefact_folder(tmp_path, PatientSummary=broken)
    checked = check(clinical_document(), folder, layers=OFFICIAL)
    assert checked.layers_run == ("xsd",)
    assert "schematron" in checked.layers_unavailable


def test_a_schema_that_cannot_be_read_is_unavailable_not_passed(folder):
    (folder / "xsd" / "cda" / "CDA_Pharma.xsd").write_text("<schema", "utf-8")
    checked = check(clinical_document(more=TITLE), folder, layers=OFFICIAL)
    assert checked.layers_run == ("schematron",)
    assert "xsd" in checked.layers_unavailable


def test_rules_that_fail_as_a_whole_on_a_document_are_an_error_of_that_document(tmp_path):
    rules = schematron(
        '<let name="n" value="xs:integer(/*/hl7:code/@code)"/>',
        '<pattern><rule context="hl7:code"><assert test="$n = 1">not one</assert></rule></pattern>',
    )
    checked = check(clinical_document(), artefact_folder(tmp_path, PatientSummary=rules), layers=OFFICIAL)
    assert [finding.code for finding in checked.report.findings] == ["schematron-failed"]
    assert not checked.valid


def test_a_value_set_that_is_absent_is_told_and_is_no_fault_of_the_document(tmp_path):
    test = "@x or @code = doc('include/voc-1.2.3-DYNAMIC.xml')//valueSet[1]/conceptList/*/@code"
    rules = schematron(f'<pattern><rule context="hl7:code"><assert test="not({test})">in set</assert></rule></pattern>')
    folder = artefact_folder(tmp_path, PatientSummary=rules)
    checked = check(clinical_document(), folder, layers=OFFICIAL)
    (finding,) = checked.report.findings
    assert (finding.code, finding.severity, finding.rule) == ("check-unavailable", Severity.INFO, "1.2.3")
    assert checked.valid


def test_a_value_set_beside_the_rules_is_used(tmp_path):
    test = "@code = doc('include/voc-1.2.3-DYNAMIC.xml')//valueSet[1]/conceptList/*/@code"
    rules = schematron(f'<pattern><rule context="hl7:code"><assert test="{test}">not in set</assert></rule></pattern>')
    folder = artefact_folder(tmp_path, PatientSummary=rules)
    concept = '<conceptList><concept code="60591-5" codeSystem="1"/></conceptList>'
    value_set = f"<valueSets><valueSet>{concept}</valueSet></valueSets>"
    (folder / "schematron" / "wave8-20240101T000000" / "include" / "voc-1.2.3-DYNAMIC.xml").write_text(value_set)
    assert codes(clinical_document(), folder) == []
    assert codes(clinical_document(code="60591-6"), folder) == ["document-code-differs", "schematron"]


def test_a_document_that_claims_no_template_is_an_error_and_not_a_vacuous_pass(folder):
    assert codes(clinical_document(template=None, more=TITLE), folder) == ["document-template-missing"]
    assert codes(clinical_document(template="3", more=TITLE), folder) == []


def test_a_document_of_another_kind_than_its_code_says_is_an_error(folder):
    assert codes(clinical_document(code="57833-6", more=TITLE), folder) == ["document-code-differs"]


def test_a_document_of_another_body_than_its_template_says_is_an_error(folder):
    assert codes(clinical_document(body="nonXMLBody", more=TITLE), folder) == ["document-body-differs"]


@pytest.mark.parametrize(
    "document",
    [
        clinical_document(template="99", code="1-1"),
        clinical_document(template=None, code=None),
        b"<Bundle xmlns='urn:x'/>",
    ],
)
def test_a_document_of_no_known_kind_is_an_error(document, folder):
    checked = check(document, folder, layers=("schematron",))
    assert [finding.code for finding in checked.report.findings] == ["document-kind-unknown"]
    assert not checked.valid
    assert "unknown" in checked.layers_unavailable["schematron"]


@pytest.mark.parametrize(
    ("template", "code", "body", "kind"),
    [
        ("1", "57833-6", "structuredBody", "ep-l3"),
        ("2", "60593-1", "structuredBody", "ed"),
        ("3", "60591-5", "structuredBody", "ps-l3"),
        ("4", "34133-9", "structuredBody", "hcer"),
        ("5", "56445-0", "structuredBody", "mro"),
        ("6", "57833-6", "nonXMLBody", "ep-l1"),
        ("7", "60591-5", "nonXMLBody", "ps-l1"),
        ("8", "11502-2", "nonXMLBody", "orcd-lab"),
        ("9", "34105-7", "nonXMLBody", "orcd-hdr"),
        ("10", "18748-4", "nonXMLBody", "orcd-mir"),
        ("11", "x-clinical-image", "nonXMLBody", "orcd-mi"),
    ],
)
def test_recognises_every_kind_by_template_and_by_code_alone(template, code, body, kind):
    for root in (clinical_document(template, code, body), clinical_document(None, code, body)):
        found = recognise(parse(root))
        assert found is not None
        assert found.id == kind


def test_of_two_templates_the_one_that_fits_the_body_decides():
    both = '<templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.1.7"/>'
    kinds = {
        body: recognise(parse(clinical_document("3", body=body, more=both)))
        for body in ("structuredBody", "nonXMLBody")
    }
    assert {body: kind and kind.id for body, kind in kinds.items()} == {
        "structuredBody": "ps-l3",
        "nonXMLBody": "ps-l1",
    }


def test_a_kind_of_older_waves_is_named_and_its_rules_said_not_to_exist(folder):
    checked = check(clinical_document("5", "56445-0"), folder, layers=OFFICIAL)
    assert checked.kind is not None
    assert checked.kind.id == "mro"
    assert "Medication Related Overview" in checked.layers_unavailable["schematron"]


def test_a_byte_order_mark_is_no_fault(folder):
    assert codes(b"\xef\xbb\xbf" + clinical_document(more=TITLE), folder) == []


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b"not xml", XmlNotWellFormed),
        (b"", XmlNotWellFormed),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', DoctypeForbidden),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>', DoctypeForbidden),
        (b"<a>" * 129 + b"</a>" * 129, XmlTooDeep),
    ],
)
def test_refuses_bytes_that_are_no_document(document, why, folder):
    with pytest.raises(why):
        check(document, folder)


def test_a_document_at_the_depth_limit_is_judged(folder):
    nested = "<section>" * 126 + "</section>" * 126
    assert codes(clinical_document(more=TITLE + nested), folder) == []


def test_refuses_a_layer_it_does_not_know(folder):
    with pytest.raises(ValueError, match="magic"):
        check(clinical_document(), folder, layers=("xsd", "magic"))


def test_layers_run_in_the_house_order_whatever_the_order_asked(folder):
    assert check(clinical_document(), folder, layers=("schematron", "xsd")).layers_run == ("xsd", "schematron")
    assert LAYERS == ("xsd", "schematron", "own")


def test_an_original_of_15_megabytes_is_looked_at_by_our_own_rules_as_a_small_one_is():
    small = sound_original()
    written = small[small.index(b">", small.index(b"<text")) + 1 : small.index(b"</text>")]
    large = small.replace(written, b64encode(b64decode(written) + b"%" + b"x" * 15_000_000 + b"\n%%EOF\n"))
    assert codes(small, None, ("own",)) == codes(large, None, ("own",)) == []
    assert "own-xml-1" not in {finding.code for finding in check_pair(sound_summary(), large).findings}
    with pytest.raises(XmlTooLarge):
        codes(large + b" " * 16_000_000, None, ("own",))


def test_a_document_is_parsed_once_whatever_the_layers(folder):
    check(clinical_document(), folder)  # what is compiled once for the process is compiled now
    for layers in (("own",), LAYERS):
        with counting(parse) as calls:
            checked = check(sound_summary(), folder, layers=layers)
        assert checked.layers_run == layers
        assert calls == {"parse": 1}
