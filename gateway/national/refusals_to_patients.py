"""What a foreign pharmacy was refused, in words for the patient: why, and what to do (`refusals-to-patients.csv`).

Evidence keeps the class of a refusal. A class without words of its own has those of the class above it, so that every
refusal there is has some; who attacks is told nothing here, for this is told to the patient alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.errors import Refusal
from transformers.words import LANGUAGES, Language, Words, read_words
from trust.errors import TrustError

_WORDS: Final[Mapping[Language, Words]] = read_words("refusals-to-patients")


def every_refusal(base: type[Exception] | None = None) -> Iterator[type[Exception]]:
    """Each class of the two closed trees, the roots left out."""
    for root in (Refusal, TrustError) if base is None else (base,):
        for one in root.__subclasses__():
            yield one
            yield from every_refusal(one)


def _keys() -> dict[str, str]:
    """By class: under which class it has its words."""
    by_name = {}
    for one in every_refusal():
        above = (base.__name__ for base in one.__mro__)
        by_name[one.__name__] = next(name for name in above if f"why.{name}" in _WORDS["en"])
    return by_name


@dataclass(frozen=True, slots=True)
class RefusedAbroad:
    """One refusal of a pharmacy abroad that asked, or reported, about a patient."""

    day: str
    """ISO 8601."""
    country: str
    """Its name."""
    cause: str
    """The class, as evidence keeps it."""

    @property
    def key(self) -> str:
        """Under which class it has its words. KeyError for a cause that is no refusal."""
        return _keys()[self.cause]

    def shown(self, language: Language) -> str:
        """One line: where and when, why, and what to do."""
        words = _WORDS[language]
        head = words["abroad"].format(country=self.country, day=self.day)
        return f"{head} {words[f'why.{self.key}']} {words[f'do.{self.key}']}"

    def as_json(self) -> dict[str, Any]:
        """The same in every language."""
        told = {part: {one: _WORDS[one][f"{part}.{self.key}"] for one in LANGUAGES} for part in ("why", "do")}
        return {"day": self.day, "refusal": self.cause, **told}
