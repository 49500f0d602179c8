"""`ncpeh mend`: what display would the terminology release have, where a document has another one?"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gateway.cli.sentences import in_words
from gateway.configuration.settings import Settings, load
from transformers.model.attributes import canonical
from transformers.model.finding import Report
from transformers.model.open_document import open_document
from transformers.terminology.check_codes import DisplayProposal, display_proposals
from transformers.terminology.element_rules import read_coded_elements
from transformers.terminology.release import Release
from transformers.terminology.rows import read_facts
from trust.errors import XmlRefused

_PROPOSAL: Final = "a proposal: where code and display contradict each other, only the sender knows which one is wrong"
_NOT_KNOWN: Final = "no document whose coded elements are known here"
_WRONG: Final = {"missing": "no display", "spelling": "in other capitals or blanks", "other": "other words"}


@dataclass(frozen=True, slots=True)
class _FileProposals:
    """One file: what is proposed for it, or why nothing can be."""

    file: str
    proposals: tuple[DisplayProposal, ...] = ()
    why: str | None = None

    @property
    def status(self) -> int:
        """Exit status of it alone."""
        return 2 if self.why is not None else 1 if self.proposals else 0

    def as_json(self) -> dict[str, Any]:
        """File, and proposals or the reason."""
        if self.why is not None:
            return {"file": self.file, "reason": self.why}
        return {"file": self.file, "proposals": [one.as_json() for one in self.proposals]}


def mend(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="CDA documents; - reads standard input.")],
    json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,  # noqa: FBT002 - a flag of the command line
    wave: Annotated[int, typer.Option(min=1, help="Whose members of the value sets.")] = 8,
    release: Annotated[
        str | None,
        typer.Option(help="Take this release (an id, its file, starter); default: the one in force, else starter."),
    ] = None,
) -> None:
    """Say what display the terminology release has where a document has another one or none. Nothing is changed.

    Exit 0: nothing to propose; 1: something; 2: a file cannot be read, or its coded elements are not known.
    """
    from gateway.terminology.chosen import release_chosen, release_named  # the database is for this alone, not for help

    settings = load()
    chosen = release_chosen(settings, wave) if release is None else release_named(settings, release).for_wave(wave)
    outcomes = [_mended(file, settings, chosen) for file in files]
    if json_:
        rows = [one.as_json() for one in outcomes]
        typer.echo(json.dumps({"version": 1, "release": chosen.id, "files": rows}, ensure_ascii=False))
    else:
        for one in outcomes:
            _print(one)
        typer.echo(f"displays of {chosen.id}; {_PROPOSAL}")
    raise typer.Exit(max(one.status for one in outcomes))


def _mended(file: str, settings: Settings, release: Release) -> _FileProposals:
    folder = settings.files["terminology"]
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        root = open_document(content, Report())
    except (OSError, XmlRefused) as error:
        return _FileProposals(file, why=in_words(error))
    canonical(root.iter("*"))
    found = display_proposals(root, read_coded_elements(folder, read_facts(folder)), release)
    return _FileProposals(file, why=_NOT_KNOWN) if found is None else _FileProposals(file, found)


def _print(one: _FileProposals) -> None:
    if one.why is not None:
        typer.echo(f"{one.file}: {one.why}")
        return
    for each in one.proposals:
        there = "" if each.display is None else f" “{' '.join(each.display.split())}”"
        typer.echo(f"{each.path} {each.code} ({each.system}):{there} {_WRONG[each.wrong]}: “{each.proposed}”")
    typer.echo(f"{one.file}: {len(one.proposals)} to propose")
