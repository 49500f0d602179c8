"""One pipeline, two faces: for the same cause the same refusal and the same evidence, whatever the protocol."""

import asyncio
import base64
import html
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import (
    ClockAlone,
    EvidenceUnavailable,
    NationalServiceDown,
    NationalServiceSlow,
    NodeTooManyRequests,
)
from gateway.evidence.event import write_event
from gateway.messages import FindDocuments, FindPatient, RetrieveDocuments
from gateway.national.ports import AddressConfidentiality, PrivacyStatus, Sharing
from tests.gateway.pipeline.json_face import JSON, JsonForm, json_app
from tests.support.callers.assertions import PERMISSION, ROLE, nok, role
from tests.support.callers.signatures import sealer
from tests.support.callers.verified import NOW, OTHER, PS
from tests.support.nodes.in_process import (
    DISCOVERY,
    MESSAGE_ID,
    QUERY,
    InProcess,
    discover,
    hcp,
    in_process,
    query,
    retrieval,
    retrieve,
    trc,
)
from tests.support.nodes.node import read
from tests.support.norway.in_memory import DOCUMENT, Remembered, kept, person


class Broken(Remembered):
    """Norway with a fault of ours in its door."""

    def _answer(self, name, answer):
        raise RuntimeError("a fault of ours")


@dataclass(frozen=True)
class Cause:
    """What is asked, and what is wrong with it; ``refusal`` None: nothing is."""

    name: str
    refusal: str | None
    transaction: str = "ITI-38"
    shown: Callable[[], tuple[bytes, ...]] = lambda: (hcp(), trc())
    asks: FindPatient | FindDocuments | RetrieveDocuments = QUERY
    norway: Callable[[], Remembered] = Remembered
    raises: Callable[[], tuple[Exception, ...]] = tuple
    asked: int = 1
    """How many times; the last answer counts."""
    rows: int = 1
    held: bool = False


def _differs(assertion: bytes) -> bytes:
    changed = assertion.replace(b"Lisboa", b"Coimbra")
    assert changed != assertion
    return changed


CAUSES = (
    Cause("a discovery", None, "ITI-55", lambda: (hcp(),), DISCOVERY),
    Cause("a discovery of a next of kin", None, "ITI-55", lambda: (hcp(), trc(), nok()), DISCOVERY),
    Cause("a query", None),
    Cause("a retrieve", None, "ITI-39", asks=retrieval(DOCUMENT)),
    Cause("a retrieve of one that is there and one that is not", None, "ITI-39", asks=retrieval(DOCUMENT, "1.2^none")),
    Cause("no assertion", "HcpMissing", shown=tuple),
    Cause("no TRC", "TrcMissing", shown=lambda: (hcp(),)),
    Cause("an assertion changed after signing", "SignatureInvalid", shown=lambda: (_differs(hcp()), trc())),
    Cause("a field missing", "FieldMissing", shown=lambda: (hcp(), trc(fields={"Conditions/@NotBefore": None}))),
    Cause("an unknown role", "RoleUnknown", shown=lambda: (hcp(attributes={ROLE: role("999")}), trc())),
    Cause("an expired TRC", "AssertionExpired", shown=lambda: (hcp(), trc(now=NOW - timedelta(hours=5)))),
    Cause("a TRC of another HCP", "TrcPointsToAnotherHcp", shown=lambda: (hcp(), trc(hcp_id="_other"))),
    Cause("a message sent twice", "MessageRepeated", asked=2, rows=2),
    Cause("no permission", "PermissionMissing", shown=lambda: (hcp(attributes={PERMISSION: f"{PERMISSION}:X"}), trc())),
    Cause("another patient than the TRC's", "PatientDiffers", asks=FindDocuments(OTHER, (PS,))),
    Cause("a class that nobody makes", "ClassCodeUnknown", asks=FindDocuments(QUERY.patient, (("1-8", "2.16"),))),
    Cause("nobody of that number", "PatientUnknown", norway=lambda: Remembered(register=None), held=True),
    Cause(
        "a protected person",
        "PatientProtected",
        norway=lambda: Remembered(register=person(confidentiality=AddressConfidentiality.STRICTLY_CONFIDENTIAL)),
        held=True,
    ),
    Cause("a person who reserved herself", "PatientReserved", "ITI-55", lambda: (hcp(),), DISCOVERY,
          lambda: Remembered(privacy=PrivacyStatus(Sharing.RESERVED)), held=True),
    Cause("a register that is down", "NationalServiceDown",
          norway=lambda: Remembered(register=NationalServiceDown("person-register")), held=True),
    Cause("a source that is slow", "NationalServiceSlow",
          norway=lambda: Remembered(critical=NationalServiceSlow("critical-information")), held=True),
    Cause("a document nobody knows", "DocumentUnknown", "ITI-39", asks=retrieval("1.2^none")),
    Cause("a fault of ours", "InternalFault", norway=Broken, held=True),
    Cause("evidence that cannot be written", "EvidenceUnavailable", raises=lambda: (EvidenceUnavailable("x"),), rows=0,
          held=True),
    Cause("a recorder that raises once", "InternalFault", raises=lambda: (ValueError("x"),), held=True),
    Cause("a recorder that raises always", "InternalFault", raises=lambda: (ValueError("x"),) * 9, rows=0,
          held=True),
)  # fmt: skip


def world(cause: Cause, **changes: Any) -> InProcess:
    """A node in which the cause holds, and DOCUMENT is listed."""
    node = in_process(cause.norway(), raises=cause.raises(), **changes)
    node.norway.shelf.keep(kept())
    return node


def over_soap(cause: Cause) -> tuple[InProcess, Any]:
    node = world(cause)
    service, body = {
        "ITI-55": ("xcpd", discover),
        "ITI-38": ("xca", lambda: query(cause.asks.patient, cause.asks.class_codes)),
        "ITI-39": ("xca", lambda: retrieve(*(one.unique_id for one in cause.asks.requests))),
    }[cause.transaction]
    for _ in range(cause.asked):
        reply = node.soap(service, body(), *cause.shown())
    return node, reply


def over_json(cause: Cause) -> tuple[InProcess, dict[str, Any]]:
    node = world(cause, form=JsonForm())
    shown = [base64.b64encode(one).decode() for one in cause.shown()]
    said = {"id": MESSAGE_ID, "transaction": cause.transaction, "assertions": shown, "ask": asdict(cause.asks)}
    for _ in range(cause.asked):
        _, answer = posted(node, json.dumps(said).encode())
    return node, answer


def posted(node: InProcess, content: bytes) -> tuple[int, dict[str, Any]]:
    """Status and answer of the JSON application, asked as a server asks it."""
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": "/contact-point", "query_string": b"",
        "headers": [], "extensions": {"tls": {"client_cert_der": sealer("PT", "tls").certificate}},
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(json_app(node.answerer)(scope, receive, send))  # type: ignore[arg-type]  # dictionaries, as ASGI has them
    assert dict(sent[0]["headers"])[b"content-type"] == JSON.encode()
    return sent[0]["status"], json.loads(sent[1]["body"])


def evidence(node: InProcess) -> list[dict[str, Any]]:
    """The rows, without what differs between any two requests: ids we make, and digests of bytes."""
    rows = [json.loads(write_event(event)) for event in node.rows.events]
    for row in rows:
        for own in ("id", "correlation"):
            del row[own]
        for own in ("request_sha256", "response_sha256", "response_id"):
            del row["exchanged"][own]
    return rows


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.name)
def test_both_faces_leave_the_same_evidence_of_the_same_cause(cause: Cause):
    soap, _ = over_soap(cause)
    other, _ = over_json(cause)
    assert evidence(soap) == evidence(other)
    assert len(soap.rows.events) == cause.rows
    assert {event.refusal_class for event in soap.rows.events[cause.rows - 1 :]} <= {cause.refusal}


@pytest.mark.parametrize("cause", [c for c in CAUSES if c.refusal], ids=lambda cause: cause.name)
def test_both_faces_refuse_the_same_cause_with_the_same_code_and_text_and_no_data(cause: Cause):
    _, reply = over_soap(cause)
    _, other = over_json(cause)
    came = read(reply.status, reply.content_type, reply.body)
    assert (came.patients, came.entries, came.documents) == ((), (), ())
    assert other["ok"] is False
    assert set(other) == {"id", "answers", "ok", "code", "text"}
    assert came.codes == (other["code"],)
    assert other["text"] in html.unescape(reply.body.decode())
    assert reply.held is cause.held


@pytest.mark.parametrize("cause", [c for c in CAUSES if not c.refusal], ids=lambda cause: cause.name)
def test_both_faces_give_the_same(cause: Cause):
    _, reply = over_soap(cause)
    _, other = over_json(cause)
    came = read(reply.status, reply.content_type, reply.body)
    assert [(p.identifier.extension, p.family) for p in came.patients] == [
        (p["identifier"]["extension"], p["family"]) for p in other.get("patients", [])
    ]
    assert [(e.class_code, e.size) for e in came.entries] == [
        (e["class_code"], e["size"]) for e in other.get("entries", [])
    ]
    assert [d.content for d in came.documents] == [base64.b64decode(d["content"]) for d in other.get("documents", [])]
    assert list(came.codes) == [problem["code"] for problem in other.get("problems", [])]


def test_what_the_second_face_cannot_read_is_answered_in_its_form_with_evidence():
    node = in_process(form=JsonForm())
    status, answer = posted(node, b"<soap/>")
    assert (status, answer["ok"], answer["answers"]) == (500, False, None)
    assert [event.refusal_class for event in node.rows.events] == ["RequestMalformed"]


def test_the_second_face_is_no_longer_than_150_lines():
    assert len((Path(__file__).parent / "json_face.py").read_text("utf-8").splitlines()) <= 150


THEIRS = "1.2^theirs"


def retrieved_of_two(*unique_ids: str) -> tuple[InProcess, Any]:
    """A node on which DOCUMENT is the patient's and THEIRS another patient's, asked for these documents."""
    node = in_process()
    node.norway.shelf.keep(kept())
    node.norway.shelf.keep(kept(patient=OTHER, entry=replace(kept().entry, patient=OTHER, unique_id=THEIRS)))
    return node, node.soap("xca", retrieve(*unique_ids), hcp(), trc())


@pytest.mark.parametrize(
    ("asked", "refusal", "held"),
    [
        ((THEIRS, "1.2^none"), "DocumentUnknown", True),
        (("1.2^none", "1.2^neither"), "DocumentUnknown", False),
        ((THEIRS, THEIRS), "DocumentOfAnotherPatient", True),
    ],
)
def test_several_documents_none_of_which_is_given_are_a_refusal_in_evidence_and_time(
    asked: tuple[str, ...], refusal: str, held: bool
):
    node, reply = retrieved_of_two(*asked)
    came = read(reply.status, reply.content_type, reply.body)
    assert (came.documents, came.registry, len(came.codes)) == ((), "Failure", 2)
    (event,) = node.rows.events
    assert (event.outcome.value, event.refusal_class, reply.held) == ("refused", refusal, held)
    assert {one.prescription_id for one in event.withheld} == set(asked) & {THEIRS}


def test_one_document_of_several_that_is_given_is_a_success_in_evidence_and_time():
    node, reply = retrieved_of_two(DOCUMENT, THEIRS)
    assert len(read(reply.status, reply.content_type, reply.body).documents) == 1
    (event,) = node.rows.events
    assert (event.outcome.value, event.refusal_class, reply.held) == ("success", None, False)
    assert [one.prescription_id for one in event.withheld] == [THEIRS]


def test_what_its_face_refuses_is_refused_in_the_transactions_form_and_asks_nobody():
    norway = Remembered()
    node = in_process(norway)
    reply = node.soap("xcpd", discover(), hcp(), reason=NodeTooManyRequests())
    came = read(reply.status, reply.content_type, reply.body)
    assert (came.form, came.patients, reply.held) == ("xcpd", (), False)
    assert [event.refusal_class for event in node.rows.events] == ["NodeTooManyRequests"]
    assert norway.calls == []
    again = node.soap("xcpd", discover(), hcp())  # its message was not remembered: it may come again
    assert len(read(again.status, again.content_type, again.body).patients) == 1


def test_a_clock_that_stands_alone_refuses_before_anybody_is_verified_or_asked():
    def alone() -> None:
        raise ClockAlone

    norway = Remembered()
    node = in_process(norway, require_clock=alone)
    reply = node.soap("xcpd", discover(), hcp())
    assert (read(reply.status, reply.content_type, reply.body).patients, norway.calls) == ((), [])
    (event,) = node.rows.events
    assert (event.refusal_class, event.peer.country) == ("ClockAlone", None)
    found = in_process(norway).soap("xcpd", discover(), hcp())
    assert len(read(found.status, found.content_type, found.body).patients) == 1
