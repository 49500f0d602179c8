"""One signature profile: what is inside it verifies, each step outside it is refused by its own class."""

import base64
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from tests.support.callers.signatures import DS, EXC, MORE, Sealer, Signing, sealer, sign
from trust.errors import (
    AlgorithmForbidden,
    CertificateUnreadable,
    ReferenceNotOwnId,
    SignatureInvalid,
    SignatureMissing,
    SignatureRepeated,
    SignatureShapeForbidden,
    SigningCertificateCount,
    TrustError,
    XmlNotWellFormed,
    XmlTooManyNodes,
)
from trust.xml import XmlLimits, parse
from trust.xmldsig import ASSERTION, sign_document, sign_enveloped, verify_document, verify_enveloped

PLAIN = b'<a:A xmlns:a="urn:a" xmlns:xsd="urn:xsd" ID="_1"><a:B>one</a:B><a:C t="xsd:string">two</a:C></a:A>'
CONTENT = b'<a:A xmlns:a="urn:a" xmlns:xsd="urn:xsd" ID="_1"><a:B>one</a:B><a:C t="xsd:string">two</a:C></a:A>'
RSA = sealer("PT")


def _refused(data: bytes) -> type[TrustError]:
    with pytest.raises(TrustError) as refusal:
        verify_enveloped(data)
    return refusal.type


def _signed(edit: Callable[[etree._Element], object] = lambda signature: None, **signing: object) -> bytes:
    return sign(PLAIN, RSA, Signing(edit_signature=edit, **signing))


def _after(data: bytes, edit: Callable[[etree._Element], object]) -> bytes:
    """``data`` changed after it was signed."""
    root = etree.fromstring(data)
    edit(root)
    return etree.tostring(root)


def _find(element: etree._Element, name: str) -> etree._Element:
    found = element.find(f".//{{{DS}}}{name}")
    assert found is not None
    return found


def _ds(name: str, **attributes: str) -> etree._Element:
    return etree.Element(f"{{{DS}}}{name}", attributes)


def test_returns_the_bytes_that_were_signed_and_a_tree_of_them():
    signed = verify_enveloped(_signed())
    assert signed.content == CONTENT
    assert [child.tag for child in signed.root] == ["{urn:a}B", "{urn:a}C"]
    assert signed.certificate == RSA.certificate


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("algorithm", ["rsa-sha256", "rsa-sha384", "rsa-sha512"])
def test_takes_rsa(algorithm: str, digest: str):
    assert verify_enveloped(_signed(algorithm=algorithm, digest=digest)).content == CONTENT


@pytest.mark.parametrize("kind", ["p256", "p384", "p521"])
@pytest.mark.parametrize("algorithm", ["ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512"])
def test_takes_ecdsa(algorithm: str, kind: str):
    assert verify_enveloped(sign(PLAIN, sealer("PT", kind), Signing(algorithm))).content == CONTENT


@pytest.mark.parametrize("algorithm", ["rsa-sha1", "rsa-sha224"])
def test_refuses_a_weak_rsa_algorithm(algorithm: str):
    assert _refused(_signed(algorithm=algorithm)) is AlgorithmForbidden


def test_refuses_a_weak_ecdsa_algorithm():
    assert _refused(sign(PLAIN, sealer("PT", "p256"), Signing("ecdsa-sha1"))) is AlgorithmForbidden


@pytest.mark.parametrize("digest", ["sha1", "sha224"])
def test_refuses_a_weak_digest(digest: str):
    assert _refused(_signed(digest=digest)) is AlgorithmForbidden


@pytest.mark.parametrize("uri", [f"{DS}hmac-sha1", f"{MORE}hmac-sha256", f"{DS}dsa-sha1", "", "rsa-sha256"])
def test_refuses_another_signature_algorithm(uri: str):
    assert _refused(_signed(lambda s: _find(s, "SignatureMethod").set("Algorithm", uri))) is AlgorithmForbidden


def test_refuses_an_algorithm_that_is_not_stated():
    assert _refused(_signed(lambda s: _find(s, "SignatureMethod").attrib.clear())) is AlgorithmForbidden


@pytest.mark.parametrize("name", ["CanonicalizationMethod", "Transform", "DigestMethod"])
def test_refuses_any_step_whose_algorithm_is_not_stated(name: str):
    assert _refused(_signed(lambda s: _find(s, name).attrib.clear())) is AlgorithmForbidden


def test_refuses_an_rsa_algorithm_with_an_elliptic_key():
    assert _refused(_signed(certificates=(sealer("PT", "p256").certificate,))) is AlgorithmForbidden


def test_refuses_an_elliptic_algorithm_with_an_rsa_key():
    made = sign(PLAIN, sealer("PT", "p256"), Signing("ecdsa-sha256", certificates=(RSA.certificate,)))
    assert _refused(made) is AlgorithmForbidden


def test_refuses_a_key_of_another_kind():
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.load_der_x509_certificate(RSA.certificate).subject
    like = x509.load_der_x509_certificate(RSA.certificate)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, like.not_valid_before_utc, like.not_valid_after_utc)
    der = made.sign(key, None).public_bytes(Encoding.DER)
    assert _refused(_signed(certificates=(der,))) is AlgorithmForbidden


@pytest.mark.parametrize(
    "uri",
    [
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2006/12/xml-c14n11",
        f"{EXC}WithComments",
        "",
    ],
)
def test_refuses_another_canonicalization_of_signed_info(uri: str):
    edit = lambda s: _find(s, "CanonicalizationMethod").set("Algorithm", uri)  # noqa: E731 - one use, beside its name
    assert _refused(_signed(edit)) is AlgorithmForbidden


def test_refuses_an_elliptic_value_written_as_der():
    key = sealer("PT", "p256")
    data = sign(PLAIN, key, Signing("ecdsa-sha256"))

    def as_der(root: etree._Element) -> None:
        value = _find(root, "SignatureValue")
        raw = base64.b64decode(value.text or "")
        der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        value.text = base64.b64encode(der).decode()

    assert verify_enveloped(data).content == CONTENT
    assert _refused(_after(data, as_der)) is SignatureInvalid


@pytest.mark.parametrize(
    "change", [lambda v: v[:-1], lambda v: v + b"\0", lambda v: b"\0" + v, lambda v: v[:32] + b"\0" + v[32:]]
)
def test_refuses_an_elliptic_value_of_another_length(change: Callable[[bytes], bytes]):
    def rewrite(root: etree._Element) -> None:
        value = _find(root, "SignatureValue")
        value.text = base64.b64encode(change(base64.b64decode(value.text or ""))).decode()

    assert _refused(_after(sign(PLAIN, sealer("PT", "p256"), Signing("ecdsa-sha256")), rewrite)) is SignatureInvalid


def test_refuses_a_digest_that_does_not_fit():
    assert _refused(_after(_signed(), lambda root: root[0].set("x", "y"))) is SignatureInvalid


def test_refuses_a_value_that_does_not_fit():
    other = Sealer("PT", sealer("PT", "another").key, RSA.certificate)
    assert _refused(sign(PLAIN, other)) is SignatureInvalid


def test_refuses_a_changed_signed_info():
    def lengthen(root: etree._Element) -> None:
        _find(root, "SignedInfo").set("Id", "x")

    assert _refused(_after(_signed(), lengthen)) is SignatureInvalid


def test_refuses_an_unsigned_element():
    assert _refused(PLAIN) is SignatureMissing


def test_refuses_a_signature_that_is_not_a_direct_child():
    def bury(root: etree._Element) -> None:
        root[0].append(root[1])

    assert _refused(_after(_signed(), bury)) is SignatureMissing


def test_refuses_two_signatures():
    assert (
        _refused(_after(_signed(), lambda root: root.append(etree.fromstring(etree.tostring(root[1])))))
        is SignatureRepeated
    )


def test_refuses_a_second_signature_deeper_down():
    nested = PLAIN.replace(b"one", f'<ds:Signature xmlns:ds="{DS}"/>'.encode())
    assert _refused(sign(nested, RSA)) is SignatureRepeated


def _swap(name: str) -> Callable[[etree._Element], object]:
    """Put the last child of an element first."""
    return lambda signature: _find(signature, name).insert(0, _find(signature, name)[-1])


@pytest.mark.parametrize(
    ("rule", "edit"),
    [
        ("a ds:Object", lambda s: s.append(_ds("Object"))),
        ("a foreign child", lambda s: s.append(etree.Element("x"))),
        ("no KeyInfo", lambda s: s.remove(_find(s, "KeyInfo"))),
        ("no SignatureValue", lambda s: s.remove(_find(s, "SignatureValue"))),
        ("two SignedInfo", lambda s: s.insert(1, etree.fromstring(etree.tostring(_find(s, "SignedInfo"))))),
        ("no Reference", lambda s: _find(s, "SignedInfo").remove(_find(s, "Reference"))),
        (
            "two References",
            lambda s: _find(s, "SignedInfo").append(etree.fromstring(etree.tostring(_find(s, "Reference")))),
        ),
        ("SignedInfo in another order", _swap("SignedInfo")),
        ("Reference in another order", _swap("Reference")),
        ("a length of truncation", lambda s: _find(s, "SignatureMethod").append(_ds("HMACOutputLength"))),
        ("a parameter of the digest", lambda s: _find(s, "DigestMethod").append(_ds("x"))),
        ("no Transforms", lambda s: _find(s, "Reference").remove(_find(s, "Transforms"))),
        ("one Transform", lambda s: _find(s, "Transforms").remove(_find(s, "Transform"))),
        ("a third Transform", lambda s: _find(s, "Transforms").append(_ds("Transform", Algorithm=EXC))),
        ("Transforms in another order", _swap("Transforms")),
        ("an XPath in the first Transform", lambda s: _find(s, "Transform").append(_ds("XPath"))),
        (
            "another first Transform",
            lambda s: _find(s, "Transform").set("Algorithm", "http://www.w3.org/TR/1999/REC-xpath-19991116"),
        ),
        ("another second Transform", lambda s: _find(s, "Transforms")[1].set("Algorithm", f"{EXC}WithComments")),
        ("a foreign child of exc-c14n", lambda s: _find(s, "Transforms")[1].append(_ds("x"))),
        (
            "two InclusiveNamespaces",
            lambda s: _find(s, "Transforms")[1].append(etree.Element(f"{{{EXC}}}InclusiveNamespaces", PrefixList="a")),
        ),
        ("a child of DigestValue", lambda s: _find(s, "DigestValue").append(_ds("x"))),
        ("a child of SignatureValue", lambda s: _find(s, "SignatureValue").append(_ds("x"))),
        ("a digest that is not base64", lambda s: setattr(_find(s, "DigestValue"), "text", "*")),
        ("a certificate that is not base64", lambda s: setattr(_find(s, "X509Certificate"), "text", "MII*")),
        ("a certificate that is not ASCII", lambda s: setattr(_find(s, "X509Certificate"), "text", "MIIå")),
        ("a key beside the certificate", lambda s: _find(s, "KeyInfo").append(_ds("KeyValue"))),
        ("the certificate elsewhere in KeyInfo", lambda s: _find(s, "X509Data").append(_wrapped(s))),
    ],
)
def test_refuses_a_signature_outside_the_shape(rule: str, edit: Callable[[etree._Element], object]):
    assert verify_enveloped(_signed()).content == CONTENT
    assert _refused(_signed(edit)) is SignatureShapeForbidden, rule


def _wrapped(signature: etree._Element) -> etree._Element:
    wrapper = _ds("x")
    wrapper.append(_find(signature, "X509Certificate"))
    return wrapper


def test_refuses_a_value_that_is_not_base64():
    assert (
        _refused(_after(_signed(), lambda root: setattr(_find(root, "SignatureValue"), "text", "*")))
        is SignatureShapeForbidden
    )


def test_refuses_an_empty_value():
    emptied = _after(_signed(), lambda root: setattr(_find(root, "SignatureValue"), "text", None))
    assert _refused(emptied) is SignatureShapeForbidden
    for name in ("DigestValue", "X509Certificate"):
        empty = _signed(lambda signature, name=name: setattr(_find(signature, name), "text", None))
        assert _refused(empty) is SignatureShapeForbidden


def test_inclusive_namespaces_may_name_none():
    def nameless(signature: etree._Element) -> None:
        for inclusive in signature.iter(f"{{{EXC}}}InclusiveNamespaces"):
            inclusive.attrib.clear()

    made = _signed(nameless, transform_prefixes="", method_prefixes="")
    assert verify_enveloped(made).content == CONTENT.replace(b' xmlns:xsd="urn:xsd"', b"")


def test_hints_beside_the_certificate_are_not_read():
    def hint(signature: etree._Element) -> None:
        _find(signature, "X509Data").insert(0, _ds("X509SubjectName"))

    assert verify_enveloped(_signed(hint)).certificate == RSA.certificate


@pytest.mark.parametrize("certificates", [(), (RSA.certificate, RSA.certificate)], ids=["none", "two"])
def test_refuses_any_number_of_certificates_but_one(certificates: tuple[bytes, ...]):
    assert _refused(_signed(certificates=certificates)) is SigningCertificateCount


def test_refuses_a_certificate_in_a_second_x509data():
    def second(signature: etree._Element) -> None:
        _find(signature, "KeyInfo").append(etree.fromstring(etree.tostring(_find(signature, "X509Data"))))

    assert _refused(_signed(second)) is SigningCertificateCount


def test_refuses_a_certificate_that_cannot_be_read():
    assert _refused(_signed(certificates=(b"not DER",))) is CertificateUnreadable


def test_refuses_a_certificate_whose_curve_nobody_knows():
    der = sealer("PT", "p256").certificate
    curve = bytes.fromhex("06082a8648ce3d030107")
    assert der.count(curve) == 1
    unknown = der.replace(curve, curve[:-1] + b"\x7f")
    made = sign(PLAIN, sealer("PT", "p256"), Signing("ecdsa-sha256", certificates=(unknown,)))
    assert _refused(made) is CertificateUnreadable


@pytest.mark.parametrize(
    "uri", ["", "#", "#_2", "_1", "##_1", "#xpointer(/)", "#xpointer(id('_1'))", "http://example.org/#_1", "# _1"]
)
def test_refuses_a_reference_to_anything_but_its_own_id(uri: str):
    assert _refused(_signed(reference=uri)) is ReferenceNotOwnId


def test_refuses_a_reference_without_a_uri():
    assert _refused(_signed(lambda s: _find(s, "Reference").attrib.clear())) is ReferenceNotOwnId


@pytest.mark.parametrize("id_attribute", [b"", b'Id="_1"', b'id="_1"', b'xml:id="_1"'])
def test_refuses_an_element_without_an_id(id_attribute: bytes):
    assert _refused(sign(PLAIN.replace(b'ID="_1"', id_attribute), RSA, Signing(reference="#_1"))) is ReferenceNotOwnId


def test_refuses_an_empty_id():
    assert _refused(sign(PLAIN.replace(b"_1", b""), RSA)) is ReferenceNotOwnId


@pytest.mark.parametrize("name", ["ID", "Id", "id", "xml:id", "a:Id"])
def test_refuses_an_id_that_is_there_twice(name: str):
    twice = PLAIN.replace(b"<a:B>", f'<a:B {name}="_1">'.encode())
    once = PLAIN.replace(b"<a:B>", f'<a:B {name}="_2">'.encode())
    assert verify_enveloped(sign(once, RSA)).root[0].text == "one"
    assert _refused(sign(twice, RSA)) is ReferenceNotOwnId


@pytest.mark.parametrize("method", [None, "xsd", "xsd a", "b"])
@pytest.mark.parametrize("transform", [None, "", "xsd", "a xsd", "unknown"])
def test_honours_inclusive_namespaces_in_both_places(transform: str | None, method: str | None):
    made = sign(PLAIN, RSA, Signing(transform_prefixes=transform, method_prefixes=method))
    declared = b' xmlns:xsd="urn:xsd"'
    expected = CONTENT if transform and "xsd" in transform else CONTENT.replace(declared, b"")
    assert verify_enveloped(made).content == expected


def test_an_inclusive_prefix_is_part_of_what_was_signed():
    """The same tree under another prefix list is other bytes."""

    def forget(root: etree._Element) -> None:
        root.find(f".//{{{EXC}}}InclusiveNamespaces").set("PrefixList", "a")

    assert _refused(_after(_signed(), forget)) is SignatureInvalid


def test_text_after_the_signature_stays_signed():
    pretty = PLAIN.replace(b"<a:B>", b"\n  <a:B>").replace(b"</a:B>", b"</a:B>\n  ")
    for place in (0, 1, 2):
        made = sign(pretty, RSA, Signing(place=place))
        with_tail = made.replace(b"</ds:Signature>", b"</ds:Signature>TAIL")
        assert verify_enveloped(made).content == CONTENT.replace(b"<a:B>", b"\n  <a:B>").replace(
            b"</a:B>", b"</a:B>\n  "
        )
        assert _refused(with_tail) is SignatureInvalid


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_text_around_the_signature_is_joined_again(place: int):
    """The signer canonicalized it before the signature stood in it: some before, some behind, some on both sides."""
    spaced = etree.fromstring(PLAIN)
    spaced.text = "\n\t"
    for child in spaced:
        child.tail = "\n\t"
    made = sign(etree.tostring(spaced), RSA, Signing(place=place))
    for before, behind in (("\n\t", None), ("\n", "\t"), (None, "\n\t")):
        content = verify_enveloped(_after(made, lambda root, b=before, h=behind: _part(root, place, b, h))).content
        assert content.count(b"\n\t") == 3
    assert _refused(_after(made, lambda root: _part(root, place, "\t", "\n"))) is SignatureInvalid


def _part(root: etree._Element, place: int, before: str | None, behind: str | None) -> None:
    """Put text before and behind the signature, which is child ``place``."""
    root[place].tail = behind
    if place == 0:
        root.text = before
    else:
        root[place - 1].tail = before


def test_a_comment_in_a_text_changes_nothing():
    made = _signed().replace(b"one", b"on<!-- x -->e")
    signed = verify_enveloped(made)
    assert (signed.content, signed.root[0].text) == (CONTENT, "one")


def test_a_relative_namespace_name_is_refused():
    made = _signed().replace(b"<a:B>", b'<a:B xmlns:r="relative" r:x="">')
    assert _refused(made) is XmlNotWellFormed


@pytest.mark.parametrize("prefixes", [(), ("xsd",), ("xsd", "a")])
def test_what_we_sign_verifies(prefixes: tuple[str, ...]):
    made = sign_enveloped(parse(PLAIN), RSA.key, RSA.certificate, after="{urn:a}B", inclusive_prefixes=prefixes)
    signed = verify_enveloped(made)
    assert signed.content == (CONTENT if prefixes else CONTENT.replace(b' xmlns:xsd="urn:xsd"', b""))
    assert signed.certificate == RSA.certificate


def test_our_signature_stands_where_it_is_asked_to():
    places = {"{urn:a}B": 1, "{urn:a}C": 2, None: 0}
    for after, place in places.items():
        root = etree.fromstring(sign_enveloped(parse(PLAIN), RSA.key, RSA.certificate, after=after))
        assert root[place].tag == f"{{{DS}}}Signature"


def test_our_signature_writes_inclusive_namespaces_into_the_transform_alone():
    made = sign_enveloped(parse(PLAIN), RSA.key, RSA.certificate, after=None, inclusive_prefixes=("xsd", "a"))
    (inclusive,) = etree.fromstring(made).iter(f"{{{EXC}}}InclusiveNamespaces")
    assert (inclusive.getparent().tag, inclusive.get("PrefixList")) == (f"{{{DS}}}Transform", "xsd a")


def test_without_prefixes_our_signature_writes_none():
    made = sign_enveloped(parse(PLAIN), RSA.key, RSA.certificate, after=None)
    assert f'<ds:Transform Algorithm="{EXC}"/>'.encode() in made


def test_signing_leaves_the_element_as_it_is():
    element = parse(PLAIN)
    sign_enveloped(element, RSA.key, RSA.certificate, after=None)
    assert len(element) == 2


def _with_namespaces(count: int) -> bytes:
    """Signed, with ``count`` declarations in all."""
    there = _signed().count(b"xmlns")
    more = "".join(f' xmlns:n{number}="urn:n"' for number in range(count - there))
    return sign(PLAIN.replace(b" xmlns:a", f"{more} xmlns:a".encode()), RSA)


def test_what_is_signed_has_few_namespaces():
    """Canonical form costs elements times prefixes."""
    assert verify_enveloped(_with_namespaces(100)).content == CONTENT
    assert _refused(_with_namespaces(101)) is XmlTooManyNodes


def test_a_caller_may_widen_the_limits():
    assert verify_enveloped(_with_namespaces(101), XmlLimits()).content == CONTENT


def test_the_limits_of_what_is_signed_are_these():
    assert XmlLimits(bytes=524_288, elements=2_000, attributes=4_000, namespaces=100) == ASSERTION


def test_nothing_of_what_was_signed_prints():
    assert "one" not in repr(verify_enveloped(_signed()))


def test_refuses_an_elliptic_value_made_with_another_hash_than_named():
    key = sealer("PT", "p384")
    made = sign(PLAIN, key, Signing("ecdsa-sha384"))

    def resign(root: etree._Element) -> None:
        info = _find(root, "SignedInfo")
        canonical = etree.tostring(info, method="c14n", exclusive=True, with_comments=False)
        assert isinstance(key.key, ec.EllipticCurvePrivateKey)

        r, s = decode_dss_signature(key.key.sign(canonical, ec.ECDSA(hashes.SHA256())))
        _find(root, "SignatureValue").text = base64.b64encode(r.to_bytes(48) + s.to_bytes(48)).decode()

    assert _refused(_after(made, resign)) is SignatureInvalid


def test_a_whole_document_that_is_signed_verifies_as_it_was_and_no_other_does():
    ours, data = sealer("NO"), b'<a xmlns="urn:a"><b c="d">\xc3\xa6</b></a>'
    assert isinstance(ours.key, rsa.RSAPrivateKey)
    made = sign_document(data, ours.key, ours.certificate)
    signed = verify_document(made)
    assert (signed.content, signed.certificate) == (data, ours.certificate)
    with pytest.raises(SignatureInvalid):
        verify_document(made.replace(b'c="d"', b'c="e"'))
