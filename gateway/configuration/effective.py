"""The configuration as it is in force, value by value: what it is, where it comes from, what was shipped instead.

Shipped `config/` < a file in NCPEH_CONFIG, which replaces the shipped one whole < environment. Secrets are masked:
nothing of `config/` is one, but an address may carry a password.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from gateway.configuration.layers import (
    EnvironmentKey,
    configuration_files,
    environment_keys,
    parsed_files,
    tables_in_layers,
)
from gateway.configuration.stated import StatedValue, stated_keys, stated_values

_PASSWORD: Final = re.compile(r"(://[^/@\s:]*:)\S*(?=@)|([?&]\w*password=)[^&\s]*")
_SECRET: Final = re.compile(r"(password|passphrase|secret|token)$")
_BARE: Final = re.compile(r"true|false|-?[0-9]+")
MASK: Final = "***"


class ConfigurationLayer(StrEnum):
    """Where a value comes from."""

    SHIPPED = "shipped"
    OWN = "own file"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class EffectiveValue:
    """A value in force, as it may be shown."""

    file: str
    """Its file by name without suffix: ``node``."""
    key: str
    """Dotted; a row of a table by what tells it apart: ``country.PT.wave``."""
    value: str
    """As it is written, texts in quotes; secrets masked."""
    origin: ConfigurationLayer
    where: str
    """File and line, or the variable of the environment."""


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A value that differs from what is shipped; None where it is not there."""

    file: str
    key: str
    shipped: str | None
    in_force: str | None
    where: str


def effective_values(env: Mapping[str, str]) -> list[EffectiveValue]:
    """Every value of the TOML files in force, in their order. Raises SettingsError for what cannot be read."""
    files = _files(env)
    parsed, tables = parsed_files(files), tables_in_layers(files, env)
    set_by = list(environment_keys(parsed, env))
    return [one for name, table in tables.items() for one in _of_file(name, files[name], table, set_by)]


def changes(env: Mapping[str, str]) -> list[ValueChange]:
    """What in force differs from what is shipped, values of TOML files and files of tables. Raises SettingsError."""
    files, shipped = _files(env), configuration_files(None)
    before = {(name, one.name): _shown(one) for name, one in _values(parsed_files(shipped))}
    after = {(one.file, one.key): one for one in effective_values(env)}
    found = []
    for file, key in dict.fromkeys((*before, *after)):
        old, new = before.get((file, key)), after.get((file, key))
        if new is None or new.value != old:
            where = new.where if new is not None else str(files[file])
            found.append(ValueChange(file, key, old, None if new is None else new.value, where))
    tables = [name for name, path in files.items() if path.suffix != ".toml" and _differs(path, shipped[name])]
    return [*found, *(ValueChange(name, "", str(shipped[name]), str(files[name]), str(files[name])) for name in tables)]


def own_files(env: Mapping[str, str]) -> dict[str, bool]:
    """Each file and folder of the configuration, and whether it is the node's own. Raises SettingsError."""
    shipped = configuration_files(None)
    return {str(path): path != shipped[name] for name, path in _files(env).items()}


def _files(env: Mapping[str, str]) -> dict[str, Path]:
    return configuration_files(Path(env["NCPEH_CONFIG"]).absolute() if env.get("NCPEH_CONFIG") else None)


def _of_file(name: str, path: Path, table: Mapping[str, Any], set_by: list[EnvironmentKey]) -> Iterator[EffectiveValue]:
    lines = {one.path: one.line for one in stated_keys(path.read_text("utf-8"))}
    variables = {".".join(one.path): one.variable for one in set_by if one.file == name}
    own = path != configuration_files(None)[name]
    for one in stated_values(table):
        variable = next((variables[above] for above in _above(one.path) if above in variables), None)
        if variable is not None:
            yield EffectiveValue(name, one.name, _shown(one), ConfigurationLayer.ENVIRONMENT, variable)
        else:
            where = f"{path}:{lines[one.path]}"
            yield EffectiveValue(
                name, one.name, _shown(one), ConfigurationLayer.OWN if own else ConfigurationLayer.SHIPPED, where
            )


def _above(path: str) -> Iterator[str]:
    """The path and those of the tables around it: a variable may set a whole table."""
    parts = path.split(".")
    return (".".join(parts[:length]) for length in range(len(parts), 0, -1))


def _values(parsed: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, StatedValue]]:
    return ((name, one) for name, table in parsed.items() for one in stated_values(table))


def _shown(one: StatedValue) -> str:
    """As it is written; the environment's texts that are numbers or truth values as those."""
    if _SECRET.search(one.path):
        return MASK
    if isinstance(one.value, str):
        text = _PASSWORD.sub(lambda found: f"{found[1] or found[2]}{MASK}", one.value)
        return text if _BARE.fullmatch(text) else json.dumps(text, ensure_ascii=False)
    return json.dumps(one.value, ensure_ascii=False, default=str)


def _differs(one: Path, other: Path) -> bool:
    if one == other:
        return False
    if one.is_dir():
        names = {path.relative_to(folder) for folder in (one, other) for path in folder.rglob("*") if path.is_file()}
        return any(_bytes(one / name) != _bytes(other / name) for name in names)
    return _bytes(one) != _bytes(other)


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
