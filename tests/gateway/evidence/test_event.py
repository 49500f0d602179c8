import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.evidence.event import (
    SCHEMA_VERSION,
    Actor,
    Event,
    Exchanged,
    Outcome,
    Peer,
    Withheld,
    read_event,
    write_event,
)
from gateway.evidence.row import GENESIS, row_hash
from gateway.store.canonical import canonical
from tests.support.nodes.evidence import PATIENT, event, refused

VECTOR = (
    '{"access":{"access_basis":"SAMTYKKE","data_categories":["allergies","medication"],"emergency":false,'
    '"origins":["persons","critical_information"],"purpose":"TREATMENT"},'
    '"actor":{"assurance":"urn:x:SmartcardPKI","facility_type":"Hospital","issuer":"urn:idp:PT:countryB",'
    '"locality":"Lisboa","name_id":"joao","next_of_kin":false,"organisation":"Hospital de Santa Mária",'
    '"organisation_id":"2.999.351.1","professional_id":"PT-4711","professional_name":"João Conceição",'
    '"provider_id":"M-4711","role":"221"},'
    '"correlation":"00000000-0000-0001-0000-000000000001","direction":"inbound",'
    '"documents":[{"class_code":"60591-5","unique_id":"2.999.47.1^9d5b1f0e"}],'
    '"end":"2026-03-02T10:31:00.250000Z",'
    '"exchanged":{"assertions":[{"id":"_hcp","kind":"hcp"},{"id":"_trc","kind":"trc"}],'
    '"request_id":"urn:uuid:theirs",'
    '"request_sha256":"b86d0c7e51a53ea4e00c38eadea3a4c3ccbd9d7b2f6ad2d8e8c3d5a9d2c0b3ab",'
    '"response_id":"urn:uuid:ours",'
    '"response_sha256":"0f0e0d0c0b0a09080706050403020100f0e0d0c0b0a090807060504030201000",'
    '"submission_set":null},'
    '"id":"00000000-0000-0000-0000-000000000001","life_cycle":11,"node":"no-1","outcome":"success",'
    '"own":{"address":"k1:OWN","common_name":"ncp.no.example","country":"NO","home_community":"2.999.578"},'
    '"patient":{"digest":"PERSON","key_id":"k1"},'
    '"peer":{"address":"k1:PEER","common_name":"ncp.pt.example","country":"PT","home_community":"2.999.351",'
    '"tls_sha256":"abababababababababababababababababababababababababababababababab"},'
    '"refusal_assertion":null,"refusal_class":null,"refusal_code":null,"refusal_field":null,"refusal_text":null,'
    '"schema_version":2,"start":"2026-03-02T10:31:00.000000Z","subject_country":"NO",'
    '"terminology_release":"starter-1","transaction":"ITI-39","validated":[],"wave":8,"withheld":[]}'
)


def fixed() -> Event:
    whole = event()
    digests = {
        "request_sha256": "b86d0c7e51a53ea4e00c38eadea3a4c3ccbd9d7b2f6ad2d8e8c3d5a9d2c0b3ab",
        "response_sha256": "0f0e0d0c0b0a09080706050403020100f0e0d0c0b0a090807060504030201000",
    }
    return replace(whole, exchanged=replace(whole.exchanged, **digests))


def test_an_event_has_these_bytes_for_ever():
    digest = event().patient.digest
    assert write_event(fixed()) == VECTOR.replace("PERSON", digest).replace("OWN", "ef" * 32).replace("PEER", "cd" * 32)


@pytest.mark.parametrize("made", [event(), refused(), event(patient=None, wave=None, terminology_release=None)])
def test_an_event_reads_back(made: Event):
    assert read_event(write_event(made)) == made


def test_an_event_holds_no_number_of_the_patient():
    assert PATIENT.extension not in write_event(event())
    assert PATIENT.extension not in repr(event())


def test_an_event_prints_no_professional():
    assert "PT-4711" not in repr(event())
    assert "João" not in repr(event())


def test_moments_are_kept_in_utc():
    moment = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
    assert '"start":"2026-03-02T12:30:00.000000Z"' in write_event(event(start=moment, end=moment))


def test_the_hash_is_of_canonical_json():
    text = write_event(event())
    whole = canonical({"sequence": 7, "previous": GENESIS.hex(), "event": json.loads(text)})
    assert row_hash(7, GENESIS, text) == hashlib.sha256(whole.encode()).digest()


@pytest.mark.parametrize(
    "changes",
    [
        {"exchanged": Exchanged(request_sha256="AB" * 32)},
        {"exchanged": Exchanged(request_sha256="ab" * 31)},
        {"exchanged": Exchanged(request_sha256="ab" * 32, response_sha256="")},
        {"peer": Peer(tls_sha256="sha256:ab")},
        {"start": datetime(2026, 3, 2, tzinfo=UTC).replace(tzinfo=None)},
        {"end": datetime(2026, 3, 2, tzinfo=UTC).replace(tzinfo=None)},
        {"end": event().start - timedelta(microseconds=1)},
        {"refusal_class": "SignatureInvalid"},
        {"outcome": Outcome.REFUSED},
        {"outcome": Outcome.FAILED},
    ],
)
def test_refuses_an_event_that_cannot_be(changes: dict[str, object]):
    with pytest.raises(ValueError, match=r"digest|moments|refusal"):
        event(**changes)


def test_an_event_may_end_when_it_starts():
    assert event(end=event().start)


def test_refuses_text_that_has_no_bytes():
    with pytest.raises(ValueError, match="surrogates"):
        write_event(event(actor=Actor(organisation="\ud800")))


@pytest.mark.parametrize(
    "change",
    [{"schema_version": SCHEMA_VERSION + 1}, {"schema_version": None}, {"outcome": "unheard"}, {"peer": {"x": 1}}],
)
def test_refuses_to_read_a_version_or_shape_it_does_not_know(change: dict[str, object]):
    with pytest.raises(ValueError, match=r"schema version|not an event|Outcome"):
        read_event(json.dumps(json.loads(write_event(event())) | change))


@pytest.mark.parametrize("text", ["[]", "1", "null"])
def test_refuses_to_read_what_is_no_object(text: str):
    with pytest.raises(ValueError, match="schema version"):
        read_event(text)


def test_what_was_withheld_is_told_with_its_reasons():
    held = replace(event(), withheld=(Withheld("3b1f-resept", ("group-a", "expired")),))
    text = write_event(held)
    assert json.loads(text)["withheld"] == [{"prescription_id": "3b1f-resept", "reasons": ["group-a", "expired"]}]
    assert read_event(text) == held
    assert json.loads(write_event(event()))["withheld"] == []
