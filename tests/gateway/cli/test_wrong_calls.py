"""Wrong calls of the command: each the right exit status, and a sentence that a stranger understands.

No traceback, no class name, no repr; nothing of a person's number or of a password is repeated.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.cli.sentences import table
from tests.support.machine.command import Called, ncpeh

NUMBER, PASSWORD = "13837424032", "unspeakable-7"
SIGNS = ("Traceback", "Errno", "()", "='", "row 0", "<class", "Error", "Exception", "object at", NUMBER, PASSWORD)
CLIENTS = """{"keys": [{"kty": "EC", "crv": "P-256", "kid": "1", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
 "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}"""
"""Public keys as the simulator wants them: the example of RFC 7517 A.1."""


@dataclass(frozen=True)
class Wrong:
    """A call in a folder of its own, with an empty state below it, and what comes of it."""

    call: str
    """As it is typed; {here} is the folder."""
    words: str
    """A part of the sentence."""
    status: int = 2
    env: dict[str, str] = field(default_factory=dict)
    stdin: str = ""
    told: bool = True
    """On standard error; else the sentence is part of the result."""


CALLS = (
    # the command itself
    Wrong("", "which command is meant?"),
    Wrong("nonsense", "No such command 'nonsense'. See: ncpeh --help"),
    Wrong("--nonsense", "No such option"),
    Wrong("samples extra", "Got unexpected extra argument"),
    Wrong("samples --xml", "No such option"),
    Wrong("samples \udcff", "an argument is not UTF-8"),
    Wrong("doctor now", "Got unexpected extra argument"),
    # certificates
    Wrong("pki", "which command is meant?"),
    Wrong("pki make", "No such command 'make'. See: ncpeh pki --help"),
    Wrong("pki dev", "Missing option '--dir'"),
    Wrong("pki dev --dir {here}/p", "Missing option '--country'"),
    Wrong("pki dev --dir {here}/p --country Norway", "--country"),
    Wrong("pki dev --dir {here}/p --country no", "--country"),
    Wrong("pki dev --dir {here}/p --country NO --country NO", "--country"),
    Wrong("pki dev --dir {here}/p --country NO --at yesterday", "--at"),
    Wrong("pki dev --dir {here}/file --country NO", "a directory is needed there. Move"),
    Wrong("pki show", "Missing argument 'FILE"),
    Wrong("pki show {here}/absent.pem", "absent.pem is not there. Look at the path."),
    Wrong("pki show {here}", "is a directory, and a file is needed there"),
    Wrong("pki show {here}/file", "no certificate or revocation list can be read from it"),
    # the database
    Wrong("db", "which command is meant?"),
    Wrong("db status", "Run: ncpeh db migrate"),
    Wrong(f"db status --database mysql://user:{PASSWORD}@host/x", "of no kind that is supported. Write sqlite:///PATH"),
    Wrong("db status --database nonsense", "of no kind that is supported"),
    Wrong("db status --database sqlite://", "of no kind that is supported"),
    Wrong("db status --database sqlite:///{here}/file", "is no SQLite database"),
    Wrong("db status --database sqlite:///{here}", "cannot be opened"),
    Wrong(f"db status --database postgresql://n:{PASSWORD}@127.0.0.1:1/x", "the server cannot be reached"),
    Wrong("db migrate --database sqlite:////proc/none/node.db", "/proc/none"),
    Wrong("db migrate --database sqlite:///{here}/file/node.db", "a directory is needed there"),
    Wrong("db new-key --id a,b", "Choose another of at most 32 letters"),
    Wrong("db new-key", "a directory is needed there", env={"NCPEH_STORE__KEYS_FILE": "{here}/file/keys"}),
    Wrong("db new-key", "file, line 1, is no store key", env={"NCPEH_STORE__KEYS_FILE": "{here}/file"}),
    # the evidence
    Wrong("evidence", "which command is meant?"),
    Wrong("evidence verify", "Run: ncpeh db migrate"),
    Wrong("evidence verify --database sqlite:///{here}/absent.db", "Run: ncpeh db migrate"),
    Wrong("evidence show --last 0", "--last"),
    Wrong("evidence show --last all", "--last"),
    Wrong("evidence show --id 12", "--id"),
    Wrong("evidence show", "Run: ncpeh db migrate"),
    Wrong("evidence find", "name at least one"),
    Wrong("evidence find --country pt", "two capital letters, such as PT"),
    Wrong("evidence find --since yesterday", "--since"),
    Wrong("evidence find --correlation 12", "--correlation"),
    Wrong(f"evidence find --person {NUMBER}", "a number is never an argument"),
    Wrong("evidence find --person -", "neither a Norwegian number nor", stdin=f"{NUMBER}1"),
    Wrong("evidence find --person - --database sqlite:///{here}/a.db", "--keys", stdin=NUMBER),
    Wrong("evidence find --country PT", "Run: ncpeh db migrate"),
    Wrong("evidence accept-clock", "Missing option '--by'"),
    Wrong("evidence accept-clock --by me", "Missing option '--reason'"),
    # dispensations
    Wrong("dispensations", "which command is meant?"),
    Wrong("dispensations decide r-1", "Missing option '--to'"),
    Wrong("dispensations decide r-1 --to perhaps", "--to"),
    Wrong("dispensations show", "no store keys can be read"),
    # the configuration
    Wrong("config", "which command is meant?"),
    Wrong("config show nothing", "no key of the configuration is or begins with nothing", status=1),
    Wrong("config show", "is not a directory", env={"NCPEH_CONFIG": "{here}/absent"}),
    Wrong("config diff", "unknown configuration file", env={"NCPEH_CONFIG": "{here}"}),
    Wrong("config check", "NCPEH_NONSENSE__X: no such table", status=1, env={"NCPEH_NONSENSE__X": "1"}, told=False),
    Wrong("config check", "node.nonsense: nobody knows", status=1, env={"NCPEH_NODE__NONSENSE": "1"}, told=False),
    Wrong("config check", "as JSON", status=1, env={"NCPEH_COMPOSITION__LEGAL_AUTHENTICATOR_GIVEN": "K"}, told=False),
    Wrong("config show", "no such table; form is", env={"NCPEH_NONSENSE__X": "1"}),
    # documents
    Wrong("transform", "Missing option '--to'"),
    Wrong("transform --to word", "known are cda-ps-l3"),
    Wrong("transform --to html", "give a FILE or --person"),
    Wrong("transform --to html {here}/file --person rich", "give a FILE or --person"),
    Wrong("transform --to html {here}/absent.xml", "absent.xml is not there. Look at the path."),
    Wrong("transform --to html {here}", "is a directory, and a file is needed there"),
    Wrong("transform --to html {here}/file", "no readable document: it is no well-formed XML. Look whether"),
    Wrong("transform --to html {here}/utf-16.xml", "no clinical document (HL7 CDA)"),
    Wrong("transform --to pivot {here}/paper.pdf", "a bare PDF has no form but its own"),
    Wrong("transform --to html {here}/paper.pdf", "Open it as it is, or give the clinical document (level 1)"),
    Wrong("transform --to cda-ed-l3 {here}/paper.pdf", "a bare PDF has no form but its own"),
    Wrong("transform --to pivot {here}/other.xml", "it is no clinical document (HL7 CDA)"),
    Wrong("transform --to pdf {here}/doctype.xml", "document type declaration (DOCTYPE)"),
    Wrong("transform --to translated {here}/other.xml", "a translation is into a language"),
    Wrong("transform --to html --language fr {here}/other.xml", "a page is in"),
    Wrong("transform --to transcoded -", "no well-formed XML"),
    Wrong("transform --to pivot --person nobody", "no sample person of that id; see ncpeh samples"),
    Wrong("transform --to cda-ep-l3 --person prescriptions", "which of her prescriptions?"),
    Wrong("transform --to cda-ep-l3 --person prescriptions --prescription none", "no prescription of that id"),
    Wrong("transform --to html {here}/other.xml --prescription daily", "goes with --person"),
    Wrong("transform --to cda-ed-l3 --person rich", "a dispensation is made of a FILE"),
    Wrong("transform --to cda-ed-l3 {here}/other.xml", "of no kind that is read here"),
    Wrong("transform --to cda-ps-l3 {here}/other.xml", "a file can be made into"),
    Wrong("transform --to html --person rich --at 1492-01-01T00:00:00", "between the years"),
    Wrong("transform --to html --person rich --at noon", "--at"),
    Wrong("transform --to pivot --person no-information --report {here}/no/r.json", "no/r.json is not there"),
    Wrong("validate", "Missing argument 'FILE"),
    Wrong("validate --serve {here}/other.xml", "--serve"),
    Wrong("validate --serve --port 65536", "--port"),
    Wrong("validate --serve --layers own --host 192.0.2.1", "192.0.2.1"),
    Wrong("validate {here}/other.xml --layers magic", "of xsd, schematron, own"),
    Wrong("validate {here}/other.xml --wave 0", "--wave"),
    Wrong("validate {here}/other.xml --wave eight", "--wave"),
    Wrong("validate {here}/absent.xml", "UNREADABLE ({here}/absent.xml is not there)", told=False),
    Wrong("validate {here}/file", "UNREADABLE (it is no well-formed XML)", told=False),
    Wrong("validate {here}/other.xml", "names no folder", env={"NCPEH_ARTEFACTS": "/no/such"}),
    Wrong("artefacts check", "NCPEH_ARTEFACTS is not set"),
    Wrong("artefacts check --wave 0", "--wave"),
    # terminology
    Wrong("terminology", "which command is meant?"),
    Wrong("terminology import", "Missing argument 'sources"),
    Wrong("terminology import {here}/absent.tgz --output {here}/r", "absent.tgz"),
    Wrong("terminology import {here}/file --output {here}/r", "cannot be read"),
    Wrong("terminology import https://terminology.invalid --output {here}/r", "needs --login"),
    Wrong("terminology import {here}/file --vocabulary 8 --output {here}/r", "WAVE=FOLDER"),
    Wrong("terminology check unknown", "no release that was imported. Look at the path"),
    Wrong("terminology check {here}/absent.sqlite", "absent.sqlite: the file is not there"),
    Wrong("terminology check {here}/text.sqlite", "text.sqlite is no release file, or is damaged"),
    Wrong("terminology lookup 1", "Missing option '--system'"),
    Wrong("terminology diff starter", "Missing argument 'other'"),
    Wrong("terminology activate r", "Missing option '--by'"),
    Wrong("terminology approve r --by me", "no store keys can be read"),
    Wrong("terminology list", "Run: ncpeh db migrate"),
    Wrong("terminology coverage --person nobody", "no sample person of that id"),
    Wrong("terminology coverage --lists {here}/file", "is no list of oid and code that can be read"),
    Wrong("terminology coverage --wave 1", "--wave"),
    # what serves, asks and shows
    Wrong("simulate", "Missing option '--client-jwks'"),
    Wrong("simulate --client-jwks {here}/absent.json", "absent.json is not there"),
    Wrong("simulate --client-jwks {here}/file", "holds no public keys (JWKS)"),
    Wrong("simulate --client-jwks {here}/keys.json --port 99999", "--port"),
    Wrong("simulate --client-jwks {here}/keys.json --host nowhere.invalid", "nowhere.invalid"),
    Wrong("simulate --client-jwks {here}/keys.json --tls-certificate {here}/file", "can be read: {here}/file"),
    Wrong("ask", "Missing argument 'country'"),
    Wrong("ask NO", "node.environment is production"),
    Wrong("ask XX --person -", "no such country", env={"NCPEH_NODE__ENVIRONMENT": "test"}),
    Wrong(f"ask PT --person {NUMBER}", "never an argument", env={"NCPEH_NODE__ENVIRONMENT": "test"}),
    Wrong("demo --dir {here}", "is not empty and no earlier demo's"),
    Wrong("demo --dir {here}/file", "a directory is needed there"),
    Wrong("node --ready", "No such option"),
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files of which none is what it ought to be."""
    for name in [name for name in os.environ if name.startswith("NCPEH_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "here"
    folder.mkdir()
    for name, content in {
        "file": b"hello",
        "utf-16.xml": '<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"),
        "paper.pdf": b"%PDF-1.4 \xff\xfe",
        "other.xml": b"<a/>",
        "doctype.xml": b"<!DOCTYPE a><a/>",
        "text.sqlite": b"hello",
        "keys.json": CLIENTS.encode(),
    }.items():
        (folder / name).write_bytes(content)
    monkeypatch.setenv("NCPEH_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return folder


def in_plain_words(text: str) -> bool:
    """Whether it has no sign of Python, no class of the trees, nothing of a person or a password."""
    names = "|".join(sorted(table()["sentence"]))
    return not any(sign in text for sign in SIGNS) and not re.search(rf"\b({names})\b(?!:)", text)


@pytest.mark.parametrize("wrong", CALLS, ids=lambda wrong: wrong.call.encode("ascii", "replace").decode() or "nothing")
def test_a_wrong_call_has_its_exit_status_and_a_sentence(wrong: Wrong, here: Path, monkeypatch: pytest.MonkeyPatch):
    for name, value in wrong.env.items():
        monkeypatch.setenv(name, value.format(here=here))
    called: Called = ncpeh(*(part.format(here=here) for part in wrong.call.split()), stdin=wrong.stdin)
    assert called.status == wrong.status, called.err
    *_, line = (called.err if wrong.told else called.out).splitlines()
    assert wrong.words.format(here=here) in line
    assert not wrong.told or line.startswith("ncpeh: ")
    assert line.strip().endswith((".", ")", "--help", "keys")) or not wrong.told
    assert in_plain_words(called.out + called.err)
    assert list(here.glob("p*")) == [here / "paper.pdf"], "nothing is left half done"
    assert not (here / "r").exists()


def test_there_are_eighty_and_no_two_are_the_same():
    assert len(CALLS) >= 80
    assert len({(wrong.call, tuple(wrong.env.items()), wrong.stdin) for wrong in CALLS}) == len(CALLS)


@pytest.mark.parametrize(
    "text", ["Traceback (most", "StoreUnavailable", "a.csv, row 0", "cause='x'", f"of {NUMBER}", "FileNotFoundError: a"]
)
def test_what_a_stranger_does_not_understand_is_seen(text: str):
    assert in_plain_words("ncpeh: the file is not there. Look at the path.")
    assert not in_plain_words(f"ncpeh: {text}")
