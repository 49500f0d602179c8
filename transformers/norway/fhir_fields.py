"""What every kritisk informasjon resource has: codes, notes, who recorded it, about whom (FHIR R4, profiles Kj*).

Extensions are told by the last part of their URL, with or without ``Kj``: the developer portal names them both ways
and shows few URLs in full.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from transformers.model.finding import Finding, Report, Severity
from transformers.model.values import Coded, Coding, Moment, Period, Provenance
from transformers.norway.code_systems import CodeSystems, with_international
from transformers.norway.errors import Malformed, WrongPatient
from transformers.norway.json_fields import Member, as_object, member, objects, required_words, words
from transformers.norway.moments import is_past, read_fhir
from transformers.norway.sensitive import withheld_by
from trust.xml import XML_BLANKS

SOURCE = "Kjernejournal – kritisk informasjon"
_CLOCK = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T")


@dataclass(frozen=True, slots=True)
class Context:
    """What every reader of kritisk informasjon is told, and the report it writes to."""

    patient: frozenset[str] = field(repr=False)
    """Her numbers, current and former: the answer must be about one of them."""
    systems: CodeSystems
    sensitive: Mapping[str, bool]
    """``list#code`` (Volven) or ``category#code``: whether such an element may leave the country; absent: it may."""
    now: datetime
    protected: bool
    """Address protection: nobody who treats her is named."""
    report: Report
    refuted: list[Coded] = field(default_factory=list)
    """Agents of refuted allergies, for other sources that still state them."""

    def note(self, severity: Severity, code: str, path: str, text: str, original: str | None = None) -> None:
        """Add a finding."""
        self.report.add(Finding(severity, code, path, text, original))


def check_subject(resource: Member, name: str, context: Context) -> None:
    """Raises ``WrongPatient`` unless the resource names one of the person's numbers.

    A number that cannot be read is none. Identifier.use changes nothing here: her former numbers are hers as well.
    """
    try:
        number = (member(member(resource, name) or {}, "identifier") or {}).get("value")
    except Malformed:
        raise WrongPatient from None
    if not isinstance(number, str) or number.strip(XML_BLANKS) not in context.patient:
        raise WrongPatient


def extension(holder: Member, name: str) -> Member | None:
    """The extension whose URL ends with ``name`` or ``Kj`` and ``name``; raises ``Malformed`` when it is repeated."""
    wanted = (name.lower(), f"kj{name.lower()}")
    found = [e for e in objects(holder, "extension") if required_words(e, "url").rsplit("/", 1)[-1].lower() in wanted]
    if len(found) > 1:
        raise Malformed(name)
    return found[0] if found else None


def moment_of(holder: Member, stem: str, context: Context, path: str) -> Moment | None:
    """``stem``DateTime, Date or Period.start; an age or a text is no moment and is named in the report."""
    for name in (f"{stem}DateTime", f"{stem}Date", f"{stem}Instant"):
        if holder.get(name) is not None:
            return as_far_as_read(holder[name], context, f"{path}.{name}")
    period = member(holder, f"{stem}Period")
    if period is not None and period.get("start") is not None:
        return as_far_as_read(period["start"], context, f"{path}.{stem}Period")
    other = next((key for key in (f"{stem}String", f"{stem}Age", f"{stem}Range") if holder.get(key) is not None), None)
    if other is not None:
        context.note(Severity.WARNING, "moment-not-read", f"{path}.{other}", "no date", _shown(holder[other]))
    return None


def as_far_as_read(value: object, context: Context, path: str) -> Moment | None:
    """A FHIR moment; of a time without zone the day, None for what is none. Either is named in the report."""
    try:
        return read_fhir(value, path)
    except Malformed:
        written = value if isinstance(value, str) else None
    try:
        day = read_fhir((written or "")[:10], path) if written is not None and _CLOCK.match(written) else None
    except Malformed:
        day = None
    if day is None:
        context.note(Severity.WARNING, "moment-not-read", path, "no date or time of FHIR: left out", written)
    else:
        context.note(Severity.WARNING, "time-without-zone", path, "of a time that cannot be read the day", written)
    return day


def _shown(value: object) -> str | None:
    if isinstance(value, str):
        return value
    parts = as_object(value, "Age")
    shown = ("comparator", "value", "unit")
    return " ".join(str(parts[key]) for key in shown if parts.get(key) is not None) or None


def period_of(holder: Member, name: str, context: Context, path: str) -> Period:
    """A Period member, open where absent or not to be read."""
    period = member(holder, name) or {}
    ends = ("start", "end")
    return Period(
        *(None if period.get(e) is None else as_far_as_read(period[e], context, f"{path}.{name}.{e}") for e in ends)
    )


def still_valid(resource: Member, context: Context, path: str) -> bool:
    """Whether extension ``validUntil`` is absent, not yet past, or not to be read: a warning then stays."""
    until = extension(resource, "validUntil")
    if until is None:
        return True
    day = as_far_as_read(until.get("valueDate") or until.get("valueDateTime"), context, f"{path}.validUntil")
    return day is None or not is_past(day, context.now)


def unknown_word(context: Context, path: str, code: str) -> Coded:
    """A code that only describes and that no list here has: kept as its word, with a finding."""
    context.note(Severity.WARNING, "code-unknown", path, "a code of no list here: kept as text", code)
    return Coded(text=code)


def codes_of(concept: Member) -> tuple[str, ...]:
    """Codes of a CodeableConcept, systems aside."""
    return tuple(code for coding in objects(concept, "coding") if (code := words(coding, "code")) is not None)


def status_code(resource: Member, name: str) -> str | None:
    """The one code of a status, a code or a CodeableConcept; None when absent.

    Raises ``Malformed(name)`` when it says several, and when it is there and says none: empty is no better than absent.
    """
    value = resource.get(name)
    if value is None:
        return None
    codes = {words(resource, name)} if isinstance(value, str) else set(codes_of(as_object(value, name)))
    if len(codes) != 1 or None in codes:
        raise Malformed(name)
    return codes.pop()


def concept(value: Member | None, context: Context, path: str) -> Coded | None:
    """A CodeableConcept: the coding chosen by the user first, the others after it, the text as written.

    A coding whose system has no OID cannot be carried as a code: its words are kept as text, its code in the report.
    """
    if value is None:
        return None
    codings: list[Coding] = []
    for coding in _written(value):
        made = _coding(coding, context, path)
        if made is not None:
            codings.extend(with_international(made))
    text = words(value, "text") or main_display(value)
    if text is None and not codings:
        return None
    return Coded(text=text, original=codings[0] if codings else None, others=tuple(codings[1:]))


def _written(value: Member) -> list[Member]:
    """Codings as written, what the user chose first."""
    return sorted(objects(value, "coding"), key=lambda coding: coding.get("userSelected") is not True)


def main_display(value: Member | None) -> str | None:
    """The words of the main coding: its display, else its code."""
    said = [words(coding, "display") or words(coding, "code") for coding in _written(value or {})]
    return next((one for one in said if one is not None), None)


def _coding(coding: Member, context: Context, path: str) -> Coding | None:
    system, code = words(coding, "system"), words(coding, "code")
    if code is None:
        return None
    oid = None if system is None else context.systems.oid(system)
    if oid is None:
        context.note(Severity.INFO, "code-system-without-oid", path, "kept as text", f"{system}|{code}")
        return None
    return context.systems.coding(code, oid, words(coding, "display"))


def may_leave(keys: Sequence[str], context: Context, path: str) -> bool:
    """Whether policy lets an element leave; what it withholds is named by its key, not by its words."""
    withheld = withheld_by(keys, context.sensitive)
    if withheld is not None:
        context.note(Severity.INFO, "withheld-by-policy", path, "sensitive element, not released by policy", withheld)
    return withheld is None


def notes(resource: Member, context: Context, path: str, *more: str | None) -> str | None:
    """Notes of a resource, its source of information and what else must be said, as one text.

    What somebody wrote freely may name the place: under address protection it is withheld, and the report says so.
    """
    written = [words(holder, "text") for holder in objects(resource, "note")]
    extra = extension(resource, "note")
    if extra is not None:
        written.append(words(member(extra, "valueAnnotation") or {}, "text") or words(extra, "valueString"))
    if context.protected and any(written):
        context.note(Severity.WARNING, "note-withheld", f"{path}.note", "free text may reveal a protected address")
        written = []
    information = member(extension(resource, "sourceOfInformation") or {}, "valueCoding") or {}
    source = words(information, "display")
    said = [*written, *more, f"Kilde: {source}" if source else None]
    return ". ".join(part.rstrip(".") for part in said if part) or None


def provenance(resource: Member, recorder: str, context: Context, path: str) -> Provenance:
    """Id, version, last change and who made it: the updater, else the recorder (member ``recorder``)."""
    version = words(member(resource, "meta") or {}, "versionId")
    row = required_words(resource, "id")
    updated = extension(resource, "updatedDateTime")
    recorded = None if updated is None else moment_of(updated, "value", context, path)
    first = next((resource[name] for name in ("recordedDate", "recordedOn", "dateTime") if resource.get(name)), None)
    by = member(extension(resource, "updater") or {}, "valueReference") or member(resource, recorder)
    return Provenance(
        source=SOURCE,
        source_id=f"{row}/_history/{version}" if version else row,
        recorded=recorded or (None if first is None else as_far_as_read(first, context, f"{path}.recordedDate")),
        recorded_by=None if context.protected or by is None else _who(resource, by),
    )


def contained(resource: Member, reference: Member) -> Member | None:
    """The contained resource a local reference points to."""
    target = words(reference, "reference") or ""
    return next((c for c in objects(resource, "contained") if f"#{c.get('id')}" == target), None)


def _who(resource: Member, reference: Member) -> str | None:
    """``Name (role), organisation`` of a contained PractitionerRole."""
    role = contained(resource, reference)
    if role is None:
        return words(reference, "display")
    name = words(member(role, "practitioner") or {}, "display")
    place = words(member(role, "organization") or {}, "display")
    roles = [
        d for code in objects(role, "code") for coding in objects(code, "coding") if (d := words(coding, "display"))
    ]
    person = f"{name} ({roles[0]})" if name and roles else name
    return ", ".join(part for part in (person, place) if part) or None


def entries(bundle: Any, what: str) -> list[object]:  # noqa: ANN401 - JSON is any value until its reader has looked
    """The entries of a searchset Bundle, each as it is; raises ``Malformed(what)``."""
    holder = as_object(bundle, what)
    found = holder.get("entry") or []
    if holder.get("resourceType") != "Bundle" or holder.get("type") != "searchset" or not isinstance(found, list):
        raise Malformed(what)
    return found
