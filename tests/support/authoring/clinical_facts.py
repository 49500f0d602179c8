"""What the generated persons have: conditions with the medicines, procedures and devices that go with them.

Codes and displays of the wave-8 value sets; Norwegian names and national codes beside them (ICPC-2 7170 and others).
"""

from typing import Final, NamedTuple

from tests.support.pivots.summaries import (
    ALLERGY_STATUS,
    ATC,
    CERTAINTY,
    CRITICALITY,
    EDQM,
    EMDN,
    ICD10,
    SNOMED,
)
from transformers.model.people import Name


class Row(NamedTuple):
    """A concept in Europe's words and in Norway's; ``national`` is its code in the Volven list ``list``."""

    code: str
    system: str
    display: str
    norwegian: str
    national: str = ""
    list: str = "7170"


class Medicine(NamedTuple):
    """A medicine in tablets of one strength, and what it is given for."""

    atc: Row
    name: str
    milligrams: int
    reason: Row


class Condition(NamedTuple):
    """A condition: whom it fits, how many of them have it, and what comes with it. ``passing``: it is over."""

    concept: Row
    ages: tuple[int, int]
    share: float
    medicines: tuple[Medicine, ...] = ()
    procedures: tuple[Row, ...] = ()
    devices: tuple[Row, ...] = ()
    sex: str = ""
    passing: bool = False

    def fits(self, age: int, *, female: bool) -> bool:
        """Whether a person of that age and sex may have it."""
        return self.ages[0] <= age <= self.ages[1] and self.sex in {"", "F" if female else "M"}


class Allergen(NamedTuple):
    """What somebody may be allergic to."""

    agent: Row
    kind: Row
    medicine: bool


def _icd(code: str, display: str, norwegian: str, national: str = "") -> Row:
    return Row(code, ICD10, display, norwegian, national)


def _sct(code: str, display: str, norwegian: str) -> Row:
    return Row(code, SNOMED, display, norwegian)


def _atc(code: str, display: str, norwegian: str) -> Row:
    return Row(code, ATC, display, norwegian, code, "7180")


DIABETES = _icd("E11", "Type 2 diabetes mellitus", "Diabetes type 2", "T90")
PRESSURE = _icd("I10", "Essential (primary) hypertension", "Hypertensjon ukomplisert", "K86")
ASTHMA = _icd("J45", "Asthma", "Astma", "R96")
FIBRILLATION = _icd("I48", "Atrial fibrillation and flutter", "Atrieflimmer", "K78")
HEART = _icd("I25", "Chronic ischaemic heart disease", "Iskemisk hjertesykdom", "K76")
FAILURE = _icd("I50", "Heart failure", "Hjertesvikt", "K77")
THYROID = _icd("E03", "Other hypothyroidism", "Hypotyreose", "T86")
LIPIDS = _icd("E78", "Disorders of lipoprotein metabolism and other lipidaemias", "Lipidforstyrrelse", "T93")
DEPRESSION = _icd("F32", "Depressive episode", "Depressiv lidelse", "P76")
EPILEPSY = _icd("G40", "Epilepsy", "Epilepsi", "N88")
REFLUX = _icd("K21", "Gastro-oesophageal reflux disease", "Refluks", "D84")
KNEE = _icd("M17", "Gonarthrosis [arthrosis of knee]", "Kneleddsartrose", "L90")
BREAST = _icd("C50", "Malignant neoplasm of breast", "Brystkreft", "X76")
PROSTATE = _icd("N40", "Hyperplasia of prostate", "Godartet prostataforstørrelse", "Y85")
KIDNEY = _icd("N18", "Chronic kidney disease", "Kronisk nyresykdom", "U99")
MEASLES = _icd("B05", "Measles", "Meslinger", "A71")
FLU = _icd("J11", "Influenza, virus not identified", "Influensa", "R80")
TABLET = Row("10219000", EDQM, "Tablet", "Tablett", "53", "7448")
ORAL = Row("20053000", EDQM, "Oral use", "Oral bruk", "53", "7477")
ACTIVE = Row("active", ALLERGY_STATUS, "Active", "Aktiv")
_STENT = _sct("103716009", "Placement of stent", "Innsetting av stent")
_BYPASS = _sct("232717009", "Coronary artery bypass graft", "Bypassoperasjon")
_GALL = _sct("38102005", "Cholecystectomy", "Fjerning av galleblæren")
_APPENDIX = _sct("80146002", "Appendicectomy", "Blindtarmoperasjon")
_PACEMAKER = Row("J0101", EMDN, "IMPLANTABLE PACEMAKERS", "Pacemaker")
_HIP = Row("P0908", EMDN, "HIP PROSTHESES", "Hofteprotese")
_PARACETAMOL = Medicine(_atc("N02BE01", "paracetamol", "paracetamol"), "Paracet", 500, KNEE)

CONDITIONS: Final = (
    Condition(
        DIABETES, (30, 100), 0.12, (Medicine(_atc("A10BA02", "metformin", "metformin"), "Metformin", 500, DIABETES),)
    ),
    Condition(PRESSURE, (35, 100), 0.35, (Medicine(_atc("C09AA05", "ramipril", "ramipril"), "Ramipril", 5, PRESSURE),)),
    Condition(ASTHMA, (2, 90), 0.1, (Medicine(_atc("R03AC02", "salbutamol", "salbutamol"), "Ventoline", 4, ASTHMA),)),
    Condition(
        FIBRILLATION,
        (50, 100),
        0.1,
        (
            Medicine(_atc("B01AF02", "apixaban", "apiksaban"), "Eliquis", 5, FIBRILLATION),
            Medicine(_atc("C07AB02", "metoprolol", "metoprolol"), "Selo-Zok", 50, FIBRILLATION),
        ),
        devices=(_PACEMAKER,),
    ),
    Condition(
        HEART,
        (45, 100),
        0.15,
        (Medicine(_atc("C10AA05", "atorvastatin", "atorvastatin"), "Lipitor", 40, HEART),),
        (_STENT, _BYPASS),
    ),
    Condition(
        FAILURE, (60, 100), 0.08, (Medicine(_atc("C07AB02", "metoprolol", "metoprolol"), "Selo-Zok", 50, FAILURE),)
    ),
    Condition(
        THYROID,
        (15, 100),
        0.06,
        (Medicine(_atc("H03AA01", "levothyroxine sodium", "levotyroksin"), "Levaxin", 1, THYROID),),
    ),
    Condition(
        LIPIDS, (40, 100), 0.2, (Medicine(_atc("C10AA05", "atorvastatin", "atorvastatin"), "Lipitor", 20, LIPIDS),)
    ),
    Condition(
        DEPRESSION,
        (14, 100),
        0.08,
        (Medicine(_atc("N06AB04", "citalopram", "citalopram"), "Cipramil", 20, DEPRESSION),),
    ),
    Condition(
        EPILEPSY, (1, 100), 0.02, (Medicine(_atc("N03AX09", "lamotrigine", "lamotrigin"), "Lamictal", 100, EPILEPSY),)
    ),
    Condition(
        REFLUX, (18, 100), 0.15, (Medicine(_atc("A02BC01", "omeprazole", "omeprazol"), "Losec", 20, REFLUX),), (_GALL,)
    ),
    Condition(KNEE, (50, 100), 0.25, (_PARACETAMOL,), devices=(_HIP,)),
    Condition(KIDNEY, (50, 100), 0.07),
    Condition(BREAST, (30, 100), 0.05, sex="F", passing=True),
    Condition(PROSTATE, (50, 100), 0.2, sex="M"),
    Condition(MEASLES, (60, 100), 0.2, passing=True),
    Condition(FLU, (1, 100), 0.2, procedures=(_APPENDIX,), passing=True),
)
_ALLERGIC = _sct("609328004", "Allergic disposition", "Allergi")
_INTOLERANT = _sct("782197009", "Intolerance to substance", "Intoleranse")
ALLERGENS: Final = (
    Allergen(_atc("J01CA04", "amoxicillin", "amoksicillin"), _ALLERGIC, medicine=True),
    Allergen(_atc("M01AE01", "ibuprofen", "ibuprofen"), _INTOLERANT, medicine=True),
    Allergen(_sct("111088007", "Latex", "Lateks"), _ALLERGIC, medicine=False),
    Allergen(_sct("762952008", "Peanut", "Peanøtt"), _ALLERGIC, medicine=False),
    Allergen(_sct("256277009", "Grass pollen", "Gresspollen"), _ALLERGIC, medicine=False),
    Allergen(_sct("735971005", "Fish", "Fisk"), _ALLERGIC, medicine=False),
)
REACTIONS: Final = (
    _sct("39579001", "Anaphylaxis", "Anafylaksi"),
    _sct("126485001", "Urticaria", "Elveblest"),
    _sct("43116000", "Eczema", "Eksem"),
    _sct("49727002", "Cough", "Hoste"),
)
SEVERITIES: Final = (
    _sct("24484000", "Severe", "Alvorlig"),
    _sct("6736007", "Moderate", "Moderat"),
    _sct("255604002", "Mild", "Mild"),
)
CRITICALITIES: Final = (
    Row("high", CRITICALITY, "High Risk", "Høy risiko"),
    Row("low", CRITICALITY, "Low Risk", "Lav risiko"),
)
CERTAINTIES: Final = (
    Row("confirmed", CERTAINTY, "Confirmed", "Bekreftet"),
    Row("unconfirmed", CERTAINTY, "Unconfirmed", "Ubekreftet"),
)
VACCINES: Final = (
    Row("J07BB02", ATC, "influenza, inactivated, split virus or surface antigen", "Influensavaksine", "INF02", "9501"),
    Row("J07BN01", ATC, "covid-19, RNA-based vaccine", "Koronavaksine", "COV03", "9501"),
    Row(
        *("J07BD52", ATC, "measles, combinations with mumps and rubella, live attenuated", "MMR-vaksine"),
        *("MMR00", "9501"),
    ),
    Row("J07AM51", ATC, "tetanus toxoid, combinations with diphtheria toxoid", "DT-vaksine", "DTV00", "9501"),
)
NAMES: Final = (
    Name(("Kari", "Lise"), "Prøveland"),
    Name(("Ole",), "Testøy Ålesund-Prøve"),
    Name(("Áhkká",), "Čáhcesuolu"),
    Name(("Ngọc",), "Thử"),
    Name(("Иван",), "Пробный"),
    Name(("فاطمة",), "تجربة"),
    Name(("Øystein",), "O'Prøve"),
    Name(("明",), "試験"),
)
NOTES: Final = (
    "Oppgitt av pasienten selv.",
    "Se epikrise.\nKontroll om 6 md.",
    "Пациент сообщает о боли.",
    "المريض بخير",
    "Verdi < 5 & > 2",
)
DOSAGES: Final = (
    "1 tablett morgen og kveld",
    "1 tablett ved behov, maks 3 per døgn",
    "Ifølge plan:\n1 tablett i 7 dager, deretter 2",
    "½ tablett annenhver dag mot smerter",
)
RECORDERS: Final = (None, "Magnar Prøve, lege", "Sykepleier ved Prøvesykehuset")
PLACES: Final = ("Karasjok prøvekommune", "Prøvehelsestasjonen", "Kárášjoga gielda (prøve)")
