"""Codes and words of absence: each is recognised, and no code of a clinical value set is taken for one."""

import json
import tarfile

import pytest

from tests.support.machine.require import artefacts
from transformers.model.absence import (
    AS_TEXT,
    DATA_ABSENT_REASON,
    IPS_ABSENT,
    OF_SCOPE,
    SITUATIONS,
    SNOMED,
    situation_of,
    speaks_of_absence,
)


@pytest.mark.parametrize("code", SITUATIONS)
def test_every_situation_of_the_tables_is_one(code: str):
    assert situation_of(SNOMED, code) == SITUATIONS[code]
    assert situation_of("2.999", code) is None


def test_an_absence_of_latex_allergy_is_of_a_scope():
    assert SITUATIONS["1003774007"].kind == OF_SCOPE


@pytest.mark.parametrize(
    ("code", "section"),
    [("no-known-immunizations", "immunisations"), ("no-device-info", "devices"), ("no-known-problems", "past_illness")],
)
def test_every_code_of_the_absence_system_belongs_to_its_section(code: str, section: str):
    found = situation_of(IPS_ABSENT, code)
    assert found is not None
    assert (found.kind, section in found.sections) == (code, True)


def test_a_code_of_the_absence_system_that_nobody_knows_belongs_nowhere():
    found = situation_of(IPS_ABSENT, "no-known-anything")
    assert found is not None
    assert found.sections == ()


def test_what_stands_in_words_only_is_no_agent():
    found = situation_of(DATA_ABSENT_REASON, AS_TEXT)
    assert found is not None
    assert found.sections == ()


@pytest.mark.parametrize(
    "words",
    [
        "No known latex allergy",
        "No known drug allergies (situation)",
        "No history of myocardial infarction",
        "No past history of procedure",
        "No current problems or disability",
        "Not known to have diabetes",
        "Denies alcohol use",
        "History unknown",
        "Ingen kjente allergier",
        "Ingen kjende allergiar",
        "There are no known allergies",
        *("Keine bekannten Allergien", "Keine Allergien bekannt", "Aucune allergie connue", "Pas d'allergie connue"),
        *("Aucun antécédent connu", "Sin alergias conocidas", "No se conocen alergias", "Ninguna alergia conocida"),
        *("Nessuna allergia nota", "Nessun'allergia nota", "Sem alergias conhecidas", "Brak znanych alergii"),
        *("Nie stwierdzono alergii", "Ei tunnettuja allergioita", "Ei tiedossa olevia allergioita"),
        *("Inga kända allergier", "Ingen kendte allergier", "Geen bekende allergieën", "Žádné známé alergie"),
        *("Žiadne známe alergie", "Nincs ismert allergia", "Fără alergii cunoscute", "Nu se cunosc alergii"),
        *("Няма известни алергии", "Δεν υπάρχουν γνωστές αλλεργίες", "Nema poznatih alergija", "Ni znanih alergij"),
        *("Brez znanih alergij", "Nėra žinomų alergijų", "Nav zināmu alerģiju", "Allergiaid ei ole"),
        "Engin þekkt ofnæmi",
    ],
)
def test_words_of_absence_are_heard(words: str):
    assert speaks_of_absence([None, words])


@pytest.mark.parametrize(
    "words",
    [
        *("Latex", "Nodular goitre", "Notalgia", "Norovirus infection", "Nonsteroidal agent", "Sinusitis", "Sinemet"),
        *("Nikkel", "Sem abrigo", "Eiweiss", "Ei-allergi", "Navelbine", "Bez znieczulenia", "Brak zębów", "Nincs foga"),
        *(
            "Absence d'utérus",
            "non-Hodgkin",
            "Non allergic asthma",
            "Nu-Seals",
            "No-Spa",
            "Nivestim",
            "Bezafibrat",
            "Allergia pollenille",
        ),
    ],
)
def test_the_name_of_a_thing_is_no_absence(words: str):
    assert not speaks_of_absence([words])


def test_no_concept_of_the_catalogue_is_taken_for_an_absence():
    """Labels of the display tool apart, which are sentences about absences."""
    [package] = artefacts("mvc").glob("*.tgz")
    heard = set()
    with tarfile.open(package) as packed:
        for member in packed.getmembers():
            if "/ValueSet-" not in member.name or "DisplayLabel" in member.name or not member.name.endswith(".json"):
                continue
            held = packed.extractfile(member)
            assert held is not None
            for included in json.load(held).get("compose", {}).get("include", []):
                heard |= {c["code"] for c in included.get("concept", []) if speaks_of_absence([c.get("display")])}
    assert heard == set()
