"""The words of a document's narrative: titles, column heads, labels and sentences (`config/words/narrative-*.csv`).

Documents of Norwegian sources are written in bokmål and nynorsk; another language of Norway (Sámi) has the words of
bokmål. A foreign document that is written again keeps its language and has ours around it in English.
"""

from collections.abc import Mapping
from typing import Final

from transformers.words import LANGUAGES, Words, read_words

WORDS: Final[Mapping[str, Words]] = {
    str(language): words
    for language, words in read_words("narrative-labels", "narrative-sentences", "narrative-medicines").items()
}
_NORWEGIAN: Final = frozenset({"nb", "nn"})
_OF_NORWAY: Final = frozenset({"NO", "SJ"})


def is_written(language: str) -> bool:
    """Whether documents of Norwegian sources are written in a language (``nb-NO``, ``nn-NO``, …)."""
    return language.partition("-")[0] in _NORWEGIAN


def words_for(language: str, table: Mapping[str, Words] = WORDS) -> Words:
    """The words of a language tag (``nn-NO``): its own, else bokmål's in Norway and English elsewhere."""
    own, _, country = language.partition("-")
    return table[own if own in table else "nb" if country in _OF_NORWAY else "en"]


def language_of_words(language: str) -> str | None:
    """The language of `words_for`, None where it is the document's own."""
    own, _, country = language.partition("-")
    if own in LANGUAGES or own == "no":
        return None
    return "nb" if country in _OF_NORWAY else "en"
