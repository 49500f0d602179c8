"""Formats: JSON of FHIR R4 is asked for and sent, or the request is refused."""

import pytest

from gateway.faces.terminology.negotiation import acceptable, is_form
from transformers.fhir.terminology.errors import FormatUnacceptable, FormatUnsupported


@pytest.mark.parametrize(
    "accept",
    [
        "", "*/*", "application/*", "application/json", "application/fhir+json",
        "application/fhir+json; fhirVersion=4.0",
        "application/fhir+xml, application/fhir+json;q=0.5", "text/html,*/*;q=0.8", "APPLICATION/FHIR+JSON", " , ",
    ],
)  # fmt: skip
def test_json_is_sent_to_whom_takes_it(accept: str):
    acceptable(accept, [])


@pytest.mark.parametrize(
    "accept",
    [
        "application/fhir+xml", "text/html", "application/fhir+json;q=0", "application/fhir+json; fhirVersion=5.0",
        "application/fhir+turtle, application/fhir+xml", "nonsense", "*/*;q=x",
    ],
)  # fmt: skip
def test_json_is_not_sent_to_whom_does_not(accept: str):
    with pytest.raises(FormatUnacceptable):
        acceptable(accept, [])


@pytest.mark.parametrize("said", ["json", "application/json", "application/fhir+json", "application/fhir json"])
def test_format_goes_before_accept(said: str):
    acceptable("application/fhir+xml", [said])


@pytest.mark.parametrize("said", ["xml", "application/fhir+xml", "ttl", "text/html", ""])
def test_another_format_is_not_acceptable(said: str):
    with pytest.raises(FormatUnacceptable):
        acceptable("application/fhir+json", [said])


@pytest.mark.parametrize("content_type", ["application/fhir+json", "application/json; charset=UTF-8"])
def test_a_json_body_is_read(content_type: str):
    assert is_form(content_type) is False


def test_a_form_is_a_form():
    assert is_form("application/x-www-form-urlencoded") is True


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/fhir+xml", "application/json; charset=latin-1", "application/json/x"],
)
def test_another_body_is_not_read(content_type: str):
    with pytest.raises(FormatUnsupported):
        is_form(content_type)
