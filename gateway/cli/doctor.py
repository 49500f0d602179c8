"""`ncpeh doctor`: is this installation what it should be, and what is at hand."""

import importlib.metadata
import json
import os
import platform
import ssl
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

import gateway
import transformers
import trust
from gateway.configuration.errors import SettingsError
from gateway.configuration.settings import load
from gateway.configuration.shipped import shipped
from gateway.national.prescription_sources import read_prescription_sources
from gateway.national.settings import PrescriptionExportTable
from gateway.national.tables import read_code_systems
from transformers.norway.errors import NorwegianMessageError


def doctor(json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:  # noqa: FBT002 - a flag of the command line
    """Check the installation: whose packages are imported, configuration, artefacts. Exit 1: something is wrong."""
    checks = _checks()
    good = all(check["ok"] for check in checks)
    if json_:
        typer.echo(json.dumps({"version": 1, "ok": good, "checks": checks, "facts": _facts()}, ensure_ascii=False))
    else:
        for check in checks:
            typer.echo(f"{'ok ' if check['ok'] else 'NO '} {check['name']}: {check['detail']}")
        for name, value in _facts().items():
            typer.echo(f"    {name}: {value}")
    raise typer.Exit(0 if good else 1)


def _checks() -> list[dict[str, Any]]:
    return [_imported_is_ours(), _shipped_is_there(), _configuration_reads(), _prescriptions_can_be_read()]


def _imported_is_ours() -> dict[str, Any]:
    home = Path(gateway.__file__).parent.parent
    strangers = [m.__name__ for m in (transformers, trust) if Path(str(m.__file__)).parent.parent != home]
    owners = set(importlib.metadata.packages_distributions().get("transformers", ["ncpeh"]))
    ours = not strangers and owners == {"ncpeh"}
    detail = f"transformers is {Path(str(transformers.__file__)).parent}"
    if not ours:
        detail += f"; another distribution shadows it ({', '.join(sorted(owners - {'ncpeh'})) or 'unknown'})"
    return {"name": "packages", "ok": ours, "detail": detail}


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
        detail = f"national.prescription_export: not to be used: {type(wrong).__name__}"
        return {"name": "prescriptions", "ok": False, "detail": detail}
    return {"name": "prescriptions", "ok": True, "detail": "offered abroad; FEST and the prescribers' issuers are read"}


def _facts() -> dict[str, str]:
    artefacts = os.environ.get("NCPEH_ARTEFACTS", "")
    return {
        "ncpeh": importlib.metadata.version("ncpeh"),
        "python": f"{platform.python_version()} {sys.executable}",
        "openssl": ssl.OPENSSL_VERSION,
        "transformers": str(Path(str(transformers.__file__)).parent),
        "artefacts": artefacts if artefacts and Path(artefacts).is_dir() else "absent (NCPEH_ARTEFACTS)",
    }
