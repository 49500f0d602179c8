"""May this release be used? What the documents' rules need is there, maps lead into their value sets, nothing fell off.

An ERROR keeps a release from being activated (unless an operator overrides it, on record); a WARNING is something to
know; an INFO explains what was odd in a source and what was done with it.
"""

import re
from collections.abc import Iterator
from typing import Final

from transformers.model.finding import Finding, Report, Severity
from transformers.terminology.release import Release
from transformers.terminology.rows import Facts

FALL = 0.10
"""The share of a value set's, or of all maps', rows that may fall away from one release to the next."""
_EXPLAINED = {
    "version-absent": "The code system's version is not said; documents then carry none, since it is never invented.",
    "version-of-package": "The value set carries the package's version; the catalogue's is in its id and is used.",
    "no-break-space": "A no-break space in a display: compared and printed as a space.",
    "double-encoded": "UTF-8 that was read as Latin-1 when the package was made: decoded once.",
    "control-character": "A line break or tab inside a display: printed as a space.",
    "surrounding-space": "Blanks around a display.",
    "code-lost": "A code that a spreadsheet took for an empty cell (NA became nan): it cannot be used.",
    "display-lost": "A display that a spreadsheet took for an empty cell (None became nan): the code is left out.",
    "display-absent": "A code without display: it is left out, an empty string is never shown.",
    "display-differs": "Two sources word one code differently.",
    "concept-added": "A concept the source lacks or spoils, from tables of the node.",
    "excerpt-outside": "A concept of the node's excerpt that the imported value set does not have (any more).",
    "code-of-other-form": "A code that its code system cannot have: never checked against that system.",
    "system-is-a-page": "The code system is named by the address of a web page.",
    "canonical-of-other": "A code system published under another thing's URL.",
    "canonical-differs": "A value set whose URL does not end in its name.",
    "words-unused": "Words for codes that are in no source of the release.",
    "words-several": "A file with words has two texts for one code: which is meant is not known.",
    "name-differs": "A value set under another name than is known for its OID.",
}
_LOSES = frozenset({"code-lost", "display-lost", "display-absent", "excerpt-outside"})


def check(release: Release, facts: Facts, active: Release | None = None, *, production: bool = False) -> Report:
    """Every finding about a release; compared with ``active``, the one in force, when there is one.

    ``production`` makes errors of what a demonstration may have: maps that nobody approved, value sets in excerpt.
    """
    report = Report()
    for finding in _findings(release, facts, active, production=production):
        report.add(finding)
    return report


def failures(report: Report) -> tuple[str, ...]:
    """The rules a release failed, each once, in order."""
    return tuple(dict.fromkeys(f.code for f in report.findings if f.severity in (Severity.ERROR, Severity.FATAL)))


def _findings(release: Release, facts: Facts, active: Release | None, *, production: bool) -> Iterator[Finding]:
    if release.digest() != release.manifest["digest"]:
        yield _error(
            "content-changed", release.id, "The content does not have the digest that the release is named by."
        )
    yield from _bound(release, facts, production=production)
    yield from _maps(release)
    yield from _parts(release)
    yield from _proposed(release, production=production)
    yield from _codes(release)
    yield from _later(release)
    if active is not None:
        yield from _fallen(release, active)
    for odd in release.oddities():
        severity = Severity.WARNING if odd.kind in _LOSES else Severity.INFO
        where = f"{odd.file}:{odd.row}" if odd.row else odd.file
        yield Finding(severity, odd.kind, where, f"{_EXPLAINED[odd.kind]} {odd.what}: {odd.done}.")


def _bound(release: Release, facts: Facts, *, production: bool) -> Iterator[Finding]:
    for oid, documents in sorted(facts.bound.items()):
        name, by = facts.value_sets[oid], ", ".join(documents)
        if oid not in release.value_sets:
            yield _error("value-set-missing", oid, f"{name} is not there; the rules of {by} bind it. Import it.")
        elif not release.count(oid):
            yield _error("value-set-empty", oid, f"{name} has no concept; the rules of {by} bind it.")
        elif not release.value_sets[oid].complete:
            severity = Severity.ERROR if production else Severity.WARNING
            text = f"{name} is an excerpt; the rules of {by} bind the whole. Import it."
            yield Finding(severity, "value-set-excerpt", oid, text, release=release.id)
        elif release.value_sets[oid].status not in ("active", ""):
            text = f"{name} is {release.value_sets[oid].status}."
            yield Finding(Severity.WARNING, "value-set-not-active", oid, text, release=release.id)


_TARGETS = (
    "SELECT m.file, m.line, m.source_code, m.target_code, m.value_set, v.number, b.code, c.retired FROM map m"
    " LEFT JOIN value_set v ON v.oid = m.value_set LEFT JOIN system s ON s.id = m.target_system"
    " LEFT JOIN member b ON b.value_set = v.number AND b.system = s.number AND b.code = m.target_code"
    " LEFT JOIN concept c ON c.system = s.number AND c.code = m.target_code"
    " WHERE m.relation <> 'none' ORDER BY m.file, m.line"
)


def _maps(release: Release) -> Iterator[Finding]:
    for file, line, source, target, value_set, number, member, retired in release.rows(_TARGETS):
        where = f"{file}:{line}"
        if number is None:
            yield _error("map-value-set-missing", where, f"{source} maps into {value_set}, which is not there.")
        elif member is None:
            yield _error("map-target-outside", where, f"{source} maps to {target}, which is not in {value_set}.")
        elif retired:
            yield _error("map-target-retired", where, f"{source} maps to {target}, which its code system retired.")


_NAMES: Final = (
    "SELECT m.file, m.line, m.source_code, m.source_display, m.why, c.display FROM map m"
    " JOIN system s ON s.id = m.target_system JOIN concept c ON c.system = s.number AND c.code = m.target_code"
    " WHERE m.relation <> 'none' ORDER BY m.file, m.line"
)
_ASIDE: Final = re.compile(r"\([^()]*\)|\bmed\b.*|\bm/.*")
"""What is said in brackets, and what a container has on it ("med skru"), names no other thing."""
_PARTS: Final = re.compile(r"/|-,\s|\b(?:og|eller|and|or)\b")
"""Between the things that a term names; the comma of "øye-, øredråper" is one of these, any other one is not."""
ARGUED: Final = ("together:", "each:")
"""Beginnings of a reason why a target with fewer parts is right: what the source names is one thing of several parts,
of which the target names the thing; or the target is said of each of them."""


def _parts(release: Release) -> Iterator[Finding]:
    """A or B mapped to A is not wider: it says A of what may be B."""
    for file, line, source, display, why, target in release.rows(_NAMES):
        if not why.startswith(ARGUED) and parts_named(target) < parts_named(display):
            text = (
                f"{source} {display} names more things than its target {target}, which says the one of what may be the "
                f"other. Map it to none, or argue it: a reason that begins with {' or '.join(ARGUED)}"
            )
            yield _error("map-of-one-part", f"{file}:{line}", text)


def parts_named(term: str) -> int:
    """How many things a term of Norwegian or English names beside each other: by a stroke, by "and" and "or"."""
    return sum(1 for part in _PARTS.split(_ASIDE.sub("", term)) if part.strip(" -,"))


def _proposed(release: Release, *, production: bool) -> Iterator[Finding]:
    sql = "SELECT file, count(*) FROM map WHERE approver = '' GROUP BY file ORDER BY file"
    severity = Severity.ERROR if production else Severity.INFO
    for file, count in release.rows(sql):
        text = f"{count} rows are proposed: nobody approved them. Name approver and date in each row."
        yield Finding(severity, "map-proposed", file, text, release=release.id)


def _codes(release: Release) -> Iterator[Finding]:
    lost = (
        "SELECT d.source, count(*) FROM designation d LEFT JOIN system s ON s.id = d.system"
        " LEFT JOIN concept c ON c.system = s.number AND c.code = d.code WHERE c.code IS NULL GROUP BY d.source"
    )
    for source, count in release.rows(lost):
        text = f"{count} designations are of codes that the release does not have; they are never shown."
        yield Finding(Severity.INFO, "designation-unused", source, text, release=release.id)


_LATER = (
    "SELECT v.oid, v.name, l.from_wave, l.file, count(*) FROM later_member l JOIN value_set v ON v.number = l.value_set"
    " GROUP BY v.oid, l.from_wave, l.file ORDER BY 1, 3, 4"
)
_LATER_TARGETS = (
    "SELECT m.file, m.line, m.source_code, m.source_display, m.target_code, v.name, l.from_wave FROM map m"
    " JOIN value_set v ON v.oid = m.value_set JOIN system s ON s.id = m.target_system"
    " JOIN later_member l ON l.value_set = v.number AND l.system = s.number AND l.code = m.target_code"
    " WHERE m.relation <> 'none' ORDER BY m.file, m.line"
)


def _later(release: Release) -> Iterator[Finding]:
    kinds = {source.kind for source in release.sources()}
    if kinds & {"fhir-package", "sync"} and "vocabulary" not in kinds:
        text = (
            "No wave's vocabulary was imported beside the catalogue: a code that is newer than a peer's wave makes a "
            "whole document invalid there. Import it again with --vocabulary."
        )
        yield Finding(Severity.WARNING, "vocabulary-absent", release.id, text, release=release.id)
    for oid, name, wave, file, count in release.rows(_LATER):
        text = f"{count} codes of {name} are for waves from {wave} on ({file}); documents of earlier waves have none."
        yield Finding(Severity.INFO, "member-of-later-wave", oid, text, release=release.id)
    for file, line, source, display, target, name, wave in release.rows(_LATER_TARGETS):
        text = (
            f"{source} {display} maps to {target}, which {name} has from wave {wave} on: "
            "a peer of an earlier wave would refuse the document, so there it stays text."
        )
        yield Finding(Severity.INFO, "map-of-later-wave", f"{file}:{line}", text, release=release.id)


def _fallen(release: Release, active: Release) -> Iterator[Finding]:
    used = {value_set for _, value_set, _ in active.maps()} | {oid for oid, bound in active.bound.items() if bound}
    for oid, before in sorted(active.value_sets.items()):
        if oid not in release.value_sets:
            text = f"{before.name} is in {active.id}, the release in force, and gone from this one."
            severity = Severity.ERROR if oid in used else Severity.WARNING
            yield Finding(severity, "value-set-gone", oid, text, release=release.id)
            continue
        yield from _fell(oid, before.name, active.count(oid), release.count(oid), release.id)
    ((before_maps,),) = active.rows("SELECT count(*) FROM map WHERE relation <> 'none'")
    ((maps,),) = release.rows("SELECT count(*) FROM map WHERE relation <> 'none'")
    yield from _fell("maps", "The maps", before_maps, maps, release.id)


def _fell(where: str, name: str, before: int, now: int, release: str) -> Iterator[Finding]:
    if now < before * (1 - FALL):
        text = f"{name} fell from {before} rows to {now}; more than {FALL:.0%} may not fall away unseen."
        yield Finding(Severity.ERROR, "rows-fell", where, text, release=release)


def _error(code: str, where: str, text: str) -> Finding:
    return Finding(Severity.ERROR, code, where, text)
