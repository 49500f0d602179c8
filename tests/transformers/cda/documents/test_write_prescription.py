"""What an ePrescription says, and what it refuses to say (E.1.1, E.2.1, E.3.2, E.3.30)."""

from dataclasses import replace

import pytest

from tests.support.documents.elements import NS, text
from tests.support.pivots.rich_prescriptions import (
    BLISTER,
    BOX,
    DAY,
    MG,
    ML,
    TABLET,
    VARENR,
    at_event,
    dosage,
    every,
    item,
    prescription,
    product,
    quantity,
    substance,
    system,
)
from tests.support.pivots.summaries import ATC, EDQM, UCUM, mapped, professional, unmapped
from transformers.cda.documents.prescription import write_prescription
from transformers.cda.errors import (
    AmountInexpressible,
    CharacterForbidden,
    CodeMissing,
    IdentifierInvalid,
    LanguageUnknown,
    LevelRefused,
    ParentIsItself,
    RequiredMissing,
    WaveUnknown,
)
from transformers.model.prescription import Substitution
from transformers.model.summary import Ingredient, PackageLayer, Timing
from transformers.model.values import Coded, Coding, Identifier, Moment
from trust.xml import parse


class Read:
    """A document as written, with short XPaths."""

    def __init__(self, what=None, **changes):
        written = write_prescription(prescription(what, **changes))
        self.content, self.report = written.content, written.report
        self.root = parse(written.content)

    def values(self, path):
        return [str(value) for value in self.root.xpath(path, namespaces=NS)]

    def one(self, path):
        found = self.root.xpath(path, namespaces=NS)
        assert len(found) == 1, f"{len(found)} at {path}"
        return found[0]

    def told(self, code):
        """What the act of that code says in the narrative."""
        [anchor] = self.values(f"//h:act[h:code/@code='{code}']/h:text/h:reference/@value")
        return text(self.one(f"//*[@ID='{anchor.removeprefix('#')}']"))

    def codes(self):
        return [finding.code for finding in self.report.findings]


MATERIAL = "//h:manufacturedMaterial"
LAYERS = "//pharm:containerPackagedProduct"


def test_title_of_the_section_is_the_english_word_the_template_fixes():
    assert Read().values("//h:section/h:title/text()") == ["Prescriptions"]


def test_section_and_entry_have_the_id_of_the_item():
    read = Read()
    for path in ("//h:section/h:id", "//h:entry/h:substanceAdministration/h:id"):
        assert read.values(f"{path}/@extension") == ["RX-2026-0001"]


def test_section_has_the_id_of_the_prescription_where_it_is_another():
    read = Read(item(prescription=Identifier("1.2.3", "P-1")))
    assert read.values("//h:section/h:id/@extension") == ["P-1"]


def test_prescriber_is_the_author_with_function_and_time():
    read = Read()
    assert read.values("/h:ClinicalDocument/h:author/h:functionCode/@code") == ["2211"]
    assert read.values("/h:ClinicalDocument/h:author/h:time/@value") == ["20260504090000+0200"]
    assert read.values("/h:ClinicalDocument/h:author//h:assignedPerson/h:name/h:family/text()") == ["Solberg"]


def test_prescriber_of_the_item_is_the_author_when_a_system_composed_the_document():
    assert Read(author=system()).values("//h:author//h:family/text()") == ["Solberg"]


def test_exactly_one_parent_document():
    assert Read().values("//h:relatedDocument/h:parentDocument/h:id/@extension") == ["M1-0001"]


@pytest.mark.parametrize(
    ("dose", "low", "high", "unit"),
    [
        (dosage(), "1", "1", "{Tablet}"),
        (dosage(dose_high=quantity("2", TABLET)), "1", "2", "{Tablet}"),
        (dosage(dose=quantity("2.5", ML)), "2.5", "2.5", "mL"),
        (dosage(dose=quantity("1")), "1", "1", "1"),
    ],
)
def test_dose_is_a_range_with_a_unit_of_ucum_or_an_annotation(dose, low, high, unit):
    read = Read(item(dosage=dose))
    assert read.values("//h:doseQuantity/*/@value") == [low, high]
    assert read.values("//h:doseQuantity/*/@unit") == [unit, unit]
    told = " ".join(read.values("//h:section/h:text//text()"))
    shown = told.partition("Dose: ")[2].partition("Når:")[0]
    assert shown.startswith(low)
    assert (f" – {high} " in shown) is (low != high)


@pytest.mark.parametrize(
    ("dose", "code"),
    [
        (dosage(dose=quantity("1", unmapped("dråper", "77", "7452"))), "unit-not-expressible"),
        (dosage(dose=quantity("2", TABLET), dose_high=quantity("1", TABLET)), "dose-reversed"),
        (dosage(dose=quantity("2", TABLET), dose_high=quantity("3", MG)), "unit-not-expressible"),
        (dosage(dose=None, dose_high=quantity("3", TABLET)), "dose-bound"),
    ],
)
def test_dose_that_cda_cannot_hold_is_left_to_the_text_with_a_finding(dose, code):
    read = Read(item(dosage=dose))
    assert read.values("//h:doseQuantity") == []
    assert code in read.codes()


TIMES = "//h:substanceAdministration/h:effectiveTime[position() > 1]"


def test_interval_is_periodic():
    read = Read(item(dosage=dosage(timings=(every("8", institution_specified=True),))))
    assert read.values(f"{TIMES}/@xsi:type") == ["PIVL_TS"]
    assert read.values(f"{TIMES}/@institutionSpecified") == ["true"]
    assert read.values(f"{TIMES}/h:period/@value") == ["8"]


def test_plain_period_of_a_dosage_is_periodic():
    read = Read(item(dosage=dosage(timings=(), period=quantity("1", DAY))))
    assert read.values(f"{TIMES}/h:period/@unit") == ["d"]


def test_event_has_code_and_system_and_no_display():
    read = Read(item(dosage=dosage(timings=(at_event("ACM"), at_event("HS")))))
    assert read.values(f"{TIMES}/h:event/@code") == ["ACM", "HS"]
    assert read.values(f"{TIMES}/h:event/@codeSystem") == ["2.16.840.1.113883.5.139"] * 2
    assert read.values(f"{TIMES}/h:event/@displayName") == []


def test_single_dose_is_a_moment_without_type():
    read = Read(item(dosage=dosage(timings=(Timing(at=Moment("2026-05-05T08:00:00+02:00")),))))
    assert read.values(f"{TIMES}/@value") == ["20260505080000+0200"]
    assert read.values(f"{TIMES}/@xsi:type") == []


UNKNOWN = {
    "text only": dosage(why_text_only="tapering"),
    "no times": dosage(timings=()),
    "more than four decimals": dosage(timings=(every("0.33333", DAY),)),
    "no unit of time": dosage(timings=(every("8", MG),)),
    "no event that the schema knows": dosage(timings=(at_event("MORN"),)),
    "one of two unprintable": dosage(timings=(every("8"), at_event("MORN"))),
    "offset without a unit of time": dosage(timings=(at_event("ACM", quantity("1", TABLET)),)),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_times_that_cannot_be_printed_whole_are_unknown(name):
    read = Read(item(dosage=UNKNOWN[name]))
    assert read.values(f"{TIMES}/h:period/@nullFlavor") == ["UNK"]
    assert ("timing-not-expressible" in read.codes()) == (name not in {"text only", "no times"})


def test_text_only_dosage_has_no_structured_dose():
    assert Read(item(dosage=dosage(why_text_only="tapering"))).values("//h:doseQuantity") == []


def test_patient_is_told_the_whole_dosage_text_and_what_stands_beside_it():
    long = "1 tablett morgen\n" + "og 2 til kvelden. " * 200
    told = Read(item(dosage=dosage(text=long, as_needed=True))).told("PINSTRUCT")
    assert " ".join(long.split()) in told
    assert "Ved behov" in told
    assert "Tas med et glass vann." in told


def test_remaining_repeats_are_told_to_the_patient_and_nowhere_else():
    read = Read(item(repeats=3))
    assert "Gjenstående utleveringer etter denne: 3" in read.told("PINSTRUCT")
    assert read.values("//h:repeatNumber") == []
    assert read.values("//h:supply/h:quantity/@value") == ["1"]


def test_repeats_are_told_in_the_language_of_the_document():
    assert "Utleveringar som står att etter denne: 2" in Read(language="nn-NO").told("PINSTRUCT")


def test_no_repeats_are_invented():
    assert "utleveringer" not in Read(item(repeats=None)).told("PINSTRUCT")


def test_dispenser_is_told_what_is_for_the_dispenser():
    assert Read().told("FINSTRUCT") == "Pasienten ønsker lettåpnet lokk."


def test_no_instruction_without_words():
    read = Read(item(to_dispenser=None, to_patient=None, repeats=None, dosage=dosage(text=None)))
    assert read.values("//h:act") == []


def test_packages_nest_from_the_innermost_and_the_outermost_carries_the_code():
    read = Read()
    assert read.values(f"{LAYERS}/pharm:formCode/@code") == [BLISTER.target.code, BOX.target.code]
    assert read.values(f"{LAYERS}[not(pharm:asContent)]/pharm:code/@code") == [VARENR.code]
    assert read.values(f"{LAYERS}[pharm:asContent]/pharm:code") == []
    assert read.values("//pharm:asContent/pharm:quantity/@value") == ["10", "2"]
    assert read.values("//pharm:asContent/pharm:quantity/@unit") == ["{Tablet}", "1"]


def test_code_of_an_inner_container_stays_in_words():
    layers = (
        PackageLayer(quantity("10", TABLET), code=Coding("INNER", "1.2.3", "Blister")),
        PackageLayer(quantity("2")),
    )
    read = Read(item(product=product(packages=layers, codes=())))
    assert read.values(f"{LAYERS}/pharm:code") == []
    assert "INNER" in text(read.one("//h:section/h:text"))
    assert "coding-not-expressible" in read.codes()


def test_package_code_of_the_product_goes_to_the_outermost_container():
    layers = (PackageLayer(quantity("10", TABLET)), PackageLayer(quantity("2")))
    read = Read(item(product=product(packages=layers)))
    assert read.values(f"{LAYERS}[not(pharm:asContent)]/pharm:code/@code") == [VARENR.code]
    assert read.values(f"{MATERIAL}/h:code") == []


def test_material_code_is_the_products_own_never_the_package_or_atc():
    brand = Coding("FEST-1", "2.16.578.1.12.4.1.1.7507", "Paracet")
    read = Read(item(product=product(codes=(VARENR, Coding("N02BE01", ATC, "paracetamol"), brand))))
    assert read.values(f"{MATERIAL}/h:code/@code") == ["FEST-1"]


def test_atc_is_what_the_product_is_a_kind_of():
    assert Read().values("//pharm:asSpecializedKind[@classCode='GRIC']//pharm:code/@code") == ["N02BE01"]


def test_form_that_nobody_stated_is_unknown():
    assert Read(item(product=product(form=None))).values(f"{MATERIAL}/pharm:formCode/@nullFlavor") == ["UNK"]


def test_unmapped_form_keeps_words_and_coding_and_is_a_finding():
    form = unmapped("Tyggedragé", "999", "7448")
    read = Read(item(product=product(form=form)))
    code = read.one(f"{MATERIAL}/pharm:formCode")
    assert code.get("nullFlavor") == "OTH"
    assert read.values(f"{MATERIAL}/pharm:formCode/h:translation/@code") == ["999"]
    assert "Tyggedragé" in text(read.one("//h:section/h:text"))
    assert "unmapped-code" in read.codes()


def test_strength_is_a_ratio_with_both_units():
    read = Read()
    assert read.values("//pharm:ingredient//h:numerator/@value") == ["500"]
    assert read.values("//pharm:ingredient//h:denominator/@unit") == ["{Tablet}"]


def test_all_ingredients_or_none_have_structure():
    whole = product().ingredients[0]
    half = Ingredient(mapped("N02AA59", ATC, "codeine, combinations"), quantity("30", MG))
    read = Read(item(product=product(ingredients=(whole, half))))
    assert read.values("//pharm:ingredient") == []
    assert "codeine, combinations" in text(read.one("//h:section/h:text"))
    assert "strength-not-expressible" in read.codes()


def test_substance_level_states_the_amount_as_one_package_of_unknown_kind():
    read = Read(item(product=substance(), packages=None, amount=quantity("30", TABLET)))
    assert read.values("//pharm:asContent/pharm:quantity/@value") == ["30"]
    assert read.values(f"{LAYERS}/pharm:formCode/@nullFlavor") == ["UNK"]
    assert read.values("//h:supply/h:quantity/@value") == ["1"]
    assert read.values("//h:manufacturerOrganization") == []


REFUSED = {
    "neither packages nor amount": (item(packages=None), AmountInexpressible),
    "substance without amount": (item(product=substance(), packages=quantity("2")), AmountInexpressible),
    "packages of unknown content": (item(product=product(packages=())), AmountInexpressible),
    "container of unknown content": (item(product=product(packages=(PackageLayer(None),))), AmountInexpressible),
    "content in a unit without code": (
        item(product=product(packages=(PackageLayer(quantity("10", unmapped("ruller", "9", "7452"))),))),
        AmountInexpressible,
    ),
    "four containers": (item(product=product(packages=(PackageLayer(quantity("2")),) * 4)), AmountInexpressible),
    "packages with a unit": (item(packages=quantity("100", ML)), AmountInexpressible),
    "no packages": (item(packages=quantity("0")), AmountInexpressible),
    "amount in a unit without code": (
        item(packages=None, amount=quantity("3", unmapped("ruller", "9", "7452"))),
        AmountInexpressible,
    ),
    "compounded": (item(product=product(level="compounded")), LevelRefused),
    "product without name": (item(product=product(name=" ")), RequiredMissing),
    "item id without form": (item(id=Identifier("resept-1")), IdentifierInvalid),
}


@pytest.mark.parametrize("name", REFUSED)
def test_item_that_cannot_be_stated_is_refused(name):
    what, error = REFUSED[name]
    with pytest.raises(error):
        write_prescription(prescription(what))


DOCUMENTS = {
    "wave": ({}, WaveUnknown),
    "language without a country": ({"language": "fi"}, LanguageUnknown),
    "own parent": ({"parent": Identifier("2.16.578.1.12.4.9999.21", "EP-0001")}, ParentIsItself),
    "no parent": ({"parent": None}, RequiredMissing),
    "nobody authenticates": ({"legal_authenticator": None}, RequiredMissing),
    "prescriber without function": ({"author": replace(professional(), role=None)}, CodeMissing),
    "function without European code": ({"author": replace(professional(), role=Coded("Lege"))}, CodeMissing),
    "prescriber without name": ({"author": replace(professional(), name=None)}, RequiredMissing),
    "unknown confidentiality": ({"confidentiality": Coding("L", "1.2.3")}, RequiredMissing),
    "control character": ({"title": "Resept\x0b"}, CharacterForbidden),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_that_breaks_a_rule_of_its_type_is_refused(name):
    changes, error = DOCUMENTS[name]
    with pytest.raises(error):
        write_prescription(prescription(**changes), wave=1 if name == "wave" else 8)
    assert write_prescription(prescription()).content


def test_amount_beside_containers_is_said_to_leave_them_to_the_text():
    read = Read(item(packages=None, amount=quantity("30", TABLET)))
    assert read.values("//pharm:asContent/pharm:quantity/@value") == ["30"]
    assert "package-not-expressible" in read.codes()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"substitution": Substitution.NOT_ALLOWED}, ["N"]),
        ({"substitution": Substitution.ALLOWED}, ["G"]),
        ({"substitution": None}, []),
        ({"substitution_code": mapped("TE", "2.16.840.1.113883.5.1070", "therapeutic")}, ["TE"]),
        ({"substitution_code": Coded("spør legen"), "substitution": None}, []),
    ],
)
def test_substitution_is_a_ce_of_hl7s_codes_and_never_invented(changes, code):
    read = Read(item(**changes))
    assert read.values("//h:observation[h:code/@code='SUBST']/h:value/@code") == code
    assert read.values("//h:observation[h:code/@code='SUBST']/h:value/@xsi:type") == ["CE"] * len(code)


def test_reason_is_a_ce_with_its_words():
    read = Read()
    assert read.values("//h:entryRelationship[@typeCode='RSON']//h:value/@code") == ["R52"]


@pytest.mark.parametrize(("done", "status"), [(True, "completed"), (False, "active")])
def test_status_says_whether_anything_is_left(done, status):
    assert Read(item(completed=done)).values("//h:entry/h:substanceAdministration/h:statusCode/@code") == [status]


def test_narrative_says_what_no_structure_carries():
    said = text(Read().one("//h:section/h:text"))
    for words in ("2027-05-04", "Fjord Pharma AS", "Kari Solberg", "Reseptformidleren", "Bytte er ikke tillatt"):
        assert words in said


def test_what_the_source_wrote_is_never_markup():
    read = Read(item(to_patient='<script>alert("x")</script> & </text>'))
    assert read.values("//h:script") == []
    assert '<script>alert("x")</script> & </text>' in read.told("PINSTRUCT")


def test_unit_named_in_words_alone_stays_in_words():
    read = Read(item(product=product(packages=(PackageLayer(quantity("21", Coded("tablet"))),), codes=())))
    assert read.values("//pharm:asContent/pharm:quantity/@unit") == ["1"]
    assert read.values("//pharm:asContent/pharm:quantity//h:originalText/text()") == ["tablet"]


def test_products_of_a_kit_are_parts_with_their_number():
    part = product(name="Del én", part_quantity=quantity("2"), form=mapped("10219000", EDQM, "Tablet"))
    vague = product(name="Del to", packages=(PackageLayer(quantity("1", unmapped("ruller", "9", "7452"))),))
    read = Read(item(product=product(parts=(part, vague))))
    assert read.values("//pharm:part/pharm:partProduct/pharm:name/text()") == ["Del én", "Del to"]
    assert read.values("//pharm:part/pharm:quantity/@value") == ["2"]
    assert "package-not-expressible" in read.codes()


def test_same_pivot_same_bytes():
    assert Read().content == Read().content


def test_ucum_unit_is_printed_as_it_is():
    assert Read(item(dosage=dosage(dose=quantity("5", mapped("[iU]", UCUM, "IU"))))).values(
        "//h:doseQuantity/h:low/@unit"
    ) == ["[iU]"]
