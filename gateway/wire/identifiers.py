"""Identifiers as they are spelled on the wire: HL7 v2 CX (ITI TF-3 4.2.3.1.2) and ``urn:oid:``."""

import re

from gateway.messages import PatientIdentifier
from trust.xml import XML_BLANKS

_CX = re.compile(r"([^^&]+)\^\^\^&([0-2](?:\.[0-9]+)+)&ISO")
_URN = "urn:oid:"


def read_cx(text: str) -> PatientIdentifier | None:
    """The patient named by ``ext^^^&root&ISO``, or None when that is not what it is."""
    match = _CX.fullmatch(text.strip(XML_BLANKS))
    return PatientIdentifier(root=match[2], extension=match[1]) if match else None


def read_oid(text: str) -> str:
    """A community or repository id without ``urn:oid:``."""
    return text.strip(XML_BLANKS).removeprefix(_URN)


def write_oid(oid: str) -> str:
    """The id with ``urn:oid:``, as homeCommunityId is written."""
    return _URN + oid
