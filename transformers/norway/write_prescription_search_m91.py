"""M9.1 Forespørsel om tilgjengelige resepter på pasient (m91 2013-10-08): which prescriptions could be dispensed.

R1408. A search locks nothing. The emergency search by name (Fornavn, Etternavn, Fdato, Arsak, FonetiskSok) is never
made: a patient of another country's pharmacy is found by number, and by reference number for a locked prescription.
"""

from lxml import etree

from transformers.norway.eresept_fields import yes_or_no
from transformers.norway.errors import Malformed
from transformers.norway.write_msghead import MsgInfo, add, default_namespace, write_msghead

M91 = "http://www.kith.no/xmlstds/eresept/m91/2013-10-08"
KIND = ("ERM91", "Forespørsel om tilgjengelige resepter på pasient (utleverer)")


def write_prescription_search(
    envelope: MsgInfo,
    *,
    patient_number: str | None,
    reference_numbers: tuple[str, ...] = (),
    employee_id: str,
    every: bool = False,
    guardian_reserved: bool = False,
) -> bytes:
    """The whole message. ``every`` asks for prescriptions that cannot be dispensed too; ``guardian_reserved`` for those
    hidden from guardians; ``employee_id`` tells afterwards who asked.

    Raises ``Malformed`` when neither a number nor a reference number is given.
    """
    if patient_number is None and not reference_numbers:
        raise Malformed("Fnr")
    payload = etree.Element(f"{{{M91}}}ForesporselReseptUtleverer", nsmap=default_namespace(M91))
    if patient_number is not None:
        add(payload, "Fnr").text = patient_number
    for number in reference_numbers:
        add(payload, "RefNr").text = number
    yes_or_no(payload, "AlleResepter", said=every)
    add(payload, "AnsattId").text = employee_id
    yes_or_no(payload, "InkluderVergeinnsynsreservasjon", said=guardian_reserved)
    return write_msghead(envelope, payload)
