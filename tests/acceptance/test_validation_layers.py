"""A node told to check with every layer: what it sends is clean under the official rules, and its evidence says so."""

from collections.abc import Iterator

import pytest

from tests.support.machine.require import artefacts
from tests.support.nodes.node import EP, Abroad
from tests.support.nodes.worlds import abroad_in
from transformers.model.finding import Severity
from transformers.validation import check


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Abroad]:
    norway = {
        "NCPEH_ARTEFACTS": str(artefacts()),
        "NCPEH_VALIDATION__OUTGOING__LAYERS": '["own", "xsd", "schematron"]',
        "NCPEH_VALIDATION__DEADLINE": "PT2M",  # rules are compiled, however busy the machine is
    }
    with abroad_in(tmp_path_factory.mktemp("strict"), norway) as abroad:
        yield abroad


def test_a_summary_that_left_was_looked_at_by_every_layer(strict: Abroad):
    strict.reset()
    entries = strict.query("rich").entries
    assert len(entries) == 2, "the original passes every layer too"
    assert strict.event()["validated"] == ["own", "xsd", "schematron"]
    for entry in entries:
        (document,) = strict.retrieve(entry.unique_id).documents
        checked = check(document.content, artefacts())
        assert (checked.layers_run, checked.layers_unavailable) == (("xsd", "schematron", "own"), {})
        assert [f for f in checked.report.findings if f.code != "check-unavailable"] == []


def test_every_prescription_that_left_was_looked_at_by_every_layer(strict: Abroad):
    strict.reset()
    entries = strict.query("rich", classes=(EP,)).structured
    assert len(entries) > 5
    assert strict.event()["validated"] == ["own", "xsd", "schematron"]
    for entry in entries[:2]:
        (document,) = strict.retrieve(entry.unique_id).documents
        checked = check(document.content, artefacts())
        assert (checked.layers_run, checked.layers_unavailable) == (("xsd", "schematron", "own"), {})
        assert [f for f in checked.report.findings if f.severity in (Severity.ERROR, Severity.FATAL)] == []
