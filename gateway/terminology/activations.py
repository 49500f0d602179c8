"""What the database says of releases: which are known, and which is in force for a wave.

A release is put into force by `acts.py`; what a running node answers with is `in_force.py`.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, func, select
from sqlalchemy.engine import RowMapping

from gateway.store.engine import Store
from gateway.store.moments import from_microseconds
from gateway.terminology.tables import terminology_activations, terminology_releases

EVERY_WAVE = 0


@dataclass(frozen=True, slots=True)
class ImportedRelease:
    """A release that was imported."""

    release: str
    sha256: str
    imported_by: str
    imported_at: datetime
    approved_by: str | None
    approved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Activation:
    """One act of putting a release in force. ``release`` and ``sha256`` are None for the starter."""

    generation: int
    release: str | None
    sha256: str | None
    wave: int
    restores: int | None
    activated_by: str
    activated_at: datetime
    override: str | None

    @property
    def since(self) -> int:
        """The generation whose release this is: of a rollback, the one it went back to."""
        return self.generation if self.restores is None else self.restores


def known_releases(store: Store) -> list[ImportedRelease]:
    """Every release, the newest import last. Raises StoreUnavailable."""
    wanted = select(terminology_releases).order_by(terminology_releases.c.imported_at, terminology_releases.c.release)
    with store.reading() as connection:
        return [_known(row) for row in connection.execute(wanted).mappings()]


def in_force(store: Store, wave: int) -> Activation | None:
    """The newest activation that speaks of a wave, None when there is none. Raises StoreUnavailable."""
    with store.reading() as connection:
        return newest(connection, wave)


def history(store: Store) -> list[Activation]:
    """Every activation, the oldest first. Raises StoreUnavailable."""
    with store.reading() as connection:
        rows = connection.execute(_activations().order_by(terminology_activations.c.generation)).mappings()
        return [_activation(row) for row in rows]


def newest(connection: Connection, wave: int, *, before: int | None = None) -> Activation | None:
    """The newest activation for a wave; with ``before``, of a generation before that one."""
    c = terminology_activations.c
    wanted = _activations().where(c.wave.in_({EVERY_WAVE, wave})).order_by(c.generation.desc()).limit(1)
    if before is not None:
        wanted = wanted.where(c.generation < before)
    row = connection.execute(wanted).mappings().one_or_none()
    return None if row is None else _activation(row)


def last_generation(connection: Connection) -> int:
    """0 when nothing was ever activated."""
    return int(
        connection.execute(select(func.coalesce(func.max(terminology_activations.c.generation), 0))).scalar_one()
    )


def find(connection: Connection, release: str) -> ImportedRelease | None:
    """A release by its id."""
    wanted = select(terminology_releases).where(terminology_releases.c.release == release)
    row = connection.execute(wanted).mappings().one_or_none()
    return None if row is None else _known(row)


def _activations() -> Select[tuple[object, ...]]:
    joined = terminology_activations.outerjoin(
        terminology_releases, terminology_releases.c.release == terminology_activations.c.release
    )
    return select(terminology_activations, terminology_releases.c.sha256).select_from(joined)


def _known(row: RowMapping) -> ImportedRelease:
    approved = row["approved_at"]
    return ImportedRelease(
        release=row["release"],
        sha256=row["sha256"],
        imported_by=row["imported_by"],
        imported_at=from_microseconds(row["imported_at"]),
        approved_by=row["approved_by"],
        approved_at=None if approved is None else from_microseconds(approved),
    )


def _activation(row: RowMapping) -> Activation:
    names = ("generation", "release", "sha256", "wave", "restores", "activated_by", "override")
    return Activation(**{n: row[n] for n in names}, activated_at=from_microseconds(row["activated_at"]))
