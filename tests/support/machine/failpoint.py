"""A process of ours that stops at a point named by ``NCPEH_FAILPOINT``, waited for as long as it lives."""

import os
import select
import subprocess
from pathlib import Path

_LOOK_SECONDS = 0.1


def stopped_at(marker: Path, child: "subprocess.Popen[str]") -> str:
    """The point that the child wrote to the FIFO ``marker``. Fails with the child's status when it ends before."""
    reads = os.open(marker, os.O_RDONLY | os.O_NONBLOCK)
    try:
        while not select.select([reads], [], [], _LOOK_SECONDS)[0]:
            assert child.poll() is None, f"the process ended with {child.returncode} before it came to its point"
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
