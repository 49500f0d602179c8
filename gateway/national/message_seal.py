"""Signatures of our own messages: enveloped, over the whole MsgHead, by a professional's or the enterprise's key.

HIS 80601:2006 (MsgHead 1.2); HIS 3003, 3005 and 3009:2018 (a prescriber's identity is confirmed by xml-dsig); R1308,
4.1 (M10). RSA-SHA256 and exc-c14n, as `prescription_signature.py` expects of prescribers.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from transformers.norway.write_msghead import SendingProfessional
from trust.private_key import read_private_key
from trust.xmldsig import sign_document


@dataclass(frozen=True, slots=True)
class MessageSeal:
    """A key and its certificate (DER)."""

    key: RSAPrivateKey = field(repr=False)
    certificate: bytes = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """The message with its signature."""
        return sign_document(message, self.key, self.certificate)


@dataclass(frozen=True, slots=True)
class PrescriberRole:
    """Who asks as a prescriber does, by agreement, and what her messages are signed with now."""

    professional: SendingProfessional
    seal: Callable[[], MessageSeal]


def read_message_seal(certificate_file: Path, key_file: Path) -> MessageSeal:
    """The pair in two PEM files. Raises ValueError for what is no certificate with its RSA key; OSError."""
    certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    try:
        key = read_private_key(key_file.read_bytes())
    except TypeError:
        raise ValueError("an encrypted key") from None
    if not isinstance(key, RSAPrivateKey) or key.public_key() != certificate.public_key():
        raise ValueError("not the RSA key of the certificate")
    return MessageSeal(key, certificate.public_bytes(Encoding.DER))
