"""The elements of a document at hand after one walk: in the order of the document, whatever is asked for."""

from lxml import etree

from transformers.cda.types.walk import HL7, DocumentElements, local

DOCUMENT = etree.fromstring("""<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:p="urn:hl7-org:pharm">
 <!-- a remark --><templateId root="1.2"/>
 <code code="a" unit="mg" ID="one"/>
 <p:code code="b"/>
 <act><templateId root="1.3"/><templateId root="1.2"/><code unit="g" value="1"/></act>
 <name ID="two"/><name nullFlavor="NI" ID="one"/><text>w</text>
</ClinicalDocument>""")
PHARM = "{urn:hl7-org:pharm}"


def marks(elements) -> list[str]:
    return [e.get("code") or e.get("unit") or e.get("root") or e.get("ID") or local(e) for e in elements]


def test_every_element_comes_once_and_no_comment():
    assert [local(e) for e in DocumentElements(DOCUMENT).every] == [
        *("ClinicalDocument", "templateId", "code", "code", "act", "templateId", "templateId", "code"),
        *("name", "name", "text"),
    ]


def test_names_are_told_apart_by_their_namespace():
    elements = DocumentElements(DOCUMENT)
    assert marks(elements.named(f"{HL7}code")) == ["a", "g"]
    assert marks(elements.named(f"{PHARM}code")) == ["b"]
    assert elements.named(f"{HL7}value") == []


def test_elements_of_several_names_or_attributes_come_once_and_in_the_documents_order():
    elements = DocumentElements(DOCUMENT)
    assert marks(elements.named(f"{PHARM}code", f"{HL7}code", f"{HL7}act")) == ["a", "b", "act", "g"]
    assert marks(elements.having("value", "unit")) == ["a", "g"]
    assert marks(elements.having("unit")) == ["a", "g"]
    assert elements.having("extension") == []


def test_what_has_no_attribute_is_found_beside_what_has_a_name():
    assert marks(DocumentElements(DOCUMENT).bare_or_called("code", "name")) == [
        *("ClinicalDocument", "a", "b", "act", "g", "two", "one", "text"),
    ]
    assert marks(DocumentElements(DOCUMENT).bare_or_called()) == ["ClinicalDocument", "act", "text"]


def test_an_anchor_leads_to_each_element_that_has_it():
    anchors = DocumentElements(DOCUMENT).anchors
    assert {anchor: [local(e) for e in found] for anchor, found in anchors.items()} == {
        "one": ["code", "name"],
        "two": ["name"],
    }


def test_a_template_is_claimed_by_the_element_it_stands_in_alone():
    elements = DocumentElements(DOCUMENT)
    act = DOCUMENT.find(f"{HL7}act")
    assert elements.claims(act, "1.3")
    assert elements.claims(act, "9", "1.2")
    assert elements.claims(DOCUMENT, "1.2")
    assert not elements.claims(DOCUMENT, "1.3")
    assert not elements.claims(act, "9")
    assert not elements.claims(act)
