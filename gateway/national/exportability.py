"""`config/exportability.toml`, typed and closed: which prescriptions may cross a border, as `ExportPolicy`.

A reason without a row, a row twice or of no reason, and a mandatory rule switched off are errors before any call.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from gateway.configuration.closed import ClosedTable, form, read_as_settings
from transformers.norway.exportable import ExportBar, ExportPolicy, Reason

Given = Annotated[str, Field(min_length=1)]
Atc = Annotated[str, form("[A-Z]([0-9][0-9]([A-Z]([A-Z]([0-9][0-9])?)?)?)?", "an ATC code or its beginning")]


class _ReasonRow(ClosedTable):
    id: ExportBar
    applies: bool
    legal_source: Given
    nb: Given
    en: Given


class _Table(ClosedTable):
    scheduled: tuple[Atc, ...]


class _ExportabilityFile(ClosedTable):
    exportability: _Table
    reason: tuple[_ReasonRow, ...]


def read_exportability(table: Mapping[str, Any]) -> ExportPolicy:
    """The parsed `exportability.toml`; raises ``ValueError`` (pydantic's among them) naming keys and rows."""
    read = _ExportabilityFile.model_validate(table)
    repeated = {row.id for row in read.reason if sum(other.id is row.id for other in read.reason) > 1}
    if repeated:
        raise ValueError(f"rules with two rows: {', '.join(sorted(repeated))}")
    return ExportPolicy(
        {row.id: Reason(row.id, row.applies, row.legal_source, row.nb, row.en) for row in read.reason},
        read.exportability.scheduled,
    )


def export_policy(table: Mapping[str, Any], path: Path) -> ExportPolicy:
    """`read_exportability` of the file at ``path``. Raises SettingsError naming file and key, of one line."""
    return read_as_settings(path, lambda: read_exportability(table))
