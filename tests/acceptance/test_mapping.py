"""What has no European code, on the wire: an optional element is a warning, a required one is a refusal."""

from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from gateway.pipeline.transactions import WARNINGS
from tests.support.nodes.node import CLINICAL, PRIVACY, Abroad, refused
from tests.support.nodes.other_node import other_node

OPTIONAL = "WARNING_PS_MISSING_EXPECTED_MAPPING"
REACTIONS = "2.16.578.1.12.4.1.1.7497"
RS = "{urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0}"


@pytest.fixture(scope="module")
def strict(abroad_session: Abroad) -> Iterator[Abroad]:
    """A node whose patient summary requires a European code of every reaction."""

    def change(table: dict[str, Any]) -> None:
        (kind,) = (row for row in table["document_type"] if row["key"] == "ps-l3")
        kind["required_codes"] = ["Reaction.manifestation"]

    with other_node(abroad_session, "strict", document_types=change) as other:
        yield other


def errors(body: bytes) -> list[dict[str, str]]:
    return [dict(error.attrib) for error in etree.fromstring(body).iter(f"{RS}RegistryError")]


def test_optional_elements_without_a_code_are_one_warning_and_success_with_the_document(abroad: Abroad):
    came = abroad.retrieve(abroad.listed("rich").unique_id)
    assert came.registry == "Success"
    (error,) = errors(came.body)
    assert (error["errorCode"], error["codeContext"]) == (OPTIONAL, WARNINGS[OPTIONAL])
    assert error["severity"] == "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Warning"
    (document,) = came.documents
    kept = [
        value
        for value in etree.fromstring(document.content).iterfind(".//{*}value[@nullFlavor='OTH']")
        if value.find("{*}translation") is not None
    ]
    assert {value.find("{*}translation").get("codeSystem") for value in kept} >= {REACTIONS}
    assert all(value.find("{*}originalText") is not None for value in kept)


def test_the_list_of_such_a_document_is_a_success_and_says_nothing_of_its_codes(abroad: Abroad):
    came = abroad.query("rich")
    assert (came.registry, len(came.structured), errors(came.body)) == ("Success", 1, [])


def test_a_document_whose_codes_all_have_one_has_no_warning(abroad: Abroad):
    came = abroad.retrieve(abroad.listed("known-absences").unique_id, person="known-absences")
    assert (came.registry, len(came.documents), errors(came.body)) == ("Success", 1, [])


def test_a_required_element_without_a_code_is_a_failure_and_no_document(strict: Abroad):
    strict.reset()
    came = strict.query("rich")
    refused(strict, came, "ITI-38", "RequiredMappingMissing", CLINICAL)
    (error,) = errors(came.body)
    assert (came.registry, error["errorCode"]) == ("Failure", "ERROR_PS_MISSING_EXPECTED_MAPPING")
    assert error["severity"] == "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"
    assert error["codeContext"] == "The document cannot be given because required information has no European code. " \
        "Please ask the patient."  # fmt: skip


def test_the_same_node_gives_who_has_every_required_code(strict: Abroad):
    entry = strict.listed("known-absences")
    strict.reset()
    came = strict.retrieve(entry.unique_id, person="known-absences")
    assert (came.registry, len(came.documents), came.codes) == ("Success", 1, ())
    assert strict.calls() == PRIVACY
