"""What is prescribed for the sample persons, so that every shape and every reason against export is there."""

from dataclasses import replace

from tests.support.authoring.m1 import OLD, Prescribed, daily, dose, dosing, index, m1, m1_of_list
from tests.support.authoring.markup import cs, cv, el, pq, text
from tests.support.authoring.medicines import active_prescriptions
from tests.support.authoring.people import Individual
from tests.support.authoring.prescriptions import as_needed

_NEEDED = ("3", "Ved behov")
_COURSE = ("2", "Kur")
_FS = "http://www.kith.no/xmlstds/eresept/forskrivning/2013-10-08"
_REFERENCE_NUMBER = "90000000000019"

_COMPOUND = el(
    "ReseptDokLegemiddel",
    cs("Varegruppekode", "L", "Legemiddel"),
    text("Reiterasjon", "0"),
    el(
        "Forskrivning",
        text("DosVeiledEnkel", "Påsmøres 2 ganger daglig"),
        el(
            "Legemiddelblanding",
            text("Navn", "Mentolkrem 1 %"),
            text("TilbOppl", "Blandes til homogen krem"),
            pq("Mengde", "100", "g"),
            cv("Legemiddelform", 7448, "34", "Krem"),
            el("BestanddelAnnet", text("NavnFormStyrke", "Mentol"), el("MengdeBestanddel", pq("Mengde", "1", "g"))),
            el("BestanddelAnnet", text("NavnFormStyrke", "Basiskrem"), el("Utblanding", cs("Adqs", "1", "ad"))),
        ),
        xmlns=_FS,
    ),
)
_GOODS = el(
    "ReseptDokHandelsvare",
    cs("Varegruppekode", "A", "Annet"),
    text("Antall", "2"),
    text("Bruksveiledning", "1 flaske daglig"),
    el("Naringsmiddel", text("Nr", "990458"), text("Navn", "Næringsdrikk Prøve"), xmlns=_FS),
)
_EXPEDITION = el(
    "EkspAnm", text("Vilkar", "false"), cs("MetodeEkspedering", "1", "Sendes"), text("Utleverer", "Prøveapoteket"),
    text("Kontaktperson", "Hjelpsom Bjørkeblad"), text("OrgNrUtleverer", "999999999"),
    text("UtlevererNavn", "Prøveapoteket"),
)  # fmt: skip
_UNAUTHORISED = el(
    "LegemiddelUtenMt", text("Begrunnelse", "Ingen godkjent ekvivalent"), text("Produsent", "Prøvefarma AS"),
    text("DirektesoknadSlv", "false"),
)  # fmt: skip

MANY: tuple[Prescribed, ...] = (
    Prescribed("daily", "cetirizine", dose_text="1 tablett daglig", dosing=daily("1", "tablett", 1), repeats=3,
               short_dose=("93", "1 daglig", "1 tablett daglig"), indication="Mot pollenallergi",
               reason=(7170, "R97", "Allergisk rinitt")),
    Prescribed("three-times", "amoxicillin-brand", "substance", "1 kapsel 3 ganger daglig", daily("1", "kapsel", 3),
               packages=None, amount=("20", "stk"), indication="Mot infeksjon"),
    Prescribed("brand", "levothyroxine", "brand", "1 tablett daglig på fastende mage", daily("1", "tablett", 1),
               repeats=3, reserved=True, indication="Mot lavt stoffskifte"),
    Prescribed("as-needed", "ibuprofen", dose_text="1 tablett inntil 3 ganger daglig ved behov", use=_NEEDED,
               dosing=dosing(as_needed("1", "tablett", "3")), indication="Mot smerter"),
    Prescribed("nested", "chloramphenicol", dose_text="1 dråpe 4 ganger daglig", dosing=daily("1", "dråpe", 4),
               indication="Mot øyebetennelse"),
    Prescribed("combination", "losartan-hct", "substance", "1 tablett daglig", daily("1", "tablett", 1),
               packages=None, amount=("98", "stk"), repeats=3, indication="Mot høyt blodtrykk"),
    Prescribed("combination-package", "amoxicillin-clavulanic", dose_text="1 tablett 3 ganger daglig i 7 dager",
               use=_COURSE, dosing=dosing(*(dose("1", "tablett", part=part) for part in
               (("1", "Morgen"), ("3", "Midt på dagen"), ("5", "Kveld"))), end="2026-10-12"),
               indication="Mot infeksjon"),
    Prescribed("three-layers", "codeine-paracetamol", dose_text="1-2 tabletter inntil 3 ganger daglig", use=_NEEDED,
               indication="Mot sterke smerter"),
    Prescribed("drops", "latanoprost", dose_text="1 dråpe i hvert øye til kvelden", repeats=3,
               indication="Mot grønn stær"),
    Prescribed("insulin", "insulin", dose_text="18 enheter under huden til kvelden", repeats=3, packages="2",
               indication="Mot diabetes"),
    Prescribed("patch", "rivastigmine", dose_text="1 plaster daglig", dosing=daily("1", "plaster", 1),
               indication="Mot hukommelsessvikt"),
    Prescribed("weekly", "alendronate", dose_text="1 tablett 1 gang i uken",
               dosing=dosing(dose("1", "tablett", every=("7", "Døgn"))), repeats=3, indication="Mot beinskjørhet"),
    Prescribed("weekdays", "methotrexate", dose_text="4 tabletter hver mandag", indication="Mot leddgikt"),
    Prescribed("ointment", "betamethasone", dose_text="Påsmøres i tynt lag 1 gang daglig i 14 dager", use=_COURSE,
               indication="Mot eksem"),
    Prescribed("inhaler", "salbutamol", dose_text="1-2 inhalasjoner ved behov", use=_NEEDED, repeats=3,
               indication="Mot astma", note="Skyll munnen etterpå"),
    Prescribed("evening", "simvastatin", dose_text="1 tablett kveld", repeats=3, indication="Mot høyt kolesterol",
               dosing=dosing(dose("1", "tablett", part=("5", "Kveld")))),
    Prescribed("phases", "prednisolone", use=_COURSE, indication="Mot astmaforverring",
               dose_text="4 tabletter daglig i 5 dager, deretter 2 tabletter daglig i 5 dager",
               dosing=dosing(dose("4", "tablett"), end="2026-10-10")
               + dosing(dose("2", "tablett"), start="2026-10-10")),
    Prescribed("contradicted", "furosemide", dose_text="2 tabletter daglig", dosing=daily("1", "tablett", 1),
               indication="Vanndrivende"),
    Prescribed("no-text", "folic-acid", indication="Kosttilskudd i svangerskap"),
    Prescribed("pen", "adrenaline", dose_text="1 sprøyte i låret ved alvorlig allergisk reaksjon", use=_NEEDED,
               indication="Mot alvorlig allergi"),
    Prescribed("partly-dispensed", "metoprolol", dose_text="1 tablett daglig", dosing=daily("1", "tablett", 1),
               repeats=3, dispensed=2, indication="Mot hjerteflimmer"),
    Prescribed("twice-1", "paracetamol-brand", dose_text="2 tabletter 3 ganger daglig",
               dosing=daily("2", "tablett", 3), indication="Mot smerter"),
    Prescribed("twice-2", "paracetamol-brand", dose_text="1 tablett 4 ganger daglig", dosing=daily("1", "tablett", 4),
               written="2026-11-02", expires="2027-11-01", indication="Mot feber"),
    Prescribed("group-b", "zopiclone", dose_text="1 tablett ved sengetid", indication="Mot søvnløshet"),
    Prescribed("old-generation", "ramipril", dose_text="1 kapsel daglig", dosing=daily("1", "kapsel", 1),
               generation=OLD, indication="Mot høyt blodtrykk"),
    Prescribed("withdrawn", "ranitidine", dose_text="1 tablett 2 ganger daglig", dosing=daily("1", "tablett", 2),
               indication="Mot halsbrann"),
    Prescribed("other-than-fest", "warfarin", dose_text="Etter eget skjema", name="Marevan Tab 5 mg"),
    Prescribed("form-not-stated", "allergen", dose_text="1 tablett daglig", dosing=daily("1", "tablett", 1),
               indication="Mot pollenallergi"),
    Prescribed("kit", "clotrimazole", dose_text="Vaginaltablett til natten, krem 2 ganger daglig",
               indication="Mot soppinfeksjon"),
    Prescribed("bound-strength", "lactic-acid-bacteria", dose_text="1 kapsel daglig", dosing=daily("1", "kapsel", 1)),
    Prescribed("group-a", "fentanyl", dose_text="1 plaster hver 3. dag", indication="Mot sterke smerter"),
    Prescribed("scheduled", "diazepam", dose_text="1 tablett ved behov", use=_NEEDED, indication="Mot uro"),
    Prescribed("group-f", "xylometazoline", dose_text="1 dusj 3 ganger daglig", dosing=daily("1", "dusj", 3)),
    Prescribed("expired", "ramipril", dose_text="1 kapsel daglig", written="2025-10-05", expires="2026-10-04",
               indication="Mot høyt blodtrykk"),
    Prescribed("used-up", "cetirizine", dose_text="1 tablett daglig", repeats=1, dispensed=2),
    Prescribed("locked", "zopiclone", dose_text="1 tablett ved sengetid",
               before=text("RefNr", _REFERENCE_NUMBER), after=text("LastResept", "true")),
    Prescribed("no-amount", "paracetamol-brand", "substance", "2 tabletter ved behov", use=_NEEDED, packages=None),
    Prescribed("compounded", body=_COMPOUND),
    Prescribed("goods", body=_GOODS),
    Prescribed("single-dose", "paracetamol-brand", "dose", "1 tablett ved behov", use=_NEEDED, packages="10"),
    Prescribed("own-practice", "adrenaline", dose_text="Til akuttkoffert", before=text("TilEgenPraksis", "true")),
    Prescribed("hospital", "adalimumab", dose_text="1 penn hver 14. dag", reimbursement=("950", "H-resept"),
               indication="Mot leddgikt"),
    Prescribed("unauthorised", "cream", dose_text="Påsmøres daglig", unauthorised=_UNAUTHORISED, status="B"),
    Prescribed("sent-on", "cetirizine", dose_text="1 tablett daglig", between=_EXPEDITION),
    Prescribed("not-yet", "cetirizine", dose_text="1 tablett daglig",
               after=text("TidligsteUtlevering", "2027-02-01")),
    Prescribed("vaccine", "influenza-vaccine", dose_text="1 dose", use=("4", "Vaksine")),
    Prescribed("withdrawn-by-prescriber", "cetirizine", dose_text="1 tablett daglig", status="T"),
    Prescribed("being-dispensed", "cetirizine", dose_text="1 tablett daglig", status="U"),
)  # fmt: skip
"""Those of the person `prescriptions`."""

_FRESH: dict[str, tuple[Prescribed, ...]] = {
    "rich": tuple(replace(one, key=f"fresh-{one.key}") for one in MANY[:6]),
    "prescriptions": MANY,
}


def prescriptions_of(who: Individual) -> dict[str, bytes]:
    """The M1 files of a person, those behind her medicines list and others, and their index; nothing when none."""
    listed = active_prescriptions(who)
    fresh = _FRESH.get(who.id, ())
    files = {f"prescriptions/{one.key}.xml": m1_of_list(who, one) for one in listed}
    files |= {f"prescriptions/{one.key}.xml": m1(who, one) for one in fresh}
    if files:
        told = [(one.key, "E", 0) for one in listed] + [(one.key, one.status, one.dispensed) for one in fresh]
        files["prescriptions.toml"] = index(who, told)
    return files
