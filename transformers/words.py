"""Words in several languages, read from the tables of `config/words/`: a row per key, a column per language.

What a translator has to know is in `config/README.md`. A table is read when the module that uses it is imported, so
that a node with one that cannot be meant does not start.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from transformers.shipped import shipped

Language = Literal["en", "nb", "nn"]
Words = Mapping[str, str]
"""Text by key, of one language."""

LANGUAGES: Final[tuple[Language, ...]] = ("en", "nb", "nn")
_HEAD: Final = ("key", *LANGUAGES)


@dataclass
class WordsInvalid(Exception):
    """A table of words that cannot be used: the file, the line, the key (empty where there is none) and why."""

    file: str
    line: int
    key: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, key {self.key!r}: {self.reason}"


def read_words(*names: str, folder: Path | None = None) -> Mapping[Language, Words]:
    """The words of one use by language, put together of its tables.

    ``names`` are names of files without ``.csv``; ``folder`` is `config/words/` unless another is named. Raises
    WordsInvalid for a table that is not there, is no UTF-8 CSV or has other columns, for a row that lacks a language,
    and for a key that stands twice, in one table or in two.
    """
    home = shipped("config") / "words" if folder is None else folder
    by_key: dict[str, tuple[str, ...]] = {}
    for name in names:
        path = home / f"{name}.csv"
        for line, row in _rows(path):
            key, reason = _checked(row)
            if reason is None and key in by_key:
                reason = "stands twice"
            if reason is not None:
                raise WordsInvalid(path.name, line, key, reason)
            by_key[key] = tuple(row[1:])
    return MappingProxyType(
        {
            language: MappingProxyType({key: texts[at] for key, texts in by_key.items()})
            for at, language in enumerate(LANGUAGES)
        }
    )


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows below the head, each with the line it ends on."""
    try:
        with path.open(encoding="utf-8", newline="") as source:
            reader = csv.reader(source, strict=True)
            if tuple(next(reader, ())) != _HEAD:
                raise WordsInvalid(path.name, 1, "", f"the columns are not {','.join(_HEAD)}")
            for row in reader:
                yield reader.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise WordsInvalid(path.name, 0, "", f"cannot be read ({type(fault).__name__})") from fault


def _checked(row: list[str]) -> tuple[str, str | None]:
    """The key of a row, and what is wrong with the row, None where nothing is."""
    key = row[0] if row else ""
    if len(row) != len(_HEAD):
        return key, f"has {len(row)} cells, not {len(_HEAD)}"
    for column, cell in zip(_HEAD, row, strict=True):
        if not cell:
            return key, f"lacks {column}"
        if cell != cell.strip() or not cell.isprintable():
            return key, f"{column} begins or ends with a blank, or holds a line break or control character"
    return key, None
