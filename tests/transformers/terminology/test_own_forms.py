"""Our own right documents, translated for a Norwegian reader, warn of nothing: each code of their form has words."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.documents.defects import coded_elements
from tests.support.persons.prescriptions import joined_prescriptions
from tests.support.persons.samples import persons, release, summary
from tests.support.pivots.rich_prescriptions import dispensation, dispensed, prescription
from transformers.cda.documents.dispensation import write_dispensation
from transformers.cda.documents.patient_summary import write_patient_summary
from transformers.cda.documents.prescription import write_prescription
from transformers.model.finding import Finding, Severity
from transformers.terminology.transcode import transcode_prescription, transcode_summary
from transformers.terminology.translate_document import translate_document

LANGUAGES = ("nb", "nn", "en")
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
PRESCRIBED = ("metoprolol", "apixaban", "salbutamol", "prednisolone")


def _warnings(content: bytes) -> list[Finding]:
    return [
        finding
        for language in LANGUAGES
        for finding in translate_document(content, coded_elements(), release(), language).report.findings
        if finding.severity is not Severity.INFO
    ]


@pytest.mark.parametrize("person", persons())
def test_a_summary_of_ours_translated_warns_of_no_code(person):
    written = write_patient_summary(transcode_summary(summary(person), release(), frozenset())[0])
    assert _warnings(written.content) == []


@pytest.mark.parametrize("key", PRESCRIBED)
def test_a_prescription_of_ours_translated_warns_of_no_code(key):
    pivot = prescription(joined_prescriptions("rich")[key][0].item, created=NOW)
    ours = replace(pivot, author=pivot.item.prescriber or pivot.author)
    assert _warnings(write_prescription(transcode_prescription(ours, release())[0]).content) == []


def test_a_dispensation_of_ours_translated_warns_of_no_code_of_its_form():
    told = _warnings(write_dispensation(dispensation(dispensed())).content)
    assert [(f.path, f.original) for f in told if "product" not in f.path.lower()] == []


def test_a_code_without_words_warns_all_the_same():
    written = write_patient_summary(transcode_summary(summary("rich"), release(), frozenset())[0]).content
    other = written.replace(b'code="404684003"', b'code="OTHERCODE"')
    assert other != written
    assert {finding.code for finding in _warnings(other)} == {"2504"}
