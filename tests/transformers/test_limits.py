"""What the one gate for documents lets in (`trust.xml.DOCUMENT`) every room reads and the page shows."""

from collections.abc import Callable, Mapping
from dataclasses import fields

import pytest

from tests.support.documents.doubling import CONSTRUCTS
from tests.support.documents.in_place import RULES
from tests.support.documents.integrity import sound_summary
from tests.support.persons import samples
from transformers.cda.documents.patient_summary import read_patient_summary
from transformers.cda.rules.check import check_integrity
from transformers.display.errors import NotPrintable
from transformers.display.write_html import write_html
from transformers.display.write_pdf import write_pdf
from transformers.model.finding import Report, Severity
from transformers.terminology.check_codes import code_check
from transformers.terminology.transcode_document import transcode_document
from transformers.terminology.translate_document import translate_document
from trust.errors import XmlRefused
from trust.xml import DOCUMENT, SHOWN, parse

ROOMS: Mapping[str, Callable[[bytes], object]] = {
    "reader": read_patient_summary,
    "own rules": lambda content: _without_fatal(check_integrity(content, code_check(RULES, samples.release()))),
    "transcoder": lambda content: transcode_document(content, RULES, samples.release()),
    "translator": lambda content: translate_document(content, RULES, samples.release(), "nb"),
    "page": lambda content: write_html(content, release=samples.release(), language="nb"),
}


def _without_fatal(report: Report) -> Report:
    """Own rules report what they could not read."""
    assert all(finding.severity is not Severity.FATAL for finding in report.findings)
    return report


_ELEMENTS = len(list(parse(sound_summary(), DOCUMENT).iter()))


def _in_text(piece: bytes) -> bytes:
    return sound_summary().replace(b"<text>", b"<text>" + piece, 1)


def _deep(more: int) -> bytes:
    """As deep as may be, and so much more; the first text is six below the root."""
    levels = DOCUMENT.depth - 6 + more
    return _in_text(b"<content>" * levels + b"a" + b"</content>" * levels)


AT_THE_LIMIT: Mapping[str, Callable[[int], bytes]] = {
    "elements": lambda more: CONSTRUCTS["items"]((DOCUMENT.elements - _ELEMENTS) // 2 + more),
    "depth": _deep,
    "namespaces": lambda more: CONSTRUCTS["elements of nobody"](
        DOCUMENT.namespaces - sound_summary().count(b"xmlns") + more
    ),
    "bytes": lambda more: _in_text(
        b"<paragraph>" + b"a" * (DOCUMENT.bytes - len(sound_summary()) - 23 + more) + b"</paragraph>"
    ),
    "attributes of one element": lambda more: _in_text(
        b"<content %s>a</content>"
        % b" ".join(b'a%d=""' % number for number in range(DOCUMENT.attributes_of_one_element + more))
    ),
}
_LARGE = frozenset({"elements", "bytes"})


def _named(large: bool) -> list[str]:
    return [limit for limit in AT_THE_LIMIT if (limit in _LARGE) is large]


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("limit", _named(large=False))
def test_a_document_at_a_limit_passes_every_room(limit: str, room: str):
    assert ROOMS[room](AT_THE_LIMIT[limit](0)) is not None


@pytest.mark.prove
@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("limit", _named(large=True))
def test_a_large_document_at_a_limit_passes_every_room(limit: str, room: str):
    assert ROOMS[room](AT_THE_LIMIT[limit](0)) is not None


@pytest.mark.parametrize("limit", AT_THE_LIMIT)
def test_a_document_at_a_limit_passes_the_gate_and_one_beyond_it_does_not(limit: str):
    assert parse(AT_THE_LIMIT[limit](0), DOCUMENT).tag
    with pytest.raises(XmlRefused):
        parse(AT_THE_LIMIT[limit](1), DOCUMENT)


@pytest.mark.parametrize("limit", _named(large=False))
def test_paper_prints_a_document_at_a_limit_or_says_that_it_cannot(limit: str):
    """PDF/A-1b itself ends at arrays of 8,191 elements: the page is what shows everything."""
    try:
        made = write_pdf(AT_THE_LIMIT[limit](0), release=samples.release(), language="nb")
    except NotPrintable:
        assert limit == "namespaces"
    else:
        assert made.content.startswith(b"%PDF-")


def test_nothing_that_comes_in_is_too_large_to_be_shown():
    for one in fields(DOCUMENT):
        assert getattr(DOCUMENT, one.name) <= getattr(SHOWN, one.name), one.name
