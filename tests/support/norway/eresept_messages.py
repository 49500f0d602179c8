"""E-resept messages of dispensers and prescribers for tests: what a test is about is an argument. Numbers are
synthetic (+80)."""

from datetime import UTC, datetime
from decimal import Decimal

from tests.support.norway.source_messages import M1, OUR_MESSAGE, PATIENT, SYSTEMS, medicine, msghead, packed
from transformers.model.people import Gender, Name, Organisation, Person, Professional
from transformers.model.prescription import Dispensation, DispensedItem
from transformers.model.summary import Dosage, MedicinalProduct
from transformers.model.values import Coded, Coding, Identifier, Moment, Quantity
from transformers.norway.dispensing_report import DispensedMedicine, Dispenser, DispensingReport
from transformers.norway.eresept_fields import PackageSize
from transformers.norway.foreign_dispensing import DispensedAbroad
from transformers.norway.msghead_patient import HeadPatient
from transformers.norway.write_dispensing_report_m10 import KIND, write_dispensing_report
from transformers.norway.write_msghead import CommunicationParty, MsgInfo

ERESEPT = "http://www.kith.no/xmlstds/eresept/"
M92 = f"{ERESEPT}m92/2013-10-08"
M94 = f"{ERESEPT}m94/2010-07-01"
M96 = "http://www.ehelse.no/xmlstds/eresept/m96/2018-07-01"
M98 = "http://www.ehelse.no/xmlstds/eresept/m98/2018-07-01"
PRESCRIPTION = "5f0d2c61-7f0c-4f2e-a7b8-35f6d8c2a901"
NODE = CommunicationParty("Kontaktpunkt <Æ&Ø>", "994598759", "8190099")
REGISTER = CommunicationParty("Reseptformidleren", "915933149", "80624")
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
BIRTH = Moment("1974-07-13")
HER = HeadPatient("Skogstjerne", "Blid", None, PATIENT, BIRTH, Gender.FEMALE)


def envelope(kind: tuple[str, str] = KIND, message_id: str = "m-1") -> MsgInfo:
    """Everything of a MsgHead but its payload."""
    return MsgInfo(kind, message_id, AT, NODE, REGISTER)


def attachment(*messages: bytes) -> str:
    """Documents that carry whole messages, to stand behind the first one."""
    return "".join(
        '<Document><RefDoc><MsgType V="XML"/><Content><b:Base64Container '
        f'xmlns:b="http://www.kith.no/xmlstds/base64container">{packed(one)}</b:Base64Container></Content></RefDoc>'
        "</Document>"
        for one in messages
    )


def with_attached(message: bytes, *attached: bytes) -> bytes:
    """The message with others attached."""
    return message.replace(b"</MsgHead>", (attachment(*attached) + "</MsgHead>").encode())


def m1(*, key: str = PRESCRIPTION, patient: str = PATIENT, born: str = "1974-07-13") -> bytes:
    """An M1 hodemelding, unsigned."""
    payload = (
        f'<Resept xmlns="{M1}"><Forskrivningsdato>2026-10-01</Forskrivningsdato><Utloper>2027-10-01</Utloper>'
        f"{medicine()}<OppdatertFest>2026-09-30T00:00:00</OppdatertFest></Resept>"
    )
    made = msghead(payload, answers=None, patient=patient, message_id=key)
    return made.replace(b"<Patient>", f"<Patient><DateOfBirth>{born}</DateOfBirth>".encode())


def reseptinfo(
    key: str = PRESCRIPTION,
    *,
    status: str = "E",
    number: str | None = PATIENT,
    name: str = "<NavnFormStyrke>Ramipril Kaps 5 mg</NavnFormStyrke>",
    reference: str = "",
    after: str = "",
) -> str:
    """A row of an M9.2."""
    ident = (
        f'<Ident><f:Id xmlns:f="http://www.kith.no/xmlstds/felleskomponent1">{number}</f:Id></Ident>' if number else ""
    )
    return (
        "<Reseptinfo><Forskrivningsdato>2026-10-01+02:00</Forskrivningsdato><Fornavn>Blid</Fornavn>"
        "<Etternavn>Skogstjerne</Etternavn><RekvirentId>990000099</RekvirentId>"
        f'<NavnRekvirent>Lun Bjørk</NavnRekvirent>{name}<EndretFarmasoyt V="2"/><ReseptId>{key}</ReseptId>'
        f'<Status V="{status}"/>{reference}{ident}<Vergeinnsynsreservasjon>false</Vergeinnsynsreservasjon>{after}'
        "</Reseptinfo>"
    )


def m92(*rows: str, search: str = "", namespace: str = M92, answers: str | None = OUR_MESSAGE, more: str = "") -> bytes:
    """A whole M9.2."""
    return msghead(f'<Reseptliste xmlns="{namespace}">{search}{"".join(rows)}{more}</Reseptliste>', answers=answers)


def m94(
    *attached: bytes, status: str = "E", namespace: str = M94, answers: str | None = OUR_MESSAGE, before: str = ""
) -> bytes:
    """A whole M9.4."""
    payload = f'<ReseptNedlasting xmlns="{namespace}">{before}<Status V="{status}"/></ReseptNedlasting>'
    return with_attached(msghead(payload, answers=answers), *attached)


def m96(
    *rows: str, attached: tuple[bytes, ...] = (), before: str = "", namespace: str = M96,
    answers: str | None = OUR_MESSAGE,
) -> bytes:  # fmt: skip
    """A whole M9.6."""
    return with_attached(msghead(f'<M96 xmlns="{namespace}">{before}{"".join(rows)}</M96>', answers=answers), *attached)


def listeelement(key: str = PRESCRIPTION, *, status: str = "E", after: str = "") -> str:
    """A row of an M9.6."""
    return f'<Listeelement><ReseptId>{key}</ReseptId><Status V="{status}"/>{after}</Listeelement>'


def m98(said: str, *attached: bytes, namespace: str = M98, answers: str | None = OUR_MESSAGE) -> bytes:
    """A whole M9.8."""
    return with_attached(msghead(f'<M98 xmlns="{namespace}">{said}</M98>', answers=answers), *attached)


def norwegian_medicine(**changes: object) -> DispensedMedicine:
    """A Norwegian package."""
    usual: dict[str, object] = {
        "product": MedicinalProduct(
            name="Cetirizin Tab 10 mg",
            level="package",
            atc=Coded(
                text="Cetirizin",
                original=SYSTEMS.coding("R06AE07", "2.16.578.1.12.4.1.1.7180", "Cetirizin"),
                others=(Coding("R06AE07", "2.16.840.1.113883.6.73", "Cetirizin", "ATC"),),
            ),
            form=Coded(text="Tablett", original=SYSTEMS.coding("53", "2.16.578.1.12.4.1.1.7448", "Tablett")),
            form_text="Tablett",
        ),
        "group": "C",
        "item_number": "990001",
        "brand": "Cetirizin",
        "packages": Decimal(1),
        "package_size": PackageSize(
            "10x0,5", Coded(text="stykk", original=SYSTEMS.coding("stk", "2.16.578.1.12.4.1.1.7452", "stykk"))
        ),
        "dosage_text": "1 tablett daglig",
    }
    return DispensedMedicine(**(usual | changes))  # type: ignore[arg-type]  # changes are named fields


def dispensing(**changes: object) -> DispensingReport:
    """An M10's content."""
    usual: dict[str, object] = {
        "id": "6c6f5c1e-9d3c-4f9c-8a55-0f3b2f0cbb01",
        "prescription_id": PRESCRIPTION,
        "patient": HER,
        "dispensed": Moment("2026-11-20"),
        "dispenser": Dispenser("8190099", "Farmácia do Exemplo (PT)"),
        "employee_id": "PT:farmaceutico-1",
        "closed": False,
        "medicine": norwegian_medicine(),
    }
    return DispensingReport(**(usual | changes))  # type: ignore[arg-type]  # changes are named fields


def m10(**changes: object) -> bytes:
    """An M10 as bytes."""
    return write_dispensing_report(envelope(), dispensing(**changes))


def foreign_dispensation(**changes: object) -> Dispensation:
    """A Portuguese eDispensation on PRESCRIPTION; ``changes`` are fields of its item."""
    pharmacy = Organisation("Farmácia do Exemplo")
    who = Professional(Name(("Rui",), "Azevedo"), organisation=pharmacy)
    usual: dict[str, object] = {
        "id": Identifier("2.16.17.710.820.1000.990.1", "d-1"),
        "prescription_item": Identifier("2.16.578.1.12.4.1.7.1", PRESCRIPTION),
        "product": MedicinalProduct(
            name="Zyrtec",
            level="package",
            atc=Coded(original=Coding("R06AE07", "2.16.840.1.113883.6.73", "cetirizine")),
            form_text="film-coated tablet",
            strength_text="10 mg",
            lot="LOT-7",
        ),
        "quantity": Quantity(Decimal(2), Coded(original=Coding("1", "2.16.840.1.113883.6.8"))),
        "dispensed": Moment("2026-11-20T16:05:00+00:00"),
        "dispenser": who,
        "substituted": True,
        "dosage": Dosage("1 por dia"),
    }
    person = Person((Identifier("2.16.578.1.12.4.1.4.1", PATIENT),), Name(("Blid",), "Skogstjerne"), None, BIRTH)
    return Dispensation(
        id=Identifier("2.16.17.710.820.1000.990.1", "doc-1"),
        prescription=Identifier("2.16.578.1.12.4.5.10.1.1", "EP-1"),
        patient=person,
        item=DispensedItem(**(usual | changes)),  # type: ignore[arg-type]  # changes are named fields
        created=AT,
        language="pt-PT",
        author=who,
        custodian=pharmacy,
        legal_authenticator=who,
        title="eDispensation",
    )


def abroad(**changes: object) -> DispensedAbroad:
    """What Norway knows of it."""
    usual: dict[str, object] = {
        "report_id": "6c6f5c1e-9d3c-4f9c-8a55-0f3b2f0cbb01",
        "prescription_id": PRESCRIPTION,
        "patient": HER,
        "group": "C",
        "item_number": "999999",
        "her_id": "8190099",
        "country": "PT",
        "employee_id": "PT:farmaceutico-1",
        "closes": True,
        "systems": SYSTEMS,
    }
    return DispensedAbroad(**(usual | changes))  # type: ignore[arg-type]  # changes are named fields
