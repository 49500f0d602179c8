"""A document is composed for the wave of who asks: the same statement, with the codes that wave's rules know."""

from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from gateway.exchange.country_a.compose import write_document
from tests.support.machine.require import artefacts
from tests.support.persons.samples import release, summary
from transformers.model.finding import Finding, Severity
from transformers.model.summary import PatientSummary, Present
from transformers.validation.check import check

ALLERGENS = "2.16.578.1.12.4.1.1.7514"
MILK, SCT = "70813002", "2.16.840.1.113883.6.96"
NEW_IN_9 = {"1": ("Melk", MILK), "6": ("Erter", "260184002"), "9": ("Bukkhornskløver", "227398002"),
            "12": ("Valmuefrø", "227409002")}  # fmt: skip


def allergic_to(code: str, word: str) -> PatientSummary:
    """A sample child whose one allergy is to something else."""
    whole = summary("ordinary-child")
    assert isinstance(whole.content.allergies, Present)
    first = whole.content.allergies.entries[0]
    assert first.agent.original is not None
    agent = replace(first.agent, text=word, others=(), original=replace(first.agent.original, code=code, display=word))
    allergies = Present((replace(first, agent=agent),))
    return replace(whole, content=replace(whole.content, allergies=allergies))


def written(code: str, word: str, wave: int) -> tuple[bytes, list[Finding]]:
    content, report = write_document(allergic_to(code, word), release().for_wave(wave), wave)
    return content, report.findings


def allergen(document: bytes) -> Any:
    (code,) = etree.fromstring(document).xpath(
        "//h:participant[@typeCode='CSM']//h:playingEntity/h:code", namespaces={"h": "urn:hl7-org:v3"}
    )
    return code


@pytest.mark.parametrize("code", NEW_IN_9)
def test_an_allergen_that_wave_8_does_not_know_stays_text_there_with_its_national_code(code: str):
    word, _ = NEW_IN_9[code]
    document, findings = written(code, word, 8)
    found = allergen(document)
    translation = found.find("{*}translation")
    assert (found.get("code"), found.get("nullFlavor")) == (None, "OTH")
    assert (translation.get("code"), translation.get("codeSystem")) == (code, ALLERGENS)
    assert found.find("{*}originalText") is not None
    (told,) = [f for f in findings if f.code == "unmapped-code" and f.release and "agent" in f.path]
    assert told.severity is Severity.WARNING
    assert "a wave-8 peer would refuse it" in told.text


@pytest.mark.parametrize("code", NEW_IN_9)
def test_a_wave_9_peer_gets_its_code(code: str):
    word, target = NEW_IN_9[code]
    document, findings = written(code, word, 9)
    found = allergen(document)
    assert (found.get("code"), found.get("codeSystem")) == (target, SCT)
    assert found.find("{*}translation").get("code") == code
    assert not [f for f in findings if f.code == "unmapped-code" and "agent" in f.path]


@pytest.mark.parametrize("code", NEW_IN_9)
def test_the_official_wave_8_rules_accept_the_one_and_refuse_the_other(code: str):
    folder = artefacts("schematron").parent
    word, _ = NEW_IN_9[code]

    def grave(wave: int) -> list[str]:
        found = check(written(code, word, wave)[0], folder, wave=8, layers=("xsd", "schematron")).report.findings
        return [f.text for f in found if f.severity in (Severity.ERROR, Severity.FATAL)]

    assert grave(8) == []
    assert grave(9) != []


def test_what_every_wave_knows_is_the_same_in_each():
    documents = [written("2", "Egg", wave)[0] for wave in (8, 9)]
    assert documents[0] == documents[1]
