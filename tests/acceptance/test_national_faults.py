"""A national service that is down, answers nonsense or denies: refused, or said in its section, as policy has it."""

from itertools import product

import pytest

from tests.support.machine.generated import of_the_day
from tests.support.nodes.node import CLINICAL, IDENTITY, PRIVACY, Abroad, refused

CAUSES = {
    "down": "NationalServiceDown",
    "nonsense": "NationalAnswerUnreadable",
    "denied": "NationalAccessDenied",
}
ASKED_UP_TO = {"persontjenesten": IDENTITY, "pvk": PRIVACY[:2], "kritisk-informasjon-status": PRIVACY}


@pytest.mark.parametrize(("service", "fault"), of_the_day("identity or privacy", product(ASKED_UP_TO, CAUSES), 4))
def test_refuses_every_step_when_identity_or_privacy_cannot_be_asked(abroad: Abroad, service: str, fault: str):
    entry = abroad.listed()
    steps = {
        "ITI-55": abroad.discover,
        "ITI-38": abroad.query,
        "ITI-39": lambda: abroad.retrieve(entry.unique_id),
    }
    for transaction, ask in steps.items():
        abroad.reset()
        abroad.fault(service, fault)
        refused(abroad, ask(), transaction, CAUSES[fault], ASKED_UP_TO[service])
    abroad.reset()
    assert abroad.retrieve(entry.unique_id).documents


@pytest.mark.parametrize("fault", of_the_day("critical", CAUSES, 1))
def test_refuses_a_summary_without_its_critical_information(abroad: Abroad, fault: str):
    abroad.fault("kritisk-informasjon", fault)
    came = abroad.query()
    calls = [call for call in CLINICAL if not call.startswith("kritisk-informasjon/")]
    assert [call for call in abroad.calls() if not call.startswith("kritisk-informasjon/")] == calls
    refused(abroad, came, "ITI-38", CAUSES[fault], abroad.calls())
    abroad.reset()
    assert abroad.query().entries


@pytest.mark.parametrize(
    ("service", "fault"), of_the_day("source", product(["reseptformidleren", "sysvak"], CAUSES), 3)
)
def test_a_summary_says_which_source_did_not_answer(abroad: Abroad, service: str, fault: str):
    whole = abroad.retrieve(abroad.listed().unique_id)
    assert "WARNING_PS_MISSING_BASIC_DATA" not in whole.codes
    abroad.reset()
    abroad.fault(service, fault)
    listed = abroad.listed()
    assert abroad.calls() == CLINICAL
    came = abroad.retrieve(listed.unique_id)
    assert came.registry == "Success"
    assert "WARNING_PS_MISSING_BASIC_DATA" in came.codes
    assert set(came.severities) == {"Warning"}
    assert abroad.event()["outcome"] == "success"
