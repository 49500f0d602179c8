"""One clock for all that a node does on time: whoever answers and whoever asks goes by the same witnesses."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from gateway.configuration.settings import Settings
from gateway.store.engine import Store
from gateway.store.timekeeping import AnswerDates, Timekeeper
from trust.saml.vocabulary import LONGEST


def system_monotonic() -> timedelta:
    """This machine's clock that nobody sets."""
    return timedelta(seconds=time.monotonic())


def open_timekeeper(
    settings: Settings,
    store: Store,
    dates: AnswerDates,
    now: Callable[[], datetime],
    monotonic: Callable[[], timedelta],
) -> Timekeeper:
    """One that has looked: before the node goes by its clock. Raises StoreUnavailable."""
    keeper = Timekeeper(
        store,
        settings.node.node_id,
        wall=now,
        monotonic=monotonic,
        dates=dates,
        longest_kept=max(settings.documents.keep, *LONGEST.values()),
    )
    keeper.look()
    return keeper
