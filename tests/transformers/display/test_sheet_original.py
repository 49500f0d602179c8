"""The original document holds every clinical word of the pivot, in the source's language, and says what is absent."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from enum import StrEnum

import pytest

from tests.support.documents.pdf import holds, text_of
from tests.support.persons import samples
from tests.support.persons.prescriptions import joined_prescriptions
from tests.support.pivots.prescriptions import item, prescription, product
from tests.support.pivots.summaries import empty_content, person, rich_content, summary
from transformers.display.sheet_original import patient_summary_pdf, prescription_pdf
from transformers.model.people import Gender
from transformers.model.summary import Dosage, KnownAbsent, Present, SourceUnavailable, Timing
from transformers.model.values import Coded, Coding, Moment, Provenance, Quantity

NO_WORDS = frozenset(
    {"target", "map_entry", "id", "level", "status", "why_text_only", "system", "use", "version", "root"}
)
"""Members that are no words of a source: our own, the structure's, or Europe's."""


def words_in(value: object) -> Iterator[str]:
    """Every word, number and moment of a pivot that came from its source."""
    if isinstance(value, Moment):
        yield value.iso.replace("T", " ")
    elif isinstance(value, Decimal):
        yield f"{value:f}"
    elif isinstance(value, str) and not isinstance(value, StrEnum):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from words_in(one)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            if field.name not in NO_WORDS and not (field.name == "system" and value.system_name):
                yield from words_in(getattr(value, field.name))


def lost(value: object, content: bytes) -> list[str]:
    return [words for words in dict.fromkeys(words_in(value)) if words.strip() and not holds(content, words)]


def test_a_summary_holds_every_word_of_its_statements():
    content = patient_summary_pdf(summary()).content
    sections = [getattr(rich_content(), f.name) for f in fields(rich_content())]
    entries = tuple(entry for s in sections if isinstance(s, Present) for entry in s.entries)
    told = [replace(e, performer=None) if hasattr(e, "performer") else e for e in entries]
    told = [replace(e, prescriber=replace(e.prescriber, identifiers=(), telecoms=(), organisation=None))
            if getattr(e, "prescriber", None) else e for e in told]  # fmt: skip
    assert lost(tuple(told), content) == []


def test_a_lost_word_is_found_here():
    content = patient_summary_pdf(summary()).content
    assert lost((Coded("Borte"), Moment("1812")), content) == ["Borte", "1812"]


def test_a_prescription_holds_every_word_of_its_item():
    rich = item(
        dosage=replace(item().dosage, dose=Quantity(Decimal("1.5")), dose_high=Quantity(Decimal("2.5")), as_needed=True,
            timings=(Timing(period=Quantity(Decimal("8"), Coded("timer"))),
                Timing(event=Coding("ACM", "2.999", "før frokost"), offset=Quantity(Decimal("30"), Coded("min"))),
                Timing(at=Moment("2026-05-02T08:00:00+02:00")))),
        amount=Quantity(Decimal("100"), Coded("stk")), substitution_code=Coded("Reservasjon mot bytte"),
        product=product(lot="L-77", parts=(product(name="Delpreparat", packages=()),)),
    )  # fmt: skip
    content = prescription_pdf(prescription(rich)).content
    assert lost(rich, content) == []
    assert lost(person(), content) == ["PCP", "ECON"]
    assert holds(content, "Fastlege")
    assert holds(content, "Kontaktperson i nødsituasjon")


@pytest.mark.parametrize("person_id", ["rich", "sami-names", "ordinary-child"])
def test_the_header_says_whose_it_is_on_every_page(person_id: str):
    pivot = samples.summary(person_id)
    content = patient_summary_pdf(pivot).content
    assert lost(replace(pivot.patient, contacts=()), content) == []
    number = pivot.patient.identifiers[0].extension
    assert text_of(content).count(f"{pivot.patient.name.plain()} · født {pivot.patient.birth.iso} · {number}") >= 1


OF_MACHINES = re.compile(r"\d (?:hours?|days?|weeks?|months?)\b|2\.16\.578\.1\.12\.4\.1\.1\.\d")
"""An interval in UCUM's English, and the number of a Norwegian list where its name belongs."""


def test_the_original_is_written_in_words_of_people():
    originals = [patient_summary_pdf(samples.summary(name)).content for name in ("rich", "ordinary-old-woman")]
    written = joined_prescriptions("prescriptions").values()
    originals += [prescription_pdf(prescription(one.item)).content for one, _ in written]
    for content in originals:
        assert OF_MACHINES.findall(text_of(content)) == []
    assert holds(originals[0], "Når: 1 gang daglig")
    daily = Timing(period=Quantity(Decimal(24), Coded("hour", Coding("h", "2.16.840.1.113883.6.8", "hour"))))
    every = item(dosage=replace(item().dosage, timings=(daily,)))
    assert holds(prescription_pdf(prescription(every)).content, "Intervall hver dag")


def test_says_what_is_absent_what_nobody_knows_and_what_could_not_be_asked():
    absent = KnownAbsent("no-known-allergies", Provenance("Kjernejournal"))
    content = patient_summary_pdf(
        summary(replace(empty_content(), allergies=absent, medications=SourceUnavailable("Reseptformidleren")))
    ).content
    assert holds(content, "Ingen kjente allergier.")
    assert holds(content, "Kilden kunne ikke nås da dokumentet ble laget.")
    assert holds(content, "Det foreligger ingen informasjon om aktuelle helseproblemer.")


def test_a_prescription_says_what_was_not_stated():
    bare = item(dosage=Dosage(None, "missing"), repeats=None, substitution=None, prescriber=None, packages=None)
    said = text_of(prescription_pdf(prescription(bare, patient=replace(person(), gender=None))).content)
    assert said.count("ikke oppgitt") == 5


@pytest.mark.parametrize(
    ("language", "said"), [("nb-NO", "skal ikke byttes"), ("nn-NO", "skal ikkje bytast"), ("se-NO", "skal ikke byttes")]
)
def test_the_document_speaks_its_language(language: str, said: str):
    assert holds(prescription_pdf(prescription(language=language)).content, said)


@pytest.mark.parametrize(("gender", "said"), [(Gender.FEMALE, "Kvinne"), (Gender.MALE, "Mann")])
def test_the_patients_sex_is_said_in_words(gender: Gender, said: str):
    assert holds(prescription_pdf(prescription(patient=replace(person(), gender=gender))).content, said)


def test_original_codes_stand_beside_their_words_and_no_foreign_words_where_the_source_has_its_own():
    content = patient_summary_pdf(summary()).content
    assert holds(content, "Diabetes ikke-insulinavhengig (T90, Volven 7170)")
    assert not holds(content, "Type 2 diabetes mellitus")
