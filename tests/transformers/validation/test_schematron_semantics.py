"""The compiler's reading of ISO Schematron, on schemas of our own."""

import pytest

from tests.support.documents.schematrons import compiled, findings, schematron, texts
from transformers.model.finding import Severity
from transformers.validation.schematron import SchematronUnsupported, read_schema
from trust.xml import parse

SAY = '<assert test="false()">{}</assert>'


def rule(context: str, *content: str) -> str:
    return f'<rule context="{context}">{"".join(content)}</rule>'


def pattern(*content: str, more: str = "") -> str:
    return f"<pattern {more}>{''.join(content)}</pattern>"


def says(context: str, word: str) -> str:
    return rule(context, SAY.format(word))


def test_assert_fires_when_its_test_is_false_and_report_when_it_is_true():
    rules = compiled(
        pattern(rule("a", '<assert test="@x">no x</assert>', '<report test="@y">has y</report>')),
    )
    assert texts(rules, "<r><a/></r>") == ["no x"]
    assert texts(rules, '<r><a x="1" y="1"/></r>') == ["has y"]
    assert texts(rules, '<r><a x="1"/></r>') == []


def test_only_the_first_matching_rule_of_a_pattern_fires():
    rules = compiled(pattern(says("a[@x]", "first"), says("a", "second"), says("*", "third")))
    assert texts(rules, '<a x="1"><a/><b/></a>') == ["first", "second", "third"]


def test_each_pattern_has_its_own_first_rule():
    rules = compiled(pattern(says("a", "one")), pattern(says("a", "two")))
    assert texts(rules, "<a/>") == ["one", "two"]


def test_a_rule_fires_for_every_node_it_matches_however_deep():
    rules = compiled(pattern(says("a", "seen")))
    assert texts(rules, "<a><b><a><a/></a></b></a>") == ["seen"] * 3


@pytest.mark.parametrize(
    ("context", "path"),
    [
        ("/", "/"),
        ("/*", "/r[1]"),
        ("r/a/@x", "/r[1]/a[2]/@x"),
        ("@x", "/r[1]/a[2]/@x"),
        (".[self::a][@x]", "/r[1]/a[2]"),
        (".[self::text()]", "/r[1]/b[1]/text()[1]"),
        ("child::r/child::b", "/r[1]/b[1]"),
        ("//b", "/r[1]/b[1]"),
        ("text()", "/r[1]/b[1]/text()[1]"),
        ("r/b | r/c", "/r[1]/b[1]"),
        ("r//b", "/r[1]/b[1]"),
        ("r/a[2]", "/r[1]/a[2]"),
        ("a[following-sibling::b][@x]", "/r[1]/a[2]"),
        ("*[b]/a[@x = 'a/b|c]']", "/r[1]/a[2]"),
    ],
)
def test_contexts_of_every_shape_match_and_are_told_by_path(context, path):
    document = '<r><a/><a x="a/b|c]"/><b>t</b></r>'
    assert [f.path for f in findings(compiled(pattern(says(context, "here"))), document)] == [path]


def test_the_narrow_search_finds_what_lies_below_nested_first_steps():
    rules = compiled(pattern(says("*[s]/s[@n]/c", "code"), says("*[s]/s", "section")))
    document = '<r><s n="1"><c/><s n="2"><c/></s></s><c/></r>'
    assert sorted(texts(rules, document)) == ["code", "code", "section", "section"]


def test_different_first_steps_share_a_pattern():
    rules = compiled(pattern(says("a/x", "a"), says("b/x", "b"), says("x", "other")))
    assert texts(rules, "<r><x/><a><x/></a><b><x/></b></r>") == ["other", "a", "b"]


def test_variables_of_schema_pattern_and_rule_are_seen_where_they_belong():
    rules = compiled(
        '<let name="schema" value="count(//a)"/>',
        pattern(
            '<let name="here" value="\'one\'"/>',
            rule(
                "a", '<let name="n" value="@n"/>', '<assert test="$n = $schema">$n <value-of select="$here"/></assert>'
            ),
        ),
        pattern(
            '<let name="here" value="\'two\'"/>', rule("a[$here = 'two']", SAY.format('<value-of select="$here"/>'))
        ),
    )
    assert texts(rules, '<r><a n="2"/><a n="1"/></r>') == ["$n one", "two", "two"]


def test_a_variable_name_inside_a_literal_is_left_alone():
    rules = compiled(
        pattern('<let name="v" value="1"/>', rule("a", "<assert test=\"@x = '$v'\">literal</assert>")),
    )
    assert texts(rules, '<a x="$v"/>') == []
    assert texts(rules, '<a x="1"/>') == ["literal"]


def abstract(name: str, *content: str) -> str:
    return f'<rule abstract="true" id="{name}">{"".join(content)}</rule>'


def test_an_abstract_rule_is_checked_where_it_is_extended_and_nowhere_else():
    rules = compiled(
        pattern(abstract("ANY", '<assert test="@x">any</assert>')),
        pattern(abstract("CD", '<extends rule="ANY"/>', '<assert test="@code">cd</assert>')),
        pattern(
            rule("a", '<extends rule="CD"/>', '<assert test="@own">own</assert>'),
            rule("b", '<assert test="1">b</assert>'),
        ),
    )
    assert [(f.text, f.rule) for f in findings(rules, "<r><a/><b/></r>")] == [
        ("any", "ANY"),
        ("cd", "CD"),
        ("own", None),
    ]
    assert texts(rules, '<r><a x="1" code="1" own="1"/></r>') == []


def test_a_rule_uses_the_variables_of_what_it_extends():
    rules = compiled(
        pattern(abstract("CD", '<let name="code" value="@code"/>', '<assert test="$code">no code</assert>')),
        pattern(
            rule("a", '<extends rule="CD"/>', '<assert test="$code = \'x\'">found <value-of select="$code"/></assert>')
        ),
    )
    assert texts(rules, '<a code="y"/>') == ["found y"]
    assert texts(rules, "<a/>") == ["no code", "found"]


def test_an_abstract_rule_uses_the_variables_of_the_rule_that_extends_it():
    rules = compiled(
        pattern(abstract("CD", '<assert test="@code = $wanted">not <value-of select="$wanted"/></assert>')),
        pattern(rule("a", '<let name="wanted" value="\'x\'"/>', '<extends rule="CD"/>')),
        pattern(rule("b", '<let name="wanted" value="\'y\'"/>', '<extends rule="CD"/>')),
    )
    assert texts(rules, '<r><a code="x"/><b code="x"/></r>') == ["not y"]


def test_names_bound_inside_an_expression_are_not_taken_for_variables():
    rules = compiled(
        pattern(abstract("ANY", "<report test=\"every $att in @* satisfies $att = ''\">all empty</report>")),
        pattern(rule("a", '<let name="att" value="1"/>', '<extends rule="ANY"/>')),
    )
    assert texts(rules, '<a x=""/>') == ["all empty"]
    assert texts(rules, '<a x="1"/>') == []


def test_abstract_patterns_are_written_out_with_their_parameters():
    rules = compiled(
        pattern(
            rule("$row", '<assert test="$cell">no $cell: <value-of select="$cell-name"/></assert>'),
            more='abstract="true" id="table"',
        ),
        pattern(
            '<param name="row" value="tr"/>',
            '<param name="cell" value="td"/>',
            '<param name="cell-name" value="\'td\'"/>',
            more='is-a="table"',
        ),
        pattern(
            '<param name="row" value="li"/>',
            '<param name="cell" value="p"/>',
            '<param name="cell-name" value="\'p\'"/>',
            more='is-a="table"',
        ),
    )
    assert texts(rules, "<r><tr/><li/><tr><td/></tr></r>") == ["no $cell: td", "no $cell: p"]


def test_includes_are_read_from_the_folder_of_the_file_that_names_them():
    sch = 'xmlns="http://purl.oclc.org/dsdl/schematron"'
    files = {
        "include/p.sch": f'<pattern {sch}><include href="deep/r.sch"/></pattern>',
        "include/deep/r.sch": f'<rule {sch} context="a"><extends href="../x.sch"/></rule>',
        "include/x.sch": f'<rule {sch} abstract="true" id="x"><assert test="@x">no x</assert></rule>',
    }
    assert texts(compiled('<include href="include/p.sch"/>', files=files), "<a/>") == ["no x"]


def test_refuses_files_that_include_each_other():
    sch = 'xmlns="http://purl.oclc.org/dsdl/schematron"'
    files = {"a.sch": f'<pattern {sch}><include href="a.sch"/></pattern>'}
    with pytest.raises(SchematronUnsupported, match="too deeply"):
        compiled('<include href="a.sch"/>', files=files)


PHASES = (
    '<phase id="quick"><active pattern="p1"/></phase>',
    f'<phase id="inside"><pattern id="p3">{says("a", "three")}</pattern></phase>',
    pattern(says("a", "one"), more='id="p1"'),
    pattern(says("a", "two"), more='id="p2"'),
)


@pytest.mark.parametrize(
    ("phase", "found"), [(None, {"one", "two", "three"}), ("quick", {"one"}), ("inside", {"three"})]
)
def test_a_phase_runs_its_patterns_and_no_phase_runs_all(phase, found):
    assert set(texts(compiled(*PHASES, phase=phase), "<a/>")) == found


def test_refuses_a_phase_that_is_not_there():
    with pytest.raises(SchematronUnsupported, match="no phase"):
        compiled(*PHASES, phase="slow")


def test_keys_and_functions_of_the_schema_are_usable():
    rules = compiled(
        '<xsl:key name="by-id" match="*[@ID]" use="@ID"/>',
        '<xsl:function name="hl7:twice"><xsl:param name="n"/><xsl:sequence select="2 * $n"/></xsl:function>',
        pattern(rule("ref", '<assert test="key(\'by-id\', @to)">dangling <value-of select="hl7:twice(21)"/></assert>')),
    )
    assert texts(rules, '<r><a ID="x"/><ref to="x"/><ref to="y"/></r>') == ["dangling 42"]


@pytest.mark.parametrize(
    ("role", "severity"),
    [
        ('role="error"', Severity.ERROR),
        ('role="warning"', Severity.WARNING),
        ('role="hint"', Severity.INFO),
        ('role="info"', Severity.INFO),
        ('role="fatal"', Severity.FATAL),
        ('flag="warn"', Severity.WARNING),
        ('role="whatever"', Severity.ERROR),
        ("", Severity.ERROR),
    ],
)
def test_the_role_is_the_severity_and_an_unknown_one_is_an_error(role, severity):
    rules = compiled(pattern(rule("a", f'<assert {role} test="false()">x</assert>')))
    assert [f.severity for f in findings(rules, "<a/>")] == [severity]


def test_the_rule_gives_its_role_to_assertions_without_one():
    rules = compiled(pattern(f'<rule context="a" role="warning">{SAY.format("x")}</rule>'))
    assert [f.severity for f in findings(rules, "<a/>")] == [Severity.WARNING]


def test_messages_hold_values_names_and_plain_braces():
    message = (
        '  <emph>{no}</emph> "<value-of select="@x/string()"/>"\n'
        '  in <name/> of <name path=".."/> it\'s <value-of select="b"/>.'
    )
    rules = compiled(pattern(rule("a", f'<assert test="false()">{message}</assert>')))
    assert texts(rules, '<r><a x="1 &lt; 2"><b>p</b><b>q</b></a></r>') == ['{no} "1 < 2" in a of r it\'s p q.']


def test_paths_use_the_first_prefix_of_a_namespace():
    rules = compiled(pattern(says("hl7:id/@root", "x")))
    document = '<d xmlns="urn:hl7-org:v3"><o xmlns="urn:other"><id xmlns="urn:hl7-org:v3" root="1"/></o></d>'
    assert [f.path for f in findings(rules, document)] == ["/hl7:d[1]/Q{urn:other}o[1]/hl7:id[1]/@root"]


def test_a_finding_names_the_assertion_or_else_the_pattern():
    rules = compiled(
        pattern(rule("a", '<assert id="a-1" test="false()">x</assert>', SAY.format("y")), more='id="p-1"'),
    )
    assert [f.rule for f in findings(rules, "<a/>")] == ["a-1", "p-1"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("<macro/>", "at the top"),
        ("<pattern><macro/></pattern>", "in a pattern"),
        (pattern(rule("a", "<macro/>")), "in a rule"),
        (pattern(rule("a", '<assert test="1"><macro/></assert>')), "in a message"),
        (pattern('<rule><assert test="1">x</assert></rule>'), "without a context"),
        (pattern('<rule abstract="true"><assert test="1">x</assert></rule>'), "without an id"),
        (pattern(rule("a", "<assert>x</assert>")), "without test"),
        (pattern(rule("a", '<extends rule="nowhere"/>')), "which is not there"),
        (pattern(abstract("A", '<extends rule="A"/>'), rule("a", '<extends rule="A"/>')), "extends itself"),
        (pattern(more='is-a="nowhere"'), "no abstract pattern"),
        (
            pattern(abstract("A", SAY)) + pattern(abstract("A", SAY, SAY)) + pattern(says("a", "x")),
            "two abstract rules",
        ),
        (pattern(rule("a[", SAY)), "does not compile"),
        (pattern(rule("a", '<assert test="$nowhere">x</assert>')), "does not compile"),
        (pattern(rule("a", "<assert test=\"unparsed-text('/etc/hostname')\">x</assert>")), "looks outside"),
        (pattern(rule("a", '<assert test="doc(@href)">x</assert>')), "looks outside"),
        (pattern(rule("a", "<assert test=\"environment-variable('HOME')\">x</assert>")), "looks outside"),
    ],
)
def test_refuses_what_it_would_have_to_guess(content, why):
    with pytest.raises(SchematronUnsupported, match=why):
        compiled(content)


def test_a_function_that_is_named_in_a_literal_only_is_no_reason_to_refuse():
    rules = compiled(pattern(rule("a", "<assert test=\"@x = 'doc(1)'\">x</assert>")))
    assert texts(rules, '<a x="doc(1)"/>') == []


def test_refuses_a_file_that_is_no_schema():
    with pytest.raises(SchematronUnsupported, match="not sch:schema"):
        read_schema("x.sch", lambda _: parse(b"<schema/>"))


@pytest.mark.parametrize("binding", ["xslt", "xslt2", "XSLT3"])
def test_reads_the_query_bindings_that_are_xpath(binding):
    text = schematron(pattern(says("a", "x"))).replace('"xslt2"', f'"{binding}"')
    assert len(read_schema("x.sch", lambda _: parse(text.encode())).patterns) == 1


def test_refuses_a_query_language_it_does_not_speak():
    text = schematron(pattern(says("a", "x"))).replace('"xslt2"', '"xquery"')
    with pytest.raises(SchematronUnsupported, match="query binding"):
        read_schema("x.sch", lambda _: parse(text.encode()))


def test_the_schema_builder_of_these_tests_makes_a_schema():
    assert texts(compiled(pattern(says("r", "x"))), "<r/>") == ["x"]
    assert schematron().startswith("<schema")
