"""Reading elements of one namespace: absent, blank and repeated are told apart, and named when they are refused."""

import pytest
from lxml import etree

from gateway.errors import AnswerMalformed, RequestMalformed
from gateway.wire.elements import in_answer, in_request

NAMESPACE = "urn:x"
READER = in_request(NAMESPACE)


def parent(inside: str) -> etree._Element:
    return etree.fromstring(f'<p xmlns="{NAMESPACE}">{inside}</p>')


@pytest.mark.parametrize("inside", ["", "<a/>", "<a> \t\n</a>", '<a xmlns="urn:y">1</a>'])
def test_what_is_absent_or_blank_is_no_text(inside: str):
    assert READER.maybe_text(parent(inside), "a") is None
    with pytest.raises(RequestMalformed) as refused:
        READER.text(parent(inside), "a")
    assert refused.value.field == "a"


def test_a_text_is_trimmed_of_xmls_blanks_alone():
    for read in (READER.maybe_text, READER.text):
        assert read(parent("<a> 1\u00a0 </a>"), "a") == "1\u00a0"


def test_what_is_repeated_is_refused_and_not_chosen_from():
    for read in (READER.maybe, READER.one, READER.text, READER.maybe_text):
        with pytest.raises(RequestMalformed):
            read(parent("<a>1</a><a>1</a>"), "a")
        assert read(parent("<a>1</a>"), "a") is not None


@pytest.mark.parametrize("attribute", ["", 'b=""', 'b=" "'])
def test_an_attribute_that_is_absent_or_blank_is_refused_by_its_place(attribute: str):
    with pytest.raises(AnswerMalformed) as refused:
        in_answer(NAMESPACE).attribute(parent(f"<a {attribute}/>")[0], "b", "p/a")
    assert refused.value.field == "p/a/@b"
    assert READER.attribute(parent('<a b=" 1 "/>')[0], "b", "p/a") == "1"
