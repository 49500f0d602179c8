"""Country B: hash and size of a list mean what the peer's row says, and differ without calling sound bytes damaged."""

import base64
import hashlib
from dataclasses import replace

import pytest

from gateway.exchange.country_b.digests import Digests, ListingHash, check_bytes, digests_of
from gateway.peers.errors import DocumentDamaged
from tests.support.nodes.wire import document_entry

CONTENT = b"<ClinicalDocument/>"
SHA1 = hashlib.sha1(CONTENT).hexdigest()
ENTRY = document_entry(size=len(CONTENT), sha1=SHA1)
OTHER = hashlib.sha1(b"the national file").hexdigest()
TRANSFORMS: tuple[ListingHash, ...] = ("before-transformation", "unknown")
MEANINGS: tuple[ListingHash, ...] = ("bytes-sent", *TRANSFORMS)


def found(meaning: ListingHash, **listed: object) -> list[str]:
    entry = replace(ENTRY, **listed)  # type: ignore[arg-type]  # the test names real fields
    return [f.code for f in check_bytes(CONTENT, entry, digests_of(CONTENT, entry), meaning)]


@pytest.mark.parametrize("meaning", MEANINGS)
@pytest.mark.parametrize(
    "listed",
    [
        {},
        {"sha1": SHA1.upper()},
        {"sha1": "", "size": 0},
        {"sha1": hashlib.sha1(b"").hexdigest(), "size": 0},
        {"sha1": hashlib.sha256(CONTENT).hexdigest()},
        {"sha1": base64.b64encode(hashlib.sha1(CONTENT).digest()).decode()},
        {"size": 0},
    ],
)
def test_what_agrees_or_is_not_stated_is_no_finding(meaning: ListingHash, listed: dict[str, object]):
    assert found(meaning, **listed) == []


@pytest.mark.parametrize("listed", [{"sha1": OTHER}, {"sha1": OTHER, "size": 17}, {"sha1": OTHER, "size": 0}])
def test_another_hash_refuses_what_is_listed_as_sent_and_is_a_finding_elsewhere(listed: dict[str, object]):
    with pytest.raises(DocumentDamaged):
        found("bytes-sent", **listed)
    for meaning in TRANSFORMS:
        assert found(meaning, **listed) == ["listed-hash-differs"]


def test_another_size_refuses_what_is_listed_as_sent_where_no_hash_vouches_for_it():
    with pytest.raises(DocumentDamaged):
        found("bytes-sent", sha1="", size=len(CONTENT) - 1)
    assert found("bytes-sent", size=len(CONTENT) - 1) == ["listed-size-differs"]
    assert found("unknown", sha1="", size=len(CONTENT) - 1) == ["listed-size-differs"]


def test_the_size_of_the_base64_text_is_a_finding():
    in_base64 = len(base64.b64encode(CONTENT))
    assert [found(meaning, sha1="", size=in_base64) for meaning in MEANINGS] == [["listed-size-differs"]] * 3


def test_the_finding_names_both_digests():
    entry = replace(ENTRY, sha1=OTHER)
    digests = digests_of(CONTENT, entry)
    assert digests == Digests(OTHER, SHA1)
    (finding,) = check_bytes(CONTENT, entry, digests, "unknown")
    assert OTHER in finding.text
    assert SHA1 in finding.text
