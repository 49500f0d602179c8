"""Reading JSON answers member by member: bytes to values with `Decimal`, every member checked for its kind."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from transformers.norway.errors import Malformed
from transformers.norway.xml_fields import plain

Member = Mapping[str, Any]


def read_json(data: bytes, what: str) -> Any:  # noqa: ANN401 - JSON is any value until its reader has looked
    """UTF-8 JSON; raises ``Malformed(what)`` for anything else, for a repeated member and for NaN or infinities."""
    try:
        return json.loads(
            data.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_once
        )
    except (ValueError, RecursionError):
        raise Malformed(what) from None


def read_object(data: bytes, what: str) -> Member:
    """A JSON object; raises ``Malformed(what)``."""
    return as_object(read_json(data, what), what)


def _refuse(word: str) -> None:
    raise ValueError(word)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("repeated member")
    return made


def as_object(value: object, what: str) -> Member:
    """The value as an object; raises ``Malformed(what)``."""
    if not isinstance(value, Mapping):
        raise Malformed(what)
    return value


def objects(holder: Member, name: str) -> list[Member]:
    """A member that is a list of objects; absent and null are empty. Raises ``Malformed(name)``."""
    value = holder.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Malformed(name)
    return [as_object(one, name) for one in value]


def member(holder: Member, name: str) -> Member | None:
    """A member that is an object, None when absent or null. Raises ``Malformed(name)``."""
    value = holder.get(name)
    return None if value is None else as_object(value, name)


def words(holder: Member, name: str) -> str | None:
    """A member that is text, None when absent, null or blank. Raises ``Malformed(name)``."""
    value = holder.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Malformed(name)
    return plain(value)


def required_words(holder: Member, name: str) -> str:
    """A member that is text and not blank. Raises ``Malformed(name)``."""
    found = words(holder, name)
    if found is None:
        raise Malformed(name)
    return found


def truth(holder: Member, name: str) -> bool:
    """A member that is true or false, and must be there. Raises ``Malformed(name)``."""
    value = holder.get(name)
    if not isinstance(value, bool):
        raise Malformed(name)
    return value
