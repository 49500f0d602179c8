"""Two waves at once in one running node: each peer is answered from the release in force for its wave."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import select

from gateway.demonstration.world import WorldError
from gateway.store.tables import issued_documents
from tests.support.callers.assertions import HOME_COMMUNITY
from tests.support.nodes.node import PORTUGAL, Abroad
from tests.support.nodes.other_node import Change, other_node, start_other
from tests.support.terminology.operator import Operator
from tests.support.terminology.packages import SCT, package, value_set

ELSEWHERE = "2.16.17.710.820.1000.990.9"
"""A second home community of Portugal's, from which it speaks wave 9."""
ANAPHYLAXIS, DRAWN_UP_ANEW = "39579001", "Anaphylactic reaction (new wording)"


def portugal(**changes: Any) -> Change:
    """What is known of Portugal, with changes."""

    def change(table: dict[str, Any]) -> None:
        for row in table["country"]:
            if row["code"] == "PT":
                row.update(changes)

    return change


@pytest.fixture(scope="module")
def node(abroad_session: Abroad) -> Iterator[Abroad]:
    said = portugal(home_communities=[PORTUGAL, ELSEWHERE], waves={ELSEWHERE: 9})
    with other_node(abroad_session, "waves", countries=said) as other:
        yield other


@pytest.fixture
def nine(abroad: Abroad, tmp_path: Path) -> Iterator[str]:
    """A release in force for wave 9 only, in which one code has another display."""
    operator = Operator(abroad, tmp_path)
    concepts = [{"code": ANAPHYLAXIS, "display": DRAWN_UP_ANEW}]
    reactions = value_set(
        11, "eHDSIReactionAllergy", compose={"include": [{"system": "http://snomed.info/sct", "concept": concepts}]}
    )
    release = operator.run(
        "import", package(tmp_path / "nine.tgz", reactions), "--by", "Kari Import", "--label", "nine"
    ).partition(":")[0]
    operator.run("approve", release, "--by", "Ola Fagansvarlig")
    operator.run("activate", release, "--by", "Drift", "--wave", 9, "--override", "a small release for a test")
    yield release
    operator.run("rollback", "--by", "Drift", "--wave", 9)


def asked(node: Abroad, home: str) -> tuple[str, int, dict[str, str | None]]:
    """Release and wave that the listed document records, and the displays of its European reactions by code."""
    speaker = {"hcp": {"attributes": {HOME_COMMUNITY: f"urn:oid:{home}"}}}
    (entry,) = node.query(**speaker).structured
    (document,) = node.retrieve(entry.unique_id, **speaker).documents
    wanted = select(issued_documents.c.terminology_release, issued_documents.c.wave)
    with node.store() as store, store.reading() as connection:
        row = connection.execute(wanted.where(issued_documents.c.unique_id == entry.unique_id)).one()
    values = etree.fromstring(document.content).iterfind(".//{*}value")
    shown = {v.get("code"): v.get("displayName") for v in values if v.get("codeSystem") == SCT}
    return row[0], row[1], shown


def test_peers_of_two_waves_are_answered_at_once_each_from_its_release(node: Abroad, nine: str):
    node.reset()
    answers: dict[str, list[tuple[str, int, dict[str, str | None]]]] = {PORTUGAL: [], ELSEWHERE: []}

    def ask(home: str) -> None:
        answers[home].extend(asked(node, home) for _ in range(3))

    threads = [threading.Thread(target=ask, args=(home,)) for home in answers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for release, wave, shown in answers[PORTUGAL]:
        assert (release.partition("-")[0], wave, shown[ANAPHYLAXIS]) == ("starter", 8, "Anaphylaxis")
    for release, wave, shown in answers[ELSEWHERE]:
        assert (release, wave, shown[ANAPHYLAXIS]) == (nine, 9, DRAWN_UP_ANEW)
    assert [len(each) for each in answers.values()] == [3, 3]


def test_the_evidence_says_the_wave_and_the_release(node: Abroad, nine: str):
    for home, wave in ((ELSEWHERE, 9), (PORTUGAL, 8)):
        asked(node, home)
        event = node.event()
        assert event["wave"] == wave
        assert (event["terminology_release"] == nine) is (wave == 9)


def test_a_home_community_that_is_not_portugals_says_no_wave(abroad: Abroad):
    came = abroad.query(hcp={"attributes": {HOME_COMMUNITY: f"urn:oid:{ELSEWHERE}"}})
    assert (came.entries, len(came.codes)) == ((), 1)


def test_a_node_does_not_start_that_agreed_to_answer_in_a_wave_it_cannot_write(abroad: Abroad):
    with pytest.raises(WorldError):
        start_other(abroad, "wave-10", countries=portugal(wave=10))
    log = (abroad.world.folder / "NO-wave-10.log").read_text("utf-8")
    assert "countries.toml: PT asks ep in wave 10; we write 8, 9" in log


def test_a_country_of_a_wave_nobody_writes_that_asks_nothing_stops_no_node(abroad: Abroad):
    with other_node(abroad, "asks-nothing", countries=portugal(wave=10, asks=[])) as other:
        assert other.discover().patients == ()
