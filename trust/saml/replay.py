"""Was this message, or another assertion under this ID, seen before.

The same HCP and TRC serve discovery, query and many retrieves while they are in force, so an assertion may come again:
the same bytes, from the same country. A message may not, told by its wsa:MessageID when that is a UUID, in whatever
spelling. What else stands there names nothing (nobody signs it): then what the message asks tells it, under its
assertion.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from trust.errors import AssertionIdReused, BodyRepeated, MessageRepeated, about
from trust.ports import SeenOnce
from trust.saml.model import Assertion
from trust.saml.vocabulary import SKEW

MESSAGES, BODIES, ASSERTIONS = "message", "body", "assertion"
"""Spaces of the memory."""

_UUID = re.compile(r"(?:urn:)?(?:uuid:)?\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SentMessage:
    """What tells one message from another."""

    id: str | None
    """wsa:MessageID as sent, None when the message has none."""
    body: Callable[[], bytes] = field(repr=False)
    """What it asks, in a form that does not change with how it is written down; called once the caller is known."""


def refuse_repeated_message(
    message: SentMessage,
    assertion: Assertion,
    country: str,
    *,
    seen: SeenOnce,
    new_id: Callable[[], UUID],
    now: datetime,
) -> None:
    """Raise MessageRepeated or BodyRepeated when ``country`` sent the message before.

    ``assertion``: the one its body is remembered under, the newest that the transaction needs.
    """
    mark, until = str(new_id()), assertion.not_on_or_after + SKEW
    written = None if message.id is None else _UUID.fullmatch(message.id.strip())
    name = message.id if written is None else written[1].lower()
    if name is not None:
        key = f"{country}:{_digest(name.encode())}"
        if seen.first_seen(MESSAGES, key, mark, until, now) != mark:
            raise MessageRepeated
    key = f"{country}:{assertion.digest}:{_digest(message.body())}"
    if seen.first_seen(BODIES, key, mark, until, now) != mark and written is None:
        raise BodyRepeated


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


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
