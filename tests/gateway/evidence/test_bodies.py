from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from gateway.errors import StoreTampered
from gateway.evidence.bodies import Bodies
from gateway.store.engine import Store
from gateway.store.keys import KeyRing
from gateway.store.migrate import migrate
from tests.support.nodes.evidence import REQUEST, RESPONSE, chain, event, with_bodies
from tests.support.nodes.stores import KEYS


def kept(store: Store) -> int:
    with store.reading() as connection:
        return int(connection.execute(text("SELECT count(*) FROM evidence_bodies")).scalar_one())


def test_bodies_are_kept_when_configured(store: Store):
    with_bodies(store).record(event(), request=REQUEST, response=RESPONSE)
    assert Bodies(KEYS).read(store, event().id) == (REQUEST, RESPONSE)


def test_bodies_are_not_kept_otherwise(store: Store):
    chain(store).record(event(), request=REQUEST, response=RESPONSE)
    assert (kept(store), Bodies(KEYS).read(store, event().id)) == (0, None)


def test_bodies_are_of_the_same_transaction_as_the_row(store: Store):
    with pytest.raises(LookupError), store.unit_of_work() as unit:
        with_bodies(store).append(event(), unit, request=REQUEST, response=RESPONSE)
        raise LookupError
    assert kept(store) == 0


@pytest.mark.parametrize(("request_", "response"), [(REQUEST, b"other"), (b"other", RESPONSE)])
def test_refuses_bodies_that_are_not_the_events(store: Store, request_: bytes, response: bytes):
    with pytest.raises(ValueError, match="digests"):
        with_bodies(store).record(event(), request=request_, response=response)
    assert kept(store) == 0


def test_an_exchange_without_an_answer_keeps_its_request(store: Store):
    unanswered = event(exchanged=replace(event().exchanged, response_sha256=None))
    with_bodies(store).record(unanswered, request=REQUEST, response=b"")
    assert Bodies(KEYS).read(store, event().id) == (REQUEST, b"")


@pytest.mark.parametrize("part", ["request", "response"])
def test_refuses_bodies_that_were_changed(store: Store, part: str):
    with_bodies(store).record(event(), request=REQUEST, response=RESPONSE)
    with store.unit_of_work() as unit:
        unit.connection.execute(text(f"UPDATE evidence_bodies SET {part} = :other"), {"other": b"x" * 60})
    with pytest.raises(StoreTampered):
        Bodies(KEYS).read(store, event().id)


def test_refuses_bodies_exchanged_with_each_other(store: Store):
    with_bodies(store).record(event(), request=REQUEST, response=RESPONSE)
    with store.unit_of_work() as unit:
        unit.connection.execute(text("UPDATE evidence_bodies SET request = response, response = request"))
    with pytest.raises(StoreTampered):
        Bodies(KEYS).read(store, event().id)


def test_refuses_bodies_of_another_event(store: Store):
    with_bodies(store).record(event(1), request=REQUEST, response=RESPONSE)
    chain(store).record(event(2))
    with store.unit_of_work() as unit:
        unit.connection.execute(text("UPDATE evidence_bodies SET event_id = :id"), {"id": str(UUID(int=2))})
    with pytest.raises(StoreTampered):
        Bodies(KEYS).read(store, UUID(int=2))


def test_refuses_bodies_under_another_key(store: Store):
    with_bodies(store).record(event(), request=REQUEST, response=RESPONSE)
    with pytest.raises(StoreTampered):
        Bodies(KeyRing(current="k1", keys={"k1": bytes(32)})).read(store, event().id)


def test_bodies_are_not_readable_in_the_database_file(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/node.db"
    migrate(url)
    store = Store.open(url)
    with_bodies(store).record(event(), request=REQUEST, response=RESPONSE)
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    store.close()
    assert str(event().id).encode() in raw
    assert REQUEST not in raw
    assert RESPONSE not in raw
