"""`ncpeh demo`: two countries on loopback, the whole story, a table; exit 0 only if every step went as it should."""

import contextlib
import shutil
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway import clock
from gateway.cli.samples import sample_persons
from gateway.cli.sentences import words_of

if TYPE_CHECKING:
    from gateway.demonstration.story import StoryStep
    from gateway.demonstration.world import World

_MARK = "ncpeh-demo"


def demo(
    dir_: Annotated[
        Path | None, typer.Option("--dir", help="Put everything here; default: demo below the state directory.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave all running until SIGINT or SIGTERM.")] = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Start a simulator of the Norwegian services and two nodes, and let Portugal read a Norwegian patient summary."""
    from gateway.demonstration.world import WorldError  # here and below: its help loads no node

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupted)
    try:
        good = _told(_folder(dir_), keep=keep)
    except WorldError as fault:
        typer.echo(f"ncpeh: {fault}", err=True)
        raise typer.Exit(70) from None
    except _Interrupted:
        typer.echo("ncpeh: interrupted; everything that was started is stopped", err=True)
        raise typer.Exit(1) from None
    raise typer.Exit(0 if good else 1)


def _told(folder: Path, *, keep: bool) -> bool:
    """The story from beginning to end; whether all went as it should."""
    from gateway.demonstration.world import build_world, write_demo_file

    started = time.monotonic()
    world = build_world(folder, clock.now())
    try:
        demo_file = write_demo_file(world, sample_persons())
        good = _play(world, started)
        if keep:
            _say_where(world, demo_file)
            with contextlib.suppress(_Interrupted):
                threading.Event().wait()
        return good
    finally:
        world.stop()


class _Interrupted(BaseException):
    """SIGINT or SIGTERM: whatever is running, every process that was started is stopped on the way out."""


def _interrupted(_number: int, _frame: object) -> None:
    raise _Interrupted


def _folder(given: Path | None) -> Path:
    """An empty folder; one that an earlier demo made is emptied first, any other that holds something is refused."""
    from gateway.configuration.settings import load

    folder = (given or load().state / "demo").absolute()
    if folder.is_dir() and any(folder.iterdir()):
        if not (folder / _MARK).is_file():
            raise typer.BadParameter(f"{folder} is not empty and no earlier demo's", param_hint="--dir")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).touch()
    return folder


def _play(world: "World", started: float) -> bool:
    from gateway.demonstration.story import Story
    from gateway.node.abroad import build_country_b

    persons = {person["id"]: person["identifier"] for person in sample_persons()}
    country_b = build_country_b(world.settings("PT"))
    typer.echo(f"{'':3} {'step':<54} {'came':<50} {'ms':>6}")
    typer.echo(f"    {'start a simulator and two nodes':<54} {'':<50} {_milliseconds(started):>6.0f}")
    good = True
    try:
        for step in Story(world, country_b, persons, clock.now, clock.new_id).play():
            good = good and step.as_expected
            typer.echo(_line(step))
    finally:
        country_b.close()
    typer.echo(
        f"\n{'Everything went as it should' if good else 'NOT as it should'}, in {_milliseconds(started) / 1000:.1f} s."
    )
    typer.echo(f"The document and its page: {world.folder}/patient-summary.xml, .html")
    return good


def _line(step: "StoryStep") -> str:
    mark = "ok " if step.as_expected else "NO "
    came = step.got if step.as_expected else f"{words_of(step.got)} (expected {step.expected})"
    return f"{mark} {step.what:<54} {came:<50} {step.milliseconds:>6.0f}"


def _milliseconds(since: float) -> float:
    return (time.monotonic() - since) * 1000


def _say_where(world: "World", demo_file: Path) -> None:
    typer.echo("")
    for country in world.ports:
        typer.echo(f"{country}: {world.url(country, 'xcpd')}")
        typer.echo(f"{country}: {world.url(country, 'xca')}")
    typer.echo(f"national services: {world.simulator}")
    typer.echo(f"all a client needs: {demo_file}")
    typer.echo("Running until SIGINT (Ctrl-C) or SIGTERM.")
