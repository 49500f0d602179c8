"""M9.11 Forespørsel om legemidler i bruk (m911 2018-07-01): ask Reseptformidleren for list and prescriptions, not
packed."""

from lxml import etree

from transformers.norway.write_msghead import MsgInfo, add, default_namespace, write_msghead

M911 = "http://www.ehelse.no/xmlstds/eresept/m911/2018-07-01"
KIND = ("ERM911", "Forespørsel om legemidler i bruk")


def write_medicine_list_request(envelope: MsgInfo, *, patient_number: str) -> bytes:
    """The whole message. Prescriptions are asked for too: they tell of Vergeinnsynsreservasjon and of what no list
    names."""
    payload = etree.Element(f"{{{M911}}}M911", nsmap=default_namespace(M911))
    add(payload, "Fnr").text = patient_number
    add(payload, "InklReseptinfo").text = "true"
    add(payload, "Komprimering").text = "0"
    return write_msghead(envelope, payload)
