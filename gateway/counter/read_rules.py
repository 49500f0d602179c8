"""`config/counter.toml`, typed and closed: restrictions, who reports, and how long a foreign prescription is kept."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import Field

from gateway.configuration.closed import ClosedTable, form, read_as_settings
from gateway.counter.rules import CounterRules, DispensingRestriction, ReportingAgreement
from transformers.words import Language

_Given = Annotated[str, Field(min_length=1)]
_Atc = Annotated[str, form("[A-Z][0-9][0-9]([A-Z]([A-Z]([0-9][0-9])?)?)?", "an ATC code or its beginning")]
_Form = Annotated[str, form("[0-9]{1,4}", "a code of Volven 7448")]
_HerId = Annotated[str, form("[1-9][0-9]{0,8}", "a HER-id")]


class _CounterTable(ClosedTable):
    retention_days: Annotated[int, Field(ge=1, le=3650)]


class _RestrictionRow(ClosedTable):
    id: Annotated[str, form("[a-z][a-z0-9-]*", "a lower-case id")]
    atc: Annotated[tuple[_Atc, ...], Field(min_length=1)]
    forms: tuple[_Form, ...] = ()
    may_pass: bool
    source: _Given
    checked: date
    nb: _Given
    nn: _Given
    en: _Given


class _AgreementRow(ClosedTable):
    her_id: _HerId
    reference: _Given
    valid_from: date


class _CounterFile(ClosedTable):
    counter: _CounterTable
    restriction: tuple[_RestrictionRow, ...]
    agreement: tuple[_AgreementRow, ...] = ()


def read_rules(table: Mapping[str, Any]) -> CounterRules:
    """The parsed `counter.toml`. Raises ``ValueError`` (pydantic's among them) that names keys and rows."""
    read = _CounterFile.model_validate(table)
    for what, keys in (
        ("restriction", [row.id for row in read.restriction]),
        ("agreement", [row.her_id for row in read.agreement]),
    ):
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"{what}: two rows of {', '.join(twice)}")
    return CounterRules(
        tuple(_restriction(row) for row in read.restriction),
        MappingProxyType(
            {row.her_id: ReportingAgreement(row.her_id, row.reference, row.valid_from) for row in read.agreement}
        ),
        timedelta(days=read.counter.retention_days),
    )


def counter_rules(table: Mapping[str, Any], path: Path) -> CounterRules:
    """`read_rules` of the file at ``path``. Raises SettingsError that names file and key, in one line."""
    return read_as_settings(path, lambda: read_rules(table))


def _restriction(row: _RestrictionRow) -> DispensingRestriction:
    words: dict[Language, str] = {"nb": row.nb, "nn": row.nn, "en": row.en}
    forms, said = frozenset(row.forms), MappingProxyType(words)
    return DispensingRestriction(row.id, row.atc, forms, row.may_pass, row.source, row.checked, said)
