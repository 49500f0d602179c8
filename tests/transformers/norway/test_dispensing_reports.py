"""M10: what is written is read again, is valid, and says of a dispensing abroad only what was said there."""

from dataclasses import replace
from decimal import Decimal

import pytest
from lxml import etree

from tests.support.machine.require import artefacts
from tests.support.norway.checks import faults, schema
from tests.support.norway.eresept_messages import (
    BIRTH,
    HER,
    PRESCRIPTION,
    abroad,
    dispensing,
    envelope,
    foreign_dispensation,
    m10,
    norwegian_medicine,
)
from tests.support.norway.source_messages import PATIENT, STRANGER, SYSTEMS
from transformers.model.finding import Report
from transformers.model.people import Gender, Name, Organisation, Person, Professional
from transformers.model.prescription import PrescribedItem
from transformers.model.summary import Dosage, MedicinalProduct, PackageLayer
from transformers.model.values import Coded, Coding, Identifier, Moment, Period, Provenance, Quantity
from transformers.norway.dispensing_report import (
    Dispenser,
    DispensingReport,
    Intervention,
    PaperPrescriber,
    annulment_of,
    counted,
    in_force,
)
from transformers.norway.eresept_fields import PackageSize
from transformers.norway.errors import Malformed, UnknownVersion, WrongPatient
from transformers.norway.foreign_dispensing import (
    DispensedHere,
    local_prescription_id,
    report_of_dispensing_abroad,
    report_of_foreign_prescription,
)
from transformers.norway.msghead_patient import HeadPatient, Subject
from transformers.norway.prescription import Dispensing
from transformers.norway.read_dispensing_report_m10 import read_dispensing_report
from transformers.norway.write_dispensing_report_m10 import write_dispensing_report

HERSELF = Subject(frozenset({PATIENT}), BIRTH)


def written(report: DispensingReport) -> bytes:
    return write_dispensing_report(envelope(), report)


def foreign_prescription() -> PrescribedItem:
    doctor = Professional(Name(("Ana", "Rita"), "Melo"), organisation=Organisation("Hospital de Exemplo"))
    return PrescribedItem(
        id=Identifier("2.16.17.710.820.1000.990.1", "p-1"),
        product=MedicinalProduct(name="Zyrtec", level="brand"),
        dosage=Dosage("1 por dia"),
        treatment=Period(),
        prescribed=Moment("2026-11-01"),
        provenance=Provenance("eP"),
        prescriber=doctor,
    )


def foreigner(**changes: object) -> Person:
    usual = Person(
        (Identifier("2.16.17.710.820.1000.990.1.1", "123"),), Name(("João", "Paulo"), "Sá"), Gender.MALE, BIRTH
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # changes are named fields


def here(number: str | None = None) -> DispensedHere:
    return DispensedHere(
        report_id="7d0c7f52-59f3-4a6a-9d3b-2c2a0f2f3e10", dispenser=Dispenser("8090688", "Apoteket Eksempel"),
        employee_id="990000081", dispensed=Moment("2026-11-20"), medicine=norwegian_medicine(), patient_number=number,
        lot="N-1",
    )  # fmt: skip


def of_abroad(**changes: object) -> DispensingReport:
    return report_of_dispensing_abroad(foreign_dispensation(**changes), abroad())[0]


ML = Coded(text="millilitre", original=Coding("mL", "2.16.840.1.113883.6.8"))
ML_250 = Quantity(Decimal(250), ML)
BOTTLES = MedicinalProduct(name="Sirup", level="package", packages=(PackageLayer(Quantity(Decimal(125), ML)),))
INTERVENED = Intervention(
    code=Coded(text="Utsolgt", original=SYSTEMS.coding("206", "2.16.578.1.12.4.1.1.7412", "Utsolgt")),
    change="V", with_customer=True, with_doctor="990000099", reason="Tomt på lager",
)  # fmt: skip
EVERY = {
    "a Norwegian package": dispensing(lot="N-1", no_substitution=False, interventions=(INTERVENED,)),
    "an amount": dispensing(
        medicine=norwegian_medicine(
            packages=Decimal("0.5"), amount=Quantity(Decimal("2.5"), Coded(text="ml")), remark="Delt"
        )
    ),
    "an annulment": annulment_of(dispensing(), new_id="a-1", employee_id="x"),
    "a cancellation": dispensing(medicine=None, cancellation="16", closed=None),
    "dispensed abroad": of_abroad(),
    "dispensed abroad in millilitres": of_abroad(quantity=ML_250, product=BOTTLES),
    "a foreign prescription": report_of_foreign_prescription(foreign_prescription(), foreigner(), here()),
    "a foreign prescription of somebody with a D-number": report_of_foreign_prescription(
        foreign_prescription(), foreigner(), here(PATIENT)
    ),
}


@pytest.mark.parametrize("report", EVERY.values(), ids=EVERY)
def test_what_is_written_is_read_again(report: DispensingReport):
    assert read_dispensing_report(written(report), SYSTEMS) == (report, Report())


@pytest.mark.parametrize("report", EVERY.values(), ids=EVERY)
def test_what_is_written_is_valid_by_the_official_schemas(report: DispensingReport):
    assert faults(schema(artefacts()), written(report)) == []


@pytest.mark.parametrize("report", EVERY.values(), ids=EVERY)
def test_no_code_or_quantity_of_a_report_lacks_a_part(report: DispensingReport):
    for element in etree.fromstring(written(report)).iter("{*}*"):
        stated = set(element.attrib)
        if "V" in stated and not element.tag.endswith("TeleAddress"):
            assert stated >= {"V", "DN"} or stated == {"V", "U"}, element.tag
        assert "OT" not in stated
        assert all(value.strip() for value in element.attrib.values())


def test_a_report_is_the_same_bytes_every_time():
    assert written(of_abroad()) == written(of_abroad())


def test_a_dispensing_abroad_is_told_as_it_was_there():
    made = of_abroad()
    assert (made.prescription_id, made.dispensed.iso, made.lot, made.closed) == (
        PRESCRIPTION, "2026-11-20", "LOT-7", True,
    )  # fmt: skip
    assert made.dispenser == Dispenser("8190099", "Farmácia do Exemplo (PT)")
    assert made.medicine is not None
    assert (made.medicine.product.name, made.medicine.packages) == ("Zyrtec film-coated tablet 10 mg", Decimal(2))
    assert (made.medicine.item_number, made.medicine.product.level) == ("999999", "package")
    assert made.interventions == (Intervention(change="V"),)


def test_a_product_that_was_not_substituted_is_no_intervention():
    assert of_abroad(substituted=False).interventions == ()


def test_a_foreign_package_code_is_named_as_not_carried():
    product = replace(foreign_dispensation().item.product, codes=(Coding("5440987", "1.2.3"),))
    _, report = report_of_dispensing_abroad(foreign_dispensation(product=product), abroad())
    assert [(f.code, f.original) for f in report.findings] == [("code-not-carried", "5440987")]


def test_an_amount_in_a_unit_of_measure_is_counted_by_what_one_package_holds():
    made = of_abroad(quantity=ML_250, product=BOTTLES)
    assert made.medicine is not None
    assert (made.medicine.packages, made.medicine.amount) == (
        Decimal(2),
        Quantity(Decimal(250), Coded(text="ml")),
    )


@pytest.mark.parametrize(
    ("quantity", "product"),
    [
        (None, BOTTLES),
        (ML_250, MedicinalProduct(name="Sirup", level="package")),
        (ML_250, replace(BOTTLES, packages=(PackageLayer(None),))),
        (ML_250, replace(BOTTLES, packages=(PackageLayer(Quantity(Decimal(125), Coded(text="g"))),))),
    ],
    ids=["not-stated", "no-package", "empty-package", "another-unit"],
)
def test_refuses_to_guess_how_many_packages_were_dispensed(quantity: Quantity | None, product: MedicinalProduct):
    with pytest.raises(Malformed, match="Antall"):
        of_abroad(quantity=quantity, product=product)


def test_a_pharmacy_without_name_is_not_given_one():
    who = Professional(Name(("Rui",), "Azevedo"))
    dispensation = replace(foreign_dispensation(dispenser=who), author=who)
    made, _ = report_of_dispensing_abroad(dispensation, abroad())
    assert made.dispenser.name == "Rui Azevedo (PT)"


@pytest.mark.parametrize("when", [None, Moment("2026-11")])
def test_refuses_a_dispensing_without_a_day(when: Moment | None):
    with pytest.raises(Malformed, match="Utleveringsdato"):
        of_abroad(dispensed=when)


def test_a_foreign_prescription_is_paper_and_its_prescriber_of_the_eea():
    made = EVERY["a foreign prescription"]
    assert (made.paper, made.closed) == (True, None)
    assert made.paper_prescriber == PaperPrescriber(
        "Ana Rita", "Melo", institution="Hospital de Exemplo", nordic_or_eea=True
    )
    assert made.patient == HeadPatient("Sá", "João", "Paulo", None, BIRTH, Gender.MALE)


def test_a_foreign_prescription_gets_the_same_id_every_time_and_another_gets_another():
    one, other = Identifier("1.2", "a"), Identifier("1.2", "b")
    assert local_prescription_id(one) == local_prescription_id(one) != local_prescription_id(other)


@pytest.mark.parametrize(("changes", "what"), [({"gender": None}, "Sex"), ({"birth": Moment("1974")}, "DateOfBirth")])
def test_refuses_to_report_on_somebody_without_number_nobody_could_find_again(changes: dict[str, object], what: str):
    report = report_of_foreign_prescription(foreign_prescription(), foreigner(**changes), here())
    with pytest.raises(Malformed, match=what):
        written(report)
    with_number = report_of_foreign_prescription(foreign_prescription(), foreigner(**changes), here(PATIENT))
    assert written(with_number)


@pytest.mark.parametrize(
    ("report", "what"),
    [
        (dispensing(goods="Kateter", medicine=None), "ReseptDokHandelsvare"),
        (dispensing(medicine=norwegian_medicine(item_number=None)), "Varenr"),
        (dispensing(medicine=norwegian_medicine(group="")), "Reseptgruppe"),
        (dispensing(medicine=norwegian_medicine(group="Q")), "Reseptgruppe"),
        (dispensing(interventions=(replace(INTERVENED, change="Q"),)), "EndringsType"),
        (dispensing(medicine=None, cancellation="99", closed=None), "Kanselleringskode"),
        (dispensing(medicine=norwegian_medicine(product=MedicinalProduct("x", "substance"))), "Legemiddelpakning"),
        (dispensing(medicine=norwegian_medicine(packages=None)), "Antall"),
        (dispensing(medicine=norwegian_medicine(packages=Decimal(0))), "Antall"),
        *(
            (dispensing(medicine=norwegian_medicine(packages=Decimal(count))), "Antall")
            for count in ("-1", "1e9", "1e999", "NaN", "Infinity", "0.0001")
        ),
        *(
            (dispensing(medicine=norwegian_medicine(amount=Quantity(Decimal(amount)))), "Mengde")
            for amount in ("-1", "0", "1e9", "1e999", "NaN")
        ),
        (dispensing(medicine=None), "ReseptDokLegemiddel"),
        (dispensing(medicine=None, cancellation="16", closed=True), "Kanselleringskode"),
        (dispensing(medicine=None, cancellation="16", annuls="r-1"), "Kanselleringskode"),
        (dispensing(medicine=None, cancellation="16", interventions=(INTERVENED,)), "Kanselleringskode"),
        (dispensing(dispensed=Moment("2026-11")), "Utleveringsdato"),
        (dispensing(interventions=(replace(INTERVENED, code=Coded("words without a code")),)), "Kode"),
        (dispensing(patient=replace(HER, number="13877430100")), "Ident"),
        (dispensing(patient=replace(HER, family="")), "Patient"),
    ],
)
def test_refuses_to_write_what_would_be_rejected_or_invented(report: DispensingReport, what: str):
    with pytest.raises(Malformed, match=what):
        written(report)


def test_an_annulment_names_what_it_takes_back_and_repeats_the_product_reseptformidleren_asks_for():
    made = EVERY["an annulment"]
    assert (made.annuls, made.medicine, made.prescription_id) == (dispensing().id, dispensing().medicine, PRESCRIPTION)
    nothing_left = replace(made, medicine=norwegian_medicine(packages=Decimal(0)))
    assert b"<Antall>0</Antall>" in written(nothing_left)


def test_what_was_taken_back_is_not_in_force():
    findings = Report()
    kept, gone = dispensing(id="k-1"), dispensing(id="G-1")
    back = annulment_of(replace(gone, id="g-1"), new_id="a-1", employee_id="x")
    assert in_force([kept, gone, back, dispensing(id="c-1", cancellation="16")], findings) == (kept,)
    assert findings.findings == []


def test_an_annulment_of_an_unknown_report_is_named():
    findings = Report()
    back = annulment_of(dispensing(id="elsewhere"), new_id="a-1", employee_id="x")
    assert in_force([dispensing(), back], findings) == (dispensing(),)
    assert [f.code for f in findings.findings] == ["annulment-of-unknown"]


def test_prices_are_named_as_not_carried():
    priced = m10().replace(b"<AnsattId>", b'<PrisLegemiddelUtenMt V="120" U="NOK"/><AnsattId>')
    _, report = read_dispensing_report(priced, SYSTEMS)
    assert [(f.code, f.original) for f in report.findings] == [("not-carried", "PrisLegemiddelUtenMt")]


def test_a_report_must_be_about_whom_was_asked_for():
    assert read_dispensing_report(m10(), SYSTEMS, subject=HERSELF)[0] == dispensing()


@pytest.mark.parametrize(
    "subject", [Subject(frozenset({STRANGER})), Subject(frozenset({PATIENT}), Moment("1974-07-14"))]
)
def test_refuses_a_report_about_another(subject: Subject):
    with pytest.raises(WrongPatient):
        read_dispensing_report(m10(), SYSTEMS, subject=subject)


@pytest.mark.parametrize("part", ["m10", "utlevering", "m1", "forskrivning"])
def test_refuses_another_generation_by_name(part: str):
    namespace = f"http://www.kith.no/xmlstds/eresept/{part}/2013-10-08".encode()
    other = namespace.replace(b"2013", b"2009")
    with pytest.raises(UnknownVersion) as caught:
        read_dispensing_report(m10().replace(namespace, other), SYSTEMS)
    assert caught.value.namespace == other.decode()


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (b"<Annullering>false</Annullering>", b"", "Annullering"),
        (b"<Annullering>false</Annullering>", b"<Annullering>true</Annullering>", "AnnulleringsId"),
        (b"<Annullering>false</Annullering>", b"<Annullering>nei</Annullering>", "Annullering"),
        (b'<Avsluttet V="2"', b'<Avsluttet V="3"', "Avsluttet"),
        (b"<Antall>1</Antall>", b"<Antall>en</Antall>", "Antall"),
        (b"<Utleveringsdato>2026-11-20</Utleveringsdato>", b"", "Utleveringsdato"),
        (b"<Utleveringsdato>2026-11-20", b"<Utleveringsdato>20.11.2026", "Utleveringsdato"),
        (f"<ReseptId>{PRESCRIPTION}</ReseptId>".encode(), b"", "ReseptId"),
        (b"<AnsattId>PT:farmaceutico-1</AnsattId>", b"", "AnsattId"),
        (b"<NavnFormStyrke>Cetirizin Tab 10 mg</NavnFormStyrke>", b"", "Navn"),
        (b"Legemiddelpakning>", b"LegemiddelAnnet>", "Forskrivning"),
    ],
)
def test_refuses_what_is_missing_or_broken_by_name(before: bytes, after: bytes, what: str):
    assert before in m10()
    with pytest.raises(Malformed) as caught:
        read_dispensing_report(m10().replace(before, after), SYSTEMS)
    assert caught.value.what == what


@pytest.mark.parametrize("cut", [10, 400, 2000, -1])
def test_refuses_a_message_cut_anywhere(cut: int):
    with pytest.raises(Malformed):
        read_dispensing_report(m10()[:cut], SYSTEMS)


def test_refuses_bytes_that_are_not_in_the_encoding_they_claim():
    with pytest.raises(Malformed):
        read_dispensing_report(m10().replace("Farmácia".encode(), "Farmácia".encode("latin-1")), SYSTEMS)


def test_comma_and_point_are_one_decimal_and_package_strings_stay_as_written():
    made, _ = read_dispensing_report(m10().replace(b"<Antall>1<", b"<Antall>1,5<"), SYSTEMS)
    assert made.medicine is not None
    assert made.medicine.packages == Decimal("1.5")
    assert made.medicine.package_size is not None
    assert made.medicine.package_size.written == "10x0,5"


def test_a_report_is_counted_by_its_packages_and_what_each_holds():
    medicine = replace(norwegian_medicine(), item_number="990001", packages=Decimal(2), amount=None)
    sized = replace(medicine, package_size=PackageSize("10x5", Coded("stk")))
    holds = Quantity(Decimal(50), Coded("stk"))
    key = dispensing().id
    assert counted(dispensing(medicine=sized, closed=None)) == Dispensing(Decimal(2), None, False, "990001", holds, key)
    unsized = replace(medicine, package_size=PackageSize("noe", Coded("stk")))
    assert counted(dispensing(medicine=unsized, closed=True)) == Dispensing(Decimal(2), None, True, "990001", None, key)
    assert counted(dispensing(medicine=None, closed=False)) == Dispensing(report_id=key)


IMPOSSIBLE = ["-1", "0", "-0", "0.5", "1.5", "1e9", "1e999", "-1e999", "NaN", "Infinity", "10000"]


@pytest.mark.parametrize("count", IMPOSSIBLE)
def test_no_report_is_made_of_packages_that_cannot_be(count: str):
    with pytest.raises(Malformed, match="Antall"):
        of_abroad(quantity=Quantity(Decimal(count)))
    assert of_abroad(quantity=Quantity(Decimal("1"))).medicine


@pytest.mark.parametrize("amount", ["-250", "0", "1e9", "1e999", "NaN", "0.01"])
def test_no_report_is_made_of_an_amount_that_cannot_be(amount: str):
    with pytest.raises(Malformed, match="Antall"):
        of_abroad(quantity=Quantity(Decimal(amount), ML), product=BOTTLES)


@pytest.mark.parametrize("content", ["-12", "0", "1e999"])
def test_no_report_is_made_of_a_package_that_cannot_be(content: str):
    product = replace(BOTTLES, packages=(PackageLayer(Quantity(Decimal(content), ML)),))
    with pytest.raises(Malformed, match="Antall"):
        of_abroad(quantity=ML_250, product=product)


def test_no_report_is_made_of_a_dispensing_that_is_denied():
    with pytest.raises(Malformed):
        of_abroad(negated=True)


UCUM = "2.16.840.1.113883.6.8"
TABLETS = Coded(None, Coding("{tablet}", UCUM), (), Coding("{tablet}", UCUM))
BLISTERS = MedicinalProduct(
    name="Zyrtec",
    level="package",
    packages=(PackageLayer(Quantity(Decimal(10), TABLETS)), PackageLayer(Quantity(Decimal(2)))),
)


def test_a_count_in_a_translation_does_not_make_packages_of_tablets():
    also_counted = replace(TABLETS, others=(Coding("1", UCUM),))
    for unit in (TABLETS, also_counted):
        made = of_abroad(quantity=Quantity(Decimal(40), unit), product=BLISTERS)
        assert made.medicine is not None
        assert made.medicine.packages == Decimal(2)
    made = of_abroad(quantity=Quantity(Decimal(2), Coded(None, target=Coding("{Package}", UCUM))), product=BLISTERS)
    assert made.medicine is not None
    assert made.medicine.packages == Decimal(2)


def test_a_box_that_states_the_tablets_of_its_blisters_is_not_multiplied():
    inner, outer = BLISTERS.packages
    summed = replace(BLISTERS, packages=(inner, replace(outer, quantity=Quantity(Decimal(20), TABLETS))))
    with pytest.raises(Malformed, match="Antall"):
        of_abroad(quantity=Quantity(Decimal(20), TABLETS), product=summed)
    made = of_abroad(quantity=Quantity(Decimal(20), TABLETS), product=BLISTERS)
    assert made.medicine is not None
    assert made.medicine.packages == Decimal(1)
