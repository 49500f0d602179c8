"""The process pool: heavy validation elsewhere, and a worker's death is one document's."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.errors import InternalFault
from gateway.workers import ValidationWorkers, WorkerPool
from tests.support.documents.schematrons import artefact_folder, clinical_document, schematron
from trust.errors import DoctypeForbidden

RULES = schematron(
    '<pattern><rule context="hl7:ClinicalDocument"><assert test="hl7:title">no title</assert></rule></pattern>'
)
SLOW = schematron(
    '<pattern><rule context="hl7:ClinicalDocument">'
    '<assert test="count((1 to 100000)[. = (1 to 1000000)[. mod 7 = 0][last()]]) = 1">slow</assert></rule></pattern>'
)
LAYERS = ("xsd", "schematron")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return artefact_folder(tmp_path, PatientSummary=RULES)


def processes(workers: WorkerPool) -> list[int]:
    return [] if workers._pool is None else list(workers._pool._processes)


def test_a_document_is_checked_in_another_process(folder):
    with ValidationWorkers(1, folder) as workers:
        checked = workers.check(clinical_document(), layers=LAYERS)
        assert [finding.text for finding in checked.report.findings] == ["no title"]
        assert checked.layers_run == LAYERS
        assert os.getpid() not in processes(workers)
        assert len(processes(workers)) == 1


def test_no_process_is_started_before_it_is_needed(folder):
    with ValidationWorkers(1, folder) as workers:
        assert processes(workers) == []


def test_a_killed_worker_refuses_its_document_and_the_next_is_checked(folder):
    with ValidationWorkers(1, folder) as workers:
        workers.check(clinical_document(), layers=LAYERS)
        (victim,) = processes(workers)
        os.kill(victim, signal.SIGKILL)
        with pytest.raises(InternalFault):
            workers.check(clinical_document(), layers=LAYERS)
        assert workers.check(clinical_document(), layers=LAYERS).layers_run == LAYERS
        assert processes(workers) != [victim]


def test_a_document_that_takes_too_long_is_refused_and_its_worker_ended(tmp_path):
    folder = artefact_folder(tmp_path, PatientSummary=SLOW)
    with ValidationWorkers(1, folder, timedelta(milliseconds=1)) as workers:
        with pytest.raises(InternalFault):
            workers.check(clinical_document(), layers=LAYERS)
        assert processes(workers) == []


def test_what_check_refuses_comes_through_as_it_is(folder):
    with ValidationWorkers(1, folder) as workers:
        with pytest.raises(DoctypeForbidden):
            workers.check(b"<!DOCTYPE a><a/>", layers=LAYERS)
        assert workers.check(clinical_document(), layers=LAYERS).layers_run == LAYERS


def test_calls_that_were_begun_together_are_done_side_by_side_and_each_has_its_result():
    with WorkerPool(1) as pool:
        begun = [pool.start(divmod, number, 2) for number in range(5)]
        assert [each.result() for each in begun] == [divmod(number, 2) for number in range(5)]
        assert len(processes(pool)) == 1


def test_what_a_dead_worker_had_begun_is_lost_and_what_is_begun_later_is_not():
    with WorkerPool(1) as pool:
        assert pool.start(os.getpid).result() != os.getpid()
        with pytest.raises(InternalFault):
            pool.start(os._exit, 1).result()
        assert pool.start(divmod, 3, 2).result() == (1, 1)


KILLED = """
import os, signal
from gateway.workers import WorkerPool
if __name__ == "__main__":
    print(WorkerPool(1).start(os.getpid).result(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_worker_ends_with_the_process_that_was_killed_over_it(tmp_path):
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    holder = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    said, _ = holder.communicate(timeout=60)  # its output is the worker's too: it ends when both have ended
    assert (holder.returncode, said.strip().isdigit()) == (-signal.SIGKILL, True)


def test_nothing_is_begun_in_a_closed_pool():
    pool = WorkerPool(1)
    pool.close()
    with pytest.raises(InternalFault):
        pool.start(divmod, 3, 2)


def test_a_closed_pool_refuses_and_leaves_no_process(folder):
    workers = ValidationWorkers(1, folder)
    workers.check(clinical_document(), layers=LAYERS)
    (worker,) = processes(workers)
    workers.close()
    workers.close()
    with pytest.raises(InternalFault):
        workers.check(clinical_document(), layers=LAYERS)
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
