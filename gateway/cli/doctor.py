"""`ncpeh doctor`: is this installation what it should be, and what is at hand."""

import importlib.metadata
import json
import os
import platform
import ssl
import sys
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError

import gateway
import transformers
import trust
from gateway import clock
from gateway.cli.sentences import in_words
from gateway.conditions import Occasion, StartCondition, unmet
from gateway.configuration.closed import told
from gateway.configuration.errors import SettingsError
from gateway.configuration.settings import load
from gateway.configuration.shipped import shipped
from gateway.national.prescription_sources import read_prescription_sources
from gateway.national.settings import PrescriptionExportTable
from gateway.national.tables import read_code_systems

if TYPE_CHECKING:
    from gateway.node.own.state import OwnState
from transformers.norway.errors import NorwegianMessageError


def doctor(
    json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,  # noqa: FBT002 - a flag of the command line
    installation: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option("--installation", help="The installation alone: not the node that is configured here.")
    ] = False,
    assumed: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option("--assumed", help="What the simulated services assume of the real ones, and nothing else.")
    ] = False,
) -> None:
    """Check the installation, and whether the node configured here would start. Exit 1: something is wrong."""
    if assumed:
        _tell_assumed(as_json=json_)
        return
    checks = _checks() if installation else [*_checks(), *_own_conditions(clock.now())]
    good = all(check["ok"] for check in checks)
    if json_:
        typer.echo(json.dumps({"version": 1, "ok": good, "checks": checks, "facts": _facts()}, ensure_ascii=False))
    else:
        for check in checks:
            typer.echo(f"{_mark(check)} {_line(check)}")
        for name, value in _facts().items():
            typer.echo(f"    {name}: {value}")
    raise typer.Exit(0 if good else 1)


def _tell_assumed(*, as_json: bool) -> None:
    """Each rule that no public source states: what no test against the simulator proves of the service itself."""
    from gateway.simulators.rules import every_rule  # nothing else here needs the simulator

    rules = [(name, rule) for name, rule in every_rule().items() if rule.assumed]
    if as_json:
        rows = [
            {"rule": name, "service": rule.service, "says": rule.says, "effect": rule.effect} for name, rule in rules
        ]
        typer.echo(json.dumps({"version": 1, "assumed": rows}, ensure_ascii=False))
        return
    for _, rule in rules:
        typer.echo(f"{rule.service}: {rule.says} ({rule.effect})")


def _mark(check: dict[str, Any]) -> str:
    if check["ok"] is None:
        return "-- "
    return "NO " if not check["ok"] else "!  " if check.get("warning") else "ok "


def _line(check: dict[str, Any]) -> str:
    return f"{check['name']}: {check['detail']}"


def _checks() -> list[dict[str, Any]]:
    return [_imported_is_ours(), _shipped_is_there(), _configuration_reads(), _prescriptions_can_be_read()]


def _imported_is_ours() -> dict[str, Any]:
    home = Path(gateway.__file__).parent.parent
    strangers = [m.__name__ for m in (transformers, trust) if Path(str(m.__file__)).parent.parent != home]
    owners = set(_distributions_with("transformers")) or {"ncpeh"}  # a working copy is installed without its files
    ours = not strangers and owners == {"ncpeh"}
    detail = f"transformers is {Path(str(transformers.__file__)).parent}"
    if not ours:
        detail += f"; another distribution shadows it ({', '.join(sorted(owners - {'ncpeh'})) or 'unknown'})"
    return {"name": "packages", "ok": ours, "detail": detail}


def _distributions_with(package: str) -> Iterator[str]:
    """Installed distributions that hold this package, by the lists of their files.

    `importlib.metadata.packages_distributions` says it of every package, for a tenth of a second.
    """
    for distribution in importlib.metadata.distributions():
        declared = (distribution.read_text("top_level.txt") or "").split()
        files = (distribution.read_text("RECORD") or "").splitlines()
        if package in declared or any(line.startswith(f"{package}/") for line in files):
            yield distribution.name


def _shipped_is_there() -> dict[str, Any]:
    folders = [shipped("config"), shipped("samples")]
    return {
        "name": "shipped data",
        "ok": all(f.is_dir() for f in folders),
        "detail": ", ".join(str(f) for f in folders),
    }


def _configuration_reads() -> dict[str, Any]:
    try:
        settings = load()
    except SettingsError as wrong:
        return {"name": "configuration", "ok": False, "detail": str(wrong)}
    detail = f"{settings.node.environment} node of {settings.node.country}"
    return {"name": "configuration", "ok": True, "detail": detail}


def _prescriptions_can_be_read() -> dict[str, Any]:
    """Whether prescriptions are offered, and if so, whether FEST and the prescribers' issuers can be used."""
    try:
        settings = load()
        export = settings.tables["national"]["national"].get("prescription_export")
        if not settings.node.country_a_enabled or export is None:
            return {"name": "prescriptions", "ok": True, "detail": "not offered abroad"}
        known = PrescriptionExportTable.model_validate(export)
        read_prescription_sources(
            settings.path(known.fest_file),
            settings.path(known.trust_file),
            settings.path(known.revocation_directory),
            read_code_systems(settings.files["national_code_systems"].parent),
        )
    except (SettingsError, ValueError, OSError, NorwegianMessageError) as wrong:
        detail = f"national.prescription_export: not to be used: {_why(wrong)}"
        return {"name": "prescriptions", "ok": False, "detail": detail}
    return {"name": "prescriptions", "ok": True, "detail": "offered abroad; FEST and the prescribers' issuers are read"}


def _own_conditions(now: datetime) -> list[dict[str, Any]]:
    """The list that a node goes through before it listens: a row for each that is met, and one for each fault."""
    from gateway.node.own.conditions import OWN_CONDITIONS  # what a node is made of: not for the help
    from gateway.node.own.read import read_own_state
    from gateway.node.own.read_place import Asked
    from gateway.store.errors import DatabaseUrlUnsupported
    from gateway.store.node_lock import NodeLock

    try:
        settings = load()
    except SettingsError:
        return []  # `_configuration_reads` tells of it
    try:
        lock = NodeLock(settings.store_url(), settings.node.node_id)
    except DatabaseUrlUnsupported:
        lock = None  # the list tells of it
    state = read_own_state(settings, Asked(lock))
    if lock is not None:
        lock.release()
    found = unmet(OWN_CONDITIONS, state, Occasion.DOCTOR, now)
    faulty = {one.condition for one in found}
    rows: list[dict[str, Any]] = [
        {"name": one.condition, "ok": not one.refuses, "detail": one.sentence(), "warning": not one.refuses}
        for one in found
    ]
    return [*rows, *(_without_fault(one, faulty) for one in OWN_CONDITIONS if one.name not in faulty)]


def _without_fault(condition: "StartCondition[OwnState]", faulty: Collection[str]) -> dict[str, Any]:
    """A condition that found nothing: met, unless it had nothing to look at."""
    missed = [name for name in condition.needs if name in faulty]
    if missed:
        return {"name": condition.name, "ok": None, "detail": f"not looked at, for {missed[0]} is not met"}
    return {"name": condition.name, "ok": True, "detail": "as it should be"}


def _why(wrong: Exception) -> str:
    return told(wrong) if isinstance(wrong, ValidationError) else in_words(wrong)


def _facts() -> dict[str, str]:
    artefacts = os.environ.get("NCPEH_ARTEFACTS", "")
    return {
        "ncpeh": importlib.metadata.version("ncpeh"),
        "python": f"{platform.python_version()} {sys.executable}",
        "openssl": ssl.OPENSSL_VERSION,
        "transformers": str(Path(str(transformers.__file__)).parent),
        "artefacts": artefacts if artefacts and Path(artefacts).is_dir() else "absent (NCPEH_ARTEFACTS)",
    }
