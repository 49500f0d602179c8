"""Allergies of foreign documents: what a document denies, at whatever level it does, is no allergy and no reaction."""

import pytest

from tests.support.documents.foreign import SNOMED, codes, read, section
from transformers.model.summary import NotReadable, Present, Standing

DENIED = 'negationInd="true"'


def latex(*, concern: str = "", allergy: str = "", reaction: str = "") -> str:
    """An allergy to latex with urticaria; each argument is further attributes of one level."""
    return (
        f'<act classCode="ACT" moodCode="EVN" {concern}><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/>'
        '<statusCode code="active"/><entryRelationship typeCode="SUBJ">'
        f'<observation classCode="OBS" moodCode="EVN" {allergy}>'
        f'<code code="419199007" {SNOMED} displayName="Allergy"/><participant typeCode="CSM"><participantRole>'
        f'<playingEntity><code code="111088007" {SNOMED} displayName="Latex"/></playingEntity></participantRole>'
        '</participant><entryRelationship typeCode="MFST" inversionInd="true">'
        f'<observation classCode="OBS" moodCode="EVN" {reaction}><statusCode code="completed"/>'
        f'<value xsi:type="CD" code="126485001" {SNOMED} displayName="Urticaria"/></observation>'
        "</entryRelationship></observation></entryRelationship></act>"
    )


def allergies(**attributes: str):
    result = read(section("allergies", latex(**attributes)))
    return result.summary.content.allergies, codes(result)


@pytest.mark.parametrize("level", ["concern", "allergy"])
def test_an_allergy_that_is_denied_is_none_and_is_reported(level: str):
    stated, _ = allergies()
    assert isinstance(stated, Present)
    assert [one.agent.target.display for one in stated.entries] == ["Latex"]
    denied, findings = allergies(**{level: DENIED})
    assert isinstance(denied, NotReadable)
    assert [(kept.why, kept.words) for kept in denied.unread] == [(Standing.DENIED, "Allergy; Latex; Urticaria")]
    assert "statement-not-affirmed" in findings


def test_a_reaction_that_is_denied_is_none_and_the_allergy_stays():
    stated, _ = allergies()
    assert [r.manifestation.target.display for r in stated.entries[0].reactions] == ["Urticaria"]
    denied, findings = allergies(reaction=DENIED)
    assert [(one.agent.target.display, one.reactions) for one in denied.entries] == [("Latex", ())]
    assert "statement-not-affirmed" in findings
