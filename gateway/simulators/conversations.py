"""What a dispenser's message to Reseptformidleren must have in its head: telephone, and the conversation it goes on.

R1408, 4.1, and R1308, 4.1 (telephone: 4.1.3; ConversationRef: M9.3 follows the M9.2, and M10 the M9.4, in the
conversation that the M9.1 began), as the published examples have it.
"""

from collections import OrderedDict
from dataclasses import dataclass

from gateway.simulators import rules
from gateway.simulators.asked import ReceivedMessage
from gateway.simulators.rules import SimulatedRule

_MH = "{http://www.kith.no/xmlstds/msghead/2006-05-24}"
_MOST = 20_000
"""Messages remembered; what is older is forgotten."""
_DISPENSERS = ("ERM91", "ERM93", "ERM10")


@dataclass(frozen=True, slots=True)
class _Followable:
    kind: str
    """Type of the message that was answered."""
    asker: str
    first: str
    prescription: str


class Conversations:
    """Which messages may be followed, by whom."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Followable] = OrderedDict()

    def forget(self) -> None:
        """None is known any longer."""
        self._known.clear()

    def fault(self, asked: ReceivedMessage) -> SimulatedRule | None:
        """The rule by which the message's head is rejected; None: it is as it must be."""
        if asked.type not in _DISPENSERS:
            return None
        address = asked.organisation.find(f"{_MH}TeleCom/{_MH}TeleAddress")
        if address is None or not address.get("V", "").removeprefix("tel:").strip():
            return rules.NO_TELEPHONE
        return None if asked.type == "ERM91" or self._follows(asked) else rules.NO_CONVERSATION

    def answered(self, asked: ReceivedMessage, answer_id: str) -> None:
        """A list or a download was answered: what comes next may follow the answer."""
        if asked.type not in ("ERM91", "ERM93"):
            return
        _, first = _reference(asked)
        known = _Followable(asked.type, asked.sender, first or asked.message_id.lower(), asked.said("ReseptId") or "")
        self._known[answer_id.lower()] = known
        while len(self._known) > _MOST:
            self._known.popitem(last=False)

    def _follows(self, asked: ReceivedMessage) -> bool:
        parent, first = _reference(asked)
        known = self._known.get(parent)
        if known is None or (known.asker, known.first) != (asked.sender, first):
            return False
        if asked.type == "ERM93":
            return known.kind == "ERM91"
        return known.kind == "ERM93" and known.prescription == asked.said("ReseptId")


def _reference(asked: ReceivedMessage) -> tuple[str, str]:
    """RefToParent and RefToConversation, lower case; empty where there is none."""
    path = f"{_MH}MsgInfo/{_MH}ConversationRef/{_MH}"
    found = (asked.root.findtext(f"{path}{name}") or "" for name in ("RefToParent", "RefToConversation"))
    parent, first = (one.strip().lower() for one in found)
    return parent, first
