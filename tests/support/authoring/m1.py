"""M1 Resept as whole signed messages: `samples/persons/*/prescriptions/*.xml`, and an index beside them.

Products come from the mini-FEST, so that name, code, form, group and item number agree with it.
"""

from dataclasses import dataclass

from tests.support.authoring.fest import UNITS, Product, fest_id
from tests.support.authoring.fest_products import BY_KEY
from tests.support.authoring.markup import (
    agency,
    cs,
    cv,
    document,
    el,
    msghead,
    optional,
    organisation,
    patient,
    pq,
    text,
)
from tests.support.authoring.people import Individual
from tests.support.authoring.prescriptions import Medicine, prescribed
from tests.support.authoring.register import instance_id
from tests.support.authoring.signing import prescriber, signed

_KITH = "http://www.kith.no/xmlstds/eresept"
NEW = ("m1/2013-10-08", "forskrivning/2013-10-08")
OLD = ("m1/2010-05-01", "forskrivning/2010-04-01")


@dataclass(frozen=True)
class Prescribed:
    """One prescription of a product of the mini-FEST (``product``), or of markup of its own (``body``)."""

    key: str
    product: str = ""
    level: str = "package"
    dose_text: str | None = None
    dosing: str = ""
    """Markup of Dosering elements."""
    use: tuple[str, str] = ("1", "Fast")
    short_dose: tuple[str, str, str] | None = None
    """Code, term and the words of Kortdose (7478)."""
    packages: str | None = "1"
    amount: tuple[str, str] | None = None
    repeats: int = 0
    reserved: bool = False
    indication: str | None = None
    reason: tuple[int, str, str] | None = None
    reimbursement: tuple[str, str] | None = None
    note: str | None = None
    before: str = ""
    """Markup inside Resept before the document (RefNr, Vergeinnsynsreservasjon)."""
    after: str = ""
    """Markup inside Resept after OppdatertFest."""
    between: str = ""
    """Markup inside Resept between the document and OppdatertFest (EkspAnm)."""
    unauthorised: str = ""
    """Markup of LegemiddelUtenMt."""
    body: str = ""
    """A whole ReseptDokLegemiddel or ReseptDokHandelsvare instead."""
    name: str | None = None
    written: str = "2026-10-05"
    expires: str = "2027-10-04"
    status: str = "E"
    dispensed: int = 0
    generation: tuple[str, str] = NEW


def daily(amount: str, unit: str, times: int, start: str = "2026-10-05") -> str:
    """Dosering as record systems spell so many times a day: parts of the day, not exact."""
    parts = [("1", "Morgen"), ("3", "Midt på dagen"), ("5", "Kveld"), ("6", "Natt")][:times]
    if times == 2:
        parts = [("1", "Morgen"), ("5", "Kveld")]
    return dosing(*(dose(amount, unit, part=part) for part in parts), start=start)


def dose(amount: str, unit: str, *, every: tuple[str, str] = ("1", "Døgn"), part: tuple[str, str] | None = None) -> str:
    """DoseFastTidspunkt."""
    return el(
        "DoseFastTidspunkt", pq("Mengde", amount, unit), pq("Intervall", *every),
        cs("Tidsomrade", *part) if part else None, text("GisEksakt", "false"),
    )  # fmt: skip


def dosing(*doses: str, start: str = "2026-10-05", end: str | None = None) -> str:
    """Dosering."""
    return el(
        "Dosering", el("Starttidspunkt", V=start), None if end is None else el("Sluttidspunkt", V=end), *doses
    )  # fmt: skip


def _product(one: Prescribed, product: Product) -> str:
    substance = one.level == "substance" and product.substance
    name = one.name or (product.substance[1] if substance and product.substance else product.name)
    common = [
        cv("Atc", 7180, *product.atc),
        text("NavnFormStyrke", name),
        cs("Reseptgruppe", product.group, f"Reseptgruppe {product.group}"),
        cv("LegemiddelformKort", 7448, *product.form),
    ]
    if one.level == "package":
        pack = product.packs[0]
        common[1] = text("NavnFormStyrke", one.name or pack.name or product.name)
        info = el(
            "PakningsinfoResept",
            text("Varenavn", product.brand),
            text("Pakningsstr", pack.size),
            cv("EnhetPakning", 7452, pack.unit, UNITS[pack.unit]),
        )
        return el("Legemiddelpakning", *common, text("Varenr", pack.item), info)
    if one.level == "brand":
        return el("LegemiddelMerkevare", *common, text("Id", fest_id(product.key)), text("Varenavn", product.brand))
    if one.level == "dose":
        rest = (pq("Mengde", "1", "stk"), text("RefLegemiddelMerkevare", fest_id(product.key)),
                text("RefPakning", fest_id(f"pakning/{product.packs[0].item}")))  # fmt: skip
        return el("Legemiddeldose", *common, text("Id", fest_id(f"dose/{product.key}")), *rest)
    key = product.substance[0] if product.substance else product.key
    return el("LegemiddelVirkestoff", *common, text("Id", fest_id(key)))


def _document(one: Prescribed) -> str:
    if one.body:
        return one.body
    short = one.short_dose
    body = el(
        "Forskrivning",
        optional("Bruksomrade", one.indication),
        optional("DosVeiledEnkel", one.dose_text),
        text("IngenKombinasjon", "false"),
        cs("Bruk", *one.use),
        cv("Kortdose", 7478, short[0], short[1], OT=short[2]) if short else None,
        one.dosing,
        _product(one, BY_KEY[one.product]),
        xmlns=f"{_KITH}/{one.generation[1]}",
    )
    return el(
        "ReseptDokLegemiddel",
        cs("Varegruppekode", "L", "Legemiddel"),
        optional("Antall", one.packages),
        optional("Merknad", one.note),
        cv("RefHjemmel", 7427, *one.reimbursement) if one.reimbursement else None,
        cv("RefKode", *one.reason) if one.reason else None,
        text("Reiterasjon", str(one.repeats)),
        cs("BytteresRekvirent", "1", "Ja") if one.reserved else None,
        pq("Mengde", *one.amount) if one.amount else None,
        one.unauthorised,
        body,
    )


def _message(who: Individual, key: str, content: str, written: str) -> bytes:
    message = msghead(
        ("ERM1", "Resept"), f"{written}T10:15:00+02:00", instance_id(who.id, "resept", key), organisation(who.clinic),
        agency("Reseptformidleren", "80624"), content, subject=patient(who),
    )  # fmt: skip
    return signed(document(message), prescriber(who.clinic))


def m1(who: Individual, one: Prescribed) -> bytes:
    """The signed message."""
    content = el(
        "Resept",
        text("Forskrivningsdato", one.written),
        text("Utloper", one.expires),
        one.before,
        _document(one),
        one.between,
        text("OppdatertFest", "2026-10-01T04:00:00"),
        one.after,
        xmlns=f"{_KITH}/{one.generation[0]}",
    )
    return _message(who, one.key, content, one.written)


def m1_of_list(who: Individual, medicine: Medicine) -> bytes:
    """The signed message behind an entry of the person's medicines list."""
    content = el(
        "Resept",
        text("Forskrivningsdato", medicine.started),
        text("Utloper", "2027-06-01"),
        text("Vergeinnsynsreservasjon", "true") if medicine.guardian_reserved else None,
        prescribed(medicine),
        text("OppdatertFest", "2026-05-15T04:00:00"),
        xmlns=f"{_KITH}/{NEW[0]}",
    )
    return _message(who, medicine.key, content, medicine.started)


def index(who: Individual, prescriptions: list[tuple[str, str, int]]) -> bytes:
    """``prescriptions.toml``: what Reseptformidleren says of each: key, status (7408), dispensings made."""
    rows = (
        f'\n[[prescription]]\nfile = "prescriptions/{key}.xml"\nid = "{instance_id(who.id, "resept", key)}"\n'
        f'status = "{status}"\ndispensed = {dispensed}\n'
        for key, status, dispensed in prescriptions
    )
    return ("# What Reseptformidleren says of each prescription: see README.md.\n" + "".join(rows)).encode()
