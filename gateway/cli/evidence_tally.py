"""`ncpeh evidence tally`: what was found in each country's documents, and what of its assertions was tolerated."""

import json
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer

from gateway.cli.evidence_find import INSTANT
from gateway.cli.options import AsJson, Database
from gateway.configuration.settings import load
from gateway.evidence.tally import tally_by_country
from gateway.store.engine import Store
from gateway.store.revision import require_current


def tally(
    since: Annotated[
        datetime | None, typer.Option(formats=INSTANT, help="What began then or later (UTC unless it says).")
    ] = None,
    database: Database = None,
    json_: AsJson = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Count by country: documents, rules broken, deviations tolerated, not handed out. Exit 0; 2: unreadable."""
    since = None if since is None else since.replace(tzinfo=since.tzinfo or UTC)
    with closing(Store.open(database or load().store_url())) as store:
        require_current(store)
        found = tally_by_country(store, since)
    if json_:
        countries = {
            country: {
                "documents": one.documents,
                "refused": one.refused,
                "findings": dict(sorted(one.findings.items())),
                "tolerances": dict(sorted(one.tolerances.items())),
                "not_handed_out": dict(sorted(one.not_handed_out.items())),
            }
            for country, one in found.items()
        }
        typer.echo(json.dumps({"version": 1, "countries": countries}))
        return
    for country, one in found.items():
        typer.echo(f"{country}: {one.documents} documents looked at, {one.refused} refused")
        counts = (("broken", one.findings), ("tolerated", one.tolerances), ("not handed out", one.not_handed_out))
        for what, counted in counts:
            for name, number in sorted(counted.items()):
                typer.echo(f"  {what}: {name} {number}")
