"""A list says probably, never yes; and nothing where it cannot be compared."""

from datetime import timedelta

import pytest

from gateway.handouts.facts import ListingSeen
from gateway.handouts.listing import ListingSays, listing_seen, of_discard, of_dispensation
from gateway.messages import STATUS_SCHEME, DocumentEntry, EventCode, PatientIdentifier
from tests.support.nodes.stores import NOW

SAYS = ListingSays


def entry(number: str, status: str | None = "open", *, original_of: str | None = None) -> DocumentEntry:
    events = () if status is None else (EventCode(f"urn:ihe:iti:xdw:2011:eventCode:{status}", STATUS_SCHEME, status),)
    return DocumentEntry(
        unique_id=number, patient=PatientIdentifier("2.999", "1"), class_code="57833-6",
        format_code="pdf" if original_of else "x", title="", description="", created=NOW, language="pt",
        size=0, sha1="",
        transformed_from=original_of, events=events,
    )  # fmt: skip


BEFORE = ListingSeen("a", 2, NOW)
SENT = NOW + timedelta(minutes=2)


@pytest.mark.parametrize(
    ("now", "says"),
    [
        ([entry("b")], SAYS.PROBABLY_ACCEPTED),
        ([entry("a", "closed"), entry("b")], SAYS.PROBABLY_ACCEPTED),
        ([], SAYS.PROBABLY_ACCEPTED),
        ([entry("a"), entry("b")], SAYS.NOT_SEEN),
        ([entry("a", None), entry("b", None)], SAYS.NOT_SEEN),
        ([entry("c"), entry("d")], SAYS.NOTHING),  # a list that names everything anew
        ([entry("a")], SAYS.NOTHING),  # another one is gone
    ],
)
def test_gone_with_one_fewer_is_probably_accepted_and_there_as_before_is_not_seen(now, says: ListingSays):
    assert of_dispensation(BEFORE, SENT, now) is says


@pytest.mark.parametrize("sent", [NOW + timedelta(minutes=11), NOW - timedelta(seconds=1)])
def test_a_list_that_was_not_seen_shortly_before_says_nothing(sent):
    assert of_dispensation(BEFORE, sent, []) is SAYS.NOTHING


def test_a_prescription_that_is_open_again_was_probably_taken_back():
    assert of_discard(BEFORE, [entry("a")]) is SAYS.PROBABLY_DISCARDED
    assert of_discard(BEFORE, [entry("a", "closed")]) is of_discard(BEFORE, []) is SAYS.NOTHING


def test_a_document_and_its_original_are_one_open_prescription():
    listed = [entry("a"), entry("a-pdf", original_of="a"), entry("b", "closed")]
    assert listing_seen(listed, "a", NOW) == ListingSeen("a", 1, NOW)
