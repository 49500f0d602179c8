"""What privacy withheld from level 3 is not in level 1: over every sample person, from the words of her sources."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from uuid import uuid5

import pytest
from lxml import etree

from gateway.exchange.country_a.compose import draft_document, draft_original, summary_of
from gateway.exchange.country_a.compose_prescription import (
    draft_prescription,
    draft_prescription_original,
    prescription_of,
)
from gateway.exchange.country_a.gather import lay_together
from gateway.national.ports import AddressConfidentiality
from gateway.national.words import NORWEGIAN
from tests.support.documents.pdf import text_of
from tests.support.norway.simulator import SAMPLES
from tests.support.persons import samples
from tests.support.persons.prescriptions import joined_prescriptions
from transformers.cda.documents.level_one import read_level_one

OF_THE_HEADER = {"Fødselsnummer", "D-nummer", "Kvinne", "Mann"}
"""Level 1 says in words what level 3 says by a code or an OID."""
WORD = re.compile("[a-zæøå]{3}", re.IGNORECASE)
PRESCRIBED = [(person, key) for person in samples.persons() for key in joined_prescriptions(person)]


def strings(source: object) -> Iterator[str]:
    """Every string of a message or an answer, as its source wrote it."""
    if isinstance(source, str):
        yield source
    elif isinstance(source, etree._Element):
        for element in source.iter("*"):
            yield from (element.text or "", *map(str, element.attrib.values()))
    elif isinstance(source, dict | list):
        for each in source.values() if isinstance(source, dict) else source:
            yield from strings(each)


def squeezed(text: str) -> str:
    return "".join(text.split())


def words_of(file: Path) -> set[str]:
    read = json.loads(file.read_text("utf-8")) if file.suffix == ".json" else etree.fromstring(file.read_bytes())
    return {" ".join(said.split()) for said in strings(read) if len(said) >= 4 and WORD.search(said)}


def written(content: bytes) -> str:
    return squeezed(" ".join(strings(etree.fromstring(content))))


def printed(content: bytes) -> str:
    return squeezed(text_of(read_level_one(content).document.content))


@cache
def summaries(person: str) -> tuple[str, str]:
    """What level 3 says and what level 1 says."""
    summary, release = samples.summary(person), samples.release()
    return written(draft_document(summary, release, 8)[0]), printed(draft_original(summary, release, 8)[0])


@pytest.mark.parametrize("person", samples.persons())
def test_no_word_of_her_sources_is_in_the_original_of_a_summary_that_is_not_in_its_twin(person: str):
    home = SAMPLES / "persons" / person
    files = [
        file for file in home.rglob("*") if file.suffix in (".json", ".xml") and file.parent.name != "prescriptions"
    ]
    said = set().union(*map(words_of, files))
    structured, original = summaries(person)
    assert {word for word in said if squeezed(word) in original and squeezed(word) not in structured} <= OF_THE_HEADER
    assert squeezed(samples.summary(person).patient.name.family) in original


@pytest.mark.parametrize(("person", "key"), PRESCRIBED, ids=lambda each: each)
def test_what_a_prescription_does_not_say_at_level_3_for_privacy_its_original_does_not_say(person: str, key: str):
    known = samples.sample_of(person)[0]
    item = joined_prescriptions(person)[key][0].item
    made = {
        protection: prescription_of(
            samples.NOW,
            replace(known, confidentiality=protection),
            item,
            samples.composer(),
            uuid5(samples.NAMESPACE, key),
        )
        for protection in (AddressConfidentiality.UNCLASSIFIED, AddressConfidentiality.CONFIDENTIAL)
    }
    plain, held = (strings_of(one) for one in made.values())
    withheld = said_nowhere(plain - held, held)
    assert known.person.address is None or withheld
    prescription = made[AddressConfidentiality.CONFIDENTIAL]
    said = printed(draft_prescription_original(prescription, samples.release(), 8)[0])
    structured, _ = draft_prescription(prescription, samples.release(), 8)
    said += written(structured) if structured else ""  # without an amount there is none, and the original is not listed
    assert {word for word in withheld if squeezed(word) in said} == set()


def said_nowhere(words: set[str], held: set[str]) -> set[str]:
    """Words some part of which stands in nothing that may leave: a prescriber's name does, as the author's."""
    allowed = " ".join(held)
    return {said for said in words if not all(part in allowed for part in said.split())}


def strings_of(pivot: object) -> set[str]:
    """Every string of four letters or more in a pivot."""
    found: set[str] = set()
    waiting = [pivot]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found |= {value} if len(value) >= 4 and WORD.search(value) else set()
        elif isinstance(value, tuple):
            waiting += value
        else:
            waiting += (getattr(value, name) for name in getattr(type(value), "__dataclass_fields__", ()))
    return found


@pytest.mark.parametrize("person", samples.persons())
def test_of_a_protected_person_neither_says_what_may_tell_where_she_lives(person: str):
    known, critical, medicines, vaccinations = samples.sample_of(person)
    content = lay_together(critical, medicines, vaccinations, NORWEGIAN).content
    made = [
        summary_of(
            samples.NOW, replace(known, confidentiality=protection), content, samples.composer(), samples.NAMESPACE
        )
        for protection in (AddressConfidentiality.UNCLASSIFIED, AddressConfidentiality.CONFIDENTIAL)
    ]
    plain, held = map(strings_of, made)
    withheld = said_nowhere(plain - held, held)
    assert known.person.address is None or withheld
    release = samples.release()
    said = written(draft_document(made[1], release, 8)[0]) + printed(draft_original(made[1], release, 8)[0])
    assert {word for word in withheld if squeezed(word) in said} == set()
