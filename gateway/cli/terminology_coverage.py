"""`ncpeh terminology coverage`: what of the national lists has a European code, and what of each sample stayed text."""

import csv
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from gateway import clock
from gateway.cli.samples import sample_persons
from gateway.cli.validate import artefact_folder
from gateway.exchange.country_a.gather import lay_together
from gateway.national.from_files import SampleReading, read_sample
from gateway.national.tables import read_code_systems
from gateway.settings import Settings, load
from gateway.shipped import shipped
from transformers.terminology.coverage import KeptAsText, ListCoverage, coded_elements, kept_as_text, of_lists
from transformers.terminology.release import Release, load_starter
from transformers.terminology.transcode import transcode_content

_NATIONAL_LISTS = ("norway-codes", "volven.csv")
_COUNTS = ("codes", "equivalent", "wider", "by_long_form", "veterinary", "reasoned", "unmapped")
_HEADINGS = ("codes", "equivalent", "wider", "long form", "veterinary", "reason", "nothing")


@dataclass(frozen=True, slots=True)
class _Person:
    id: str
    elements: int
    kept: tuple[KeptAsText, ...]


def coverage(
    lists: Annotated[
        Path | None, typer.Option(help="Whole national lists, CSV with oid and code; else those of NCPEH_ARTEFACTS.")
    ] = None,
    person: Annotated[str | None, typer.Option(help="This sample person only (ncpeh samples).")] = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Count, per national list, the codes with an equivalent European code, with a wider one, and without one.

    Without whole lists only codes that have a row are counted. Codes that a rule maps (ICD-10, ATC) have no row. Then,
    for each sample person, what was kept as text. Exit 1 when a code of a whole list has neither map nor reason.
    """
    settings = load()
    release = load_starter(settings.files["terminology"])
    counted = of_lists(release.maps(), _whole(lists))
    people = [_person(row["id"], row["identifier"], settings, release) for row in _asked(person)]
    if json_:
        typer.echo(json.dumps(_as_json(release, counted, people), ensure_ascii=False))
    else:
        for line in (*_table(counted, _names(settings)), *_told(people)):
            typer.echo(line)
    raise typer.Exit(1 if any(each.unmapped for each in counted) else 0)


def _whole(file: Path | None) -> dict[str, set[str]] | None:
    """Codes of whole lists by OID; None when no list is at hand."""
    if file is None:
        folder = artefact_folder()
        file = None if folder is None else folder.joinpath(*_NATIONAL_LISTS)
        if file is None or not file.is_file():
            typer.echo("ncpeh: no whole national lists at hand: codes without any row are not seen", err=True)
            return None
    whole: dict[str, set[str]] = {}
    try:
        with file.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows, strict=True):
                whole.setdefault(row["oid"], set()).add(row["code"])
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as fault:
        raise typer.BadParameter(f"{file}: no list of oid and code ({type(fault).__name__})") from fault
    return whole


def _asked(person: str | None) -> list[dict[str, str]]:
    rows = [row for row in sample_persons() if person in (None, row["id"])]
    if not rows:
        raise typer.BadParameter("no sample person of that id; see ncpeh samples", param_hint="--person")
    return rows


def _person(person: str, number: str, settings: Settings, release: Release) -> _Person:
    systems = read_code_systems(settings.files["national_code_systems"].parent)
    reading = SampleReading(number, clock.now(), systems, settings.policies.sensitive)
    _, critical, medicines, vaccinations = read_sample(shipped("samples") / "persons" / person, reading)
    content, report = transcode_content(lay_together(critical, medicines, vaccinations).content, release)
    return _Person(person, coded_elements(content), kept_as_text(content, report))


def _names(settings: Settings) -> dict[str, str]:
    with (settings.files["terminology"] / "lists.csv").open(encoding="utf-8", newline="") as rows:
        return {row["oid"]: row["name"] for row in csv.DictReader(rows, strict=True)}


def _table(counted: tuple[ListCoverage, ...], names: dict[str, str]) -> Iterator[str]:
    yield f"{'list':<44}" + "".join(f"{name:>11}" for name in _HEADINGS) + f"{'share':>8}{'+ long':>8}"
    for each in counted:
        cells = [getattr(each, name) for name in _COUNTS]
        name = f"{each.system.rpartition('.')[2]} {names.get(each.system, each.system)}"
        shares = [" " if s is None else f"{s:.1%}" for s in (each.share, each.share_with_long_form)]
        numbers = "".join(f"{'?' if cell is None else cell:>11}" for cell in cells)
        yield f"{name:<44}{numbers}" + "".join(f"{s:>8}" for s in shares)


def _told(people: list[_Person]) -> Iterator[str]:
    for each in people:
        yield ""
        yield f"{each.id}: {each.elements} coded elements, {len(each.kept)} kept as text"
        for kept in each.kept:
            yield f"  {kept.path}: {kept.original}. {kept.why}"


def _as_json(release: Release, counted: tuple[ListCoverage, ...], people: list[_Person]) -> dict[str, object]:
    lists = [asdict(c) | {"share": c.share, "share_with_long_form": c.share_with_long_form} for c in counted]
    persons = [{"id": p.id, "elements": p.elements, "kept_as_text": [asdict(k) for k in p.kept]} for p in people]
    return {"version": 1, "release": release.id, "lists": lists, "persons": persons}
