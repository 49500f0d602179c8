"""`ncpeh evidence find`: the events of one transaction, message, country, time or person, without personal data.

A person's number is read from standard input (`person.py`).
"""

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from gateway.cli.edge import say
from gateway.cli.options import AsJson, Database
from gateway.cli.person import Person, person_from_input
from gateway.cli.sentences import words_of
from gateway.configuration.settings import load
from gateway.evidence.read import EventFilter, find_events
from gateway.store.engine import Store
from gateway.store.keys import KeyRing
from gateway.store.revision import require_current

INSTANT: Final = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z")


def find(  # noqa: PLR0913 - one argument per option of the command line
    correlation: Annotated[
        UUID | None, typer.Option(help="Of the transaction, as log, answer and row have it.")
    ] = None,
    message: Annotated[str | None, typer.Option(help="Id of the request or of the answer.")] = None,
    country: Annotated[str | None, typer.Option(help="Of the other node: two capital letters.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=INSTANT, help="What began then or later (UTC unless it says).")
    ] = None,
    person: Person = None,
    database: Database = None,
    keys: Annotated[Path | None, typer.Option(help="Key file, for --person with --database.")] = None,
    json_: AsJson = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Find events; all that is given must fit. Exit 0 found, 1 there is none, 2 unreadable or called wrongly.

    The number of --person is Norwegian, or another country's as NUMBER^^^&OID&ISO; it is never an argument.
    """
    if not any((correlation, message, country, since, person)):
        raise typer.BadParameter(
            "name at least one", param_hint="--correlation, --message, --country, --since, --person"
        )
    if country is not None and not (len(country) == 2 and country.isascii() and country.isupper()):
        raise typer.BadParameter("a country is two capital letters, such as PT", param_hint="--country")
    since = None if since is None else since.replace(tzinfo=since.tzinfo or UTC)
    asked = None if person is None else person_from_input(person)
    url, key_file = _place_of(database, keys, needs_keys=asked is not None)
    persons = None if asked is None or key_file is None else KeyRing.read(key_file).persons(asked)
    with closing(Store.open(url)) as store:
        require_current(store)
        events = list(find_events(store, EventFilter(correlation, message, country, since, persons)))
    if json_:
        typer.echo(json.dumps({"version": 1, "events": events}, ensure_ascii=False))
    for line in () if json_ else map(_line, events):
        typer.echo(line)
    if not events:
        say("no event fits all that was given.")
    raise typer.Exit(0 if events else 1)


def _place_of(database: str | None, keys: Path | None, *, needs_keys: bool) -> tuple[str, Path | None]:
    """The database and the key file: both the node's own where none is named."""
    if database is None:
        settings = load()
        return settings.store_url(), keys or settings.path(settings.store.keys_file)
    if needs_keys and keys is None:
        raise typer.BadParameter("needed for --person with --database", param_hint="--keys")
    return database, keys


def _line(event: dict[str, Any]) -> str:
    told = " ".join(filter(None, (event["outcome"], event["refusal_code"])))
    why = words_of(event["refusal_class"]) if event["refusal_class"] else ""
    row = (
        f"{event['sequence']:>8} {event['start'][:19]}Z {event['transaction']:<12} {event['direction']:<8} "
        f"{event['peer']['country'] or '--'} {told:<20} {event['correlation']} {why}"
    )
    return row.rstrip()
