"""How views become bytes: one Jinja environment for every template, UTF-8 without BOM, the same for the same views.

A template decides nothing. What XML 1.0 cannot hold is refused before anything is printed.
"""

import re
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from transformers.cda.errors import CharacterForbidden
from transformers.model.finding import Report

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Written:
    """The document and what deserves a word about it: unmapped codes, what only the narrative carries."""

    content: bytes
    report: Report


def render(template: str, **views: object) -> bytes:
    """The bytes of a template's file name below ``templates/`` with its views."""
    return _environment().get_template(template).render(**views).encode()


@cache
def _environment() -> Environment:
    """``p`` in every template are the macros of the data types."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=False,
        auto_reload=False,
    )
    environment.globals["p"] = environment.get_template("parts.xml.j2").module
    return environment


def refuse_forbidden_characters(pivot: object) -> None:
    """Raises CharacterForbidden. One pass over all texts; the path is sought only when one of them is to be refused."""
    texts: list[str] = []
    stack: list[object] = [pivot]
    while stack:
        value = stack.pop()
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, tuple):
            stack.extend(value)
        elif value is not None:
            kind: type = type(value)
            stack.extend(getattr(value, name) for name in _members(kind))
    if _FORBIDDEN.search("\n".join(texts)):
        raise CharacterForbidden(_path_of_forbidden(pivot, "") or "")


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
