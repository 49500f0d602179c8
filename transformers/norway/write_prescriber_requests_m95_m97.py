"""M9.5 Forespørsel om resepter på pasient and M9.7 Forespørsel om utleveringer på resept (m95, m97 2018-07-01).

HIS 3003 and 3005:2018. What a prescriber asks: no consent is stated since 2019, and nothing is to come packed.
"""

from lxml import etree

from transformers.norway.eresept_fields import yes_or_no
from transformers.norway.write_msghead import MsgInfo, add, default_namespace, write_msghead

M95 = "http://www.ehelse.no/xmlstds/eresept/m95/2018-07-01"
M97 = "http://www.ehelse.no/xmlstds/eresept/m97/2018-07-01"
M95_KIND = ("ERM95", "Forespørsel om tilgjengelige resepter på pasient (rekvirent)")
M97_KIND = ("ERM97", "Forespørsel om utleveringer på resept")

_NOT_PACKED = "0"


def write_prescriber_search(
    envelope: MsgInfo, *, patient_number: str, reference_numbers: tuple[str, ...] = (), every: bool = False
) -> bytes:
    """M9.5. ``every``: also prescriptions that cannot be dispensed any longer; a reference number opens a locked
    one."""
    payload = etree.Element(f"{{{M95}}}M95", nsmap=default_namespace(M95))
    add(payload, "Fnr").text = patient_number
    yes_or_no(payload, "AlleResepter", said=every)
    for number in reference_numbers:
        add(payload, "RefNr").text = number
    add(payload, "Komprimering").text = _NOT_PACKED
    return write_msghead(envelope, payload)


def write_dispensings_request(envelope: MsgInfo, *, prescription_id: str) -> bytes:
    """M9.7: every dispensing of one prescription."""
    payload = etree.Element(f"{{{M97}}}M97", nsmap=default_namespace(M97))
    add(payload, "ReseptId").text = prescription_id
    add(payload, "Komprimering").text = _NOT_PACKED
    return write_msghead(envelope, payload)
