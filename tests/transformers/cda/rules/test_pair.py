"""The structured document and its original: what both headers say, they say alike."""

from dataclasses import replace

import pytest

from tests.support.documents.integrity import add, edited, put, remove, say, sound_original, sound_summary
from tests.support.pivots.rich_prescriptions import item, prescription
from tests.support.pivots.summaries import professional
from transformers.cda.documents.level_one import original_of, read_level_one, write_level_one
from transformers.cda.documents.prescription import write_prescription
from transformers.cda.rules.pair import check_pair
from transformers.model.values import Moment

PS, L1 = sound_summary(), sound_original()

DIFFERENCES = {
    "another kind of document": ("/*/h:code", put(code="57833-6")),
    "another patient": ("//h:recordTarget//h:id", put(extension="1")),
    "another birth": ("//h:birthTime", put(value="1962")),
    "another time": ("/*/h:effectiveTime", put(value="20260504093016+0000")),
    "another language": ("/*/h:languageCode", put(code="nn-NO")),
    "another confidentiality": ("/*/h:confidentialityCode", put(code="R", displayName="restricted")),
    "another author": ("/*/h:author//h:softwareName", say("Another")),
    "no custodian": ("/*/h:custodian", remove),
    "another authenticator": ("/*/h:legalAuthenticator//h:family", say("Annen")),
    "another parent": ("//h:parentDocument/h:id", put(extension="X")),
    "one author more": ("/*", add("<author><time nullFlavor='UNK'/></author>")),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_the_pair_says_the_same_in_both_headers(name):
    found = check_pair(PS, edited(L1, *DIFFERENCES[name])).findings
    assert {f.rule for f in found} == {"own-pair-1"}
    assert len(found) == 1


def test_a_sound_pair_has_no_finding_though_id_and_template_differ():
    assert check_pair(PS, L1).findings == []
    other = edited(edited(L1, "/*/h:id", put(extension="ANOTHER")), "/*/h:title", say("Original"))
    assert check_pair(PS, other).findings == []


def prescribed(**changes):
    """A prescription at both levels."""
    pivot = prescription(item(**changes), author=prescriber(), legal_authenticator=prescriber())
    original = write_level_one(original_of(pivot, b"%PDF-1.4")).content
    return write_prescription(pivot).content, original


def prescriber():
    """A prescriber whose clinic is not told, as a protected patient's is not."""
    return replace(professional(), organisation=None)


@pytest.mark.parametrize("when", [None, Moment("2026"), Moment("2026-05-04"), Moment("2026-05-04T09:00:00+02:00")])
def test_a_prescription_and_its_original_name_one_prescriber_and_one_day(when):
    structured, original = prescribed(prescribed=when)
    assert check_pair(structured, original).findings == []
    moved = edited(original, "/*/h:author/h:time", put(value="20260505"))
    assert [f.rule for f in check_pair(structured, moved).findings] == ["own-pair-1"]
    assert read_level_one(original).document.authored == (when if when != Moment("2026") else None)
