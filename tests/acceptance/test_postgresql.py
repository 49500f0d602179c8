"""Two nodes of Norway on one PostgreSQL: what one lists the other gives, what one has seen the other refuses."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest

from gateway.demonstration.world import start_node
from tests.support.machine.postgres import Server, own_server
from tests.support.nodes.node import CLINICAL, PRIVACY, UNKNOWN, Abroad, refused, row
from tests.support.nodes.worlds import abroad_in


@dataclass
class Pair:
    """Both nodes, and their database's server."""

    first: Abroad
    second: Abroad
    server: Server


@pytest.fixture(scope="module")
def pair_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    server = own_server()
    with server.database() as url, abroad_in(tmp_path_factory.mktemp("pair"), {"NCPEH_STORE__URL": url}) as first:
        start_node(first.world, "NO", "NO-2")
        yield Pair(first, Abroad(first.world, "NO-2"), server)


@pytest.fixture
def pair(pair_session: Pair) -> Pair:
    pair_session.first.reset()
    pair_session.second.reset()
    return pair_session


def test_a06_a_second_node_retrieves_what_the_first_listed(pair: Pair):
    entry = pair.first.listed()
    assert pair.first.calls() == CLINICAL
    pair.second.reset()
    there, here = (node.retrieve(entry.unique_id).documents[0].content for node in (pair.second, pair.first))
    assert there == here
    assert (len(here), pair.first.calls()) == (entry.size, PRIVACY * 2)
    assert pair.first.intact()


def test_a01_a_patient_is_identified(pair: Pair):
    assert pair.first.discover().patients == pair.second.discover().patients != ()


def test_a02_an_unknown_patient_is_no_match(pair: Pair):
    refused(pair.second, pair.second.discover(UNKNOWN), "ITI-55", "PatientUnknown", PRIVACY)


def test_a09_another_patients_document_is_missing(pair: Pair):
    entry = pair.first.listed("ordinary-man")
    pair.second.reset()
    refused(pair.second, pair.second.retrieve(entry.unique_id), "ITI-39", "DocumentOfAnotherPatient", PRIVACY)


def test_h01_a_message_seen_by_one_node_is_refused_by_the_other(pair: Pair):
    given, message_id = pair.first.assertions(), f"urn:uuid:{uuid4()}"
    assert pair.first.query(given=given, message_id=message_id).entries
    pair.second.reset()
    came = pair.second.query(given=given, message_id=message_id)
    refused(pair.second, came, "ITI-38", "MessageRepeated", [])
    assert pair.second.query(given=given).entries


def test_h15_a_protected_patient_is_no_match(pair: Pair):
    refused(pair.first, pair.first.query("kode-6"), "ITI-38", "PatientProtected", PRIVACY)


def test_h09_without_its_database_no_data_leaves_and_with_it_again_the_chain_is_intact(pair: Pair):
    entry = pair.first.listed()
    rows = pair.first.rows()
    pair.server.stop()
    try:
        retrieved, discovered = pair.first.retrieve(entry.unique_id), pair.second.discover()
    finally:
        pair.server.start()
    assert (retrieved.registry, retrieved.documents) == ("Failure", ())
    assert retrieved.codes == (row("ITI-39", "StoreUnavailable").code,)
    assert (discovered.patients, discovered.codes) == ((), (row("ITI-55", "EvidenceUnavailable").code,))
    assert pair.first.rows() == rows
    assert pair.first.retrieve(entry.unique_id).documents
    assert pair.first.intact()
