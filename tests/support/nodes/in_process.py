"""A node's pipeline in this process: real pipeline, real trust on generated certificates, Norway in memory.

node = in_process()                                   a SOAP face that answers Portugal
node.soap("xcpd", discover(), hcp())                  asked, over no socket
node.rows                                             the evidence it wrote
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from gateway.errors import Refusal
from gateway.evidence.event import Event
from gateway.exchange.ports import CountryOfAffiliation
from gateway.faces.soap.form import SoapForm
from gateway.messages import DocumentRequest, FindDocuments, FindPatient, PatientIdentifier, RetrieveDocuments
from gateway.pipeline.answer import Answerer, CountryA, Recorder, Reply
from gateway.pipeline.form import Arrived, Form, Home
from gateway.pipeline.transactions import country_a_rows
from gateway.pipeline.verifiers import SamlVerifier, Trusted
from gateway.wire.names import WSA, Sender
from gateway.wire.xca_query import write_find_documents
from gateway.wire.xca_retrieve import write_retrieve
from gateway.wire.xcpd import write_find_patient
from tests.support.callers import assertions
from tests.support.callers.assertions import DIRECTORY, Ids, SeenInMemory, certificate, envelope, tables
from tests.support.callers.signatures import sealer
from tests.support.callers.verified import NORWAY, NOW, PATIENT, PORTUGAL, PS, policy
from tests.support.nodes.stores import KEYS
from tests.support.nodes.wire import document_types, refusals
from tests.support.norway.in_memory import Remembered, norway
from tests.support.persons.samples import composer

REPOSITORY = "2.16.578.1.12.4.5.10.1.1"
HOME = Home("NO", "Norway", NORWAY, REPOSITORY, "no-1")
MESSAGE_ID = "urn:uuid:11111111-2222-4333-8444-555555555555"
MEDIA_TYPE = "application/soap+xml; charset=UTF-8"
DISCOVERY = FindPatient(NORWAY, PORTUGAL, (PATIENT,))
QUERY = FindDocuments(PATIENT, (PS,))


class Trusting:
    """Stands for a `CertificateVerifier` that trusts whoever made the certificate."""

    verify = staticmethod(certificate)


@dataclass
class Rows:
    """Evidence in a list. ``raises``: what the next calls raise instead of recording, in turn."""

    events: list[Event] = field(default_factory=list)
    raises: list[Exception] = field(default_factory=list)

    def __call__(self, event: Event, _request: bytes, _response: bytes) -> None:
        if self.raises:
            raise self.raises.pop(0)
        self.events.append(event)


@dataclass
class InProcess:
    """One face's pipeline, what it wrote, and Norway behind it."""

    answerer: Answerer
    rows: Rows
    norway: CountryOfAffiliation
    country_a: CountryA

    def soap(self, service: str, body: bytes, *shown: bytes, reason: Refusal | None = None, **changes: Any) -> Reply:
        """The answer to an envelope with these assertions; ``message_id`` and members of `Arrived` may be given."""
        message_id = changes.pop("message_id", MESSAGE_ID)
        header = b"" if message_id is None else f'<MessageID xmlns="{WSA}">{message_id}</MessageID>'.encode()
        content = envelope(*shown, header=header, body=body)
        arrived = Arrived(service, MEDIA_TYPE, content, sealer("PT", "tls").certificate)
        return self.answerer.answer(replace(arrived, **changes), reason)


def in_process(
    remembered: Remembered | None = None,
    *,
    form: Form | None = None,
    clock: Callable[[], datetime] = lambda: NOW,
    new_id: Callable[[], UUID] | None = None,
    raises: tuple[Exception, ...] = (),
    **changes: Any,
) -> InProcess:
    """A node that answers Portugal; ``changes`` are arguments of its `Answerer`."""
    place, rows, ids = norway(remembered or Remembered()), Rows(raises=list(raises)), new_id or Ids()
    trusted = Trusted(Trusting(), Trusting(), DIRECTORY, tables(), SeenInMemory())  # type: ignore[arg-type]  # as they verify
    given: dict[str, Any] = {
        "form": form or SoapForm(HOME, document_types()),
        "rows": country_a_rows(document_types()),
        "verifiers": (SamlVerifier(trusted, ids),),
        "home": lambda: HOME,
        "country_a": CountryA(policy(), place, composer(), refusals(), ids),
        "recorder": Recorder(rows, KEYS),
        "clock": clock,
        "require_clock": lambda: None,
        **changes,
    }
    return InProcess(Answerer(**given), rows, place, given["country_a"])


def hcp(**changes: Any) -> bytes:
    """The physician's assertion."""
    return assertions.hcp(**changes)


def trc(**changes: Any) -> bytes:
    """Her treatment relationship to PATIENT."""
    return assertions.trc(**{"patient": (PATIENT.root, PATIENT.extension), **changes})


def discover(**changes: Any) -> bytes:
    """ITI-55, as Portugal writes it."""
    asked = replace(DISCOVERY, **changes)
    return write_find_patient(asked, Sender(PORTUGAL, "PT", "Portugal", "1.2", NOW, Ids()))


def query(patient: PatientIdentifier = PATIENT, classes: tuple[tuple[str, str], ...] = (PS,)) -> bytes:
    """ITI-38."""
    return write_find_documents(FindDocuments(patient, classes))


def retrieval(*unique_ids: str) -> RetrieveDocuments:
    """What ITI-39 asks for."""
    return RetrieveDocuments(tuple(DocumentRequest(one, NORWAY, REPOSITORY) for one in unique_ids))


def retrieve(*unique_ids: str) -> bytes:
    """ITI-39."""
    return write_retrieve(retrieval(*unique_ids))
