"""Whatever is asked, the answer is a resource of FHIR R4 or an OperationOutcome, never a fault."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.machine.generated import examples
from tests.support.terminology.fhir import BASE, FORM_LIST, FORMS, NOW, conforms, starter
from tests.support.terminology.packages import EDQM, EDQM_URI, MVC
from transformers.fhir.json_text import write_json
from transformers.fhir.terminology.answer import OPERATIONS, Ask, answer

NAMES = sorted({name for operation in OPERATIONS.values() for name in operation.table} | {"_id", "_count", "x"})
WORDS = st.sampled_from(
    [FORMS, FORM_LIST, EDQM_URI, f"urn:oid:{MVC}2", "10219000", "53", "1", "-1", "true", "nb", "|", ""]
)
TEXTS = WORDS | st.text(max_size=8)
PATHS = [f"{kind}/{name}" for kind, name in OPERATIONS] + ["", "metadata", "ValueSet", f"CodeSystem/{EDQM}", "x"]
LEAVES: Any = st.none() | st.booleans() | st.integers() | TEXTS
VALUES: Any = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["system", "code", "coding", "version", "display"]), inner, max_size=3)
    ),
    max_leaves=6,
)
KINDS = ["valueUri", "valueCode", "valueInteger", "valueBoolean", "valueCoding", "valueCodeableConcept", "resource"]
PARAMETERS = st.lists(
    st.builds(
        lambda name, kind, value: {"name": name, kind: value}, st.sampled_from(NAMES), st.sampled_from(KINDS), VALUES
    ),
    max_size=4,
).map(lambda said: {"resourceType": "Parameters", "parameter": said})
QUERIES = st.lists(st.tuples(st.sampled_from(NAMES), TEXTS), max_size=4).map(
    lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
)


def answered(asked: Ask) -> None:
    told = answer(starter(), asked, NOW)
    assert told.status in (200, 400, 404, 405, 422)
    assert (told.resource["resourceType"] == "OperationOutcome") is (told.status != 200)
    conforms(json.loads(write_json(told.resource)))


@settings(max_examples=examples(60))
@given(st.sampled_from(PATHS), PARAMETERS | VALUES)
def test_any_body_is_answered(path: str, body: object):
    answered(Ask("POST", path, "", body, BASE))


@settings(max_examples=examples(60))
@given(st.sampled_from(PATHS) | st.text(max_size=12), QUERIES)
def test_any_query_is_answered(path: str, query: str):
    answered(Ask("GET", path, query, None, BASE))


@settings(max_examples=examples(20))
@given(st.lists(VALUES | st.fixed_dictionaries({"request": VALUES}), max_size=3), TEXTS, QUERIES)
def test_any_batch_is_answered(entries: list[object], path: str, query: str):
    good = {"request": {"method": "GET", "url": f"{path}?{query}"}}
    answered(Ask("POST", "", "", {"resourceType": "Bundle", "type": "batch", "entry": [good, *entries]}, BASE))
