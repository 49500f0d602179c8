"""The national adapters' tables from `config/`."""

import csv
from pathlib import Path

from transformers.norway.code_systems import CodeSystems

_COLUMNS = ["uri", "oid", "name", "source"]


def read_code_systems(config: Path) -> CodeSystems:
    """`national_code_systems.csv`; raises ``ValueError`` for another header, an empty field or a URI given twice."""
    with (config / "national_code_systems.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if rows.fieldnames != _COLUMNS:
            raise ValueError("national_code_systems.csv has the columns uri, oid, name, source")
        table = list(rows)
    if any(not all(row.get(column) for column in _COLUMNS) for row in table):
        raise ValueError("national_code_systems.csv has a row with an empty field")
    return CodeSystems.from_rows(table)
