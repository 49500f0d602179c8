"""Is one assertion in force now, and are its values ones that countries agreed on.

eHDSI XUA revision 19. Audience: every AudienceRestriction must name cross-border use, and there must be one, for an
assertion without it may have been made for something else; a country's tolerance alone lets it be left out.
"""

import string
from datetime import datetime

from trust.errors import (
    AssertionExpired,
    AssertionNotYetValid,
    AssertionWindowTooLong,
    AudienceWrong,
    AuthenticatedInFuture,
    AuthenticatedTooLongAgo,
    AuthenticationTooWeak,
    FacilityTypeUnknown,
    FieldInvalid,
    FieldMissing,
    IssuedInFuture,
    IssuedOutsideWindow,
    PurposeUnknown,
    RoleUnknown,
)
from trust.saml import vocabulary as names
from trust.saml.model import Assertion, HcpAssertion, TrcAssertion
from trust.saml.tables import SamlTables
from trust.saml.tolerances import ToleratedDeviations


def check_window(kind: str, assertion: Assertion, now: datetime) -> None:
    """In force at ``now``, give or take a minute of skew, and for no longer than its kind may be."""
    if assertion.not_on_or_after <= assertion.not_before:
        raise FieldInvalid(kind, "Conditions/@NotOnOrAfter")
    if assertion.not_on_or_after - assertion.not_before > names.LONGEST[kind]:
        raise AssertionWindowTooLong(kind)
    if now < assertion.not_before - names.SKEW:
        raise AssertionNotYetValid(kind)
    if now >= assertion.not_on_or_after + names.SKEW:
        raise AssertionExpired(kind)


def check_instants(kind: str, assertion: Assertion, tables: SamlTables, now: datetime) -> None:
    """Issued by now and for the window it states; signed in before that, and no longer ago than policy lets.

    SAML 2.0 core 2.2.2 (IssueInstant), 2.7.2 (AuthnInstant). IssueInstant and NotOnOrAfter are of one clock, so no skew
    lies between them.
    """
    if assertion.issued_at > now + names.SKEW:
        raise IssuedInFuture(kind)
    if not assertion.not_before - names.SKEW <= assertion.issued_at < assertion.not_on_or_after:
        raise IssuedOutsideWindow(kind)
    if assertion.authenticated_at > min(assertion.issued_at, now) + names.SKEW:
        raise AuthenticatedInFuture(kind)
    if now - assertion.authenticated_at > tables.longest_since_authentication + names.SKEW:
        raise AuthenticatedTooLongAgo(kind)


def check_common(kind: str, assertion: Assertion, tables: SamlTables, tolerated: ToleratedDeviations) -> None:
    """Audience, authentication and name format, of any kind."""
    if not assertion.audiences and not tolerated.tolerates("no-audience"):
        raise FieldMissing(kind, "Conditions/AudienceRestriction")
    if not all(named & tables.audiences for named in assertion.audiences):
        raise AudienceWrong(kind)
    if assertion.class_ref not in (tables.hcp_class_refs if kind == names.HCP else tables.trc_class_refs):
        raise AuthenticationTooWeak(kind)
    if assertion.name_id.format not in tables.name_formats:
        raise FieldInvalid(kind, "Subject/NameID/@Format")


def check_hcp(hcp: HcpAssertion, tables: SamlTables, *, needs_role_display: bool) -> None:
    """Role, purpose and facility type. ``needs_role_display``: the role's display name must fit its code (ITI-55)."""
    if hcp.role not in tables.roles:
        raise RoleUnknown(names.HCP)
    display = hcp.role_display
    if needs_role_display and (display is None or _lower(display) != _lower(tables.roles[hcp.role])):
        raise RoleUnknown(names.HCP)
    if hcp.role in tables.roles_on_behalf and (
        hcp.on_behalf_of not in tables.roles or hcp.on_behalf_of in tables.roles_on_behalf
    ):
        raise RoleUnknown(names.HCP)
    if hcp.purpose not in tables.purposes:
        raise PurposeUnknown(names.HCP)
    if _lower(hcp.facility_type) not in {_lower(known) for known in tables.facility_types}:
        raise FacilityTypeUnknown(names.HCP)


_LOWER = {ord(letter): letter.lower() for letter in string.ascii_uppercase}


def _lower(text: str) -> str:
    """A to Z in small letters, and nothing else: a long s (U+017F) is no s, and a Kelvin sign no k."""
    return text.translate(_LOWER)


def check_trc(trc: TrcAssertion, tables: SamlTables) -> None:
    """The purpose, when it states one."""
    if trc.purpose is not None and trc.purpose not in tables.purposes:
        raise PurposeUnknown(names.TRC)
