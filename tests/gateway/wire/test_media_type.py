"""Content-Type, read strictly."""

import pytest

from gateway.wire.media_type import read_media_type


def test_reads_the_content_type_of_an_axis2_client():
    found = read_media_type('application/soap+xml; charset=UTF-8; action="urn:ihe:iti:2007:CrossGatewayQuery"')
    assert found is not None
    assert found.name == "application/soap+xml"
    assert found.parameters == {"charset": "UTF-8", "action": "urn:ihe:iti:2007:CrossGatewayQuery"}
    assert found.is_readable()


def test_reads_the_quoted_pairs_of_a_cxf_start_info():
    text = r'multipart/related; start-info="application/soap+xml; action=\"urn:x\""; boundary="uuid:1"'
    found = read_media_type(text)
    assert found is not None
    assert found.parameters["start-info"] == 'application/soap+xml; action="urn:x"'
    assert found.parameters["boundary"] == "uuid:1"


@pytest.mark.parametrize(
    "text", ["Application/SOAP+XML", " application/soap+xml ;", "application/soap+xml;;", "application/soap+xml; "]
)
def test_case_white_space_and_empty_parameters_do_not_matter(text):
    found = read_media_type(text)
    assert found is not None
    assert (found.name, dict(found.parameters)) == ("application/soap+xml", {})


def test_reads_an_unquoted_action_and_boundary():
    found = read_media_type("multipart/related; Action=urn:ihe:iti:2007:CrossGatewayQuery; boundary=MIMEBoundary_1")
    assert found is not None
    assert found.parameters["action"] == "urn:ihe:iti:2007:CrossGatewayQuery"


@pytest.mark.parametrize(
    "text",
    [
        *("", "soap", "application/", "application/soap+xml charset=utf-8", 'application/soap+xml; charset="utf-8'),
        *("application/soap+xml; charset=utf-8; Charset=utf-8", "application/soap+xml; charset=", "a/b; =c"),
        *("application/soap+xml, text/xml", "application/soap+xml; a=b c"),
    ],
)
def test_refuses_what_is_no_media_type(text):
    assert read_media_type(text) is None


@pytest.mark.parametrize(("charset", "readable"), [("utf-8", True), ("US-ASCII", True), ("utf-16", False), ("", False)])
def test_only_utf_8_is_readable(charset, readable):
    found = read_media_type(f'text/xml; charset="{charset}"')
    assert found is not None
    assert found.is_readable() is readable
