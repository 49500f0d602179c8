"""The sample pages, one of each kind.

``python -m tests.support.documents.screens FOLDER`` takes their pictures for the documentation.
"""

import sys
from functools import cache
from pathlib import Path

from gateway.exchange.country_a.compose import draft_original, write_document
from tests.support.documents.pages import edispensation, eprescription, level_one, show
from tests.support.machine.browser import browser, looked_at
from tests.support.persons import samples
from transformers.display.errors import SeveralPatients
from transformers.display.write_html import write_refusal
from transformers.words import Language

KINDS = ("summary", "no-information", "prescription", "dispensation", "original", "orcd", "refusal")
_PICTURES = (
    ("summary", "nb", 1280, 900, 0),
    ("summary", "nb", 320, 1600, 0),
    ("no-information", "nn", 320, 1300, 0),
    ("prescription", "nb", 1280, 900, 0),
    ("prescription", "en", 320, 1500, 0),
    ("dispensation", "nb", 1280, 900, 0),
    ("original", "nb", 320, 1400, 0),
    ("refusal", "nn", 320, 420, 0),
)
"""Kind, language, width, height, and how far down."""


@cache
def page(kind: str, language: Language) -> bytes:
    """The page of a kind of document in a reader's language."""
    match kind:
        case "summary":
            return show(write_document(samples.summary("rich"), samples.release(), 8)[0], language).html
        case "no-information":
            return show(write_document(samples.summary("no-information"), samples.release(), 8)[0], language).html
        case "prescription":
            return show(eprescription(), language).html
        case "dispensation":
            return show(edispensation(), language).html
        case "original":
            return show(draft_original(samples.summary("sami-names"), samples.release(), 8)[0], language).html
        case "orcd":
            return show(level_one("8", "11502-2"), language).html
        case _:
            return write_refusal(SeveralPatients(), language=language)


def main(folder: Path) -> None:
    """Take every picture: a file per kind and width."""
    with browser() as opened:
        for kind, language, width, height, down in _PICTURES:
            with looked_at(opened, page(kind, language), width=width, height=height) as looked:
                looked.page.evaluate(f"window.scrollTo(0, {down})")
                looked.page.screenshot(path=str(folder / f"{kind}-{width}.png"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
