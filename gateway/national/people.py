"""What every clinical adapter asks of a registered person: which numbers are hers, and whether her address is
protected."""

from gateway.national.ports import AddressConfidentiality, RegisteredPerson
from transformers.norway.errors import Malformed

_PROTECTED = (AddressConfidentiality.CONFIDENTIAL, AddressConfidentiality.STRICTLY_CONFIDENTIAL)


def current_number(person: RegisteredPerson) -> str:
    """The number in use; raises ``Malformed`` for a person without one."""
    number = person.person.identifiers[0].extension if person.person.identifiers else None
    if number is None:
        raise Malformed("identifiers")
    return number


def her_numbers(person: RegisteredPerson) -> frozenset[str]:
    """Current and former numbers: an answer about any of them is about her."""
    return frozenset({current_number(person), *(old.extension for old in person.historical)})


def is_protected(person: RegisteredPerson) -> bool:
    """Whether who treats her must not be named (kode 7 and kode 6)."""
    return person.confidentiality in _PROTECTED
