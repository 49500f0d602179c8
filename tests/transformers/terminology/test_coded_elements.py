"""The table of coded elements: what it covers, how a path is read, and that the automaton says what XPath says."""

import shutil

import pytest

from tests.support.documents.in_place import RULES, coded, document, observation
from tests.support.terminology.packages import MVC, TABLES, facts
from transformers.cda.kinds import KINDS
from transformers.terminology.coded_elements import PREFIXES, read_path, read_rules
from transformers.terminology.element_rules import ElementRules
from transformers.terminology.errors import PathUnknown, RowMalformed, RowRepeated, ValueSetUnknown
from trust.xml import parse

HEAD = "path,what,value_sets,ps-l3,ps-l1,ep-l3,ep-l1,ed,orcd,source"
GOOD = f"//hl7:routeCode,code,{MVC}12,O,NA,O,NA,O,NA,s"


@pytest.fixture
def read(tmp_path):
    def of(*rows: str):
        shutil.copytree(TABLES, tmp_path / "t", dirs_exist_ok=True)
        (tmp_path / "t" / "coded_elements.csv").write_text("\n".join((HEAD, *rows)) + "\n", "utf-8")
        return read_rules(tmp_path / "t", facts())

    return of


def test_every_kind_of_document_has_rules():
    assert set(RULES) == {kind.id for kind in KINDS}


def test_every_value_set_bound_to_an_element_of_a_document_is_in_the_table():
    bound = {oid for oid, by in facts().bound.items() if set(by) & {"ps", "ep", "ed", "orcd"}}
    named = {oid for rules in RULES.values() for rule in rules.rules for oid in rule.value_sets}
    attributes = {
        MVC + n for n in ("4", "6", "37", "39", "40")
    }  # country text, languageCode, nullFlavor, classCode, use
    assert bound - named == attributes


def test_a_good_row_is_read(read):
    (rule,) = read(GOOD)["ps-l3"]
    assert (rule.path, rule.what, rule.value_sets, rule.usage) == ("//hl7:routeCode", "code", (MVC + "12",), "O")
    assert read(GOOD)["ps-l1"] == ()


@pytest.mark.parametrize(
    ("row", "error"),
    [
        (GOOD.replace("//hl7:routeCode", "routeCode"), PathUnknown),
        (GOOD.replace("//hl7:routeCode", "//v3:routeCode"), PathUnknown),
        (GOOD.replace("//hl7:routeCode", "//hl7:routeCode[1]"), PathUnknown),
        (GOOD.replace("//hl7:routeCode", "//hl7:a//hl7:routeCode"), PathUnknown),
        (GOOD.replace("//hl7:routeCode", "//hl7:routeCode/"), PathUnknown),
        (GOOD.replace(MVC + "12", MVC + "999"), ValueSetUnknown),
        (GOOD.replace(MVC + "12", ""), RowMalformed),
        (GOOD.replace(",code,", ",word,"), RowMalformed),
        (GOOD.replace(",code,", ",unit,"), RowMalformed),
        (GOOD.replace("routeCode", "routeCode/@unit"), RowMalformed),
        (GOOD.replace("O,NA,O", "X,NA,O"), RowMalformed),
        (GOOD.replace(",O,", ",NA,"), RowMalformed),
    ],
)
def test_refuses_a_row_that_is_not_right(read, row, error):
    with pytest.raises(error) as refused:
        read(row)
    assert (refused.value.file, refused.value.row) == ("coded_elements.csv", 2)


def test_refuses_one_path_twice_for_a_kind(read):
    with pytest.raises(RowRepeated):
        read(GOOD, GOOD)
    other = GOOD.replace("O,NA,O,NA,O,NA", "NA,NA,NA,NA,NA,O")
    assert read(GOOD, other)


def test_a_path_is_steps_with_their_marks():
    steps, anywhere = read_path("//hl7:observation[hl7:templateId/@root='1.2']/pharm:value/@unit")
    assert anywhere
    assert [step.tag for step in steps] == ["{urn:hl7-org:v3}observation", "{urn:hl7-org:pharm}value"]
    assert [step.mark for step in steps] == ["hl7:templateId/@root=1.2", ""]


@pytest.mark.parametrize(("path", "asked"), [("//hl7:routeCode", []), ("//hl7:entry/hl7:routeCode", ["entry"])])
def test_a_required_code_is_asked_for_where_its_parent_is_and_without_a_parent_nowhere(read, path, asked):
    rules = ElementRules(read(GOOD.replace("//hl7:routeCode", path).replace(",O,", ",R,", 1))["ps-l3"], frozenset())
    states = {}
    for element in parse(document(observation("7"))).iter():
        parent = element.getparent()
        states[element] = rules.follow(None if parent is None else states[parent], element)
    assert [element.tag.rpartition("}")[2] for element, state in states.items() if state.asks] == asked


@pytest.mark.parametrize("kind", ["ps-l3", "ep-l3", "ed"])
def test_the_automaton_names_the_rule_whose_xpath_finds_the_element(kind):
    content = document(
        observation("7", coded("1", "2")),
        observation("7", f"<entryRelationship>{observation('8', coded('3', '4'))}</entryRelationship>"),
        '<observation><code code="SUBST" codeSystem="5"/><value code="N" codeSystem="6"/></observation>',
        '<substanceAdministration><routeCode code="1" codeSystem="2"/>'
        '<doseQuantity><low value="1" unit="1"/></doseQuantity>'
        '<consumable><manufacturedProduct><manufacturedMaterial><pharm:formCode code="1" codeSystem="2"/>'
        '<pharm:asSpecializedKind classCode="GRIC"><pharm:generalizedMaterialKind><pharm:code code="A" codeSystem="B"/>'
        '</pharm:generalizedMaterialKind></pharm:asSpecializedKind><pharm:asSpecializedKind classCode="GEN">'
        '<pharm:generalizedMaterialKind><pharm:code code="A" codeSystem="B"/></pharm:generalizedMaterialKind>'
        "</pharm:asSpecializedKind></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration>",
        kind=kind,
        header='<author><functionCode code="1" codeSystem="2"/></author>',
    )  # fmt: skip
    root, rules = parse(content), RULES[kind]
    by_xpath: dict[str, str] = {}
    for rule in rules.rules:
        for element in root.xpath(rule.path.removesuffix("/@unit"), namespaces=PREFIXES):
            by_xpath.setdefault(f"{root.getroottree().getpath(element)} {rule.what == 'unit'}", rule.path)
    by_automaton: dict[str, str] = {}
    states = {}
    for element in root.iter():
        parent = element.getparent()
        states[element] = state = rules.follow(None if parent is None else states[parent], element)
        path = root.getroottree().getpath(element)
        by_automaton |= {f"{path} {rule.what == 'unit'}": rule.path for rule in (state.code, state.unit) if rule}
    assert by_automaton == by_xpath
    assert len(by_xpath) > 5
