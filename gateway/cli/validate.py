"""`ncpeh validate`: is this document valid, and what could not be checked here."""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.sentences import in_words
from transformers.model.finding import Finding, Severity
from transformers.validation import LAYERS, Checked
from transformers.validation.validator import DocumentValidator, verdict
from trust.errors import XmlRefused

_STATUS = {"valid": 0, "invalid": 1, "unchecked": 2, "unreadable": 2}


@dataclass(frozen=True, slots=True)
class _FileOutcome:
    """One file: its verdict, what was found, or why it could not be read."""

    file: str
    verdict: str
    checked: Checked | None = None
    why: str | None = None


def validate(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="CDA documents; - reads standard input.")],
    json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,  # noqa: FBT002 - a flag of the command line
    explain: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option("--explain", help="Explain: XSD errors (slow), and why our rules exist.")
    ] = False,
    layers: Annotated[str, typer.Option(help="What to check, of: " + ", ".join(LAYERS) + ".")] = ",".join(LAYERS),
    wave: Annotated[int, typer.Option(min=1, help="Whose official rules.")] = 8,
    release: Annotated[
        str | None,
        typer.Option(help="Compare codes with this one (an id, its file, starter); default: the one in force."),
    ] = None,
) -> None:
    """Check documents: official XSD and Schematron (from NCPEH_ARTEFACTS when set) and our own rules.

    Codes are compared with the terminology release in force here; it is said when they were not.
    Exit 0: all valid; 1: one is invalid; 2: one is unreadable, or nothing asked for could be checked. The worst counts.
    """
    validator = _validator(layers, wave, release, explain=explain)
    outcomes = []
    for file in files:
        outcome = _check_file(file, validator)
        outcomes.append(outcome)
        if not json_:
            _print(outcome)
    if json_:
        rows = [_as_json(outcome, validator) for outcome in outcomes]
        typer.echo(json.dumps({"version": 1, "files": rows}, ensure_ascii=False))
    else:
        _print_codes(validator)
    raise typer.Exit(max(_STATUS[outcome.verdict] for outcome in outcomes))


def _validator(layers: str, wave: int, release: str | None, *, explain: bool) -> DocumentValidator:
    """As the options say. Raises typer.BadParameter, SettingsError, StoreUnavailable, leaves of TerminologyRefused."""
    artefacts = artefact_folder()
    wanted = tuple(name.strip() for name in layers.split(",") if name.strip())
    if not wanted or set(wanted) - set(LAYERS):
        raise typer.BadParameter(f"of {', '.join(LAYERS)}", param_hint="--layers")
    if "own" not in wanted:
        if release is not None:
            raise typer.BadParameter("codes are compared by the layer own", param_hint="--release")
        return DocumentValidator(artefacts, wave, wanted, explain)
    from gateway.configuration.settings import load
    from gateway.terminology.chosen import release_in_force, release_named
    from transformers.terminology.element_rules import read_coded_elements
    from transformers.terminology.rows import read_facts

    settings = load()
    folder = settings.files["terminology"]
    chosen = release_in_force(settings, wave) if release is None else release_named(settings, release).for_wave(wave)
    return DocumentValidator(artefacts, wave, wanted, explain, chosen, read_coded_elements(folder, read_facts(folder)))


def artefact_folder() -> Path | None:
    """The folder NCPEH_ARTEFACTS names, None when it is not set; called wrongly when it names no folder."""
    named = os.environ.get("NCPEH_ARTEFACTS")
    if not named:
        return None
    folder = Path(named)
    if not folder.is_dir():
        raise typer.BadParameter(f"names no folder: {named}", param_hint="NCPEH_ARTEFACTS")
    return folder


def _check_file(file: str, validator: DocumentValidator) -> _FileOutcome:
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        checked = validator.validate(content)
    except (OSError, XmlRefused) as error:
        return _FileOutcome(file, "unreadable", why=in_words(error))
    return _FileOutcome(file, verdict(checked), checked)


def _as_json(outcome: _FileOutcome, validator: DocumentValidator) -> dict[str, Any]:
    if outcome.checked is None:
        return {"file": outcome.file, "outcome": outcome.verdict, "reason": outcome.why}
    return {"file": outcome.file, **validator.as_json(outcome.checked)}


def _print(outcome: _FileOutcome) -> None:
    checked = outcome.checked
    if checked is None:
        typer.echo(f"{outcome.file}: {outcome.verdict.upper()} ({outcome.why})")
        return
    for finding in checked.report.findings:
        typer.echo(_line(finding))
    found = ", ".join(_counted(checked.report.findings))
    kind = "unknown kind of document" if checked.kind is None else checked.kind.name
    checks = ", ".join(checked.layers_run) or "nothing"
    typer.echo(f"{outcome.file}: {outcome.verdict.upper()}, {kind}; {found or 'no findings'}; checked: {checks}")
    for layer, reason in checked.layers_unavailable.items():
        typer.echo(f"  not available: {layer} ({reason})")


def _print_codes(validator: DocumentValidator) -> None:
    """What codes were compared with; nothing where nobody asked for it."""
    codes = validator.codes()
    if codes is not None:
        compared = f"codes compared with {codes['release']}" if codes["compared"] else "codes not compared"
        why = "" if codes["compared"] else f" ({codes['reason']}; --release names one)"
        typer.echo(f"  {compared}{why}")


def _counted(findings: list[Finding]) -> Iterator[str]:
    """How many of each severity, the gravest first: ``2 errors``, ``1 warning``."""
    counts = Counter(finding.severity for finding in findings)
    for severity in reversed(Severity):
        if counts[severity]:
            yield f"{counts[severity]} {severity}{'s' if counts[severity] > 1 and severity != Severity.INFO else ''}"


def _line(finding: Finding) -> str:
    text = " ".join(finding.text.split())
    return f"{finding.severity} [{finding.rule or finding.code}] {finding.path} {text}"
