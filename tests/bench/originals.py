"""What an original costs beside its document: CPU of both processes when it is listed first, and listed again.

Country A's own work with the real store and the real pool of workers: the sources are in memory, so no national call is
in it. What a node takes for a list with its calls is in the table of transactions.
"""

import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from uuid import uuid4

from gateway.exchange.country_a.compose_prescription import draft_prescription, prescription_of
from gateway.exchange.country_a.find import find_documents
from gateway.exchange.country_a.original import OriginalPrinter, PooledPrinter
from gateway.exchange.ports import Trail
from gateway.messages import FindDocuments
from gateway.national.ports import OfferedPrescription, OfferedPrescriptions, PrescriptionState
from gateway.node.shelf import Shelf
from gateway.store.documents import IssuedDocuments
from gateway.store.engine import Store
from gateway.store.migrate import migrate
from gateway.workers import WorkerPool
from tests.support.callers.verified import EP, PS
from tests.support.nodes.stores import KEYS
from tests.support.norway.doors import verified_treatment
from tests.support.norway.in_memory import Remembered, norway
from tests.support.persons import samples
from tests.support.persons.prescriptions import joined_prescriptions
from transformers.display.original import OriginalMade
from transformers.model.finding import Report, Severity
from transformers.model.prescription import PrescribedItem

HEAD = ("list", "documents", "wall ms", "CPU ms each", "of it in the worker")
MANY = 28
_ANSWERED = ("rich", "ordinary-man", "ordinary-old-woman", "ordinary-child", "sami-names", "kode-7")


def without(_pivot: object, _transcoded: object, _wave: int) -> Callable[[], OriginalMade]:
    """A printer that prints nothing: what the structured documents cost alone."""
    return lambda: OriginalMade(None, b"", Report(), "NotAsked")


@dataclass(frozen=True)
class Offering:
    """A `PrescriptionSource` in memory."""

    prescriptions: tuple[OfferedPrescription, ...]

    def offered(self, _treatment, _person, _only=None) -> OfferedPrescriptions:
        """All of them."""
        return OfferedPrescriptions(self.prescriptions)


@dataclass(frozen=True)
class Spent:
    """What a list took."""

    entries: int
    wall: float
    here: float
    there: float
    """Seconds; CPU of this process and of the worker."""

    def row(self, what: str, documents: int) -> tuple[str, ...]:
        """A row of `HEAD`."""
        each, there = ((self.here + self.there) / documents * 1000, self.there / documents * 1000)
        return (what, str(self.entries), f"{self.wall * 1000:.0f}", f"{each:.1f}", f"{there:.1f}")


@dataclass(frozen=True)
class Bench:
    """A store and a pool of one worker, warm."""

    store: Store
    pool: WorkerPool

    def spent(
        self, person: str, kind: tuple[str, str], printer: OriginalPrinter, *offered: OfferedPrescription
    ) -> Spent:
        """One list, timed."""
        known, critical, medicines, vaccinations = samples.sample_of(person)
        doors = Remembered(known, critical=critical, medicines=medicines, vaccinations=vaccinations)
        shelf = Shelf(IssuedDocuments(self.store, KEYS))
        country = replace(norway(doors), shelf=shelf, prescriptions=Offering(offered))
        treatment = verified_treatment(samples.persons()[person])
        query = FindDocuments(treatment.request.patient, (kind,))
        composer = replace(samples.composer(), originals=printer)
        wall, here, there = time.perf_counter(), time.process_time(), self._worker()
        entries = find_documents(treatment, query, country, composer, Trail(), uuid4).entries
        ended = time.perf_counter(), time.process_time(), self._worker()
        return Spent(len(entries), ended[0] - wall, ended[1] - here, ended[2] - there)

    def _worker(self) -> float:
        """CPU seconds of the worker so far."""
        used = self.pool.start(resource.getrusage, resource.RUSAGE_SELF).result()
        return used.ru_utime + used.ru_stime


def original_rows() -> list[tuple[str, ...]]:
    """Rows of `HEAD`."""
    with _bench() as bench:
        return [*_prescriptions(bench), *_summaries(bench)]


@contextmanager
def _bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="ncpeh-bench-") as folder, WorkerPool(1) as pool:
        url = f"sqlite:///{Path(folder) / 'node.db'}"
        migrate(url)
        store = Store.open(url)
        bench = Bench(store, pool)
        try:
            bench.spent("no-information", PS, PooledPrinter(pool))
            yield bench
        finally:
            store.close()


def _prescriptions(bench: Bench) -> list[tuple[str, ...]]:
    many = tuple(_many())
    printer = PooledPrinter(bench.pool)
    alone = bench.spent("rich", EP, without, *many)
    first, again = (bench.spent("rich", EP, printer, *many) for _ in range(2))
    return [
        alone.row(f"{MANY} prescriptions without originals", MANY),
        first.row(f"{MANY} prescriptions with originals, first (aim 3000 ms)", MANY),
        again.row("the same listed again", MANY),
        _beside(f"an original of these {MANY} when first listed (aim 45 ms)", first, alone, MANY),
        ("an original when listed again (aim 0)", "", "", "", f"{again.there / MANY * 1000:.1f}"),
    ]


def _summaries(bench: Bench) -> list[tuple[str, ...]]:
    printer, rows, taken = PooledPrinter(bench.pool), [], []
    for person in _ANSWERED:
        alone, first, again = (bench.spent(person, PS, one) for one in (without, printer, printer))
        rows.append(_beside(f"original of the summary of {person}, first (aim 45 ms)", first, alone, 1))
        taken.append(again.there * 1000)
    return [*rows, ("the same when listed again, median (aim 0)", "", "", "", f"{median(taken):.1f}")]


def _beside(what: str, first: Spent, alone: Spent, documents: int) -> tuple[str, ...]:
    """What the originals cost: the list with them less the list without."""
    here, there = (first.here - alone.here) / documents, first.there / documents
    return (what, "", "", f"{(here + there) * 1000:.1f}", f"{there * 1000:.1f}")


def _many() -> Iterator[OfferedPrescription]:
    """Those of the sample persons that can be listed, as often as it takes, each with an id of its own."""
    items = [
        made.item
        for person in samples.persons()
        for made, _ in joined_prescriptions(person).values()
        if _can_be_listed(person, made.item)
    ]
    for number in range(MANY):
        item = items[number % len(items)]
        one = replace(item, id=replace(item.id, extension=f"{item.id.extension}-{number}"))
        yield OfferedPrescription(one, PrescriptionState(f"bench-{number}", f"{number:064}", 0))


def _can_be_listed(person: str, item: PrescribedItem) -> bool:
    made = prescription_of(samples.NOW, samples.sample_of(person)[0], item, samples.composer(), samples.NAMESPACE)
    _, report = draft_prescription(made, samples.release(), 8)
    return all(finding.severity not in (Severity.ERROR, Severity.FATAL) for finding in report.findings)
