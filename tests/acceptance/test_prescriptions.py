"""A pharmacist in Portugal lists and retrieves a Norwegian patient's prescriptions: real node, real TLS, real store.

What may not cross is not listed, and the evidence says why; what changed since it was listed is not sent.
"""

import hashlib
from typing import Any

import pytest

from tests.support.callers.assertions import PERMISSION
from tests.support.machine.require import artefacts
from tests.support.nodes.node import EP, PRIVACY, PS, Abroad
from tests.support.nodes.other_node import other_node
from tests.support.norway.pharmacies import pharmacy
from tests.support.persons.prescriptions import prescription_id
from transformers.model.finding import Severity
from transformers.validation import check
from trust import pki_layout

SEARCH = [*PRIVACY, "reseptformidleren/ERM91"]


def listed(abroad: Abroad, person: str):
    return abroad.query(person, classes=(EP,))


def withheld(abroad: Abroad) -> dict[str, list[str]]:
    return {one["prescription_id"]: one["reasons"] for one in abroad.event().get("withheld", [])}


def one_of(abroad: Abroad, person: str, key: str):
    """The listed document of a prescription, told by the item's id within."""
    wanted = prescription_id(person, key).encode().lower()
    for entry in listed(abroad, person).structured:
        (document,) = abroad.retrieve(entry.unique_id, person=person).documents
        if wanted in document.content.lower():
            return entry
    raise AssertionError(key)


def test_what_may_cross_is_listed_and_retrieved_byte_for_byte(abroad: Abroad):
    came = listed(abroad, "ordinary-old-woman")
    assert came.registry == "Success"
    assert len(came.structured) == 2
    assert len({entry.unique_id for entry in came.entries}) == 4
    calls = abroad.calls()
    assert calls[: len(SEARCH)] == SEARCH
    assert not [call for call in calls if call.endswith("/ERM93")]
    event = abroad.event()
    assert [one["unique_id"] for one in event["documents"]] == [entry.unique_id for entry in came.entries]
    assert "prescriptions" in event["access"]["origins"]
    assert withheld(abroad) == {prescription_id("ordinary-old-woman", "warfarin"): ["amount-missing"]}
    for entry in came.entries:
        answer = abroad.retrieve(entry.unique_id, person="ordinary-old-woman")
        (document,) = answer.documents
        assert answer.registry == "Success"
        assert len(document.content) == entry.size
        assert hashlib.sha1(document.content, usedforsecurity=False).hexdigest() == entry.sha1
        found = check(document.content, artefacts()).report.findings
        assert [one for one in found if one.severity in (Severity.ERROR, Severity.FATAL)] == []
        assert [one["unique_id"] for one in abroad.event()["documents"]] == [entry.unique_id]


def test_a_list_says_what_a_pharmacist_chooses_by(abroad: Abroad):
    entries = listed(abroad, "ordinary-old-woman").structured
    codes = {event.code for entry in entries for event in entry.events}
    assert {"C03CA01", "C07AB02", "urn:ihe:iti:xdw:2011:eventCode:open"} <= codes
    assert {(entry.class_code, entry.format_code) for entry in entries} == {(EP[0], "urn:epsos:ep:pre:2010")}


REASONS = {
    "group-a": ["group-a", "scheduled-substance"],
    "scheduled": ["scheduled-substance"],
    "group-f": ["group-f"],
    "expired": ["expired"],
    "used-up": ["nothing-left"],
    "goods": ["amount-missing", "goods"],
    "compounded": ["compounded"],
    "hospital": ["hospital-prescription"],
    "being-dispensed": ["status"],
    "form-not-stated": ["required-code-unmapped"],
    "daily": None,
    "kit": None,
    "partly-dispensed": None,
}


def test_what_may_not_cross_is_not_listed_and_the_evidence_says_why(abroad: Abroad):
    came = listed(abroad, "prescriptions")
    assert came.registry == "Success"
    assert came.codes == ("WARNING_EP_MISSING_EXPECTED_MAPPING",)
    kept_back = withheld(abroad)
    assert {key: kept_back.get(prescription_id("prescriptions", key)) for key in REASONS} == REASONS
    assert prescription_id("prescriptions", "locked") not in kept_back
    assert len(came.structured) > 15


def test_who_has_no_prescriptions_gets_an_empty_success(abroad: Abroad):
    came = listed(abroad, "known-absences")
    assert (came.registry, came.entries) == ("Success", ())
    assert (came.codes, came.severities) == (("ERROR_EP_NOT_FOUND",), ("Warning",))
    assert abroad.calls() == SEARCH
    assert (abroad.event()["outcome"], abroad.written()) == ("success", (0, 0))


@pytest.mark.parametrize(
    ("fault", "code"), [("down", "ERROR_EP_REGISTRY_NOT_AVAILABLE"), ("nonsense", "ERROR_EP_INTERNAL_ERROR")]
)
def test_reseptformidleren_that_does_not_answer_is_a_failure(abroad: Abroad, fault: str, code: str):
    entry = listed(abroad, "ordinary-old-woman").structured[0]
    abroad.reset()
    abroad.fault("reseptformidleren", fault)
    for came in (listed(abroad, "ordinary-old-woman"), abroad.retrieve(entry.unique_id, person="ordinary-old-woman")):
        assert (came.registry, came.codes, came.entries, came.documents) == ("Failure", (code,), (), ())
    assert abroad.written() == (0, 0)
    abroad.reset()
    assert listed(abroad, "ordinary-old-woman").entries
    assert abroad.retrieve(entry.unique_id, person="ordinary-old-woman").documents


def test_who_blocked_a_professional_gets_nothing_listed(abroad: Abroad):
    came = listed(abroad, "blocked")
    assert (came.registry, came.codes) == ("Failure", ("ERROR_EP_NO_CONSENT",))
    assert abroad.calls() == PRIVACY


def test_who_reserved_since_is_not_sent(abroad: Abroad):
    entry = listed(abroad, "ordinary-old-woman").structured[0]
    abroad.decide("RESERVASJON")
    came = abroad.retrieve(entry.unique_id, person="ordinary-old-woman")
    assert (came.registry, came.documents) == ("Failure", ())
    abroad.reset()
    assert abroad.retrieve(entry.unique_id, person="ordinary-old-woman").documents


def test_without_the_permissions_of_a_pharmacist_nothing_is_listed_and_summaries_are(abroad: Abroad):
    only_summaries = tuple(f"{PERMISSION}:{code}" for code in ("PRD-003", "PRD-005", "PRD-006", "PRD-010", "PRD-016"))
    hcp = {"attributes": {PERMISSION: only_summaries}}
    came = abroad.query("ordinary-old-woman", classes=(EP,), hcp=hcp)
    assert (came.registry, came.codes, abroad.calls()) == ("Failure", ("4703",), [])
    assert abroad.query("ordinary-old-woman", classes=(PS,), hcp=hcp).entries


def test_a_document_of_another_patient_is_missing(abroad: Abroad):
    entry = listed(abroad, "ordinary-old-woman").structured[0]
    abroad.reset()
    came = abroad.retrieve(entry.unique_id, person="rich")
    assert (came.registry, came.codes, came.documents) == ("Failure", ("ERROR_GENERIC_DOCUMENT_MISSING",), ())
    assert abroad.calls() == PRIVACY
    assert abroad.retrieve(entry.unique_id, person="ordinary-old-woman").documents


def test_what_somebody_else_took_since_is_not_sent_and_given_back_it_is(abroad: Abroad):
    who, key = "ordinary-man", "ramipril"
    entry = one_of(abroad, who, key)
    with pharmacy(abroad.world, who) as next_door:
        next_door.take(prescription_id(who, key))
        came = abroad.retrieve(entry.unique_id, person=who)
        assert (came.registry, came.codes, came.documents) == ("Failure", ("4104",), ())
        assert withheld(abroad)[prescription_id(who, key)] == ["status"]
        assert prescription_id(who, key) not in {one.unique_id for one in listed(abroad, who).entries}
        next_door.give_back(prescription_id(who, key))
    assert abroad.retrieve(entry.unique_id, person=who).documents


@pytest.mark.parametrize("closes", [True, False])
def test_what_was_dispensed_since_is_not_sent_and_the_new_list_says_what_is_left(abroad: Abroad, closes: bool):
    who, key = "ordinary-man", "ramipril"
    entry = one_of(abroad, who, key)
    with pharmacy(abroad.world, who) as next_door:
        next_door.dispense(prescription_id(who, key), closes=closes)
    came = abroad.retrieve(entry.unique_id, person=who)
    assert (came.registry, came.codes, came.documents) == ("Failure", ("4106",), ())
    assert abroad.event()["refusal_class"] == "PrescriptionDispensed"
    abroad.reset()
    assert abroad.retrieve(entry.unique_id, person=who).documents


def test_summaries_and_prescriptions_are_listed_together(abroad: Abroad):
    came = abroad.query("ordinary-old-woman", classes=(PS, EP))
    assert [entry.class_code for entry in came.structured] == [PS[0], EP[0], EP[0]]


def trusting_others(abroad: Abroad):
    """Prescribers' issuer is one that signed no sample."""

    def change(table: dict[str, Any]) -> None:
        export = table["national"]["prescription_export"]
        export["trust_file"] = str(abroad.world.pki(pki_layout.NATIONAL_CA.certificate))

    return change


def requiring(*codes: str):
    """An ePrescription needs other European codes."""

    def change(table: dict[str, Any]) -> None:
        (row,) = [row for row in table["document_type"] if row["key"] == "ep-l3"]
        row["required_codes"] = list(codes)

    return change


def only_summaries(table: dict[str, Any]) -> None:
    for row in table["country"]:
        row["asks"] = [service for service in row["asks"] if service == "ps"]


def test_prescribers_whom_nobody_vouches_for_are_not_listed(abroad: Abroad):
    with other_node(abroad, "ep-trust", national=trusting_others(abroad)) as node:
        came = listed(node, "ordinary-old-woman")
        assert (came.registry, came.entries, came.codes) == ("Success", (), ("ERROR_EP_NOT_FOUND",))
        assert set(map(tuple, withheld(node).values())) == {
            ("signature/untrusted",),
            ("signature/untrusted", "amount-missing"),
        }
        entry = listed(abroad, "ordinary-old-woman").structured[0]
        sent = node.retrieve(entry.unique_id, person="ordinary-old-woman")
        assert (sent.registry, sent.codes, sent.documents) == ("Failure", ("ERROR_EP_NOT_FOUND",), ())
    assert abroad.retrieve(entry.unique_id, person="ordinary-old-woman").documents


def test_a_required_code_that_none_has_is_a_failure(abroad: Abroad):
    with other_node(abroad, "ep-codes", document_types=requiring("PrescribedItem.substitution_code")) as node:
        came = listed(node, "ordinary-old-woman")
        assert (came.registry, came.codes, came.entries) == ("Failure", ("ERROR_EP_MISSING_EXPECTED_MAPPING",), ())
        assert ["required-code-unmapped"] in withheld(node).values()
        assert node.event()["refusal_class"] == "RequiredMappingMissing"


def test_a_country_that_agreed_on_summaries_only_gets_no_prescriptions(abroad: Abroad):
    with other_node(abroad, "ep-agreed", countries=only_summaries) as node:
        node.reset()
        came = listed(node, "ordinary-old-woman")
        assert (came.registry, came.entries, node.calls()) == ("Failure", (), [])
        assert node.event()["refusal_class"] == "ServiceNotAgreed"
        assert node.query("ordinary-old-woman").entries
