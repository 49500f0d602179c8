"""JSON as FHIR needs it: digits stay, what readers could understand differently is refused."""

from decimal import Decimal

import pytest

from transformers.fhir.json_text import JsonUnreadable, read_json, write_json


def test_a_decimal_keeps_its_digits():
    content = b'{"value":72.50,"small":1E-7,"text":"\xc3\xb8","list":[true,null,1]}'
    read = read_json(content)
    assert read == {"value": Decimal("72.50"), "small": Decimal("1E-7"), "text": "ø", "list": [True, None, 1]}
    assert write_json(read) == content


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"\xff\xfe{}", b'{"a":1,"a":2}', b'{"a":NaN}', b"[" * 100_000, b'{"a":' * 100_000, b"9" * 5000,
        b'{"a":"\x00"}', b"{}{}",
    ],
    ids=["empty", "cut", "utf-16", "twice", "nan", "deep-list", "deep-object", "long-number", "null-byte", "two"],
)  # fmt: skip
def test_refuses_what_is_no_json_or_could_be_read_two_ways(content: bytes):
    with pytest.raises(JsonUnreadable):
        read_json(content)


def test_reads_json_with_a_byte_order_mark_and_of_some_depth():
    assert read_json(b"\xef\xbb\xbf{}") == {}
    assert read_json(b"[" * 100 + b"]" * 100) is not None
