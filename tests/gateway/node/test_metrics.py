"""What a node counts: labels are configuration, several processes are one node, and each number has its line."""

import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from gateway.clock import ClockStanding
from gateway.node.metrics import NODE_WIDE, Measured, NodeMetrics, counts_of, merged
from gateway.side_channel import ChannelState

README = Path(__file__).resolve().parents[3] / "gateway" / "README.md"
LOG = ChannelState("log", 1, 10, 2, 3, failing=True, fault="OSError")


def counted(started: float = 100.0, ahead: float = 0.0) -> NodeMetrics:
    metrics = NodeMetrics(("PT", "DK"), "0.1.0", "no-1", started)
    metrics.watch(
        Measured(
            connections=lambda: 3,
            connections_refused=lambda: {"header-too-slow": 2},
            requests_unserved=lambda: {"no-such-path": 7},
            body_bytes=lambda: 4096,
            transactions=lambda: 1,
            late=lambda: 5,
            channels=lambda: [LOG],
            alarms=lambda: {"HeadFileLost": 1},
            certificate_ends=lambda: {"seal": 2e9},
            sizes=lambda: {"seen_once": 7, "shelf": 8, "undecided": 9, "undecided_seconds": 60},
            clock=lambda: (ClockStanding.WITNESSED, ahead),
            not_reloaded=lambda: 0,
            unmet=lambda: {"warn": 1},
        )
    )
    return metrics


def line(**changes: object) -> dict[str, object]:
    return {"country": "PT", "transaction": "ITI-55", "duration_ms": 120, **changes}


def value(text: bytes, name: str, **labels: str) -> float | None:
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return sample.value
    return None


def names(text: bytes) -> set[str]:
    return set(re.findall(r"^# TYPE (\S+) ", text.decode(), re.MULTILINE))


def test_an_answer_is_counted_by_country_transaction_and_code():
    metrics = counted()
    metrics.answered(line())
    metrics.answered(line(code="4703"))
    metrics.answered(line(code="4703"))
    of = {"country": "PT", "transaction": "ITI-55"}
    assert value(metrics.text(), "ncpeh_answers_total", **of, code="") == 1
    assert value(metrics.text(), "ncpeh_answers_total", **of, code="4703") == 2
    assert value(metrics.text(), "ncpeh_answer_seconds_count", transaction="ITI-55") == 3
    assert value(metrics.text(), "ncpeh_answer_seconds_bucket", transaction="ITI-55", le="0.25") == 3
    assert value(metrics.text(), "ncpeh_answer_seconds_bucket", transaction="ITI-55", le="0.1") == 0


def test_a_country_that_nothing_is_agreed_with_makes_no_label_of_its_own():
    metrics = counted()
    metrics.answered(line(country="XX"))
    metrics.answered(line(country=None))
    of = {"transaction": "ITI-55", "code": ""}
    assert value(metrics.text(), "ncpeh_answers_total", country="other", **of) == 1
    assert value(metrics.text(), "ncpeh_answers_total", country="none", **of) == 1
    assert b"XX" not in metrics.text()


def test_several_processes_are_one_node():
    first, second = counted(100.0), counted(200.0, ahead=9.0)
    first.answered(line())
    second.answered(line())
    second.answered(line(transaction="ITI-38"))
    text = merged([first.text(), second.text()])
    assert value(text, "ncpeh_answers_total", country="PT", transaction="ITI-55", code="") == 2
    assert value(text, "ncpeh_answers_total", country="PT", transaction="ITI-38", code="") == 1
    assert value(text, "ncpeh_connections") == 6
    assert value(text, "ncpeh_side_channel_dropped_total", channel="log") == 4
    assert value(text, "ncpeh_answer_seconds_sum", transaction="ITI-55") == 0.24
    for name, expected in {
        "seen_once_rows": 7,
        "dispensations_undecided": 9,
        "dispensations_undecided_seconds": 60,
        "clock_ahead_seconds": 9,
        "start_seconds": 200,
    }.items():
        assert value(text, f"ncpeh_{name}") == expected
    assert value(text, "ncpeh_certificate_end_seconds", certificate="seal") == 2e9
    assert names(text) == names(first.text())


def test_what_is_told_once_for_all_processes_is_a_number_there_is():
    assert names(counted().text()) >= NODE_WIDE


def test_each_number_has_its_line_for_who_watches_and_no_line_is_nobodys():
    metrics = counted()
    metrics.answered(line())
    told = set(re.findall(r"^\| `(ncpeh_\w+)`", README.read_text("utf-8"), re.MULTILINE))
    assert told == names(metrics.text())


def test_counters_of_several_listeners_are_added():
    assert counts_of([{"a": 1}, {"a": 2, "b": 3}]) == {"a": 3, "b": 3}
