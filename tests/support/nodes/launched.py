"""Processes of `ncpeh` that are forked from one that has imported it: real ones, with signals and sockets of their own,
without the two seconds of processor time that each new interpreter spends on importing. `make demo` starts new ones.
"""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from gateway.cli.main import run
from gateway.demonstration.readiness import StartedProcess
from gateway.demonstration.world import launch_command
from tests.support.machine import garbage

_LOADED = [
    __name__,
    "gateway.cli.node",
    "gateway.node.app",
    "gateway.simulators.national",
    "tests.support.nodes.keys_of_worlds",
    "tests.support.nodes.writers",
]
"""What every node imports before it listens, and its keys."""


def launch(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> StartedProcess:
    """`ncpeh` with these arguments and this environment alone; a new interpreter where a mutant stands for a module."""
    if "PROVE_MUTANT" in os.environ:
        return launch_command(arguments, environment, log)
    return forked(_ncpeh, (list(arguments), dict(environment)), log)


def forked(function: Callable[..., object], arguments: tuple[object, ...], log: Path) -> "Launched":
    """A process that calls a function of a module; what it prints goes to a file."""
    process = fork_server().Process(target=_called, args=(function, arguments, log), daemon=False)
    process.start()
    return Launched(process)


@cache
def fork_server() -> ForkServerContext:
    """Forks from a process that has imported what a node does."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([] if "PROVE_MUTANT" in os.environ else _LOADED)  # few processes there
    return context


def _ncpeh(arguments: list[str], environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["ncpeh", *arguments]
    run()


def _called(function: Callable[..., object], arguments: tuple[object, ...], log: Path) -> None:
    """In the new process."""
    garbage.leave_out_what_stays()
    stream = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, place in ((nothing, 0), (stream, 1), (stream, 2)):
        os.dup2(descriptor, place)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    function(*arguments)


class Launched:
    """A forked process with the methods of `subprocess.Popen` that worlds use."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process
        self.pid = int(process.pid or 0)

    def poll(self) -> int | None:
        """As `subprocess.Popen.poll`."""
        return self._process.exitcode

    @property
    def returncode(self) -> int | None:
        """As `subprocess.Popen.returncode`, looked up now."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """As `subprocess.Popen.wait`."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("ncpeh", timeout or 0)
        return self._process.exitcode

    def send_signal(self, sig: int) -> None:
        """As `subprocess.Popen.send_signal`."""
        if self.poll() is None:
            os.kill(self.pid, sig)

    def terminate(self) -> None:
        """As `subprocess.Popen.terminate`."""
        if self.poll() is None:
            self._process.terminate()

    def kill(self) -> None:
        """As `subprocess.Popen.kill`."""
        if self.poll() is None:
            self._process.kill()
