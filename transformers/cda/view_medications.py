"""Medicines as printed: E.3.4 with material E.3.32, reason E.3.41, instructions E.3.12, author where a role is mapped.

Name, strength, form and dosage stay the source's text. A code goes into the structure only where transcoding found one;
a dose only with a unit that is UCUM or an EDQM unit's English name in braces; a strength only as a whole ratio.
"""

from dataclasses import dataclass
from typing import Final

from transformers.cda.composer import CdaComposer, CodeView, one_line
from transformers.cda.narrative import NarrativeRow, label_of, note_anchor
from transformers.cda.row_medications import decimal_text, medication_row, use_status
from transformers.cda.times import Interval, precise_to_day
from transformers.cda.view_people import OrganisationView, PersonView, organisation_view, person_view
from transformers.cda.view_section import Layout, SectionView, section_view
from transformers.cda.vocabulary import ATC, EDQM, UCUM
from transformers.model.finding import Severity
from transformers.model.summary import Dosage, Ingredient, MedicationStatement, MedicinalProduct, Section, Timing
from transformers.model.values import Coding, Quantity

LAYOUT: Final = Layout("medications", "med", ("medicine", "code", "dosage", "reason", "dates", "status", "source"))
_LAYERS: Final = 3
_PERIOD_UNITS: Final = frozenset({"us", "ms", "s", "min", "h", "d", "wk", "mo", "a"})


@dataclass(frozen=True, slots=True)
class QuantityView:
    """A PQ."""

    value: str
    unit: str


@dataclass(frozen=True, slots=True)
class IngredientView:
    """pharm:ingredient."""

    code: CodeView
    name: str
    numerator: QuantityView
    denominator: QuantityView


@dataclass(frozen=True, slots=True)
class PrescriberView:
    """Who prescribed, when it was recorded; ``time`` None prints as unknown."""

    function: CodeView
    time: str | None
    person: PersonView


@dataclass(frozen=True, slots=True)
class ReasonView:
    """E.3.41."""

    id: str
    anchor: str
    value: CodeView


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule of when: ``every`` (PIVL), ``event`` with ``offset`` (EIVL) or ``at`` (TS); none of them is unknown."""

    every: QuantityView | None = None
    institution: bool = False
    event: str | None = None
    offset: QuantityView | None = None
    at: str | None = None


@dataclass(frozen=True, slots=True)
class PackageView:
    """One container and the one around it."""

    quantity: QuantityView
    code: CodeView | None
    name: str | None
    form: CodeView | None
    outer: "PackageView | None"


@dataclass(frozen=True, slots=True)
class MedicationView:
    """E.3.4."""

    id: str
    anchor: str
    mood: str
    status: str
    used: Interval
    rule: RuleView
    route: CodeView | None
    dose: QuantityView | None
    dose_high: QuantityView | None
    product_code: CodeView | None
    name: str | None
    strength: str | None
    form: CodeView | None
    atc: CodeView | None
    ingredients: tuple[IngredientView, ...]
    author: PrescriberView | None
    reason: ReasonView | None
    instructions: str | None
    """Anchor of the dosage text."""
    packages: PackageView | None
    manufacturer: OrganisationView | None
    note: str | None
    template: str = "medication.xml.j2"


def medications(state: Section[MedicationStatement], composer: CdaComposer, *, reconciled: bool) -> SectionView | None:
    """The medication section; a list nobody reconciled says so in its narrative."""

    def entry(statement: MedicationStatement, anchor: str, path: str) -> tuple[NarrativeRow, MedicationView]:
        return medication_row(statement, anchor, composer), _view(statement, anchor, path, composer)

    extra = () if reconciled else (composer.words["sentence.not_reconciled"],)
    return section_view(LAYOUT, state, composer, entry, extra)


def _view(statement: MedicationStatement, anchor: str, path: str, composer: CdaComposer) -> MedicationView:
    product, dosage = statement.product, statement.dosage
    atc, route = product.atc, dosage.route
    structured = dosage.why_text_only is None
    dose, most = _range(dosage, path, composer) if structured else (None, None)
    return MedicationView(
        id=composer.entry_id(statement.provenance, statement.id, "medication"),
        anchor=anchor,
        mood="INT" if statement.ordered else "EVN",
        status=statement.status or use_status(statement.used.end, composer.created),
        used=composer.interval(statement.used, f"{path}.used"),
        rule=_rule(dosage, path, composer) if structured else RuleView(),
        route=None if route is None else composer.code(route, f"{path}.dosage.route", f"{anchor}-route"),
        dose=dose,
        dose_high=most,
        product_code=_product_code(product, composer, path),
        name=written(product.name),
        strength=written(product.strength_text),
        form=_form(product, path, anchor, composer),
        atc=None if atc is None else composer.code(atc, f"{path}.product.atc", f"{anchor}-atc"),
        ingredients=ingredient_views(product.ingredients, anchor, f"{path}.product", composer),
        author=_author(statement, path, composer),
        reason=_reason(statement, anchor, path, composer),
        instructions=f"{anchor}-dosage" if dosage.text and dosage.text.strip() else None,
        packages=_packages(product, anchor, path, composer),
        manufacturer=None if product.manufacturer is None else organisation_view(product.manufacturer),
        note=note_anchor(statement.note, anchor),
    )


def written(text: str | None) -> str | None:
    """The text, None when it is blank."""
    return text if text is not None and text.strip() else None


def _form(product: MedicinalProduct, path: str, anchor: str, composer: CdaComposer) -> CodeView | None:
    """The form, or its words where the source gives no code: nothing to map, so nothing to report."""
    if product.form is not None:
        return composer.code(product.form, f"{path}.product.form", f"{anchor}-form")
    return CodeView(null="OTH", reference=f"{anchor}-form") if written(product.form_text) is not None else None


def _product_code(product: MedicinalProduct, composer: CdaComposer, path: str) -> CodeView | None:
    """The national code of a brand or substance. A package's code identifies a package, never the material (E.3.32)."""
    if product.level == "package":
        return None
    view = None
    for coding in reversed([c for c in dict.fromkeys(product.codes) if c.system != ATC]):
        own = composer.own_code(coding, product.name)
        if own is None:
            text = "A code that CDA cannot hold is in the narrative."
            composer.note(Severity.INFO, "coding-not-expressible", f"{path}.product.codes", text)
        elif view is None or (own.code, own.system) not in {(v.code, v.system) for v in (view, view.translation) if v}:
            view = own._replace(translation=view)
    return view


def _range(dosage: Dosage, path: str, composer: CdaComposer) -> tuple[QuantityView | None, QuantityView | None]:
    """Both ends of the dose, the same twice where it is one number; none where half of a range cannot be said."""
    low, high = _dose(dosage.dose, path, composer), _dose(dosage.dose_high, path, composer)
    if (low is None) != (dosage.dose is None) or (high is None) != (dosage.dose_high is None):
        return None, None
    if low is not None and high is not None and low.unit != high.unit:
        text = "The ends of the range have different units; it is in the narrative."
        composer.note(Severity.WARNING, "unit-not-expressible", f"{path}.dosage.dose_high", text)
        return None, None
    if dosage.dose is not None and dosage.dose_high is not None and dosage.dose.value > dosage.dose_high.value:
        text = "The range begins above its end; it is in the narrative."
        composer.note(Severity.WARNING, "dose-reversed", f"{path}.dosage.dose_high", text)
        return None, None
    return low, high if dosage.dose_high is not None else low


def _dose(dose: Quantity | None, path: str, composer: CdaComposer) -> QuantityView | None:
    view = None if dose is None else quantity_view(dose)
    if dose is not None and view is None:
        text = "The dose's unit has no European code; the dose is in the narrative."
        composer.note(Severity.WARNING, "unit-not-expressible", f"{path}.dosage.dose", text, dose.unit)
    return view


def _rule(dosage: Dosage, path: str, composer: CdaComposer) -> RuleView:
    """The one rule that E.3.4 takes; of several none is chosen, and the words have them all."""
    timings = dosage.timings or (() if dosage.period is None else (Timing(period=dosage.period),))
    if len(timings) > 1 or dosage.as_needed:
        text = "The structure takes one rule of when and no condition; the dosage is in words."
        composer.note(Severity.INFO, "timing-in-narrative", f"{path}.dosage.timings", text)
    if len(timings) != 1 or dosage.as_needed:
        return RuleView()
    one = timings[0]
    if one.period is not None:
        every = _interval_of(one.period, path, composer)
        return RuleView() if every is None else RuleView(every, one.institution_specified)
    if one.event is not None:
        offset = None if one.offset is None else quantity_view(one.offset)
        return RuleView(event=one.event.code, offset=offset)
    return RuleView() if one.at is None else RuleView(at=one.at.hl7())


def _interval_of(period: Quantity, path: str, composer: CdaComposer) -> QuantityView | None:
    every = quantity_view(period)
    decimals = 0 if every is None else len(every.value.partition(".")[2])
    if every is not None and every.unit in _PERIOD_UNITS and decimals <= 4:
        return every
    if every is not None:
        text = "The interval is no number of UCUM time units with four decimals; it is in the narrative."
        composer.note(Severity.INFO, "interval-not-expressible", f"{path}.dosage.period", text)
    return None


def _packages(product: MedicinalProduct, anchor: str, path: str, composer: CdaComposer) -> PackageView | None:
    """Containers from the innermost outwards, at most three; without an amount in one of them all are in words."""
    view = None
    quantities = [None if layer.quantity is None else quantity_view(layer.quantity) for layer in product.packages]
    if len(quantities) > _LAYERS or any(q is None for q in quantities):
        text = "A package layer has no amount with a European unit, or there are too many; they are in the narrative."
        composer.note(Severity.INFO, "package-in-narrative", f"{path}.product.packages", text)
        return None
    for n, (layer, quantity) in reversed(list(enumerate(zip(product.packages, quantities, strict=True)))):
        where = f"{path}.product.packages[{n}]"
        form = None if layer.form is None else composer.code(layer.form, f"{where}.form", f"{anchor}-package{n + 1}")
        outermost = view is None
        code = composer.own_code(layer.code, layer.name or product.name) if layer.code and outermost else None
        if layer.code is not None and code is None:
            composer.note(Severity.INFO, "coding-not-expressible", f"{where}.code", "The code is in the narrative.")
        if quantity is not None:
            view = PackageView(quantity, code, written(layer.name), form, view)
    return view


def quantity_view(quantity: Quantity) -> QuantityView | None:
    """The quantity as a PQ, None when its unit has no European code."""
    if quantity.unit is None:
        return QuantityView(decimal_text(quantity.value), "1")
    unit = _unit(quantity.unit.target)
    return None if unit is None else QuantityView(decimal_text(quantity.value), unit)


def _unit(target: Coding | None) -> str | None:
    """UCUM as it is, a counted EDQM unit as a UCUM annotation (eHDSI unit rule of doseQuantity)."""
    if target is None:
        return None
    if target.system == UCUM:
        return target.code
    name = one_line(target.display or "")
    return f"{{{name}}}" if target.system == EDQM and name.isascii() and name and not set(name) & set("{}") else None


def ingredient_views(
    ingredients: tuple[Ingredient, ...], anchor: str, path: str, composer: CdaComposer
) -> tuple[IngredientView, ...]:
    """Those whose whole strength is structured; a wrong half is left to the text."""
    made = []
    for n, ingredient in enumerate(ingredients):
        numerator = None if ingredient.numerator is None else quantity_view(ingredient.numerator)
        denominator = None if ingredient.denominator is None else quantity_view(ingredient.denominator)
        where = f"{path}.ingredients[{n}]"
        if numerator is None or denominator is None:
            text = "Its strength is no whole ratio of coded units; the ingredient is in the narrative."
            composer.note(Severity.INFO, "strength-not-expressible", where, text, ingredient.substance)
            continue
        code = composer.code(ingredient.substance, f"{where}.substance", f"{anchor}-ingredient{n + 1}")
        name = written(ingredient.english) or label_of(ingredient.substance)
        made.append(IngredientView(code, name, numerator, denominator))
    return tuple(made)


def _author(statement: MedicationStatement, path: str, composer: CdaComposer) -> PrescriberView | None:
    prescriber = statement.prescriber
    if prescriber is None or prescriber.role is None:
        return None
    function = composer.code(prescriber.role, f"{path}.prescriber.role", None)
    if function.code is None:
        return None
    recorded = statement.provenance.recorded
    time = recorded.hl7() if recorded is not None and precise_to_day(recorded) else None
    return PrescriberView(function, time, person_view(prescriber, None))


def _reason(statement: MedicationStatement, anchor: str, path: str, composer: CdaComposer) -> ReasonView | None:
    if statement.reason is None:
        return None
    mine = f"{anchor}-reason"
    identity = composer.entry_id(statement.provenance, statement.id, "medication-reason")
    return ReasonView(identity, mine, composer.code(statement.reason, f"{path}.reason", mine))
