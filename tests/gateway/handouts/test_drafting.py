"""Our eDispensation of a foreign prescription is valid by every official rule, and says what was handed out of what."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gateway.counter.decide import CounterHandout
from gateway.counter.products import ProductDecision, ProductVerdict
from gateway.demonstration.norwegian_pharmacy import pharmacist
from gateway.exchange.document_gate import DocumentGate
from gateway.handouts.drafting import DraftedHandout, DraftIds, DraftingMeans, WrittenDraft, write_draft
from gateway.handouts.errors import DraftUnwritable
from gateway.simulators.foreign_prescriptions import document, prescriptions
from tests.gateway.counter.foreign import tables
from tests.support.machine.generated import choices, examples
from tests.support.machine.require import artefacts
from tests.support.persons.prescriptions import joined_prescriptions
from tests.support.pivots.prescriptions import prescription
from transformers.cda.documents.dispensation import read_dispensation
from transformers.cda.documents.prescription import read_prescription, write_prescription
from transformers.cda.errors import CdaError
from transformers.model.finding import Finding, Report, Severity
from transformers.model.prescription import Prescription
from transformers.model.values import Identifier
from transformers.norway.fest import FestLevel
from transformers.terminology.transcode import transcode_prescription
from transformers.validation import check

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
IDS = DraftIds(Identifier("2.999.1", "d-1"), Identifier("2.999.1", "d-1.1"))


def means() -> DraftingMeans:
    return DraftingMeans(lambda _wave: tables().market.release, DocumentGate(), "2.999.1")


def drafted(of: Prescription, item_number: str, packages: int, verdict: ProductVerdict) -> WrittenDraft:
    """Whatever the rules say of it: here the document alone is looked at."""
    market = tables().market
    entry = market.fest.package(item_number)
    assert entry is not None
    product = ProductDecision(verdict, market.compared(entry, of))
    handout = CounterHandout(item_number, Decimal(packages))
    return write_draft(of, DraftedHandout(handout, product, pharmacist(), IDS), means(), 8, NOW)


def _of_samples() -> Iterator[bytes]:
    for joined, _ in joined_prescriptions("prescriptions").values():
        pivot, _ = transcode_prescription(prescription(joined.item), tables().market.release)
        try:
            yield write_prescription(pivot).content
        except CdaError:
            continue  # what cannot be written crosses no border


@cache
def foreign() -> tuple[bytes, ...]:
    """ePrescriptions to dispense: of the samples, of the simulated country, and the official examples."""
    simulated = [document(one, "20261201000000+0000") for one in prescriptions()]
    official = sorted(artefacts("cda-examples").rglob("ep*/*.xml")) + sorted(
        artefacts("cda-examples").rglob("ep_*.xml")
    )
    return (*_of_samples(), *simulated, *map(Path.read_bytes, official))


@cache
def packages() -> tuple[str, ...]:
    found = (one for one in tables().market.fest.by_id.values() if one.level is FestLevel.PACKAGE and one.active)
    return tuple(sorted(one.item_number for one in found if one.item_number))


def test_of_500_generated_dispensings_each_is_valid_and_says_what_was_handed_out_of_what():
    chance, official = choices("handouts"), artefacts()
    assert len(foreign()) > 20
    for _ in range(500 if examples(500) == 500 else 6):
        content = chance.choice(foreign())
        of, _ = read_prescription(content)
        verdict = chance.choice([ProductVerdict.AS_PRESCRIBED, ProductVerdict.SUBSTITUTED])
        item_number, count = chance.choice(packages()), chance.randint(1, 5)
        written = drafted(of, item_number, count, verdict)
        for made in (written.content,):
            found = check(made, official, wave=8)
            assert [one for one in found.report.findings if one.severity.name in ("ERROR", "FATAL")] == []
            assert found.layers_run == ("xsd", "schematron", "own")
        back, _ = read_dispensation(written.content)
        entry = tables().market.fest.package(item_number)
        assert entry is not None
        assert back.item.product.name == entry.name
        assert (back.item.prescription_item, back.prescription, back.id) == (of.item.id, of.id, IDS.document)
        assert back.item.quantity is not None
        assert back.item.quantity.value == count
        assert back.item.substituted is (verdict is ProductVerdict.SUBSTITUTED)
        assert back.item.prescribed_product is not None
        assert back.item.prescribed_product.name == of.item.product.name
        assert f'extension="{of.item.id.extension}"'.encode() in written.content


def test_a_code_without_a_european_one_travels_with_its_words_and_is_shown():
    of, _ = read_prescription(document(prescriptions()[0], "20261201000000+0000"))
    written = drafted(of, "990342", 1, ProductVerdict.AS_PRESCRIBED)  # "injeksjonsvæske, suspensjon"
    told = {one.path.rpartition(".")[2] for one in written.uncoded}
    assert all(one.path.startswith("item.product") for one in written.uncoded)
    assert drafted(of, "990011", 1, ProductVerdict.AS_PRESCRIBED).uncoded == ()
    assert (b'nullFlavor="OTH"' in written.content) is bool(told)


class _Refusing:
    """A gate that finds one error and one warning, and refuses the error."""

    refused = frozenset({Severity.ERROR})

    def look(self, *_: object) -> Report:
        return Report([Finding(Severity.ERROR, "a", "/", "x", rule="own-1"), Finding(Severity.WARNING, "b", "/", "x")])

    def passes(self, _report: Report) -> bool:
        return False


def test_a_document_that_the_gate_refuses_is_no_draft_and_its_errors_are_named():
    of, _ = read_prescription(document(prescriptions()[0], "20261201000000+0000"))
    market = tables().market
    entry = market.fest.package("990011")
    assert entry is not None
    product = ProductDecision(ProductVerdict.AS_PRESCRIBED, market.compared(entry, of))
    whole = DraftedHandout(CounterHandout("990011", Decimal(1)), product, pharmacist(), IDS)
    gate: Any = _Refusing()
    with pytest.raises(DraftUnwritable) as refused:
        write_draft(of, whole, replace(means(), gate=gate), 8, NOW)
    assert refused.value.what == "own-1"


def test_without_a_pharmacy_and_without_a_valid_document_nothing_is_drafted():
    of, _ = read_prescription(document(prescriptions()[0], "20261201000000+0000"))
    market = tables().market
    entry = market.fest.package("990011")
    assert entry is not None
    product = ProductDecision(ProductVerdict.AS_PRESCRIBED, market.compared(entry, of))
    whole = DraftedHandout(CounterHandout("990011", Decimal(1)), product, pharmacist(), IDS)
    assert write_draft(of, whole, means(), 8, NOW).content
    alone = replace(whole, pharmacist=replace(pharmacist(), organisation=None))
    nothing = replace(whole, handout=CounterHandout("990011", Decimal("NaN")))
    for wrong, what in ((alone, "pharmacy"), (nothing, "quantity")):
        with pytest.raises(DraftUnwritable) as refused:
            write_draft(of, wrong, means(), 8, NOW)
        assert what in refused.value.what
    unnamed = replace(of, item=replace(of.item, id=Identifier("not an oid", "x")))
    with pytest.raises(DraftUnwritable):
        write_draft(unnamed, whole, means(), 8, NOW)
