"""Questions to value-set files become look-ups that answer the same; a file that is not there ends nothing."""

import pytest

from tests.support.documents.schematrons import ValueSetTable, compiled, texts
from transformers.validation.schematron import Compiled, SchematronUnsupported, SchematronValueSet, read_schema
from transformers.validation.schematron.valuesets import read_value_set
from trust.xml import parse

COLOURS = SchematronValueSet(
    concepts=(("red", "1.2"), ("green", "1.2"), ("ab", "9")), exceptions=("UNK",), complete=("3.4",)
)
UNITS = SchematronValueSet(messages={"mg": "OK", "Mg": "did you mean mg?"})
FILE = "doc('include/voc-1.2.3-DYNAMIC.xml')"
PAIRS = "concat(@code, @codeSystem)"
LETS = '<let name="theCode" value="@code"/><let name="theCodeSystem" value="@codeSystem"/>'
BOTH = "conceptList/concept[@code = $theCode][@codeSystem = $theCodeSystem]"


def answer(test: str, element: str) -> bool:
    """Does the test hold at the element?"""
    rules = compiled(
        f'<pattern><rule context="e">{LETS}<report test="{test}">yes</report></rule></pattern>',
        value_sets={"1.2.3": COLOURS, "UCUM": UNITS},
    )
    return texts(rules, element) == ["yes"]


@pytest.mark.parametrize(
    ("test", "holds", "fails"),
    [
        (
            f"{PAIRS} = {FILE}//valueSet[1]/conceptList/concept/{PAIRS}",
            ['<e code="red" codeSystem="1.2"/>'],
            ['<e code="red" codeSystem="1.3"/>', "<e/>", '<e code="UNK"/>'],
        ),
        (
            f"{PAIRS} = {FILE}//valueSet[1]/conceptList/concept/{PAIRS} or @nullFlavor",
            ['<e code="red" codeSystem="1.2"/>', '<e nullFlavor="UNK"/>'],
            ["<e/>"],
        ),
        (
            f"@code = {FILE}//valueSet[1]/conceptList/*/@code",
            ['<e code="green"/>', '<e code="UNK"/>'],
            ['<e code="blue"/>', "<e/>", '<e code=""/>'],
        ),
        (
            f"not(empty(@code[. = ({FILE}/*/valueSet/conceptList/concept/@code)]))",
            ['<e code="green"/>'],
            ['<e code="UNK"/>', "<e/>"],
        ),
        (
            f"not(empty(@code[. = (('PRS'), {FILE}/*/valueSet/conceptList/concept/@code)]))",
            ['<e code="green"/>', '<e code="PRS"/>'],
            ['<e code="UNK"/>', "<e/>"],
        ),
        (
            f"@codeSystem = {FILE}//valueSet[1]/completeCodeSystem/@codeSystem",
            ['<e code="x" codeSystem="3.4"/>'],
            ['<e code="x" codeSystem="1.2"/>', "<e/>"],
        ),
        (
            f"exists({FILE}//valueSet[1][{BOTH}])",
            ['<e code="red" codeSystem="1.2"/>'],
            ['<e code="re" codeSystem="d1.2"/>', "<e/>", '<e code="red"/>'],
        ),
        (
            f"exists({FILE}//valueSet[1][{BOTH} | completeCodeSystem[@codeSystem=$theCodeSystem]])",
            ['<e code="red" codeSystem="1.2"/>', '<e code="any" codeSystem="3.4"/>'],
            ['<e code="any" codeSystem="1.2"/>', "<e/>"],
        ),
        (
            "exists(document('include/voc-1.2.3-DYNAMIC.xml')/*/valueSet[conceptList/concept"
            "[@code = $theCode][@codeSystem ='1.2']])",
            ['<e code="red"/>'],
            ['<e code="ab"/>', "<e/>"],
        ),
        (
            "doc('include/voc-UCUM.xml')/*/ucum[@unit=$theCode]/@message = 'OK'",
            ['<e code="mg"/>'],
            ['<e code="Mg"/>', '<e code="kg"/>', "<e/>"],
        ),
    ],
)
def test_a_question_to_a_value_set_is_answered_as_the_file_would(test, holds, fails):
    assert [answer(test, element) for element in holds] == [True] * len(holds)
    assert [answer(test, element) for element in fails] == [False] * len(fails)


def test_the_official_rule_that_tests_whether_a_truth_value_exists_never_fires():
    test = f"exists({FILE}//valueSet[1]/conceptList/concept[@code = $theCode] or completeCodeSystem)"
    assert [answer(test, element) for element in ('<e code="red"/>', '<e code="blue"/>', "<e/>")] == [True] * 3


def test_a_schema_that_declares_no_namespace_may_ask_a_value_set():
    test = f"@code = {FILE}//valueSet[1]/conceptList/*/@code"
    text = (
        '<schema xmlns="http://purl.oclc.org/dsdl/schematron"><pattern>'
        f'<rule context="e"><assert test="{test}">not in</assert></rule></pattern></schema>'
    )
    rules = Compiled(read_schema("x.sch", lambda _: parse(text.encode())), ValueSetTable({"1.2.3": COLOURS}))
    assert texts(rules, '<r><e code="red"/><e code="blue"/></r>') == ["not in"]


def test_a_rule_context_may_ask_a_value_set():
    context = f"e[{PAIRS} = {FILE}//valueSet[1]/conceptList/concept/{PAIRS}]"
    rules = compiled(
        f'<pattern><rule context="{context}"><assert test="@x">x</assert></rule></pattern>',
        value_sets={"1.2.3": COLOURS},
    )
    assert texts(rules, '<r><e code="red" codeSystem="1.2"/><e code="blue" codeSystem="1.2"/></r>') == ["x"]


def test_a_value_set_that_is_not_at_hand_holds_nothing_is_told_and_ends_nothing():
    test = f"{PAIRS} = {FILE}//valueSet[1]/conceptList/concept/{PAIRS}"
    asserts = f'<assert test="{test}">not in</assert><assert test="@y">no y</assert>'
    content = f'<pattern><rule context="e">{asserts}</rule></pattern>'
    absent, there = compiled(content), compiled(content, value_sets={"1.2.3": COLOURS})
    document = '<e code="red" codeSystem="1.2"/>'
    assert (absent.missing, texts(absent, document)) == (("1.2.3",), ["not in", "no y"])
    assert (there.missing, texts(there, document)) == ((), ["no y"])


@pytest.mark.parametrize("test", [f"{FILE}//concept/@level = 1", f"count({FILE}//concept) > 3", "doc('other.xml')/a"])
def test_refuses_a_question_it_does_not_know(test):
    with pytest.raises(SchematronUnsupported, match="looks outside"):
        compiled(f'<pattern><rule context="e"><assert test="{test.replace(">", "&gt;")}">x</assert></rule></pattern>')


def test_reads_concepts_exceptions_and_whole_code_systems_of_a_file():
    file = """<valueSets><valueSet id="1"><completeCodeSystem codeSystem="3.4"/><conceptList>
      <concept code="red" codeSystem="1.2" level="0"/><exception code="UNK" codeSystem="5"/>
      </conceptList></valueSet></valueSets>"""
    assert read_value_set(parse(file.encode())) == SchematronValueSet((("red", "1.2"),), ("UNK",), ("3.4",))


def test_reads_the_list_of_units():
    file = b'<ucums><ucum unit="mg" message="OK"/><ucum unit="Mg" message="no"/></ucums>'
    assert read_value_set(parse(file)) == SchematronValueSet(messages={"mg": "OK", "Mg": "no"})


def test_refuses_a_file_with_two_value_sets():
    with pytest.raises(SchematronUnsupported, match="2 value sets"):
        read_value_set(parse(b"<valueSets><valueSet/><valueSet/></valueSets>"))
