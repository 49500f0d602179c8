"""Transcoding a patient summary: each coded element gets its European code, by a table of fields, or keeps what it has.

eHDSI transformation, country A (national to MVC). The original coding and text are never touched. A code without a map
is kept and reported; text without any code is left as it is.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from transformers.cda.documents import patient, prescription
from transformers.cda.medicine import posology, product
from transformers.cda.statements import allergies, devices, immunisations, medications, problems, procedures
from transformers.cda.types import people
from transformers.cda.types.vocabulary import ValueSets
from transformers.model.finding import Finding, Report, Severity
from transformers.model.prescription import Dispensation, Prescription
from transformers.model.summary import (
    Allergy,
    PatientSummary,
    SummaryContent,
)
from transformers.model.values import Coded, Coding
from transformers.terminology.release import MapEntry, Release
from transformers.terminology.rules import by_rule

T = TypeVar("T")
D = TypeVar("D", Prescription, Dispensation)

VALUE_SETS: ValueSets = {
    field: value_sets
    for stated in (
        allergies,
        problems,
        procedures,
        devices,
        product,
        posology,
        medications,
        immunisations,
        people,
        patient,
        prescription,
    )
    for field, value_sets in stated.VALUE_SETS.items()
}
"""Which value sets a field's code may come from, in order, as each thing states them."""


def transcode_summary(
    summary: PatientSummary, release: Release, required: Collection[str] = ()
) -> tuple[PatientSummary, Report]:
    """The summary with targets filled in.

    Reported: a WARNING ``unmapped-code`` for each code that stays without, an INFO ``wider-code`` where the European
    code says less than the original (``narrower-code`` where it says more); an ERROR ``required-code-unmapped`` where
    an element of ``required`` (names as in `CODED_FIELDS`) has no European code, or is not there.
    """
    report = Report()
    return _Transcoder(release, report, required).walk(summary, ""), report


def transcode_prescription(document: D, release: Release, required: Collection[str] = ()) -> tuple[D, Report]:
    """A prescription or a dispensation with targets filled in; reported as by `transcode_summary`.

    ``required`` holds for its item alone: the header's people need no role.
    """
    report = Report()
    transcoder = _Transcoder(release, report, required, within="item")
    return transcoder.walk(document, ""), report


def transcode_content(content: SummaryContent, release: Release) -> tuple[SummaryContent, Report]:
    """The clinical content alone, as `transcode_summary`; paths begin at the content."""
    report = Report()
    return _Transcoder(release, report).walk(content, ""), report


@dataclass(frozen=True, slots=True)
class _Found:
    """The European code of a coding; without an entry the coding is a member itself."""

    coding: Coding
    target: Coding
    entry: MapEntry | None

    @property
    def map_entry(self) -> str | None:
        """The id of the row or rule that was used."""
        return None if self.entry is None else self.entry.id


class _Transcoder:
    def __init__(
        self,
        release: Release,
        report: Report,
        required: Collection[str] = (),
        within: str = "",
    ) -> None:
        self._release = release
        self._report = report
        self._required = required
        self._within = within

    def walk(self, value: T, path: str) -> T:
        """A copy with every coded field of the table transcoded."""
        node: Any = value
        if isinstance(node, tuple):
            return cast(T, tuple(self.walk(item, f"{path}[{n}]") for n, item in enumerate(node)))
        if not is_dataclass(node) or isinstance(node, type | Coded):
            return value
        changed = {f.name: self._field(node, f.name, f"{path}.{f.name}".lstrip(".")) for f in fields(node)}
        for name, made in changed.items() if self._required and path.startswith(self._within) else ():
            if f"{type(node).__name__}.{name}" in self._required:
                self._require(made, f"{path}.{name}".lstrip("."))
        return cast(T, replace(node, **changed))

    def _field(self, owner: object, name: str, path: str) -> object:
        value = getattr(owner, name)
        value_sets = _value_sets(owner, name)
        if not value_sets:
            return self.walk(value, path)
        if isinstance(value, tuple):
            return tuple(self._coded(coded, value_sets, f"{path}[{n}]") for n, coded in enumerate(value))
        return None if value is None else self._coded(value, value_sets, path)

    def _coded(self, coded: Coded, value_sets: tuple[str, ...], path: str) -> Coded:
        codings = [c for c in (coded.original, *coded.others) if c is not None]
        if not codings:
            return coded
        found = self._found(codings, value_sets)
        if coded.target is not None:
            if found is not None and (coded.target, coded.map_entry) == (found.target, found.map_entry):
                self._tell_if_inexact(found, path)
            return coded
        if found is not None:
            self._tell_if_inexact(found, path)
            return replace(coded, target=found.target, map_entry=found.map_entry)
        why = self._why(codings, value_sets)
        self._tell(Severity.WARNING, "unmapped-code", path, f"{why} The original code and text are kept.", codings[0])
        return coded

    def _found(self, codings: list[Coding], value_sets: tuple[str, ...]) -> _Found | None:
        """By a row of a map, else by being a member, else by a rule; the main coding and the first value set first."""
        for coding in codings:
            for value_set in value_sets:
                entry = self._release.map(coding.system, coding.code, value_set)
                if entry is None or entry.target is None:
                    member = self._release.concept(value_set, coding.system, coding.code)
                    if member is not None:
                        return _Found(coding, member, None)
                    entry = by_rule(self._release, coding, value_set)
                if entry is not None and entry.target is not None:
                    return _Found(coding, entry.target, entry)
        return None

    def _require(self, made: object, path: str) -> None:
        """Each coded element of a required field has a European code."""
        each = made if isinstance(made, tuple) else (made,)
        for coded in each or (None,):
            if not isinstance(coded, Coded) or coded.target is None:
                original = coded.original if isinstance(coded, Coded) else None
                text = "The rules of the document require a European code here, and there is none."
                self._tell(Severity.ERROR, "required-code-unmapped", path, text, original)

    def _tell_if_inexact(self, found: _Found, path: str) -> None:
        entry = found.entry
        if entry is not None and entry.relation != "equivalent":
            text = f"The European code is {entry.relation}: {entry.why}. The original code and text are kept."
            self._tell(Severity.INFO, f"{entry.relation}-code", path, text, found.coding, entry)

    def _tell(
        self,
        severity: Severity,
        code: str,
        path: str,
        text: str,
        original: Coding | None,
        entry: MapEntry | None = None,
    ) -> None:
        target = entry.target if entry is not None else None
        self._report.add(
            Finding(
                severity,
                code,
                path,
                text,
                original=None if original is None else _named(original),
                result=None if target is None else _named(target),
                map_entry=None if entry is None else entry.id,
                release=self._release.id,
            )
        )

    def _why(self, codings: list[Coding], value_sets: tuple[str, ...]) -> str:
        for coding in codings:
            for value_set in value_sets:
                entry = self._release.map(coding.system, coding.code, value_set)
                if entry is not None:
                    return f"No European code: {entry.why}."
        return "No map for this code in the release."


def _named(coding: Coding) -> str:
    return f"{coding.code} ({coding.system})"


def _value_sets(owner: object, name: str) -> tuple[str, ...]:
    if isinstance(owner, Allergy) and name == "agent":
        return allergies.MEDICINAL_AGENTS if owner.agent_is_medicine else allergies.OTHER_AGENTS
    return VALUE_SETS.get((type(owner), name), ())
