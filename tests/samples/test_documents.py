"""Every sample person's Patient Summary is valid: XSD, wave-8 Schematron and our own rules, without a warning."""

import pytest

from gateway.exchange.country_a.compose import write_document
from tests.support.machine.generated import of_the_day
from tests.support.machine.require import artefacts
from tests.support.persons import samples
from transformers.model.finding import Severity
from transformers.validation import check


@pytest.mark.parametrize("person", of_the_day("valid", samples.persons(), 6))
def test_the_patient_summary_of_a_sample_person_is_valid(person: str):
    document, _ = write_document(samples.summary(person), samples.release(), 8)
    checked = check(document, artefacts())
    grave = [f for f in checked.report.findings if f.severity is not Severity.INFO]
    assert grave == []
    assert set(checked.layers_run) == {"xsd", "schematron", "own"}


@pytest.mark.parametrize("person", samples.persons())
def test_the_same_person_gives_the_same_bytes(person: str):
    once, _ = write_document(samples.summary(person), samples.release(), 8)
    again, _ = write_document(samples.summary(person), samples.release(), 8)
    assert once == again
