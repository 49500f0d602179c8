"""How configuration is put together before it has a type: which files there are, and the environment laid over them.

Shipped `config/` < directory NCPEH_CONFIG < environment NCPEH_<TABLE>__<KEY>. An unknown file or table stops the start.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from gateway.configuration.closed import parsed_toml, told
from gateway.configuration.errors import SettingsError
from gateway.configuration.shipped import shipped

_NOT_TABLES = {"NCPEH_CONFIG", "NCPEH_STATE", "NCPEH_ARTEFACTS", "NCPEH_FAILPOINT"} | {
    f"NCPEH_{switch}"  # of the tests
    for switch in ("REQUIRE_ALL", "PROVE", "SEED")
}
_TOML = (
    "node",
    "countries",
    "policies",
    "national",
    "permissions",
    "refusals",
    "document_types",
    "exportability",
    "counter",
)
_CSV = ("roles", "national_code_systems", "fhir_systems")
_FOLDERS = ("terminology",)
T = TypeVar("T", bound=BaseModel)


def configuration_files(overlay: Path | None) -> dict[str, Path]:
    """The files of `config/` by name without suffix, those in ``overlay`` instead where it has them.

    Raises SettingsError for a file that nobody knows.
    """
    known = {f"{n}.toml" for n in _TOML} | {f"{n}.csv" for n in _CSV} | set(_FOLDERS)
    home = shipped("config")
    found = {Path(name).stem: home / name for name in known}
    if overlay is None:
        return found
    if not overlay.is_dir():
        raise SettingsError(f"NCPEH_CONFIG: {overlay} is not a directory")
    for entry in sorted(overlay.iterdir()):
        if entry.name not in known:
            raise SettingsError(f"{entry}: unknown configuration file; known are {', '.join(sorted(known))}")
        found[entry.stem] = entry
    return found


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return parsed_toml(path.read_bytes().decode())
    except (OSError, ValueError) as fault:
        raise SettingsError(f"{path}: {fault}") from fault


def parsed_files(files: Mapping[str, Path]) -> dict[str, dict[str, Any]]:
    """The parsed TOML files by name. Raises SettingsError."""
    return {name: _read_toml(files[name]) for name in _TOML}


def tables_in_layers(files: Mapping[str, Path], env: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The parsed TOML files by name, with the environment laid over them. Raises SettingsError."""
    tables = parsed_files(files)
    _lay_environment_over(tables, env)
    return tables


@dataclass(frozen=True, slots=True)
class EnvironmentKey:
    """A variable of the environment, and the key that it sets: a file by name, and the path in it."""

    variable: str
    file: str
    path: tuple[str, ...]


def environment_keys(tables: Mapping[str, Mapping[str, Any]], env: Mapping[str, str]) -> Iterator[EnvironmentKey]:
    """The keys that the environment sets, in the order of its names. Raises SettingsError for a table nobody knows."""
    homes = {table.upper(): (file, table) for file, content in tables.items() for table in content}
    for name in sorted(env):
        if not name.startswith("NCPEH_") or name in _NOT_TABLES:
            continue
        table, _, key = name.removeprefix("NCPEH_").partition("__")
        if table not in homes or not key:
            raise SettingsError(f"environment {name}: no such table; form is NCPEH_<TABLE>__<KEY>")
        file, table_name = homes[table]
        yield EnvironmentKey(name, file, (table_name, *key.lower().split("__")))


def _lay_environment_over(tables: dict[str, dict[str, Any]], env: Mapping[str, str]) -> None:
    for one in list(environment_keys(tables, env)):
        name, file = one.variable, one.file
        table_name, *outer, last = one.path
        target = tables[file][table_name]
        for step in outer:
            target = target.get(step) if isinstance(target, dict) else None
        if not isinstance(target, dict):
            raise SettingsError(f"environment {name}: no such table in {file}.toml")
        target[last] = _value(env[name], target.get(last))  # a key nobody knows is refused where the table is read


def _value(text: str, instead_of: object) -> object:
    if isinstance(instead_of, list | dict):
        try:
            return json.loads(text)
        except json.JSONDecodeError as fault:
            raise SettingsError("environment: a list or table is written as JSON") from fault
    return text


def read_table(kind: type[T], table: Mapping[str, Any], path: Path) -> T:
    """A parsed file as its type. Raises SettingsError naming file, table and key."""
    try:
        return kind.model_validate(table)
    except ValidationError as fault:
        raise SettingsError(f"{path}: {told(fault)}") from fault


def read_csv(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows of a CSV table (UTF-8, comma, header) that has exactly these columns. Raises SettingsError."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            names, rows = tuple(reader.fieldnames or ()), list(reader)
    except (OSError, ValueError, csv.Error) as fault:
        raise SettingsError(f"{path.name}: {fault}") from fault
    if names != columns:
        raise SettingsError(f"{path.name}: columns are {list(names)}, expected {list(columns)}")
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise SettingsError(f"{path.name}, line {number}: wrong number of fields")
    return rows
