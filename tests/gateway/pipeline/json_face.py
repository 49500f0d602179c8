"""A second face, to prove that the pipeline has no protocol: JSON over HTTP with the assertions of SOAP in base64.

{"id": …, "transaction": "ITI-55", "assertions": [base64, …], "ask": {…}} → {"id": …, "answers": id, "ok": …, …}
"""

import asyncio
import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from fastapi import FastAPI, Request, Response

from gateway.configuration.refusals import RefusalForm, RefusalRow, Transaction
from gateway.errors import RequestMalformed
from gateway.faces.receive import BodyBudget, received
from gateway.messages import (
    DocumentRequest,
    DocumentsReply,
    FindDocuments,
    FindPatient,
    PatientIdentifier,
    PatientsReply,
    Remark,
    RetrieveDocuments,
)
from gateway.pipeline.answer import Answerer
from gateway.pipeline.form import Answer, Arrived, Message, Question, Stamp, WrittenMessage
from tests.support.callers.assertions import envelope
from trust.saml.model import VerifiedCaller
from trust.xml import parse

JSON = "application/json"


def _find_patient(ask: Mapping[str, Any]) -> Question:
    return FindPatient(ask["receiver"], ask["sender"], tuple(_patient(one) for one in ask["identifiers"]))


def _find_documents(ask: Mapping[str, Any]) -> Question:
    return FindDocuments(_patient(ask["patient"]), tuple((code, system) for code, system in ask["class_codes"]))


def _retrieve(ask: Mapping[str, Any]) -> Question:
    return RetrieveDocuments(tuple(DocumentRequest(**one) for one in ask["requests"]))


def _patient(ask: Mapping[str, str]) -> PatientIdentifier:
    return PatientIdentifier(ask["root"], ask["extension"])


_QUESTIONS: Mapping[Transaction, Callable[[Mapping[str, Any]], Question]] = {
    Transaction.FIND_PATIENT: _find_patient,
    Transaction.FIND_DOCUMENTS: _find_documents,
    Transaction.RETRIEVE: _retrieve,
}


class JsonForm:
    """The form."""

    name = "json"
    caller = VerifiedCaller

    def read(self, arrived: Arrived) -> Message:
        try:
            said = json.loads(arrived.body)
            assertions = [base64.b64decode(one, validate=True) for one in said["assertions"]]
            transaction = Transaction(said["transaction"])
        except (ValueError, KeyError, TypeError, binascii.Error):
            raise RequestMalformed("json") from None

        def question() -> Question:
            try:
                return _QUESTIONS[transaction](said["ask"])
            except (KeyError, TypeError, ValueError):
                raise RequestMalformed("ask") from None

        def body() -> bytes:
            return json.dumps(said.get("ask"), sort_keys=True).encode()

        return Message(transaction, said.get("id"), parse(envelope(*assertions)), question, body)

    def write(self, message: Message, answer: Answer, stamp: Stamp) -> WrittenMessage:
        if isinstance(answer, PatientsReply):
            given: dict[str, Any] = {"patients": [asdict(patient) for patient in answer.patients]}
        elif isinstance(answer, DocumentsReply):
            given = {"entries": [asdict(entry) for entry in answer.entries]} | _problems(answer.problems)
        else:
            documents = [
                {"unique_id": one.request.unique_id, "content": base64.b64encode(one.content).decode()}
                for one in answer.documents
            ]
            given = {"documents": documents} | _problems(answer.problems)
        return _written(200, message, stamp, {"ok": True, **given})

    def writes(self, row: RefusalRow) -> bool:
        return row.form is not RefusalForm.TLS

    def refuse(self, message: Message, row: RefusalRow, stamp: Stamp) -> WrittenMessage:
        return self.fault(row, message, stamp)

    def fault(self, row: RefusalRow, message: Message | None, stamp: Stamp | None) -> WrittenMessage:
        return _written(row.http_status, message, stamp, {"ok": False, "code": row.code, "text": row.text})


def _problems(problems: tuple[Remark, ...]) -> dict[str, Any]:
    return {"problems": [asdict(problem) for problem in problems]}


def _written(status: int, message: Message | None, stamp: Stamp | None, said: dict[str, Any]) -> WrittenMessage:
    own = f"urn:uuid:{stamp.correlation}" if stamp else None
    whole = {"id": own, "answers": message.id if message else None, **said}
    return WrittenMessage(status, JSON, json.dumps(whole, default=_text).encode(), own)


def _text(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def json_app(answerer: Answerer) -> FastAPI:
    """The face's application: one address for every transaction."""
    app = FastAPI(openapi_url=None)
    bodies = BodyBudget(2_000_000, 1_000_000)

    @app.post("/contact-point")
    async def ask(request: Request) -> Response:
        peer = request.scope["extensions"]["tls"]["client_cert_der"]
        with bodies.share(peer) as share:
            body = await received(request, 1_000_000, timedelta(seconds=5), share)
        arrived = Arrived("json", JSON, body, peer)
        reply = await asyncio.to_thread(answerer.answer, arrived)
        return Response(reply.body, reply.status, {"content-type": reply.content_type})

    return app
