"""The folder of revocation lists: what is in it now, newest first."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.store.revocation_lists import DirectoryRevocationLists
from tests.support.callers.certificates import NOON, Issued, authority, of_country, revocation_list

ROOT, ANOTHER = authority("Root"), authority("Another")


def subject(issuer: Issued) -> bytes:
    return issuer.certificate.subject.public_bytes()


def test_gives_an_issuers_lists_newest_first(tmp_path: Path) -> None:
    older, newer = (revocation_list(ROOT, this_update=NOON - timedelta(hours=hours)) for hours in (5, 1))
    (tmp_path / "a.crl").write_bytes(older)
    (tmp_path / "b.crl").write_bytes(newer)
    (tmp_path / "c.crl").write_bytes(revocation_list(ANOTHER))

    lists = DirectoryRevocationLists(tmp_path)

    assert list(lists.for_issuer(subject(ROOT))) == [newer, older]
    assert list(lists.for_issuer(subject(authority("Nobody")))) == []


def test_reads_pem_too(tmp_path: Path) -> None:
    der = revocation_list(ROOT)
    (tmp_path / "root.crl").write_bytes(x509.load_der_x509_crl(der).public_bytes(Encoding.PEM))

    assert list(DirectoryRevocationLists(tmp_path).for_issuer(subject(ROOT))) == [der]


def test_a_file_of_several_lists_is_none_for_whoever_is_on_the_second_would_be_trusted(tmp_path: Path) -> None:
    first, second = (
        x509.load_der_x509_crl(one).public_bytes(Encoding.PEM)
        for one in (revocation_list(ROOT), revocation_list(ANOTHER, [ROOT.der]))
    )
    (tmp_path / "both.crl").write_bytes(first + second)
    lists = DirectoryRevocationLists(tmp_path)
    assert (lists.every_list(), lists.unreadable()) == ([], (tmp_path / "both.crl",))
    (tmp_path / "both.crl").write_bytes(first)
    (tmp_path / "second.crl").write_bytes(second)
    assert (len(lists.every_list()), lists.unreadable()) == (2, ())


def test_reads_only_files_named_crl(tmp_path: Path) -> None:
    (tmp_path / "root.der").write_bytes(revocation_list(ROOT))

    assert list(DirectoryRevocationLists(tmp_path).for_issuer(subject(ROOT))) == []


def test_a_missing_folder_has_no_lists(tmp_path: Path) -> None:
    assert list(DirectoryRevocationLists(tmp_path / "absent").for_issuer(subject(ROOT))) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no list",
        b"-----BEGIN X509 CRL-----\nno list\n-----END X509 CRL-----\n",
        revocation_list(ROOT, issuer_name=of_country("XX", "\x00odd")).replace(b"\x0c\x04\x00odd", b"\x03\x04\x00odd"),
    ],
)
def test_a_file_that_cannot_be_read_hides_no_other(tmp_path: Path, content: bytes) -> None:
    good = revocation_list(ROOT)
    (tmp_path / "bad.crl").write_bytes(content)
    (tmp_path / "good.crl").write_bytes(good)
    (tmp_path / "folder.crl").mkdir()
    (tmp_path / "gone.crl").symlink_to(tmp_path / "nowhere")

    assert list(DirectoryRevocationLists(tmp_path).for_issuer(subject(ROOT))) == [good]


def test_a_list_that_is_added_replaced_or_removed_is_seen_at_once(tmp_path: Path) -> None:
    first, second = revocation_list(ROOT), revocation_list(ROOT, [ANOTHER.der])
    path, lists = tmp_path / "root.crl", DirectoryRevocationLists(tmp_path)
    assert list(lists.for_issuer(subject(ROOT))) == []

    path.write_bytes(first)
    assert list(lists.for_issuer(subject(ROOT))) == [first]

    path.write_bytes(second)
    os.utime(path, ns=(1, 1))
    assert list(lists.for_issuer(subject(ROOT))) == [second]

    path.unlink()
    assert list(lists.for_issuer(subject(ROOT))) == []


def test_an_unchanged_folder_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "root.crl"
    path.write_bytes(revocation_list(ROOT))
    lists = DirectoryRevocationLists(tmp_path)

    first = lists.for_issuer(subject(ROOT))

    assert lists.for_issuer(subject(ROOT)) is first


def test_a_list_that_is_replaced_by_one_that_cannot_be_read_stays_and_is_named(tmp_path: Path) -> None:
    first, second = revocation_list(ROOT), revocation_list(ANOTHER)
    (tmp_path / "root.crl").write_bytes(first)
    (tmp_path / "another.crl").write_bytes(second)
    lists = DirectoryRevocationLists(tmp_path)
    assert (list(lists.for_issuer(subject(ROOT))), lists.unreadable()) == ([first], ())

    (tmp_path / "root.crl").write_bytes(b"no list")
    newer = revocation_list(ANOTHER, [ROOT.der])
    (tmp_path / "another.crl").write_bytes(newer)
    assert list(lists.for_issuer(subject(ROOT))) == [first]
    assert list(lists.for_issuer(subject(ANOTHER))) == [newer]
    assert lists.unreadable() == (tmp_path / "root.crl",)
    assert lists.every_list() == [newer, first]

    (tmp_path / "root.crl").write_bytes(first)
    assert lists.unreadable() == ()
