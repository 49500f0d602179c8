"""A client of another country, written from the wire alone: templates of its own, signed by xmlsec1, sent by curl.

It knows of the node what `demo.json` says, and nothing of its code.
"""

import base64
import json
import subprocess
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lxml import etree

from tests.support.machine.require import require

SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSA = "http://www.w3.org/2005/08/addressing"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
NS = {
    "s": SOAP,
    "v3": "urn:hl7-org:v3",
    "rim": "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0",
    "rs": "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0",
    "query": "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0",
    "xds": "urn:ihe:iti:xds-b:2007",
    "wsa": WSA,
}
ACTIONS = {
    "xcpd": "urn:hl7-org:v3:PRPA_IN201305UV02:CrossGatewayPatientDiscovery",
    "query": "urn:ihe:iti:2007:CrossGatewayQuery",
    "retrieve": "urn:ihe:iti:2007:CrossGatewayRetrieve",
    "provide": "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b",
}
FORMAT = "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d"
PDF = "urn:ihe:iti:xds-sd:pdf:2008"
FNR = "2.16.578.1.12.4.1.4.1"
PERMISSIONS = ("PRD-003", "PRD-004", "PRD-005", "PRD-006", "PRD-010", "PRD-016", "PPD-032", "PPD-033", "PPD-046")

_SIGNATURE = """<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>\
<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>\
<ds:SignatureMethod Algorithm="{signature}"/><ds:Reference URI="#{id}"><ds:Transforms>\
<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>\
<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"><ec:InclusiveNamespaces \
xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="{prefixes}"/></ds:Transform></ds:Transforms>\
<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>\
<ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo></ds:Signature>"""

_ATTRIBUTE = """<saml2:Attribute FriendlyName="{friendly}" Name="{name}" \
NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri">{values}</saml2:Attribute>"""


@dataclass
class Answer:
    """HTTP status, content type, bytes and the parsed envelope; status 0 when there is no answer."""

    status: int
    raw: bytes
    content_type: str = ""
    envelope: etree._Element | None = None

    @property
    def body(self) -> etree._Element:
        """The one element in the body."""
        assert self.envelope is not None, self.raw
        (body,) = self.envelope.find(f"{{{SOAP}}}Body")
        return body

    @property
    def codes(self) -> list[str]:
        """Error codes of a discovery, query or retrieve; a warning is no error."""
        detail = self.body.findall(".//v3:acknowledgementDetail/v3:code", NS)
        registry = self.body.findall(".//rs:RegistryError", NS)
        return [code.get("code", "") for code in detail] + [
            error.get("errorCode", "") for error in registry if not error.get("severity", "").endswith(":Warning")
        ]

    @property
    def patients(self) -> list[etree._Element]:
        """Patients found, none in a refusal."""
        return self.body.findall(".//v3:subject1/v3:patient", NS)

    @property
    def entries(self) -> list[etree._Element]:
        """Documents listed."""
        return self.body.findall(".//rim:ExtrinsicObject", NS)

    @property
    def structured(self) -> list[etree._Element]:
        """Documents listed that are no PDF, told by the format as OpenNCP tells them."""
        return [entry for entry in self.entries if classified(entry, FORMAT) != PDF]

    @property
    def pairs(self) -> dict[str, str]:
        """By unique id of a PDF: of the document it is a rendering of, as the associations of the list say."""
        ids = {entry.get("id", ""): unique_id(entry) for entry in self.entries}
        links = self.body.findall(".//rim:Association", NS)
        return {
            ids[link.get("sourceObject", "")]: ids[link.get("targetObject", "")]
            for link in links
            if link.get("associationType") == "urn:ihe:iti:2007:AssociationType:XFRM"
        }

    @property
    def documents(self) -> dict[str, bytes]:
        """Documents retrieved, by unique id; inline base64 alone."""
        responses = self.body.findall("xds:DocumentResponse", NS)
        return {
            r.findtext("xds:DocumentUniqueId", "", NS): base64.b64decode(
                r.findtext("xds:Document", "", NS), validate=True
            )
            for r in responses
        }


def unique_id(entry: etree._Element) -> str:
    """XDSDocumentEntry.uniqueId, found by its name as OpenNCP finds it."""
    (value,) = [
        identifier.get("value", "")
        for identifier in entry.findall("rim:ExternalIdentifier", NS)
        if identifier.find("rim:Name/rim:LocalizedString", NS).get("value") == "XDSDocumentEntry.uniqueId"
    ]
    return value


def classified(entry: etree._Element, scheme: str) -> str:
    """The code of the one classification of that scheme."""
    (found,) = [c for c in entry.findall("rim:Classification", NS) if c.get("classificationScheme") == scheme]
    return found.get("nodeRepresentation", "")


def slot(entry: etree._Element, name: str) -> str:
    """First value of a slot."""
    return entry.findtext(f"rim:Slot[@name='{name}']/rim:ValueList/rim:Value", "", NS)


@dataclass
class Client:
    """Portugal, by what `demo.json` gives it."""

    demo: dict
    scratch: Path
    own: dict = field(init=False)

    def __post_init__(self) -> None:
        self.own = self.demo["countries"]["PT"]
        self.xmlsec1, self.curl = require("xmlsec1"), require("curl")
        version = subprocess.run([self.xmlsec1, "--version"], check=True, capture_output=True, text=True).stdout
        self.lax = [] if version.startswith("xmlsec1 1.2") else ["--lax-key-search"]

    @classmethod
    def of(cls, folder: Path, scratch: Path) -> "Client":
        return cls(json.loads((folder / "demo.json").read_text("utf-8")), scratch)

    def person(self, identifier: str) -> str:
        (number,) = [p["identifier"] for p in self.demo["persons"] if p["id"] == identifier]
        return str(number)

    # --- assertions -------------------------------------------------------------------------------------------------

    def hcp(self, *, at: datetime | None = None, style: str = "openncp", key: str = "seal",
            of: str = "PT", sign: bool = True) -> bytes:  # fmt: skip
        """An HCP assertion as OpenNCP issues it, or in the Finnish manner (prefix xs, default namespace on top)."""
        prefix = "xs" if style == "finland" else "xsd"
        own_id, at = f"_{uuid.uuid4()}", at or datetime.now(UTC)
        code = 'code="221" codeSystem="2.16.840.1.113883.2.9.6.2.7" codeSystemName="ISCO" displayName="Medical Doctors"'
        use = (
            'code="TREATMENT" codeSystem="3bc18518-d305-46c2-a8d6-94bd59856e9e" '
            'codeSystemName="eHDSI XSPA PurposeOfUse" displayName="TREATMENT"'
        )
        permission = "urn:oasis:names:tc:xspa:1.0:subject:hl7:permission"
        home = self.demo["nodes"]["PT"]["home_community_id"]
        attributes = [
            ("HCI Identifier", "urn:ihe:iti:xca:2010:homeCommunityId", [f"urn:oid:{home}"]),
            ("NPI Identifier", "urn:oasis:names:tc:xspa:1.0:subject:npi", ["Portugal"]),
            ("XSPA Subject", "urn:oasis:names:tc:xspa:1.0:subject:subject-id", ["Rui Estranho"]),
            ("XSPA Role", "urn:oasis:names:tc:xacml:2.0:subject:role", [f'<Role xmlns="urn:hl7-org:v3" {code}/>']),
            ("XSPA Organization", "urn:oasis:names:tc:xspa:1.0:subject:organization", ["Hospital Estranho"]),
            ("XSPA Organization ID", "urn:oasis:names:tc:xspa:1.0:subject:organization-id", ["urn:oid:1.2.3.4"]),
            ("Facility Type", "urn:ehdsi:names:subject:healthcare-facility-type", ["Hospital"]),
            (
                "XSPA Purpose Of Use",
                "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse",
                [f'<PurposeOfUse xmlns="urn:hl7-org:v3" {use}/>'],
            ),
            ("XSPA Locality", "urn:oasis:names:tc:xspa:1.0:environment:locality", ["Porto"]),
            ("Hl7 Permissions", permission, [f"{permission}:{p}" for p in PERMISSIONS]),
        ]
        assertion = self._assertion("hcp", own_id, at, 4, "SmartcardPKI", "", attributes, prefix)
        return self._signed(assertion, own_id, key, prefix, of) if sign else self._unsigned(assertion)

    def trc(self, hcp: bytes, number: str, *, at: datetime | None = None, key: str = "seal", of: str = "PT",
            sign: bool = True) -> bytes:  # fmt: skip
        """A TRC assertion to that HCP about that patient."""
        own_id, at = f"_{uuid.uuid4()}", at or datetime.now(UTC)
        subject = f"{number}^^^&amp;{FNR}&amp;ISO"
        attributes = [("XSPA Subject", "urn:oasis:names:tc:xspa:1.0:subject:subject-id", [subject])]
        assertion = self._assertion("trc", own_id, at, 2, "PreviousSession", _advice(hcp), attributes, "xsd")
        return self._signed(assertion, own_id, key, "xsd", of) if sign else self._unsigned(assertion)

    def nok(self, hcp: bytes) -> bytes:
        """A NOK assertion to that HCP about an invented relative."""
        own_id, kin = f"_{uuid.uuid4()}", "urn:ehdsi:names:subject:nextofkin:"
        said = {"id": "PT-KIN-7", "firstname": "Ana", "familyname": "Estranha", "birthdate": "01-02-1970"}
        attributes = [(f"NOK {name}", f"{kin}{name}", [value]) for name, value in said.items()]
        at = datetime.now(UTC)
        assertion = self._assertion("nok", own_id, at, 2, "PreviousSession", _advice(hcp), attributes, "xsd")
        return self._signed(assertion, own_id, "seal", "xsd")

    def _assertion(self, kind, own_id, at, hours, class_ref, advice, attributes, prefix) -> str:
        issuer = f"urn:{'idp' if kind == 'hcp' else 'initgw'}:PT:countryB"
        typed = f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="{prefix}:string"'
        written = "".join(
            _ATTRIBUTE.format(
                friendly=friendly,
                name=name,
                values="".join(
                    f"<saml2:AttributeValue>{v}</saml2:AttributeValue>"
                    if v.startswith("<")
                    else f"<saml2:AttributeValue {typed}>{v}</saml2:AttributeValue>"
                    for v in values
                ),
            )
            for friendly, name, values in attributes
        )
        begin, end = stamp(at), stamp(at + timedelta(hours=hours))
        return (
            f'<saml2:Assertion xmlns:saml2="{SAML}" xmlns:{prefix}="http://www.w3.org/2001/XMLSchema" ID="{own_id}" '
            f'IssueInstant="{begin}" Version="2.0"><saml2:Issuer NameQualifier="urn:ehdsi:assertions:{kind}">{issuer}'
            "</saml2:Issuer>%s<saml2:Subject>"
            '<saml2:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">rui@example.invalid'
            "</saml2:NameID>"
            '<saml2:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"/></saml2:Subject>'
            f'<saml2:Conditions NotBefore="{begin}" NotOnOrAfter="{end}"><saml2:AudienceRestriction>'
            "<saml2:Audience>urn:ehdsi:assertions.audience:x-border</saml2:Audience></saml2:AudienceRestriction>"
            f'</saml2:Conditions>{advice}<saml2:AuthnStatement AuthnInstant="{begin}"><saml2:AuthnContext>'
            f"<saml2:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:{class_ref}</saml2:AuthnContextClassRef>"
            "</saml2:AuthnContext></saml2:AuthnStatement>"
            f"<saml2:AttributeStatement>{written}</saml2:AttributeStatement></saml2:Assertion>"
        )

    def _unsigned(self, assertion: str) -> bytes:
        return (assertion % "").encode("utf-8")

    def _signed(self, assertion: str, own_id: str, key: str, prefix: str, of: str = "PT") -> bytes:
        algorithm = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
        template = assertion % _SIGNATURE.format(id=own_id, prefixes=prefix, signature=algorithm)
        unsigned, signed = self.scratch / f"{own_id}.in.xml", self.scratch / f"{own_id}.xml"
        unsigned.write_text(template, "utf-8")
        owner = self.demo["countries"][of]
        pair = f"{owner[f'{key}_key']},{owner[f'{key}_certificate']}"
        subprocess.run(
            [self.xmlsec1, "--sign", *self.lax, "--id-attr:ID", f"{SAML}:Assertion", "--privkey-pem", pair,
             "--output", signed, unsigned],
            check=True, capture_output=True,
        )  # fmt: skip
        return etree.tostring(etree.parse(signed).getroot(), encoding="utf-8")

    # --- bodies -----------------------------------------------------------------------------------------------------

    def discovery(self, number: str) -> str:
        """ITI-55 as OpenNCP 8 writes it."""
        ours = self.demo["nodes"]["PT"]["home_community_id"]
        theirs = self.demo["nodes"]["NO"]["home_community_id"]

        def party(role: str, code: str, oid: str) -> str:
            return (
                f'<{role} typeCode="{code}"><device classCode="DEV" determinerCode="INSTANCE"><id root="{oid}"/>'
                '<asAgent classCode="AGNT"><representedOrganization classCode="ORG" determinerCode="INSTANCE">'
                f'<id root="{oid}"/></representedOrganization></asAgent></device></{role}>'
            )

        return (
            f'<PRPA_IN201305UV02 xmlns="urn:hl7-org:v3" ITSVersion="XML_1.0"><id root="{uuid.uuid4()}" '
            f'extension="0123456789"/><creationTime value="{datetime.now(UTC):%Y%m%d%H%M%S}.000+0000"/>'
            '<versionCode code="V3PR1"/><interactionId root="2.16.840.1.113883.1.6" extension="PRPA_IN201305UV02"/>'
            '<processingCode code="P"/><processingModeCode code="T"/><acceptAckCode code="AL"/>'
            f"{party('receiver', 'RCV', theirs)}{party('sender', 'SND', ours)}"
            '<controlActProcess classCode="CACT" moodCode="EVN"><code code="PRPA_TE201305UV02" '
            'codeSystemName="2.16.840.1.113883.1.6"/><authorOrPerformer typeCode="AUT"><assignedPerson '
            'classCode="ASSIGNED"/></authorOrPerformer><queryByParameter><queryId root="1.263507841149"/>'
            '<statusCode code="new"/><responseModalityCode code="R"/><responsePriorityCode code="I"/>'
            f'<matchCriterionList/><parameterList><livingSubjectId><value root="{FNR}" extension="{number}"/>'
            "<semanticsText>LivingSubject.id</semanticsText></livingSubjectId></parameterList></queryByParameter>"
            "</controlActProcess></PRPA_IN201305UV02>"
        )

    def query(self, number: str, *, classes: str = "('60591-5^^2.16.840.1.113883.6.1')", home: bool = False) -> str:
        """ITI-38 FindDocuments."""
        own = f' home="urn:oid:{self.demo["nodes"]["NO"]["home_community_id"]}"' if home else ""
        slots = {
            "$XDSDocumentEntryPatientId": f"'{number}^^^&amp;{FNR}&amp;ISO'",
            "$XDSDocumentEntryStatus": "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')",
            "$XDSDocumentEntryClassCode": classes,
        }
        written = "".join(
            f'<rim:Slot name="{name}"><rim:ValueList><rim:Value>{value}</rim:Value></rim:ValueList></rim:Slot>'
            for name, value in slots.items()
        )
        return (
            f'<query:AdhocQueryRequest xmlns:query="{NS["query"]}" xmlns:rim="{NS["rim"]}">'
            '<query:ResponseOption returnComposedObjects="true" returnType="LeafClass"/>'
            f'<rim:AdhocQuery id="urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"{own}>{written}</rim:AdhocQuery>'
            "</query:AdhocQueryRequest>"
        )

    def retrieval(self, *documents: tuple[str | None, str | None, str]) -> str:
        """ITI-39; community and repository may be left out."""
        requests = ""
        for home, repository, unique_id in documents:
            requests += "<xds:DocumentRequest>"
            requests += f"<xds:HomeCommunityId>urn:oid:{home}</xds:HomeCommunityId>" if home else ""
            requests += f"<xds:RepositoryUniqueId>{repository}</xds:RepositoryUniqueId>" if repository else ""
            requests += f"<xds:DocumentUniqueId>{unique_id}</xds:DocumentUniqueId></xds:DocumentRequest>"
        return f'<xds:RetrieveDocumentSetRequest xmlns:xds="{NS["xds"]}">{requests}</xds:RetrieveDocumentSetRequest>'

    # --- sending ----------------------------------------------------------------------------------------------------

    def envelope(self, kind: str, assertions: tuple[bytes, ...], body: str, *, addressing: str | None = None,
                 security: str = "", last: bool = False) -> bytes:  # fmt: skip
        """The message; ``addressing`` None writes Action and a new MessageID, as OpenNCP does; ``last``: before Security."""
        if addressing is None:
            addressing = (
                f'<wsa:Action xmlns:wsa="{WSA}" xmlns:m="{SOAP}" m:mustUnderstand="1">{ACTIONS[kind]}</wsa:Action>'
                f'<wsa:MessageID xmlns:wsa="{WSA}">urn:uuid:{uuid.uuid4()}</wsa:MessageID>'
            )
        secured = f'<wsse:Security xmlns:wsse="{WSSE}"{security}>'.encode() + b"".join(assertions) + b"</wsse:Security>"
        header = addressing.encode() + secured if last else secured + addressing.encode()
        return (
            f'<env:Envelope xmlns:env="{SOAP}"><env:Header>'.encode()
            + header
            + f"</env:Header><env:Body>{body}</env:Body></env:Envelope>".encode()
        )

    def ask(self, kind: str, assertions: tuple[bytes, ...], body: str, **manner) -> Answer:
        """Send one message of that kind to its service in the manner of OpenNCP 8, but for what is said otherwise."""
        return self.send(
            "xcpd" if kind == "xcpd" else "xca", self.envelope(kind, assertions, body, **manner), kind=kind
        )

    def send(self, service: str, message: bytes, *, headers: tuple[str, ...] | None = None, kind: str = "query",
             slash: str = "", known: bool = True) -> Answer:  # fmt: skip
        """POST by curl, with our TLS client certificate when ``known``; the answer parsed by lxml alone."""
        content = self.scratch / f"{uuid.uuid4()}.soap"
        received = content.with_suffix(".answer")
        content.write_bytes(message)
        if headers is None:
            headers = (f'Content-Type: application/soap+xml; charset=UTF-8; action="{ACTIONS[kind]}"',)
        own = self.own
        identity = ["--cert", own["tls_client_certificate"], "--key", own["tls_client_key"]] if known else []
        done = subprocess.run(
            [self.curl, "--silent", "--show-error", "--max-time", "60", "--cacert", own["ca"], *identity,
             *(part for header in headers for part in ("--header", header)),
             "--data-binary", f"@{content}", "--output", received, "--write-out", "%{http_code} %{content_type}",
             self.demo["nodes"]["NO"][service] + slash],
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            return Answer(0, done.stderr.encode())
        status, _, content_type = done.stdout.partition(" ")
        raw = received.read_bytes()
        return Answer(int(status), raw, content_type, etree.fromstring(raw))


def stamp(moment: datetime) -> str:
    """xs:dateTime with milliseconds, as OpenNCP writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _advice(hcp: bytes) -> str:
    own_id = etree.fromstring(hcp).get("ID")
    return f"<saml2:Advice><saml2:AssertionIDRef>{own_id}</saml2:AssertionIDRef></saml2:Advice>"
