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
from transformers.validation import LAYERS, Checked, check
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
) -> None:
    """Check documents: official XSD and Schematron (from NCPEH_ARTEFACTS when set) and our own rules.

    Exit 0: all valid; 1: one is invalid; 2: one is unreadable, or nothing asked for could be checked. The worst counts.
    """
    artefacts = artefact_folder()
    wanted = tuple(name.strip() for name in layers.split(",") if name.strip())
    if not wanted or set(wanted) - set(LAYERS):
        raise typer.BadParameter(f"of {', '.join(LAYERS)}", param_hint="--layers")
    outcomes = []
    for file in files:
        outcome = _check_file(file, artefacts, wave=wave, layers=wanted, explain=explain)
        outcomes.append(outcome)
        if not json_:
            _print(outcome)
    if json_:
        typer.echo(json.dumps({"version": 1, "files": [_as_json(o) for o in outcomes]}, ensure_ascii=False))
    raise typer.Exit(max(_STATUS[outcome.verdict] for outcome in outcomes))


def artefact_folder() -> Path | None:
    """The folder NCPEH_ARTEFACTS names, None when it is not set; called wrongly when it names no folder."""
    named = os.environ.get("NCPEH_ARTEFACTS")
    if not named:
        return None
    folder = Path(named)
    if not folder.is_dir():
        raise typer.BadParameter(f"names no folder: {named}", param_hint="NCPEH_ARTEFACTS")
    return folder


def _check_file(
    file: str, artefacts: Path | None, *, wave: int, layers: tuple[str, ...], explain: bool
) -> _FileOutcome:
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        checked = check(content, artefacts, wave=wave, layers=layers, explain=explain)
    except OSError as error:
        return _FileOutcome(file, "unreadable", why=in_words(error))
    except XmlRefused as refused:
        return _FileOutcome(file, "unreadable", why=in_words(refused))
    if not checked.valid:
        return _FileOutcome(file, "invalid", checked)
    return _FileOutcome(file, "valid" if checked.layers_run else "unchecked", checked)


def _as_json(outcome: _FileOutcome) -> dict[str, Any]:
    if outcome.checked is None:
        return {"file": outcome.file, "outcome": outcome.verdict, "reason": outcome.why}
    checked = outcome.checked
    return {
        "file": outcome.file,
        "outcome": outcome.verdict,
        "kind": None if checked.kind is None else checked.kind.id,
        "layers_run": list(checked.layers_run),
        "layers_unavailable": checked.layers_unavailable,
        "findings": checked.report.as_json(),
    }


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


def _counted(findings: list[Finding]) -> Iterator[str]:
    """How many of each severity, the gravest first: ``2 errors``, ``1 warning``."""
    counts = Counter(finding.severity for finding in findings)
    for severity in reversed(Severity):
        if counts[severity]:
            yield f"{counts[severity]} {severity}{'s' if counts[severity] > 1 and severity != Severity.INFO else ''}"


def _line(finding: Finding) -> str:
    text = " ".join(finding.text.split())
    return f"{finding.severity} [{finding.rule or finding.code}] {finding.path} {text}"
