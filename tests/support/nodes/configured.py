"""A node of Norway that is configured and migrated and not started: keys, certificates and database in one folder.

Everything lies where `config/node.toml` as shipped expects it. Commands are called in this process.
"""

import os
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
import typer

from gateway import clock
from gateway.cli import main, node
from gateway.store.keys import KeyRing
from tests.support.callers.keys import same_keys
from tests.support.nodes.stores import migrated_file
from trust import pki_layout
from trust.pki import PkiFile, development_pki
from trust.pki_layout import Credential

OWN = {
    "tls/server": pki_layout.tls_server("NO"),
    "tls/client": pki_layout.tls_client("NO"),
    "seal/seal": pki_layout.seal("NO"),
}
"""Which credential of the PKI lies where, in the order of the list of conditions."""


@dataclass(frozen=True)
class Ended:
    """How a command ended, and its lines on both streams."""

    status: int
    out: tuple[str, ...]
    err: tuple[str, ...]


@dataclass
class Configured:
    """The folder of the node, and the environment of its commands."""

    state: Path
    monkeypatch: pytest.MonkeyPatch = field(repr=False)
    capsys: pytest.CaptureFixture[str] = field(repr=False)

    def put(self, place: str, credential: Credential) -> None:
        """Put a certificate of the PKI and its key at that place."""
        self.write(f"{place}.pem", pki_files()[credential.certificate].content)
        self.write(f"{place}.key", pki_files()[credential.key].content, 0o600)

    def write(self, name: str, content: bytes, mode: int = 0o644) -> Path:
        """Write a file below the state folder."""
        path = self.state / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)
        return path

    def call(self, *arguments: str) -> Ended:
        """`ncpeh` with these arguments, in this process."""
        self.monkeypatch.setattr(sys, "argv", ["ncpeh", *arguments])
        self.capsys.readouterr()
        status = main._status()
        told = self.capsys.readouterr()
        return Ended(status, tuple(told.out.splitlines()), tuple(told.err.splitlines()))

    def start(self) -> Ended:
        """`ncpeh node` as far as its socket: status 0 stands for a node that would listen now."""

        def listening(*_: object) -> None:
            raise typer.Exit(0)

        with self.monkeypatch.context() as patched:
            patched.setattr(node, "_listening", listening)
            return self.call("node")


@cache
def pki_files() -> dict[str, PkiFile]:
    """A development PKI of Portugal and Norway; what must be refused is Norway's own but for its one fault."""
    return development_pki(("PT", "NO"), clock.now(), same_keys())


def configured(state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Configured:
    """A node that would start."""
    for name in [name for name in os.environ if name.startswith("NCPEH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NCPEH_STATE", str(state))
    monkeypatch.setenv("NCPEH_NODE__ENVIRONMENT", "test")
    monkeypatch.setenv("NCPEH_MANAGEMENT__PORT", "0")
    made = Configured(state, monkeypatch, capsys)
    for place, credential in OWN.items():
        made.put(place, credential)
    made.write("tls/trust.pem", pki_files()[pki_layout.TRUST].content)
    for name in (pki_layout.ROOT_LIST, pki_layout.ISSUING_LIST):
        made.write(f"tls/{name}", pki_files()[name].content)
    made.write("ncpeh.db", migrated_file(), 0o600)
    made.write("store/keys", KeyRing.new_line("no-1").encode(), 0o600)
    return made
