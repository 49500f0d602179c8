"""Address protection: after concealing, nobody and no place is left anywhere, and nothing else is missing."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings

from gateway.exchange.country_a.compose import summary_of
from gateway.exchange.country_a.conceal import conceal_content, conceal_item, conceal_person
from gateway.national.ports import AddressConfidentiality
from tests.support.callers.verified import NOW
from tests.support.machine.generated import examples, pivots
from tests.support.norway.in_memory import person
from tests.support.persons.samples import composer
from tests.support.pivots.rich_prescriptions import item
from tests.support.pivots.summaries import professional
from tests.support.pivots.summary_strategies import CONTENTS, PERSONS
from transformers.model.people import (
    Address,
    Contact,
    Gender,
    Name,
    Organisation,
    Person,
    Professional,
    Telecom,
)
from transformers.model.summary import (
    Dosage,
    Immunisation,
    KnownAbsent,
    MedicationStatement,
    MedicinalProduct,
    NoInformation,
    ObservationGroup,
    PatientSummary,
    Present,
    SummaryContent,
)
from transformers.model.values import Coded, Identifier, Moment, Period, Provenance

REVEALING = (Address, Telecom, Contact, Professional, Organisation)
CONCEALED = {
    (Person, "address"): None,
    (Person, "telecoms"): (),
    (Person, "contacts"): (),
    (Provenance, "recorded_by"): None,
    (MedicationStatement, "prescriber"): None,
    (Immunisation, "performer"): None,
    (Immunisation, "manufacturer"): None,
    (ObservationGroup, "performer"): None,
    (MedicinalProduct, "manufacturer"): None,
}


def nodes(value: Any) -> Iterator[Any]:
    """Every dataclass inside a value."""
    if isinstance(value, tuple):
        for item in value:
            yield from nodes(item)
    elif is_dataclass(value):
        yield value
        for field in fields(value):
            yield from nodes(getattr(value, field.name))


def masked(value: Any) -> Any:
    """A value as nested lists, with what is to be concealed left out; independent of how concealing is done."""
    if isinstance(value, tuple):
        return [masked(item) for item in value]
    if not is_dataclass(value):
        return value
    kind = type(value)
    kept = {f.name: masked(getattr(value, f.name)) for f in fields(value) if (kind, f.name) not in CONCEALED}
    return kind.__name__, kept


@given(CONTENTS)
@pivots(300)
def test_nobody_and_no_place_survives_anywhere_in_the_content(content: SummaryContent):
    concealed = conceal_content(content)
    for node in nodes(concealed):
        assert not isinstance(node, REVEALING)
        assert not isinstance(node, Provenance) or node.recorded_by is None


@given(CONTENTS)
@pivots(300)
def test_everything_else_of_the_content_stays_as_it_was(content: SummaryContent):
    assert masked(conceal_content(content)) == masked(content)


@given(PERSONS)
@settings(max_examples=examples(200))
def test_a_person_keeps_what_identifies_her_and_nothing_that_finds_her(who: Person):
    concealed = conceal_person(who)
    assert (concealed.address, concealed.telecoms, concealed.contacts) == (None, (), ())
    assert masked(concealed) == masked(who)


@given(CONTENTS, PERSONS)
@pivots(100)
def test_concealing_twice_is_concealing_once(content: SummaryContent, who: Person):
    assert conceal_content(conceal_content(content)) == conceal_content(content)
    assert conceal_person(conceal_person(who)) == conceal_person(who)


CLINIC = Organisation("Skjulestedet legekontor", (Identifier("2.16.578.1.12.4.1.4.101", "999999999"),))
PLACE = Address(("Naustbakken 3",), "6690", "Aure", "NO")
DOCTOR = Professional(Name(("Storm",), "Hauk"), organisation=CLINIC, address=PLACE, telecoms=(Telecom("tel:+47"),))
SAID = Provenance("Reseptformidleren", "1", Moment("2026-01-01"), "Storm Hauk, Skjulestedet legekontor")
CONTENT = SummaryContent(
    allergies=NoInformation(),
    medications=Present(
        (
            MedicationStatement(
                "m", MedicinalProduct("Insulin", "brand"), Dosage("1"), Period(), True, None, SAID, prescriber=DOCTOR
            ),
        )
    ),
    problems=KnownAbsent("no-known-problems", SAID),
    procedures=NoInformation(),
    devices=NoInformation(),
    immunisations=Present((Immunisation("v", Coded("HPV"), Moment("2024"), SAID, performer=CLINIC),)),
)
WHO = Person(
    (Identifier("2.16.578.1.12.4.1.4.1", "1"),), Name(("Stille",), "Rognebær"), Gender.FEMALE, Moment("1990-01-01"),
    address=PLACE, telecoms=(Telecom("tel:+47"),),
    contacts=(Contact("NOK", Name(("Bror",), "Rognebær"), address=PLACE),),
)  # fmt: skip


def document(confidentiality: AddressConfidentiality) -> PatientSummary:
    known = replace(person(), person=WHO, confidentiality=confidentiality)
    return summary_of(NOW, known, CONTENT, composer(), UUID("0b9a5a4e-6b6c-4f0d-9d7e-0e5f8c3a1a01"))


@pytest.mark.parametrize(
    "confidentiality", [one for one in AddressConfidentiality if one is not AddressConfidentiality.UNCLASSIFIED]
)
def test_a_protected_persons_document_holds_nothing_of_where_she_is(confidentiality: AddressConfidentiality):
    made = document(confidentiality)
    assert not any(isinstance(node, REVEALING) for node in nodes((made.patient, made.content)))
    for revealing in ("Skjulestedet", "Naustbakken", "6690", "Aure", "Storm", "Bror", "+47"):
        assert revealing not in repr((made.patient, made.content))
    assert "Insulin" in repr(made.content)


def test_an_unprotected_persons_document_holds_it():
    made = document(AddressConfidentiality.UNCLASSIFIED)
    assert (made.patient, made.content) == (WHO, CONTENT)


def test_a_prescription_keeps_its_prescribers_name_and_number_and_no_place():
    whole = item(prescriber=professional(), provenance=Provenance("RF", "1", None, "Legen, Stedet"))
    assert whole.prescriber is not None
    assert whole.product.manufacturer is not None
    concealed = conceal_item(whole)
    who = concealed.prescriber
    assert who is not None
    assert (who.name, who.identifiers, who.role) == (
        whole.prescriber.name, whole.prescriber.identifiers, whole.prescriber.role,
    )  # fmt: skip
    assert (who.organisation, who.telecoms, who.address) == (None, (), None)
    assert (concealed.product.manufacturer, concealed.provenance.recorded_by) == (None, None)
    assert replace(concealed, prescriber=None, product=whole.product, provenance=whole.provenance) == replace(
        whole, prescriber=None
    )
