"""Prescriptions and dispensings abroad in a few words, for tests about how much was prescribed and handed out."""

from dataclasses import replace
from decimal import Decimal

from tests.support.norway.eresept_messages import abroad, envelope, foreign_dispensation
from tests.support.norway.m1 import m1, told
from tests.support.norway.source_messages import SYSTEMS
from transformers.model.summary import MedicinalProduct, PackageLayer
from transformers.model.values import Coded, Coding, Quantity
from transformers.norway.dispensing_report import DispensingReport
from transformers.norway.foreign_dispensing import report_of_dispensing_abroad
from transformers.norway.package_sizes import layers
from transformers.norway.prescription import NorwegianPrescription
from transformers.norway.read_dispensing_report_m10 import read_dispensing_report
from transformers.norway.read_prescription import read_prescription
from transformers.norway.write_dispensing_report_m10 import write_dispensing_report

UCUM, EDQM, UNITS = "2.16.840.1.113883.6.8", "0.4.0.127.0.16.1.1.2.1", "2.16.578.1.12.4.1.1.7452"
TABLET = Coded("Tablett", Coding("53", "2.16.578.1.12.4.1.1.7448", "Tablett"))
CAPSULE = Coded("Kapsel", Coding("61", "2.16.578.1.12.4.1.1.7448", "Kapsel"))
EDQM_TABLET = Coded(None, Coding("10219000", EDQM, "Tablet"), (), Coding("10219000", EDQM, "Tablet"))
OURS = "012345"


def ucum(unit: str) -> Coded | None:
    """A unit as a document states it; a bare count has none."""
    return None if unit == "1" else Coded(None, Coding(unit, UCUM), (), Coding(unit, UCUM))


def number(value: str, unit: str) -> Quantity:
    """A foreign document's quantity."""
    return Quantity(Decimal(value), ucum(unit))


def prescribed(
    packages: str | None, size: str | None, unit: str = "stk", *, repeats: int = 0, form: Coded | None = TABLET,
    amount: Quantity | None = None,
) -> NorwegianPrescription:  # fmt: skip
    """``packages`` of ``size`` ``unit``, whose dispensings nobody counted yet."""
    read, _ = read_prescription(m1(), told(dispensed=None))
    containers = None if size is None else layers(size, Coded(unit, Coding(unit, UNITS, unit)))
    product = replace(read.item.product, packages=containers or (), form=form, form_text=None, ingredients=())
    count = None if packages is None else Quantity(Decimal(packages))
    item = replace(read.item, product=product, packages=count, amount=amount)
    return replace(read, item=item, reiterasjon=repeats, item_number=OURS, package_holds=None)


def packed(*contents: Quantity, form: Coded | None = EDQM_TABLET) -> MedicinalProduct:
    """A foreign product in these containers, the innermost first."""
    return replace(
        foreign_dispensation().item.product, form=form, form_text=None, packages=tuple(map(PackageLayer, contents))
    )


def reported(
    quantity: Quantity, product: MedicinalProduct, of: NorwegianPrescription, *, report_id: str = "r-1"
) -> DispensingReport:
    """The M10 of a dispensing abroad, as it is read again after it was written."""
    about = abroad(report_id=report_id, closes=False, prescribed=of.item.product)
    made, _ = report_of_dispensing_abroad(foreign_dispensation(quantity=quantity, product=product), about)
    read, _ = read_dispensing_report(write_dispensing_report(envelope(), made), SYSTEMS)
    assert read == made
    return read
