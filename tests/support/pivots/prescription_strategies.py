"""Hypothesis strategies for prescriptions and dispensations: every level, packages, kits, posologies, absences.

What makes a document impossible (no amount, a compounded medicine) has tests of its own and is left out here.
"""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import strategies as st

from tests.support.pivots.rich_prescriptions import BLISTER, BOX, TIMING
from tests.support.pivots.summaries import EDQM, ISCO, UCUM, VOLVEN, mapped, organisation
from tests.support.pivots.summary_strategies import (
    ADDRESSES,
    CODINGS,
    IDENTIFIERS,
    MOMENTS,
    NAMES,
    ORGANISATIONS,
    PERIODS,
    PERSONS,
    PROVENANCES,
    TELECOMS,
    TEXTS,
    WHOLE_NAMES,
    WORDS,
    coded,
)
from transformers.model.people import Device, Professional
from transformers.model.prescription import (
    Dispensation,
    DispensedItem,
    PrescribedItem,
    Prescription,
    Substitution,
)
from transformers.model.summary import Dosage, Ingredient, MedicinalProduct, PackageLayer, Timing
from transformers.model.values import Coded, Coding, Identifier, Quantity

_NUMBERS = st.decimals(Decimal("0.001"), Decimal("5000"), places=3).map(lambda d: d.normalize())
_UNITS = st.sampled_from(
    (
        None,
        mapped("mg", UCUM, "milligram"),
        mapped("mL", UCUM, "millilitre", ("3", "7452", "ml")),
        mapped("15054000", EDQM, "Tablet", ("1", "7452", "tablett")),
        Coded("puff"),
    )
)
_KNOWN_UNITS = _UNITS.filter(lambda unit: unit is None or unit.target is not None)
CONTENTS = st.builds(Quantity, _NUMBERS, _UNITS)
QUANTITIES = st.builds(Quantity, _NUMBERS, _KNOWN_UNITS)
COUNTS = st.integers(1, 99).map(lambda n: Quantity(Decimal(n)))
_PACKAGE_CODES = st.none() | st.integers(10000, 99999).map(lambda n: Coding(f"0{n}", f"{VOLVEN}.7510", f"Vare {n}"))
_KINDS = st.sampled_from((Coded(target=Coding("PH-1", "1.2.5", "PhPID 1")), Coded("Annen gruppe")))
_FORMS = st.none() | st.sampled_from((BLISTER, BOX, Coded("Pakning", Coding("7", f"{VOLVEN}.7449", "Eske"))))


@st.composite
def layers(draw: st.DrawFn) -> tuple[PackageLayer, ...]:
    """One to three containers, the outermost with the package code."""
    count = draw(st.integers(1, 3))
    made = []
    for n in range(count):
        outermost = n == count - 1
        code = draw(_PACKAGE_CODES) if outermost else None
        made.append(PackageLayer(draw(CONTENTS if n == 0 else COUNTS), draw(_FORMS), code, draw(st.none() | WORDS)))
    return tuple(made)


def ingredients() -> st.SearchStrategy[tuple[Ingredient, ...]]:
    """None, one or several, with whole, half or no strength."""
    strengths = st.none() | st.builds(Quantity, _NUMBERS, _UNITS)
    return st.lists(st.builds(Ingredient, coded("atc"), strengths, strengths), max_size=3).map(tuple)


@st.composite
def products(draw: st.DrawFn, level: str, *, kit: bool = True) -> MedicinalProduct:
    """A product of that level."""
    packaged = level != "substance"
    parts = st.lists(products("brand", kit=False), max_size=2).map(tuple) if kit else st.just(())
    return MedicinalProduct(
        name=draw(WORDS),
        level=level,
        atc=draw(st.none() | coded("atc")),
        codes=tuple(draw(st.lists(CODINGS, max_size=2))),
        form=draw(st.none() | coded("form")),
        form_text=draw(st.none() | TEXTS),
        strength_text=draw(st.none() | TEXTS),
        ingredients=draw(ingredients()),
        packages=draw(layers()) if packaged else (),
        manufacturer=draw(st.none() | ORGANISATIONS),
        lot=draw(st.none() | TEXTS),
        parts=draw(parts),
        part_quantity=None if kit else draw(st.none() | COUNTS),
        kinds=tuple(draw(st.lists(_KINDS, max_size=2))),
    )


_TIMES = st.builds(Quantity, _NUMBERS, coded("time-unit") | st.just(mapped("h", UCUM, "hour")))
_TIMINGS = st.one_of(
    st.builds(Timing, period=_TIMES, institution_specified=st.booleans()),
    st.builds(
        Timing,
        event=st.sampled_from(("ACM", "HS", "PCV", "MORN")).map(lambda code: Coding(code, TIMING)),
        offset=st.none() | _TIMES,
    ),
    st.builds(Timing, at=MOMENTS),
    st.just(Timing()),
)
DOSAGES = st.builds(
    Dosage,
    text=WORDS,
    why_text_only=st.none() | st.just("several-doses"),
    route=st.none() | coded("route"),
    dose=st.none() | QUANTITIES,
    period=st.none() | _TIMES,
    dose_high=st.none() | QUANTITIES,
    timings=st.lists(_TIMINGS, max_size=3).map(tuple),
    as_needed=st.booleans(),
)
_ROLES = st.sampled_from(
    (
        mapped("2211", ISCO, "Generalist medical practitioners", ("LE", "9060", "Lege")),
        mapped("2221", ISCO, "Nursing professionals"),
    )
)
PRESCRIBERS = st.builds(
    Professional,
    WHOLE_NAMES,
    st.lists(IDENTIFIERS, max_size=2).map(tuple),
    _ROLES,
    st.none() | ORGANISATIONS,
    st.lists(TELECOMS, max_size=2).map(tuple),
    st.none() | ADDRESSES,
)
_ITEM_IDS = st.integers(1, 9999).map(lambda n: Identifier("2.16.578.1.12.4.9999.20", f"RX-{n}"))


@st.composite
def items(draw: st.DrawFn) -> PrescribedItem:
    """An item that can be dispensed: packages, or an amount."""
    level = draw(st.sampled_from(("package", "brand", "unknown", "substance")))
    by_amount = level == "substance" or draw(st.booleans())
    return PrescribedItem(
        id=draw(_ITEM_IDS),
        product=draw(products(level)),
        dosage=draw(DOSAGES),
        treatment=draw(PERIODS),
        prescribed=draw(st.none() | MOMENTS.filter(lambda moment: moment.iso < "2026")),
        provenance=draw(PROVENANCES),
        valid_until=draw(st.none() | MOMENTS),
        packages=None if by_amount else draw(COUNTS),
        amount=draw(QUANTITIES) if by_amount else None,
        repeats=draw(st.none() | st.integers(0, 12)),
        substitution=draw(st.none() | st.sampled_from(Substitution)),
        reason=draw(st.none() | coded("condition")),
        to_patient=draw(st.none() | TEXTS),
        to_dispenser=draw(st.none() | TEXTS),
        prescriber=draw(st.none() | PRESCRIBERS),
        completed=draw(st.booleans()),
    )


_CREATED = st.datetimes(datetime(2026, 1, 2), datetime(2027, 1, 1)).map(  # noqa: DTZ001 - a zone is put on it
    lambda at: at.replace(tzinfo=UTC)
)
_AUTHENTICATORS = st.builds(
    Professional, WHOLE_NAMES, st.just((Identifier("2.16.578.1.12.4.9999.13", "medical-1"),)), st.none() | _ROLES
)
_LANGUAGES = st.sampled_from(("nb-NO", "nn-NO", "se-NO"))
_CONFIDENTIALITY = st.none() | st.sampled_from("NRV").map(lambda code: Coding(code, "2.16.840.1.113883.5.25"))
PRESCRIPTIONS = st.builds(
    Prescription,
    id=st.integers(1, 999).map(lambda n: Identifier("2.16.578.1.12.4.9999.21", f"EP-{n}")),
    parent=st.just(Identifier("2.16.578.1.12.4.9999.22", "M1")),
    patient=PERSONS,
    item=items(),
    created=_CREATED,
    language=_LANGUAGES,
    author=PRESCRIBERS,
    custodian=st.just(organisation()),
    legal_authenticator=_AUTHENTICATORS,
    title=WORDS,
    confidentiality=_CONFIDENTIALITY,
)
DISPENSED = st.builds(
    DispensedItem,
    id=st.integers(1, 999).map(lambda n: Identifier("2.16.578.1.12.4.9999.23", f"DS-{n}")),
    prescription_item=_ITEM_IDS,
    product=products("package"),
    quantity=COUNTS | QUANTITIES.filter(lambda amount: amount.unit is not None and amount.unit.target.code != "1"),
    dispensed=st.none() | MOMENTS.filter(lambda moment: moment.iso < "2026"),
    dispenser=PRESCRIBERS,
    substituted=st.booleans(),
    prescribed_product=products("package") | products("unknown"),
    dosage=st.none() | DOSAGES,
    provenance=st.none() | PROVENANCES,
)
DISPENSATIONS = st.builds(
    Dispensation,
    id=st.integers(1, 999).map(lambda n: Identifier("2.16.578.1.12.4.9999.24", f"ED-{n}")),
    prescription=st.integers(1, 999).map(lambda n: Identifier("2.16.578.1.12.4.9999.21", f"EP-{n}")),
    patient=PERSONS,
    item=DISPENSED,
    created=_CREATED,
    language=_LANGUAGES,
    author=PRESCRIBERS | st.builds(Device, NAMES, st.none() | TEXTS, st.none() | ORGANISATIONS, st.just(())),
    custodian=st.just(organisation()),
    legal_authenticator=_AUTHENTICATORS,
    title=WORDS,
    confidentiality=_CONFIDENTIALITY,
    parent=st.none() | st.just(Identifier("2.16.578.1.12.4.9999.25", "M10")),
)
