"""Why a document is not written, or not read: a closed tree, one class per reason, fields and no prose.

    CdaError
    ├── KindNotWritten       no writer for a document of that kind
    ├── OriginalInvalid      the original is empty, too large or no PDF
    ├── WaveUnknown          no templates for that wave of eHDSI
    ├── LanguageUnknown      the document's language is not one of a country of the EEA (value set 42.6)
    ├── CharacterForbidden   a character that XML 1.0 cannot hold
    ├── RequiredMissing      the document type demands what the pivot does not hold
    ├── IdentifierInvalid    a root that is neither OID nor UUID, or a part over 64 characters
    ├── ParentIsItself       the document names itself as what it was made from
    ├── AmountInexpressible  neither packages nor an amount that CDA can state: nobody could dispense it
    ├── CodeMissing          a code that takes no null has no European code in the pivot
    ├── LevelRefused         a compounded medicine, which no template can describe
    ├── NotAffirmed          the item is denied: no document states it
    ├── AbsenceUnknown       a statement of absence that the section's value set does not know
    └── DocumentUnreadable   the bytes are no clinical document of the kind that was to be read

``path`` is a path in the pivot, never a value of it.
"""

from dataclasses import dataclass


class CdaError(Exception):
    """Base of everything the CDA writers and readers raise."""

    def __str__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({fields})"


@dataclass
class KindNotWritten(CdaError):
    """Not a kind that the writer knows (of level 1: ``ps-l1``, ``ep-l1``)."""

    kind: str


@dataclass
class OriginalInvalid(CdaError):
    """The body of a document of level 1 is no PDF of 1 byte to 15 MB."""

    path: str


@dataclass
class WaveUnknown(CdaError):
    """No templates for that wave."""

    wave: int


@dataclass
class LanguageUnknown(CdaError):
    """Not a language of a country of the EEA in value set 42.6."""

    path: str


@dataclass
class CharacterForbidden(CdaError):
    """A character outside the Char production of XML 1.0 (control characters, lone surrogates, U+FFFE, U+FFFF)."""

    path: str


@dataclass
class RequiredMissing(CdaError):
    """Mandatory in the document type, absent or blank in the pivot (or in the document that is read)."""

    path: str


@dataclass
class IdentifierInvalid(CdaError):
    """Not a root of OID or UUID within 64 characters, or an extension over 64 characters."""

    path: str


@dataclass
class ParentIsItself(CdaError):
    """relatedDocument/parentDocument/id is the document's own id."""

    path: str


@dataclass
class AbsenceUnknown(CdaError):
    """Not one of the section's IPS codes for known absence."""

    path: str


@dataclass
class AmountInexpressible(CdaError):
    """What one dispensing is cannot be said: no packages and no amount, or in a unit without European code."""

    path: str


@dataclass
class CodeMissing(CdaError):
    """Mandatory code (no nullFlavor allowed) without a European code in the pivot."""

    path: str


@dataclass
class LevelRefused(CdaError):
    """A compounded medicine: its ingredients are no manufactured product."""

    path: str


@dataclass
class NotAffirmed(CdaError):
    """A prescription or dispensation that its sender denies (negationInd): printed, it would be affirmed."""

    path: str


@dataclass
class DocumentUnreadable(CdaError):
    """No XML that we read (the parser's reason), no ClinicalDocument, of another kind, or of several patients."""

    reason: str
