"""SYSVAK SokRequest 1.0 (namespace 2008-01-01): ask for one person by number; no other criterion is given."""

from lxml import etree

from transformers.norway.identifiers import CODES_OF_KINDS, KINDS_OF_ORGANISATION_IDS, NumberKind
from transformers.norway.write_msghead import MsgInfo, add, default_namespace, ident, write_msghead

SOK_REQUEST = "http://www.kith.no/xmlstds/sysvak/sokrequest/2008-01-01"
KIND = ("SOKREQUEST", "SOKREQUEST")

_PERSON_IDS = "2.16.578.1.12.4.1.1.8327"


def write_vaccination_request(envelope: MsgInfo, *, patient_number: str, kind: NumberKind) -> bytes:
    """The whole message; the unit that asks is the sender's organisation number."""
    payload = etree.Element(f"{{{SOK_REQUEST}}}SokRequest", nsmap=default_namespace(SOK_REQUEST))
    unit = add(payload, "UtfortAvHelseenhet")
    ident(
        unit,
        envelope.sender.organisation_number,
        ("ENH", "Organisasjonsnummeret i Enhetsregisteret"),
        KINDS_OF_ORGANISATION_IDS,
    )
    ident(add(payload, "Ident"), patient_number, CODES_OF_KINDS[kind], _PERSON_IDS)
    return write_msghead(envelope, payload)
