"""Four deviations of foreign test tools: refused each, taken where it is tolerated, and nothing weaker with them (R7).

`interop` is the assertion of such a tool with all four, as OpenNCP 8.2 and 9.1 take it.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from tests.support.callers.assertions import (
    HOME_COMMUNITIES,
    HOME_COMMUNITY,
    NOW,
    PURPOSE,
    SAML,
    Ids,
    SeenInMemory,
    call,
    envelope,
    hcp,
    nok,
    peer,
    purpose,
    trc,
)
from tests.support.callers.signatures import sealer
from trust.errors import (
    AssertionExpired,
    AssertionIdReused,
    AssertionRefused,
    AudienceWrong,
    FieldInvalid,
    FieldMissing,
    HomeCommunityDiffers,
    IssuerCountryDiffers,
    MessageRepeated,
    PurposeUnknown,
    TlsCountryDiffers,
    TrcSignerCountryDiffers,
    TrustError,
)
from trust.saml.tolerances import DEVIATIONS, Deviation

NAMELESS = {"Issuer": "urn:initgw:countryB"}
OTHER_SYSTEM = "2.16.840.1.113883.3.18.7.1"
ALL = frozenset(DEVIATIONS)
Change = Mapping[str, Any]


def no_audience(root: Any) -> None:
    conditions = root.find(f"{{{SAML}}}Conditions")
    conditions.remove(conditions.find(f"{{{SAML}}}AudienceRestriction"))


HCP: dict[str, Change] = {
    "no-audience": {"edit": no_audience},
    "home-community-without-urn": {"attributes": {HOME_COMMUNITY: HOME_COMMUNITIES["PT"]}},
    "purpose-of-another-system": {"attributes": {PURPOSE: purpose(system=OTHER_SYSTEM)}},
}
TRC: dict[str, Change] = {
    "no-audience": {"edit": no_audience},
    "purpose-of-another-system": {"attributes": {PURPOSE: purpose(system=OTHER_SYSTEM)}},
    "trc-issuer-without-country": {"fields": {"Issuer": "urn:initgw:countryB"}},
}
EACH = [("hcp", one) for one in HCP] + [("trc", one) for one in TRC]


def message(kind: str, change: Change) -> bytes:
    return envelope(hcp(**change), trc()) if kind == "hcp" else envelope(hcp(), trc(**change))


def interop(**more: Any) -> bytes:
    """HCP and TRC of the foreign test tool."""
    attributes = {HOME_COMMUNITY: HOME_COMMUNITIES["PT"], PURPOSE: purpose(system=OTHER_SYSTEM)}
    first = hcp(edit=no_audience, attributes=attributes, **more)
    attributes = {PURPOSE: purpose(system=OTHER_SYSTEM)}
    return envelope(first, trc(edit=no_audience, attributes=attributes, fields=NAMELESS, **more))


@pytest.mark.parametrize(("kind", "deviation"), EACH)
def test_each_deviation_is_refused_alone_and_taken_where_it_is_tolerated(kind: str, deviation: Deviation):
    deviating = message(kind, {"hcp": HCP, "trc": TRC}[kind][deviation])
    for tolerated in (frozenset(), ALL - {deviation}):
        with pytest.raises(AssertionRefused) as refused:
            call(deviating, needs_trc=True, tolerated=tolerated)
        assert (refused.type in (FieldMissing, FieldInvalid), refused.value.kind) == (True, kind)
    assert call(deviating, needs_trc=True, tolerated=frozenset({deviation})).deviations == (deviation,)


def test_a_next_of_kin_without_audience_is_taken_where_that_is_tolerated():
    deviating = envelope(hcp(), nok(edit=no_audience))
    with pytest.raises(FieldMissing):
        call(deviating)
    assert call(deviating, tolerated=ALL).deviations == ("no-audience",)


def test_the_assertions_of_a_foreign_test_tool_are_taken_with_all_four_and_with_no_three():
    caller = call(interop(), needs_trc=True, tolerated=ALL)
    assert (caller.deviations, caller.country, caller.home_community) == (DEVIATIONS, "PT", HOME_COMMUNITIES["PT"])
    for deviation in DEVIATIONS:
        with pytest.raises(AssertionRefused):
            call(interop(), needs_trc=True, tolerated=ALL - {deviation})


def test_assertions_as_the_profile_says_make_use_of_no_tolerance():
    assert call(envelope(hcp(), trc()), needs_trc=True, tolerated=ALL).deviations == ()


def audience(root: Any) -> None:
    root.find(f".//{{{SAML}}}Audience").text = "urn:somebody"


WEAKER: dict[str, tuple[Callable[[], bytes], dict[str, Any], type[TrustError]]] = {
    "another audience": (lambda: message("hcp", {"edit": audience}), {}, AudienceWrong),
    "no home community": (lambda: message("hcp", {"attributes": {HOME_COMMUNITY: None}}), {}, FieldMissing),
    "a home community that is none": (lambda: message("hcp", {"attributes": {HOME_COMMUNITY: "PT"}}), {}, FieldInvalid),
    "another country's home community": (
        lambda: message("hcp", {"attributes": {HOME_COMMUNITY: HOME_COMMUNITIES["DK"]}}), {}, HomeCommunityDiffers,
    ),
    "an unknown purpose": (
        lambda: message("hcp", {"attributes": {PURPOSE: purpose("MARKETING", OTHER_SYSTEM)}}), {}, PurposeUnknown,
    ),
    "a purpose of no system": (lambda: message("hcp", {"attributes": {PURPOSE: purpose(system="")}}), {}, FieldInvalid),
    "a TRC issuer of another country": (
        lambda: message("trc", {"fields": {"Issuer": "urn:initgw:DK:countryB"}}), {}, IssuerCountryDiffers,
    ),
    "a TRC issuer that may name another country": (
        lambda: message("trc", {"fields": {"Issuer": "urn:initgw:dk:countryB"}}), {}, FieldInvalid,
    ),
    "a TRC sealed by another country": (
        lambda: envelope(hcp(), trc(by=sealer("DK"), fields=NAMELESS)), {}, TrcSignerCountryDiffers,
    ),
    "an HCP issuer without country": (
        lambda: message("hcp", {"fields": {"Issuer": "urn:idp:countryB"}}), {}, FieldInvalid,
    ),
    "a NOK issuer without country": (
        lambda: envelope(hcp(), trc(), nok(fields={"Issuer": "urn:initgw:countryB"})), {}, FieldInvalid,
    ),
    "another country's connection": (interop, {"peer": peer("DK")}, TlsCountryDiffers),
    "a window that has ended": (interop, {"now": NOW + timedelta(hours=5)}, AssertionExpired),
}  # fmt: skip


@pytest.mark.parametrize("case", WEAKER)
def test_no_tolerance_weakens_binding_window_or_values(case: str):
    made, given, reason = WEAKER[case]
    with pytest.raises(reason):
        call(made(), needs_trc=True, tolerated=ALL, **given)
    assert call(interop(), needs_trc=True, tolerated=ALL).country == "PT"


def test_no_tolerance_weakens_a_signature():
    changed = interop().replace(b"TREATMENT", b"EMERGENCY")
    with pytest.raises(TrustError):
        call(changed, needs_trc=True, tolerated=ALL)
    assert call(interop(), needs_trc=True, tolerated=ALL).hcp.purpose == "TREATMENT"


def test_no_tolerance_weakens_the_memory_against_replay():
    seen, message_id = SeenInMemory(), "urn:uuid:11111111-2222-4333-8444-555555555555"
    given: dict[str, Any] = {"needs_trc": True, "tolerated": ALL, "seen": seen, "new_id": Ids()}
    assert call(interop(), message_id=message_id, **given).country == "PT"
    with pytest.raises(MessageRepeated):
        call(interop(), message_id=message_id, **given)
    with pytest.raises(AssertionIdReused):
        call(interop(now=NOW - timedelta(minutes=1)), message_id=message_id[:-1] + "6", **given)
