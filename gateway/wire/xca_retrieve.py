"""ITI-39 Cross Gateway Retrieve, both sides (IHE ITI TF-2 3.39, 3.43).

Several documents in one request, each answered for itself; they leave and arrive as inline base64 or by XOP.
"""

import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.configuration.refusals import RefusalRow
from gateway.errors import AnswerMalformed, BodyElementUnknown, MessageRefused, MultipartMalformed, RequestMalformed
from gateway.messages import DocumentRequest, Remark, RetrievedDocument, RetrieveDocuments, RetrieveReply
from gateway.wire import multipart
from gateway.wire.elements import Reader, in_answer, in_request
from gateway.wire.identifiers import read_oid, write_oid
from gateway.wire.names import RETRIEVE, RETRIEVED, RS, XDS, Sender
from gateway.wire.printing import render
from gateway.wire.registry import Status, answer_view, read_problems, read_status, refusal_view, status_of
from gateway.wire.xop import include, read_binary
from trust.xml import Element

_IN_REQUEST, _IN_ANSWER = in_request(XDS), in_answer(XDS)
_RS = in_answer(RS)
_PLACE: Final = b"<Document/>"  # where the template leaves room; no printed value can hold it, all are escaped
_MOST: Final = 64  # documents in one request; no peer asks for more than two
APART_FROM: Final = 1 << 20
"""Bytes of a document from which on it is worth a part of its own; below it stays inline, which every peer reads."""

DOCUMENT_UNREADABLE: Final = "NO_DOCUMENT_UNREADABLE"
"""Our own remark on a peer's answer: of no list of codes, and never sent."""


@dataclass(frozen=True, slots=True)
class RetrieveAnswer:
    """A peer's answer. ``status`` None: it gave none that is known, which is no success."""

    status: Status | None
    documents: tuple[RetrievedDocument, ...]
    problems: tuple[Remark, ...]

    @property
    def rejected(self) -> bool:
        """No success of any kind: documents of such an answer are not to be used."""
        return self.status is None or self.status == "Failure"


def read_retrieve(body: Element) -> RetrieveDocuments:
    """The documents a body asks for, in order; community and repository may be left out.

    Raises BodyElementUnknown, RequestMalformed.
    """
    if body.tag != RETRIEVE:
        raise BodyElementUnknown
    requests = _IN_REQUEST.all(body, "DocumentRequest")
    if not 1 <= len(requests) <= _MOST:
        raise RequestMalformed("DocumentRequest")
    return RetrieveDocuments(tuple(_request(_IN_REQUEST, request) for request in requests))


def write_retrieve(request: RetrieveDocuments) -> bytes:
    """The request; every member that is not None is written."""
    return render("retrieve", {"requests": [_request_view(one) for one in request.requests]})


def write_retrieved(reply: RetrieveReply, sender: Sender) -> bytes:
    """The answer with its documents inline, and a RegistryError for each problem; ValueError when it has neither."""
    return _written(reply, sender, {})


def write_retrieved_apart(reply: RetrieveReply, sender: Sender) -> tuple[bytes, Mapping[str, bytes]]:
    """The same with Includes in the place of large documents, and those by Content-ID; the others stay inline.

    As many are apart as a multipart of our own readers has room for.
    """
    large = [place for place, one in enumerate(reply.documents) if len(one.content) >= APART_FROM]
    names = {place: f"{sender.new_id()}@document" for place in large[: multipart.DEFAULT.parts - 1]}
    written = _written(reply, sender, names)
    return written, {name: reply.documents[place].content for place, name in names.items()}


def _written(reply: RetrieveReply, sender: Sender, apart: Mapping[int, str]) -> bytes:
    """``apart``: the Content-ID of each document that an Include stands for, by its place."""
    status = status_of(something=bool(reply.documents), problems=reply.problems)
    documents = [
        {
            "home": write_oid(document.request.home_community or sender.home_community),
            "repository": document.request.repository or sender.repository,
            "unique_id": document.request.unique_id,
            "mime_type": document.mime_type,
        }
        for document in reply.documents
    ]
    head, *tails = render("retrieved", {**answer_view(status, reply.problems), "documents": documents}).split(_PLACE)
    pieces = [head]
    for place, (document, tail) in enumerate(zip(reply.documents, tails, strict=True)):
        held = include(apart[place]) if place in apart else binascii.b2a_base64(document.content, newline=False)
        pieces += [b"<Document>", held, b"</Document>", tail]
    return b"".join(pieces)


def write_retrieve_refusal(row: RefusalRow) -> bytes:
    """The answer to a refused retrieve: its status and one RegistryError, never empty."""
    return render("retrieved", {**refusal_view(row), "documents": []})


def read_retrieved(body: Element, attachments: Mapping[str, bytes]) -> RetrieveAnswer:
    """A peer's answer, documents inline or among the envelope's attachments.

    One document of several that cannot be read is left out, and a remark says so. Raises AnswerMalformed or
    MultipartMalformed, also when none of the documents can be read.
    """
    if body.tag != RETRIEVED:
        raise AnswerMalformed("RetrieveDocumentSetResponse")
    registry = _RS.one(body, "RegistryResponse")
    documents: list[RetrievedDocument] = []
    faults: list[MessageRefused] = []
    remarks: list[Remark] = []
    for place, found in enumerate(_IN_ANSWER.all(body, "DocumentResponse")):
        try:
            documents.append(_document(found, attachments))
        except (AnswerMalformed, MultipartMalformed) as fault:
            faults.append(fault)
            where = f"DocumentResponse[{place}]"
            remarks.append(Remark(DOCUMENT_UNREADABLE, "Error", "One document could not be read.", where))
    if faults and not documents:
        raise faults[0]
    return RetrieveAnswer(read_status(registry), tuple(documents), (*read_problems(registry), *remarks))


def _request(reader: Reader, element: Element) -> DocumentRequest:
    """Which document: of a request, or as an answer repeats it."""
    home = reader.maybe_text(element, "HomeCommunityId")
    repository = reader.maybe_text(element, "RepositoryUniqueId")
    return DocumentRequest(
        unique_id=reader.text(element, "DocumentUniqueId"),
        home_community=read_oid(home) if home else None,
        repository=read_oid(repository) if repository else None,
    )


def _request_view(request: DocumentRequest) -> Mapping[str, str | None]:
    return {
        "home": write_oid(request.home_community) if request.home_community else None,
        "repository": request.repository,
        "unique_id": request.unique_id,
    }


def _document(element: Element, attachments: Mapping[str, bytes]) -> RetrievedDocument:
    content = read_binary(_IN_ANSWER.one(element, "Document"), attachments)
    if not content:
        raise AnswerMalformed("Document")
    return RetrievedDocument(
        request=_request(_IN_ANSWER, element),
        content=content,
        mime_type=_IN_ANSWER.text(element, "mimeType"),
    )
