"""What a pharmacist asks first stands at the top of a prescription and of a dispensation, and nothing below is lost."""

import re

import pytest

from tests.support.documents.pages import EDQM, edispensation, eprescription, rows, show, tree_of, words
from tests.support.machine.require import artefacts
from transformers.cda.documents.prescription import read_prescription
from transformers.cda.medicine.posology import UNBELIEVABLE


def keys(content: str, language: str = "en") -> list[tuple[str, str, str]]:
    tree = tree_of(show(content, language))
    return [
        tuple(words(cell) for cell in row)
        for row in tree.xpath("//main/section/div[@class='entry']/table/tbody/tr[count(*)=3]")
    ]


def test_a_prescription_says_what_how_strong_how_much_and_by_whom():
    assert keys(eprescription()) == [
        ("Product", "", "Paracet"),
        ("Active substance", "paracetamol", ""),
        ("Ingredient", "paracetamol", "Paracetamol"),
        ("Strength (Paracetamol)", "500 mg", ""),
        ("Strength", "", "500 mg"),
        ("Form", "Tablet", "Tablett"),
        ("Package", "Blister, holds 10 pieces", ""),
        ("Package", "Box, holds 2 pieces, 012345", ""),
        ("Package", "", "Paracet 500 mg, 20 stk"),
        ("Manufacturer", "", "Fjellmark AS"),
        ("Route", "Oral use", "Oral"),
        ("Dosage and instruction to the patient", "", "1 tablett 3 ganger daglig. Gjenstår 2 uttak."),
        ("Dose", "1 (unit not stated)", ""),
        ("When", "every 8 hours", ""),
        ("Packages to dispense", "1", ""),
        ("Remaining repeats", "not stated as data; see the text of the document", ""),
        ("Substitution", "NOT allowed", ""),
        ("Instruction to the pharmacist", "", "Pakkes i dosett"),
        ("Reason", "Dorsalgia", "Korsryggsmerter"),
        ("Treatment period", "2026-05-01 – 2026-08-01", ""),
        ("Prescriber", "", "Kari Solberg, Fjordgløtt legesenter, Fjordgata 2, Karasjok, NO"),
        ("Prescribed", "2026-05-01 09:30:00 +02:00", ""),
        ("Prescription id", "R-1", ""),
    ]


SEE_TEXT = "not stated as data; see the text of the document"
ANSWER = """<observation classCode="OBS" moodCode="EVN">
        <code code="SUBST" codeSystem="2.16.840.1.113883.5.6"/>
        <value xsi:type="CE" code="N" codeSystem="2.16.840.1.113883.5.1070" displayName="none"/></observation>"""
SUPPLY = '<supply classCode="SPLY" moodCode="RQO">'


@pytest.mark.parametrize(
    ("old", "new", "row"),
    [
        (SUPPLY, f'{SUPPLY}<repeatNumber value="3"/>', ("Remaining repeats", "3", "")),
        ('code="N"', 'code="G"', ("Substitution", "none ▲ the code and the sender's words differ", "")),
        (ANSWER, "", ("Substitution", "not stated: not forbidden by the document", "")),
        ('<code code="SUBST"', '<code code="X"', ("Substitution", SEE_TEXT, "")),
        ('<statusCode code="active"/>', "", ("Status", "not stated", "")),
        ('<statusCode code="active"/>', '<statusCode nullFlavor="NI"/>', ("Status", "not stated", "")),
        ('<quantity value="1" unit="1"/></supply>', "</supply>", ("Packages to dispense", "not stated", "")),
        ("<name>Paracet</name>", "", ("Product", "not stated", "")),
        ("assignedPerson>", "nobody>", ("Prescriber", "", "Fjordgløtt legesenter, Fjordgata 2, Karasjok, NO")),
    ],
)
def test_what_is_stated_otherwise_or_not_at_all_is_said(old: str, new: str, row: tuple[str, str, str]):
    content = eprescription().replace(old, new)
    assert content != eprescription()
    assert row in keys(content)
    assert row not in keys(eprescription())


ALLOWED = ANSWER.replace('code="N"', 'code="E"')
HANGS = '<entryRelationship typeCode="SUBJ">'
TWICE = "something stands twice here that may stand once: which is meant is not known; see the text of the document"


@pytest.mark.parametrize(
    ("old", "new", "row"),
    [
        (ANSWER, f"{ALLOWED}</entryRelationship>{HANGS}{ANSWER}", ("Substitution", SEE_TEXT, "")),
        (ANSWER, f"{ANSWER}</entryRelationship>{HANGS}{ALLOWED}", ("Substitution", SEE_TEXT, "")),
        (
            '<value xsi:type="CE" code="N"',
            '<value code="E"/><value xsi:type="CE" code="N"',
            ("Substitution", SEE_TEXT, ""),
        ),
        (
            '<quantity value="1" unit="1"/></supply>',
            '<quantity value="1" unit="1"/><quantity value="3" unit="1"/></supply>',
            ("Packages to dispense", SEE_TEXT, ""),
        ),
        (
            "<pharm:desc>500 mg</pharm:desc>",
            "<pharm:desc>500 mg</pharm:desc><pharm:desc>1 g</pharm:desc>",
            ("Strength", "", "500 mg"),
        ),
    ],
)
def test_of_two_that_may_be_one_none_is_chosen_and_the_first_row_says_so(old: str, new: str, row: tuple[str, str, str]):
    content = eprescription().replace(old, new, 1)
    assert content != eprescription()
    found = keys(content)
    assert found[0] == ("Note", TWICE, "")
    assert row in found
    assert keys(eprescription())[0] == ("Product", "", "Paracet")


def test_an_answer_about_substitution_below_another_act_is_not_nothing_said():
    inside = f'<act><entryRelationship typeCode="COMP">{ANSWER}</entryRelationship></act>'
    content = eprescription().replace(ANSWER, inside)
    assert content != eprescription()
    assert ("Substitution", SEE_TEXT, "") in keys(content)


def test_a_prescription_without_any_dosage_says_so():
    content = eprescription(dosage="", instruction="")
    assert ("Dosage", "not stated as data; see the text of the document", "") in keys(content)


def test_every_ingredient_keeps_its_own_strength():
    second = """<pharm:ingredient><pharm:quantity><numerator xsi:type="PQ" value="30" unit="mg"/>
      <denominator xsi:type="PQ" value="1" unit="1"/></pharm:quantity>
      <pharm:ingredientSubstance><pharm:code nullFlavor="UNK"/><pharm:name>Kodein</pharm:name>
      </pharm:ingredientSubstance></pharm:ingredient>"""
    found = keys(eprescription(ingredients=second))
    assert ("Ingredient", "", "Kodein") in found
    assert ("Strength (Kodein)", "30 mg", "") in found
    assert ("Strength (Paracetamol)", "500 mg", "") in found


def test_an_ingredient_that_is_denied_is_none_of_the_product():
    second = """<pharm:ingredient><pharm:ingredientSubstance><pharm:code nullFlavor="UNK"/>
      <pharm:name>Kodein</pharm:name></pharm:ingredientSubstance></pharm:ingredient>"""
    denied = second.replace("<pharm:ingredient>", '<pharm:ingredient negationInd="true">')
    assert ("Ingredient", "", "Kodein") in keys(eprescription(ingredients=second))
    assert ("Ingredient", "", "Kodein") not in keys(eprescription(ingredients=denied))


def test_a_kit_shows_every_part_with_its_own_strength_form_and_packages():
    content = eprescription(
        ingredients="""<pharm:part><pharm:quantity value="2" unit="1"/><pharm:partProduct>
      <pharm:name>Krem 1 %</pharm:name>
      <pharm:formCode code="10502000" codeSystem="0.4.0.127.0.16.1.1.2.1" displayName="Cream"/>
      <pharm:asContent><pharm:quantity value="20" unit="g"/><pharm:containerPackagedProduct><pharm:formCode
        code="30067000" codeSystem="0.4.0.127.0.16.1.1.2.1" displayName="Tube"/></pharm:containerPackagedProduct>
      </pharm:asContent><pharm:ingredient><pharm:quantity><numerator xsi:type="PQ" value="10" unit="mg"/>
      <denominator xsi:type="PQ" value="1" unit="g"/></pharm:quantity><pharm:ingredientSubstance><pharm:code
      nullFlavor="OTH"/><pharm:name>Clotrimazole</pharm:name></pharm:ingredientSubstance></pharm:ingredient>
      </pharm:partProduct></pharm:part><pharm:part><pharm:partProduct/></pharm:part>"""
    )
    found = [row for row in keys(content) if row[0].startswith("Part ")]
    assert found == [
        ("Part 1/2", "", "Krem 1 %"),
        ("Part 1/2: Number", "2", ""),
        ("Part 1/2: Ingredient", "", "Clotrimazole"),
        ("Part 1/2: Strength (Clotrimazole)", "10 mg/g", ""),
        ("Part 1/2: Form", "Cream", ""),
        ("Part 1/2: Package", "Tube, holds 20 g", ""),
        ("Part 2/2", "not stated", ""),
    ]
    assert not [row for row in keys(eprescription()) if row[0].startswith("Part ")]


@pytest.mark.parametrize(
    ("value", "unit", "words", "strict"),
    [
        ("6", "h", "4 times a day", "every 6 hours"),
        ("1", "d", "once a day", "every day"),
        ("5", "h", "every 5 hours", "every 5 hours"),
        ("2", "d", "every OTHER day", "every OTHER day"),
        ("1", "wk", "once a WEEK", "once a WEEK"),
    ],
)
def test_so_often_a_day_is_not_every_so_many_hours(value: str, unit: str, words: str, strict: str):
    period = f'<period value="{value}" unit="{unit}"/>'
    exact = eprescription().replace('<period value="8" unit="h"/>', period)
    free = exact.replace('xsi:type="PIVL_TS">', 'xsi:type="PIVL_TS" institutionSpecified="true">')
    assert ("When", f"{words}, at hours to be chosen", "") in keys(free)
    assert ("When", strict, "") in keys(exact)


def test_a_rhythm_that_is_in_the_words_alone_is_not_called_unknown():
    content = eprescription().replace('<period value="8" unit="h"/>', '<period nullFlavor="UNK"/>')
    assert ("When", "not stated as data; see the text of the document", "") in keys(content)


def test_a_substance_without_a_code_has_its_name():
    uncoded = """<pharm:ingredient><pharm:ingredientSubstance><pharm:code nullFlavor="OTH"><originalText>Klotrimazol
      </originalText></pharm:code><pharm:name>Clotrimazole</pharm:name></pharm:ingredientSubstance></pharm:ingredient>"""
    found = [row[2] for row in keys(eprescription(ingredients=uncoded)) if row[0] == "Ingredient"]
    assert {"Klotrimazol", "Clotrimazole"} <= set(found)


def test_a_dispensation_says_what_was_given_by_whom_and_on_which_prescription():
    found = keys(edispensation())
    assert found[0] == ("Product", "", "Paracet")
    assert found[-8:] == [
        ("Dispensed", "2", ""),
        ("Substituted", "yes: another product than the prescribed one", ""),
        ("Dispensed at", "2026-05-02 10:00:00 +01:00", ""),
        ("Dispensed by", "", "Rita Sol, Farmácia do Mar, Rua 1, Faro, PT"),
        ("Prescribed product", "", "Pinex"),
        ("Id of the prescription item", "R-1", ""),
        ("Fulfils the prescription", "EP-1", ""),
        ("Dispensation id", "D-1", ""),
    ]


def test_a_dispensation_that_is_not_marked_as_substituted_says_no_more_than_that():
    content = edispensation().replace('<code code="SUBST"', '<code code="X"')
    assert ("Substituted", "not marked as substituted", "") in keys(content)


def test_the_code_of_the_form_is_in_english_and_in_the_readers_words_and_as_written():
    found = {row[0]: row for row in keys(eprescription(), "nb")}
    assert found["Form"][2] == "Tablett"
    assert "Tablet" in found["Form"][1]
    assert EDQM in eprescription()


def test_a_patient_summary_has_no_such_rows():
    other = eprescription().replace('"57833-6"', '"60591-5"').replace(".10.1.3.1.1.1", ".10.1.3.1.1.3")
    assert "At a glance" in words(tree_of(show(eprescription())))
    assert "At a glance" not in words(tree_of(show(other)))


@pytest.mark.parametrize("name", ["ep/openncp-1-1234-W8.xml", "ed/PlRequest1.xml", "ed/PlRequest2.xml"])
def test_foreign_documents_have_them_too(name: str):
    tree = tree_of(show(artefacts("cda-examples", *name.split("/")).read_bytes()))
    shown = [words(e) for e in tree.xpath("//main/section/div[@class='entry']/h3")]
    assert shown == ["At a glance"]
    assert len(rows(tree)) > 20


def test_all_the_entry_says_is_folded_below():
    tree = tree_of(show(eprescription()))
    (folded,) = tree.xpath("//main/section/details[summary[text()='Everything the entry says']]")
    assert "012345" in words(folded)
    assert "2.999.20^R-1" in words(folded)


@pytest.mark.parametrize(
    ("sign", "why"),
    [
        ('negationInd="true"', "NOT so: the sender denies this"),
        ('negationInd="1"', "NOT so: the sender denies this"),
        ('nullFlavor="NI"', "could not be read"),
    ],
)
@pytest.mark.parametrize(
    ("content", "start"),
    [(eprescription(), "<substanceAdministration "), (edispensation(), "<supply ")],
    ids=["prescription", "dispensation"],
)
def test_an_item_that_is_denied_says_so_before_anything_else(content: str, start: str, sign: str, why: str):
    assert keys(content)[0][0] == "Product"
    assert keys(content.replace(start, f"{start}{sign} ", 1))[0] == ("Note", why, "")


@pytest.mark.parametrize(
    ("content", "label", "right", "number", "other"),
    [
        (eprescription(), "Packages to dispense", "{}", "1", "1.5"),
        (eprescription(), "When", "every {} hours", "8", "0"),
        (eprescription(), "Strength (Paracetamol)", "{} mg", "500", "-500"),
        (edispensation(), "Dispensed", "{}", "2", "-2"),
    ],
)
def test_an_amount_that_the_pivot_refuses_is_marked_beside_its_number(content, label, right, number, other):
    """The number stays: it is what the sender wrote."""
    broken = content.replace(f'value="{number}"', f'value="{other}"')
    assert dict(row[:2] for row in keys(content))[label] == right.format(number)
    mark = " – this CANNOT be right: ask the sender"
    assert dict(row[:2] for row in keys(broken))[label] == right.format(other) + mark


@pytest.mark.parametrize(
    ("class_code", "expected"),
    [
        ("ACTI", {("Strength", "60 mg", ""), ("Ingredient", "", "Lactose")}),
        ("IACT", {("Quantity", "60 mg", ""), ("Ingredient, not stated as active", "", "Lactose")}),
    ],
)
def test_an_ingredient_that_is_not_active_has_no_strength_and_says_so(class_code: str, expected: set[tuple[str, ...]]):
    more = f"""<pharm:ingredient classCode="{class_code}"><pharm:quantity><numerator value="60" unit="mg"/>
      <denominator value="1"/></pharm:quantity><pharm:ingredientSubstance><pharm:name>Lactose</pharm:name>
      </pharm:ingredientSubstance></pharm:ingredient>"""
    content = eprescription().replace("<pharm:ingredient>", f"{more}<pharm:ingredient>", 1)
    assert more in content
    assert expected <= set(rows(tree_of(show(content))))


SUBSTITUTION = re.compile(r'<observation ([^>]*>\s*<code code="SUBST")')


@pytest.mark.parametrize(
    ("found", "label", "left"),
    [
        (re.compile(r'<supply (classCode="SPLY" moodCode="RQO")'), "Packages to dispense", [("not stated", "")]),
        (SUBSTITUTION, "Substitution", [(SEE_TEXT, "")]),
    ],
)
def test_a_denied_part_is_no_key_fact(found: re.Pattern[str], label: str, left: list[tuple[str, str]]):
    name = "supply" if "supply" in found.pattern else "observation"
    denied, number = found.subn(rf'<{name} negationInd="true" \1', eprescription(), count=1)
    assert number == 1
    assert [row[1:] for row in keys(denied) if row[0] == label] == left


def test_the_most_a_day_stands_beside_the_dose():
    limit = '<maxDoseQuantity><numerator value="3"/><denominator value="1" unit="d"/></maxDoseQuantity><consumable>'
    shown = keys(eprescription(dosage=DOSAGE).replace("<consumable>", limit))
    assert [row[1] for row in shown if row[0] == "Highest dose"] == ["3 per day"]
    assert "Dose" in [row[0] for row in shown]


NOT_IN_SHORT = (
    "stated in a way that cannot be told in short: see the text of the document, and everything the entry says"
)
PERIOD = '<period value="8" unit="h"/>'
REGIMENS = {
    "whole": (PERIOD, PERIOD),
    "impossible": (PERIOD, '<period value="0" unit="h"/>'),
    "phase": (PERIOD, f'<phase><low value="20260501"/></phase>{PERIOD}'),
    "excluded": ('operator="A"', 'operator="E"'),
    "limit": ("<consumable>", '<maxDoseQuantity><numerator value="3"/></maxDoseQuantity><consumable>'),
    "split": (
        "</substanceAdministration>",
        '<entryRelationship typeCode="COMP"><substanceAdministration/></entryRelationship></substanceAdministration>',
    ),
    "bound": ('<doseQuantity value="1"/>', '<doseQuantity><low value="1"/></doseQuantity>'),
}


@pytest.mark.parametrize("regimen", REGIMENS)
def test_a_regimen_that_the_pivot_leaves_to_the_words_is_shown_as_none_in_short(regimen: str):
    """Half of a regimen is another regimen: dose and rhythm without the limit between them, say."""
    old, new = REGIMENS[regimen]
    sound = eprescription(dosage=DOSAGE)
    content = sound.replace(old, new)
    assert (content != sound) is (regimen != "whole")
    read, _ = read_prescription(content.encode())
    left = read.item.dosage.why_text_only not in {None, *UNBELIEVABLE}
    assert left is (regimen not in {"whole", "impossible"})
    labels = [row[0] for row in keys(content)]
    assert (("Dosage", NOT_IN_SHORT, "") in keys(content)) is left
    assert ("Dose" in labels, "When" in labels) == (not left, not left)
    assert "Dosage and instruction to the patient" in labels


DOSAGE = f'<effectiveTime xsi:type="PIVL_TS" operator="A">{PERIOD}</effectiveTime><doseQuantity value="1"/>'


def test_what_a_container_holds_is_shown_where_the_container_itself_says_it():
    inside = re.compile(r"<pharm:asContent>\s*<pharm:quantity[^>]*/>")
    content, changed = inside.subn("<pharm:asContent>", eprescription(), count=1)
    assert changed == 1
    form = "<pharm:containerPackagedProduct>"
    itself = content.replace(form, f'{form}<pharm:capacityQuantity value="12" unit="1"/>', 1)
    packages = [next(row[1] for row in keys(one) if row[0] == "Package") for one in (eprescription(), content, itself)]
    assert packages == ["Blister, holds 10 pieces", "Blister", "Blister, holds 12 pieces"]


def test_a_part_of_a_kit_that_is_denied_is_none_of_its_parts():
    part = """<pharm:part><pharm:partProduct><pharm:name>Krem</pharm:name></pharm:partProduct></pharm:part>"""
    denied = part.replace("<pharm:part>", '<pharm:part negationInd="true">')
    assert ("Part 1/1", "", "Krem") in keys(eprescription(ingredients=part))
    found = [row for row in keys(eprescription(ingredients=denied)) if row[0].startswith("Part ")]
    assert found == [("Part 1/1", "NOT so: the sender denies this", "")]


def test_the_prescriber_is_the_items_own_author_where_it_has_one():
    own = """<author><time value="20260430"/><assignedAuthor><assignedPerson><name><given>Mona</given>
      <family>Prøve</family></name></assignedPerson></assignedAuthor></author>"""
    content = eprescription().replace("<consumable>", f"{own}<consumable>")
    assert [row for row in keys(content) if row[0] in {"Prescriber", "Prescribed"}] == [
        ("Prescriber", "", "Mona Prøve"),
        ("Prescribed", "2026-04-30", ""),
    ]
    nobody = eprescription().replace("<consumable>", "<author><assignedAuthor/></author><consumable>")
    assert [row[2][:11] for row in keys(nobody) if row[0] == "Prescriber"] == ["Kari Solber"]


@pytest.mark.parametrize(
    ("time", "row"),
    [
        ('<time value="20260502100000+0100"/>', ("Dispensed at", "2026-05-02 10:00:00 +01:00", "")),
        ('<time><low value="20260502"/></time>', ("Dispensed at", "2026-05-02", "")),
        ("", ("Dispensed at", "2026-05-03", "")),
    ],
)
def test_a_dispensation_was_when_the_pivot_says_it_was(time: str, row: tuple[str, str, str]):
    supply = '<supply classCode="SPLY" moodCode="EVN">'
    content = edispensation().replace('<time value="20260502100000+0100"/>', time)
    content = content.replace(supply, f'{supply}<effectiveTime value="20260503"/>')
    assert row in keys(content)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('code="N" codeSystem="2.16.840.1.113883.5.1070"', 'code="N" codeSystem="2.999.1"'),
        ('code="N" codeSystem="2.16.840.1.113883.5.1070"', 'code="X" codeSystem="2.16.840.1.113883.5.1070"'),
        ('<value xsi:type="CE" code="N"', '<value xsi:type="CE" nullFlavor="NI" code="N"'),
    ],
)
def test_an_answer_about_substitution_that_is_not_known_is_neither_yes_nor_no(old: str, new: str):
    content = eprescription().replace(old, new)
    assert content != eprescription()
    assert ("Substitution", "NOT allowed", "") in keys(eprescription())
    assert ("Substitution", SEE_TEXT, "") in keys(content)


def test_an_instruction_is_told_by_its_template_too():
    code = '<code code="FINSTRUCT"/>'
    template = '<templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.13"/>'
    row = ("Instruction to the pharmacist", "", "Pakkes i dosett")
    assert row in keys(eprescription().replace(code, template))
    assert row not in keys(eprescription().replace(code, ""))


def test_a_strength_or_a_dose_without_a_unit_says_so_and_one_with_a_unit_does_not():
    found = dict(row[:2] for row in keys(eprescription()))
    assert found["Dose"] == "1 (unit not stated)"
    assert found["Strength (Paracetamol)"] == "500 mg"
    units = eprescription().replace('<numerator xsi:type="PQ" value="500" unit="mg"/>', '<numerator value="500"/>')
    assert dict(row[:2] for row in keys(units))["Strength (Paracetamol)"] == "500 (unit not stated)"


def test_a_rate_beside_a_rhythm_is_marked_and_a_dose_beside_one_is_not():
    mark = ("Note", "a rate and a number of times stand together: unclear what the dose is", "")
    dose = re.search(r"<doseQuantity>.*?</doseQuantity>|<doseQuantity[^>]*/>", eprescription(), re.DOTALL)
    assert dose is not None
    for unit, marked in (("mL/d", True), ("mL", False)):
        content = eprescription().replace(dose[0], f'<doseQuantity value="3" unit="{unit}"/>')
        assert (mark in keys(content)) == marked
