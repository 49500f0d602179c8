"""The one clock and the one maker of ids; everything else takes `now` (aware, UTC) and `new_id` as arguments.

Here too is what a node thinks of its clock: `look` is pure, clocks and testimonies in, a standing out. Who gathers the
testimonies and keeps the result is `gateway/store/timekeeping.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4  # noqa: TID251 - this is the maker of ids

BOUND = timedelta(minutes=5)
"""How far a node's clock may be from the real time; gateway/README.md states it."""
MARGIN = 2 * BOUND
"""How long after its end a thing is kept before it is deleted: two clocks may lie on both sides of the real time."""
STEADY = timedelta(hours=1)
"""How long the wall clock must have moved with the monotonic one before a node without a witness deletes anything."""
JUMP = timedelta(seconds=10)
"""What the wall clock may gain or lose between two looks; corrections of NTP stay far below it."""


def now() -> datetime:
    """This instant, aware, UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this is the clock


def new_id() -> UUID:
    """A new random UUID."""
    return uuid4()


class ClockStanding(StrEnum):
    """What a node's clock is worth to the others."""

    WITNESSED = "witnessed"
    """Others tell the same time."""
    UNWITNESSED = "unwitnessed"
    """Nobody else tells any time."""
    ALONE = "alone"
    """Others tell another time, and are more, or have more weight."""


@dataclass(frozen=True, slots=True)
class OtherClock:
    """What somebody else's clock says: ``ahead`` is its time less ours at one moment."""

    ahead: timedelta
    authority: bool = False
    """The database server or a national service, and no other node."""
    steady: timedelta = timedelta(0)
    """Of another node: how long its wall clock has moved with its monotonic one."""

    @property
    def agrees(self) -> bool:
        """No further from ours than two right clocks may be from each other."""
        return abs(self.ahead) <= MARGIN


@dataclass(frozen=True, slots=True)
class Look:
    """How a node's clock stood at one moment."""

    wall: datetime
    monotonic: timedelta
    standing: ClockStanding
    steady_since: timedelta
    """The moment of the monotonic clock from which on the wall clock has moved with it."""
    settled: datetime
    """No later than the real time, by more than `BOUND`, as far as anybody here can tell."""

    @property
    def steady(self) -> timedelta:
        """How long the wall clock has moved with the monotonic one."""
        return self.monotonic - self.steady_since

    @property
    def delete_before(self) -> datetime | None:
        """What ended at or before this may be deleted; None when nothing may."""
        if self.standing is ClockStanding.ALONE:
            return None
        if self.standing is ClockStanding.UNWITNESSED and self.steady < STEADY:
            return None
        return min(self.wall, self.settled) - MARGIN


def judge(testimonies: Sequence[OtherClock], steady: timedelta) -> ClockStanding:
    """Whose time it is: ours when most agree with us.

    One vote each, ours included; against us stand the most who agree with one another. At equal votes an authority
    decides, and without one whose clock has run steadily for longer.
    """
    if not testimonies:
        return ClockStanding.UNWITNESSED
    agreeing = [one for one in testimonies if one.agrees]
    against = _most_together([one for one in testimonies if not one.agrees])
    ours, theirs = 1 + len(agreeing), len(against)
    if ours == theirs:
        ours, theirs = (int(any(one.authority for one in camp)) for camp in (agreeing, against))
    if ours == theirs:
        right = max((steady, *(one.steady for one in agreeing))) > max(one.steady for one in against)
        ours, theirs = int(right), int(not right)
    if ours < theirs:
        return ClockStanding.ALONE
    return ClockStanding.WITNESSED if agreeing else ClockStanding.UNWITNESSED


def _most_together(testimonies: Sequence[OtherClock]) -> Sequence[OtherClock]:
    """The most that lie no further apart than two right clocks may."""
    ordered = sorted(testimonies, key=lambda one: one.ahead)
    best: Sequence[OtherClock] = ()
    first = 0
    for last, one in enumerate(ordered):
        while one.ahead - ordered[first].ahead > MARGIN:
            first += 1
        if last + 1 - first > len(best):
            best = ordered[first : last + 1]
    return best


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the database holds of earlier looks, of this node and all others."""

    settled: datetime | None
    """None on a database that no node has looked at."""
    alone: bool = False
    """This node stood alone when it last looked, and nobody has accepted its clock since."""


def look(
    before: Look | None,
    wall: datetime,
    monotonic: timedelta,
    testimonies: Sequence[OtherClock],
    remembered: Remembered,
    longest_kept: timedelta,
) -> Look:
    """How the clock stands now. ``before``: this process's look before; ``longest_kept``: of all that is deleted.

    Who stood alone does so until somebody agrees, for silence clears nobody. What a node without a witness believes of
    the time moves with its monotonic clock alone, from what was believed when it began, and never past its own clock:
    a long silence and a wrong clock look alike. Only when it has run steadily for longer than anything is kept its own
    clock is all that counts.
    """
    steady_since, elapsed = monotonic, timedelta(0)
    if before is not None:
        elapsed = monotonic - before.monotonic
        if abs(wall - before.wall - elapsed) <= JUMP:
            steady_since = before.steady_since
    steady = monotonic - steady_since
    standing = judge(testimonies, steady)
    if standing is ClockStanding.UNWITNESSED and remembered.alone:
        standing = ClockStanding.ALONE
    settled = wall if remembered.settled is None else remembered.settled
    if standing is ClockStanding.WITNESSED or (
        standing is ClockStanding.UNWITNESSED and steady >= max(STEADY, longest_kept + MARGIN)
    ):
        settled = wall
    elif standing is ClockStanding.UNWITNESSED:
        if before is not None and before.settled <= settled:
            settled = max(settled, before.settled + elapsed)
        settled = min(settled, wall)
    return Look(wall, monotonic, standing, steady_since, settled)
