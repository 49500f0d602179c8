"""What assertions may say, and which permissions each step needs: `config/permissions.toml`, `config/roles.csv`.

How long ago a professional may have signed in is policy (`config/policies.toml`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field, ValidationError

from gateway.configuration.closed import ClosedTable, told
from gateway.configuration.errors import SettingsError
from gateway.configuration.layers import read_csv
from gateway.configuration.settings import Settings
from trust.saml.tables import PermissionMatrix, SamlTables


class _AssertionRules(ClosedTable):
    role_code_system: str
    purpose_code_system: str
    purposes: frozenset[str] = Field(min_length=1)
    facility_types: frozenset[str] = Field(min_length=1)
    roles_on_behalf: frozenset[str]
    audiences: frozenset[str] = Field(min_length=1)
    name_formats: frozenset[str] = Field(min_length=1)
    hcp_class_refs: frozenset[str] = Field(min_length=1)
    trc_class_refs: frozenset[str] = Field(min_length=1)


class _Permission(ClosedTable):
    transactions: tuple[str, ...] = Field(min_length=1)
    class_codes: tuple[str, ...] = Field(min_length=1)
    permissions: frozenset[str] = Field(min_length=1)
    role_display: bool
    source: str = Field(min_length=1)


class _PermissionsFile(ClosedTable):
    assertion: _AssertionRules
    permission: tuple[_Permission, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Agreements:
    """The tables, each in the shape its reader takes."""

    saml: SamlTables
    permissions: PermissionMatrix
    national_roles: Mapping[str, str]
    """ISCO code to Volven 9060."""


def read_agreements(settings: Settings) -> Agreements:
    """All of both files. Raises SettingsError naming what is wrong."""
    file = _read(settings.tables["permissions"])
    roles = read_csv(settings.files["roles"], ("isco", "display", "national_9060", "source"))
    _check_roles(roles)
    matrix: dict[tuple[str, str], frozenset[str]] = {}
    for row in file.permission:
        for transaction in row.transactions:
            for class_code in row.class_codes:
                if (transaction, class_code) in matrix:
                    raise SettingsError(f"permissions.toml: two rows for {transaction} {class_code!r}")
                matrix[transaction, class_code] = row.permissions
    said = file.assertion
    saml = SamlTables(
        roles={row["isco"]: row["display"] for row in roles},
        roles_on_behalf=said.roles_on_behalf,
        role_code_system=said.role_code_system,
        purposes=said.purposes,
        purpose_code_system=said.purpose_code_system,
        facility_types=said.facility_types,
        hcp_class_refs=said.hcp_class_refs,
        trc_class_refs=said.trc_class_refs,
        name_formats=said.name_formats,
        audiences=said.audiences,
        longest_since_authentication=settings.policies.longest_since_authentication,
    )
    return Agreements(saml, matrix, {row["isco"]: row["national_9060"] for row in roles})


def _check_roles(roles: list[dict[str, str]]) -> None:
    seen: set[str] = set()
    for number, row in enumerate(roles, start=2):
        if not re.fullmatch(r"[0-9]{1,4}", row["isco"]) or row["isco"] in seen:
            raise SettingsError(f"roles.csv, line {number}: isco: no ISCO code, or said before")
        if empty := [name for name, value in row.items() if not value]:
            raise SettingsError(f"roles.csv, line {number}: {', '.join(empty)}: an empty field")
        seen.add(row["isco"])


def _read(table: Mapping[str, Any]) -> _PermissionsFile:
    try:
        return _PermissionsFile.model_validate(table)
    except ValidationError as fault:
        raise SettingsError(f"permissions.toml: {told(fault)}") from fault
