"""Documents that are sound, and ways to break one thing in them: for the tests of our own rules.

The patient summary is written by the writer; the others share its header and have a hand-written body, so that these
tests look at rules and not at writers.
"""

from base64 import b64encode
from collections.abc import Callable
from functools import cache

from lxml import etree

from tests.support.documents.elements import NS
from tests.support.pivots.summaries import summary
from transformers.cda.documents.patient_summary import write_patient_summary
from trust.xml import parse

H = "{urn:hl7-org:v3}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
Change = Callable[[etree._Element], object]
_E = "1.3.6.1.4.1.12559.11.10.1.3.1."
_EDQM = 'codeSystem="0.4.0.127.0.16.1.1.2.1"'
_LOINC = 'codeSystem="2.16.840.1.113883.6.1"'
_ACT = 'codeSystem="2.16.840.1.113883.5.6"'
PDF = b"%PDF-1.4\n%%EOF\n"

_PRODUCT = f"""<consumable typeCode="CSM"><manufacturedProduct classCode="MANU"><templateId root="{_E}3.29"/>
<manufacturedMaterial classCode="MMAT" determinerCode="KIND"><templateId root="{_E}3.30"/><name>Prøvemol 500 mg</name>
<pharm:formCode code="10219000" {_EDQM} displayName="Tablet"/><pharm:asContent classCode="CONT">
<pharm:quantity value="10" unit="1"/><pharm:containerPackagedProduct classCode="CONT" determinerCode="KIND">
<pharm:formCode code="30007000" {_EDQM} displayName="Blister"/><pharm:asContent classCode="CONT">
<pharm:quantity value="2" unit="1"/><pharm:containerPackagedProduct classCode="CONT" determinerCode="KIND">
<pharm:code code="012345" codeSystem="2.16.578.1.12.4.1.1.7510" displayName="Prøvemol"/>
<pharm:formCode code="30009000" {_EDQM} displayName="Box"/></pharm:containerPackagedProduct></pharm:asContent>
</pharm:containerPackagedProduct></pharm:asContent><pharm:asSpecializedKind classCode="GRIC">
<pharm:generalizedMaterialKind classCode="MMAT" determinerCode="KIND">
<pharm:code code="N02BE01" codeSystem="2.16.840.1.113883.6.73" displayName="paracetamol"/>
</pharm:generalizedMaterialKind></pharm:asSpecializedKind><pharm:ingredient classCode="ACTI"><pharm:quantity>
<numerator xsi:type="PQ" value="500" unit="mg"/><denominator xsi:type="PQ" value="1" unit="1"/></pharm:quantity>
<pharm:ingredientSubstance classCode="MMAT" determinerCode="KIND">
<pharm:code code="N02BE01" codeSystem="2.16.840.1.113883.6.73" displayName="paracetamol"/></pharm:ingredientSubstance>
</pharm:ingredient></manufacturedMaterial></manufacturedProduct></consumable>"""

_PRESCRIBED = f"""<component><structuredBody><component><section><templateId root="{_E}2.1"/>
<id root="2.16.578.1.12.4.9999.1" extension="RX-1"/><code code="57828-6" {_LOINC} displayName="Prescription list"/>
<title>Prescriptions</title><text><content ID="rx1">1 tablett ved behov</content></text><entry typeCode="COMP">
<substanceAdministration classCode="SBADM" moodCode="INT"><templateId root="{_E}3.2"/>
<templateId root="2.16.840.1.113883.10.20.1.24"/>
<id root="2.16.578.1.12.4.9999.2" extension="RX-1"/><statusCode code="active"/>
<effectiveTime xsi:type="IVL_TS"><low value="20260501"/><high value="20260601"/></effectiveTime>
<effectiveTime xsi:type="PIVL_TS" operator="A"><period value="8" unit="h"/></effectiveTime>
<routeCode code="20053000" {_EDQM} displayName="Oral use"/>
<doseQuantity><low value="1" unit="{{Tablet}}"/><high value="1" unit="{{Tablet}}"/></doseQuantity>{_PRODUCT}
<entryRelationship typeCode="COMP"><supply classCode="SPLY" moodCode="RQO"><independentInd value="false"/>
<quantity value="2" unit="1"/></supply></entryRelationship><entryRelationship typeCode="SUBJ" inversionInd="true">
<observation classCode="OBS" moodCode="EVN"><code code="SUBST" {_ACT} displayName="Substitution"/>
<value xsi:type="CE" code="N" codeSystem="2.16.840.1.113883.5.1070" displayName="none"/></observation>
</entryRelationship><entryRelationship typeCode="SUBJ" inversionInd="true"><act classCode="ACT" moodCode="INT">
<templateId root="{_E}3.12"/><templateId root="2.16.840.1.113883.10.20.1.49"/>
<code code="PINSTRUCT" codeSystem="1.3.6.1.4.1.19376.1.5.3.2" displayName="Instruction"/>
<text><reference value="#rx1"/></text></act></entryRelationship></substanceAdministration></entry></section></component>
</structuredBody></component>"""

_DISPENSED = f"""<component><structuredBody><component><section><templateId root="{_E}2.2"/>
<id root="2.16.578.1.12.4.9999.3" extension="DS-1"/>
<code code="60590-7" {_LOINC} displayName="Medication dispensed.brief Document"/><title>Dispensed</title>
<text>Prøvemol</text><entry typeCode="COMP"><supply classCode="SPLY" moodCode="EVN"><templateId root="{_E}3.3"/>
<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.7.3"/><templateId root="2.16.840.1.113883.10.20.1.34"/>
<id root="2.16.578.1.12.4.9999.4" extension="DS-1"/><quantity value="1" unit="1"/>{
    _PRODUCT.replace("consumable", "product").replace("CSM", "PRD")
}<performer typeCode="PRF"><time value="20260504"/></performer><entryRelationship typeCode="REFR">
<substanceAdministration classCode="SBADM" moodCode="INT">
<id root="2.16.578.1.12.4.9999.2" extension="RX-1"/>{_PRODUCT}</substanceAdministration></entryRelationship></supply>
</entry>
</section></component></structuredBody></component>"""

_PACKED = f"""<component><nonXMLBody classCode="DOCBODY" moodCode="EVN"><text mediaType="application/pdf"
 representation="B64">{b64encode(PDF).decode()}</text></nonXMLBody></component>"""


@cache
def sound_summary() -> bytes:
    """A patient summary with every section."""
    return write_patient_summary(summary()).content


@cache
def sound_prescription() -> bytes:
    """An ePrescription of one item, in a box of two blisters."""
    return _with_body("1", "57833-6", "Prescription for medication", _PRESCRIBED)


@cache
def sound_dispensation() -> bytes:
    """The eDispensation of that item."""
    order = '<inFulfillmentOf><order classCode="ACT" moodCode="RQO"><id root="1.2.3" extension="RX"/></order>'
    name = "Medication dispensed.extended Document"
    return _with_body("2", "60593-1", name, _DISPENSED, f"{order}</inFulfillmentOf>")


@cache
def sound_original() -> bytes:
    """The original (level 1) of the patient summary."""
    return _with_body("7", "60591-5", "Patient summary Document", _PACKED)


def _with_body(template: str, code: str, display: str, body: str, before: str = "") -> bytes:
    """The summary's header with another document's template, code and body; ``before`` goes before the parent."""
    root = parse(sound_summary())
    root.find(f"{H}templateId").set("root", f"{_E}1.{template}")
    root.find(f"{H}code").attrib.update({"code": code, "displayName": display})
    wrapped = f'<x xmlns="{NS["h"]}" xmlns:pharm="{NS["pharm"]}" xmlns:xsi="{NS["xsi"]}">{before}{body}</x>'
    *orders, component = parse(wrapped.encode())
    for order in orders:
        root.find(f"{H}documentationOf").addprevious(order)
    if body is _PRESCRIBED:
        _by_a_prescriber(root)
    root.replace(root.find(f"{H}component"), component)
    for performer in root.iter(f"{H}performer"):
        performer.append(parse(etree.tostring(root.find(f"{H}legalAuthenticator/{H}assignedEntity"), with_tail=False)))
    return etree.tostring(root)


def _by_a_prescriber(root: etree._Element) -> None:
    """The author is the legal authenticator, with a role."""
    author, signed = root.find(f"{H}author"), root.find(f"{H}legalAuthenticator/{H}assignedEntity")
    role = etree.Element(f"{H}functionCode", code="2211", codeSystem="2.16.840.1.113883.2.9.6.2.7")
    role.set("displayName", "Generalist medical practitioners")
    author.insert(0, role)
    assigned = parse(etree.tostring(signed, with_tail=False).replace(b"assignedEntity", b"assignedAuthor"))
    author.replace(author.find(f"{H}assignedAuthor"), assigned)


def edited(sound: bytes, path: str, change: Change) -> bytes:
    """A document with the first element at a path changed."""
    root = parse(sound)
    change(root.xpath(path, namespaces=NS)[0])
    return etree.tostring(root)


def put(**attributes: str) -> Change:
    return lambda element: element.attrib.update(attributes)


def typed(name: str) -> Change:
    return lambda element: element.set(f"{XSI}type", name)


def drop(*names: str) -> Change:
    return lambda element: [element.attrib.pop(name) for name in names]


def say(words: str | None) -> Change:
    def change(element: etree._Element) -> None:
        element.text = words

    return change


def remove(element: etree._Element) -> None:
    element.getparent().remove(element)


def empty(element: etree._Element) -> None:
    element.clear()


def null(flavour: str, *inside: str) -> Change:
    """The element becomes a null; of its children those named stay."""

    def change(element: etree._Element) -> None:
        kept = [child for child in element if child.tag.rpartition("}")[2] in inside]
        kind = element.get(f"{XSI}type")
        element.clear()
        element.set("nullFlavor", flavour)
        if kind is not None:
            element.set(f"{XSI}type", kind)
        element.extend(kept)

    return change


def add(xml: str, place: int | None = None) -> Change:
    """A child more, at a place or the end; hl7 is the default namespace."""

    def change(element: etree._Element) -> None:
        wrapped = f'<x xmlns="{NS["h"]}" xmlns:pharm="{NS["pharm"]}" xmlns:xsi="{NS["xsi"]}">{xml}</x>'
        child = parse(wrapped.encode())[0]
        element.insert(len(element) if place is None else place, child)

    return change


def repeat(element: etree._Element) -> None:
    element.addnext(parse(etree.tostring(element, with_tail=False)))
