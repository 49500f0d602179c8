"""SYSVAK SokResponse (2008-01-01) of the sample persons. Codes and terms of Volven 9501 and 9554; batches invented."""

from dataclasses import dataclass

from tests.support.authoring.markup import agency, cs, cv, document, el, fk1_ident, msghead, optional, text
from tests.support.authoring.people import HEIA, Individual
from tests.support.authoring.register import instance_id

_SYSVAK = "http://www.kith.no/xmlstds/sysvak"
_TERMS = {
    "BCG01": "Tuberkulose (levende svekket)",
    "DT51": "Tetanus (toksoid), difteri (toksoid)",
    "ENC01": "Skogflåttencefalitt (inaktivert, helvirus)",
    "FLU02": "Influensa (renset antigen, inaktivert injeksjon)",
    "HPV09": "HPV-infeksjon (type 6, 11, 16, 18, 31, 33, 45, 52, 58)",
    "KOM02": "Difteri (toksoid), tetanus (toksoid), kikhoste (renset antigen), poliomyelitt "
    "(trivalent, inaktivert, helvirus)",
    "KOM09": "Difteri (toksoid), tetanus (toksoid), kikhoste (renset antigen), poliomyelitt (trivalent, inaktivert, "
    "helvirus), Haemophilus influenzae B (renset antigen, konjugert), hepatitt B (renset antigen)",
    "MMR52": "Meslinger, kusma og røde hunder (levende svekket)",
    "PNE13": "Pneumokokk (renset polysakkaridantigen, konjugert 13 valent)",
    "POL02": "Poliomyelitt (oral, trivalent, levende svekket)",
    "ROT01": "Rotavirusinfeksjon (oral, levende svekket)",
    "TYFXX": "Fra SYSBARN, brukt for: TYF - Tyfoidfeber Salmonella typhi",
}
_PRODUCTS = {
    "BCG01_001": "BCG-vaksine",
    "DT51_001": "diTeBooster",
    "ENC01_001": "Ticovac",
    "FLU02_008": "VaxigripTetra",
    "HPV09_001": "Gardasil 9",
    "KOM02_002": "Boostrix Polio",
    "KOM09_003": "Hexyon",
    "MMR52_002": "Priorix",
    "PNE13_001": "Prevenar 13",
    "ROT01_001": "Rotarix",
}


@dataclass(frozen=True)
class Dose:
    """One event; ``deleted``: HendelseAksjon Sletting."""

    code: str
    given: str
    product: str | None = None
    batch: str | None = None
    deleted: bool = False
    on_site: bool = True


_CHILD = (
    Dose("ROT01", "2020-07-15", "ROT01_001", "RO20A1"),
    Dose("KOM09", "2020-09-02", "KOM09_003", "HX20B2"),
    Dose("PNE13", "2020-09-02", "PNE13_001", "PV20C3"),
    Dose("KOM09", "2020-11-04", "KOM09_003", "HX20D4"),
    Dose("MMR52", "2021-09-08", "MMR52_002", "PX21E5"),
)
_EVENTS: dict[str, tuple[Dose, ...]] = {
    "rich": (
        Dose("KOM02", "2021-10-12", "KOM02_002", "BX21F6"),
        Dose("FLU02", "2025-10-08", "FLU02_008", "VX25G7"),
        Dose("ENC01", "2024-05-22", "ENC01_001", "TV24H8"),
        Dose("MMR52", "1987-11-30", on_site=False),
        Dose("POL02", "1975-06-16", on_site=False),
        Dose("FLU02", "2025-10-09", "FLU02_008", "VX25G7", deleted=True),
    ),
    "kode-7": (Dose("DT51", "2012-03-21", "DT51_001", "DT12J9"),),
    "kode-6": (Dose("DT51", "2012-03-22", "DT51_001", "DT12J9"),),
    "reserved": (Dose("FLU02", "2024-10-14", "FLU02_008", "VX24K1"),),
    "blocked": (Dose("FLU02", "2024-10-15", "FLU02_008", "VX24K1"),),
    "guardian-reserved": (Dose("HPV09", "2024-11-05", "HPV09_001", "GA24L2"),),
    "discontinued": (Dose("DT51", "2015-08-19", "DT51_001", "DT15M3"),),
    "sami-names": (Dose("BCG01", "1997-02-11", "BCG01_001"),),
    "ordinary-child": _CHILD,
    "ordinary-man": (Dose("TYFXX", "1992-07-01", on_site=False), Dose("KOM02", "2019-04-26", "KOM02_002", "BX19N4")),
    "ordinary-old-woman": (Dose("FLU02", "2025-11-03", "FLU02_008", "VX25P5"),),
}


def _in(name: str, value: str) -> str:
    return text(f"s:{name}", value)


def _event(who: Individual, dose: Dose) -> str:
    code, display = dose.code, _TERMS[dose.code]
    return el(
        "Vaksinasjon",
        _in("HendelseAksjon", "Sletting" if dose.deleted else "Registrering"),
        _in("Konsultasjonsdato", dose.given),
        _in("Registreringsdato", f"{dose.given}T14:00:00"),
        cv("s:Vaksine", 9501, code, display),
        fk1_ident(
            "s:RegistrerendeHelseenhet", who.clinic.organisation, "ENH", "Organisasjonsnummeret i Enhetsregister", 9051
        ),
        _in("ErVaksinasjonSattPaStedet", str(dose.on_site).lower()),
        cv("s:Preparat", 9554, dose.product, _PRODUCTS[dose.product]) if dose.product else None,
        optional("s:Batchnummer", dose.batch),
    )


def _vaccinee(who: Individual, doses: tuple[Dose, ...]) -> str:
    code, display = ("DNR", "D-nummer") if who.d_number else ("FNR", "Fødselsnummer")
    number, name = who.municipality
    return el(
        "Vaksinand",
        fk1_ident("s:Ident", who.number, code, display, 8327),
        _in("Fodselsdato", who.born.isoformat()),
        cs("s:Kjonn", *(("2", "Kvinne") if who.sex == "F" else ("1", "Mann"))),
        _in("Fornavn", who.given),
        optional("s:Mellomnavn", who.middle),
        _in("Etternavn", who.family),
        el(
            "s:Adresse",
            el("s:Bostedsomrade", cs("s:Kommune", number, name)),
            el("s:Gateadresse", _in("Gatenavn", who.street), _in("Husnummer", who.house)),
        ),
        *(_event(who, dose) for dose in doses),
    )


def vaccinations_of(who: Individual) -> bytes | None:
    """``sysvak.xml``, or None: SYSVAK holds nothing."""
    if who.id not in _EVENTS:
        return None
    outcome = el(
        "Behandlingsresultat",
        *(_in(f"HarValiderings{kind}", "false") for kind in ("Feil", "Advarsel", "Informasjon")),
    )
    content = el(
        "SokResponse",
        outcome,
        _vaccinee(who, _EVENTS[who.id]),
        **{"xmlns": f"{_SYSVAK}/sokresponse/2008-01-01", "xmlns:s": _SYSVAK},
    )
    return document(
        msghead(
            ("SOKRESPONSE", "SOKRESPONSE"), "2026-09-15T08:31:00+02:00", instance_id(who.id, "sysvak"),
            agency("Folkehelseinstituttet", "138619"), agency(HEIA.name, HEIA.her_id), content,
            answers=instance_id(who.id, "sokrequest"),
        )
    )  # fmt: skip
