"""The SOAP messages of an invented country's contact point, as OpenNCP 8 and 9 answer: ITI-55, 38, 39 and 41.

Written from its public sources (`KE`) and the IHE specifications; nothing of the node's own codecs is here.
"""

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Final
from uuid import NAMESPACE_OID, UUID, uuid5

from lxml import etree

from gateway.simulators.foreign_prescriptions import (
    BORN,
    FAMILY,
    GIVEN,
    HOME,
    NUMBER,
    REGISTER,
    SEX,
    ForeignPrescription,
    document,
)

SOAP: Final = "http://www.w3.org/2003/05/soap-envelope"
V3: Final = "urn:hl7-org:v3"
_QUERY: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0"
RIM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
_RS: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0"
XDS: Final = "urn:ihe:iti:xds-b:2007"
_STATUS: Final = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType"
_ERROR: Final = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"
_ACTIONS: Final = {
    "PRPA_IN201305UV02": "urn:hl7-org:v3:PRPA_IN201306UV02:CrossGatewayPatientDiscovery",
    "AdhocQueryRequest": "urn:ihe:iti:2007:CrossGatewayQueryResponse",
    "RetrieveDocumentSetRequest": "urn:ihe:iti:2007:CrossGatewayRetrieveResponse",
    "ProvideAndRegisterDocumentSetRequest": "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-bResponse",
}


def envelope(kind: str, message_id: UUID, relates_to: str, body: str) -> bytes:
    """The answer to a message of that kind."""
    header = (
        f"<a:Action>{_ACTIONS[kind]}</a:Action><a:MessageID>urn:uuid:{message_id}</a:MessageID>"
        f"<a:RelatesTo>{escape(relates_to)}</a:RelatesTo>"
    )
    return (
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header>{header}</s:Header>'
        f"<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def fault(text: str) -> str:
    """A SOAP fault as Axis writes one."""
    return (
        "<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code>"
        f'<s:Reason><s:Text xml:lang="en-US">{escape(text)}</s:Text></s:Reason></s:Fault>'
    )


def found(asked: etree._Element) -> str:
    """PRPA_IN201306UV02; queryResponseCode AE on success too, as OpenNCP has it."""
    numbers = asked.xpath("//v:livingSubjectId/v:value/@extension", namespaces={"v": V3})
    assert isinstance(numbers, list)
    subject = (
        '<subject typeCode="SUBJ"><registrationEvent classCode="REG" moodCode="EVN"><id nullFlavor="NA"/>'
        '<statusCode code="active"/><subject1 typeCode="SBJ"><patient classCode="PAT">'
        f'<id root="{REGISTER}" extension="{NUMBER}"/><statusCode code="active"/>'
        '<patientPerson classCode="PSN" determinerCode="INSTANCE">'
        f"<name><family>{FAMILY}</family><given>{GIVEN}</given></name>"
        f'<administrativeGenderCode code="{SEX}"/><birthTime value="{BORN}"/></patientPerson></patient></subject1>'
        f'<custodian typeCode="CST"><assignedEntity classCode="ASSIGNED"><id root="{HOME}"/></assignedEntity>'
        "</custodian>"
        "</registrationEvent></subject>"
    )
    return (
        f'<PRPA_IN201306UV02 xmlns="{V3}" ITSVersion="XML_1.0"><id root="1.2" extension="1"/><acknowledgement>'
        '<typeCode code="AA"/></acknowledgement><sender typeCode="SND">'
        f'<device classCode="DEV" determinerCode="INSTANCE"><id root="{HOME}"/></device></sender>'
        '<controlActProcess classCode="CACT" moodCode="EVN">'
        f"{subject if NUMBER in numbers else ''}"
        '<queryAck><queryId root="1.2"/><queryResponseCode code="AE"/></queryAck>'
        "</controlActProcess></PRPA_IN201306UV02>"
    )


def listed(open_ones: Iterable[ForeignPrescription], created: str) -> str:
    """Each prescription that may be dispensed, with its event codes (eHDSI CP-051)."""
    entries = "".join(_entry(one, created) for one in open_ones)
    return (
        f'<query:AdhocQueryResponse xmlns:query="{_QUERY}" xmlns:rim="{RIM}" status="{_STATUS}:Success">'
        f"<rim:RegistryObjectList>{entries}</rim:RegistryObjectList></query:AdhocQueryResponse>"
    )


def retrieved(unique_id: str, one: ForeignPrescription | None, created: str) -> str:
    """The document that was asked for, or a failure."""
    if one is None:
        return (
            f'<x:RetrieveDocumentSetResponse xmlns:x="{XDS}">'
            f"{_registry('Failure', 'XDSDocumentUniqueIdError', 'unknown')}"
            "</x:RetrieveDocumentSetResponse>"
        )
    content = base64.b64encode(document(one, created)).decode()
    return (
        f'<x:RetrieveDocumentSetResponse xmlns:x="{XDS}">{registry_response()}<x:DocumentResponse>'
        f"<x:HomeCommunityId>urn:oid:{HOME}</x:HomeCommunityId><x:RepositoryUniqueId>{HOME}.5</x:RepositoryUniqueId>"
        f"<x:DocumentUniqueId>{escape(unique_id)}</x:DocumentUniqueId><x:mimeType>text/xml</x:mimeType>"
        f"<x:Document>{content}</x:Document></x:DocumentResponse></x:RetrieveDocumentSetResponse>"
    )


def registry_response() -> str:
    """Success, without children (KE)."""
    return f'<rs:RegistryResponse xmlns:rs="{_RS}" status="{_STATUS}:Success"/>'


def registry_refusal(code: str, words: str) -> str:
    """Failure with one error; the country's own words stand behind ``^`` (KE NIException)."""
    return _registry("Failure", code, f"Dispensation refused^{words}")


def registry_contradiction() -> str:
    """Success beside an error, which nobody can read."""
    return _registry("Success", "ERROR_ED_GENERIC", "unclear")


def _registry(status: str, code: str, context: str) -> str:
    return (
        f'<rs:RegistryResponse xmlns:rs="{_RS}" status="{_STATUS}:{status}"><rs:RegistryErrorList>'
        f'<rs:RegistryError errorCode="{escape(code)}" codeContext="{escape(context)}" severity="{_ERROR}" '
        'location=""/>'
        "</rs:RegistryErrorList></rs:RegistryResponse>"
    )


def _entry(one: ForeignPrescription, created: str) -> str:
    content = document(one, created)
    values = {
        "own": f"urn:uuid:{uuid5(NAMESPACE_OID, one.unique_id)}", "home": HOME, "created": created[:14],
        "size": str(len(content)), "hash": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        "patient": NUMBER, "register": REGISTER, "name": one.name, "atc": one.atc, "substance": one.substance,
        "form": one.form[0], "form_name": one.form[1], "strength": " ".join(one.strength),
        "substitution": one.substitution, "unique_id": one.unique_id,
    }  # fmt: skip
    return _entry_template().substitute({key: escape(value) for key, value in values.items()})


@cache
def _entry_template() -> Template:
    return Template(Path(__file__).with_name("foreign-entry.xml").read_text("utf-8"))
