"""`ncpeh terminology coverage`: what of the national lists has a European code, and what of each sample stayed text."""

import csv
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from gateway import clock
from gateway.cli.samples import sample_persons
from gateway.cli.validate import artefact_folder
from gateway.configuration.settings import Settings, load
from gateway.configuration.shipped import shipped
from gateway.terminology.chosen import release_chosen
from transformers.terminology.coverage import KeptAsText, ListCoverage, coded_elements, kept_as_text, of_lists, of_words
from transformers.terminology.release import Release
from transformers.terminology.rows import read_rows

_NATIONAL_LISTS = ("norway-codes", "volven.csv")
WAVE = 8
"""Of documents that a tester makes without a peer whose wave they would have."""
_COUNTS = ("codes", "equivalent", "wider", "narrower", "by_long_form", "veterinary", "reasoned", "unmapped")
_HEADINGS = ("codes", "equivalent", "wider", "narrower", "long form", "veterinary", "reason", "nothing")
_WANTED = 0.90
_VOLVEN = "2.16.578.1.12.4.1.1."
_GROUPS = {"dose form": ("7448",), "route": ("7477",), "unit": ("7452", "7480", "7484")}
"""What a prescription is told by, and the lists it comes from: each is to reach `_WANTED`."""


@dataclass(frozen=True, slots=True)
class _CoveredPerson:
    id: str
    elements: int
    kept: tuple[KeptAsText, ...]


def coverage(
    lists: Annotated[
        Path | None, typer.Option(help="Whole national lists, CSV with oid and code; else those of NCPEH_ARTEFACTS.")
    ] = None,
    person: Annotated[str | None, typer.Option(help="This sample person only (ncpeh samples).")] = None,
    wave: Annotated[
        int | None,
        typer.Option(min=2, max=99, help=f"Of this wave; else lists of every, documents of wave {WAVE}."),
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="Instead: of each value set, how many members have words of it (nb, nn).")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Count, per national list, the codes with an equivalent European code, with a wider one, and without one.

    Without whole lists only codes that have a row are counted. Codes that a rule maps (ICD-10, ATC) have no row. Then,
    for each sample person, what was kept as text. The release is the one in force for the wave, else the starter.
    Exit 1 when a code of a whole list has neither map nor reason; with --language, when a value set whose words are
    ours has members without.
    """
    settings = load()
    release = release_chosen(settings, wave or WAVE)
    if language is not None:
        _tell_words(release if wave else release.catalogue(), language, settings.files["terminology"], as_json=json_)
    counted = of_lists((release if wave else release.catalogue()).maps(), _whole(lists))
    people = [_person(row["id"], row["identifier"], settings, release) for row in _asked(person)]
    if json_:
        typer.echo(json.dumps(_as_json(release, wave, counted, people), ensure_ascii=False))
    else:
        lists_of = f"wave {wave}" if wave else "the whole catalogue"
        typer.echo(f"release {release.id}; lists: {lists_of}; documents: wave {wave or WAVE}")
        for line in (*_table(counted, _names(settings)), *_reached(counted), *_told(people)):
            typer.echo(line)
    raise typer.Exit(1 if any(each.unmapped for each in counted) else 0)


def _tell_words(release: Release, language: str, folder: Path, *, as_json: bool) -> NoReturn:
    """Print the share of each value set. Raises typer.Exit, 1 where words that are ours to write are missing."""
    ours = {row["value_set"] for _, row in read_rows(folder / "worded.csv", ("value_set", "name", "what"))}
    found = of_words(release, language, ours)
    if as_json:
        sets = [asdict(one) for one in found]
        typer.echo(json.dumps({"version": 1, "release": release.id, "language": language, "sets": sets}))
    else:
        typer.echo(f"release {release.id}; words in {language}")
        for one in found:
            share = "-" if one.share is None else f"{one.share:.0%}"
            whose = " ours" if one.ours else ""
            typer.echo(f"{one.name:<34} {one.worded:>6} of {one.members:>6} {share:>5}{whose}")
    raise typer.Exit(1 if any(one.ours and one.worded < one.members for one in found) else 0)


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
            reader = csv.reader(rows, strict=True)
            columns = next(reader, [])
            oid, code = columns.index("oid"), columns.index("code")
            for row in filter(None, reader):
                whole.setdefault(row[oid], set()).add(row[code])
    except (OSError, ValueError, csv.Error, IndexError) as fault:
        raise typer.BadParameter(f"{file} is no list of oid and code that can be read") from fault
    return whole


def _asked(person: str | None) -> list[dict[str, str]]:
    rows = [row for row in sample_persons() if person in (None, row["id"])]
    if not rows:
        raise typer.BadParameter("no sample person of that id; see ncpeh samples", param_hint="--person")
    return rows


def _person(person: str, number: str, settings: Settings, release: Release) -> _CoveredPerson:
    # Here, so that the other commands of the group do not load the readers of Norway's messages.
    from gateway.exchange.country_a.gather import lay_together
    from gateway.national.from_files import SampleReading, read_sample, sample_fest
    from gateway.national.tables import read_code_systems
    from gateway.national.words import NORWEGIAN
    from transformers.terminology.transcode import transcode_content

    systems = read_code_systems(settings.files["national_code_systems"].parent)
    fest = sample_fest(shipped("samples"), systems)
    reading = SampleReading(number, clock.now(), systems, settings.policies.sensitive, fest)
    _, critical, medicines, vaccinations = read_sample(shipped("samples") / "persons" / person, reading)
    content, report = transcode_content(lay_together(critical, medicines, vaccinations, NORWEGIAN).content, release)
    return _CoveredPerson(person, coded_elements(content), kept_as_text(content, report))


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


@dataclass(frozen=True, slots=True)
class _Group:
    """Shares of the codes that are not veterinary: equivalent, wider, and told by the long form."""

    name: str
    equivalent: float
    wider: float
    by_long_form: float

    @property
    def reached(self) -> float:
        return self.equivalent + self.wider + self.by_long_form


def _groups(counted: tuple[ListCoverage, ...]) -> Iterator[_Group]:
    """What dose forms, routes and units reach, each over all its lists."""
    by_list = {each.system.removeprefix(_VOLVEN): each for each in counted}
    for name, numbers in _GROUPS.items():
        lists = [by_list[number] for number in numbers if number in by_list]
        of = sum(each.codes - each.veterinary for each in lists)
        if of:
            kinds = ("equivalent", "wider", "by_long_form")
            yield _Group(name, *(sum(getattr(each, kind) for each in lists) / of for kind in kinds))


def _reached(counted: tuple[ListCoverage, ...]) -> Iterator[str]:
    yield ""
    for each in _groups(counted):
        more = f" + {each.by_long_form:.1%} by the long form" if each.by_long_form else ""
        said = f"{each.equivalent:.1%} equivalent + {each.wider:.1%} wider{more} = {each.reached:.1%}"
        yield f"{each.name}: {said} ({'reaches' if each.reached >= _WANTED else 'misses'} {_WANTED:.0%})"


def _told(people: list[_CoveredPerson]) -> Iterator[str]:
    for each in people:
        yield ""
        yield f"{each.id}: {each.elements} coded elements, {len(each.kept)} kept as text"
        for kept in each.kept:
            yield f"  {kept.path}: {kept.original}. {kept.why}"


def _as_json(
    release: Release, wave: int | None, counted: tuple[ListCoverage, ...], people: list[_CoveredPerson]
) -> dict[str, object]:
    lists = [asdict(c) | {"share": c.share, "share_with_long_form": c.share_with_long_form} for c in counted]
    persons = [{"id": p.id, "elements": p.elements, "kept_as_text": [asdict(k) for k in p.kept]} for p in people]
    groups = [asdict(each) | {"reached": each.reached} for each in _groups(counted)]
    about = {"version": 1, "release": release.id, "wave": wave, "persons_wave": wave or WAVE}
    return about | {"groups": groups, "lists": lists, "persons": persons}
