"""Why an act on a terminology release is refused: a closed tree, said to the operator, never to a peer.

TerminologyRefused
├── NameMissing        an act without the name of who does it
├── ReleaseNotKnown    no release of that id was imported
├── ApproverIsImporter who approves is not who imported
├── AlreadyApproved    it was approved, by another or the same
├── ReleaseNotApproved a release that nobody approved cannot be activated
├── ChecksFailed       it failed checks, and nobody overrode them with a reason
├── AlreadyInForce     it is in force already
├── NothingBefore      there is nothing to roll back to
└── CentralServerFailed the central terminology server did not answer as it should
"""

from dataclasses import dataclass


class TerminologyRefused(Exception):
    """Base."""

    def __str__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({fields})"


class NameMissing(TerminologyRefused):
    """An act without the name of who does it."""


@dataclass
class ReleaseNotKnown(TerminologyRefused):
    """No release of that id was imported."""

    release: str

    __str__ = TerminologyRefused.__str__


@dataclass
class ApproverIsImporter(TerminologyRefused):
    """Who approves is not who imported."""

    release: str

    __str__ = TerminologyRefused.__str__


@dataclass
class AlreadyApproved(TerminologyRefused):
    """It was approved before; an approval is not given twice."""

    release: str

    __str__ = TerminologyRefused.__str__


@dataclass
class ReleaseNotApproved(TerminologyRefused):
    """A release that nobody approved cannot be activated."""

    release: str

    __str__ = TerminologyRefused.__str__


@dataclass
class ChecksFailed(TerminologyRefused):
    """It failed these rules; activating it all the same needs a reason, on record."""

    release: str
    rules: tuple[str, ...]

    __str__ = TerminologyRefused.__str__


@dataclass
class AlreadyInForce(TerminologyRefused):
    """It is in force already."""

    release: str

    __str__ = TerminologyRefused.__str__


@dataclass
class CentralServerFailed(TerminologyRefused):
    """The central terminology server did not answer as it should: nothing of it is used."""

    step: str
    """``login``, ``catalogue`` or the OID of a value set."""
    why: str

    __str__ = TerminologyRefused.__str__


class NothingBefore(TerminologyRefused):
    """No release was activated, or all were rolled back."""
