"""A finding is read by people: it names no class of the program."""

import re

import pytest

from tests.support.documents.integrity import sound_summary
from tests.support.pivots.summaries import summary
from transformers.cda.documents.written import unwritten
from transformers.cda.errors import CdaError
from transformers.cda.rules.check import check_integrity
from transformers.display.errors import NotPrintable
from transformers.display.original import make_original
from transformers.model.finding import reason_in_words
from trust.errors import XmlRefused

CAMEL = re.compile(r"[a-z][A-Z]")
LEAVES = [*CdaError.__subclasses__(), *XmlRefused.__subclasses__(), NotPrintable]


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: kind.__name__)
def test_every_error_of_a_tree_is_named_in_words(kind: type[Exception]):
    words = reason_in_words(kind.__new__(kind))
    assert not CAMEL.search(words)
    assert words.replace(" ", "") == kind.__name__.lower()


def test_what_cannot_be_written_says_why_and_where_in_the_pivot():
    kind = next(one for one in CdaError.__subclasses__() if one.__name__ == "RequiredMissing")
    finding = unwritten("summary", kind("patient.name"))
    assert (finding.path, finding.text) == ("patient.name", "The summary cannot be written: required missing.")


def test_no_report_of_an_original_that_cannot_be_made_names_a_class(monkeypatch: pytest.MonkeyPatch):
    def refused(_summary: object) -> None:
        raise NotPrintable

    assert make_original(summary(), summary(), 8).content
    monkeypatch.setattr("transformers.display.original.patient_summary_pdf", refused)
    (finding,) = make_original(summary(), summary(), 8).report.findings
    assert finding.text == "The original cannot be printed: not printable."


@pytest.mark.parametrize("content", [b"", b"<a>", b"<!DOCTYPE a><a/>"])
def test_no_report_of_bytes_that_are_no_document_names_a_class(content: bytes):
    texts = [finding.text for finding in check_integrity(content).findings if finding.rule == "own-xml-1"]
    assert len(texts) == 1
    assert texts[0].startswith("The bytes are no XML document we read: ")
    assert not CAMEL.search(texts[0])
    assert check_integrity(sound_summary()).findings == []
