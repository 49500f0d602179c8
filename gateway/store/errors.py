"""Why the store refuses to start, or to be copied: closed trees of their own, since no request is there to be refused.

StoreCannotStart
├── DatabaseUrlUnsupported   neither SQLite nor PostgreSQL
├── DatabaseNotCurrent       `ncpeh db migrate` has not been run, or a newer program ran it
├── DatabaseNotDurable       the server is set so that a commit may be lost
├── KeyFileInvalid           a line of the key file is no key
├── KeyFileUnreadable        the key file is not there, may not be read, or has no key
├── KeyIdRefused             the id of a new key is in use, or no id
└── StoreKeysDiffer          the database was written with other keys

StoreNotCopied
├── CopiedOntoItself         source and target are one database
├── CopyEndUnavailable       one of them refuses what is asked of it
├── CopyEndNotMigrated       one of them is not at the revision of this program
├── NodeNotStopped           a node runs on one of them
├── NodeStandingUnknown      it cannot be told whether one does
├── TargetNotEmpty           the target was used before
├── TablesDiffer             a table or column is at one end alone
├── ColumnNotCarried         a column holds what is not the same in both kinds of database
├── ChainNotIntact           the chain of evidence to be copied is not whole
└── CopyDiffers              what was written is not what was read
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


class StoreNotCopied(Exception):
    """Base of everything that keeps a database from being copied; ``end`` is the option that names it."""


class CopiedOntoItself(StoreNotCopied):
    """Source and target are the same database."""


@dataclass
class CopyEndUnavailable(StoreNotCopied):
    """One of the two cannot be reached or refuses a statement; ``cause`` as in `StoreUnavailable`."""

    end: str
    cause: str


@dataclass
class CopyEndNotMigrated(StoreNotCopied):
    """One of the two is not at the migration of this program."""

    end: str
    found: str | None
    needed: str


@dataclass
class NodeNotStopped(StoreNotCopied):
    """A process holds the id of a node there."""

    end: str
    node: str


@dataclass
class NodeStandingUnknown(StoreNotCopied):
    """Whether a node of that id runs there cannot be asked."""

    end: str
    node: str


@dataclass
class TargetNotEmpty(StoreNotCopied):
    """The table holds other rows than a migration puts there."""

    table: str


@dataclass
class TablesDiffer(StoreNotCopied):
    """One end lacks the table, or a column of it."""

    table: str


@dataclass
class ColumnNotCarried(StoreNotCopied):
    """A column holds no whole number, text, bytes or yes and no, or another of them at the other end."""

    table: str
    column: str


@dataclass
class ChainNotIntact(StoreNotCopied):
    """The chain of evidence is not whole; ``row`` is the first that is wrong, None when the head is."""

    row: int | None


@dataclass
class CopyDiffers(StoreNotCopied):
    """The target does not hold what was read; nothing of it is kept."""

    table: str
