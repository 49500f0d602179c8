"""`ncpeh terminology`: imports releases, compares and checks them, and puts one in force. No logic of its own."""

import json
import re
import ssl
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from gateway import clock
from gateway.cli.edge import say
from gateway.cli.options import AsJson
from gateway.cli.sentences import in_words, sentence_of
from gateway.cli.terminology_coverage import coverage
from gateway.cli.terminology_shown import as_lines, looked_up
from gateway.configuration.settings import Settings, load
from gateway.errors import StoreUnavailable
from gateway.node.foundation import open_foundation
from gateway.store.engine import Store
from gateway.store.errors import StoreCannotStart
from gateway.store.revision import require_current
from gateway.terminology.activations import EVERY_WAVE, history, in_force, known_releases
from gateway.terminology.acts import Act, Office
from gateway.terminology.chosen import release_named
from gateway.terminology.errors import CentralServerFailed, ChecksFailed, ReleaseNotKnown, TerminologyRefused
from gateway.terminology.library import FOLDER, Library, write_whole
from transformers.model.finding import Report
from transformers.terminology.check import check as check_release
from transformers.terminology.check import failures
from transformers.terminology.compose import compose
from transformers.terminology.diff import counted
from transformers.terminology.diff import diff as compare
from transformers.terminology.importers_csv import read_tables
from transformers.terminology.importers_package import read_package, read_resource_file
from transformers.terminology.importers_vocabulary import Vocabulary, read_vocabulary
from transformers.terminology.importers_words import read_words_of
from transformers.terminology.release import Release, load_starter
from transformers.terminology.rows import Content, Facts, read_facts

app = typer.Typer(help="Terminology releases.", no_args_is_help=True)
app.command("coverage")(coverage)

By = Annotated[str, typer.Option("--by", help="Name of the person who does it.")]
Wave = Annotated[int, typer.Option(min=0, max=99, help="For this wave only; 0: for every wave.")]
Production = Annotated[bool, typer.Option("--production", help="Refuse what only a demonstration may have.")]
Named = Annotated[str, typer.Argument(help="Id of a release, its file, `starter`, or `active`: the one in force.")]
_NOT_IN_ID = re.compile(r"[^A-Za-z0-9._-]+")


@app.command("import")
def import_(  # noqa: PLR0913 - one argument per option of the command line
    sources: Annotated[
        list[str],
        typer.Argument(
            help="FHIR packages (.tgz), FHIR JSON, folders of CSV tables, https://… of a central terminology server; "
            "the most authoritative first."
        ),
    ],
    by: Annotated[str, typer.Option("--by", help="Name of the person who imports; another approves.")] = "",
    label: Annotated[str | None, typer.Option(help="How the id begins; default: the first source's name.")] = None,
    vocabulary: Annotated[
        list[str] | None,
        typer.Option(help="WAVE=FOLDER of a wave's voc-*.xml: members it lacks are for later waves. May be repeated."),
    ] = None,
    words: Annotated[
        list[Path] | None,
        typer.Option(help="Table (TOML) of files with words of a language, each with its licence. May be repeated."),
    ] = None,
    login: Annotated[
        Path | None, typer.Option(help="File with user and password for a central server, a line each.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write the release to this file only; no node is needed.")] = None,
) -> None:
    """Make a release of the sources and the node's own tables, which come last. What is in force is not touched."""
    settings = load()
    with _answered():
        facts = read_facts(settings.files["terminology"])
        waves = [_vocabulary(said) for said in vocabulary or ()]
        parts = [
            *(_read(source, facts, login) for source in sources),
            read_tables(settings.files["terminology"], facts),
        ]
        codes = {key[-2:] for part in parts for key in (*part.members, *part.concepts)}
        parts[-1:-1] = [read_words_of(table, facts, codes) for table in words or ()]
        content = compose(parts, facts, label or _label(parts[0]), vocabularies=waves)
        release = Release(content)
        if output is not None:
            write_whole(output, content)
        else:
            with _office(settings) as office:
                office.keep(content, _act(by))
    counts = release.manifest["counts"]
    typer.echo(
        f"{release.id}: {len(content) / 1e6:.1f} MB, " + ", ".join(f"{n} {c}" for n, c in sorted(counts.items()))
    )
    _say_report(check_release(release, facts), brief=True)


@app.command()
def check(
    release: Named,
    production: Production = False,  # noqa: FBT002 - a flag of the command line
    wave: Wave = EVERY_WAVE,
    json_: AsJson = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Say what of a release is missing, wrong or odd. Exit 0: nothing is wrong; 1: it may not be activated as it is."""
    settings = load()
    with _answered():
        facts = read_facts(settings.files["terminology"])
        report = check_release(_open(release, settings), facts, _active(settings, wave), production=production)
    failed = failures(report)
    if json_:
        typer.echo(json.dumps({"version": 1, "failed": failed, "findings": report.as_json()}, ensure_ascii=False))
    else:
        _say_report(report, brief=False)
    raise typer.Exit(1 if failed else 0)


@app.command()
def diff(
    one: Named,
    other: Named,
    json_: AsJson = False,  # noqa: FBT002 - a flag of the command line
    all_: Annotated[bool, typer.Option("--all", help="Name every code.")] = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Say what the second release changes. Exit 0: nothing; 1: something."""
    settings = load()
    with _answered():
        before, after = _open(one, settings), _open(other, settings)
        changes = compare(before, after)
        sums = counted(changes, before, after)
    if json_:
        rows = {"counted": [asdict(s) for s in sums], "changes": [asdict(c) for c in changes]}
        typer.echo(json.dumps({"version": 1, "before": before.id, "after": after.id, **rows}, ensure_ascii=False))
    else:
        for s in sums:
            typer.echo(f"{s.where} {s.name}: +{s.added} -{s.removed} ~{s.changed}")
        for c in changes if all_ else ():
            typer.echo(f"  {c.where} {c.key}: {c.before or '(nothing)'} -> {c.after or '(nothing)'}")
    raise typer.Exit(1 if changes else 0)


@app.command()
def approve(release: Named, by: By) -> None:
    """Approve a release that somebody else imported; on record."""
    with _answered(), _office(load()) as office:
        known = office.approve(release, _act(by))
    typer.echo(f"{known.release}: imported by {known.imported_by}, approved by {known.approved_by}")


@app.command()
def activate(
    release: Named,
    by: By,
    wave: Wave = EVERY_WAVE,
    override: Annotated[str | None, typer.Option(help="Why it is activated though checks failed; on record.")] = None,
) -> None:
    """Put an approved release in force, at once, for every node of the database that has its file. Exit 1: refused."""
    settings = load()
    with _answered(), _office(settings) as office:
        facts = read_facts(settings.files["terminology"])
        production = settings.node.environment == "production"
        report = office.check(release, facts, wave=wave, production=production)
        try:
            done = office.activate(release, _act(by), report, wave=wave, override=override)
        except ChecksFailed:
            _say_report(report, brief=True)
            raise
    typer.echo(f"{release} is in force{_for(wave)}, generation {done.generation}")


@app.command()
def rollback(by: By, wave: Wave = EVERY_WAVE) -> None:
    """Go back to the release that was in force before; before the first one it was the starter. Exit 1: refused."""
    with _answered(), _office(load()) as office:
        done = office.roll_back(_act(by), wave=wave)
    typer.echo(f"{done.release or 'the starter release'} is in force{_for(wave)}, generation {done.generation}")


@app.command()
def lookup(
    code: Annotated[str, typer.Argument(help="The code.")],
    system: Annotated[str, typer.Option(help="Its code system: OID or URI.")],
    release: Annotated[str, typer.Option(help="Id, file, `starter` or `active`.")] = "active",
    json_: AsJson = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Say what a release knows of a code: display, value sets, maps, words. Exit 0: something; 1: nothing."""
    with _answered():
        said = looked_up(_open(release, load()), system, code)
    typer.echo(json.dumps({"version": 1, **said}, ensure_ascii=False) if json_ else "\n".join(as_lines(said)))
    raise typer.Exit(0 if said["display"] or said["maps"] or said["designations"] else 1)


@app.command("list")
def list_(json_: AsJson = False) -> None:  # noqa: FBT002 - a flag of the command line
    """List the releases that were imported and every activation."""
    settings = load()
    with _answered(), _store(settings) as store:
        known, acts = known_releases(store), history(store)
    if json_:
        rows = {"releases": [asdict(k) for k in known], "activations": [asdict(a) for a in acts]}
        typer.echo(json.dumps({"version": 1, **rows}, ensure_ascii=False, default=str))
        return
    for k in known:
        approved = f"approved by {k.approved_by} {k.approved_at:%Y-%m-%d}" if k.approved_at else "not approved"
        typer.echo(f"{k.release}: imported by {k.imported_by} {k.imported_at:%Y-%m-%d}, {approved}")
    for a in acts:
        back = " (rolled back)" if a.restores is not None else ""
        over = f"; checks overridden: {a.override}" if a.override else ""
        what = a.release or "the starter release"
        typer.echo(
            f"{a.generation} {a.activated_at:%Y-%m-%d %H:%M}Z {what}{_for(a.wave)}{back} by {a.activated_by}{over}"
        )


@contextmanager
def _answered() -> Iterator[None]:
    """What is refused exits 1 with its reason; what cannot be read is left to the edge, which exits 2."""
    try:
        yield
    except CentralServerFailed:
        raise
    except TerminologyRefused as refused:
        say(str(sentence_of(refused)))
        raise typer.Exit(1) from None


@contextmanager
def _office(settings: Settings) -> Iterator[Office]:
    foundation = open_foundation(settings)
    try:
        yield Office(foundation.store, foundation.chain, _library(settings), settings.node.node_id)
    finally:
        foundation.close(clock.now())


@contextmanager
def _store(settings: Settings) -> Iterator[Store]:
    with closing(Store.open(settings.store_url())) as store:
        require_current(store)
        yield store


def _library(settings: Settings) -> Library:
    return Library(settings.state / FOLDER)


def _open(name: str, settings: Settings) -> Release:
    """A release by what the operator calls it. Raises typer.BadParameter (exit 2) where there is none."""
    if name == "active":
        return _active(settings, EVERY_WAVE) or load_starter(settings.files["terminology"])
    try:
        return release_named(settings, name)
    except ReleaseNotKnown as unknown:
        raise typer.BadParameter(str(sentence_of(unknown))) from unknown


def _active(settings: Settings, wave: int) -> Release | None:
    """The activated release, None when there is none, or no node yet."""
    try:
        with _store(settings) as store:
            found = in_force(store, wave)
    except (StoreUnavailable, StoreCannotStart) as error:
        say(f"{in_words(error)}: nothing is known of a release in force")
        return None
    if found is None or found.release is None or found.sha256 is None:
        return None
    return _library(settings).open(found.release, found.sha256)


def _read(source: str, facts: Facts, login: Path | None) -> Content:
    if source.startswith("https://"):
        if login is None:
            raise typer.BadParameter("a central terminology server needs --login", param_hint="--login")
        try:
            user, _, password = login.read_text("utf-8").strip().partition("\n")
        except UnicodeDecodeError:
            raise typer.BadParameter("is not UTF-8 text", param_hint="--login") from None
        from gateway.http import HttpClient, HttpLimits
        from gateway.terminology.sync import CentralServer, fetch

        slow = HttpLimits(deadline_seconds=120.0, answer_bytes=256 * 1024 * 1024)
        public = ssl.create_default_context()
        with HttpClient(slow, tls=lambda: public, elapsed=time.monotonic) as http:
            return fetch(CentralServer(source, user.strip(), password.strip()), http, facts)
    path = Path(source)
    if path.is_dir():
        return read_tables(path, facts)
    return read_resource_file(path, facts) if path.suffix == ".json" else read_package(path, facts)


def _vocabulary(said: str) -> Vocabulary:
    wave, _, folder = said.partition("=")
    if not wave.isdecimal() or not folder:
        raise typer.BadParameter("write WAVE=FOLDER, such as 8=schematron/include", param_hint="--vocabulary")
    return read_vocabulary(Path(folder), int(wave))


def _label(first: Content) -> str:
    source = first.sources[0]
    return _NOT_IN_ID.sub("-", f"{source.name}-{source.version}".rstrip("-"))[:48]


def _act(by: str) -> Act:
    return Act(by, clock.now(), clock.new_id)


def _for(wave: int) -> str:
    return f" for wave {wave}" if wave else ""


def _say_report(report: Report, *, brief: bool) -> None:
    """Findings, one a line; brief: errors, and the rest counted."""
    kinds: dict[str, int] = {}
    for finding in report.findings:
        if not brief or finding.severity == "error":
            typer.echo(f"{finding.severity} {finding.code} {finding.path}: {finding.text}", err=brief)
        else:
            kinds[finding.code] = kinds.get(finding.code, 0) + 1
    for kind, count in sorted(kinds.items()):
        typer.echo(f"  {kind}: {count}", err=brief)
