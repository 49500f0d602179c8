"""An XML signer of the tests' own, written from XML-DSig and not from trust/xmldsig.py, that can also sign badly.

What is changed before signing is signed: a test shows that a rule refuses, not a broken digest.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, lru_cache
from hashlib import new as new_hash

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree

from tests.support.callers.keys import same_key

DS = "http://www.w3.org/2000/09/xmldsig#"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
DIGEST_URIS = {
    "sha1": f"{DS}sha1",
    "sha224": f"{MORE}sha224",
    "sha256": "http://www.w3.org/2001/04/xmlenc#sha256",
    "sha384": f"{MORE}sha384",
    "sha512": "http://www.w3.org/2001/04/xmlenc#sha512",
}
SIGNATURE_URIS = {f"{kind}-{name}": f"{MORE}{kind}-{name}" for kind in ("rsa", "ecdsa") for name in DIGEST_URIS} | {
    "rsa-sha1": f"{DS}rsa-sha1"
}
Edit = Callable[[etree._Element], object]


@dataclass(frozen=True, eq=False)
class Sealer:
    """A country's key and certificate, as a test needs them."""

    country: str
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: bytes = field(repr=False)


@cache
def sealer(country: str, kind: str = "rsa") -> Sealer:
    """A self-signed seal without extensions, made once a process. ``kind``: p256, p384, p521; any other word: RSA."""
    curves = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = (
        ec.generate_private_key(curves[kind]) if kind in curves else same_key(f"seal-{country}-{kind}")
    )
    name = x509.Name(
        [x509.NameAttribute(NameOID.COUNTRY_NAME, country), x509.NameAttribute(NameOID.COMMON_NAME, f"seal {country}")]
    )
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number())
    made = made.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
    return Sealer(country, key, made.sign(key, hashes.SHA256()).public_bytes(Encoding.DER))


@dataclass(frozen=True)
class Signing:
    """How to sign. PrefixLists are written as given; None leaves InclusiveNamespaces out."""

    algorithm: str = "rsa-sha256"
    digest: str = "sha256"
    transform_prefixes: str | None = "xsd"
    method_prefixes: str | None = None
    reference: str | None = None
    """Reference/@URI when it is not the element's own."""
    place: int = 1
    """Position among the children: after the Issuer."""
    certificates: tuple[bytes, ...] | None = None
    edit_signature: Edit = lambda signature: None
    """Changes ds:Signature before SignedInfo is signed."""


def canonical(element: etree._Element, prefix_list: str | None = None) -> bytes:
    prefixes = None if prefix_list is None else prefix_list.split()
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=prefixes)


@lru_cache(maxsize=256)  # an RSA signature costs ten times its verification
def sign(unsigned: bytes, by: Sealer, signing: Signing = Signing()) -> bytes:
    """``unsigned`` (root with an ID) with an enveloped signature."""
    root = etree.fromstring(unsigned)
    digest = new_hash(signing.digest, canonical(root, signing.transform_prefixes)).digest()
    root.insert(signing.place, etree.fromstring(_unsigned_signature(root.get("ID", ""), digest, by, signing)))
    signing.edit_signature(root[signing.place])
    root = etree.fromstring(etree.tostring(root))
    info, value = root[signing.place].find(f"{{{DS}}}SignedInfo"), root[signing.place].find(f"{{{DS}}}SignatureValue")
    if info is not None and value is not None:
        value.text = base64.b64encode(_value(canonical(info, signing.method_prefixes), by, signing)).decode()
    return etree.tostring(root, encoding="utf-8")


def _unsigned_signature(own_id: str, digest: bytes, by: Sealer, signing: Signing) -> str:
    certificates = (by.certificate,) if signing.certificates is None else signing.certificates
    return f"""<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo
        ><ds:CanonicalizationMethod Algorithm="{EXC}">{_inclusive(signing.method_prefixes)}</ds:CanonicalizationMethod
        ><ds:SignatureMethod Algorithm="{SIGNATURE_URIS[signing.algorithm]}"/><ds:Reference
        URI="{f"#{own_id}" if signing.reference is None else signing.reference}"><ds:Transforms
        ><ds:Transform Algorithm="{DS}enveloped-signature"/><ds:Transform Algorithm="{EXC}"
        >{_inclusive(signing.transform_prefixes)}</ds:Transform></ds:Transforms
        ><ds:DigestMethod Algorithm="{DIGEST_URIS[signing.digest]}"/><ds:DigestValue
        >{base64.b64encode(digest).decode()}</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue
        /><ds:KeyInfo><ds:X509Data>{
        "".join(f"<ds:X509Certificate>{base64.encodebytes(one).decode()}</ds:X509Certificate>" for one in certificates)
    }</ds:X509Data></ds:KeyInfo></ds:Signature>"""


def _inclusive(prefixes: str | None) -> str:
    return "" if prefixes is None else f'<ec:InclusiveNamespaces xmlns:ec="{EXC}" PrefixList="{prefixes}"/>'


def _value(data: bytes, by: Sealer, signing: Signing) -> bytes:
    algorithm = getattr(hashes, signing.algorithm.partition("-")[2].upper())()
    if isinstance(by.key, rsa.RSAPrivateKey):
        return by.key.sign(data, padding.PKCS1v15(), algorithm)
    r, s = decode_dss_signature(by.key.sign(data, ec.ECDSA(algorithm)))
    length = (by.key.key_size + 7) // 8
    return r.to_bytes(length) + s.to_bytes(length)
