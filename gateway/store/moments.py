"""Moments as rows keep them: whole microseconds since 1970 (UTC), exact both ways."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = timedelta(microseconds=1)


def to_microseconds(moment: datetime) -> int:
    """An aware moment as a whole number; raises TypeError when naive."""
    return (moment - _EPOCH) // _STEP


def from_microseconds(count: int) -> datetime:
    """The moment, aware, UTC."""
    return _EPOCH + count * _STEP
