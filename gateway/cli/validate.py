"""`ncpeh validate`: is this document valid, and what could not be checked here."""

import json
import os
import socket
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.sentences import at_place, in_words
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


def validate(  # noqa: PLR0913 - one argument per option of the command line
    files: Annotated[
        list[str] | None, typer.Argument(metavar="FILE...", help="CDA documents; - reads standard input.")
    ] = None,
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
    serve: Annotated[bool, typer.Option("--serve", help="Answer by HTTP instead, until SIGTERM.")] = False,  # noqa: FBT002 - a flag of the command line
    host: Annotated[str, typer.Option(help="With --serve: address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="With --serve; 0 takes a free one.")] = 8480,
    ready_file: Annotated[Path | None, typer.Option(help="With --serve: written by rename once it answers.")] = None,
) -> None:
    """Check documents: official XSD and Schematron (from NCPEH_ARTEFACTS when set) and our own rules.

    Codes are compared with the terminology release in force here; it is said when they were not.
    Exit 0: all valid; 1: one is invalid; 2: one is unreadable, or nothing asked for could be checked. The worst counts.
    With --serve, one document by HTTP gets the same report: POST /validate (JSON or a page), POST /validation (GITB).
    """
    if serve and files:
        raise typer.BadParameter("its documents come by HTTP; name no FILE", param_hint="--serve")
    if not serve and not files:
        raise typer.BadParameter("Missing argument 'FILE...': name a document, or --serve")
    make = partial(opened_validator, layers, wave, release, explain=explain)
    if serve:
        _serve(make, host, port, ready_file)
        return
    validator = make()
    outcomes = []
    for file in files or ():
        outcome = _check_file(file, validator)
        outcomes.append(outcome)
        if not json_:
            _print(outcome)
    if json_:
        rows = [_as_json(outcome, validator) for outcome in outcomes]
        typer.echo(json.dumps({"version": 1, "files": rows}, ensure_ascii=False))
    elif any(outcome.checked is not None for outcome in outcomes):
        _print_codes(validator)
    raise typer.Exit(max(_STATUS[outcome.verdict] for outcome in outcomes))


def _serve(make: Callable[[], DocumentValidator], host: str, port: int, ready_file: Path | None) -> None:
    from gateway.node.validating import serve_validation  # its help loads no server

    try:
        listening = socket.create_server((host, port))
    except OSError as fault:
        raise at_place(fault, f"{host}:{port}") from fault
    with listening:
        address = "http://{}:{}".format(*listening.getsockname()[:2])

        def ready() -> None:
            typer.echo(f"Validating at {address}", err=True)
            if ready_file is not None:
                beside = ready_file.with_name(ready_file.name + ".new")
                beside.write_text(json.dumps({"version": 1, "address": address}), "utf-8")
                beside.replace(ready_file)

        serve_validation(listening, make, in_words, ready)


def opened_validator(layers: str, wave: int, release: str | None, *, explain: bool = False) -> DocumentValidator:
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
