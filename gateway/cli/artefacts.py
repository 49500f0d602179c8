"""`ncpeh artefacts`: the official files of others (NCPEH_ARTEFACTS): what is there and what is not."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from gateway.cli.validate import artefact_folder
from transformers.validation import Artefacts, absent_value_sets

app = typer.Typer(help="Official artefacts of others: XSDs, Schematrons, value sets.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `check` a command of its own."""


@app.command("check")
def check(
    json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,  # noqa: FBT002 - a flag of the command line
    wave: Annotated[int, typer.Option(min=1, help="Whose Schematrons.")] = 8,
) -> None:
    """Say what of the layout is in the folder. Exit 0: all of it; 1: some is absent; 2: no folder is named."""
    folder = artefact_folder()
    if folder is None:
        reason = "name the folder of official artefacts; without it our own rules alone check documents"
        raise typer.BadParameter(f"NCPEH_ARTEFACTS is not set: {reason}")
    places, value_sets = Artefacts(folder).inventory(wave), absent_value_sets(Artefacts(folder), wave)
    complete = all(place.path is not None for place in places)
    if json_:
        answer = {
            "version": 1,
            "folder": str(folder),
            "complete": complete,
            "artefacts": [asdict(place) for place in places],
            "value_sets_absent": value_sets,
        }
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        for place in places:
            typer.echo(f"{'ok ' if place.path else 'NO '} {place.name}: {place.path or 'absent'} ({place.purpose})")
        for oid in value_sets:
            typer.echo(f"NO  value set {oid}: absent (official rules that name it may be unjust)")
    raise typer.Exit(0 if complete else 1)
