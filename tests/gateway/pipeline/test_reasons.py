"""A refusal names assertion, field and rule: in its row and log line, and to a peer in test in its answer."""

import html
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.errors import NationalServiceDown
from gateway.national.ports import AddressConfidentiality
from gateway.pipeline.answer import CountryA, Reply
from tests.support.callers.assertions import PERMISSION, ROLE, role
from tests.support.callers.verified import NOW, PATIENT, country, policy
from tests.support.nodes.in_process import MESSAGE_ID, InProcess, discover, hcp, in_process, query, trc
from tests.support.nodes.wire import refusals
from tests.support.norway.in_memory import Remembered, person
from tests.support.persons.samples import composer

SUBJECT = "urn:oasis:names:tc:xspa:1.0:subject:subject-id"
REASONS = [
    ((hcp(fields={"Conditions/@NotBefore": None}), trc()), "FieldMissing", "hcp", "Conditions/@NotBefore"),
    ((hcp(), trc(fields={"@IssueInstant": "today"})), "FieldInvalid", "trc", "@IssueInstant"),
    ((hcp(attributes={ROLE: role("999")}), trc()), "RoleUnknown", "hcp", ROLE),
    ((hcp(), trc(hcp_id="_other")), "TrcPointsToAnotherHcp", "trc", "Advice/AssertionIDRef"),
    ((hcp(),), "TrcMissing", "trc", "Header/Security/Assertion"),
    ((hcp(attributes={PERMISSION: f"{PERMISSION}:X"}), trc()), "PermissionMissing", "hcp", PERMISSION),
    ((hcp(), trc(patient=(PATIENT.root, "08827919994"))), "PatientDiffers", "trc", SUBJECT),
]


def node(remembered: Remembered | None = None, *, in_test: bool) -> InProcess:
    made = in_process(remembered)
    agreed = policy(countries={"PT": country(in_test=in_test)})
    given = CountryA(agreed, made.norway, composer(), refusals(), made.answerer._country_a.new_id)
    made.answerer._country_a = given
    return made


def answered(shown: tuple[bytes, ...], *, in_test: bool) -> tuple[InProcess, Reply]:
    made = node(in_test=in_test)
    return made, made.soap("xca", query(), *shown)


@pytest.mark.parametrize(("shown", "cause", "assertion", "field"), REASONS, ids=[reason[1] for reason in REASONS])
def test_a_refusals_row_and_log_line_name_assertion_field_and_rule(
    shown: tuple[bytes, ...], cause: str, assertion: str, field: str
):
    with capture_logs() as lines:
        made, _ = answered(shown, in_test=False)
    (row,) = made.rows.events
    assert (row.refusal_class, row.refusal_assertion, row.refusal_field) == (cause, assertion, field)
    (line,) = lines
    assert (line["outcome"], line["assertion"], line["field"], line["code"]) == (
        cause, assertion, field, row.refusal_code,
    )  # fmt: skip


@pytest.mark.parametrize(("shown", "cause", "assertion", "field"), REASONS, ids=[reason[1] for reason in REASONS])
def test_a_peer_in_test_reads_assertion_field_and_rule_after_the_same_text(
    shown: tuple[bytes, ...], cause: str, assertion: str, field: str
):
    made, told = answered(shown, in_test=True)
    other, usual = answered(shown, in_test=False)
    reason = f" [{assertion}, {field}, {cause}]"
    assert told.body.decode().replace(html.escape(reason), "") == usual.body.decode()
    assert told.body != usual.body
    assert made.rows.events[0].refusal_text == f"{other.rows.events[0].refusal_text}{reason}"


def test_a_peer_not_in_test_is_not_told():
    _, usual = answered((hcp(), trc(hcp_id="_other")), in_test=False)
    assert b"AssertionIDRef" not in usual.body
    assert country().in_test is False


@pytest.mark.parametrize(
    "register",
    [None, person(confidentiality=AddressConfidentiality.STRICTLY_CONFIDENTIAL), person(deceased=True),
     NationalServiceDown("person-register")],
    ids=["unknown", "protected", "deceased", "down"],
)  # fmt: skip
def test_what_norway_knows_of_a_person_is_explained_to_nobody(register: Any):
    replies = [
        node(Remembered(register=register), in_test=told).soap("xcpd", discover(), hcp()) for told in (True, False)
    ]
    assert replies[0] == replies[1]


def test_a_reason_holds_names_and_no_value():
    with capture_logs() as lines:
        made, told = answered((hcp(), trc(patient=(PATIENT.root, "08827919994"))), in_test=True)
    assert "08827919994" not in str(lines) + told.body.decode() + str(made.rows.events)


def line_of(**changes: Any) -> dict[str, Any]:
    with capture_logs() as lines:
        in_process(changes.pop("norway", None), **changes.pop("node", {})).soap("xcpd", discover(), hcp(), **changes)
    return dict(lines[-1])


def test_a_log_line_has_duration_country_and_the_peers_message_id():
    line = line_of()
    assert (line["outcome"], line["duration_ms"], line["country"]) == ("success", 0, "PT")
    assert line["message_id"] == MESSAGE_ID


def test_a_log_line_has_the_time_it_took():
    moments = iter([NOW, NOW + timedelta(milliseconds=1250)])
    assert line_of(node={"clock": lambda: next(moments)})["duration_ms"] == 1250


def test_a_message_id_that_may_say_anything_is_not_logged():
    assert line_of(message_id=f"about {PATIENT.extension}")["message_id"] is None


@pytest.mark.parametrize(
    ("norway", "level"),
    [
        (Remembered(), "info"),
        (Remembered(register=None), "warning"),
        (Remembered(register=NationalServiceDown("person-register")), "error"),
    ],
)
def test_a_log_line_has_the_gravity_of_what_happened(norway: Remembered, level: str):
    assert line_of(norway=norway)["log_level"] == level


def test_a_repeated_message_is_logged_with_its_country():
    made = in_process()
    with capture_logs() as lines:
        for _ in range(2):
            made.soap("xcpd", discover(), hcp())
    assert [(line["outcome"], line["country"]) for line in lines] == [("success", "PT"), ("MessageRepeated", "PT")]
    assert made.rows.events[1].peer.country == "PT"


def test_log_answer_and_row_have_one_correlation():
    """Served, refused in the transaction's form and refused as a fault: what a peer quotes finds the row."""
    made = in_process()
    with capture_logs() as lines:
        replies = [made.soap("xcpd", discover(), hcp()), made.soap("xcpd", discover(), hcp())]
        replies.append(made.soap("xcpd", b"<nonsense/>", hcp()))
    assert [line["outcome"] for line in lines] == ["success", "MessageRepeated", "BodyElementUnknown"]
    for reply, line, row in zip(replies, lines, made.rows.events, strict=True):
        assert f"<wsa:MessageID>urn:uuid:{line['correlation']}</wsa:MessageID>".encode() in reply.body
        assert (str(row.correlation), row.exchanged.response_id) == (
            line["correlation"],
            f"urn:uuid:{line['correlation']}",
        )
    assert len({line["correlation"] for line in lines}) == 3
