"""Pasientens prøvesvar (NHN, FHIR R4): answers of laboratories to groups of observations, each report a group.

Source: HL7Norway/NILAR, profiles NilarDiagnosticReport, NilarObservation, NilarOperationOutcome and the mapping from
svarrapport 1.4 they were made from (the repository is marked historic; NHN's portal documents the same API). Codes:
NLK 7280, NORPAT 7010, NCRP 7270; units UCUM. Observations below another (hasMember) are shown below it, never alone.
No door of this node asks the service yet: which answers a patient summary takes is not decided.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from transformers.model.finding import Severity
from transformers.model.people import Organisation
from transformers.model.section_state import state_of
from transformers.model.standing import Standing
from transformers.model.summary import (
    KeptInWords,
    NoInformation,
    NotReadable,
    Observation,
    ObservationGroup,
    Section,
)
from transformers.model.values import Identifier, Moment, Period, Provenance
from transformers.norway.errors import Malformed
from transformers.norway.fhir_fields import Context, check_subject, codes_of, concept, extension
from transformers.norway.fhir_signs import NOT_READ, kept, unread_by_extension
from transformers.norway.identifiers import ENH
from transformers.norway.json_fields import Member, as_object, member, objects, required_words, words
from transformers.norway.lab_values import range_text, value_of
from transformers.norway.moments import is_past, read_fhir

SOURCE = "Pasientens prøvesvar"

_STATUSES = {
    "final": "completed",
    "amended": "completed",
    "corrected": "completed",
    "appended": "completed",
    "preliminary": "active",
    "partial": "active",
    "registered": "active",
}
_GONE = ("cancelled", "entered-in-error")
_UNKNOWN = "unknown"
_DEEPEST = 8
"""Levels of observations below one another: the published hierarchies have two or three."""


class AnswersWithheld(StrEnum):
    """Why answers are not shown (PvkOutcome)."""

    SPECIFIC_BLOCK = "Specific"
    GENERAL_BLOCK = "General"
    RESERVATION = "Reservation"


@dataclass(frozen=True, slots=True)
class LabAnswers:
    """What was answered. ``withheld``: privacy settings kept everything back, and nothing is known."""

    results: Section[ObservationGroup]
    withheld: AnswersWithheld | None = None


def read_lab_answers(bundles: Iterable[Any], context: Context) -> LabAnswers:
    """Parsed searchset Bundles of DiagnosticReport, Observation and PractitionerRole.

    Raises ``Malformed``, ``WrongPatient``. Findings are in the context's report.
    """
    found: dict[str, dict[str, Member]] = {}
    for bundle in bundles:
        for resource in _resources(bundle):
            kind = required_words(resource, "resourceType")
            if kind == "OperationOutcome":
                withheld = _withheld(resource, context)
                if withheld is not None:
                    return LabAnswers(NoInformation(SOURCE), withheld)
                continue
            found.setdefault(kind, {})[required_words(resource, "id")] = resource
    reading = _LabReport(found.get("Observation", {}), found.get("PractitionerRole", {}), context)
    reports = found.get("DiagnosticReport", {})
    for resource in (*reports.values(), *reading.observations.values()):
        check_subject(resource, "subject", context)
    for kind in sorted(set(found) - {"Observation", "PractitionerRole", "DiagnosticReport"}):
        context.note(Severity.INFO, "resource-not-read", kind, "beside the answers, and not read")
    tops = reading.tops()
    groups = [made for key, report in reports.items() if (made := _group(key, report, tops.get(key, []), reading))]
    for key in sorted(set(tops) - set(reports)):
        context.note(Severity.WARNING, "report-missing", f"DiagnosticReport/{key}", "observations without their report")
        groups += _without_report(key, tops[key], reading)
    state = state_of(groups, (), reading.unread)
    return LabAnswers(replace(state, source=SOURCE) if isinstance(state, NoInformation | NotReadable) else state)


def _resources(bundle: object) -> list[Member]:
    holder = as_object(bundle, "Bundle")
    if holder.get("resourceType") == "OperationOutcome":
        return [holder]
    if holder.get("resourceType") != "Bundle" or holder.get("type") != "searchset":
        raise Malformed("Bundle")
    return [as_object(entry.get("resource"), "entry") for entry in objects(holder, "entry")]


def _withheld(outcome: Member, context: Context) -> AnswersWithheld | None:
    """Which privacy setting kept answers back; a remark is told, an error is no answer."""
    for issue in objects(outcome, "issue"):
        for code in codes_of(member(issue, "details") or {}):
            if code.removesuffix("Block") in list(AnswersWithheld):
                return AnswersWithheld(code.removesuffix("Block"))
        if words(issue, "severity") not in ("information", "warning"):
            raise Malformed("OperationOutcome")
        context.note(Severity.WARNING, "source-remark", "OperationOutcome", "the source remarks on its answer")
    return None


@dataclass(frozen=True, slots=True)
class _LabReport:
    """Every observation and role by id."""

    observations: Mapping[str, Member]
    roles: Mapping[str, Member]
    context: Context
    unread: list[KeptInWords] = field(default_factory=list)
    """What a modifier changes that nobody here knows, in words."""

    def changed(self, resource: Member, path: str) -> bool:
        """Whether a modifier of FHIR R4 that nobody knows changes the resource: it then stays in words."""
        if not unread_by_extension(resource, (), self.context, path):
            return False
        words_kept = kept(resource, Standing.NOT_READABLE, self.context, path, NOT_READ)
        self.unread.extend([] if words_kept is None else [words_kept])
        return True

    def tops(self) -> dict[str, list[str]]:
        """Observations that stand below no other, by their report's id."""
        members = [key for one in self.observations.values() for key in _members(one)]
        below = set(members)
        if len(below) != len(members):
            raise Malformed("hasMember")
        found: dict[str, list[str]] = {}
        for key, one in self.observations.items():
            if key not in below:
                found.setdefault(_report_of(one), []).append(key)
        self._check_reach([key for keys in found.values() for key in keys])
        return found

    def _check_reach(self, tops: list[str]) -> None:
        """Every observation stands somewhere below a top, none below itself, and none too deep to be shown.

        None stands below two, so this is a walk over each once.
        """
        reached, level = set(tops), tops
        for _ in range(_DEEPEST):
            level = [key for one in level for key in _members(self.observations[one]) if key in self.observations]
            reached.update(level)
        if level or len(reached) != len(self.observations):
            raise Malformed("hasMember")


def _members(resource: Member) -> list[str]:
    return [_id(reference) for reference in objects(resource, "hasMember")]


def _id(reference: Member) -> str:
    return required_words(reference, "reference").rsplit("/", 1)[-1].removeprefix("urn:uuid:")


def _report_of(resource: Member) -> str:
    found = extension(resource, "nilar-diagnostic-report-ref")
    return "" if found is None else _id(as_object(found.get("valueReference"), "valueReference"))


def _restricted(resource: Member, context: Context, path: str) -> bool:
    """Whether a restriction on the report or observation is still in force."""
    wanted = [e for e in objects(resource, "extension") if required_words(e, "url").endswith("/nilar-restriction")]
    for restriction in wanted:
        until = extension(restriction, "nilar-restrict-until") or {}
        if not is_past(read_fhir(until.get("valueDateTime"), "nilar-restrict-until"), context.now):
            context.note(Severity.INFO, "withheld-by-restriction", path, "the laboratory's restriction is in force")
            return True
    return False


def _status(resource: Member, context: Context, path: str) -> str | None:
    """The pivot's status, None for what was cancelled or entered in error (named in the report)."""
    status = required_words(resource, "status")
    if status in _GONE:
        context.note(Severity.INFO, status, path, "cancelled or deleted in the source")
        return None
    if status == _UNKNOWN:
        context.note(Severity.WARNING, "status-unknown", path, "the source does not know how final this is")
        return "active"
    if status not in _STATUSES:
        raise Malformed("status")
    return _STATUSES[status]


def _group(key: str, report: Member, tops: Sequence[str], reading: _LabReport) -> ObservationGroup | None:
    path = f"DiagnosticReport/{key}"
    context = reading.context
    if _restricted(report, context, path) or reading.changed(report, path):
        return None
    status = _status(report, context, path)
    if status is None:
        return None
    made = [one for top in tops if (one := _observation(top, reading))]
    if not made:
        context.note(Severity.INFO, "report-without-results", path, "a report whose observations were not given")
        return None
    performer = _performer(report, reading)
    when = report.get("effectiveDateTime")
    return ObservationGroup(
        id=key,
        code=concept(member(report, "code"), context, f"{path}.code"),
        when=Period(start=None if when is None else read_fhir(when, "effectiveDateTime")),
        observations=tuple(made),
        provenance=_provenance(key, _instant(report, "issued"), performer, context),
        status=status,
        performer=None if context.protected else performer,
    )


def _without_report(key: str, tops: Sequence[str], reading: _LabReport) -> list[ObservationGroup]:
    made = tuple(one for top in tops if (one := _observation(top, reading)))
    if not made:
        return []
    origin = _provenance(key or made[0].id, None, None, reading.context)
    return [ObservationGroup(key or made[0].id, None, made[0].when, made, origin)]


def _observation(key: str, reading: _LabReport) -> Observation | None:
    """One observation with everything below it."""
    resource, context, path = reading.observations[key], reading.context, f"Observation/{key}"
    if _restricted(resource, context, path) or reading.changed(resource, path):
        return None
    status = _status(resource, context, path)
    if status is None:
        return None
    parts = []
    for below in _members(resource):
        if below not in reading.observations:
            context.note(Severity.WARNING, "member-missing", path, "an observation below this one was not given")
        elif (part := _observation(below, reading)) is not None:
            parts.append(part)
    code = concept(member(resource, "code"), context, f"{path}.code")
    if code is None:
        raise Malformed("code")
    interpretations = objects(resource, "interpretation")
    if len(interpretations) > 1:
        raise Malformed("interpretation")
    when = resource.get("effectiveDateTime")
    return Observation(
        id=key,
        code=code,
        value=value_of(resource, context, path),
        when=Period(start=None if when is None else read_fhir(when, "effectiveDateTime")),
        provenance=_provenance(key, _instant(resource, "issued"), _performer(resource, reading), context),
        status=status,
        interpretation=concept(interpretations[0], context, f"{path}.interpretation") if interpretations else None,
        reference_range=range_text(resource),
        note=_note(resource, context, path),
        parts=tuple(parts),
    )


def _instant(resource: Member, name: str) -> Moment | None:
    """A FHIR instant to the second, None when absent."""
    written = words(resource, name)
    if written is None:
        return None
    try:
        return Moment.at(datetime.fromisoformat(written))
    except ValueError:
        raise Malformed(name) from None


def _note(resource: Member, context: Context, path: str) -> str | None:
    """Method and notes; what somebody wrote freely is withheld under address protection."""
    method = concept(member(resource, "method"), context, f"{path}.method")
    said = [method.text] if method is not None and method.text else []
    written = [one for holder in objects(resource, "note") if (one := words(holder, "text"))]
    if context.protected and written:
        context.note(Severity.WARNING, "note-withheld", f"{path}.note", "free text may reveal a protected address")
        written = []
    absent = concept(member(resource, "dataAbsentReason"), context, f"{path}.dataAbsentReason")
    if absent is not None and absent.text:
        said.append(f"Resultat mangler: {absent.text}")
    return ". ".join(part.rstrip(".") for part in (*said, *written)) or None


def _performer(resource: Member, reading: _LabReport) -> Organisation | None:
    """The laboratory: the organisation of the first performer's role."""
    for reference in objects(resource, "performer"):
        if words(reference, "reference") is None:
            continue
        organisation = member(reading.roles.get(_id(reference), {}), "organization")
        if organisation is None:
            continue
        ident = member(organisation, "identifier") or {}
        number = words(ident, "value")
        known = number is not None and reading.context.systems.oid(words(ident, "system") or "") == ENH
        return Organisation(words(organisation, "display"), (Identifier(ENH, number),) if known else ())
    return None


def _provenance(key: str, recorded: Moment | None, who: Organisation | None, context: Context) -> Provenance:
    return Provenance(SOURCE, key, recorded, None if who is None or context.protected else who.name)
