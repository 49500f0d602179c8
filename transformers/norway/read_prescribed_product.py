"""What a prescription prescribes: a medicine at any level (typeLegemiddel, Legemiddelblanding) or goods (Handelsvare).

e-resept forskrivning 2010-04-01 and 2013-10-08. Name, form and strength are one text and stay one; package sizes follow
the grammar of `package_sizes` or stay text with a finding.
"""

from dataclasses import dataclass, field, replace

from lxml import etree

from transformers.model.finding import Finding, Report, Severity
from transformers.model.summary import MedicinalProduct, PackageLayer
from transformers.model.values import Coded, Quantity
from transformers.norway.code_systems import VOLVEN, CodeSystems
from transformers.norway.package_sizes import layers
from transformers.norway.prescription import Level
from transformers.norway.read_prescription_m1 import medicine_of, product_of
from transformers.norway.xml_fields import (
    child,
    children,
    code,
    coded_of,
    name_of,
    plain,
    quantity,
    required_text,
    text,
)

FORM_NOT_STATED = ("173", f"{VOLVEN}7448")
"""LegemiddelformKort "(ikke angitt)": a code that says nothing."""
_LEVELS = {
    "Legemiddelpakning": Level.PACKAGE,
    "LegemiddelMerkevare": Level.BRAND,
    "LegemiddelVirkestoff": Level.SUBSTANCE,
    "Legemiddelblanding": Level.COMPOUNDED,
    "Legemiddeldose": Level.DOSE,
}
_GOODS = ("Brystprotese", "Naringsmiddel", "MedForbMatr")


@dataclass(frozen=True, slots=True)
class ReadProduct:
    """A product, and what of it belongs to the prescription rather than to the product."""

    product: MedicinalProduct
    level: Level
    element: etree._Element = field(repr=False)
    group: str | None = None
    item_number: str | None = None
    fest_id: str | None = None
    package_size: str | None = None
    amount: Quantity | None = None
    """Mengde of a compound."""
    notes: tuple[str, ...] = ()
    """Words for what has no field: how a compound is made, and of what."""


def read_product(prescribing: etree._Element, systems: CodeSystems, report: Report) -> ReadProduct:
    """The medicine of a Forskrivning; raises ``Malformed``."""
    medicine = medicine_of(prescribing)
    level = _LEVELS[name_of(medicine)]
    product, notes = product_of(medicine, systems, report, "item")
    size = None
    if level is Level.PACKAGE:
        product, size = _with_package(product, medicine, systems, report)
    return ReadProduct(
        product=_with_stated_form(product, report),
        level=level,
        element=medicine,
        group=code(medicine, "Reseptgruppe"),
        item_number=text(medicine, "Varenr"),
        fest_id=text(medicine, "Id"),
        package_size=size,
        amount=quantity(medicine, "Mengde") if level is Level.COMPOUNDED else None,
        notes=tuple(notes) if level is Level.COMPOUNDED else (),
    )


def read_goods(document: etree._Element, systems: CodeSystems) -> ReadProduct:
    """Goods: their name, or their group where none is named; raises ``Malformed`` where neither is."""
    named = next((found for kind in _GOODS for found in children(document, kind)), None)
    group = coded_of(child(document, "ProdGruppe"), systems)
    if named is not None:
        name = required_text(named, "Navn")
    else:
        name = (None if group is None else group.text) or required_text(document, "ProdGruppe")
    product = MedicinalProduct(name=name, level="unknown")
    number = None if named is None else text(named, "Nr")
    return ReadProduct(product=product, level=Level.GOODS, element=document, item_number=number)


def _with_package(
    product: MedicinalProduct, medicine: etree._Element, systems: CodeSystems, report: Report
) -> tuple[MedicinalProduct, str | None]:
    """The containers of PakningsinfoResept, and the size as written."""
    infos = children(medicine, "PakningsinfoResept")
    if len(infos) != 1:
        told = "the prescription describes no package" if not infos else "several packages are described, none chosen"
        report.add(Finding(Severity.WARNING, "package-unknown", "item.product.packages", told))
        return product, None
    size = required_text(infos[0], "Pakningsstr")
    unit = coded_of(child(infos[0], "EnhetPakning"), systems)
    shown = size if unit is None else f"{size} {_term(unit)}"
    found = None if unit is None else layers(size, unit)
    if found is None:
        told = "the package size cannot be read as containers; it stays text"
        report.add(Finding(Severity.WARNING, "package-size-unreadable", "item.product.packages", told, size))
        return product, shown
    return replace(product, packages=_named(found, product.name)), shown


def _named(found: tuple[PackageLayer, ...], name: str) -> tuple[PackageLayer, ...]:
    return (*found[:-1], replace(found[-1], name=name))


def _term(unit: Coded) -> str | None:
    return unit.original.code if unit.original is not None else unit.text


def _with_stated_form(product: MedicinalProduct, report: Report) -> MedicinalProduct:
    original = None if product.form is None else product.form.original
    if original is None or (original.code, original.system) != FORM_NOT_STATED:
        return product
    told = "the dose form is stated as not stated: no form is given"
    report.add(Finding(Severity.WARNING, "form-not-stated", "item.product.form", told, plain(original.display)))
    return replace(product, form=None, form_text=None)
