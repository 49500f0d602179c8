"""Namespaces, actions and fixed identifiers of the transactions, and who writes a message.

IHE ITI TF-2 3.38, 3.39, 3.41, 3.55; WS-Addressing 1.0; WS-Security 1.0; OpenNCP's constants where IHE leaves them open.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from gateway.configuration.refusals import Transaction

ENV: Final = "http://www.w3.org/2003/05/soap-envelope"
WSA: Final = "http://www.w3.org/2005/08/addressing"
WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
XOP: Final = "http://www.w3.org/2004/08/xop/include"
HL7: Final = "urn:hl7-org:v3"
RIM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
RS: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0"
QUERY: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0"
LCM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"
XDS: Final = "urn:ihe:iti:xds-b:2007"

FIND_PATIENT: Final = f"{{{HL7}}}PRPA_IN201305UV02"
PATIENTS: Final = f"{{{HL7}}}PRPA_IN201306UV02"
FIND_DOCUMENTS: Final = f"{{{QUERY}}}AdhocQueryRequest"
DOCUMENTS: Final = f"{{{QUERY}}}AdhocQueryResponse"
RETRIEVE: Final = f"{{{XDS}}}RetrieveDocumentSetRequest"
RETRIEVED: Final = f"{{{XDS}}}RetrieveDocumentSetResponse"
PROVIDE: Final = f"{{{XDS}}}ProvideAndRegisterDocumentSetRequest"
PROVIDED: Final = f"{{{RS}}}RegistryResponse"

TRANSACTIONS: Final[Mapping[str, Transaction]] = {
    FIND_PATIENT: Transaction.FIND_PATIENT,
    FIND_DOCUMENTS: Transaction.FIND_DOCUMENTS,
    RETRIEVE: Transaction.RETRIEVE,
    PROVIDE: Transaction.PROVIDE,
}
"""What a body's root element asks for."""

REQUEST_ACTIONS: Final[Mapping[Transaction, str]] = {
    Transaction.FIND_PATIENT: "urn:hl7-org:v3:PRPA_IN201305UV02:CrossGatewayPatientDiscovery",
    Transaction.FIND_DOCUMENTS: "urn:ihe:iti:2007:CrossGatewayQuery",
    Transaction.RETRIEVE: "urn:ihe:iti:2007:CrossGatewayRetrieve",
    Transaction.PROVIDE: "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b",
}
RESPONSE_ACTIONS: Final[Mapping[Transaction, str]] = {
    Transaction.FIND_PATIENT: "urn:hl7-org:v3:PRPA_IN201306UV02:CrossGatewayPatientDiscovery",
    Transaction.FIND_DOCUMENTS: "urn:ihe:iti:2007:CrossGatewayQueryResponse",
    Transaction.RETRIEVE: "urn:ihe:iti:2007:CrossGatewayRetrieveResponse",
    Transaction.PROVIDE: "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-bResponse",
}
FAULT_ACTION: Final = "http://www.w3.org/2005/08/addressing/soap/fault"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes a message, when, and where its ids come from."""

    home_community: str
    """Dotted OID."""
    country: str
    """ISO 3166-1 alpha-2."""
    country_name: str
    repository: str
    """RepositoryUniqueId, dotted OID."""
    now: datetime
    """Aware, UTC."""
    new_id: Callable[[], UUID]


def hl7_time(instant: datetime) -> str:
    """An aware instant as OpenNCP writes creationTime: UTC, milliseconds, zone."""
    utc = instant.astimezone(UTC)
    return f"{utc:%Y%m%d%H%M%S}.{utc.microsecond // 1000:03d}+0000"


def xds_time(instant: datetime) -> str:
    """An aware instant as XDS DTM, UTC, to the second."""
    return f"{instant.astimezone(UTC):%Y%m%d%H%M%S}"
