"""The 42 kinds of defect that no official rule sees: each is an error of ours, by name, and its twin is sound."""

import pytest

from tests.support.documents.defects import (
    FORTY_TWO,
    NEED_RELEASE,
    DocumentDefect,
    coded_elements,
    sound_documents,
    spoiled_document,
    whole_release,
)
from tests.support.machine.require import artefacts
from transformers.model.finding import Severity
from transformers.validation import check
from transformers.validation.validator import DocumentValidator

GRAVE = {Severity.ERROR, Severity.FATAL}
NAMES = [f"{defect.rule}: {defect.statement}" for defect in FORTY_TWO]
OFFICIAL = ("xsd", "schematron")
OFTEN = "ep"
"""The document whose official rules are quick; of the others `test_inventory` tries most."""


def errors(content: bytes, *, compared: bool = True) -> list[str | None]:
    validator = DocumentValidator(
        layers=("own",), release=whole_release() if compared else None, coded_elements=coded_elements()
    )
    return [f.rule for f in validator.validate(content).report.findings if f.severity in GRAVE]


def test_there_are_42_of_them():
    assert len(FORTY_TWO) == len(set(NAMES)) == 42
    assert len(NEED_RELEASE) == 11


@pytest.mark.parametrize("name", sound_documents())
def test_the_sound_twin_has_no_finding_at_all(name):
    assert errors(sound_documents()[name]) == []
    assert check(sound_documents()[name], None, layers=("own",)).report.findings == []


@pytest.mark.parametrize("defect", FORTY_TWO, ids=NAMES)
def test_the_defect_is_an_error_by_name_and_nothing_else_is(defect: DocumentDefect):
    assert set(errors(spoiled_document(defect))) == {defect.rule, *defect.beside}


@pytest.mark.parametrize("defect", sorted(NEED_RELEASE), ids=lambda defect: defect.statement)
def test_without_a_release_nobody_sees_those_that_need_one(defect: DocumentDefect):
    assert errors(spoiled_document(defect), compared=False) == []


@pytest.mark.parametrize(
    "defect",
    [pytest.param(defect, marks=() if defect.document == OFTEN else pytest.mark.prove) for defect in FORTY_TWO],
    ids=NAMES,
)
def test_the_official_rules_are_silent_on_it(defect: DocumentDefect):
    found = check(spoiled_document(defect), artefacts(), layers=OFFICIAL).report.findings
    assert [(f.path, f.text) for f in found if f.severity in GRAVE] == []
