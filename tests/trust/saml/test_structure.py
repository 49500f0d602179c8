"""Which assertions a message may carry, and where; the eight ways of wrapping a signed one, beside their valid twin."""

import pytest
from lxml import etree

from tests.support.callers.assertions import (
    HCP_ID,
    NOK_ID,
    SAML,
    SOAP,
    TRC_ID,
    WSSE,
    call,
    envelope,
    hcp,
    nok,
    trc,
)
from tests.support.callers.signatures import DS, sealer, sign
from tests.support.callers.wrapping import WAYS, inside_an_object
from trust.errors import (
    AssertionKindUnknown,
    AssertionMisplaced,
    HcpMissing,
    HcpRepeated,
    NokRepeated,
    ReferenceNotOwnId,
    SecurityHeaderMissing,
    SecurityHeaderRepeated,
    SignatureInvalid,
    SignatureMissing,
    SignatureShapeForbidden,
    TrcMissing,
    TrcRepeated,
    TrustError,
)

NO_SECURITY = f'<e:Envelope xmlns:e="{SOAP}"><e:Header/><e:Body><q/></e:Body></e:Envelope>'.encode()


def _refused(message: bytes, **changes: object) -> type[TrustError]:
    with pytest.raises(TrustError) as refusal:
        call(message, **changes)
    return refusal.type


def test_takes_an_hcp_alone():
    caller = call(envelope(hcp()))
    assert (caller.hcp.id, caller.trc, caller.nok) == (HCP_ID, None, None)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 0, 2), (2, 1, 0)])
def test_takes_hcp_trc_and_nok_in_any_order(order: tuple[int, ...]):
    made = (hcp(), trc(), nok())
    caller = call(envelope(*(made[place] for place in order)), needs_trc=True)
    assert caller.trc is not None
    assert caller.nok is not None
    assert (caller.hcp.id, caller.trc.id, caller.nok.id) == (HCP_ID, TRC_ID, NOK_ID)


def test_takes_a_trc_that_the_transaction_does_not_need():
    assert call(envelope(hcp(), trc())).trc is not None


def test_refuses_a_message_without_a_security_header():
    assert _refused(NO_SECURITY) is SecurityHeaderMissing


@pytest.mark.parametrize("inside", ["soap:Body", "x"])
def test_a_security_header_elsewhere_is_none(inside: str):
    moved = envelope(hcp()).replace(b"soap:Header", inside.encode())
    assert _refused(moved) is SecurityHeaderMissing


def test_a_security_header_deeper_in_the_header_is_none():
    deeper = (
        envelope(hcp())
        .replace(b"<wsse:Security", b"<x><wsse:Security")
        .replace(b"</wsse:Security>", b"</wsse:Security></x>")
    )
    assert _refused(deeper) is SecurityHeaderMissing


def test_refuses_an_envelope_of_soap_1_1():
    assert (
        _refused(envelope(hcp()).replace(SOAP.encode(), b"http://schemas.xmlsoap.org/soap/envelope/"))
        is SecurityHeaderMissing
    )


def test_refuses_a_root_that_is_no_envelope():
    assert _refused(envelope(hcp()).replace(b"soap:Envelope", b"soap:Package")) is SecurityHeaderMissing


def test_refuses_two_security_headers():
    second = f'<wsse:Security xmlns:wsse="{WSSE}"/>'.encode()
    assert _refused(envelope(hcp(), header=second)) is SecurityHeaderRepeated


def test_refuses_a_second_security_header_in_the_body():
    second = f'<wsse:Security xmlns:wsse="{WSSE}"/>'.encode()
    assert _refused(envelope(hcp(), body=second)) is SecurityHeaderRepeated


def test_takes_a_timestamp_beside_the_assertions():
    assert call(envelope(hcp(), security=b"<Timestamp/>")).hcp.id == HCP_ID


def test_refuses_a_security_header_without_an_hcp():
    assert _refused(envelope()) is HcpMissing
    assert _refused(envelope(trc())) is HcpMissing


def test_refuses_two_hcp():
    other = hcp(fields={"@ID": "_other"})
    assert call(envelope(other)).hcp.id == "_other"
    assert _refused(envelope(hcp(), other)) is HcpRepeated


def test_refuses_two_trc():
    other = trc(fields={"@ID": "_other"})
    assert _refused(envelope(hcp(), trc(), other)) is TrcRepeated


def test_refuses_two_nok():
    other = nok(fields={"@ID": "_other"})
    assert _refused(envelope(hcp(), nok(), other)) is NokRepeated


def test_refuses_a_missing_trc_when_the_transaction_needs_one():
    assert _refused(envelope(hcp()), needs_trc=True) is TrcMissing
    assert call(envelope(hcp(), trc()), needs_trc=True).trc is not None


@pytest.mark.parametrize(
    "qualifier",
    [None, "", "urn:ehdsi:assertions:HCP", "urn:ehdsi:assertions:hcp ", "hcp", "urn:ehdsi:assertions:other"],
)
def test_refuses_an_assertion_of_no_known_kind(qualifier: str | None):
    assert _refused(envelope(hcp(fields={"Issuer/@NameQualifier": qualifier}))) is AssertionKindUnknown


def test_refuses_an_assertion_without_an_issuer():
    assert _refused(envelope(hcp(fields={"Issuer": None}))) is AssertionKindUnknown


def test_an_unknown_kind_beside_a_good_hcp_is_refused():
    unknown = hcp(fields={"@ID": "_x", "Issuer/@NameQualifier": "urn:ehdsi:assertions:x"})
    assert _refused(envelope(hcp(), unknown)) is AssertionKindUnknown


@pytest.mark.parametrize("place", ["header", "body"])
def test_refuses_an_assertion_elsewhere_in_the_message(place: str):
    assert _refused(envelope(hcp(), **{place: trc()})) is AssertionMisplaced


def test_refuses_an_assertion_deeper_in_the_security_header():
    assert _refused(envelope(hcp(), security=b"<x>" + trc() + b"</x>")) is AssertionMisplaced


def test_refuses_an_assertion_id_that_is_elsewhere_in_the_message():
    assert call(envelope(hcp(), body=b'<q id="_other"/>')).hcp.id == HCP_ID
    for name in ("id", "ID", "Id", "xml:id"):
        assert _refused(envelope(hcp(), body=f'<q {name}="{HCP_ID}"/>'.encode())) is ReferenceNotOwnId


def test_refuses_an_id_that_two_assertions_have():
    assert _refused(envelope(hcp(), trc(fields={"@ID": HCP_ID}))) is ReferenceNotOwnId


def test_refuses_an_assertion_without_an_id():
    assert _refused(envelope(hcp(fields={"@ID": None}))) is ReferenceNotOwnId


def test_refuses_an_unsigned_hcp():
    assert _refused(envelope(hcp(signing=None))) is SignatureMissing


def test_refuses_an_unsigned_trc():
    assert _refused(envelope(hcp(), trc(signing=None))) is SignatureMissing


def test_refuses_an_unsigned_nok():
    assert _refused(envelope(hcp(), nok(signing=None))) is SignatureMissing


@pytest.mark.parametrize("way", WAYS)
def test_refuses_a_wrapped_assertion(way: str):
    attack, refusal = WAYS[way]
    genuine = hcp()
    assert call(envelope(genuine)).hcp.name == "Dra. Inês Almeida"
    assert _refused(attack(genuine)) is refusal


def test_wrapped_in_its_own_signature_without_looking_like_an_assertion_it_is_refused():
    """As `inside_an_object`, the genuine one renamed out of the SAML namespace: the signature's shape tells."""
    root = etree.fromstring(inside_an_object(hcp()))
    (inner,) = root.iterfind(f".//{{{DS}}}Object/{{{SAML}}}Assertion")
    inner.tag = "Assertion"
    (reference,) = root.iter(f"{{{DS}}}Reference")
    reference.set("URI", "#_evil")
    assert _refused(etree.tostring(root)) is SignatureShapeForbidden


def test_a_comment_inside_a_name_shortens_nothing():
    """The ninth: `ines<!-- -->.almeida` was signed as one name and is read as one."""
    commented = hcp().replace(b"ines.almeida", b"ines<!-- -->.almeida")
    assert call(envelope(commented)).hcp.name_id.value == "ines.almeida"


def test_a_prefix_declared_on_an_ancestor_and_used_in_a_value_alone_still_verifies():
    """Finland: xmlns:xs stands on an ancestor, InclusiveNamespaces names it, and only xsi:type uses it."""
    declaration = b' xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    signed = hcp()
    assert signed.count(declaration) == 1
    message = envelope(signed.replace(declaration, b"")).replace(b"<soap:Header", b"<soap:Header" + declaration)
    assert call(message).hcp.name == "Dra. Inês Almeida"


def test_a_prefix_that_means_something_else_on_the_ancestor_breaks_the_signature():
    declaration = b' xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    message = envelope(hcp().replace(declaration, b"")).replace(b"<soap:Header", b'<soap:Header xmlns:xsd="urn:other"')
    assert _refused(message) is SignatureInvalid


def test_a_default_namespace_on_the_assertion_is_as_good_as_one_on_the_role():
    """Finland again: xmlns="urn:hl7-org:v3" on the Assertion, Role without a declaration of its own."""
    local = b' xmlns="urn:hl7-org:v3"'
    whole = hcp(signing=None).replace(local, b"").replace(b"<s:Assertion", b"<s:Assertion" + local, 1)
    assert call(envelope(sign(whole, sealer("PT")))).hcp.role == "221"
