"""`ncpeh pki`: a development PKI, and what a certificate says of itself."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway import clock
from gateway.cli.options import AsJson
from trust import pki_layout as layout
from trust.certificates import Description, describe
from trust.errors import CertificateUnreadable
from trust.pki import PkiFile, development_pki

app = typer.Typer(help="Certificates.", no_args_is_help=True)

_INSTANT = "%Y-%m-%dT%H:%M:%S%z"


@app.command("dev")
def dev(
    directory: Annotated[Path, typer.Option("--dir", help="Folder to fill; may not hold a PKI yet.")],
    country: Annotated[list[str], typer.Option("--country", help="ISO 3166-1 alpha-2, once per country.")],
    at: Annotated[datetime | None, typer.Option("--at", formats=[_INSTANT], help="Instant to be valid around.")] = None,
    json_: AsJson = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Make a development PKI: authorities, three certificates per country, lists, and what must be refused.

    Keys are unencrypted: for development only.
    """
    if (directory / layout.ROOT.certificate).exists():
        typer.echo(f"ncpeh: {directory} holds a PKI already; nothing was changed", err=True)
        raise typer.Exit(1)
    try:
        files = development_pki(country, clock.now() if at is None else at.astimezone(UTC))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--country") from None
    write_files(directory, files)
    if json_:
        answer = {"version": 1, "dir": str(directory.resolve()), "countries": country, "files": sorted(files)}
        typer.echo(json.dumps(answer))
    else:
        typer.echo(f"{len(files)} files in {directory.resolve()}")


@app.command("show")
def show(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="PEM or DER.")],
    json_: AsJson = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Say whose each certificate is and what for. Verifies nothing. Exit 2 when a file cannot be read."""
    found = [(path, _described(path)) for path in files]
    if json_:
        certificates = [_as_json(path, one) for path, described in found for one in described or ()]
        typer.echo(json.dumps({"version": 1, "certificates": certificates}, ensure_ascii=False))
    else:
        for path, described in found:
            for one in described or ():
                typer.echo(_as_text(path, one))
    unreadable = [path for path, described in found if described is None]
    for path in unreadable:
        typer.echo(f"ncpeh: {path}: no certificate could be read", err=True)
    raise typer.Exit(2 if unreadable else 0)


def write_files(directory: Path, files: dict[str, PkiFile]) -> None:
    """Each file below the folder, made with its mode from the start: a key is never readable by others."""
    for name, one in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, one.mode)
        with os.fdopen(descriptor, "wb") as stream:
            os.fchmod(descriptor, one.mode)  # an older file keeps its mode, the process's mask takes bits away
            stream.write(one.content)


def _described(path: Path) -> list[Description] | None:
    try:
        content = path.read_bytes()
        if not content.startswith(b"-----BEGIN"):
            return [describe(content)]
        return [describe(one.public_bytes(Encoding.DER)) for one in x509.load_pem_x509_certificates(content)]
    except (OSError, ValueError, CertificateUnreadable):
        return None


def _as_json(path: Path, one: Description) -> dict[str, object]:
    return {
        "file": str(path),
        "subject": one.subject,
        "issuer": one.issuer,
        "country": one.country,
        "uses": [use.value for use in one.uses],
        "not_before": _instant(one.not_before),
        "not_after": _instant(one.not_after),
        "sha256": one.sha256,
    }


def _as_text(path: Path, one: Description) -> str:
    uses = ", ".join(use.value for use in one.uses) or "none of ours"
    validity = f"{_instant(one.not_before)} to {_instant(one.not_after)}"
    return (
        f"{path}\n  {one.subject}\n  country {one.country or 'none'}; for {uses}; {validity}\n  issued by {one.issuer}"
    )


def _instant(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")
