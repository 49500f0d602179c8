"""The sample persons' prescriptions: every one is read, joined, and what is remarked is what it stands for."""

from collections import Counter

import pytest

from tests.support.persons.prescriptions import joined_prescriptions
from tests.support.persons.samples import persons
from transformers.norway.prescription import Level, SignatureState

REMARKS = {
    "no-text": ["dosage-missing"],
    "withdrawn": ["fest-withdrawn"],
    "other-than-fest": ["fest-differs"],
    "form-not-stated": ["form-not-stated"],
    "bound-strength": ["strength-not-exact"],
    "single-dose": ["product-level-unknown"],
    "vaccine": ["route-ambiguous"],
}
_ORDINARY = ("dosage-text-only", "not-carried")
"""Remarks that most prescriptions have: the dosage stays text, the brand's name stands in FEST."""


@pytest.mark.parametrize("key", sorted(joined_prescriptions("prescriptions")))
def test_what_is_remarked_is_what_the_prescription_stands_for(key: str):
    _, report = joined_prescriptions("prescriptions")[key]
    assert [one.code for one in report.findings if one.code not in _ORDINARY] == REMARKS.get(key, [])


@pytest.mark.parametrize("person", persons())
def test_every_prescription_of_every_person_is_read(person: str):
    found = joined_prescriptions(person)
    assert (person in ("known-absences", "no-information", "ordinary-child")) == (found == {})
    for prescription, report in found.values():
        assert prescription.signature is SignatureState.VALID
        assert prescription.item.product.name
        assert (prescription.item.dosage.why_text_only is None) == (prescription.item.dosage.dose is not None)
        assert not [one for one in report.findings if one.severity in ("error", "fatal")]


def test_every_level_is_there():
    levels = Counter(one.level for one, _ in joined_prescriptions("prescriptions").values())
    assert set(levels) == set(Level)


def test_under_address_protection_no_prescription_tells_the_place():
    found = joined_prescriptions("kode-7")
    assert found
    for prescription, _ in found.values():
        shown = repr(prescription)
        assert "Lillevågen" not in shown
        assert "Aure" not in shown
        assert "AURE" not in shown
    assert "Solheia" in repr(joined_prescriptions("rich")["fresh-daily"])
