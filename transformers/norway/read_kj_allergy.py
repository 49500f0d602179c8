"""KjAllergyIntolerance (FHIR R4) to an allergy: drug reactions and other allergies that matter in an emergency.

Status: refuted (inactive and refuted) and deleted (entered-in-error) are not exported and named in the report.
"Presumed" (Norwegian: sannsynlig), an extension on an unconfirmed allergy, has no code abroad and stays as text. A
code that only describes (category, type, criticality, severity) and that no list here has is kept as its word.
"""

from dataclasses import replace

from transformers.model.finding import Severity
from transformers.model.standing import Standing
from transformers.model.summary import Allergy, Reaction
from transformers.model.values import Coded
from transformers.norway.code_systems import CodeSystems
from transformers.norway.errors import Malformed
from transformers.norway.fhir_fields import (
    Context,
    as_far_as_read,
    concept,
    extension,
    may_leave,
    moment_of,
    notes,
    provenance,
    unknown_word,
)
from transformers.norway.fhir_signs import NAMED_ONLY, Read, absence_of, judged, kept
from transformers.norway.json_fields import Member, member, objects, required_words, words
from transformers.norway.sensitive import keys_of

CATEGORY = "2.16.840.1.113883.4.642.4.134"
TYPE = "2.16.840.1.113883.4.642.4.132"
CRITICALITY = "2.16.840.1.113883.4.642.4.130"
SEVERITY = "2.16.840.1.113883.4.642.4.136"

CRITICALITIES = ("low", "high", "unable-to-assess")
SEVERITIES = ("mild", "moderate", "severe")
MEDICATION = "medication"
CATEGORIES = ("food", MEDICATION, "environment", "biologic")
_PRESUMED = "Sannsynlig"
_CERTAINTY_WORDS = {"confirmed": "Bekreftet", "unconfirmed": "Mistenkt"}
"""Volven 7521, as the record is shown in Norway."""
_CRITICALITY_WORDS = {"high": "Alvorlig", "low": "Mindre alvorlig"}
"""Volven 7520."""
KINDS = {"allergy": "Allergi", "intolerance": "Intoleranse"}


def read_allergy(resource: Member, context: Context, path: str) -> Read[Allergy]:
    """One allergy, an absence, or words; None when it is not exported (the report says why). Raises ``Malformed``."""
    stands, why = judged(resource, "AllergyIntolerance", context, path)
    agent = concept(member(resource, "code"), context, f"{path}.agent")
    if why in NAMED_ONLY["AllergyIntolerance"]:
        text = "deleted in the source" if why == "entered-in-error" else "refuted, so no allergy"
        context.note(Severity.INFO, why, path, text, agent.text if agent else None)
        if why == "refuted" and agent is not None:
            context.refuted.append(agent)
        return None
    if stands is not Standing.AFFIRMED:
        return kept(resource, stands, context, path, why)
    absent = absence_of(resource, member(resource, "code"), "allergies", context, path)
    if absent is not None:
        return absent or None
    if agent is None:
        raise Malformed("code")
    categories = _categories(resource, context, path)
    if not may_leave(keys_of(agent), context, path):
        return None
    inactive = extension(member(resource, "code") or {}, "inactiveIngredient")
    return Allergy(
        id=required_words(resource, "id"),
        agent=agent,
        agent_is_medicine=MEDICATION in categories,
        kind=kind_of(categories, context.systems, _type(resource, context, path)),
        reactions=_reactions(resource, context, path),
        criticality=_criticality(resource, context, path),
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


def _categories(resource: Member, context: Context, path: str) -> tuple[str, ...]:
    """Those of R4's list, in the record's order; another one describes nothing that is known and is named."""
    value = resource.get("category") or []
    written = value if isinstance(value, list) else [value]
    for unknown in (one for one in written if one not in CATEGORIES):
        unknown_word(context, f"{path}.category", str(unknown))
    return tuple(one for one in written if one in CATEGORIES)


def _type(resource: Member, context: Context, path: str) -> str | None:
    code = words(resource, "type")
    if code is not None and code not in KINDS:
        unknown_word(context, f"{path}.type", code)
        return None
    return code


def kind_of(categories: tuple[str, ...], systems: CodeSystems, stated: str | None = None) -> Coded:
    """What sort of hypersensitivity: the type when stated, else the category, in the source's own words."""
    shown = "Legemiddelreaksjon" if MEDICATION in categories else "Annen allergi"
    codings = [systems.coding(category, CATEGORY, category.capitalize()) for category in categories]
    if stated is not None:
        shown = KINDS[stated]
        codings.insert(0, systems.coding(stated, TYPE, stated.capitalize()))
    return Coded(text=shown, original=codings[0] if codings else None, others=tuple(codings[1:]))


def _criticality(resource: Member, context: Context, path: str) -> Coded | None:
    code = words(resource, "criticality")
    if code is None:
        return None
    if code not in CRITICALITIES:
        return unknown_word(context, f"{path}.criticality", code)
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
    """One reaction for each manifestation; one that has none that can be read, by its description."""
    found = []
    for index, reaction in enumerate(objects(resource, "reaction")):
        where = f"{path}.reactions[{index}]"
        onset = None if reaction.get("onset") is None else as_far_as_read(reaction["onset"], context, f"{where}.onset")
        severity = _severity(words(reaction, "severity"), context, where)
        seen = [concept(one, context, where) for one in objects(reaction, "manifestation")] or [None]
        described = words(reaction, "description")
        for one in seen:
            shown = one or (Coded(text=described) if described else None)
            if shown is None:
                context.note(Severity.WARNING, "reaction-not-stated", where, "a reaction that is not named: left out")
            else:
                found.append(Reaction(manifestation=shown, severity=severity, onset=onset))
    return tuple(found)


def _severity(code: str | None, context: Context, path: str) -> Coded | None:
    if code is None:
        return None
    if code not in SEVERITIES:
        return unknown_word(context, f"{path}.severity", code)
    return Coded(original=context.systems.coding(code, SEVERITY, code.capitalize()))
