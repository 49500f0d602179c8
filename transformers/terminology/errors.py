"""Why a release cannot be used: a closed tree, each with file and row (1 is the header, 0 no row: no file).

ReleaseInvalid
├── TableUnreadable     not there, not UTF-8, not CSV, or other columns
├── RowMalformed        a field that must be filled is not, or holds what it may not
├── RowRepeated         the same concept or designation twice, or two maps of one code, which may disagree
├── ValueSetEmpty       a map into a value set that has no concept
├── TargetUnknown       a map whose target is not in its value set
└── ReleaseEmpty        no concept, or no map at all
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
    """Not there, not UTF-8, not CSV, or other columns than expected."""


class RowMalformed(ReleaseInvalid):
    """A field that must be filled is empty, has blanks around it, or holds what it may not."""


class RowRepeated(ReleaseInvalid):
    """Said twice; for maps also: two rows that disagree."""


class ValueSetEmpty(ReleaseInvalid):
    """A map into a value set of which the release has no concept."""


class TargetUnknown(ReleaseInvalid):
    """A map's target is not in the value set it maps to."""


class ReleaseEmpty(ReleaseInvalid):
    """No concept, or no map at all."""
