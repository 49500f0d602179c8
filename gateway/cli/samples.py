"""`ncpeh samples`: the synthetic persons that ship with the project."""

import json
import tomllib
from textwrap import fill
from typing import Annotated, Any

import typer

from gateway.configuration.shipped import shipped

_BELOW = " " * 21


def samples(json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:  # noqa: FBT002 - a flag of the command line
    """List the sample persons: id, identifier, what each stands for, ids of her prescriptions. All are invented."""
    persons = sample_persons()
    if json_:
        typer.echo(json.dumps({"version": 1, "persons": persons}, ensure_ascii=False))
        return
    for person in persons:
        typer.echo(f"{person['id']:<20} {person['identifier']}  {person['stands_for']}")
        if person["prescriptions"]:
            told = " ".join(("prescriptions:", *person["prescriptions"]))
            typer.echo(fill(told, 120, initial_indent=_BELOW, subsequent_indent=_BELOW, break_on_hyphens=False))


def sample_persons() -> list[dict[str, Any]]:
    """Rows of samples/persons.toml (id, identifier, stands_for), each with the ids of its prescriptions."""
    from gateway.national.prescriptions_from_files import prescription_ids  # its readers are not for a command's help

    folder = shipped("samples")
    table = tomllib.loads((folder / "persons.toml").read_text("utf-8"))
    return [
        {
            **{key: row[key] for key in ("id", "identifier", "stands_for")},
            "prescriptions": list(prescription_ids(folder / "persons" / row["id"])),
        }
        for row in table["person"]
    ]
