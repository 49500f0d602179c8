"""Transcoding a patient summary: each coded element gets its European code, by a table of fields, or keeps what it has.

eHDSI transformation, country A (national to MVC). The original coding and text are never touched. A code without a map
is kept and reported; text without any code is left as it is.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from transformers.model.finding import Finding, Report, Severity
from transformers.model.people import Contact, Professional
from transformers.model.summary import (
    Allergy,
    Immunisation,
    ImplantedDevice,
    Ingredient,
    MedicationStatement,
    MedicinalProduct,
    PatientSummary,
    Problem,
    Procedure,
    Reaction,
    SummaryContent,
)
from transformers.model.values import Coded, Coding
from transformers.terminology.release import MapEntry, Release
from transformers.terminology.rules import by_rule

T = TypeVar("T")

_MVC = "1.3.6.1.4.1.12559.11.10.1.3.1.42."
_MEDICINE, _NO_MEDICINE = (_MVC + "24",), (_MVC + "19",)

VALUE_SETS: Mapping[tuple[type, str], tuple[str, ...]] = {
    (Allergy, "kind"): (_MVC + "18",),
    (Allergy, "criticality"): (_MVC + "57",),
    (Allergy, "certainty"): (_MVC + "58",),
    (Allergy, "status"): (_MVC + "59",),
    (Reaction, "manifestation"): (_MVC + "11", _MVC + "5"),
    (Reaction, "severity"): (_MVC + "13",),
    (Problem, "condition"): (_MVC + "5", _MVC + "63"),
    (Problem, "severity"): (_MVC + "13",),
    (Problem, "certainty"): (_MVC + "64",),
    (Procedure, "procedure"): (_MVC + "10",),
    (ImplantedDevice, "device"): (_MVC + "8",),
    (MedicinalProduct, "atc"): _MEDICINE,
    (Ingredient, "substance"): _MEDICINE,
    (MedicationStatement, "reason"): (_MVC + "5", _MVC + "63"),
    (Immunisation, "vaccine"): (_MVC + "28",),
    (Immunisation, "target_diseases"): (_MVC + "5",),
    (Professional, "role"): (_MVC + "1",),
    (Contact, "relationship"): (_MVC + "38",),
}
"""Which value sets a field's code may come from, in order. Strength, form and route are not here: until FEST is joined
they stay the prescription's text, and nothing structured is guessed."""


def transcode_summary(summary: PatientSummary, release: Release) -> tuple[PatientSummary, Report]:
    """The summary with targets filled in.

    Reported: a WARNING ``unmapped-code`` for each code that stays without, an INFO ``wider-code`` where the European
    code says less than the original (``narrower-code`` where it says more).
    """
    report = Report()
    return _Transcoder(release, report).walk(summary, ""), report


def transcode_content(content: SummaryContent, release: Release) -> tuple[SummaryContent, Report]:
    """The clinical content alone, as `transcode_summary`; paths begin at the content."""
    report = Report()
    return _Transcoder(release, report).walk(content, ""), report


class _Transcoder:
    def __init__(self, release: Release, report: Report) -> None:
        self._release = release
        self._report = report

    def walk(self, value: T, path: str) -> T:
        """A copy with every coded field of the table transcoded."""
        node: Any = value
        if isinstance(node, tuple):
            return cast(T, tuple(self.walk(item, f"{path}[{n}]") for n, item in enumerate(node)))
        if not is_dataclass(node) or isinstance(node, type | Coded):
            return value
        changed = {f.name: self._field(node, f.name, f"{path}.{f.name}".lstrip(".")) for f in fields(node)}
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
        if coded.target is not None or not codings:
            return coded
        for coding in codings:
            for value_set in value_sets:
                entry = self._release.map(coding.system, coding.code, value_set)
                if entry is not None and entry.target is not None:
                    return self._mapped(coded, coding, entry, path)
                member = self._release.concept(value_set, coding.system, coding.code)
                if member is not None:
                    return replace(coded, target=member)
                ruled = by_rule(self._release, coding, value_set)
                if ruled is not None:
                    return self._mapped(coded, coding, ruled, path)
        why = self._why(codings, value_sets)
        self._tell(Severity.WARNING, "unmapped-code", path, f"{why} The original code and text are kept.", codings[0])
        return coded

    def _mapped(self, coded: Coded, coding: Coding, entry: MapEntry, path: str) -> Coded:
        if entry.relation != "equivalent":
            text = f"The European code is {entry.relation}: {entry.why}. The original code and text are kept."
            self._tell(Severity.INFO, f"{entry.relation}-code", path, text, coding, entry)
        return replace(coded, target=entry.target, map_entry=entry.id)

    def _tell(
        self, severity: Severity, code: str, path: str, text: str, original: Coding, entry: MapEntry | None = None
    ) -> None:
        target = entry.target if entry is not None else None
        self._report.add(
            Finding(
                severity,
                code,
                path,
                text,
                original=_named(original),
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
        return _MEDICINE if owner.agent_is_medicine else _NO_MEDICINE
    return VALUE_SETS.get((type(owner), name), ())
