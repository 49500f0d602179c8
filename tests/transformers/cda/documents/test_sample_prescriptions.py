"""Every sample prescription from M1 and FEST through transcoding to an ePrescription: valid, or refused and why."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.machine.require import artefacts
from tests.support.persons.prescriptions import joined_prescriptions
from tests.support.persons.samples import persons, release
from tests.support.pivots.rich_prescriptions import dispensation, dispensed, prescription
from transformers.cda.documents.dispensation import write_dispensation
from transformers.cda.documents.prescription import read_prescription, write_prescription
from transformers.cda.errors import AmountInexpressible, LevelRefused
from transformers.model.finding import Severity
from transformers.norway.prescription import Level
from transformers.terminology.transcode import transcode_prescription
from transformers.validation import check

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
IMPRECISE = "dtr1-2-TS.EPSOS.TZ"
"""M1 knows the day of the prescription, not the second."""
SAMPLES = [(person, key) for person in sorted(persons()) for key in sorted(joined_prescriptions(person))]


def transcoded(person, key):
    sample = joined_prescriptions(person)[key][0]
    pivot = prescription(sample.item, created=NOW)
    return sample, transcode_prescription(replace(pivot, author=pivot.item.prescriber or pivot.author), release())[0]


def stated(sample):
    """Whether one dispensing can be said at all."""
    item = sample.item
    if sample.level is Level.SUBSTANCE:
        return item.amount is not None
    return item.amount is not None or bool(item.product.packages or item.product.parts)


@pytest.mark.parametrize(("person", "key"), SAMPLES)
def test_sample_prescription_is_valid_or_refused_with_its_reason(person, key):
    sample, pivot = transcoded(person, key)
    if sample.level is Level.COMPOUNDED or not stated(sample):
        with pytest.raises(LevelRefused if sample.level is Level.COMPOUNDED else AmountInexpressible):
            write_prescription(pivot)
        return
    content = write_prescription(pivot).content
    found = check(content, artefacts()).report.findings
    told = [f for f in found if f.severity is not Severity.INFO and not f.text.startswith(IMPRECISE)]
    assert [f for f in told if f.rule != "own-instruction-1" or sample.item.dosage.text] == []
    back, report = read_prescription(content)
    said = (sample.item.dosage.text or "").split()
    assert [f for f in report.findings if f.code != "dosage-text-missing"] == []
    assert back.item.id == sample.item.id
    told = (back.item.dosage.text or "").split()[: len(said)]
    assert [word.rstrip(".") for word in told] == [word.rstrip(".") for word in said]  # what follows begins anew


def test_samples_cover_every_level():
    levels = {joined_prescriptions(person)[key][0].level for person, key in SAMPLES}
    assert levels == set(Level)


def test_kit_is_one_package_whose_parts_say_how_much():
    _, pivot = transcoded("prescriptions", "kit")
    content = write_prescription(pivot).content
    back = read_prescription(content)[0].item.product
    assert len(back.parts) == len(pivot.item.product.parts) > 1
    assert [str(layer.quantity.value) for layer in back.packages] == ["1"]
    what = dispensed(product=pivot.item.product, prescribed_product=pivot.item.product)
    found = check(write_dispensation(dispensation(what)).content, artefacts()).report.findings
    assert [f for f in found if f.severity is not Severity.INFO] == []


def test_english_name_of_a_substance_is_the_ingredients():
    _, pivot = transcoded("prescriptions", "daily")
    english = [i.english for i in pivot.item.product.ingredients]
    content = write_prescription(pivot).content.decode()
    assert english
    assert all(f"<pharm:name>{name}</pharm:name>" in content for name in english)
