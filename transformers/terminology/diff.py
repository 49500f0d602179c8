"""What changes from one release to another: concepts, displays, maps, designations and waves, counted and named."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from transformers.terminology.release import Release

_MEMBERS = (
    "SELECT v.oid, s.id, m.code, m.display FROM member m JOIN value_set v ON v.number = m.value_set"
    " JOIN system s ON s.number = m.system"
)
_MAPS = "SELECT source_system, source_code, value_set, target_system || ' ' || target_code || ' ' || relation FROM map"
_WAVES = (
    "SELECT v.oid, s.id, l.code, 'from wave ' || l.from_wave FROM later_member l"
    " JOIN value_set v ON v.number = l.value_set JOIN system s ON s.number = l.system"
)
_DESIGNATIONS = "SELECT system, code, language, text FROM designation"


@dataclass(frozen=True, slots=True)
class Change:
    """One code: ``before`` and ``after`` are its display, target or text; None where it is not."""

    where: str
    """Value set (OID) of a concept, ``maps``, ``designations`` or ``waves``."""
    key: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class ChangeCount:
    """Changes in one place."""

    where: str
    name: str
    added: int
    removed: int
    changed: int


def diff(one: Release, other: Release) -> list[Change]:
    """Every change that ``other`` makes to ``one``, in order."""
    changes: list[Change] = []
    for sql, place in ((_MEMBERS, None), (_MAPS, "maps"), (_DESIGNATIONS, "designations"), (_WAVES, "waves")):
        before, after = _keyed(one.rows(sql)), _keyed(other.rows(sql))
        for key in sorted(before.keys() ^ after.keys() | {k for k in before if after.get(k) != before[k]}):
            where, named = (key[0], " ".join(key[1:])) if place is None else (place, " ".join(key))
            changes.append(Change(where, named, before.get(key), after.get(key)))
    return changes


def counted(changes: Iterable[Change], one: Release, other: Release) -> list[ChangeCount]:
    """The changes, counted by place."""
    sums: dict[str, list[int]] = {}
    for change in changes:
        kind = 0 if change.before is None else 1 if change.after is None else 2
        sums.setdefault(change.where, [0, 0, 0])[kind] += 1
    known = one.value_sets | other.value_sets
    return [ChangeCount(where, known[where].name if where in known else where, *sums[where]) for where in sorted(sums)]


def _keyed(rows: Iterable[tuple[Any, ...]]) -> dict[tuple[str, str, str], str]:
    return {(a, b, c): value for a, b, c, value in rows}
