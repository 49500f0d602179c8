"""`ncpeh`: one module per command group, no logic of its own.

Exit 0: done or valid; 1: the answer is no; 2: unreadable, called wrongly or a fault of the place; 70: our own fault (a
traceback never exits 1). Results go to stdout, all else to stderr. How errors end: `edge.py`.
"""

import sys
from importlib import import_module
from typing import Annotated, Any, Final, NamedTuple

import typer
from typer.core import TyperGroup
from typer.main import get_command

from gateway.cli.edge import WRONG, say, status_of


class _Command(NamedTuple):
    """A command: its help in the list of commands, and the module that is loaded when it is called."""

    help: str
    module: str
    function: str | None = None
    """None: the module has an ``app`` of several commands."""


COMMANDS: Final = {
    "demo": _Command(
        "Start a simulator of the Norwegian services and two nodes, and let Portugal read a Norwegian patient summary.",
        "gateway.cli.demo",
        "demo",
    ),
    "node": _Command(
        "Serve other countries until SIGTERM or SIGINT. Exit 2 when the node cannot start, and why.",
        "gateway.cli.node",
        "node",
    ),
    "doctor": _Command(
        "Check the installation, and whether the node configured here would start. Exit 1: something is wrong.",
        "gateway.cli.doctor",
        "doctor",
    ),
    "validate": _Command(
        "Check documents: official XSD and Schematron (from NCPEH_ARTEFACTS when set) and our own rules.",
        "gateway.cli.validate",
        "validate",
    ),
    "mend": _Command(
        "Say what display the terminology release has where a document has another one: a proposal, nothing changes.",
        "gateway.cli.mend",
        "mend",
    ),
    "quality": _Command(
        "Say what a country's documents broke, how often, and what its desk would change. No persons, no documents.",
        "gateway.cli.quality",
        "quality",
    ),
    "transform": _Command(
        "Make a sample person's document, or of a document a page, a PDF, its pivot, its translation, a dispensation.",
        "gateway.cli.transform",
        "transform",
    ),
    "samples": _Command(
        "List the sample persons: id, identifier, what each stands for, ids of her prescriptions. All are invented.",
        "gateway.cli.samples",
        "samples",
    ),
    "simulate": _Command(
        "Serve HelseID, Persontjenesten, PVK, kritisk informasjon, Reseptformidleren and SYSVAK from the samples.",
        "gateway.cli.simulate",
        "simulate",
    ),
    "simulate-country": _Command(
        "Serve one invented patient's prescriptions as another country: find, list, retrieve, dispense, discard.",
        "gateway.cli.simulate_country",
        "simulate_country",
    ),
    "ask": _Command(
        "Ask another country for a test patient's summary, as its peer: find, list, retrieve. Never in production.",
        "gateway.cli.ask",
        "ask",
    ),
    "prescriptions": _Command("Prescriptions: which can be used abroad, why not.", "gateway.cli.prescriptions"),
    "dispensations": _Command(
        "Dispensings abroad of Norwegian prescriptions: what is not settled, and what a person decides of it.",
        "gateway.cli.dispensations",
    ),
    "config": _Command("The configuration of a node.", "gateway.cli.config"),
    "pki": _Command("Certificates.", "gateway.cli.pki"),
    "db": _Command("The node's database.", "gateway.cli.db"),
    "evidence": _Command("The evidence of every transaction.", "gateway.cli.evidence"),
    "artefacts": _Command("Official artefacts of others: XSDs, Schematrons, value sets.", "gateway.cli.artefacts"),
    "terminology": _Command("Terminology releases.", "gateway.cli.terminology"),
}


class _OnUse(TyperGroup):
    """Lists commands by the table's words; the one that is called, or asked for its help, is loaded then."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:  # noqa: ANN401 - typer publishes no type for it
        """Name, command and what remains of the arguments."""
        name, listed, rest = super().resolve_command(ctx, args)
        return name, listed if name is None else _loaded(name), rest


def _loaded(name: str) -> Any:  # noqa: ANN401 - a command or a group, which share no published type
    """The command of that name; its module and what that imports are loaded."""
    module = import_module(COMMANDS[name].module)
    function = COMMANDS[name].function
    if function is None:
        return get_command(module.app)
    alone = typer.Typer(add_completion=False)
    alone.command(name)(getattr(module, function))
    return get_command(alone)


app = typer.Typer(
    cls=_OnUse,
    name="ncpeh",
    help="Norway's National Contact Point for eHealth.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _name, _command in COMMANDS.items():
    app.command(_name, help=_command.help)(lambda: None)


@app.callback(invoke_without_command=True)
def _start(
    version: Annotated[bool, typer.Option("--version", help="Say which version this is.")] = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    if version:
        from importlib.metadata import version as version_of  # for this question alone

        typer.echo(f"ncpeh {version_of('ncpeh')}")
        raise typer.Exit


def run() -> None:
    """Entry point of the command."""
    sys.exit(_status())


def _status() -> int:
    if any(not _is_text(argument) for argument in sys.argv):
        say("an argument is not UTF-8.")
        return WRONG
    return status_of(_called)


def _called() -> int:
    result = app(prog_name="ncpeh", standalone_mode=False)
    return result if isinstance(result, int) else 0


def _is_text(argument: str) -> bool:
    """Whether it can be printed, kept and asked for: no byte of another encoding came as a lone surrogate."""
    return not any("\ud800" <= character <= "\udfff" for character in argument)
