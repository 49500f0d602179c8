"""A field that a decision stands on: removed, emptied, null or doubled, the document is read and nothing decided."""

import pytest
from lxml import etree

from tests.support.documents.medicines import DISPENSED, PRESCRIBED, edited
from tests.support.documents.spoiled import HOW, Spoil, spoil
from transformers.cda.documents.deciding import PLACES
from transformers.cda.documents.dispensation import read_dispensation
from transformers.cda.documents.prescription import read_prescription
from transformers.cda.errors import RequiredMissing
from transformers.model.decisions import DecisionKind, against_dispensing, against_fulfilling, field_of
from transformers.model.finding import Severity
from trust.xml import parse

BASES = {
    "root": ".",
    "section": "{*}component/{*}structuredBody/{*}component/{*}section",
    "statement": "{*}component/{*}structuredBody/{*}component/{*}section/{*}entry/*",
}
READ = {DecisionKind.DISPENSE: (PRESCRIBED, read_prescription), DecisionKind.FULFIL: (DISPENSED, read_dispensation)}
AGAINST = {DecisionKind.DISPENSE: against_dispensing, DecisionKind.FULFIL: against_fulfilling}
NUMBERED = [(decision, n) for decision in PLACES for n in range(len(PLACES[decision]))]
MOODS = {"mood", "amount-mood"}


def elements_of(root, place):
    """What states a field; all of it where it may stand more than once."""
    found = root.find(BASES[place.base]).findall(place.path)
    assert found, place
    return found


def outcome(decision: DecisionKind, root) -> tuple[set[str], set[str]]:
    """Reasons against the decision, and the codes of the reader's errors; a document that is not read is a reason."""
    try:
        read, report = READ[decision][1](etree.tostring(root))
    except RequiredMissing as missing:
        return {missing.path}, {missing.path}
    errors = {f.code for f in report.findings if f.severity is Severity.ERROR}
    return set(AGAINST[decision](read)), errors


@pytest.mark.parametrize("decision", PLACES)
def test_a_whole_document_passes(decision: DecisionKind):
    assert outcome(decision, parse(READ[decision][0])) == (set(), set())


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(("decision", "number"), NUMBERED)
def test_a_field_that_is_not_stated_is_an_error_that_names_it(decision: DecisionKind, number: int, how: str):
    place = PLACES[decision][number]
    attribute = "moodCode" if place.field in MOODS else None
    if attribute is not None and how in ("nulled", "doubted"):
        attribute = None
    root = parse(READ[decision][0])
    for element in elements_of(root, place):
        spoil(element, Spoil(0, attribute, how))
    reasons, errors = outcome(decision, root)
    assert reasons
    assert errors
    named = {field_of(decision, place.field).reason, "id", "created", "patient", "patient.name", "patient.birth"}
    named |= {"item.product", "statement-unreadable", "null-contradicted"} if how != "removed" else {"item.product"}
    assert reasons & named, reasons


@pytest.mark.parametrize(
    ("decision", "number"), [(d, n) for d, n in NUMBERED if PLACES[d][n].alone and PLACES[d][n].path != "."]
)
def test_a_field_that_stands_twice_leaves_open_which_is_meant(decision: DecisionKind, number: int):
    root = parse(READ[decision][0])
    [element] = elements_of(root, PLACES[decision][number])
    element.addnext(parse(etree.tostring(element)))
    assert "field-doubled" in outcome(decision, root)[0]


@pytest.mark.parametrize(
    ("path", "attribute", "value", "reason"),
    [
        (".//{*}entry/*/{*}id", "extension", "", "item-id-missing"),
        (".//{*}section/{*}id", "extension", " ", "prescription-id-missing"),
        (".//{*}section/{*}id", "extension", "ANOTHER", "reference-inconsistent"),
        ("{*}recordTarget/{*}patientRole/{*}id", "extension", "", "patient-missing"),
        (".//{*}supply/{*}quantity", "unit", "", "amount-missing"),
        (".//{*}supply/{*}quantity", "value", "-1", "amount-missing"),
        (".//{*}entry/*/{*}statusCode", "code", "suspended", "status-unknown"),
        (".//{*}entry/*/{*}statusCode", "code", "held", "status-unknown"),
        (".//{*}entry/*/{*}statusCode", "code", "new", "status-unknown"),
        (".//{*}entry/*/{*}statusCode", "code", "aborted", "status-unknown"),
        (".//{*}entry/*/{*}statusCode", "code", "nullified", "status-unknown"),
        (".//{*}entry/*/{*}statusCode", "code", "completed", "completed"),
    ],
)
def test_a_value_that_says_otherwise_or_nothing_refuses(path: str, attribute: str, value: str, reason: str):
    root = parse(PRESCRIBED)
    root.find(path).set(attribute, value)
    assert reason in outcome(DecisionKind.DISPENSE, root)[0]


def test_an_id_without_the_number_of_its_series_names_nothing_and_one_that_is_whole_without_does():
    root = parse(PRESCRIBED)
    document = root.find("{*}id")
    document.attrib.pop("extension")
    assert outcome(DecisionKind.DISPENSE, root)[0] == set()
    document.set("root", root.find(".//{*}section/{*}id").get("root"))
    assert outcome(DecisionKind.DISPENSE, root)[0] == {"document-id-missing"}


@pytest.mark.parametrize("path", ["{*}inFulfillmentOf/{*}order/{*}id", ".//{*}substanceAdministration/{*}id"])
def test_the_series_of_a_prescription_names_none_and_a_uuid_alone_does(path: str):
    root = parse(DISPENSED)
    identity = root.find(path)
    identity.attrib.pop("extension")
    assert outcome(DecisionKind.FULFIL, root)[0]
    identity.set("root", "2C61BCB7-390F-5F21-A30A-8C73C3FE2D2F")
    assert outcome(DecisionKind.FULFIL, root)[0] == set()


@pytest.mark.parametrize("how", ["emptied", "nulled"])
@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_part_that_cannot_be_told_may_limit_what_is_dispensed(how: str, level: int):
    root = parse(PRESCRIBED)
    [value] = [v for v in root.iterfind(".//{*}entryRelationship/{*}observation/{*}value") if v.get("code") == "N"]
    spoil((value, value.getparent(), value.getparent().getparent())[level], Spoil(0, None, how))
    assert outcome(DecisionKind.DISPENSE, root)[0] & {"part-unreadable", "substitution-unknown"}


def test_an_item_may_be_a_number_within_its_prescription():
    root = parse(PRESCRIBED)
    number = root.find(".//{*}section/{*}id").get("extension")
    root.find(".//{*}entry/*/{*}id").set("extension", f"{number}.1")
    assert outcome(DecisionKind.DISPENSE, root) == (set(), set())
    root.find(".//{*}section/{*}id").set("root", "2.16.578.1.12.4.9999.77")
    assert outcome(DecisionKind.DISPENSE, root) == (set(), set())
    root.find(".//{*}entry/*/{*}id").set("extension", f"{number}1")
    assert outcome(DecisionKind.DISPENSE, root)[0] == {"reference-inconsistent"}


@pytest.mark.parametrize(("holder", "attribute"), [("code", "code"), ("value", "code"), ("value", "codeSystem")])
@pytest.mark.parametrize("how", ["removed", "emptied"])
def test_an_unreadable_answer_about_substitution_is_never_none(holder: str, attribute: str, how: str):
    root = parse(PRESCRIBED)
    [value] = [v for v in root.iterfind(".//{*}entryRelationship/{*}observation/{*}value") if v.get("code") == "N"]
    observation = value.getparent()
    spoil(observation.find(f"{{*}}{holder}"), Spoil(0, attribute, how))
    assert "substitution-unknown" in outcome(DecisionKind.DISPENSE, root)[0]
    for part in ("code", "value"):
        whole = parse(PRESCRIBED)
        [value] = [v for v in whole.iterfind(".//{*}entryRelationship/{*}observation/{*}value") if v.get("code") == "N"]
        spoil(value.getparent().find(f"{{*}}{part}"), Spoil(0, None, how))
        assert "substitution-unknown" in outcome(DecisionKind.DISPENSE, whole)[0]


def test_nothing_said_about_substitution_is_the_guides_default():
    root = parse(PRESCRIBED)
    [value] = [v for v in root.iterfind(".//{*}entryRelationship/{*}observation/{*}value") if v.get("code") == "N"]
    relation = value.getparent().getparent()
    relation.getparent().remove(relation)
    read, _ = read_prescription(etree.tostring(root))
    assert (against_dispensing(read), read.item.substitution) == ((), None)
    assert field_of(DecisionKind.DISPENSE, "substitution").reason is None


MORE_THAN_ONCE = {
    "container around the medicine": ".//{*}manufacturedMaterial/{*}asContent",
    "amount in a container": ".//{*}asContent/{*}quantity",
    "container": ".//{*}asContent/{*}containerPackagedProduct",
    "dose form": ".//{*}manufacturedMaterial/{*}formCode",
    "strength": ".//{*}ingredient/{*}quantity",
    "numerator": ".//{*}ingredient/{*}quantity/{*}numerator",
    "substance of an ingredient": ".//{*}ingredient/{*}ingredientSubstance",
    "class of a medicine": ".//{*}asSpecializedKind/{*}generalizedMaterialKind",
    "route": ".//{*}routeCode",
    "medicine": ".//{*}manufacturedMaterial",
}


@pytest.mark.parametrize(
    ("decision", "what"),
    [(d, what) for d in PLACES for what in MORE_THAN_ONCE if (d, what) != (DecisionKind.FULFIL, "route")],
)
def test_a_part_of_a_medicine_that_stands_twice_leaves_open_what_is_handed_out(decision: DecisionKind, what: str):
    root = parse(READ[decision][0])
    element = root.find(MORE_THAN_ONCE[what])
    element.addnext(parse(etree.tostring(element)))
    reasons, errors = outcome(decision, root)
    assert "field-doubled" in reasons
    assert "field-doubled" in errors


def test_two_prescriptions_in_one_entry_are_more_than_one():
    root = parse(PRESCRIBED)
    element = root.find(".//{*}entry/{*}substanceAdministration")
    element.addnext(parse(etree.tostring(element)))
    assert "entry-surplus" in outcome(DecisionKind.DISPENSE, root)[0]


def substitution_in(root):
    [value] = [v for v in root.iterfind(".//{*}entryRelationship/{*}observation/{*}value") if v.get("code") == "N"]
    return value


@pytest.mark.parametrize("order", [("N", "E"), ("E", "N"), ("N", "N")])
@pytest.mark.parametrize("level", [0, 1, 2])
def test_of_two_answers_about_substitution_none_is_chosen(order: tuple[str, str], level: int):
    root = parse(PRESCRIBED)
    value = substitution_in(root)
    element = (value, value.getparent(), value.getparent().getparent())[level]
    value.set("code", order[1])
    element.addnext(parse(etree.tostring(element)))
    value.set("code", order[0])
    assert "field-doubled" in outcome(DecisionKind.DISPENSE, root)[0]


@pytest.mark.parametrize("spoiled", ["an act", "below another act", "another code system"])
def test_an_answer_about_substitution_that_is_not_read_is_never_none(spoiled: str):
    root = parse(PRESCRIBED)
    value = substitution_in(root)
    observation = value.getparent()
    if spoiled == "an act":
        observation.tag = observation.tag.replace("observation", "act")
    elif spoiled == "below another act":
        act = etree.SubElement(observation.getparent(), "{urn:hl7-org:v3}act", classCode="ACT", moodCode="EVN")
        etree.SubElement(act, "{urn:hl7-org:v3}entryRelationship", typeCode="COMP").append(observation)
    else:
        value.set("codeSystem", "1.2.3")
    assert "substitution-unknown" in outcome(DecisionKind.DISPENSE, root)[0]


@pytest.mark.parametrize(
    ("window", "refused"),
    [
        ('<expectedUseTime><low value="20300101"/></expectedUseTime>', True),
        ('<effectiveTime xsi:type="IVL_TS"><low value="20300101"/></effectiveTime>', True),
        ("<precondition><criterion><text>after a negative test</text></criterion></precondition>", True),
        ('<effectiveTime nullFlavor="UNK"/>', False),
    ],
)
def test_an_order_that_states_a_time_or_a_condition_is_not_dispensed(window: str, refused: bool):
    content = edited(PRESCRIBED, "//h:entry//h:supply", children=window)
    reasons, errors = outcome(DecisionKind.DISPENSE, parse(content))
    assert reasons == errors == ({"part-unreadable"} if refused else set())


@pytest.mark.parametrize(("day", "refused"), [("20991231", True), ("2099", True), ("20260505", False)])
def test_what_is_handed_out_after_its_document_was_made_is_not_reported(day: str, refused: bool):
    content = edited(DISPENSED, "//h:entry//h:performer/h:time", attributes={"value": day})
    assert outcome(DecisionKind.FULFIL, parse(content))[0] == ({"dispensed-later"} if refused else set())
