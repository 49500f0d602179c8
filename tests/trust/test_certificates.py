"""Rules of certificates, one test each; a refused certificate's twin without the fault verifies."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from tests.support.callers.certificates import (
    AUTHORITY,
    CA,
    CLIENT,
    NOON,
    PLAIN,
    SEAL,
    SERVER,
    Extensions,
    Issued,
    Request,
    as_version_1,
    authority,
    ec_key,
    issue,
    name,
    of_country,
    purposes,
    resigned,
    revocation_list,
    rsa_2048,
    usage,
)
from tests.support.callers.pki import NOW, ListsInMemory, pki
from trust import pki_layout as layout
from trust.certificates import CertificateUse, CertificateVerifier, PathMemory, VerifiedCertificate, describe
from trust.errors import (
    CertificateCountryMissing,
    CertificateExpired,
    CertificateIssuerUnknown,
    CertificateKeyWeak,
    CertificateKindForbidden,
    CertificateNotYetValid,
    CertificateRefused,
    CertificateRevoked,
    CertificateUnreadable,
    RevocationUnknown,
)
from trust.pki_layout import Bad
from trust.revocation import RevocationPolicy

SECOND = timedelta(seconds=1)
TLS_SERVER, TLS_CLIENT, AS_SEAL = CertificateUse.TLS_SERVER, CertificateUse.TLS_CLIENT, CertificateUse.SEAL
DOCUMENT_SIGNING, MICROSOFTS, ADOBES = (
    x509.ObjectIdentifier(dotted)
    for dotted in ("1.3.6.1.5.5.7.3.36", "1.3.6.1.4.1.311.10.3.12", "1.2.840.113583.1.1.5")
)
SEALING = (ExtendedKeyUsageOID.EMAIL_PROTECTION, DOCUMENT_SIGNING, MICROSOFTS, ADOBES)

ROOT = authority()


def verifier(
    anchors: Sequence[Issued] = (ROOT,),
    intermediates: Sequence[Issued] = (),
    lists: Sequence[bytes] | None = None,
) -> CertificateVerifier:
    """Trusts ``anchors``; has an empty list of each authority unless ``lists`` are given."""
    if lists is None:
        lists = [revocation_list(one) for one in (*anchors, *intermediates)]
    return CertificateVerifier(
        [one.der for one in anchors],
        [one.der for one in intermediates],
        ListsInMemory(tuple(lists)),
        RevocationPolicy.HARD_FAIL,
    )


def verify(
    der: bytes, use: CertificateUse = AS_SEAL, now: datetime = NOON, issuer: Issued = ROOT
) -> VerifiedCertificate:
    return verifier([issuer]).verify(der, use, now)


def certificate(extensions: Extensions = PLAIN, **changes: object) -> bytes:
    return issue(Request(extensions=extensions).but(**changes), ROOT).der


# What a verified certificate says


def test_verified_certificate_carries_what_was_verified() -> None:
    request = Request(of_country("PT", "NCP of Portugal"), SEAL, key=rsa_2048())
    issued = issue(request, ROOT)

    verified = verify(issued.der)

    assert verified.der == issued.der
    assert verified.use is AS_SEAL
    assert (verified.country, verified.common_name) == ("PT", "NCP of Portugal")
    assert verified.sha256 == issued.certificate.fingerprint(hashes.SHA256()).hex()
    assert verified.not_after == request.end
    assert verified.public_key == rsa_2048().public_key()
    assert [evidence.number for evidence in verified.revocation] == [7]


def test_common_name_is_empty_unless_there_is_exactly_one() -> None:
    none = certificate(subject=name((NameOID.COUNTRY_NAME, "PT")))
    two = certificate(
        subject=name((NameOID.COUNTRY_NAME, "PT"), (NameOID.COMMON_NAME, "one"), (NameOID.COMMON_NAME, "two"))
    )

    assert [verify(none).common_name, verify(two).common_name] == ["", ""]


# Reading


@pytest.mark.parametrize("der", [b"", b"\x30\x00", b"not a certificate"])
def test_refuses_bytes_that_are_no_certificate(der: bytes) -> None:
    with pytest.raises(CertificateUnreadable):
        verify(der)


def test_refuses_a_certificate_with_bytes_after_it() -> None:
    good = certificate()
    verify(good)

    with pytest.raises(CertificateUnreadable):
        verify(good + b"\x00")


def test_refuses_pem() -> None:
    with pytest.raises(CertificateUnreadable):
        verify(x509.load_der_x509_certificate(certificate()).public_bytes(Encoding.PEM))


def test_refuses_a_repeated_extension() -> None:
    changed = asn1.Certificate.load(certificate(SEAL))
    extensions = changed["tbs_certificate"]["extensions"]
    extensions.append(extensions[0].copy())

    with pytest.raises(CertificateUnreadable):
        verify(resigned(changed, ROOT))


@pytest.mark.parametrize(
    ("oid", "value"),
    [
        pytest.param(ExtensionOID.KEY_USAGE, b"\x30\x82", id="broken"),
        pytest.param(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, b"\x30\x02\xa3\x00", id="a-name-of-a-kind-nobody-reads"),
    ],
)
def test_refuses_an_extension_that_cannot_be_read(oid: x509.ObjectIdentifier, value: bytes) -> None:
    with pytest.raises(CertificateUnreadable):
        verify(certificate(((x509.UnrecognizedExtension(oid, value), False),)))


@pytest.mark.parametrize("field", ["subject", "issuer"])
def test_refuses_a_name_that_cannot_be_read(field: str) -> None:
    odd = name((NameOID.COUNTRY_NAME, "PT"), (NameOID.COMMON_NAME, "\x00odd"))
    good = issue(Request(odd), ROOT).der if field == "subject" else issue(Request(), ROOT, issuer_name=odd).der

    with pytest.raises(CertificateUnreadable):
        verify(good.replace(b"\x0c\x04\x00odd", b"\x03\x04\x00odd"))  # UTF8String becomes BIT STRING


def test_unreadable_anchor_stops_the_start() -> None:
    with pytest.raises(CertificateUnreadable):
        CertificateVerifier([b"anchor"], [], ListsInMemory(), RevocationPolicy.HARD_FAIL)
    with pytest.raises(CertificateUnreadable):
        CertificateVerifier([], [b"intermediate"], ListsInMemory(), RevocationPolicy.HARD_FAIL)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_every_changed_byte_is_refused_by_a_reason_of_ours() -> None:
    good = certificate(SEAL)
    one = verifier()
    for position in range(len(good)):
        changed = bytearray(good)
        changed[position] ^= 0x55
        with pytest.raises(CertificateRefused):
            one.verify(bytes(changed), AS_SEAL, NOON)


# Keys


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()])
def test_takes_the_three_curves(curve: ec.EllipticCurve) -> None:
    key = ec_key(curve)

    assert verify(certificate(key=key)).public_key == key.public_key()


@pytest.mark.parametrize("curve", [ec.SECP256K1(), ec.SECP224R1(), ec.BrainpoolP256R1()])
def test_refuses_another_curve(curve: ec.EllipticCurve) -> None:
    with pytest.raises(CertificateKeyWeak):
        verify(certificate(key=ec_key(curve)))


def test_takes_rsa_of_2048_bits_and_refuses_one_bit_less() -> None:
    verify(certificate(key=rsa_2048()))

    with pytest.raises(CertificateKeyWeak):
        verify(certificate(key=rsa.generate_private_key(public_exponent=65537, key_size=2047)))


def test_refuses_another_kind_of_key() -> None:
    with pytest.raises(CertificateKeyWeak):
        verify(certificate(key=ed25519.Ed25519PrivateKey.generate()))


def test_refuses_a_key_that_cannot_be_read() -> None:
    changed = asn1.Certificate.load(certificate())
    point = changed["tbs_certificate"]["subject_public_key_info"]["public_key"]
    changed["tbs_certificate"]["subject_public_key_info"]["public_key"] = point.native[:-1] + b"\x00"

    with pytest.raises(CertificateKeyWeak):
        verify(resigned(changed, ROOT))


# Country


@pytest.mark.filterwarnings("ignore:Attribute's length:UserWarning")
@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param([(NameOID.COMMON_NAME, "no country")], id="none"),
        pytest.param([(NameOID.COUNTRY_NAME, "NO"), (NameOID.COUNTRY_NAME, "PT")], id="two"),
        pytest.param([(NameOID.COUNTRY_NAME, "NO"), (NameOID.COUNTRY_NAME, "NO")], id="the-same-twice"),
        pytest.param([(NameOID.DOMAIN_COMPONENT, "NO"), (NameOID.COMMON_NAME, "C=NO")], id="DC-and-CN-that-look-like"),
        pytest.param([(NameOID.ORGANIZATION_NAME, "C=NO"), (NameOID.COMMON_NAME, "x,C=NO")], id="O-that-looks-like"),
        pytest.param([(NameOID.JURISDICTION_COUNTRY_NAME, "NO")], id="jurisdiction-is-not-country"),
        pytest.param([(NameOID.COUNTRY_NAME, "no")], id="small-letters"),
        pytest.param([(NameOID.COUNTRY_NAME, "NOR")], id="three-letters"),
        pytest.param([(NameOID.COUNTRY_NAME, "N1")], id="a-digit"),
        pytest.param([(NameOID.COUNTRY_NAME, "")], id="empty"),
    ],
)
def test_refuses_a_subject_without_exactly_one_country(attributes: list[tuple[x509.ObjectIdentifier, str]]) -> None:
    with pytest.raises(CertificateCountryMissing):
        verify(certificate(subject=name(*attributes)))


@pytest.mark.filterwarnings("ignore:Attribute's length:UserWarning")
def test_country_of_another_string_type_is_held_to_the_same_rule() -> None:
    """PrintableString is the rule (RFC 5280 appendix A), UTF8String is what some authorities write."""
    two, three = (
        x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, value, _ASN1Type.UTF8String, _validate=False)])
        for value in ("NO", "NO\n")
    )

    assert verify(certificate(subject=two)).country == "NO"
    with pytest.raises(CertificateCountryMissing):
        verify(certificate(subject=three))


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param(name((NameOID.DOMAIN_COMPONENT, "SE"), (NameOID.COUNTRY_NAME, "NO")), id="DC-first"),
        pytest.param(name((NameOID.ORGANIZATION_NAME, "C=SE"), (NameOID.COUNTRY_NAME, "NO")), id="O-that-looks-like"),
        pytest.param(name((NameOID.COMMON_NAME, "a,C=SE"), (NameOID.COUNTRY_NAME, "NO")), id="CN-that-looks-like"),
        pytest.param(
            x509.Name(
                [
                    x509.RelativeDistinguishedName(
                        [
                            x509.NameAttribute(NameOID.COMMON_NAME, "C=SE"),
                            x509.NameAttribute(NameOID.COUNTRY_NAME, "NO"),
                        ]
                    )
                ]
            ),
            id="one-RDN-with-two-attributes",
        ),
    ],
)
def test_country_is_the_parsed_attribute_whatever_other_attributes_say(subject: x509.Name) -> None:
    assert verify(certificate(subject=subject)).country == "NO"


# Kind


@pytest.mark.parametrize(
    ("extensions", "use"),
    [
        (SERVER, TLS_SERVER),
        (CLIENT, TLS_CLIENT),
        (SEAL, AS_SEAL),
        (PLAIN, AS_SEAL),
        (((usage("digital_signature"), True),), AS_SEAL),
        (((usage("digital_signature", "content_commitment"), True),), AS_SEAL),
        (((purposes(ExtendedKeyUsageOID.EMAIL_PROTECTION), False),), AS_SEAL),
        (((purposes(DOCUMENT_SIGNING), False),), AS_SEAL),
        (((purposes(MICROSOFTS), True),), AS_SEAL),
        (((purposes(ADOBES), False),), AS_SEAL),
        (((purposes(*SEALING), False),), AS_SEAL),
        (((purposes(ExtendedKeyUsageOID.SERVER_AUTH), False),), TLS_SERVER),
        (((purposes(ExtendedKeyUsageOID.CLIENT_AUTH), False),), TLS_CLIENT),
        (((purposes(ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH), False),), TLS_CLIENT),
        (((purposes(ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH), False),), TLS_SERVER),
        (((x509.BasicConstraints(ca=False, path_length=None), True),), AS_SEAL),
        (((x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), False),), AS_SEAL),
        (((x509.SubjectAlternativeName([x509.DNSName("ncp.example.pt")]), True), *CLIENT), TLS_CLIENT),
    ],
)
def test_takes_a_certificate_for_what_its_extensions_say(extensions: Extensions, use: CertificateUse) -> None:
    assert verify(certificate(extensions), use).use is use


@pytest.mark.parametrize(
    ("extensions", "use"),
    [
        pytest.param(SERVER, AS_SEAL, id="server-as-seal"),
        pytest.param(CLIENT, AS_SEAL, id="client-as-seal"),
        pytest.param(SERVER, TLS_CLIENT, id="server-as-client"),
        pytest.param(CLIENT, TLS_SERVER, id="client-as-server"),
        pytest.param(SEAL, TLS_CLIENT, id="seal-as-client"),
        pytest.param(SEAL, TLS_SERVER, id="seal-as-server"),
        pytest.param(PLAIN, TLS_CLIENT, id="plain-as-client"),
        pytest.param(PLAIN, TLS_SERVER, id="plain-as-server"),
        pytest.param(((usage("digital_signature"), True),), TLS_CLIENT, id="no-purpose-as-client"),
        pytest.param(
            ((usage("content_commitment"), True), (purposes(ExtendedKeyUsageOID.CLIENT_AUTH), False)),
            TLS_CLIENT,
            id="client-without-digitalSignature",
        ),
        pytest.param(
            ((usage("key_encipherment"), True), (purposes(ExtendedKeyUsageOID.SERVER_AUTH), False)),
            TLS_SERVER,
            id="server-without-digitalSignature",
        ),
        pytest.param(
            ((usage("content_commitment"), True), (purposes(ExtendedKeyUsageOID.SERVER_AUTH), False)),
            TLS_SERVER,
            id="server-of-nonRepudiation-only",
        ),
        pytest.param(((usage("key_encipherment"), True),), AS_SEAL, id="seal-that-may-not-sign"),
        pytest.param(((purposes(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE), False),), AS_SEAL, id="any-as-seal"),
        pytest.param(((purposes(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE), False),), TLS_CLIENT, id="any-as-client"),
        pytest.param(((purposes(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE), False),), TLS_SERVER, id="any-as-server"),
        pytest.param(
            ((purposes(ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.CLIENT_AUTH), False),),
            AS_SEAL,
            id="mail-and-client-as-seal",
        ),
        pytest.param(((purposes(ExtendedKeyUsageOID.CODE_SIGNING), False),), AS_SEAL, id="code-signing-as-seal"),
        pytest.param(((purposes(ExtendedKeyUsageOID.OCSP_SIGNING), False),), AS_SEAL, id="ocsp-as-seal"),
        pytest.param(((purposes(ExtendedKeyUsageOID.TIME_STAMPING), False),), AS_SEAL, id="time-stamping-as-seal"),
        pytest.param(CA, AS_SEAL, id="authority-as-seal"),
        pytest.param(((CA[0]), *CLIENT), TLS_CLIENT, id="authority-as-client"),
        pytest.param(
            ((x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True),),
            AS_SEAL,
            id="critical-extension-not-understood",
        ),
        pytest.param(
            ((x509.NameConstraints([x509.DNSName("example.pt")], None), True),), AS_SEAL, id="critical-name-constraints"
        ),
        pytest.param(
            ((x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("1.2.3.4"), None)]), True),),
            AS_SEAL,
            id="critical-policies",
        ),
    ],
)
def test_refuses_a_certificate_for_another_use(extensions: Extensions, use: CertificateUse) -> None:
    with pytest.raises(CertificateKindForbidden):
        verify(certificate(extensions), use)


# Validity


def test_valid_from_its_first_second_to_its_last() -> None:
    request = Request()
    der = issue(request, ROOT).der
    root = authority(like=AUTHORITY.but(begin=request.begin - SECOND, end=request.end + SECOND))
    der = issue(request, root).der

    def at(now: datetime) -> VerifiedCertificate:
        lists = [revocation_list(root, this_update=now, next_update=now)]
        return verifier([root], lists=lists).verify(der, AS_SEAL, now)

    at(request.begin)
    at(request.end)
    with pytest.raises(CertificateNotYetValid):
        at(request.begin - SECOND)
    with pytest.raises(CertificateExpired):
        at(request.end + SECOND)


def test_expired_tells_more_than_unknown_issuer() -> None:
    stranger = authority("Stranger")
    with pytest.raises(CertificateExpired):
        verify(issue(Request(end=NOON - SECOND), stranger).der)
    with pytest.raises(CertificateIssuerUnknown):
        verify(issue(Request(), stranger).der)


# Path


def test_path_through_an_intermediate_we_hold() -> None:
    issuing = authority("Issuing", ROOT)
    der = issue(Request(), issuing).der

    assert len(verifier([ROOT], [issuing]).verify(der, AS_SEAL, NOON).revocation) == 2
    with pytest.raises(CertificateIssuerUnknown):
        verifier([ROOT], []).verify(der, AS_SEAL, NOON)


def test_an_intermediate_is_no_anchor() -> None:
    issuing = authority("Issuing", ROOT)

    with pytest.raises(CertificateIssuerUnknown):
        verifier([authority("Another")], [issuing, ROOT]).verify(issue(Request(), issuing).der, AS_SEAL, NOON)


def test_refuses_an_issuer_of_the_same_name_with_another_key() -> None:
    twin = authority()
    assert twin.certificate.subject == ROOT.certificate.subject

    with pytest.raises(CertificateIssuerUnknown):
        verify(issue(Request(), twin).der)


def test_refuses_a_self_signed_certificate() -> None:
    with pytest.raises(CertificateIssuerUnknown):
        verify(issue(Request()).der)


def test_refuses_an_end_entity_that_is_itself_an_anchor() -> None:
    pinned = issue(Request(), ROOT)

    with pytest.raises(CertificateIssuerUnknown):
        verifier([pinned]).verify(pinned.der, AS_SEAL, NOON)


@pytest.mark.parametrize(
    "extensions",
    [
        pytest.param((CA[1],), id="no-basicConstraints"),
        pytest.param(((x509.BasicConstraints(ca=False, path_length=None), True), CA[1]), id="CA-FALSE"),
        pytest.param((CA[0],), id="no-keyUsage"),
        pytest.param((CA[0], (usage("crl_sign"), True)), id="no-keyCertSign"),
        pytest.param((*CA, (purposes(ExtendedKeyUsageOID.SERVER_AUTH), False)), id="issues-servers-only"),
        pytest.param((*CA, (purposes(ExtendedKeyUsageOID.CLIENT_AUTH), False)), id="issues-clients-only"),
        pytest.param(PLAIN, id="plain"),
    ],
)
@pytest.mark.parametrize("version_1", [False, True])
def test_refuses_an_issuer_that_may_not_issue_seals(extensions: Extensions, *, version_1: bool) -> None:
    issuer = authority(like=AUTHORITY.but(extensions=extensions))
    issued = issue(Request(), issuer)
    der = as_version_1(issued, issuer) if version_1 else issued.der

    with pytest.raises(CertificateIssuerUnknown):
        verify(der, issuer=issuer)


@pytest.mark.parametrize(
    ("purpose", "extensions", "use"),
    [
        (ExtendedKeyUsageOID.EMAIL_PROTECTION, SEAL, AS_SEAL),
        (DOCUMENT_SIGNING, SEAL, AS_SEAL),
        (ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE, SEAL, AS_SEAL),
        (ExtendedKeyUsageOID.SERVER_AUTH, SERVER, TLS_SERVER),
        (ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE, SERVER, TLS_SERVER),
        (ExtendedKeyUsageOID.CLIENT_AUTH, CLIENT, TLS_CLIENT),
        (ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE, CLIENT, TLS_CLIENT),
    ],
)
def test_takes_an_issuer_whose_purposes_hold_the_use(
    purpose: x509.ObjectIdentifier, extensions: Extensions, use: CertificateUse
) -> None:
    issuer = authority(like=AUTHORITY.but(extensions=(*CA, (purposes(purpose), False))))

    verify(issue(Request(extensions=extensions), issuer).der, use, issuer=issuer)


@pytest.mark.parametrize(
    ("purpose", "extensions", "use"),
    [
        (ExtendedKeyUsageOID.CLIENT_AUTH, SERVER, TLS_SERVER),
        (ExtendedKeyUsageOID.SERVER_AUTH, CLIENT, TLS_CLIENT),
        (ExtendedKeyUsageOID.EMAIL_PROTECTION, CLIENT, TLS_CLIENT),
        (ExtendedKeyUsageOID.EMAIL_PROTECTION, SERVER, TLS_SERVER),
        (ExtendedKeyUsageOID.CODE_SIGNING, SEAL, AS_SEAL),
    ],
)
def test_refuses_an_issuer_whose_purposes_do_not_hold_the_use(
    purpose: x509.ObjectIdentifier, extensions: Extensions, use: CertificateUse
) -> None:
    issuer = authority(like=AUTHORITY.but(extensions=(*CA, (purposes(purpose), False))))

    with pytest.raises(CertificateIssuerUnknown):
        verify(issue(Request(extensions=extensions), issuer).der, use, issuer=issuer)


def test_refuses_an_authority_between_that_may_not_issue() -> None:
    for extensions in (CA, (CA[0], (usage("crl_sign"), True))):
        issuing = authority("Issuing", ROOT, like=AUTHORITY.but(extensions=extensions))
        one, der = verifier([ROOT], [issuing]), issue(Request(), issuing).der
        if extensions == CA:
            one.verify(der, AS_SEAL, NOON)
        else:
            with pytest.raises(CertificateIssuerUnknown):
                one.verify(der, AS_SEAL, NOON)


@pytest.mark.parametrize("length", [0, 1])
def test_path_length_is_respected(length: int) -> None:
    upper = authority(
        "Upper",
        ROOT,
        like=AUTHORITY.but(extensions=((x509.BasicConstraints(ca=True, path_length=length), True), CA[1])),
    )
    lower = authority("Lower", upper)
    one, der = verifier([ROOT], [upper, lower]), issue(Request(), lower).der

    if length:
        one.verify(der, AS_SEAL, NOON)
    else:
        with pytest.raises(CertificateIssuerUnknown):
            one.verify(der, AS_SEAL, NOON)


@pytest.mark.parametrize(("subtree", "permitted"), [("example.pt", True), ("example.no", False)])
def test_name_constraints_of_an_authority_are_respected(subtree: str, *, permitted: bool) -> None:
    constraints = x509.NameConstraints([x509.DNSName(subtree)], None)
    issuing = authority("Issuing", ROOT, like=AUTHORITY.but(extensions=(*CA, (constraints, True))))
    one, der = verifier([ROOT], [issuing]), issue(Request(extensions=SERVER), issuing).der

    if permitted:
        one.verify(der, TLS_SERVER, NOON)
    else:
        with pytest.raises(CertificateIssuerUnknown):
            one.verify(der, TLS_SERVER, NOON)


def test_refuses_a_path_whose_authority_is_not_valid_now() -> None:
    for changes in ({"end": NOON - SECOND}, {"begin": NOON + SECOND}):
        issuing = authority("Issuing", ROOT, like=AUTHORITY.but(**changes))
        with pytest.raises(CertificateIssuerUnknown):
            verifier([ROOT], [issuing]).verify(issue(Request(), issuing).der, AS_SEAL, NOON)
        root = authority(like=AUTHORITY.but(**changes))
        with pytest.raises(CertificateIssuerUnknown):
            verify(issue(Request(), root).der, issuer=root)


@pytest.mark.parametrize("digest", [hashes.SHA1(), hashes.SHA224()])
def test_refuses_a_signature_over_a_weak_digest(digest: hashes.HashAlgorithm) -> None:
    changed = asn1.Certificate.load(certificate())
    verify(resigned(changed, ROOT, hashes.SHA256()))

    with pytest.raises(CertificateIssuerUnknown):
        verify(resigned(changed, ROOT, digest))


# Seals as the field's test seals are


def test_takes_the_fields_test_seal() -> None:
    der = pki().der(layout.FIELD_SEAL)
    seal = x509.load_der_x509_certificate(der)
    assert (len(seal.extensions), seal.version) == (0, x509.Version.v3)

    verified = pki().verifier().verify(der, AS_SEAL, NOW)

    assert isinstance(verified.public_key, rsa.RSAPublicKey)
    assert verified.public_key.key_size == 4096
    assert verified.not_after > NOW + timedelta(days=3640)


@pytest.mark.parametrize("use", [TLS_CLIENT, TLS_SERVER])
def test_refuses_the_fields_test_seal_for_tls(use: CertificateUse) -> None:
    with pytest.raises(CertificateKindForbidden):
        pki().verifier().verify(pki().der(layout.FIELD_SEAL), use, NOW)


@pytest.mark.parametrize("digest", [hashes.SHA256(), hashes.SHA384(), hashes.SHA512()])
def test_takes_a_version_1_seal_directly_below_an_anchor(digest: hashes.HashAlgorithm) -> None:
    der = as_version_1(issue(Request(), ROOT), ROOT, digest)
    assert x509.load_der_x509_certificate(der).version is x509.Version.v1

    assert verifier([authority("Another"), ROOT]).verify(der, AS_SEAL, NOON).country == "PT"


@pytest.mark.parametrize("use", [TLS_CLIENT, TLS_SERVER])
def test_refuses_version_1_for_tls(use: CertificateUse) -> None:
    with pytest.raises(CertificateKindForbidden):
        verify(as_version_1(issue(Request(), ROOT), ROOT), use)


def test_refuses_version_1_below_an_intermediate() -> None:
    issuing = authority("Issuing", ROOT)
    der = as_version_1(issue(Request(), issuing), issuing)

    with pytest.raises(CertificateIssuerUnknown):
        verifier([ROOT], [issuing]).verify(der, AS_SEAL, NOON)


@pytest.mark.parametrize("digest", [hashes.SHA1(), hashes.SHA224()])
def test_refuses_version_1_signed_over_a_weak_digest(digest: hashes.HashAlgorithm) -> None:
    with pytest.raises(CertificateIssuerUnknown):
        verify(as_version_1(issue(Request(), ROOT), ROOT, digest))


def test_refuses_version_1_signed_by_another_key_of_the_anchors_name() -> None:
    with pytest.raises(CertificateIssuerUnknown):
        verify(as_version_1(issue(Request(), ROOT), authority()))


def test_refuses_version_1_of_another_issuer_name_signed_by_the_anchor() -> None:
    renamed = issue(Request(), ROOT, issuer_name=of_country("XX", "Another"))

    with pytest.raises(CertificateIssuerUnknown):
        verify(as_version_1(renamed, ROOT))


def test_refuses_version_1_below_an_anchor_that_is_not_valid_now() -> None:
    for changes, known in (({}, True), ({"end": NOON - SECOND}, False), ({"begin": NOON + SECOND}, False)):
        root = authority(like=AUTHORITY.but(**changes))
        der = as_version_1(issue(Request(), root), root)
        if known:
            verify(der, issuer=root)
        else:
            with pytest.raises(CertificateIssuerUnknown):
                verify(der, issuer=root)


def test_refuses_version_1_below_an_anchor_with_name_constraints() -> None:
    constraints = x509.NameConstraints([x509.DNSName("example.pt")], None)
    root = authority(like=AUTHORITY.but(extensions=(*CA, (constraints, True))))

    with pytest.raises(CertificateIssuerUnknown):
        verify(as_version_1(issue(Request(), root), root), issuer=root)


@pytest.mark.parametrize("kind", [ed25519.Ed25519PrivateKey, x25519.X25519PrivateKey])
def test_refuses_version_1_below_an_anchor_whose_key_did_not_sign_it(
    kind: type[ed25519.Ed25519PrivateKey | x25519.X25519PrivateKey],
) -> None:
    odd = asn1.Certificate.load(ROOT.der)
    spki = kind.generate().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    odd["tbs_certificate"]["subject_public_key_info"] = asn1.PublicKeyInfo.load(spki)
    anchor = Issued(x509.load_der_x509_certificate(resigned(odd, ROOT)), ROOT.key)
    der = as_version_1(issue(Request(), ROOT), ROOT)

    with pytest.raises(CertificateIssuerUnknown):
        verifier([anchor], lists=[]).verify(der, AS_SEAL, NOON)


@pytest.mark.parametrize("version_1", [False, True])
def test_refuses_a_signature_algorithm_nobody_knows(*, version_1: bool) -> None:
    issued = issue(Request(), ROOT)
    changed = asn1.Certificate.load(as_version_1(issued, ROOT) if version_1 else issued.der)
    unknown = {"algorithm": "1.2.3.4"}
    changed["tbs_certificate"]["signature"] = unknown
    changed["signature_algorithm"] = unknown

    with pytest.raises(CertificateIssuerUnknown):
        verify(changed.dump(force=True))


# Revocation, each call


def test_refuses_a_revoked_certificate() -> None:
    der = certificate()

    with pytest.raises(CertificateRevoked):
        verifier(lists=[revocation_list(ROOT, [der])]).verify(der, AS_SEAL, NOON)


def test_refuses_a_certificate_of_a_revoked_authority() -> None:
    issuing = authority("Issuing", ROOT)
    lists = [revocation_list(issuing), revocation_list(ROOT, [issuing.der])]

    with pytest.raises(CertificateRevoked):
        verifier([ROOT], [issuing], lists).verify(issue(Request(), issuing).der, AS_SEAL, NOON)


@pytest.mark.parametrize("present", [0, 1])
def test_refuses_when_a_list_of_the_path_is_missing(present: int) -> None:
    issuing = authority("Issuing", ROOT)
    one_list = revocation_list((issuing, ROOT)[present])

    with pytest.raises(RevocationUnknown):
        verifier([ROOT], [issuing], [one_list]).verify(issue(Request(), issuing).der, AS_SEAL, NOON)


class ChangingLists:
    """Lists that are replaced while a verifier lives."""

    def __init__(self, *lists: bytes) -> None:
        self.lists = lists

    def for_issuer(self, issuer_der: bytes) -> Sequence[bytes]:
        return ListsInMemory(self.lists).for_issuer(issuer_der)


def test_revocation_is_looked_at_on_every_call() -> None:
    der = certificate()
    lists = ChangingLists(revocation_list(ROOT))
    one = CertificateVerifier([ROOT.der], [], lists, RevocationPolicy.HARD_FAIL)
    one.verify(der, AS_SEAL, NOON)

    lists.lists = (revocation_list(ROOT, [der]),)
    with pytest.raises(CertificateRevoked):
        one.verify(der, AS_SEAL, NOON)


def test_policy_of_the_verifier_decides_about_an_overdue_list() -> None:
    der, overdue = certificate(), revocation_list(ROOT, next_update=NOON - SECOND)
    lists = ListsInMemory((overdue,))

    CertificateVerifier([ROOT.der], [], lists, RevocationPolicy.GRACE).verify(der, AS_SEAL, NOON)
    with pytest.raises(RevocationUnknown):
        CertificateVerifier([ROOT.der], [], lists, RevocationPolicy.HARD_FAIL).verify(der, AS_SEAL, NOON)


# What a certificate says, unverified


def test_description_says_what_is_written_and_verifies_nothing() -> None:
    stranger = authority("Stranger")
    issued = issue(Request(of_country("PT", "NCP"), CLIENT, end=NOON - SECOND), stranger)

    described = describe(issued.der)

    assert (described.subject, described.issuer) == ("CN=NCP,C=PT", "CN=Stranger,C=XX")
    assert (described.country, described.uses) == ("PT", (TLS_CLIENT,))
    assert (described.not_before, described.not_after) == (Request().begin, NOON - SECOND)
    assert described.sha256 == issued.certificate.fingerprint(hashes.SHA256()).hex()


def test_description_of_an_authority_has_no_use_and_of_a_nameless_no_country() -> None:
    assert describe(ROOT.der).uses == ()
    assert describe(certificate(subject=name((NameOID.COMMON_NAME, "C=NO")))).country is None
    with pytest.raises(CertificateUnreadable):
        describe(b"")


# Memory of paths


def test_a_remembered_path_is_left_when_an_authority_on_it_expires() -> None:
    issuing = authority("Issuing", ROOT, like=AUTHORITY.but(end=NOON))
    der = issue(Request(), issuing).der
    later = NOON + SECOND
    lists = [revocation_list(one) for one in (ROOT, issuing)]
    one = verifier([ROOT], [issuing], lists)
    one.verify(der, AS_SEAL, NOON)

    with pytest.raises(CertificateIssuerUnknown):
        one.verify(der, AS_SEAL, later)


def test_a_remembered_path_is_replaced_by_one_through_the_renewed_authority() -> None:
    old = authority("Issuing", ROOT, like=AUTHORITY.but(end=NOON))
    renewed = authority("Issuing", ROOT, like=AUTHORITY.but(key=old.key))
    der = issue(Request(), old).der
    one = verifier([ROOT], [old, renewed], [revocation_list(ROOT), revocation_list(old)])
    one.verify(der, AS_SEAL, NOON)

    assert one.verify(der, AS_SEAL, NOON + SECOND).country == "PT"


def test_a_path_is_remembered_and_used_the_next_time() -> None:
    one = verifier()
    issued = issue(Request(), ROOT)
    digest = issued.certificate.fingerprint(hashes.SHA256()).hex()
    one.verify(issued.der, AS_SEAL, NOON)
    assert one.paths.in_force((digest, AS_SEAL), NOON) == path(issued, ROOT)

    one.paths.remember((digest, AS_SEAL), path(issued, authority("Without a list")))
    with pytest.raises(RevocationUnknown):
        one.verify(issued.der, AS_SEAL, NOON)


def test_a_path_remembered_for_one_use_says_nothing_of_another() -> None:
    issuer = authority(like=AUTHORITY.but(extensions=(*CA, (purposes(ExtendedKeyUsageOID.SERVER_AUTH), False))))
    both = purposes(ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
    der = issue(Request(extensions=((both, False),)), issuer).der
    one = verifier([issuer])
    one.verify(der, TLS_SERVER, NOON)

    with pytest.raises(CertificateIssuerUnknown):
        one.verify(der, TLS_CLIENT, NOON)


def path(*issued: Issued) -> tuple[x509.Certificate, ...]:
    return tuple(one.certificate for one in issued)


def test_memory_gives_a_path_while_each_certificate_of_it_is_valid() -> None:
    memory = PathMemory(bound=1)
    short = authority("Issuing", ROOT, like=AUTHORITY.but(begin=NOON, end=NOON + SECOND))
    memory.remember(("leaf", AS_SEAL), path(short, ROOT))

    assert memory.in_force(("leaf", AS_SEAL), NOON) == path(short, ROOT)
    assert memory.in_force(("leaf", AS_SEAL), NOON + SECOND) == path(short, ROOT)
    assert memory.in_force(("leaf", AS_SEAL), NOON - SECOND) is None
    assert memory.in_force(("leaf", AS_SEAL), NOON + 2 * SECOND) is None
    assert memory.in_force(("another", AS_SEAL), NOON) is None


def test_memory_forgets_the_path_used_longest_ago() -> None:
    memory = PathMemory(bound=2)
    for digest in ("first", "second", "first", "third"):
        memory.remember((digest, AS_SEAL), path(ROOT))

    assert len(memory) == 2
    assert memory.in_force(("first", AS_SEAL), NOON)
    assert memory.in_force(("second", AS_SEAL), NOON) is None
    assert memory.in_force(("third", AS_SEAL), NOON)


# The development PKI's own


@pytest.mark.parametrize("country", ["NO", "PT"])
def test_each_country_has_its_three_certificates(country: str) -> None:
    one = pki().verifier()

    for use, credential in (
        (TLS_SERVER, layout.tls_server(country)),
        (TLS_CLIENT, layout.tls_client(country)),
        (AS_SEAL, layout.seal(country)),
    ):
        assert one.verify(pki().der(credential), use, NOW).country == country


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (Bad.TLS_CLIENT_REVOKED, CertificateRevoked),
        (Bad.TLS_CLIENT_EXPIRED, CertificateExpired),
        (Bad.TLS_CLIENT_NOT_YET_VALID, CertificateNotYetValid),
        (Bad.TLS_CLIENT_FOREIGN_CA, CertificateIssuerUnknown),
        (Bad.TLS_CLIENT_PLAIN, CertificateKindForbidden),
        (Bad.SEAL_REVOKED, CertificateRevoked),
        (Bad.SEAL_EXPIRED, CertificateExpired),
        (Bad.SEAL_NOT_YET_VALID, CertificateNotYetValid),
        (Bad.SEAL_FOREIGN_CA, CertificateIssuerUnknown),
    ],
)
def test_each_bad_certificate_is_refused_for_its_one_fault(bad: Bad, reason: type[CertificateRefused]) -> None:
    use = TLS_CLIENT if bad.value.startswith("tls-client") else AS_SEAL

    with pytest.raises(reason):
        pki().verifier().verify(pki().der(bad.credential), use, NOW)


@pytest.mark.parametrize(
    ("bad", "use"), [(Bad.TLS_CLIENT_WRONG_COUNTRY, TLS_CLIENT), (Bad.SEAL_WRONG_COUNTRY, AS_SEAL)]
)
def test_wrong_country_verifies_as_what_it_is(bad: Bad, use: CertificateUse) -> None:
    assert pki().verifier().verify(pki().der(bad.credential), use, NOW).country == layout.WRONG_COUNTRY
