"""What changes the meaning of a record of kritisk informasjon: FHIR R4's modifier elements, as data, and absences.

FHIR R4, ElementDefinition.isModifier of each resource that is read: an element of `MODIFIERS` is honoured as its row
says. A modifier extension that nobody here knows may turn a record into its opposite (R4, extensibility): the record
stays in words and affirms nothing. What signs and codes of absence mean is the pivot's: `transformers.model`.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final, TypeAlias, TypeVar

from transformers.model.absence import OF_SCOPE, SITUATIONS, Situation, is_no_information, situation_of
from transformers.model.absence import speaks_of_absence as speaks
from transformers.model.finding import Severity
from transformers.model.section_state import Absence
from transformers.model.standing import Signs, Standing, standing
from transformers.model.summary import KeptInWords, KnownAbsent, NoInformation
from transformers.norway.code_systems import VOLVEN
from transformers.norway.errors import Malformed
from transformers.norway.fhir_fields import SOURCE, Context, codes_of, provenance, status_code
from transformers.norway.json_fields import Member, member, objects, words
from transformers.norway.sensitive import withheld_by

NOT_READ: Final = "ikke lest: endret av en utvidelse som ikke er kjent her"


class Honoured(StrEnum):
    """How a modifier element is honoured."""

    UNREAD = "unread"
    """Its presence alone leaves the record unread, wherever in the record it stands."""
    STATUS = "status"
    """Its code decides, by `STATUSES`."""
    EITHER = "either"
    """Identifier.use: a former number is hers as well. Quantity.comparator: shown with the value it is of."""


_ANYWHERE: Final = {"implicitRules": Honoured.UNREAD, "modifierExtension": Honoured.UNREAD}
MODIFIERS: Final[Mapping[str, Mapping[str, Honoured]]] = {
    "Bundle": _ANYWHERE,
    "AllergyIntolerance": {
        **_ANYWHERE, "clinicalStatus": Honoured.STATUS, "verificationStatus": Honoured.STATUS,
    },
    "Condition": {**_ANYWHERE, "clinicalStatus": Honoured.STATUS, "verificationStatus": Honoured.STATUS},
    "Procedure": {**_ANYWHERE, "status": Honoured.STATUS},
    "DeviceUseStatement": {**_ANYWHERE, "status": Honoured.STATUS},
    "Flag": {**_ANYWHERE, "status": Honoured.STATUS},
    "Device": {**_ANYWHERE, "status": Honoured.STATUS},
    "PractitionerRole": _ANYWHERE,
    "DiagnosticReport": {**_ANYWHERE, "status": Honoured.STATUS},
    "Observation": {**_ANYWHERE, "status": Honoured.STATUS},
    "Identifier": {"use": Honoured.EITHER},
    "Quantity": {"comparator": Honoured.EITHER},
}  # fmt: skip
"""Every element that R4 marks isModifier, of every resource and type read here. A kind of resource that is no row is
kept in words whatever it says, ``doNotPerform`` among them."""

_A, _D, _P, _W, _N = (
    Standing.AFFIRMED,
    Standing.DENIED,
    Standing.PLANNED,
    Standing.WITHDRAWN,
    Standing.NOT_READABLE,
)
_CLINICAL: Final = dict.fromkeys(("active", "recurrence", "relapse", "inactive", "remission", "resolved"), _A)
STATUSES: Final[Mapping[str, Mapping[str, Mapping[str, Standing]]]] = {
    "AllergyIntolerance": {
        "verificationStatus": {"confirmed": _A, "unconfirmed": _A, "refuted": _D, "entered-in-error": _W},
        "clinicalStatus": {"active": _A, "inactive": _A, "resolved": _A},
    },
    "Condition": {
        "verificationStatus": {
            **dict.fromkeys(("confirmed", "unconfirmed", "provisional", "differential"), _A),
            "refuted": _D,
            "entered-in-error": _W,
        },
        "clinicalStatus": _CLINICAL,
    },
    "Procedure": {
        "status": {
            "in-progress": _A, "completed": _A, "preparation": _P, "on-hold": _P, "not-done": _D, "stopped": _W,
            "entered-in-error": _W, "unknown": _N,
        },
    },
    "DeviceUseStatement": {
        "status": {
            "active": _A, "completed": _D, "intended": _P, "on-hold": _P, "stopped": _W, "entered-in-error": _W,
        },
    },
    "Flag": {"status": {"active": _A, "inactive": _D, "entered-in-error": _W}},
    "Device": {"status": {"active": _A, "inactive": _W, "entered-in-error": _W, "unknown": _N}},
}  # fmt: skip
"""R4's required value sets, and NHN's reading of them: ``completed`` and ``inactive`` are its words for refuted. A code
of no row decides nothing that is known, so that its record is not read."""
_REQUIRED: Final = frozenset({("Procedure", "status"), ("DeviceUseStatement", "status"), ("Flag", "status")})
"""1..1 in R4: absent, the record is not read. The others are 0..1: absent, the record stands without them."""
NAMED_ONLY: Final[Mapping[str, frozenset[str]]] = {
    "AllergyIntolerance": frozenset({"refuted", "entered-in-error"}),
    "Condition": frozenset({"refuted", "entered-in-error"}),
    "Procedure": frozenset({"entered-in-error"}),
    "DeviceUseStatement": frozenset({"completed", "entered-in-error"}),
    "Flag": frozenset({"inactive", "entered-in-error"}),
}
"""What the record shows no more in Norway either: refuted and deleted. The report alone names it."""


def modifiers_of(*holders: object) -> tuple[str, ...]:
    """Every modifier extension (its URL) and every implicitRules in these values, at any depth."""
    found: list[str] = []
    waiting: list[object] = list(holders)
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            found += _of(one)
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return tuple(sorted(set(found)))


def _of(holder: Mapping[str, Any]) -> list[str]:
    """The modifiers one object bears itself; a value of no form is no permission."""
    extensions = holder.get("modifierExtension") or []
    found = [_url(one) for one in (extensions if isinstance(extensions, list) else [extensions])]
    if holder.get("implicitRules"):
        found.append(f"implicitRules {holder['implicitRules']}")
    if holder.get("doNotPerform") not in (None, False):
        found.append("doNotPerform")
    return found


def _url(extension: object) -> str:
    return str(extension.get("url") or "modifierExtension") if isinstance(extension, Mapping) else "modifierExtension"


def judged(resource: Member, kind: str, context: Context, path: str) -> tuple[Standing, str]:
    """What a record's status elements make of it, and the code that decided: the gravest in the order of the table.

    Raises ``Malformed`` naming the element that is missing, empty or says several things.
    """
    for element, meanings in STATUSES.get(kind, {}).items():
        code = status_code(resource, element)
        if code is None:
            if (kind, element) in _REQUIRED:
                raise Malformed(element)
            if element == "verificationStatus":
                context.note(Severity.WARNING, "certainty-not-stated", f"{path}.{element}", "how certain is not stated")
            continue
        stands = meanings.get(code)
        if stands is None:
            text = "a code nobody here knows decides: the record is not read"
            context.note(Severity.WARNING, "status-unknown", f"{path}.{element}", text, code)
            return _N, code
        if stands is not _A:
            return stands, code
    return _A, ""


def unread_by_extension(resource: Member, around: tuple[str, ...], context: Context, path: str) -> bool:
    """Whether a modifier nobody knows stands in the record, or in the Bundle or entry ``around`` it."""
    signs = Signs(modifiers=(*around, *modifiers_of(resource)))
    if standing("observation", signs) is not Standing.NOT_READABLE:
        return False
    text = "changed by what nobody here knows (a modifier of FHIR R4): not read, its words kept"
    context.note(Severity.WARNING, "modifier-unknown", path, text, ", ".join(signs.modifiers))
    return True


def kept(resource: Member, why: Standing, context: Context, path: str, said: str = "") -> KeptInWords | None:
    """A record in its own words; None when policy keeps one of its codes at home (the report names the key)."""
    key = withheld_by(_keys(resource), context.sensitive)
    if key is not None:
        context.note(Severity.INFO, "withheld-by-policy", path, "sensitive element, not released by policy", key)
        return None
    return KeptInWords(why, " ".join(part for part in (words_of(resource), f"({said})" if said else "") if part))


def words_of(resource: Member) -> str:
    """What a record says in words, however damaged: texts, displays, else codes, of what it names and of reactions."""
    devices = [one.get("type") for one in _listed(resource.get("contained")) if one.get("resourceType") == "Device"]
    named = [*_concept(resource.get("code")), *(word for one in devices for word in _concept(one))]
    if not named:
        named = [word for one in _listed(resource.get("category")) for word in _concept(one)]
    reactions = [
        word
        for one in _listed(resource.get("reaction"))
        for manifestation in _listed(one.get("manifestation"))
        for word in _concept(manifestation)
    ]
    shown = "; ".join(dict.fromkeys(named))
    return f"{shown} ({', '.join(dict.fromkeys(reactions))})" if reactions else shown


def _listed(value: object) -> list[Mapping[str, Any]]:
    """The objects of a value that should be a list of them, or is one."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, Mapping)]


def _concept(value: object) -> list[str]:
    """Words of a CodeableConcept: displays (else codes) and text."""
    found: list[str] = []
    for one in _listed(value):
        codings = _listed(one.get("coding"))
        said = [next((c[k] for k in ("display", "code") if isinstance(c.get(k), str) and c[k]), None) for c in codings]
        found += [text for text in (*said, one.get("text")) if isinstance(text, str) and text]
    return found


def _keys(resource: Member) -> Iterable[str]:
    """Policy's keys of every coding anywhere in a record, and of its categories."""
    for coding in _listed(resource.get("category")):
        yield from (f"category#{c.get('code')}" for c in _listed(coding.get("coding")))
    waiting: list[object] = [resource]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            system, code = one.get("system"), one.get("code")
            if isinstance(system, str) and VOLVEN in system:
                yield f"{system.rsplit('.', 1)[-1]}#{code}"
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


T = TypeVar("T")
Read: TypeAlias = KnownAbsent | NoInformation | KeptInWords | T | None
"""What a record comes to: a statement, an absence, words, or nothing (the report says why)."""
_KINDS: Final = frozenset(situation.kind for situation in SITUATIONS.values())


def absence_of(
    resource: Member, code: Member | None, section: str, context: Context, path: str
) -> Absence | KeptInWords | tuple[()] | None:
    """What a record says of absence: None when nothing; an absence with its scope, words, or nothing at all.

    A situation that is of no row, or of another section, or stands beside a reaction or a second code, is never an
    agent: its words are kept. () is a record that policy keeps at home.
    """
    codings = objects(code or {}, "coding")
    told = [(coding, _situation(coding, context)) for coding in codings]
    found = next((situation for _, situation in told if situation is not None), None)
    if found is None and speaks([words(code or {}, "text")]):
        found = Situation("", ())
    if found is None:
        return None
    others = [c for c, situation in told if situation is None and words(c, "code") is not None]
    if section not in found.sections or (found.kind not in _KINDS and not is_no_information(found.kind)):
        text = "a code or words for an absence that is none of this section's: no agent, its words kept"
        context.note(Severity.WARNING, "situation-unread", path, text, words_of(resource))
        return kept(resource, Standing.NOT_READABLE, context, path) or ()
    if others or objects(resource, "reaction") or not _holds(resource):
        text = "it says that there is none and, at once, something else: both are kept in words"
        context.note(Severity.WARNING, "absence-contradicted", path, text, words_of(resource))
        return kept(resource, Standing.CONTRADICTED, context, path) or ()
    withheld = kept(resource, Standing.ABSENCE, context, path)
    if withheld is None:
        return ()
    if is_no_information(found.kind):
        return NoInformation(SOURCE)
    origin = provenance(resource, "recorder", context, path)
    if found.kind != OF_SCOPE:
        return KnownAbsent(found.kind, origin)
    text = "there is none of one kind only; of the others the record says nothing"
    context.note(Severity.WARNING, "absence-of-scope", path, text, withheld.words)
    return KnownAbsent(OF_SCOPE, origin, withheld.words)


def _situation(coding: Member, context: Context) -> Situation | None:
    system = words(coding, "system")
    oid = None if system is None else context.systems.oid(system)
    known = situation_of(oid, words(coding, "code"))
    return known or (Situation("", ()) if speaks([words(coding, "display")]) else None)


def _holds(resource: Member) -> bool:
    """Whether the absence holds now: neither over nor uncertain."""
    clinical, certainty = (member(resource, name) or {} for name in ("clinicalStatus", "verificationStatus"))
    return set(codes_of(clinical)) <= {"active"} and set(codes_of(certainty)) <= {"confirmed"}
