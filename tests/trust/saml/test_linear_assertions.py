"""Verifying a caller is linear in what was sent: twice as many of any part cost at most 2.3 times as much.

What stands in an assertion is signed anew with the parts doubled, so that its reader and not only its seal is tried.
"""

from collections.abc import Callable, Mapping

import pytest
from lxml import etree

from tests.support.callers.assertions import HOME_COMMUNITY, PERMISSION, call, envelope, hcp, saml_attribute, trc
from tests.support.documents.multiplied import Make, of_xml, slower_than_linear, worse_than_linear


def _signed(edit: Callable[[etree._Element, int], None]) -> Make:
    return lambda count: envelope(hcp(edit=lambda root: edit(root, count)))


def _attributes(root: etree._Element, count: int) -> None:
    for number in range(count):
        root[-1].append(saml_attribute(f"urn:x:{number}", "x"))


def _audiences(root: etree._Element, count: int) -> None:
    [audience] = root.iter("{*}Audience")
    for number in range(count):
        etree.SubElement(audience.getparent(), audience.tag).text = f"urn:x:{number}"


def _confirmations(root: etree._Element, count: int) -> None:
    [confirmation] = root.iter("{*}SubjectConfirmation")
    for _ in range(count):
        etree.SubElement(confirmation.getparent(), confirmation.tag, Method="urn:x")


SIGNED: Mapping[str, Make] = {
    "attributes": _signed(_attributes),
    "audiences": _signed(_audiences),
    "confirmations": _signed(_confirmations),
    "permissions": lambda n: envelope(hcp(attributes={PERMISSION: tuple(f"{PERMISSION}:X-{i}" for i in range(n))})),
    "values of one attribute": lambda n: envelope(hcp(attributes={HOME_COMMUNITY: ("urn:oid:1.2.3",) * n})),
    "assertions": lambda n: envelope(hcp(), *[trc()] * n),
    "elements beside the assertion": lambda n: envelope(hcp(), security=b"<x/>" * n),
    "headers": lambda n: envelope(hcp(), header=b"<x/>" * n),
}


@pytest.mark.parametrize("what", SIGNED)
def test_twice_any_part_that_is_signed_costs_at_most_twice(what: str):
    assert call(envelope(hcp())).hcp.id
    assert worse_than_linear(call, {what: SIGNED[what]}) == {}


def test_twice_any_part_of_what_arrived_costs_at_most_twice():
    assert worse_than_linear(call, of_xml(envelope(hcp(), trc()))) == {}


@pytest.mark.prove
@pytest.mark.timed
def test_twice_any_part_takes_at_most_twice_the_time():
    assert slower_than_linear(call, {**of_xml(envelope(hcp(), trc())), **SIGNED}, 500) == {}
