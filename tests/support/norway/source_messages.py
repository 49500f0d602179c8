"""Small Norwegian messages for tests: what a test is about is an argument. Numbers are synthetic (+80)."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime

from gateway.configuration.shipped import shipped
from gateway.national.tables import read_code_systems
from transformers.norway.read_prescription_m1 import MedicineReading

SYSTEMS = read_code_systems(shipped("config"))
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
OUR_MESSAGE = "5d6f1c52-3c5a-4f43-9d1f-0c5b6ed1a001"

_ERESEPT = "http://www.kith.no/xmlstds/eresept/"
M912 = "http://www.ehelse.no/xmlstds/eresept/m912/2018-07-01"
M251 = f"{_ERESEPT}m251/2013-10-08"
M1 = f"{_ERESEPT}m1/2013-10-08"
PRESCRIBING = f"{_ERESEPT}forskrivning/2013-10-08"
SYSVAK = "http://www.kith.no/xmlstds/sysvak/sokresponse/2008-01-01"
ATC = '<Atc V="R06AE07" S="2.16.578.1.12.4.1.1.7180" DN="Cetirizin"/>'


def control_digits(nine: str, *, remainder: int = 0) -> str:
    """The first issuable number from nine digits on; ``remainder`` 1 to 3: of 2032. Independent of our reader."""
    for following in range(int(nine), int(nine) + 50):
        digits = [int(char) for char in f"{following:09}"]
        for first in range(10):
            for second in range(10):
                every = [*digits, first, second]
                one = sum(d * w for d, w in zip(every, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1, 0), strict=True)) % 11
                two = sum(d * w for d, w in zip(every, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1), strict=True)) % 11
                if (one, two) == (remainder, 0):
                    return "".join(map(str, every))
    raise ValueError("no such number is issued")


PATIENT = control_digits("138774301")
FORMER = control_digits("128774302")
STRANGER = control_digits("058663303")


def reading(
    *,
    protected: bool = False,
    patient: frozenset[str] = frozenset({PATIENT, FORMER}),
    sensitive: Mapping[str, bool] = {},
) -> MedicineReading:
    """What medicine readers are told."""
    return MedicineReading(patient, SYSTEMS, NOW, protected, sensitive)


def msghead(
    payload: str, *, answers: str | None = OUR_MESSAGE, patient: str | None = None,
    namespace: str = "http://www.kith.no/xmlstds/msghead/2006-05-24", message_id: str | None = "b7a8-1",
    generated: str = "2026-11-24T12:00:00+01:00",
) -> bytes:  # fmt: skip
    """A MsgHead with one payload."""
    reference = (
        f"<ConversationRef><RefToParent>{answers}</RefToParent><RefToConversation>{answers}</RefToConversation>"
        "</ConversationRef>" if answers else ""
    )  # fmt: skip
    subject = (
        f'<Patient><Ident><Id>{patient}</Id><TypeId V="FNR" S="2.16.578.1.12.4.1.1.8116"/></Ident></Patient>'
        if patient
        else ""
    )
    identifier = f"<MsgId>{message_id}</MsgId>" if message_id else ""
    party = (
        '<Organisation><OrganisationName>Tjeneste</OrganisationName><Ident><Id>80624</Id><TypeId V="HER"/></Ident>'
        "</Organisation>"
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><MsgHead xmlns="{namespace}"><MsgInfo><Type V="X"/>'
        f"<MIGversion>v1.2 2006-05-24</MIGversion><GenDate>{generated}</GenDate>{identifier}{reference}"
        f"<Sender>{party}</Sender><Receiver>{party}</Receiver>{subject}</MsgInfo><Document><RefDoc>"
        f'<MsgType V="XML"/><Content>{payload}</Content></RefDoc></Document></MsgHead>'
    ).encode()


def packed(data: bytes | str) -> str:
    """Base64 text."""
    return b64encode(data.encode() if isinstance(data, str) else data).decode()


def product(
    kind: str = "Legemiddelpakning", *, name: str = "Cetirizin Tab 10 mg", atc: str = ATC,
    more: str = "<Varenr>990001</Varenr>",
) -> str:  # fmt: skip
    """A medicine of one level."""
    return (
        f'<{kind}>{atc}<NavnFormStyrke>{name}</NavnFormStyrke><Reseptgruppe V="C"/>'
        f'<LegemiddelformKort V="53" S="2.16.578.1.12.4.1.1.7448" DN="Tablett"/>{more}</{kind}>'
    )


def medicine(
    inside: str | None = None, *, dosage: str = "<DosVeiledEnkel>1 tablett daglig</DosVeiledEnkel>", before: str = "",
    namespace: str = M1, prescribing: str = PRESCRIBING, after: str = "",
) -> str:  # fmt: skip
    """A ReseptDokLegemiddel; ``before`` stands before Forskrivning, ``dosage`` inside it before the product."""
    return (
        f'<ReseptDokLegemiddel xmlns="{namespace}"><Varegruppekode V="L"/>{before}<Reiterasjon>3</Reiterasjon>{after}'
        f'<Forskrivning xmlns="{prescribing}">{dosage}{inside or product()}</Forskrivning></ReseptDokLegemiddel>'
    )


def entry(
    content: str | None = None, *, key: str = "e-1", prescription: str | None = "r-1", kind: str = "E", stop: str = "",
    changed: str = "2026-05-01T10:15:00",
) -> str:  # fmt: skip
    """An EnkeltoppforingLIB."""
    reference = f"<ReseptId>{prescription}</ReseptId>" if prescription else ""
    return (
        f'<EnkeltoppforingLIB><Id>{key}</Id><Type V="{kind}"/>{reference}<SistEndret>{changed}</SistEndret>'
        '<DatoOppstart>2026-04-30</DatoOppstart><Rolle><Rolle V="R"/><Helseperson><HprId>'
        '<f:Id xmlns:f="http://www.kith.no/xmlstds/felleskomponent1">990000099</f:Id>'
        '<f:TypeId xmlns:f="http://www.kith.no/xmlstds/felleskomponent1" V="HPR"/></HprId><Fornavn>Blid</Fornavn>'
        "<Etternavn>Skogstjerne</Etternavn></Helseperson></Rolle>"
        f"<ReseptDokLegemiddelB64>{packed(content or medicine())}</ReseptDokLegemiddelB64>{stop}</EnkeltoppforingLIB>"
    )


def medicines_list(*entries: str, patient: str | None = PATIENT, namespace: str = M251, more: str = "") -> bytes:
    """A whole M25.1."""
    payload = f'<LegemidlerIBruk xmlns="{namespace}">{"".join(entries)}{more}</LegemidlerIBruk>'
    return msghead(payload, answers=None, patient=patient)


def prescription(
    key: str = "r-9", *, status: str = "E", name: str | None = "Ramipril Kaps 5 mg", reserved: bool = False
) -> str:
    """An m92 Reseptinfo."""
    shown = f"<NavnFormStyrke>{name}</NavnFormStyrke>" if name else ""
    return (
        f'<Reseptinfo xmlns="{_ERESEPT}m92/2013-10-08"><Forskrivningsdato>2026-10-01</Forskrivningsdato>'
        "<Fornavn>A</Fornavn><Etternavn>B</Etternavn><RekvirentId>990000099</RekvirentId>"
        f'<NavnRekvirent>Blid Skogstjerne</NavnRekvirent>{shown}<EndretFarmasoyt V="2"/><ReseptId>{key}</ReseptId>'
        f'<Status V="{status}"/><Vergeinnsynsreservasjon>{str(reserved).lower()}</Vergeinnsynsreservasjon></Reseptinfo>'
    )


def m912(
    *lists: bytes, prescriptions: str = "", patient: str = PATIENT, namespace: str = M912, element: str = "Pasient",
    answers: str | None = OUR_MESSAGE,
) -> bytes:  # fmt: skip
    """A whole M9.12."""
    inside = "".join(f"<VarerIBrukB64>{packed(one)}</VarerIBrukB64>" for one in lists)
    fnr = f"<Fnr>{patient}</Fnr>" if patient else ""
    return msghead(
        f'<M912 xmlns="{namespace}"><{element}>{fnr}{prescriptions}{inside}</{element}></M912>', answers=answers
    )


def vaccination(
    *, action: str = "Registrering", day: str = "2024-05-22", here: bool = True, code: str = "ENC01"
) -> str:
    """A SYSVAK event."""
    return (
        f"<Vaksinasjon><HendelseAksjon>{action}</HendelseAksjon><Konsultasjonsdato>{day}</Konsultasjonsdato>"
        f'<Registreringsdato>{day}T14:00:00</Registreringsdato><Vaksine V="{code}" S="2.16.578.1.12.4.1.1.9501" '
        'DN="Skogflåttencefalitt"/><RegistrerendeHelseenhet><Id>999999999</Id><TypeId V="ENH"/>'
        "</RegistrerendeHelseenhet>"
        f'<ErVaksinasjonSattPaStedet>{str(here).lower()}</ErVaksinasjonSattPaStedet><Preparat V="{code}_001" '
        'S="2.16.578.1.12.4.1.1.9554" DN="Ticovac"/><Batchnummer>TV24</Batchnummer></Vaksinasjon>'
    )


def sok_response(
    *events: str, patient: str | None = PATIENT, birth: str = "1974-07-13", failed: bool = False,
    namespace: str = SYSVAK, persons: int = 1,
) -> bytes:  # fmt: skip
    """A whole SokResponse."""
    number = f'<Ident><Id>{patient}</Id><TypeId V="FNR"/></Ident>' if patient else ""
    person = f'<Vaksinand>{number}<Fodselsdato>{birth}</Fodselsdato><Kjonn V="2"/>{"".join(events)}</Vaksinand>'
    return msghead(
        f'<SokResponse xmlns="{namespace}"><Behandlingsresultat><HarValideringsFeil>{str(failed).lower()}'
        f"</HarValideringsFeil></Behandlingsresultat>{person * persons}</SokResponse>"
    )


def apprec(
    *, original: str = OUR_MESSAGE, status: str = "1", namespace: str = "http://www.kith.no/xmlstds/apprec/2004-11-21"
) -> bytes:
    """An application receipt."""
    problem = '<Error V="X99" S="2.16.578.1.12.4.1.1.8221" DN="Annen feil"/>' if status != "1" else ""
    return (
        f'<AppRec xmlns="{namespace}"><MsgType V="APPREC"/><MIGversion>1.0 2004-11-21</MIGversion>'
        f'<GenDate>2026-11-24T12:00:00+01:00</GenDate><Id>a-1</Id><Status V="{status}"/>{problem}<OriginalMsgId>'
        f'<MsgType V="ERM911"/><IssueDate>2026-11-24T12:00:00+01:00</IssueDate><Id>{original}</Id>'
        "</OriginalMsgId></AppRec>"
    ).encode()
