"""The original of every sample person is valid, or there is none."""

from dataclasses import replace

import pytest

from gateway.errors import DocumentInvalid
from gateway.exchange.country_a.compose import draft_original, refuse_unfit
from tests.support.machine.require import artefacts
from tests.support.persons import samples
from transformers.model.finding import Severity
from transformers.validation import check


@pytest.mark.parametrize("person", samples.persons())
def test_the_original_of_every_sample_person_is_valid(person: str):
    content, report = draft_original(samples.summary(person), samples.release(), 8)
    found = check(content, artefacts()).report.findings
    assert [f for f in found if f.severity is not Severity.INFO] == []
    assert "unmapped-code" not in {f.code for f in report.findings}


def test_there_is_no_original_without_a_title():
    content, report = draft_original(replace(samples.summary("rich"), title=" "), samples.release(), 8)
    assert content == b""
    with pytest.raises(DocumentInvalid):
        refuse_unfit(report)
