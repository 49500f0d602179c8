"""Builders of prescriptions and dispensations as pivots. Everybody here is invented."""

from dataclasses import replace
from decimal import Decimal

from tests.support.pivots.summaries import (
    ATC,
    EDQM,
    ICD10,
    NOW,
    RESEPT,
    UCUM,
    VOLVEN,
    mapped,
    organisation,
    person,
    professional,
    unmapped,
)
from transformers.model.people import Address
from transformers.model.prescription import PrescribedItem, Prescription, Substitution
from transformers.model.summary import Dosage, Ingredient, MedicinalProduct, PackageLayer
from transformers.model.values import Coding, Identifier, Moment, Period, Provenance, Quantity

ITEM = Identifier("2.16.578.1.12.4.9999.20", "7C0D2B3A-0000-4000-8000-000000000001")


def product(**changes: object) -> MedicinalProduct:
    """Paracetamol in blisters in a box, with everything a FEST package carries."""
    tablet = mapped("10219000", EDQM, "Tablet", ("53", "7448", "Tablett"))
    paracetamol = mapped("N02BE01", ATC, "paracetamol", ("N02BE01", "7180", "Paracetamol"))
    base = MedicinalProduct(
        name="Paracet tab 500 mg",
        level="package",
        atc=paracetamol,
        codes=(Coding("012345", f"{VOLVEN}.7510", None, "Varenummer"),),
        form=tablet,
        form_text="Tablett, delestrek",
        strength_text="500 mg",
        ingredients=(
            Ingredient(
                paracetamol, Quantity(Decimal("500"), mapped("mg", UCUM, "milligram")), Quantity(Decimal("1"), tablet)
            ),
        ),
        packages=(
            PackageLayer(Quantity(Decimal("10"), tablet), mapped("30007000", EDQM, "Blister")),
            PackageLayer(
                Quantity(Decimal("10")),
                mapped("30009000", EDQM, "Box"),
                Coding("012345", f"{VOLVEN}.7510", None, "Varenummer"),
                "Paracet tab 500 mg, 10 x 10 stk blister",
            ),
        ),
        manufacturer=organisation("Fjellmark Legemidler AS", "999555444"),
    )
    return replace(base, **changes)  # type: ignore[arg-type] - tests change one field by name


def item(**changes: object) -> PrescribedItem:
    """One item with everything said."""
    base = PrescribedItem(
        id=ITEM,
        product=product(),
        dosage=Dosage(
            text="1 tablett inntil 3 ganger daglig\nTas med rikelig vann",
            why_text_only="as-needed",
            route=mapped("20053000", EDQM, "Oral use", ("53", "7477", "Oral")),
        ),
        treatment=Period(Moment("2026-05-01"), Moment("2026-08-01")),
        prescribed=Moment("2026-05-01T09:30:00+02:00"),
        provenance=Provenance(RESEPT, "rf-9", Moment("2026-05-01T09:30:05+02:00")),
        valid_until=Moment("2027-05-01"),
        packages=Quantity(Decimal("1")),
        repeats=3,
        substitution=Substitution.NOT_ALLOWED,
        reason=mapped("M54", ICD10, "Dorsalgia", ("L03", "7170", "Korsryggsmerter")),
        to_patient="Kjør ikke bil den første uken",
        to_dispenser="Pakkes i dosett",
        prescriber=professional(),
    )
    return replace(base, **changes)  # type: ignore[arg-type] - tests change one field by name


def prescription(item_: PrescribedItem | None = None, **changes: object) -> Prescription:
    """A prescription as a document, its author the prescriber."""
    prescriber = replace(professional(), address=Address(("Fjordgata 2",), "9730", "Karasjok", "NO"))
    base = Prescription(
        id=Identifier("2.16.578.1.12.4.9999.10", "EP-0001"),
        parent=Identifier("2.16.578.1.12.4.9999.11", "SRC-EP-0001"),
        patient=person(),
        item=item_ or item(),
        created=NOW,
        language="nb-NO",
        author=prescriber,
        custodian=organisation(),
        legal_authenticator=prescriber,
        title="Resept",
    )
    return replace(base, **changes)  # type: ignore[arg-type] - tests change one field by name


def unmapped_role() -> object:
    """A role that no map knows."""
    return unmapped("Lege", "LE", "9060")
