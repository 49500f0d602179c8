"""Why a release cannot be made or used: a closed tree, each with file and row (1 is the header, 0 no row: the file).

ReleaseInvalid
├── TableUnreadable     not there, not UTF-8, not CSV, or other columns
├── PackageUnreadable   a package or resource that is corrupt, truncated, not UTF-8, too large or not FHIR R4 JSON
├── RowMalformed        a field that must be filled is not, or holds what it may not
├── RowRepeated         the same concept or designation twice, or two maps of one code, which may disagree
├── MapsDisagree        two sources map one code to different targets
├── SystemUnknown       a code system that systems.csv does not know
├── ValueSetUnknown     a value set without OID, or one that includes a value set that is not there
├── ValueSetRule        a value set said by a rule, without its list of codes
├── ValueSetCyclic      a value set that includes itself
├── ValueSetEmpty       a value set without a concept, or a map into one
├── TargetUnknown       a map whose target is not in its value set
├── TargetRetired       a map to a code that its code system has retired
├── PathUnknown         a path of coded_elements.csv that is not of the kind we read
├── ReleaseEmpty        no concept, or no map at all
├── ReleaseUnwritable   the file cannot be written: no space, no right
├── ReleaseAbsent       the release's file is not there
├── ReleaseNotActivated no release was activated, and there must be one
├── ReleaseChanged      the file is not the one that was approved
└── ReleaseUnreadable   not a release file, or one of another format

Why a document cannot be transcoded or translated at all, numbered as the transformation manager does:

DocumentUntransformed
├── DocumentKindUnknown (4510)  no ClinicalDocument of a kind that has rules
└── LanguageAbsent      (2505)  the release has no word of the language
"""

from dataclasses import dataclass, field


@dataclass
class ReleaseInvalid(Exception):
    """Base: the file, and the row in it."""

    file: str
    row: int

    def __str__(self) -> str:
        more = getattr(self, "what", "")
        return f"{type(self).__name__}: {self.file}, row {self.row}" + (f": {more}" if more else "")


@dataclass
class _Named(ReleaseInvalid):
    what: str = field(default="")
    """The system, value set, code or cause it is about."""

    __str__ = ReleaseInvalid.__str__


class TableUnreadable(ReleaseInvalid):
    """Not there, not UTF-8, not CSV, or other columns than expected."""


class PackageUnreadable(_Named):
    """Corrupt, truncated, not UTF-8, too large, or not FHIR R4 JSON."""


class RowMalformed(ReleaseInvalid):
    """A field that must be filled is empty, has blanks around it, or holds what it may not."""


class RowRepeated(ReleaseInvalid):
    """Said twice; for maps also: two rows that disagree."""


class MapsDisagree(_Named):
    """Another source maps the code to another target; ``what`` names the other row."""


class SystemUnknown(_Named):
    """A code system that systems.csv does not know."""


class ValueSetUnknown(_Named):
    """A value set without OID, or one that includes a value set that is not there."""


class ValueSetRule(_Named):
    """A value set said by a rule (filter, or a whole code system that is not complete), without its list of codes."""


class ValueSetCyclic(_Named):
    """A value set that includes itself, by way of ``what``."""


class ValueSetEmpty(ReleaseInvalid):
    """A value set without a concept, or a map into a value set of which the release has no concept."""


class TargetUnknown(ReleaseInvalid):
    """A map's target is not in the value set it maps to."""


class TargetRetired(ReleaseInvalid):
    """A map's target is retired in its code system."""


class PathUnknown(_Named):
    """A path of a coded element that is not of the kind we read."""


class ReleaseEmpty(ReleaseInvalid):
    """No concept, or no map at all."""


class ReleaseUnwritable(_Named):
    """The file cannot be written; ``what`` is the operating system's word (``ENOSPC``)."""


class ReleaseAbsent(ReleaseInvalid):
    """The release's file is not there."""


class ReleaseNotActivated(ReleaseInvalid):
    """No release was activated, and ``file`` demands one."""


class ReleaseChanged(ReleaseInvalid):
    """The file's digest is not the one that was approved."""


class ReleaseUnreadable(ReleaseInvalid):
    """Not a release file, a damaged one, or one of another format."""


class DocumentUntransformed(Exception):
    """Base: the document is left as it came."""

    number = ""
    """Of the transformation manager's list."""


class DocumentKindUnknown(DocumentUntransformed):
    """No ClinicalDocument, or of a kind that has no rules."""

    number = "4510"


class LanguageAbsent(DocumentUntransformed):
    """The release has no word of the language."""

    number = "2505"
