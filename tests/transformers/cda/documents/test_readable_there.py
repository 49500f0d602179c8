"""What other countries' clinicians and pharmacists see of our documents: each statement, in words they can read.

`PeersPage` shows a document as the page of other countries does. On it every statement of the pivot is looked for,
of every sample person and prescription, and no rule of ours for what is readable there has anything to say.
"""

import re
from collections.abc import Iterator
from functools import cache

import pytest

from tests.support.documents.elements import NS, SECTION_CODES
from tests.support.documents.peers_page import PageStops, PeersPage
from tests.support.machine.require import artefacts
from tests.support.persons import samples
from tests.support.persons.prescriptions import joined_prescriptions
from tests.support.persons.samples import persons, release
from tests.support.pivots.rich_prescriptions import item, prescription, product
from tests.support.pivots.summaries import mapped, problem, rich_content, summary
from transformers.cda.documents.patient_summary import read_patient_summary, write_patient_summary
from transformers.cda.documents.prescription import write_prescription
from transformers.cda.errors import CdaError
from transformers.cda.rules.check import check_integrity
from transformers.model.finding import Severity
from transformers.model.prescription import Prescription
from transformers.model.standing import Standing
from transformers.model.summary import (
    Allergy,
    Dosage,
    Immunisation,
    ImplantedDevice,
    KeptInWords,
    KnownAbsent,
    MedicationStatement,
    MedicinalProduct,
    NotReadable,
    PatientSummary,
    Present,
    Problem,
    Procedure,
)
from transformers.model.values import Coded, Coding, Period
from transformers.terminology.transcode import transcode_prescription, transcode_summary
from transformers.validation import check
from trust.xml import parse

SUMMARIES = sorted(persons())
PRESCRIPTIONS = [(person, key) for person in SUMMARIES for key in sorted(joined_prescriptions(person))]
CODED = ("pharm:formCode", "h:routeCode", "pharm:ingredientSubstance/pharm:code")
WORDS_ONLY = ("words-only", "2.16.578.1.12.4.5.10.1.3")


@cache
def summary_of(person: str) -> tuple[PatientSummary, bytes]:
    pivot = transcode_summary(samples.summary(person), release())[0]
    return pivot, write_patient_summary(pivot).content


@cache
def prescription_of(person: str, key: str) -> tuple[Prescription, bytes] | None:
    """None for one that cannot be stated, or is compounded: it does not leave."""
    one = joined_prescriptions(person)[key][0].item
    pivot = transcode_prescription(prescription(one, author=one.prescriber or prescription().author), release())[0]
    try:
        return pivot, write_prescription(pivot).content
    except CdaError:
        return None


def written() -> Iterator[tuple[str, bytes]]:
    """Every document of the samples that leaves."""
    yield from ((person, summary_of(person)[1]) for person in SUMMARIES)
    for person, key in PRESCRIPTIONS:
        made = prescription_of(person, key)
        if made is not None:
            yield f"{person} {key}", made[1]


def page(content: bytes) -> str:
    return " ".join("\n".join(PeersPage(content).lines()).split())


def shown(concept: Coded, on: str) -> bool:
    """By the European display, else in the source's words or its code's."""
    target = concept.target if concept.target is not None and concept.target.display else None
    said = [target.display] if target is not None else [concept.text, *(c.display for c in (concept.original,) if c)]
    return any(" ".join(words.split()) in on for words in said if words)


def statements(pivot: PatientSummary) -> Iterator[tuple[str, Coded]]:
    """Each coded member that states something, with its path."""
    content = pivot.content
    for name in SECTION_CODES:
        state = getattr(content, name)
        for n, one in enumerate(state.entries if isinstance(state, Present) else ()):
            yield from ((f"{name}[{n}].{path}", concept) for path, concept in members(one))


def members(one: object) -> Iterator[tuple[str, Coded]]:
    match one:
        case Allergy():
            yield "agent", one.agent
            yield from ((f"reactions[{n}]", r.manifestation) for n, r in enumerate(one.reactions))
        case Problem():
            yield "condition", one.condition
        case Procedure():
            yield "procedure", one.procedure
        case ImplantedDevice():
            yield "device", one.device
        case Immunisation():
            yield "vaccine", one.vaccine
        case MedicationStatement():
            yield from medicine(one.product, one.dosage)
            yield from (("reason", c) for c in (one.reason,) if c is not None)


def medicine(what: MedicinalProduct, dosage: Dosage) -> Iterator[tuple[str, Coded]]:
    found = (("atc", what.atc), ("form", what.form), ("route", dosage.route))
    yield from ((name, concept) for name, concept in found if concept is not None)
    whole = all(i.numerator is not None and i.denominator is not None for i in what.ingredients)
    yield from (("ingredient", i.substance) for i in what.ingredients if whole)


@pytest.mark.parametrize("person", SUMMARIES)
def test_every_statement_of_a_summary_is_on_the_page(person):
    pivot, content = summary_of(person)
    on = page(content)
    assert [path for path, concept in statements(pivot) if not shown(concept, on)] == []
    medications = pivot.content.medications
    dosages = [one.dosage.text for one in medications.entries] if isinstance(medications, Present) else []
    assert [text for text in dosages if text and " ".join(text.split()) not in on] == []
    assert "()" not in on


@pytest.mark.parametrize(("person", "key"), PRESCRIPTIONS)
def test_every_statement_of_a_prescription_is_on_the_page(person, key):
    made = prescription_of(person, key)
    if made is None:
        return
    pivot, content = made
    on, one = page(content), pivot.item
    said = [*medicine(one.product, one.dosage), *(("reason", c) for c in (one.reason,) if c is not None)]
    assert [path for path, concept in said if not shown(concept, on)] == []
    for text in (one.dosage.text, one.to_patient):
        assert text is None or " ".join(text.split()) in on
    assert "()" not in on


def test_the_samples_state_what_is_looked_for():
    paths = {re.sub(r"\[\d+\]", "", path) for person in SUMMARIES for path, _ in statements(summary_of(person)[0])}
    assert paths >= {
        "allergies.agent",
        "problems.condition",
        "devices.device",
        "medications.atc",
        "immunisations.vaccine",
    }
    made = [m for person, key in PRESCRIPTIONS if (m := prescription_of(person, key)) is not None]
    assert len(made) > 30
    assert sum(len(pivot.item.product.ingredients) > 1 for pivot, _ in made) >= 3


def test_no_rule_for_what_is_readable_there_has_a_finding_in_anything_we_write():
    broken = {
        name: {f.rule for f in check_integrity(content).findings if (f.rule or "").startswith("own-readable-")}
        for name, content in written()
    }
    assert {name: rules for name, rules in broken.items() if rules} == {}


def test_no_code_of_a_medicine_has_words_that_hide_its_display():
    for name, content in written():
        root = parse(content)
        coded = [e for path in CODED for e in root.xpath(f"//{path}[@code]", namespaces=NS)]
        assert [e.tag for e in coded if e.find("h:originalText", NS) is not None] == [], name


def test_the_words_beside_every_other_code_are_still_there():
    for name, content in written():
        values = parse(content).xpath("//h:entry//h:value[@code] | //h:playingEntity/h:code[@code]", namespaces=NS)
        absent = "2.16.840.1.113883.5.1150.1"
        mine = [v for v in values if v.get("codeSystem") not in {absent, "2.16.840.1.113883.5.1070"}]
        assert [v.get("code") for v in mine if v.find("h:originalText", NS) is None] == [], name


def test_every_other_has_its_words_twice_and_the_translation_a_code_and_a_system():
    seen = 0
    for name, content in written():
        for other in parse(content).xpath("//*[@nullFlavor='OTH']", namespaces=NS):
            named = other.getparent().find("pharm:name", NS)
            assert other.find("h:originalText", NS) is not None or named is not None, name
            translation = other.find("h:translation", NS)
            assert all(translation.get(a) for a in ("code", "codeSystem", "displayName")), name
            seen += 1
    assert seen > 20


@pytest.mark.parametrize("words", ["Vondt i kneet", 'To\nlinjer <&> "her"'])
def test_a_problem_in_words_alone_is_shown_and_valid(words):
    content = write_patient_summary(summary(rich_content(problems=Present((problem(condition=Coded(words)),))))).content
    assert " ".join(words.split()) in page(content)
    found = check(content, artefacts()).report.findings
    assert [f.text for f in found if f.severity in {Severity.ERROR, Severity.FATAL}] == []
    assert read_patient_summary(content).summary.content.problems.entries[0].condition == Coded(words)


def test_what_could_not_be_read_is_shown_in_the_senders_words():
    state = NotReadable((KeptInWords(Standing.OTHER_FORM, "Alergia a algo"),), "Hospital Um")
    content = write_patient_summary(summary(rich_content(allergies=state))).content
    assert "Alergia a algo" in page(content)
    back = read_patient_summary(content).summary.content.allergies
    assert isinstance(back, NotReadable)
    assert "Alergia a algo" in (back.unread[0].words or "")


def test_an_absence_is_shown():
    absent = KnownAbsent("no-known-allergies", rich_content().allergies.entries[0].provenance)
    assert "No known allergies" in page(write_patient_summary(summary(rich_content(allergies=absent))).content)


def test_words_beside_a_code_that_no_coding_says_come_back():
    form = Coded("Depottablett", Coding("53", "2.16.578.1.12.4.1.1.7448", "Tablett"), (), mapped(
        "10226000", "0.4.0.127.0.16.1.1.2.1", "Prolonged-release tablet").target)  # fmt: skip
    content = write_prescription(prescription(item(product=product(form=form)))).content
    [code] = parse(content).xpath("//h:manufacturedMaterial/pharm:formCode", namespaces=NS)
    [national] = code.findall("h:translation", NS)
    assert (national.get("code"), national.get("displayName")) == ("53", "Tablett")
    [words] = national.findall("h:translation", NS)
    assert (words.get("code"), words.get("codeSystem"), words.get("displayName")) == (*WORDS_ONLY, "Depottablett")
    assert "Dose form: Prolonged-release tablet" in page(content)


def test_the_page_of_the_tests_stops_where_the_peers_does():
    content = write_prescription(prescription()).content
    root = parse(content)
    [ingredient] = root.xpath("//pharm:ingredient", namespaces=NS)
    code = ingredient.find("pharm:ingredientSubstance/pharm:code", NS)
    said = parse(b'<x xmlns="urn:hl7-org:v3"><originalText><reference value="#rx1"/></originalText></x>')[0]
    code.insert(0, said)
    from lxml import etree

    assert PeersPage(etree.tostring(root)).lines()
    ingredient.addnext(parse(etree.tostring(ingredient, with_tail=False)))
    with pytest.raises(PageStops):
        PeersPage(etree.tostring(root)).lines()


@pytest.mark.parametrize(("treatment", "expected"), [(Period(), "Frequency: unknown"), (None, "Every")])
def test_an_unknown_frequency_is_unknown_where_that_is_valid(treatment, expected):
    known = item().treatment if treatment is None else treatment
    one = item(treatment=known, dosage=Dosage("Etter skjema", why_text_only="no-structure"))
    content = write_prescription(prescription(one)).content
    assert expected in PeersPage(content).lines()
    found = check(content, artefacts()).report.findings
    assert [f.text for f in found if f.severity in {Severity.ERROR, Severity.FATAL}] == []
    assert "Etter skjema" in page(content)


def test_every_text_that_is_referred_to_ends_in_a_sentence_mark_or_a_line_end():
    for name, content in written():
        root = parse(content)
        anchors = {e.get("ID"): "".join(e.itertext()) for e in root.iter("*") if e.get("ID")}
        texts = [anchors[r.get("value")[1:]] for r in root.xpath("//h:text/h:reference", namespaces=NS)]
        assert [text for text in texts if not re.search(r"[.!?:;…]\s*$|\n$", text)] == [], name


def test_remaining_repeats_begin_anew_after_the_dosage():
    told = page(write_prescription(prescription(item(repeats=3, dosage=Dosage("1 tablett morgen")))).content)
    assert re.search(r"1 tablett morgen\. .*Gjenstående utleveringer etter denne: 3", told)
