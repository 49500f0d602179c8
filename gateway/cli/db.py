"""`ncpeh db`: brings the database to the shape this program needs, says which shape it has, copies it to another."""

import json
from contextlib import closing
from typing import Annotated

import typer

from gateway.cli.options import AsJson, Database
from gateway.configuration.settings import load
from gateway.store.engine import Store
from gateway.store.revision import NEEDED, found_revision

app = typer.Typer(help="The node's database.", no_args_is_help=True)


@app.command()
def migrate(database: Database = None, json_: AsJson = False) -> None:  # noqa: FBT002 - a flag of the command line
    """Bring the database to head, in one transaction; make it if it is a SQLite file that is not there."""
    from gateway.store.migrate import migrate as run_migrations  # Alembic: for this command alone

    before, after = run_migrations(database or load().store_url())
    _say(found=after, needed=after, before=before, as_json=json_)


@app.command()
def status(database: Database = None, json_: AsJson = False) -> None:  # noqa: FBT002 - a flag of the command line
    """Say which revision the database is at. Exit 0 at head, 1 not at head, 2 unreadable."""
    with closing(Store.open(database or load().store_url())) as store:
        found = found_revision(store)
    _say(found=found, needed=NEEDED, before=found, as_json=json_)
    raise typer.Exit(0 if found == NEEDED else 1)


@app.command("copy")
def copy(
    source: Annotated[str, typer.Option("--from", help="The database that is copied; it is not changed.")],
    target: Annotated[str, typer.Option("--to", help="One that was migrated and never used.")],
    json_: AsJson = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Copy a whole database into another, SQLite or PostgreSQL, while no node runs on either.

    One transaction, verified at both ends: each row, and the chain of evidence. Exit 0 copied, 2 not.
    """
    from gateway.evidence.verify import intact_head  # Alembic and what verifies: for this command alone
    from gateway.store.copy import copy_database

    done = copy_database(source, target, intact_head)
    if json_:
        head = {"sequence": done.proof.sequence, "hash": done.proof.hash.hex()}
        typer.echo(json.dumps({"version": 1, "tables": dict(done.rows), "head": head}))
        return
    for table, rows in done.rows.items():
        typer.echo(f"{table}: {rows} rows")
    typer.echo(f"copied and verified: evidence to row {done.proof.sequence}, head {done.proof.hash.hex()[:16]}")


@app.command("new-key")
def new_key(
    id_: Annotated[str | None, typer.Option("--id", help="Of the key; default: the next of k1, k2, ….")] = None,
) -> None:
    """Make a new store key and put it on top of the key file (store.keys_file), which its owner alone reads.

    Rows that were written before stay readable: the older keys are kept below. Running nodes use it once restarted.
    """
    from gateway.store.keys import add_key  # its ciphers: for this command alone

    settings = load()
    path = settings.path(settings.store.keys_file)
    made = add_key(path, id_)
    typer.echo(f"{path}: {made} is the current key")


def _say(*, found: str | None, needed: str, before: str | None, as_json: bool) -> None:
    if as_json:
        row = {"version": 1, "before": before, "revision": found, "needed": needed, "current": found == needed}
        typer.echo(json.dumps(row))
    elif before != found:
        typer.echo(f"migrated from {before or 'nothing'} to {found}")
    else:
        typer.echo(f"at {found or 'nothing'}, {'current' if found == needed else f'needs {needed}'}")
