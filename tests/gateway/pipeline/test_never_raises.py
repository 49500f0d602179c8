"""The pipeline never raises: whatever breaks is answered in form, without data, and leaves what trace it can."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
import structlog
from structlog.testing import capture_logs

from gateway.evidence.event import Outcome
from gateway.faces.soap.form import SoapForm
from gateway.pipeline.answer import Reply
from tests.support.callers.assertions import Ids
from tests.support.callers.verified import NOW, PATIENT
from tests.support.nodes.in_process import HOME, InProcess, discover, hcp, in_process
from tests.support.nodes.node import read
from tests.support.nodes.wire import document_types

SECRET = PATIENT.extension
CAUSES = [ValueError(SECRET), KeyError(SECRET), OSError(28, SECRET), RuntimeError(SECRET), AssertionError(SECRET)]


def asked(node: InProcess) -> Reply:
    return node.soap("xcpd", discover(), hcp())


def refused_in_form(reply: Reply) -> None:
    came = read(reply.status, reply.content_type, reply.body)
    assert came.form in ("xcpd", "fault")
    assert came.codes in (("ERROR_PI_INTERNAL_ERROR",), ("ERROR_GENERIC",))
    assert came.patients == ()
    assert b"Kari" not in reply.body


def test_the_request_that_everything_below_breaks_is_good():
    node = in_process()
    reply = asked(node)
    came = read(reply.status, reply.content_type, reply.body)
    assert len(came.patients) == 1
    assert [event.outcome for event in node.rows.events] == [Outcome.SUCCESS]


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: type(cause).__name__)
def test_a_recorder_that_raises_anything_is_answered_without_data(cause: Exception):
    node = in_process(raises=(cause,) * 5)
    with capture_logs() as lines:
        refused_in_form(asked(node))
    assert node.rows.events == []
    assert [line["fault"] for line in lines if line["event"] == "fault"] == [type(cause).__name__] * 2
    assert SECRET not in str(lines)


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: type(cause).__name__)
def test_a_recorder_that_raises_once_still_leaves_a_row_of_what_was_answered(cause: Exception):
    node = in_process(raises=(cause,))
    refused_in_form(asked(node))
    assert [(event.outcome, event.refusal_class) for event in node.rows.events] == [(Outcome.FAILED, "InternalFault")]


class Speechless(SoapForm):
    """A form that can say no refusal of a transaction: it says a fault."""

    def refuse(self, *_: Any) -> Any:
        raise RuntimeError(SECRET)


def test_a_refusal_that_cannot_be_said_in_form_is_a_fault_and_the_log_tells_of_both():
    node = in_process(form=Speechless(HOME, document_types()))
    with capture_logs() as lines:
        reply = node.soap("xcpd", discover())
    assert read(reply.status, reply.content_type, reply.body).form == "fault"
    assert [event.refusal_class for event in node.rows.events] == ["HcpMissing"]
    assert [line["fault"] for line in lines if line["event"] == "fault"] == ["RuntimeError"]
    assert SECRET not in str(lines)


def failing_from(call: int) -> Any:
    """A clock that answers until its ``call``th call."""
    calls = iter(range(1, 100))

    def now() -> datetime:
        if next(calls) >= call:
            raise OSError(SECRET)
        return NOW

    return now


def test_a_clock_that_fails_at_the_start_is_answered_by_a_fault():
    node = in_process(clock=failing_from(1))
    with capture_logs() as lines:
        refused_in_form(asked(node))
    assert [line["fault"] for line in lines] == ["OSError"]
    assert node.rows.events == []


def test_a_clock_that_fails_at_the_end_gives_no_data_and_leaves_a_row():
    node = in_process(clock=failing_from(2))
    refused_in_form(asked(node))
    assert [event.refusal_class for event in node.rows.events] == ["InternalFault"]


@pytest.mark.parametrize("given", range(5))
def test_ids_that_run_out_are_answered_in_form(given: int):
    ids = Ids()

    def new_id() -> UUID:
        if ids.given >= given:
            raise OSError(SECRET)
        return ids()

    refused_in_form(asked(in_process(new_id=new_id)))


@contextmanager
def logging_to(stream: Any) -> Iterator[None]:
    before = structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    try:
        yield
    finally:
        structlog.configure(**before)


class FullDisk(io.StringIO):
    def write(self, _text: str) -> int:
        raise OSError(28, "No space left on device")


class ClosedPipe(io.StringIO):
    def flush(self) -> None:
        raise BrokenPipeError


@pytest.mark.parametrize("stream", [FullDisk, ClosedPipe])
def test_a_log_that_cannot_be_written_changes_no_answer_and_is_counted(stream: type[io.StringIO]):
    with logging_to(io.StringIO()):
        as_usual = asked(in_process())
    node = in_process()
    with logging_to(stream()):
        reply = asked(node)
    assert reply == as_usual
    assert [event.outcome for event in node.rows.events] == [Outcome.SUCCESS]
    assert node.answerer.dropped_log_lines == 1


def test_a_log_that_cannot_be_written_changes_no_refusal():
    with logging_to(io.StringIO()):
        as_usual = asked(in_process(raises=(ValueError(),)))
    with logging_to(FullDisk()):
        assert asked(in_process(raises=(ValueError(),))) == as_usual


def test_an_answer_that_nobody_was_there_to_receive_leaves_a_second_row():
    node = in_process()
    reply = asked(node)
    node.answerer.undelivered(reply)
    ready, lost = node.rows.events
    assert (ready.outcome, lost.outcome, lost.refusal_class) == (Outcome.SUCCESS, Outcome.FAILED, "AnswerUndelivered")
    assert lost.correlation == ready.correlation
    assert lost.exchanged == ready.exchanged
    assert lost.id != ready.id


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: type(cause).__name__)
def test_a_second_row_that_cannot_be_written_leaves_a_line_and_raises_nothing(cause: Exception):
    node = in_process()
    reply = asked(node)
    node.rows.raises = [cause]
    with capture_logs() as lines:
        node.answerer.undelivered(reply)
    assert [line["event"] for line in lines] == ["undelivered", "fault"]
    assert SECRET not in str(lines)


def test_an_answer_without_evidence_has_no_second_row():
    node = in_process(raises=(ValueError(),) * 5)
    reply = asked(node)
    node.answerer.undelivered(reply)
    assert node.rows.events == []


def test_a_refusal_whose_form_breaks_is_said_as_a_fault():
    class Breaking(SoapForm):
        def refuse(self, *_given: Any) -> Any:
            raise ValueError(SECRET)

    node = in_process(form=Breaking(HOME, document_types()))
    reply = node.soap("xcpd", discover(receiver="1.2.3"), hcp())
    came = read(reply.status, reply.content_type, reply.body)
    assert (came.form, came.patients) == ("fault", ())
    assert [event.refusal_class for event in node.rows.events] == ["ReceiverWrong"]
