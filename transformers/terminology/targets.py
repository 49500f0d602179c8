"""The European code of a code in a document: it is one, or the release maps it, or it has none and why.

A member of any of the value sets is what it is to become, so that transcoding a pivot changes nothing; then rows of
maps, then rules. Nothing is guessed: a value set that the release holds in excerpt only says nothing of other codes.
"""

from typing import NamedTuple, Protocol

from transformers.model.values import Coding
from transformers.terminology.release import MapEntry, Release
from transformers.terminology.rules import DOSE_FORM, DOSE_FORMS, by_rule, dose_form

UCUM = "2.16.840.1.113883.6.8"
TIMING_EVENT = "2.16.840.1.113883.5.139"
_UNITS = "1.3.6.1.4.1.12559.11.10.1.3.1.42.16"


class UnmappedReason(NamedTuple):
    """Why there is no European code: in words, and the number of the terminology layer's own list (TSAM)."""

    text: str
    tsam: str
    excerpt: bool = False
    """The release cannot say: it holds the value set in excerpt, or not at all, and knows the code's system."""


class HasCode(Protocol):
    """A code with its system and display, as a document says it."""

    @property
    def code(self) -> str:
        """The code."""

    @property
    def system(self) -> str:
        """The code system, an OID."""

    @property
    def display(self) -> str | None:
        """The display, as it was written."""


def target_of(release: Release, coding: HasCode, value_sets: tuple[str, ...]) -> tuple[Coding, MapEntry | None] | None:
    """The target, with the entry that led to it (None: the code is a member itself); None when there is none."""
    for value_set in value_sets:
        member = release.concept(value_set, coding.system, coding.code)
        if member is not None:
            return member, None
    for value_set in value_sets:
        entry = _mapped(release, coding, value_set)
        if entry is not None and entry.target is not None:
            return entry.target, entry
    return None


def why_none(release: Release, coding: HasCode, value_sets: tuple[str, ...], systems: frozenset[str]) -> UnmappedReason:
    """Why `target_of` found nothing. ``systems``: code systems that European value sets use."""
    for value_set in value_sets:
        entry = release.map(coding.system, coding.code, value_set)
        if entry is not None:
            return UnmappedReason(f"{entry.why}.", "4504")
    if coding.system not in systems:
        return UnmappedReason("Its code system is none of the European ones, and no map of the release has it.", "4501")
    if not all(_whole(release, value_set) for value_set in value_sets):
        return UnmappedReason(
            "The release holds an excerpt of the value set and does not have this code.", "4503", excerpt=True
        )
    if release.lookup(coding.system, coding.code) is None:
        return UnmappedReason("The release does not have this code.", "4503")
    return UnmappedReason("It is no member of the value set.", "2507")


def unit_of(release: Release, unit: str, value_sets: tuple[str, ...]) -> tuple[bool, str | None]:
    """May ``@unit`` be this, and the English words for it: UCUM of 42.16, ``1``, or an annotation (``{Tablet}``).

    An annotation may be any word. A bare word is never read as a unit: it has no code system, it would be a guess.
    """
    if unit == "1":
        return True, None
    if unit.startswith("{") and unit.endswith("}") and len(unit) > 2:
        return True, None
    member = release.concept(_UNITS, UCUM, unit) if _UNITS in value_sets else None
    return member is not None, None if member is None else member.display


def _mapped(release: Release, coding: HasCode, value_set: str) -> MapEntry | None:
    if coding.system == DOSE_FORM and value_set == DOSE_FORMS:
        return dose_form(release, coding.code, coding.display)
    return release.map(coding.system, coding.code, value_set) or by_rule(
        release, Coding(coding.code, coding.system), value_set
    )


def _whole(release: Release, value_set: str) -> bool:
    known = release.value_sets.get(value_set)
    return known is not None and known.complete
