"""Country A: a sample prescription as ePrescription of level 3 and its original, valid by every official rule."""

from dataclasses import replace
from functools import partial
from uuid import uuid5

import pytest

from gateway.configuration.document_types import load_document_types
from gateway.configuration.shipped import shipped
from gateway.errors import DocumentInvalid, RequiredMappingMissing
from gateway.exchange.country_a.compose import refuse_unfit
from gateway.exchange.country_a.compose_prescription import (
    compose_prescription,
    draft_prescription,
    draft_prescription_original,
    prescription_of,
)
from tests.support.machine.require import artefacts
from tests.support.norway.in_memory import treatment
from tests.support.norway.m1 import NOW, policy
from tests.support.persons import samples
from tests.support.persons.prescriptions import joined_prescriptions
from transformers.cda.errors import CodeMissing
from transformers.model.finding import Severity
from transformers.model.values import Moment
from transformers.norway.exportable import Asking, reasons_against_export
from transformers.validation import check

REQUIRED = frozenset(load_document_types(shipped("config") / "document_types.toml").by_key("ep-l3").required_codes)


def exportable(person):
    """Keys of a sample person's prescriptions that may cross a border."""
    joined = sorted(joined_prescriptions(person).items())
    return [key for key, (one, _) in joined if not reasons_against_export(one, policy(), Asking(NOW))]


def document(person, key):
    known, item = samples.sample_of(person)[0], joined_prescriptions(person)[key][0].item
    return prescription_of(NOW, known, item, samples.composer(), uuid5(samples.NAMESPACE, f"{person} {key}"))


def errors(content):
    found = check(content, artefacts()).report.findings
    return [f for f in found if f.severity in (Severity.ERROR, Severity.FATAL)]


@pytest.mark.parametrize("person", sorted(samples.persons()))
def test_every_exportable_sample_prescription_leaves_without_an_error(person):
    for key in exportable(person):
        content, report = draft_prescription(document(person, key), samples.release(), 8)
        refuse_unfit(report)
        assert (key, errors(content)) == (key, [])


def test_the_samples_have_exportable_prescriptions_in_numbers():
    assert sum(len(exportable(person)) for person in samples.persons()) > 40


@pytest.mark.parametrize(("person", "key"), [("rich", "metoprolol"), ("prescriptions", "kit")])
def test_its_original_is_valid_and_shares_what_both_were_made_from(person, key):
    made = document(person, key)
    content, report = draft_prescription_original(made, samples.release(), 8)
    refuse_unfit(report)
    assert errors(content) == []
    structured, _ = draft_prescription(made, samples.release(), 8)
    assert str(made.parent.extension).encode() in content
    assert str(made.parent.extension).encode() in structured


@pytest.mark.parametrize(("person", "key"), [("rich", "metoprolol"), ("prescriptions", "kit")])
def test_a_country_of_wave_9_gets_wave_8s_document_with_its_own_codes(person, key):
    """The official rules of wave 9 are not public: the document is held against wave 8's."""
    content, report = draft_prescription(document(person, key), samples.release().for_wave(9), 9, REQUIRED)
    refuse_unfit(report)
    assert errors(content) == []


def test_form_without_a_european_code_is_refused_and_one_with_it_is_not():
    content, report = draft_prescription(document("prescriptions", "form-not-stated"), samples.release(), 8, REQUIRED)
    assert content
    with pytest.raises(RequiredMappingMissing):
        refuse_unfit(report)
    refuse_unfit(draft_prescription(document("prescriptions", "daily"), samples.release(), 8, REQUIRED)[1])


def test_what_cannot_be_printed_is_refused():
    made = document("prescriptions", "daily")
    content, report = draft_prescription(replace(made, item=replace(made.item, packages=None)), samples.release(), 8)
    assert content == b""
    with pytest.raises(DocumentInvalid):
        refuse_unfit(report)


def test_what_the_gate_does_not_let_through_is_not_kept():
    """The birth is not that of the number (own-header-4): nothing but the gate sees it."""
    known, item = samples.sample_of("prescriptions")[0], joined_prescriptions("prescriptions")["daily"][0].item
    asked, new_id = treatment(), partial(uuid5, samples.NAMESPACE, "gate")
    item = replace(item, prescribed=Moment("2026-01-05"))  # before the treatment of the tests
    other = replace(known, person=replace(known.person, birth=Moment("1931-01-30")))
    assert compose_prescription(asked, known, item, samples.composer(), new_id).document.content
    with pytest.raises(DocumentInvalid):
        compose_prescription(asked, other, item, samples.composer(), new_id)


def test_the_prescriber_is_author_and_answers_for_it():
    made = document("rich", "metoprolol")
    assert made.author == made.legal_authenticator == made.item.prescriber


def test_of_a_protected_person_nothing_tells_the_place():
    protected, item = samples.sample_of("kode-7")[0], joined_prescriptions("rich")["metoprolol"][0].item
    made = prescription_of(NOW, protected, item, samples.composer(), uuid5(samples.NAMESPACE, "kode-7"))
    for draft in (draft_prescription, draft_prescription_original):
        content, report = draft(made, samples.release(), 8)
        refuse_unfit(report)
        assert b"Solheia" not in content
    assert b"Solheia" in draft_prescription(document("rich", "metoprolol"), samples.release(), 8)[0]


def test_what_cannot_be_printed_is_empty_and_looked_at_by_no_gate(monkeypatch):
    def unprintable(*_, **__):
        raise CodeMissing("item.product.packages")

    made = document("rich", "metoprolol")
    assert draft_prescription(made, samples.release(), 8)[0]
    monkeypatch.setattr("gateway.exchange.country_a.compose_prescription.write_prescription", unprintable)
    content, report = draft_prescription(made, samples.release(), 8)
    assert content == b""
    fatal = [(one.path, one.text) for one in report.findings if one.severity is Severity.FATAL]
    assert fatal == [("item.product.packages", "The prescription cannot be written: code missing.")]
