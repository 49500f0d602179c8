"""A pharmacy in Portugal dispenses Norwegian prescriptions, and takes back: real node, TLS, store and journal.

What happened is judged by the ledger of the simulated Reseptformidleren, never by the node's own answers alone.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from gateway import clock
from gateway.demonstration.pharmacy import HandedOut, Submitting, dispensed
from gateway.messages import ProvideDocuments
from tests.support.callers.assertions import ORGANISATION_ID
from tests.support.nodes.node import EP, PRIVACY, Abroad, Came
from tests.support.nodes.submissions import as_openncp_discards
from tests.support.nodes.wire import document_types
from tests.support.persons.prescriptions import prescription_id
from transformers.cda.documents.dispensation import write_dispensation
from transformers.model.prescription import Dispensation
from transformers.model.values import Identifier

OURS = "8142000"
"""Our HER-id in the demo's world."""
SET = "2.16.17.710.820.1000.990.1.99.4"


_LISTED: dict[tuple[str, str], dict[str, bytes]] = {}


class Counter:
    """One patient at the counter: her prescriptions as they were retrieved, and what is handed out on them."""

    def __init__(self, abroad: Abroad, person: str) -> None:
        self.abroad, self.person = abroad, person
        self.patient = abroad.number(person)

    def before(self) -> dict[str, bytes]:
        """As they were retrieved when they were first listed: each test finds them as the samples have them."""
        world = str(self.abroad.world.folder)
        if (world, self.person) not in _LISTED:
            _LISTED[world, self.person] = self.listed()
            self.abroad.reset()
        return _LISTED[world, self.person]

    def listed(self) -> dict[str, bytes]:
        """Documents by the prescription they are of, listed and retrieved now."""
        entries = self.abroad.query(self.person, classes=(EP,)).structured
        came = [self.abroad.retrieve(one.unique_id, person=self.person).documents[0].content for one in entries]
        return {key: content for content in came for key in self._keys() if self._id(key).encode() in content.lower()}

    def _keys(self) -> tuple[str, ...]:
        return {"ordinary-old-woman": ("furosemide", "metoprolol"), "ordinary-man": ("cream", "ramipril")}[self.person]

    def _id(self, key: str) -> str:
        return prescription_id(self.person, key)

    def handed_out(self, content: bytes, number: str | None = None, **changes: Any) -> Dispensation:
        return dispensed(content, HandedOut(number or f"ED-{uuid4()}", **changes), clock.now())

    def submission(self, *made: Dispensation) -> ProvideDocuments:
        return self.submitting().dispensations(SET, *made)

    def submitting(self) -> Submitting:
        return Submitting(self.patient, clock.now(), document_types())

    def submit(self, *made: Dispensation, **changes: Any) -> Came:
        return self.abroad.provide(self.submission(*made), self.person, **changes)

    def discard(self, made: Dispensation, **changes: Any) -> Came:
        return self.abroad.provide(self.submitting().discard(f"{SET}.5", made), self.person, **changes)

    def in_force(self, key: str) -> int:
        """Dispensings of that prescription that the ledger holds in force."""
        reports = self.abroad.ledger()["reports"]
        ours = [one for one in reports if one["prescription"].lower() == self._id(key)]
        return sum(one["in_force"] for one in ours if one["kind"] == "dispensing")

    def held(self) -> list[str]:
        """What is under dispensing by us."""
        return [one["prescription"] for one in self.abroad.ledger()["held"] if one["by"] == OURS]


@pytest.fixture
def woman(abroad: Abroad) -> Counter:
    return Counter(abroad, "ordinary-old-woman")


@pytest.fixture
def man(abroad: Abroad) -> Counter:
    return Counter(abroad, "ordinary-man")


def test_a_prescription_is_dispensed_repeated_and_taken_back(woman: Counter):
    content = woman.before()["furosemide"]
    made = woman.handed_out(content)
    assert woman.submit(made).registry == "Success"
    assert (woman.in_force("furosemide"), woman.held()) == (1, [])
    again = woman.submit(made)
    assert (again.registry, woman.in_force("furosemide")) == ("Success", 1)
    back = woman.discard(made)
    assert (back.registry, woman.in_force("furosemide"), woman.held()) == ("Success", 0, [])
    assert woman.discard(made).registry == "Success"
    event = woman.abroad.event()
    assert (event["transaction"], event["life_cycle"]) == ("ITI-41", 14)


@pytest.mark.prove
def test_what_is_left_decides_and_the_last_of_it_closes(woman: Counter):
    """Four packages are allowed: a fifth is refused, and nothing is registered of it."""
    content = woman.before()["metoprolol"]
    first = woman.handed_out(content, packages=Decimal(3))
    assert woman.submit(first).registry == "Success"
    over = woman.submit(woman.handed_out(content, packages=Decimal(2)))
    assert (over.registry, over.codes) == ("Failure", ("ERROR_ED_NOT_DISPENSABLE_EPRESCRIPTION",))
    last = woman.handed_out(content)
    assert woman.submit(last).registry == "Success"
    assert woman.in_force("metoprolol") == 2
    exhausted = woman.submit(woman.handed_out(content))
    assert (exhausted.codes, woman.in_force("metoprolol")) == (("4106",), 2)
    assert woman.discard(last).registry == "Success"
    assert woman.submit(woman.handed_out(woman.listed()["metoprolol"])).registry == "Success"
    assert (woman.in_force("metoprolol"), woman.held()) == (2, [])


def test_a_discard_as_openncp_sends_it_undoes_what_the_document_id_names(woman: Counter):
    """First code and first templateId changed, no type in the metadata, an entry id of its own.

    Another document has the same supply/id: a pharmacy may number its supplies in each document anew.
    """
    content = woman.before()["furosemide"]
    made, other = woman.handed_out(content), woman.handed_out(content)
    other = replace(other, item=replace(other.item, id=made.item.id))
    assert woman.submit(made).registry == "Success"
    assert woman.submit(other).registry == "Success"
    before = woman.in_force("furosemide")
    usual = woman.submitting().discard(SET, made)
    (document,) = usual.documents
    written = write_dispensation(made).content
    theirs = replace(document, content=as_openncp_discards(written), type_code=None, unique_id=f"urn:uuid:{uuid4()}")
    assert woman.abroad.provide(replace(usual, documents=(theirs,)), woman.person).registry == "Success"
    assert woman.in_force("furosemide") == before - 1
    assert woman.discard(other).registry == "Success"


def test_two_documents_take_effect_together_or_not_at_all(man: Counter):
    listed = man.before()
    one, other = (man.handed_out(listed[key]) for key in ("cream", "ramipril"))
    wrong = replace(other, item=replace(other.item, quantity=replace(other.item.quantity, value=Decimal(50))))  # type: ignore[type-var]  # it states one
    refused = man.submit(one, wrong)
    assert (refused.registry, refused.codes) == ("Failure", ("ERROR_ED_NOT_DISPENSABLE_EPRESCRIPTION",))
    assert (man.in_force("cream"), man.in_force("ramipril"), man.held()) == (0, 0, [])
    assert man.submit(one, other).registry == "Success"
    assert (man.in_force("cream"), man.in_force("ramipril"), man.held()) == (1, 1, [])
    event = man.abroad.event()
    assert [one["product"] for one in event["dispensings"]] == [made.item.product.name for made in (one, other)]
    assert len(event["national_messages"]) >= 4


def test_a_dispensation_without_a_list_before_is_refused_as_of_an_unknown_prescription(woman: Counter):
    content = woman.before()["furosemide"]
    unknown = replace(woman.handed_out(content), prescription=Identifier("2.16.578.1.12.4.5.10.1.1", str(uuid4())))
    before = woman.in_force("furosemide")
    refused = woman.submit(unknown)
    assert refused.registry == "Failure"
    assert woman.in_force("furosemide") == before


def test_a_reservation_since_the_retrieve_refuses_before_the_effect(woman: Counter):
    content = woman.before()["furosemide"]
    woman.abroad.decide("RESERVASJON")
    before = woman.in_force("furosemide")
    refused = woman.submit(woman.handed_out(content))
    assert (refused.codes, woman.in_force("furosemide")) == (("4105",), before)
    assert woman.abroad.calls() == PRIVACY


@pytest.mark.prove
def test_a_discard_is_not_stopped_by_a_reservation(woman: Counter):
    made = woman.handed_out(woman.before()["furosemide"])
    assert woman.submit(made).registry == "Success"
    woman.abroad.decide("RESERVASJON")
    assert woman.discard(made).registry == "Success"


@pytest.mark.prove
def test_a_service_that_is_down_before_refuses_and_the_same_document_may_come_again(woman: Counter):
    made = woman.handed_out(woman.before()["furosemide"])
    woman.abroad.fault("reseptformidleren", "down")
    refused = woman.submit(made)
    assert refused.codes == ("ERROR_ED_REGISTRY_NOT_AVAILABLE",)
    woman.abroad.reset()
    assert woman.submit(made).registry == "Success"
    assert woman.discard(made).registry == "Success"


@pytest.mark.prove
def test_the_same_document_id_with_other_content_is_refused(woman: Counter):
    made = woman.handed_out(woman.before()["furosemide"])
    assert woman.submit(made).registry == "Success"
    other = replace(made, item=replace(made.item, substituted=True))
    assert woman.submit(other).codes == ("ERROR_ED_INCORRECT_FORMATTING",)
    assert woman.discard(made).registry == "Success"
    assert woman.submit(made).codes == ("ERROR_ED_NOT_DISPENSABLE_EPRESCRIPTION",)


@pytest.mark.prove
def test_only_who_dispensed_may_take_it_back(woman: Counter):
    made = woman.handed_out(woman.before()["furosemide"])
    assert woman.submit(made).registry == "Success"
    before = woman.in_force("furosemide")
    refused = woman.discard(made, hcp={"attributes": {ORGANISATION_ID: "urn:oid:2.999.1"}})
    assert (refused.codes, woman.in_force("furosemide")) == (("ERROR_ED_DISCARD_FAILED",), before)
    assert woman.discard(made).registry == "Success"
