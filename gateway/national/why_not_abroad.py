"""Why a prescription can, or cannot, be used in another country, in words for whoever it is prescribed to.

The names of the reasons are those of the evidence (`exportable_prescriptions.py`, `find_prescriptions.py`), decided
once where prescriptions are listed; here each has its sentence and what to ask for
(`config/words/prescriptions-abroad.csv`). Nothing is decided again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from transformers.norway.exportable import ExportBar
from transformers.words import LANGUAGES, Language, Words, read_words

TAKEN, TAKEN_ABROAD, COUNTRY_NOT_AGREED = "taken", "taken-abroad", "country-not-agreed"
"""Reasons of no list: a pharmacy has it, one abroad has it by our journal, the country is not sent prescriptions."""
RESERVED, BLOCKED, PROTECTED, DECEASED = "person-reserved", "person-blocked", "person-protected", "person-deceased"
"""Reasons that hold of all of a person's prescriptions."""
_WORDS: Final[Mapping[Language, Words]] = read_words("prescriptions-abroad")
_CONDITIONS: Final = frozenset(
    {ExportBar.LOCKED.value, ExportBar.NOT_YET.value, TAKEN, TAKEN_ABROAD, RESERVED, BLOCKED}
    | {"signature-revocation-unknown", "reference-number-wrong", "reference-number-guesses-of-the-day-spent"}
)
"""Reasons that pass by what the patient does, or by waiting, with the same prescription."""
_RESERVED: Final = (ExportBar.GUARDIAN_RESERVED.value, ExportBar.GUARDIAN_RESERVED_FROM_ALL.value)
_WITH_DETAIL: Final = (ExportBar.SIGNATURE.value, "reference-number")
"""Reasons whose detail has words of its own."""


class UseAbroad(StrEnum):
    """Whether it can be used there."""

    YES = "yes"
    NO = "no"
    IF = "if"


@dataclass(frozen=True, slots=True)
class PrescriptionAbroad:
    """One prescription and everything against it; ``reasons`` as the evidence names them."""

    prescription: str
    medicine: str | None
    """Name, form and strength; None where only its id is known."""
    reasons: tuple[str, ...] = ()
    reserved: bool = False
    """The patient keeps it from guardians, whatever else is against it."""

    @property
    def answer(self) -> UseAbroad:
        """Yes without a reason, "if" where every reason can pass."""
        if not self.reasons:
            return UseAbroad.YES
        return UseAbroad.IF if all(key in _CONDITIONS for key in self.keys) else UseAbroad.NO

    @property
    def keys(self) -> tuple[str, ...]:
        """The reasons by the names under which they have words, each once."""
        return tuple(dict.fromkeys(map(key_of, self.reasons)))

    @property
    def may_be_told_to_guardians(self) -> bool:
        """False of what a youth keeps from them: they are not told that it exists."""
        return not self.reserved and not any(key in _RESERVED for key in self.keys)

    def why(self, language: Language) -> tuple[str, ...]:
        """Why, a sentence or two each."""
        words = _WORDS[language]
        return tuple(words[f"why.{key}"] for key in self.keys) or (words["yes"],)

    def to_do(self, language: Language) -> tuple[str, ...]:
        """What to ask for or to do, each once."""
        words = _WORDS[language]
        return tuple(dict.fromkeys(words[f"do.{key}"] for key in self.keys)) or (words["take"],)

    def shown(self, language: Language) -> str:
        """One line: the answer, the medicine or the id, why, and what to do."""
        answer = _WORDS[language][f"answer.{self.answer.value}"]
        return " ".join(
            (f"{answer}:", f"{self.medicine or self.prescription}.", *self.why(language), *self.to_do(language))
        )

    def as_json(self) -> dict[str, Any]:
        """The same in every language."""
        return {
            "prescription": self.prescription,
            "medicine": self.medicine,
            "answer": self.answer.value,
            "reasons": list(self.reasons),
            "why": {language: list(self.why(language)) for language in LANGUAGES},
            "do": {language: list(self.to_do(language)) for language in LANGUAGES},
        }


def key_of(reason: str) -> str:
    """``signature/broken`` has words as ``signature-broken``; any other reason by its name without detail."""
    name, _, detail = reason.partition("/")
    return f"{name}-{detail}" if name in _WITH_DETAIL else name


def has_words(reasons: Iterable[str]) -> bool:
    """Whether all of these are reasons of prescriptions: evidence also names what was left out of summaries."""
    return all(f"why.{key_of(reason)}" in _WORDS["en"] for reason in reasons)
