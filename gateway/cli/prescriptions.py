"""`ncpeh prescriptions explain`: which prescriptions can be used in a country, why not, and what to ask for."""

import json
from typing import Annotated, Literal

import typer

from gateway.cli.edge import say
from gateway.cli.options import AsJson
from transformers.words import Language

app = typer.Typer(help="Prescriptions.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Prescriptions."""


@app.command()
def explain(
    person: Annotated[
        str | None,
        typer.Option(metavar="SAMPLE|-", help="A sample person, or - and her number on standard input: see below."),
    ] = None,
    country: Annotated[str | None, typer.Option(help="Of the country directory: two capital letters.")] = None,
    language: Annotated[Language, typer.Option(help="nb, nn or en.")] = "nb",
    to: Annotated[
        Literal["patient", "guardian"], typer.Option(help="Who is told: what a youth keeps from guardians stays out.")
    ] = "patient",
    json_: AsJson = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Say of each prescription yes, no or "if", why, and what to ask for, in words for the patient.

    Of a sample person the rules are asked now. With - it is told what was decided when that country last asked about
    her, by the evidence of this node, what a pharmacy abroad is at work on, and what one was refused: no national
    service is asked.

    Exit 0: told; 1: there is nothing to tell; 2: called wrongly.
    """
    if person is None:
        raise typer.BadParameter("whose? A sample person, or - and her number on standard input", param_hint="--person")
    from gateway.configuration.settings import load  # here and below: its help loads no node

    settings = load()
    row = None if country is None else settings.countries.get(country)
    if row is None:
        raise typer.BadParameter("which country of countries.toml?", param_hint="--country")
    if person == "-":
        from gateway.cli.prescriptions_recorded import recorded_abroad

        found, refused = recorded_abroad(person, row, settings)
    else:
        from gateway.cli.prescriptions_sampled import sampled_abroad

        found, refused = sampled_abroad(person, row, settings), []
    told = [one for one in found if to == "patient" or one.may_be_told_to_guardians]
    if json_:
        lists = {"prescriptions": [one.as_json() for one in told], "refused": [one.as_json() for one in refused]}
        typer.echo(json.dumps({"version": 1, "country": row.code, **lists}, ensure_ascii=False))
    lines = [*(one.shown(language) for one in told), *(one.shown(language) for one in refused)]
    for line in () if json_ else lines:
        typer.echo(line)
    if not told and not refused:
        say("there is no prescription to tell of.")
        raise typer.Exit(1)
