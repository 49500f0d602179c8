"""Points at which a test stops the process to kill it from outside; nothing happens unless ``NCPEH_FAILPOINT`` is set.

``NCPEH_FAILPOINT="evidence.inserted=/path/to/marker"``: the process that reaches that point writes the point's name to
the marker (a file, or a FIFO on which the test waits) and then waits for its end. The points are called where they are
named: ``evidence.inserted`` (row and head written, not committed), ``evidence.committed`` (durable, the caller not told
yet), ``copy.written`` (a whole database written into another, not committed).
"""

import os
import threading
from pathlib import Path


def reached(point: str) -> None:
    """Stop here for good if the environment names this point."""
    name, _, marker = os.environ.get("NCPEH_FAILPOINT", "").partition("=")
    if name != point:
        return
    Path(marker).write_text(point, encoding="ascii")
    threading.Event().wait()
