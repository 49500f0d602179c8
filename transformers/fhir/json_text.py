"""FHIR JSON as dicts: decimals stay as they were written, what is no JSON or too deep is refused.

FHIR R4 JSON (2.6.2). A name said twice in one object is refused: readers differ in which one counts.
"""

import json
from decimal import Decimal
from typing import Any, NoReturn


class JsonUnreadable(Exception):
    """Not UTF-8, not JSON, too deep, a name twice, a number that is none."""


def read_json(content: bytes) -> object:
    """The value of a JSON text; numbers with a fraction are `Decimal`. Raises JsonUnreadable."""
    try:
        found: object = json.loads(
            content.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_once
        )
    except (ValueError, RecursionError) as fault:
        raise JsonUnreadable(type(fault).__name__) from fault
    return found


def write_json(value: object) -> bytes:
    """The JSON text of a value, in the order of its keys; a `Decimal` with the digits it has."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except TypeError:  # a Decimal, which the library does not write
        return _written(value).encode()


def _written(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{_written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_written, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False, allow_nan=False)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)
