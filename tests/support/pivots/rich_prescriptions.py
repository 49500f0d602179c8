"""Builders of prescriptions and dispensations for the tests: one rich one of each, and their parts. All invented."""

from dataclasses import replace
from decimal import Decimal

from tests.support.pivots.summaries import (
    ATC,
    EDQM,
    NOW,
    RESEPT,
    UCUM,
    mapped,
    organisation,
    person,
    professional,
    volven,
)
from transformers.model.people import Device, Name, Organisation, Professional
from transformers.model.prescription import (
    Dispensation,
    DispensedItem,
    PrescribedItem,
    Prescription,
    Substitution,
)
from transformers.model.summary import Dosage, Ingredient, MedicinalProduct, PackageLayer, Timing
from transformers.model.values import Coded, Coding, Identifier, Moment, Period, Provenance, Quantity

RESEPT_ID = Identifier("2.16.578.1.12.4.9999.20", "RX-2026-0001")
HOUR = mapped("h", UCUM, "hour")
DAY = mapped("d", UCUM, "day")
MG = mapped("mg", UCUM, "milligram")
ML = mapped("mL", UCUM, "millilitre")
TABLET = mapped("15054000", EDQM, "Tablet", ("1", "7452", "tablett"))
BLISTER = mapped("30007000", EDQM, "Blister")
BOX = mapped("30009000", EDQM, "Box")
PARACETAMOL = mapped("N02BE01", ATC, "paracetamol", ("N02BE01", "7180", "Paracetamol"))
VARENR = volven("034231", "7510", "Paracet tab 500 mg 2x10")
TIMING = "2.16.840.1.113883.5.139"


def quantity(value: str, unit: Coded | None = None) -> Quantity:
    """A number with its unit."""
    return Quantity(Decimal(value), unit)


def every(value: str, unit: Coded = HOUR, **changes: object) -> Timing:
    """So often."""
    return replace(Timing(period=quantity(value, unit)), **changes)  # type: ignore[arg-type] - tests name real fields


def at_event(code: str, offset: Quantity | None = None) -> Timing:
    """At an event of value set 42.41."""
    return Timing(event=Coding(code, TIMING), offset=offset)


def product(**changes: object) -> MedicinalProduct:
    """Paracetamol 500 mg, two blisters of ten in a box."""
    base = MedicinalProduct(
        name="Paracet tablett 500 mg",
        level="package",
        atc=PARACETAMOL,
        codes=(VARENR,),
        form=mapped("10219000", EDQM, "Tablet", ("53", "7448", "Tablett")),
        strength_text="500 mg",
        ingredients=(Ingredient(PARACETAMOL, quantity("500", MG), quantity("1", TABLET)),),
        packages=(
            PackageLayer(quantity("10", TABLET), BLISTER),
            PackageLayer(quantity("2"), BOX, VARENR, "Paracet tablett 500 mg, 20 stk"),
        ),
        manufacturer=Organisation("Fjord Pharma AS"),
    )
    return replace(base, **changes)  # type: ignore[arg-type] - tests change fields by name


def substance(**changes: object) -> MedicinalProduct:
    """Paracetamol, prescribed by substance."""
    return product(
        **{
            "name": "Paracetamol tablett 500 mg",
            "level": "substance",
            "codes": (),
            "packages": (),
            "manufacturer": None,
            **changes,
        }
    )


def dosage(**changes: object) -> Dosage:
    """One tablet three times a day."""
    base = Dosage(
        text="1 tablett 3 ganger daglig",
        route=mapped("20053000", EDQM, "Oral use", ("53", "7477", "Oral bruk")),
        dose=quantity("1", TABLET),
        timings=(every("8", institution_specified=True),),
    )
    return replace(base, **changes)  # type: ignore[arg-type] - tests change fields by name


def item(**changes: object) -> PrescribedItem:
    """A prescription item with everything."""
    base = PrescribedItem(
        id=RESEPT_ID,
        product=product(),
        dosage=dosage(),
        treatment=Period(Moment("2026-05-04"), Moment("2026-08-04")),
        prescribed=Moment("2026-05-04T09:00:00+02:00"),
        provenance=Provenance(RESEPT, "RX-2026-0001", Moment("2026-05-04T09:00:05+02:00")),
        valid_until=Moment("2027-05-04"),
        packages=quantity("1"),
        repeats=2,
        substitution=Substitution.NOT_ALLOWED,
        reason=mapped("R52", "1.3.6.1.4.1.12559.11.10.1.3.1.44.2", "Pain, not elsewhere classified"),
        to_patient="Tas med et glass vann.",
        to_dispenser="Pasienten ønsker lettåpnet lokk.",
        prescriber=professional(),
    )
    return replace(base, **changes)  # type: ignore[arg-type] - tests change fields by name


def prescription(what: PrescribedItem | None = None, **changes: object) -> Prescription:
    """An ePrescription; ``changes`` replace its fields."""
    base = Prescription(
        id=Identifier("2.16.578.1.12.4.9999.21", "EP-0001"),
        parent=Identifier("2.16.578.1.12.4.9999.22", "M1-0001"),
        patient=replace(person(), contacts=()),
        item=what or item(),
        created=NOW,
        language="nb-NO",
        author=professional(),
        custodian=organisation(),
        legal_authenticator=professional(),
        title="Resept",
    )
    return replace(base, **changes)  # type: ignore[arg-type] - tests change fields by name


def pharmacist() -> Professional:
    """Who hands it out."""
    return Professional(
        name=Name(("Anne",), "Tindvik"),
        identifiers=(Identifier("2.16.578.1.12.4.1.4.4", "9990077"),),
        role=mapped("2262", "2.16.840.1.113883.2.9.6.2.7", "Pharmacists", ("FA1", "9060", "Provisorfarmasøyt")),
        organisation=organisation("Apotek Fjellvåken", "999666555"),
    )


def dispensed(**changes: object) -> DispensedItem:
    """Another brand than the one prescribed."""
    base = DispensedItem(
        id=Identifier("2.16.578.1.12.4.9999.23", "DS-0001"),
        prescription_item=RESEPT_ID,
        product=product(name="Pinex tablett 500 mg", lot="L-77", manufacturer=Organisation("Tind Legemidler AS")),
        quantity=quantity("1"),
        dispensed=Moment("2026-05-04T11:15:00+02:00"),
        dispenser=pharmacist(),
        substituted=True,
        prescribed_product=product(),
        provenance=Provenance("Apotek Fjellvåken", "DS-0001"),
    )
    return replace(base, **changes)  # type: ignore[arg-type] - tests change fields by name


def dispensation(what: DispensedItem | None = None, **changes: object) -> Dispensation:
    """An eDispensation; ``changes`` replace its fields."""
    base = Dispensation(
        id=Identifier("2.16.578.1.12.4.9999.24", "ED-0001"),
        prescription=Identifier("2.16.578.1.12.4.9999.21", "EP-0001"),
        patient=replace(person(), contacts=()),
        item=what or dispensed(),
        created=NOW,
        language="nb-NO",
        author=pharmacist(),
        custodian=organisation(),
        legal_authenticator=pharmacist(),
        title="Utlevering",
    )
    return replace(base, **changes)  # type: ignore[arg-type] - tests change fields by name


def system() -> Device:
    """A system that composes."""
    return Device("ncpeh", "NCPeH Norge 0.1", organisation(), (Identifier("2.16.578.1.12.4.9999.12", "node-1"),))
