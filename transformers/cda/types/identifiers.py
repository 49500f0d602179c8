"""Instance identifiers as CDA takes them (II of data types R1, narrowed by eHDSI): root OID or UUID, 64 characters.

UUIDs are written in upper case, the form the data type asks for.
"""

import re
from typing import NamedTuple

from transformers.cda.errors import IdentifierInvalid
from transformers.model.values import Identifier

_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_LIMIT = 64
_DIGITS = re.compile(r"\d+", re.ASCII)
_PARTED = "._-/:^"
"""What stands between the number of a prescription and that of its item."""


class Id(NamedTuple):
    """Root and extension as printed."""

    root: str
    extension: str | None = None


def usable_id(identifier: Identifier) -> Id | None:
    """The identifier as printed, None when it breaks a rule of the data type."""
    root = identifier.root
    extension = identifier.extension
    if _UUID.fullmatch(root):
        root = root.upper()
    elif not _OID.fullmatch(root) or len(root) > _LIMIT:
        return None
    if extension is not None and (not extension.strip() or extension != extension.strip() or len(extension) > _LIMIT):
        return None
    return Id(root, extension)


def required_id(identifier: Identifier, path: str) -> Id:
    """The identifier as printed; raises IdentifierInvalid."""
    found = usable_id(identifier)
    if found is None:
        raise IdentifierInvalid(path)
    return found


def usable_ids(identifiers: tuple[Identifier, ...]) -> tuple[Id, ...]:
    """Those that can be printed, each once, in order."""
    return tuple(dict.fromkeys(found for i in identifiers if (found := usable_id(i)) is not None))


def belong_together(one: Identifier, other: Identifier) -> bool:
    """Whether two ids of one series can be of one thing and its part: of equal numbers, or one the other's beginning.

    Ids of two series cannot be compared, and so do.
    """
    return one.root != other.root or _nested(one.extension or "", other.extension or "")


def within(item: Identifier, prescription: Identifier) -> bool:
    """Whether an item's number is its prescription's, or one within it (``3000.1``, ``3000.1.1``), in whatever series.

    Two ids without numbers cannot be compared, and so do.
    """
    if item.extension is None or prescription.extension is None:
        return item == prescription or item.root != prescription.root
    return _nested(item.extension, prescription.extension, _PARTED)


def _nested(one: str, other: str, parted: str = "") -> bool:
    """Whether one begins with the other; ``parted``: characters of which one must follow then, none: any may."""
    short, long = sorted((one, other), key=len)
    return one == other or (bool(short) and long.startswith(short) and (not parted or long[len(short)] in parted))


def share_a_number(one: Identifier, other: Identifier) -> bool:
    """Whether two ids of one series have a number in common: without any they are of two things."""
    return bool(set(_DIGITS.findall(one.extension or "")) & set(_DIGITS.findall(other.extension or "")))
