"""Tables of `config/` are closed: a key that nobody knows stops the start, and what was read does not change."""

from pydantic import BaseModel, ConfigDict


class ClosedTable(BaseModel):
    """A table of TOML; a text that stands for a number, a duration or a path is read as one."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StrictTable(ClosedTable):
    """A closed table whose values have the very type that is stated, without conversion."""

    model_config = ConfigDict(strict=True)
