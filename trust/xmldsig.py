"""The one signer and the one verifier of enveloped XML signatures.

XML Signature Syntax and Processing 1.1, narrowed to the SAML profile (SAML 2.0 core section 5.4) as eHDSI uses it: one
Reference to the signed element's own ID, [enveloped, exc-c14n], one certificate. Whose certificate it is and whether it
may seal is left to trust/certificates.py.

A signature proves bytes, not a tree: whoever verifies one tree and reads another is wrapped. `verify_enveloped` hands
back the bytes that were signed and a tree made of nothing else.

Verifying is our own and not signxml's, because signxml 5.2 refuses valid input
(tests/trust/test_xmldsig_second_opinion.py): it splits PrefixList at single blanks, so that a line break between two
prefixes breaks the digest, and it does not know ``#default``. It also writes what it canonicalizes, a patient's number
among it, to its debug log. In the tests it is the second opinion.
"""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from trust.errors import (
    AlgorithmForbidden,
    CertificateUnreadable,
    ReferenceNotOwnId,
    SignatureInvalid,
    SignatureMissing,
    SignatureRepeated,
    SignatureShapeForbidden,
    SigningCertificateCount,
)
from trust.xml import Element, XmlLimits, canonical, parse, serialise

DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = f"{DS}enveloped-signature"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_ENC = "http://www.w3.org/2001/04/xmlenc#"
_SHA256, _RSA_SHA256 = f"{_ENC}sha256", f"{_MORE}rsa-sha256"

_DIGESTS: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    _SHA256: hashes.SHA256,
    f"{_MORE}sha384": hashes.SHA384,
    f"{_ENC}sha512": hashes.SHA512,
}
_RSA: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    _RSA_SHA256: hashes.SHA256,
    f"{_MORE}rsa-sha384": hashes.SHA384,
    f"{_MORE}rsa-sha512": hashes.SHA512,
}
_ECDSA: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    f"{_MORE}ecdsa-sha256": hashes.SHA256,
    f"{_MORE}ecdsa-sha384": hashes.SHA384,
    f"{_MORE}ecdsa-sha512": hashes.SHA512,
}
_SAME_ID = "count(//@*[. = $own][translate(local-name(), 'ID', 'id') = 'id'])"
_BLANKS = re.compile(r"[ \t\r\n]+")


ASSERTION = XmlLimits(bytes=512 * 1024, elements=2_000, attributes=4_000, namespaces=100)
"""What one signed element may hold. Canonical form costs elements times prefixes, so they are few; a real assertion has
6 KB, 60 elements and 25 declarations."""


MESSAGE = XmlLimits(bytes=4 * 1024 * 1024, elements=20_000, attributes=40_000, namespaces=2_000)
"""What one signed message may hold; a prescription has 10 KB, one with its original as PDF a few hundred."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signature covers, and nothing else."""

    content: bytes = field(repr=False)
    """Canonical bytes as signed: the element without its signature."""
    root: Element = field(repr=False)
    """Made from ``content``."""
    certificate: bytes = field(repr=False)
    """DER, from KeyInfo; its key made the signature. Not yet trusted."""


def sign_enveloped(
    element: Element,
    key: RSAPrivateKey,
    certificate: bytes,
    *,
    after: str | None,
    inclusive_prefixes: Sequence[str] = (),
) -> bytes:
    """``element`` (which has an ``ID``) with an enveloped RSA-SHA256 signature, serialised; ``element`` stays as it is.

    The signature follows the first child named ``after`` (Clark name), or comes first when that is None.
    ``inclusive_prefixes`` go into the exc-c14n Transform, as OpenSAML writes them. ``certificate`` is DER.
    """
    root = parse(serialise(element))
    digest = hashes.Hash(hashes.SHA256())
    digest.update(canonical(root, inclusive_prefixes))
    reference = f"#{root.attrib['ID']!s}"
    signature = parse(_template(reference, digest.finalize(), certificate, inclusive_prefixes))
    place = 0 if after is None else root.index(root.findall(after)[0]) + 1
    root.insert(place, signature)
    return _with_value(root, signature, key)


def sign_document(data: bytes, key: RSAPrivateKey, certificate: bytes, limits: XmlLimits = MESSAGE) -> bytes:
    """A whole document with an enveloped RSA-SHA256 signature as its root's last child, ``Reference/@URI=""``.

    As MsgHead 1.2 has it (XML Signature 4.4.3.2). ``certificate`` is DER. Raises XmlRefused.
    """
    root = parse(data, limits)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(canonical(root))
    signature = parse(_template("", digest.finalize(), certificate, ()))
    root.append(signature)
    return _with_value(root, signature, key)


def _with_value(root: Element, signature: Element, key: RSAPrivateKey) -> bytes:
    value = key.sign(canonical(signature[0]), PKCS1v15(), hashes.SHA256())
    signature[1].text = base64.b64encode(value).decode()
    return serialise(root)


def verify_enveloped(data: bytes, limits: XmlLimits = ASSERTION) -> Signed:
    """Verify the signature of the root element of ``data``, the bytes as received (cut out by `trust.xml.serialise`).

    RSA (PKCS #1 v1.5) and ECDSA (raw r||s) with SHA-256, SHA-384, SHA-512; InclusiveNamespaces honoured where exc-c14n
    may carry it. Raises a leaf of SignatureRefused, XmlRefused, or CertificateUnreadable.
    """
    return _verify(parse(data, limits), _check_reference)


def verify_document(data: bytes, limits: XmlLimits = MESSAGE) -> Signed:
    """Verify the signature of a whole document, ``Reference/@URI=""`` (XML Signature 4.4.3.2), as MsgHead 1.2 has it.

    All of the document but the one signature is covered, so nothing in it can be wrapped; the rest is as in
    `verify_enveloped`.
    """
    return _verify(parse(data, limits), _check_whole_document)


def _verify(root: Element, check_reference: Callable[[Element, Element], None]) -> Signed:
    signature = _only_signature(root)
    info, value, key_info = _children(signature, "SignedInfo", "SignatureValue", "KeyInfo")
    method, algorithm, reference = _children(info, "CanonicalizationMethod", "SignatureMethod", "Reference")
    transforms, digest_method, digest_value = _children(reference, "Transforms", "DigestMethod", "DigestValue")
    enveloped, exclusive = _children(transforms, "Transform", "Transform")
    check_reference(root, reference)
    if _algorithm(method) != EXCLUSIVE:
        raise AlgorithmForbidden
    if (_algorithm(enveloped), _algorithm(exclusive)) != (ENVELOPED, EXCLUSIVE):
        raise SignatureShapeForbidden
    _children(enveloped)
    _children(algorithm)
    _children(digest_method)
    certificate = _certificate(key_info)
    digest = _digest(digest_method)
    signed_info = canonical(info, _inclusive_prefixes(method))
    _check_value(certificate, _algorithm(algorithm), _octets(value), signed_info)
    prefixes = _inclusive_prefixes(exclusive)
    _remove(root, signature)
    content = canonical(root, prefixes)
    digest.update(content)
    if digest.finalize() != _octets(digest_value):
        raise SignatureInvalid
    return Signed(content, parse(content), certificate)


def _template(reference: str, digest: bytes, certificate: bytes, prefixes: Sequence[str]) -> bytes:
    """ds:Signature without its value. ``reference`` is ``#`` and an NCName or empty, prefixes are NCNames, the rest is
    base64: nothing to escape."""
    inclusive = ""
    if prefixes:
        inclusive = f'<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList="{" ".join(prefixes)}"/>'
    return (
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/><ds:SignatureMethod Algorithm="{_RSA_SHA256}"/>'
        f'<ds:Reference URI="{reference}"><ds:Transforms><ds:Transform Algorithm="{ENVELOPED}"/>'
        f'<ds:Transform Algorithm="{EXCLUSIVE}">{inclusive}</ds:Transform></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{_SHA256}"/><ds:DigestValue>{base64.b64encode(digest).decode()}</ds:DigestValue>'
        "</ds:Reference></ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate>"
        f"{base64.b64encode(certificate).decode()}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>"
    ).encode()


def _only_signature(root: Element) -> Element:
    """The one signature: a direct child, and no other deeper down that could be taken for it."""
    signatures = root.findall(f"{{{DS}}}Signature")
    if not signatures:
        raise SignatureMissing
    if len(root.findall(f".//{{{DS}}}Signature")) > 1:
        raise SignatureRepeated
    return signatures[0]


def _children(element: Element, *names: str) -> list[Element]:
    """The children of an element of the signature, which are exactly these, in this order."""
    children = list(element)
    if [child.tag for child in children] != [f"{{{DS}}}{name}" for name in names]:
        raise SignatureShapeForbidden
    return children


def _check_reference(root: Element, reference: Element) -> None:
    own_id = root.get("ID")
    if not own_id or reference.get("URI") != f"#{own_id}":
        raise ReferenceNotOwnId
    if root.xpath(_SAME_ID, own=own_id) != 1:
        raise ReferenceNotOwnId


def _check_whole_document(_root: Element, reference: Element) -> None:
    if reference.get("URI") != "":
        raise SignatureShapeForbidden


def _algorithm(element: Element) -> str:
    algorithm = element.get("Algorithm")
    if algorithm is None:
        raise AlgorithmForbidden
    return algorithm


def _inclusive_prefixes(element: Element) -> list[str]:
    """Tokens of the one InclusiveNamespaces an exc-c14n element may have (NMTOKENS: blanks collapse)."""
    children = list(element)
    if not children:
        return []
    if [child.tag for child in children] != [f"{{{EXCLUSIVE}}}InclusiveNamespaces"]:
        raise SignatureShapeForbidden
    prefixes = children[0].get("PrefixList")
    return prefixes.split() if prefixes else []


def _octets(element: Element) -> bytes:
    """The base64 text of an element, line breaks and all."""
    _children(element)
    if element.text is None:
        raise SignatureShapeForbidden
    try:
        return base64.b64decode(_BLANKS.sub("", element.text), validate=True)
    except (binascii.Error, ValueError):
        raise SignatureShapeForbidden from None


def _certificate(key_info: Element) -> bytes:
    """DER of the one certificate. Hints beside it in X509Data (a subject name, a serial number) are not read."""
    certificates = key_info.findall(f".//{{{DS}}}X509Certificate")
    if len(certificates) != 1:
        raise SigningCertificateCount
    (data,) = _children(key_info, "X509Data")
    if certificates[0].getparent() is not data:
        raise SignatureShapeForbidden
    return _octets(certificates[0])


def _digest(method: Element) -> hashes.Hash:
    algorithm = _DIGESTS.get(_algorithm(method))
    if algorithm is None:
        raise AlgorithmForbidden
    return hashes.Hash(algorithm())


def _check_value(certificate: bytes, algorithm: str, value: bytes, signed_info: bytes) -> None:
    """The key in the certificate made ``value`` over ``signed_info``; the algorithm is of the key's kind."""
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise CertificateUnreadable from None
    try:
        if algorithm in _RSA and isinstance(key, RSAPublicKey):
            key.verify(value, signed_info, PKCS1v15(), _RSA[algorithm]())
        elif algorithm in _ECDSA and isinstance(key, EllipticCurvePublicKey):
            key.verify(_der(value, key.key_size), signed_info, ECDSA(_ECDSA[algorithm]()))
        else:
            raise AlgorithmForbidden
    except InvalidSignature:
        raise SignatureInvalid from None


def _der(value: bytes, bits: int) -> bytes:
    """XML-DSig (section 6.4.3) writes ECDSA values as r||s, each as long as the curve's order; we need DER."""
    length = (bits + 7) // 8
    if len(value) != 2 * length:
        raise SignatureInvalid
    return encode_dss_signature(int.from_bytes(value[:length]), int.from_bytes(value[length:]))


def _remove(root: Element, signature: Element) -> None:
    """The enveloped transform: the signature goes, the text after it stays."""
    tail = signature.tail
    if tail:
        previous = signature.getprevious()
        if previous is None:
            root.text = (root.text or "") + tail
        else:
            previous.tail = (previous.tail or "") + tail
    root.remove(signature)
