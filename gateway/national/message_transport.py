"""EDI 2.0 (NHN message transport, REST): one MsgHead out, its receipt and its answer back, within a deadline.

Many transactions share one mailbox, so each looks only at messages from the receiver it asked and takes what refers to
its own MsgId. What was taken is marked read; a business answer gets our receipt. A message that was sent before (409)
is waited for, not sent again. What came too late for whoever asked is cleared away, a few at a time, by a later
exchange.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from gateway.errors import NationalAnswerUnreadable, NationalRefused, NationalServiceSlow
from gateway.national.calls import Api, read_as
from gateway.national.mailbox import Mailbox, Unclaimed
from transformers.norway.errors import Malformed, NorwegianMessageError, Rejected
from transformers.norway.json_fields import Member, required_words
from transformers.norway.read_apprec import accepted, is_apprec, read_apprec
from transformers.norway.read_msghead import read_msghead

SERVICE = "message-transport"

_FIRST_PAUSE = 0.01
"""Seconds; doubled after each look, up to the setting."""
_PARALLEL = 4
_CLEARED = 4
"""Abandoned messages one exchange clears away at most."""


@dataclass(frozen=True, slots=True)
class Transported:
    """What came back over the message transport: the business message, or an application receipt."""

    content: bytes = field(repr=False)


class MessageTransport(Protocol):
    """Carries one MsgHead to a HER-id and brings its answer back (EDI 2.0, AMQP or ebXML behind it).

    Raises NationalRefused leaves, and ``Rejected`` with the codes of a receipt that rejects the message.
    """

    def exchange(self, message: bytes, *, message_id: str, receiver_her_id: str) -> Transported:
        """Send and wait for the answer that refers to ``message_id``."""

    def deliver(self, message: bytes, *, message_id: str, receiver_her_id: str) -> None:
        """Send what is answered with a receipt alone, and wait for that."""


@dataclass(frozen=True, slots=True)
class TransportSettings:
    """Our mailbox and how long an answer may take. Seconds."""

    her_id: str
    source_system: str
    deadline_seconds: float = 8.0
    pause_seconds: float = 0.1
    """The longest pause between two looks."""
    abandoned_seconds: float = 600.0
    """An unread message seen for longer than this is nobody's; no node that shares the mailbox waits as long."""

    def __post_init__(self) -> None:
        if self.abandoned_seconds <= self.deadline_seconds:
            raise ValueError("a message is abandoned only after every exchange that may wait for it has ended")


@dataclass(slots=True)
class _Exchange:
    """One exchange: what was seen and what came."""

    message_id: str
    receiver_her_id: str
    ends: float
    together: ThreadPoolExecutor
    transport_id: str | None = None
    """The hub's own id of what was sent."""
    seen: set[str] = field(default_factory=set)
    received: bool = False
    unreadable: bool = False
    """Something came from the receiver that nobody can tell whose it is."""
    answer: bytes | None = None
    rejected: tuple[str, ...] | None = None
    """Codes of a receipt that rejects our message."""
    cleared: bool = False


class Edi20:
    """Carries one MsgHead to a HER-id and brings its answer back."""

    def __init__(
        self,
        settings: TransportSettings,
        api: Api,
        *,
        elapsed: Callable[[], float],
        pause: Callable[[float], None],
    ) -> None:
        """``elapsed`` is a monotonic clock in seconds, ``pause`` waits that many seconds."""
        self._settings = settings
        self._mailbox = Mailbox(api, her_id=settings.her_id, source_system=settings.source_system)
        self._unclaimed = Unclaimed(settings.abandoned_seconds)
        self._elapsed = elapsed
        self._pause = pause

    def exchange(self, message: bytes, *, message_id: str, receiver_her_id: str) -> Transported:
        """Send and wait for the answer that refers to ``message_id``; raises a leaf of `NationalRefused`.

        The answer counts without its receipt, which is looked for once more: both leave the mailbox. A rejecting
        receipt is ``Rejected`` with its codes; a receipt or answer that cannot be read is `NationalAnswerUnreadable`;
        no answer within the deadline is `NationalServiceSlow`.
        """
        answer = self._converse(message, message_id, receiver_her_id, _answered).answer
        if answer is None:
            raise NationalAnswerUnreadable(SERVICE)
        return Transported(answer)

    def deliver(self, message: bytes, *, message_id: str, receiver_her_id: str) -> None:
        """Send and wait for the accepting receipt: there is no other answer. Raises as `exchange` does."""
        self._converse(message, message_id, receiver_her_id, _receipted)

    def _converse(
        self, message: bytes, message_id: str, receiver_her_id: str, enough: Callable[[_Exchange, bool], bool]
    ) -> _Exchange:
        """Send, and look into the mailbox until ``enough`` came; its second argument: answered before this look."""
        ends = self._elapsed() + self._settings.deadline_seconds
        with read_as(SERVICE), ThreadPoolExecutor(_PARALLEL, thread_name_prefix="edi") as together:
            one = _Exchange(message_id.lower(), receiver_her_id, ends, together)
            one.transport_id = self._mailbox.send(message, self._left(one))
            for pause in self._pauses():
                answered = one.answer is not None
                self._collect(one)
                if one.rejected is not None or enough(one, answered):
                    break
                if self._left(one) <= pause:
                    raise NationalAnswerUnreadable(SERVICE) if one.unreadable else NationalServiceSlow(SERVICE)
                self._pause(pause)
        if one.rejected is not None:
            raise Rejected(one.rejected)
        return one

    def _pauses(self) -> Iterator[float]:
        pause = _FIRST_PAUSE
        while True:
            yield min(pause, self._settings.pause_seconds)
            pause = min(pause * 2, self._settings.pause_seconds)

    def _collect(self, one: _Exchange) -> None:
        """One look into the mailbox: what is new is fetched side by side, what is ours taken, a little cleared away."""
        sender = one.receiver_her_id
        theirs = [entry for entry in self._mailbox.unread(self._left(one)) if str(entry.get("senderHerId")) == sender]
        listed = {required_words(entry, "id"): entry for entry in theirs}
        self._unclaimed.listed(sender, listed, self._elapsed())
        new = [key for key, entry in listed.items() if key not in one.seen and self._may_be_ours(key, entry, one)]
        one.seen.update(new)
        fetched = [one.together.submit(self._mailbox.document, key, self._left(one)) for key in new]
        calls: list[Future[None]] = []
        try:
            for key, document in zip(new, fetched, strict=True):
                calls += self._take(key, document.result(), one)
        finally:
            for call in calls:
                call.result()
        self._clear_away(listed, one)

    def _may_be_ours(self, key: str, entry: Member, one: _Exchange) -> bool:
        """Whether a message from whom we asked is not known to be a receipt of, or an answer to, another message."""
        receipt_of = entry.get("apprecReferenceId")
        if isinstance(receipt_of, str) and receipt_of.lower() not in (one.message_id, one.transport_id):
            return False
        return self._unclaimed.answers(one.receiver_her_id, key) in (None, one.message_id)

    def _take(self, key: str, document: bytes, one: _Exchange) -> list[Future[None]]:
        """Keep a document that is ours; one that refers elsewhere, or cannot be told whose it is, stays unread."""
        try:
            receipt = is_apprec(document)
            about = read_apprec(document).original_id if receipt else read_msghead(document).parent or ""
        except NorwegianMessageError:
            one.unreadable = True
            return []
        self._unclaimed.looked_at(one.receiver_her_id, key, about.lower())
        if about.lower() != one.message_id:
            return []
        calls = [one.together.submit(self._mailbox.mark_read, key, self._left(one))]
        if receipt:
            one.received = True
            try:
                accepted(read_apprec(document), message_id=one.message_id)
            except Rejected as rejected:
                one.rejected = rejected.codes
        else:
            one.answer = document
            calls.append(one.together.submit(self._mailbox.acknowledge, key, self._left(one)))
        return calls

    def _clear_away(self, listed: dict[str, Member], one: _Exchange) -> None:
        """Once in an exchange: read, receipt and drop a few messages that nobody waits for. Never costs an answer."""
        if one.cleared:
            return
        one.cleared = True
        old = self._unclaimed.take_old(one.receiver_her_id, listed, self._elapsed(), _CLEARED)
        dropped = [one.together.submit(self._drop, key, listed[key], one) for key in old]
        for drop in dropped:
            drop.result()

    def _drop(self, key: str, entry: Member, one: _Exchange) -> None:
        """A receipt gets no receipt, nor does what nobody can read."""
        receipt = entry.get("isAppRec") is True
        try:
            readable = not receipt and _is_msghead(self._mailbox.document(key, self._left(one)))
            self._mailbox.mark_read(key, self._left(one))
            if readable:
                self._mailbox.acknowledge(key, self._left(one))
        except (NationalRefused, Malformed):
            return

    def _left(self, one: _Exchange) -> float:
        left = one.ends - self._elapsed()
        if left <= 0:
            raise NationalServiceSlow(SERVICE)
        return left


def _answered(one: _Exchange, before: bool) -> bool:  # noqa: FBT001 - called with what the loop knows
    return one.answer is not None and (one.received or before)


def _receipted(one: _Exchange, _before: bool) -> bool:  # noqa: FBT001 - called with what the loop knows
    return one.received


def _is_msghead(document: bytes) -> bool:
    try:
        read_msghead(document)
    except NorwegianMessageError:
        return False
    return True
