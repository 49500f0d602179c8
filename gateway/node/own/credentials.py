"""Whether peers will accept a node's certificates: judged as peers' certificates are, by `trust/certificates.py`."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from gateway.conditions import Shortcoming, instant
from gateway.national.helseid import read_client_key
from gateway.node.own.read import certificates_of, leaf_of
from gateway.node.own.state import OwnFile, OwnList, OwnPair, OwnState
from trust import pki_layout
from trust.certificates import CertificateUse, Description, VerifiedCertificate, describe
from trust.errors import (
    CertificateCountryMissing,
    CertificateExpired,
    CertificateIssuerUnknown,
    CertificateKeyWeak,
    CertificateKindForbidden,
    CertificateNotYetValid,
    CertificateRefused,
    CertificateRevoked,
    CertificateUnreadable,
    RevocationUnknown,
)
from trust.extensions import extension
from trust.private_key import read_private_key

STAGES = (7, 30, 60)
"""Days before its end at which a certificate is warned of."""
_NEW_CERTIFICATE = "order a certificate of an accredited authority and put it and its key there"
_LAST_PART = 4
"""A list is to be renewed before the last quarter of its life."""

_Words = Callable[[OwnPair, Description], str]


def _in_folder(state: OwnState) -> str:
    return str(state.settings.path(state.settings.tls.revocation_directory))


REFUSED: Mapping[type[CertificateRefused], tuple[_Words, str]] = {
    CertificateUnreadable: (lambda pair, _: "holds no certificate that can be read", _NEW_CERTIFICATE),
    CertificateKeyWeak: (
        lambda pair, _: "has a key that peers refuse: RSA under 2048 bits or an uncommon kind",
        _NEW_CERTIFICATE,
    ),
    CertificateCountryMissing: (lambda pair, _: "does not name one country, which peers demand", _NEW_CERTIFICATE),
    CertificateKindForbidden: (
        lambda pair, _: f"may not be used as {pair.name}: its key usages are those of another kind",
        "put the certificate and key there that were issued for this use",
    ),
    CertificateNotYetValid: (
        lambda pair, said: f"is not valid before {instant(said.not_before)}",
        "wait until then and look at the clock, or put a certificate there that is valid now",
    ),
    CertificateExpired: (lambda pair, said: f"ended on {instant(said.not_after)}", _NEW_CERTIFICATE),
    CertificateIssuerUnknown: (
        lambda pair, said: (
            f"was issued by {said.issuer}, which is no authority of {pair.trust.where if pair.trust else 'ours'}"
        ),
        "put a certificate there of an authority that peers trust, or add its chain to the trust file",
    ),
    CertificateRevoked: (lambda pair, _: "is revoked: its authority's list names it", _NEW_CERTIFICATE),
    RevocationUnknown: (
        lambda pair, said: f"cannot be told from a revoked one: no list of {said.issuer} or of its issuers is in force",
        "fetch the newest lists of the authorities into tls.revocation_directory",
    ),
}
"""Why a certificate of ours is refused, in words, and the next step; a test holds it against the leaves."""


def keys_fit(state: OwnState, _now: datetime) -> Iterator[Shortcoming]:
    """Each certificate can be read, and each key is the key of its certificate."""
    for pair in state.pairs:
        if pair.certificate.fault is not None or pair.key.fault is not None:
            continue  # `files_are_there` tells of it
        leaf = leaf_of(pair.certificate)
        if leaf is None:
            what = "holds no certificate in PEM"
            yield Shortcoming(pair.certificate.where, what, "put the certificate there as PEM (BEGIN CERTIFICATE)")
        elif (misfit := _misfit(leaf, pair.key.content, rsa=pair.use is CertificateUse.SEAL)) is not None:
            what = misfit.format(certificate=pair.certificate.path)
            yield Shortcoming(pair.key.where, what, "put the certificate and its own key there, both as PEM")


def client_key_can_be_read(state: OwnState, _now: datetime) -> Iterator[Shortcoming]:
    """The key that HelseID knows us by is a private JWK of the algorithm's kind."""
    for file in state.files:
        if file.key == "national.helseid.key_file" and file.fault is None:
            try:
                read_client_key(
                    file.content, str(state.settings.tables["national"]["national"]["helseid"]["algorithm"])
                )
            except ValueError as fault:
                what = f"is no key to use: {fault}"
                yield Shortcoming(file.where, what, "put the private JWK there that is registered with HelseID")


def _misfit(leaf: bytes, key_pem: bytes, *, rsa: bool) -> str | None:
    """What is wrong with the key, None when it is the certificate's."""
    try:
        key = read_private_key(key_pem)
        of_certificate = x509.load_der_x509_certificate(leaf).public_key()
    except TypeError:
        return "is encrypted with a password, which a node cannot be asked for"
    except (ValueError, UnsupportedAlgorithm):
        return "holds no private key in PEM that can be read"
    if key.public_key() != of_certificate:
        return "is not the key of {certificate}"
    if rsa and not isinstance(key, RSAPrivateKey):
        return "is no RSA key, and assertions are sealed with RSA"
    return None


def authorities_can_be_read(state: OwnState, _now: datetime) -> Iterator[Shortcoming]:
    """Each trust file has an authority to trust in, that of the national services too."""
    for file in state.files:
        if file.key == "national.trust_file" and file.fault is None and not certificates_of(file):
            what = "holds no authority in PEM, so that no national service can be asked"
            yield Shortcoming(file.where, what, "put the authorities of the national services there as PEM")
    for file in _trust_files(state):
        if file.fault is None and file.path not in state.verifiers:
            what = "holds no authority in PEM that signs itself, so nobody can be trusted"
            yield Shortcoming(file.where, what, "put the root and issuing authorities there as PEM")


def production_trusts_no_development_pki(state: OwnState, _now: datetime) -> Iterator[Shortcoming]:
    """In production no authority is trusted whose key lies in a folder: `ncpeh pki dev` makes such ones."""
    if state.settings.node.environment != "production":
        return
    for file in _trust_files(state):
        for authority in certificates_of(file):
            organisations = authority.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)
            if any(one.value == pki_layout.ORGANISATION for one in organisations):
                what = f"trusts {authority.subject.rfc4514_string()}, an authority of a development PKI, in production"
                yield Shortcoming(file.where, what, "put the accredited authorities there, and nobody else")


def chains_are_whole(state: OwnState, now: datetime) -> Iterator[Shortcoming]:
    """What is shown in a handshake carries the authorities between it and its root."""
    for pair, leaf in _shown(state):
        verifier = state.chains.get(pair.certificate.path)
        if (
            verifier is None
            or pair.use is None
            or not isinstance(_verified(state, pair, leaf, now), VerifiedCertificate)
        ):
            continue  # `certificates_are_accepted` tells of it
        try:
            verifier.verify(leaf, pair.use, now)
        except CertificateRefused:
            what = "carries no issuing authority, so that a peer that holds the root alone refuses it"
            next_step = "put the certificates of its authorities below it into the same file, without the root"
            yield Shortcoming(f"{pair.certificate.where}, {pair.name}", what, next_step)


def _trust_files(state: OwnState) -> list[OwnFile]:
    """Each once, under the first key that names it."""
    files = [pair.trust for pair in state.pairs if pair.trust is not None]
    return [file for number, file in enumerate(files) if file.path not in {one.path for one in files[:number]}]


def certificates_are_accepted(state: OwnState, now: datetime) -> Iterator[Shortcoming]:
    """What a peer with our trust would say of each certificate we show: use, dates, issuer, revocation, country."""
    for pair, leaf in _shown(state):
        verified = _verified(state, pair, leaf, now)
        if isinstance(verified, Shortcoming):
            yield verified
        elif verified is not None:
            yield from _not_ours(state, pair, verified)


def _shown(state: OwnState) -> Iterator[tuple[OwnPair, bytes]]:
    for pair in state.pairs:
        leaf = leaf_of(pair.certificate) if pair.certificate.fault is None else None
        if leaf is not None:
            yield pair, leaf


def _verified(state: OwnState, pair: OwnPair, leaf: bytes, now: datetime) -> VerifiedCertificate | Shortcoming | None:
    """None where nothing can be said: no peer sees it, or its trust file cannot be read, which is told elsewhere."""
    verifier = state.verifiers.get(pair.trust.path) if pair.trust is not None else None
    try:
        if pair.use is None:
            return _dates_alone(pair, leaf, now)
        return None if verifier is None else verifier.verify(leaf, pair.use, now)
    except CertificateRefused as refused:
        return _refused(pair, leaf, type(refused))


def _dates_alone(pair: OwnPair, leaf: bytes, now: datetime) -> Shortcoming | None:
    said = describe(leaf)
    if now < said.not_before:
        return _refused(pair, leaf, CertificateNotYetValid)
    return _refused(pair, leaf, CertificateExpired) if now > said.not_after else None


def _refused(pair: OwnPair, leaf: bytes, refused: type[CertificateRefused]) -> Shortcoming:
    words, next_step = REFUSED[refused]
    if refused is CertificateUnreadable:
        return Shortcoming(
            pair.certificate.where, "holds no certificate that can be read", next_step
        )  # it says no dates
    said = describe(leaf)
    until = said.not_before if refused is CertificateNotYetValid else said.not_after
    return Shortcoming(f"{pair.certificate.where}, {pair.name}", words(pair, said), next_step, until)


def _not_ours(state: OwnState, pair: OwnPair, verified: VerifiedCertificate) -> Iterator[Shortcoming]:
    where, country = f"{pair.certificate.where}, {pair.name}", state.settings.node.country
    if verified.country != country:
        what = f"is a certificate of {verified.country}, and this node is that of {country}"
        yield Shortcoming(where, what, "put the certificate there that was issued to this country", verified.not_after)
    if not verified.common_name:
        yield Shortcoming(where, "has not exactly one common name", _NEW_CERTIFICATE, verified.not_after)
    if pair.use is CertificateUse.TLS_SERVER and not _names_hosts(verified.der):
        what = "names no host in its subjectAltName, and peers compare the host they call with it"
        yield Shortcoming(where, what, _NEW_CERTIFICATE, verified.not_after)


def _names_hosts(der: bytes) -> bool:
    names = extension(x509.load_der_x509_certificate(der), x509.SubjectAlternativeName)
    return names is not None and any(isinstance(name, x509.DNSName | x509.IPAddress) for name in names)


def certificates_last(state: OwnState, now: datetime) -> Iterator[Shortcoming]:
    """No certificate of ours ends within 60 days."""
    for pair, leaf in _shown(state):
        try:
            end = describe(leaf).not_after
        except CertificateRefused:
            continue
        if (stage := stage_of(end, now)) is not None:
            what = f"ends {_ahead(end, now)}, on {instant(end)}"
            yield Shortcoming(f"{pair.certificate.where}, {pair.name}", what, _NEW_CERTIFICATE, end, stage)


def authorities_last(state: OwnState, now: datetime) -> Iterator[Shortcoming]:
    """No authority that we trust has ended or ends within 60 days: who is below it is refused from then on."""
    for file in _trust_files(state):
        for authority in certificates_of(file):
            end, name = authority.not_valid_after_utc, authority.subject.rfc4514_string()
            stage = stage_of(end, now)
            if end < now or stage is not None:
                what = f"trusts {name}, which {'ended' if end < now else f'ends {_ahead(end, now)},'} on {instant(end)}"
                yield Shortcoming(file.where, what, "put the authority's new certificate there too", end, stage)


def lists_can_be_read(state: OwnState, _now: datetime) -> Iterator[Shortcoming]:
    """There are revocation lists, and each file is one."""
    if not state.lists:
        where = f"{_in_folder(state)} (tls.revocation_directory)"
        yield Shortcoming(where, "holds no revocation list (*.crl)", "fetch the authorities' lists into it")
    for one in state.lists:
        if one.der is None:
            what = "is no revocation list that can be read (one a file, DER or PEM)"
            next_step = "fetch the list again, put each into a file of its own, or take it away"
            yield Shortcoming(f"{one.path} (tls.revocation_directory)", what, next_step)


def lists_are_renewed(state: OwnState, now: datetime) -> Iterator[Shortcoming]:
    """The newest list of each authority is in force and not in the last quarter of its life."""
    newest: dict[bytes, OwnList] = {}
    for one in state.lists:
        before = newest.get(one.issuer)
        if one.this_update is not None and (before is None or one.this_update > (before.this_update or now)):
            newest[one.issuer] = one
    for one in newest.values():
        if one.this_update is None or one.next_update is None:
            continue
        last_part = (one.next_update - one.this_update) / _LAST_PART
        if now > one.next_update - last_part:
            verb = "should have been renewed by" if now > one.next_update else "is to be renewed by"
            what = f"{verb} {instant(one.next_update)}"
            where = f"{one.path} (tls.revocation_directory)"
            yield Shortcoming(where, what, "fetch the authority's newest list into the folder", one.next_update)


def stage_of(end: datetime, now: datetime) -> int | None:
    """The step of the warnings that an end to come has reached, None when it is past or further away."""
    return next((days for days in STAGES if now <= end <= now + timedelta(days=days)), None)


def _ahead(end: datetime, now: datetime) -> str:
    days = (end - now).days
    return f"in {days} days" if days > 1 else "within two days"
