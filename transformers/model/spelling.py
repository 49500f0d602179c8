"""One spelling for what systems spell in several ways: blanks, identifiers of objects, truth values and numbers.

Pure functions of text. XML knows four blanks (XML 1.0, 2.3) and every other character is part of a value: a number with
a no-break space is another number. Digits are those of ASCII: data types R1 and XML Schema know no others.
"""

import re
from decimal import Decimal
from typing import Final

from trust.xml import XML_BLANKS

_URN: Final = re.compile(r"urn:(?:oid|uuid):", re.IGNORECASE | re.ASCII)
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_TRUTH: Final = {"1": "true", "0": "false"}
_LONGEST_NUMBER: Final = 64
"""Characters of a number. XML Schema asks for 18 digits (part 2, 3.2.3), and exact sums of thousands cost too much."""


def trimmed(text: str) -> str:
    """The text without the blanks of XML at its ends; any other character stays."""
    return text.strip(XML_BLANKS)


def object_id(text: str) -> str:
    """An OID or UUID (a root, a code system) without blanks around it and without ``urn:oid:`` or ``urn:uuid:``.

    Scheme and namespace of a URN have no case (RFC 8141, 3.1); a UUID is in upper case, as data type UID asks (R1,
    2.15). What is neither comes back as it is, trimmed.
    """
    plain = trimmed(text)
    found = _URN.match(plain)
    if found is not None:
        plain = plain[found.end() :]
    return plain.upper() if len(plain) == 36 and _UUID.fullmatch(plain) else plain


def truth(text: str) -> str:
    """A BL: ``true`` and ``false`` for the other two words that XML Schema has for them (part 2, 3.2.2)."""
    plain = trimmed(text)
    return _TRUTH.get(plain, plain)


def decimal(text: str) -> Decimal | None:
    """A REAL as data types R1 write it: ASCII digits and a decimal point; None for anything else.

    A comma is not guessed: it may part thousands. More than 64 characters are no amount of anything.
    """
    plain = trimmed(text)
    return Decimal(plain) if len(plain) <= _LONGEST_NUMBER and _DECIMAL.fullmatch(plain) else None
