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
from transformers.norway.errors import Malformed
from transformers.norway.package_sizes import layers
from transformers.norway.prescription import Level
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
NEEDS_EXEMPTION = "11"
"""Preparattype, Volven 7424: "Krever godkj. Fritak"."""
_WRITTEN = {
    "Legemiddelpakning": "package",
    "LegemiddelMerkevare": "brand",
    "LegemiddelVirkestoff": "substance",
    "Legemiddelblanding": "compounded",
    "Legemiddeldose": "unknown",
}
"""Levels as the pivot names them."""
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
    """Words for what has no field: how a compound is made and of what; number, FEST id and size of any other."""
    needs_exemption: bool = False
    """TypeSoknadSlv, or Preparattype 11 (Volven 7424): no marketing authorisation."""


def read_product(
    prescribing: etree._Element, systems: CodeSystems, report: Report, path: str = "item", *, packed: bool = True
) -> ReadProduct:
    """The medicine of a Forskrivning; ``path`` is where it stands, for findings. Raises ``Malformed``.

    ``packed``: a package is prescribed, so that one whose size is not stated is told; on a list it need not be.
    """
    medicine = _medicine_of(prescribing)
    level = _LEVELS[name_of(medicine)]
    product, notes = _product_of(medicine, systems, report, path)
    size = None
    if level is Level.PACKAGE and (packed or children(medicine, "PakningsinfoResept")):
        product, size = _with_package(product, medicine, systems, report, path)
    return ReadProduct(
        product=_with_stated_form(product, report, path),
        level=level,
        element=medicine,
        group=code(medicine, "Reseptgruppe"),
        item_number=text(medicine, "Varenr"),
        fest_id=text(medicine, "Id"),
        package_size=size,
        amount=quantity(medicine, "Mengde") if level is Level.COMPOUNDED else None,
        notes=tuple(notes),
        needs_exemption=code(medicine, "TypeSoknadSlv") is not None
        or code(medicine, "Preparattype") == NEEDS_EXEMPTION,
    )


def _medicine_of(prescribing: etree._Element) -> etree._Element:
    """The one medicine of a Forskrivning, at whatever level; raises ``Malformed``."""
    found = [c for c in prescribing if name_of(c) in _WRITTEN]
    if len(found) != 1:
        raise Malformed("Forskrivning")
    return found[0]


def _product_of(
    medicine: etree._Element, systems: CodeSystems, report: Report, path: str
) -> tuple[MedicinalProduct, list[str]]:
    """The medicine, and in words what has no field: item number, FEST id, package size, parts of a compound."""
    level = _WRITTEN[name_of(medicine)]
    if level == "compounded":
        return _compounded(medicine, systems)
    if level == "unknown":
        report.add(
            Finding(
                Severity.INFO, "product-level-unknown", f"{path}.product", "a single dose; neither package nor brand"
            )
        )
    form = child(medicine, "LegemiddelformKort")
    product = MedicinalProduct(
        name=required_text(medicine, "NavnFormStyrke"),
        level=level,
        atc=coded_of(child(medicine, "Atc"), systems),
        form=coded_of(form, systems),
        form_text=text(medicine, "LegemiddelformLang") or (None if form is None else plain(form.get("DN"))),
    )
    return product, _package_notes(medicine)


def _package_notes(medicine: etree._Element) -> list[str]:
    """Item number, FEST id and package size: no OID stands for their systems, so they are said in words."""
    notes = [f"Varenummer {item}" for item in [text(medicine, "Varenr")] if item]
    notes += [f"FEST-id {key}" for key in [text(medicine, "Id")] if key]
    for info in children(medicine, "PakningsinfoResept"):
        unit = child(info, "EnhetPakning")
        size = required_text(info, "Pakningsstr")
        shown = None if unit is None else plain(unit.get("DN")) or plain(unit.get("V"))
        notes.append(f"Pakningsstørrelse {size} {shown}" if shown else f"Pakningsstørrelse {size}")
    return notes


def _compounded(medicine: etree._Element, systems: CodeSystems) -> tuple[MedicinalProduct, list[str]]:
    """Legemiddelblanding: the name is the prescriber's, the parts are listed as they are written."""
    form = child(medicine, "Legemiddelform")
    product = MedicinalProduct(
        name=required_text(medicine, "Navn"),
        level="compounded",
        form=coded_of(form, systems),
        form_text=None if form is None else plain(form.get("DN")),
    )
    notes = [f"Tilberedning {how}" for how in [text(medicine, "TilbOppl")] if how]
    parts = [
        part
        for kind in ("BestanddelLegemiddel", "BestanddelAnnet", "BestanddelVirkestoff")
        for part in children(medicine, kind)
    ]
    named = [name for part in parts if (name := _part(part)) is not None]
    if named:
        notes.append("Bestanddeler " + ", ".join(named))
    return product, notes


def _part(part: etree._Element) -> str | None:
    for inner in (part, *part):
        name = text(inner, "NavnFormStyrke") or text(inner, "Navn")
        if name:
            return " ".join([name, *_amounts(part)])
    return None


def _amounts(part: etree._Element) -> list[str]:
    """Every quantity of a part of a compound, as written and in order."""
    shown = []
    for element in part.iter():
        if name_of(element) in ("Mengde", "Teller", "Nevner", "Adqs"):
            value = " ".join(v for v in (plain(element.get("V")), plain(element.get("U"))) if v)
            if value:
                shown.append(f"/ {value}" if name_of(element) == "Nevner" else value)
    return shown


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
    product: MedicinalProduct, medicine: etree._Element, systems: CodeSystems, report: Report, path: str
) -> tuple[MedicinalProduct, str | None]:
    """The containers of PakningsinfoResept, and the size as written."""
    infos = children(medicine, "PakningsinfoResept")
    if len(infos) != 1:
        told = "the prescription describes no package" if not infos else "several packages are described, none chosen"
        report.add(Finding(Severity.WARNING, "package-unknown", f"{path}.product.packages", told))
        return product, None
    size = required_text(infos[0], "Pakningsstr")
    unit = coded_of(child(infos[0], "EnhetPakning"), systems)
    shown = size if unit is None else f"{size} {_term(unit)}"
    found = None if unit is None else layers(size, unit)
    if found is None:
        told = "the package size cannot be read as containers; it stays text"
        report.add(Finding(Severity.WARNING, "package-size-unreadable", f"{path}.product.packages", told, size))
        return product, shown
    return replace(product, packages=_named(found, product.name)), shown


def _named(found: tuple[PackageLayer, ...], name: str) -> tuple[PackageLayer, ...]:
    return (*found[:-1], replace(found[-1], name=name))


def _term(unit: Coded) -> str | None:
    return unit.original.code if unit.original is not None else unit.text


def _with_stated_form(product: MedicinalProduct, report: Report, path: str) -> MedicinalProduct:
    original = None if product.form is None else product.form.original
    if original is None or (original.code, original.system) != FORM_NOT_STATED:
        return product
    told = "the dose form is stated as not stated: no form is given"
    report.add(Finding(Severity.WARNING, "form-not-stated", f"{path}.product.form", told, plain(original.display)))
    return replace(product, form=None, form_text=None)
