"""What a node counts, for Prometheus: a registry of its own in each process, and the texts of several made one.

Labels are configuration and names of this code alone: a country of `countries.toml`, a transaction, a code of
`refusals.toml`, a channel. No value of a message, an address or a certificate is a label, and none is about a person.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, Histogram, disable_created_metrics, generate_latest
from prometheus_client import Counter as Total
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from gateway.clock import ClockStanding
from gateway.side_channel import ChannelState

_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128)
"""Seconds."""
_NOBODY, _OTHER = "none", "other"

NODE_WIDE: Final = frozenset(
    {
        "ncpeh_certificate_end_seconds",
        "ncpeh_seen_once_rows",
        "ncpeh_shelf_documents",
        "ncpeh_dispensations_undecided",
        "ncpeh_dispensations_undecided_seconds",
        "ncpeh_clock_alone",
        "ncpeh_clock_ahead_seconds",
        "ncpeh_files_not_reloaded",
        "ncpeh_unmet_conditions",
        "ncpeh_start_seconds",
        "ncpeh_node",
    }
)
"""Of several processes the largest value counts: it is the same in each, or the worst is meant. All else is added."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What is asked when somebody reads the numbers. Each answers at once and touches no database."""

    connections: Callable[[], int]
    connections_refused: Callable[[], Mapping[str, int]]
    requests_unserved: Callable[[], Mapping[str, int]]
    body_bytes: Callable[[], int]
    transactions: Callable[[], int]
    late: Callable[[], int]
    channels: Callable[[], Iterable[ChannelState]]
    alarms: Callable[[], Mapping[str, int]]
    certificate_ends: Callable[[], Mapping[str, float]]
    sizes: Callable[[], Mapping[str, int]]
    """``seen_once``, ``shelf``, ``undecided`` and ``undecided_seconds``, as they were counted last."""
    clock: Callable[[], tuple[ClockStanding | None, float]]
    """Standing, and how many seconds a row lies in the future."""
    not_reloaded: Callable[[], int]
    unmet: Callable[[], Mapping[str, int]]
    """By consequence, as it was looked last."""


class NodeMetrics:
    """The numbers of one process."""

    def __init__(self, countries: Collection[str], version: str, node: str, started: float) -> None:
        """``started``: seconds since 1970."""
        # Of the library, for the process: a second number for each, which says nothing to anybody.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library publishes no type for it
        self._countries = frozenset(countries)
        self._registry = CollectorRegistry(auto_describe=True)
        self._facts = (version, node, started)
        self._answers = Total(
            "ncpeh_answers",
            "Answers made ready, by country, transaction and code; the code is empty for what was not refused.",
            ("country", "transaction", "code"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "ncpeh_answer_seconds",
            "Seconds from the whole request to the answer made ready.",
            ("transaction",),
            buckets=_BUCKETS,
            registry=self._registry,
        )

    def answered(self, line: Mapping[str, object]) -> None:
        """Count an answer by the line that the operator reads of it."""
        country, transaction = line.get("country"), str(line["transaction"])
        known = _NOBODY if country is None else country if country in self._countries else _OTHER
        self._answers.labels(known, transaction, str(line.get("code") or "")).inc()
        duration = line["duration_ms"]
        if isinstance(duration, int):
            self._seconds.labels(transaction).observe(duration / 1000)

    def watch(self, measured: Measured) -> None:
        """Have these asked whenever the numbers are read; once."""
        self._registry.register(_Watched(measured, self._facts))

    def text(self) -> bytes:
        """All numbers in the text format."""
        return generate_latest(self._registry)


class _Watched(Collector):
    def __init__(self, measured: Measured, facts: tuple[str, str, float]) -> None:
        self._measured = measured
        self._facts = facts

    def collect(self) -> Iterator[Metric]:
        """Everything that is asked for now."""
        version, node, started = self._facts
        yield _gauge("ncpeh_node", "1, with version and id of the node.", {(version, node): 1}, ("version", "node"))
        yield _gauge("ncpeh_start_seconds", "When the process began, seconds since 1970.", _one(started))
        yield from self._traffic()
        yield from self._beside()
        yield from self._state()

    def _traffic(self) -> Iterator[Metric]:
        at = self._measured
        refused = _by_one(at.connections_refused())
        yield _total("ncpeh_answers_late", "Answers that left later than limits.answer_hold.", _one(at.late()))
        yield _gauge("ncpeh_connections", "Connections of other countries.", _one(at.connections()))
        yield _total("ncpeh_connections_refused", "Connections ended before a request.", refused, ("reason",))
        unserved = _by_one(at.requests_unserved())
        yield _total("ncpeh_requests_unserved", "Requests of no path or method of ours.", unserved, ("reason",))
        yield _gauge("ncpeh_transactions", "Transactions being answered.", _one(at.transactions()))
        yield _gauge("ncpeh_body_bytes", "Bytes of bodies being received or answered.", _one(at.body_bytes()))

    def _beside(self) -> Iterator[Metric]:
        states, of_one = list(self._measured.channels()), ("channel",)
        waiting = _by_one({state.name: state.waiting for state in states})
        dropped = _by_one({state.name: state.dropped for state in states})
        failed = _by_one({state.name: state.failed for state in states})
        yield _gauge("ncpeh_side_channel_waiting", "Log lines and checkpoints that wait.", waiting, of_one)
        yield _total("ncpeh_side_channel_dropped", "Those there was no room for.", dropped, of_one)
        yield _total("ncpeh_side_channel_failed", "Those that could not be written.", failed, of_one)
        alarms = _by_one(self._measured.alarms())
        yield _total("ncpeh_evidence_alarms", "Alarms about the evidence.", alarms, ("alarm",))

    def _state(self) -> Iterator[Metric]:
        at = self._measured
        (standing, ahead), sizes = at.clock(), at.sizes()
        ends, unmet = _by_one(at.certificate_ends()), _by_one(at.unmet())
        alone = {} if standing is None else _one(int(standing is ClockStanding.ALONE))
        yield _gauge("ncpeh_certificate_end_seconds", "When it ends, seconds since 1970.", ends, ("certificate",))
        yield _gauge("ncpeh_seen_once_rows", "What is remembered against replay.", _if(sizes, "seen_once"))
        yield _gauge("ncpeh_shelf_documents", "Listed documents that can be retrieved.", _if(sizes, "shelf"))
        told = "Dispensings, abroad and here, that nobody but a person can settle."
        yield _gauge("ncpeh_dispensations_undecided", told, _if(sizes, "undecided"))
        oldest = "How long the oldest of them waits, in seconds."
        yield _gauge("ncpeh_dispensations_undecided_seconds", oldest, _if(sizes, "undecided_seconds"))
        yield _gauge("ncpeh_clock_alone", "1 when other clocks tell another time: nothing is answered.", alone)
        yield _gauge("ncpeh_clock_ahead_seconds", "How far a row of the database lies in the future.", _one(ahead))
        yield _gauge("ncpeh_files_not_reloaded", "Changed files that cannot be used.", _one(at.not_reloaded()))
        yield _gauge("ncpeh_unmet_conditions", "What the node lacks, as last looked at.", unmet, ("consequence",))


def merged(texts: Sequence[bytes]) -> bytes:
    """The numbers of several processes as one node's."""
    registry = CollectorRegistry()
    registry.register(_Merged(texts))
    return generate_latest(registry)


class _Merged(Collector):
    def __init__(self, texts: Sequence[bytes]) -> None:
        self._texts = texts

    def collect(self) -> Iterator[Metric]:
        """Each family once."""
        families: dict[str, Metric] = {}
        values: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], list[float]]] = {}
        for text in self._texts:
            for family in text_string_to_metric_families(text.decode()):
                families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
                of_family = values.setdefault(family.name, {})
                for sample in family.samples:
                    key = sample.name, tuple(sorted(sample.labels.items()))
                    of_family.setdefault(key, []).append(sample.value)
        for name, family in families.items():
            together = max if name in NODE_WIDE else sum
            for (sample_name, labels), found in values[name].items():
                family.add_sample(sample_name, dict(labels), together(found))
            yield family


_Values = Mapping[tuple[str, ...], float]


def _one(value: float) -> _Values:
    return {(): value}


def _by_one(values: Mapping[str, float]) -> _Values:
    return {(label,): value for label, value in values.items()}


def _if(values: Mapping[str, int], name: str) -> _Values:
    return {(): values[name]} if name in values else {}


def _gauge(name: str, words: str, values: _Values, labels: Sequence[str] = ()) -> Metric:
    family = GaugeMetricFamily(name, words, labels=labels)
    for label_values, value in values.items():
        family.add_metric(label_values, value)
    return family


def _total(name: str, words: str, values: _Values, labels: Sequence[str] = ()) -> Metric:
    family = CounterMetricFamily(name, words, labels=labels)
    for label_values, value in values.items():
        family.add_metric(label_values, value)
    return family


def counts_of(each: Iterable[Mapping[str, int]]) -> Counter[str]:
    """Counters added up."""
    together: Counter[str] = Counter()
    for one in each:
        together.update(one)
    return together
