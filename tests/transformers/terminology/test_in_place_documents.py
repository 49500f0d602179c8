"""Whole documents, official examples and our own: nothing lost, nothing invented, as valid as they were."""

import re
from collections import Counter

import pytest

from tests.support.documents.in_place import ICD10, ICD10_NO, catalogue, coded_paths, transcoded, translated
from tests.support.machine.generated import of_the_day
from tests.support.machine.require import artefacts
from tests.support.persons import samples
from transformers.cda.documents.patient_summary import write_patient_summary
from transformers.model.finding import Severity
from transformers.terminology.coded_elements import PREFIXES
from transformers.terminology.document_walk import Processed
from transformers.terminology.release import Release
from transformers.terminology.transcode import transcode_summary
from transformers.validation import check
from trust.xml import Element, canonical, parse

EXAMPLES = (
    "ed/PlRequest1.xml", "ed/PlRequest2.xml", "ep/openncp-1-1234-W8.xml", "orcd/11502-2-3-1234-W8.xml",
    "orcd/18748-4-3-1234-W8.xml", "orcd/34105-7-3-1234-W8.xml", "ps/openncp-2-5678-W8.xml",
    "ps/reference-test-data-W5-known-absence.xml", "ps/reference-test-data-W5.xml", "skeletons/ed_a.xml",
    "skeletons/ep_a.xml", "skeletons/ep_e_pack2.xml", "skeletons/ep_k5_bid_pivl.xml", "skeletons/l1_EP.xml",
    "skeletons/l1_HDR.xml", "skeletons/l1_LAB.xml", "skeletons/l1_MIR.xml", "skeletons/l1_PS.xml",
    "skeletons/ps_b_med2eff.xml", "skeletons/psf_full.xml",
)  # fmt: skip
UNTOUCHED = "//hl7:section/hl7:text | //hl7:languageCode | //hl7:id | //hl7:title"
ORIGINALS = "//hl7:originalText"


def example(name: str) -> bytes:
    return artefacts("cda-examples", *name.split("/")).read_bytes()


def ours(person: str) -> bytes:
    summary, _ = transcode_summary(samples.summary(person), samples.release())
    return write_patient_summary(summary).content


def test_every_official_example_is_tried_here():
    found = artefacts("cda-examples").rglob("*.xml")
    assert {file.relative_to(artefacts("cda-examples")).as_posix() for file in found} == set(EXAMPLES)


def assert_nothing_lost(before: bytes, done: Processed, release: Release) -> None:
    """Each code that XPath finds has one line; each line is mapped with its entry, a member, or kept and told."""
    assert len(done.elements) == len(coded_paths(before, done.kind)) == len(coded_paths(done.content, done.kind))
    assert len({line.path for line in done.elements}) == len(done.elements)
    assert sum(done.counts().values()) == len(done.elements)
    told = Counter(f.path for f in done.report.findings)
    for line in done.elements:
        assert line.release == release.id
        if line.status == "mapped":
            assert line.map_entry
        if line.status in ("kept-with-warning", "no-rule"):
            assert told[line.path] >= 1
    old, new = parse(before), parse(done.content)

    def found(root: Element, path: str) -> list[bytes]:
        return [canonical(element) for element in root.xpath(path, namespaces=PREFIXES)]

    assert found(old, UNTOUCHED) == found(new, UNTOUCHED)
    assert Counter(found(old, ORIGINALS)) - Counter(found(new, ORIGINALS)) == Counter()
    codings = {(e.get("code"), e.get("codeSystem")) for e in new.xpath("//*[@code]")}
    assert {(e.get("code"), e.get("codeSystem")) for e in old.xpath("//*[@code]")} <= codings
    displays = {e.get("displayName") for e in new.xpath("//*[@displayName]")} | {t.text for t in new.iter()}
    said = " ".join(f.text for f in done.report.findings)
    assert all(d in displays or f"“{d}”" in said for e in old.xpath("//*[@displayName]") if (d := e.get("displayName")))


@pytest.mark.parametrize("name", of_the_day("transcoded once", EXAMPLES, 8))
@pytest.mark.parametrize("whole", [True, False], ids=["catalogue", "starter"])
def test_an_official_example_loses_nothing_and_is_transcoded_once(name, whole):
    content, release = example(name), catalogue() if whole else samples.release()
    done = transcoded(content, release)
    assert_nothing_lost(content, done, release)
    assert transcoded(done.content, release).content is done.content


@pytest.mark.parametrize("name", of_the_day("translated once", EXAMPLES, 8))
def test_an_official_example_loses_nothing_when_it_is_translated(name):
    content, release = example(name), catalogue()
    done = translated(content, "nb", release)
    assert_nothing_lost(content, done, release)
    assert translated(done.content, "nb", release).content is done.content


@pytest.mark.parametrize("person", samples.persons())
def test_our_own_document_is_a_pivot_already_and_loses_nothing_in_translation(person):
    content, release = ours(person), samples.release()
    done = transcoded(content)
    assert done.content is content
    assert done.report.worst() in (None, Severity.INFO, Severity.WARNING)
    assert_nothing_lost(content, done, release)
    assert_nothing_lost(content, translated(content, "nn"), release)


def errors(content: bytes) -> Counter[tuple[str, str, str]]:
    checked = check(content, artefacts(), layers=("xsd", "schematron"))
    assert checked.layers_unavailable == {}
    return Counter(
        (f.code, f.path, re.sub(r"line \d+: ", "", f.text))
        for f in checked.report.findings
        if f.severity is Severity.ERROR
    )


@pytest.mark.parametrize("name", of_the_day("no new error", EXAMPLES, 5))
def test_a_step_makes_no_new_error_of_schema_or_schematron(name):
    content = example(name)
    pivot = transcoded(content, catalogue()).content
    read = translated(pivot, "nb", catalogue()).content
    before = errors(content)
    for after in {pivot, read} - {content}:
        assert errors(after) - before == Counter()


def test_a_national_code_in_a_valid_document_makes_a_valid_pivot():
    valid = example("skeletons/psf_full.xml")
    who, norwegian = (f'code="I10" codeSystem="{system}"'.encode() for system in (ICD10, ICD10_NO))
    friendly = valid.replace(who, norwegian)
    assert friendly != valid
    done = transcoded(friendly, catalogue())
    assert "rule:icd10-same" in {line.map_entry for line in done.elements}
    assert errors(done.content) == errors(valid)
