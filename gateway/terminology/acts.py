"""Acts on releases: import, approve, activate, roll back. Each is one transaction with its row of evidence.

Who approves is not who imported. A release that fails its checks is activated only with a reason, which is on record.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, text, update

from gateway.evidence.chain import Chain
from gateway.evidence.event import Access, Actor, Direction, Exchanged
from gateway.evidence.event_of import Occurrence, event_of
from gateway.store.engine import Store, UnitOfWork
from gateway.store.moments import to_microseconds
from gateway.terminology.activations import (
    EVERY_WAVE,
    Activation,
    ImportedRelease,
    find,
    in_force,
    last_generation,
    newest,
)
from gateway.terminology.errors import (
    AlreadyApproved,
    AlreadyInForce,
    ApproverIsImporter,
    ChecksFailed,
    NameMissing,
    NothingBefore,
    ReleaseNotApproved,
    ReleaseNotKnown,
)
from gateway.terminology.library import Library
from gateway.terminology.tables import terminology_activations, terminology_releases
from transformers.model.finding import Report
from transformers.terminology.check import check, failures
from transformers.terminology.release import Release
from transformers.terminology.rows import Facts

IMPORT, APPROVE = "TERMINOLOGY-IMPORT", "TERMINOLOGY-APPROVE"
ACTIVATE, ROLLBACK = "TERMINOLOGY-ACTIVATE", "TERMINOLOGY-ROLLBACK"
_NO_FILE = "0" * 64


@dataclass(frozen=True, slots=True)
class Act:
    """Who does it and when. ``by`` is the name of a person."""

    by: str
    now: datetime
    new_id: Callable[[], UUID]


@dataclass(frozen=True, slots=True)
class Done:
    """What was activated, and what the checks said of it."""

    activation: Activation
    report: Report


class Office:
    """Where releases are kept and acts are recorded."""

    def __init__(self, store: Store, chain: Chain, library: Library, node: str) -> None:
        self._store = store
        self._chain = chain
        self._library = library
        self._node = node

    def keep(self, content: bytes, act: Act) -> Release:
        """Keep a release file and say who imported it; one that is known already keeps its importer.

        Raises ReleaseUnreadable, ReleaseUnwritable, NameMissing, EvidenceUnavailable, StoreUnavailable.
        """
        by = _named(act)
        release = Release(content)
        self._library.keep(release.id, content)
        with self._store.unit_of_work() as unit:
            self._turn(unit)
            if find(unit.connection, release.id) is None:
                row = {
                    "release": release.id,
                    "sha256": release.sha256,
                    "imported_by": by,
                    "imported_at": to_microseconds(act.now),
                }
                unit.connection.execute(insert(terminology_releases), row)
                self._record(unit, IMPORT, act, (release.id, release.sha256))
        return release

    def approve(self, release: str, act: Act) -> ImportedRelease:
        """Approve a release that somebody else imported.

        Raises NameMissing, ReleaseNotKnown, ApproverIsImporter, AlreadyApproved, ReleaseAbsent, ReleaseChanged,
        ReleaseUnreadable, EvidenceUnavailable, StoreUnavailable.
        """
        by = _named(act)
        with self._store.unit_of_work() as unit:
            self._turn(unit)
            known = _find(unit, release)
            if _same_person(by, known.imported_by):
                raise ApproverIsImporter(release)
            if known.approved_by is not None:
                raise AlreadyApproved(release)
            self._library.open(release, known.sha256)
            approved = {"approved_by": by, "approved_at": to_microseconds(act.now)}
            mine = terminology_releases.c.release == release
            unit.connection.execute(update(terminology_releases).where(mine).values(**approved))
            self._record(unit, APPROVE, act, (release, known.sha256))
            return _find(unit, release)

    def check(self, release: str, facts: Facts, *, wave: int = EVERY_WAVE, production: bool = False) -> Report:
        """What the checks say of a known release, compared with the one in force.

        Raises ReleaseNotKnown, ReleaseAbsent, ReleaseChanged, ReleaseUnreadable, StoreUnavailable.
        """
        with self._store.reading() as connection:
            known = find(connection, release)
        if known is None:
            raise ReleaseNotKnown(release)
        opened = self._library.open(release, known.sha256)
        now = in_force(self._store, wave)
        active = None
        if now is not None and now.release is not None and now.sha256 is not None and now.release != release:
            active = self._library.open(now.release, now.sha256)
        return check(opened, facts, active, production=production)

    def activate(
        self, release: str, act: Act, report: Report, *, wave: int = EVERY_WAVE, override: str | None = None
    ) -> Activation:
        """Put an approved release in force, ``report`` being what `check` said of it; one row, so all at once.

        Raises NameMissing, ReleaseNotKnown, ReleaseNotApproved, ChecksFailed, AlreadyInForce, ReleaseAbsent,
        ReleaseChanged, ReleaseUnreadable, EvidenceUnavailable, StoreUnavailable.
        """
        _named(act)
        failed = failures(report)
        with self._store.unit_of_work() as unit:
            self._turn(unit)
            known = _find(unit, release)
            if known.approved_by is None:
                raise ReleaseNotApproved(release)
            if failed and not (override or "").strip():
                raise ChecksFailed(release, failed)
            now = newest(unit.connection, wave)
            if now is not None and now.release == release:
                raise AlreadyInForce(release)
            self._library.open(release, known.sha256)
            why = override.strip() if override and failed else None
            self._put_in_force(unit, act, release, wave, override=why)
            access = Access(purpose=why, data_categories=failed)
            self._record(unit, ACTIVATE, act, (release, known.sha256), access=access, wave=wave)
            made = newest(unit.connection, wave)
        assert made is not None, "it was just made"
        return made

    def roll_back(self, act: Act, *, wave: int = EVERY_WAVE) -> Activation:
        """Go back to what was in force before; before the first activation that was the starter release.

        Raises NameMissing, NothingBefore, ReleaseAbsent, ReleaseChanged, ReleaseUnreadable, EvidenceUnavailable,
        StoreUnavailable.
        """
        _named(act)
        with self._store.unit_of_work() as unit:
            self._turn(unit)
            now = newest(unit.connection, wave)
            if now is None or now.since == 0:
                raise NothingBefore
            before = newest(unit.connection, wave, before=now.since)
            release, restores = (None, 0) if before is None else (before.release, before.since)
            sha256 = None if before is None else before.sha256
            if release is not None and sha256 is not None:
                self._library.open(release, sha256)
            self._put_in_force(unit, act, release, wave, restores=restores)
            self._record(unit, ROLLBACK, act, (release or "starter", sha256 or _NO_FILE), wave=wave)
            made = newest(unit.connection, wave)
        assert made is not None, "it was just made"
        return made

    def _put_in_force(
        self,
        unit: UnitOfWork,
        act: Act,
        release: str | None,
        wave: int,
        *,
        restores: int | None = None,
        override: str | None = None,
    ) -> None:
        row = {
            "generation": last_generation(unit.connection) + 1,
            "release": release,
            "wave": wave,
            "restores": restores,
            "activated_by": _named(act),
            "activated_at": to_microseconds(act.now),
            "override": override,
        }
        unit.connection.execute(insert(terminology_activations), row)

    def _turn(self, unit: UnitOfWork) -> None:
        """One act at a time: SQLite has one writer anyway."""
        if self._store.engine.dialect.name == "postgresql":
            unit.connection.execute(text("LOCK TABLE terminology_activations IN EXCLUSIVE MODE"))

    def _record(
        self,
        unit: UnitOfWork,
        transaction: str,
        act: Act,
        of: tuple[str, str],
        *,
        access: Access | None = None,
        wave: int = EVERY_WAVE,
    ) -> None:
        """Evidence of an act on a release, given by id and digest of its file."""
        release, sha256 = of
        occurrence = Occurrence(
            id=act.new_id(),
            transaction=transaction,
            direction=Direction.INTERNAL,
            start=act.now,
            end=act.now,
            correlation=act.new_id(),
            exchanged=Exchanged(request_sha256=sha256),
            actor=Actor(professional_name=_named(act)),
            access=access or Access(),
            wave=wave or None,
            terminology_release=release,
        )
        event = event_of(occurrence, self._node)
        self._chain.append(event, unit)


def _find(unit: UnitOfWork, release: str) -> ImportedRelease:
    known = find(unit.connection, release)
    if known is None:
        raise ReleaseNotKnown(release)
    return known


def _named(act: Act) -> str:
    by = " ".join(act.by.split())
    if not by or not by.isprintable():
        raise NameMissing
    return by


def _same_person(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
