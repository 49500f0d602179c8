"""Why a release cannot be used: a closed tree, each with file and row (1 is the header).

ReleaseInvalid
├── TableUnreadable     not UTF-8, not CSV, or other columns
├── RowMalformed        a field that must be filled is not, or holds what it may not
├── RowRepeated         the same concept, map or designation twice
├── TargetUnknown       a map whose target is not in its value set
└── ReleaseEmpty        no concept at all
"""

from dataclasses import dataclass


@dataclass
class ReleaseInvalid(Exception):
    """Base: the file, and the row in it."""

    file: str
    row: int

    def __str__(self) -> str:
        return f"{type(self).__name__}: {self.file}, row {self.row}"


class TableUnreadable(ReleaseInvalid):
    """Not UTF-8, not CSV, or other columns than expected."""


class RowMalformed(ReleaseInvalid):
    """A field that must be filled is empty, or a relation that is none."""


class RowRepeated(ReleaseInvalid):
    """Said twice; for maps also: two rows that disagree."""


class TargetUnknown(ReleaseInvalid):
    """A map's target is not in the value set it maps to."""


class ReleaseEmpty(ReleaseInvalid):
    """No concept at all."""
