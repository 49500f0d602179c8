"""Which medicines the sample persons use. Item numbers (Varenr 990xxx) and FEST ids are invented, ATC codes facts."""

from tests.support.authoring.people import Individual
from tests.support.authoring.prescriptions import KiAllergy, Medicine, as_needed, fixed, m912

_TABLET = ("53", "Tablett")
_DEPOT = ("25", "Depottablett")
_MORNING = ("1", "Morgen")
_EVENING = ("5", "Kveld")
_NEEDED = ("3", "Ved behov")

_METOPROLOL = Medicine(
    key="metoprolol", level="package", name="Selo-Zok Depottab 50 mg", brand="Selo-Zok", atc=("C07AB02", "Metoprolol"),
    form=_DEPOT, package=("990011", "98", "stk"), dose_text="1 tablett morgen", short_dose=("195", "1+0+0"),
    dosing=(fixed("1", "tablett", _MORNING),), indication="Mot hjerteflimmer",
    reason=(7110, "I48", "Atrieflimmer og atrieflutter"), started="2025-06-02",
)  # fmt: skip
_LEVOTHYROXINE = Medicine(
    key="levothyroxine", level="brand", name="Levaxin Tab 100 mikrog", brand="Levaxin",
    atc=("H03AA01", "Levotyroksinnatrium"), form=_TABLET, short_dose=("93", "1 daglig"),
    dose_text="1 tablett daglig på fastende mage, en halv time før frokost", dosing=(fixed("1", "tablett", _MORNING),),
    indication="Mot lavt stoffskifte", reason=(7170, "T86", "Hypotyreose"), started="2025-06-02", substitution=False,
)  # fmt: skip
_APIXABAN = Medicine(
    key="apixaban", level="substance", name="Apiksaban Tab 5 mg", atc=("B01AF02", "Apiksaban"), form=_TABLET,
    dose_text="1 tablett morgen og kveld", short_dose=("201", "1+0+1"),
    dosing=(fixed("1", "tablett", _MORNING), fixed("1", "tablett", _EVENING)), indication="Forebygger blodpropp",
    started="2025-06-02",
)  # fmt: skip
_SALBUTAMOL = Medicine(
    key="salbutamol", level="package", name="Buventol Easyhaler Inh pulv 0,2 mg/dose", brand="Buventol Easyhaler",
    atc=("R03AC02", "Salbutamol"), form=("99", "Inhalasjonspulver"), package=("990029", "200", "dose"), use=_NEEDED,
    dose_text="1-2 inhalasjoner ved behov, inntil 4 ganger i døgnet", short_dose=("5493", "1-2 ved behov"),
    dosing=(as_needed("2", "dose", "8"),), indication="Mot astma", started="2024-11-19", note="Skyll munnen etterpå",
)  # fmt: skip
_PARACETAMOL = Medicine(
    key="paracetamol", level="substance", name="Paracetamol Tab 500 mg", atc=("N02BE01", "Paracetamol"), form=_TABLET,
    dose_text="2 tabletter ved behov, ikke mer enn 8 i døgnet", use=_NEEDED, indication="Mot smerter",
    started="2024-02-05", kind=("U", "Uten resept"), repeats=0,
)  # fmt: skip
_SIMVASTATIN = Medicine(
    key="simvastatin", level="package", name="Simvastatin Tab 40 mg", brand="Simvastatin",
    atc=("C10AA01", "Simvastatin"), form=_TABLET, package=("990037", "100", "stk"), dose_text="1 tablett kveld",
    short_dose=("21", "0+0+1"),
    dosing=(fixed("1", "tablett", _EVENING),), indication="Mot høyt kolesterol", started="2021-03-01",
    stopped=("2025-01-15T09:00:00", "L", "Legemiddelreaksjon", "Muskelsmerter, bedre etter stans"),
)  # fmt: skip
_PREDNISOLONE = Medicine(
    key="prednisolone", level="package", name="Prednisolon Tab 5 mg", brand="Prednisolon",
    atc=("H02AB06", "Prednisolon"), form=_TABLET, package=("990045", "10x10", "stk"), use=("2", "Kur"), repeats=0,
    indication="Mot astmaforverring",
    dose_text="4 tabletter daglig i 5 dager, deretter 2 tabletter daglig i 5 dager, så slutt", started="2026-08-30",
)  # fmt: skip
_INSULIN = Medicine(
    key="insulin", level="brand", name="Lantus Inj, oppl 100 E/ml", brand="Lantus", atc=("A10AE04", "Insulin glargin"),
    form=("101", "Injeksjonsvæske"), dose_text="18 enheter under huden til kvelden", indication="Mot diabetes",
    started="2025-03-11",
)  # fmt: skip
_PILL = Medicine(
    key="contraceptive", level="package", name="Cerazette Tab 75 mikrog", brand="Cerazette",
    atc=("G03AC09", "Desogestrel"), form=_TABLET, package=("990052", "3x28", "stk"),
    dose_text="1 tablett daglig til samme tid",
    short_dose=("93", "1 daglig"), indication="Prevensjon", started="2026-08-20", guardian_reserved=True,
)  # fmt: skip
_CETIRIZINE = Medicine(
    key="cetirizine", level="package", name="Cetirizin Tab 10 mg", brand="Cetirizin", atc=("R06AE07", "Cetirizin"),
    form=_TABLET, package=("990060", "30", "stk"), dose_text="1 tablett daglig", short_dose=("93", "1 daglig"),
    indication="Mot pollenallergi", started="2026-04-10",
)  # fmt: skip
_RAMIPRIL = Medicine(
    key="ramipril", level="package", name="Ramipril Kaps 5 mg", brand="Ramipril", atc=("C09AA05", "Ramipril"),
    form=("32", "Kapsel"), package=("990078", "100", "stk"), dose_text="1 kapsel daglig", short_dose=("93", "1 daglig"),
    indication="Mot høyt blodtrykk", reason=(7170, "K86", "Hypertensjon ukomplisert"), started="2026-01-12",
)  # fmt: skip
_MOISTURISER = Medicine(
    key="cream", level="package", name="Karbamid Krem 5 %", brand="Karbamid", atc=("D02AE01", "Karbamid"),
    form=("34", "Krem"), package=("990086", "100", "g"), dose_text="Påsmøres tørre hudområder 2 ganger daglig",
    indication="Mot tørr hud", started="2026-02-24",
)  # fmt: skip
_UNCODED = Medicine(
    key="import", level="brand", name="Utenlandsk øyedråpe 1 mg/ml", brand="Utenlandsk øyedråpe", atc=None,
    form=("90", "Øyedråper"), dose_text="1 dråpe i hvert øye ved behov", use=_NEEDED, indication="Mot tørre øyne",
    started="2026-03-03",
)  # fmt: skip
_FUROSEMIDE = Medicine(
    key="furosemide", level="package", name="Furix Tab 40 mg", brand="Furix", atc=("C03CA01", "Furosemid"),
    form=_TABLET,
    package=("990094", "100", "stk"), dose_text="1 tablett kvar morgon", dosing=(fixed("1", "tablett", _MORNING),),
    indication="Vassdrivande", started="2025-09-30",
)  # fmt: skip
_WARFARIN = Medicine(
    key="warfarin", level="brand", name="Marevan Tab 2,5 mg", brand="Marevan", atc=("B01AA03", "Warfarin"),
    form=_TABLET,
    dose_text="Etter eige skjema", indication="Blodfortynnande", started="2025-09-30", substitution=False,
)  # fmt: skip

_PENICILLIN = KiAllergy(
    reaction=("1", "Anafylaktisk reaksjon"), source=("2", "Observert av behandlende lege"),
    updated="2019-05-06T09:00:00",
    atc=("J01CE02", "Fenoksymetylpenicillin"), substance="Fenoksymetylpenicillin", comment="Adrenalin gitt på legevakt",
)  # fmt: skip
_SULFA = KiAllergy(
    reaction=("11", "Mindre alvorlig hudreaksjon"), source=("5", "Hentet fra tidligere journal"), refuted=True,
    updated="2017-06-20T09:00:00", atc=("J01EE01", "Sulfametoksazol og trimetoprim"),
)  # fmt: skip
_CODEINE = KiAllergy(
    reaction=("13", "Oppkast, diaré, magesmerter"), source=("3", "Pasientens egne opplysninger"),
    updated="2022-01-10T13:00:00", atc=("R05DA04", "Kodein"), brand="Paralgin forte",
)  # fmt: skip

_LISTS: dict[str, tuple[Medicine, ...]] = {
    "rich": (_METOPROLOL, _LEVOTHYROXINE, _APIXABAN, _SALBUTAMOL, _PARACETAMOL, _PREDNISOLONE, _SIMVASTATIN),
    "known-absences": (),
    "kode-7": (_INSULIN,),
    "kode-6": (_CETIRIZINE,),
    "reserved": (_LEVOTHYROXINE,),
    "blocked": (_METOPROLOL,),
    "guardian-reserved": (_CETIRIZINE, _PILL),
    "deceased": (_METOPROLOL,),
    "discontinued": (_LEVOTHYROXINE,),
    "sami-names": (_SALBUTAMOL,),
    "ordinary-old-woman": (_FUROSEMIDE, _WARFARIN, _METOPROLOL, _PARACETAMOL),
}
_PRESCRIPTIONS_ONLY: dict[str, tuple[Medicine, ...]] = {
    "d-number": (_CETIRIZINE,),
    "rule-2032": (_RAMIPRIL,),
    "ordinary-man": (_RAMIPRIL, _MOISTURISER, _UNCODED),
}
_NOTES = {"known-absences": "Legemiddellisten er samstemt med pasienten, som ikke bruker legemidler."}


def active_prescriptions(who: Individual) -> tuple[Medicine, ...]:
    """Those of her medicines that Reseptformidleren holds an active prescription of."""
    known = _LISTS.get(who.id, _PRESCRIPTIONS_ONLY.get(who.id, ()))
    return tuple(one for one in known if one.kind[0] == "E" and not one.stopped)


def medicines_of(who: Individual) -> bytes | None:
    """``m912.xml``, or None: Reseptformidleren holds nothing."""
    if who.id in _LISTS:
        allergies = (_PENICILLIN, _SULFA, _CODEINE) if who.id == "rich" else ()
        return m912(who, _LISTS[who.id], allergies=allergies, note=_NOTES.get(who.id))
    if who.id in _PRESCRIPTIONS_ONLY:
        return m912(who, _PRESCRIPTIONS_ONLY[who.id], listed=False)
    return None
