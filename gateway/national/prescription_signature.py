"""The prescriber's signature on an M1, verified: XML-DSig over the whole MsgHead, by a certificate of hers.

HIS 80601:2006 (MsgHead 1.2) and R0908: enveloped signature, Reference URI "", exc-c14n, keyUsage nonRepudiation. Trust
is a set of anchors of its own: a seal of another contact point signs no prescription. What is read is what was signed.
A prescription vouched for by a HelseID token instead is told so and is not listed.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from transformers.model.finding import Finding, Report, Severity
from transformers.model.people import Name
from transformers.norway.code_systems import CodeSystems
from transformers.norway.errors import Malformed
from transformers.norway.prescription import NorwegianPrescription, SignatureState
from transformers.norway.read_msghead import MessageHead, read_msghead
from transformers.norway.read_prescriber import read_prescriber
from transformers.norway.read_prescription import PrescriptionContext, read_prescription_in
from trust.certificates import CertificateUse, CertificateVerification
from trust.errors import (
    CertificateExpired,
    CertificateRefused,
    CertificateRevoked,
    CertificateUnreadable,
    RevocationUnknown,
    SignatureMissing,
    SignatureRefused,
    XmlRefused,
)
from trust.extensions import extension
from trust.xmldsig import verify_document

_TOKEN = b"application/jwt"
_NO_SYSTEMS = CodeSystems({}, {})
"""Only the name is read here."""


@dataclass(frozen=True, slots=True)
class CheckedSignature:
    """The verdict, and the bytes to read: what was signed when it is valid, else what came."""

    state: SignatureState
    content: bytes = field(repr=False)
    head: MessageHead | None = field(default=None, repr=False)
    """Of ``content``, where it was read to compare the names."""


class CertificateStates:
    """What prescribers' certificates are worth at one instant, each looked at once: make one for each request.

    ``certificates`` holds the anchors of professional certificates and no others.
    """

    def __init__(self, certificates: CertificateVerification, now: datetime) -> None:
        self._certificates = certificates
        self._now = now
        self._states: dict[bytes, SignatureState] = {}

    def of(self, der: bytes) -> SignatureState:
        """``VALID`` for one that may sign prescriptions, else why it may not."""
        if der not in self._states:
            self._states[der] = _certificate_state(der, self._certificates, self._now)
        return self._states[der]


def check_signature(data: bytes, certificates: CertificateStates) -> CheckedSignature:
    """Verify an M1 as received.

    Raises ``Malformed`` for bytes that are no MsgHead with a prescriber; every fault of the signature is a state.
    """
    try:
        signed = verify_document(data)
    except SignatureMissing:
        state = SignatureState.BY_TOKEN if _TOKEN in data else SignatureState.MISSING
        return CheckedSignature(state, data)
    except XmlRefused:
        raise Malformed("MsgHead") from None
    except (SignatureRefused, CertificateUnreadable):
        return CheckedSignature(SignatureState.BROKEN, data)
    state = certificates.of(signed.certificate)
    if state is not SignatureState.VALID:
        return CheckedSignature(state, data)
    head = read_msghead(signed.content)
    if _names_prescriber(signed.certificate, head):
        return CheckedSignature(state, signed.content, head)
    return CheckedSignature(SignatureState.BY_TOKEN if _TOKEN in data else SignatureState.OF_ANOTHER, data)


def read_signed_prescription(
    data: bytes, told: PrescriptionContext, certificates: CertificateStates
) -> tuple[NorwegianPrescription, Report]:
    """An M1 read from the bytes its prescriber signed, with the verdict; raises as `read_prescription` does."""
    checked = check_signature(data, certificates)
    head = read_msghead(checked.content) if checked.head is None else checked.head
    prescription, report = read_prescription_in(head, told)
    if checked.state is not SignatureState.VALID:
        words = "the prescriber's signature does not stand: the prescription is not listed abroad"
        report.add(Finding(Severity.ERROR, "signature", "prescription", words, result=checked.state.value))
    return replace(prescription, signature=checked.state), report


def _certificate_state(der: bytes, certificates: CertificateVerification, now: datetime) -> SignatureState:
    try:
        certificates.verify(der, CertificateUse.SEAL, now)
    except CertificateRevoked:
        return SignatureState.REVOKED
    except CertificateExpired:
        return SignatureState.EXPIRED
    except RevocationUnknown:
        return SignatureState.REVOCATION_UNKNOWN
    except CertificateRefused:
        return SignatureState.UNTRUSTED
    return SignatureState.VALID if _may_sign(der) else SignatureState.UNTRUSTED


def _may_sign(der: bytes) -> bool:
    """nonRepudiation (contentCommitment): a key for logging in makes no prescription."""
    usage = extension(x509.load_der_x509_certificate(der), x509.KeyUsage)
    return usage is not None and usage.content_commitment


def _names_prescriber(certificate: bytes, head: MessageHead) -> bool:
    """The certificate names the health professional of the message: Norwegian ones carry a name, no HPR number."""
    name = read_prescriber(head.info, _NO_SYSTEMS, protected=True).name
    subject = x509.load_der_x509_certificate(certificate).subject
    common = [str(one.value) for one in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    return name is not None and len(common) == 1 and _same_person(name, common[0])


def _same_person(name: Name, common_name: str) -> bool:
    """Every word of the family name and the first given name stand in the certificate's name; middle names may not."""
    there = _words(common_name)
    return _words(name.family) <= there and bool(name.given) and _words(name.given[0].split()[0]) <= there


def _words(text: str) -> frozenset[str]:
    return frozenset(text.casefold().replace("-", " ").split())
