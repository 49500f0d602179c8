"""Reseptformidleren's messages about prescriptions: M9.1 to M9.4 and M10 for dispensers, M5, M9.5 to M9.8 for
prescribers.

e-resept m5 2013-04-16, m52 2013-12-01, m91, m92, m10 2013-10-08, m93 2010-06-04, m94 2010-07-01, m95 to m98
2018-07-01. What is attached is attached
as it was received.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable
from typing import NamedTuple
from uuid import NAMESPACE_OID, uuid5
from xml.sax.saxutils import escape, quoteattr

from gateway.simulators import rules
from gateway.simulators.asked import ReceivedMessage
from gateway.simulators.prescription_bank import (
    PHARMACY_HER_ID,
    PHARMACY_NAME,
    Bank,
    BankRefuses,
    Kept,
    ReportKind,
    Status,
    TakenReport,
)
from trust.xml import Element, serialise

_KITH = "http://www.kith.no/xmlstds"
_ERESEPT = f"{_KITH}/eresept"
_EHELSE = "http://www.ehelse.no/xmlstds/eresept"
_MH = f"{{{_KITH}/msghead/2006-05-24}}"
_FK1 = f"{{{_KITH}/felleskomponent1}}"
_M92 = f"{_ERESEPT}/m92/2013-10-08"
_DISPENSING = f"{_ERESEPT}/utlevering/2013-10-08"
_ACTIVE = (Status.DISPENSABLE, Status.LOCKED)
_SHOWN = {
    "A": "Avslått søknad fra SLV", "B": "Under behandling av SLV", "E": "Ekspederbar", "F": "Foreldet",
    "H": "HPR mangler fødselsnummer", "R": "Resept avsluttet", "T": "Tilbakekalt", "U": "Under ekspedering",
    "X": "Ugyldig",
}  # fmt: skip
_RECALLED = {False: ("1", "Resept tilbakekalt"), True: ("2", "Resepten er under ekspedering")}
"""Volven 7503, by whether the recall waits."""


class MessageContent(NamedTuple):
    """A business answer: its payload and the messages attached to it."""

    payload: str
    attached: tuple[bytes, ...] = ()


def search(asked: ReceivedMessage, bank: Bank) -> MessageContent:
    """M9.1: the M9.2."""
    number, references = asked.said("Fnr"), asked.all_said("RefNr")
    if number is None and not references:
        raise BankRefuses(rules.NO_SUBJECT)
    found = [one for one in bank.of(number or "") if not one.locked_by_reference]
    found += [one for reference in references for one in bank.with_reference(reference)]
    if asked.code("AlleResepter") != "1":
        found = [one for one in found if one.status in _ACTIVE]
    if asked.code("InkluderVergeinnsynsreservasjon") != "1":
        found = [one for one in found if one.said("Vergeinnsynsreservasjon") not in ("true", "1")]
    rows = "".join(_row(one) for one in found) or '<Status V="1" DN="Ingen resept på dette søk"/>'
    return MessageContent(f'<Reseptliste xmlns="{_M92}" xmlns:f="{_KITH}/felleskomponent1">{rows}</Reseptliste>')


def download(asked: ReceivedMessage, bank: Bank) -> MessageContent | None:
    """M9.3: the M9.4, or nothing but a receipt when it says why a list came to nothing.

    ERDOK 2237267992: who stops after the list (M9.2) says why by M9.3 with Kansellering, and who stops after the
    download (M9.4) by an M10 with Kanselleringskode for each prescription (R1308, 4.2.4). So a Kansellering changes
    nothing, whether it names a prescription or not (`rules.DECLINED`).
    """
    if asked.code("Kansellering") is not None:
        return None
    prescription = asked.said("ReseptId") or ""
    name = asked.organisation.findtext(f"{_MH}OrganisationName") or ""
    kept = bank.download(prescription, asked.said("RefNr"), asked.sender, name)
    status = f'<Status V="{Status.DISPENSABLE}" DN="Ekspederbar"/>'
    payload = f'<ReseptNedlasting xmlns="{_ERESEPT}/m94/2010-07-01">{status}</ReseptNedlasting>'
    return MessageContent(payload, (kept.original, *_reports(kept)))


def dispensed(asked: ReceivedMessage, bank: Bank) -> None:
    """M10: a dispensing, one taken back, or a download that came to nothing. Answered with a receipt alone."""
    prescription, taken_back = asked.said("ReseptId") or "", asked.said("AnnulleringsId")
    annuls = taken_back is not None or asked.said("Annullering") in ("true", "1")
    cancels = asked.code("Kanselleringskode") is not None
    kind = ReportKind.CANCELLATION if cancels else ReportKind.ANNULMENT if annuls else ReportKind.DISPENSING
    day = asked.said("Utleveringsdato") or ""
    report = TakenReport(asked.message_id, asked.document, asked.sender, day, kind, prescription)
    patient = asked.root.findtext(f"{_MH}MsgInfo/{_MH}Patient/{_MH}Ident/{_MH}Id")
    if cancels:
        _check_cancellation(asked, annuls=annuls)
        bank.cancel(prescription, patient, report)
        return
    _check_product(asked)
    if not annuls:
        bank.dispense(prescription, patient, report, closes=asked.code("Avsluttet") == "1")
    elif taken_back is not None:
        bank.annul(prescription, patient, report, taken_back)
    else:
        raise BankRefuses(rules.ANNULS_NOTHING)


def _check_cancellation(asked: ReceivedMessage, *, annuls: bool) -> None:
    """What an M10 that gives a download back may not hold; R1308, 4.2.4, has no product in it."""
    if annuls:
        raise BankRefuses(rules.CANCELS_AND_ANNULS)
    if asked.code("Avsluttet") == "1":
        raise BankRefuses(rules.CANCELS_AND_CLOSES)
    if asked.find("Intervensjon") is not None:
        raise BankRefuses(rules.CANCELS_AND_INTERVENES)
    if asked.find("ReseptDokHandelsvare") is not None or asked.find("ReseptDokLegemiddel") is not None:
        raise BankRefuses(rules.CANCELS_WITH_PRODUCT)


def _check_product(asked: ReceivedMessage) -> None:
    """What Reseptformidleren asks of a report that is no cancellation; an annulment by `rules.ANNULS_NONE`."""
    if asked.find("ReseptDokHandelsvare") is not None:
        return
    if asked.find("ReseptDokLegemiddel") is None:
        raise BankRefuses(rules.NO_PRODUCT)
    if asked.find("Legemiddelpakning") is None and asked.find("Legemiddelblanding") is None:
        raise BankRefuses(rules.NO_PACKAGE)
    try:
        packages = float(asked.said("Antall") or "-1")
    except ValueError:
        packages = -1
    if packages < 0 or (packages == 0 and asked.said("AnnulleringsId") is None):
        raise BankRefuses(rules.NO_AMOUNT)


def recall(asked: ReceivedMessage, bank: Bank) -> MessageContent | None:
    """M5: the M5.2, which says whether the recall waits until a dispensing has ended (Volven 7503)."""
    prescription, why = asked.said("ReseptId") or "", asked.find("Arsak")
    if why is None:
        raise BankRefuses(rules.NO_REASON)
    code, shown = _RECALLED[bank.recall(prescription, why)]
    return MessageContent(
        f'<KvitteringTilbakekalling xmlns="{_ERESEPT}/m52/2013-12-01"><ReseptId>{escape(prescription)}</ReseptId>'
        f'<Status V="{code}" S="2.16.578.1.12.4.1.1.7503" DN="{shown}"/></KvitteringTilbakekalling>'
    )


def prescriber_search(asked: ReceivedMessage, bank: Bank) -> MessageContent:
    """M9.5: the M9.6 with every M1."""
    number = asked.said("Fnr") or ""
    if bank.blocked(number):
        return MessageContent(
            f'<M96 xmlns="{_EHELSE}/m96/2018-07-01"><Pasientreservasjon>true</Pasientreservasjon></M96>'
        )
    everything = bank.of(number)
    references = asked.all_said("RefNr")
    found = [one for one in everything if not one.locked_by_reference or one.said("RefNr") in references]
    if asked.code("AlleResepter") != "1":
        found = [one for one in found if one.status in _ACTIVE]
    info = f"<PasientInfo><Fnr>{escape(number)}</Fnr></PasientInfo>"
    if any(one.locked_by_reference for one in everything):
        info += "<LastResept>true</LastResept>"
    rows = "".join(_prescriber_row(one) for one in found) or '<StatusSok V="1" DN="Ingen resept på dette søk"/>'
    return MessageContent(
        f'<M96 xmlns="{_EHELSE}/m96/2018-07-01">{info}{rows}</M96>', tuple(one.original for one in found)
    )


def dispensings(asked: ReceivedMessage, bank: Bank) -> MessageContent:
    """M9.7: the M9.8 with every M10."""
    kept = bank.find(asked.said("ReseptId") or "")
    reports: tuple[bytes, ...] = ()
    if kept is None:
        said = "<IngenResept>true</IngenResept>"
    elif bank.blocked(kept.number):
        said = "<Pasientreservasjon>true</Pasientreservasjon>"
    else:
        reports = tuple(_reports(kept))
        said = f"<AntallUtleveringer>{len(reports)}</AntallUtleveringer>"
    return MessageContent(f'<M98 xmlns="{_EHELSE}/m98/2018-07-01">{said}</M98>', reports)


ANSWERS: dict[str, tuple[str, Callable[[ReceivedMessage, Bank], MessageContent | None]]] = {
    "ERM91": ("ERM92", search),
    "ERM93": ("ERM94", download),
    "ERM10": ("", dispensed),
    "ERM5": ("ERM52", recall),
    "ERM95": ("ERM96", prescriber_search),
    "ERM97": ("ERM98", dispensings),
}
"""By the type of what was asked: the type of the answer, and who makes it."""


def attachments(documents: Iterable[bytes]) -> str:
    """Documents of a hodemelding that carry whole messages."""
    return "".join(
        '<Document><DocumentConnection V="V" DN="Vedlegg"/><RefDoc><MsgType V="XML" DN="XML-instans"/><Content>'
        f'<b:Base64Container xmlns:b="{_KITH}/base64container">{b64encode(one).decode()}</b:Base64Container>'
        "</Content></RefDoc></Document>"
        for one in documents
    )


def _reports(kept: Kept) -> list[bytes]:
    """Every M10 of a prescription: those made before anybody asked, and those taken in."""
    return [*(_earlier(kept, index) for index in range(kept.dispensed)), *(one.document for one in kept.reports)]


def _earlier(kept: Kept, index: int) -> bytes:
    """An M10 of a Norwegian pharmacy for what was dispensed before: what the M1 prescribes, as it prescribes it."""
    medicine = next(iter(kept.root.iter(f"{{{_ERESEPT}/m1/2013-10-08}}ReseptDokLegemiddel")), None)
    patient = kept.root.find(f"{_MH}MsgInfo/{_MH}Patient")
    key = uuid5(NAMESPACE_OID, f"{kept.id}/{index}")
    her = f'<f:Id>{PHARMACY_HER_ID}</f:Id><f:TypeId V="HER" S="2.16.578.1.12.4.1.1.9051" DN="HER-id"/>'
    party = (
        f"<Organisation><OrganisationName>{PHARMACY_NAME}</OrganisationName><Ident><Id>{PHARMACY_HER_ID}</Id>"
        '<TypeId V="HER" S="2.16.578.1.12.4.1.1.9051" DN="HER-id"/></Ident></Organisation>'
    )
    shown = "" if patient is None else serialise(patient).decode()
    product = "" if medicine is None else serialise(medicine).decode()
    prescribed = kept.said("Forskrivningsdato") or "2026-01-01"
    return (
        f'<MsgHead xmlns="{_MH[1:-1]}"><MsgInfo><Type V="ERM10" DN="Utleveringsrapport"/>'
        f"<MIGversion>v1.2 2006-05-24</MIGversion><GenDate>{prescribed[:10]}T12:00:00+01:00</GenDate>"
        f"<MsgId>{key}</MsgId><Sender>{party}</Sender><Receiver>{party}</Receiver>{shown}</MsgInfo><Document><RefDoc>"
        f'<MsgType V="XML" DN="XML-instans"/><Content><Utleveringsrapport xmlns="{_ERESEPT}/m10/2013-10-08">'
        f'<Utlevering xmlns="{_DISPENSING}" xmlns:f="{_FK1[1:-1]}"><ReseptId>{escape(kept.id)}</ReseptId>'
        f"<Utleveringsdato>{prescribed[:10]}</Utleveringsdato><Annullering>false</Annullering>{product}"
        f"<Utleverer><HerId>{her}</HerId><Navn>{PHARMACY_NAME}</Navn></Utleverer></Utlevering>"
        "<ReservasjonRapportFastlege>false</ReservasjonRapportFastlege><AnsattId>990000081</AnsattId>"
        "</Utleveringsrapport></Content></RefDoc></Document></MsgHead>"
    ).encode()


def _row(kept: Kept) -> str:
    """Reseptinfo."""
    sender = kept.root.find(f"{_MH}MsgInfo/{_MH}Sender")
    doctor = None if sender is None else next(iter(sender.iter(f"{_MH}HealthcareProfessional")), None)
    patient = kept.root.find(f"{_MH}MsgInfo/{_MH}Patient")
    names = [
        (name, patient.findtext(f"{_MH}{source}"))
        for name, source in (("Fornavn", "GivenName"), ("Mellomnavn", "MiddleName"), ("Etternavn", "FamilyName"))
        if patient is not None
    ]
    parts = [
        _text("Forskrivningsdato", kept.said("Forskrivningsdato")),
        *(_text(name, said) for name, said in names),
        _text("RekvirentId", _doctor(doctor, "Ident", "Id")),
        _text("NavnRekvirent", " ".join(filter(None, (_doctor(doctor, "GivenName"), _doctor(doctor, "FamilyName"))))),
        _text("Nr", kept.said("Varenr")),
        _text("NavnFormStyrke", kept.said("NavnFormStyrke")) if not _compounded(kept) else "",
        '<EndretFarmasoyt V="2" DN="Nei"/>',
        _copy(kept, "RefHjemmel"),
        _text("ReseptId", kept.id),
        f'<Status V="{kept.status}" DN="{_SHOWN[kept.status]}"/>',
        _text("NavnUtleverer", kept.holder_name) if kept.status == Status.LOCKED else "",
        _text("RefNr", kept.said("RefNr")),
        f"<Ident><f:Id>{escape(kept.number)}</f:Id>"
        '<f:TypeId V="FNR" S="2.16.578.1.12.4.1.1.8116" DN="Fødselsnummer"/></Ident>',
        _text("LegemiddelblandingNavn", kept.said("Navn")) if _compounded(kept) else "",
        _text("Vergeinnsynsreservasjon", kept.said("Vergeinnsynsreservasjon") or "false"),
        _text("SisteUtlevering", kept.reports[-1].day) if kept.reports else "",
        _text("Bruksomrade", kept.said("Bruksomrade")),
        _text("Antall", kept.said("Antall")),
        _text("Pakningsstr", kept.said("Pakningsstr")) + _copy(kept, "EnhetPakning")
        if kept.said("Pakningsstr")
        else "",
        _amount(kept),
        _text("Reiterasjon", kept.said("Reiterasjon")),
        _text("TidligsteUtlevering", kept.said("TidligsteUtlevering")),
    ]
    return f"<Reseptinfo>{''.join(parts)}</Reseptinfo>"


def _prescriber_row(kept: Kept) -> str:
    holder = _text("NavnUtleverer", kept.holder_name) if kept.status == Status.LOCKED else ""
    status = f'<Status V="{kept.status}" DN="{_SHOWN[kept.status]}"/>'
    waits = "" if kept.recall is None else _text("TilbakekallingStatus", "true" if kept.holder else "false")
    why = "" if kept.recall is None else _coded("Arsak", kept.recall)
    return f"<Listeelement>{_text('ReseptId', kept.id)}{holder}{status}{waits}{why}</Listeelement>"


def _compounded(kept: Kept) -> bool:
    return next(iter(kept.root.iter("{*}Legemiddelblanding")), None) is not None


def _doctor(doctor: Element | None, *path: str) -> str | None:
    return None if doctor is None else doctor.findtext("/".join(f"{_MH}{name}" for name in path))


def _text(name: str, said: str | None) -> str:
    return f"<{name}>{escape(said)}</{name}>" if said else ""


def _copy(kept: Kept, name: str) -> str:
    """A coded element of the M1, again."""
    found = next(iter(kept.root.iter(f"{{*}}{name}")), None)
    return "" if found is None else _coded(name, found)


def _coded(name: str, found: Element) -> str:
    shown = "".join(f" {key}={quoteattr(found.get(key, ''))}" for key in ("V", "S", "DN", "OT") if found.get(key))
    return f"<{name}{shown}/>"


def _amount(kept: Kept) -> str:
    """Mengde of the prescription itself, not of a dose."""
    found = kept.root.find(".//{*}ReseptDokLegemiddel/{*}Mengde")
    if found is None:
        return ""
    return f"<Mengde V={quoteattr(found.get('V', ''))} U={quoteattr(found.get('U', ''))}/>"
