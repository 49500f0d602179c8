"""A PDF read in a test: its text by the fonts' own maps (ToUnicode), its structure by pikepdf."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from io import BytesIO

import pikepdf

from tests.support.pivots.summaries import NOW
from transformers.display.sheet import Paragraphs, Sheet, SheetText


def opened(content: bytes) -> pikepdf.Pdf:
    """The PDF of some bytes."""
    return pikepdf.open(BytesIO(content))


@lru_cache(maxsize=4)
def text_of(content: bytes, *, body_alone: bool = False) -> str:
    """All text in the order it is drawn, lines put together with a blank; heads and feet of pages left out if asked."""
    with opened(content) as pdf:
        return " ".join(" ".join(_page_text(page, body_alone=body_alone)) for page in pdf.pages)


def text_of_page(content: bytes, number: int) -> str:
    """The text of one page, the first is 1, without its head and foot."""
    with opened(content) as pdf:
        return " ".join(_page_text(pdf.pages[number - 1], body_alone=True))


def holds(content: bytes, words: str) -> bool:
    """The PDF says these words; where lines break does not matter."""
    return _squeezed(words) in _squeezed(text_of(content, body_alone=True))


def _squeezed(text: str) -> str:
    return "".join(text.split())


def objects(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Every indirect object that is a dictionary or a stream."""
    return (thing for thing in pdf.objects if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream))


def _page_text(page: pikepdf.Page, *, body_alone: bool) -> Iterator[str]:
    maps = {str(name): _map(font) for name, font in page.Resources.get("/Font", {}).items()}
    current: dict[int, str] = {}
    marked: list[str] = []
    for operands, operator in pikepdf.parse_content_stream(page):
        match str(operator):
            case "BDC" | "BMC":
                marked.append(str(operands[0]))
            case "EMC":
                marked.pop()
            case "Tj" | "TJ" if body_alone and "/Artifact" in marked:
                continue
            case "Tf":
                current = maps[str(operands[0])]
            case "Tj":
                yield _shown(bytes(operands[0]), current)
            case "TJ":
                yield "".join(_shown(bytes(p), current) for p in operands[0] if isinstance(p, pikepdf.String))
            case _:
                continue


def _shown(codes: bytes, known: dict[int, str]) -> str:
    return "".join(known[int.from_bytes(codes[n : n + 2], "big")] for n in range(0, len(codes), 2))


def _map(font: pikepdf.Object) -> dict[int, str]:
    data = font.ToUnicode.read_bytes().decode("latin-1")
    found: dict[int, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", data, re.DOTALL):
        for code, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]*)>", block):
            found[int(code, 16)] = bytes.fromhex(text).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", data, re.DOTALL):
        for low, high, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            first = bytes.fromhex(text).decode("utf-16-be")
            for code in range(int(low, 16), int(high, 16) + 1):
                found[code] = first[:-1] + chr(ord(first[-1]) + code - int(low, 16))
    return found


def sheet_of(text: str, **changes: object) -> Sheet:
    """A sheet of one paragraph."""
    made = Sheet("Prøve", "nb-NO", NOW, "Prøve", "Prøve", (Paragraphs((SheetText(text),)),))
    return replace(made, **changes)  # type: ignore[arg-type] - tests change one field by name
