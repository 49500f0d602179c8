"""`ncpeh simulate-country`: an invented country's contact point on loopback, for tests and demonstrations."""

import ssl
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.sentences import at_place


def simulate_country(  # noqa: PLR0913 - one argument per option of the command line
    tls_certificate: Annotated[Path, typer.Option(help="PEM.")],
    tls_key: Annotated[Path, typer.Option(help="PEM.")],
    trust: Annotated[Path, typer.Option(help="PEM; whose certificates may ask for a person.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    idempotent: Annotated[bool, typer.Option(help="Answer a repeated document as the first time.")] = False,  # noqa: FBT002 - a flag of the command line
    further: Annotated[int, typer.Option(min=0, help="So many prescriptions more, of one dispensing each.")] = 0,
    ready_file: Annotated[Path | None, typer.Option(help="Written by rename once it answers.")] = None,
) -> None:
    """Serve one invented patient's prescriptions as country A: find, list, retrieve, dispense, discard."""
    from gateway.simulators.contact_point import main  # its help loads no server

    files = (tls_certificate, tls_key, trust)
    for file in files:
        file.read_bytes()  # TLS names no file that is not there
    try:
        main(host, port, tls_certificate, tls_key, trust, ready_file, idempotent=idempotent, further=further)
    except OSError as fault:
        if fault.filename is not None:
            raise
        raise at_place(fault, *map(str, files) if isinstance(fault, ssl.SSLError) else (f"{host}:{port}",)) from fault
