"""The table of coded elements binds each element to the value sets that its thing states for the pivot's member."""

import pytest

from tests.support.documents.in_place import RULES
from tests.support.terminology.packages import MVC
from transformers.cda.statements import allergies, devices, immunisations, parts, problems, procedures
from transformers.cda.types.vocabulary import SUBSTITUTED
from transformers.terminology.transcode import VALUE_SETS

OF_ABSENCE = {MVC + n for n in ("47", "48", "49", "50", "51")}
SUBSTANCES = MVC + "61"
"""Stated by other countries alone: our sources have ATC."""


def claimed(tag: str, template: str, rest: str) -> str:
    return f"//hl7:{tag}[hl7:templateId/@root='{template}']/{rest}"


def part(form: parts.PartForm) -> str:
    return claimed("observation", form.templates[0], "hl7:value")


AUTHOR = "/hl7:ClinicalDocument/hl7:author/hl7:functionCode"
PLACES = {
    "Allergy.kind": claimed("observation", allergies.FORM.templates[0], "hl7:code"),
    "Allergy.criticality": part(parts.CRITICALITY),
    "Allergy.certainty": part(parts.ALLERGY_CERTAINTY),
    "Allergy.status": part(parts.ALLERGY_STATUS),
    "Reaction.manifestation": claimed("observation", parts.REACTION, "hl7:value"),
    "Reaction.severity": part(parts.SEVERITY),
    "Problem.condition": claimed("observation", problems.FORM.templates[0], "hl7:value"),
    "Problem.severity": part(parts.SEVERITY),
    "Problem.certainty": part(parts.PROBLEM_CERTAINTY),
    "Procedure.procedure": claimed("procedure", procedures.FORM.templates[0], "hl7:code"),
    "ImplantedDevice.device": claimed(
        "supply", devices.FORM.templates[0], "hl7:participant/hl7:participantRole/hl7:playingDevice/hl7:code"
    ),
    "MedicationStatement.reason": claimed("observation", parts.REASON[0], "hl7:value"),
    "PrescribedItem.reason": claimed("observation", parts.REASON[0], "hl7:value"),
    "Immunisation.vaccine": claimed(
        "manufacturedProduct", immunisations.PRODUCT[0], "hl7:manufacturedMaterial/hl7:code"
    ),
    "Immunisation.target_diseases": claimed(
        "substanceAdministration", immunisations.FORM.templates[0], "hl7:participant/hl7:participantRole/hl7:code"
    ),
    "MedicinalProduct.atc": ("//pharm:asSpecializedKind[@classCode='GRIC']/pharm:generalizedMaterialKind/pharm:code"),
    "Ingredient.substance": "//pharm:ingredient/pharm:ingredientSubstance/pharm:code",
    "MedicinalProduct.form": "//hl7:manufacturedMaterial/pharm:formCode",
    "PackageLayer.form": "//pharm:containerPackagedProduct/pharm:formCode",
    "Dosage.route": "//hl7:routeCode",
    "PrescribedItem.substitution_code": f"//hl7:observation[hl7:code/@code='{SUBSTITUTED.code}']/hl7:value",
    "Professional.role": AUTHOR,
    "Contact.relationship": "/hl7:ClinicalDocument/hl7:participant/hl7:associatedEntity/hl7:code",
}
NO_ELEMENT = {"Quantity.unit"}
"""Bound by place: each unit's row says which of the two sets it takes."""
STATED = {f"{kind.__name__}.{name}": value_sets for (kind, name), value_sets in VALUE_SETS.items()}


def test_every_member_has_its_element():
    assert set(STATED) == set(PLACES) | NO_ELEMENT


@pytest.mark.parametrize("member", PLACES)
def test_the_table_binds_the_element_to_what_its_thing_states(member: str):
    rows = {rule.value_sets for rules in RULES.values() for rule in rules.rules if rule.path == PLACES[member]}
    assert len(rows) == 1, PLACES[member]
    (bound,) = rows
    assert tuple(each for each in bound if each not in OF_ABSENCE | {SUBSTANCES}) == STATED[member]


def test_an_agent_is_bound_to_both_its_sets():
    agent = "hl7:participant/hl7:participantRole/hl7:playingEntity/hl7:code"
    path = claimed("observation", allergies.FORM.templates[0], agent)
    (bound,) = {rule.value_sets for rules in RULES.values() for rule in rules.rules if rule.path == path}
    assert bound == (*allergies.MEDICINAL_AGENTS, *allergies.OTHER_AGENTS, SUBSTANCES)
