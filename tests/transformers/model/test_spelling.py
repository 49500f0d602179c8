"""One spelling: blanks of XML and no other, digits of ASCII and no other, OIDs however a sender writes them."""

import sys
from decimal import Decimal

import pytest

from transformers.model.spelling import decimal, object_id, trimmed, truth

OID = "2.16.840.1.113883.6.96"
UUID = "3F2504E0-4F89-11D3-9A0C-0305E82C3301"


@pytest.mark.parametrize("written", [OID, f" {OID}", f"{OID}\r\n", f"\turn:oid:{OID} ", f"URN:OID:{OID}"])
def test_an_oid_is_one_however_it_is_written(written: str):
    assert object_id(written) == OID


@pytest.mark.parametrize("written", [UUID, UUID.lower(), f"urn:uuid:{UUID.lower()}", f" {UUID} "])
def test_a_uuid_is_one_however_it_is_written(written: str):
    assert object_id(written) == UUID


def test_what_is_no_identifier_of_an_object_stays():
    others = ["", "X", "urn:oid", "http://a/b", f"urn:o\u0131d:{OID}", f"urn:o\u0130d:{OID}", f"urn:oid{OID}"]
    assert [object_id(text) for text in others] == others


def test_no_blank_but_those_of_xml_is_trimmed():
    assert trimmed(" \t\r\nJ01 CE02\n ") == "J01 CE02"
    others = [c for c in map(chr, range(sys.maxunicode + 1)) if c.isspace() and c not in " \t\r\n"]
    assert len(others) > 15
    for blank in others:
        assert trimmed(f"{blank}J01CE02{blank}") == f"{blank}J01CE02{blank}"


@pytest.mark.parametrize(("written", "number"), [("1", "1"), (" 0.5 ", "0.5"), ("-2e3", "-2e3"), (".5", ".5")])
def test_a_number_has_a_decimal_point(written: str, number: str):
    assert decimal(written) == Decimal(number)


@pytest.mark.parametrize(
    "written", ["", "1,5", "1 000", "1e9999", "0x1", "NaN", "Infinity", "1_000", "ca. 2", "1\u00a0"]
)
def test_what_is_written_otherwise_is_no_number(written: str):
    assert decimal(written) is None


@pytest.mark.parametrize("longest", ["9" * 64, "0." + "3" * 62, "-" + "1" * 59 + "e999"])
def test_a_number_of_more_characters_than_any_amount_has_is_no_number(longest: str):
    assert decimal(longest) == Decimal(longest)
    assert {decimal(longest + " 1"), decimal("-" + longest), decimal("1" * 65), decimal("1" * 10_000)} == {None}


def test_digits_of_other_scripts_are_no_number():
    others = [c for c in map(chr, range(sys.maxunicode + 1)) if c.isdigit() and not c.isascii()]
    assert len(others) > 600
    assert {decimal(digit) for digit in others} == {None}


def test_the_other_words_of_xml_schema_for_true_and_false_are_read():
    assert [truth(text) for text in ("1", "0", " true ", "false", "ja")] == ["true", "false", "true", "false", "ja"]
