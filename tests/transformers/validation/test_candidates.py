"""Where the rules of a pattern are tried: by key for what the generator writes, else by a walk, else everywhere."""

import pytest

from transformers.validation.schematron.candidates import TEMPLATES, candidates

CLAIM = "hl7:templateId[@root = '1.2']"


@pytest.mark.parametrize("claims", [CLAIM, f"{CLAIM} and hl7:templateId[@root='1.3']"])
def test_the_parent_of_a_templated_element_is_looked_up_by_key(claims):
    context = f"*[hl7:act[{claims}]]/hl7:act[{CLAIM}]/hl7:id"
    expected = f"(key('{TEMPLATES}', '1.2')/parent::hl7:act/parent::*)/descendant-or-self::*"
    assert candidates([context], narrow=True) == expected


@pytest.mark.parametrize(
    "step",
    ["hl7:act", f"hl7:act[{CLAIM}]", f"*[hl7:act[{CLAIM} or hl7:id]]", f"*[hl7:act[not({CLAIM})]]", f"*[{CLAIM}]"],
)
def test_any_other_first_step_is_looked_for(step):
    assert candidates([f"{step}/hl7:id"], narrow=True) == f"(//{step})/descendant-or-self::*"


def test_a_context_from_the_root_makes_every_node_a_candidate():
    assert candidates([f"/hl7:ClinicalDocument[{CLAIM}]"], narrow=True) == "/ | //*"
    assert candidates([f"*[hl7:act[{CLAIM}]]"], narrow=False) == "/ | //*"
