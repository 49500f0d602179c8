"""Reads what a node is judged by, once, so that each condition is a function of it and of the time alone."""

import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.configuration.settings import Settings
from gateway.node.foundation import verifier_of
from gateway.node.own.at_start import changed_since
from gateway.node.own.read_place import Asked, disagreements, read_database, read_folders, would_wait
from gateway.node.own.state import OwnFile, OwnList, OwnPair, OwnState
from gateway.store.revocation_lists import read_list
from trust.certificates import CertificateUse, CertificateVerifier

_Reading = Callable[[str, Path], OwnFile]


def read_own_state(settings: Settings, asked: Asked | None = None) -> OwnState:
    """Everything that the conditions need. Raises nothing: what cannot be read stands in it as such.

    ``asked``: what a process that serves has open already.
    """
    asked = asked or Asked()
    pairs = _pairs(settings)
    others = _other_files(settings)
    lists = _lists(settings.path(settings.tls.revocation_directory))
    trusts = [pair.trust for pair in pairs if pair.trust is not None]
    return OwnState(
        settings=settings,
        files=_once([*(one for pair in pairs for one in (pair.certificate, pair.key)), *trusts, *others]),
        pairs=pairs,
        lists=lists,
        verifiers=_verifiers(settings, trusts, lists),
        chains=_chains(settings, pairs, lists),
        disagreements=disagreements(settings) if asked.store is None else (),
        folders=read_folders(settings),
        database=read_database(settings, asked),
        changed={} if asked.began is None else changed_since(asked.began),
    )


def read_own_file(key: str, path: Path, *, secret: bool = False) -> OwnFile:
    """The file, or why it could not be read."""
    try:
        if would_wait(path):
            return OwnFile(key, path, fault="is no plain file", secret=secret)
        content, mode = path.read_bytes(), path.stat().st_mode
    except FileNotFoundError:
        return OwnFile(key, path, fault="is not there", secret=secret)
    except IsADirectoryError:
        return OwnFile(key, path, fault="is a folder and no file", secret=secret)
    except PermissionError:
        return OwnFile(key, path, fault="may not be read by the user who runs the node", secret=secret)
    except OSError as fault:
        return OwnFile(key, path, fault=f"cannot be read ({fault.strerror})", secret=secret)
    return OwnFile(key, path, content, stat.S_IMODE(mode), secret=secret)


def _pairs(settings: Settings) -> list[OwnPair]:
    tls, seal = settings.tls, settings.seal
    trust = read_own_file("tls.trust_file", settings.path(tls.trust_file))
    seal_trust = read_own_file("seal.trust_file", settings.path(seal.trust_file))
    pairs = [
        OwnPair(
            "TLS server certificate",
            read_own_file("tls.server_certificate_file", settings.path(tls.server_certificate_file)),
            read_own_file("tls.server_key_file", settings.path(tls.server_key_file), secret=True),
            CertificateUse.TLS_SERVER,
            trust,
        ),
        OwnPair(
            "TLS client certificate",
            read_own_file("tls.client_certificate_file", settings.path(tls.client_certificate_file)),
            read_own_file("tls.client_key_file", settings.path(tls.client_key_file), secret=True),
            CertificateUse.TLS_CLIENT,
            trust,
        ),
        OwnPair(
            "seal certificate",
            read_own_file("seal.certificate_file", settings.path(seal.certificate_file)),
            read_own_file("seal.key_file", settings.path(seal.key_file), secret=True),
            CertificateUse.SEAL,
            seal_trust,
        ),
    ]
    table = settings.terminology_api
    if table.enabled and table.certificate_file is not None and table.key_file is not None:
        pairs.append(
            OwnPair(
                "certificate of the terminology service",
                read_own_file("terminology_api.certificate_file", settings.path(table.certificate_file)),
                read_own_file("terminology_api.key_file", settings.path(table.key_file), secret=True),
            )
        )
    return [*pairs, *_signing(settings)]


def _signing(settings: Settings) -> Iterator[OwnPair]:
    """What our messages to Norwegian services are signed with, where it is named."""
    names = {"prescriber": "certificate of the prescriber", "enterprise": "certificate of the enterprise"}
    for table, name in names.items():
        certificate = _national(settings, table, "certificate_file")
        key = _national(settings, table, "key_file")
        if settings.node.country_a_enabled and certificate is not None and key is not None:
            yield OwnPair(
                name,
                read_own_file(f"national.{table}.certificate_file", settings.path(Path(certificate))),
                read_own_file(f"national.{table}.key_file", settings.path(Path(key)), secret=True),
            )


def _other_files(settings: Settings) -> Iterator[OwnFile]:
    yield read_own_file("store.keys_file", settings.path(settings.store.keys_file), secret=True)
    if settings.node.country_a_enabled and (key := _national(settings, "helseid", "key_file")):
        yield read_own_file("national.helseid.key_file", settings.path(Path(key)), secret=True)
    if settings.node.country_a_enabled and (trust := _national(settings, "trust_file")):
        yield read_own_file("national.trust_file", settings.path(Path(trust)))


def _national(settings: Settings, *keys: str) -> str | None:
    """A path of national.toml, whose other keys may still be wrong."""
    value: object = settings.tables["national"].get("national")
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) and value else None


def _once(files: Sequence[OwnFile]) -> list[OwnFile]:
    """Each file under the first key that names it."""
    found: dict[Path, OwnFile] = {}
    for one in files:
        found.setdefault(one.path, one)
    return list(found.values())


def _lists(folder: Path) -> list[OwnList]:
    return [_list(path) for path in sorted(folder.glob("*.crl"))]


def _list(path: Path) -> OwnList:
    found = None if would_wait(path) else read_list(path)
    if found is None:
        return OwnList(path, None)
    return OwnList(path, found.der, found.issuer, found.this_update, x509.load_der_x509_crl(found.der).next_update_utc)


class _ListsAtHand:
    """The lists that were read, for `trust`; the port `trust.ports.RevocationLists`."""

    def __init__(self, lists: Sequence[OwnList]) -> None:
        self._lists = lists

    def for_issuer(self, issuer_der: bytes) -> Sequence[bytes]:
        """Every list whose issuer's DER name is ``issuer_der``."""
        return [one.der for one in self._lists if one.der is not None and one.issuer == issuer_der]


def _verifiers(
    settings: Settings, trusts: Sequence[OwnFile], lists: Sequence[OwnList]
) -> dict[Path, CertificateVerifier]:
    """Our own certificates are verified by the code and the policy that peers' are verified by."""
    verifiers = {}
    for file in trusts:
        authorities = certificates_of(file)
        if any(one.issuer == one.subject for one in authorities):
            verifiers[file.path] = verifier_of(settings, authorities, _ListsAtHand(lists))
    return verifiers


def _chains(settings: Settings, pairs: Sequence[OwnPair], lists: Sequence[OwnList]) -> dict[Path, CertificateVerifier]:
    """Of the certificates that are shown in a handshake: what a peer can verify that holds the roots alone."""
    chains = {}
    for pair in pairs:
        if pair.trust is not None and pair.use is not CertificateUse.SEAL:
            roots = [one for one in certificates_of(pair.trust) if one.issuer == one.subject]
            carried = [one for one in certificates_of(pair.certificate)[1:] if one.issuer != one.subject]
            if roots:
                chains[pair.certificate.path] = verifier_of(settings, [*roots, *carried], _ListsAtHand(lists))
    return chains


def certificates_of(file: OwnFile) -> list[x509.Certificate]:
    """Every certificate of a PEM file; none when it holds none, or one of them cannot be read."""
    try:
        return x509.load_pem_x509_certificates(file.content)
    except ValueError:
        return []


def leaf_of(file: OwnFile) -> bytes | None:
    """The DER of the first certificate of a PEM file, None when there is none."""
    return next((one.public_bytes(Encoding.DER) for one in certificates_of(file)), None)
