"""A refusal says which assertion and which of its fields broke the rule that its class names; never a value."""

from datetime import timedelta

import pytest

import trust.errors
from tests.support.callers.assertions import (
    HCP_ID,
    NOW,
    PURPOSE,
    ROLE,
    SUBJECT,
    SeenInMemory,
    call,
    envelope,
    hcp,
    nok,
    purpose,
    role,
    trc,
)
from tests.support.callers.signatures import sealer
from trust.errors import AssertionRefused, BindingRefused, TrustError, about

LATER = NOW + timedelta(hours=9)


def changed(assertion: bytes) -> bytes:
    return assertion.replace(b"PreviousSession", b"PreviousSessiom")


@pytest.mark.parametrize(
    ("shown", "cause", "kind", "field"),
    [
        ((), "HcpMissing", "hcp", "Header/Security/Assertion"),
        ((hcp(), changed(trc())), "SignatureInvalid", "trc", "Signature"),
        ((hcp(), trc(), changed(nok())), "SignatureInvalid", "nok", "Signature"),
        ((hcp(fields={"Conditions/@NotBefore": None}),), "FieldMissing", "hcp", "Conditions/@NotBefore"),
        ((hcp(), trc(fields={"@IssueInstant": "today"})), "FieldInvalid", "trc", "@IssueInstant"),
        ((hcp(attributes={ROLE: role("999")}),), "RoleUnknown", "hcp", ROLE),
        ((hcp(), trc(attributes={PURPOSE: purpose("RESEARCH")})), "PurposeUnknown", "trc", PURPOSE),
        ((hcp(), trc(attributes={SUBJECT: "1"})), "PatientIdentifierMalformed", "trc", SUBJECT),
        ((hcp(), trc(now=LATER)), "AssertionNotYetValid", "trc", "Conditions/@NotBefore"),
        ((hcp(), trc(hcp_id="_other")), "TrcPointsToAnotherHcp", "trc", "Advice/AssertionIDRef"),
        ((hcp(), nok(fields={"Issuer": "urn:initgw:DK:countryB"})), "IssuerCountryDiffers", "nok", "Issuer"),
        ((hcp(by=sealer("DK")),), "TlsCountryDiffers", "hcp", "Signature/KeyInfo/X509Data/X509Certificate"),
    ],
)
def test_a_refusal_names_the_assertion_and_the_field(shown: tuple[bytes, ...], cause: str, kind: str, field: str):
    with pytest.raises(TrustError) as refused:
        call(envelope(*shown))
    assert (type(refused.value).__name__, refused.value.kind, refused.value.field) == (cause, kind, field)


def test_the_message_all_these_are_made_from_is_accepted():
    assert call(envelope(hcp(), trc(), nok())).country == "PT"


def test_a_reused_id_names_the_assertion_that_has_it():
    seen = SeenInMemory()
    call(envelope(hcp(), trc()), seen=seen)
    with pytest.raises(TrustError) as refused:
        call(envelope(hcp(fields={"@ID": f"{HCP_ID}9"}), trc(hcp_id=f"{HCP_ID}9")), seen=seen)
    assert (type(refused.value).__name__, refused.value.kind) == ("AssertionIdReused", "trc")


def test_what_a_refusal_says_of_itself_stands():
    with pytest.raises(TrustError) as refused, about("hcp"):
        raise trust.errors.TrcMissing
    assert refused.value.kind == "trc"


def leaves(of: type[TrustError]) -> list[type[TrustError]]:
    return [leaf for below in of.__subclasses__() for leaf in leaves(below)] or [of]


@pytest.mark.parametrize("leaf", [*leaves(AssertionRefused), *leaves(BindingRefused)], ids=lambda leaf: leaf.__name__)
def test_every_refusal_of_an_assertion_has_a_field(leaf: type[TrustError]):
    assert leaf.field is not None or leaf in (trust.errors.FieldInvalid, trust.errors.FieldMissing)
