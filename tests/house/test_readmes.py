"""The READMEs: present, well formed, and true in every name that a machine can look up."""

import fnmatch
import functools
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from gateway.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
NEEDED = (
    "README.md",
    "gateway/README.md",
    "transformers/README.md",
    "transformers/display/README.md",
    "trust/README.md",
    "config/terminology/README.md",
    "samples/README.md",
    "tests/support/README.md",
)
OURS = ("gateway", "transformers", "trust", "config", "samples", "tests")
PROSE, ROW = 140, 280
"""Longest lines in characters; a row of a table cannot be wrapped."""
SUFFIXES = (".py", ".toml", ".csv", ".md", ".json", ".sh", ".lock", ".typ", ".xml", ".pem", ".crl")
NOT_OURS = {
    *("demo.json", "D/demo.json", "*.crl"),  # written by whoever runs the command or the node
    *(
        ".venv/",
        "./var",
        "/fhir",
        "/fhir/wave-8",
        "/fhir/metadata",
        "/status",
        "/Devices",
    ),  # places outside the tree, and paths of URLs
    *("urn:oid:", "N/A"),
    *("voc-*.xml", "coded_element_list_ehdsi.xml"),  # artefacts of others
}


def readmes() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = listed.stdout.split() if listed.returncode == 0 else [str(p.relative_to(ROOT)) for p in ROOT.rglob("*.md")]
    return [ROOT / name for name in names if not name.startswith((".venv", "var/"))]


def _names(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks(text: str) -> list[str]:
    """What stands between fences."""
    return re.findall(r"^\s*```[^\n]*\n(.*?)^\s*```", text, re.MULTILINE | re.DOTALL)


def unfenced(text: str) -> str:
    return re.sub(r"^\s*```.*?^\s*```[^\n]*\n", "\n", text, flags=re.MULTILINE | re.DOTALL)


def cells(row: str) -> int:
    """Columns of a row; a bar that is escaped or in backticks is text."""
    return len(re.sub(r"`[^`]*`|\\\|", "", row).strip().strip("|").split("|"))


def broken_tables(text: str) -> list[str]:
    """What is wrong with tables: a row without a head (something cut it off), another count of columns."""
    wrong, head = [], 0
    lines = unfenced(text).splitlines()
    for number, line in enumerate(lines):
        if not line.lstrip().startswith("|"):
            head = 0
            continue
        if not head:
            head = cells(line)
            below = lines[number + 1].strip() if number + 1 < len(lines) else ""
            if not re.fullmatch(r"\|(\s*:?-{3,}:?\s*\|)+", below):
                wrong.append(f"no head: {line}")
        elif cells(line) != head:
            wrong.append(f"{cells(line)} columns, not {head}: {line}")
    return wrong


def absent_paths(text: str, folder: Path) -> list[str]:
    """Files and folders named in backticks or in a picture that are not there.

    A name is relative to the root or to the README's folder, or it is how the path of some file of ours ends.
    """
    named = re.findall(r"`([^`\s]+)`", unfenced(text))
    named += [word for block in blocks(text) for word in re.findall(r"[\w./-]+/[\w./-]+\.py", block)]
    return [name for name in named if _is_path(name) and not _exists(name, folder)]


def _is_path(name: str) -> bool:
    if name in NOT_OURS or name.startswith(".venv") or re.search(r"[<>{}$=:;()\\,|]|//|\.\.\.|…", name):
        return False
    return name.endswith(SUFFIXES) or name.endswith("/")


def _exists(name: str, folder: Path) -> bool:
    if (ROOT / name).exists() or (folder / name).exists():
        return True
    return any(fnmatch.fnmatch(path, f"*/{name.rstrip('/')}") for path in _ours())


@functools.cache
def _ours() -> tuple[str, ...]:
    """Every file and folder of the packages and what comes with them, with a slash before it."""
    return tuple(
        f"/{p.relative_to(ROOT)}" for one in OURS for p in (ROOT / one).rglob("*") if "__pycache__" not in p.parts
    )


def absent_links(text: str, folder: Path) -> list[str]:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    return [one for one in targets if "://" not in one and not (folder / one).exists()]


def wrong_commands(text: str) -> list[str]:
    """Calls of `ncpeh` in backticks or blocks whose command or option does not exist."""
    stated = re.findall(r"`(ncpeh [^`]+)`", unfenced(text))
    for block in blocks(text):
        stated += [f"ncpeh {rest}" for rest in re.findall(r"(?<![\w/.-])ncpeh ([a-z][^\n#|]*)", block)]
    return [one for call in stated for one in re.split(r"\s\|\s", call) if not _parses(one.strip())]


def _parses(call: str) -> bool:
    words = shlex.split(call.replace("...", ""))[1:]
    command: Any = get_command(app)
    while words and hasattr(command, "resolve_command") and not words[0].startswith("-"):
        context = command.context_class(command, resilient_parsing=True)
        _, command, words = command.resolve_command(context, words)
        if command is None:
            return False
    options = {"--help"} | {name for p in command.params for name in (*p.opts, *p.secondary_opts)}
    return all(word.split("=")[0] in options for word in words if word.startswith("--"))


def wrong_targets(text: str, makefile: str) -> list[str]:
    """Targets of `make` that the Makefile does not have."""
    asked = re.findall(r"`make ([a-z]+)`", unfenced(text))
    asked += [one for block in blocks(text) for one in re.findall(r"^make ([a-z]+)", block, re.MULTILINE)]
    return [one for one in asked if not re.search(rf"^{one}:", makefile, re.MULTILINE)]


def too_long(text: str) -> list[str]:
    bounds = ((line, ROW if line.lstrip().startswith("|") else PROSE) for line in unfenced(text).splitlines())
    return [line for line, bound in bounds if len(line) > bound]


@pytest.mark.parametrize("name", NEEDED)
def test_a_room_that_a_stranger_enters_has_a_readme(name: str):
    assert len((ROOT / name).read_text("utf-8")) > 500


@pytest.mark.parametrize("readme", readmes(), ids=_names)
def test_tables_are_whole(readme: Path):
    assert broken_tables(readme.read_text("utf-8")) == []


@pytest.mark.parametrize("readme", readmes(), ids=_names)
def test_files_and_folders_named_are_there(readme: Path):
    assert absent_paths(readme.read_text("utf-8"), readme.parent) == []


@pytest.mark.parametrize("readme", readmes(), ids=_names)
def test_links_lead_somewhere(readme: Path):
    assert absent_links(readme.read_text("utf-8"), readme.parent) == []


@pytest.mark.parametrize("readme", readmes(), ids=_names)
def test_commands_and_options_named_are_there(readme: Path):
    text = readme.read_text("utf-8")
    assert wrong_commands(text) == []
    assert wrong_targets(text, (ROOT / "Makefile").read_text("utf-8")) == []


@pytest.mark.parametrize("readme", readmes(), ids=_names)
def test_lines_fit_a_window(readme: Path):
    assert too_long(readme.read_text("utf-8")) == []


def test_the_glossary_explains_each_word_in_a_full_sentence():
    text = (ROOT / "gateway/README.md").read_text("utf-8")
    words = text.partition("\n## Words\n")[2].partition("\n## ")[0]
    entries = dict(re.findall(r"^- \*\*([^*]+)\*\*: (.*?)(?=\n- |\n*\Z)", words, re.MULTILINE | re.DOTALL))
    terms = {term.strip() for entry in entries for term in entry.split(",")}
    assert terms >= {
        *("pivot", "wave", "release", "starter release", "L1", "L3", "PS", "eP", "eD", "OrCD", "TRC", "NOK"),
        *("HCP assertion", "home community id", "NCP", "country A", "country B", "MsgHead", "M-messages"),
        *("Reseptformidleren", "kritisk informasjon", "FEST", "kode 6", "kode 7", "transcoded", "translated"),
        *("evidence", "chain", "checkpoint", "head file", "shelf", "hold", "MVC", "value set", "withheld"),
    }
    assert [term for term, says in entries.items() if len(says.split()) < 10 or not says.endswith(".")] == []


def test_each_principle_of_the_threat_model_has_objective_threat_mechanism_and_proof():
    text = (ROOT / "trust/README.md").read_text("utf-8")
    principles = text.partition("\n## Threat model\n")[2].split("\n### ")[1:]
    assert len(principles) >= 8
    for principle in principles:
        parts = re.findall(r"^- \*\*(\w+)\.\*\* ", principle, re.MULTILINE)
        assert parts == ["Objective", "Threat", "Mechanism", "Proof"], principle.splitlines()[0]
        proof = principle.partition("**Proof.**")[2]
        assert [name for name in re.findall(r"`([^`]+)`", proof) if (ROOT / name).is_file()], principle.splitlines()[0]


WHOLE = "| a | b |\n|---|---|\n| 1 | `x|y` |\n"


@pytest.mark.parametrize(
    "broken",
    [
        WHOLE + "\nA paragraph.\n\n| 2 | 3 |\n",
        WHOLE + "A paragraph.\n| 2 | 3 |\n",
        WHOLE + "| 2 |\n",
        "| a | b |\n| 1 | 2 |\n",
    ],
)
def test_a_table_that_is_cut_or_lacks_a_cell_is_found(broken: str):
    assert broken_tables(WHOLE) == []
    assert broken_tables(broken) != []


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ("`gateway/errors.py`", "`gateway/mistakes.py`"),
        ("`saml/verify.py`", "`saml/believe.py`"),
        ("`trust/`", "`trusted/`"),
        ("`bind.py`", "`bound.py`"),
        ("```\ntrust/xml.py  parses\n```\n", "```\ntrust/xlm.py  parses\n```\n"),
    ],
)
def test_a_file_that_is_gone_is_found(true: str, false: str):
    assert absent_paths(true, ROOT / "trust") == []
    assert len(absent_paths(false, ROOT / "trust")) == 1


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ("`ncpeh evidence verify`", "`ncpeh evidence believe`"),
        ("`ncpeh samples --json`", "`ncpeh samples --yaml`"),
        ("```\nncpeh node\n```\n", "```\nncpeh nodes\n```\n"),
        ("`ncpeh transform - --to html | ncpeh validate -`", "`ncpeh transform - --to html | ncpeh valid -`"),
    ],
)
def test_a_command_that_is_gone_is_found(true: str, false: str):
    assert wrong_commands(true) == []
    assert len(wrong_commands(false)) == 1


def test_a_link_a_target_and_a_line_that_are_wrong_are_found():
    assert absent_links("[a](xml.py) [b](https://example.org/x)", ROOT / "trust") == []
    assert absent_links("[a](xlm.py)", ROOT / "trust") == ["xlm.py"]
    assert wrong_targets("`make test` `make tests`", "test: x\n") == ["tests"]
    assert too_long("x" * PROSE + "\n| " + "x" * (ROW - 2)) == []
    assert len(too_long("x" * (PROSE + 1) + "\n| " + "x" * ROW)) == 2
