"""The validation face: one document by HTTP, its report as JSON, as a page, or as a validation service of the test bed.

POST /validate takes the document's bytes and answers as `ncpeh validate --json` says a file; a browser, which asks for
text/html, gets a page that names rule, place, mend and example. POST /validation is the GITB validation service (SOAP).
What is sent is kept nowhere and logged nowhere. As many documents are looked at as there are cores, a few more wait,
and the rest is told to come again.
"""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from gateway.errors import BodyTooLarge, BodyTooSlow, InternalFault, NodeTooManyRequests, RequestMalformed
from gateway.faces.receive import BodyBudget, received
from gateway.faces.validation.page import print_form, print_page
from gateway.wire import gitb
from transformers.validation import Checked
from transformers.validation.validator import DocumentValidator
from trust.errors import XmlRefused

LIMIT: Final = 16 * 1024 * 1024
"""Bytes of a document."""
_CALL_LIMIT: Final = 24 * 1024 * 1024
"""Bytes of a SOAP call: a document in base64 and what is around it."""
_BODY_SECONDS: Final = timedelta(seconds=60)
_WAITING: Final = 4
"""Documents that wait, for each that is looked at."""
_HTML, _JSON, _XML = "text/html; charset=utf-8", "application/json", "text/xml; charset=utf-8"
_FORM: Final = "application/x-www-form-urlencoded"
"""Programs name it for any bytes: what begins with the form's field alone is one."""
_FIELD: Final = b"document="
_SLICE: Final = 64 * 1024
_HEADERS: Final = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'",
}


@dataclass(frozen=True, slots=True)
class Validating:
    """What the face needs: the check, in a process of its own, and how its results are said."""

    check: Callable[[bytes], Checked]
    """Raises XmlRefused, InternalFault."""
    how: DocumentValidator
    unreadable: Callable[[XmlRefused], str]
    """Why bytes are no document, in words."""
    at_once: int
    clock: Callable[[], datetime]
    version: str


@dataclass(frozen=True, slots=True)
class DocumentReport:
    """Of one document: what was found, or why it could not be read."""

    checked: Checked | None
    told: dict[str, Any]
    """As `ncpeh validate --json` says a file, without its name."""


class ValidationFace:
    """Its router; `close` it."""

    def __init__(self, validating: Validating) -> None:
        self._validating = validating
        self._free = asyncio.Semaphore(validating.at_once)
        self._here = 0
        self._bodies = BodyBudget((_WAITING + 1) * validating.at_once * _CALL_LIMIT, _CALL_LIMIT)
        self._pool = ThreadPoolExecutor(validating.at_once, thread_name_prefix="validating")

    def router(self) -> APIRouter:
        """`/`, `/validate` and `/validation`."""
        router = APIRouter()
        router.add_api_route("/", self._usage, methods=["GET"], include_in_schema=False)
        router.add_api_route("/validate", self._validate, methods=["POST"], include_in_schema=False)
        router.add_api_route("/validation", self._call, methods=["POST"], include_in_schema=False)
        router.add_api_route("/validation", self._wsdl, methods=["GET"], include_in_schema=False)
        return router

    def close(self) -> None:
        """Wait for nobody: what is still being checked has no effect."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _usage(self, _request: Request) -> Response:
        return _answer(print_form(), _HTML)

    async def _wsdl(self, request: Request) -> Response:
        return _answer(gitb.print_wsdl(str(request.url.replace(query=""))), _XML)

    async def _validate(self, request: Request) -> Response:
        of_a_form = request.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM
        try:
            content = await self._received(request, 3 * LIMIT if of_a_form else LIMIT)
            of_a_form = of_a_form and content.startswith(_FIELD)
            report = await self._report(content, _field_of_the_form if of_a_form else bytes)
        except (BodyTooLarge, BodyTooSlow, NodeTooManyRequests, RequestMalformed, InternalFault) as reason:
            return _refused(reason)
        except ClientDisconnect:
            return Response()  # nobody is there to read it
        if of_a_form or _wants_a_page(request.headers.get("accept", "")):
            return _answer(print_page(report.told, report.checked), _HTML)
        told = {"version": 1, **report.told}
        return _answer(json.dumps(told, ensure_ascii=False).encode() + b"\n", _JSON)

    async def _call(self, request: Request) -> Response:
        try:
            call = gitb.read_call(await self._received(request, _CALL_LIMIT))
            if call.document is None:
                return _answer(gitb.print_module(self._validating.version), _XML)
            report = await self._report(call.document)
        except RequestMalformed as reason:
            return _answer(gitb.print_fault(f"The call cannot be read: {reason.field}."), _XML, 500)
        except (BodyTooLarge, BodyTooSlow, NodeTooManyRequests, InternalFault) as reason:
            return _refused(reason)
        except ClientDisconnect:
            return Response()  # nobody is there to read it
        if report.checked is None:
            return _answer(gitb.print_fault(f"The document cannot be read: {report.told['reason']}."), _XML, 500)
        findings, run = report.checked.report.findings, bool(report.checked.layers_run)
        return _answer(gitb.print_report(findings, checked=run, at=self._validating.clock()), _XML)

    async def _received(self, request: Request, limit: int) -> bytes:
        peer = request.client.host if request.client else ""
        with self._bodies.share(peer.encode()) as share:
            return await received(request, limit, _BODY_SECONDS, share)

    async def _report(self, content: bytes, document_of: Callable[[bytes], bytes] = bytes) -> DocumentReport:
        """``document_of``: the document in what came. Raises BodyTooLarge, InternalFault, NodeTooManyRequests, and what
        it raises.
        """
        most = (_WAITING + 1) * self._validating.at_once
        if self._here >= most:
            raise NodeTooManyRequests
        self._here += 1
        try:
            async with self._free:
                loop = asyncio.get_running_loop()
                checked = await loop.run_in_executor(
                    self._pool, lambda: self._validating.check(_within(document_of(content)))
                )
        except XmlRefused as refused:
            return DocumentReport(None, {"outcome": "unreadable", "reason": self._validating.unreadable(refused)})
        finally:
            self._here -= 1
        return DocumentReport(checked, self._validating.how.as_json(checked))


def _field_of_the_form(content: bytes) -> bytes:
    """The document in a form that a browser sent. Raises RequestMalformed for another field beside it."""
    value = content.removeprefix(_FIELD)
    if b"&" in value:
        raise RequestMalformed("document")
    document, at = bytearray(), 0
    while at < len(value):  # in slices: to decode makes an object of each escape
        slice_ = value[at : at + _SLICE]
        if at + _SLICE < len(value) and (cut := slice_.rfind(b"%", -2)) >= 0:
            slice_ = slice_[:cut]  # an escape is not parted
        document += unquote_to_bytes(slice_.replace(b"+", b" "))
        at += len(slice_)
    return bytes(document)


def _within(document: bytes) -> bytes:
    """The document, if it is not too large. Raises BodyTooLarge."""
    if len(document) > LIMIT:
        raise BodyTooLarge(LIMIT)
    return document


def _wants_a_page(accept: str) -> bool:
    """A browser names text/html first; whoever does not name it gets JSON."""
    kinds = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    return "text/html" in kinds and (_JSON not in kinds or kinds.index("text/html") < kinds.index(_JSON))


_STATUS: Final[dict[type[Exception], tuple[int, str]]] = {
    BodyTooLarge: (413, "too-large"),
    BodyTooSlow: (408, "too-slow"),
    NodeTooManyRequests: (503, "busy"),
    RequestMalformed: (400, "malformed"),
    InternalFault: (500, "fault"),
}


def _refused(reason: Exception) -> Response:
    status, word = _STATUS[type(reason)]
    return _answer(json.dumps({"version": 1, "outcome": "refused", "reason": word}).encode() + b"\n", _JSON, status)


def _answer(body: bytes, kind: str, status: int = 200) -> Response:
    return Response(body, status, {**_HEADERS, "content-type": kind})
