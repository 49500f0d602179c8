"""The one clock and the one maker of ids; everything else takes `now` (aware, UTC) and `new_id` as arguments."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4  # noqa: TID251 - this is the maker of ids

BOUND = timedelta(minutes=5)
"""How far a node's clock may be from the real time; gateway/README.md states it."""

MARGIN = 2 * BOUND
"""How long after its end a thing is kept before it is deleted: two clocks may lie on both sides of the real time."""


def now() -> datetime:
    """This instant, aware, UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this is the clock


def new_id() -> UUID:
    """A new random UUID."""
    return uuid4()
