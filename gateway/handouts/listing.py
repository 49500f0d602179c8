"""What a country's list shows of a dispensation that it has not answered, and no more than that.

Never that it was accepted: that is said by an answer of the country alone (state table B, B2).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from gateway.exchange.country_b.listed_medicine import listed_medicine
from gateway.exchange.country_b.pairs import pairs_of
from gateway.handouts.facts import ListingSeen
from gateway.messages import DocumentEntry

_FRESH: Final = timedelta(minutes=10)
"""A list that is older than that before the sending says nothing of what was open then."""


class ListingSays(StrEnum):
    """What the list shows now, beside what it showed before."""

    PROBABLY_ACCEPTED = "probably-accepted"
    """It was open, and is gone or closed, and one fewer is open."""
    NOT_SEEN = "not-seen-there"
    """It is open as before. With repeats left it may be so even when the country has accepted it."""
    PROBABLY_DISCARDED = "probably-discarded"
    """It was gone, and is open again."""
    NOTHING = "says-nothing"
    """There is no list from shortly before, or the two cannot be compared."""


def listing_seen(entries: Iterable[DocumentEntry], entry: str, now: datetime) -> ListingSeen:
    """What a list shows of the prescription ``entry`` (its unique id): kept with the draft."""
    return ListingSeen(entry, len(_open(entries)), now)


def of_dispensation(before: ListingSeen, sent: datetime, entries: Iterable[DocumentEntry]) -> ListingSays:
    """What a new list says of a dispensation that was sent at ``sent``."""
    listed = tuple(entries)
    still = _open(listed)
    if not timedelta(0) <= sent - before.seen <= _FRESH:
        return ListingSays.NOTHING
    if before.entry in still:
        return ListingSays.NOT_SEEN if len(still) >= before.open_entries else ListingSays.NOTHING
    return ListingSays.PROBABLY_ACCEPTED if len(still) < before.open_entries else ListingSays.NOTHING


def of_discard(before: ListingSeen, entries: Iterable[DocumentEntry]) -> ListingSays:
    """What a new list says of a discard: the prescription is open again, or nothing."""
    return ListingSays.PROBABLY_DISCARDED if before.entry in _open(entries) else ListingSays.NOTHING


def _open(entries: Iterable[DocumentEntry]) -> set[str]:
    """Unique ids of prescriptions that may be dispensed; a document and its original are one."""
    return {
        pair.document.unique_id for pair in pairs_of(entries) if listed_medicine(pair.document).dispensable is not False
    }
