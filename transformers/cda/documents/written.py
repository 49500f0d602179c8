"""A document as written, and what none may hold: what XML 1.0 cannot carry is refused before anything is printed."""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from operator import attrgetter
from typing import cast

from transformers.cda.errors import CharacterForbidden
from transformers.model.finding import Report

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Written:
    """The document and what deserves a word about it: unmapped codes, what only the narrative carries."""

    content: bytes
    report: Report


def refuse_forbidden_characters(pivot: object) -> None:
    """Raises CharacterForbidden. One pass over all texts; the path is sought only when one of them is to be refused."""
    texts: list[str] = []
    stack: list[object] = [pivot]
    while stack:
        value = stack.pop()
        kind: type = type(value)
        for part in value if isinstance(value, tuple) else _values(kind)(value):
            if type(part) is str:
                texts.append(part)
            elif part is not None:
                stack.append(part)
    if _FORBIDDEN.search("\n".join(texts)):
        raise CharacterForbidden(_path_of_forbidden(pivot, "") or "")


@cache
def _values(kind: type) -> Callable[[object], tuple[object, ...]]:
    """All members of a value of that type at once; nothing of what is no part of the pivot's form."""
    names = _members(kind)
    if len(names) > 1:
        return cast(Callable[[object], tuple[object, ...]], attrgetter(*names))
    return lambda value: tuple(getattr(value, name) for name in names)


def _path_of_forbidden(value: object, path: str) -> str | None:
    if isinstance(value, str):
        return path if _FORBIDDEN.search(value) else None
    if isinstance(value, tuple):
        below = [(f"{path}[{n}]", item) for n, item in enumerate(value)]
    else:
        kind: type = type(value)
        below = [(f"{path}.{name}".lstrip("."), getattr(value, name)) for name in _members(kind)]
    return next((found for where, item in below if (found := _path_of_forbidden(item, where)) is not None), None)


@cache
def _members(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
