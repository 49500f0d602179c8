"""The types of what countries agreed on as data, and whether a caller may do a thing. Values are in config/.

eHDSI XUA revision 19 and the permission tables of its transactions (HL7 RBAC permission catalogue codes).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from trust.saml.model import VerifiedCaller


@dataclass(frozen=True, slots=True)
class SamlTables:
    """Which values assertions may carry. ``config/permissions.toml`` [assertion] and ``config/roles.csv``."""

    roles: Mapping[str, str]
    """ISCO code to display name, for every role that is accepted."""
    roles_on_behalf: frozenset[str]
    """Roles that are accepted only on behalf of another role (clerical staff)."""
    role_code_system: str
    purposes: frozenset[str]
    purpose_code_system: str
    facility_types: frozenset[str]
    """Compared without regard to case."""
    hcp_class_refs: frozenset[str]
    trc_class_refs: frozenset[str]
    """Of TRC and NOK assertions."""
    name_formats: frozenset[str]
    audiences: frozenset[str]
    longest_since_authentication: timedelta
    """How long ago the professional may have signed in; ``config/policies.toml``."""


PermissionMatrix = Mapping[tuple[str, str], frozenset[str]]
"""(transaction, class code; empty where the transaction has none) to the permissions needed, all of them."""


def permission_missing(
    matrix: PermissionMatrix, transaction: str, class_code: str, caller: VerifiedCaller
) -> frozenset[str]:
    """The permissions this step needs and the caller's HCP assertion lacks; empty when it may go on.

    A step without a row is refused by KeyError: nobody said what it needs.
    """
    return matrix[transaction, class_code] - caller.hcp.permissions
