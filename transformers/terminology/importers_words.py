"""Words of a national language for codes that a release has, from the files that an operator may use.

Which files, with the version and the licence of each, stands in a table of the operator's (TOML, `WORDS_KEYS`). Three
kinds are read: ``table`` (CSV, as lists are exported: ICD-10, ICPC-2, EDQM's translations), ``snomed-rf2`` (SNOMED CT
RF2: a snapshot of descriptions and of a language reference set) and ``fest`` (M30: names of ATC codes). A word stands
for the very code alone: one of a national subcode, or of a code the release lacks, is left out, never given to a
neighbour. A code with two texts has none.
"""

import csv
import hashlib
import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from transformers.norway.code_systems import CodeSystems
from transformers.norway.errors import Malformed, UnknownVersion
from transformers.norway.read_fest_m30 import read_fest
from transformers.terminology.errors import PackageUnreadable, RowMalformed, SystemUnknown, TableUnreadable
from transformers.terminology.rows import Content, Facts, Oddity, Source

ATC: Final = "2.16.840.1.113883.6.73"
SNOMED: Final = "2.16.840.1.113883.6.96"
_SYNONYM, _PREFERRED = "900000000000013009", "900000000000548007"
"""SNOMED CT: type of a description, and the acceptability of the preferred one (RF2, 5.2.1.3 and 5.2.2.4)."""
_DESCRIPTION: Final = ("id", "active", "conceptId", "languageCode", "typeId", "term")
_ACCEPTED: Final = ("active", "refsetId", "referencedComponentId", "acceptabilityId")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_ICD: Final = re.compile(r"([A-Z][0-9]{2})([0-9]+)")
WORDS_KEYS: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = {
    "table": (frozenset({"file", "system", "code", "text"}), frozenset({"separator", "undotted", "encoding"})),
    "snomed-rf2": (frozenset({"file", "accepted", "refset"}), frozenset()),
    "fest": (frozenset({"file"}), frozenset()),
}
"""By kind of file: the keys that it must have and those that it may have, beside those that each has (`_ALWAYS`)."""
_ALWAYS: Final = frozenset({"kind", "name", "language", "version", "licence"})


@dataclass(frozen=True, slots=True)
class WordsSource:
    """One row of the operator's table, checked; files are beside it."""

    kind: str
    name: str
    language: str
    version: str
    licence: str
    more: Mapping[str, str]
    folder: Path

    def path(self, key: str = "file") -> Path:
        """A file that it names."""
        return self.folder / self.more[key]


def read_words_of(table: Path, facts: Facts, known: Collection[tuple[str, ...]]) -> Content:
    """The words that the files of a table have for ``known`` codes (by system and code), and what was left out.

    Raises TableUnreadable, RowMalformed, SystemUnknown and PackageUnreadable, each with the file.
    """
    content = Content()
    several: dict[tuple[str, str, str], str] = {}
    for number, source in enumerate(_sources(table), start=1):
        system, found = _READERS[source.kind](source, facts)
        kept = _kept(found, number, source, content)
        said = f"{source.name} {source.version}"
        words = {code: text for code, text in kept.items() if (system, code) in known}
        for code, text in words.items():
            key = (system, code, source.language)
            if content.designations.setdefault(key, (text, said))[0] != text:
                several[key] = source.path().name
        if len(words) < len(kept):
            what = f"{len(kept) - len(words)} codes that the release does not have"
            content.oddities.append(Oddity(source.path().name, 0, "words-unused", what, "left out"))
        files = [source.path(), *((source.path("accepted"),) if "accepted" in source.more else ())]
        digest = hashlib.sha256(b"".join(hashlib.sha256(one.read_bytes()).digest() for one in files)).hexdigest()
        content.sources.append(Source(f"{source.name}; licence: {source.licence}", source.version, "words", digest))
    for key, file in sorted(several.items()):
        del content.designations[key]
        content.oddities.append(Oddity(file, 0, "words-several", f"{key[1]} has two texts in two files", "left out"))
    return content


def _sources(table: Path) -> Iterator[WordsSource]:
    try:
        rows = tomllib.loads(table.read_text("utf-8")).get("words")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise TableUnreadable(table.name, 0) from fault
    if not isinstance(rows, list) or not rows:
        raise TableUnreadable(table.name, 0)
    for number, row in enumerate(rows, start=1):
        strings = isinstance(row, dict) and all(isinstance(value, str) and value.strip() for value in row.values())
        needed, allowed = WORDS_KEYS.get(row["kind"] if strings and "kind" in row else "", (frozenset(), frozenset()))
        if not strings or not needed or not _ALWAYS | needed <= row.keys() <= _ALWAYS | needed | allowed:
            raise RowMalformed(table.name, number)
        if not _LANGUAGE.fullmatch(row["language"]):
            raise RowMalformed(table.name, number)
        more = {key: value for key, value in row.items() if key not in _ALWAYS}
        kind, name, language, version, licence = (
            row[key] for key in ("kind", "name", "language", "version", "licence")
        )
        yield WordsSource(kind, name, language, version, licence, more, table.parent)


def _kept(found: Iterator[tuple[str, str]], number: int, source: WordsSource, content: Content) -> dict[str, str]:
    """By code its one text; a code with two has none, and that is told."""
    kept: dict[str, str] = {}
    several: set[str] = set()
    for code, text in found:
        if kept.setdefault(code, text) != text:
            several.add(code)
    for code in sorted(several):
        del kept[code]
        content.oddities.append(
            Oddity(source.path().name, number, "words-several", f"{code} has two texts", "left out")
        )
    return kept


def _of_table(source: WordsSource, facts: Facts) -> tuple[str, Iterator[tuple[str, str]]]:
    system = facts.system(source.more["system"])
    if system is None:
        raise SystemUnknown(source.path().name, 0, source.more["system"])
    undotted = source.more.get("undotted") == "yes"

    def pairs() -> Iterator[tuple[str, str]]:
        columns = (source.more["code"], source.more["text"])
        separator, encoding = source.more.get("separator", ","), source.more.get("encoding", "utf-8-sig")
        for code, text in _rows(source.path(), columns, separator, encoding, quoted=True):
            split = _ICD.fullmatch(code) if undotted else None
            yield (f"{split.group(1)}.{split.group(2)}" if split else code), text

    return system, pairs()


def _of_snomed(source: WordsSource, _facts: Facts) -> tuple[str, Iterator[tuple[str, str]]]:
    """The preferred synonym of each concept, by the language reference set that the table names."""
    wanted = source.more["refset"]
    accepted = {
        description
        for active, refset, description, how in _rows(source.path("accepted"), _ACCEPTED, "\t", "utf-8", quoted=False)
        if (active, refset, how) == ("1", wanted, _PREFERRED)
    }

    def pairs() -> Iterator[tuple[str, str]]:
        for identity, active, concept, _, kind, term in _rows(source.path(), _DESCRIPTION, "\t", "utf-8", quoted=False):
            if active == "1" and kind == _SYNONYM and identity in accepted:
                yield concept, term

    return SNOMED, pairs()


def _of_fest(source: WordsSource, _facts: Facts) -> tuple[str, Iterator[tuple[str, str]]]:
    try:
        with source.path().open("rb") as stream:
            fest, _ = read_fest(stream, CodeSystems({}, {}))
    except (OSError, Malformed, UnknownVersion) as fault:
        raise PackageUnreadable(source.path().name, 0, type(fault).__name__) from fault
    coded = (one.atc.original for one in fest.by_id.values() if one.atc is not None)
    return ATC, ((each.code.strip(), each.display.strip()) for each in coded if each is not None and each.display)


_READERS: Final[Mapping[str, Callable[[WordsSource, Facts], tuple[str, Iterator[tuple[str, str]]]]]] = {
    "table": _of_table,
    "snomed-rf2": _of_snomed,
    "fest": _of_fest,
}


class _Plain(csv.excel):
    """A quotation mark is a character like another."""

    quoting = csv.QUOTE_NONE


def _rows(
    path: Path, columns: tuple[str, ...], separator: str, encoding: str, *, quoted: bool
) -> Iterator[tuple[str, ...]]:
    """These columns of each row that has all of them filled; the first row names them."""
    number = 0
    try:
        with path.open(encoding=encoding, newline="") as stream:
            dialect = csv.excel if quoted else _Plain
            rows = csv.reader(stream, dialect, delimiter=separator, strict=quoted)
            head = next(rows, [])
            if any(column not in head for column in columns):
                raise TableUnreadable(path.name, 1)
            places = [head.index(column) for column in columns]
            for number, row in enumerate(rows, start=2):
                if len(row) != len(head):
                    raise RowMalformed(path.name, number)
                said = tuple(row[place].strip() for place in places)
                if all(said):
                    yield said
    except (OSError, UnicodeDecodeError, LookupError, csv.Error, TypeError) as fault:
        raise TableUnreadable(path.name, number) from fault
