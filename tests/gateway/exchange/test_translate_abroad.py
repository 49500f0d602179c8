"""Country B shows a foreign document in the reader's words, or the pivot as it came: never half a translation."""

import pytest

from gateway.exchange.country_b.translate import translate_document_abroad
from gateway.messages import DocumentRequest
from gateway.peers.ports import DocumentAbroad
from tests.support.documents.in_place import ICD10, RULES, coded, problem
from tests.support.persons import samples
from transformers.model.finding import Severity

PIVOT = problem(coded("I10", ICD10, "Essential (primary) hypertension"))


def shown(content: bytes, language: str = "nb"):
    document = DocumentAbroad(DocumentRequest("1.2.3^D1", "urn:oid:1.2.3", "1.2.3"), content, "text/xml")
    return translate_document_abroad(document, RULES, samples.release(), language)


def test_the_translation_is_shown_and_the_pivot_stays_beside_it():
    read = shown(PIVOT)
    assert read.translated
    assert read.pivot is PIVOT
    assert "Essensiell (primær) hypertensjon".encode() in read.shown
    assert b"Essential (primary) hypertension" in read.shown


def test_english_is_the_pivot():
    read = shown(PIVOT, "en")
    assert (read.translated, read.shown) == (False, PIVOT)
    assert read.report.findings == []


@pytest.mark.parametrize(
    ("content", "language", "number"),
    [
        (b"<!DOCTYPE a><a/>", "nb", "4500"),
        (PIVOT[: len(PIVOT) // 2], "nb", "4500"),
        (b"<a/>", "nb", "4510"),
        (PIVOT, "mt", "2505"),
    ],
)
def test_on_any_failure_the_pivot_is_shown_unchanged_with_the_finding(content, language, number):
    read = shown(content, language)
    assert (read.pivot, read.shown, read.translated) == (content, content, False)
    (finding,) = read.report.findings
    assert (finding.severity, finding.code) == (Severity.WARNING, number)
