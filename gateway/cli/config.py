"""`ncpeh config`: whether the configuration can be used, what is in force and where it comes from, what is changed."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Annotated, Any, Final

import typer

from gateway.cli.edge import say
from gateway.cli.options import AsJson
from gateway.configuration.effective import EffectiveValue, ValueChange, changes, effective_values, own_files
from gateway.configuration.errors import SettingsError
from gateway.configuration.settings import FILES, Settings, load
from gateway.configuration.shipped import shipped

app = typer.Typer(help="The configuration of a node.", no_args_is_help=True)

_SETTINGS: Final = ("node", "countries", "policies", "national")
"""What a node is set by; the other files are facts, shown when they are named."""


@app.command()
def check(json_: AsJson = False) -> None:  # noqa: FBT002 - a flag of the command line
    """Read every file as a node would. Exit 0: all can be used; 1: a line for each that cannot, with file and key."""
    rows = _checked()
    if json_:
        typer.echo(json.dumps({"version": 1, "ok": all(row["ok"] for row in rows), "checks": rows}, ensure_ascii=False))
    for row in () if json_ else rows:
        typer.echo(f"{'ok ' if row['ok'] else 'NO '} {row['name']}: {row['detail']}")
    raise typer.Exit(0 if all(row["ok"] for row in rows) else 1)


@app.command()
def show(
    key: Annotated[str, typer.Argument(help="A file, or how a key begins: national, tls., country.PT")] = "",
    json_: AsJson = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Say each value in force and where it comes from: shipped file, own file (with line), environment.

    Without KEY what a node is set by; secrets are masked. Exit 0: shown; 1: there is no such key.
    """
    found = [one for one in effective_values(os.environ) if _wanted(one, key)]
    if json_:
        typer.echo(json.dumps({"version": 1, "values": [asdict(one) for one in found]}, ensure_ascii=False))
    for one in () if json_ else found:
        typer.echo(f"{one.key} = {one.value}  # {one.origin}: {one.where}")
    if not found:
        say(f"no key of the configuration is or begins with {key}. All are listed by: ncpeh config keys")
    raise typer.Exit(0 if found else 1)


@app.command()
def diff(json_: AsJson = False) -> None:  # noqa: FBT002 - a flag of the command line
    """Say what in force differs from what is shipped. Exit 0: nothing; 1: something."""
    found = changes(os.environ)
    if json_:
        typer.echo(json.dumps({"version": 1, "changes": [asdict(one) for one in found]}, ensure_ascii=False))
    for one in () if json_ else found:
        typer.echo(_line(one))
    raise typer.Exit(1 if found else 0)


@app.command()
def keys() -> None:
    """Print every key that a node may be set by, as tables in Markdown: what it says, takes, and is as shipped."""
    typer.echo(keys_page(), nl=False)


def keys_page() -> str:
    """The page of all keys, made of the typed tables and of the comments in the shipped files."""
    from gateway.configuration.documented import as_table, documented_keys
    from gateway.national.settings import FILES as NATIONAL

    files = {**FILES, **NATIONAL}
    texts = {name: (shipped("config") / f"{name}.toml").read_text("utf-8") for name in _SETTINGS}
    values: dict[str, dict[str, str]] = {name: {} for name in _SETTINGS}
    for one in effective_values({}):
        if one.file in values and one.file != "countries":
            values[one.file][one.key] = one.value
    return as_table({name: documented_keys(files[name], texts[name]) for name in _SETTINGS}, values)


def _wanted(one: EffectiveValue, key: str) -> bool:
    if not key:
        return one.file in _SETTINGS
    return one.file == key.removesuffix(".toml") or one.key == key or one.key.startswith(key.rstrip(".") + ".")


def _line(one: ValueChange) -> str:
    if not one.key:
        return f"{one.file}: {one.in_force} instead of {one.shipped}"
    before, after = (value or "(not there)" for value in (one.shipped, one.in_force))
    return f"{one.key}: {before} -> {after}  # {one.where}"


def _checked() -> list[dict[str, Any]]:
    """A row for each file that cannot be used; where all can, one a file that says whose it is."""
    try:
        settings = load()
    except SettingsError as wrong:
        return [{"name": "configuration", "ok": False, "detail": " ".join(str(wrong).split())}]
    faults = {}
    for name, read in _readers(settings).items():
        try:
            read(settings)
        except SettingsError as wrong:
            faults[name] = " ".join(str(wrong).split())
    rows = [{"name": name, "ok": False, "detail": detail} for name, detail in faults.items()]
    whose = {path: "own" if own else "shipped" for path, own in own_files(os.environ).items()}
    return rows or [{"name": path, "ok": True, "detail": said} for path, said in sorted(whose.items())]


def _readers(settings: Settings) -> Mapping[str, Callable[[Settings], object]]:
    """What reads each file whose type lives in another room, as a node of these settings does."""
    from gateway.configuration.document_types import load_document_types
    from gateway.configuration.permissions import read_agreements
    from gateway.configuration.refusals import load_refusals
    from gateway.counter.read_rules import counter_rules
    from gateway.faces.terminology.tables import read_uris
    from gateway.national.exportability import export_policy
    from gateway.national.tables import read_code_systems
    from gateway.node.norway import national_table

    readers: dict[str, Callable[[Settings], object]] = {
        "permissions.toml, roles.csv": read_agreements,
        "refusals.toml": lambda known: load_refusals(known.files["refusals"]),
        "document_types.toml": lambda known: load_document_types(known.files["document_types"]),
        "exportability.toml": lambda known: export_policy(known.tables["exportability"], known.files["exportability"]),
        "counter.toml": lambda known: counter_rules(known.tables["counter"], known.files["counter"]),
        "national_code_systems.csv": lambda known: read_code_systems(known.files["national_code_systems"].parent),
        "fhir_systems.csv": read_uris,
    }
    return {**readers, "national.toml": national_table} if settings.node.country_a_enabled else readers
