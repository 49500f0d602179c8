"""Address protection (fortrolig, kode 7): what must not leave with a document because it tells where a person lives.

Dropped from every statement: who recorded it and where, the prescriber, the vaccinating or examining organisation, and
with them every other organisation (a manufacturer), for none can be told from a place nearby; of the person herself
address, telecom and contacts. Rule: Folkeregisteret's AddressConfidentiality as Persontjenesten gives it.
"""

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from transformers.model.people import Person
from transformers.model.prescription import PrescribedItem
from transformers.model.summary import (
    Immunisation,
    MedicationStatement,
    MedicinalProduct,
    ObservationGroup,
    SummaryContent,
)
from transformers.model.values import Provenance

T = TypeVar("T")


def conceal_person(person: Person) -> Person:
    """The person without address, telecom and contacts."""
    return replace(person, address=None, telecoms=(), contacts=())


def conceal_content(content: SummaryContent) -> SummaryContent:
    """The content without anyone or anywhere that reveals a municipality."""
    return _walk(content)


def conceal_item(item: PrescribedItem) -> PrescribedItem:
    """The item without anyone or anywhere that reveals a municipality; its prescriber by name and number alone."""
    who = item.prescriber
    named = None if who is None else replace(who, organisation=None, telecoms=(), address=None)
    return replace(_walk(item), prescriber=named)


def _walk(value: T) -> T:
    node: Any = value
    if isinstance(node, tuple):
        return cast(T, tuple(_walk(item) for item in node))
    if not is_dataclass(node) or isinstance(node, type):
        return value
    changed: dict[str, Any] = {f.name: _walk(getattr(node, f.name)) for f in fields(node)}
    if isinstance(node, Provenance):
        changed["recorded_by"] = None
    if isinstance(node, MedicationStatement):
        changed["prescriber"] = None
    if isinstance(node, Immunisation):
        changed |= {"performer": None, "manufacturer": None}
    if isinstance(node, ObservationGroup):
        changed["performer"] = None
    if isinstance(node, MedicinalProduct):
        changed["manufacturer"] = None
    return cast(T, replace(node, **changed))
