"""The words of a document's narrative: titles, column heads, labels and sentences (`config/words/narrative-*.csv`).

Documents are written in bokmål and nynorsk, the languages of their sources. A language without words of its own (Sámi)
is written in bokmål. The English column says to translators what a row means; no document is written in it.
"""

from collections.abc import Mapping
from typing import Final

from transformers.words import Words, read_words

_ALL: Final = read_words("narrative-labels", "narrative-sentences", "narrative-medicines")
WORDS: Final[Mapping[str, Words]] = {"nb": _ALL["nb"], "nn": _ALL["nn"]}


def is_written(language: str, table: Mapping[str, Words] = WORDS) -> bool:
    """Whether documents are written in a language (``nb-NO``, ``nn-NO``, …)."""
    return language.partition("-")[0] in table


def words_for(language: str, table: Mapping[str, Words] = WORDS) -> Words:
    """The words of a language tag (``nn-NO``), bokmål where the table has none of its own."""
    return table.get(language.partition("-")[0], table["nb"])
