"""Why trust refuses: a closed tree, one class per reason, fields and no prose.

    TrustError
    ├── XmlRefused             bytes that must not become a tree
    ├── SecurityHeaderRefused  wsse:Security and which assertions it carries
    ├── SignatureRefused       XML-DSig, SAML profile
    ├── CertificateRefused     chain, validity, revocation, kind, country
    ├── AssertionRefused       content of one assertion (wire-protocol 2.2 to 2.4, 2.7)
    ├── BindingRefused         two true things that do not belong together
    └── ReplayRefused          a message or assertion that was seen before

Each leaf has a row per transaction in ``config/refusals.toml``. No leaf carries personal data: ``field`` is the
name of an element or attribute, never its value. Which assertion (``kind``) and which of its fields broke the rule that
the class names stands in the class where it is always the same one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


class TrustError(Exception):
    """Base of everything trust raises."""

    kind: str | None = None
    """Which assertion: ``hcp``, ``trc`` or ``nok``; None when it is none, or several."""
    field: str | None = None
    """Path of the element or attribute below the assertion, or the attribute's name; None when it is none."""

    def __str__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({fields})"


class XmlRefused(TrustError):
    """The bytes must not become a tree."""


class XmlNotWellFormed(XmlRefused):
    """Not well-formed XML in a known encoding (amplifying entities end here too)."""


class XmlEncodingForbidden(XmlRefused):
    """Not UTF-8, or declared to be something else."""


class XmlVersionForbidden(XmlRefused):
    """Another version than XML 1.0."""


class XmlTooLarge(XmlRefused):
    """More bytes, or one longer text, than the limit."""


class DoctypeForbidden(XmlRefused):
    """A document type declaration, internal or external."""


class ProcessingInstructionForbidden(XmlRefused):
    """A processing instruction anywhere in the document."""


class XIncludeForbidden(XmlRefused):
    """An element of the XInclude namespace."""


class XmlTooDeep(XmlRefused):
    """Nested deeper than the limit."""


class XmlTooManyNodes(XmlRefused):
    """More elements, attributes or namespace declarations than the limit."""


class SecurityHeaderRefused(TrustError):
    """The security header or the set of assertions in it."""

    field = "Header/Security"


class SecurityHeaderMissing(SecurityHeaderRefused):
    """No wsse:Security header at /Envelope/Header/Security."""


class SecurityHeaderRepeated(SecurityHeaderRefused):
    """More than one wsse:Security header."""


class HcpMissing(SecurityHeaderRefused):
    """No assertion whose Issuer/@NameQualifier is urn:ehdsi:assertions:hcp."""

    kind = "hcp"
    field = "Header/Security/Assertion"


class HcpRepeated(SecurityHeaderRefused):
    """More than one HCP assertion."""

    kind = "hcp"
    field = "Header/Security/Assertion"


class TrcMissing(SecurityHeaderRefused):
    """The transaction needs a TRC assertion and there is none."""

    kind = "trc"
    field = "Header/Security/Assertion"


class TrcRepeated(SecurityHeaderRefused):
    """More than one TRC assertion."""

    kind = "trc"
    field = "Header/Security/Assertion"


class NokRepeated(SecurityHeaderRefused):
    """More than one next-of-kin assertion."""

    kind = "nok"
    field = "Header/Security/Assertion"


class AssertionKindUnknown(SecurityHeaderRefused):
    """An assertion that is neither HCP, TRC nor NOK by Issuer/@NameQualifier."""

    field = "Issuer/@NameQualifier"


class AssertionMisplaced(SecurityHeaderRefused):
    """An assertion elsewhere than as a direct child of the one wsse:Security header."""

    field = "Assertion"


class SignatureRefused(TrustError):
    """The signature of an assertion or document."""

    field = "Signature"


class SignatureMissing(SignatureRefused):
    """No ds:Signature as a direct child."""


class SignatureRepeated(SignatureRefused):
    """More than one ds:Signature in the signed element."""


class SignatureShapeForbidden(SignatureRefused):
    """Not exactly one Reference with transforms [enveloped, exc-c14n]; a ds:Object; else outside the profile."""

    field = "Signature/SignedInfo/Reference"


class ReferenceNotOwnId(SignatureRefused):
    """Reference/@URI is not '#' + the element's own @ID, or that ID is not unique over @ID, @Id, @id and @xml:id."""

    field = "Signature/SignedInfo/Reference/@URI"


class AlgorithmForbidden(SignatureRefused):
    """A canonicalization, signature or digest algorithm outside the allow-list (SHA-1 is)."""

    field = "Signature/SignedInfo"


class SignatureInvalid(SignatureRefused):
    """Digest or signature value does not fit the bytes received."""


class SigningCertificateCount(SignatureRefused):
    """KeyInfo does not hold exactly one X509Certificate."""

    field = "Signature/KeyInfo/X509Data/X509Certificate"


class CertificateRefused(TrustError):
    """A certificate, whatever it was used for."""


class CertificateUnreadable(CertificateRefused):
    """Not a DER X.509 certificate."""


class CertificateIssuerUnknown(CertificateRefused):
    """No path to a trust anchor we hold."""


class CertificateExpired(CertificateRefused):
    """After notAfter."""


class CertificateNotYetValid(CertificateRefused):
    """Before notBefore."""


class CertificateRevoked(CertificateRefused):
    """On its issuer's revocation list."""


class RevocationUnknown(CertificateRefused):
    """No revocation list of the issuer that is in force now, and policy does not let that pass."""


class CertificateKindForbidden(CertificateRefused):
    """Its extensions say it is for another use (a TLS certificate used as a seal, a seal used for TLS)."""


class CertificateKeyWeak(CertificateRefused):
    """RSA under 2048 bits, a curve outside P-256/P-384/P-521, or another key type."""


class CertificateCountryMissing(CertificateRefused):
    """Its subject has not exactly one countryName."""


@dataclass
class AssertionRefused(TrustError):
    """The content of one assertion."""

    kind: str
    """``hcp``, ``trc`` or ``nok``."""


@dataclass
class FieldMissing(AssertionRefused):
    """A required element or attribute is absent or blank."""

    field: str


@dataclass
class FieldInvalid(AssertionRefused):
    """An element or attribute with a value outside the profile."""

    field: str


class AssertionExpired(AssertionRefused):
    """now >= NotOnOrAfter + skew."""

    field = "Conditions/@NotOnOrAfter"


class AssertionNotYetValid(AssertionRefused):
    """now < NotBefore - skew."""

    field = "Conditions/@NotBefore"


class AssertionWindowTooLong(AssertionRefused):
    """NotOnOrAfter - NotBefore over 4 hours (HCP) or 2 hours (TRC, NOK)."""

    field = "Conditions/@NotOnOrAfter"


class IssuedInFuture(AssertionRefused):
    """IssueInstant > now + skew."""

    field = "@IssueInstant"


class IssuedOutsideWindow(AssertionRefused):
    """IssueInstant >= NotOnOrAfter, or < NotBefore - skew: not issued for the window it states."""

    field = "@IssueInstant"


class AuthenticatedInFuture(AssertionRefused):
    """AuthnInstant > the earlier of IssueInstant and now, + skew."""

    field = "AuthnStatement/@AuthnInstant"


class AuthenticatedTooLongAgo(AssertionRefused):
    """now - AuthnInstant over policies.longest_since_authentication + skew."""

    field = "AuthnStatement/@AuthnInstant"


class AudienceWrong(AssertionRefused):
    """An AudienceRestriction is there and does not name urn:ehdsi:assertions.audience:x-border."""

    field = "Conditions/AudienceRestriction/Audience"


class AuthenticationTooWeak(AssertionRefused):
    """AuthnContextClassRef outside the list."""

    field = "AuthnStatement/AuthnContext/AuthnContextClassRef"


class RoleUnknown(AssertionRefused):
    """XSPA role outside the list of eHDSI roles."""

    field = "urn:oasis:names:tc:xacml:2.0:subject:role"


class PurposeUnknown(AssertionRefused):
    """Purpose of use is neither TREATMENT nor EMERGENCY."""

    field = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"


class FacilityTypeUnknown(AssertionRefused):
    """Healthcare facility type outside the list."""

    field = "urn:ehdsi:names:subject:healthcare-facility-type"


class PatientIdentifierMalformed(AssertionRefused):
    """TRC subject-id is not ``ext^^^&root&ISO``."""

    field = "urn:oasis:names:tc:xspa:1.0:subject:subject-id"


class BindingRefused(TrustError):
    """Two true things that do not belong together."""


class TlsCountryDiffers(BindingRefused):
    """TLS peer's country is not the HCP signer's."""

    kind = "hcp"
    field = "Signature/KeyInfo/X509Data/X509Certificate"


class TrcSignerCountryDiffers(BindingRefused):
    """TRC signer's country is not the HCP signer's."""

    kind = "trc"
    field = "Signature/KeyInfo/X509Data/X509Certificate"


class NokSignerCountryDiffers(BindingRefused):
    """NOK signer's country is not the HCP signer's."""

    kind = "nok"
    field = "Signature/KeyInfo/X509Data/X509Certificate"


class IssuerCountryDiffers(BindingRefused):
    """The country segment of an Issuer is not the signer's country."""

    field = "Issuer"


class HomeCommunityDiffers(BindingRefused):
    """The HCP assertion's home community id is not the one registered for the signer's country."""

    kind = "hcp"
    field = "urn:ihe:iti:xca:2010:homeCommunityId"


class TrcPointsToAnotherHcp(BindingRefused):
    """TRC Advice/AssertionIDRef is not the HCP's @ID."""

    kind = "trc"
    field = "Advice/AssertionIDRef"


class TrcNameIdDiffers(BindingRefused):
    """TRC NameID, value or format, is not the HCP's."""

    kind = "trc"
    field = "Subject/NameID"


class NokPointsToAnotherHcp(BindingRefused):
    """NOK Advice/AssertionIDRef is not the HCP's @ID."""

    kind = "nok"
    field = "Advice/AssertionIDRef"


class NokNameIdDiffers(BindingRefused):
    """NOK NameID, value or format, is not the HCP's."""

    kind = "nok"
    field = "Subject/NameID"


class ReplayRefused(TrustError):
    """Seen before."""


class MessageRepeated(ReplayRefused):
    """A wsa:MessageID seen before from this country."""

    field = "Header/MessageID"


class BodyRepeated(ReplayRefused):
    """A body seen before under this assertion, in a message whose wsa:MessageID is absent or no UUID."""

    field = "Body"


class AssertionIdReused(ReplayRefused):
    """An assertion @ID seen with other bytes, or from another country's client."""

    field = "@ID"


@contextmanager
def about(kind: str) -> Iterator[None]:
    """Within, what is refused is of that assertion, unless the refusal says so itself."""
    try:
        yield
    except TrustError as refused:
        if refused.kind is None:
            refused.kind = kind
        raise
