"""Whether a node's files are there, and its secrets are nobody else's."""

from collections.abc import Iterator
from datetime import datetime

from gateway.conditions import Shortcoming
from gateway.node.own.state import OwnState

_OTHERS = 0o077
"""What group and all others may do."""


def files_are_there(state: OwnState, _now: datetime) -> Iterator[Shortcoming]:
    """Every file that a node cannot do without can be read."""
    for file in state.files:
        if file.fault is not None:
            yield Shortcoming(file.where, file.fault, f"put the file there, or name another one in {file.key}")


def secrets_are_private(state: OwnState, _now: datetime) -> Iterator[Shortcoming]:
    """A key that others may read or replace is everybody's."""
    for file in state.files:
        if file.secret and file.fault is None and file.mode & _OTHERS:
            yield Shortcoming(
                file.where,
                f"is a secret that other users of this machine may use (mode {file.mode:04o})",
                f"take a new key if somebody may have read this one, and in any case: chmod 600 {file.path}",
            )


def start_files_are_in_force(state: OwnState, _now: datetime) -> Iterator[Shortcoming]:
    """What is read at a start alone is as it was read."""
    for key, path in state.changed.items():
        also = ", and each other node of its database" if key == "store.keys_file" else ""
        what = f"has changed since the node began ({path}), and is read when it starts"
        yield Shortcoming(key, what, f"look at it with ncpeh config check, then start the node again{also}")
