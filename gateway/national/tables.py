"""The national adapters' tables from `config/`."""

import re
from pathlib import Path

from gateway.configuration.closed import read_as_settings
from gateway.configuration.errors import SettingsError
from gateway.configuration.layers import read_csv
from transformers.norway.code_systems import CodeSystems

_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
_COLUMNS = ("uri", "oid", "name", "source")


def read_code_systems(config: Path) -> CodeSystems:
    """`national_code_systems.csv`; raises SettingsError for other columns, an empty field or a URI given twice."""
    path = config / "national_code_systems.csv"
    table = read_csv(path, _COLUMNS)
    for number, row in enumerate(table, start=2):
        if empty := [column for column in _COLUMNS if not row[column]]:
            raise SettingsError(f"{path.name}, line {number}: {', '.join(empty)}: an empty field")
        if not _OID.fullmatch(row["oid"]):
            raise SettingsError(f"{path.name}, line {number}: oid: not a dotted OID")
    return read_as_settings(path, lambda: CodeSystems.from_rows(table))
