"""500 generated persons: every document valid by XSD, the wave-8 Schematron and our own rules, and read back whole.

A tenth of them in `make test`, all of them in `make prove`.
"""

import os

import pytest

from tests.support.authoring.generate_persons import COUNT, generated
from tests.support.machine.require import artefacts
from transformers.cda.documents.patient_summary import read_patient_summary, write_patient_summary
from transformers.model.finding import Severity
from transformers.model.summary import KnownAbsent, NoInformation, Present, SourceUnavailable
from transformers.validation import check

STEP = 1 if os.environ.get("NCPEH_PROVE") == "1" else 10
EXPLAINED = ("dtr1-4-EN", "dtr1-2-TS.EPSOS.TZ")
"""Warnings that are right all the same: see test_official_rules."""


def number_of(pivot) -> int:
    return int(pivot.id.extension.removeprefix("PS-"))


@pytest.mark.parametrize("pivot", list(generated(step=STEP)), ids=number_of)
def test_the_document_of_a_generated_person_is_valid_and_is_read_whole(pivot):
    written = write_patient_summary(pivot)
    checked = check(written.content, artefacts())
    assert checked.layers_run == ("xsd", "schematron", "own")
    grave = [f for f in checked.report.findings if f.severity is not Severity.INFO]
    assert [f for f in grave if not f.text.startswith(EXPLAINED)] == []
    assert [f.code for f in read_patient_summary(written.content).report.findings] == []


def test_the_persons_are_the_same_every_time():
    once, again = (list(generated(step=50)) for _ in range(2))
    assert once == again


def test_the_persons_are_of_every_kind():
    everybody = list(generated())
    assert len(everybody) == COUNT
    assert len({p.patient.identifiers[0].extension for p in everybody}) == COUNT
    for state in (Present, KnownAbsent, NoInformation, SourceUnavailable):
        assert any(isinstance(p.content.allergies, state) for p in everybody)
    assert any(not p.patient.name.family.isascii() for p in everybody)
    problems = [e for p in everybody if isinstance(p.content.problems, Present) for e in p.content.problems.entries]
    assert any(e.condition.target is None for e in problems)
    assert any(e.note is not None and len(e.note) > 1000 for e in problems)
