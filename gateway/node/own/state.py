"""What a node has read of itself, before any of it is judged: files with their modes, pairs of certificate and key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gateway.configuration.errors import SettingsError
from gateway.configuration.settings import Settings
from gateway.errors import StoreUnavailable
from gateway.evidence.approve_tolerance import CountryTolerance
from gateway.evidence.missing import MissingRows
from gateway.store.errors import KeyFileInvalid, KeyFileUnreadable, StoreCannotStart
from gateway.store.node_lock import NodeLockStanding
from gateway.store.timekeeping import ClockOnRecord
from transformers.terminology.errors import ReleaseInvalid
from trust.certificates import CertificateUse, CertificateVerifier


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file that the configuration names, as it was read."""

    key: str
    """Of the configuration, as ``tls.server_key_file``."""
    path: Path
    content: bytes = field(repr=False, default=b"")
    mode: int = 0
    """Its permission bits."""
    fault: str | None = None
    """Why it could not be read, as the end of a sentence; None when it was."""
    secret: bool = False
    """Whether nobody but the node's user may read it."""

    @property
    def where(self) -> str:
        """The path, and the key that names it."""
        return f"{self.path} ({self.key})"


@dataclass(frozen=True, slots=True)
class OwnPair:
    """A certificate of ours and its key."""

    name: str
    """What the certificate is, as ``TLS server certificate``."""
    certificate: OwnFile
    key: OwnFile
    use: CertificateUse | None = None
    """What peers verify it for; None for a certificate that no peer sees."""
    trust: OwnFile | None = None
    """Whose authorities it must be below; None for a certificate that no peer sees."""


@dataclass(frozen=True, slots=True)
class OwnList:
    """A file of the folder of revocation lists."""

    path: Path
    der: bytes | None = field(repr=False)
    """None when no list could be read of it."""
    issuer: bytes = field(repr=False, default=b"")
    """The issuer's name, DER."""
    this_update: datetime | None = None
    next_update: datetime | None = None


@dataclass(frozen=True, slots=True)
class OwnFolder:
    """A folder that the node writes to, or where it will be made."""

    key: str
    """Of the configuration, or of the environment."""
    path: Path
    free_bytes: int | None = None
    """What its disk has room for; None when that cannot be told."""
    fault: str | None = None
    """Why nothing can be written there, as the end of a sentence."""
    file_system: str = ""
    """Its kind, as Linux names it; empty when that cannot be told."""


@dataclass(frozen=True, slots=True)
class OwnDatabase:
    """The database, as far as it let itself be asked."""

    name: str
    """Its file, or its address without password."""
    fault: StoreUnavailable | StoreCannotStart | None
    """What was in the way first: of reaching, reading, writing it, its shape, its keys."""
    keys_fault: KeyFileInvalid | KeyFileUnreadable | None = None
    """Why the file of its keys cannot be read."""
    lock: NodeLockStanding | None = None
    """Who holds the lock of this node's id; None when that was not asked."""
    clock: ClockOnRecord | None = None
    missing: MissingRows | None = None
    """Rows of the evidence that this node recorded and that are not there."""
    unremembered: str | None = None
    """Why it cannot be told whether rows are missing, as the end of a sentence; None when it can."""
    unclaimed_mail: int = 0
    """Messages found in the national mailbox that answer nothing of ours."""
    undecided: int = 0
    """Dispensings, abroad and here, that wait for a person."""
    releases: Mapping[int, ReleaseInvalid] = field(default_factory=dict)
    """By wave, why the release in force cannot be used; a wave whose release is good has none."""
    approved: frozenset[CountryTolerance] = frozenset()
    """Of the tolerances that the configuration has, those that a second person approved."""


@dataclass(frozen=True, slots=True)
class OwnState:
    """Everything that the conditions are checked against."""

    settings: Settings
    files: Sequence[OwnFile]
    """Every file a node cannot do without, those of the pairs too."""
    pairs: Sequence[OwnPair]
    lists: Sequence[OwnList]
    """None of them when there is no folder of revocation lists."""
    verifiers: Mapping[Path, CertificateVerifier]
    """By trust file; one that could not be read has none."""
    chains: Mapping[Path, CertificateVerifier]
    """By certificate file, trust in the roots of its trust file alone, with the authorities that the file carries."""
    disagreements: Sequence[SettingsError]
    """Parts of the configuration that cannot be read or do not agree; none while a node serves, which has read all."""
    folders: Sequence[OwnFolder]
    database: OwnDatabase
    changed: Mapping[str, Path] = field(default_factory=dict)
    """What is read at a start alone and has changed since, by the key that names it; asked while a node serves."""
