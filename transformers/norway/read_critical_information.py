"""Kritisk informasjon FHIR API (R4 searchset Bundles) to sections of a patient summary.

A section without entries carries no information: neither an empty answer nor one whose every record is refuted,
deleted or withheld states that there is nothing. One record that cannot be read, or that a modifier changes, stays in
its section in words; the others are read. A record about somebody else refuses the answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from transformers.model.finding import Severity
from transformers.model.section_state import Absence, state_of
from transformers.model.standing import Standing
from transformers.model.summary import (
    Allergy,
    ImplantedDevice,
    KeptInWords,
    NoInformation,
    NotReadable,
    Problem,
    Procedure,
    Section,
)
from transformers.model.values import Coded
from transformers.norway.errors import Malformed
from transformers.norway.fhir_fields import SOURCE, Context, check_subject, entries
from transformers.norway.fhir_signs import NOT_READ, Read, kept, modifiers_of, unread_by_extension, words_of
from transformers.norway.json_fields import Member, as_object, objects, words
from transformers.norway.read_kj_allergy import read_allergy
from transformers.norway.read_kj_statements import (
    FOREIGN_BODIES,
    category_of,
    read_condition,
    read_device,
    read_flag,
    read_procedure,
    read_unknown,
)

T = TypeVar("T")
Statement = Allergy | Problem | Procedure | ImplantedDevice

_READERS: Mapping[str, Callable[[Member, Context, str], Read[Any]]] = {
    "AllergyIntolerance": read_allergy,
    "Condition": read_condition,
    "Procedure": read_procedure,
    "DeviceUseStatement": read_device,
    "Flag": read_flag,
}
_SECTIONS: Mapping[str, str] = {
    "AllergyIntolerance": "allergies",
    "Procedure": "procedures",
    "DeviceUseStatement": "devices",
}
"""Where a record that is no statement is told of, by its kind; the rest among the problems."""
_OF_QUERY: Mapping[str, str] = {
    "AllergyIntolerance": "allergies",
    "Conditions-TransplantsAndOtherForeignBodies": "devices",
    "Devices": "devices",
    "Procedures": "procedures",
}
"""And where an entry without a kind is, by the query that brought it."""


@dataclass(frozen=True, slots=True)
class CriticalSections:
    """Allergies, problems, procedures and implants. Findings are in the context's report."""

    allergies: Section[Allergy]
    problems: Section[Problem]
    procedures: Section[Procedure]
    devices: Section[ImplantedDevice]
    refuted_allergies: tuple[Coded, ...]


def read_critical_information(bundles: Mapping[str, Any], context: Context) -> CriticalSections:
    """Read parsed Bundles by name of their query, in that order; raises ``Malformed``, ``WrongPatient``."""
    reading = _Reading(context)
    for name, bundle in bundles.items():
        around = {key: value for key, value in as_object(bundle, name).items() if key != "entry"}
        for index, entry in enumerate(entries(bundle, name)):
            reading.take(entry, modifiers_of(around), name, f"{name}[{index}]")
    return CriticalSections(
        allergies=reading.section("allergies", Allergy),
        problems=reading.section("problems", Problem),
        procedures=reading.section("procedures", Procedure),
        devices=reading.section("devices", ImplantedDevice),
        refuted_allergies=tuple(context.refuted),
    )


@dataclass(slots=True)
class _Reading:
    """Records of one answer, one after the other."""

    context: Context
    statements: list[Statement] = field(default_factory=list)
    absences: list[tuple[str, Absence]] = field(default_factory=list)
    unread: list[tuple[str, KeptInWords]] = field(default_factory=list)
    seen: dict[tuple[str, str], Member] = field(default_factory=dict)

    def take(self, entry: object, around: tuple[str, ...], name: str, path: str) -> None:
        """One entry of a Bundle. Raises ``WrongPatient``, and ``Malformed`` for an outcome that is an error."""
        resource = entry.get("resource") if isinstance(entry, Mapping) else None
        if not isinstance(entry, Mapping) or not isinstance(resource, Mapping):
            self._tell(path, "resource")
            self.unread.append((_OF_QUERY.get(name, "problems"), KeptInWords(Standing.NOT_READABLE, "")))
            return
        kind = str(resource.get("resourceType"))
        if kind == "OperationOutcome":
            self._outcome(resource, name)
            return
        beside = {key: value for key, value in entry.items() if key != "resource"}
        self._record(resource, kind, (*around, *modifiers_of(beside)), path)

    def _record(self, resource: Member, kind: str, around: tuple[str, ...], path: str) -> None:
        about = "patient" if kind == "AllergyIntolerance" or resource.get("subject") is None else "subject"
        check_subject(resource, about, self.context)
        section = _section_of(resource, kind)
        if self._again(resource, kind, section, path):
            return
        try:
            if not isinstance(resource.get("id"), str):
                self.context.note(Severity.WARNING, "id-missing", path, "a record without an id: its place is its id")
                resource = {**resource, "id": path}
            if unread_by_extension(resource, around, self.context, path):
                made: Read[Any] = kept(resource, Standing.NOT_READABLE, self.context, path, NOT_READ)
            else:
                made = _READERS.get(kind, read_unknown)(resource, self.context, path)
        except Malformed as fault:
            self._tell(path, fault.what)
            made = kept(resource, Standing.NOT_READABLE, self.context, path)
        self._file(made, section)

    def _file(self, made: Read[Any], section: str) -> None:
        match made:
            case None:
                pass
            case KeptInWords():
                self.unread.append((section, made))
            case Allergy() | Problem() | Procedure() | ImplantedDevice():
                self.statements.append(made)
            case _:
                self.absences.append((section, made))

    def _again(self, resource: Member, kind: str, section: str, path: str) -> bool:
        """Whether the record came before: the same once more says nothing; another of its id is kept in words."""
        key = (kind, str(resource.get("id")))
        if resource.get("id") is None or key not in self.seen:
            self.seen.setdefault(key, resource)
            return False
        if self.seen[key] != resource:
            text = "a second record of one id that says something else: kept in words"
            self.context.note(Severity.WARNING, "record-contradicted", path, text, words_of(resource) or None)
            self._file(kept(resource, Standing.CONTRADICTED, self.context, path), section)
        return True

    def _outcome(self, resource: Member, name: str) -> None:
        """A remark on the answer is told; an error is no answer."""
        issues = objects(resource, "issue")
        if not issues or any(words(one, "severity") not in ("information", "warning") for one in issues):
            raise Malformed(name)
        self.context.note(Severity.WARNING, "source-remark", name, "the source remarks on its answer")

    def _tell(self, path: str, what: str) -> None:
        text = f"one record could not be read: {what} is missing or not of its form; its words are kept"
        self.context.note(Severity.WARNING, "record-unreadable", path, text)

    def section(self, name: str, kind: type[T]) -> Section[T]:
        """The state of a section: what was read, and beside it what could not be."""
        statements = tuple(one for one in self.statements if isinstance(one, kind))
        absences = [one for section, one in self.absences if section == name]
        state = state_of(statements, absences, [one for section, one in self.unread if section == name])
        return replace(state, source=SOURCE) if isinstance(state, NoInformation | NotReadable) else state


def _section_of(resource: Member, kind: str) -> str:
    """Where a record is told of that is no statement."""
    try:
        implant = kind == "Condition" and category_of(resource) == FOREIGN_BODIES
    except Malformed:
        implant = False
    return "devices" if implant else _SECTIONS.get(kind, "problems")
