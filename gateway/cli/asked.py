"""What `ncpeh ask` can be asked for, and the files it keeps for a test bed."""

import os
from collections.abc import Callable
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.peers.soap import PeerExchange


class AskedFor(StrEnum):
    """``--what``; all but the first are a pharmacist's."""

    SUMMARY = "summary"
    PRESCRIPTIONS = "prescriptions"
    PRESCRIPTION = "prescription"
    DISPENSE = "dispense"
    CONFIRM = "confirm"
    STATE = "state"
    DISCARD = "discard"
    REFUSE = "refuse"
    FACTS = "facts"


def keep_messages(folder: Path) -> "Callable[[PeerExchange], None]":
    """What writes each exchange below ``folder``: request and answer byte for byte, in order, for their owner alone.

    They hold assertions and a person: the folder is of a test. Raises OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    numbers = count(1 + sum(1 for _ in folder.glob("*-request.xml")))

    def keep(call: "PeerExchange") -> None:
        name = f"{next(numbers):03}-{call.transaction.value}"
        for part, content in (("request.xml", call.request), ("answer.bin", call.response)):
            if content:
                with os.fdopen(
                    os.open(folder / f"{name}-{part}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
                ) as kept:
                    kept.write(content)

    return keep
