"""Read one assertion out of the tree that its signature covers: every required field there, once, in its form.

eHDSI XUA revision 19: table of the HCP assertion, TRC and NOK. Whether a value is one we accept is left to
`trust.saml.check`; whether assertions belong together to `trust.saml.bind`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final, NamedTuple, TypedDict

from trust.certificates import VerifiedCertificate
from trust.errors import FieldInvalid, FieldMissing, PatientIdentifierMalformed
from trust.saml import vocabulary as names
from trust.saml.model import HcpAssertion, NameId, NextOfKin, NokAssertion, TrcAssertion
from trust.saml.tables import SamlTables
from trust.saml.tolerances import ToleratedDeviations
from trust.xml import XML_BLANKS, Element
from trust.xmldsig import Signed

_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,127}")
_ISSUER = re.compile(r"urn:[^:\s]+:([A-Z]{2}):\S+")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_OID = r"[0-2](?:\.(?:0|[1-9][0-9]*))+"
_HOME_COMMUNITY = re.compile(rf"(urn:oid:)?({_OID})")
_COUNTRY_SEGMENT = re.compile(r"[A-Za-z]{2}")
_PATIENT = re.compile(rf"([^\^&\s](?:[^\^&]*[^\^&\s])?)\^\^\^&({_OID})&ISO")
_PERMISSION = f"{names.PERMISSION}:"
_ATTRIBUTES = frozenset({*names.FRIENDLY_NAMES, *names.NEXT_OF_KIN.values()})
"""Names that may be repeated in a refusal: any other is the sender's free text."""


_URN_OID: Final = "urn:oid:"
_ATTRIBUTE_NAME: Final = "AttributeStatement/Attribute/@Name"


class _AssertionFields(TypedDict):
    """The fields all kinds have."""

    id: str
    issuer: str
    issuer_country: str
    issued_at: datetime
    not_before: datetime
    not_on_or_after: datetime
    audiences: tuple[frozenset[str], ...]
    name_id: NameId
    class_ref: str
    authenticated_at: datetime
    signer: VerifiedCertificate
    digest: str


def read_hcp(
    signed: Signed, signer: VerifiedCertificate, tables: SamlTables, tolerated: ToleratedDeviations
) -> HcpAssertion:
    """The HCP assertion that ``signed`` holds. Raises FieldMissing or FieldInvalid."""
    reader = _AssertionReader(names.HCP, signed.root)
    attributes = _Attributes(reader)
    home = _HOME_COMMUNITY.fullmatch(attributes.text(names.HOME_COMMUNITY))
    if home is None or not (home[1] or tolerated.tolerates("home-community-without-urn")):
        raise FieldInvalid(names.HCP, names.HOME_COMMUNITY)
    role = attributes.coded(names.ROLE, "Role", tables.role_code_system)
    return HcpAssertion(
        **_common(reader, signed, signer, tolerated),
        provided_id=reader.one("Subject/NameID").get("SPProvidedID"),
        home_community=home[2],
        npi=attributes.optional(names.NPI),
        name=attributes.text(names.SUBJECT),
        role=role.code,
        role_display=role.display,
        organisation=attributes.optional(names.ORGANISATION),
        organisation_id=attributes.optional(names.ORGANISATION_ID),
        facility_type=attributes.text(names.FACILITY_TYPE),
        purpose=_coded_purpose(attributes, tables, tolerated),
        locality=attributes.text(names.LOCALITY),
        permissions=frozenset(
            value.removeprefix(_PERMISSION)
            for value in attributes.texts(names.PERMISSION)
            if value.startswith(_PERMISSION)
        ),
        on_behalf_of=attributes.optional(names.ON_BEHALF_OF),
    )


def read_trc(
    signed: Signed, signer: VerifiedCertificate, tables: SamlTables, tolerated: ToleratedDeviations
) -> TrcAssertion:
    """The TRC assertion that ``signed`` holds. Raises FieldMissing, FieldInvalid or PatientIdentifierMalformed."""
    reader = _AssertionReader(names.TRC, signed.root)
    attributes = _Attributes(reader)
    patient = _PATIENT.fullmatch(attributes.text(names.SUBJECT))
    if patient is None:
        raise PatientIdentifierMalformed(names.TRC)
    return TrcAssertion(
        **_common(reader, signed, signer, tolerated),
        hcp_id=reader.text("Advice/AssertionIDRef"),
        patient=(patient[2], patient[1]),
        purpose=_trc_purpose(attributes, tables, tolerated),
        pin_code=attributes.optional(names.PIN_CODE),
        prescription_id=attributes.optional(names.PRESCRIPTION_ID),
    )


def read_nok(signed: Signed, signer: VerifiedCertificate, tolerated: ToleratedDeviations) -> NokAssertion:
    """The NOK assertion that ``signed`` holds. Raises FieldMissing or FieldInvalid."""
    reader = _AssertionReader(names.NOK, signed.root)
    attributes = _Attributes(reader)
    kin = dict(names.NEXT_OF_KIN)
    return NokAssertion(
        **_common(reader, signed, signer, tolerated),
        hcp_id=reader.text("Advice/AssertionIDRef"),
        person=NextOfKin(
            attributes.text(kin.pop("id")),
            **{field: attributes.optional(name) for field, name in kin.items()},
        ),
    )


def _coded_purpose(attributes: "_Attributes", tables: SamlTables, tolerated: ToleratedDeviations) -> str:
    return attributes.coded(
        names.PURPOSE,
        "PurposeOfUse",
        tables.purpose_code_system,
        lambda: tolerated.tolerates("purpose-of-another-system"),
    ).code


def _trc_purpose(attributes: "_Attributes", tables: SamlTables, tolerated: ToleratedDeviations) -> str | None:
    """Optional in a TRC. OpenNCP's issuer, given none, copies the attribute as bare text (to 9.x): read as its code."""
    if attributes.holds_element(names.PURPOSE):
        return _coded_purpose(attributes, tables, tolerated)
    return attributes.optional(names.PURPOSE)


def _issuer(reader: "_AssertionReader", signer: VerifiedCertificate, tolerated: ToleratedDeviations) -> tuple[str, str]:
    """The Issuer and the country it names; of a TRC that may name none, that of its seal, which is compared anyway."""
    issuer = reader.text("Issuer")
    named = _ISSUER.fullmatch(issuer)
    if named is not None:
        return issuer, named[1]
    names_none = not any(_COUNTRY_SEGMENT.fullmatch(segment) for segment in issuer.split(":"))
    if reader.kind == names.TRC and names_none and tolerated.tolerates("trc-issuer-without-country"):
        return issuer, signer.country
    raise FieldInvalid(reader.kind, "Issuer")


def _common(
    reader: "_AssertionReader", signed: Signed, signer: VerifiedCertificate, tolerated: ToleratedDeviations
) -> _AssertionFields:
    if reader.attribute("@Version") != "2.0":
        raise FieldInvalid(reader.kind, "@Version")
    if not _ID.fullmatch(reader.attribute("@ID")):
        raise FieldInvalid(reader.kind, "@ID")
    issuer, issuer_country = _issuer(reader, signer, tolerated)
    if reader.attribute("Subject/SubjectConfirmation/@Method") != names.SENDER_VOUCHES:
        raise FieldInvalid(reader.kind, "Subject/SubjectConfirmation/@Method")
    conditions = reader.one("Conditions")
    if any(child.tag != f"{{{names.SAML}}}AudienceRestriction" for child in conditions):
        raise FieldInvalid(reader.kind, "Conditions/*")
    return _AssertionFields(
        id=reader.attribute("@ID"),
        issuer=issuer,
        issuer_country=issuer_country,
        issued_at=reader.instant("@IssueInstant"),
        not_before=reader.instant("Conditions/@NotBefore"),
        not_on_or_after=reader.instant("Conditions/@NotOnOrAfter"),
        audiences=tuple(
            frozenset(
                reader.plain(audience, "Conditions/AudienceRestriction/Audience")
                for audience in restriction.findall(f"{{{names.SAML}}}Audience")
            )
            for restriction in conditions
        ),
        name_id=NameId(reader.text("Subject/NameID"), reader.attribute("Subject/NameID/@Format")),
        class_ref=reader.text("AuthnStatement/AuthnContext/AuthnContextClassRef"),
        authenticated_at=reader.instant("AuthnStatement/@AuthnInstant"),
        signer=signer,
        digest=sha256(signed.content).hexdigest(),
    )


@dataclass(frozen=True, slots=True)
class _AssertionReader:
    """Fields of one assertion by their path below it; absent and blank are missing, repeated is invalid."""

    kind: str
    root: Element

    def one(self, path: str) -> Element:
        element = self.root
        for name in path.split("/") if path else ():
            found = element.findall(f"{{{names.SAML}}}{name}")
            if not found:
                raise FieldMissing(self.kind, path)
            if len(found) > 1:
                raise FieldInvalid(self.kind, path)
            element = found[0]
        return element

    def text(self, path: str) -> str:
        text = self.plain(self.one(path), path)
        if not text:
            raise FieldMissing(self.kind, path)
        return text

    def plain(self, element: Element, field: str) -> str:
        """Text of an element that holds nothing else, without the blanks around it."""
        if len(element):
            raise FieldInvalid(self.kind, field)
        return (element.text or "").strip(XML_BLANKS)

    def attribute(self, field: str) -> str:
        path, _, name = field.partition("@")
        value = self.one(path.removesuffix("/")).get(name)
        if value is None or not value.strip(XML_BLANKS):
            raise FieldMissing(self.kind, field)
        return value

    def instant(self, field: str) -> datetime:
        """xs:dateTime with a zone, as UTC; what is finer than a microsecond is cut off."""
        value = self.attribute(field)
        try:
            if _INSTANT.fullmatch(value):
                return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise FieldInvalid(self.kind, field)


class _CodedAttribute(NamedTuple):
    """An HL7 code inside an attribute."""

    code: str
    display: str | None


class _Attributes:
    """The attributes of the one AttributeStatement by Name; a name given twice is ambiguous, so invalid."""

    def __init__(self, reader: _AssertionReader) -> None:
        self._reader = reader
        self._values: Mapping[str, list[Element]] = self._by_name()

    def _by_name(self) -> dict[str, list[Element]]:
        values: dict[str, list[Element]] = {}
        for attribute in self._reader.one("AttributeStatement").findall(f"{{{names.SAML}}}Attribute"):
            name = attribute.get("Name")
            if name is None:
                raise FieldMissing(self._reader.kind, _ATTRIBUTE_NAME)
            if name in values:
                raise FieldInvalid(self._reader.kind, name if name in _ATTRIBUTES else _ATTRIBUTE_NAME)
            values[name] = attribute.findall(f"{{{names.SAML}}}AttributeValue")
        return values

    def texts(self, name: str) -> list[str]:
        return [self._reader.plain(value, name) for value in self._values.get(name, ())]

    def optional(self, name: str) -> str | None:
        """The one text, None when the attribute is absent or blank."""
        texts = self.texts(name)
        if len(texts) > 1:
            raise FieldInvalid(self._reader.kind, name)
        return texts[0] or None if texts else None

    def text(self, name: str) -> str:
        text = self.optional(name)
        if text is None:
            raise FieldMissing(self._reader.kind, name)
        return text

    def holds_element(self, name: str) -> bool:
        return any(len(value) for value in self._values.get(name, ()))

    def coded(
        self, name: str, local_name: str, code_system: str, other_system: Callable[[], bool] = lambda: False
    ) -> _CodedAttribute:
        """The one HL7 element the one value holds, its code there and of the code system the profile names.

        ``other_system`` is asked where another one is stated: whether that is tolerated.
        """
        kind = self._reader.kind
        values = self._values.get(name)
        if not values:
            raise FieldMissing(kind, name)
        coded = [child for value in values for child in value]
        if len(values) > 1 or [child.tag for child in coded] != [f"{{{names.HL7}}}{local_name}"]:
            raise FieldInvalid(kind, name)
        code = coded[0].get("code", "").strip(XML_BLANKS)
        if not code:
            raise FieldMissing(kind, f"{name}/@code")
        stated = _plain_oid(coded[0].get("codeSystem", ""))
        if stated != code_system and not (stated and other_system()):
            raise FieldInvalid(kind, f"{name}/@codeSystem")
        return _CodedAttribute(code, coded[0].get("displayName"))


def _plain_oid(text: str) -> str:
    """A code system without XML's blanks and without ``urn:oid:``, which has no case (RFC 8141, 3.1)."""
    plain = text.strip(XML_BLANKS)
    return plain[len(_URN_OID) :] if plain[: len(_URN_OID)].lower() == _URN_OID else plain
