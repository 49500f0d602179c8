"""Tables of `config/` are closed: a key that nobody knows stops the start, and what was read does not change."""

import re
import tomllib
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from gateway.configuration.errors import SettingsError

T = TypeVar("T")


class ClosedTable(BaseModel):
    """A table of TOML; a text that stands for a number, a duration or a path is read as one."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StrictTable(ClosedTable):
    """A closed table whose values have the very type that is stated, without conversion."""

    model_config = ConfigDict(strict=True)


def told(fault: ValidationError) -> str:
    """What is wrong, by key, without the values."""
    return "; ".join(f"{'.'.join(map(str, e['loc']))}: {_in_words(e)}" for e in fault.errors())


def form(pattern: str, words: str) -> AfterValidator:
    """Of a text that has the form of ``pattern`` as a whole; what it is not otherwise, in ``words``."""
    whole = re.compile(pattern)

    def formed(value: str) -> str:
        if not whole.fullmatch(value):
            raise ValueError(f"is not {words}")
        return value

    return AfterValidator(formed)


_WORDS: Final = {
    "missing": "is missing",
    "extra_forbidden": "nobody knows this key",
    "literal_error": "is none of {expected}",
    "string_too_short": "is empty",
    "value_error": "{error}",
}
"""By the library's kind of error; what is not here has the library's own words, which are plain."""


def _in_words(error: Mapping[str, Any]) -> str:
    words = _WORDS.get(error["type"])
    return str(error["msg"]) if words is None else words.format_map(error.get("ctx", {}))


def parsed_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML text, the caller's own to change. Raises ValueError.

    A start reads the same files several times over, and parsing takes ten times as long as copying.
    """
    return deepcopy(_parsed(text))


@lru_cache(maxsize=32)
def _parsed(text: str) -> dict[str, Any]:
    return tomllib.loads(text)


def read_as_settings(path: Path, read: Callable[[], T]) -> T:
    """What ``read`` makes of a file of `config/`; whatever is wrong with it is a SettingsError of one line.

    It names the file, and the key or what the table's own check says of its rows.
    """
    try:
        return read()
    except ValidationError as fault:
        raise SettingsError(f"{path.name}: {told(fault)}") from fault
    except (OSError, ValueError, KeyError) as fault:
        raise SettingsError(f"{path.name}: {' '.join(str(fault).split())}") from fault
