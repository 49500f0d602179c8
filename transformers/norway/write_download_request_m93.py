"""M9.3 Forespørsel om nedlasting av resept (m93 2010-06-04): take a prescription for dispensing, or decline a list.

R1408, 4.4; NHN Confluence, ERDOK 2237267992. Reseptformidleren locks a prescription that was downloaded (status U,
Volven 7408) until an M10 comes from whoever holds it: this message never gives one back. Kansellering (Volven 7411)
says why a list (M9.2) came to nothing, and names no prescription.
"""

from lxml import etree

from transformers.norway.cancellation import Cancellation
from transformers.norway.write_msghead import MsgInfo, add, default_namespace, write_msghead

M93 = "http://www.kith.no/xmlstds/eresept/m93/2010-06-04"
KIND = ("ERM93", "Forespørsel om nedlasting av resept")


def write_download_request(
    envelope: MsgInfo, *, prescription_id: str, employee_id: str, reference_number: str | None = None
) -> bytes:
    """The whole message that takes a prescription."""
    payload = etree.Element(f"{{{M93}}}M93", nsmap=default_namespace(M93))
    add(payload, "ReseptId").text = prescription_id
    if reference_number is not None:
        add(payload, "RefNr").text = reference_number
    add(payload, "AnsattId").text = employee_id
    return write_msghead(envelope, payload)


def write_list_declined(envelope: MsgInfo, *, employee_id: str, why: Cancellation) -> bytes:
    """The whole message that says why nothing of a list was downloaded."""
    payload = etree.Element(f"{{{M93}}}M93", nsmap=default_namespace(M93))
    value, shown = why.value
    add(payload, "Kansellering", V=value, DN=shown)
    add(payload, "AnsattId").text = employee_id
    return write_msghead(envelope, payload)
