"""M9.12 with M25.1 and embedded M1 medicines (e-resept 2.5: m912 2018-07-01, m251 and m1 2013-10-08, ki 2013-04-25)."""

from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from tests.support.authoring.markup import (
    FAMILY_DOCTOR,
    FK1,
    agency,
    cs,
    cv,
    document,
    el,
    fk1_ident,
    msghead,
    nested,
    optional,
    organisation,
    patient,
    pq,
    text,
)
from tests.support.authoring.people import Clinic, Individual
from tests.support.authoring.register import instance_id

_ERESEPT = "http://www.kith.no/xmlstds/eresept/"
_SENT = "2026-09-15T08:30:00+02:00"
_UNITS = {"stk": "stykk", "ml": "milliliter", "dose": "dose", "g": "gram"}


@dataclass(frozen=True)
class Medicine:
    """One entry of a medicines list; ``level`` is package, brand or substance; numbers and FEST ids are invented."""

    key: str
    level: str
    name: str
    """NavnFormStyrke."""
    atc: tuple[str, str] | None
    form: tuple[str, str]
    dose_text: str | None
    started: str
    brand: str | None = None
    package: tuple[str, str, str] | None = None
    """Varenr, Pakningsstr, EnhetPakning."""
    use: tuple[str, str] = ("1", "Fast")
    short_dose: tuple[str, str] | None = None
    indication: str | None = None
    reason: tuple[int, str, str] | None = None
    dosing: tuple[str, ...] = ()
    """Markup of Dosering children, made by ``fixed`` and ``as_needed``."""
    group: str = "C"
    repeats: int = 3
    note: str | None = None
    kind: tuple[str, str] = ("E", "Eresept")
    stopped: tuple[str, str, str, str] | None = None
    """Tidspunkt, code and term of 7494, Merknad."""
    substitution: bool = True
    guardian_reserved: bool = False


def fixed(amount: str, unit: str, part_of_day: tuple[str, str] | None = None) -> str:
    """DoseFastTidspunkt once a day."""
    when = cs("Tidsomrade", *part_of_day) if part_of_day else None
    return el(
        "DoseFastTidspunkt", pq("Mengde", amount, unit), pq("Intervall", "1", "Døgn"), when, text("GisEksakt", "false")
    )


def as_needed(amount: str, unit: str, per_day: str) -> str:
    """DoseEtterBehov with its obligatory limits."""
    return el(
        "DoseEtterBehov",
        pq("Mengde", amount, unit),
        pq("DoseDognMaks", per_day, unit),
        pq("DoseTidsromMaks", per_day, unit),
        pq("Tidsrom", "1", "Døgn"),
        pq("DoseIntervallMin", "4", "Time"),
    )


def _fest(key: str) -> str:
    return f"ID_{str(uuid5(NAMESPACE_URL, f'urn:ncpeh:samples:fest/{key}')).upper()}"


def _product(medicine: Medicine) -> str:
    common = [
        cv("Atc", 7180, *medicine.atc) if medicine.atc else None,
        text("NavnFormStyrke", medicine.name),
        cs("Reseptgruppe", medicine.group, f"Reseptgruppe {medicine.group}"),
        cv("LegemiddelformKort", 7448, *medicine.form),
    ]
    if medicine.level == "package" and medicine.package:
        item, size, unit = medicine.package
        info = el(
            "PakningsinfoResept",
            text("Varenavn", medicine.brand or medicine.name),
            text("Pakningsstr", size),
            cv("EnhetPakning", 7452, unit, _UNITS[unit]),
        )
        return el("Legemiddelpakning", *common, text("Varenr", item), info)
    if medicine.level == "brand":
        brand = text("Varenavn", medicine.brand or medicine.name)
        return el("LegemiddelMerkevare", *common, text("Id", _fest(medicine.key)), brand)
    return el("LegemiddelVirkestoff", *common, text("Id", _fest(medicine.key)))


def prescribed(medicine: Medicine) -> str:
    """M1's ReseptDokLegemiddel."""
    start = el("Starttidspunkt", V=medicine.started)
    dosing = el("Dosering", start, *medicine.dosing) if medicine.dosing else None
    body = el(
        "Forskrivning",
        optional("Bruksomrade", medicine.indication),
        optional("DosVeiledEnkel", medicine.dose_text),
        text("IngenKombinasjon", "false"),
        cs("Bruk", *medicine.use),
        cv("Kortdose", 7478, *medicine.short_dose) if medicine.short_dose else None,
        dosing,
        _product(medicine),
        xmlns=f"{_ERESEPT}forskrivning/2013-10-08",
    )
    substance = medicine.level == "substance"
    return el(
        "ReseptDokLegemiddel",
        cs("Varegruppekode", "L", "Legemiddel"),
        None if substance else text("Antall", "1"),
        optional("Merknad", medicine.note),
        cv("RefKode", *medicine.reason) if medicine.reason else None,
        text("Reiterasjon", str(medicine.repeats)),
        None if medicine.substitution else cs("BytteresRekvirent", "1", "Ja"),
        pq("Mengde", "100", "stk") if substance else None,
        body,
        xmlns=f"{_ERESEPT}m1/2013-10-08",
    )


def _role(code: tuple[str, str], clinic: Clinic) -> str:
    person = el(
        "Helseperson",
        fk1_ident("HprId", clinic.hpr, "HPR", "HPR-nummer", 8116),
        text("Fornavn", clinic.given),
        text("Etternavn", clinic.family),
    )
    return el("Rolle", cs("Rolle", *code), person)


def _entry(who: Individual, medicine: Medicine) -> str:
    electronic = medicine.kind[0] == "E"
    stopped = None
    if medicine.stopped:
        when, code, term, why = medicine.stopped
        stopped = el("Seponering", text("Tidspunkt", when), cs("Arsak", code, term), text("Merknad", why))
    return el(
        "EnkeltoppforingLIB",
        text("Id", instance_id(who.id, "lib", medicine.key)),
        cs("Type", *medicine.kind),
        text("ReseptId", instance_id(who.id, "resept", medicine.key)) if electronic else None,
        text("UtlopsdatoResept", "2027-06-01") if electronic else None,
        text("SistEndret", f"{medicine.started}T10:15:00"),
        text("DatoOppstart", medicine.started),
        _role(("R", "Rekvirent"), who.clinic),
        nested("ReseptDokLegemiddelB64", prescribed(medicine)),
        stopped,
    )


@dataclass(frozen=True)
class KiAllergy:
    """ki:Allergi of a medicines list."""

    reaction: tuple[str, str]
    source: tuple[str, str]
    updated: str
    atc: tuple[str, str] | None = None
    substance: str | None = None
    brand: str | None = None
    comment: str | None = None
    refuted: bool | None = None


def _ki(allergy: KiAllergy) -> str:
    cause = el(
        "Legemiddelreaksjon",
        cv("Atc", 7180, *allergy.atc) if allergy.atc else None,
        optional("Virkestoff", allergy.substance),
        optional("Varenavn", allergy.brand),
    )
    return el(
        "Allergi",
        cv("Reaksjon", 7497, *allergy.reaction),
        optional("Kommentar", allergy.comment),
        text("Oppdatert", allergy.updated),
        cv("Kilde", 7498, *allergy.source),
        cause,
        None if allergy.refuted is None else text("Avkreftet", str(allergy.refuted).lower()),
        xmlns=f"{_ERESEPT}ki/2013-04-25",
    )


def _list(who: Individual, medicines: tuple[Medicine, ...], allergies: tuple[KiAllergy, ...], note: str | None) -> str:
    content = el(
        "LegemidlerIBruk",
        _role(("L", "LIB-ansvarlig lege"), who.clinic),
        _role(FAMILY_DOCTOR, who.clinic),
        *(_entry(who, medicine) for medicine in medicines),
        *(_ki(allergy) for allergy in allergies),
        optional("Merknad", note),
        xmlns=f"{_ERESEPT}m251/2013-10-08",
    )
    return msghead(
        ("ERM251", "Legemidler i bruk"), "2026-09-01T12:00:00+02:00", instance_id(who.id, "m251"),
        organisation(who.clinic), agency("Reseptformidleren", "80624"), content, subject=patient(who),
    )  # fmt: skip


def _address(who: Individual) -> str:
    number, name = who.municipality
    return el(
        "Address",
        cs("fk1:Type", "H", "Bostedsadresse"),
        text("fk1:StreetAdr", f"{who.street} {who.house}"),
        text("fk1:PostalCode", who.postal_code),
        text("fk1:City", who.city),
        cs("fk1:County", number, name),
        **{"xmlns:fk1": FK1},
    )


def _prescription(who: Individual, medicine: Medicine) -> str:
    package = None
    if medicine.package:
        package = text("Pakningsstr", medicine.package[1]) + cv(
            "EnhetPakning", 7452, medicine.package[2], _UNITS[medicine.package[2]]
        )
    return el(
        "Reseptinfo",
        text("Forskrivningsdato", medicine.started),
        text("Fornavn", who.given),
        optional("Mellomnavn", who.middle),
        text("Etternavn", who.family),
        _address(who),
        text("RekvirentId", who.clinic.hpr),
        text("NavnRekvirent", f"{who.clinic.given} {who.clinic.family}, {who.clinic.name}"),
        optional("Nr", medicine.package[0] if medicine.package else None),
        text("NavnFormStyrke", medicine.name),
        cs("EndretFarmasoyt", "2", "Nei"),
        text("ReseptId", instance_id(who.id, "resept", medicine.key)),
        cs("Status", "E", "Ekspederbar"),
        text("Vergeinnsynsreservasjon", str(medicine.guardian_reserved).lower()),
        optional("Bruksomrade", medicine.indication),
        text("Antall", "1") if medicine.package else None,
        package,
        text("Reiterasjon", str(medicine.repeats)),
        xmlns=f"{_ERESEPT}m92/2013-10-08",
    )


def m912(
    who: Individual, medicines: tuple[Medicine, ...], *, allergies: tuple[KiAllergy, ...] = (), note: str | None = None,
    listed: bool = True,
) -> bytes:  # fmt: skip
    """``m912.xml``; ``listed`` False: prescriptions only, nobody keeps a reconciled list."""
    active = [medicine for medicine in medicines if medicine.kind[0] == "E" and not medicine.stopped]
    content = el(
        "M912",
        el(
            "Pasient",
            text("Fnr", who.number),
            *(text("AndreFnr", old) for old in who.old),
            text("RefMsgId", instance_id(who.id, "m251")) if listed else None,
            *(_prescription(who, medicine) for medicine in active),
            nested("VarerIBrukB64", _list(who, medicines, allergies, note)) if listed else None,
        ),
        xmlns="http://www.ehelse.no/xmlstds/eresept/m912/2018-07-01",
    )
    return document(
        msghead(
            ("ERM912", "Nedlasting av legemidler i bruk"), _SENT, instance_id(who.id, "m912"),
            agency("Reseptformidleren", "80624"), organisation(who.clinic), content, subject=patient(who),
            answers=instance_id(who.id, "m911"),
        )
    )  # fmt: skip
