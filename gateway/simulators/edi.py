"""EDI 2.0, NHN's REST message transport: messages go in, receipts and answers are fetched, read and receipted.

One business message is one call of the service behind the hub; polling is not counted.

Source: NHN developer portal, EDI 2.0, "Meldingstjener REST API", and its OpenAPI of api-version 2: paths, members,
headers, DPoP. What a receipt says: AppRec 1.0 (`messages.py`). What is refused, and by what source: `rules.py`.
"""

from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from gateway.simulators import rules
from gateway.simulators.asked import MessageUnreadable, ReceivedMessage, read_asked
from gateway.simulators.calls import CallLog, Now, OrderedFault, suffer
from gateway.simulators.conversations import Conversations
from gateway.simulators.door import Door, SimulatedApi, required_header
from gateway.simulators.messages import (
    RECEIVERS,
    Desk,
    Receiver,
    RejectionReason,
    answer_head,
    ordered_rejection,
    outside_specification,
    receipt,
    rejection,
)
from gateway.simulators.refusal import CallRefused
from gateway.simulators.rules import SimulatedRule
from gateway.simulators.schemas import OfficialSchemas
from gateway.simulators.signatures import signature_fault
from trust.xml import Element, parse

_AUDIENCE, _SCOPE = "nhn:edi", "nhn:edi/messages"
_MOST_READ, _MOST_UNREAD, _MOST_KNOWN = 2_000, 20_000, 20_000
"""Messages that are kept once they were read; unread ones in one mailbox; senders and sent messages remembered."""
_HUB = SimulatedApi("edi", _AUDIENCE, _SCOPE)


class _Posted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    contentType: Literal["application/xml"]  # noqa: N815 - the service's member name
    contentTransferEncoding: Literal["base64"]  # noqa: N815 - the service's member name
    businessDocument: str  # noqa: N815 - the service's member name


class _SentReceipt(BaseModel):
    model_config = ConfigDict(extra="forbid")

    appRecStatus: Literal["Ok", "Rejected"]  # noqa: N815 - the service's member name
    appRecErrorList: list[dict[str, Any]] = []  # noqa: N815 - the service's member name


@dataclass(slots=True)
class _Stored:
    id: str
    receiver: str
    sender: str
    document: bytes
    document_id: str
    receipt_for: str | None
    visible: datetime
    delayed: OrderedFault | None = None
    """What keeps it back until then, or until that fault is in force no longer."""

    def metadata(self) -> dict[str, object]:
        described: dict[str, object] = {
            "id": self.id,
            "receiverHerId": int(self.receiver),
            "senderHerId": int(self.sender),
            "businessDocumentId": self.document_id,
            "isAppRec": self.receipt_for is not None,
        }
        if self.receipt_for is not None:
            described["apprecReferenceId"] = self.receipt_for
        return described


@dataclass(frozen=True, slots=True)
class Post:
    """What the post office works with."""

    desk: Desk
    schemas: OfficialSchemas
    call_log: CallLog
    now: Now
    new_id: Callable[[], UUID]


class PostOffice:
    """Boxes of messages by HER-id."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._unread: dict[str, dict[str, _Stored]] = {}
        """By the receiver's HER-id, oldest first."""
        self._read: OrderedDict[str, _Stored] = OrderedDict()
        self._senders: OrderedDict[tuple[str, str], None] = OrderedDict()
        """Clients, with the HER-ids they send from."""
        self._accepted: OrderedDict[tuple[str, str], None] = OrderedDict()
        """Messages that were not rejected: sender and MsgId."""
        self._conversations = Conversations()

    def forget(self) -> None:
        """Throw every message away, and bring every prescription back to what the samples say."""
        for known in (self._unread, self._read, self._senders, self._accepted):
            known.clear()
        self._conversations.forget()
        self._post.desk.bank.forget()

    def accept(self, asked: ReceivedMessage, receiver: Receiver, client: str) -> str:
        """Take a message in; its receipt and its answer come into the asker's box. The answer is an id of the sending.

        Raises CallRefused when that box is full.
        """
        post = self._post
        if len(self._unread.get(asked.sender, ())) >= _MOST_UNREAD:
            raise CallRefused(rules.EDI_FULL)
        if post.desk.bank.full:
            raise CallRefused(rules.TOO_MANY_REPORTS)
        _remember(self._senders, (client, asked.sender))
        ordered = ordered_rejection(post.call_log.fault_of(receiver.service, asked.type))
        said = ordered or self._answer(asked, receiver)
        problem = said if isinstance(said, RejectionReason) else None
        answer = None if isinstance(said, RejectionReason) else said
        receipt_id = post.new_id()
        self._put(
            asked, receiver, receipt(asked, receiver, receipt_id, post.now(), problem), receipt_id, receipted=True
        )
        if problem is None:
            _remember(self._accepted, (asked.sender, asked.message_id.lower()))
        if answer is not None:
            fault = post.call_log.fault_of(receiver.service, asked.type)
            if fault is not None and fault.fault == "nonsense":
                answer = outside_specification(receiver, asked)
            answer_id = post.new_id()
            content = answer_head(answer, asked, answer_id, post.now())
            self._put(asked, receiver, content, answer_id, receipted=False)
            self._conversations.answered(asked, str(answer_id))
        return str(post.new_id())

    def box(self, her_id: str, client: str) -> Iterator[_Stored]:
        """Unread messages for a HER-id (EDI 2.0: what is marked read is not listed), in `rules.EDI_OLDEST_FIRST`."""
        if (client, her_id) not in self._senders:
            raise CallRefused(rules.OTHER_BOX)
        return (each for each in self._unread.get(her_id, {}).values() if self._visible(each))

    def get(self, identifier: str, client: str, her_id: str | None = None) -> _Stored:
        """One message of the client's, of that receiver when one is named."""
        boxes = (self._read, *self._unread.values())
        stored = next((box[identifier] for box in boxes if identifier in box), None)
        if stored is None or her_id not in (None, stored.receiver) or (client, stored.receiver) not in self._senders:
            raise CallRefused(rules.EDI_UNKNOWN)
        if not self._visible(stored):
            raise CallRefused(rules.EDI_UNKNOWN)
        return stored

    def mark_read(self, identifier: str, client: str, her_id: str) -> None:
        """It is not listed any longer; of those that were read the oldest are forgotten."""
        stored = self.get(identifier, client, her_id)
        self._unread.get(stored.receiver, {}).pop(identifier, None)
        self._read[identifier] = stored
        while len(self._read) > _MOST_READ:
            self._read.popitem(last=False)

    def _visible(self, stored: _Stored) -> bool:
        delayed = stored.delayed
        return delayed is None or stored.visible <= self._post.now() or not self._post.call_log.is_in_force(delayed)

    def _answer(self, asked: ReceivedMessage, receiver: Receiver) -> "Element | RejectionReason | None":
        fault = self._fault(asked, receiver)
        return receiver.answer(asked, self._post.desk) if fault is None else rejection(fault)

    def _fault(self, asked: ReceivedMessage, receiver: Receiver) -> SimulatedRule | None:
        """The rule that rejects it, whoever it is for and whatever it says."""
        if not self._readable(asked, receiver):
            return rules.OUTSIDE
        if (asked.sender, asked.message_id.lower()) in self._accepted:
            return rules.SENT_BEFORE
        return self._conversations.fault(asked) or signature_fault(asked)

    def _readable(self, asked: ReceivedMessage, receiver: Receiver) -> bool:
        return asked.type in receiver.types and self._post.schemas.valid(asked.root)

    def _put(
        self, asked: ReceivedMessage, receiver: Receiver, document: bytes, document_id: UUID, *, receipted: bool
    ) -> None:
        """Put a message of ours into the asker's box; one that breaks the official schemas is our fault."""
        post = self._post
        fault = post.call_log.fault_of(receiver.service, asked.type)
        spoiled = fault is not None and fault.fault == "nonsense" and not receipted
        if not spoiled and not post.schemas.valid(parse(document)):
            raise RuntimeError("the simulator made a message outside its specification")
        delayed = fault if fault is not None and fault.fault in {"slow", "rejected"} else None
        identifier = str(post.new_id())
        self._unread.setdefault(asked.sender, {})[identifier] = _Stored(
            id=identifier,
            receiver=asked.sender,
            sender=receiver.her_id,
            document=document,
            document_id=str(document_id),
            receipt_for=asked.message_id if receipted else None,
            visible=post.now() + timedelta(seconds=0 if delayed is None else delayed.seconds),
            delayed=delayed,
        )


def _remember(known: OrderedDict[tuple[str, str], None], one: tuple[str, str]) -> None:
    """It is the newest now, and the oldest of too many are forgotten."""
    known[one] = None
    known.move_to_end(one)
    while len(known) > _MOST_KNOWN:
        known.popitem(last=False)


def message_hub(door: Door, office: PostOffice, call_log: CallLog) -> APIRouter:
    """``/edi20``."""
    router = APIRouter(prefix="/edi20")

    def enter(request: Request) -> str:
        return _enter(door, request)

    @router.post("/Messages")
    async def send(request: Request) -> Response:
        body = await request.body()
        try:
            asked, receiver = _addressed(body)
        except CallRefused:
            enter(request)
            raise
        request.state.call = call_log.record(receiver.service, asked.type)
        client = enter(request)
        fault = call_log.fault_of(receiver.service, asked.type)
        if fault is not None and fault.fault in {"down", "denied"}:
            await suffer(fault)
        sent = office.accept(asked, receiver, client)
        if fault is not None and fault.fault in {"lost", "garbled"}:
            return await suffer(fault) or Response(status_code=201)
        return JSONResponse(sent, 201)

    router.include_router(_mailboxes(enter, office))
    return router


def _mailboxes(enter: Callable[[Request], str], office: PostOffice) -> APIRouter:
    """What a receiver does with her mail: list, fetch, mark read, receipt."""
    router = APIRouter()

    @router.get("/Messages")
    async def messages(request: Request) -> Response:
        client = enter(request)
        her_ids = _receivers(request)
        whole = request.query_params.get("includeMetadata", "false").lower() == "true"
        listed = chain.from_iterable([office.box(her_id, client) for her_id in her_ids])
        found = [stored.metadata() for stored in islice(listed, _wanted(request))]
        return JSONResponse(
            found if whole else [{"id": each["id"], "receiverHerId": each["receiverHerId"]} for each in found]
        )

    @router.get("/Messages/{identifier}/business-document")
    async def document(request: Request, identifier: str) -> Response:
        content = b64encode(office.get(identifier, enter(request)).document).decode()
        return JSONResponse(
            {"businessDocument": content, "contentType": "application/xml", "contentTransferEncoding": "base64"}
        )

    @router.put("/Messages/{identifier}/read/{her_id}")
    async def read(request: Request, identifier: str, her_id: str) -> Response:
        office.mark_read(identifier, enter(request), her_id)
        return Response(status_code=204)

    @router.post("/Messages/{identifier}/apprec/{her_id}")
    async def receipted(request: Request, identifier: str, her_id: str) -> Response:
        office.get(identifier, enter(request), her_id)
        try:
            _SentReceipt.model_validate_json(await request.body())
        except ValueError:
            raise CallRefused(rules.EDI_RECEIPT) from None
        return JSONResponse(identifier, 201)

    return router


def _enter(door: Door, request: Request) -> str:
    """Token and the headers every EDI 2.0 call carries; the client's id."""
    client = door.authorise(request, _HUB)
    if required_header(request, "api-version") != "2":
        raise CallRefused(rules.EDI_VERSION)
    required_header(request, "nhn-source-system")
    return client


def _receivers(request: Request) -> list[str]:
    her_ids = request.query_params.getlist("receiverHerIds")
    if not her_ids or not all(her_id.isdigit() for her_id in her_ids):
        raise CallRefused(rules.EDI_BOX)
    return her_ids


def _wanted(request: Request) -> int:
    """How many messages a list may hold: 10 unless told, 1 to 100."""
    written = request.query_params.get("messagesToFetch", "10")
    if not written.isascii() or not written.isdigit() or not 1 <= int(written) <= 100:
        raise CallRefused(rules.EDI_COUNT)
    return int(written)


def _addressed(body: bytes) -> tuple[ReceivedMessage, Receiver]:
    """The message in a POST body and who it is for (MsgHead 1.2, HIS 80601:2006: the receiver's HER-id)."""
    try:
        posted = _Posted.model_validate_json(body)
        asked = read_asked(b64decode(posted.businessDocument, validate=True))
    except (ValueError, MessageUnreadable):
        raise CallRefused(rules.EDI_BODY) from None
    receiver = RECEIVERS.get(asked.receiver)
    if receiver is None:
        raise CallRefused(rules.EDI_RECEIVER)
    return asked, receiver
