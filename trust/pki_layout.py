"""The names of the development PKI's files, relative to its folder, in one place.

- ``ca/``: ``root`` and ``issuing`` (``.pem``, ``.key``); ``trust.pem`` is both, for TLS libraries; ``seal-anchors.pem``
  is root and the field-style seal authority, what seals may end at
- ``crl/``: lists of root, issuing and field-style authority, DER; ``all.pem`` is all of them, for TLS libraries
- ``NO/``, per country: ``tls-server``, ``tls-client`` (their files hold the issuing CA too) and ``seal``
- ``field/``: ``seal`` as the field's test seals are (no extensions, RSA-4096, ten years) and its ``ca``
- ``bad/``: what must be refused (`Bad`), and ``foreign-ca``, the authority nobody here trusts
- ``national/``: authority and server of the national simulator, and the node's HelseID client keys
"""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate and its key, two PEM files."""

    certificate: str
    key: str


def _credential(stem: str) -> Credential:
    return Credential(f"{stem}.pem", f"{stem}.key")


class Bad(Enum):
    """Certificates that must be refused; but for its one fault each is as the country's own. Values are file names."""

    TLS_CLIENT_REVOKED = "tls-client-revoked"
    TLS_CLIENT_EXPIRED = "tls-client-expired"
    TLS_CLIENT_NOT_YET_VALID = "tls-client-not-yet-valid"
    TLS_CLIENT_WRONG_COUNTRY = "tls-client-wrong-country"
    TLS_CLIENT_FOREIGN_CA = "tls-client-foreign-ca"
    TLS_CLIENT_PLAIN = "tls-client-plain"
    SEAL_REVOKED = "seal-revoked"
    SEAL_EXPIRED = "seal-expired"
    SEAL_NOT_YET_VALID = "seal-not-yet-valid"
    SEAL_WRONG_COUNTRY = "seal-wrong-country"
    SEAL_FOREIGN_CA = "seal-foreign-ca"

    @property
    def credential(self) -> Credential:
        """Its two files."""
        return _credential(f"bad/{self.value}")


WRONG_COUNTRY = "XX"
"""The country of the two wrong-country certificates: user-assigned in ISO 3166-1, no member's."""

ORGANISATION = "NCPeH development"
"""What every certificate of a development PKI names as its organisation, and no other."""

ROOT = _credential("ca/root")
ISSUING = _credential("ca/issuing")
TRUST = "ca/trust.pem"
SEAL_ANCHORS = "ca/seal-anchors.pem"

ROOT_LIST = "crl/root.crl"
ISSUING_LIST = "crl/issuing.crl"
FIELD_LIST = "crl/field.crl"
LISTS_FOLDER = "crl"
ALL_LISTS = "crl/all.pem"

FIELD_CA = _credential("field/ca")
FIELD_SEAL = _credential("field/seal")

FOREIGN_CA = _credential("bad/foreign-ca")
FOREIGN_LIST = "bad/foreign-ca.crl"

NATIONAL_CA = _credential("national/ca")
NATIONAL_SERVER = _credential("national/server")
NATIONAL_PROFESSIONAL = _credential("national/professional")
NATIONAL_ENTERPRISE = _credential("national/enterprise")
HELSEID_CLIENT_PRIVATE = "national/helseid-client.jwk.json"
HELSEID_CLIENT_PUBLIC = "national/helseid-client.jwks.json"


def tls_server(country: str) -> Credential:
    """The country's TLS server (service provider)."""
    return _credential(f"{country}/tls-server")


def tls_client(country: str) -> Credential:
    """The country's TLS client (service consumer)."""
    return _credential(f"{country}/tls-client")


def seal(country: str) -> Credential:
    """The country's seal (NCP signature)."""
    return _credential(f"{country}/seal")
