"""Why a Norwegian message is refused: a closed tree, one class per reason, fields and no prose.

    NorwegianMessageError
    ├── UnknownVersion    a namespace or media this node does not read
    ├── Malformed         outside its specification; ``what`` names the element
    ├── WrongPatient      about somebody else than the person asked for
    ├── WrongReference    an answer to another message than ours
    ├── Rejected          the service says no; ``codes`` of its own lists
    └── NumberInvalid     not a Norwegian person number

No field holds a person's identifier: ``what`` is the name of an element or member, never its value.
"""

from dataclasses import dataclass


class NorwegianMessageError(Exception):
    """Base of everything the Norwegian readers raise."""

    def __str__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({fields})"


@dataclass
class UnknownVersion(NorwegianMessageError):
    """The namespace belongs to no generation that is read here."""

    namespace: str


@dataclass
class Malformed(NorwegianMessageError):
    """Not what the specification says; ``what`` names where, ``code`` the word that no code list here has."""

    what: str
    code: str | None = None


class WrongPatient(NorwegianMessageError):
    """The message is about another person, or names none where it must."""


class WrongReference(NorwegianMessageError):
    """RefToParent, or an AppRec's OriginalMsgId, is not the message that was sent."""


@dataclass
class Rejected(NorwegianMessageError):
    """The receiver rejected the message; ``codes`` are from its error lists (8221, 7419, SYSVAK)."""

    codes: tuple[str, ...]


@dataclass
class NumberInvalid(NorwegianMessageError):
    """Not a person number: ``rule`` is ``digits``, ``series``, ``calendar`` or ``control``."""

    rule: str
