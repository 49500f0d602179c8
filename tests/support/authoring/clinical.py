"""What kritisk informasjon holds about the sample persons. All clinical stories are invented."""

from collections.abc import Callable

from tests.support.authoring.critical import (
    ATC,
    ICD10,
    SYSTEM,
    VOLVEN,
    Resource,
    allergy,
    coding,
    condition,
    device,
    flag,
    procedure,
)
from tests.support.authoring.people import Individual

Sources = dict[str, list[Resource]]
"""File name without ``.json`` to resources."""

ALLERGIES = "AllergyIntolerance"
CRITICAL = "Conditions-CriticalMedicalCondition"
INFECTION = "Conditions-Infection"
INTUBATION = "Conditions-IntubationProblem"
ANAESTHESIA = "Conditions-OtherProblemWithAnesthesia"
FOREIGN_BODY = "Conditions-TransplantsAndOtherForeignBodies"


def _volven(number: int, code: str, display: str) -> Resource:
    return coding(f"{VOLVEN}{number}", code, display)


def _icd(code: str, display: str) -> Resource:
    return coding(ICD10, code, display, chosen=True)


def _atc(code: str, display: str, *, chosen: bool = True) -> Resource:
    return coding(ATC, code, display, chosen=chosen)


def _rich_allergies(who: Individual) -> list[Resource]:
    return [
        allergy(
            who, "penicillin", [_atc("J01CE02", "Fenoksymetylpenicillin")], category="medication", criticality="high",
            reactions=[("1", "Anafylaktisk reaksjon"), ("2", "Blodtrykksfall")], onset="2003-08-17",
            note="Kollaps ti minutter etter første tablett. Fikk adrenalin på legevakt.",
        ),
        allergy(
            who, "peanut", [_volven(7514, "10", "Peanøtt")], category="food", criticality="high", onset="1981",
            reactions=[("4", "Larynxødem")], recorded="2018-02-12", source="1",
        ),
        allergy(
            who, "diclofenac", [
                coding(f"{SYSTEM}DrugTradeName", "ID_6B1D3C52-7B7E-4B0E-9C55-0C7F6E6A1D01", "Voltaren", chosen=True),
                _atc("M01AB05", "Diklofenak", chosen=False),
            ], category="medication", criticality="low", verification="unconfirmed", presumed=True,
            reactions=[("11", "Mindre alvorlig hudreaksjon")], recorded="2022-10-03", source="3",
        ),
        allergy(
            who, "latex", [_volven(7514, "14", "Latex")], category="environment", verification="unconfirmed",
            criticality="unable-to-assess", reactions=[("12", "Irritasjon i slimhinner")], recorded="2021-01-08",
            source="3",
        ),
        allergy(
            who, "sulfa", [_atc("J01EE01", "Sulfametoksazol og trimetoprim")], category="medication",
            verification="refuted", reactions=[("11", "Mindre alvorlig hudreaksjon")], recorded="2017-06-20",
            note="Provokasjonstest var negativ.",
        ),
        allergy(
            who, "mistaken", [_volven(7514, "5", "Fisk")], category="food", verification="entered-in-error",
            reactions=[("13", "Oppkast, diaré, magesmerter")], recorded="2016-04-04",
        ),
    ]  # fmt: skip


def _rich(who: Individual) -> Sources:
    return {
        ALLERGIES: _rich_allergies(who),
        CRITICAL: [
            condition(
                who, "fibrillation", "5", "CriticalMedicalCondition", [
                    _icd("I48", "Atrieflimmer og atrieflutter"),
                    _volven(7513, "7", "Fare for livstruende komplikasjon hvis legemiddel-behandling endres"),
                ], onset="2019-09-14", note="Bruker blodfortynnende. Må ikke stoppes uten avtale.",
            ),
            condition(
                who, "asthma", "5", "CriticalMedicalCondition", [
                    _icd("J45.0", "Hovedsakelig allergisk astma"),
                    _volven(7513, "2", "Kan gi alvorlig påvirkning av respirasjon"),
                ], onset="1988",
            ),
            condition(
                who, "hypothyroid", "5", "CriticalMedicalCondition", [_icd("E03.9", "Uspesifisert hypotyreose")],
                onset="2011-02",
            ),
            condition(
                who, "epilepsy", "5", "CriticalMedicalCondition", [_icd("G40.9", "Uspesifisert epilepsi")],
                verification="refuted", onset="2009-12-01", note="Utredet. Diagnosen er avkreftet.",
            ),
        ],
        INFECTION: [
            condition(
                who, "mrsa", "10", "Infection", [
                    _volven(7519, "1", "Sykdom forårsaket av meticillin-resistente gule stafylokokker (MRSA)"),
                ], onset="2020-02-25", note="Sanering avsluttet, kontrollprøver anbefales ved innleggelse.",
            ),
        ],
        INTUBATION: [
            condition(
                who, "airway", "3", "ComplicationsOfAnesthesia", [
                    coding(f"{SYSTEM}CriticalInfoType", "3", "Intubasjonsproblem"),
                ], evidence=[
                    _volven(7515, "3", "Grad 3: Bare epiglottis synlig"), _volven(7516, "2", "Ja, med besvær"),
                ], onset="2015-05-18", note="Videolaryngoskop ble brukt.",
            ),
        ],
        ANAESTHESIA: [
            condition(
                who, "waking", "4", "ComplicationsOfAnesthesia", [
                    coding(f"{SYSTEM}CriticalInfoType", "4", "Annet anestesiproblem"),
                ], text="Uttalt kvalme og langsom oppvåkning etter narkose", onset="2015-05-18",
            ),
        ],
        FOREIGN_BODY: [
            condition(
                who, "hip", "7", "TransplantsAndOtherForeignBodies", [
                    _volven(7518, "19", "Ortopedisk protese eller implantat"),
                ], text="Totalprotese i venstre hofte", onset="2015-05-18",
            ),
        ],
        "Devices": [
            device(who, "pacemaker", _volven(7518, "9", "Pacemaker"), implanted="2020-01-30",
                   note="MR-kompatibel. Kontrolleres hver tolvte måned."),
            device(who, "pump", _volven(7518, "18", "Medisinsk pumpe"), status="entered-in-error",
                   implanted="2020-01-30"),
        ],
        "Procedures": [
            procedure(who, "anticoagulation", [_volven(7517, "4", "Viktig blodfortynnende behandling")],
                      status="in-progress", start="2019-09-20"),
            procedure(who, "radiation", [_volven(7517, "3", "Strålebehandling")], status="completed",
                      start="2012-03-01", end="2012-04-19", text="Strålebehandling av venstre bryst"),
            procedure(who, "crisis-plan", [_volven(7517, "8", "Pasienten har psykiatrisk kriseplan")],
                      status="in-progress", start="2021-06-01", valid_until="2027-06-01"),
        ],
        "Flags": [
            flag(who, "blood", [_volven(7522, "1", "Pasienten har reservert seg mot blodtransfusjon/blodprodukter")],
                 start="2020-11-11", note="Skriftlig erklæring ligger i journalen."),
            flag(who, "expired", [_volven(7522, "2", "Avtale om åpen retur")], start="2021-01-01", end="2021-07-01",
                 text="Åpen retur til hjertemedisinsk sengepost"),
        ],
    }  # fmt: skip


def _penicillin_only(who: Individual) -> Sources:
    return {
        ALLERGIES: [
            allergy(who, "penicillin", [_atc("J01CA04", "Amoksicillin")], category="medication", criticality="low",
                    reactions=[("10", "Alvorlig hudreaksjon")], recorded="2020-08-08"),
        ]
    }  # fmt: skip


def _kode_7(who: Individual) -> Sources:
    return _penicillin_only(who) | {
        CRITICAL: [
            condition(who, "diabetes", "5", "CriticalMedicalCondition", [
                          _icd("E10.9", "Diabetes mellitus type 1 uten komplikasjoner")], onset="1996-10",
                      note="Følges ved Lillevågen legekontor i Aure."),
        ]
    }  # fmt: skip


def _blocked(who: Individual) -> Sources:
    return {
        CRITICAL: [
            condition(who, "haemophilia", "5", "CriticalMedicalCondition", [
                          _icd("D66", "Arvelig mangel på faktor VIII")], onset="1960"),
        ]
    }  # fmt: skip


def _ordinary_man(who: Individual) -> Sources:
    return {
        CRITICAL: [
            condition(who, "sleep", "5", "CriticalMedicalCondition", [_icd("G47.3", "Søvnapné")], onset="2017",
                      text="Søvnapné, bruker CPAP"),
            condition(who, "uncoded", "5", "CriticalMedicalCondition", [], onset="2025-11",
                      text="Sjelden bindevevssykdom under utredning"),
        ],
        ALLERGIES: [
            allergy(who, "lupin", [_volven(7514, "8", "Lupin")], category="food", criticality="low",
                    reactions=[("19", "Annen mindre alvorlig reaksjon")], source="3"),
            allergy(who, "other", [_volven(7514, "15", "Annen viktig allergi")], text="Klorheksidin",
                    criticality="high", category="environment", recorded="2024-03-22",
                    reactions=[("18", "Annen alvorlig reaksjon")]),
        ],
        "Procedures": [
            procedure(who, "outpatient", [_volven(7517, "12", "Annen pågående poliklinisk behandling")],
                      status="in-progress", start="2023-04-11", text="Fototerapi to ganger i uken"),
        ],
    }  # fmt: skip


def _ordinary_child(who: Individual) -> Sources:
    return {
        ALLERGIES: [
            allergy(who, "egg", [_volven(7514, "2", "Egg")], category="food", criticality="high", onset="2021-03",
                    reactions=[("9", "Angioødem/alvorlig generalisert urticaria")], recorded="2021-04-13", source="1"),
        ]
    }  # fmt: skip


def _old_woman(who: Individual) -> Sources:
    return {
        CRITICAL: [
            condition(who, "failure", "5", "CriticalMedicalCondition", [_icd("I50.9", "Uspesifisert hjertesvikt")],
                      onset="2018-11"),
        ],
        FOREIGN_BODY: [
            condition(who, "valve", "7", "TransplantsAndOtherForeignBodies", [
                _volven(7518, "12", "Annen implantert hjerteklaff")], onset="2019-03-05"),
        ],
        "Flags": [
            flag(who, "contact", [_volven(7522, "3", "Spesifikk lege/avdeling bør kontaktes ved forverring")],
                 start="2024-02-01", text="Ring hjertesviktpoliklinikken"),
        ],
    }  # fmt: skip


def _sami(who: Individual) -> Sources:
    return {
        ALLERGIES: [
            allergy(who, "insect", [_volven(7514, "13", "Insektgift")], category="environment", criticality="high",
                    reactions=[("1", "Anafylaktisk reaksjon")], recorded="2023-07-30",
                    note="Vepsestikk på Šuoššjávri."),
        ]
    }  # fmt: skip


CRITICAL_INFORMATION: dict[str, Callable[[Individual], Sources]] = {
    "rich": _rich,
    "kode-7": _kode_7,
    "kode-6": _penicillin_only,
    "reserved": _penicillin_only,
    "blocked": _blocked,
    "deceased": _penicillin_only,
    "d-number": _penicillin_only,
    "rule-2032": _penicillin_only,
    "discontinued": _penicillin_only,
    "sami-names": _sami,
    "ordinary-man": _ordinary_man,
    "ordinary-child": _ordinary_child,
    "ordinary-old-woman": _old_woman,
}
"""Persons not here have nothing in kritisk informasjon."""
