"""Kritisk informasjon that is no allergy (FHIR R4, KjCondition*, KjProcedure, KjDeviceUseStatement, KjFlag) to the
pivot.

Statuses as NHN's portal states them: active (in-progress), refuted (inactive, completed), deleted (entered-in-error).
Kinds that are not known are kept as text and said so. A procedure that is ``completed`` and states when it ended is a
treatment that was given; ``completed`` without an end is the source's word for refuted.
"""

from dataclasses import replace

from transformers.model.finding import Severity
from transformers.model.standing import Standing
from transformers.model.summary import ImplantedDevice, Problem, Procedure
from transformers.model.values import Coded, Moment, Period
from transformers.norway.errors import Malformed
from transformers.norway.fhir_fields import (
    Context,
    codes_of,
    concept,
    contained,
    extension,
    main_display,
    may_leave,
    moment_of,
    notes,
    period_of,
    provenance,
    status_code,
    still_valid,
)
from transformers.norway.fhir_signs import NAMED_ONLY, Read, absence_of, judged, kept, words_of
from transformers.norway.json_fields import Member, as_object, member, objects, required_words, words
from transformers.norway.moments import is_past
from transformers.norway.sensitive import keys_of

FOREIGN_BODIES = "7"
_KNOWN_CONDITIONS = ("3", "4", "5", FOREIGN_BODIES, "10")
_IMPLANTS = "2.16.578.1.12.4.1.1.7518"
_TRANSPLANTS = frozenset({"20", "21", "22", "23", "24", "25", "26"})
"""Codes of Volven 7518 that are organs and tissue, no devices."""


def read_condition(resource: Member, context: Context, path: str) -> Read[Problem | ImplantedDevice]:
    """A condition; an implant that is no transplant is a device. None when it is not exported."""
    stands, why = judged(resource, "Condition", context, path)
    category = category_of(resource)
    if _gone(resource, "Condition", why, context, path):
        return None
    if stands is not Standing.AFFIRMED:
        return kept(resource, stands, context, path, why)
    section = "devices" if category == FOREIGN_BODIES else "problems"
    absent = absence_of(resource, member(resource, "code"), section, context, path)
    if absent is not None:
        return absent or None
    condition = _named(resource, context, path)
    if not may_leave(_policy_keys(condition, category), context, path):
        return None
    if category not in _KNOWN_CONDITIONS:
        context.note(Severity.WARNING, "unknown-category", path, "kept as text", f"category {category}")
        condition = Coded(text=condition.text or category)
    onset = moment_of(resource, "onset", context, path)
    ended = moment_of(resource, "abatement", context, path)
    said = notes(resource, context, path, _evidence(resource, context, path))
    known = provenance(resource, "recorder", context, path)
    if category == FOREIGN_BODIES and not _is_transplant(condition):
        return ImplantedDevice(required_words(resource, "id"), condition, Period(onset, ended), known, note=said)
    return Problem(
        id=required_words(resource, "id"),
        condition=condition,
        period=Period(onset, ended),
        resolved=status_code(resource, "clinicalStatus") in ("inactive", "remission", "resolved"),
        provenance=known,
        severity=concept(member(resource, "severity"), context, f"{path}.severity"),
        certainty=concept(member(resource, "verificationStatus"), context, f"{path}.certainty"),
        note=said,
    )


def read_procedure(resource: Member, context: Context, path: str) -> Read[Procedure]:
    """An ongoing treatment (list 7517), or one that states when it ended. None when it is not exported."""
    stands, why = judged(resource, "Procedure", context, path)
    if _gone(resource, "Procedure", why, context, path):
        return None
    if stands is not Standing.AFFIRMED:
        return kept(resource, stands, context, path, why)
    absent = absence_of(resource, member(resource, "code"), "procedures", context, path)
    if absent is not None:
        return absent or None
    treatment = _named(resource, context, path)
    performed = _performed(resource, context, path)
    ended = (member(resource, "performedPeriod") or {}).get("end") is not None
    status = required_words(resource, "status")
    if status == "completed" and not ended:
        context.note(Severity.INFO, "refuted", path, "refuted, so not exported", treatment.text)
        return None
    if not may_leave(_policy_keys(treatment, category_of(resource)), context, path):
        return None
    if not still_valid(resource, context, path):
        context.note(Severity.INFO, "expired", path, "no longer to be warned of", treatment.text)
        return None
    return Procedure(
        id=required_words(resource, "id"),
        procedure=treatment,
        performed=performed,
        status="active" if status == "in-progress" else "completed",
        provenance=provenance(resource, "recorder", context, path),
        note=notes(resource, context, path),
    )


def read_device(resource: Member, context: Context, path: str) -> Read[ImplantedDevice]:
    """A mechanical implant (list 7518): DeviceUseStatement with the device contained. None when it is not exported."""
    stands, why = judged(resource, "DeviceUseStatement", context, path)
    if _gone(resource, "DeviceUseStatement", why, context, path):
        return None
    device = contained(resource, as_object(resource.get("device"), "device"))
    if device is not None and stands is Standing.AFFIRMED:
        stands, why = judged(device, "Device", context, f"{path}.device")
    if stands is not Standing.AFFIRMED:
        return kept(resource, stands, context, path, why)
    named = member(device or {}, "type")
    absent = absence_of(resource, named, "devices", context, path)
    if absent is not None:
        return absent or None
    kind = concept(named, context, f"{path}.device")
    if device is None or kind is None:
        raise Malformed("device")
    if not may_leave(keys_of(kind), context, path):
        return None
    if not still_valid(resource, context, path):
        context.note(Severity.INFO, "expired", path, "no longer to be warned of", kind.text)
        return None
    implanted = extension(resource, "implanted")
    when = None if implanted is None else moment_of(implanted, "value", context, path)
    return ImplantedDevice(
        id=required_words(resource, "id"),
        device=kind,
        implanted=Period(start=when),
        provenance=provenance(resource, "source", context, path),
        note=notes(resource, context, path, _udi(device)),
    )


def read_flag(resource: Member, context: Context, path: str) -> Read[Problem]:
    """A Flag, a deviation from usual procedure (national list 7522), as a problem: the patient summary has no section
    of its own for it. None when it is refuted, over, or may not leave the country. Raises Malformed."""
    stands, why = judged(resource, "Flag", context, path)
    if _gone(resource, "Flag", why, context, path):
        return None
    if stands is not Standing.AFFIRMED:
        return kept(resource, stands, context, path, why)
    absent = absence_of(resource, member(resource, "code"), "problems", context, path)
    if absent is not None:
        return absent or None
    change = _named(resource, context, path)
    if not may_leave(_policy_keys(change, category_of(resource)), context, path):
        return None
    period = period_of(resource, "period", context, path)
    if period.end is not None and is_past(period.end, context.now):
        context.note(Severity.INFO, "expired", path, "its period is over", change.text)
        return None
    context.note(Severity.INFO, "flag-as-problem", path, "a change of procedure, shown among the problems", change.text)
    return Problem(
        id=required_words(resource, "id"),
        condition=change,
        period=period,
        resolved=False,
        provenance=provenance(resource, "author", context, path),
        note=notes(resource, context, path),
    )


def read_unknown(resource: Member, context: Context, path: str) -> Read[Problem]:
    """A resource of a kind nobody told us of: its words, so that it is neither lost nor understood."""
    kind = required_words(resource, "resourceType")
    if words(resource, "status") == "entered-in-error":
        context.note(Severity.INFO, "entered-in-error", path, "deleted in the source", words_of(resource) or kind)
        return None
    made = kept(resource, Standing.OTHER_FORM, context, path, kind)
    if made is not None:
        context.note(Severity.WARNING, "unknown-category", path, "kept as text", kind)
    return made


def category_of(resource: Member) -> str:
    """The type of critical information, empty when not stated. Raises ``Malformed``."""
    value = resource.get("category")
    holders = (
        objects(resource, "category") if isinstance(value, list) else [m for m in (member(resource, "category"),) if m]
    )
    codes = [code for holder in holders for code in codes_of(holder)]
    if len(set(codes)) > 1:
        raise Malformed("category")
    return codes[0] if codes else ""


def _category_words(resource: Member, context: Context, path: str) -> Coded | None:
    value = resource.get("category")
    first = value[0] if isinstance(value, list) and value else value
    return None if first is None else concept(as_object(first, "category"), context, path)


def _named(resource: Member, context: Context, path: str) -> Coded:
    """What it is about: its code and text; where the text specifies the code, both are said."""
    code = member(resource, "code")
    made = concept(code, context, path) or _category_words(resource, context, path)
    if made is None:
        raise Malformed("code")
    specified, display = words(code or {}, "text"), main_display(code)
    if specified and display and specified != display:
        return replace(made, text=f"{display}: {specified}")
    return made


def _gone(resource: Member, kind: str, why: str, context: Context, path: str) -> bool:
    """Whether a record is deleted or refuted; the report names it."""
    if why not in NAMED_ONLY[kind]:
        return False
    if why == "entered-in-error":
        context.note(Severity.INFO, why, path, "deleted in the source", words_of(resource) or None)
    else:
        context.note(Severity.INFO, "refuted", path, "refuted, so not exported", words_of(resource) or None)
    return True


def _policy_keys(what: Coded | None, category: str) -> tuple[str, ...]:
    return (*keys_of(what), f"category#{category}")


def _is_transplant(condition: Coded) -> bool:
    codings = [c for c in (condition.original, *condition.others) if c is not None]
    return any(c.system == _IMPLANTS and c.code in _TRANSPLANTS for c in codings)


def _evidence(resource: Member, context: Context, path: str) -> str | None:
    """Findings behind an anaesthesia problem (Cormack-Lehane 7515, mask ventilation 7516), in words."""
    said = []
    for evidence in objects(resource, "evidence"):
        for code in objects(evidence, "code"):
            found = concept(code, context, f"{path}.evidence")
            if found is not None and found.text is not None:
                system = found.original.system_name if found.original else None
                said.append(f"{system}: {found.text}" if system else found.text)
    return ". ".join(said) or None


def _performed(resource: Member, context: Context, path: str) -> Period:
    if resource.get("performedPeriod") is not None:
        return period_of(resource, "performedPeriod", context, path)
    when: Moment | None = moment_of(resource, "performed", context, path)
    return Period(start=when)


def _udi(device: Member) -> str | None:
    """The unique device identification, in words: which issuer's it is, is not always said."""
    numbers = [n for carrier in objects(device, "udiCarrier") if (n := words(carrier, "deviceIdentifier"))]
    return f"UDI {', '.join(numbers)}" if numbers else None
