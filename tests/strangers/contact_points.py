"""Contact points of other countries, as they list and what they send, from their source and captured answers alone.

OpenNCP 9 with its reference connector: the list carries size and SHA-1 of the file that the national infrastructure
gave, on the entries of both renderings, and one language for all; a retrieve runs the document through the
transformation and a new serialisation. Denmark: both are made when they are asked for, so that the list has size 0 and
the SHA-1 of nothing, and each query gives them new ids. Both answer one document a request, inline.
"""

import base64
import hashlib
import re
from dataclasses import dataclass, field
from html import escape
from itertools import count

from lxml import etree

from tests.strangers.client import FNR, NS, SOAP

SUCCESS = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"
FAILURE = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure"
V3 = "urn:hl7-org:v3"
PS, LOINC = "60591-5", "2.16.840.1.113883.6.1"
FORMATS = {"L3": "urn:epSOS:ps:ps:2010", "L1": "urn:ihe:iti:xds-sd:pdf:2008"}
PDF = b"%PDF-1.4\n%invented original\n%%EOF\n"


@dataclass(frozen=True)
class Patient:
    """Whom the national infrastructure knows."""

    number: str
    family: str
    given: str
    born: str
    sex: str
    register: str = FNR


def document(patient: Patient, unique_id: str, level: str, language: str = "nb") -> bytes:
    """A summary as the national infrastructure writes it; of level 1 with the PDF inside."""
    root, _, extension = unique_id.partition("^")
    pdf = base64.b64encode(PDF).decode()
    body = {
        "L3": "<structuredBody><component><section><code code='48765-2' codeSystem='2.16.840.1.113883.6.1'/>"
        "<title>Allergier</title><text>Penicillin</text></section></component></structuredBody>",
        "L1": f"<nonXMLBody><text mediaType='application/pdf' representation='B64'>{pdf}</text></nonXMLBody>",
    }[level]
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- national -->
<ClinicalDocument xmlns="{V3}">
  <id root="{root}" extension="{extension}"/>
  <code code="{PS}" codeSystem="{LOINC}"/>
  <title>Sammendrag</title>
  <effectiveTime value="20261101120000+0100"/>
  <languageCode code="{language}"/>
  <recordTarget><patientRole><id root="{patient.register}" extension="{patient.number}"/>
    <patient><name><given>{patient.given}</given><family>{patient.family}</family></name>
      <administrativeGenderCode code="{patient.sex}" codeSystem="2.16.840.1.113883.5.1"/>
      <birthTime value="{patient.born}"/></patient></patientRole></recordTarget>
  <component>{body}</component>
</ClinicalDocument>
""".encode()


@dataclass
class OpenNcp9:
    """OpenNCP 9: lists the national file, sends what its transformation made of it."""

    patient: Patient
    home: str
    language: str = "en-GB"
    """Of every entry: the node's own."""
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """By unique id, level and the national file."""

    def answer(self, request: bytes) -> bytes:
        """The body of the answer, by the element that the request's body is."""
        asked = etree.fromstring(request).find(f"{{{SOAP}}}Body")[0]
        kind = etree.QName(asked).localname
        if kind == "PRPA_IN201305UV02":
            return _soap(self.found(asked))
        if kind == "AdhocQueryRequest":
            return _soap(self.listed(asked))
        assert kind == "RetrieveDocumentSetRequest", kind
        return _soap(self.retrieved(asked))

    def found(self, asked: etree._Element) -> str:
        """PRPA_IN201306UV02; queryResponseCode AE on success too, as OpenNCP has it."""
        numbers = asked.xpath("//v:livingSubjectId/v:value/@extension", namespaces={"v": V3})
        person, known = self.patient, self.patient.number in numbers
        subject = (
            '<subject typeCode="SUBJ"><registrationEvent classCode="REG" moodCode="EVN"><id nullFlavor="NA"/>'
            '<statusCode code="active"/><subject1 typeCode="SBJ"><patient classCode="PAT">'
            f'<id root="{person.register}" extension="{person.number}"/><statusCode code="active"/>'
            '<patientPerson classCode="PSN" determinerCode="INSTANCE">'
            f"<name><family>{escape(person.family)}</family><given>{escape(person.given)}</given></name>"
            f'<administrativeGenderCode code="{person.sex}"/><birthTime value="{person.born}"/></patientPerson></patient>'
            '</subject1><custodian typeCode="CST"><assignedEntity classCode="ASSIGNED">'
            f'<id root="{self.home}"/></assignedEntity></custodian></registrationEvent></subject>'
        )
        return (
            f'<PRPA_IN201306UV02 xmlns="{V3}" ITSVersion="XML_1.0"><id root="1.2" extension="1"/><acknowledgement>'
            '<typeCode code="AA"/></acknowledgement><sender typeCode="SND"><device classCode="DEV" '
            f'determinerCode="INSTANCE"><id root="{self.home}"/></device></sender><controlActProcess classCode="CACT" '
            f'moodCode="EVN">{subject if known else ""}<queryAck><queryId root="1.2"/><queryResponseCode code="AE"/>'
            "</queryAck></controlActProcess></PRPA_IN201306UV02>"
        )

    def listed(self, asked: etree._Element) -> str:
        """Both renderings, tied by an association from the PDF to the XML."""
        about = "".join(asked.xpath("//r:Slot[@name='$XDSDocumentEntryPatientId']//r:Value/text()", namespaces=_RIM))
        if self.patient.number not in about:
            return _list("")
        ids = self.make()
        entries = "".join(self._entry(level, unique_id, ids) for level, unique_id in ids.items())
        link = (
            '<rim:Association id="urn:uuid:link" associationType="urn:ihe:iti:2007:AssociationType:XFRM" '
            'sourceObject="urn:uuid:L1" targetObject="urn:uuid:L3"/>'
        )
        return _list(entries + link)

    def make(self) -> dict[str, str]:
        """Unique ids by level; the national infrastructure has the two files."""
        ids = {level: f"{self.home}.7^{level}" for level in FORMATS}
        for level, unique_id in ids.items():
            self.files.setdefault(unique_id, (level, document(self.patient, unique_id, level)))
        return ids

    def stated(self, ids: dict[str, str]) -> tuple[int, str]:
        """Size and SHA-1, of the XML's national file on both entries: so the reference connector has it."""
        national = self.files[ids["L3"]][1]
        return len(national), hashlib.sha1(national).hexdigest()

    def retrieved(self, asked: etree._Element) -> str:
        """The first document that is asked for, or a failure."""
        unique_id = asked.xpath("//x:DocumentUniqueId/text()", namespaces={"x": NS["xds"]})[0]
        if unique_id not in self.files:
            return (
                f'<xds:RetrieveDocumentSetResponse xmlns:xds="{NS["xds"]}"><rs:RegistryResponse xmlns:rs="{NS["rs"]}" '
                f'status="{FAILURE}"/></xds:RetrieveDocumentSetResponse>'
            )
        content = base64.b64encode(self.sent(unique_id)).decode()
        return (
            f'<xds:RetrieveDocumentSetResponse xmlns:xds="{NS["xds"]}"><rs:RegistryResponse xmlns:rs="{NS["rs"]}" '
            f'status="{SUCCESS}"/><xds:DocumentResponse><xds:HomeCommunityId>urn:oid:{self.home}</xds:HomeCommunityId>'
            "<xds:RepositoryUniqueId>1.2.3</xds:RepositoryUniqueId>"
            f"<xds:DocumentUniqueId>{unique_id}</xds:DocumentUniqueId><xds:mimeType>text/xml</xds:mimeType>"
            f"<xds:Document>{content}</xds:Document></xds:DocumentResponse></xds:RetrieveDocumentSetResponse>"
        )

    def sent(self, unique_id: str) -> bytes:
        """What the transformation makes of the national file: parsed, a display added, serialised anew."""
        root = etree.fromstring(self.files[unique_id][1], etree.XMLParser(remove_comments=True, remove_blank_text=True))
        root.find(f"{{{V3}}}code").set("displayName", "Patient summary Document")
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=False)

    def _entry(self, level: str, unique_id: str, ids: dict[str, str]) -> str:
        size, sha1 = self.stated(ids)
        patient = f"{self.patient.number}^^^&amp;{self.patient.register}&amp;ISO"
        slots = {
            "creationTime": "20261101110000", "repositoryUniqueId": "1.2.3", "languageCode": self.language,
            "size": str(size), "hash": sha1, "sourcePatientId": patient,
        }  # fmt: skip
        classes = {
            "41a5887f-8865-4c09-adf7-e362475b143a": (PS, LOINC),
            "a09d5840-386c-46f2-b5ad-9c3699a4309d": (FORMATS[level], "eHDSI formatCodes"),
        }
        identifiers = {
            "58a6f841-87b3-4a3e-92fd-a8ffeff98427": (patient, "patientId"),
            "2e82c1f6-a085-4c72-9da3-8640a32e42ab": (unique_id, "uniqueId"),
        }
        own = f"urn:uuid:{level}"
        return (
            f'<rim:ExtrinsicObject id="{own}" home="urn:oid:{self.home}" mimeType="text/xml" '
            'objectType="urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1" '
            'status="urn:oasis:names:tc:ebxml-regrep:StatusType:Approved">'
            + "".join(_slot(*one) for one in slots.items())
            + '<rim:Name><rim:LocalizedString value="Patient Summary"/></rim:Name>'
            + "".join(
                f'<rim:Classification id="urn:uuid:{level}{n}" classificationScheme="urn:uuid:{scheme}" '
                f'classifiedObject="{own}" nodeRepresentation="{code}">{_slot("codingScheme", system)}'
                '<rim:Name><rim:LocalizedString value="x"/></rim:Name></rim:Classification>'
                for n, (scheme, (code, system)) in enumerate(classes.items())
            )
            + "".join(
                f'<rim:ExternalIdentifier id="urn:uuid:{level}{name}" identificationScheme="urn:uuid:{scheme}" '
                f'registryObject="{own}" value="{value}"><rim:Name><rim:LocalizedString '
                f'value="XDSDocumentEntry.{name}"/></rim:Name></rim:ExternalIdentifier>'
                for scheme, (value, name) in identifiers.items()
            )
            + "</rim:ExtrinsicObject>"
        )


@dataclass
class Denmark(OpenNcp9):
    """Denmark: each query makes both anew, under new ids, and knows neither size nor hash."""

    language: str = "da-DK"
    queries: count = field(default_factory=lambda: count(1))

    def make(self) -> dict[str, str]:
        number = next(self.queries)
        ids = {level: f"{self.home}.7^{number}{level}" for level in FORMATS}
        for level, unique_id in ids.items():
            self.files[unique_id] = level, document(self.patient, unique_id, level, "da")
        return ids

    def stated(self, _ids: dict[str, str]) -> tuple[int, str]:
        return 0, hashlib.sha1(b"").hexdigest()

    def sent(self, unique_id: str) -> bytes:
        """As it was made, without blanks between elements."""
        return re.sub(rb">\s+<", b"><", self.files[unique_id][1])


_RIM = {"r": NS["rim"]}


def _soap(body: str) -> bytes:
    return f'<s:Envelope xmlns:s="{SOAP}"><s:Header/><s:Body>{body}</s:Body></s:Envelope>'.encode()


def _list(objects: str) -> str:
    return (
        f'<query:AdhocQueryResponse xmlns:query="{NS["query"]}" xmlns:rim="{NS["rim"]}" status="{SUCCESS}">'
        f"<rim:RegistryObjectList>{objects}</rim:RegistryObjectList></query:AdhocQueryResponse>"
    )


def _slot(name: str, value: str) -> str:
    return f'<rim:Slot name="{name}"><rim:ValueList><rim:Value>{value}</rim:Value></rim:ValueList></rim:Slot>'
