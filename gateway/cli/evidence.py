"""`ncpeh evidence`: verifies the chain of evidence and shows events, without personal data."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from cryptography import x509

from gateway import clock
from gateway.cli.edge import say
from gateway.cli.evidence_find import find
from gateway.cli.evidence_tally import tally
from gateway.cli.options import AsJson, Database
from gateway.cli.sentences import words_of
from gateway.configuration.settings import Settings, load
from gateway.evidence.accept_clock import ClockAcceptance, accept
from gateway.evidence.named import AcceptanceIncomplete
from gateway.evidence.read import event_by_id, newest_events
from gateway.evidence.verify import Verification
from gateway.evidence.verify import verify as verify_chain
from gateway.store.engine import Store
from gateway.store.keys import KeyRing
from gateway.store.revision import require_current

app = typer.Typer(help="The evidence of every transaction.", no_args_is_help=True)
app.command("find")(find)
app.command("tally")(tally)


@dataclass(frozen=True, slots=True)
class _Sources:
    """Where evidence is, and what is known of it outside the database."""

    database: str
    checkpoints: Path | None
    certificates: tuple[Path, ...]
    keys: Path | None


@app.command()
def verify(
    database: Database = None,
    checkpoints: Annotated[Path | None, typer.Option(help="Folder of checkpoints and head files.")] = None,
    certificate: Annotated[list[Path] | None, typer.Option(help="Seal certificates (PEM) that sign them.")] = None,
    keys: Annotated[Path | None, typer.Option(help="Key file, to read head files.")] = None,
    json_: AsJson = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Verify the whole chain. Without --database, everything is the node's own. Exit 0 intact, 1 not, 2 unreadable."""
    result = _verified(_sources(database, checkpoints, certificate, keys))
    typer.echo(json.dumps(as_json(result)) if json_ else "\n".join(as_lines(result)))
    raise typer.Exit(0 if result.intact else 1)


@app.command()
def show(
    id_: Annotated[UUID | None, typer.Option("--id", help="The event with this id.")] = None,
    last: Annotated[int, typer.Option(min=1, max=1000, help="The newest events.")] = 1,
    database: Database = None,
    json_: AsJson = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Show events, without personal data. Exit 0 shown, 1 there is none, 2 unreadable."""
    with _opened(database or load().store_url()) as store:
        events = newest_events(store, last) if id_ is None else list(filter(None, [event_by_id(store, id_)]))
    if json_:
        typer.echo(json.dumps({"version": 1, "events": events}, ensure_ascii=False))
    for event in [] if json_ else events:
        typer.echo("\n".join(f"{name}: {_plain(name, value)}" for name, value in event.items()) + "\n")
    if not events:
        say("there is no such event." if id_ else "the evidence has no event yet.")
    raise typer.Exit(0 if events else 1)


@app.command("accept-clock")
def accept_clock(
    by: Annotated[str, typer.Option("--by", help="Name of the person who accepts it.")],
    reason: Annotated[str, typer.Option(help="Why this clock is right.")],
) -> None:
    """Say that this node's clock is right, when rows lie in its future or it stood alone: an act with evidence.

    Exit 0 accepted, 2 not.
    """
    from gateway.node.foundation import open_foundation  # what a node needs: for this command alone

    foundation = open_foundation(load())
    try:
        node, now = foundation.settings.node.node_id, clock.now()
        act = ClockAcceptance(by, reason)
        accept(act, foundation.store, foundation.chain, node, now=now, new_id=clock.new_id)
    except AcceptanceIncomplete as lacking:
        raise typer.BadParameter("blank, or not to be printed", param_hint=f"--{lacking}") from None
    finally:
        foundation.close(clock.now())
    typer.echo(f"accepted: it is {now.isoformat(timespec='seconds')}")


@app.command("approve-tolerance")
def approve_tolerance(
    country: Annotated[str, typer.Argument(help="Whose assertions deviate: two capital letters.")],
    deviation: Annotated[str, typer.Argument(help="As its row of countries.toml names it.")],
    by: Annotated[str, typer.Option("--by", help="Name of the person who approves; not who asked for it.")],
    reason: Annotated[str, typer.Option(help="Why it may be tolerated.")],
) -> None:
    """Approve, as a second person, that a deviation of a country is tolerated: an act with evidence.

    In production a tolerance is in force with it alone. Exit 0 approved, 1 there is nothing to approve, 2 not.
    """
    from gateway.evidence.approve_tolerance import ApproverAskedForIt, ToleranceApproval, approved_tolerances
    from gateway.evidence.approve_tolerance import approve_tolerance as approve
    from gateway.node.foundation import open_foundation  # what a node needs: for this command alone
    from gateway.node.tolerated import every_tolerance

    foundation, now = open_foundation(settings := load()), clock.now()
    try:
        rows = [
            one
            for one in every_tolerance(settings)
            if (one[0], one[1].deviation) == (country, deviation) and one[1].ends >= now.date()
        ]
        approved = approved_tolerances(foundation.store, rows, foundation.chain.told())
        lacking = [one for one in rows if one not in approved]
        for one in lacking:
            act, node = ToleranceApproval(by, reason), settings.node.node_id
            approve(act, one, foundation.chain, node, now=now, new_id=clock.new_id)
    except AcceptanceIncomplete as blank:
        raise typer.BadParameter("blank, or not to be printed", param_hint=f"--{blank}") from None
    except ApproverAskedForIt:
        raise typer.BadParameter("who asked for it does not approve it", param_hint="--by") from None
    finally:
        foundation.close(clock.now())
    for _, row in lacking:
        typer.echo(f"approved: {country} {deviation} from {row.begins} to {row.ends}; start the node again")
    if not lacking:
        say("countries.toml has no such tolerance that has not ended and is not approved.")
        raise typer.Exit(1)


@app.command()
def resume(
    by: Annotated[str, typer.Option("--by", help="Name of the person who accepts it.")],
    reason: Annotated[str, typer.Option(help="How the rows were lost.")],
) -> None:
    """Accept that rows which this node recorded are lost, by a failover or a restored backup: an act with evidence.

    The node has to be stopped. Exit 0 accepted, 1 nothing is missing, 2 not.
    """
    from gateway.evidence.resume import LossAcceptance, NothingMissing
    from gateway.evidence.resume import resume as accept_loss
    from gateway.node.foundation import evidence_guards, open_foundation  # what a node needs: for this command alone

    with _stopped(settings := load()):
        foundation = open_foundation(settings)
        try:
            guards = evidence_guards(settings, foundation.keys, foundation.seal)
            node, act = settings.node.node_id, LossAcceptance(by, reason)
            found, row = accept_loss(act, foundation.store, guards, node, now=clock.now(), new_id=clock.new_id)
        except AcceptanceIncomplete as lacking:
            raise typer.BadParameter("blank, or not to be printed", param_hint=f"--{lacking}") from None
        except NothingMissing:
            typer.echo("nothing is missing that this node recorded")
            raise typer.Exit(1) from None
        finally:
            foundation.store.close()
    typer.echo(f"accepted in row {row.sequence}: rows {found.first} to {found.last} are lost")


@contextmanager
def _stopped(settings: Settings) -> Iterator[None]:
    """The node does not run, nor starts until this ends."""
    from gateway.store.errors import NodeNotStopped, NodeStandingUnknown
    from gateway.store.node_lock import NodeLock, NodeLockStanding

    node = settings.node.node_id
    lock = NodeLock(settings.store_url(), node)
    try:
        standing = lock.take()
        if standing is not NodeLockStanding.OURS:
            other = NodeNotStopped if standing is NodeLockStanding.ELSEWHERE else NodeStandingUnknown
            raise other("store.url", node)
        yield
    finally:
        lock.release()


def as_json(result: Verification) -> dict[str, Any]:
    """The verification as the command prints it."""
    return {
        "version": 1,
        "intact": result.intact,
        "rows": result.rows,
        "head": {"sequence": result.head.sequence, "hash": result.head.hash.hex()},
        "covered_to": result.covered_to,
        "checkpoints": result.checkpoints,
        "head_files": result.head_files,
        "first_bad_row": result.first_bad_row,
        "losses": [{"row": one.row, "first": one.first, "last": one.last} for one in result.losses],
        "times_back": result.times_back,
        "times_back_first": [{"row": one.row, "seconds": one.by.total_seconds()} for one in result.times_back_first],
        "faults": [{"kind": fault.kind.value, "row": fault.row, "file": fault.file} for fault in result.faults],
    }


def as_lines(result: Verification) -> list[str]:
    """The verification for a reader."""
    lines = [f"{'intact' if result.intact else 'NOT INTACT'}: {result.rows} rows, head {result.head.hash.hex()[:16]}"]
    if result.first_bad_row is not None:
        lines.append(f"first bad row: {result.first_bad_row}")
    lines += [_fault_line(fault.kind.value, fault.row, fault.file) for fault in result.faults]
    lines += [f"rows {one.first} to {one.last} were lost; row {one.row} says who accepted it" for one in result.losses]
    lines += [f"  time runs back by {one.by} at row {one.row}" for one in result.times_back_first]
    if result.times_back:
        lines.append(f"a clock was wrong: time runs back {result.times_back} times by more than {clock.BOUND}")
    lines.append(f"confirmed by {result.checkpoints} checkpoints and {result.head_files} head files")
    if result.covered_to < result.head.sequence:
        lines.append(f"rows after {result.covered_to} are confirmed by nothing outside the database")
    return lines


def _fault_line(kind: str, row: int | None, file: str | None) -> str:
    return f"  {kind}" + (f" at row {row}" if row is not None else "") + (f", says {file}" if file else "")


def _plain(name: str, value: object) -> str:
    if name == "refusal_class" and isinstance(value, str):
        return words_of(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def _sources(
    database: str | None, checkpoints: Path | None, certificates: list[Path] | None, keys: Path | None
) -> _Sources:
    """What was given; without a database, the rest is the node's own too."""
    if database is not None:
        return _Sources(database, checkpoints, tuple(certificates or ()), keys)
    settings = load()
    return _Sources(
        settings.store_url(),
        checkpoints or settings.path(settings.evidence.checkpoint_directory),
        tuple(certificates or (settings.path(settings.seal.certificate_file),)),
        keys or settings.path(settings.store.keys_file),
    )


def _verified(sources: _Sources) -> Verification:
    with _opened(sources.database) as store:  # first: without a database nothing else is missed
        certificates = [certificate for path in sources.certificates for certificate in _certificates(path)]
        keys = None if sources.keys is None else KeyRing.read(sources.keys)
        return verify_chain(store, sources.checkpoints, certificates, keys)


def _certificates(path: Path) -> list[x509.Certificate]:
    pem = path.read_bytes()
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise typer.BadParameter(f"{path} holds no certificate", param_hint="--certificate") from None


@contextmanager
def _opened(database: str) -> Iterator[Store]:
    """The store, at head: an older or newer shape is not read as if it were ours."""
    with closing(Store.open(database)) as store:
        require_current(store)
        yield store
