"""`ncpeh quality --country XX`: what to write to the desk of a country whose documents came with faults.

Made of the evidence: how many documents came, and how often each rule was broken, with what the sender would change and
why. It names rules and numbers, no person and no document.
"""

import json
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer

from gateway.cli.evidence_find import INSTANT
from gateway.cli.options import AsJson, Database
from gateway.configuration.settings import load
from gateway.evidence.tally import CountryTally, tally_by_country
from gateway.store.engine import Store
from gateway.store.revision import require_current
from transformers.cda.rules.texts import RULE_TEXTS


def quality(
    country: Annotated[str, typer.Option(help="Two letters, as in `countries.toml`: whose documents came.")],
    since: Annotated[
        datetime | None, typer.Option(formats=INSTANT, help="What came then or later (UTC unless it says).")
    ] = None,
    database: Database = None,
    json_: AsJson = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Say what a country's documents broke, how often, and what to change. Exit 0, 1 none came, 2 unreadable."""
    since = None if since is None else since.replace(tzinfo=since.tzinfo or UTC)
    with closing(Store.open(database or load().store_url())) as store:
        require_current(store)
        tally = tally_by_country(store, since).get(country.upper())
    if tally is None or not tally.documents:
        typer.echo(f"no document of {country.upper()} was looked at", err=True)
        raise typer.Exit(1)
    rows = rules_broken(tally)
    if json_:
        told = {"version": 1, "country": country.upper(), "documents": tally.documents, "refused": tally.refused}
        typer.echo(json.dumps({**told, "rules": rows}, ensure_ascii=False))
        return
    typer.echo(f"{country.upper()}: {tally.documents} documents looked at, {tally.refused} refused")
    for row in rows:
        typer.echo(f"{row['times']} times {row['rule']}: {row['mend']} {row['why']}".rstrip())


def rules_broken(tally: CountryTally) -> list[dict[str, str | int]]:
    """Of each rule of ours that was broken, the most frequent first: how often, what to change, and why.

    A rule of the official Schematron has its id alone: its words are in the rules that its country has too.
    """
    broken = sorted(tally.findings.items(), key=lambda pair: (-pair[1], pair[0]))
    rows: list[dict[str, str | int]] = []
    for rule, times in broken:
        text = RULE_TEXTS.get(rule)
        mend, why = ("An official rule, or a remark of ours on reading.", "") if text is None else text
        rows.append({"rule": rule, "times": times, "mend": mend, "why": why})
    return rows
