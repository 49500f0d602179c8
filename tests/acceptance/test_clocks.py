"""Two nodes on one database, one with its clock five hours ahead: it refuses and deletes nothing, the other goes on."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from gateway import clock
from gateway.cli.evidence import app
from gateway.configuration.settings import load
from gateway.demonstration.asking import ask_for_summary, physician
from gateway.errors import ClockAlone
from gateway.evidence.read import newest_events
from gateway.faces.soap.face import SERVICES
from gateway.messages import FindPatient
from gateway.node.abroad import CountryB, build_country_b
from gateway.node.app import Node, build_node
from gateway.store.engine import Store
from gateway.store.migrate import migrate
from tests.acceptance.test_indistinguishable import asked, peer, post
from tests.support.machine.postgres import server
from tests.support.nodes.node import NORWAY, PORTUGAL, Abroad
from tests.support.nodes.wire import found_patient

AHEAD = timedelta(hours=5)
_OPENED: list[Node] = []
"""Nodes of the test that runs; closed before their database goes."""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with ExitStack() as stack:
        made = f"sqlite:///{tmp_path}/node.db"
        if request.param == "postgresql":
            made = stack.enter_context(server().database())
        migrate(made)
        yield made
        while _OPENED:
            _OPENED.pop().close()


def node(abroad: Abroad, url: str, name: str, folder: Path, ahead: timedelta = timedelta(0)) -> Node:
    """A node in this process on that database, its clock that far ahead of the real one."""

    def now() -> datetime:
        return clock.now() + ahead

    (folder / name).mkdir()
    own = {
        "NCPEH_STORE__URL": url,
        "NCPEH_NODE__NODE_ID": name,
        "NCPEH_EVIDENCE__CHECKPOINT_DIRECTORY": str(folder / name),
    }
    built = build_node(load({**abroad.world.environment("NO"), **own}), now, uuid4)
    _OPENED.append(built)
    return built


def outcome(abroad: Abroad, url: str, of: Node, request: bytes) -> str:
    """What the node made of a request, as its evidence has it."""
    asyncio.run(post(of.asgi, SERVICES["xca"], request, peer(abroad)))
    with closing(Store.open(url)) as store:
        (event,) = newest_events(store, 1)
    return str(event["refusal_class"] or event["outcome"])


def kept(url: str) -> tuple[int, int]:
    """Rows of the memory of messages, and documents listed."""
    with closing(Store.open(url)) as store, store.reading() as connection:
        counts = [connection.execute(text(f"SELECT count(*) FROM {of}")) for of in ("seen_once", "issued_documents")]
        seen, documents = (count.scalar_one() for count in counts)
    return int(seen), int(documents)


def test_a_node_with_a_clock_ahead_refuses_and_deletes_nothing_and_the_other_goes_on(
    abroad: Abroad, url: str, tmp_path: Path
):
    request = asked(abroad, "xca", "rich", clock.now())
    with closing(node(abroad, url, "no-1", tmp_path)) as right:
        assert outcome(abroad, url, right, request) == "success"
        listed = kept(url)
        assert listed[1] == 2, "a summary beside its original"
        with closing(node(abroad, url, "no-2", tmp_path, AHEAD)) as wrong:
            abroad.reset()
            wrong.upkeep.tidy()
            assert outcome(abroad, url, wrong, asked(abroad, "xca", "rich", clock.now() + AHEAD)) == "ClockAlone"
            assert abroad.calls() == []
        assert kept(url) == listed
        right.upkeep.tidy()
        assert outcome(abroad, url, right, request) == "BodyRepeated"
        assert outcome(abroad, url, right, asked(abroad, "xca", "ordinary-man", clock.now())) != "ClockAlone"


def test_two_nodes_whose_clocks_agree_both_answer(abroad: Abroad, url: str, tmp_path: Path):
    with (
        closing(node(abroad, url, "no-1", tmp_path)) as one,
        closing(node(abroad, url, "no-2", tmp_path, timedelta(seconds=2))) as other,
    ):
        request = asked(abroad, "xca", "rich", clock.now())
        assert outcome(abroad, url, other, request) == "success"
        assert outcome(abroad, url, one, request) == "BodyRepeated"


def test_who_stood_alone_answers_again_once_a_named_person_accepted_its_clock(
    abroad: Abroad, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with closing(node(abroad, url, "no-1", tmp_path, AHEAD)):
        right = node(abroad, url, "no-2", tmp_path)
    with closing(right):
        request = asked(abroad, "xca", "rich", clock.now())
        assert outcome(abroad, url, right, request) == "ClockAlone"
        own = {"NCPEH_STORE__URL": url, "NCPEH_NODE__NODE_ID": "no-2"}
        for name, value in {**abroad.world.environment("NO"), **own}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("NCPEH_EVIDENCE__CHECKPOINT_DIRECTORY", str(tmp_path / "no-2"))
        refused = CliRunner().invoke(app, ["accept-clock", "--by", " ", "--reason", "the radio clock"])
        assert (refused.exit_code, "--by" in refused.stderr) == (2, True)
        done = CliRunner().invoke(app, ["accept-clock", "--by", "Kari Drift", "--reason", "the radio clock"])
        assert (done.exit_code, done.stderr) == (0, "")
        with closing(Store.open(url)) as store, store.unit_of_work() as unit:
            unit.connection.execute(text("DELETE FROM node_clocks WHERE node = 'no-1'"))  # it has been stopped for long
        right.upkeep.tidy()
        assert outcome(abroad, url, right, request) == "success"


def asks_abroad(abroad: Abroad, url: str, name: str, folder: Path, ahead: timedelta = timedelta(0)) -> CountryB:
    """Country B in this process on that database, its clock that far ahead of the real one."""
    (folder / name).mkdir()
    own = {
        "NCPEH_STORE__URL": url,
        "NCPEH_NODE__NODE_ID": name,
        "NCPEH_EVIDENCE__CHECKPOINT_DIRECTORY": str(folder / name),
    }
    settings = load({**abroad.world.environment("PT"), **own})
    return build_country_b(settings, lambda: clock.now() + ahead, uuid4)


def test_who_asks_abroad_with_a_clock_that_stands_alone_signs_and_sends_nothing(
    abroad: Abroad, url: str, tmp_path: Path
):
    with closing(asks_abroad(abroad, url, "pt-1", tmp_path)) as right:
        patient = abroad.number("rich")
        assert ask_for_summary(right, "NO", patient, clock.now).document is not None
        session = right.issuer.open_session(physician(clock.now()), right.country("NO"), clock.now())
        asked_for = FindPatient(NORWAY, PORTUGAL, (patient,))
        with closing(asks_abroad(abroad, url, "pt-2", tmp_path, AHEAD)) as wrong:
            abroad.reset()
            with pytest.raises(ClockAlone):
                ask_for_summary(wrong, "NO", patient, lambda: clock.now() + AHEAD)
            with pytest.raises(ClockAlone):
                wrong.issuer.confirm_treatment(session, found_patient(identifier=patient), clock.now())
            with pytest.raises(ClockAlone):
                wrong.peer.find_patient(session, asked_for, clock.now())
            assert abroad.calls() == []
        assert len(right.peer.find_patient(session, asked_for, clock.now()).matches) == 1
        with closing(Store.open(url)) as store:
            refused, answered = newest_events(store, 2)
    assert (answered["transaction"], answered["outcome"]) == ("ITI-55", "success")
    assert (refused["refusal_class"], refused["outcome"]) == ("ClockAlone", "failed")
    assert refused["exchanged"]["response_sha256"] is None
