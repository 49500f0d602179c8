"""Points at which a test stops the process to kill it from outside; nothing happens unless ``NCPEH_FAILPOINT`` is set.

``NCPEH_FAILPOINT="evidence.inserted=/path/to/marker"``: the process that reaches that point writes the point's name to
the marker (a file, or a FIFO on which the test waits) and then waits for its end, or until a file ``….go`` beside the
marker lets it go on; ``evidence.inserted@7=…`` when it reaches it for the seventh time. The points are called where
they are named: ``evidence.begun`` (what is to be sent is made, nothing of it written), ``evidence.inserted`` (row and
head written, not committed), ``evidence.committed`` (durable, the caller not told yet), ``copy.written`` (a whole
database written into another, not committed); of a message to a national service ``mail.asked`` (noted, not sent),
``mail.sent``, ``mail.found`` (fetched from the mailbox, nothing of it kept), ``mail.filed`` (kept, not marked read),
``mail.read`` (marked read, its asker not told); ``journal.A2.recorded`` and its like (`gateway/journal/README.md`).
"""

import itertools
import os
import threading
from pathlib import Path

_LOOKS_SECONDS = 0.02
_times = itertools.count(1)
"""How often this process reached the point that is named."""


def reached(point: str) -> None:
    """Stop here if the environment names this point."""
    named, _, marker = os.environ.get("NCPEH_FAILPOINT", "").partition("=")
    name, _, times = named.partition("@")
    if name != point or next(_times) < int(times or 1):
        return
    Path(marker).write_text(point, encoding="ascii")
    while not Path(f"{marker}.go").exists():
        threading.Event().wait(_LOOKS_SECONDS)
