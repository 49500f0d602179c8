"""A dispensation of a foreign prescription, as the desk keeps it. Everybody here is invented."""

from dataclasses import replace
from decimal import Decimal

from gateway.handouts.facts import HandoutFacts, ListingSeen, PharmacyPlace
from gateway.messages import PatientIdentifier
from tests.support.nodes.stores import NOW
from transformers.model.values import Identifier

HANDOUT = HandoutFacts(
    place=PharmacyPlace("PT", "990000090", "o-1"),
    patient=PatientIdentifier("2.999.4", "999800080"),
    drafted=NOW,
    document=Identifier("2.999.1", "d-1"),
    prescription=Identifier("2.999.2", "EP-1"),
    item=Identifier("2.999.2", "EP-1.1.1"),
    listing=ListingSeen("2.999.2^EP-1", 3, NOW),
    item_number="990011",
    product="Selo-Zok Depottab 50 mg",
    packages=Decimal("2"),
    reporter="own-system/no-agreement",
    reasons=(("amount-a-little-over", "no smaller one"),),
    prescribed=b"<eP/>",
    content=b"<eD/>",
    discard=b"<discard/>",
)


def another(number: int, *, item: str = "EP-1.1.1") -> HandoutFacts:
    """One of another document, of the same prescription unless another is named."""
    return replace(HANDOUT, document=Identifier("2.999.1", f"d-{number}"), item=Identifier("2.999.2", item))
