"""What a reader is told when the counter refuses: a sentence with what to do, in English, Bokmål and Nynorsk."""

from typing import Final

from gateway.counter.decide import CounterBar, CounterReason
from gateway.counter.errors import MaskRefused
from gateway.counter.products import ComparedProduct
from gateway.counter.rules import CounterRules
from transformers.words import Language, read_words

_MASKS: Final = read_words("counter-masks")
_COUNTER: Final = read_words("counter")


def say_mask_refusal(refusal: MaskRefused, language: Language) -> str:
    """Why a mask cannot be used, or what was entered; fields by their names in words, never what was entered."""
    words = _MASKS[language]
    field = str(getattr(refusal, "field", ""))
    text = words[type(refusal).__name__].format(field=words.get(f"field.{field}", field))
    return text[:1].upper() + text[1:]


def say_reason(reason: CounterReason, rules: CounterRules, language: Language) -> str:
    """Why something is not handed out and what to do; of a restriction in the words of its row."""
    words = _COUNTER[language]
    text = words[reason.bar.value]
    if reason.bar is CounterBar.RESTRICTED:
        text = next(rule.words[language] for rule in rules.restrictions if rule.id == reason.detail)
    if reason.bar is not CounterBar.RESTRICTED or not reason.may_pass:
        return text
    return f"{text} {words['record-reason']}"


def say_differences(compared: ComparedProduct, language: Language) -> str:
    """In what a Norwegian package differs from what was prescribed; empty where it does not."""
    return ", ".join(_COUNTER[language][f"differs.{one.value}"] for one in compared.differences)
