"""Where a prescription stands at Reseptformidleren (Volven 7408), and what a search found (Volven 7433)."""

from enum import StrEnum

from transformers.norway.errors import Malformed


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


def read_status(written: str | None) -> PrescriptionStatus:
    """A status code; raises ``Malformed("Status")`` for none and for one no list has."""
    try:
        return PrescriptionStatus(written or "")
    except ValueError:
        raise Malformed("Status") from None


def read_search_status(written: str | None) -> SearchStatus | None:
    """A search status, None where the search found something; raises ``Malformed`` for a code no list has."""
    if written is None:
        return None
    try:
        return SearchStatus(written)
    except ValueError:
        raise Malformed("Status") from None
