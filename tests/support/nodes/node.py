"""A node of Norway under test, as another country meets it: a real process behind real TLS, asked with any bytes.

``Abroad`` holds what Portugal holds; each request is valid, with any one thing changed. What came is one `Came`.
"""

import html
import http.client
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates
from sqlalchemy import func, select

from gateway import clock
from gateway.configuration.document_types import load_document_types
from gateway.configuration.refusals import Transaction, load_refusals
from gateway.configuration.settings import load
from gateway.configuration.shipped import shipped
from gateway.demonstration.world import World
from gateway.evidence.read import newest_events
from gateway.evidence.verify import verify
from gateway.messages import (
    DocumentRequest,
    FindDocuments,
    FindPatient,
    PatientIdentifier,
    ProvideDocuments,
    RetrieveDocuments,
)
from gateway.node.foundation import pem_certificates
from gateway.pipeline.answer import outcome_of
from gateway.store.engine import Store
from gateway.store.keys import KeyRing
from gateway.store.tables import issued_documents
from gateway.wire.names import Sender
from gateway.wire.soap import read_envelope, read_fault
from gateway.wire.xca_query import read_documents, write_find_documents
from gateway.wire.xca_retrieve import read_retrieved, write_retrieve
from gateway.wire.xcpd import read_patients, write_find_patient
from gateway.wire.xdr import read_provided, write_provide
from tests.support.callers.assertions import envelope, hcp, trc
from tests.support.callers.signatures import Sealer
from tests.support.norway.simulator import Answer
from trust import pki_layout
from trust.pki_layout import Credential

NORWAY, PORTUGAL = "2.16.578.1.12.4.5.10.1", "2.16.17.710.820.1000.990.1"
FNR, DNR = "2.16.578.1.12.4.1.4.1", "2.16.578.1.12.4.1.4.2"
PS = ("60591-5", "2.16.840.1.113883.6.1")
EP = ("57833-6", "2.16.840.1.113883.6.1")
REFUSALS = load_refusals(shipped("config") / "refusals.toml")
IDENTITY = ["persontjenesten/get-by-nin"]
PRIVACY = [*IDENTITY, "pvk/SjekkInnbyggersPiStatus", "kritisk-informasjon-status/status"]
CRITICAL = [
    "kritisk-informasjon/AllergyIntolerance",
    "kritisk-informasjon/Conditions-CriticalMedicalCondition",
    "kritisk-informasjon/Conditions-Infection",
    "kritisk-informasjon/Conditions-IntubationProblem",
    "kritisk-informasjon/Conditions-OtherProblemWithAnesthesia",
    "kritisk-informasjon/Conditions-TransplantsAndOtherForeignBodies",
    "kritisk-informasjon/Devices",
    "kritisk-informasjon/Flags",
    "kritisk-informasjon/Procedures",
]
CLINICAL = [*PRIVACY, *CRITICAL, "reseptformidleren/ERM911", "sysvak/SOKREQUEST"]
"""What a list asks, in order; clinical sources side by side."""
_SIDE_BY_SIDE = frozenset(name.partition("/")[0] for name in CLINICAL[len(PRIVACY) :])
UNKNOWN = "04816130080"
"""A valid number nobody has."""


@dataclass(frozen=True)
class Came:
    """What the node answered; ``status`` 0: no answer at all (TLS refused or the connection cut)."""

    status: int
    body: bytes = field(repr=False, default=b"")
    form: str = ""
    codes: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    registry: str | None = None
    patients: tuple[Any, ...] = ()
    entries: tuple[Any, ...] = ()
    documents: tuple[Any, ...] = ()
    issue: str | None = None
    response: str | None = None
    acknowledgement: str | None = None

    @property
    def structured(self) -> tuple[Any, ...]:
        """Entries that are of no original: documents of level 3."""
        return tuple(entry for entry in self.entries if entry.transformed_from is None)


@dataclass
class Abroad:
    """Portugal, seen from a test. Rows and documents are counted from the last `reset`."""

    world: World
    node: str = "NO"
    """Which process of the world is asked."""
    sent: int = 0
    """Requests that were answered."""
    before: tuple[int, int] = (0, 0)
    """Evidence rows and kept documents at the reset."""

    def number(self, person: str) -> PatientIdentifier:
        """The identifier of a sample person by id, or a number itself."""
        number = _numbers().get(person, person)
        return PatientIdentifier(DNR if number[0] in "4567" else FNR, number)

    def seal(self, credential: Credential | None = None, country: str = "PT") -> Sealer:
        """A seal of the PKI."""
        credential = credential or pki_layout.seal("PT")
        files = (self.world.pki(name).read_bytes() for name in (credential.certificate, credential.key))
        return _sealer(country, *files)

    def assertions(self, person: str | None = "rich", **changes: Any) -> tuple[bytes, ...]:
        """Fresh HCP and, with a person, TRC; ``hcp`` and ``trc`` are keyword changes of the builders."""
        by, now = changes.get("by") or self.seal(), changes.get("now") or clock.now()
        hcp_id, trc_id = f"_{uuid4()}", f"_{uuid4()}"
        of_hcp, of_trc = dict(changes.get("hcp", {})), dict(changes.get("trc", {}))
        of_hcp["fields"] = {"@ID": hcp_id, **of_hcp.get("fields", {})}
        first = hcp(**{"by": by, "now": now, **of_hcp})
        if person is None:
            return (first,)
        patient = self.number(person)
        of_trc["fields"] = {"@ID": trc_id, **of_trc.get("fields", {})}
        second = {"by": by, "now": now, "hcp_id": hcp_id, "patient": (patient.root, patient.extension), **of_trc}
        return (first, trc(**second))

    def discover(self, person: str = "rich", **changes: Any) -> Came:
        """ITI-55."""
        asked = FindPatient(NORWAY, PORTUGAL, (self.number(person),), **changes.pop("asked", {}))
        sender = Sender(PORTUGAL, "PT", "Portugal", "1.2", clock.now(), uuid4)
        return self.send("xcpd", write_find_patient(asked, sender), changes.pop("person", None), **changes)

    def query(self, person: str = "rich", **changes: Any) -> Came:
        """ITI-38; ``about`` is the patient asked for when it is not the TRC's."""
        about = self.number(changes.pop("about", person))
        body = write_find_documents(FindDocuments(about, changes.pop("classes", (PS,))))
        return self.send("xca", body, person, **changes)

    def retrieve(self, *unique_ids: str, person: str = "rich", **changes: Any) -> Came:
        """ITI-39."""
        home, repository = changes.pop("home", NORWAY), changes.pop("repository", "2.16.578.1.12.4.5.10.1.1")
        requests = tuple(DocumentRequest(one, home, repository) for one in unique_ids)
        return self.send("xca", write_retrieve(RetrieveDocuments(requests)), person, **changes)

    def provide(self, asked: ProvideDocuments, person: str, **changes: Any) -> Came:
        """ITI-41."""
        sender = Sender(PORTUGAL, "PT", "Portugal", "1.2", clock.now(), uuid4)
        types = load_document_types(shipped("config") / "document_types.toml")
        return self.send("xdr", write_provide(asked, types, sender), person, **changes)

    def listed(self, person: str = "rich") -> Any:
        """The one listed patient summary of a person."""
        (entry,) = self.query(person).structured
        return entry

    def send(self, service: str, body: bytes, person: str | None, **changes: Any) -> Came:
        """An envelope with fresh assertions, or those given, sent with Portugal's client certificate."""
        credential = changes.pop("client", pki_layout.tls_client("PT"))
        given = changes.pop("given", None)
        message_id = changes.pop("message_id", f"urn:uuid:{uuid4()}")
        header = changes.pop("header", b"")
        security = changes.pop("security", b"")
        assertions = given if given is not None else self.assertions(person, **changes)
        addressing = b"http://www.w3.org/2005/08/addressing"
        if message_id is not None:
            header += b'<MessageID xmlns="' + addressing + b'">' + message_id.encode() + b"</MessageID>"
        return self.post(service, envelope(*assertions, header=header, security=security, body=body), credential)

    def post(self, service: str, content: bytes, client: Credential | None, **headers: str) -> Came:
        """Any bytes to a service."""
        at = urlsplit(self.world.url(self.node, service))
        sent = {"content-type": "application/soap+xml; charset=UTF-8", **headers}
        connection = http.client.HTTPSConnection(str(at.hostname), at.port, timeout=180, context=self.context(client))
        try:
            connection.request("POST", at.path, content, sent)
            answer = connection.getresponse()
            received = answer.status, answer.getheader("content-type", ""), answer.read()
        except (ssl.SSLError, ConnectionError, http.client.RemoteDisconnected):
            return Came(0)
        finally:
            connection.close()
        self.sent += 1
        return read(*received)

    def context(self, client: Credential | None) -> ssl.SSLContext:
        """TLS of a peer with that client certificate, or none."""
        context = ssl.create_default_context(cafile=str(self.world.pki(pki_layout.TRUST)))
        if client is not None:
            context.load_cert_chain(self.world.pki(client.certificate), self.world.pki(client.key))
        return context

    def calls(self) -> list[str]:
        """National calls since the reset, as ``service/operation``; from the first clinical one on, sorted."""
        made = json.loads(self._simulator("GET", "/simulator/calls").body)
        named = [f"{call['service']}/{call['operation']}" for call in made if call["service"] != "helseid"]
        first = next((at for at, name in enumerate(named) if name.partition("/")[0] in _SIDE_BY_SIDE), len(named))
        return named[:first] + sorted(named[first:])

    def reset(self) -> None:
        """The simulator forgets calls and faults, and counting begins."""
        assert self._simulator("POST", "/simulator/reset").status == 204
        self.sent, self.before = 0, (self.rows(), self.kept())

    def ledger(self) -> dict[str, Any]:
        """What Reseptformidleren holds, as the simulator's ledger says it."""
        held: dict[str, Any] = json.loads(self._simulator("GET", "/simulator/ledger").body)
        return held

    def fault(
        self, service: str, fault: str, seconds: float = 0, operation: str | None = None, code: str | None = None
    ) -> None:
        """A national service misbehaves until the next reset, or one operation of it."""
        ordered = {"service": service, "fault": fault, "seconds": seconds, "operation": operation, "code": code}
        body = json.dumps(ordered).encode()
        assert self._simulator("POST", "/simulator/faults", body).status == 204

    def decide(self, status: str) -> None:
        """Everybody decides so in PVK, until the next reset."""
        assert self._simulator("POST", "/simulator/privacy", json.dumps({"status": status}).encode()).status == 204

    def _simulator(self, method: str, path: str, body: bytes | None = None) -> Answer:
        at = urlsplit(self.world.simulator)
        trusts = ssl.create_default_context(cafile=str(self.world.pki(pki_layout.NATIONAL_CA.certificate)))
        connection = http.client.HTTPSConnection(str(at.hostname), at.port, timeout=180, context=trusts)
        try:
            connection.request(method, path, body, {"content-type": "application/json"})
            answer = connection.getresponse()
            return Answer(answer.status, {}, answer.read())
        finally:
            connection.close()

    def event(self, count: int = 1) -> dict[str, Any]:
        """The newest evidence row of the node."""
        with self.store() as store:
            return newest_events(store, count)[0]

    def rows(self) -> int:
        """How many evidence rows there are."""
        with self.store() as store:
            events = newest_events(store, 1)
        return int(events[0]["sequence"]) if events else 0

    def kept(self) -> int:
        """How many listed documents are kept."""
        with self.store() as store, store.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(issued_documents)).scalar_one())

    def written(self) -> tuple[int, int]:
        """Evidence rows beyond one for each answered request, and documents kept, since the reset."""
        return self.rows() - self.before[0] - self.sent, self.kept() - self.before[1]

    def intact(self) -> bool:
        """The chain of evidence verifies."""
        settings = self.world.settings("NO")
        checkpoints, keys = (
            settings.path(settings.evidence.checkpoint_directory),
            settings.path(settings.store.keys_file),
        )
        certificates = pem_certificates(settings.path(settings.seal.certificate_file))
        with self.store() as store:
            return verify(store, checkpoints, certificates, KeyRing.read(keys)).intact

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The node's own database."""
        store = Store.open(_store_url(tuple(self.world.environment("NO").items())))
        try:
            yield store
        finally:
            store.close()


def read(status: int, content_type: str, body: bytes) -> Came:
    """An answer as a peer reads it."""
    if not content_type.startswith("application/soap+xml"):
        return Came(status, body)
    message = read_envelope(content_type, body)
    fault = read_fault(message.body)
    if fault is not None:
        return Came(status, body, "fault", (fault.subcode or fault.code,))
    name = message.body.tag.rpartition("}")[2]
    if name == "PRPA_IN201306UV02":
        found = read_patients(message.body)
        codes = tuple(problem.code for problem in found.problems)
        return Came(
            status, body, "xcpd", codes, patients=tuple(match.patient for match in found.matches), issue=found.issue,
            response=found.response, acknowledgement=found.acknowledgement,
        )  # fmt: skip
    if name == "AdhocQueryResponse":
        listed = read_documents(message.body)
        problems, entries, documents, state = listed.problems, listed.entries, (), listed.status
    elif name == "RegistryResponse":
        taken = read_provided(message.body)
        problems, entries, documents, state = taken.problems, (), (), taken.status
    else:
        retrieved = read_retrieved(message.body, {})
        problems, entries, documents, state = retrieved.problems, (), retrieved.documents, retrieved.status
    return Came(
        status, body, "registry", tuple(p.code for p in problems), tuple(p.severity for p in problems), state,
        entries=entries, documents=documents,
    )  # fmt: skip


def row(transaction: str, cause: str) -> Any:
    """The row of `config/refusals.toml` for a cause, by its class name."""
    (found,) = [r for r in REFUSALS if (r.transaction, r.cause) == (Transaction(transaction), cause)]
    return found


def refused(abroad: Abroad, came: Came, transaction: str, cause: str, calls: list[str], *, trc: bool = False) -> None:
    """The row's answer, the exact national calls, one evidence row that names the cause; no data, none kept."""
    stated = row(transaction, cause)
    assert (came.form, came.status) == (stated.form.value, stated.http_status)
    assert came.codes == ((trc and stated.trc_code) or stated.code,)
    assert (came.patients, came.entries, came.documents) == ((), (), ())
    assert stated.text.encode() in html.unescape(came.body.decode()).encode()
    if stated.form.value == "registry":
        assert (came.registry, came.severities) == (stated.status, (stated.severity,))
    if stated.form.value == "xcpd":
        assert (came.issue, came.response, came.acknowledgement) == (
            stated.issue.code, stated.response, stated.acknowledgement,
        )  # fmt: skip
    assert abroad.calls() == calls
    event = abroad.event()
    assert (event["refusal_class"], event["outcome"]) == (cause, outcome_of(cause).value)
    assert event["transaction"] == transaction
    assert abroad.written() == (0, 0)


@cache
def _sealer(country: str, certificate: bytes, key: bytes) -> Sealer:
    """OpenSSL checks a private key each time it reads one, for longer than signing takes."""
    (seal, *_) = load_pem_x509_certificates(certificate)
    return Sealer(country, load_pem_private_key(key, None), seal.public_bytes(Encoding.DER))  # type: ignore[arg-type]  # RSA in this PKI


@cache
def _store_url(environment: tuple[tuple[str, str], ...]) -> str:
    """Where a node of that environment keeps its rows; each test that counts them asks several times."""
    return load(dict(environment)).store_url()


@cache
def _numbers() -> dict[str, str]:
    from gateway.cli.samples import sample_persons

    return {person["id"]: person["identifier"] for person in sample_persons()}
