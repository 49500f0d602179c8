"""A document of level 1: valid by the official rules and ours, the same header as its pair, a PDF that is one."""

import re
from base64 import b64decode
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from lxml import etree

from tests.support.documents.elements import NS
from tests.support.machine.generated import pivots
from tests.support.machine.require import artefacts
from tests.support.pivots.prescriptions import item, prescription, product, unmapped_role
from tests.support.pivots.summaries import professional, summary
from tests.support.pivots.summary_strategies import SUMMARIES
from transformers.cda.documents.level_one import original_of, write_level_one
from transformers.cda.documents.patient_summary import write_patient_summary
from transformers.cda.errors import (
    CodeMissing,
    KindNotWritten,
    OriginalInvalid,
    ParentIsItself,
    RequiredMissing,
    WaveUnknown,
)
from transformers.cda.kinds import recognise
from transformers.display.sheet_original import patient_summary_pdf, prescription_pdf
from transformers.model.finding import Severity
from transformers.model.people import Device
from transformers.model.prescription import OriginalDocument
from transformers.model.values import Coding, Moment
from transformers.validation import check
from trust.xml import parse


@cache
def originals() -> dict[str, OriginalDocument]:
    return {
        "ps-l1": original_of(summary(), patient_summary_pdf(summary()).content),
        "ep-l1": original_of(prescription(), prescription_pdf(prescription()).content),
    }


def original(kind: str = "ps-l1", **changes: object) -> OriginalDocument:
    return replace(originals()[kind], **changes)  # type: ignore[arg-type] - tests change one field by name


def written(kind: str = "ps-l1", **changes: object) -> etree._Element:
    return parse(write_level_one(original(kind, **changes)).content)


def values(root: etree._Element, path: str) -> list[str]:
    return [str(value) for value in root.xpath(path, namespaces=NS)]


def plain(element: etree._Element) -> tuple[object, ...]:
    """Name, attributes, text and children."""
    return (element.tag, dict(element.attrib), (element.text or "").strip(), [plain(child) for child in element])


SHARED = (
    *("title", "effectiveTime", "confidentialityCode", "languageCode", "recordTarget", "author", "custodian"),
    *("legalAuthenticator", "participant", "documentationOf", "code", "relatedDocument"),
)
KINDS = ("ps-l1", "ep-l1")


@pytest.mark.parametrize("kind", KINDS)
def test_the_official_rules_and_ours_have_nothing_to_say(kind: str):
    checked = check(write_level_one(original(kind)).content, artefacts())
    assert checked.layers_run == ("xsd", "schematron", "own")
    assert checked.report.findings == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_with_an_error_is_found_here(kind: str):
    content = write_level_one(original(kind)).content
    spoiled = re.sub(rb"<relatedDocument.*?</relatedDocument>", b"", content, flags=re.DOTALL)
    assert check(spoiled, artefacts()).report.findings != []


def test_a_summary_whose_author_is_a_person_is_valid_too():
    changed = original(author=replace(professional(), role=None), confidentiality=Coding("R", "2.16.840.1.113883.5.25"))
    assert check(write_level_one(changed).content, artefacts()).report.findings == []


@pytest.mark.parametrize("kind", KINDS)
def test_is_recognised_as_what_it_is(kind: str):
    found = recognise(written(kind))
    assert found is not None
    assert found.id == kind


@pytest.mark.parametrize("kind", KINDS)
def test_the_body_is_the_pdf_in_base64_without_whitespace(kind: str):
    (body,) = values(written(kind), "//h:nonXMLBody/h:text/text()")
    assert not re.search(r"\s", body)
    assert b64decode(body, validate=True) == original(kind).content


def test_the_header_is_the_pairs_save_id_code_and_template():
    pair = parse(write_patient_summary(summary()).content)
    mine = written()
    for name in SHARED:
        both = [[plain(e) for e in root.findall(f"h:{name}", NS)] for root in (mine, pair)]
        assert both[0] == both[1] != [], name


def test_the_two_are_paired_by_one_parent_and_each_has_its_own_id():
    pair, mine = parse(write_patient_summary(summary()).content), written()
    parent = "h:relatedDocument[@typeCode='XFRM']/h:parentDocument/h:id/@extension"
    assert values(mine, parent) == values(pair, parent) == ["SRC-0001"]
    assert values(mine, "h:id/@extension") != values(pair, "h:id/@extension")
    assert original().related == (summary().id,)


def test_the_same_original_gives_the_same_bytes():
    assert write_level_one(original()).content == write_level_one(original()).content
    assert original_of(summary(), b"%PDF-1").id == original().id
    assert original_of(summary(id=summary().parent), b"%PDF-1").id != original().id


def test_the_prescriber_is_the_author_with_the_function_in_english():
    author = "h:author/h:functionCode"
    assert values(written("ep-l1"), f"{author}/@displayName") == ["Generalist medical practitioners"]
    assert values(written("ep-l1"), f"{author}/h:translation/@displayName") == ["Lege"]
    assert values(written("ep-l1"), "//h:participant") == []


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"author": replace(professional(), role=None)}, "author.role"),
        ({"author": replace(professional(), role=unmapped_role())}, "author.role"),
        ({"author": Device("ncpeh")}, "author.role"),
        ({"author": professional(name=None), "parent": None}, "parent"),
        ({"legal_authenticator": None}, "legal_authenticator"),
        ({"author": replace(professional(), name=None)}, "author.name.family"),
        ({"patient": replace(summary().patient, identifiers=())}, "patient.identifiers"),
        ({"created": summary().created.replace(tzinfo=None)}, "created"),
    ],
)
def test_refuses_a_prescription_whose_header_lacks_what_the_type_demands(changes: dict[str, object], path: str):
    kind = CodeMissing if path == "author.role" else RequiredMissing
    with pytest.raises(kind) as refused:
        write_level_one(original("ep-l1", **changes))
    assert refused.value.path == path


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"content": b""}, "content"),
        ({"content": b"<html/>"}, "content"),
        ({"content": b"%PDF-1.4" + b"x" * 15 * 1024 * 1024}, "content"),
        ({"media_type": "image/png"}, "media_type"),
    ],
)
def test_refuses_a_body_that_is_no_pdf(changes: dict[str, object], path: str):
    with pytest.raises(OriginalInvalid) as refused:
        write_level_one(original(**changes))
    assert refused.value.path == path


def test_refuses_another_kind_another_wave_and_itself_as_parent():
    with pytest.raises(KindNotWritten):
        write_level_one(replace(original(), kind="orcd-lab"))
    with pytest.raises(WaveUnknown):
        write_level_one(original(), wave=1)
    with pytest.raises(ParentIsItself):
        write_level_one(original(parent=original().id))


def test_what_the_summary_documents_was_last_updated_when_its_pair_says():
    assert values(written(), "h:documentationOf//h:high/@value") == ["20260105"]
    assert values(written(last_updated=None), "h:documentationOf//h:high/@value") == [
        Moment.at(summary().created).hl7()
    ]


@pivots(40)
@given(SUMMARIES)
def test_the_original_of_any_pivot_is_printed_and_valid(pivot):
    printed = patient_summary_pdf(pivot)
    found = check(write_level_one(original_of(pivot, printed.content)).content, artefacts()).report.findings
    grave = {f.rule for f in found if f.severity in (Severity.ERROR, Severity.FATAL)}
    assert grave == set()
    assert patient_summary_pdf(pivot).content == printed.content


@pytest.mark.parametrize("level", ["package", "brand", "substance", "compounded", "unknown"])
def test_the_original_of_a_prescription_of_any_level_is_valid(level: str):
    pivot = prescription(
        item(product=product(level=level, name="Левотироксин Ωμέγα Čáppa", packages=(), ingredients=()))
    )
    printed = prescription_pdf(pivot)
    assert printed.report.findings == []
    found = check(write_level_one(original_of(pivot, printed.content)).content, artefacts())
    assert found.report.findings == []
