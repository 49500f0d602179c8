"""What another process does with a test's database: functions for `launched.forked`."""

import os
import warnings
from multiprocessing.synchronize import Barrier
from pathlib import Path

from gateway.evidence.verify import intact_head
from gateway.store.copy import copy_database
from gateway.store.engine import Store
from tests.support.nodes.evidence import chain, event


def record_fifty(database: str, first: int, outside: Path, together: Barrier) -> None:
    """Events from ``first`` on, one by one, once all who write have come as far."""
    warnings.simplefilter("error")
    evidence = chain(Store.open(database), outside, every_rows=10)
    together.wait(180)
    for number in range(first, first + 50):
        evidence.record(event(number))


def record_one(database: str, outside: Path, failpoint: str) -> None:
    """Event 2, with a failpoint; prints a word when it is recorded."""
    os.environ["NCPEH_FAILPOINT"] = failpoint
    evidence = chain(Store.open(database), outside)
    evidence.record(event(2))
    print("answered", flush=True)  # noqa: T201 - read by the test


def copy(database: str, target: str, failpoint: str) -> None:
    """One database into another, with a failpoint."""
    os.environ["NCPEH_FAILPOINT"] = failpoint
    copy_database(database, target, intact_head)
