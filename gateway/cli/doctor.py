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
from gateway.settings import SettingsError, load
from gateway.shipped import shipped


def doctor(json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:  # noqa: FBT002 - a flag of the command line
    """Check the installation: whose packages are imported, configuration, artefacts. Exit 1 when something is wrong."""
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
    return [_imported_is_ours(), _shipped_is_there(), _configuration_reads()]


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


def _facts() -> dict[str, str]:
    artefacts = os.environ.get("NCPEH_ARTEFACTS", "")
    return {
        "ncpeh": importlib.metadata.version("ncpeh"),
        "python": f"{platform.python_version()} {sys.executable}",
        "openssl": ssl.OPENSSL_VERSION,
        "transformers": str(Path(str(transformers.__file__)).parent),
        "artefacts": artefacts if artefacts and Path(artefacts).is_dir() else "absent (NCPEH_ARTEFACTS)",
    }
