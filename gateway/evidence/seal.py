"""Signs checkpoints with the node's seal key and verifies them with its certificate: RSA-SHA256 (RFC 8017 8.2) or
ECDSA-SHA256.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import Certificate


def key_id(certificate: Certificate) -> str:
    """Names a seal key: SHA-256 of its certificate's DER, hex."""
    return certificate.fingerprint(SHA256()).hex()


@dataclass(frozen=True, slots=True)
class Seal:
    """The node's seal key and its certificate."""

    key: RSAPrivateKey | EllipticCurvePrivateKey = field(repr=False)
    certificate: Certificate

    def sign(self, message: bytes) -> bytes:
        """A signature over ``message``; the algorithm follows from the key's type."""
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(message, PKCS1v15(), SHA256())
        return self.key.sign(message, ECDSA(SHA256()))


def signed_by(certificates: Sequence[Certificate], named: str, message: bytes, signature: bytes) -> bool:
    """Whether the certificate called ``named`` is among ``certificates`` and its key signed ``message``."""
    for certificate in certificates:
        if key_id(certificate) == named:
            return _verifies(certificate, message, signature)
    return False


def _verifies(certificate: Certificate, message: bytes, signature: bytes) -> bool:
    key = certificate.public_key()
    try:
        match key:
            case RSAPublicKey():
                key.verify(signature, message, PKCS1v15(), SHA256())
            case EllipticCurvePublicKey():
                key.verify(signature, message, ECDSA(SHA256()))
            case _:
                return False
    except InvalidSignature:
        return False
    return True
