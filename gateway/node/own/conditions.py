"""The one list of what a node asks of itself: before it listens, when `ncpeh doctor` asks, and while it serves."""

from typing import Final

from gateway.conditions import Consequence, StartCondition
from gateway.node.own import credentials, files
from gateway.node.own.state import OwnState

_WARNS: Final = {
    "at_start": Consequence.WARN,
    "for_doctor": Consequence.WARN,
    "while_serving": Consequence.WARN,
}

OWN_CONDITIONS: Final[tuple[StartCondition[OwnState], ...]] = (
    StartCondition("files-there", files.files_are_there, while_serving=Consequence.WARN),
    StartCondition("secrets-private", files.secrets_are_private, while_serving=Consequence.WARN),
    StartCondition("keys-fit", credentials.keys_fit),
    StartCondition("authorities-readable", credentials.authorities_can_be_read),
    StartCondition("certificates-accepted", credentials.certificates_are_accepted),
    StartCondition("certificates-last", credentials.certificates_last, **_WARNS),
    StartCondition("authorities-last", credentials.authorities_last, **_WARNS),
    StartCondition("lists-readable", credentials.lists_can_be_read, while_serving=Consequence.WARN),
    StartCondition("lists-renewed", credentials.lists_are_renewed, **_WARNS),
)
"""What a node holds already it goes on with while it serves: there a file that went or broke is a warning."""
