"""Concepts of the pivot in the words of one reader: translated for the very code, else as they stand, and marked.

Never a translation of a neighbouring or national code. English stands before the document's own language where nothing
is translated; which words are in which language is told by their tag and by their type.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from transformers.display.reader import PageReader, Words, differ
from transformers.model.values import Coded, Coding
from transformers.terminology.languages import fallback

_SHORT: Final = 60
"""Characters of an original that stand beside a translation in the overview; a longer one stands in the details."""

_OF_A_ROW: Final = ("\n", " – ")
"""What parts cells and lines of a narrative: such words are those of a whole row, and of none of its concepts."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Words with their language (BCP 47); None: the page's own words, or in no language."""

    text: str
    language: str | None = None
    untranslated: bool = False
    beside: bool = False
    """It is the original, beside its translation."""
    joint: bool = False
    """A sign between words."""
    differs: str | None = None
    """The sender's words for the code, which are none of the release's."""


@dataclass
class Concepts:
    """Concepts of one document (``language`` as it states it) for one reader."""

    reader: PageReader
    language: str
    untranslated: int = 0
    """How many concepts had no words of the reader's language."""
    _native: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        own = self.reader.language
        self._native = frozenset({own, *(tag.partition("-")[0] for tag in fallback(own))})

    def both(self, concept: Coded | None) -> tuple[Wording, ...]:
        """The concept for the reader and, where it says something else in short, the original beside it."""
        if concept is None:
            return ()
        main = self.main(concept)
        text = concept.text
        if not text or any(sign in text for sign in _OF_A_ROW) or len(text) > _SHORT:
            return (main,)
        if text.casefold() == main.text.casefold():
            return (main,)
        return (main, Wording(text, self.language or None, beside=True))

    def main(self, concept: Coded) -> Wording:
        """The concept for the reader."""
        target = concept.target or concept.original
        own = None if target is None else self._own(target)
        if own is not None and target is not None:
            known = self.reader.release.lookup(target.system, target.code)
            translated = Words(own.text, own.language or "")
            odd = differ(target.display, None if known is None else known[0].display, translated)
            return replace(own, differs=target.display) if odd else own
        if concept.text and self.is_native(self.language):
            return Wording(concept.text, self.language)
        if target is not None and (english := self._english(target)) is not None:
            return self._strange(english, "en")
        if concept.text:
            return self._strange(concept.text, self.language)
        codings = (coding for coding in (concept.original, *concept.others) if coding is not None)
        display = next((coding.display for coding in codings if coding.display), None)
        if display is not None:
            return self._strange(display, self.language)
        code = "" if target is None else target.code
        return Wording(f"{self.reader.word('no_words')} {code}")

    def written(self, text: str) -> Wording:
        """The sender's own words, which nobody translates: marked by their language alone."""
        return Wording(text, self.language or None)

    def is_native(self, language: str) -> bool:
        """Whether the reader reads the language."""
        return language.partition("-")[0].lower() in self._native

    def _own(self, coding: Coding) -> Wording | None:
        if self.reader.language == "en":
            english = self._english(coding)
            return None if english is None else Wording(english, "en")
        for language in fallback(self.reader.language):
            words = self.reader.release.designation(coding.system, coding.code, language)
            if words is not None:
                return Wording(words, language)
        return None

    def _english(self, coding: Coding) -> str | None:
        found = self.reader.release.lookup(coding.system, coding.code)
        return coding.display if found is None else found[0].display or coding.display

    def _strange(self, text: str, language: str) -> Wording:
        self.untranslated += 1
        return Wording(text, language or None, untranslated=True)
