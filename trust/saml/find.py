"""Which assertions a message carries, and that they are nowhere but where they belong.

WS-Security SAML Token Profile 1.1, as eHDSI narrows it: /Envelope/Header/Security/Assertion, told apart by
Issuer/@NameQualifier, exactly one HCP, at most one TRC and one NOK. Nothing here is verified yet.
"""

from collections.abc import Mapping

from trust.errors import (
    AssertionKindUnknown,
    AssertionMisplaced,
    HcpMissing,
    HcpRepeated,
    NokRepeated,
    ReferenceNotOwnId,
    SecurityHeaderMissing,
    SecurityHeaderRepeated,
    TrcMissing,
    TrcRepeated,
)
from trust.saml.vocabulary import HCP, NOK, QUALIFIERS, SAML, SOAP, TRC, WSSE
from trust.xml import Element

_REPEATED = {HCP: HcpRepeated, TRC: TrcRepeated, NOK: NokRepeated}
_ASSERTION = f"{{{SAML}}}Assertion"
_SECURITY = f"{{{WSSE}}}Security"
_SAME_ID = "count(//@*[. = $own][translate(local-name(), 'ID', 'id') = 'id'])"


def find_assertions(envelope: Element, *, needs_trc: bool) -> Mapping[str, Element]:
    """Kind (`hcp`, `trc`, `nok`) to the assertion of that kind, from the root of a SOAP 1.2 message.

    Raises a leaf of SecurityHeaderRefused, or ReferenceNotOwnId when an assertion's @ID is found twice in the message.
    """
    security = _only_security(envelope)
    assertions = security.findall(_ASSERTION)
    if len(assertions) != sum(1 for _ in envelope.iter(_ASSERTION)):
        raise AssertionMisplaced
    found: dict[str, Element] = {}
    for assertion in assertions:
        kind = _kind(assertion)
        if kind in found:
            raise _REPEATED[kind]
        if envelope.xpath(_SAME_ID, own=assertion.get("ID", "")) != 1:
            raise ReferenceNotOwnId
        found[kind] = assertion
    if HCP not in found:
        raise HcpMissing
    if needs_trc and TRC not in found:
        raise TrcMissing
    return found


def _only_security(envelope: Element) -> Element:
    placed = [] if envelope.tag != f"{{{SOAP}}}Envelope" else envelope.findall(f"{{{SOAP}}}Header/{_SECURITY}")
    if not placed:
        raise SecurityHeaderMissing
    if sum(1 for _ in envelope.iter(_SECURITY)) > 1:
        raise SecurityHeaderRepeated
    return placed[0]


def _kind(assertion: Element) -> str:
    issuer = assertion.find(f"{{{SAML}}}Issuer")
    qualifier = None if issuer is None else issuer.get("NameQualifier")
    for name, kind in QUALIFIERS.items():
        if qualifier == name:
            return kind
    raise AssertionKindUnknown
