"""Many submissions of one prescription at one time, on two nodes: as many win as there is left, and each once."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.journal.states import DispensationState
from gateway.store.migrate import migrate
from tests.crash.dispensings import ITEMS, MEDICINES, Place, at
from tests.crash.dispensings import Counter as Node
from tests.support.machine.postgres import server
from tests.support.norway.journals import book_of, decided, journal_on
from tests.support.norway.simulator import Simulator, running
from tests.support.persons.with_prescriptions import Held, samples_with

FORMS = [
    pytest.param("sqlite", 12, id="12 on SQLite"),
    pytest.param("postgresql", 100, id="100 on PostgreSQL", marks=[pytest.mark.prove, pytest.mark.timed]),
    pytest.param("postgresql", 1_000, id="1,000 on PostgreSQL", marks=[pytest.mark.prove, pytest.mark.timed]),
]
RETRYABLE = {"elsewhere", "changed"}


@contextmanager
def two_nodes(folder: Path, database: str) -> Iterator[tuple[Simulator, list[Node]]]:
    with ExitStack() as stack:
        url = f"sqlite:///{folder}/node.db"
        if database == "postgresql":
            url = stack.enter_context(server().database())
        migrate(url)
        samples = samples_with(folder, {"rich": [Held(MEDICINES[0])]})
        simulator = stack.enter_context(running(folder, samples=samples))
        places = [Place(f"no-{n}", url, simulator.base_url, simulator.client_key_file, folder / f"{n}") for n in (1, 2)]
        nodes = [stack.enter_context(at(place)) for place in places]
        patient = [replace(one, journal=journal_on(one.store, one.broker, f"no-{n}")) for n, one in enumerate(nodes)]
        yield simulator, patient


def together(nodes: Sequence[Node], documents: Sequence[Any]) -> list[Any]:
    """Submit each document of its own, at two nodes in turn."""
    with ThreadPoolExecutor(16) as threads:
        calls = [
            threads.submit(nodes[n % 2].journal.submit, nodes[n % 2].treatment, nodes[n % 2].person, [document])
            for n, document in enumerate(documents)
        ]
        return [call.result() for call in calls]


def in_force(simulator: Simulator) -> int:
    reports = simulator.send("GET", "/simulator/ledger").json()["reports"]
    return sum(one["kind"] == "dispensing" and one["in_force"] for one in reports)


@pytest.mark.parametrize(("database", "count"), FORMS)
def test_of_many_documents_for_the_last_dispensing_one_wins(tmp_path: Path, database: str, count: int):
    with two_nodes(tmp_path, database) as (simulator, nodes):
        state = nodes[0].state(0)
        documents = [decided(state, str(number), closes=True) for number in range(count)]
        reasons = Counter(
            outcome.reason.value if outcome.reason is not None else outcome.answer.value
            for outcome in together(nodes, documents)
        )
        assert (reasons["success"], in_force(simulator)) == (1, 1)
        assert set(reasons) <= {"success", "closed", *RETRYABLE}
        again = [decided(state, f"again-{number}", closes=True) for number in range(2)]
        assert {one.reason.value for one in together(nodes, again) if one.reason is not None} <= {"closed", "elsewhere"}
        assert in_force(simulator) == 1
        assert simulator.send("GET", "/simulator/ledger").json()["held"] == []


@pytest.mark.parametrize(("database", "count"), FORMS[:2])
def test_the_same_document_many_times_at_once_is_one_dispensing_and_one_answer(
    tmp_path: Path, database: str, count: int
):
    with two_nodes(tmp_path, database) as (simulator, nodes):
        document = decided(nodes[0].state(0))
        outcomes = together(nodes, [document] * count)
        assert {outcome.answer.value for outcome in outcomes} == {"success"}
        assert len({outcome.messages for outcome in outcomes}) == 1
        assert in_force(simulator) == 1
        (row,) = book_of(nodes[0].store).in_states(list(DispensationState))
        assert (row.state, row.facts.prescription.prescription_id) == (DispensationState.DONE, ITEMS[0])
