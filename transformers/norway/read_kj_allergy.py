"""KjAllergyIntolerance (FHIR R4) to an allergy: drug reactions and other allergies that matter in an emergency.

Status: refuted (inactive and refuted) and deleted (entered-in-error) are not exported and named in the report.
"Presumed" (Norwegian: sannsynlig), an extension on an unconfirmed allergy, has no code abroad and stays as text.
"""

from dataclasses import replace

from transformers.model.finding import Severity
from transformers.model.summary import Allergy, Reaction
from transformers.model.values import Coded, Coding
from transformers.norway.code_systems import CodeSystems
from transformers.norway.errors import Malformed
from transformers.norway.fhir_fields import (
    Context,
    check_subject,
    concept,
    extension,
    may_leave,
    moment_of,
    notes,
    provenance,
    status_code,
)
from transformers.norway.json_fields import Member, member, objects, required_words, words
from transformers.norway.moments import read_fhir
from transformers.norway.sensitive import keys_of

CATEGORY = "2.16.840.1.113883.4.642.4.134"
TYPE = "2.16.840.1.113883.4.642.4.132"
CRITICALITY = "2.16.840.1.113883.4.642.4.130"
SEVERITY = "2.16.840.1.113883.4.642.4.136"

_STATUSES = ("confirmed", "unconfirmed", "refuted", "entered-in-error")
_CRITICALITIES = ("low", "high", "unable-to-assess")
MEDICATION = "medication"
_CATEGORIES = ("food", MEDICATION, "environment", "biologic")
_PRESUMED = "Sannsynlig"
_CERTAINTY_WORDS = {"confirmed": "Bekreftet", "unconfirmed": "Mistenkt"}
"""Volven 7521, as the record is shown in Norway."""
_CRITICALITY_WORDS = {"high": "Alvorlig", "low": "Mindre alvorlig"}
"""Volven 7520."""
_KINDS = {"allergy": "Allergi", "intolerance": "Intoleranse"}


def read_allergy(resource: Member, context: Context, path: str) -> Allergy | None:
    """One allergy, or None when it is not exported (the report says why); raises ``Malformed``, ``WrongPatient``."""
    check_subject(resource, "patient", context)
    verification = status_code(resource, "verificationStatus")
    if verification not in _STATUSES:
        raise Malformed("verificationStatus")
    agent = concept(member(resource, "code"), context, f"{path}.agent")
    if verification in ("entered-in-error", "refuted"):
        why = "deleted in the source" if verification == "entered-in-error" else "refuted, so no allergy"
        context.note(Severity.INFO, verification, path, why, agent.text if agent else None)
        if verification == "refuted" and agent is not None:
            context.refuted.append(agent)
        return None
    if agent is None:
        raise Malformed("code")
    categories = _categories(resource)
    if not may_leave(keys_of(agent), context, path):
        return None
    inactive = extension(member(resource, "code") or {}, "inactiveIngredient")
    return Allergy(
        id=required_words(resource, "id"),
        agent=agent,
        agent_is_medicine=MEDICATION in categories,
        kind=kind_of(categories, context.systems, words(resource, "type")),
        reactions=_reactions(resource, context, path),
        criticality=_criticality(resource, context),
        certainty=_certainty(resource, context, path),
        status=concept(member(resource, "clinicalStatus"), context, f"{path}.status"),
        onset=moment_of(resource, "onset", context, path),
        provenance=provenance(resource, "recorder", context, path),
        note=notes(
            resource,
            context,
            path,
            "Hjelpestoffreaksjon" if inactive and inactive.get("valueBoolean") is True else None,
        ),
    )


def _categories(resource: Member) -> tuple[str, ...]:
    value = resource.get("category") or []
    if not isinstance(value, list) or any(category not in _CATEGORIES for category in value):
        raise Malformed("category")
    return tuple(value)


def kind_of(categories: tuple[str, ...], systems: CodeSystems, stated: str | None = None) -> Coded:
    """What sort of hypersensitivity: the type when stated, else the category, in the source's own words."""
    shown = "Legemiddelreaksjon" if MEDICATION in categories else "Annen allergi"
    codings = [systems.coding(category, CATEGORY, category.capitalize()) for category in categories]
    if stated is not None:
        if stated not in _KINDS:
            raise Malformed("type")
        shown = _KINDS[stated]
        codings.insert(0, systems.coding(stated, TYPE, stated.capitalize()))
    return Coded(text=shown, original=codings[0] if codings else None, others=tuple(codings[1:]))


def _criticality(resource: Member, context: Context) -> Coded | None:
    code = words(resource, "criticality")
    if code is None:
        return None
    if code not in _CRITICALITIES:
        raise Malformed("criticality")
    return Coded(text=_CRITICALITY_WORDS.get(code), original=context.systems.coding(code, CRITICALITY, code))


def _certainty(resource: Member, context: Context, path: str) -> Coded | None:
    status = member(resource, "verificationStatus")
    made = concept(status, context, f"{path}.certainty")
    presumed = extension(status or {}, "presumed")
    if made is None:
        return None
    if presumed is not None and presumed.get("valueBoolean") is True:
        return replace(made, text=_PRESUMED)
    return replace(made, text=_CERTAINTY_WORDS.get(made.original.code if made.original else "", made.text))


def _reactions(resource: Member, context: Context, path: str) -> tuple[Reaction, ...]:
    """One reaction for each manifestation."""
    found = []
    for index, reaction in enumerate(objects(resource, "reaction")):
        where = f"{path}.reactions[{index}]"
        onset = None if reaction.get("onset") is None else read_fhir(reaction["onset"], "onset")
        severity = words(reaction, "severity")
        for manifestation in objects(reaction, "manifestation"):
            seen = concept(manifestation, context, where)
            if seen is None:
                raise Malformed("manifestation")
            found.append(Reaction(manifestation=seen, severity=_severity(severity, context), onset=onset))
    return tuple(found)


def _severity(code: str | None, context: Context) -> Coded | None:
    if code is None:
        return None
    coding: Coding = context.systems.coding(code, SEVERITY, code.capitalize())
    return Coded(original=coding)
