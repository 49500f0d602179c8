"""Why the store refuses to start: a closed tree of its own, since no request is there yet to be refused.

StoreCannotStart
├── DatabaseUrlUnsupported   neither SQLite nor PostgreSQL
├── DatabaseNotCurrent       `ncpeh db migrate` has not been run, or a newer program ran it
├── DatabaseNotDurable       the server is set so that a commit may be lost
├── KeyFileInvalid           a line of the key file is no key
├── KeyFileUnreadable        the key file is not there, may not be read, or has no key
├── KeyIdRefused             the id of a new key is in use, or no id
└── StoreKeysDiffer          the database was written with other keys
"""

from dataclasses import dataclass


class StoreCannotStart(Exception):
    """Base of everything that keeps a node from starting on its store."""

    def __str__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({fields})"


class DatabaseUrlUnsupported(StoreCannotStart):
    """Not ``sqlite:///PATH`` or ``postgresql://…``. The URL itself may hold a password and is not kept."""


@dataclass
class DatabaseNotCurrent(StoreCannotStart):
    """The database is not at the migration this program needs."""

    found: str | None
    needed: str


@dataclass
class DatabaseNotDurable(StoreCannotStart):
    """A server setting under which a committed row may be lost, or text may not be kept as given."""

    setting: str
    value: str


@dataclass
class KeyFileInvalid(StoreCannotStart):
    """A key file with a line that is not ``id:key``, a key that is not 32 bytes, or a repeated id."""

    file: str
    line: int
    """1-based."""


@dataclass
class KeyFileUnreadable(StoreCannotStart):
    """No key can be read from the file; ``why`` in words."""

    file: str
    why: str


@dataclass
class KeyIdRefused(StoreCannotStart):
    """The id of a new key is in use, or is not 1 to 32 letters, digits, dots, lines and hyphens."""

    key: str


@dataclass
class StoreKeysDiffer(StoreCannotStart):
    """A key of that id wrote to the database and is another one in the key file, or is not in it with all others."""

    key_id: str
    absent: bool
    """No key that wrote to the database is in the file."""
