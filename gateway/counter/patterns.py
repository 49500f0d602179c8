"""Patterns that came from abroad: RE2 alone runs them, in time linear in what was entered, whatever they are.

A pattern is Java's or XML's to its author. What RE2 does not know (look-around, back-references) it refuses, and so do
we: a pattern that is not run is no check.
"""

from functools import lru_cache
from typing import Any, Final

import re2

from gateway.counter.errors import MaskPatternUnusable

LONGEST_PATTERN: Final = 300
LONGEST_ENTRY: Final = 200
"""Characters of what a person may enter."""
_MEMORY: Final = 1 << 20
"""Bytes a compiled pattern may take: ``(((a{99}){99}){99}`` is refused and not unfolded."""


def compiled(pattern: str, field: str) -> Any:  # noqa: ANN401 - google-re2 publishes no types
    """The pattern, ready to match. Raises MaskPatternUnusable with ``field``, the label of the field it is of."""
    if len(pattern) > LONGEST_PATTERN:
        raise MaskPatternUnusable(field)
    try:
        return _compiled(pattern)
    except re2.error:
        raise MaskPatternUnusable(field) from None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:  # noqa: ANN401 - as above
    options = re2.Options()
    options.log_errors = False  # RE2 writes the pattern to standard error itself otherwise
    options.max_mem = _MEMORY
    return re2.compile(pattern, options)


def fits(entry: str, pattern: str, field: str) -> bool:
    """Whether all of what was entered is of the pattern. Raises MaskPatternUnusable as `compiled` does."""
    if len(entry) > LONGEST_ENTRY or any("\ud800" <= letter <= "\udfff" for letter in entry):
        return False  # half a character is none, and RE2 reads UTF-8
    return compiled(pattern, field).fullmatch(entry) is not None
