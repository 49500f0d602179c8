"""The one way to say that something about a document deserves a word: a Finding, collected in a Report.

Reading, transcoding, validating and rendering all report through it; no other warning type exists.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How bad. ``FATAL`` means no document may leave."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    FATAL = "fatal"


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark. Texts never hold a person's identifier; ``original`` and ``result`` are codes or clinical words."""

    severity: Severity
    code: str
    """Stable word, e.g. ``unmapped-code``, ``xsd``, ``schematron``, or a TM number (``2502``)."""
    path: str
    """Where: an XPath, a FHIRPath or a path in the pivot (``allergies[0].agent``)."""
    text: str
    """What and how to mend it, in English."""
    original: str | None = None
    result: str | None = None
    map_entry: str | None = None
    release: str | None = None
    rule: str | None = None
    """Id of the rule that was broken (Schematron id, our own rule's id)."""


@dataclass
class Report:
    """Findings in the order they were made."""

    findings: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Append one finding."""
        self.findings.append(finding)

    def extend(self, other: "Report") -> None:
        """Append all findings of another report."""
        self.findings.extend(other.findings)

    def worst(self) -> Severity | None:
        """The gravest severity reported, None when nothing was."""
        order = list(Severity)
        return max((f.severity for f in self.findings), key=order.index, default=None)

    def as_json(self) -> list[dict[str, str]]:
        """Findings as plain dictionaries without empty members, for ``--report`` and ``--json``."""
        keys = ("severity", "code", "path", "text", "original", "result", "map_entry", "release", "rule")
        return [{k: str(v) for k in keys if (v := getattr(f, k)) is not None} for f in self.findings]


_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def reason_in_words(error: Exception) -> str:
    """Which error of a closed tree it is, for a text that people read: ``RequiredMissing`` is "required missing"."""
    return _CAPITAL.sub(" ", type(error).__name__).lower()
