"""Why a database cannot be used, in words, of the table beside this module (`causes.toml`)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

TABLE: Final = Path(__file__).with_name("causes.toml")
_OTHER: Final = "other"


@cache
def _rows() -> Mapping[str, tuple[str, str]]:
    return {code: (what, next_step) for code, (what, next_step) in tomllib.loads(TABLE.read_text("utf-8")).items()}


def cause_in_words(cause: str) -> tuple[str, str]:
    """What is wrong, and the next step, of ``StoreUnavailable.cause``: ``Class/CODE`` of the driver's error, or a word.

    Neither ends with a full stop. The code counts before the class.
    """
    names, rows = cause.split("/"), _rows()
    what, next_step = next((rows[name] for name in reversed(names) if name in rows), rows[_OTHER])
    return what.format(code=names[-1] or "no code"), next_step
