"""`ncpeh simulate`: the Norwegian services on loopback, for tests and demonstrations."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.configuration.shipped import shipped


def simulate(
    client_jwks: Annotated[Path, typer.Option(help="Public keys of HelseID's clients (JWKS).")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 0,
    tls_certificate: Annotated[Path | None, typer.Option(help="PEM; without it plain HTTP.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="PEM.")] = None,
    ready_file: Annotated[Path | None, typer.Option(help="Written by rename once it answers.")] = None,
) -> None:
    """Serve HelseID, Persontjenesten, PVK, kritisk informasjon, Reseptformidleren and SYSVAK from the samples."""
    from gateway.simulators.national import main  # its help loads no server

    main(shipped("samples"), host, port, tls_certificate, tls_key, client_jwks, ready_file)
