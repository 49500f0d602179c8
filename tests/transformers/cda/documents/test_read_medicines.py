"""Reading ePrescriptions and eDispensations of any country: tolerant in form, exact in meaning, nothing lost unsaid.

The faults are those seen in documents of CZ, GR, MT and PL, and those that an attacker would try.
"""

from copy import deepcopy
from dataclasses import replace

import pytest
from lxml import etree

from tests.support.documents.elements import NS
from tests.support.documents.integrity import sound_original
from tests.support.pivots.rich_prescriptions import RESEPT_ID, dispensation, dispensed, item, prescription, product
from tests.support.pivots.summaries import summary
from transformers.cda.documents.dispensation import (
    check_fulfilment,
    read_dispensation,
    write_discard,
    write_dispensation,
)
from transformers.cda.documents.level_one import read_level_one
from transformers.cda.documents.patient_summary import read_patient_summary, write_patient_summary
from transformers.cda.documents.prescription import read_prescription, write_prescription
from transformers.cda.errors import DocumentUnreadable, RequiredMissing
from transformers.model.finding import Severity
from transformers.model.prescription import Substitution
from transformers.model.values import Identifier
from trust.xml import parse

H, P = "{urn:hl7-org:v3}", "{urn:hl7-org:pharm}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
PRESCRIBED = write_prescription(prescription()).content
DISPENSED = write_dispensation(dispensation()).content
SOUND = {
    read_prescription: PRESCRIBED,
    read_dispensation: DISPENSED,
    read_patient_summary: write_patient_summary(summary()).content,
    read_level_one: sound_original(),
}


def changed(content, *changes):
    """The document with the first element at each path changed."""
    root = parse(content)
    for path, change in changes:
        change(root.xpath(path, namespaces=NS)[0])
    return etree.tostring(root)


def put(**attributes):
    return lambda element: element.attrib.update(attributes)


def typed(name):
    return lambda element: element.set(XSI_TYPE, name)


def remove(element):
    element.getparent().remove(element)


def drop(name):
    return lambda element: element.attrib.pop(name)


def repeat(element):
    element.addnext(parse(etree.tostring(element)))


def add(xml):
    def change(element):
        element.append(parse(f'<x xmlns="urn:hl7-org:v3" xmlns:pharm="urn:hl7-org:pharm">{xml}</x>'.encode())[0])

    return change


def insert(xml):
    def change(element):
        element.addnext(parse(f'<x xmlns="urn:hl7-org:v3" xmlns:pharm="urn:hl7-org:pharm">{xml}</x>'.encode())[0])

    return change


def before(xml):
    def change(element):
        element.addprevious(parse(f'<x xmlns="urn:hl7-org:v3">{xml}</x>'.encode())[0])

    return change


def first_within(xml):
    def change(element):
        element.insert(0, parse(f'<x xmlns="urn:hl7-org:v3">{xml}</x>'.encode())[0])

    return change


def eprescription(*changes):
    read, report = read_prescription(changed(PRESCRIBED, *changes))
    return read.item, {finding.code for finding in report.findings}


def edispensation(*changes):
    read, report = read_dispensation(changed(DISPENSED, *changes))
    return read, {finding.code for finding in report.findings}


def test_our_own_documents_read_without_a_finding():
    assert eprescription()[1] == set()
    assert edispensation()[1] == set()


ENTRY = "//h:entry/h:substanceAdministration"
SUPPLY = "//h:entry/h:supply"
MATERIAL = f"{SUPPLY}/h:product//h:manufacturedMaterial"
UNREAD_NUMBER = {"number-unreadable", "amount-missing", "not-carried"}
PRICE = (
    "<entryRelationship typeCode='COMP'><act classCode='ACT' moodCode='EVN'>"
    "<code code='PRICE' codeSystem='1.2.3' displayName='15,98'/></act></entryRelationship>"
)
FAULTS = {
    "translations of the same code (CZ)": (
        f"{MATERIAL}/pharm:formCode",
        add('<translation code="10219000" codeSystem="0.4.0.127.0.16.1.1.2.1" displayName="Tableta"/>'),
        set(),
    ),
    "no narrative links": (f"{SUPPLY}/h:text", remove, set()),
    "no displayName": (f"{MATERIAL}/pharm:formCode", drop("displayName"), set()),
    "national display": (f"{MATERIAL}/pharm:formCode", put(displayName="Tabletka"), set()),
    "other display of the section": ("//h:section/h:code", put(displayName="Wydanie"), set()),
    "no package code": (f"{MATERIAL}//pharm:containerPackagedProduct/pharm:code", remove, set()),
    "package code of an unknown system": (
        f"{MATERIAL}//pharm:containerPackagedProduct/pharm:code",
        put(codeSystem="1.2.3.4.5"),
        set(),
    ),
    "quantity without unit": (f"{SUPPLY}/h:quantity", drop("unit"), {"unit-missing"}),
    "package quantity without unit": (f"{MATERIAL}//pharm:asContent/pharm:quantity", drop("unit"), {"unit-missing"}),
    "no ingredient": (f"{MATERIAL}/pharm:ingredient", remove, set()),
    "no form": (f"{MATERIAL}/pharm:formCode", remove, set()),
    "no packages": (f"{MATERIAL}/pharm:asContent", remove, set()),
    "no maker": ("//h:product//h:manufacturerOrganization", remove, set()),
    "no performer": (f"{SUPPLY}/h:performer", remove, {"performer-missing", "time-missing"}),
    "no time of dispensing": (f"{SUPPLY}/h:performer/h:time", remove, {"time-missing"}),
    "no template ids": (f"{SUPPLY}/h:templateId", remove, set()),
    "no name": (f"{MATERIAL}/h:name", remove, {"name-missing", "product-missing"}),
    "atc as the product's code": (
        f"{MATERIAL}/h:name",
        before('<code code="N02BE01" codeSystem="2.16.840.1.113883.6.73"/>'),
        {"atc-misplaced"},
    ),
    "no quantity": (f"{SUPPLY}/h:quantity", remove, {"amount-missing"}),
    "quantity with a decimal comma": (f"{SUPPLY}/h:quantity", put(value="1,5"), UNREAD_NUMBER),
    "expiry date": (
        f"{MATERIAL}/h:lotNumberText",
        insert('<pharm:expirationTime value="20270101"/>'),
        {"not-carried"},
    ),
    "prescription not named": ("/*/h:inFulfillmentOf", remove, {"order-missing"}),
    "two prescriptions named": (
        "//h:inFulfillmentOf/h:order",
        add('<id root="1.2.3" extension="EP-2"/>'),
        {"reference-inconsistent"},
    ),
    "two items named": (
        "//h:entryRelationship/h:substanceAdministration/h:id",
        insert('<id root="1.2.3" extension="RX-2"/>'),
        {"reference-inconsistent"},
    ),
    "denied": (SUPPLY, put(negationInd="true"), {"negated", "not-carried"}),
    "planned, not done": (SUPPLY, put(moodCode="RQO"), {"mood-unexpected"}),
    "no narrative": ("//h:section/h:text", remove, {"narrative-missing", "reference-dangling"}),
    "second entry": ("//h:entry", repeat, {"entry-surplus", "not-carried"}),
    "no title": ("/*/h:title", remove, {"header-missing"}),
    "no authenticator": ("/*/h:legalAuthenticator", remove, {"header-missing"}),
    "a section id of its own": ("//h:section/h:id", put(extension="S-1"), {"section-id"}),
    "masked form": (f"{MATERIAL}/pharm:formCode", lambda e: (e.clear(), e.set("nullFlavor", "MSK")), {"masked"}),
    "price": (SUPPLY, add(PRICE), {"not-carried"}),
}


@pytest.mark.parametrize("name", FAULTS)
def test_dispensation_with_a_fault_of_the_wild_reads_and_says_so(name):
    path, change, expected = FAULTS[name]
    read, codes = edispensation((path, change))
    dangling = set() if name == "no narrative" else {"reference-dangling"}
    assert codes - dangling == expected
    assert read.item.prescription_item == RESEPT_ID
    assert read.item.product.packages[-1:] or name == "no packages"


def test_decimal_comma_is_never_guessed():
    assert edispensation((f"{SUPPLY}/h:quantity", put(value="1,5")))[0].item.quantity is None


def test_prescription_stands_for_an_item_that_is_not_named():
    read, codes = edispensation(("//h:entryRelationship/h:substanceAdministration/h:id", remove))
    assert read.item.prescription_item == read.prescription
    assert "reference-missing" in codes


def test_dispensation_that_names_no_prescription_at_all_is_refused():
    with pytest.raises(RequiredMissing):
        edispensation(
            ("//h:entryRelationship/h:substanceAdministration/h:id", remove), ("/*/h:inFulfillmentOf", remove)
        )


def test_performer_of_the_same_id_has_the_role_of_the_author():
    read, _ = edispensation()
    assert read.item.dispenser.role.target.code == "2262"


def test_denied_substitution_is_none():
    read, _ = edispensation(("//h:act[h:code/@code='SUBST']", put(negationInd="true")))
    assert read.item.substituted is False
    assert edispensation()[0].item.substituted is True


def test_discard_reads_as_the_dispensation_it_takes_back():
    read, _ = read_dispensation(write_discard(dispensation()).content)
    assert read.id == dispensation().id


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ({}, {"prescription": Identifier("2.16.578.1.12.4.9999.21", "EP-9999")}),
        ({"prescription_item": Identifier("2.16.578.1.12.4.9999.20", "RX-9999")}, {}),
    ],
)
def test_dispensation_of_another_prescription_is_an_error(what, changes):
    [finding] = check_fulfilment(dispensation(dispensed(**what), **changes), prescription()).findings
    assert (finding.severity, finding.code) == (Severity.ERROR, "reference-inconsistent")
    assert check_fulfilment(dispensation(), prescription()).findings == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"doubts": ("amount-impossible",)}, "amount-impossible"),
        ({"item": dispensed(quantity=None)}, "amount-missing"),
        ({"item": dispensed(negated=True)}, "negated"),
        ({"patient": replace(prescription().patient, identifiers=(Identifier("1.2.3", "9"),))}, "patient-inconsistent"),
    ],
)
def test_a_dispensation_in_doubt_or_of_another_patient_fulfils_none(changes, code):
    [finding] = check_fulfilment(replace(dispensation(), **changes), prescription()).findings
    assert (finding.severity, finding.code) == (Severity.ERROR, code)


@pytest.mark.parametrize(
    ("number", "severity"), [("ANOTHER", Severity.ERROR), ("EP-77.8", Severity.ERROR), ("EP-0001", Severity.WARNING)]
)
def test_ids_of_one_series_that_do_not_belong_together_are_named(number, severity):
    unrelated = Identifier(RESEPT_ID.root, number)
    read, report = read_dispensation(write_dispensation(dispensation(prescription=unrelated)).content)
    assert [(f.code, f.severity) for f in report.findings] == [("reference-unrelated", severity)]
    assert bool(read.doubts) is (severity is Severity.ERROR)
    related = Identifier(RESEPT_ID.root, "RX-2026-0001-doc")
    assert read_dispensation(write_dispensation(dispensation(prescription=related)).content)[1].findings == []


SUBSTITUTION = "//h:observation[h:code/@code='SUBST']/h:value"
PHASE = "<phase><low value='20260101'/></phase>"
DANGLING = {"dosage-text-missing", "reference-dangling"}
PRESCRIPTION_FAULTS = {
    "no instruction": ("//h:act[h:code/@code='PINSTRUCT']/..", remove, {"dosage-text-missing"}),
    "no amount": ("//h:entryRelationship[h:supply]", remove, {"amount-missing"}),
    "repeat number": ("//h:supply/h:independentInd", before("<repeatNumber value='3'/>"), {"not-carried"}),
    "aborted": (f"{ENTRY}/h:statusCode", put(code="aborted"), {"status-unknown", "not-carried"}),
    "substitution nobody knows": (SUBSTITUTION, put(code="X"), {"substitution-unknown", "not-carried"}),
    "phase of an interval": (f"{ENTRY}/h:effectiveTime[2]", first_within(PHASE), {"not-carried", "complex-timing"}),
    "rate": (
        f"{ENTRY}/h:consumable",
        before("<rateQuantity value='5' unit='mL/h'/>"),
        {"not-carried", "complex-timing"},
    ),
    "dangling instruction": ("//h:act[h:code/@code='PINSTRUCT']//h:reference", put(value="#nowhere"), DANGLING),
}


@pytest.mark.parametrize("name", PRESCRIPTION_FAULTS)
def test_prescription_with_a_fault_reads_and_says_so(name):
    path, change, expected = PRESCRIPTION_FAULTS[name]
    assert eprescription((path, change))[1] == expected


def test_status_that_nobody_knows_closes_the_item():
    assert eprescription((f"{ENTRY}/h:statusCode", put(code="aborted")))[0].completed is True
    assert eprescription()[0].completed is False


def test_repeat_number_is_not_interpreted():
    change = PRESCRIPTION_FAULTS["repeat number"]
    assert eprescription(change[:2])[0].repeats is None


@pytest.mark.parametrize(("code", "said"), [("G", Substitution.ALLOWED), ("TE", Substitution.ALLOWED), ("X", None)])
def test_substitution_code_says_what_is_allowed(code, said):
    found, _ = eprescription(("//h:observation[h:code/@code='SUBST']/h:value", put(code=code)))
    assert found.substitution is said
    assert found.substitution_code.target.code == code


def test_regimen_with_a_part_that_is_not_read_is_text_alone():
    found, codes = eprescription((f"{ENTRY}/h:effectiveTime[2]", typed("SXPR_TS")))
    assert found.dosage.why_text_only == "complex-timing"
    assert found.dosage.dose is None
    assert "1 tablett" in found.dosage.text
    assert "not-carried" in codes


def test_split_dosing_is_text_alone():
    split = "<entryRelationship typeCode='COMP'><sequenceNumber value='1'/><substanceAdministration classCode='SBADM' moodCode='INT'><doseQuantity value='2' unit='mg'/></substanceAdministration></entryRelationship>"  # noqa: E501 - one element
    found, codes = eprescription((ENTRY, add(split)))
    assert found.dosage.why_text_only == "complex-timing"
    assert "not-carried" in codes


def test_event_without_code_system_is_one_of_hl7s():
    event = "<effectiveTime operator='A'><event code='ACM'/></effectiveTime>"
    found, _ = eprescription(
        (f"{ENTRY}/h:effectiveTime[2]", insert(event)),
        (f"{ENTRY}/h:effectiveTime[3]", typed("EIVL_TS")),
    )
    assert [t.event.code for t in found.dosage.timings if t.event is not None] == ["ACM"]


def test_amount_with_a_unit_is_no_number_of_packages():
    found, _ = eprescription(("//h:supply/h:quantity", put(unit="mL", value="100")))
    assert found.packages is None
    assert str(found.amount.value) == "100"


def test_entrys_own_author_is_the_prescriber():
    author = """<author><functionCode code="2221" codeSystem="2.16.840.1.113883.2.9.6.2.7" displayName="Nursing professionals"/>
      <time value="20260501"/><assignedAuthor><id root="1.2.3" extension="7"/><assignedPerson><name><given>Siv</given>
      <family>Vik</family></name></assignedPerson></assignedAuthor></author>"""  # noqa: E501 - one element
    found, codes = eprescription((f"{ENTRY}/h:consumable", insert(author)))
    assert found.prescriber.name.family == "Vik"
    assert found.prescribed.iso == "2026-05-01"
    assert codes == set()


def test_id_of_the_section_is_the_prescriptions():
    found, _ = eprescription(("//h:section/h:id", put(extension="P-1")))
    assert found.prescription == Identifier(RESEPT_ID.root, "P-1")
    assert eprescription()[0].prescription is None


def test_section_id_stands_for_an_item_without_id():
    assert eprescription((f"{ENTRY}/h:id", remove))[0].id == RESEPT_ID


def test_old_names_of_the_pharmacy_extension_are_read():
    old = PRESCRIBED.replace(b"urn:hl7-org:pharm", b"urn:epsos-org:ep:medication")
    old = old.replace(b"containerPackagedProduct", b"containerPackagedMedicine")
    old = old.replace(b"generalizedMaterialKind", b"generalizedMedicineClass")
    old = old.replace(b"ingredientSubstance", b"ingredient")
    read, report = read_prescription(old)
    assert report.findings == []
    assert read.item.product == read_prescription(PRESCRIBED)[0].item.product


UNREADABLE = {
    "no XML": b"ikke xml",
    "cut off": PRESCRIBED[:2000],
    "wrong encoding": PRESCRIBED.decode().encode("utf-16-be"),
    "another root": b"<Bundle xmlns='http://hl7.org/fhir'/>",
    "an entity": b"<!DOCTYPE x [<!ENTITY y 'z'>]>" + PRESCRIBED.partition(b"\n")[2],
    "no entry": changed(PRESCRIBED, ("//h:entry", remove)),
    "another document": DISPENSED,
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_prescription_is_refused(name):
    with pytest.raises(DocumentUnreadable):
        read_prescription(UNREADABLE[name])


@pytest.mark.parametrize("path", ["/*/h:id", "//h:recordTarget", "/*/h:effectiveTime", "//h:consumable"])
def test_prescription_without_what_nobody_can_do_without_is_refused(path):
    with pytest.raises(RequiredMissing):
        eprescription((path, remove))


def test_prescription_without_any_id_of_the_item_is_refused():
    with pytest.raises(RequiredMissing):
        eprescription((f"{ENTRY}/h:id", remove), ("//h:section/h:id", remove))


@pytest.mark.parametrize(("edge", "value"), [("high", "0"), ("low", "-1"), ("low", "7")])
def test_dose_that_nobody_can_take_is_left_to_the_words(edge, value):
    found, codes = eprescription((f"//h:doseQuantity/h:{edge}", put(value=value)))
    assert (found.dosage.dose, found.dosage.dose_high, found.dosage.timings) == (None, None, ())
    assert found.dosage.why_text_only == "dose-unbelievable"
    assert "dose-unbelievable" in codes
    sound, codes = eprescription()
    assert sound.dosage.dose is not None
    assert "dose-unbelievable" not in codes


def test_range_from_nothing_upwards_is_a_dose():
    found, codes = eprescription(("//h:doseQuantity/h:low", put(value="0")))
    assert found.dosage.dose.value == 0
    assert "dose-unbelievable" not in codes


@pytest.mark.parametrize("path", ["/*/h:recordTarget", "//h:patientRole"])
@pytest.mark.parametrize("read", [read_prescription, read_dispensation, read_patient_summary, read_level_one])
def test_document_of_several_patients_is_refused(read, path):
    sound = SOUND[read]
    twice = changed(sound, (path, lambda element: element.addnext(deepcopy(element))))
    with pytest.raises(DocumentUnreadable) as refused:
        read(twice)
    assert refused.value.reason == "SeveralPatients"
    assert read(sound) is not None


def test_script_in_the_narrative_is_no_text():
    anchor = "//h:content[@ID='rx1-patient']"
    found, codes = eprescription((anchor, add("<script>alert(1)</script>")))
    assert "alert" not in found.dosage.text
    assert "narrative-removed" in codes


def test_struck_out_words_are_not_read():
    gone = "<content revised='delete'>10 tabletter</content>"
    found, codes = eprescription(("//h:content[@ID='rx1-patient']", add(gone)))
    assert "10 tabletter" not in found.dosage.text
    assert "narrative-removed" in codes


def nested(levels, tag):
    """Containers or kits within each other."""
    inner = ""
    for _ in range(levels):
        if tag == "asContent":
            inner = f"<pharm:asContent classCode='CONT'><pharm:quantity value='2' unit='1'/><pharm:containerPackagedProduct classCode='CONT' determinerCode='KIND'>{inner}</pharm:containerPackagedProduct></pharm:asContent>"  # noqa: E501 - one element
        else:
            inner = f"<pharm:part classCode='PART'><pharm:partProduct classCode='MMAT' determinerCode='KIND'><pharm:name>Del</pharm:name>{inner}</pharm:partProduct></pharm:part>"  # noqa: E501 - one element
    return inner


@pytest.mark.parametrize("tag", ["asContent", "part"])
def test_deep_nesting_is_bounded_and_said(tag):
    path = f"{ENTRY}//h:manufacturedMaterial"
    changes = [(f"{path}/pharm:asContent", remove)] if tag == "asContent" else []
    found, codes = eprescription(*changes, (path, add(nested(40, tag))))
    assert "not-carried" in codes
    if tag == "asContent":
        assert len(found.product.packages) == 8
        assert all(str(layer.quantity.value) == "2" for layer in found.product.packages)


def test_nesting_beyond_what_the_parser_allows_is_refused():
    within, after = PRESCRIBED.split(b"</manufacturedMaterial>", 1)
    deep, shallow = (nested(levels, "part").encode() + b"</manufacturedMaterial>" for levels in (600, 3))
    with pytest.raises(DocumentUnreadable):
        read_prescription(within + deep + after)
    assert read_prescription(within + shallow + after)[0].item.product.parts


def test_doubled_anchors_lead_nowhere():
    found, codes = eprescription(("//h:content[@ID='rx1-patient']", repeat))
    assert found.dosage.text is None
    assert {"anchor-doubled", "dosage-text-missing"} <= codes


def test_product_of_a_kit_keeps_its_number():
    kit = product(parts=(product(name="Del", part_quantity=item().packages),))
    read, report = read_prescription(write_prescription(prescription(item(product=kit))).content)
    assert [str(part.part_quantity.value) for part in read.item.product.parts] == ["1"]
    assert report.findings == []


def test_report_holds_nothing_of_the_person():
    faults = [(path, change) for path, change, _ in FAULTS.values() if "h:performer" not in path][:20]
    for path, change in faults:
        _, report = read_dispensation(changed(DISPENSED, (path, change)))
        said = " ".join(str(row) for row in report.as_json())
        number = dispensation().patient.identifiers[0].extension
        assert number not in said
        assert "Nordlåtta" not in said
