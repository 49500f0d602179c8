"""A release in a running node: imported, approved by another, activated under load, rolled back; no request is lost."""

import http.client
import json
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.store.tables import issued_documents
from tests.support.machine.generated import of_the_day
from tests.support.nodes.node import Abroad
from tests.support.terminology.office import act_at_random, approved, back_to_the_start, office_of
from tests.support.terminology.operator import Operator


@pytest.fixture
def operator(abroad: Abroad, tmp_path: Path) -> Iterator[Operator]:
    operator = Operator(abroad, tmp_path)
    yield operator
    while json.loads(operator.run("list", "--json"))["activations"][-1]["restores"] != 0:
        operator.run("rollback", "--by", "Drift")


def release_of(abroad: Abroad) -> str:
    """The release that the document of a fresh list records."""
    unique_id = abroad.listed("rich").unique_id
    with abroad.store() as store, store.reading() as connection:
        wanted = select(issued_documents.c.terminology_release).where(issued_documents.c.unique_id == unique_id)
        return str(connection.execute(wanted).scalar_one())


def test_documents_record_the_release_in_force_and_a_rollback_restores_the_one_before(
    abroad: Abroad, operator: Operator
):
    assert release_of(abroad).startswith("starter-")
    first = operator.activated("first")
    assert release_of(abroad) == first
    second = operator.activated("second")
    assert release_of(abroad) == second
    operator.run("rollback", "--by", "Drift")
    assert release_of(abroad) == first
    operator.run("rollback", "--by", "Drift")
    assert release_of(abroad).startswith("starter-")
    assert abroad.intact()


def told_over_fhir(abroad: Abroad) -> tuple[str | None, int]:
    """The release that the terminology service answers by, and how many packages it knows."""
    at = json.loads((abroad.world.folder / "NO" / "NO.ready").read_text("utf-8"))["terminology"]
    connection = http.client.HTTPConnection(at["host"], at["port"], timeout=180)
    connection.request("GET", "/fhir/ValueSet/$expand?url=http://fhir.ehdsi.eu/mvc/eHDSIPackage&count=0")
    answer = connection.getresponse()
    expansion = json.loads(answer.read())["expansion"]
    connection.close()
    return answer.headers["etag"], expansion["total"]


def test_the_terminology_service_answers_by_the_release_in_force(abroad: Abroad, operator: Operator):
    before = told_over_fhir(abroad)
    release = operator.activated("over-fhir")
    assert told_over_fhir(abroad) == (f'W/"{release}"', 2)
    operator.run("rollback", "--by", "Drift")
    assert told_over_fhir(abroad) == before
    assert before[1] != 2


def test_the_commands_refuse_what_the_rules_refuse(abroad: Abroad, operator: Operator):
    release = operator.imported("refused")
    assert "was imported by the same person" in operator.run("approve", release, "--by", "kari import", status=1)
    assert "was approved by nobody" in operator.run("activate", release, "--by", "Drift", status=1)
    operator.run("approve", release, "--by", "Ola Fagansvarlig")
    said = operator.run("activate", release, "--by", "Drift", status=1)
    assert "failed checks" in said
    assert "value-set-missing" in said
    operator.run("activate", release, "--by", "Drift", "--override", "a test")
    assert "is in force already" in operator.run("activate", release, "--by", "Drift", "--override", "a test", status=1)
    told = abroad.event()
    assert (told["transaction"], told["access"]["purpose"]) == ("TERMINOLOGY-ACTIVATE", "a test")
    assert "value-set-missing" in told["access"]["data_categories"]
    assert "Drift" not in json.dumps(told)


@pytest.mark.parametrize("seed", of_the_day("acts", range(1, 5), 1))
def test_acts_in_any_order_under_load_lose_no_request(abroad: Abroad, seed: int):
    stop, came, faults = threading.Event(), [], []

    def ask() -> None:
        while not stop.is_set():
            answer = abroad.query("known-absences")
            (came if len(answer.structured) == 1 and not answer.codes else faults).append(answer.codes)

    threads, choices = [threading.Thread(target=ask) for _ in range(2)], random.Random(seed)
    with office_of(abroad.world) as office:
        releases = [approved(office, f"seed-{seed}-{name}") for name in ("one", "other")]
        for thread in threads:
            thread.start()
        try:
            acts = [act_at_random(office, releases, choices) for _ in range(25)]
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        back_to_the_start(office)
    assert len([act for act in acts if act.startswith(("back", "seed"))]) > 5
    assert faults == []
    assert came
    assert release_of(abroad).startswith("starter-")
    assert abroad.intact()


def test_activations_under_load_lose_no_request(abroad: Abroad, operator: Operator):
    stop, came, faults = threading.Event(), [], []

    def ask() -> None:
        while not stop.is_set():
            answer = abroad.query("known-absences")
            (came if len(answer.structured) == 1 and not answer.codes else faults).append(answer.codes)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        last = [operator.activated(name) for name in ("under", "load")][-1]
        operator.run("rollback", "--by", "Drift")
        operator.run("activate", last, "--by", "Drift", "--override", "again")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert faults == []
    assert came
    assert release_of(abroad) == last
    assert abroad.intact()
