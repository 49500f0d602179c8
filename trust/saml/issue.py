"""Issue HCP, TRC and NOK assertions as OpenNCP does, so that every generation of it accepts them.

eHDSI XUA revision 19; OpenNCP 8 and 9 as captured. `Role` and `PurposeOfUse` are unprefixed with a default namespace
(peers look for the bare tag name), the signature follows the Issuer, exc-c14n carries PrefixList="xsd".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from lxml import etree

from trust.saml import vocabulary as names
from trust.saml.model import NameId, NextOfKin
from trust.xml import Element
from trust.xmldsig import sign_enveloped

_ISSUERS = {
    names.HCP: "urn:idp:{}:countryB",
    names.TRC: "urn:initgw:{}:countryB",
    names.NOK: "urn:initgw:{}:countryB",
}


@dataclass(frozen=True, slots=True)
class AssertionSeal:
    """The key a country signs assertions with."""

    country: str
    key: RSAPrivateKey = field(repr=False)
    certificate: bytes = field(repr=False)
    """DER."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HcpSubject:
    """What an HCP assertion says about who asks; values as `trust.saml.tables.SamlTables` allows them."""

    name_id: NameId
    provided_id: str | None = field(default=None, repr=False)
    home_community: str
    """Dotted OID."""
    npi: str | None = field(default=None, repr=False)
    name: str = field(repr=False)
    role: str
    role_display: str
    role_code_system: str
    organisation: str | None = None
    organisation_id: str | None = None
    facility_type: str
    purpose: str
    purpose_code_system: str
    locality: str
    permissions: Sequence[str]
    """Codes, e.g. ``PRD-006``, in the order written."""
    on_behalf_of: str | None = None
    class_ref: str
    authenticated_at: datetime


@dataclass(frozen=True, slots=True)
class Issued:
    """A signed assertion, and what the next one about it needs."""

    content: bytes = field(repr=False)
    """The signed assertion, UTF-8, no XML declaration: to be placed in the header byte for byte."""
    id: str
    name_id: NameId
    not_on_or_after: datetime
    issuer: str


def issue_hcp(professional: HcpSubject, *, seal: AssertionSeal, now: datetime, new_id: Callable[[], UUID]) -> Issued:
    """An HCP assertion in force from ``now`` for four hours."""
    draft = _Draft(names.HCP, seal, now, new_id)
    draft.subject(professional.name_id, professional.provided_id)
    draft.conditions()
    draft.authentication(professional.authenticated_at, professional.class_ref)
    draft.attribute(names.HOME_COMMUNITY, f"urn:oid:{professional.home_community}")
    draft.attribute(names.NPI, professional.npi)
    draft.attribute(names.SUBJECT, professional.name)
    draft.coded(
        names.ROLE,
        "Role",
        {
            "code": professional.role,
            "codeSystem": professional.role_code_system,
            "codeSystemName": "ISCO",
            "displayName": professional.role_display,
        },
    )
    draft.attribute(names.ORGANISATION, professional.organisation)
    draft.attribute(names.ORGANISATION_ID, professional.organisation_id)
    draft.attribute(names.ON_BEHALF_OF, professional.on_behalf_of)
    draft.attribute(names.FACILITY_TYPE, professional.facility_type)
    draft.purpose(professional.purpose, professional.purpose_code_system, "eHDSI XSPA PurposeOfUse")
    draft.attribute(names.LOCALITY, professional.locality)
    draft.attribute(names.PERMISSION, *(f"{names.PERMISSION}:{code}" for code in professional.permissions))
    return draft.signed(professional.name_id)


def issue_trc(  # noqa: PLR0913 - the parts of one statement, all by name
    hcp: Issued,
    *,
    patient: tuple[str, str],
    purpose: str,
    purpose_code_system: str,
    pin_code: str | None = None,
    prescription_id: str | None = None,
    seal: AssertionSeal,
    now: datetime,
    new_id: Callable[[], UUID],
) -> Issued:
    """A TRC assertion to ``hcp`` about ``patient`` (root, extension), in force from ``now`` for two hours."""
    root, extension = patient
    draft = _Draft(names.TRC, seal, now, new_id)
    draft.subject(hcp.name_id, None)
    draft.conditions()
    draft.advice(hcp.id)
    draft.authentication(now, names.PREVIOUS_SESSION)
    draft.attribute(names.SUBJECT, f"{extension}^^^&{root}&ISO")
    draft.attribute(names.PIN_CODE, pin_code)
    draft.attribute(names.PRESCRIPTION_ID, prescription_id)
    draft.purpose(purpose, purpose_code_system, "eHDSI PurposeOfUse")
    return draft.signed(hcp.name_id)


def issue_nok(
    hcp: Issued, person: NextOfKin, *, seal: AssertionSeal, now: datetime, new_id: Callable[[], UUID]
) -> Issued:
    """A NOK assertion to ``hcp``: ``person`` stands for the patient; in force from ``now`` for two hours."""
    draft = _Draft(names.NOK, seal, now, new_id)
    draft.subject(hcp.name_id, None)
    draft.conditions()
    draft.advice(hcp.id)
    draft.authentication(now, names.PREVIOUS_SESSION)
    for name, value in asdict(person).items():
        draft.attribute(names.NEXT_OF_KIN[name], value)
    return draft.signed(hcp.name_id)


class _Draft:
    """An assertion being written, in the order of the SAML schema."""

    def __init__(self, kind: str, seal: AssertionSeal, now: datetime, new_id: Callable[[], UUID]) -> None:
        self._seal, self._now, self._until = seal, now, now + names.LONGEST[kind]
        self._id = f"_{new_id()}"
        self._root = etree.Element(
            f"{{{names.SAML}}}Assertion",
            {"ID": self._id, "IssueInstant": _instant(now), "Version": "2.0"},
            nsmap={"saml2": names.SAML, "xsd": names.XSD},
        )
        qualifier = next(urn for urn, of in names.QUALIFIERS.items() if of == kind)
        self._issuer = _ISSUERS[kind].format(seal.country)
        self._add(self._root, "Issuer", self._issuer, NameQualifier=qualifier)
        self._attributes = etree.Element(f"{{{names.SAML}}}AttributeStatement")

    def subject(self, name_id: NameId, provided_id: str | None) -> None:
        subject = self._add(self._root, "Subject")
        provided = {} if provided_id is None else {"SPProvidedID": provided_id}
        self._add(subject, "NameID", name_id.value, Format=name_id.format, **provided)
        self._add(subject, "SubjectConfirmation", Method=names.SENDER_VOUCHES)

    def conditions(self) -> None:
        window = {"NotBefore": _instant(self._now), "NotOnOrAfter": _instant(self._until)}
        restriction = self._add(self._add(self._root, "Conditions", **window), "AudienceRestriction")
        self._add(restriction, "Audience", names.AUDIENCE)

    def advice(self, hcp_id: str) -> None:
        self._add(self._add(self._root, "Advice"), "AssertionIDRef", hcp_id)

    def authentication(self, at: datetime, class_ref: str) -> None:
        statement = self._add(self._root, "AuthnStatement", AuthnInstant=_instant(at))
        self._add(self._add(statement, "AuthnContext"), "AuthnContextClassRef", class_ref)
        self._root.append(self._attributes)

    def attribute(self, name: str, *values: str | None) -> None:
        """An attribute of these texts; none when they are None."""
        texts = [value for value in values if value is not None]
        if not texts:
            return
        attribute = self._attribute(name)
        for text in texts:
            value = etree.SubElement(attribute, f"{{{names.SAML}}}AttributeValue")
            value.set(f"{{{names.XSI}}}type", "xsd:string")
            value.text = text

    def coded(self, name: str, local_name: str, code: Mapping[str, str]) -> None:
        value = self._add(self._attribute(name), "AttributeValue")
        etree.SubElement(value, f"{{{names.HL7}}}{local_name}", dict(code), nsmap={None: names.HL7})  # type: ignore[dict-item]  # lxml-stubs forget the default namespace

    def purpose(self, code: str, code_system: str, code_system_name: str) -> None:
        described = {"codeSystem": code_system, "codeSystemName": code_system_name, "displayName": code}
        self.coded(names.PURPOSE, "PurposeOfUse", {"code": code, **described})

    def signed(self, name_id: NameId) -> Issued:
        issuer = f"{{{names.SAML}}}Issuer"
        seal = self._seal
        content = sign_enveloped(self._root, seal.key, seal.certificate, after=issuer, inclusive_prefixes=("xsd",))
        return Issued(content, self._id, name_id, self._until, self._issuer)

    def _attribute(self, name: str) -> Element:
        friendly = names.FRIENDLY_NAMES.get(name)
        described = {} if friendly is None else {"FriendlyName": friendly}
        return self._add(self._attributes, "Attribute", **described, Name=name, NameFormat=names.NAME_FORMAT_URI)

    def _add(self, parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
        element = etree.SubElement(parent, f"{{{names.SAML}}}{name}", attributes)
        element.text = text
        return element


def _instant(moment: datetime) -> str:
    """xs:dateTime in UTC, milliseconds, as OpenNCP writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
