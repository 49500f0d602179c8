"""A pharmacy of another country: it dispenses an ePrescription and takes back, as both generations of OpenNCP submit.

Its documents are made of the ePrescription's own elements, by lxml alone.
"""

import base64
import copy
import re
import uuid
from datetime import UTC, datetime

from lxml import etree

from tests.strangers.client import FNR, NS, Client

V3 = "urn:hl7-org:v3"
CDA = {"v": V3}
TEMPLATE = "1.3.6.1.4.1.12559.11.10.1.3.1.1.2"
LOINC = "2.16.840.1.113883.6.1"
HOME = "2.16.17.710.820.1000.990.1"
DISPENSE, DISCARD = "60593-1", "DISCARD-60593-1"
FORMATS = {DISPENSE: "urn:epSOS:ep:dis:2010", DISCARD: "urn:eHDSI:ed:discard:2020"}
NAMES = {
    DISPENSE: ("Medication dispensed", "eDispensation", "eHDSI coded eDispensation"),
    DISCARD: ("Discard Medication dispensed", "eDispensation Discard", "eHDSI coded eDispensation Discard"),
}
_PERSON = (
    '<{role} classCode="ASSIGNED"><id root="{home}.9" extension="P-1"/><addr nullFlavor="NI"/><telecom nullFlavor="NI"/>'
    "<assignedPerson><name><given>Rui</given><family>Estranho</family></name></assignedPerson>"
    '<representedOrganization><id root="{home}.9" extension="F-1"/><name>Farmácia Estranha</name>'
    '<telecom use="WP" value="tel:+351220000000"/><addr><city>Porto</city><country>PT</country></addr>'
    "</representedOrganization></{role}>"
)


def dispensed(prescription: bytes, number: str, packages: int = 1) -> bytes:
    """The eDispensation of an ePrescription: so many packages of what it prescribes, under that number."""
    of = etree.fromstring(prescription)
    item = of.find(".//v:entry/v:substanceAdministration", CDA)
    product = item.find("v:consumable/v:manufacturedProduct", CDA)
    now = f"{datetime.now(UTC):%Y%m%d%H%M%S}+0000"
    author = _PERSON.format(role="assignedAuthor", home=HOME)
    performer = _PERSON.format(role="assignedEntity", home=HOME)

    def copied(path: str) -> str:
        return etree.tostring(copy.deepcopy(of.find(path, CDA)), encoding="unicode", with_tail=False)

    own, prescribed = (
        etree.tostring(one, encoding="unicode", with_tail=False) for one in (product, item.find("v:id", CDA))
    )
    return (
        f'<ClinicalDocument xmlns="{V3}" xmlns:pharm="urn:hl7-org:pharm">'
        '<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>'
        f'<templateId root="{TEMPLATE}"/><id root="{HOME}" extension="{number}"/>'
        f'<code code="{DISPENSE}" codeSystem="{LOINC}" displayName="Medication dispensed.extended Document"/>'
        f'<title>Dispensa</title><effectiveTime value="{now}"/>'
        '<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/><languageCode code="pt-PT"/>'
        f'{copied("v:recordTarget")}<author><time value="{now}"/>{author}</author>'
        f"{copied('v:custodian')}{copied('v:legalAuthenticator')}"
        f'<inFulfillmentOf typeCode="FLFS"><order classCode="ACT" moodCode="RQO">{copied("v:id")}</order></inFulfillmentOf>'
        '<component><structuredBody><component><section classCode="DOCSECT">'
        '<templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.2.2"/>'
        f'<id root="{HOME}" extension="{number}.1"/><code code="60590-7" codeSystem="{LOINC}"/><title>Dispensa</title>'
        '<text><content ID="d1">Dispensado</content></text><entry typeCode="COMP">'
        '<supply classCode="SPLY" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.3"/>'
        f'<id root="{HOME}" extension="{number}.1"/><text><reference value="#d1"/></text>'
        f'<quantity value="{packages}" unit="1"/><product>{own}</product>'
        f'<performer typeCode="PRF"><time value="{now}"/>{performer}</performer>'
        f'<entryRelationship typeCode="REFR"><substanceAdministration classCode="SBADM" moodCode="INT">{prescribed}'
        f'<consumable typeCode="CSM">{own}</consumable></substanceAdministration></entryRelationship>'
        "</supply></entry></section></component></structuredBody></component></ClinicalDocument>"
    ).encode()


def discarded(dispensation: bytes) -> bytes:
    """What takes it back: OpenNCP changes the first templateId and the first code, and nothing else."""
    text = re.sub('(<templateId root=")[^"]*', rf"\g<1>{TEMPLATE}-DISCARD", dispensation.decode(), count=1)
    return re.sub('(<code code=")[^"]*', rf"\g<1>{DISCARD}", text, count=1).encode()


def submission(document: bytes, number: str, code: str, content: str, entry: str, *, form: str | None = None) -> str:
    """ITI-41 with the metadata of OpenNCP: times of twelve hours, and of a discard a new id for the entry."""
    at, package = f"{datetime.now(UTC):%Y%m%d%I%M%S}", f"urn:uuid:{uuid.uuid4()}"
    patient = f"{number}^^^&amp;{FNR}&amp;ISO"
    class_name, type_name, format_name = NAMES[code]
    own = etree.fromstring(document).find("v:id", CDA)
    unique = f"{own.get('root')}^{own.get('extension')}" if code == DISPENSE else f"urn:uuid:{uuid.uuid4()}"

    def slot(name: str, *values: str) -> str:
        return f'<Slot name="{name}"><ValueList>{"".join(f"<Value>{v}</Value>" for v in values)}</ValueList></Slot>'

    def coded(scheme: str, code_: str, system: str, name: str, of: str = entry) -> str:
        return (
            f'<Classification id="urn:uuid:{uuid.uuid4()}" classificationScheme="urn:uuid:{scheme}" classifiedObject="{of}" '
            f'nodeRepresentation="{code_}">{slot("codingScheme", system)}<Name><LocalizedString value="{name}"/></Name>'
            "</Classification>"
        )

    def identified(scheme: str, name: str, value: str, of: str = entry) -> str:
        return (
            f'<ExternalIdentifier id="urn:uuid:{uuid.uuid4()}" identificationScheme="urn:uuid:{scheme}" '
            f'registryObject="{of}" value="{value}"><Name><LocalizedString value="{name}"/></Name></ExternalIdentifier>'
        )

    return (
        f'<xds:ProvideAndRegisterDocumentSetRequest xmlns:xds="{NS["xds"]}" xmlns="{NS["rim"]}">'
        '<lcm:SubmitObjectsRequest xmlns:lcm="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"><RegistryObjectList>'
        f'<ExtrinsicObject id="{entry}" mimeType="text/xml" objectType="urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1" '
        'status="urn:oasis:names:tc:ebxml-regrep:StatusType:Approved">'
        f"{slot('creationTime', at)}{slot('languageCode', 'pt-PT')}{slot('sourcePatientId', patient)}"
        f"{slot('sourcePatientInfo', f'PID-3|{patient}')}"
        f"{coded('f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1', 'PT', '1.0.3166.1', 'Portugal')}"
        f"{coded('41a5887f-8865-4c09-adf7-e362475b143a', code, LOINC, class_name)}"
        f"{coded('a09d5840-386c-46f2-b5ad-9c3699a4309d', form or FORMATS[code], 'eHDSI formatCodes', format_name)}"
        f"{coded('f0306f51-975f-434e-a61c-c59651d33983', code, LOINC, type_name)}"
        f"{identified('58a6f841-87b3-4a3e-92fd-a8ffeff98427', 'XDSDocumentEntry.patientId', patient)}"
        f"{identified('2e82c1f6-a085-4c72-9da3-8640a32e42ab', 'XDSDocumentEntry.uniqueId', unique)}</ExtrinsicObject>"
        f'<RegistryPackage id="{package}" objectType="urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd">'
        f'{slot("submissionTime", at)}<Name><LocalizedString value="{type_name}"/></Name>'
        f"{coded('aa543740-bdda-424e-8c96-df4873be8500', code, LOINC, type_name, package)}"
        f"{identified('96fdda7c-d067-4183-912e-bf5ee74998a8', 'XDSSubmissionSet.uniqueId', f'{HOME}.99.5', package)}"
        f"{identified('6b5aea1a-874d-4603-a4bc-96a0a7b38446', 'XDSSubmissionSet.patientId', patient, package)}"
        f"{identified('554ac39e-e3fe-47fe-b233-965d2a147832', 'XDSSubmissionSet.sourceId', HOME, package)}"
        "</RegistryPackage>"
        f'<Classification id="urn:uuid:{uuid.uuid4()}" classifiedObject="{package}" '
        'classificationNode="urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"/>'
        f'<Association id="urn:uuid:{uuid.uuid4()}" sourceObject="{package}" targetObject="{entry}" '
        f'associationType="urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember">'
        f"{slot('SubmissionSetStatus', 'Original')}</Association></RegistryObjectList></lcm:SubmitObjectsRequest>"
        f'<xds:Document id="{entry}">{content}</xds:Document></xds:ProvideAndRegisterDocumentSetRequest>'
    )


def submit(client: Client, person: str, document: bytes, code: str = DISPENSE, *, mtom: bool = False,
           form: str | None = None):  # fmt: skip
    """Hand it in with new assertions: inline as OpenNCP 9 (CXF), or by MTOM as OpenNCP 8 (Axis2)."""
    number, entry, hcp = client.person(person), f"urn:uuid:{uuid.uuid4()}", client.hcp()
    given = hcp, client.trc(hcp, number)
    if not mtom:
        body = submission(document, number, code, base64.b64encode(document).decode(), entry, form=form)
        return client.send("xdr", client.envelope("provide", given, body), kind="provide")
    include = f'<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:{entry}"/>'
    root = client.envelope("provide", given, submission(document, number, code, include, entry, form=form))
    start = f"0.urn:uuid:{uuid.uuid4()}@apache.org"
    parts = (
        ('application/xop+xml; charset=UTF-8; type="application/soap+xml"', start, root),
        ("application/octet-stream", entry, document),
    )
    message = b"".join(
        f"--MIMEBoundary\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <{name}>\r\n\r\n".encode()
        + content
        + b"\r\n"
        for kind, name, content in parts
    )
    header = (
        'Content-Type: multipart/related; boundary=MIMEBoundary; type="application/xop+xml"; '
        f'start="<{start}>"; start-info="application/soap+xml"; action="urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b"'
    )
    return client.send("xdr", message + b"--MIMEBoundary--\r\n", headers=(header,), kind="provide")
