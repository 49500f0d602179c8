"""The mini-FEST: about forty medicines of every shape a prescription can name. ATC codes and terms are facts, names of
packages, item numbers, producers and ids are invented; none of it is a statement about a product on the market."""

from tests.support.authoring.fest import Active, Pack, Product

TABLET = ("53", "Tablett")
DEPOT = ("25", "Depottablett")
CAPSULE = ("32", "Kapsel")
EYE = ("90", "Øyedråper")
INJECTION = ("101", "Injeksjonsvæske")
CREAM = ("34", "Krem")
ORAL = (("53", "Oral bruk"),)
SKIN = (("8", "Bruk på hud"),)
OCULAR = (("52", "Okulær bruk"),)
SUBCUTANEOUS = (("62", "Subkutan bruk"),)
BLISTER = ("169", "Blisterpakning")
SINGLE = ("15", "Endosebeholder")
BOTTLE = ("106", "Flaske")
TUBE = ("95", "Tube")
PEN = ("25", "Ferdigfylt penn")
TABLETS = (("13", "tablett"),)
CAPSULES = (("6", "kapsel"),)
DROPS = (("3", "dråpe"),)
ML = (("8", "ml"),)


def _of(name: str, english: str, amount: str, unit: str, per: tuple[str, str] | None = None) -> tuple[Active, ...]:
    return (Active(name, english, (amount, unit), per),)


def _blister(item: str, size: str = "100", group: str | None = None) -> tuple[Pack, ...]:
    return (Pack(item, size, "stk", BLISTER, group),)


_FILM = "Tablett, filmdrasjert"
_SOLUTION = "Injeksjonsvæske, oppløsning"
_EYE_SOLUTION = "Øyedråper, oppløsning"

PRODUCTS: tuple[Product, ...] = (
    Product("metoprolol", "Selo-Zok Depottab 50 mg", "Selo-Zok", ("C07AB02", "Metoprolol"), DEPOT, "Depottablett", ORAL,
            TABLETS, _of("Metoprolol", "Metoprolol", "50", "mg"), _blister("990011", "98", "P00001")),
    Product("metoprolol-generic", "Metoprolol Prøve Depottab 50 mg", "Metoprolol Prøve", ("C07AB02", "Metoprolol"),
            DEPOT, "Depottablett", ORAL, TABLETS, _of("Metoprolol", "Metoprolol", "50", "mg"),
            _blister("990102", "100", "P00001")),
    Product("levothyroxine", "Levaxin Tab 100 mikrog", "Levaxin", ("H03AA01", "Levotyroksinnatrium"), TABLET, "Tablett",
            ORAL, TABLETS, _of("Levotyroksinnatrium", "Levothyroxine sodium", "100", "mikrog"), _blister("990110")),
    Product("apixaban-brand", "Apiksaban Prøve Tab 5 mg", "Apiksaban Prøve", ("B01AF02", "Apiksaban"), TABLET, _FILM,
            ORAL, TABLETS, _of("Apiksaban", "Apixaban", "5", "mg"), _blister("990128", "168"),
            substance=("apixaban", "Apiksaban Tab 5 mg")),
    Product("salbutamol", "Buventol Easyhaler Inh pulv 0,2 mg/dose", "Buventol Easyhaler", ("R03AC02", "Salbutamol"),
            ("99", "Inhalasjonspulver"), "Inhalasjonspulver", (("11", "Bruk til inhalasjon"),), (("19", "dose"),),
            _of("Salbutamol", "Salbutamol", "0.2", "mg", ("1", "dose")),
            (Pack("990029", "200", "dose", ("45", "Inhalator")),)),
    Product("paracetamol-brand", "Paracetamol Prøve Tab 500 mg", "Paracetamol Prøve", ("N02BE01", "Paracetamol"),
            TABLET, "Tablett", ORAL, TABLETS, _of("Paracetamol", "Paracetamol", "500", "mg"),
            (*_blister("990136", "100", "P00002"), *_blister("990144", "10x100", "P00002")),
            substance=("paracetamol", "Paracetamol Tab 500 mg")),
    Product("simvastatin", "Simvastatin Tab 40 mg", "Simvastatin", ("C10AA01", "Simvastatin"), TABLET, _FILM, ORAL,
            TABLETS, _of("Simvastatin", "Simvastatin", "40", "mg"), _blister("990037")),
    Product("prednisolone", "Prednisolon Tab 5 mg", "Prednisolon", ("H02AB06", "Prednisolon"), TABLET, "Tablett", ORAL,
            TABLETS, _of("Prednisolon", "Prednisolone", "5", "mg"), _blister("990045", "10x10")),
    Product("insulin", "Lantus Inj, oppl 100 E/ml", "Lantus", ("A10AE04", "Insulin glargin"), INJECTION, _SOLUTION,
            SUBCUTANEOUS, (("79", "E"),), _of("Insulin glargin", "Insulin glargine", "100", "E", ("1", "ml")),
            (Pack("990151", "5x3", "ml", PEN),)),
    Product("contraceptive", "Cerazette Tab 75 mikrog", "Cerazette", ("G03AC09", "Desogestrel"), TABLET, _FILM, ORAL,
            TABLETS, _of("Desogestrel", "Desogestrel", "75", "mikrog"), _blister("990052", "3x28"), validity="P3Y"),
    Product("cetirizine", "Cetirizin Tab 10 mg", "Cetirizin", ("R06AE07", "Cetirizin"), TABLET, _FILM, ORAL, TABLETS,
            _of("Cetirizindihydroklorid", "Cetirizine dihydrochloride", "10", "mg"), _blister("990060", "30")),
    Product("ramipril", "Ramipril Kaps 5 mg", "Ramipril", ("C09AA05", "Ramipril"), CAPSULE, "Kapsel, hard", ORAL,
            CAPSULES, _of("Ramipril", "Ramipril", "5", "mg"), _blister("990078")),
    Product("cream", "Karbamid Krem 5 %", "Karbamid", ("D02AE01", "Karbamid"), CREAM, "Krem", SKIN, (("64", "g"),),
            _of("Karbamid", "Carbamide", "50", "mg", ("1", "g")), (Pack("990086", "100", "g", TUBE),)),
    Product("furosemide", "Furix Tab 40 mg", "Furix", ("C03CA01", "Furosemid"), TABLET, "Tablett", ORAL, TABLETS,
            _of("Furosemid", "Furosemide", "40", "mg"), _blister("990094")),
    Product("warfarin", "Marevan Tab 2,5 mg", "Marevan", ("B01AA03", "Warfarin"), TABLET, "Tablett", ORAL, TABLETS,
            _of("Warfarinnatrium", "Warfarin sodium", "2.5", "mg"), _blister("990169")),
    Product("amoxicillin-brand", "Amoksicillin Prøve Kaps 500 mg", "Amoksicillin Prøve", ("J01CA04", "Amoksicillin"),
            CAPSULE, "Kapsel, hard", ORAL, CAPSULES, _of("Amoksicillin", "Amoxicillin", "500", "mg"),
            _blister("990177", "20"), substance=("amoxicillin", "Amoksicillin Kaps 500 mg"), validity="P10D"),
    Product("amoxicillin-clavulanic", "Amoksicillin/klavulansyre Tab 500 mg/125 mg", "Amoksicillin/klavulansyre",
            ("J01CR02", "Amoksicillin og betalaktamasehemmer"), TABLET, _FILM, ORAL, TABLETS,
            (Active("Amoksicillin", "Amoxicillin", ("500", "mg"), atc=("J01CA04", "Amoksicillin")),
             Active("Klavulansyre", "Clavulanic acid", ("125", "mg"))), _blister("990185", "21"), validity="P10D"),
    Product("losartan-hct", "Losartan/Hydroklortiazid Tab 50 mg/12,5 mg", "Losartan/Hydroklortiazid",
            ("C09DA01", "Losartan og diuretika"), TABLET, _FILM, ORAL, TABLETS,
            (Active("Losartankalium", "Losartan potassium", ("50", "mg"), atc=("C09CA01", "Losartan")),
             Active("Hydroklortiazid", "Hydrochlorothiazide", ("12.5", "mg"), atc=("C03AA03", "Hydroklortiazid"))),
            _blister("990193", "98"), substance=("losartan-hct-substance",
            "Losartan/hydroklortiazid Tab 50 mg/12,5 mg")),
    Product("ethylmorphine", "Etylmorfin Mikst 1,7 mg/ml", "Etylmorfin", ("R05DA01", "Etylmorfin"), ("9", "Mikstur"),
            "Mikstur, oppløsning", ORAL, ML, _of("Etylmorfinhydroklorid", "Ethylmorphine hydrochloride", "1.7", "mg",
            ("1", "ml")), (Pack("990201", "300", "ml", BOTTLE),), group="B"),
    Product("paracetamol-mixture", "Paracetamol Mikst 24 mg/ml", "Paracetamol mikstur", ("N02BE01", "Paracetamol"),
            ("9", "Mikstur"), "Mikstur, suspensjon", ORAL, ML, _of("Paracetamol", "Paracetamol", "24", "mg", ("1",
            "ml")), (Pack("990219", "200", "ml", BOTTLE),)),
    Product("fentanyl", "Fentanyl Depotplast 12 mikrog/time", "Fentanyl", ("N02AB03", "Fentanyl"), ("58",
            "Depotplaster"), "Depotplaster", (("65", "Transdermal bruk"),), (("16", "plaster"),),
            _of("Fentanyl", "Fentanyl", "12", "mikrog", ("1", "time")), (Pack("990227", "5", "stk", ("179", "Pose")),),
            group="A", validity="P1Y"),
    Product("rivastigmine", "Rivastigmin Depotplast 4,6 mg/24 timer", "Rivastigmin", ("N06DA03", "Rivastigmin"),
            ("58", "Depotplaster"), "Depotplaster", (("65", "Transdermal bruk"),), (("16", "plaster"),),
            _of("Rivastigmin", "Rivastigmine", "4.6", "mg", ("24", "timer")),
            (Pack("990441", "30", "stk", ("179", "Pose")),)),
    Product("morphine", "Morfin Depottab 10 mg", "Morfin", ("N02AA01", "Morfin"), DEPOT, "Depottablett", ORAL, TABLETS,
            _of("Morfinsulfat", "Morphine sulfate", "10", "mg"), _blister("990235"), group="A"),
    Product("betamethasone", "Betametason Salve 0,1 %", "Betametason", ("D07AC01", "Betametason"), ("46", "Salve"),
            "Salve", SKIN, (("64", "g"),), _of("Betametason", "Betamethasone", "1", "mg", ("1", "g")),
            (Pack("990243", "100", "g", TUBE),)),
    Product("timolol", "Timolol Øyedr 5 mg/ml", "Timolol", ("S01ED01", "Timolol"), EYE, _EYE_SOLUTION, OCULAR, DROPS,
            _of("Timolol", "Timolol", "5", "mg", ("1", "ml")), (Pack("990250", "30x0,2", "ml", SINGLE),)),
    Product("latanoprost", "Latanoprost Øyedr 50 mikrog/ml", "Latanoprost", ("S01EE01", "Latanoprost"), EYE,
            _EYE_SOLUTION, OCULAR, DROPS, _of("Latanoprost", "Latanoprost", "50", "mikrog", ("1", "ml")),
            (Pack("990268", "3x2,5", "ml", BOTTLE),)),
    Product("chloramphenicol", "Kloramfenikol Øyedr 5 mg/ml", "Kloramfenikol", ("S01AA01", "Kloramfenikol"), EYE,
            _EYE_SOLUTION, OCULAR, DROPS, _of("Kloramfenikol", "Chloramphenicol", "5", "mg", ("1", "ml")),
            (Pack("990276", "10x0,5", "ml", SINGLE),), validity="P10D"),
    Product("diazepam", "Diazepam Tab 5 mg", "Diazepam", ("N05BA01", "Diazepam"), TABLET, "Tablett", ORAL, TABLETS,
            _of("Diazepam", "Diazepam", "5", "mg"), _blister("990284"), group="B"),
    Product("zopiclone", "Zopiklon Tab 7,5 mg", "Zopiklon", ("N05CF01", "Zopiklon"), TABLET, _FILM, ORAL, TABLETS,
            _of("Zopiklon", "Zopiclone", "7.5", "mg"), _blister("990292", "30"), group="B"),
    Product("modafinil", "Modafinil Tab 100 mg", "Modafinil", ("N06BA07", "Modafinil"), TABLET, "Tablett", ORAL,
            TABLETS, _of("Modafinil", "Modafinil", "100", "mg"), _blister("990300", "30"), group="B"),
    Product("codeine-paracetamol", "Kodein/Paracetamol Tab 30 mg/400 mg", "Kodein/Paracetamol",
            ("N02AJ06", "Kodein og paracetamol"), TABLET, "Tablett", ORAL, TABLETS,
            (Active("Kodeinfosfat", "Codeine phosphate", ("30", "mg"), atc=("R05DA04", "Kodein")),
             Active("Paracetamol", "Paracetamol", ("400", "mg"), atc=("N02BE01", "Paracetamol"))),
            _blister("990318", "2x5x10"), group="B"),
    Product("ibuprofen", "Ibuprofen Tab 400 mg", "Ibuprofen", ("M01AE01", "Ibuprofen"), TABLET, _FILM, ORAL, TABLETS,
            _of("Ibuprofen", "Ibuprofen", "400", "mg"), _blister("990326", "30")),
    Product("xylometazoline", "Xylometazolin Nesespray 1 mg/ml", "Xylometazolin", ("R01AA07", "Xylometazolin"),
            ("74", "Nesespray"), "Nesespray, oppløsning", (("51", "Nasal bruk"),), (("4", "dusj"),),
            _of("Xylometazolinhydroklorid", "Xylometazoline hydrochloride", "1", "mg", ("1", "ml")),
            (Pack("990334", "10", "ml", BOTTLE),), group="F"),
    Product("influenza-vaccine", "Influensavaksine Inj, susp", "Influensavaksine",
            ("J07BB02", "Influensa, inaktivert, splittvirus eller overflateantigen"),
            ("426", "Injeksjonsvæske, suspensjon"), "Injeksjonsvæske, suspensjon i ferdigfylt sprøyte",
            (("33", "Intramuskulær bruk"), ("62", "Subkutan bruk")), (("11", "sprøyte"),),
            (Active("Influensavirus (inaktivert)", "Influenza virus (inactivated)", None),),
            (Pack("990342", "10x0,5", "ml", ("24", "Ferdigfylt sprøyte av plast")),), kind=("6", "Vaksine")),
    Product("adalimumab", "Adalimumab Inj, oppl 40 mg", "Adalimumab", ("L04AB04", "Adalimumab"), INJECTION, _SOLUTION,
            SUBCUTANEOUS, (("80", "penn"),), _of("Adalimumab", "Adalimumab", "40", "mg", ("0.4", "ml")),
            (Pack("990359", "2x0,4", "ml", PEN),)),
    Product("ranitidine", "Ranitidin Tab 150 mg", "Ranitidin", ("A02BA02", "Ranitidin"), TABLET, _FILM, ORAL, TABLETS,
            _of("Ranitidin", "Ranitidine", "150", "mg"), _blister("990367", "60"), withdrawn=True),
    Product("allergen", "Bjørkepollenekstrakt 12 SQ-T", "Bjørkepollenekstrakt", ("V01AA05", "Trepollen"),
            ("173", "(ikke angitt)"), "(ikke angitt)", (("63", "Sublingval bruk"),), (("13", "tablett"),),
            _of("Bjørkepollen", "Birch pollen", "12", "SQ-T"), _blister("990375", "3x10")),
    Product("clotrimazole", "Klotrimazol Vagtab 500 mg", "Klotrimazol", ("G01AF02", "Klotrimazol"),
            ("120", "Vaginaltablett"), "Vaginaltablett", (("67", "Vaginal bruk"),), (("21", "vaginaltablett"),),
            _of("Klotrimazol", "Clotrimazole", "500", "mg"),
            (Pack("990383", "1", "stk", BLISTER, also=("clotrimazole-cream", "20", "g", TUBE),
                  name="Klotrimazol Vagtab 500 mg + Krem 1 %"),)),
    Product("clotrimazole-cream", "Klotrimazol Krem 1 %", "Klotrimazol krem", ("D01AC01", "Klotrimazol"), CREAM,
            "Krem", SKIN, (("64", "g"),), _of("Klotrimazol", "Clotrimazole", "10", "mg", ("1", "g"))),
    Product("adrenaline", "Adrenalin Inj, oppl 0,3 mg", "Adrenalin", ("C01CA24", "Adrenalin"), INJECTION, _SOLUTION,
            (("33", "Intramuskulær bruk"),), (("80", "penn"),), _of("Adrenalin", "Epinephrine", "0.3", "mg"),
            (Pack("990391", "2", "penn", PEN),)),
    Product("methotrexate", "Metotreksat Tab 2,5 mg", "Metotreksat", ("L04AX03", "Metotreksat"), TABLET, "Tablett",
            ORAL, TABLETS, _of("Metotreksat", "Methotrexate", "2.5", "mg"), _blister("990409")),
    Product("alendronate", "Alendronat Tab 70 mg", "Alendronat", ("M05BA04", "Alendronsyre"), TABLET, "Tablett", ORAL,
            TABLETS, _of("Alendronsyre", "Alendronic acid", "70", "mg"), _blister("990417", "12")),
    Product("lactic-acid-bacteria", "Melkesyrebakterier Kaps", "Melkesyrebakterier",
            ("A07FA01", "Melkesyreproduserende organismer"), CAPSULE, "Kapsel, hard", ORAL, CAPSULES,
            (Active("Melkesyrebakterier", "Lactic acid bacteria", ("1000", "mill IE"),
                    operator=("S", "Større enn")),), _blister("990425", "30")),
    Product("folic-acid", "Folsyre Tab 1 mg", "Folsyre", ("B03BB01", "Folsyre"), TABLET, "Tablett", ORAL, TABLETS,
            _of("Folsyre", "Folic acid", "1", "mg"), _blister("990433"), group="CF"),
)  # fmt: skip

GONE = ("cisapride",)
"""Withdrawn so long ago that only the entry is left."""

AS_DOSES = ("paracetamol-brand",)
"""Products that are there as single doses too (Legemiddeldose)."""

BY_KEY = {product.key: product for product in PRODUCTS}
