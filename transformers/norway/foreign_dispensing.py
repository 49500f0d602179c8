"""Dispensings across borders as M10 reports: a Norwegian prescription dispensed abroad, a foreign one dispensed here.

A foreign pharmacy has no HER-id, so the contact point's own stands with the pharmacy's name and country. Its product
has no Norwegian item number, and Reseptformidleren takes no report without one (error 264 of list 7419): the number
that stands for products from abroad is agreed with Reseptformidleren and configured, never made up. A foreign
prescription dispensed in Norway is a paper prescription (Papirresept) whose prescriber is authorised in another Nordic
country or meets the EEA conditions (RekvirentNordisk).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from uuid import NAMESPACE_OID, uuid5

from transformers.model.amounts import are_packages, is_content, is_package_count
from transformers.model.decisions import against_fulfilling
from transformers.model.finding import Finding, Report, Severity
from transformers.model.people import Person, Professional
from transformers.model.prescription import Dispensation, DispensedItem, PrescribedItem
from transformers.model.summary import MedicinalProduct, PackageLayer
from transformers.model.values import Coded, Identifier, Moment, Quantity
from transformers.norway.code_systems import ATC, ATC_NORWEGIAN, VOLVEN, CodeSystems, with_international
from transformers.norway.dispensing_report import (
    DispensedMedicine,
    Dispenser,
    DispensingReport,
    Intervention,
    PaperPrescriber,
    to_antall,
)
from transformers.norway.eresept_fields import PackageSize
from transformers.norway.errors import Malformed
from transformers.norway.measures import (
    UNIT_NAMES,
    code_of,
    content_in_norwegian_units,
    in_norwegian_units,
    in_unit,
)
from transformers.norway.msghead_patient import HeadPatient, head_patient
from transformers.norway.package_sizes import held_by, layers
from transformers.norway.short_forms import ShortField, with_short_forms

_OTHER_PRODUCT = "V"
"""Volven 7413: another product was chosen."""


@dataclass(frozen=True, slots=True)
class DispensedAbroad:
    """What Norway knows of the prescription, and where it was dispensed."""

    report_id: str
    """MsgId of the report, the same every time for one dispensation: a repeated report is then the same message."""
    prescription_id: str
    """ReseptId."""
    patient: HeadPatient
    group: str
    """Reseptgruppe of the prescription."""
    item_number: str
    """Varenr that stands for a product from abroad, as agreed with Reseptformidleren."""
    her_id: str
    """The contact point's own."""
    country: str
    employee_id: str
    closes: bool
    """Nothing is left to dispense after this."""
    systems: CodeSystems = field(repr=False)
    prescribed: MedicinalProduct | None = None
    """The product of the prescription: what its pieces are; None: they are not known to be those handed out."""
    longest: Mapping[ShortField, int] = field(default_factory=dict)
    """How long a text of the report may be, as agreed with Reseptformidleren; what is longer has a short form there."""


def report_of_dispensing_abroad(dispensation: Dispensation, about: DispensedAbroad) -> tuple[DispensingReport, Report]:
    """The M10 of a foreign eDispensation, as it is counted before it is sent (`dispensing_report.counted`) and after.

    It states the foreign package's size and measure, in Norwegian units where they are the same amount, else in the
    words of Merknad. An amount is Mengde, exact, and Antall its nearest thousandth of packages.

    Raises ``Malformed`` when the document does not say when it was dispensed (``Utleveringsdato``) or how many packages
    (``Antall``), when that cannot be (``Antall``: none, less, part of a counted package, more than anybody hands out),
    and when it denies itself (``Utlevering``), and with the reasons of `transformers.model.decisions` for what else
    forbids it: nothing is guessed, whatever validation of the document says.
    """
    report = Report()
    item = dispensation.item
    if item.negated:
        raise Malformed("Utlevering")
    if item.dispensed is None or len(item.dispensed.iso) < len("2000-01-01"):
        raise Malformed("Utleveringsdato")
    medicine = _medicine(item, about, report)
    against = against_fulfilling(dispensation)
    if against:
        raise Malformed(", ".join(against))
    changed = (Intervention(change=_OTHER_PRODUCT),) if item.substituted else ()
    made = DispensingReport(
        id=about.report_id,
        prescription_id=about.prescription_id,
        patient=about.patient,
        dispensed=Moment(item.dispensed.iso[:10]),
        dispenser=Dispenser(about.her_id, _pharmacy(dispensation, about.country)),
        employee_id=about.employee_id,
        closed=about.closes,
        lot=item.product.lot,
        medicine=medicine,
        interventions=changed,
    )
    return with_short_forms(made, about.longest), report


def _pharmacy(dispensation: Dispensation, country: str) -> str:
    """Name of the foreign pharmacy with its country; who dispensed, where no pharmacy is named."""
    for who in (dispensation.item.dispenser, dispensation.author):
        organisation = None if who is None else who.organisation
        if organisation is not None and organisation.name:
            return f"{organisation.name} ({country})"
    person = dispensation.item.dispenser
    named = person.name.plain() if person is not None and person.name is not None else "Apotek ikke navngitt"
    return f"{named} ({country})"


def _medicine(item: DispensedItem, about: DispensedAbroad, report: Report) -> DispensedMedicine:
    """The foreign product under the agreed item number: its name, ATC where stated, its package, how much as stated."""
    product, quantity = item.product, item.quantity
    package = _package(product, about.prescribed)
    size = None if package is None else _size(package, about.systems)
    amount = None if quantity is None else _amount(quantity, product, about.prescribed)
    packages = None if quantity is None else _packages(quantity, amount, package)
    if packages is None:
        raise Malformed("Antall")
    for key in product.codes:
        report.add(
            Finding(Severity.INFO, "code-not-carried", "item.product.codes", "an M10 names Norwegian items", key.code)
        )
    return DispensedMedicine(
        product=MedicinalProduct(name=_name(product), level="package", atc=_atc(product, about.systems, report)),
        group=about.group,
        item_number=about.item_number,
        brand=None if size is None else product.name,
        packages=packages,
        amount=amount if _has_code(amount) else None,
        package_size=size,
        dosage_text=None if item.dosage is None else item.dosage.text,
        remark=_in_words(package if size is None else None, None if _has_code(amount) else amount),
    )


def _has_code(amount: Quantity | None) -> bool:
    """Whether Volven 7452 has its unit: Reseptformidleren takes no code without all its parts."""
    return amount is not None and code_of(amount.unit) in UNIT_NAMES


def _in_words(package: tuple[PackageLayer, ...] | None, amount: Quantity | None) -> str | None:
    """What Pakningsstr and Mengde cannot state, for the pharmacist who reads the report (Merknad)."""
    size = None if package is None else " x ".join(_said_of(one.quantity) for one in reversed(package))
    told = (("Pakning", size), ("Utlevert", None if amount is None else _said_of(amount)))
    return "; ".join(f"{what}: {said}" for what, said in told if said) or None


def _said_of(quantity: Quantity | None) -> str:
    """``30 capsule``, with a decimal comma."""
    number = "" if quantity is None else f"{quantity.value.normalize():f}".replace(".", ",")
    return f"{number} {(code_of(quantity.unit) if quantity is not None else None) or ''}".strip()


def _amount(quantity: Quantity, product: MedicinalProduct, prescribed: MedicinalProduct | None) -> Quantity | None:
    """Mengde in Norwegian units; None of counted packages, of which Antall and the package say it."""
    return None if _counts_packages(quantity) else in_norwegian_units(quantity, product, prescribed)


def _packages(quantity: Quantity, amount: Quantity | None, package: tuple[PackageLayer, ...] | None) -> Decimal | None:
    """Antall: as counted, or the amount by what one package holds in the same unit; None: not to be told.

    Counted packages are whole. Of an amount Antall is the nearest thousandth; the amount itself is Mengde, exact.
    """
    if not quantity.value.is_finite():
        return None
    if amount is None:
        return quantity.value if is_package_count(quantity.value) else None
    content = None if package is None else held_by(package)
    if content is None or not is_content(amount.value):
        return None
    count = in_unit(amount, code_of(content.unit))
    if count is None:
        return None
    return to_antall(count / Fraction(content.value))


def _package(product: MedicinalProduct, prescribed: MedicinalProduct | None) -> tuple[PackageLayer, ...] | None:
    """The containers with the innermost content in Norwegian units; None where what a package holds is not told.

    An outer container counts those within. One that states its content in the unit of what is within, or in any
    measure, may mean the sum of them.
    """
    inner, *outer = product.packages or (PackageLayer(None),)
    if inner.quantity is None or not all(one.quantity is not None for one in outer):
        return None
    content = content_in_norwegian_units(inner.quantity, product, prescribed)
    counts = [one.quantity for one in outer if one.quantity is not None]
    if not is_content(inner.quantity.value) or not is_content(content.value):
        return None
    if not all(is_package_count(one.value) and _counts_containers(one, inner.quantity) for one in counts):
        return None
    return (PackageLayer(content), *(PackageLayer(Quantity(one.value)) for one in counts))


def _counts_containers(count: Quantity, inner: Quantity) -> bool:
    """Whether an outer container's number is one of containers: a bare count, or of another thing than is within."""
    stated = None if count.unit is None else count.unit.target or count.unit.original
    bare = stated is None or are_packages(stated.code) or (stated.code.startswith("{") and stated.code.endswith("}"))
    return bare and (count.unit is None or _said(_unit(count)) != _said(_unit(inner)))


def _size(package: tuple[PackageLayer, ...], systems: CodeSystems) -> PackageSize | None:
    """Pakningsstr and EnhetPakning; None for what the field's form cannot say."""
    content, *outer = (layer.quantity for layer in package)
    code = None if content is None else code_of(content.unit)
    if content is None or code is None or code not in UNIT_NAMES:
        return None
    unit = Coded(UNIT_NAMES[code], systems.coding(code, f"{VOLVEN}7452", UNIT_NAMES[code]))
    numbers = [f"{one.value.normalize():f}" for one in (*reversed(outer), content) if one is not None]
    written = "x".join(numbers).replace(".", ",")
    read = layers(written, unit)
    return PackageSize(written, unit) if read is not None and held_by(read) == held_by(package) else None


def _said(unit: Coded | None) -> str:
    return "" if unit is None else (unit.text or "").casefold()


def _counts_packages(quantity: Quantity) -> bool:
    """By the unit that the document states; one beside it, in a translation, does not make packages of tablets."""
    unit = quantity.unit
    coding = None if unit is None else unit.target or unit.original
    return unit is None or (coding is not None and are_packages(coding.code))


def _unit(quantity: Quantity) -> Coded | None:
    """The unit in words: its text, else its display or code."""
    unit = quantity.unit
    if unit is None:
        return None
    coding = unit.original or unit.target
    said = unit.text or (None if coding is None else coding.display or coding.code)
    return None if said is None else Coded(text=said)


def _name(product: MedicinalProduct) -> str:
    """Name, form and strength as one text, each said once."""
    form = product.form_text or (product.form.text if product.form is not None else None)
    said = [product.name]
    for part in (form, product.strength_text):
        if part and part.casefold() not in " ".join(said).casefold():
            said.append(part)
    return " ".join(said)


def _atc(product: MedicinalProduct, systems: CodeSystems, report: Report) -> Coded | None:
    """ATC in the Norwegian list, code for code WHO's."""
    concept = product.atc
    if concept is None:
        return None
    for coding in (concept.original, concept.target, *concept.others):
        if coding is not None and coding.system in (ATC, ATC_NORWEGIAN):
            shown = coding.display or concept.text or coding.code
            main, *others = with_international(systems.coding(coding.code, ATC_NORWEGIAN, shown))
            return Coded(text=shown, original=main, others=tuple(others))
    report.add(Finding(Severity.INFO, "atc-missing", "item.product.atc", "the substance has no ATC code", concept.text))
    return None


@dataclass(frozen=True, slots=True)
class DispensedHere:
    """A dispensing in a Norwegian pharmacy on another country's prescription."""

    report_id: str
    dispenser: Dispenser
    employee_id: str
    """The pharmacist's HPR number."""
    dispensed: Moment
    medicine: DispensedMedicine
    """The Norwegian product, with its item number."""
    patient_number: str | None = field(repr=False)
    """A Norwegian number, where the patient has one; otherwise names, birth date and sex stand for her."""
    lot: str | None = None
    interventions: tuple[Intervention, ...] = ()


def report_of_foreign_prescription(item: PrescribedItem, patient: Person, here: DispensedHere) -> DispensingReport:
    """The M10 of a foreign prescription that a Norwegian pharmacy dispensed: on paper, prescriber named, EEA."""
    return DispensingReport(
        id=here.report_id,
        prescription_id=local_prescription_id(item.id),
        patient=head_patient(patient, number=here.patient_number),
        dispensed=here.dispensed,
        dispenser=here.dispenser,
        employee_id=here.employee_id,
        lot=here.lot,
        medicine=here.medicine,
        interventions=here.interventions,
        paper=True,
        paper_prescriber=_prescriber(item.prescriber),
    )


def local_prescription_id(identifier: Identifier) -> str:
    """The ReseptId a foreign prescription gets here: a UUID made of its own id, the same every time."""
    return str(uuid5(NAMESPACE_OID, f"{identifier.root}^{identifier.extension or ''}"))


def _prescriber(who: Professional | None) -> PaperPrescriber:
    """RekvirentPapir; a foreign prescriber has no HPR number, so none is written."""
    name = None if who is None else who.name
    organisation = None if who is None else who.organisation
    return PaperPrescriber(
        given=None if name is None else " ".join(name.given) or None,
        family=None if name is None else name.family,
        institution=None if organisation is None else organisation.name,
        nordic_or_eea=True,
    )
