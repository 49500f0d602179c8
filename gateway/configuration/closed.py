"""Tables of `config/` are closed: a key that nobody knows stops the start, and what was read does not change."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

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
    return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in fault.errors())


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
