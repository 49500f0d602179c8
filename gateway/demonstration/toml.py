"""Configuration files for the demo's nodes: a shipped table with some values replaced, written as TOML."""

import json
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as plain values."""
    with path.open("rb") as source:
        return tomllib.load(source)


def write_toml(path: Path, tables: Mapping[str, Any]) -> None:
    """Write tables of strings, numbers, booleans, dates, lists, tables and arrays of tables."""
    path.write_text("\n".join(_lines(tables, ())) + "\n", "utf-8")


def merged(table: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The table with ``changes`` laid over it, table by table."""
    result = dict(table)
    for key, value in changes.items():
        known = result.get(key)
        result[key] = merged(known, value) if isinstance(known, dict) and isinstance(value, Mapping) else value
    return result


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    plain = {k: v for k, v in table.items() if not isinstance(v, Mapping) and not _is_rows(v)}
    lines = [f"[{_name(path)}]"] if path and (plain or not table) else []
    lines += [f"{_key(k)} = {_value(v)}" for k, v in plain.items()]
    for key, value in table.items():
        if isinstance(value, Mapping):
            lines += ["", *_lines(value, (*path, key))]
        elif _is_rows(value):
            for row in value:
                lines += ["", f"[[{_name((*path, key))}]]", *(f"{_key(k)} = {_value(v)}" for k, v in row.items())]
    return lines


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _name(path: tuple[str, ...]) -> str:
    return ".".join(_key(step) for step in path)


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else json.dumps(key)


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)
