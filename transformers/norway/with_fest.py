"""A medicine joined with FEST: strength, route, form and package as FEST structures them, at every level.

One join for prescriptions and for the medicines of a summary. A message names its product by item number or FEST id.
FEST adds; it never overrules: where it is silent, or says something else than the message, the message's text stays and
a finding says so; what was not looked up is told apart from what FEST does not know. A strength is never taken from
text.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from transformers.model.finding import Finding, Report, Severity
from transformers.model.people import Organisation
from transformers.model.summary import Dosage, Ingredient, MedicinalProduct, PackageLayer
from transformers.model.values import Coded, Quantity
from transformers.norway.fest import ActiveIngredient, Fest, FestLevel, FestMedicine, FestStrength, PackageContent
from transformers.norway.package_sizes import held_by, layers
from transformers.norway.prescription import Dispensing, Level, NorwegianPrescription
from transformers.norway.read_prescribed_product import FORM_NOT_STATED, NEEDS_EXEMPTION, ReadProduct

_EQUAL = "L"
"""Styrkeoperator, Volven 7445."""
_OTHER_WORDS = {"inhalasjon": "dose"}
"""A word of prescribers for a dosing unit of FEST: one inhalation is one dose of what is inhaled (Volven 7480)."""
_ONE_UNIT = Quantity(Decimal(1))


@dataclass(frozen=True, slots=True)
class NamedProduct:
    """A product as a message names it: what it is looked up by, and what FEST must not contradict."""

    level: Level | None
    """None: the message does not tell."""
    item_number: str | None
    fest_id: str | None
    product: MedicinalProduct
    group: str | None = None
    """Reseptgruppe, empty where the message states none; None where such a message never states one."""


def with_fest(prescription: NorwegianPrescription, fest: Fest) -> tuple[NorwegianPrescription, Report]:
    """The prescription with what FEST structures of its product, and what was kept as text or found to differ."""
    report = Report()
    item = prescription.item
    named = NamedProduct(
        prescription.level,
        prescription.item_number,
        prescription.fest_id,
        item.product,
        prescription.reseptgruppe or "",
    )
    entry, product, dosage = _joined(named, item.dosage, fest, report, "item")
    if entry is None:
        return prescription, report
    exemption = prescription.approval_exemption or entry.preparation == NEEDS_EXEMPTION
    joined = replace(prescription, fest_group=entry.group, fest_atc=_code(entry.atc), approval_exemption=exemption)
    return replace(joined, item=replace(item, product=product, dosage=dosage)), report


def with_fest_of(
    read: ReadProduct, dosage: Dosage, fest: Fest | None, report: Report, path: str
) -> tuple[MedicinalProduct, Dosage]:
    """Product and dosage of a medicine on a list, joined as a prescription's; ``path`` is where it stands."""
    named = NamedProduct(read.level, read.item_number, read.fest_id, read.product, read.group or "")
    return joined_medicine(named, dosage, fest, report, path)


def joined_medicine(
    named: NamedProduct, dosage: Dosage, fest: Fest | None, report: Report, path: str
) -> tuple[MedicinalProduct, Dosage]:
    """As `with_fest_of`, of a product that is named otherwise.

    ``fest`` None: nothing is looked up; whoever has none says so once (`gateway/national/medicines.py`).
    """
    if fest is None:
        return named.product, dosage
    _, product, dosage = _joined(named, dosage, fest, report, path)
    return product, dosage


def sized_by_fest(made: Dispensing, fest: Fest) -> Dispensing:
    """A dispensing whose report does not say what a package holds, with what FEST says of its item number."""
    entry = None if made.item_number is None or made.holds is not None else fest.package(made.item_number)
    if entry is None or len(entry.contents) != 1:
        return made
    containers = layers(entry.contents[0].size, entry.contents[0].unit)
    return made if containers is None else replace(made, holds=held_by(containers))


def _joined(
    named: NamedProduct, dosage: Dosage, fest: Fest, report: Report, path: str
) -> tuple[FestMedicine | None, MedicinalProduct, Dosage]:
    """FEST's entry, where it has one, and product and dosage with what it adds."""
    entry = _entry(named, fest, report, path)
    if entry is None or _differs(named, entry, report, path):
        return entry, named.product, dosage
    join = _Join(fest, entry, report, path)
    return entry, join.product(named.product), join.dosage(dosage)


def _entry(named: NamedProduct, fest: Fest, report: Report, path: str) -> FestMedicine | None:
    if named.level in {Level.COMPOUNDED, Level.GOODS}:
        return None
    key = named.item_number if named.level is Level.PACKAGE and named.item_number is not None else named.fest_id
    if key is None:
        told = "the product has no number of its own in FEST: it was not looked up"
        report.add(Finding(Severity.INFO, "fest-not-asked", f"{path}.product", told, named.product.name))
        return None
    found = fest.package(key) if key is named.item_number else fest.medicine(key)
    if found is None:
        told = "FEST has no entry of this product; its text stands alone"
        _warn(report, "fest-silent", f"{path}.product", told, key)
    elif not found.active:
        told = "the product has left FEST; its last description is used"
        report.add(Finding(Severity.INFO, "fest-withdrawn", f"{path}.product", told, key))
    return found


def _differs(named: NamedProduct, entry: FestMedicine, report: Report, path: str) -> bool:
    """Whether FEST describes something else than was named; each difference is told."""
    product = named.product
    if named.group is not None and entry.group != named.group:
        _differ(report, f"{path}.reseptgruppe", named.group or None, entry.group)
    compared = (
        ("level", None if named.level is None else named.level.value, entry.level.value),
        ("product.name", _plain(product.name), _plain(entry.name)),
        ("product.atc", _code(product.atc), _code(entry.atc)),
        ("product.form", _code(product.form), _code(entry.form)),
    )
    different = [row for row in compared if None not in row[1:] and row[1] != row[2]]
    for member, ours, theirs in different:
        _differ(report, f"{path}.{member}", ours, theirs)
    return bool(different)


def _differ(report: Report, path: str, ours: str | None, theirs: str | None) -> None:
    told = "FEST and the message differ: nothing of FEST is used where they do"
    report.add(Finding(Severity.WARNING, "fest-differs", path, told, ours, theirs))


def _warn(report: Report, what: str, path: str, told: str, original: str | None = None) -> None:
    report.add(Finding(Severity.WARNING, what, path, told, original))


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _code(coded: Coded | None) -> str | None:
    return None if coded is None or coded.original is None else coded.original.code


class _Join:
    """One entry of FEST laid beside one prescription."""

    def __init__(self, fest: Fest, entry: FestMedicine, report: Report, path: str) -> None:
        self._fest = fest
        self._entry = entry
        self._report = report
        self._path = path
        self._brands = _brands(fest, entry)

    def product(self, product: MedicinalProduct) -> MedicinalProduct:
        """With ingredients, form, containers and holder; a kit has them in its parts."""
        packed = self._entry.level is FestLevel.PACKAGE
        if packed and len(self._entry.contents) > 1:
            return replace(product, parts=tuple(map(self._part, self._entry.contents)), packages=())
        brand = self._brands[0] if len(self._brands) == 1 else None
        source = self._entry if self._entry.ingredients or brand is None else brand
        described = replace(
            product,
            atc=product.atc or self._entry.atc,
            ingredients=self._ingredients(source),
            packages=self._packages(product) if packed else product.packages,
        )
        described = _with_form(described, self._entry, brand)
        if brand is not None and brand.manufacturer:
            return replace(described, manufacturer=Organisation(brand.manufacturer))
        return described

    def _part(self, content: PackageContent) -> MedicinalProduct:
        brand = self._fest.medicine(content.brand)
        containers = layers(content.size, content.unit, content.kind) or ()
        if brand is None:
            _warn(
                self._report,
                "fest-silent",
                f"{self._path}.product.parts",
                "FEST does not describe a part of the kit",
                content.brand,
            )
            return MedicinalProduct(name=content.size, level="unknown", packages=containers)
        part = MedicinalProduct(
            name=brand.name, level="brand", atc=brand.atc, ingredients=self._ingredients(brand), packages=containers
        )
        return _with_form(part, brand, brand)

    def _ingredients(self, source: FestMedicine) -> tuple[Ingredient, ...]:
        if not source.ingredients:
            _warn(
                self._report,
                "strength-unknown",
                f"{self._path}.product.ingredients",
                "FEST names no active ingredient here",
            )
        alone = source.atc if len(source.ingredients) == 1 else None
        found = (self._ingredient(one, alone) for one in source.ingredients)
        return tuple(one for one in found if one is not None)

    def _ingredient(self, one: ActiveIngredient, alone: Coded | None) -> Ingredient | None:
        strength = None if one.strength is None else self._fest.strength(one.strength)
        key = one.substance if strength is None else strength.substance
        substance = None if key is None else self._fest.substance(key)
        if substance is None:
            _warn(
                self._report,
                "strength-unknown",
                f"{self._path}.product.ingredients",
                "a reference inside FEST leads nowhere",
                key,
            )
            return None
        coded = alone if strength is None or strength.atc is None else strength.atc
        named = Coded(text=substance.name) if coded is None else replace(coded, text=substance.name)
        if strength is None or not self._exact(strength):
            return Ingredient(named, english=substance.name_english)
        return Ingredient(named, strength.numerator, strength.denominator or _ONE_UNIT, substance.name_english)

    def _exact(self, strength: FestStrength) -> bool:
        if strength.operator != _EQUAL:
            told = "FEST states a bound or an interval, no strength"
            _warn(self._report, "strength-not-exact", f"{self._path}.product.ingredients", told, strength.operator)
        return strength.operator == _EQUAL

    def _packages(self, product: MedicinalProduct) -> tuple[PackageLayer, ...]:
        """FEST's containers where they are the prescription's, with the kind of the innermost one."""
        (content,) = self._entry.contents or (None,)
        if content is None:
            return product.packages
        told = layers(content.size, content.unit, content.kind)
        if told is None:
            _warn(
                self._report,
                "package-size-unreadable",
                f"{self._path}.product.packages",
                "FEST's size stays text",
                content.size,
            )
            return product.packages
        if product.packages and _sizes(product.packages) != _sizes(told):
            _differ(self._report, f"{self._path}.product.packages", _shown(product.packages), content.size)
            return product.packages
        return (*told[:-1], replace(told[-1], name=product.name))

    def dosage(self, dosage: Dosage) -> Dosage:
        """With the route where FEST has exactly one, and the code of the dosing unit."""
        routes = self._entry.routes or (self._brands[0].routes if len(self._brands) == 1 else ())
        route = dosage.route
        if route is None and len(routes) == 1:
            route = routes[0]
        elif route is None and routes:
            names = ", ".join(one.text or "" for one in routes)
            told = "several routes, none chosen"
            self._report.add(Finding(Severity.INFO, "route-ambiguous", f"{self._path}.dosage.route", told, names))
        elif route is not None and routes and _code(route) not in map(_code, routes):
            _differ(self._report, f"{self._path}.dosage.route", route.text, ", ".join(one.text or "" for one in routes))
        dose = self._dose(dosage.dose)
        unit = None if dose is None else dose.unit
        high, most = (
            None if one is None else replace(one, unit=unit) for one in (dosage.dose_high, dosage.daily_maximum)
        )
        return replace(dosage, route=route, dose=dose, dose_high=high, daily_maximum=most)

    def _dose(self, dose: Quantity | None) -> Quantity | None:
        if dose is None or dose.unit is None or dose.unit.original is not None:
            return dose
        said = (dose.unit.text or "").casefold()
        said = _OTHER_WORDS.get(said, said)
        units = self._entry.dosing_units or (self._brands[0].dosing_units if len(self._brands) == 1 else ())
        coded = next((unit for unit in units if (unit.text or "").casefold() == said), None)
        if coded is None:
            told = "FEST has no dosing unit of that name"
            _warn(self._report, "dose-unit-uncoded", f"{self._path}.dosage.dose", told, said)
            return dose
        return replace(dose, unit=coded)


def _brands(fest: Fest, entry: FestMedicine) -> tuple[FestMedicine, ...]:
    """The brands that describe the entry; a substance is described by itself, whichever brand is dispensed."""
    if entry.level is FestLevel.SUBSTANCE:
        return ()
    return (entry,) if entry.level is FestLevel.BRAND else fest.brands_of(entry)


def _with_form(product: MedicinalProduct, entry: FestMedicine, brand: FestMedicine | None) -> MedicinalProduct:
    """The form FEST states, where the prescription stated none, and its long name, where the short one agrees."""
    stated = entry.form if entry.form is not None or brand is None else brand.form
    original = None if stated is None else stated.original
    if original is not None and (original.code, original.system) == FORM_NOT_STATED:
        stated = None
    form = product.form or stated
    long_form = entry.form_long or (None if brand is None else brand.form_long)
    if form is None or long_form is None or (brand is not None and _code(brand.form) != _code(form)):
        return replace(product, form=form)
    return replace(product, form=form, form_text=long_form)


def _sizes(containers: tuple[PackageLayer, ...]) -> list[tuple[Decimal | None, str | None]]:
    return [
        (None, None) if layer.quantity is None else (layer.quantity.value, _code(layer.quantity.unit))
        for layer in containers
    ]


def _shown(containers: tuple[PackageLayer, ...]) -> str:
    return "x".join(str(layer.quantity.value) for layer in reversed(containers) if layer.quantity is not None)
