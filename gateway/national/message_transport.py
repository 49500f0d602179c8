"""EDI 2.0 (NHN message transport, REST): one MsgHead out, its receipt and its answer back, within a deadline.

Many transactions share one mailbox, so each looks only at messages from the receiver it asked, takes what refers to
its own MsgId and leaves the rest unread. What was taken is marked read; a business answer gets our receipt. A message
that was sent before (409) is waited for, not sent again.
"""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from gateway.errors import NationalAnswerUnreadable, NationalServiceSlow
from gateway.national.calls import Api, read_as
from gateway.national.ports import Transported
from transformers.norway.errors import Malformed, NorwegianMessageError, WrongReference
from transformers.norway.json_fields import Member, as_object, read_json, read_object, required_words
from transformers.norway.read_apprec import accepted, is_apprec, read_apprec
from transformers.norway.read_msghead import read_msghead

SERVICE = "message-transport"

_CREATED = (201, 409)
_DONE = (200, 201, 204)
_RECEIPT, _ANSWER = "receipt", "answer"


@dataclass(frozen=True, slots=True)
class TransportSettings:
    """Our mailbox and how long an answer may take. Seconds."""

    her_id: str
    source_system: str
    deadline_seconds: float = 8.0
    pause_seconds: float = 0.1


@dataclass(slots=True)
class _Exchange:
    """One exchange: what was seen and what came."""

    message_id: str
    receiver_her_id: str
    ends: float
    transport_id: str | None = None
    """The hub's own id of what was sent."""
    seen: set[str] = field(default_factory=set)
    received: bool = False
    unreadable: bool = False
    """Something came from the receiver that nobody can tell whose it is."""
    answer: bytes | None = None


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
        self._api = api
        self._elapsed = elapsed
        self._pause = pause

    def exchange(self, message: bytes, *, message_id: str, receiver_her_id: str) -> Transported:
        """Send and wait for the answer that refers to ``message_id``; raises a leaf of `NationalRefused`.

        The answer counts without its receipt, which is looked for once more: both leave the mailbox. A rejecting
        receipt is `NationalAccessDenied`; a receipt or answer that cannot be read is `NationalAnswerUnreadable`; no
        answer within the deadline is `NationalServiceSlow`.
        """
        one = _Exchange(message_id, receiver_her_id, self._elapsed() + self._settings.deadline_seconds)
        with read_as(SERVICE):
            self._send(message, one)
            while True:
                answered = one.answer is not None
                self._collect(one)
                if one.answer is not None and (one.received or answered):
                    return Transported(one.answer)
                if self._left(one) <= self._settings.pause_seconds:
                    raise NationalAnswerUnreadable(SERVICE) if one.unreadable else NationalServiceSlow(SERVICE)
                self._pause(self._settings.pause_seconds)

    def _send(self, message: bytes, one: _Exchange) -> None:
        body = {
            "contentType": "application/xml",
            "contentTransferEncoding": "base64",
            "businessDocument": base64.b64encode(message).decode("ascii"),
        }
        sent = self._api.ask(
            "POST",
            "/Messages",
            self._headers(),
            json.dumps(body).encode("ascii"),
            allowed=_CREATED,
            deadline_seconds=self._left(one),
        )
        if sent.status == _CREATED[0]:
            identifier = read_json(sent.body, "Messages")
            one.transport_id = identifier.lower() if isinstance(identifier, str) else None

    def _collect(self, one: _Exchange) -> None:
        for entry in self._unread(one):
            key = required_words(entry, "id")
            if key in one.seen or not _may_be_ours(entry, one):
                continue
            one.seen.add(key)
            self._take(key, self._document(key, one), one)

    def _unread(self, one: _Exchange) -> list[Member]:
        path = f"/Messages?receiverHerIds={quote(self._settings.her_id, safe='')}&includeMetadata=true"
        answer = self._api.ask("GET", path, self._headers(), deadline_seconds=self._left(one))
        listed = read_json(answer.body, "Messages")
        if not isinstance(listed, list):
            raise Malformed("Messages")
        return [as_object(entry, "Messages") for entry in listed]

    def _document(self, key: str, one: _Exchange) -> bytes:
        path = f"/Messages/{quote(key, safe='')}/business-document"
        answer = self._api.ask("GET", path, self._headers(), deadline_seconds=self._left(one))
        written = required_words(read_object(answer.body, "businessDocument"), "businessDocument")
        try:
            return base64.b64decode(written, validate=True)
        except (binascii.Error, ValueError):
            raise Malformed("businessDocument") from None

    def _take(self, key: str, document: bytes, one: _Exchange) -> None:
        """Keep a document that is ours; one that refers elsewhere, or cannot be told whose it is, stays unread."""
        kind = _refers_to(document, one)
        if kind == _RECEIPT:
            self._mark_read(key, one)
            accepted(read_apprec(document), message_id=one.message_id)
            one.received = True
        elif kind == _ANSWER:
            self._mark_read(key, one)
            one.answer = document
            self._acknowledge(key, one)

    def _mark_read(self, key: str, one: _Exchange) -> None:
        path = f"/Messages/{quote(key, safe='')}/read/{quote(self._settings.her_id, safe='')}"
        self._api.ask("PUT", path, self._headers(), allowed=_DONE, deadline_seconds=self._left(one))

    def _acknowledge(self, key: str, one: _Exchange) -> None:
        path = f"/Messages/{quote(key, safe='')}/apprec/{quote(self._settings.her_id, safe='')}"
        body = json.dumps({"appRecStatus": "Ok", "appRecErrorList": []}).encode("ascii")
        self._api.ask("POST", path, self._headers(), body, allowed=_DONE, deadline_seconds=self._left(one))

    def _headers(self) -> dict[str, str]:
        return {
            "accept": "application/json",
            "content-type": "application/json",
            "api-version": "2",
            "nhn-source-system": self._settings.source_system,
        }

    def _left(self, one: _Exchange) -> float:
        left = one.ends - self._elapsed()
        if left <= 0:
            raise NationalServiceSlow(SERVICE)
        return left


def _may_be_ours(entry: Member, one: _Exchange) -> bool:
    """Whether a listed message comes from whom we asked, and is no receipt of another message."""
    if str(entry.get("senderHerId")) != one.receiver_her_id:
        return False
    receipt_of = entry.get("apprecReferenceId")
    return not isinstance(receipt_of, str) or receipt_of.lower() in (one.message_id.lower(), one.transport_id)


def _refers_to(document: bytes, one: _Exchange) -> str | None:
    """Whether the document is the receipt of our message or the answer to it; None for what is neither."""
    try:
        if is_apprec(document):
            ours = read_apprec(document).original_id.lower() == one.message_id.lower()
            return _RECEIPT if ours else None
        read_msghead(document, answers=one.message_id)
    except WrongReference:
        return None
    except NorwegianMessageError:
        one.unreadable = True
        return None
    return _ANSWER
