"""Who signed a message to Reseptformidleren: a prescriber herself, or a dispenser's enterprise.

HIS 3003, 3005 and 3009:2018: the prescriber's identity is confirmed by xml-dsig, and her HPR number stands in the head;
R1308, 4.1, and the published example: an M10 has the enterprise's signature. A certificate that names an organisation
(O) is an enterprise's, as in the examples. Any issuer's certificate will do, at any time, and its name is not compared
with the professional's (`rules.ANY_ISSUER`).
"""

from cryptography import x509
from cryptography.x509.oid import NameOID

from gateway.simulators import rules
from gateway.simulators.asked import ReceivedMessage
from gateway.simulators.rules import SimulatedRule
from trust.errors import CertificateUnreadable, SignatureMissing, SignatureRefused, XmlRefused
from trust.xmldsig import verify_document

_MH = "{http://www.kith.no/xmlstds/msghead/2006-05-24}"
_PERSONAL = ("ERM95", "ERM97", "ERM911")
_ENTERPRISE = ("ERM10",)


def signature_fault(asked: ReceivedMessage) -> SimulatedRule | None:
    """The rule by which the message is rejected; None: it is signed as its type must be."""
    if asked.type in _PERSONAL:
        if not _hpr(asked):
            return rules.NO_HPR
        signed = _signed_by_enterprise(asked)
        return None if signed is False else rules.NO_PERSONAL if signed is None else rules.NOT_PERSONAL
    if asked.type in _ENTERPRISE and _signed_by_enterprise(asked) is not True:
        return rules.NOT_ENTERPRISE
    return None


def _hpr(asked: ReceivedMessage) -> str | None:
    for ident in asked.organisation.findall(f"{_MH}HealthcareProfessional/{_MH}Ident"):
        kind = ident.find(f"{_MH}TypeId")
        if kind is not None and kind.get("V") == "HPR":
            return ident.findtext(f"{_MH}Id")
    return None


def _signed_by_enterprise(asked: ReceivedMessage) -> bool | str | None:
    """Whether by an enterprise; None: not signed; a word: by a signature that does not stand."""
    try:
        certificate = x509.load_der_x509_certificate(verify_document(asked.document).certificate)
    except SignatureMissing:
        return None
    except (SignatureRefused, CertificateUnreadable, XmlRefused, ValueError):
        return "broken"
    return bool(certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME))
