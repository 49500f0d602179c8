"""What a pharmacist is told of a dispensation abroad and what to do next, in English, Bokmål and Nynorsk."""

from collections.abc import Iterator
from typing import Final

from gateway.configuration.settings import CountryRow
from gateway.handouts.desk import HandoutDraft, HandoutStanding
from gateway.handouts.errors import HandoutRefused
from transformers.words import Language, read_words

_WORDS: Final = read_words("handouts")
_OWN_WORDS: Final = "^"
"""What stands behind it in a peer's text is its national message (OpenNCP, NIException)."""


def say_standing(standing: HandoutStanding, country: CountryRow, language: Language) -> tuple[str, ...]:
    """How it stands and what to do; then what the country itself, or its list, says."""
    words = _WORDS[language]
    told = [words[standing.state.value].format(country=country.name)]
    if standing.seen is not None:
        told.append(words[standing.seen].format(country=country.name))
    for remark in standing.answer:
        text = remark.text.rpartition(_OWN_WORDS)[2].strip() or remark.code
        their = f"{text} ({remark.code})" if text != remark.code else text
        told.append(words["their-words"].format(country=country.name, words=their))
    return tuple(map(_plain, told))


def say_draft(draft: HandoutDraft, country: CountryRow, language: Language) -> Iterator[str]:
    """What a pharmacist should know before she confirms: of the country, and of what travels as words."""
    words, peer = _WORDS[language], country.dispensing
    if peer.note:
        yield peer.note[language]
    elif peer.closes_at_first:
        yield words["closes"].format(country=country.name)
    if peer.locks_at_retrieve:
        yield words["locks"].format(country=country.name)
    for finding in draft.uncoded:
        yield words["uncoded"].format(what=_plain(finding.original or finding.path))


def say_handout_refusal(refused: HandoutRefused, language: Language) -> str:
    """Why the desk goes no further, and what to do; of a HandoutBarred each reason has a sentence besides
    (`gateway.counter.words.say_reason`).
    """
    fields = {name: str(value) for name, value in vars(refused).items()}
    return _WORDS[language][type(refused).__name__].format(**fields)


def _plain(text: str) -> str:
    """A peer's text moves no terminal's cursor."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
