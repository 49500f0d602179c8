"""`ncpeh simulate`: the Norwegian services on loopback, for tests and demonstrations."""

import ssl
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.sentences import at_place
from gateway.configuration.shipped import shipped


def simulate(
    client_jwks: Annotated[Path, typer.Option(help="Public keys of HelseID's clients (JWKS).")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    tls_certificate: Annotated[Path | None, typer.Option(help="PEM; without it plain HTTP.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="PEM.")] = None,
    ready_file: Annotated[Path | None, typer.Option(help="Written by rename once it answers.")] = None,
) -> None:
    """Serve HelseID, Persontjenesten, PVK, kritisk informasjon, Reseptformidleren and SYSVAK from the samples."""
    from gateway.simulators.helseid import read_clients
    from gateway.simulators.national import main  # its help loads no server

    try:
        read_clients(client_jwks.read_text("utf-8"))
    except ValueError:
        raise typer.BadParameter(f"{client_jwks} holds no public keys (JWKS)", param_hint="--client-jwks") from None
    files = [file for file in (tls_certificate, tls_key) if file is not None]
    for file in files:
        file.read_bytes()  # TLS names no file that is not there
    try:
        main(shipped("samples"), host, port, tls_certificate, tls_key, client_jwks, ready_file)
    except OSError as fault:
        raise _named(fault, f"{host}:{port}", [str(file) for file in files]) from fault


def _named(fault: OSError, address: str, files: list[str]) -> OSError:
    """A fault that names no file is of the TLS files where TLS reports it, else of the address."""
    if fault.filename is not None:
        return fault
    return at_place(fault, *files) if isinstance(fault, ssl.SSLError) else at_place(fault, address)
