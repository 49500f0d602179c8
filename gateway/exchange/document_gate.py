"""What looks at a document before it leaves and when it comes: layers and severities are policy (`policies.toml`).

Our own rules run here; XSD and Schematron, which are heavy, in worker processes. A layer that policy asks for and that
cannot be run stops what we send; what others send is shown with that remark.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway.configuration.errors import SettingsError
from gateway.configuration.validation_policy import ValidationTable, ValidationWay
from gateway.errors import InternalFault
from gateway.workers import ValidationWorkers
from transformers.cda.rules.check import CodeCheck
from transformers.model.finding import Finding, Report, Severity, reason_in_words
from transformers.terminology.check_words import release_checks
from transformers.terminology.element_rules import ElementRules
from transformers.terminology.release import Release
from transformers.validation import Artefacts, check
from trust.errors import XmlRefused

_HERE = ("own",)
_PATIENT_SUMMARY = "PatientSummary"
_GRAVER = {
    "warning": frozenset({Severity.WARNING, Severity.ERROR, Severity.FATAL}),
    "error": frozenset({Severity.ERROR, Severity.FATAL}),
    "fatal": frozenset({Severity.FATAL}),
    "never": frozenset[Severity](),
}


@dataclass(frozen=True, slots=True)
class DocumentGate:
    """One way, out or in. Without anything said: our own rules, and no error passes."""

    layers: tuple[str, ...] = _HERE
    refused: frozenset[Severity] = _GRAVER["error"]
    """Severities of findings with which a document does not pass."""
    outgoing: bool = True
    """A layer that cannot be run stops the document; of an incoming one it is only said."""
    workers: ValidationWorkers | None = None
    coded_elements: Mapping[str, ElementRules] = field(default_factory=dict)
    """Rules by kind of document, for comparing codes with a release."""
    rules_of: Mapping[int, int] = field(default_factory=dict)
    """By wave, the wave whose official rules are used in its place; a finding names it."""

    def look(self, content: bytes, wave: int, release: Release | None = None) -> Report:
        """Everything the layers find. Raises InternalFault when a worker died, or an outgoing layer cannot be run."""
        found: dict[Finding, None] = {}
        if "own" in self.layers:
            found |= dict.fromkeys(self._own(content, self._codes(release)))
        heavy = tuple(layer for layer in self.layers if layer not in _HERE)
        if heavy and not any(finding.severity is Severity.FATAL for finding in found):
            found |= dict.fromkeys(self._heavy(content, wave, heavy))
        return Report(list(found))

    def passes(self, report: Report) -> bool:
        """Whether policy lets a document with these findings through."""
        return not any(finding.severity in self.refused for finding in report.findings)

    def close(self) -> None:
        """End the worker processes."""
        if self.workers is not None:
            self.workers.close()

    def _own(self, content: bytes, codes: CodeCheck | None) -> Iterable[Finding]:
        try:
            return check(content, None, layers=_HERE, codes=codes).report.findings
        except XmlRefused as refused:
            return (_unreadable(refused),)

    def _heavy(self, content: bytes, wave: int, layers: tuple[str, ...]) -> Iterable[Finding]:
        if self.workers is None:
            raise InternalFault
        try:
            rules = self.rules_of.get(wave, wave)
            checked = self.workers.check(content, wave=rules, layers=layers)
        except XmlRefused as refused:
            return (_unreadable(refused),)
        if checked.layers_unavailable and self.outgoing:
            raise InternalFault
        missing = (
            Finding(Severity.WARNING, "check-unavailable", "/", f"Not checked: {layer} ({why}).")
            for layer, why in checked.layers_unavailable.items()
        )
        named = (_rules_of_another_wave(rules, wave),) if rules != wave and "schematron" in layers else ()
        return (*named, *checked.report.findings, *missing)

    def _codes(self, release: Release | None) -> CodeCheck | None:
        return None if release is None or not self.coded_elements else release_checks(self.coded_elements, release)


def open_gate(
    way: ValidationWay,
    table: ValidationTable,
    artefacts: Path | None,
    waves: frozenset[int],
    coded_elements: Mapping[str, ElementRules] | None = None,
) -> DocumentGate:
    """The gate as configured; ``waves`` are those that are spoken.

    Raises SettingsError when an official layer is asked for and its files are not there, those of the wave whose rules
    are used among them.
    """
    outgoing = way is table.outgoing
    name = "outgoing" if outgoing else "incoming"
    workers = None
    require_layers(way, name, artefacts, frozenset(map(table.rules_wave, waves)))
    if set(way.layers) - set(_HERE):
        workers = ValidationWorkers(table.processes, artefacts, table.deadline)
    return DocumentGate(way.layers, _GRAVER[way.refuse], outgoing, workers, coded_elements or {}, table.rules_of)


def require_layers(way: ValidationWay, name: str, artefacts: Path | None, waves: frozenset[int]) -> None:
    """The official files are there that the layers of that way ask for. Raises SettingsError."""
    if not set(way.layers) - set(_HERE):
        return
    key = f"policies.toml, validation.{name}.layers"
    if artefacts is None:
        raise SettingsError(f"{key}: xsd and schematron need the official artefacts, and NCPEH_ARTEFACTS is not set")
    there = Artefacts(artefacts)
    if "xsd" in way.layers and there.cda_xsd is None:
        raise SettingsError(f"{key}: xsd is asked for, and the CDA XSD is not in NCPEH_ARTEFACTS")
    require_rules(way, name, artefacts, _PATIENT_SUMMARY, waves)


def require_rules(way: ValidationWay, name: str, artefacts: Path | None, kind: str, waves: frozenset[int]) -> None:
    """The official rules of a kind of document are there for each wave, where that way asks for them.

    Raises SettingsError.
    """
    for wave in sorted(waves) if "schematron" in way.layers else ():
        if artefacts is None or Artefacts(artefacts).schematron_file(wave, kind) is None:
            raise SettingsError(
                f"policies.toml, validation.{name}.layers: schematron is asked for, and the rules of wave {wave} are "
                f"not in NCPEH_ARTEFACTS ({kind})"
            )


def _rules_of_another_wave(rules: int, wave: int) -> Finding:
    text = f"Checked by the official rules of wave {rules}: those of wave {wave} are not published."
    return Finding(Severity.INFO, "rules-of-another-wave", "/", text)


def _unreadable(refused: XmlRefused) -> Finding:
    text = f"The bytes are no XML document we read: {reason_in_words(refused)}."
    return Finding(Severity.FATAL, "own", "/", text, rule="own-xml-1")
