"""The official example summaries of waves 5 and 8 are read, and every loss of theirs is explained."""

import pytest

from tests.support.machine.require import artefacts
from transformers.cda.documents.patient_summary import read_patient_summary
from transformers.model.finding import Severity
from transformers.model.summary import Present


def entries(state):
    assert isinstance(state, Present)
    return state.entries


def examples():
    names = ("openncp-2-5678-W8.xml", "reference-test-data-W5-known-absence.xml", "reference-test-data-W5.xml")
    return [f"ps/{name}" for name in names] + ["skeletons/ps_b_med2eff.xml", "skeletons/psf_full.xml"]


EXPLAINED = {
    "hl7:assignedAuthor[1]/hl7:code[1]": "an author's specialty beside the function that stands for it",
    "hl7:observation[1]/hl7:code[1]": "the kind of a medication's reason (42.23) beside the reason",
    "hl7:effectiveTime[1]/hl7:low[1]": "since when a medication had its reason",
    "hl7:section[1]": "functional status in words alone",
}
"""Ends of the paths of losses in the official examples, with what they are."""


@pytest.mark.parametrize("name", examples())
def test_the_official_examples_are_read_with_an_explained_report(name: str):
    result = read_patient_summary((artefacts() / "cda-examples" / name).read_bytes())
    assert [f for f in result.report.findings if f.severity is Severity.ERROR] == []
    left = [f.path for f in result.report.findings if not f.path.endswith(tuple(EXPLAINED))]
    assert left == []


def test_the_reference_document_of_wave_5_is_read_in_all_its_sections():
    content = (artefacts() / "cda-examples/ps/reference-test-data-W5.xml").read_bytes()
    found = read_patient_summary(content).summary.content
    counted = {
        name: len(entries(getattr(found, name)))
        for name in ("allergies", "medications", "problems", "procedures", "devices", "past_illness", "immunisations")
    }
    assert counted == {
        "allergies": 4, "medications": 5, "problems": 6, "procedures": 3, "devices": 1, "past_illness": 2,
        "immunisations": 4,
    }  # fmt: skip
    more = ("vital_signs", "results", "social_history", "pregnancies")
    assert [len(entries(getattr(found, name))) for name in more] == [1, 1, 2, 1]
