"""`ncpeh samples`: the synthetic persons that ship with the project."""

import json
import tomllib
from typing import Annotated, Any

import typer

from gateway.shipped import shipped


def samples(json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:  # noqa: FBT002 - a flag of the command line
    """List the sample persons: id, identifier, what each stands for. All are invented."""
    persons = sample_persons()
    if json_:
        typer.echo(json.dumps({"version": 1, "persons": persons}, ensure_ascii=False))
        return
    for person in persons:
        typer.echo(f"{person['id']:<20} {person['identifier']}  {person['stands_for']}")


def sample_persons() -> list[dict[str, Any]]:
    """Rows of samples/persons.toml: id, identifier, stands_for."""
    table = tomllib.loads((shipped("samples") / "persons.toml").read_text("utf-8"))
    return [{key: row[key] for key in ("id", "identifier", "stands_for")} for row in table["person"]]
