"""Pivot to CDA and back is its projection (tests/support/pivots/projection.py); CDA to pivot and back keeps all."""

from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import given

from tests.support.machine.generated import pivots
from tests.support.persons import samples
from tests.support.pivots import projection
from tests.support.pivots.summaries import summary
from tests.support.pivots.summary_strategies import SUMMARIES
from transformers.cda.documents.patient_summary import read_patient_summary, write_patient_summary
from transformers.model.summary import MedicationStatement, Narrated, NoInformation, PatientSummary, SummaryContent
from transformers.model.values import Provenance
from transformers.terminology.transcode import transcode_summary


def returned(pivot: PatientSummary) -> PatientSummary:
    """The pivot after it has been a document; nothing of our own documents is lost or unread."""
    read = read_patient_summary(write_patient_summary(pivot).content)
    expected = EXPECTED | ({"name-missing"} if _some_unnamed(pivot.content) else set())
    assert [(f.code, f.path, f.original) for f in read.report.findings if f.code not in expected] == []
    return read.summary


EXPECTED = {"section-without-entries", "name-unstructured"}


def compared(content: SummaryContent) -> SummaryContent:
    """What came back, without what the table says is not the pivot's."""
    bare = replace(content, narratives=(), other_sections=(), medications_reconciled=False)
    made: SummaryContent = _without_origin(bare)
    return made


def _without_origin(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_without_origin(v) for v in value)
    if isinstance(value, Provenance):
        return Provenance("*")
    if isinstance(value, NoInformation):
        return NoInformation()
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {f.name: _without_origin(getattr(value, f.name)) for f in fields(value)}
    if "provenance" in changed and "id" in changed:
        changed["id"] = ""
    if isinstance(value, Narrated):
        own = value.text.split("\n")[:-1]  # without the writer's line on the source
        return Narrated(None, None, "\n".join(own), Provenance("*"))
    if isinstance(value, MedicationStatement):
        changed["status"] = None
        changed["product"] = replace(changed["product"], level="")
    return replace(value, **changed)


def _some_unnamed(content: SummaryContent) -> bool:
    return any(not entry.product.name for entry in getattr(content.medications, "entries", ()))


def unnamed(projected: SummaryContent, back: SummaryContent) -> SummaryContent:
    """A product without a name is given words by the reader; the projection names it the same."""
    if not hasattr(projected.medications, "entries"):
        return projected
    entries = tuple(
        replace(mine, product=replace(mine.product, name=theirs.product.name)) if not mine.product.name else mine
        for mine, theirs in zip(projected.medications.entries, back.medications.entries, strict=True)
    )
    return replace(projected, medications=replace(projected.medications, entries=entries))


def check(pivot: PatientSummary) -> None:
    back = compared(returned(pivot).content)
    expected = projection.content(pivot.content)
    assert differences(unnamed(expected, back), back, "") == []


def differences(mine: Any, theirs: Any, path: str) -> list[str]:
    """Where two values differ, leaf by leaf."""
    if mine == theirs:
        return []
    if type(mine) is not type(theirs):
        return [f"{path}: {mine!r} came back as {theirs!r}"]
    if isinstance(mine, tuple) and len(mine) == len(theirs):
        return [d for n, (a, b) in enumerate(zip(mine, theirs, strict=True)) for d in differences(a, b, f"{path}[{n}]")]
    if is_dataclass(mine) and not isinstance(mine, type):
        names = [field.name for field in fields(mine)]
        return [d for n in names for d in differences(getattr(mine, n), getattr(theirs, n), f"{path}.{n}")]
    return [f"{path}: {mine!r} came back as {theirs!r}"]


def test_a_rich_summary_comes_back_as_its_projection():
    check(summary())


@pytest.mark.parametrize("person", samples.persons())
def test_a_sample_person_comes_back_as_its_projection(person: str):
    transcoded, _ = transcode_summary(samples.summary(person), samples.release())
    check(transcoded)


@pivots(200)
@given(SUMMARIES)
def test_any_summary_comes_back_as_its_projection(pivot: PatientSummary):
    check(pivot)
