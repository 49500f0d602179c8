"""The acceptance catalogue of another country's contact point, as far as it is about dispensing: B10 to B14, C and D.

B11 is here: all or none. A dispensation needs a list to its country before it, and no retrieve (B14).
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest

from tests.acceptance.test_dispensations import Counter
from tests.support.nodes.node import EP, Abroad
from tests.support.nodes.submissions import edispensation, provided, submission
from transformers.model.prescription import Dispensation
from transformers.model.values import Identifier

NOT_DISPENSABLE = "ERROR_ED_NOT_DISPENSABLE_EPRESCRIPTION"


@pytest.fixture
def woman(abroad: Abroad) -> Counter:
    return Counter(abroad, "ordinary-old-woman")


@pytest.mark.prove
def test_b10_dispense_after_the_original_alone(woman: Counter):
    """A pharmacy that read the PDF names it as what it fulfils: its twin is meant."""
    content = woman.before()["furosemide"]
    made = woman.handed_out(content)
    assert made.prescription is not None
    entries = woman.abroad.query(woman.person, classes=(EP,)).entries
    coded = f"{made.prescription.root}^{made.prescription.extension}"
    (original,) = [one.unique_id for one in entries if one.transformed_from == coded]
    root, _, extension = original.partition("^")
    named = replace(made, prescription=Identifier(root, extension))
    assert woman.submit(named).registry == "Success"
    assert woman.in_force("furosemide") == 1


@pytest.mark.prove
def test_b10_dispense_two_at_once_and_one_after_the_other(woman: Counter):
    listed = woman.before()
    both = [woman.handed_out(listed[key]) for key in ("furosemide", "metoprolol")]
    assert woman.submit(*both).registry == "Success"
    for key in ("furosemide", "metoprolol"):
        assert woman.submit(woman.handed_out(listed[key])).registry == "Success"
    assert (woman.in_force("furosemide"), woman.in_force("metoprolol"), woman.held()) == (2, 2, [])


@pytest.mark.prove
def test_b11_one_of_two_no_longer_allowed_leaves_neither(woman: Counter):
    listed = woman.before()
    whole = woman.handed_out(listed["metoprolol"], packages=Decimal(4))
    assert woman.submit(whole).registry == "Success"
    both = [woman.handed_out(listed[key]) for key in ("furosemide", "metoprolol")]
    assert woman.submit(*both).codes == ("4106",)
    assert (woman.in_force("furosemide"), woman.held()) == (0, [])


@pytest.mark.prove
def test_b12_double_dispensation_in_two_operations(woman: Counter):
    content = woman.before()["furosemide"]
    assert woman.submit(woman.handed_out(content, packages=Decimal(4))).registry == "Success"
    assert woman.submit(woman.handed_out(content, packages=Decimal(4))).codes == ("4106",)
    assert woman.in_force("furosemide") == 1


@pytest.mark.prove
def test_b13_double_dispensation_inside_one_operation(woman: Counter):
    content = woman.before()["furosemide"]
    twice = [woman.handed_out(content, packages=Decimal(3)) for _ in range(2)]
    assert woman.submit(*twice).codes == (NOT_DISPENSABLE,)
    assert (woman.in_force("furosemide"), woman.held()) == (0, [])
    within = [woman.handed_out(content, packages=Decimal(2)) for _ in range(2)]
    assert woman.submit(*within).registry == "Success"
    assert (woman.in_force("furosemide"), woman.held()) == (2, [])


@pytest.mark.prove
def test_b14_dispense_without_a_list_before(woman: Counter):
    made = woman.handed_out(woman.before()["furosemide"])
    never = replace(made, prescription=Identifier("2.16.578.1.12.4.5.10.1.1", str(uuid4()).upper()))
    assert woman.submit(never).codes == ("4105",)
    assert woman.submit(made).registry == "Success"


@pytest.mark.prove
def test_c01_a_reservation_before_each_step_refuses_it_and_c02_lifted_it_is_as_before(woman: Counter):
    """Identify, list, retrieve, dispense; a discard alone is stopped by nothing."""
    abroad, person = woman.abroad, woman.person
    content = woman.before()["furosemide"]
    entry = abroad.query(person, classes=(EP,)).structured[0].unique_id
    made = woman.handed_out(content)
    steps = {
        "identify": lambda: abroad.discover(person).codes,
        "list": lambda: abroad.query(person, classes=(EP,)).codes,
        "retrieve": lambda: abroad.retrieve(entry, person=person).codes,
        "dispense": lambda: woman.submit(made).codes,
        "discard": lambda: woman.discard(made).codes,
    }
    for name, step in steps.items():
        abroad.decide("RESERVASJON")
        refused = [code for code in step() if code.startswith(("ERROR", "4"))]
        assert bool(refused) is (name != "discard"), name
        abroad.decide("INGEN")
        assert not [code for code in step() if code.startswith(("ERROR", "4"))], name
    assert woman.in_force("furosemide") == 0


NUMBERS = {
    "d01 transposed digits": lambda number: number[1] + number[0] + number[2:],
    "d02 not digits alone": lambda number: number[:-1] + "X",
    "d03 too long": lambda number: number + "0",
    "d04 a wrong control digit": lambda number: number[:-1] + str((int(number[-1]) + 1) % 10),
}


@pytest.mark.parametrize("what", NUMBERS)
def test_d_a_number_that_cannot_be_is_refused_before_anybody_is_asked(woman: Counter, what: str):
    wrong = replace(woman.patient, extension=NUMBERS[what](woman.patient.extension))
    asked = submission(provided(edispensation(patient=wrong), patient=wrong))
    came = woman.abroad.provide(asked, woman.person, trc={"patient": (wrong.root, wrong.extension)})
    assert (came.registry, came.codes) == ("Failure", ("ERROR_ED_INCORRECT_FORMATTING",))
    assert woman.abroad.calls() == []


AT_ONCE = 8


def all_at_once(woman: Counter, made: list[Dispensation]) -> list[tuple[str, ...]]:
    """The codes of each answer; none is a success."""
    with ThreadPoolExecutor(len(made)) as together:
        return [came.codes for came in together.map(woman.submit, made)]


@pytest.mark.prove
def test_of_many_that_want_the_last_of_it_one_wins(woman: Counter):
    content = woman.before()["furosemide"]
    assert woman.submit(woman.handed_out(content, packages=Decimal(3))).registry == "Success"
    made = [woman.handed_out(content) for _ in range(AT_ONCE)]
    won = 0
    for _ in range(AT_ONCE):
        codes = all_at_once(woman, made)
        won += codes.count(())
        assert set(codes) <= {(), (NOT_DISPENSABLE,), ("4106",)}
        made = [one for one, code in zip(made, codes, strict=True) if code == (NOT_DISPENSABLE,)]
        if not made:
            break
    assert (won, made) == (1, [])
    assert (woman.in_force("furosemide"), woman.held()) == (2, [])


@pytest.mark.prove
def test_the_same_document_many_times_at_once_has_one_effect_and_one_answer(woman: Counter):
    made = woman.handed_out(woman.before()["furosemide"])
    assert set(all_at_once(woman, [made] * AT_ONCE)) == {()}
    assert (woman.in_force("furosemide"), woman.held()) == (1, [])
