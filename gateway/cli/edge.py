"""The edge of a command's process: how whatever was raised ends, and that its last words cannot fail it.

A wrong call, configuration that cannot be used, an error of the closed trees and a fault of the place are one sentence
and 2; what remains is a fault of ours, a traceback and 70.
"""

import contextlib
import os
import sys
import traceback
from collections.abc import Callable

import typer

from gateway.cli.sentences import sentence_of
from gateway.configuration.errors import SettingsError

WRONG = 2
FAULT = 70


def status_of(work: Callable[[], int]) -> int:
    """The exit status of ``work``, after saying on standard error why, when it ended otherwise than by returning."""
    try:
        status = work()
        sys.stdout.flush()
    except typer.TyperException as wrong:
        status = _wrong(_call_in_words(wrong))
    except SettingsError as wrong:
        status = _wrong(_configuration_in_words(wrong))
    except (typer.Abort, KeyboardInterrupt):
        status = WRONG
    except SystemExit as end:
        if not isinstance(end.__context__, BrokenPipeError):
            raise
        status = _wrong(str(sentence_of(end.__context__)))  # typer makes an exit of it, with a status of its own
    except Exception as fault:  # noqa: BLE001 - the edge of the process: a fault of ours is told apart from every answer
        sentence = sentence_of(fault)
        status = FAULT if sentence is None else _wrong(str(sentence))
        if sentence is None:
            with contextlib.suppress(OSError):
                traceback.print_exc()
    _leave_streams_quiet()
    return status


def say(text: str) -> None:
    """A line on standard error; where that takes none, the exit status has to do."""
    with contextlib.suppress(OSError):
        typer.echo(f"ncpeh: {text}", err=True)


def _call_in_words(wrong: typer.TyperException) -> str:
    """What is wrong with the call, and where its help is; of what it was given to read the reason alone."""
    if isinstance(wrong, typer.BadParameter) and wrong.param_hint is None and wrong.param is None:
        return f"{wrong.message.rstrip('.')}."
    context = getattr(wrong, "ctx", None)
    help_ = "" if context is None else f" See: {context.command_path} --help"
    words = " ".join(wrong.format_message().split())  # the choices of an option that is missing stand below each other
    return f"{(words or 'which command is meant? They are listed above').rstrip('.')}.{help_}"


def _configuration_in_words(wrong: SettingsError) -> str:
    """One line; the text of a typed error that it quotes is put into words."""
    text, cause = str(wrong), wrong.__cause__
    if cause is not None and sentence_of(cause) is not None:
        text = text.replace(str(cause), str(sentence_of(cause)))
    return " ".join(text.split())


def _wrong(text: str) -> int:
    say(text if text.endswith((".", "--help")) else f"{text}.")
    return WRONG


def _leave_streams_quiet() -> None:
    """What a stream did not take is not tried again when the interpreter ends, which would change the exit status."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
