"""Words of the original Norwegian document around what its sources say, in bokmål and nynorsk."""

from collections.abc import Mapping
from typing import Final

from transformers.words import Words, read_words

_ALL: Final = read_words("original")
ORIGINAL_WORDS: Final[Mapping[str, Words]] = {"nb": _ALL["nb"], "nn": _ALL["nn"]}
