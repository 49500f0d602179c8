"""What a list says of an ePrescription, and what country B makes of it: no name of a person, nothing cut."""

import hashlib
from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.exchange.country_a.prescription_entry import prescription_entry
from gateway.exchange.country_b.listed_medicine import ListedMedicine, listed_medicine
from gateway.messages import DocumentsReply, EventCode
from gateway.wire.xca_query import read_documents, write_documents
from tests.support.nodes.wire import document_entry, document_types, sender, tree
from tests.support.persons.prescriptions import joined_prescriptions
from tests.support.persons.samples import persons, release
from tests.support.pivots.rich_prescriptions import item, prescription, product, substance
from tests.support.pivots.summaries import mapped
from transformers.cda.documents.prescription import write_prescription
from transformers.model.prescription import Substitution
from transformers.model.summary import Ingredient
from transformers.model.values import Coded, Coding, Quantity
from transformers.terminology.transcode import transcode_prescription

ATC = "2.16.840.1.113883.6.73"
LISTED = [(person, key) for person in sorted(persons()) for key in sorted(joined_prescriptions(person))]
CONTENT = write_prescription(prescription()).content


def entry(what=None, **changes):
    pivot = prescription(what, **changes)
    return prescription_entry(pivot, CONTENT, repository="1.2.3", home_community="1.2.4")


def event(made, system):
    return [(e.code, e.display) for e in made.events if e.system == system]


def test_entry_is_of_the_document_and_its_bytes():
    made = entry()
    assert made.unique_id == "2.16.578.1.12.4.9999.21^EP-0001"
    assert (made.class_code, made.format_code) == ("57833-6", "urn:epsos:ep:pre:2010")
    assert made.size == len(CONTENT)
    assert made.sha1 == hashlib.sha1(CONTENT, usedforsecurity=False).hexdigest()
    assert made.created == prescription().created
    assert (made.title, made.language, made.confidentiality) == ("eHDSI - ePrescription", "nb-NO", "N")


def test_description_is_the_brand_with_the_english_substance():
    assert entry().description == "Paracet tablett 500 mg (paracetamol)"


def test_substance_that_the_name_says_is_not_said_twice():
    named = substance(name="Paracetamol tablett 500 mg")
    assert entry(item(product=named)).description == "Paracetamol tablett 500 mg"
    assert entry(item(product=product(atc=Coded("Noe")))).description == "Paracet tablett 500 mg"


def test_a_product_without_atc_is_described_by_its_name_alone():
    made = entry(item(product=product(atc=None)))
    assert made.description == "Paracet tablett 500 mg"
    assert event(made, "2.16.840.1.113883.6.73") == []


def test_events_say_what_a_reader_chooses_by():
    made = entry()
    assert event(made, "2.16.840.1.113883.6.73") == [("N02BE01", "paracetamol")]
    assert event(made, "0.4.0.127.0.16.1.1.2.1") == [("10219000", "Tablet")]
    assert event(made, "eHDSI_Strength_CodeSystem") == [("500 mg", "Strength of medication")]
    assert event(made, "2.16.840.1.113883.5.1070") == [("N", "none")]
    assert event(made, "1.3.6.1.4.1.19376.1.2.3") == [("urn:ihe:iti:xdw:2011:eventCode:open", "Open")]


def test_an_atc_code_that_the_source_states_is_listed_without_a_display_of_the_release():
    stated = Coded("Enalapril", Coding("C09AA02", "2.16.578.1.12.4.1.1.7180", "Enalapril"))
    assert event(entry(item(product=product(atc=stated))), ATC) == [("C09AA02", "Enalapril")]
    for other in (Coding("C09AA02", "2.16.578.1.12.4.1.1.9999", "x"), Coding("QC09", "2.16.578.1.12.4.1.1.7180", "x")):
        assert event(entry(item(product=product(atc=Coded("x", other)))), ATC) == []


def strength(*ingredients):
    made = entry(item(product=product(strength_text=None, ingredients=ingredients)))
    return [code for code, _ in event(made, "eHDSI_Strength_CodeSystem")]


def test_strength_without_words_is_that_of_the_ingredients_all_of_them_or_none():
    unit = {name: mapped(name, "2.16.840.1.113883.6.8", name) for name in ("mg", "mL")}
    one, five = Quantity(Decimal(1)), Quantity(Decimal(5), unit["mL"])

    def of(amount, per=one):
        return Ingredient(Coded("x"), None if amount is None else Quantity(Decimal(amount), unit["mg"]), per)

    assert strength(of("50")) == ["50 mg"]
    assert strength(of("50"), of("12.5")) == ["50 mg + 12.5 mg"]
    assert strength(of("250", five)) == ["250 mg / 5 mL"]
    assert strength(of("50"), of(None)) == strength() == []
    assert strength(Ingredient(Coded("x"), Quantity(Decimal(1), Coded("drops")), one)) == []


@pytest.mark.parametrize(("person", "key"), LISTED)
def test_our_country_b_reads_our_own_list_with_nothing_missing(person, key):
    """Of every sample prescription whose product FEST describes: ATC, form and strength."""
    joined, report = joined_prescriptions(person)[key]
    made = entry(transcode_prescription(prescription(joined.item), release())[0].item)
    listed = listed_medicine(made)
    whole = all(i.numerator is not None for i in joined.item.product.ingredients) and joined.item.product.ingredients
    assert (listed.atc is None) <= (joined.item.product.atc is None)
    assert listed.dispensable is not None
    if whole and not {f.code for f in report.findings} & {"strength-not-exact", "strength-unknown"}:
        assert listed.strength is not None


def test_nothing_left_is_closed():
    made = entry(item(completed=True))
    assert event(made, "1.3.6.1.4.1.19376.1.2.3") == [("urn:ihe:iti:xdw:2011:eventCode:closed", "Closed")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"substitution": Substitution.ALLOWED}, [("G", "generic")]),
        ({"substitution": None}, []),
        ({"substitution_code": mapped("TE", "2.16.840.1.113883.5.1070", "therapeutic")}, [("TE", "therapeutic")]),
    ],
)
def test_substitution_is_as_the_source_said_it(changes, expected):
    assert event(entry(item(**changes)), "2.16.840.1.113883.5.1070") == expected


def test_concept_without_european_code_is_no_event():
    bare = product(atc=Coded("Noe"), form=Coded("Rar form"), strength_text=" ", ingredients=())
    assert [e.system for e in entry(item(product=bare, substitution=None)).events] == ["1.3.6.1.4.1.19376.1.2.3"]


def test_strength_too_long_for_the_registry_is_left_to_the_document_and_never_cut():
    assert event(entry(item(product=product(strength_text="1 mg + " * 60))), "eHDSI_Strength_CodeSystem") == []
    fitting = "x" * 256
    assert event(entry(item(product=product(strength_text=fitting))), "eHDSI_Strength_CodeSystem")[0][0] == fitting


def test_entry_says_nothing_of_the_person_but_the_identifier():
    made = entry()
    said = f"{made.title} {made.description} {made.events}"
    assert "Nordlåtta" not in said
    assert "Solberg" not in said
    with pytest.raises(ValueError, match="somebody"):
        entry(patient=replace(prescription().patient, identifiers=()))


def test_confidentiality_is_the_documents():
    assert entry(confidentiality=Coding("R", "2.16.840.1.113883.5.25")).confidentiality == "R"


def test_country_b_reads_what_country_a_lists():
    sent = write_documents(DocumentsReply((entry(),)), document_types(), sender())
    [got] = read_documents(tree(sent)).entries
    assert got.events == entry().events
    listed = listed_medicine(got)
    assert (listed.atc.code, listed.form.display, listed.strength) == ("N02BE01", "Tablet", "500 mg")
    assert (listed.substitution.code, listed.dispensable) == ("N", True)
    assert listed.description == "Paracet tablett 500 mg (paracetamol)"


def test_peer_that_lists_no_event_codes_says_nothing():
    assert listed_medicine(document_entry(description="x")) == ListedMedicine("x")


@pytest.mark.parametrize(("code", "said"), [("open", True), ("closed", False), ("maybe", None)])
def test_dispensable_is_said_or_unknown(code, said):
    status = EventCode(f"urn:ihe:iti:xdw:2011:eventCode:{code}", "urn:oid:1.3.6.1.4.1.19376.1.2.3", "x")
    assert listed_medicine(document_entry(events=(status,))).dispensable is said
