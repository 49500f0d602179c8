"""The structured document and its original: what both headers say, they say alike."""

import pytest

from tests.support.integrity import add, edited, put, remove, say, sound_original, sound_summary
from transformers.cda.integrity_pair import check_pair

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
