"""What a reader is told when the counter refuses: a sentence with what to do, in English, Bokmål and Nynorsk."""

from typing import Final

from gateway.counter.errors import MaskRefused
from transformers.words import Language, read_words

_MASKS: Final = read_words("counter-masks")


def say_mask_refusal(refusal: MaskRefused, language: Language) -> str:
    """Why a mask cannot be used, or what was entered; fields by their names in words, never what was entered."""
    words = _MASKS[language]
    field = str(getattr(refusal, "field", ""))
    text = words[type(refusal).__name__].format(field=words.get(f"field.{field}", field))
    return text[:1].upper() + text[1:]
