"""Rules of revocation lists, one test each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from asn1crypto import crl as asn1_crl
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import ExtensionOID

from tests.support.callers.certificates import (
    CA,
    NOON,
    NUMBER_7,
    Extensions,
    Issued,
    Request,
    authority,
    ec_key,
    issue,
    of_country,
    resigned,
    revocation_list,
    rsa_2048,
    usage,
)
from tests.support.callers.pki import ListsInMemory
from trust.errors import CertificateRevoked, RevocationUnknown
from trust.revocation import RevocationEvidence, RevocationPolicy, check_revocation

SECOND = timedelta(seconds=1)
STRICT, GRACE = RevocationPolicy.HARD_FAIL, RevocationPolicy.GRACE
ROOT = authority()
LEAF = issue(Request(), ROOT)


def check(
    *lists: bytes, policy: RevocationPolicy = STRICT, now: datetime = NOON, leaf: Issued = LEAF, issuer: Issued = ROOT
) -> RevocationEvidence:
    return check_revocation(leaf.certificate, issuer.certificate, ListsInMemory(lists), policy, now)


def distribution_point(**kinds: object) -> x509.IssuingDistributionPoint:
    point: dict[str, object] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**point | kinds)  # type: ignore[arg-type]  # named fields


# What the answer says


def test_evidence_says_which_list_answered() -> None:
    der = revocation_list(ROOT)

    assert check(der) == RevocationEvidence(
        number=7,
        this_update=NOON - timedelta(hours=1),
        next_update=NOON + timedelta(hours=1),
        sha256=sha256(der).hexdigest(),
        in_grace=False,
    )


def test_a_list_without_number_counts() -> None:
    assert check(revocation_list(ROOT, extensions=())).number is None


def test_refuses_the_certificate_the_list_names_and_no_other() -> None:
    another = issue(Request(), ROOT)
    der = revocation_list(ROOT, [another.der])

    check(der)
    with pytest.raises(CertificateRevoked):
        check(der, leaf=another)


# In force


def test_a_list_is_in_force_from_its_first_second_to_its_last() -> None:
    der = revocation_list(ROOT, this_update=NOON, next_update=NOON + SECOND)

    check(der, now=NOON)
    check(der, now=NOON + SECOND)
    for outside in (NOON - SECOND, NOON + 2 * SECOND):
        with pytest.raises(RevocationUnknown):
            check(der, now=outside)


def test_policies_state_how_long_an_overdue_list_counts() -> None:
    assert (STRICT.grace, STRICT.strict) == (timedelta(0), True)
    assert (GRACE.grace, GRACE.strict) == (timedelta(hours=24), False)


def test_grace_lets_an_overdue_list_count_for_its_duration_and_says_so() -> None:
    der = revocation_list(ROOT, next_update=NOON)

    assert not check(der, policy=GRACE, now=NOON).in_grace
    assert check(der, policy=GRACE, now=NOON + SECOND).in_grace
    assert check(der, policy=GRACE, now=NOON + timedelta(hours=24)).in_grace
    with pytest.raises(RevocationUnknown):
        check(der, policy=GRACE, now=NOON + timedelta(hours=24) + SECOND)


@pytest.mark.parametrize("policy", list(RevocationPolicy))
def test_a_list_long_overdue_still_revokes(policy: RevocationPolicy) -> None:
    der = revocation_list(ROOT, [LEAF.der], next_update=NOON)

    with pytest.raises(CertificateRevoked):
        check(der, policy=policy, now=NOON + timedelta(days=300))


def test_refuses_when_there_is_no_list() -> None:
    with pytest.raises(RevocationUnknown):
        check()


def test_refuses_a_list_without_next_update() -> None:
    changed = asn1_crl.CertificateList.load(revocation_list(ROOT))
    del changed["tbs_cert_list"]["next_update"]

    with pytest.raises(RevocationUnknown):
        check(resigned(changed, ROOT))


# The newest


def test_the_newest_list_decides_whatever_the_order() -> None:
    older = revocation_list(ROOT, [LEAF.der], this_update=NOON - 2 * SECOND)
    newer = revocation_list(ROOT, this_update=NOON - SECOND)

    class AsGiven:
        def __init__(self, *lists: bytes) -> None:
            self.lists = lists

        def for_issuer(self, issuer_der: bytes) -> Sequence[bytes]:
            assert issuer_der == ROOT.certificate.subject.public_bytes()
            return self.lists

    for lists in (AsGiven(older, newer), AsGiven(newer, older)):
        evidence = check_revocation(LEAF.certificate, ROOT.certificate, lists, STRICT, NOON)
        assert evidence.this_update == NOON - SECOND


def test_of_two_lists_of_one_instant_the_higher_number_decides() -> None:
    lower = revocation_list(ROOT, extensions=((x509.CRLNumber(8), False),))
    higher = revocation_list(ROOT, [LEAF.der], extensions=((x509.CRLNumber(9), False),))
    without = revocation_list(ROOT, extensions=())

    for lists in ((lower, higher, without), (without, higher, lower)):
        with pytest.raises(CertificateRevoked):
            check(*lists)
    first = revocation_list(ROOT, [LEAF.der], extensions=((x509.CRLNumber(1), False),))
    for pair in ((first, without), (without, first)):
        with pytest.raises(CertificateRevoked):
            check(*pair)


def test_a_list_of_the_future_does_not_hide_the_present_one() -> None:
    future = revocation_list(ROOT, this_update=NOON + SECOND, next_update=NOON + 2 * SECOND)

    with pytest.raises(RevocationUnknown):
        check(future)
    assert check(future, revocation_list(ROOT)).this_update == NOON - timedelta(hours=1)


def test_an_overdue_newest_list_is_not_rescued_by_an_older_one() -> None:
    newest = revocation_list(ROOT, this_update=NOON - 2 * SECOND, next_update=NOON - SECOND)

    with pytest.raises(RevocationUnknown):
        check(newest, revocation_list(ROOT))


# Whose list


def test_refuses_a_list_of_the_issuers_name_signed_by_another_key() -> None:
    impostor = authority()
    assert impostor.certificate.subject == ROOT.certificate.subject

    with pytest.raises(RevocationUnknown):
        check(revocation_list(impostor))


def test_refuses_a_changed_list() -> None:
    changed = asn1_crl.CertificateList.load(revocation_list(ROOT))
    changed["signature"] = b"\x30\x06\x02\x01\x01\x02\x01\x01"

    with pytest.raises(RevocationUnknown):
        check(changed.dump(force=True))


def test_refuses_a_list_of_another_name_signed_by_the_issuers_key() -> None:
    class Everything:
        def for_issuer(self, _issuer_der: bytes) -> Sequence[bytes]:
            return [revocation_list(ROOT, issuer_name=of_country("XX", "Another"))]

    with pytest.raises(RevocationUnknown):
        check_revocation(LEAF.certificate, ROOT.certificate, Everything(), STRICT, NOON)


def test_the_same_list_is_judged_anew_for_an_issuer_of_another_key() -> None:
    der, impostor = revocation_list(ROOT), authority()
    check(der)

    with pytest.raises(RevocationUnknown):
        check(der, issuer=impostor)


@pytest.mark.parametrize("extensions", [(CA[0],), (CA[0], (usage("key_cert_sign"), True))])
def test_refuses_a_list_of_an_issuer_that_may_not_sign_lists(extensions: Extensions) -> None:
    issuer = issue(Request(of_country("XX", "Root"), extensions))

    with pytest.raises(RevocationUnknown):
        check(revocation_list(issuer), issuer=issuer, leaf=issue(Request(), issuer))


def test_takes_a_list_signed_with_rsa() -> None:
    issuer = issue(Request(of_country("XX", "Root"), CA, key=rsa_2048()))

    assert check(revocation_list(issuer), issuer=issuer, leaf=issue(Request(), issuer)).number == 7


def test_refuses_a_list_of_a_key_kind_we_do_not_take() -> None:
    signing = ec_key()
    odd = issue(
        Request(of_country("XX", "Root"), CA, key=ed25519.Ed25519PrivateKey.generate()),
        Issued(ROOT.certificate, signing),
    )

    with pytest.raises(RevocationUnknown):
        check(revocation_list(ROOT), issuer=odd)


@pytest.mark.parametrize("digest", [hashes.SHA256(), hashes.SHA384(), hashes.SHA512()])
def test_takes_the_three_digests(digest: hashes.SHA256 | hashes.SHA384 | hashes.SHA512) -> None:
    assert check(revocation_list(ROOT, digest=digest)).number == 7


@pytest.mark.parametrize("digest", [hashes.SHA1(), hashes.SHA224()])
def test_refuses_a_weak_digest(digest: hashes.HashAlgorithm) -> None:
    changed = asn1_crl.CertificateList.load(revocation_list(ROOT))
    check(resigned(changed, ROOT, hashes.SHA256()))

    with pytest.raises(RevocationUnknown):
        check(resigned(changed, ROOT, digest))


def test_refuses_a_signature_algorithm_nobody_knows() -> None:
    changed = asn1_crl.CertificateList.load(revocation_list(ROOT))
    unknown = {"algorithm": "1.2.3.4"}
    changed["tbs_cert_list"]["signature"] = unknown
    changed["signature_algorithm"] = unknown

    with pytest.raises(RevocationUnknown):
        check(changed.dump(force=True))


# Lists that do not speak of every certificate


@pytest.mark.parametrize(
    "extension",
    [
        pytest.param(x509.DeltaCRLIndicator(6), id="delta"),
        pytest.param(distribution_point(indirect_crl=True), id="indirect"),
        pytest.param(distribution_point(only_contains_user_certs=True), id="users-only"),
        pytest.param(distribution_point(only_contains_ca_certs=True), id="authorities-only"),
        pytest.param(
            distribution_point(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise})), id="some-reasons"
        ),
        pytest.param(
            distribution_point(full_name=[x509.UniformResourceIdentifier("http://example.pt/1.crl")]), id="partition"
        ),
    ],
)
@pytest.mark.parametrize("critical", [True, False])
def test_a_partial_list_is_no_list(extension: x509.ExtensionType, *, critical: bool) -> None:
    with pytest.raises(RevocationUnknown):
        check(revocation_list(ROOT, extensions=(*NUMBER_7, (extension, critical))))


@pytest.mark.parametrize("critical", [True, False])
def test_a_list_with_a_critical_extension_we_do_not_know_is_no_list(*, critical: bool) -> None:
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    der = revocation_list(ROOT, extensions=(*NUMBER_7, (unknown, critical)))

    if critical:
        with pytest.raises(RevocationUnknown):
            check(der)
    else:
        assert check(der).number == 7


def test_a_partial_list_does_not_hide_the_complete_one() -> None:
    partial = revocation_list(ROOT, this_update=NOON, extensions=((distribution_point(indirect_crl=True), True),))

    assert check(partial, revocation_list(ROOT)).number == 7


# Unreadable


class OneUnreadable:
    """What a folder may hold."""

    def __init__(self, *lists: bytes) -> None:
        self.lists = lists

    def for_issuer(self, _issuer_der: bytes) -> Sequence[bytes]:
        return self.lists


@pytest.mark.parametrize(
    "unreadable",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"no list", id="no-DER"),
        pytest.param(revocation_list(ROOT) + b"\x00", id="bytes-after"),
        pytest.param(LEAF.der, id="a-certificate"),
        pytest.param(
            revocation_list(ROOT, issuer_name=of_country("XX", "\x00odd")).replace(
                b"\x0c\x04\x00odd", b"\x03\x04\x00odd"
            ),
            id="name-that-cannot-be-read",
        ),
        pytest.param(
            revocation_list(ROOT, extensions=((x509.UnrecognizedExtension(ExtensionOID.CRL_NUMBER, b"\x30"), False),)),
            id="extension-that-cannot-be-read",
        ),
    ],
)
def test_an_unreadable_list_is_no_list_and_hides_no_other(unreadable: bytes) -> None:
    with pytest.raises(RevocationUnknown):
        check_revocation(LEAF.certificate, ROOT.certificate, OneUnreadable(unreadable), STRICT, NOON)

    both = OneUnreadable(unreadable, revocation_list(ROOT))
    assert check_revocation(LEAF.certificate, ROOT.certificate, both, STRICT, NOON).number == 7


def test_a_list_with_a_repeated_extension_is_no_list() -> None:
    changed = asn1_crl.CertificateList.load(revocation_list(ROOT))
    extensions = changed["tbs_cert_list"]["crl_extensions"]
    extensions.append(extensions[0].copy())

    with pytest.raises(RevocationUnknown):
        check(resigned(changed, ROOT))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_every_changed_byte_makes_a_list_no_list() -> None:
    good = revocation_list(ROOT, [issue(Request(), ROOT).der])
    for position in range(len(good)):
        changed = bytearray(good)
        changed[position] ^= 0x55
        lists = OneUnreadable(bytes(changed))
        with pytest.raises(RevocationUnknown):
            check_revocation(LEAF.certificate, ROOT.certificate, lists, STRICT, NOON)
