"""Words of the original document around what its sources say."""

from collections.abc import Mapping
from typing import Final

from transformers.words import Words, read_words

ORIGINAL_WORDS: Final[Mapping[str, Words]] = {str(one): words for one, words in read_words("original").items()}
