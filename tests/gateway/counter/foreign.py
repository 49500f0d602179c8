"""Foreign prescriptions as a Norwegian counter gets them, and what it decides by. Everybody here is invented."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from gateway.configuration.shipped import shipped
from gateway.counter.decide import CounterDecision, CounterHandout, CounterTables, decide_handout
from gateway.counter.products import NorwegianMarket
from gateway.counter.read_rules import read_rules
from gateway.counter.rules import CounterRules
from tests.support.norway.m1 import mini_fest, policy
from tests.support.pivots.prescriptions import item, prescription
from tests.support.pivots.summaries import ATC, EDQM, UCUM
from transformers.model.prescription import Prescription, Substitution
from transformers.model.summary import Ingredient, MedicinalProduct, PackageLayer
from transformers.model.values import Coded, Coding, Moment, Quantity
from transformers.norway.prescription import Dispensing
from transformers.terminology.release import load_starter

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
SELO_ZOK, METOPROLOL_GENERIC = "990011", "990102"
"""98 and 100 tablets of 50 mg in one byttegruppe."""


def coded(code: str, system: str, display: str) -> Coded:
    return Coded(text=display, target=Coding(code, system, display))


def ucum(value: str, unit: str) -> Quantity:
    return Quantity(Decimal(value), coded(unit, UCUM, unit))


def metoprolol(**changes: Any) -> MedicinalProduct:
    """98 prolonged-release tablets of 50 mg, as a document of another country states them."""
    base = MedicinalProduct(
        name="Selo-Zok 50 mg",
        level="package",
        atc=coded("C07AB02", ATC, "metoprolol"),
        form=coded("10226000", EDQM, "Prolonged-release tablet"),
        ingredients=(Ingredient(coded("C07AB02", ATC, "metoprolol"), ucum("50", "mg"), ucum("1", "{tablet}")),),
        packages=(PackageLayer(ucum("98", "{tablet}")),),
    )
    return replace(base, **changes)


def prescribed(product: MedicinalProduct | None = None, **changes: Any) -> Prescription:
    """An open prescription of one package, which may be substituted."""
    stated = {
        "packages": Quantity(Decimal(1)), "repeats": 0, "status": "active", "substitution": Substitution.ALLOWED,
        "valid_until": Moment("2027-05-01"), **changes,
    }  # fmt: skip
    return prescription(item(product=product or metoprolol(), **stated))


def handout(
    item_number: str = SELO_ZOK, packages: str = "1", reasons: Mapping[str, str] | None = None
) -> CounterHandout:
    return CounterHandout(item_number, Decimal(packages), reasons or {})


@cache
def tables() -> CounterTables:
    market = NorwegianMarket(mini_fest(), load_starter(shipped("config") / "terminology").for_wave(8))
    return CounterTables(market, rules(), policy().scheduled)


@cache
def rules() -> CounterRules:
    return read_rules(tomllib.loads((shipped("config") / "counter.toml").read_text("utf-8")))


def decided(
    on: Prescription, what: CounterHandout | None = None, *made: Dispensing, by: CounterTables | None = None,
    now: datetime = NOW,
) -> CounterDecision:  # fmt: skip
    return decide_handout(on, what or handout(), made, by or tables(), now)


def bars(decision: CounterDecision) -> list[str]:
    """What still holds it back."""
    return [reason.key for reason in decision.reasons if reason.holds]
