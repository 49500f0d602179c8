"""Lyonesse's contact point in this process: the product's pipeline, SOAP face, exchange and composer, its own doors."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType

from gateway.configuration.shipped import shipped
from gateway.evidence.event import Event
from gateway.faces.soap.form import SoapForm
from gateway.messages import DocumentRequest, FindDocuments, FindPatient, PatientIdentifier, RetrieveDocuments
from gateway.pipeline.answer import Answerer, CountryA, Recorder, Reply
from gateway.pipeline.form import Arrived, Home
from gateway.pipeline.transactions import country_a_rows
from gateway.pipeline.verifiers import SamlVerifier, Trusted
from gateway.wire.names import WSA, Sender
from gateway.wire.xca_query import write_find_documents
from gateway.wire.xca_retrieve import write_retrieve
from gateway.wire.xcpd import write_find_patient
from tests.gateway.toycountry.country import (
    COUNTRY,
    HOME_COMMUNITY,
    NUMBERS,
    REPOSITORY,
    Files,
    composer,
    lyonesse,
    number_is_valid,
)
from tests.support.callers.assertions import DIRECTORY, Ids, SeenInMemory, certificate, envelope, hcp, tables, trc
from tests.support.callers.signatures import sealer
from tests.support.callers.verified import NOW, PORTUGAL, PS, policy
from tests.support.nodes.stores import KEYS
from tests.support.nodes.wire import document_types, refusals
from transformers.terminology.release import Release, load_starter

HOME = Home(COUNTRY, "Lyonesse", HOME_COMMUNITY, REPOSITORY, "lyonesse-1")
DIRECTORY_WITH_LYONESSE: Mapping[str, tuple[str, ...]] = MappingProxyType({**DIRECTORY, COUNTRY: (HOME_COMMUNITY,)})


class _TrustsAll:
    """Stands for a `CertificateVerifier` that trusts whoever made the certificate."""

    verify = staticmethod(certificate)


@dataclass
class World:
    """The contact point, its files and its evidence; Portugal asks."""

    files: Files = field(default_factory=Files)
    events: list[Event] = field(default_factory=list)
    sent: int = 0

    def __post_init__(self) -> None:
        ids, types = Ids(), document_types()
        admits = replace(
            policy(), home_community=HOME_COMMUNITY, patient_systems=frozenset({NUMBERS}), services={PS: "ps"},
            number_is_valid=number_is_valid,
        )  # fmt: skip
        trusted = Trusted(_TrustsAll(), _TrustsAll(), DIRECTORY_WITH_LYONESSE, tables(), SeenInMemory())  # type: ignore[arg-type]  # as they verify
        self._answerer = Answerer(
            form=SoapForm(HOME, types),
            rows=country_a_rows(types),
            verifiers=(SamlVerifier(trusted, ids),),
            home=lambda: HOME,
            country_a=CountryA(admits, lyonesse(self.files), composer(_release()), refusals(), ids),
            recorder=Recorder(lambda event, _request, _response: self.events.append(event), KEYS),
            clock=lambda: NOW,
            require_clock=lambda: None,
        )

    def discover(self, number: str) -> Reply:
        """ITI-55."""
        asked = FindPatient(HOME_COMMUNITY, PORTUGAL, (PatientIdentifier(NUMBERS, number),))
        sender = Sender(PORTUGAL, "PT", "Portugal", "1.2", NOW, Ids())
        return self._ask("xcpd", write_find_patient(asked, sender), hcp())

    def query(self, number: str) -> Reply:
        """ITI-38 for a patient summary."""
        return self._ask(
            "xca", write_find_documents(FindDocuments(PatientIdentifier(NUMBERS, number), (PS,))), *_shown(number)
        )

    def retrieve(self, number: str, unique_id: str) -> Reply:
        """ITI-39."""
        asked = RetrieveDocuments((DocumentRequest(unique_id, HOME_COMMUNITY, REPOSITORY),))
        return self._ask("xca", write_retrieve(asked), *_shown(number))

    def _ask(self, service: str, body: bytes, *shown: bytes) -> Reply:
        self.sent += 1
        header = f'<MessageID xmlns="{WSA}">urn:uuid:00000000-0000-4000-8000-{self.sent:012d}</MessageID>'.encode()
        content = envelope(*shown, header=header, body=body)
        media_type = "application/soap+xml; charset=UTF-8"
        return self._answerer.answer(Arrived(service, media_type, content, sealer("PT", "tls").certificate))


@cache
def _release() -> Release:
    return load_starter(shipped("config") / "terminology")


def _shown(number: str) -> tuple[bytes, ...]:
    return hcp(), trc(patient=(NUMBERS, number))
