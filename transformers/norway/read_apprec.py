"""Applikasjonskvittering (AppRec) 1.0 and 1.1, namespaces 2004-11-21 and 2012-02-15: did the receiver take the message?

Status (Volven 8258): 1 accepted, 2 rejected, 3 accepted with an error in a part. Error texts are not kept: they may
name a person. Their codes are.
"""

from dataclasses import dataclass

from transformers.norway.errors import Malformed, Rejected, UnknownVersion, WrongReference
from transformers.norway.xml_fields import (
    children,
    code,
    name_of,
    namespace_of,
    plain,
    read_tree,
    required,
    required_text,
)

APPREC = "http://www.kith.no/xmlstds/apprec/2004-11-21"
APPREC_1_1 = "http://www.kith.no/xmlstds/apprec/2012-02-15"


@dataclass(frozen=True, slots=True)
class Receipt:
    """An application receipt: of which message (MsgId), its status code, error codes."""

    original_id: str
    status: str
    errors: tuple[str, ...]


def is_apprec(data: bytes) -> bool:
    """Whether the root element is an AppRec, of whatever generation; raises ``Malformed``."""
    return name_of(read_tree(data, "AppRec")) == "AppRec"


def read_apprec(data: bytes) -> Receipt:
    """Read a receipt; raises ``Malformed``, ``UnknownVersion``."""
    root = read_tree(data, "AppRec")
    if name_of(root) != "AppRec":
        raise Malformed("AppRec")
    if namespace_of(root) not in (APPREC, APPREC_1_1):
        raise UnknownVersion(namespace_of(root))
    status = code(root, "Status")
    if status not in ("1", "2", "3"):
        raise Malformed("Status")
    return Receipt(
        original_id=required_text(required(root, "OriginalMsgId"), "Id"),
        status=status,
        errors=tuple(value for error in children(root, "Error") if (value := plain(error.get("V"))) is not None),
    )


def accepted(receipt: Receipt, *, message_id: str) -> None:
    """Return when the receipt accepts ``message_id`` wholly; raises ``WrongReference``, ``Rejected``."""
    if receipt.original_id.lower() != message_id.lower():
        raise WrongReference
    if receipt.status != "1":
        raise Rejected(receipt.errors)
