"""Forms of bytes that XML allows a document: each is read by every room, and refused in a protocol message."""

from collections.abc import Callable
from hashlib import sha256

import pytest

from gateway.wire.soap import read_envelope
from tests.support.documents.in_place import RULES
from tests.support.documents.integrity import sound_summary
from tests.support.nodes.wire import SOAP, enveloped
from tests.support.persons import samples
from transformers.cda.documents.patient_summary import read_patient_summary
from transformers.cda.rules.check import check_integrity
from transformers.display.write_html import write_html
from transformers.model.finding import Severity
from transformers.terminology.transcode_document import transcode_document
from transformers.terminology.translate_document import translate_document
from transformers.validation.check import check
from trust.errors import DoctypeForbidden, ProcessingInstructionForbidden, XmlEncodingForbidden, XmlRefused
from trust.xml import DOCUMENT, parse

_SHEET = '<?xml-stylesheet type="text/xsl" href="show.xsl"?>'
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


_UTF_16 = '<?xml version="1.0" encoding="UTF-16"?>'
_FORMS: dict[str, Callable[[str], bytes]] = {
    "style sheet before the root": lambda body: f"{_DECLARATION}{_SHEET}{body}".encode(),
    "style sheet without a declaration": lambda body: f"{_SHEET}{body}".encode(),
    "instruction after the root": lambda body: f"{_DECLARATION}{body}<?done?>".encode(),
    "instruction inside": lambda body: f"{_DECLARATION}{body}".replace("<title>", "<?mark?><title>", 1).encode(),
    "byte order mark": lambda body: f"\ufeff{_DECLARATION}{body}".encode(),
    "line break before the declaration": lambda body: f"\r\n \t{_DECLARATION}{body}".encode(),
    "mark and line break": lambda body: f"\ufeff\n{_DECLARATION}{body}".encode(),
    "UTF-16, declared": lambda body: f"{_UTF_16}{body}".encode("utf-16"),
    "UTF-16, big end first": lambda body: b"\xfe\xff" + f"{_UTF_16}{body}".encode("utf-16-be"),
    "UTF-16 without a declaration": lambda body: body.encode("utf-16"),
    "UTF-16 without a mark": lambda body: f"{_UTF_16}{body}".encode("utf-16-le"),
}
"""XML 1.0: 2.6 (instructions), 2.8 (prologue), 4.3.3 (every processor reads UTF-8 and UTF-16)."""
_INSTRUCTED = ("style sheet", "instruction")


def _in_form(form: str) -> bytes:
    return _FORMS[form](sound_summary().decode().removeprefix(_DECLARATION))


@pytest.mark.parametrize("form", _FORMS)
def test_a_document_is_read_in_every_form_that_xml_allows(form: str):
    content, plain = _in_form(form), read_patient_summary(sound_summary())
    read = read_patient_summary(content)
    assert read.summary == plain.summary
    told = [f for f in read.report.findings if f not in plain.report.findings]
    assert [(f.severity, f.code) for f in told] == [(Severity.INFO, "instruction-ignored")] * form.startswith(
        _INSTRUCTED
    )


@pytest.mark.parametrize("form", _FORMS)
def test_every_room_reads_the_form_that_the_reader_reads(form: str):
    content = _in_form(form)
    instructed = form.startswith(_INSTRUCTED)
    made = transcode_document(content, RULES, samples.release())
    shown = write_html(content, release=samples.release(), language="nb")
    assert shown.html == write_html(sound_summary(), release=samples.release(), language="nb").html
    for report in (
        made.report,
        translate_document(content, RULES, samples.release(), "nb").report,
        shown.report,
        check(content, None, layers=()).report,
    ):
        assert [f.code for f in report.findings].count("instruction-ignored") == instructed
    assert [f.rule for f in check_integrity(content).findings if f.rule == "own-xml-1"] == []


def test_what_is_not_changed_leaves_as_the_bytes_that_came():
    content = _in_form("style sheet before the root")
    english = translate_document(content, RULES, samples.release(), "en")
    assert sha256(english.content).digest() == sha256(content).digest()


@pytest.mark.parametrize("form", [form for form in _FORMS if form.startswith(("style", "instruction", "UTF-16"))])
def test_a_protocol_message_stays_strict(form: str):
    with pytest.raises((ProcessingInstructionForbidden, XmlEncodingForbidden)):
        parse(_in_form(form))


def test_a_style_sheet_before_an_envelope_is_refused():
    message = enveloped("<a/>")
    assert read_envelope(SOAP, message).body.tag == "a"
    with pytest.raises(ProcessingInstructionForbidden):
        read_envelope(SOAP, _SHEET.encode() + message)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"<!DOCTYPE a><a/>", DoctypeForbidden),
        ('<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'.encode("utf-16"), DoctypeForbidden),
        ('<?xml version="1.0" encoding="UTF-8"?><a/>'.encode("utf-16"), XmlEncodingForbidden),
        (b'<?xml version="1.0" encoding="UTF-16"?><a/>', XmlEncodingForbidden),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><a/>', XmlEncodingForbidden),
        ("<a>\0</a>".encode("utf-16"), XmlEncodingForbidden),
        (b"\xff\xfe<\0a\0/", XmlEncodingForbidden),
        ("<a/>".encode("utf-32"), XmlRefused),
    ],
)
def test_a_document_that_is_not_what_it_says_is_refused(content: bytes, refusal: type[XmlRefused]):
    with pytest.raises(refusal):
        parse(content, DOCUMENT)
    assert parse("<a/>".encode("utf-16"), DOCUMENT).tag == "a"
