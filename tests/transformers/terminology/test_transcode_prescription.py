"""Transcoding prescriptions and dispensations: form, route, units, containers and substitution are coded there too."""

from dataclasses import replace
from decimal import Decimal

from tests.support.persons.samples import release
from tests.support.pivots.rich_prescriptions import dispensation, dispensed, dosage, item, prescription, product
from tests.support.pivots.summaries import professional, volven
from transformers.model.summary import PackageLayer
from transformers.model.values import Coded, Quantity
from transformers.terminology.transcode import transcode_prescription


def national(code, volven_list, display):
    return Coded(display, volven(code, volven_list, display))


TABLET = national("TABL", "7452", "tablett(er)")
MG = national("mg", "7452", "milligram")
ORAL = national("53", "7477", "Oral bruk")
SPRAY = national("3", "7448", "Brusegranulat")
BELLOWS = national("4", "7449", "Belgflaske")
RESERVED = national("1", "1101", "Ja")
MEDICINE = product(form=SPRAY, packages=(PackageLayer(Quantity(Decimal(10), MG), BELLOWS),), ingredients=())


def test_what_a_prescription_codes_has_its_european_code():
    what = item(product=MEDICINE, dosage=dosage(route=ORAL, dose=Quantity(Decimal(1), MG)), substitution_code=RESERVED)
    got = transcode_prescription(prescription(what), release())[0].item
    assert got.product.form.target.code == "10205000"
    assert got.product.packages[0].form.target.code == "30008000"
    assert got.product.packages[0].quantity.unit.target.code == "mg"
    assert got.dosage.route.target.code == "20053000"
    assert got.dosage.dose.unit.target.code == "mg"
    assert got.substitution_code.target.code == "N"
    assert got.product.form.original == SPRAY.original


def test_both_products_of_a_dispensation_are_transcoded():
    got = transcode_prescription(dispensation(dispensed(product=MEDICINE, prescribed_product=MEDICINE)), release())[0]
    assert got.item.product.form.target == got.item.prescribed_product.form.target
    assert got.item.product.form.target is not None


def test_unit_that_no_map_knows_is_told():
    strange = Quantity(Decimal(1), national("ruller", "7452", "ruller"))
    got, report = transcode_prescription(prescription(item(dosage=dosage(dose=strange))), release())
    assert got.item.dosage.dose.unit.target is None
    assert [f.path for f in report.findings if f.path.endswith("dose.unit")] == ["item.dosage.dose.unit"]


def test_a_required_code_is_the_items_and_not_the_headers():
    """The header's people need no role, the prescriber does; a form that no map knows is told with its place."""
    required = ("MedicinalProduct.form", "Professional.role")
    good = prescription(item(prescriber=professional()), author=replace(professional(), role=None))
    assert codes(transcode_prescription(good, release(), required)[1]) == []
    strange = prescription(item(product=product(form=Coded("Rar")), prescriber=replace(professional(), role=None)))
    assert codes(transcode_prescription(strange, release(), required)[1]) == [
        "item.product.form",
        "item.prescriber.role",
    ]
    assert codes(transcode_prescription(strange, release())[1]) == []


def codes(report):
    return [f.path for f in report.findings if f.code == "required-code-unmapped"]
