"""What is kept from Saxon, and what Saxon is kept from."""

import threading

import pytest

from tests.support.documents.schematrons import compiled, findings, texts
from transformers.model.finding import Severity
from transformers.validation.schematron import SchematronFailed
from transformers.validation.schematron.engine import SchematronFailed as Failed
from trust.errors import DoctypeForbidden
from trust.xml import XmlLimits, parse

SAYS_B = '<pattern><rule context="a[not(a)]"><assert test="b">no b</assert></rule></pattern>'
CASTS = (
    '<pattern id="p"><rule context="a"><assert test="@x">no x</assert>'
    '<assert test="xs:integer(@x) = 1">not one</assert><assert test="@y">no y</assert></rule></pattern>'
)


def test_a_rule_that_cannot_be_evaluated_is_an_error_and_the_others_still_count():
    found = findings(compiled(CASTS), '<a x="one"/>')
    assert [(f.code, f.severity) for f in found] == [
        ("schematron-failed", Severity.ERROR),
        ("schematron", Severity.ERROR),
    ]
    assert "FORG0001" in found[0].text
    assert found[0].path == "/a[1]"


LETS = (
    '<pattern id="p"><rule context="a"><let name="n" value="xs:integer(@x)"/><assert test="$n = 1">not one</assert>'
    '<assert test="@y">no y</assert></rule></pattern>'
)
SHARED = (
    '<pattern><rule abstract="true" id="A"><assert test="$n = 1">A: not one</assert></rule></pattern>'
    '<pattern id="p"><rule context="a"><let name="n" value="xs:integer(@x)"/><extends rule="A"/>'
    '<assert test="@y">no y</assert></rule></pattern>'
)
GLOBAL = (
    '<let name="n" value="xs:integer(/a/@x)"/><pattern id="p"><rule context="a"><assert test="$n = 1">not one</assert>'
    '<assert test="@y">no y</assert></rule></pattern>'
)


@pytest.mark.parametrize("schema", [LETS, SHARED])
def test_a_variable_that_cannot_be_evaluated_fails_only_the_rules_that_use_it(schema):
    rules = compiled(schema)
    assert [f.code for f in findings(rules, '<a x="one"/>')] == ["schematron-failed", "schematron"]
    assert [f.code for f in findings(rules, '<a x="one" y="1"/>')] == ["schematron-failed"]
    assert texts(rules, '<a x="1" y="1"/>') == []


def test_a_variable_of_the_whole_schema_that_cannot_be_evaluated_fails_the_run_and_not_the_rules():
    rules = compiled(GLOBAL)
    with pytest.raises(SchematronFailed):
        findings(rules, '<a x="one"/>')
    assert texts(rules, '<a x="1"/>') == ["no y"]


def test_after_a_failure_the_same_rules_work_again():
    rules = compiled(CASTS)
    findings(rules, '<a x="one"/>')
    assert texts(rules, '<a x="2"/>') == ["not one", "no y"]


def test_nothing_is_printed_when_rules_fail_on_a_document(capfd):
    findings(compiled(CASTS), '<a x="one-thing-not-to-be-logged"/>')
    assert capfd.readouterr() == ("", "")


def test_standard_error_speaks_again_after_a_run(capfd):
    import os

    findings(compiled(SAYS_B), "<a/>")
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"


def test_a_failure_keeps_the_code_and_drops_the_words():
    error = Failed(ValueError("FORG0001 cannot convert 'Kari Nordmann'"))
    assert (error.code, str(error)) == ("FORG0001", "FORG0001")
    assert Failed(ValueError("Kari Nordmann")).code == "unknown"
    assert SchematronFailed is Failed


@pytest.mark.parametrize("depth", [100, 101, 128])
def test_a_document_deeper_than_the_java_parsers_limit_is_judged(depth):
    assert texts(compiled(SAYS_B), "<a>" * depth + "</a>" * depth) == ["no b"]


def test_a_byte_order_mark_does_not_reach_saxon():
    assert texts(compiled(SAYS_B), b"\xef\xbb\xbf<a/>") == ["no b"]


def test_a_document_type_is_refused_before_saxon_could_follow_it():
    with pytest.raises(DoctypeForbidden):
        findings(compiled(SAYS_B), '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>')


def test_a_text_of_eleven_megabytes_is_judged():
    rules = compiled('<pattern><rule context="a"><assert test="string-length(.) = 1">long</assert></rule></pattern>')
    document = parse(b"<a>" + b"QUJD" * 2_800_000 + b"</a>", XmlLimits(huge_text=True))
    assert [f.text for f in rules.run(document)] == ["long"]


def test_threads_take_turns():
    rules = compiled(SAYS_B)
    found: list[list[str]] = []
    threads = [threading.Thread(target=lambda: found.append(texts(rules, "<r><a/><a/></r>"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["no b", "no b"]] * 8
