"""How the views of statements become text: one Jinja environment for their templates, the same for the same views.

A template decides nothing. What XML 1.0 cannot hold is refused before anything is printed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, partial
from operator import attrgetter
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from jinja2 import FileSystemLoader, StrictUndefined

from transformers.cda.errors import CharacterForbidden
from transformers.cda.statements.parts import COMMENT, print_words
from transformers.cda.template_code import TemplateEnvironment
from transformers.cda.types import elements
from transformers.cda.types.people import print_organisation, print_performer
from transformers.model.finding import Report

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Written:
    """The document and what deserves a word about it: unmapped codes, what only the narrative carries."""

    content: bytes
    report: Report


def render(template: str, **views: object) -> str:
    """The text of a template's file name below ``templates/`` with its views."""
    return _environment().get_template(template).render(**views)


@cache
def _environment() -> TemplateEnvironment:
    """``p`` in every template are the functions of the data types, and the macros of observations."""
    environment = TemplateEnvironment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=False,
        auto_reload=False,
        cache_size=-1,
    )
    functions = SimpleNamespace(
        code=elements.code,
        id=elements.ident,
        text=elements.reference,
        comment=partial(print_words, COMMENT),
        interval=elements.interval,
        quantity=elements.quantity,
        organisation=print_organisation,
        performer=print_performer,
    )
    environment.globals["p"] = functions
    functions.observation = vars(environment.get_template("parts.xml.j2").module)["observation"]
    return environment


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
