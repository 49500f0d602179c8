"""Where a prescription stands at Reseptformidleren (Volven 7408), and what a search found (Volven 7433)."""

import re
from enum import StrEnum

from lxml import etree

from transformers.norway.errors import Malformed
from transformers.norway.xml_fields import child, code

_WORD = re.compile(r"[0-9A-Za-z]{1,3}")


class PrescriptionStatus(StrEnum):
    """Volven 7408. Only ``DISPENSABLE`` can be taken for dispensing."""

    REFUSED_APPLICATION = "A"
    UNDER_APPLICATION = "B"
    DISPENSABLE = "E"
    EXPIRED = "F"
    HPR_WITHOUT_NUMBER = "H"
    CLOSED = "R"
    RECALLED = "T"
    LOCKED = "U"
    """Under ekspedering: somebody has downloaded it."""
    INVALID = "X"


class SearchStatus(StrEnum):
    """Volven 7433: why a search brought no prescription."""

    NONE = "1"
    CONSENT_MISSING = "2"
    NONE_IN_SERVICE = "4"
    """ "Ingen resept på dette søk", as code 1: of no published list, answered by the real Reseptformidleren (exports of
    2021 and 2024)."""


def read_status(written: str | None) -> PrescriptionStatus:
    """A status code; raises ``Malformed`` for none and for one no list has, which it names: a decision stands on it."""
    try:
        return PrescriptionStatus(written or "")
    except ValueError:
        raise Malformed("Status", _shown(written)) from None


def search_status_of(payload: etree._Element, name: str) -> SearchStatus | None:
    """The search status of a list: None where it states none, for it found something or holds nothing.

    Raises ``Malformed`` for a code no list has, and for an element without a code: neither reads as "none".
    """
    return None if child(payload, name) is None else read_search_status(code(payload, name) or "")


def read_search_status(written: str | None) -> SearchStatus | None:
    """A search status, None where the search found something; raises ``Malformed`` for a code no list has."""
    if written is None:
        return None
    try:
        return SearchStatus(written)
    except ValueError:
        raise Malformed("Status", _shown(written)) from None


def _shown(word: str | None) -> str | None:
    """A code as an error may name it: a code list's word, never more of a message."""
    return word if word is not None and _WORD.fullmatch(word) else None
