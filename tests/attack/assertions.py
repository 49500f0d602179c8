"""Attacks by what an assertion says: fields it lacks or twists, clocks, seals, and what does not belong together."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from lxml import etree

from gateway.errors import ClockAlone
from gateway.pipeline.verifiers import SamlVerifier, Trusted
from tests.attack.rows import SERVICES, AttackRow, Met, asked, message
from tests.support.callers import pki as development
from tests.support.callers.assertions import (
    CLASSES,
    DIRECTORY,
    FACILITY_TYPE,
    HOME_COMMUNITY,
    KIN,
    LOCALITY,
    NOW,
    ON_BEHALF_OF,
    PURPOSE,
    ROLE,
    SAML,
    SUBJECT,
    Ids,
    SeenInMemory,
    element,
    nok,
    purpose,
    role,
    saml_attribute,
    tables,
)
from tests.support.callers.signatures import Sealer, Signing, sealer
from tests.support.nodes.in_process import Trusting, hcp, trc
from trust import pki_layout as layout
from trust.pki_layout import Bad, Credential

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
_MAKERS: dict[str, Callable[..., bytes]] = {"hcp": hcp, "trc": trc, "nok": nok}
_LONGEST = {"hcp": 4 * HOUR, "trc": 2 * HOUR, "nok": 2 * HOUR}
_ON = {"hcp": "ITI-55", "trc": "ITI-38", "nok": "ITI-39"}
"""The transaction on which attacks of a kind are made where one is enough."""


def every() -> Iterator[AttackRow]:
    """Every one of them."""
    yield from _missing()
    yield from _twisted()
    yield from _clocks()
    yield from _seals()
    yield from _connections()
    yield from _bindings()
    for kind in ("trc", "nok"):
        yield from _unsigned(kind)


def _given(transaction: str, kind: str, attacked: bytes, **others: Any) -> tuple[bytes, ...]:
    """The assertions of a transaction with that one among them."""
    needed = ("hcp",) if transaction == "ITI-55" else ("hcp", "trc")
    there = dict.fromkeys((*needed, kind))
    return tuple(attacked if one == kind else _MAKERS[one](**others) for one in there)


def _of(group: str, name: str, kind: str, **changes: Any) -> AttackRow:
    """One assertion with changes that are signed with it."""
    transaction = _ON[kind]
    return asked(
        group, f"{kind}-{name}", lambda: message(transaction, *_given(transaction, kind, _MAKERS[kind](**changes)))
    )


# --- fields ----------------------------------------------------------------------------------------------------------

_FIELDS = (
    "@ID", "@Version", "@IssueInstant", "Issuer", "Issuer/@NameQualifier", "Subject", "Subject/NameID",
    "Subject/NameID/@Format", "Subject/SubjectConfirmation", "Subject/SubjectConfirmation/@Method", "Conditions",
    "Conditions/@NotBefore", "Conditions/@NotOnOrAfter", "Conditions/AudienceRestriction", "AuthnStatement",
    "AuthnStatement/@AuthnInstant", "AuthnStatement/AuthnContext/AuthnContextClassRef", "AttributeStatement",
)  # fmt: skip
_REQUIRED = {
    "hcp": (HOME_COMMUNITY, SUBJECT, ROLE, FACILITY_TYPE, PURPOSE, LOCALITY),
    "trc": (SUBJECT,),
    "nok": (f"{KIN}id",),
}


def _missing() -> Iterator[AttackRow]:
    for kind, attributes in _REQUIRED.items():
        for path in _FIELDS:
            if path != "@ID":  # nothing can be signed then: `signatures` has it
                yield _of("fields-missing", path, kind, fields={path: None})
        for attribute in attributes:
            yield _of("fields-missing", attribute.rpartition(":")[2], kind, attributes={attribute: None})


def _twice(path: str) -> Callable[[etree._Element], object]:
    def edit(root: etree._Element) -> None:
        one = element(root, path)
        one.addnext(etree.fromstring(etree.tostring(one)))

    return edit


def _inside(path: str) -> Callable[[etree._Element], object]:
    return lambda root: etree.SubElement(element(root, path), f"{{{SAML}}}Audience")


def _attribute(name: str, *values: str) -> Callable[[etree._Element], object]:
    return lambda root: element(root, "AttributeStatement").append(saml_attribute(name, *values))


_METHOD = "Subject/SubjectConfirmation/@Method"
_CLASS_REF = "AuthnStatement/AuthnContext/AuthnContextClassRef"
_OF_ANOTHER = f'<a:AudienceRestriction xmlns:a="{SAML}"><a:Audience>urn:x</a:Audience></a:AudienceRestriction>'
_TWISTED: dict[str, dict[str, Any]] = {
    "version": {"fields": {"@Version": "1.1"}},
    "id-with-a-blank": {"fields": {"@ID": "_a b"}},
    "issuer-of-nobody": {"fields": {"Issuer": "urn:idp:nobody"}},
    "name-format": {"fields": {"Subject/NameID/@Format": "urn:x"}},
    "holder-of-key": {"fields": {_METHOD: "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"}},
    "audience-of-another": {"fields": {"Conditions/AudienceRestriction/Audience": "urn:x"}},
    "two-audiences": {
        "edit": lambda root: element(root, "Conditions").append(etree.fromstring(_OF_ANOTHER))
    },
    "password": {"fields": {_CLASS_REF: f"{CLASSES}Password"}},
    "one-time-use": {"edit": lambda root: etree.SubElement(element(root, "Conditions"), f"{{{SAML}}}OneTimeUse")},
    "issuer-twice": {"edit": _twice("Issuer")},
    "subject-twice": {"edit": _twice("Subject")},
    "statement-twice": {"edit": _twice("AttributeStatement")},
    "conditions-twice": {"edit": _twice("Conditions")},
    "issuer-with-an-element": {"edit": _inside("Issuer")},
    "attribute-without-name": {"edit": lambda root: element(root, "AttributeStatement/Attribute").attrib.pop("Name")},
}  # fmt: skip
_CODED = {
    "role-unknown": {ROLE: role("9999", "Nobody")},
    "role-of-another-system": {ROLE: role(system="1.2.3")},
    "role-without-code": {ROLE: role("")},
    "role-as-text": {ROLE: "221"},
    "two-roles": {ROLE: (role(), role("2262", "Pharmacists"))},
    "role-under-another-name": {ROLE: role("221", "Pharmacists")},
    "on-behalf-of-nobody": {ROLE: role("3412", "Social Work Associate Professionals"), ON_BEHALF_OF: "9999"},
    "purpose-of-research": {PURPOSE: purpose("HRESCH")},
    "purpose-of-another-system": {PURPOSE: purpose(system="1.2.3")},
    "facility-of-no-kind": {FACILITY_TYPE: "Embassy"},
    "home-community-without-urn": {HOME_COMMUNITY: "2.16.17.710.820.1000.990.1"},
}
_PATIENTS = {
    "patient-without-root": "13837424032^^^&&ISO",
    "patient-without-number": "^^^&2.16.578.1.12.4.1.4.1&ISO",
    "patient-without-ISO": "13837424032^^^&2.16.578.1.12.4.1.4.1",
    "patient-twice": "13837424032^^^&2.16.578.1.12.4.1.4.1&ISO~08827919994^^^&2.16.578.1.12.4.1.4.1&ISO",
    "patient-of-a-number-alone": "13837424032",
}


def _twisted() -> Iterator[AttackRow]:
    for kind in _MAKERS:
        for name, changes in _TWISTED.items():
            yield _of("fields-twisted", name, kind, **changes)
    for name, attributes in _CODED.items():
        yield _of("codes", name, "hcp", attributes=attributes)
    for name, patient in _PATIENTS.items():
        yield _of("codes", name, "trc", attributes={SUBJECT: patient})
    yield _of("codes", "purpose-of-research", "trc", attributes={PURPOSE: purpose("HRESCH")})
    yield _of("codes", "purpose-as-text", "trc", attributes={PURPOSE: "MARKETING"})
    yield _of("codes", "two-patients", "trc", edit=_attribute(SUBJECT, "08827919994^^^&2.16.578.1.12.4.1.4.1&ISO"))
    yield _of("codes", "two-names", "hcp", edit=_attribute(SUBJECT, "Eve"))
    yield _of("codes", "two-persons", "nok", edit=_attribute(f"{KIN}id", "PT-KIN-2"))


# --- clocks ----------------------------------------------------------------------------------------------------------


def _instant(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _clocks() -> Iterator[AttackRow]:
    before, after = "Conditions/@NotBefore", "Conditions/@NotOnOrAfter"
    issued, signed_in = "@IssueInstant", "AuthnStatement/@AuthnInstant"
    for kind, longest in _LONGEST.items():
        end = NOW + longest
        fields = {
            "over": {before: NOW - longest, after: NOW - MINUTE, issued: NOW - longest, signed_in: NOW - longest},
            "over-for-a-day": {before: NOW - 25 * HOUR, after: NOW - 24 * HOUR, issued: NOW - 25 * HOUR},
            "not-yet": {before: NOW + 2 * MINUTE, after: NOW + HOUR},
            "of-next-year": {before: NOW + 9000 * HOUR, after: NOW + 9001 * HOUR},
            "a-second-too-long": {after: end + timedelta(seconds=1)},
            "for-a-year": {after: NOW + 9000 * HOUR},
            "ends-before-it-begins": {after: NOW - timedelta(seconds=1)},
            "of-no-length": {after: NOW},
            "issued-later": {issued: NOW + 2 * MINUTE},
            "issued-next-year": {issued: NOW + 9000 * HOUR},
            "issued-long-before": {issued: NOW - 2 * HOUR},
            "signed-in-later": {signed_in: NOW + 2 * MINUTE},
            "signed-in-after-it-was-issued": {issued: NOW - MINUTE, signed_in: NOW + timedelta(seconds=1)},
            "signed-in-yesterday": {signed_in: NOW - 25 * HOUR},
        }
        for name, moments in fields.items():
            yield _of("clocks", name, kind, fields={path: _instant(at) for path, at in moments.items()})
        for name, text in {"no-zone": "2026-03-02T10:30:00", "no-such-day": "2026-02-30T10:30:00Z"}.items():
            yield _of("clocks", name, kind, fields={issued: text})
    yield _of("clocks", "arabic-digits", "hcp", fields={before: "٢٠٢٦-03-02T10:30:00Z"})
    yield _of("clocks", "hour-24", "trc", fields={after: "2026-03-02T24:30:00Z"})
    for transaction in SERVICES:
        yield asked("clocks", f"ours-stands-alone-{transaction}", partial(message, transaction), require_clock=_alone)


def _alone() -> None:
    raise ClockAlone


# --- seals and connections -------------------------------------------------------------------------------------------


def _sealed(credential: Credential, country: str = "PT") -> Sealer:
    pki = development.pki()
    return Sealer(country, pki.key(credential), pki.der(credential))


def _trusted(*, seals_alone: bool) -> dict[str, Any]:
    """A node that verifies certificates with the development authorities, at their own time."""
    verifier = development.pki().verifier()
    peers: Any = Trusting() if seals_alone else verifier
    trusted = Trusted(peers, verifier, DIRECTORY, tables(), SeenInMemory())
    return {"verifiers": (SamlVerifier(trusted, Ids()),), "clock": lambda: development.NOW}


_NOT_SEALS = {
    "tls-client": layout.tls_client("PT"),
    "tls-server": layout.tls_server("PT"),
    **{bad.value: bad.credential for bad in Bad if bad.value.startswith("seal-")},
}
_NOT_CLIENTS = {
    "tls-server": layout.tls_server("PT"),
    "seal": layout.seal("PT"),
    **{bad.value: bad.credential for bad in Bad if bad.value.startswith("tls-client-")},
}


def _seals() -> Iterator[AttackRow]:
    """Under each certificate that may not seal, in order but for that."""
    for kind in _MAKERS:
        for name, credential in _NOT_SEALS.items():
            yield AttackRow("seals", f"{kind}-{name}", partial(_under, kind, name, credential))


def _under(kind: str, name: str, credential: Credential) -> Met:
    at, transaction = {"now": development.NOW}, _ON[kind]
    attacked = _MAKERS[kind](by=_sealed(credential), **at)
    given = _given(transaction, kind, attacked, by=_sealed(layout.seal("PT")), **at)
    return asked("seals", name, lambda: message(transaction, *given), **_trusted(seals_alone=True)).attack()


def _connections() -> Iterator[AttackRow]:
    """Over a connection under each certificate that is no client's, as the application verifies it again."""
    for transaction in SERVICES:
        for name, credential in _NOT_CLIENTS.items():
            yield AttackRow("peers", f"{name}-{transaction}", partial(_over, transaction, name, credential))


def _over(transaction: str, name: str, credential: Credential) -> Met:
    at, by = {"now": development.NOW}, _sealed(layout.seal("PT"))
    given = _given(transaction, "hcp", hcp(by=by, **at), by=by, **at)

    def arrived():
        return replace(message(transaction, *given), peer_der=development.pki().der(credential))

    return asked("peers", name, arrived, **_trusted(seals_alone=False)).attack()


# --- what does not belong together -----------------------------------------------------------------------------------

_DENMARK = "urn:oid:1.2.208"
_NAME, _FORMAT, _POINTS = "Subject/NameID", "Subject/NameID/@Format", "Advice/AssertionIDRef"
_EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
_UNBOUND: dict[str, tuple[str, dict[str, Any]]] = {
    "hcp-issued-by-another": ("hcp", {"fields": {"Issuer": "urn:idp:DK:countryB"}}),
    "hcp-of-another-community": ("hcp", {"attributes": {HOME_COMMUNITY: _DENMARK}}),
    "trc-issued-by-another": ("trc", {"fields": {"Issuer": "urn:initgw:DK:countryB"}}),
    "trc-points-to-another": ("trc", {"hcp_id": "_another"}),
    "trc-points-to-itself": ("trc", {"hcp_id": "_0b9a5a4e-6b6c-4f0d-9d7e-0e5f8c3a1a02"}),
    "trc-points-to-nothing": ("trc", {"fields": {_POINTS: None}}),
    "trc-of-another-professional": ("trc", {"fields": {_NAME: "eve"}}),
    "trc-of-another-name-format": ("trc", {"fields": {_FORMAT: _EMAIL}}),
    "nok-issued-by-another": ("nok", {"fields": {"Issuer": "urn:initgw:DK:countryB"}}),
    "nok-points-to-another": ("nok", {"hcp_id": "_another"}),
    "nok-of-another-professional": ("nok", {"fields": {_NAME: "eve"}}),
    "nok-of-another-name-format": ("nok", {"fields": {_FORMAT: _EMAIL}}),
}


def _bindings() -> Iterator[AttackRow]:
    for transaction in SERVICES:
        for name, (kind, changes) in _UNBOUND.items():

            def arrived(transaction=transaction, kind=kind, changes=changes):
                return message(transaction, *_given(transaction, kind, _MAKERS[kind](**changes)))

            yield asked("bindings", f"{name}-{transaction}", arrived)
        for kind in _MAKERS:

            def sealed(transaction=transaction, kind=kind):
                return message(transaction, *_given(transaction, kind, _MAKERS[kind](by=sealer("DK"))))

            yield asked("bindings", f"{kind}-sealed-by-another-{transaction}", sealed)
        yield asked("bindings", f"connection-of-another-{transaction}", partial(_from_denmark, transaction))


def _from_denmark(transaction: str):
    return replace(message(transaction), peer_der=sealer("DK", "tls").certificate)


def _unsigned(kind: str) -> Iterator[AttackRow]:
    """Signatures of TRC and NOK that prove nothing; those of the HCP assertion are the corpus's."""
    transaction = _ON[kind]
    for name, how in {
        "unsigned": None,
        "sha-1": Signing(algorithm="rsa-sha1", digest="sha1"),
        "sha-1-digest": Signing(digest="sha1"),
        "reference-to-nothing": Signing(reference=""),
        "reference-to-another": Signing(reference="#_x"),
        "no-key": Signing(certificates=()),
        "another-key": Signing(certificates=(sealer("PT", "other").certificate,)),
        "no-certificate": Signing(certificates=(b"\x30\x00",)),
    }.items():

        def arrived(how=how):
            return message(transaction, *_given(transaction, kind, _MAKERS[kind](signing=how)))

        yield asked("signatures", f"{kind}-{name}", arrived)
