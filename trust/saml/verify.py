"""From the bytes of a message and the certificate of its connection to a `VerifiedCaller`, or to one refusal.

eHDSI XUA revision 19, SAML 2.0 core. Order: structure, signatures, seals, fields, windows, values, bindings, replay;
each step for every assertion before the next, and what is remembered is remembered last. Nothing is read but what was
signed.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from trust.certificates import CertificateUse, VerifiedCertificate
from trust.errors import about
from trust.ports import SeenOnce
from trust.saml import vocabulary as names
from trust.saml.bind import bind_hcp, bind_nok, bind_trc
from trust.saml.check import check_common, check_hcp, check_instants, check_trc, check_window
from trust.saml.find import find_assertions
from trust.saml.model import Assertion, HcpAssertion, NokAssertion, TrcAssertion, VerifiedCaller
from trust.saml.read import read_hcp, read_nok, read_trc
from trust.saml.replay import SentMessage, refuse_repeated_message, refuse_reused_assertions
from trust.saml.tables import SamlTables
from trust.saml.tolerances import DEVIATIONS, Deviation, ToleratedDeviations
from trust.tls import PeerIdentity
from trust.xml import Element, serialise
from trust.xmldsig import verify_enveloped

VerifyCertificate = Callable[[bytes, CertificateUse, datetime], VerifiedCertificate]


def verify_caller(  # noqa: PLR0913 - each is a fact of another origin; a bag of them would only hide which
    envelope: Element,
    *,
    peer: PeerIdentity,
    verify_certificate: VerifyCertificate,
    directory: Mapping[str, Collection[str]],
    tables: SamlTables,
    needs_trc: bool,
    needs_role_display: bool,
    seen: SeenOnce,
    new_id: Callable[[], UUID],
    message: SentMessage,
    now: datetime,
    tolerated: frozenset[Deviation] = frozenset(),
) -> VerifiedCaller:
    """Who calls.

    ``envelope``: root of the SOAP 1.2 message, as `trust.xml.parse` gave it. ``directory``: country to its registered
    home community ids (dotted OIDs). ``needs_trc``: the transaction is about a patient in treatment.
    ``needs_role_display``: the transaction compares the role's display name too (ITI-55). ``message``:
    what tells it from others, the same one that ``envelope`` is the root of. ``tolerated``: of the country of ``peer``.
    Raises a leaf of TrustError; a seal that does not verify raises what ``verify_certificate`` raises.
    """
    found = find_assertions(envelope, needs_trc=needs_trc)
    tolerances = ToleratedDeviations(tolerated)
    read = _read(found, verify_certificate, tables, tolerances, now)
    _check(read, tables, tolerances, now, needs_role_display=needs_role_display)
    country = _bind(read, peer, directory)
    newest = read.trc if needs_trc and read.trc is not None else read.hcp
    refuse_repeated_message(message, newest, country, seen=seen, new_id=new_id, now=now)
    refuse_reused_assertions(read.each(), country, seen=seen, now=now)
    return VerifiedCaller(peer, read.hcp, read.trc, read.nok, country, read.hcp.home_community, _met(tolerances))


@dataclass(frozen=True, slots=True)
class _SealedAssertions:
    """What a message's assertions say; signed and sealed, not yet believed."""

    hcp: HcpAssertion
    trc: TrcAssertion | None
    nok: NokAssertion | None

    def each(self) -> list[tuple[str, Assertion]]:
        every = ((names.HCP, self.hcp), (names.TRC, self.trc), (names.NOK, self.nok))
        return [(kind, assertion) for kind, assertion in every if assertion is not None]


def _met(tolerances: ToleratedDeviations) -> tuple[Deviation, ...]:
    return tuple(one for one in DEVIATIONS if one in tolerances.met)


def _read(
    found: Mapping[str, Element],
    verify_certificate: VerifyCertificate,
    tables: SamlTables,
    tolerated: ToleratedDeviations,
    now: datetime,
) -> _SealedAssertions:
    signed, seals = {}, {}
    for kind, assertion in found.items():
        with about(kind):
            signed[kind] = verify_enveloped(serialise(assertion))
    for kind, it in signed.items():
        with about(kind):
            seals[kind] = verify_certificate(it.certificate, CertificateUse.SEAL, now)
    return _SealedAssertions(
        read_hcp(signed[names.HCP], seals[names.HCP], tables, tolerated),
        read_trc(signed[names.TRC], seals[names.TRC], tables, tolerated) if names.TRC in signed else None,
        read_nok(signed[names.NOK], seals[names.NOK], tolerated) if names.NOK in signed else None,
    )


def _check(
    read: _SealedAssertions,
    tables: SamlTables,
    tolerated: ToleratedDeviations,
    now: datetime,
    *,
    needs_role_display: bool,
) -> None:
    for kind, assertion in read.each():
        check_window(kind, assertion, now)
        check_instants(kind, assertion, tables, now)
    for kind, assertion in read.each():
        check_common(kind, assertion, tables, tolerated)
    check_hcp(read.hcp, tables, needs_role_display=needs_role_display)
    if read.trc is not None:
        check_trc(read.trc, tables)


def _bind(read: _SealedAssertions, peer: PeerIdentity, directory: Mapping[str, Collection[str]]) -> str:
    with about(names.HCP):
        country = bind_hcp(read.hcp, peer, directory)
    if read.trc is not None:
        with about(names.TRC):
            bind_trc(read.trc, read.hcp)
    if read.nok is not None:
        with about(names.NOK):
            bind_nok(read.nok, read.hcp)
    return country
