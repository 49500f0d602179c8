"""`ncpeh quality`: what a country's documents broke, counted from the evidence; and no other country's."""

import json
from contextlib import closing

from gateway.configuration.settings import load
from gateway.evidence.event import DocumentReference
from gateway.store.engine import Store
from tests.support.nodes.configured import Configured
from tests.support.nodes.evidence import chain, event
from transformers.cda.rules.texts import RULE_TEXTS


def looked_at(own: Configured, *findings: tuple[str, int]) -> None:
    """A document of Portugal that broke rules so many times stands in the evidence."""
    assert own.call("db", "migrate").status == 0
    with closing(Store.open(load().store_url())) as store:
        document = DocumentReference("60591-5", "1.2^3", findings=findings)
        chain(store).record(event(1, transaction="DOCUMENT-CHECK", documents=(document,)))


def test_a_desk_is_told_what_was_broken_how_often_and_what_to_change(own: Configured):
    looked_at(own, ("own-release-1", 1), ("own-words-1", 2), ("dtr1-1-ANY", 1))
    ended = own.call("quality", "--country", "pt")
    assert ended.status == 0
    assert ended.out[0] == "PT: 1 documents looked at, 0 refused"
    assert ended.out[1].startswith(f"2 times own-words-1: {RULE_TEXTS['own-words-1'].mend}")
    assert [line.split()[2] for line in ended.out[1:]] == ["own-words-1:", "dtr1-1-ANY:", "own-release-1:"]
    told = json.loads(own.call("quality", "--country", "PT", "--json").out[0])
    assert (told["country"], told["documents"], told["rules"][0]["times"]) == ("PT", 1, 2)


def test_a_country_of_which_nothing_came_is_an_answer_of_no(own: Configured):
    looked_at(own, ("own-words-1", 1))
    ended = own.call("quality", "--country", "DK")
    assert (ended.status, ended.out) == (1, ())
    assert "no document of DK was looked at" in ended.err[-1]
    later = own.call("quality", "--country", "PT", "--since", "2999-01-01T00:00:00")
    assert later.status == 1
