"""What a prescription or a dispensation denies, plans or takes back is never affirmed, at whichever level it hangs."""

from dataclasses import replace

import pytest

from tests.support.documents.medicines import DISPENSED, PRESCRIBED, edited, item
from tests.support.pivots.rich_prescriptions import dispensation, prescription
from transformers.cda.documents.dispensation import read_dispensation, write_dispensation
from transformers.cda.documents.prescription import read_prescription, write_prescription
from transformers.cda.errors import NotAffirmed
from transformers.model.finding import Severity

NOT_SO = ({"negationInd": "true"}, {"moodCode": "PRP"})
ENTRY = "//h:entry/h:substanceAdministration"
NESTED = {
    "reason": ("//h:entryRelationship[@typeCode='RSON']/h:observation", lambda i: i.reason),
    "substitution": ("//h:observation[h:code/@code='SUBST']", lambda i: i.substitution),
    "supply": ("//h:entryRelationship/h:supply", lambda i: i.packages or i.amount),
    "instruction": ("//h:act[h:code/@code='PINSTRUCT']", lambda i: i.dosage.text),
    "to the dispenser": ("//h:act[h:code/@code='FINSTRUCT']", lambda i: i.to_dispenser),
}


@pytest.mark.parametrize("change", NOT_SO)
@pytest.mark.parametrize("name", NESTED)
def test_a_part_that_is_not_affirmed_is_not_read_and_is_an_error(name: str, change: dict[str, str]):
    path, part = NESTED[name]
    assert part(item(PRESCRIBED)[0]) is not None
    read, findings = item(edited(PRESCRIBED, path, attributes=change))
    assert part(read) is None
    assert "statement-not-affirmed" in {f.code for f in findings if f.severity is Severity.ERROR}


def test_an_item_that_is_denied_says_so_and_is_not_printed():
    assert item(PRESCRIBED)[0].negated is False
    read, findings = item(edited(PRESCRIBED, ENTRY, attributes={"negationInd": "true"}))
    assert read.negated is True
    assert "negated" in {f.code for f in findings if f.severity is Severity.ERROR}
    with pytest.raises(NotAffirmed):
        write_prescription(replace(prescription(), item=replace(prescription().item, negated=True)))


def test_a_dispensation_that_is_denied_says_so_and_is_not_printed():
    assert read_dispensation(DISPENSED)[0].item.negated is False
    read, report = read_dispensation(edited(DISPENSED, "//h:entry/h:supply", attributes={"negationInd": "true"}))
    assert read.item.negated is True
    assert "negated" in {f.code for f in report.findings}
    with pytest.raises(NotAffirmed):
        write_dispensation(replace(dispensation(), item=replace(dispensation().item, negated=True)))


def test_a_substitution_that_is_denied_is_none_and_is_an_error():
    act = (
        '<entryRelationship typeCode="COMP"><act classCode="ACT" moodCode="EVN" negationInd="{}">'
        '<code code="SUBST" codeSystem="2.16.840.1.113883.5.6"/></act></entryRelationship>'
    )
    plain = replace(dispensation(), item=replace(dispensation().item, substituted=False))
    content = write_dispensation(plain).content
    supply = "//h:entry/h:supply"
    denied, report = read_dispensation(edited(content, supply, children=act.format("true")))
    stated, _ = read_dispensation(edited(content, supply, children=act.format("false")))
    assert (denied.item.substituted, stated.item.substituted) == (False, True)
    assert "statement-not-affirmed" in {f.code for f in report.findings}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"negationInd": "1"}, "negated"),
        ({"negationInd": "yes"}, "negated"),
        ({"moodCode": "PRP"}, "mood-unexpected"),
        ({"nullFlavor": "NI"}, "statement-unreadable"),
    ],
)
@pytest.mark.parametrize(("content", "path"), [(PRESCRIBED, ENTRY), (DISPENSED, "//h:entry/h:supply")])
def test_an_item_that_is_not_plainly_affirmed_is_none(content: bytes, path: str, change: dict[str, str], code: str):
    spoiled = edited(content, path, attributes=change)
    read, report = (read_prescription if content is PRESCRIBED else read_dispensation)(spoiled)
    assert read.item.negated
    assert code in {f.code for f in report.findings if f.severity is Severity.ERROR}
