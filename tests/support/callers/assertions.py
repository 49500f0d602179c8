"""Assertions, messages and everything `verify_caller` is given, for tests: valid, and with any one thing changed.

    hcp()                                                    a valid HCP assertion, signed by Portugal
    hcp(fields={"Conditions/@NotBefore": None})              without an attribute
    hcp(fields={"Issuer": "urn:idp:DK:countryB"})            with another text
    hcp(attributes={LOCALITY: None})                         without a SAML attribute
    hcp(edit=lambda root: root.append(...))                  with anything done to it before it is signed

All changes are made before signing. Written from the eHDSI profile, not from trust/saml/issue.py.
"""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography import x509
from lxml import etree

from tests.support.callers.signatures import Edit, Sealer, Signing, sealer, sign
from trust.certificates import CertificateUse, VerifiedCertificate
from trust.errors import CertificateUnreadable
from trust.saml.model import VerifiedCaller
from trust.saml.replay import SentMessage
from trust.saml.tables import PermissionMatrix, SamlTables
from trust.saml.verify import verify_caller
from trust.tls import PeerIdentity
from trust.xml import canonical, parse

ROOT = Path(__file__).parents[3]
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
CLASSES = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
HOME_COMMUNITY = "urn:ihe:iti:xca:2010:homeCommunityId"
NPI = "urn:oasis:names:tc:xspa:1.0:subject:npi"
SUBJECT = "urn:oasis:names:tc:xspa:1.0:subject:subject-id"
ROLE = "urn:oasis:names:tc:xacml:2.0:subject:role"
ORGANISATION = "urn:oasis:names:tc:xspa:1.0:subject:organization"
ORGANISATION_ID = "urn:oasis:names:tc:xspa:1.0:subject:organization-id"
FACILITY_TYPE = "urn:ehdsi:names:subject:healthcare-facility-type"
PURPOSE = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"
LOCALITY = "urn:oasis:names:tc:xspa:1.0:environment:locality"
PERMISSION = "urn:oasis:names:tc:xspa:1.0:subject:hl7:permission"
ON_BEHALF_OF = "urn:ehdsi:names:subject:on-behalf-of"
PIN_CODE = "urn:ehdsi:names:document:document-id:dispensationPinCode"
PRESCRIPTION_ID = "urn:ehdsi:names:document:document-id:prescriptionId"
KIN = "urn:ehdsi:names:subject:nextofkin:"

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
HCP_ID = "_0b9a5a4e-6b6c-4f0d-9d7e-0e5f8c3a1a01"
TRC_ID = "_0b9a5a4e-6b6c-4f0d-9d7e-0e5f8c3a1a02"
NOK_ID = "_0b9a5a4e-6b6c-4f0d-9d7e-0e5f8c3a1a03"
PATIENT_ROOT, PATIENT_NUMBER = "2.16.578.1.12.4.1.4.1", "13878912345"
HOME_COMMUNITIES = {"PT": "2.16.17.710.820.1000.990.1", "DK": "1.2.208", "NO": "2.16.578.1.12.4.5.10.1"}
PERMISSIONS = ("PRD-003", "PRD-004", "PRD-005", "PRD-006", "PRD-010", "PRD-016", "PPD-046")
DIRECTORY = {country: (oid,) for country, oid in HOME_COMMUNITIES.items()}

USUAL = Signing()
Changes = Mapping[str, str | None]
Values = Mapping[str, str | tuple[str, ...] | None]


def role(
    code: str = "221", display: str | None = "Medical Doctors", system: str = "2.16.840.1.113883.2.9.6.2.7"
) -> str:
    shown = "" if display is None else f' displayName="{display}"'
    return f'<Role xmlns="urn:hl7-org:v3" code="{code}" codeSystem="{system}" codeSystemName="ISCO"{shown}/>'


def purpose(code: str = "TREATMENT", system: str = "3bc18518-d305-46c2-a8d6-94bd59856e9e") -> str:
    return f'<PurposeOfUse xmlns="urn:hl7-org:v3" code="{code}" codeSystem="{system}" displayName="{code}"/>'


def hcp(
    *,
    by: Sealer | None = None,
    now: datetime = NOW,
    fields: Changes = {},  # noqa: B006 - never written to
    attributes: Values = {},  # noqa: B006 - never written to
    edit: Edit = lambda root: None,
    signing: Signing | None = USUAL,
) -> bytes:
    """An HCP assertion, in force from ``now`` for four hours. ``signing`` None leaves it unsigned."""
    by = by or sealer("PT")
    values: dict[str, str | tuple[str, ...] | None] = {
        HOME_COMMUNITY: f"urn:oid:{HOME_COMMUNITIES.get(by.country, '1.2.3')}",
        NPI: "M-4711",
        SUBJECT: "Dra. Inês Almeida",
        ROLE: role(),
        ORGANISATION: "Hospital de São Exemplo",
        ORGANISATION_ID: "urn:hl7ii:1.2.3.4:HSE",
        FACILITY_TYPE: "Hospital",
        PURPOSE: purpose(),
        LOCALITY: "Hospital de São Exemplo, Lisboa",
        PERMISSION: tuple(f"{PERMISSION}:{code}" for code in PERMISSIONS),
        **attributes,
    }
    draft = _draft("hcp", HCP_ID, by.country, now, timedelta(hours=4), "SmartcardPKI", None)
    return _finish(draft, values, fields, edit, by, signing)


def trc(
    *,
    by: Sealer | None = None,
    now: datetime = NOW,
    hcp_id: str = HCP_ID,
    patient: tuple[str, str] = (PATIENT_ROOT, PATIENT_NUMBER),
    fields: Changes = {},  # noqa: B006 - never written to
    attributes: Values = {},  # noqa: B006 - never written to
    edit: Edit = lambda root: None,
    signing: Signing | None = USUAL,
) -> bytes:
    """A TRC assertion to ``hcp_id`` about ``patient`` (root, extension), in force from ``now`` for two hours."""
    by = by or sealer("PT")
    values: Values = {SUBJECT: f"{patient[1]}^^^&{patient[0]}&ISO", PURPOSE: purpose(), **attributes}
    draft = _draft("trc", TRC_ID, by.country, now, timedelta(hours=2), "PreviousSession", hcp_id)
    return _finish(draft, values, fields, edit, by, signing)


def nok(
    *,
    by: Sealer | None = None,
    now: datetime = NOW,
    hcp_id: str = HCP_ID,
    fields: Changes = {},  # noqa: B006 - never written to
    attributes: Values = {},  # noqa: B006 - never written to
    edit: Edit = lambda root: None,
    signing: Signing | None = USUAL,
) -> bytes:
    """A NOK assertion to ``hcp_id``, in force from ``now`` for two hours."""
    by = by or sealer("PT")
    values: Values = {f"{KIN}id": "PT-KIN-1", f"{KIN}firstname": "Rui", f"{KIN}address:city": "Porto", **attributes}
    draft = _draft("nok", NOK_ID, by.country, now, timedelta(hours=2), "PreviousSession", hcp_id)
    return _finish(draft, values, fields, edit, by, signing)


def envelope(*assertions: bytes, security: bytes = b"", header: bytes = b"", body: bytes = b"<q/>") -> bytes:
    """A SOAP 1.2 message with these assertions in its one security header, and whatever else is given."""
    return (
        f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Header><wsse:Security xmlns:wsse="{WSSE}">'.encode()
        + b"".join(assertions)
        + security
        + b"</wsse:Security>"
        + header
        + b"</soap:Header><soap:Body>"
        + body
        + b"</soap:Body></soap:Envelope>"
    )


def call(message: bytes, **changes: Any) -> VerifiedCaller:
    """`verify_caller` on a message from Portugal that needs no TRC, with any argument changed."""
    root = parse(message)
    given = {
        "peer": peer(),
        "verify_certificate": certificate,
        "directory": DIRECTORY,
        "tables": tables(),
        "needs_trc": False,
        "needs_role_display": False,
        "seen": SeenInMemory(),
        "new_id": Ids(),
        "now": NOW,
        **changes,
    }
    body = root.find(f"{{{SOAP}}}Body")
    given["message"] = SentMessage(given.pop("message_id", None), lambda: b"" if body is None else canonical(body))
    return verify_caller(root, **given)


@cache
def peer(country: str = "PT") -> PeerIdentity:
    """The other end of a connection, from that country."""
    return PeerIdentity(certificate(sealer(country, "tls").certificate, CertificateUse.TLS_CLIENT, NOW))


def certificate(der: bytes, use: CertificateUse, now: datetime) -> VerifiedCertificate:
    """Stands for a `CertificateVerifier` that trusts everyone: takes any certificate and reads it."""
    try:
        read = x509.load_der_x509_certificate(der)
    except ValueError:
        raise CertificateUnreadable from None
    names = {attribute.oid: str(attribute.value) for attribute in read.subject}
    return VerifiedCertificate(
        der=der,
        use=use,
        country=names[x509.oid.NameOID.COUNTRY_NAME],
        common_name=names[x509.oid.NameOID.COMMON_NAME],
        sha256=sha256(der).hexdigest(),
        not_after=read.not_valid_after_utc,
        public_key=read.public_key(),  # type: ignore[arg-type]  # the tests make RSA and EC keys only
    )


@dataclass
class SeenInMemory:
    """`trust.ports.SeenOnce` in a dictionary."""

    kept: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)

    def first_seen(self, space: str, key: str, value: str, until: datetime, now: datetime) -> str:
        there = self.kept.get((space, key))
        if there is None or there[1] <= now:
            self.kept[space, key] = there = (value, until)
        return there[0]


@dataclass
class Ids:
    """UUIDs in a row, each once."""

    given: int = 0

    def __call__(self) -> UUID:
        self.given += 1
        return UUID(int=self.given)


@cache
def tables() -> SamlTables:
    """The tables of config/."""
    stated = _permissions()["assertion"]
    with (ROOT / "config/roles.csv").open(encoding="utf-8", newline="") as lines:
        roles = {row["isco"]: row["display"] for row in csv.DictReader(lines)}
    sets = ("roles_on_behalf", "purposes", "facility_types", "hcp_class_refs", "trc_class_refs", "name_formats")
    return SamlTables(
        roles=roles,
        role_code_system=stated["role_code_system"],
        purpose_code_system=stated["purpose_code_system"],
        audiences=frozenset(stated["audiences"]),
        longest_since_authentication=timedelta(hours=12),
        **{name: frozenset(stated[name]) for name in sets},
    )


@cache
def matrix() -> PermissionMatrix:
    """The permission matrix of config/."""
    return {
        (transaction, code): frozenset(row["permissions"])
        for row in _permissions()["permission"]
        for transaction in row["transactions"]
        for code in row["class_codes"]
    }


def _permissions() -> dict:
    return tomllib.loads((ROOT / "config/permissions.toml").read_text("utf-8"))


def _draft(
    kind: str, own_id: str, country: str, now: datetime, span: timedelta, class_ref: str, hcp_id: str | None
) -> etree._Element:
    issuer = f"urn:{'idp' if kind == 'hcp' else 'initgw'}:{country}:countryB"
    advice = "" if hcp_id is None else f"<s:Advice><s:AssertionIDRef>{hcp_id}</s:AssertionIDRef></s:Advice>"
    return etree.fromstring(f"""<s:Assertion xmlns:s="{SAML}" xmlns:xsd="http://www.w3.org/2001/XMLSchema" ID="{own_id}"
        IssueInstant="{_instant(now)}" Version="2.0"><s:Issuer NameQualifier="urn:ehdsi:assertions:{kind}">{
        issuer
    }</s:Issuer
        ><s:Subject><s:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified">ines.almeida</s:NameID
        ><s:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"/></s:Subject><s:Conditions
        NotBefore="{_instant(now)}" NotOnOrAfter="{_instant(now + span)}"><s:AudienceRestriction
        ><s:Audience>urn:ehdsi:assertions.audience:x-border</s:Audience></s:AudienceRestriction></s:Conditions>{
        advice
    }<s:AuthnStatement AuthnInstant="{_instant(now)}"><s:AuthnContext
        ><s:AuthnContextClassRef>{CLASSES}{class_ref}</s:AuthnContextClassRef></s:AuthnContext></s:AuthnStatement
        ><s:AttributeStatement/></s:Assertion>""")


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _finish(
    root: etree._Element, values: Values, fields: Changes, edit: Edit, by: Sealer, signing: Signing | None
) -> bytes:
    for name, given in values.items():
        if given is not None:
            root[-1].append(saml_attribute(name, *((given,) if isinstance(given, str) else given)))
    for path, text in fields.items():
        _change(root, path, text)
    edit(root)
    unsigned = etree.tostring(root, encoding="utf-8")
    return unsigned if signing is None else sign(unsigned, by, signing)


def saml_attribute(name: str, *values: str) -> etree._Element:
    """An Attribute of these values: text, or an element when it begins with ``<``."""
    string = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xsd:string"'
    made = "".join(
        f"<s:AttributeValue>{value}</s:AttributeValue>"
        if value.startswith("<")
        else f"<s:AttributeValue {string}>{escape(value)}</s:AttributeValue>"
        for value in values
    )
    return etree.fromstring(
        f'<s:Attribute xmlns:s="{SAML}" xmlns:xsd="http://www.w3.org/2001/XMLSchema" Name="{name}">{made}</s:Attribute>'
    )


def element(root: etree._Element, path: str) -> etree._Element:
    """The element at ``path``, steps of SAML names."""
    found = root.find("/".join(f"{{{SAML}}}{step}" for step in path.split("/"))) if path else root
    assert found is not None
    return found


def _change(root: etree._Element, path: str, text: str | None) -> None:
    steps, at, name = path.partition("@")
    changed = element(root, steps.rstrip("/"))
    if at:
        if text is None:
            del changed.attrib[name]
        else:
            changed.set(name, text)
    elif text is None:
        changed.getparent().remove(changed)
    else:
        changed.text = text
