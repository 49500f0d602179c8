"""A page made from a document, read as a person would: text, and rows of three cells."""

from lxml import html

from tests.support.persons import samples
from transformers.display.write_html import Shown, write_html
from transformers.terminology.release import Release
from transformers.words import Language

EDQM = "0.4.0.127.0.16.1.1.2.1"
SCT = 'codeSystem="2.16.840.1.113883.6.96"'


def show(content: bytes | str, language: Language = "en", release: Release | None = None) -> Shown:
    """The page of a document, with the starter release."""
    whole = content if isinstance(content, bytes) else content.encode()
    return write_html(whole, release=release or samples.release(), language=language)


def tree_of(shown: Shown) -> html.HtmlElement:
    """The page as a browser would read it, near enough."""
    return html.document_fromstring(shown.html.decode())


def words(element: html.HtmlElement) -> str:
    """All text, blanks put together."""
    return " ".join(element.text_content().split())


def rows(tree: html.HtmlElement) -> list[tuple[str, str, str]]:
    """Label, English and original of each statement of the sections."""
    found = tree.xpath("//main//div[@class='entry']/table/tbody/tr[count(*)=3]")
    return [tuple(words(cell) for cell in row) for row in found]


def document(entry: str, text: str = "") -> str:
    """A document with one section of one entry, and the section's narrative."""
    return (
        '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:pharm="urn:hl7-org:pharm"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><languageCode code="pt-PT"/>'
        '<component><structuredBody><component><section><code code="48765-2"/><title>Alergias</title>'
        f"<text>{text}</text>{entry and f'<entry>{entry}</entry>'}"
        "</section></component></structuredBody></component></ClinicalDocument>"
    )


_PATIENT = """<recordTarget><patientRole><id root="2.999.1" extension="13837424032"/><patient>
  <name><given>Ana</given><family>Prøve</family></name>
  <administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1" displayName="Female"/>
  <birthTime value="19740313"/></patient></patientRole></recordTarget>"""
_ADDRESSES = {
    "NO": "<addr><streetAddressLine>Fjordgata 2</streetAddressLine><city>Karasjok</city><country>NO</country></addr>",
    "PT": "<addr><streetAddressLine>Rua 1</streetAddressLine><city>Faro</city><country>PT</country></addr>",
}


def _material(name: str, ingredients: str = "") -> str:
    atc = 'code="N02BE01" codeSystem="2.16.840.1.113883.6.73" displayName="paracetamol"'
    return f"""<manufacturedProduct><manufacturedMaterial><name>{name}</name><pharm:desc>500 mg</pharm:desc>
      <pharm:formCode code="10219000" codeSystem="{EDQM}" displayName="Tablet">
        <translation code="53" codeSystem="2.999.7448" displayName="Tablett"/></pharm:formCode>
      <pharm:asContent><pharm:quantity value="10" unit="1"/><pharm:containerPackagedProduct>
        <pharm:formCode code="30007000" codeSystem="{EDQM}" displayName="Blister"/>
        <pharm:asContent><pharm:quantity value="2" unit="1"/><pharm:containerPackagedProduct>
          <pharm:code code="012345" codeSystem="2.999.7510"/><pharm:name>Paracet 500 mg, 20 stk</pharm:name>
          <pharm:formCode code="30009000" codeSystem="{EDQM}" displayName="Box"/>
        </pharm:containerPackagedProduct></pharm:asContent></pharm:containerPackagedProduct></pharm:asContent>
      <pharm:asSpecializedKind><pharm:generalizedMaterialKind><pharm:code {atc}/></pharm:generalizedMaterialKind>
      </pharm:asSpecializedKind>
      <pharm:ingredient><pharm:quantity><numerator xsi:type="PQ" value="500" unit="mg"/>
        <denominator xsi:type="PQ" value="1" unit="1"/></pharm:quantity><pharm:ingredientSubstance>
        <pharm:code {atc}><translation code="N02BE01" codeSystem="2.999.7180" displayName="Paracetamol"/></pharm:code>
        <pharm:name>Paracetamol</pharm:name></pharm:ingredientSubstance></pharm:ingredient>{ingredients}
      </manufacturedMaterial><manufacturerOrganization><name>Fjellmark AS</name></manufacturerOrganization>
      </manufacturedProduct>"""


def _clinical(template: str, code: str, header: str, text: str, entry: str, language: str = "nb-NO") -> str:
    return f"""<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:pharm="urn:hl7-org:pharm"
      xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
      <templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.1.{template}"/><id root="2.999.10" extension="EP-1"/>
      <code code="{code}" codeSystem="2.16.840.1.113883.6.1"/><title>Resept</title>
      <effectiveTime value="20260501093000+0200"/><languageCode code="{language}"/>{_PATIENT}{header}
      <component><structuredBody><component><section><code code="57828-6"/><title>Resepter</title>
      <text>{text}</text><entry>{entry}</entry></section></component></structuredBody></component>
      </ClinicalDocument>"""


_DOSAGE = """<effectiveTime xsi:type="PIVL_TS"><period value="8" unit="h"/></effectiveTime>
  <routeCode code="20053000" codeSystem="0.4.0.127.0.16.1.1.2.1" displayName="Oral use">
  <translation code="53" codeSystem="2.999.7477" displayName="Oral"/></routeCode>
  <doseQuantity><low value="1" unit="1"/><high value="1" unit="1"/></doseQuantity>"""
_INSTRUCTION = """<entryRelationship typeCode="SUBJ"><act><code code="PINSTRUCT"/>
  <text><reference value="#dose"/></text></act></entryRelationship>"""


def eprescription(*, dosage: str = _DOSAGE, instruction: str = _INSTRUCTION, ingredients: str = "") -> str:
    """An ePrescription with everything a pharmacist asks for."""
    header = f"""<author><time value="20260501093000+0200"/><assignedAuthor><assignedPerson>
      <name><given>Kari</given><family>Solberg</family></name></assignedPerson><representedOrganization>
      <name>Fjordgløtt legesenter</name>{_ADDRESSES["NO"]}</representedOrganization></assignedAuthor></author>"""
    text = """<paragraph ID="dose">1 tablett 3 ganger daglig. Gjenstår 2 uttak.</paragraph>
      <paragraph ID="pack">Pakkes i dosett</paragraph>"""
    icd = 'code="M54" codeSystem="1.3.6.1.4.1.12559.11.10.1.3.1.44.2" displayName="Dorsalgia"'
    entry = f"""<substanceAdministration classCode="SBADM" moodCode="INT"><id root="2.999.20" extension="R-1"/>
      <statusCode code="active"/>
      <effectiveTime xsi:type="IVL_TS"><low value="20260501"/><high value="20260801"/></effectiveTime>{dosage}
      <consumable>{_material("Paracet", ingredients)}</consumable>
      <entryRelationship typeCode="COMP"><supply classCode="SPLY" moodCode="RQO"><quantity value="1" unit="1"/></supply>
      </entryRelationship>
      <entryRelationship typeCode="RSON"><observation classCode="OBS" moodCode="EVN"><value xsi:type="CD" {icd}>
        <translation code="L03" codeSystem="2.999.7170" displayName="Korsryggsmerter"/></value></observation>
      </entryRelationship>
      <entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN">
        <code code="SUBST" codeSystem="2.16.840.1.113883.5.6"/>
        <value xsi:type="CE" code="N" codeSystem="2.16.840.1.113883.5.1070" displayName="none"/></observation>
      </entryRelationship>{instruction}
      <entryRelationship typeCode="SUBJ"><act><code code="FINSTRUCT"/><text><reference value="#pack"/></text></act>
      </entryRelationship></substanceAdministration>"""
    return _clinical("1", "57833-6", header, text, entry)


def edispensation() -> str:
    """An eDispensation of another product than the prescribed one."""
    header = '<inFulfillmentOf><order><id root="2.999.10" extension="EP-1"/></order></inFulfillmentOf>'
    entry = f"""<supply classCode="SPLY" moodCode="EVN"><id root="2.999.30" extension="D-1"/>
      <quantity value="2" unit="1"/><product>{_material("Paracet")}</product>
      <performer><time value="20260502100000+0100"/><assignedEntity><assignedPerson>
        <name><given>Rita</given><family>Sol</family></name></assignedPerson><representedOrganization>
        <name>Farmácia do Mar</name>{_ADDRESSES["PT"]}</representedOrganization></assignedEntity></performer>
      <entryRelationship typeCode="REFR"><substanceAdministration classCode="SBADM" moodCode="INT">
        <id root="2.999.20" extension="R-1"/><consumable>{_material("Pinex")}</consumable></substanceAdministration>
      </entryRelationship>
      <entryRelationship typeCode="COMP"><act classCode="ACT" moodCode="EVN"><code code="SUBST"
        codeSystem="2.16.840.1.113883.5.6"/></act></entryRelationship></supply>"""
    return _clinical("2", "60593-1", header, "<paragraph>Dispensado</paragraph>", entry, "pt-PT")


def level_one(template: str = "7", code: str = "60591-5", text: str | None = None) -> str:
    """A document of level 1; its file is a few bytes that call themselves a PDF."""
    body = (
        '<text mediaType="application/pdf" representation="B64">JVBERi0xLjQgcHLDuHZl</text>' if text is None else text
    )
    return f"""<ClinicalDocument xmlns="urn:hl7-org:v3"><templateId
      root="1.3.6.1.4.1.12559.11.10.1.3.1.1.{template}"/><id root="2.999.10" extension="L1-1"/>
      <code code="{code}" codeSystem="2.16.840.1.113883.6.1"/><title>Original</title>
      <effectiveTime value="20260501"/><languageCode code="nb-NO"/>{_PATIENT}
      <component><nonXMLBody>{body}</nonXMLBody></component></ClinicalDocument>"""
