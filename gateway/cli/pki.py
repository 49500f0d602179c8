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
from gateway.cli.edge import WRONG, say
from gateway.cli.options import AsJson
from gateway.cli.sentences import sentence_of
from trust import pki_layout as layout
from trust.certificates import Description, describe
from trust.errors import CertificateUnreadable
from trust.pki import PkiFile, development_pki
from trust.revocation import RevocationListDescription, describe_list

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
    """Say whose each certificate is and what for, and of each revocation list whose it is and until when.

    Verifies nothing. Exit 2 when a file cannot be read; the others are shown.
    """
    found: list[tuple[Path, Description | RevocationListDescription]] = []
    unreadable = 0
    for path in files:
        try:
            found += [(path, one) for one in _described(path.read_bytes())]
        except OSError as fault:
            unreadable += 1
            say(str(sentence_of(fault)))
        except (ValueError, CertificateUnreadable):
            unreadable += 1
            say(f"{path}: no certificate or revocation list can be read from it. Give PEM or DER.")
    certificates = [(path, one) for path, one in found if isinstance(one, Description)]
    lists = [(path, one) for path, one in found if isinstance(one, RevocationListDescription)]
    if json_:
        answer = {
            "version": 1,
            "certificates": [_as_json(*one) for one in certificates],
            "revocation_lists": [_list_as_json(*one) for one in lists],
        }
        typer.echo(json.dumps(answer, ensure_ascii=False))
    for text in () if json_ else (*(_as_text(*one) for one in certificates), *(_list_as_text(*one) for one in lists)):
        typer.echo(text)
    raise typer.Exit(WRONG if unreadable else 0)


def write_files(directory: Path, files: dict[str, PkiFile]) -> None:
    """Each file below the folder, made with its mode from the start: a key is never readable by others."""
    for name, one in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, one.mode)
        with os.fdopen(descriptor, "wb") as stream:
            os.fchmod(descriptor, one.mode)  # an older file keeps its mode, the process's mask takes bits away
            stream.write(one.content)


def _described(content: bytes) -> list[Description | RevocationListDescription]:
    """Each certificate and list of a file. Raises ValueError, CertificateUnreadable for what holds neither."""
    if not content.startswith(b"-----BEGIN"):
        try:
            return [describe(content)]
        except CertificateUnreadable:
            return [describe_list(content)]
    found: list[Description | RevocationListDescription] = []
    for block in content.split(b"-----BEGIN ")[1:]:
        whole = b"-----BEGIN " + block
        if block.startswith(b"X509 CRL-----"):
            found.append(describe_list(x509.load_pem_x509_crl(whole).public_bytes(Encoding.DER)))
        else:
            found.append(describe(x509.load_pem_x509_certificate(whole).public_bytes(Encoding.DER)))
    return found


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


def _list_as_json(path: Path, one: RevocationListDescription) -> dict[str, object]:
    return {
        "file": str(path),
        "issuer": one.issuer,
        "this_update": _instant(one.this_update),
        "next_update": None if one.next_update is None else _instant(one.next_update),
        "revoked": one.revoked,
        "sha256": one.sha256,
    }


def _list_as_text(path: Path, one: RevocationListDescription) -> str:
    until = "without an end" if one.next_update is None else f"to {_instant(one.next_update)}"
    return f"{path}\n  revocation list of {one.issuer}\n  {one.revoked} revoked; {_instant(one.this_update)} {until}"
