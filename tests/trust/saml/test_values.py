"""In force now, and with values countries agreed on; every bound on both sides of its edge."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from lxml import etree

from tests.support.callers.assertions import (
    CLASSES,
    FACILITY_TYPE,
    NOW,
    ON_BEHALF_OF,
    PURPOSE,
    ROLE,
    SAML,
    call,
    element,
    envelope,
    hcp,
    nok,
    purpose,
    role,
    tables,
    trc,
)
from trust.errors import (
    AssertionExpired,
    AssertionNotYetValid,
    AssertionRefused,
    AssertionWindowTooLong,
    AudienceWrong,
    AuthenticationTooWeak,
    FacilityTypeUnknown,
    FieldInvalid,
    FieldMissing,
    PurposeUnknown,
    RoleUnknown,
)

KINDS = {"hcp": hcp, "trc": trc, "nok": nok}
LONGEST = {"hcp": timedelta(hours=4), "trc": timedelta(hours=2), "nok": timedelta(hours=2)}
MOMENT = timedelta(milliseconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def _message(kind: str, **changes: object) -> bytes:
    made = KINDS[kind](**changes)
    return envelope(made) if kind == "hcp" else envelope(hcp(now=NOW - HOUR), made)


def _refused(kind: str, now: datetime = NOW, **changes: object) -> tuple[type[AssertionRefused], str, *tuple[str, ...]]:
    """Class, kind and, where it names one, field."""
    with pytest.raises(AssertionRefused) as refusal:
        call(_message(kind, **changes), now=now)
    return refusal.type, *vars(refusal.value).values()


def _window(start: datetime, end: datetime) -> Mapping[str, str]:
    written = (moment.isoformat().replace("+00:00", "Z") for moment in (start, end))
    fields = dict(zip(("Conditions/@NotBefore", "Conditions/@NotOnOrAfter"), written, strict=True))
    return {
        **fields,
        **dict.fromkeys(("@IssueInstant", "AuthnStatement/@AuthnInstant"), fields["Conditions/@NotBefore"]),
    }


@pytest.mark.parametrize("kind", ["hcp", "trc", "nok"])
def test_a_window_may_be_as_long_as_its_kind_and_no_longer(kind: str):
    longest = NOW + LONGEST[kind]
    assert call(_message(kind, fields=_window(NOW, longest)))
    assert _refused(kind, fields=_window(NOW, longest + MOMENT)) == (AssertionWindowTooLong, kind)


@pytest.mark.parametrize("kind", ["hcp", "trc", "nok"])
def test_a_window_ends_after_it_begins(kind: str):
    assert call(_message(kind, fields=_window(NOW, NOW + MOMENT)))
    assert _refused(kind, fields=_window(NOW, NOW)) == (FieldInvalid, kind, "Conditions/@NotOnOrAfter")
    assert _refused(kind, fields=_window(NOW, NOW - MOMENT)) == (FieldInvalid, kind, "Conditions/@NotOnOrAfter")


@pytest.mark.parametrize("kind", ["hcp", "trc", "nok"])
def test_an_assertion_is_in_force_until_a_minute_after_its_end(kind: str):
    fields = _window(NOW - HOUR, NOW)
    assert call(_message(kind, fields=fields), now=NOW + MINUTE - MOMENT)
    assert _refused(kind, now=NOW + MINUTE, fields=fields) == (AssertionExpired, kind)


@pytest.mark.parametrize("kind", ["hcp", "trc", "nok"])
def test_an_assertion_is_in_force_from_a_minute_before_its_beginning(kind: str):
    fields = _window(NOW, NOW + HOUR)
    assert call(_message(kind, fields=fields), now=NOW - MINUTE)
    assert _refused(kind, now=NOW - MINUTE - MOMENT, fields=fields) == (AssertionNotYetValid, kind)


def _audiences(*restrictions: tuple[str, ...]):
    def replace(root: etree._Element) -> None:
        conditions = element(root, "Conditions")
        conditions.remove(conditions[0])
        for named in restrictions:
            restriction = etree.SubElement(conditions, f"{{{SAML}}}AudienceRestriction")
            for audience in named:
                etree.SubElement(restriction, f"{{{SAML}}}Audience").text = audience

    return replace


OURS = "urn:ehdsi:assertions.audience:x-border"


@pytest.mark.parametrize("kind", ["hcp", "trc", "nok"])
def test_an_audience_restriction_names_cross_border_use(kind: str):
    assert call(_message(kind, edit=_audiences(("urn:other", OURS))))
    assert call(_message(kind, edit=_audiences((f"\n{OURS} ",), (OURS,))))
    assert _refused(kind, edit=_audiences(("urn:other",))) == (AudienceWrong, kind)
    assert _refused(kind, edit=_audiences(())) == (AudienceWrong, kind)
    assert _refused(kind, edit=_audiences((f"{OURS}x",))) == (AudienceWrong, kind)


@pytest.mark.parametrize("kind", ["hcp", "trc", "nok"])
def test_every_audience_restriction_does(kind: str):
    assert _refused(kind, edit=_audiences((OURS,), ("urn:other",))) == (AudienceWrong, kind)


@pytest.mark.parametrize("kind", ["hcp", "trc", "nok"])
def test_refuses_an_assertion_made_for_nobody(kind: str):
    assert _refused(kind, edit=_audiences()) == (FieldMissing, kind, "Conditions/AudienceRestriction")


def test_refuses_an_audience_that_is_not_text():
    def split(root: etree._Element) -> None:
        etree.SubElement(element(root, "Conditions/AudienceRestriction/Audience"), "x")

    assert _refused("hcp", edit=split) == (FieldInvalid, "hcp", "Conditions/AudienceRestriction/Audience")


def test_only_an_audience_is_one():
    def rename(root: etree._Element) -> None:
        element(root, "Conditions/AudienceRestriction/Audience").tag = f"{{{SAML}}}Other"

    assert _refused("hcp", edit=rename) == (AudienceWrong, "hcp")


CLASS_REF = "AuthnStatement/AuthnContext/AuthnContextClassRef"
HCP_CLASSES = (
    "MobileTwoFactorUnregistered",
    "MobileTwoFactorContract",
    "X509",
    "SPKI",
    "SmartcardPKI",
    "SoftwarePKI",
    "TLSClient",
)


@pytest.mark.parametrize("name", HCP_CLASSES)
def test_takes_an_hcp_who_authenticated_well(name: str):
    assert call(envelope(hcp(fields={CLASS_REF: f"{CLASSES}{name}"}))).hcp.class_ref == f"{CLASSES}{name}"


@pytest.mark.parametrize("name", ["Smartcard", "Password", "PreviousSession", "unspecified"])
def test_refuses_an_hcp_who_did_not(name: str):
    assert _refused("hcp", fields={CLASS_REF: f"{CLASSES}{name}"}) == (AuthenticationTooWeak, "hcp")


def test_the_class_references_of_the_table_are_these():
    assert tables().hcp_class_refs == {f"{CLASSES}{name}" for name in HCP_CLASSES}
    assert tables().trc_class_refs == {f"{CLASSES}PreviousSession"}


@pytest.mark.parametrize("kind", ["trc", "nok"])
@pytest.mark.parametrize("name", ["SmartcardPKI", "Password"])
def test_refuses_a_trc_or_nok_of_another_than_the_previous_session(kind: str, name: str):
    assert _refused(kind, fields={CLASS_REF: f"{CLASSES}{name}"}) == (AuthenticationTooWeak, kind)


@pytest.mark.parametrize("name", ["emailAddress", "unspecified"])
def test_takes_a_name_in_the_formats_of_the_profile(name: str):
    form = f"urn:oasis:names:tc:SAML:1.1:nameid-format:{name}"
    assert call(envelope(hcp(fields={"Subject/NameID/@Format": form}))).hcp.name_id.format == form


@pytest.mark.parametrize("kind", ["hcp", "trc", "nok"])
def test_refuses_a_name_in_another_format(kind: str):
    form = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
    assert _refused(kind, fields={"Subject/NameID/@Format": form}) == (FieldInvalid, kind, "Subject/NameID/@Format")


@pytest.mark.parametrize("code", sorted(set(tables().roles) - {"44"}))
def test_takes_every_role_of_the_table(code: str):
    made = hcp(attributes={ROLE: role(code, tables().roles[code])})
    assert call(envelope(made), needs_role_display=True).hcp.role == code


@pytest.mark.parametrize("code", ["22", "2211", "3256", "doctor"])
def test_refuses_a_role_outside_the_table(code: str):
    assert _refused("hcp", attributes={ROLE: role(code)}) == (RoleUnknown, "hcp")


@pytest.mark.parametrize("display", [None, "", "Dentists", "Medical Doctor"])
def test_the_display_name_of_a_role_fits_its_code_where_the_transaction_asks(display: str | None):
    message = envelope(hcp(attributes={ROLE: role("221", display)}))
    assert call(message).hcp.role == "221"
    with pytest.raises(RoleUnknown) as refusal:
        call(message, needs_role_display=True)
    assert refusal.value.kind == "hcp"


def test_it_fits_whatever_its_case():
    assert call(envelope(hcp(attributes={ROLE: role("221", "medical DOCTORS")})), needs_role_display=True)


@pytest.mark.parametrize("display", ["Medical Doctor\u017f", "\u00a0Medical Doctors", "Medical Doctors\u2003"])
def test_it_fits_in_no_letters_or_blanks_but_its_own(display: str):
    with pytest.raises(RoleUnknown):
        call(envelope(hcp(attributes={ROLE: role("221", display)})), needs_role_display=True)


@pytest.mark.parametrize("blank", ["\u00a0", "\u2003", "\u0085", "\u3000"])
def test_a_name_with_another_blank_at_an_end_is_another_name(blank: str):
    assert call(envelope(hcp(fields={"Subject/NameID": f"eve{blank}"}))).hcp.name_id.value == f"eve{blank}"
    assert call(envelope(hcp(fields={"Subject/NameID": " eve\n"}))).hcp.name_id.value == "eve"


def test_clerical_staff_act_on_behalf_of_another_role():
    clerk = role("44", "Other Clerical Support Workers")
    assert call(envelope(hcp(attributes={ROLE: clerk, ON_BEHALF_OF: "221"}))).hcp.on_behalf_of == "221"
    for other in (None, "44", "9999"):
        assert _refused("hcp", attributes={ROLE: clerk, ON_BEHALF_OF: other}) == (RoleUnknown, "hcp")


def test_for_any_other_role_on_behalf_of_is_not_looked_at():
    assert call(envelope(hcp(attributes={ON_BEHALF_OF: "9999"}))).hcp.on_behalf_of == "9999"


@pytest.mark.parametrize("code", ["TREATMENT", "EMERGENCY"])
def test_takes_both_purposes(code: str):
    caller = call(envelope(hcp(attributes={PURPOSE: purpose(code)}), trc(attributes={PURPOSE: purpose(code)})))
    assert caller.trc is not None
    assert (caller.hcp.purpose, caller.trc.purpose) == (code, code)


@pytest.mark.parametrize("kind", ["hcp", "trc"])
@pytest.mark.parametrize("code", ["treatment", "PUBLICHEALTH"])
def test_refuses_another_purpose(kind: str, code: str):
    assert _refused(kind, attributes={PURPOSE: purpose(code)}) == (PurposeUnknown, kind)


def test_refuses_another_purpose_that_a_trc_states_as_text():
    assert _refused("trc", attributes={PURPOSE: "BTG"}) == (PurposeUnknown, "trc")


@pytest.mark.parametrize(
    "kind", ["Hospital", "Resident Physician", "Pharmacy", "Other", "HOSPITAL", "resident physician"]
)
def test_takes_every_facility_type_whatever_its_case(kind: str):
    assert call(envelope(hcp(attributes={FACILITY_TYPE: kind}))).hcp.facility_type == kind


@pytest.mark.parametrize("kind", ["Clinic", "Hospitals", "Resident"])
def test_refuses_another_facility_type(kind: str):
    assert _refused("hcp", attributes={FACILITY_TYPE: kind}) == (FacilityTypeUnknown, "hcp")
