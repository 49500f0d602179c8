"""A named person accepts a clock: with evidence, or not at all."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from gateway.errors import EvidenceUnavailable
from gateway.evidence.accept_clock import ClockAcceptance, accept
from gateway.evidence.chain import Chain
from gateway.evidence.event import read_event
from gateway.evidence.named import AcceptanceIncomplete
from gateway.evidence.verify import verify
from gateway.store.engine import Store
from tests.support.nodes.evidence import chain
from tests.support.nodes.stores import NOW


@pytest.fixture
def alone(store: Store) -> Store:
    """A database whose node stood alone, after another went by a time of the future."""
    with store.unit_of_work() as unit:
        unit.connection.execute(text("INSERT INTO node_clocks VALUES ('no-1', 0, 'database', 0, 0, 'alone')"))
        unit.connection.execute(text("UPDATE settled_time SET newest = 4000000000000000, settled = 4000000000000000"))
    return store


def standing(store: Store) -> tuple[str, bool]:
    """Of the node; and whether the rows of the future are accepted."""
    with store.reading() as connection:
        of = connection.execute(text("SELECT standing FROM node_clocks")).scalar_one()
        accepted = connection.execute(text("SELECT accepted >= newest FROM settled_time")).scalar_one()
    return str(of), bool(accepted)


def accepts(store: Store, to: Chain, by: str = "Kari Drift", reason: str = "checked by the radio clock") -> None:
    accept(ClockAcceptance(by, reason), store, to, "no-1", now=NOW, new_id=uuid4)


def test_an_acceptance_is_a_row_of_evidence(alone: Store):
    assert standing(alone) == ("alone", False)
    accepts(alone, chain(alone))
    assert standing(alone) == ("unwitnessed", True)
    with alone.reading() as connection:
        event = read_event(connection.execute(text("SELECT event FROM evidence")).scalar_one())
    said = (event.transaction, event.actor.professional_name, event.access.purpose, event.node)
    assert said == ("CLOCK-ACCEPT", "Kari Drift", "checked by the radio clock", "no-1")
    assert verify(alone).intact


@pytest.mark.parametrize(
    ("by", "reason", "lacking"), [(" ", "why", "by"), ("Kari", "\t", "reason"), ("K\0", "why", "by")]
)
def test_refuses_an_acceptance_without_a_name_or_a_reason(alone: Store, by: str, reason: str, lacking: str):
    with pytest.raises(AcceptanceIncomplete, match=lacking):
        accepts(alone, chain(alone), by, reason)
    assert standing(alone) == ("alone", False)


def test_without_its_evidence_nothing_is_accepted(alone: Store):
    with alone.unit_of_work() as unit:
        unit.connection.execute(text("DELETE FROM evidence_head"))
    with pytest.raises(EvidenceUnavailable):
        accepts(alone, chain(alone))
    assert standing(alone) == ("alone", False)
