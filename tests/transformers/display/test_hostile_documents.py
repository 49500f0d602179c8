"""A document written to do harm does none: nothing breaks out, nothing grows without bound, nothing is believed."""

import re

import pytest

from tests.support.documents.pages import SCT, document, show, tree_of, words
from transformers.display.errors import NotAClinicalDocument
from trust.errors import XmlTooDeep, XmlTooLarge, XmlTooManyNodes
from trust.xml import SHOWN

ACTIVE = "//script | //iframe | //object | //embed | //img | //link | //a | //form | //input | //svg | //base | //@href"
HANDLERS = "//@*[starts-with(name(), 'on')] | //body//@style | //@src"


def harmless(content: str) -> str:
    tree = tree_of(show(content))
    assert tree.xpath(ACTIVE) == []
    assert tree.xpath(HANDLERS) == []
    return words(tree)


@pytest.mark.parametrize(
    "text",
    [
        '<script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script>',
        "<script>alert(1)</script>",
        "<style>body{display:none}</style>",
        '<content onmouseover="alert(1)" style="position:fixed" class="original" id="x">a</content>',
        '<table onclick="x()"><tr><td colspan="2&quot; onclick=&quot;x()" rowspan="٣">a</td></tr></table>',
        '<table><tr><th scope="col&quot; onclick=&quot;x()">a</th></tr></table>',
        '<iframe src="https://evil.example/"/><object data="x"/><img src="x" onerror="x()"/>',
        '<svg xmlns="http://www.w3.org/2000/svg" onload="x()"><a href="javascript:x()"/></svg>',
        '<form action="https://evil.example/"><input name="a"/></form>',
        "&lt;/div&gt;&lt;/section&gt;&lt;script&gt;alert(1)&lt;/script&gt;",
        '<paragraph styleCode="Bold">&lt;img src=x onerror=x()&gt;</paragraph>',
    ],
)
def test_no_markup_of_a_narrative_does_anything(text: str):
    harmless(document("", text))


@pytest.mark.parametrize("href", ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", " https:x", "//x"])
def test_a_link_that_leads_elsewhere_is_only_its_words(href: str):
    said = harmless(document("", f'<linkHtml href="{href}">press</linkHtml>'))
    assert "press" in said
    assert href.strip() not in said


def test_a_link_to_the_web_is_its_words_and_its_address():
    assert "Infarmed (https://www.example.org/?a=1&b)" in harmless(
        document("", '<linkHtml href="https://www.example.org/?a=1&amp;b">Infarmed</linkHtml>')
    )


HOSTILE = "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }}&lt;/style&gt;"


def test_no_attribute_or_text_of_a_document_does_anything():
    entry = f"""<observation classCode="OBS" moodCode="{HOSTILE}" negationInd="{HOSTILE}"><id root="{HOSTILE}"/>
      <code code="{HOSTILE}" codeSystem="{HOSTILE}" codeSystemName="{HOSTILE}" displayName="{HOSTILE}"/>
      <statusCode code="{HOSTILE}"/><effectiveTime value="{HOSTILE}"/>
      <value xsi:type="PQ" value="{HOSTILE}" unit="{HOSTILE}"/></observation>"""
    content = document(entry).replace('code="pt-PT"', f'code="{HOSTILE}"').replace("Alergias", HOSTILE)
    assert "{{ 7 * 7 }}" in harmless(content)


def test_a_table_that_does_not_close_like_html_stays_in_its_section():
    text = "<td>a</td><tr><td><table><table><tr><caption><list><paragraph><paragraph>b</paragraph></paragraph>"
    text += "</list></caption></tr></table></table></td></tr>"
    tree = tree_of(show(document("", text)))
    assert len(tree.xpath("//main/section")) == 1
    assert words(tree.xpath("//footer")[0]).startswith("Made from document")


def test_a_sentence_referred_to_very_often_does_not_grow_the_page():
    code = f'<code code="1" {SCT}><originalText><reference value="#a"/></originalText></code>'
    entry = "".join(f'<observation classCode="OBS">{code}</observation>' for _ in range(6_000))
    page = show(document(entry, f'<paragraph ID="a">{"lang setning " * 80_000}</paragraph>'))
    assert len(page.html) < 8_000_000
    assert [f.code for f in page.report.findings] == ["reference-cut"]


def test_a_long_text_stands_whole_in_its_section_when_it_is_cut_beside_its_code():
    code = f'<code code="1" {SCT}><originalText><reference value="#a"/></originalText></code>'

    def told(text: str) -> str:
        return document(f"<observation>{code}</observation>", f'<paragraph ID="a">{text}</paragraph>')

    text = " ".join(f"ord{n}" for n in range(1000))
    page = show(told(text))
    assert text in words(tree_of(page))
    assert [f.code for f in page.report.findings] == ["reference-cut"]
    assert show(told(text[:2000])).report.findings == []


def test_a_narrative_that_refers_to_itself_ends():
    text = '<content ID="a"><content ID="b">x</content></content>'
    entry = '<observation><text><reference value="#a"/></text></observation>'
    assert "x" in words(tree_of(show(document(entry, text))))


def test_nesting_up_to_the_parsers_bound_is_shown_and_beyond_is_refused():
    def nested(depth: int) -> str:
        return document("", "<content>" * depth + "innermost" + "</content>" * depth)

    assert "innermost" in words(tree_of(show(nested(120))))
    with pytest.raises(XmlTooDeep):
        show(nested(300))


def test_entries_nested_up_to_the_parsers_bound_are_shown():
    entry = "<observation><entryRelationship>" * 55 + f"<observation><code code='1' {SCT} displayName='innermost'/>"
    entry += "</observation>" + "</entryRelationship></observation>" * 55
    assert "innermost" in words(tree_of(show(document(entry))))


def test_a_document_of_fifteen_megabytes_is_shown_and_one_beyond_the_bound_is_refused():
    text = "<paragraph>" + "a" * 15_000_000 + "</paragraph>"
    assert len(show(document("", text)).html) > 15_000_000
    with pytest.raises(XmlTooLarge):
        show(document("", "a" * SHOWN.bytes))


def test_too_many_elements_are_refused():
    with pytest.raises(XmlTooManyNodes):
        show(document("", "<br/>" * (SHOWN.elements + 1)))


@pytest.mark.parametrize(
    "content",
    [
        '<ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget/><author/><custodian/><component/></ClinicalDocument>',
        '<ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><patientRole><patient/></patientRole></recordTarget>'
        "<component><structuredBody><component><section/></component></structuredBody></component></ClinicalDocument>",
        document("<observation><value/><code/><effectiveTime/></observation>"),
        document("<substanceAdministration><doseQuantity><low/></doseQuantity><consumable/></substanceAdministration>"),
    ],
)
def test_missing_pieces_are_missing_and_the_page_stands(content: str):
    assert "unknown" in harmless(content)


@pytest.mark.parametrize("root", ['<ClinicalDocument xmlns="urn:x"/>', "<ClinicalDocument/>", "<html/>"])
def test_refuses_what_is_no_clinical_document(root: str):
    with pytest.raises(NotAClinicalDocument):
        show(root)


def test_no_element_of_a_page_has_an_id_the_document_chose():
    tree = tree_of(show(document("", '<content ID="s1">a</content>')))
    assert [e for e in tree.xpath("//@id") if not re.fullmatch(r"s\d+", e)] == []
    assert len(tree.xpath("//*[@id='s1']")) == 1
