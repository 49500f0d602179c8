"""Canonical JSON: one value, one sequence of bytes. RFC 8785 (JCS) for the values we use.

Strings, integers within ±2^53, booleans, null, lists, objects with ASCII keys. No floats: their printed form is a
choice.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

_EXACT = 2**53


def canonical(value: object) -> str:
    """``value`` as JSON text, keys sorted, no white space, non-ASCII as is. Raises ValueError for a value outside the
    subset.
    """
    _check(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def instant(moment: datetime) -> str:
    """An aware moment as ``2026-01-31T12:00:00.000000Z``, always with microseconds. Raises ValueError when naive."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read_instant(text: str) -> datetime:
    """The moment `instant` wrote. Raises ValueError for any other form."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def _check(value: object) -> None:
    match value:
        case bool() | str() | None:
            return
        case int() if -_EXACT <= value <= _EXACT:
            return
        case list() | tuple():
            for item in value:
                _check(item)
        case Mapping():
            for key, item in value.items():
                if not (isinstance(key, str) and key.isascii()):
                    raise ValueError("a key that is not ASCII text")
                _check(item)
        case _:
            raise ValueError(f"no canonical form for {type(value).__name__}")
