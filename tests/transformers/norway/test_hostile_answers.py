"""Whatever a national service sends, a reader answers with a value or one of its own errors: nothing else escapes."""

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.configuration.shipped import shipped
from tests.support.machine.generated import examples
from tests.support.norway.source_messages import (
    OUR_MESSAGE,
    PATIENT,
    SYSTEMS,
    entry,
    m912,
    medicines_list,
    prescription,
    reading,
    sok_response,
    vaccination,
)
from transformers.model.finding import Report
from transformers.norway.errors import NorwegianMessageError
from transformers.norway.fhir_fields import Context
from transformers.norway.json_fields import read_json
from transformers.norway.read_critical_information import read_critical_information
from transformers.norway.read_medicine_list_m912 import read_medicines_in_use
from transformers.norway.read_person import read_person
from transformers.norway.read_vaccinations_sysvak import VaccinationSubject, read_vaccinations

RICH = shipped("samples") / "persons" / "rich"
PERSON = json.loads((RICH / "person.json").read_text(encoding="utf-8"))
NUMBER = PERSON["norwegianIdentificationNumber"][0]["identificationNumber"]
BUNDLES = {
    file.stem: json.loads(file.read_text(encoding="utf-8"))
    for file in sorted((RICH / "critical-information").glob("*.json"))
}
MESSAGES = (
    m912(medicines_list(entry(), entry(key="e-2")), prescriptions=prescription()),
    sok_response(vaccination(), vaccination(action="Sletting")),
)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=12), st.just([]), st.just({}), st.just([None]),
    st.just([{"coding": 1}]), st.just({"coding": [{"code": 1}]}),
    st.just([[]]), st.floats(allow_nan=False, allow_infinity=False),
)  # fmt: skip


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with the key of one of its members."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from places(value[key])


def spoiled(whole: Any, choice: int, value: Any) -> Any:
    made = copy.deepcopy(whole)
    every = list(places(made))
    container, key = every[choice % len(every)]
    container[key] = value
    return made


@given(st.integers(0, 5000), VALUES)
@settings(max_examples=examples(300))
def test_no_value_anywhere_in_a_bundle_escapes_as_another_error(choice: int, value: Any):
    context = Context(frozenset({NUMBER}), SYSTEMS, {}, datetime(2026, 1, 1, tzinfo=UTC), False, Report())
    bundles = read_json(json.dumps(spoiled(BUNDLES, choice, value)).encode(), "Bundle")
    try:
        read_critical_information(bundles, context)
    except NorwegianMessageError as refused:
        assert NUMBER not in str(refused)


@given(st.integers(0, 5000), VALUES)
@settings(max_examples=examples(200))
def test_no_value_anywhere_in_a_person_escapes_as_another_error(choice: int, value: Any):
    try:
        read_person(json.dumps(spoiled(PERSON, choice, value)).encode(), asked=NUMBER)
    except NorwegianMessageError as refused:
        assert NUMBER not in str(refused)


@given(st.sampled_from(MESSAGES), st.integers(0, 5000), st.sampled_from(["remove", "empty", "repeat", "bare"]))
@settings(max_examples=examples(200))
def test_no_change_anywhere_in_a_message_escapes_as_another_error(message: bytes, choice: int, change: str):
    root = etree.fromstring(message)
    every = [element for element in root.iter() if element.getparent() is not None]
    chosen = every[choice % len(every)]
    parent = chosen.getparent()
    assert parent is not None
    if change == "remove":
        parent.remove(chosen)
    elif change == "repeat":
        parent.append(copy.deepcopy(chosen))
    elif change == "empty":
        chosen.text = " "
    else:
        chosen.attrib.clear()
    data = etree.tostring(root)
    try:
        if b"M912" in data:
            read_medicines_in_use(data, reading(), answers=OUR_MESSAGE)
        else:
            read_vaccinations(data, VaccinationSubject(frozenset({PATIENT}), None), SYSTEMS, answers=OUR_MESSAGE)
    except NorwegianMessageError as refused:
        assert PATIENT not in str(refused)
