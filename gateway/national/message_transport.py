"""EDI 2.0 (NHN message transport, REST): one MsgHead out, its receipt and its answer back, within a deadline.

Many transactions share one mailbox, and whoever looks files what is found. What answers a reading of this process goes
to its asker in memory. Everything else is durable and sealed (`gateway/store/mail.py`) before it is marked read: what
answers a report, what another process asked for, and what answers nobody. A business answer to a message of ours gets
our receipt. A message that was sent before (409) is waited for, not sent again.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from gateway.errors import NationalAnswerUnreadable, NationalRefused, NationalServiceSlow
from gateway.national.awaited import AwaitedAnswer, AwaitedAnswers
from gateway.national.calls import Api, read_as
from gateway.national.mailbox import Mailbox
from gateway.store.failpoints import reached
from gateway.store.mail import FoundMail
from transformers.norway.errors import Malformed, NorwegianMessageError, Rejected
from transformers.norway.json_fields import Member, required_words
from transformers.norway.read_apprec import accepted, is_apprec, read_apprec
from transformers.norway.read_msghead import read_msghead

SERVICE = "message-transport"

_FIRST_PAUSE = 0.01
"""Seconds; doubled after each look, up to the setting."""
_PARALLEL = 4
_HUB_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_HER_ID = re.compile(r"[0-9]{1,32}", re.ASCII)
_MESSAGE_ID = re.compile(r"[0-9a-z._-]{1,64}")
"""Of a message of ours, in lower case: what refers to anything else refers to nobody."""


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

    def report(self, message: bytes, *, message_id: str, receiver_her_id: str) -> None:
        """The same of a report, whose receipt is kept whenever it comes; one that lies there already counts."""

    def sent_before(self, message_id: str) -> bool:
        """Whether that message may have been sent, by whichever process."""


class FiledMail(Protocol):
    """What is durable of the mailbox; see `gateway.store.mail.MailInStore`. Raises StoreUnavailable."""

    def asking(self, message_id: str, receiver: str, *, kept: bool) -> bool:
        """Note that we are about to send; False: noted before."""

    def asked_before(self, message_id: str) -> bool:
        """Whether a message was noted."""

    def file(self, found: Sequence[FoundMail]) -> frozenset[str]:
        """Keep what was found; the hub's ids of those that answer something of ours."""

    def filed(self, message_id: str, receiver: str) -> tuple[FoundMail, ...]:
        """What was filed for a message; of a reading it is gone with this."""


@dataclass(frozen=True, slots=True)
class TransportSettings:
    """Our mailbox and how long an answer may take. Seconds."""

    her_id: str
    source_system: str
    deadline_seconds: float = 8.0
    pause_seconds: float = 0.1
    """The longest pause between two looks."""
    report_seconds: float = 120.0
    """For the receipt of a report: what comes later is kept, and who asks again finds it."""


@dataclass(slots=True)
class _Exchange:
    """One exchange: who asks, until when, and with which threads."""

    asker: AwaitedAnswer
    ends: float
    together: ThreadPoolExecutor


class Edi20:
    """Carries one MsgHead to a HER-id and brings its answer back."""

    def __init__(
        self,
        settings: TransportSettings,
        api: Api,
        mail: FiledMail,
        *,
        elapsed: Callable[[], float],
        pause: Callable[[float], None],
    ) -> None:
        """``elapsed`` is a monotonic clock in seconds, ``pause`` waits that many seconds."""
        self._settings = settings
        self._mailbox = Mailbox(api, her_id=settings.her_id, source_system=settings.source_system)
        self._mail = mail
        self._awaited = AwaitedAnswers()
        self._elapsed = elapsed
        self._pause = pause

    def exchange(self, message: bytes, *, message_id: str, receiver_her_id: str) -> Transported:
        """Send and wait for the answer that refers to ``message_id``; raises a leaf of `NationalRefused`.

        The answer counts without its receipt, which is looked for once more: both leave the mailbox. A rejecting
        receipt is ``Rejected`` with its codes; a receipt or answer that cannot be read is `NationalAnswerUnreadable`;
        no answer within the deadline is `NationalServiceSlow`. Raises StoreUnavailable before anything is sent, or
        when what was found cannot be kept.
        """
        asker = AwaitedAnswer(message_id.lower(), receiver_her_id)
        self._mail.asking(message_id, receiver_her_id, kept=False)
        self._converse(message, asker, self._settings.deadline_seconds, _answered)
        if asker.answer is None:
            raise NationalAnswerUnreadable(SERVICE)
        return Transported(asker.answer)

    def deliver(self, message: bytes, *, message_id: str, receiver_her_id: str) -> None:
        """Send and wait for the accepting receipt: there is no other answer. Raises as `exchange` does."""
        self._mail.asking(message_id, receiver_her_id, kept=False)
        asker = AwaitedAnswer(message_id.lower(), receiver_her_id)
        self._converse(message, asker, self._settings.deadline_seconds, _receipted)

    def report(self, message: bytes, *, message_id: str, receiver_her_id: str) -> None:
        """The same within the deadline of reports. What is known of an earlier sending is asked for before another.

        Raises as `exchange` does; after any of these the report may have been received.
        """
        asker = AwaitedAnswer(message_id.lower(), receiver_her_id, kept=True)
        noted = self._mail.asking(message_id, receiver_her_id, kept=True)
        reached("mail.asked")
        if not noted:
            self._from_store(asker)
            self._decided(asker)
            if asker.received:
                return
        self._converse(message, asker, self._settings.report_seconds, _receipted)

    def sent_before(self, message_id: str) -> bool:
        """Whether that message may have been sent, by whichever process. Raises StoreUnavailable."""
        return self._mail.asked_before(message_id)

    def _converse(
        self, message: bytes, asker: AwaitedAnswer, seconds: float, enough: Callable[[AwaitedAnswer, bool], bool]
    ) -> None:
        """Send, and look into the mailbox until ``enough`` came; its second argument: answered before this look."""
        ends = self._elapsed() + seconds
        with (
            read_as(SERVICE),
            self._awaited.waiting(asker),
            ThreadPoolExecutor(_PARALLEL, thread_name_prefix="edi") as together,
        ):
            one = _Exchange(asker, ends, together)
            self._mailbox.send(message, self._left(one))
            reached("mail.sent")
            for pause in self._pauses():
                answered = asker.answer is not None
                try:
                    fault = self._look(one)
                except (NationalRefused, NorwegianMessageError):
                    if not enough(asker, answered):
                        raise
                    break  # it looked for the receipt alone, without which the answer counts
                last = self._left(one) <= pause
                if _refused(asker) or enough(asker, answered or (last and asker.answer is not None)):
                    break
                if last:
                    unreadable = NationalAnswerUnreadable(SERVICE) if asker.unreadable else None
                    raise fault or unreadable or NationalServiceSlow(SERVICE)
                self._pause(pause)
        self._decided(asker)

    @staticmethod
    def _decided(asker: AwaitedAnswer) -> None:
        if asker.rejected is not None and _refused(asker):
            raise Rejected(asker.rejected)

    def _pauses(self) -> Iterator[float]:
        pause = _FIRST_PAUSE
        while True:
            yield min(pause, self._settings.pause_seconds)
            pause = min(pause * 2, self._settings.pause_seconds)

    def _from_store(self, asker: AwaitedAnswer) -> None:
        """Take what others have filed for this asker."""
        for found in self._mail.filed(asker.message_id, asker.receiver_her_id):
            _give(found, asker)

    def _look(self, one: _Exchange) -> NationalRefused | NorwegianMessageError | None:
        """One look into the mailbox: what is there is fetched side by side, given on or filed, and marked read.

        Returns why one could not be fetched: somebody else's, perhaps, so it costs nobody an answer that comes yet.
        """
        listed = {self._hub_id(entry): entry for entry in self._mailbox.unread(self._left(one))}
        keys = self._awaited.take_in_hand(_ours_first(listed, one.asker))
        fetching = [one.together.submit(self._found, key, listed[key], one) for key in keys]
        fault: NationalRefused | NorwegianMessageError | None = None
        found: list[FoundMail] = []
        for key, fetched in zip(keys, fetching, strict=True):
            try:
                found.append(fetched.result())
            except (NationalRefused, NorwegianMessageError) as failed:
                self._awaited.let_go(key, handled=False)
                fault = fault or failed
        self._put_away(found, one)
        self._from_store(one.asker)
        return fault

    @staticmethod
    def _hub_id(entry: Member) -> str:
        key = required_words(entry, "id")
        if not _HUB_ID.fullmatch(key):
            raise Malformed("id")
        return key

    def _found(self, key: str, entry: Member, one: _Exchange) -> FoundMail:
        """Fetch a message and tell whose it is, as far as it can be read."""
        sender = str(entry.get("senderHerId"))
        document = self._mailbox.document(key, self._left(one))
        try:
            receipt = is_apprec(document)
            about = read_apprec(document).original_id if receipt else read_msghead(document).parent or ""
        except NorwegianMessageError:
            receipt = entry.get("isAppRec") is True
            told = entry.get("apprecReferenceId")
            about = told if isinstance(told, str) else ""
            for asker in self._awaited.of_sender(sender):
                asker.unreadable = True
        about = about.lower()
        return FoundMail(
            key,
            sender if _HER_ID.fullmatch(sender) else "",
            about if _MESSAGE_ID.fullmatch(about) else "",
            receipt,
            document,
        )

    def _put_away(self, found: Sequence[FoundMail], one: _Exchange) -> None:
        """Give what is for a reading of this process to its asker, file the rest, then mark all of it read."""
        if found:
            reached("mail.found")
        askers = {each.hub_id: self._awaited.of(each.about, each.sender) for each in found}
        given = [each for each in found if (asker := askers[each.hub_id]) is not None and not asker.kept]
        own = {each.hub_id for each in given}
        rest = [each for each in found if each.hub_id not in own]
        for each in given:
            _give(each, askers[each.hub_id])
        try:
            ours = self._mail.file(rest) if rest else frozenset()
        except BaseException:
            for each in found:
                self._awaited.let_go(each.hub_id, handled=False)
            raise
        if rest:
            reached("mail.filed")
        for each in rest:
            _give(each, askers[each.hub_id])
        answers = ours | own
        calls = [one.together.submit(self._end, each, one, each.hub_id in answers) for each in found]
        for call in calls:
            call.result()

    def _end(self, each: FoundMail, one: _Exchange, ours: bool) -> None:  # noqa: FBT001 - called with what was found
        """Mark it read, and receipt a business answer to a message of ours. It never costs an answer that came."""
        handled = False
        try:
            self._mailbox.mark_read(each.hub_id, self._left(one))
            reached("mail.read")
            handled = True
            if ours and not each.receipt:
                self._mailbox.acknowledge(each.hub_id, self._left(one))
        except NationalRefused:
            return
        finally:
            self._awaited.let_go(each.hub_id, handled=handled)

    def _left(self, one: _Exchange) -> float:
        left = one.ends - self._elapsed()
        if left <= 0:
            raise NationalServiceSlow(SERVICE)
        return left


def _ours_first(listed: dict[str, Member], asker: AwaitedAnswer) -> list[str]:
    """The hub's ids, what is said to be a receipt of the asker's before the rest."""

    def other(key: str) -> bool:
        told = listed[key].get("apprecReferenceId")
        return not (isinstance(told, str) and told.lower() == asker.message_id)

    return sorted(listed, key=other)


def _give(found: FoundMail, asker: AwaitedAnswer | None) -> None:
    """What it says to its asker, where one waits here."""
    if asker is None:
        return
    if not found.receipt:
        asker.answer = found.content
        return
    try:
        accepted(read_apprec(found.content), message_id=asker.message_id)
        asker.received = True
    except Rejected as rejected:
        asker.rejected = rejected.codes
    except NorwegianMessageError:
        asker.unreadable = True


def _refused(asker: AwaitedAnswer) -> bool:
    """Whether it is rejected. A report that a receipt accepted stays accepted: another rejects that it came again."""
    return asker.rejected is not None and not (asker.kept and asker.received)


def _answered(asker: AwaitedAnswer, before: bool) -> bool:  # noqa: FBT001 - called with what the loop knows
    return asker.answer is not None and (asker.received or before)


def _receipted(asker: AwaitedAnswer, _before: bool) -> bool:  # noqa: FBT001 - called with what the loop knows
    return asker.received
