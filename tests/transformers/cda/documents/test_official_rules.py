"""Every summary is valid: CDA_Pharma.xsd, the wave-8 PatientSummary Schematron, our own rules; and nothing is lost.

200 pivots by hypothesis, the same ones every time. Warnings of the official rules are let pass only when `EXPLAINED`
says why the document is right all the same.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from itertools import product

import pytest
from hypothesis import given

from tests.support.documents.elements import SECTION_CODES, Document, text
from tests.support.machine.generated import pivots
from tests.support.machine.require import artefacts
from tests.support.pivots.summaries import (
    UCUM,
    empty_content,
    medication,
    organisation,
    person,
    provenance,
    rich_content,
    summary,
)
from tests.support.pivots.summary_strategies import SUMMARIES
from transformers.cda.documents.patient_summary import read_patient_summary, write_patient_summary
from transformers.cda.rules.check import check_integrity
from transformers.model.finding import Finding, Severity
from transformers.model.people import Contact, Name, Organisation, Professional
from transformers.model.standing import Standing
from transformers.model.summary import (
    KeptInWords,
    KnownAbsent,
    NoInformation,
    NotReadable,
    PatientSummary,
    Present,
    SourceUnavailable,
)
from transformers.model.values import Coded, Moment, Period, Provenance
from transformers.validation import check

EXPLAINED = {
    "dtr1-4-EN": "a name that begins with a quotation mark is printed as its source wrote it",
    "dtr1-5-IVL_TS.EPSOS.TZ.OPT": "the source knows the beginning of a contact's period to the year or month only",
    "dtr1-11-IVL_TS.EPSOS.TZ.OPT": "the source knows the end of a contact's period to the year or month only",
    "dtr1-2-TS.EPSOS.TZ": "the source knows the day a medicine was recorded, not the second",
}
"""Warnings by the beginning of their text, each with its reason; each occurs in a test below."""


def remarks(content: bytes) -> list[Finding]:
    """What the official rules and our own say, without notes on the machine and explained warnings."""
    checked = check(content, artefacts())
    assert checked.layers_run == ("xsd", "schematron", "own")
    return [f for f in checked.report.findings if f.severity is not Severity.INFO and not _explained(f)]


def _explained(finding: Finding) -> bool:
    return finding.severity is Severity.WARNING and finding.text.partition(":")[0] in EXPLAINED


def contact(period: Period) -> PatientSummary:
    return summary(patient=replace(person(), contacts=(Contact("NOK", Name(("Per",), "Sørbø"), period=period),)))


@pytest.mark.parametrize(
    ("label", "pivot"),
    [
        ("dtr1-4-EN", summary(custodian=organisation('"Sitatet" helsestasjon'))),
        ("dtr1-5-IVL_TS.EPSOS.TZ.OPT", contact(Period(Moment("2020")))),
        ("dtr1-11-IVL_TS.EPSOS.TZ.OPT", contact(Period(Moment("2020-01-01"), Moment("2021-05")))),
        (
            "dtr1-2-TS.EPSOS.TZ",
            summary(
                rich_content(
                    medications=Present((medication(provenance=Provenance("RF", None, Moment("2025-01-02"))),))
                )
            ),
        ),
    ],
)
def test_explained_warning_is_all_that_such_a_pivot_gives(label, pivot):
    findings = check(write_patient_summary(pivot).content, artefacts()).report.findings
    assert {f.text.partition(":")[0] for f in findings if f.severity is not Severity.INFO} == {label}
    assert label in EXPLAINED


def test_rich_summary_is_valid_without_a_warning():
    assert remarks(write_patient_summary(summary()).content) == []


@pytest.mark.parametrize("language", ["nb-NO", "nn-NO", "se-NO"])
def test_summary_without_any_information_is_valid_without_a_warning(language):
    assert remarks(write_patient_summary(summary(empty_content(), language=language)).content) == []


NAMES = ("allergies", "medications", "problems", "procedures", "devices", "past_illness", "immunisations")
ABSENCES = (
    "no-known-allergies",
    "no-known-medications",
    "no-known-problems",
    "no-known-procedures",
    "no-known-devices",
)


KEPT = KeptInWords(Standing.DENIED, "Ord < av & avsenderen")
OBSERVED = ("vital_signs", "results", "social_history", "pregnancies", "functional_status")


@pytest.mark.parametrize("name", [*NAMES, *OBSERVED])
def test_every_section_that_cannot_be_read_is_valid_and_says_so(name):
    whole = getattr(rich_content(), name)
    states = [NotReadable((KEPT, KEPT))]
    states += [replace(whole, unread=(KEPT,))] if isinstance(whole, Present) else []
    for state, base in product(states, (rich_content(), empty_content())):
        content = write_patient_summary(summary(replace(base, **{name: state}))).content
        assert remarks(content) == []
        assert b"Ord &lt; av &amp; avsenderen" in content
        again = getattr(read_patient_summary(content).summary.content, name)
        assert type(again) is type(state)
        assert len(again.unread) == 1
        assert "Ord < av & avsenderen" in again.unread[0].words
        assert [f.code for f in read_patient_summary(content).report.findings][:1] == ["situation-unread"]


@pytest.mark.parametrize("scope", [None, "No known latex allergy"])
def test_an_absence_with_what_stands_beside_it_is_valid(scope):
    kind = "no-known-allergies" if scope is None else "no-known-of-scope"
    absent = KnownAbsent(kind, provenance(), scope, (KEPT,))
    content = write_patient_summary(summary(replace(rich_content(), allergies=absent))).content
    assert remarks(content) == []
    assert (scope or "Ingen kjente allergier").encode() in content
    assert b"Ord &lt; av &amp; avsenderen" in content


@pytest.mark.parametrize("state", ["present", "absent", "none", "unavailable"])
def test_every_section_is_valid_in_every_state(state):
    for name, absence in zip(NAMES, (*ABSENCES, "no-known-problems", "no-known-problems"), strict=True):
        states = {
            "present": getattr(rich_content(), name),
            "absent": KnownAbsent(absence, provenance()),
            "none": NoInformation("Kjernejournal"),
            "unavailable": SourceUnavailable("Kjernejournal"),
        }
        for base in (rich_content(), empty_content()):
            content = replace(base, **{name: states[state]})
            assert remarks(write_patient_summary(summary(content)).content) == [], name


def test_every_combination_of_empty_required_sections_is_valid():
    for chosen in product((True, False), repeat=2):
        states = {
            name: KnownAbsent(absence, provenance()) if chosen[n % 2] else NoInformation()
            for n, (name, absence) in enumerate(zip(NAMES, ABSENCES, strict=False))
        }
        assert remarks(write_patient_summary(summary(replace(empty_content(), **states))).content) == []


def test_a_document_with_an_error_is_found_here():
    content = write_patient_summary(summary()).content
    assert remarks(content.replace(b' displayName="Patient summary Document"', b"")) != []


@pivots(200)
@given(SUMMARIES)
def test_any_pivot_is_valid(pivot):
    assert remarks(write_patient_summary(pivot).content) == []


@pivots(100)
@given(SUMMARIES)
def test_any_pivot_loses_nothing_and_passes_our_own_rules(pivot):
    document = Document(pivot)
    assert check_integrity(document.content).findings == []
    assert write_patient_summary(pivot).content == document.content
    assert lost(pivot, document) == []


UNITS_OF_TIME = {(UCUM, code) for code in ("s", "min", "h", "d", "wk", "mo", "a")}
SAID = frozenset(
    {"text", "note", "form_text", "strength_text", "name", "product_name", "lot", "prescription_id"}
    | {"source", "source_id", "recorded_by", "iso", "display", "code"}
)
"""Members that hold words of a source; the others are our own or the structure's."""


def lost(pivot: PatientSummary, document: Document) -> list[str]:
    """Words of the sources that the narrative does not say."""
    said = dict.fromkeys(SECTION_CODES, "")
    for section in document.all("//*[local-name()='section']"):
        code = section.xpath("string(*[local-name()='code']/@code)")
        [name] = [n for n, c in SECTION_CODES.items() if c == code]
        said[name] = text(section.find("{urn:hl7-org:v3}text"))
    return [
        words
        for name in SECTION_CODES
        if isinstance(state := getattr(pivot.content, name), Present)
        for words in _words(state.entries)
        if words not in said[name]
    ]


def _words(value: object) -> Iterator[str]:
    if isinstance(value, tuple):
        for item in value:
            yield from _words(item)
    elif isinstance(value, Moment):
        yield value.iso.replace("T", " ")
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            member = getattr(value, field.name)
            if field.name == "display" and (getattr(value, "system", ""), getattr(value, "code", "")) in UNITS_OF_TIME:
                continue  # a unit of time is spoken in the language of the document
            if field.name == "target" or (isinstance(value, Professional | Organisation) and field.name != "name"):
                continue
            if isinstance(member, str):
                if field.name in SAID and member.strip():
                    yield " ".join(member.split())
            else:
                yield from _words(member)


def test_lost_words_are_found_here():
    document = Document(summary())
    other = rich_content(problems=Present((replace(rich_content().problems.entries[0], condition=Coded("Borte")),)))
    assert lost(summary(), document) == []
    assert lost(summary(other), document) == ["Borte"]
