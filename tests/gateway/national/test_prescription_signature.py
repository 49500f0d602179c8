"""The prescriber's signature: every way in which it does not stand has a state, and its valid twin stands.

Signed by signxml with RSA keys, the way Norwegian record systems sign, so that our verifier is not its own witness.
"""

from base64 import b64encode
from datetime import timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import CanonicalizationMethod, DigestAlgorithm, SignatureMethod, XMLSigner, methods

from gateway.configuration.shipped import shipped
from gateway.national.prescription_signature import CertificateStates, check_signature, read_signed_prescription
from gateway.national.prescription_sources import read_prescription_sources
from tests.support.authoring.people import HEIA
from tests.support.authoring.signing import Signer, prescriber
from tests.support.authoring.signing import signed as signed_as_sample
from tests.support.callers.certificates import (
    AUTHORITY,
    NOON,
    SEAL,
    Issued,
    Request,
    issue,
    name,
    revocation_list,
    usage,
)
from tests.support.callers.keys import same_key
from tests.support.callers.pki import ListsInMemory
from tests.support.norway.m1 import NOW, m1, told
from tests.support.norway.source_messages import STRANGER, SYSTEMS, medicine
from tests.support.persons.prescriptions import certificates, joined_prescriptions
from transformers.norway.errors import Malformed, WrongPatient
from transformers.norway.prescription import SignatureState
from trust.certificates import CertificateVerifier
from trust.revocation import RevocationPolicy

DS = "{http://www.w3.org/2000/09/xmldsig#}"
NAME = "BLID SKOGSTJERNE"
RSA_2048 = same_key("prescriber")
EC_256 = ec.generate_private_key(ec.SECP256R1())
ROOT = issue(AUTHORITY.but(subject=name((NameOID.COUNTRY_NAME, "NO"), (NameOID.COMMON_NAME, "Utsteder"))))
OTHER_ROOT = issue(AUTHORITY.but(subject=name((NameOID.COUNTRY_NAME, "NO"), (NameOID.COMMON_NAME, "En annen"))))


def certified(common_name: str = NAME, root: Issued = ROOT, **more: object) -> Issued:
    subject = name(
        (NameOID.COUNTRY_NAME, "NO"), (NameOID.COMMON_NAME, common_name), (NameOID.SERIAL_NUMBER, "0000-0000-1")
    )
    request = Request(subject=subject, extensions=SEAL, key=RSA_2048)
    return issue(request.but(**more), root)


@cache
def own() -> Issued:
    return certified()


def signed(message: bytes | None = None, by: Issued | None = None, reference: str | None = None) -> bytes:
    signer = by or own()
    made = XMLSigner(
        method=methods.enveloped,
        signature_algorithm=SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    ).sign(etree.fromstring(message or m1()), key=signer.key, cert=[signer.certificate], reference_uri=reference)
    return etree.tostring(made)


def signed_as_whole(message: bytes) -> bytes:
    """As `signed`, where signxml would choose the root's Id for the reference."""
    return signed_as_sample(message, Signer(EC_256, certified(key=EC_256).certificate))


def trusting(*roots: Issued, revoked: tuple[bytes, ...] = (), lists: bool = True) -> CertificateVerifier:
    every = tuple(revocation_list(root, revoked if root is ROOT else ()) for root in roots) if lists else ()
    return CertificateVerifier([root.der for root in roots], [], ListsInMemory(every), RevocationPolicy.HARD_FAIL)


def at_noon(trust: CertificateVerifier) -> CertificateStates:
    return CertificateStates(trust, NOON)


def state(data: bytes, trust: CertificateVerifier | None = None) -> SignatureState:
    return check_signature(data, at_noon(trust or trusting(ROOT))).state


HEIA_PRESCRIBER = (
    f"<HealthcareProfessional><FamilyName>{HEIA.family}</FamilyName><GivenName>{HEIA.given}</GivenName>"
    f"<Ident><Id>{HEIA.hpr}</Id><TypeId V='HPR'/></Ident></HealthcareProfessional>"
)


def test_a_prescription_signed_by_its_prescriber_stands_and_is_read():
    data = signed_as_sample(m1(prescriber=HEIA_PRESCRIBER), prescriber(HEIA))
    found, report = read_signed_prescription(data, told(), CertificateStates(certificates(), NOW))
    assert found.signature is SignatureState.VALID
    assert "signature" not in [finding.code for finding in report.findings]


def test_rsa_with_sha_256_over_the_whole_message_stands():
    checked = check_signature(signed(), at_noon(trusting(ROOT)))
    assert checked.state is SignatureState.VALID
    assert b"Signature" not in checked.content
    assert b"Cetirizin Tab 10 mg" in checked.content


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Cetirizin Tab 10 mg", b"Cetirizin Tab 90 mg"),
        (b"<Antall>1</Antall>", b"<Antall>9</Antall>"),
        (b"<Id>990000099</Id>", b"<Id>990000098</Id>"),
        (b"3b1f-resept", b"3b1f-resepX"),
    ],
)
def test_altered_content_does_not_stand(old: bytes, new: bytes):
    data = signed()
    assert old in data
    assert state(data.replace(old, new)) is SignatureState.BROKEN
    assert state(data) is SignatureState.VALID


def test_a_prescription_without_signature_is_told_so():
    assert state(m1()) is SignatureState.MISSING


def test_a_prescription_vouched_for_by_a_token_is_told_so():
    token = b"<Document><RefDoc><MsgType V='A'/><MimeType>application/jwt</MimeType></RefDoc></Document></MsgHead>"
    assert state(m1().replace(b"</MsgHead>", token)) is SignatureState.BY_TOKEN
    by_organisation = signed(m1().replace(b"</MsgHead>", token), certified("SOLHEIA LEGESENTER"))
    assert state(by_organisation) is SignatureState.BY_TOKEN


def test_a_signature_over_an_element_by_its_id_does_not_stand():
    """The whole message is signed or nothing is: a reference to an Id leaves the rest to whoever comes by."""
    part = m1().replace(b"<Resept ", b'<Resept Id="r1" ')
    assert state(signed(part, reference="r1")) is SignatureState.BROKEN
    assert state(signed(part)) is SignatureState.VALID


def test_a_signature_over_the_message_by_its_id_is_not_of_the_accepted_form():
    named = m1().replace(b"<MsgHead ", b'<MsgHead Id="m1" ')
    assert state(signed(named, reference="m1")) is SignatureState.BROKEN
    assert state(signed_as_whole(named)) is SignatureState.VALID


def test_a_signed_prescription_wrapped_in_another_message_does_not_stand():
    inner = etree.fromstring(signed())
    outer = etree.fromstring(m1(medicine().replace("10 mg", "90 mg")))
    content = outer.find(".//{*}Content")
    assert content is not None
    content.append(inner)
    assert state(etree.tostring(outer)) is SignatureState.MISSING


def test_the_signature_of_one_message_moved_to_another_does_not_stand():
    signature = etree.fromstring(signed()).find(f"{DS}Signature")
    other = etree.fromstring(m1(medicine().replace("10 mg", "90 mg")))
    assert signature is not None
    other.append(signature)
    assert state(etree.tostring(other)) is SignatureState.BROKEN


def test_a_second_signature_does_not_stand():
    root = etree.fromstring(signed())
    signature = root.find(f"{DS}Signature")
    assert signature is not None
    root.append(etree.fromstring(etree.tostring(signature)))
    assert state(etree.tostring(root)) is SignatureState.BROKEN


def test_what_was_signed_hidden_in_an_object_does_not_stand():
    root = etree.fromstring(signed())
    signature = root.find(f"{DS}Signature")
    assert signature is not None
    hidden = etree.SubElement(signature, f"{DS}Object")
    hidden.append(etree.fromstring(m1()))
    assert state(etree.tostring(root)) is SignatureState.BROKEN


def test_a_certificate_exchanged_for_anothers_does_not_stand():
    data = signed()
    another = certified("EN ANNEN", key=same_key("another-prescriber"))
    root = etree.fromstring(data)
    held = root.find(f".//{DS}X509Certificate")
    assert held is not None
    held.text = b64encode(another.der).decode()
    assert state(etree.tostring(root)) is SignatureState.BROKEN


@pytest.mark.parametrize("common_name", ["FROM NORDSTRAND", "BLID ANNENSTJERNE", "TRYGG SKOGSTJERNE", "SKOGSTJERNE"])
def test_a_good_signature_by_somebody_else_is_of_another(common_name: str):
    assert state(signed(by=certified(common_name))) is SignatureState.OF_ANOTHER


def test_a_certificate_with_two_names_is_nobodys():
    def of(*names: str) -> Issued:
        subject = name((NameOID.COUNTRY_NAME, "NO"), *((NameOID.COMMON_NAME, one) for one in names))
        return certified(subject=subject)

    assert state(signed(by=of(NAME, "EN ANNEN"))) is SignatureState.OF_ANOTHER
    assert state(signed(by=of(NAME))) is SignatureState.VALID


def test_only_an_issuer_that_signs_itself_is_an_anchor(tmp_path):
    fest = shipped("samples") / "fest" / "mini-fest.xml"
    trust = tmp_path / "issuers.pem"
    below = issue(AUTHORITY.but(subject=name((NameOID.COUNTRY_NAME, "NO"), (NameOID.COMMON_NAME, "Under"))), ROOT)
    trust.write_bytes(below.certificate.public_bytes(Encoding.PEM))
    with pytest.raises(ValueError, match="signs itself"):
        read_prescription_sources(fest, trust, tmp_path, SYSTEMS)
    trust.write_bytes(ROOT.certificate.public_bytes(Encoding.PEM))
    assert read_prescription_sources(fest, trust, tmp_path, SYSTEMS).certificates


@pytest.mark.parametrize("common_name", ["Blid Skogstjerne", "BLID VÅR SKOGSTJERNE", "Skogstjerne Blid"])
def test_middle_names_order_and_letter_case_are_no_difference(common_name: str):
    assert state(signed(by=certified(common_name))) is SignatureState.VALID


def test_a_certificate_of_an_unknown_issuer_is_not_trusted():
    data = signed(by=certified(root=OTHER_ROOT))
    assert state(data) is SignatureState.UNTRUSTED
    assert state(data, trusting(ROOT, OTHER_ROOT)) is SignatureState.VALID


def test_a_self_made_certificate_is_not_trusted():
    subject = name((NameOID.COUNTRY_NAME, "NO"), (NameOID.COMMON_NAME, NAME))
    assert state(signed(by=issue(Request(subject=subject, extensions=SEAL, key=RSA_2048)))) is SignatureState.UNTRUSTED


def test_a_certificate_for_logging_in_signs_no_prescription():
    login = ((usage("digital_signature"), True),)
    assert state(signed(by=certified(extensions=login))) is SignatureState.UNTRUSTED
    assert state(signed(by=certified(extensions=()))) is SignatureState.UNTRUSTED
    both = ((usage("digital_signature", "content_commitment"), True),)
    assert state(signed(by=certified(extensions=both))) is SignatureState.VALID


def test_a_certificate_out_of_its_time_does_not_stand():
    assert state(signed(by=certified(end=NOON - timedelta(days=1)))) is SignatureState.EXPIRED
    assert state(signed(by=certified(begin=NOON + timedelta(days=1)))) is SignatureState.UNTRUSTED


def test_a_revoked_certificate_does_not_stand():
    assert state(signed(), trusting(ROOT, revoked=(own().der,))) is SignatureState.REVOKED
    assert state(signed(), trusting(ROOT, revoked=(certified("EN ANNEN").der,))) is SignatureState.VALID


def test_without_a_list_in_force_nobody_knows():
    assert state(signed(), trusting(ROOT, lists=False)) is SignatureState.REVOCATION_UNKNOWN


def test_sha_1_does_not_stand():
    data = (
        signed()
        .replace(b"xmldsig-more#rsa-sha256", b"xmldsig#rsa-sha1")
        .replace(b"2001/04/xmldsig#", b"2000/09/xmldsig#")
    )
    assert state(data) is SignatureState.BROKEN


def test_another_canonicalization_does_not_stand():
    data = signed().replace(
        b"http://www.w3.org/2001/10/xml-exc-c14n#", b"http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
    )
    assert state(data) is SignatureState.BROKEN


@pytest.mark.parametrize("data", [b"", b"<MsgHead", b"<!DOCTYPE a><a/>"])
def test_what_is_no_message_is_malformed(data: bytes):
    with pytest.raises(Malformed):
        state(data)


def test_a_prescription_whose_signature_does_not_stand_is_read_and_told():
    found, report = read_signed_prescription(m1(), told(), at_noon(trusting(ROOT)))
    assert found.signature is SignatureState.MISSING
    (finding,) = [one for one in report.findings if one.code == "signature"]
    assert (finding.severity.value, finding.result) == ("error", "missing")


def test_a_good_signature_makes_no_prescription_of_somebody_elses():
    with pytest.raises(WrongPatient):
        read_signed_prescription(signed(m1(patient=STRANGER)), told(), at_noon(trusting(ROOT)))


def test_every_sample_prescription_is_signed_by_its_prescriber():
    found = joined_prescriptions("prescriptions") | joined_prescriptions("rich") | joined_prescriptions("sami-names")
    assert len(found) > 45
    assert {one.signature for one, _ in found.values()} == {SignatureState.VALID}


def test_the_issuer_and_the_list_beside_the_samples_are_those_the_prescribers_are_verified_by():
    folder = shipped("samples") / "prescribers"
    (beside,) = x509.load_pem_x509_certificates((folder / "issuer.pem").read_bytes())
    lists = ListsInMemory(((folder / "revoked.crl").read_bytes(),))
    trust = CertificateVerifier([beside.public_bytes(Encoding.DER)], [], lists, RevocationPolicy.HARD_FAIL)
    data = (shipped("samples") / "persons" / "rich" / "prescriptions" / "fresh-daily.xml").read_bytes()
    assert check_signature(data, CertificateStates(trust, NOW)).state is SignatureState.VALID
    assert state(data) is SignatureState.UNTRUSTED
