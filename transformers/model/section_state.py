"""The state of a section from what its entries came to: statements, absences, and what was kept in words.

What could not be read is never "none" and never "nothing known": a section of nothing else is not readable.
"""

from collections.abc import Sequence
from typing import Any, Final

from transformers.model.standing import Standing
from transformers.model.summary import KeptInWords, KnownAbsent, NoInformation, NotReadable, Present, Section

Absence = KnownAbsent | NoInformation

_AGREES: Final = frozenset(
    {Standing.DENIED, Standing.PLANNED, Standing.WITHDRAWN, Standing.ABSENCE, Standing.OTHER_PERSON}
)
"""What may stand beside a known absence without saying otherwise."""


def state_of(statements: Sequence[Any], absences: Sequence[Absence], kept: Sequence[KeptInWords]) -> Section[Any]:
    """The section as the pivot holds it. An absence beside statements is kept in words beside them."""
    if statements:
        return Present(tuple(statements), (*(_in_words(a) for a in absences), *kept))
    known = [a for a in absences if isinstance(a, KnownAbsent)]
    if known and all(one.why in _AGREES for one in kept):
        first = next((a for a in known if a.scope is None), known[0])
        further = [_in_words(a) for a in dict.fromkeys(known) if a is not first]
        return KnownAbsent(first.kind, first.provenance, first.scope, (*further, *kept))
    if kept:
        return NotReadable((*(_in_words(a) for a in absences), *kept))
    return absences[0] if absences else NoInformation()


def _in_words(absence: Absence) -> KeptInWords:
    if isinstance(absence, NoInformation):
        return KeptInWords(Standing.ABSENCE, "no-information")
    return KeptInWords(Standing.ABSENCE, absence.scope or absence.kind)
