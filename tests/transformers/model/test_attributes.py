"""One code, several spellings: pivot, page, transcoded and translated document are those of the one spelling."""

from collections.abc import Callable

import pytest
from lxml import etree

from tests.support.documents.foreign import document as foreign
from tests.support.documents.foreign import problem, section
from tests.support.documents.in_place import transcoded, translated
from tests.support.documents.medicines import DISPENSED, PRESCRIBED
from tests.support.documents.pages import show
from tests.support.pivots.summaries import summary
from transformers.cda.documents.dispensation import read_dispensation
from transformers.cda.documents.patient_summary import read_patient_summary, write_patient_summary
from transformers.cda.documents.prescription import read_prescription
from transformers.cda.rules.check import check_integrity
from transformers.model.attributes import EARLIER_SYSTEMS, canonical
from transformers.model.finding import Severity
from trust.xml import parse

SUMMARY = write_patient_summary(summary()).content
READERS: list[tuple[bytes, Callable[[bytes], object]]] = [
    (SUMMARY, read_patient_summary),
    (PRESCRIBED, read_prescription),
    (DISPENSED, read_dispensation),
]
SPELLINGS: dict[str, dict[str, str]] = {
    "urn": {"codeSystem": "urn:oid:{}", "root": "urn:oid:{}"},
    "upper-case urn": {"codeSystem": "URN:OID:{}", "root": "URN:OID:{}"},
    "blanks": dict.fromkeys(("codeSystem", "root", "code", "unit", "value", "moodCode", "negationInd"), " {}\n"),
    "blanks and urn": {"codeSystem": "\turn:oid:{} ", "root": " urn:oid:{}\r", "code": "{} "},
}


def respelled(content: bytes, spelling: dict[str, str]) -> bytes:
    root = parse(content)
    for element in root.iter():
        for name, written in spelling.items():
            value = element.get(name)
            if value is not None and (name != "root" or value[1:2] == ".") and "#" not in value:
                element.set(name, written.format(value))
    return etree.tostring(root)


def plain(content: bytes) -> bytes:
    return etree.tostring(parse(content), method="c14n")


@pytest.mark.parametrize("name", SPELLINGS)
@pytest.mark.parametrize(("content", "read"), READERS, ids=["summary", "prescription", "dispensation"])
def test_each_code_is_the_same_in_each_spelling(content: bytes, read: Callable[[bytes], object], name: str):
    again = respelled(content, SPELLINGS[name])
    assert plain(again) != plain(content)
    once, twice = (read(each) for each in (content, again))
    assert once == twice
    assert show(content).html == show(again).html
    assert plain(transcoded(content).content) == plain(transcoded(again).content)
    assert plain(translated(content).content) == plain(translated(again).content)


@pytest.mark.parametrize("blank", ["\u00a0", "\u2003", "\u0085", "\u3000"])
@pytest.mark.parametrize("name", ["code", "codeSystem", "extension"])
def test_any_other_blank_makes_another_value(blank: str, name: str):
    root = parse(f'<v {name}="X1{blank}"/>'.encode())
    assert canonical(root.iter()) == []
    assert root.get(name) == f"X1{blank}"


def test_a_code_with_another_blank_is_not_the_code():
    value = '<value xsi:type="CD" code="{}" codeSystem="1.3.6.1.4.1.12559.11.10.1.3.1.44.2" displayName="x"/>'
    pages = [
        show(foreign(section("problems", problem(value.format(code)))), "nb").html.decode()
        for code in ("I10", " I10 ", "I10\u00a0")
    ]
    assert ["Essensiell (primær) hypertensjon" in page for page in pages] == [True, True, False]


def test_words_are_never_respelled():
    root = parse(b'<v displayName=" a " codeSystemName=" b ">  c </v>')
    assert canonical(root.iter()) == []
    assert (root.get("displayName"), root.get("codeSystemName"), root.text) == (" a ", " b ", "  c ")


@pytest.mark.parametrize(("written", "read"), [("1", "true"), ("0", "false"), (" true ", "true")])
def test_a_negation_is_one_whatever_word_xml_schema_has_for_it(written: str, read: str):
    root = parse(f'<v negationInd="{written}" code="1"/>'.encode())
    assert canonical(root.iter()) == [root]
    assert (root.get("negationInd"), root.get("code")) == (read, "1")


def test_an_identifier_in_another_spelling_is_a_warning_and_no_error():
    found = check_integrity(SUMMARY.replace(b'<id root="', b'<id root="urn:oid:', 1)).findings
    assert [(f.rule, f.severity) for f in found] == [("own-id-1", Severity.WARNING)]
    assert not check_integrity(SUMMARY).findings


@pytest.mark.parametrize(("content", "read"), READERS, ids=["summary", "prescription", "dispensation"])
def test_a_code_of_edqm_is_one_under_the_oid_of_earlier_waves(content: bytes, read: Callable[[bytes], object]):
    earlier = content.replace(b"0.4.0.127.0.16.1.1.2.1", b"1.3.6.1.4.1.12559.11.10.1.3.1.44.1")
    assert earlier != content
    assert read(earlier) == read(content)
    assert show(earlier, "nb").html == show(content, "nb").html
    assert plain(translated(earlier).content) == plain(translated(content).content)
    assert [f.rule for f in check_integrity(earlier).findings] == [f.rule for f in check_integrity(content).findings]


def test_no_other_code_system_is_renamed():
    assert {new for old, new in EARLIER_SYSTEMS.items() if old == new} == set()
    root = parse(b'<v codeSystem="1.3.6.1.4.1.12559.11.10.1.3.1.44.2" root="1.3.6.1.4.1.12559.11.10.1.3.1.44.1"/>')
    assert canonical(root.iter()) == []


@pytest.mark.parametrize("blank", ["\u00a0", "\u2003", "\u0085"])
def test_a_status_with_another_blank_is_not_the_status(blank: str):
    active = b'<statusCode code="active"/>'
    assert active in PRESCRIBED
    other = PRESCRIBED.replace(active, f'<statusCode code="active{blank}"/>'.encode(), 1)
    spaced = PRESCRIBED.replace(active, b'<statusCode code=" active\n"/>', 1)
    assert read_prescription(spaced) == read_prescription(PRESCRIBED)
    assert Severity.ERROR in {f.severity for f in read_prescription(other)[1].findings}


@pytest.mark.parametrize(
    ("rule", "attribute"),
    [
        ("own-header-3", b'<birthTime value="'),
        ("own-supply-1", b"<quantity value="),
        ("own-dose-1", b"<doseQuantity><low value="),
    ],
)
def test_own_rules_take_no_digit_of_another_script(rule: str, attribute: bytes):
    start = PRESCRIBED.index(attribute) + len(attribute.rstrip(b'"')) + 1
    end = PRESCRIBED.index(b'"', start)
    digits = PRESCRIBED[start:end].decode()
    other = digits.translate({ord(d): ord(d) - ord("0") + ord("０") for d in "0123456789"}).encode()
    assert other != digits.encode()
    assert rule in {f.rule for f in check_integrity(PRESCRIBED[:start] + other + PRESCRIBED[end:]).findings}
    assert rule not in {f.rule for f in check_integrity(PRESCRIBED).findings}
