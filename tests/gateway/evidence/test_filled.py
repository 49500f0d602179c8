"""Which fields of an event each transaction fills: Portugal asks Norway over both nodes' real code, and both record.

`EMPTY` is the whole table: a field that is not there has a value in every row of that kind.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from gateway.evidence.event import Event, OwnEnd, read_event, write_event
from gateway.evidence.event_of import event_of
from gateway.exchange.country_b.digests import Digests
from gateway.exchange.country_b.retrieve import Looked
from gateway.http import CheckServer, HttpAnswer
from gateway.messages import FindDocuments, FindPatient
from gateway.node.abroad import asked_abroad, looked_at
from gateway.peers.ports import Clinician, TreatmentAbroad
from gateway.peers.sessions import Issuer
from gateway.peers.soap import AskingNode as Asking
from gateway.peers.soap import PeerExchange, SoapPeer
from gateway.pipeline.form import Arrived
from tests.support.callers.assertions import PURPOSE, Ids, certificate, tables
from tests.support.callers.assertions import purpose as stated
from tests.support.callers.signatures import sealer
from tests.support.callers.verified import NORWAY, NOW, PATIENT, PORTUGAL, PS, country
from tests.support.nodes.in_process import HOME, InProcess, hcp, in_process, query, retrieval, trc
from tests.support.nodes.stores import KEYS
from tests.support.nodes.submissions import edispensation, provided, submission
from tests.support.nodes.wire import document_types, found_patient
from tests.support.norway.desk import Desk, dispensing_norway, listed_prescription
from tests.support.norway.in_memory import DOCUMENT, Remembered, kept
from trust.certificates import CertificateUse
from trust.saml.issue import AssertionSeal
from trust.tls import PeerIdentity

ADDRESSES = ("192.0.2.7", "198.51.100.9")
CLINICIAN = Clinician(
    id="M-4711", name="Inês Almeida", role="221", role_display="Medical Doctors", organisation="Hospital",
    organisation_id="urn:oid:1.2.3", facility_type="Hospital", locality="Lisboa", purpose="TREATMENT",
    permissions=("PRD-003", "PRD-004", "PRD-005", "PRD-006", "PRD-010", "PRD-016", "PPD-046"),
    class_ref="urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI", authenticated_at=NOW,
)  # fmt: skip


class Wire:
    """Stands for the network: what Portugal's client sends reaches Norway's pipeline, with its answer back."""

    def __init__(self, norway: InProcess) -> None:
        self._norway = norway

    def call(
        self, _method: str, url: str, *, headers: dict[str, str], content: bytes, check_server: CheckServer, **_: object
    ) -> HttpAnswer:
        check_server(sealer("NO", "tls").certificate)
        der = sealer("PT", "tls").certificate
        arrived = Arrived(url.rpartition("/")[2], headers["content-type"], content, der, *reversed(ADDRESSES))
        reply = self._norway.answerer.answer(arrived)
        return HttpAnswer(reply.status, {"content-type": reply.content_type}, reply.body, *ADDRESSES)


class Portugal:
    """Country B: its peer over `Wire`, and the events it records."""

    def __init__(self, norway: InProcess) -> None:
        self.events: list[Event] = []
        seal = sealer("PT")
        own = AssertionSeal("PT", seal.key, seal.certificate)  # type: ignore[arg-type]  # RSA
        issuer = Issuer(lambda: own, PORTUGAL, tables(), Ids(100), lambda: None)
        row = country(
            code="NO",
            name="Norway",
            home_communities=(NORWAY,),
            xcpd="https://no.example/xcpd",
            xca="https://no.example/xca",
            xdr="https://no.example/xdr",
        )
        self.session = issuer.open_session(CLINICIAN, row, NOW)
        self.treatment = issuer.confirm_treatment(self.session, found_patient(identifier=PATIENT), NOW)
        self.own = OwnEnd("PT", PORTUGAL, "ncp.pt.example")
        asking = Asking("PT", "Portugal", PORTUGAL, "1.2", document_types())
        self.peer = SoapPeer(Wire(norway), asking, Ids(200), self.witness, self.identify, lambda: None)  # type: ignore[arg-type]  # as it is called

    def witness(self, call: PeerExchange) -> None:
        self.events.append(event_of(asked_abroad(call, self.own, NOW, Ids(300)()), "pt-1", KEYS))

    def looked(self, treatment: TreatmentAbroad, look: Looked) -> None:
        ids = Ids(400)
        self.events.append(event_of(looked_at(treatment, look, self.own, NOW, (ids(), ids())), "pt-1", KEYS))

    @staticmethod
    def identify(der: bytes, now: Any) -> PeerIdentity:
        return PeerIdentity(certificate(der, CertificateUse.TLS_SERVER, now))


def both() -> tuple[InProcess, Portugal]:
    usual = in_process()
    place = dispensing_norway(Desk(), Remembered(), kept(), listed_prescription(), ago=timedelta(hours=1))
    norway = in_process(
        home=lambda: replace(HOME, common_name="ncp.no.example"), country_a=replace(usual.country_a, country=place)
    )
    return norway, Portugal(norway)


REFUSAL = {f"refusal_{name}" for name in ("class", "code", "text", "assertion", "field")}
NEVER = {"exchanged.submission_set", "access.emergency", "actor.next_of_kin", "withheld"}
"""Nobody here asks in an emergency, for a patient, or for prescriptions; and ITI-41 alone provides documents."""
PROVIDES = {"exchanged.submission_set"}
OUT = {"access.access_basis", "access.origins", "terminology_release", "validated"}
"""What country A alone decides and makes."""
EMPTY = {
    ("ITI-55", "inbound"): REFUSAL | NEVER | {"documents", "life_cycle", "terminology_release", "validated"},
    ("ITI-38", "inbound"): REFUSAL | NEVER | {"life_cycle"},
    ("ITI-39", "inbound"): REFUSAL | NEVER | {"validated"},
    ("ITI-41", "inbound"): REFUSAL | NEVER - PROVIDES | {"terminology_release", "validated"},
    ("ITI-55", "outbound"): REFUSAL | NEVER | OUT | {"documents", "life_cycle"},
    ("ITI-38", "outbound"): REFUSAL | NEVER | OUT | {"life_cycle"},
    ("ITI-39", "outbound"): REFUSAL | NEVER | OUT | {"access.data_categories"},
    ("ITI-41", "outbound"): REFUSAL | NEVER - PROVIDES | OUT,
    ("DOCUMENT-CHECK", "internal"): REFUSAL | NEVER | {"access.access_basis", "access.origins"} | {
        "exchanged.request_id", "exchanged.response_id", "exchanged.response_sha256",
        "peer.address", "peer.common_name", "peer.tls_sha256", "own.address",
    },
}  # fmt: skip


def flat(value: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from flat(inner, f"{before}{name}.")
        else:
            yield before + name, inner


def empty(event: Event) -> set[str]:
    return {name for name, value in flat(json.loads(write_event(event))) if value in (None, [], False)}


def every_event() -> list[Event]:
    norway, portugal = both()
    portugal.peer.find_patient(portugal.session, FindPatient(NORWAY, PORTUGAL, (PATIENT,)), NOW)
    portugal.peer.find_documents(portugal.treatment, FindDocuments(PATIENT, (PS,)), NOW)
    portugal.peer.retrieve(portugal.treatment, retrieval(DOCUMENT).requests, NOW)
    portugal.looked(portugal.treatment, Looked(DOCUMENT, PS[0], ("own",), refused=False, release="starter-1"))
    portugal.peer.provide(portugal.treatment, submission(provided(edispensation())), NOW)
    return [*norway.rows.events, *portugal.events]


def test_each_transaction_fills_every_field_but_those_of_the_table():
    found = {(event.transaction, event.direction.value): empty(event) for event in every_event()}
    assert found == EMPTY


def test_both_ends_say_the_same_of_one_exchange():
    norway, portugal = both()
    portugal.peer.retrieve(portugal.treatment, retrieval(DOCUMENT).requests, NOW)
    ours, theirs = norway.rows.events[0], portugal.events[0]
    assert ours.exchanged == theirs.exchanged
    assert [one.kind for one in ours.exchanged.assertions] == ["hcp", "trc"]
    assert ours.subject_country == theirs.subject_country == "NO"
    assert (ours.peer.common_name, theirs.own.common_name) == ("seal PT", "ncp.pt.example")
    for name in (
        "role",
        "organisation",
        "organisation_id",
        "locality",
        "facility_type",
        "assurance",
        "issuer",
        "name_id",
    ):
        assert getattr(ours.actor, name) == getattr(theirs.actor, name)
    assert (ours.life_cycle, theirs.life_cycle) == (11, 12)


def test_a_network_address_stands_keyed_and_the_same_from_both_ends():
    norway, portugal = both()
    portugal.peer.find_patient(portugal.session, FindPatient(NORWAY, PORTUGAL, (PATIENT,)), NOW)
    ours, theirs = norway.rows.events[0], portugal.events[0]
    assert ours.peer.address == theirs.own.address == KEYS.address(ADDRESSES[1])
    assert ours.own.address == theirs.peer.address == KEYS.address(ADDRESSES[0])
    assert not any(address in write_event(event) for address in ADDRESSES for event in (ours, theirs))


def test_no_row_of_any_transaction_holds_the_patients_number():
    assert all(PATIENT.extension not in write_event(event) for event in every_event())


def test_what_a_peer_writes_in_its_refusal_stays_out_of_our_row_and_its_code_does_not():
    norway = in_process(Remembered(register=None))
    portugal = Portugal(norway)
    portugal.peer.find_patient(portugal.session, FindPatient(NORWAY, PORTUGAL, (PATIENT,)), NOW)
    ours, theirs = norway.rows.events[0], portugal.events[0]
    assert ours.refusal_text is not None
    assert (theirs.refusal_class, theirs.refusal_code, theirs.refusal_text) == ("PeerSaidNo", ours.refusal_code, None)


def test_an_emergency_is_marked():
    def row(asked_for: str) -> Event:
        node = in_process()
        asserts = hcp(attributes={PURPOSE: stated(asked_for)}), trc(attributes={PURPOSE: stated(asked_for)})
        node.soap("xca", query(), *asserts)
        return node.rows.events[0]

    assert (row("EMERGENCY").access.emergency, row("EMERGENCY").access.access_basis) == (True, "AKUTT")
    assert row("TREATMENT").access.emergency is False


def test_what_was_not_sent_was_not_disclosed():
    norway = in_process(raises=(ValueError(),))
    norway.norway.shelf.keep(kept())
    portugal = Portugal(norway)
    portugal.peer.retrieve(portugal.treatment, retrieval(DOCUMENT).requests, NOW)
    ours = norway.rows.events[0]
    assert (ours.refusal_class, ours.life_cycle) == ("InternalFault", None)


def test_how_often_a_document_that_came_broke_which_rule_is_in_the_row():
    _, portugal = both()
    for findings in ((), (("listed-hash-differs", 1), ("own-release-1", 3))):
        portugal.looked(portugal.treatment, Looked(DOCUMENT, PS[0], ("own",), refused=False, findings=findings))
    rows = [json.loads(write_event(event))["documents"][0] for event in portugal.events]
    assert "findings" not in rows[0]
    assert rows[1]["findings"] == [["listed-hash-differs", 1], ["own-release-1", 3]]
    assert [read_event(write_event(event)) for event in portugal.events] == portugal.events


def test_both_digests_of_a_document_that_is_not_what_was_listed_are_in_the_row():
    _, portugal = both()
    for listed in ("1" * 40, None, "2" * 40):
        digests = Digests(listed, "2" * 40)
        portugal.looked(portugal.treatment, Looked(DOCUMENT, PS[0], ("own",), refused=False, digests=digests))
    rows = [json.loads(write_event(event))["documents"] for event in portugal.events]
    stated = {"class_code": PS[0], "unique_id": DOCUMENT}
    assert rows == [[{**stated, "sha1_came": "2" * 40, "sha1_listed": "1" * 40}], [stated], [stated]]
