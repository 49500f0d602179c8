"""`ncpeh`: one module per command group, no logic of its own.

Exit 0: done or valid; 1: the answer is no; 2: unreadable or called wrongly; 70: our own fault (a traceback never exits
1). Results go to stdout, all else to stderr.
"""

import sys
import traceback

import typer

from gateway.cli import (
    artefacts,
    db,
    demo,
    doctor,
    evidence,
    node,
    pki,
    samples,
    simulate,
    terminology,
    transform,
    validate,
)
from gateway.configuration.settings import SettingsError

app = typer.Typer(
    name="ncpeh",
    help="Norway's National Contact Point for eHealth.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("node")(node.node)
app.command("doctor")(doctor.doctor)
app.command("validate")(validate.validate)
app.command("transform")(transform.transform)
app.command("samples")(samples.samples)
app.command("simulate")(simulate.simulate)
app.add_typer(pki.app, name="pki")
app.add_typer(db.app, name="db")
app.add_typer(evidence.app, name="evidence")
app.add_typer(artefacts.app, name="artefacts")
app.add_typer(terminology.app, name="terminology")


def run() -> None:
    """Entry point of the command."""
    sys.exit(_status())


def _status() -> int:
    if any(not _is_text(argument) for argument in sys.argv):
        typer.echo("ncpeh: an argument is not UTF-8", err=True)
        return 2
    try:
        result = app(standalone_mode=False)
    except typer.TyperException as wrong:
        typer.echo(f"ncpeh: {wrong.format_message()}", err=True)
        return 2
    except (typer.Abort, KeyboardInterrupt):
        return 2
    except SettingsError as wrong:
        typer.echo(f"ncpeh: {wrong}", err=True)
        return 2
    except Exception:  # noqa: BLE001 - the edge of the process: a fault of ours is told apart from every answer
        traceback.print_exc()
        return 70
    return result if isinstance(result, int) else 0


def _is_text(argument: str) -> bool:
    """Whether it can be printed, kept and asked for: no byte of another encoding came as a lone surrogate."""
    return not any("\ud800" <= character <= "\udfff" for character in argument)
