"""Was this message, or another assertion under this ID, seen before.

The same HCP and TRC serve discovery, query and many retrieves while they are in force, so an assertion may come again:
the same bytes, from the same country. A message may not, told by its wsa:MessageID; reads without one are allowed.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from trust.errors import AssertionIdReused, MessageRepeated, about
from trust.ports import SeenOnce
from trust.saml.model import Assertion
from trust.saml.vocabulary import SKEW

MESSAGES, ASSERTIONS = "message", "assertion"
"""Spaces of the memory."""


def refuse_repeated_message(
    message_id: str, country: str, *, seen: SeenOnce, new_id: Callable[[], UUID], until: datetime, now: datetime
) -> None:
    """Raise MessageRepeated when ``country`` sent ``message_id`` before; ``until``: when its assertions are dead."""
    mark = str(new_id())
    key = f"{country}:{sha256(message_id.encode()).hexdigest()}"
    if seen.first_seen(MESSAGES, key, mark, until, now) != mark:
        raise MessageRepeated


def refuse_reused_assertions(
    assertions: Iterable[tuple[str, Assertion]], country: str, *, seen: SeenOnce, now: datetime
) -> None:
    """Raise AssertionIdReused when one's @ID was seen with other bytes or from another country's client.

    ``assertions``: each with its kind.
    """
    for kind, assertion in assertions:
        value = f"{country}:{assertion.digest}"
        until = assertion.not_on_or_after + SKEW
        if seen.first_seen(ASSERTIONS, assertion.id, value, until, now) != value:
            with about(kind):
                raise AssertionIdReused
