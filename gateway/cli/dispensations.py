"""`ncpeh dispensations`: what was dispensed across a border and is not settled, and what a person decides of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.edge import say
from gateway.cli.handouts_shown import AnyDecision, handout_closed, handouts_shown
from gateway.cli.options import AsJson
from gateway.journal.decisions import DispensationDecision

if TYPE_CHECKING:
    from gateway.journal.book import Book, JournalRow
    from gateway.journal.recorded import JournalEvidence
    from gateway.node.foundation import Foundation

app = typer.Typer(help="Dispensings abroad of Norwegian prescriptions, and here of foreign ones.", no_args_is_help=True)


@app.command()
def show(
    every: Annotated[bool, typer.Option("--all", help="Settled ones too.")] = False,  # noqa: FBT002 - a flag of the command line
    json_: AsJson = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Show dispensings, abroad and here, that are not settled, with what a person can look up: no patient is named.

    Exit 0: none waits for a person; 1: some do.
    """
    from gateway.journal.states import SETTLED, DispensationState

    with _opened() as foundation:
        book, _ = _journal(foundation)
        rows = book.in_states([state for state in DispensationState if every or state not in SETTLED])
        shown = [_shown(book, row) for row in rows] + handouts_shown(foundation, every=every)
    if json_:
        typer.echo(json.dumps({"version": 1, "dispensations": shown}, ensure_ascii=False))
    for one in [] if json_ else shown:
        typer.echo("\n".join(f"{name}: {_plain(value)}" for name, value in one.items()) + "\n")
    waiting = sum(one["state"] == DispensationState.HUMAN for one in shown)
    if not json_:
        typer.echo(f"{len(shown)} shown, {waiting} wait for a person")
    raise typer.Exit(1 if waiting else 0)


@app.command()
def decide(
    row: Annotated[str, typer.Argument(help="Its `row`, as `show` prints it.")],
    decision: Annotated[
        AnyDecision,
        typer.Option("--to", help="What Reseptformidleren, or the other country, asked by other means, says of it."),
    ],
    by: Annotated[str, typer.Option("--by", help="Name of the person who decides.")],
    reason: Annotated[str, typer.Option(help="How she knows.")],
) -> None:
    """Decide what nobody can find out: an act with evidence. The node goes on from there.

    Exit 0: decided; 1: the row waits for no such decision; 2: called wrongly.
    """
    from gateway.evidence.named import AcceptanceIncomplete
    from gateway.journal.deciding import DecisionRefused

    with _opened() as foundation:
        try:
            to = _decided(foundation, row, decision, (by, reason))
        except AcceptanceIncomplete as lacking:
            raise typer.BadParameter("blank, or not to be printed", param_hint=f"--{lacking}") from None
        except DecisionRefused as refused:
            may = ", ".join(refused.may)
            say(
                f"this dispensing waits for another decision: {may}"
                if may
                else "no such dispensing waits for a person."
            )
            raise typer.Exit(1) from None
    typer.echo(f"decided: {to}")


def _decided(foundation: "Foundation", row: str, decision: AnyDecision, word: tuple[str, str]) -> str:
    """The state that it leads to. Raises DecisionRefused, AcceptanceIncomplete."""
    from gateway import clock
    from gateway.journal.deciding import DecisionRefused, PersonsWord, decide

    closed = handout_closed(foundation, row, decision.value, word)
    if closed is not None:
        return closed
    if decision.name not in DispensationDecision.__members__:
        raise DecisionRefused
    by, reason = word
    wanted = PersonsWord(DispensationDecision(decision.value), by, reason)
    return decide(row, wanted, *_journal(foundation), clock.now()).value


@contextmanager
def _opened() -> "Iterator[Foundation]":
    from gateway import clock
    from gateway.configuration.settings import load
    from gateway.node.foundation import open_foundation  # what a node needs

    foundation = open_foundation(load())
    try:
        yield foundation
    finally:
        foundation.close(clock.now())


def _journal(foundation: "Foundation") -> "tuple[Book, JournalEvidence]":
    from gateway import clock
    from gateway.node.dispensing import open_book

    return open_book(foundation, clock.now, clock.new_id)


def _shown(book: "Book", row: "JournalRow") -> dict[str, Any]:
    """A row without personal data."""
    from gateway.journal.decisions import MAY_DECIDE

    facts, document = row.facts, row.facts.document
    may = MAY_DECIDE.get(row.asked_in, ()) if row.asked_in is not None and row.state == "HUMAN" else ()
    return {
        "row": row.row_id,
        "where": "abroad",
        "state": row.state.value,
        "asked_in": None if row.asked_in is None else row.asked_in.value,
        "may_decide": [one.value for one in may],
        "country": facts.place.country,
        "document": f"{document.root}^{document.extension or ''}",
        "prescription": facts.prescription.prescription_id,
        "opened": row.opened.isoformat(timespec="seconds"),
        "changed": row.changed.isoformat(timespec="seconds"),
        "reason": None if row.fall is None else "/".join((row.fall.reason.value, *row.fall.codes)),
        "messages": {step: sent.message_id for step, sent in sorted(book.messages(row).items())},
        "evidence": row.evidence,
    }


def _plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
