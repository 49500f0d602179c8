"""A process of ours that stops at a point named by ``NCPEH_FAILPOINT``, waited for as long as it lives."""

import os
import select
from pathlib import Path

from gateway.demonstration.readiness import StartedProcess

_LOOK_SECONDS = 0.1


def stopped_at(marker: Path, child: StartedProcess) -> str:
    """The point that the child wrote to the FIFO ``marker``. Fails with the child's status when it ends before."""
    reads = os.open(marker, os.O_RDONLY | os.O_NONBLOCK)
    try:
        while not select.select([reads], [], [], _LOOK_SECONDS)[0]:
            assert child.poll() is None, f"the process ended with {child.poll()} before it came to its point"
        return _read(reads)
    finally:
        os.close(reads)


def _read(descriptor: int) -> str:
    """All that the writer wrote before it closed its end."""
    os.set_blocking(descriptor, True)
    parts = b""
    while part := os.read(descriptor, 1024):
        parts += part
    return parts.decode("ascii")
