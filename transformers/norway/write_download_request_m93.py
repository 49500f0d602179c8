"""M9.3 Forespørsel om nedlasting av resept (m93 2010-06-04): take a prescription for dispensing, or give it back.

R1408. Reseptformidleren locks a prescription that was downloaded (status U, Volven 7408) until an M10 or a cancellation
(Kansellering, Volven 7411) comes from whoever holds it.
"""

from enum import Enum

from lxml import etree

from transformers.norway.write_msghead import MsgInfo, add, default_namespace, write_msghead

M93 = "http://www.kith.no/xmlstds/eresept/m93/2010-06-04"
KIND = ("ERM93", "Forespørsel om nedlasting av resept")


class Cancellation(Enum):
    """Why a download does not become a dispensing: the codes of Volven 7411 a contact point has reason to send."""

    NOT_WANTED = ("1", "Ikke ønsket vare")
    EXPIRED = ("2", "Utgått resept")
    NOT_COLLECTED = ("3", "Uavhentet vare")
    OTHER = ("4", "Annen årsak")
    OUT_OF_STOCK = ("6", "Apotek mangler vare")
    TECHNICAL = ("16", "Teknisk svikt")


def write_download_request(
    envelope: MsgInfo,
    *,
    prescription_id: str,
    employee_id: str,
    reference_number: str | None = None,
    cancellation: Cancellation | None = None,
) -> bytes:
    """The whole message; with ``cancellation`` it unlocks what was downloaded before."""
    payload = etree.Element(f"{{{M93}}}M93", nsmap=default_namespace(M93))
    add(payload, "ReseptId").text = prescription_id
    if cancellation is not None:
        value, shown = cancellation.value
        add(payload, "Kansellering", V=value, DN=shown)
    if reference_number is not None:
        add(payload, "RefNr").text = reference_number
    add(payload, "AnsattId").text = employee_id
    return write_msghead(envelope, payload)
