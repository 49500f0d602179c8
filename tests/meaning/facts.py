"""A value of the pivot as plain facts, name and text, to be held against a row of the table.

Read by the shape of dataclasses alone, not by our classes: what is told is every member that says something, but for
ids made by a reader and where a statement came from.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

from tests.meaning.table import Meaning

_PASSED_OVER = frozenset({"id", "provenance", "map_entry", "narrative", "doubts", "source"})


def facts_of(value: Any, skip: frozenset[str] = _PASSED_OVER) -> dict[str, str]:
    """Every fact of a value, by its path."""
    found = dict(_facts(value, "", skip))
    plain = found.pop("dosage.period", None)  # a summary's name for a lone "every": the same rule as a prescription's
    return found if plain is None else {**found, "dosage.timings.0.period": plain}


def _facts(value: Any, path: str, skip: frozenset[str]) -> Iterator[tuple[str, str]]:
    if value is None or value is False or value in ((), ""):
        return
    plain = _plain(value)
    if path.endswith(".event"):
        yield f"{path}.system", str(value.system)
    if plain is not None:
        yield path, plain
    elif isinstance(value, tuple):
        for index, one in enumerate(value):
            yield from _facts(one, f"{path}.{index}", skip)
    elif is_dataclass(value):
        for one in fields(value):
            if one.name not in skip:
                yield from _facts(getattr(value, one.name), f"{path}.{one.name}".lstrip("."), skip)
    else:
        yield path, re.sub(r" ?([–:]) ?", r"\1", str(value))


def _plain(value: Any) -> str | None:
    """A value that is one word: a code, a quantity, a moment, a period, an id, a name."""
    match type(value).__name__:
        case "Coded":
            return _code(value)
        case "Coding":
            return str(value.code)
        case "Quantity":
            return _number(value.value) + ("" if value.unit is None else f" {_code(value.unit)}")
        case "Moment":
            return str(value.iso)
        case "Period":
            return "" if value.start is None and value.end is None else f"{_iso(value.start)}..{_iso(value.end)}"
        case "Identifier":
            return value.root if value.extension is None else f"{value.root}^{value.extension}"
        case "Name" | "Professional" | "Organisation":
            return _named(value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Decimal):
        return _number(value)
    return "yes" if value is True else None


def _named(value: Any) -> str:
    if hasattr(value, "plain"):
        return str(value.plain())
    name = value.name
    return "?" if name is None else name if isinstance(name, str) else name.plain()


def _code(value: Any) -> str:
    """The European code, else the source's own, else its words."""
    stated = value.target or value.original
    return f'"{value.text}"' if stated is None else str(stated.code)


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _iso(moment: Any) -> str:
    return "" if moment is None else str(moment.iso)


_STATES = {"Present": "present", "NotReadable": "not-readable", "NoInformation": "no-information"}


def meaning_of(section: Any) -> Meaning:
    """A section of a summary as the table writes it."""
    kind = type(section).__name__
    kept = tuple(sorted(str(one.why.value) for one in getattr(section, "unread", ())))
    if kind == "KnownAbsent":
        scope = "" if section.scope is None else f" ({section.scope})"
        return Meaning(f"none: {section.kind}{scope}", (), kept)
    entries = getattr(section, "entries", ())
    return Meaning(_STATES[kind], tuple(_without_empty(facts_of(one)) for one in entries), kept)


def of_one(value: Any) -> Meaning:
    """A document that tells of one thing, as the table writes it; its id is the sender's and a fact."""
    return Meaning("present", (_without_empty(facts_of(value, _PASSED_OVER - {"id"})),))


def _without_empty(found: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in found.items() if text}
