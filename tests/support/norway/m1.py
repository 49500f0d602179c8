"""Prescriptions for tests: an M1 as a few arguments, the mini-FEST, and a prescription that may cross."""

from datetime import UTC, datetime
from functools import cache

from gateway.configuration.settings import load
from gateway.configuration.shipped import shipped
from gateway.national.exportability import read_exportability
from tests.support.norway.source_messages import PATIENT, SYSTEMS, medicine, reading
from transformers.norway.exportable import ExportPolicy
from transformers.norway.fest import Fest
from transformers.norway.prescription import Dispensing
from transformers.norway.read_fest_m30 import read_fest
from transformers.norway.read_prescription import PrescriptionContext

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
ROOT = "2.16.578.1.12.4.5.10.1.2"
M1 = "http://www.kith.no/xmlstds/eresept/m1/2013-10-08"
OLD_M1 = "http://www.kith.no/xmlstds/eresept/m1/2010-05-01"
OLD_PRESCRIBING = "http://www.kith.no/xmlstds/eresept/forskrivning/2010-04-01"
_PRESCRIBER = (
    "<HealthcareProfessional><TypeHealthcareProfessional V='LE' DN='Lege'/><FamilyName>Skogstjerne</FamilyName>"
    "<GivenName>Blid</GivenName><Ident><Id>990000099</Id><TypeId V='HPR'/></Ident></HealthcareProfessional>"
)
PACKAGE = (
    "<PakningsinfoResept><Varenavn>Cetirizin</Varenavn><Pakningsstr>{size}</Pakningsstr>"
    '<EnhetPakning V="{unit}" S="2.16.578.1.12.4.1.1.7452" DN="{unit}"/></PakningsinfoResept>'
)


def m1(
    document: str | None = None, *, before: str = "", after: str = "", between: str = "", prescriber: str = _PRESCRIBER,
    patient: str | None = PATIENT, namespace: str = M1, expires: str = "2027-10-04",
) -> bytes:  # fmt: skip
    """A whole M1: ``before`` and ``between`` stand around the document inside Resept, ``after`` after OppdatertFest."""
    subject = f"<Patient><Ident><Id>{patient}</Id><TypeId V='FNR'/></Ident></Patient>" if patient else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?><MsgHead xmlns="http://www.kith.no/xmlstds/msghead/2006-05-24"><MsgInfo>'
        '<Type V="ERM1"/><MIGversion>v1.2 2006-05-24</MIGversion><GenDate>2026-10-05T10:15:00+02:00</GenDate>'
        "<MsgId>3b1f-resept</MsgId><Sender><Organisation><OrganisationName>Solheia legesenter</OrganisationName>"
        "<Ident><Id>999999999</Id><TypeId V='ENH'/></Ident><Ident><Id>0</Id><TypeId V='RSH'/></Ident>"
        "<Address><StreetAdr>Kvartsveien 7</StreetAdr><PostalCode>2312</PostalCode><City>OTTESTAD</City></Address>"
        f"<TeleCom><TeleAddress V='tel:22 22 22 22'/></TeleCom>{prescriber}</Organisation></Sender><Receiver>"
        f"<Organisation><OrganisationName>RF</OrganisationName></Organisation></Receiver>{subject}</MsgInfo><Document><RefDoc>"
        f'<MsgType V="XML"/><Content><Resept xmlns="{namespace}"><Forskrivningsdato>2026-10-05</Forskrivningsdato>'
        f"<Utloper>{expires}</Utloper>{before}{document or medicine(before='<Antall>1</Antall>')}{between}"
        f"<OppdatertFest>2026-10-01T04:00:00</OppdatertFest>{after}</Resept></Content></RefDoc></Document></MsgHead>"
    ).encode()


def told(
    *, status: str | None = "E", dispensed: tuple[Dispensing, ...] | None = (), protected: bool = False,
    multidose: bool = False,
) -> PrescriptionContext:  # fmt: skip
    """What the reader of prescriptions is told beside the message."""
    return PrescriptionContext(reading(protected=protected), ROOT, status, dispensed, multidose)


@cache
def mini_fest() -> Fest:
    """The mini-FEST that ships."""
    with (shipped("samples") / "fest" / "mini-fest.xml").open("rb") as source:
        return read_fest(source, SYSTEMS)[0]


@cache
def policy() -> ExportPolicy:
    """The export policy that ships."""
    return read_exportability(load({}).tables["exportability"])
