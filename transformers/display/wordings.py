"""Wordings and facts of the overview as safe HTML: every text escaped and isolated, in its language."""

from collections.abc import Sequence
from html import escape

from markupsafe import Markup

from transformers.display.concepts import Wording
from transformers.display.overview_rows import Fact


def wordings(said: Sequence[Wording], differs: str) -> Markup:
    """Words one after another; ``differs`` is said where a code and the sender's words for it do not agree."""
    return Markup(_wordings(said, differs))  # noqa: S704 - every text and tag of it is made here


def facts(found: Sequence[Fact], differs: str) -> Markup:
    """What a row says, each with its label."""
    return Markup("".join(_fact(one, differs) for one in found))  # noqa: S704 - every text and tag of it is made here


def _fact(one: Fact, differs: str) -> str:
    label = f'<span class="label">{escape(one.label)}</span> ' if one.label else ""
    said = _wordings(one.said, differs)
    return f' <span class="fact">{label}{f"<strong>{said}</strong>" if one.strong else said}</span>'


def _wordings(said: Sequence[Wording], differs: str) -> str:
    parts = []
    for number, one in enumerate(said):
        if one.joint:
            parts.append(escape(one.text))
            continue
        language = f' lang="{escape(one.language)}"' if one.language else ""
        kind = ' class="strange"' if one.untranslated else ' class="beside"' if one.beside else ""
        text = f"({escape(one.text)})" if one.beside else escape(one.text)
        parts.append(f"{' ' if number else ''}<bdi{language}{kind}>{text}</bdi>")
        if one.differs:
            parts.append(f' <span class="doubt">(▲ {escape(differs)}: <bdi>{escape(one.differs)}</bdi>)</span>')
    return "".join(parts)
