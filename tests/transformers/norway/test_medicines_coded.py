"""Form, route and strength of every medicine we hold, as FEST states them: coded, or each with its true reason.

The named list is all there is: sample persons' summaries and prescriptions, and the published examples.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from tests.support.documents.peers_page import PeersPage
from tests.support.norway.m1 import mini_fest
from tests.support.norway.source_messages import NOW, SYSTEMS
from tests.support.persons.prescriptions import joined_prescriptions
from tests.support.persons.samples import persons, release, sample_of, summary
from tests.support.pivots.rich_prescriptions import prescription
from tests.transformers.norway.test_official_messages import CHANGED, published
from transformers.cda.documents.patient_summary import write_patient_summary
from transformers.model.finding import Report
from transformers.model.summary import Dosage, MedicinalProduct, Present
from transformers.model.values import Coded
from transformers.norway.fest import FestMedicine
from transformers.norway.read_medicine_list_m251 import read_medicine_list
from transformers.norway.read_prescription_m1 import MedicineReading
from transformers.terminology.transcode import transcode_prescription, transcode_summary

LISTED = {
    "rich": (
        "Selo-Zok Depottab 50 mg", "Levaxin Tab 100 mikrog", "Apiksaban Tab 5 mg",
        "Buventol Easyhaler Inh pulv 0,2 mg/dose", "Paracetamol Tab 500 mg", "Prednisolon Tab 5 mg",
    ),
    "kode-7": ("Lantus Inj, oppl 100 E/ml",),
    "kode-6": ("Cetirizin Tab 10 mg",),
    "reserved": ("Levaxin Tab 100 mikrog",),
    "blocked": ("Selo-Zok Depottab 50 mg",),
    "guardian-reserved": ("Cetirizin Tab 10 mg", "Cerazette Tab 75 mikrog"),
    "deceased": ("Selo-Zok Depottab 50 mg",),
    "d-number": ("Cetirizin Tab 10 mg",),
    "rule-2032": ("Ramipril Kaps 5 mg",),
    "discontinued": ("Levaxin Tab 100 mikrog",),
    "sami-names": ("Buventol Easyhaler Inh pulv 0,2 mg/dose",),
    "ordinary-man": ("Ramipril Kaps 5 mg", "Karbamid Krem 5 %", "Utenlandsk øyedråpe 1 mg/ml"),
    "ordinary-old-woman": (
        "Furix Tab 40 mg", "Marevan Tab 2,5 mg", "Selo-Zok Depottab 50 mg", "Paracetamol Tab 500 mg",
    ),
}  # fmt: skip
"""The summaries' medicines, by person; the others have none."""
NOT_CODED = {
    ("Melkesyrebakterier Kaps", "strength"): "strength-not-exact",
    ("Influensavaksine Inj, susp", "route"): "route-ambiguous",
}
"""Of a medicine's element that FEST states and that has no code: why (a finding's code)."""
OFFICIAL = {
    "Cetimax Tab 10 mg": "fest-silent",
    "Zocor Tab 10 mg": "fest-silent",
    "Paracet Tab 500 mg": "fest-silent",
    "Apocillin Tab 660 mg": "fest-silent",
}
"""Medicines of the published lists: real products, of which the samples' FEST holds none."""


@dataclass(frozen=True)
class HeldMedicine:
    """A medicine after FEST and transcoding, and the codes of what was remarked on the way."""

    product: MedicinalProduct
    dosage: Dosage
    remarks: frozenset[str]


@cache
def of_summaries() -> tuple[HeldMedicine, ...]:
    found = []
    for person in persons():
        pivot, report = transcode_summary(summary(person), release())
        remarks = {one.code for one in (*sample_of(person)[2].report.findings, *report.findings)}
        listed = pivot.content.medications
        if isinstance(listed, Present):
            found += [HeldMedicine(one.product, one.dosage, frozenset(remarks)) for one in listed.entries]
    return tuple(found)


@cache
def of_prescriptions() -> tuple[HeldMedicine, ...]:
    found = []
    for person in persons():
        for one, remarked in joined_prescriptions(person).values():
            document = prescription(one.item, author=one.item.prescriber or prescription().author)
            pivot, report = transcode_prescription(document, release())
            remarks = frozenset(f.code for f in (*remarked.findings, *report.findings))
            found.append(HeldMedicine(pivot.item.product, pivot.item.dosage, remarks))
    return tuple(found)


def stated(name: str) -> Iterator[tuple[str, FestMedicine]]:
    """What FEST states of the medicine of that name, itself or in its one brand: form, route, strength."""
    fest = mini_fest()
    for entry in (one for one in fest.by_id.values() if one.name == name):
        brands = fest.brands_of(entry)
        if len(entry.contents) > 1:
            continue  # a kit has them in its parts
        for one in (entry, *(brands if len(brands) == 1 else ())):
            yield from (("form", one) for _ in [0] if one.form is not None and _code(one.form) != "173")
            yield from (("route", one) for _ in [0] if one.routes)
            yield from (("strength", one) for _ in [0] if any(i.strength for i in one.ingredients))


def _code(one: Coded | None) -> str | None:
    return None if one is None or one.original is None else one.original.code


def coded(one: HeldMedicine) -> set[str]:
    """Which of the three have a European code."""
    halves = [half for i in one.product.ingredients for half in (i.numerator, i.denominator)]
    units = [half.unit is None or half.unit.target is not None for half in halves if half is not None]
    has = {
        "form": one.product.form is not None and one.product.form.target is not None,
        "route": one.dosage.route is not None and one.dosage.route.target is not None,
        "strength": bool(halves) and None not in halves and all(units),
    }
    return {name for name, is_coded in has.items() if is_coded}


def test_the_list_names_every_medicine_of_the_sample_summaries():
    held = {}
    for person in persons():
        listed = summary(person).content.medications
        if isinstance(listed, Present):
            held[person] = tuple(one.product.name for one in listed.entries)
    assert held == LISTED


@pytest.mark.parametrize("held", [of_summaries, of_prescriptions])
def test_what_fest_states_is_coded_in_nine_of_ten_and_the_rest_has_its_reason(held):
    wanted, missing = 0, {}
    for one in held():
        elements = {name for name, _ in stated(one.product.name)}
        wanted += len(elements)
        missing |= {(one.product.name, element): one.remarks for element in elements - coded(one)}
    assert wanted
    assert len(missing) / wanted <= 0.1
    assert all(NOT_CODED.get(key) in remarks for key, remarks in missing.items())


def test_the_reasons_are_of_medicines_that_lack_a_code():
    lacking = {
        (one.product.name, element)
        for one in (*of_summaries(), *of_prescriptions())
        for element in {name for name, _ in stated(one.product.name)} - coded(one)
    }
    assert set(NOT_CODED) == lacking


@pytest.mark.parametrize("name", ["M251-PLL.xml", "M251-PLL---Avsluttet-behandling.xml"])
def test_of_the_published_medicines_each_keeps_its_words_with_the_true_reason(name: str):
    data, reading = published(CHANGED, name)
    report = Report()
    known = MedicineReading(reading.patient, SYSTEMS, NOW, fest=mini_fest())
    listed = read_medicine_list(data, known, report)
    assert {one.product.name for one in listed.statements} <= set(OFFICIAL)
    silent = [one.path for one in report.findings if one.code == "fest-silent"]
    assert len(silent) == data.count(b"<EnkeltoppforingLIB>")
    assert all(one.product.form is not None and one.dosage.text for one in listed.statements)


def test_not_looked_up_is_another_word_than_unknown():
    remarked = sample_of("ordinary-man")[2].report.findings
    told = {one.original: one.code for one in remarked if one.code.startswith("fest-")}
    assert told == {"Utenlandsk øyedråpe 1 mg/ml": "fest-not-asked"}


@pytest.mark.parametrize("person", sorted(LISTED))
def test_no_page_says_every_and_nothing_where_we_state_a_frequency(person: str):
    pivot = transcode_summary(summary(person), release())[0]
    entries = pivot.content.medications.entries
    lines = PeersPage(write_patient_summary(pivot).content).lines()
    timed = [one for one in entries if one.dosage.timings and not one.dosage.as_needed]
    assert sum(line.startswith("Every ") for line in lines) == len(timed)
    assert lines.count("Every") == len(entries) - len(timed) - lines.count("Frequency: unknown")
    assert sum(line.startswith("Dose: ") for line in lines) == sum(one.dosage.dose is not None for one in entries)
