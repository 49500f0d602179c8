"""A wrong code put into one form of the product: whether a row of the corpus fails then.

The forms are read as syntax trees: a constant of a module below `transformers/cda` that is a template id, or a code
that a document of the corpus bears, is replaced, and the corpus runs in a process that imports the module so.
"""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.meaning.table import HERE, every_row

ROOT = HERE.parents[1]
ROOMS = ("types", "statements", "medicine", "documents")
NO_FORMS = ("structure.py",)
"""Defaults of attributes, which are no codes of a form."""
STARTED = ROOT / "tests" / "prove" / "started"
_PREFIX = ("E3", "EHDSI", "CCD", "IHE")
EHDSI = "1.3.6.1.4.1.12559.11.10.1.3.1."
_CODE = re.compile(
    r"[0-9]{5,}|[0-9]+-[0-9]|no-known-[a-z]+|[0-9]+(?:\.[0-9]+){5,}|SEV|CONC|IMMUNIZ|PINSTRUCT|FINSTRUCT|SUBST|DRUG"
)
_NAMES = "SYSTEM_NAMES"
"""Words for code systems: no form's."""
WRONG = "99.9"
SEEN_BY_NO_READER = {
    ("absence.py", "no-known-devices"): "no code of a device as such is among what may be denied as a whole",
    ("absence.py", "no-known-medications"): "no code of a medicine as such is among what may be denied as a whole",
    ("signs.py", "IMMUNIZ"): "it keeps a word of the form out of the words of an entry that was not read",
    ("signs.py", "CONC"): "it keeps a word of the form out of the words of an entry that was not read",
    ("signs.py", "SEV"): "it keeps a word of the form out of the words of an entry that was not read",
}
"""Constants that change no meaning, and why."""


@dataclass(frozen=True)
class Form:
    """One constant of a form: where it stands, and what the documents of the corpus have for it."""

    path: str
    line: int
    nth: int
    value: str


def _prefixes() -> dict[str, str]:
    """The beginnings of template ids, as `types/vocabulary.py` has them."""
    source = (ROOT / "transformers" / "cda" / "types" / "vocabulary.py").read_text(encoding="utf-8")
    found = {"EHDSI": EHDSI}
    for node in ast.parse(source).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id in _PREFIX:
            value = node.value
            if isinstance(value, ast.Constant):
                found[node.target.id] = str(value.value)
            elif isinstance(value, ast.JoinedStr):
                found[node.target.id] = found.get("EHDSI", EHDSI) + str(value.values[-1].value)  # type: ignore[attr-defined]  # an f-string ends in text
    return found


def _constants(tree: ast.Module, prefixes: dict[str, str]) -> Iterator[tuple[ast.Constant, str]]:
    """Constants at the top of a module that are codes or ends of template ids, each with its whole value."""
    for statement in tree.body:
        if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
            continue
        target = statement.target if isinstance(statement, ast.AnnAssign) else statement.targets[0]
        if isinstance(target, ast.Name) and target.id == _NAMES:
            continue
        ends: set[int] = set()
        for node in ast.walk(statement.value):
            if isinstance(node, ast.JoinedStr) and len(node.values) == 2:
                head, end = node.values
                named = (
                    head.value.id if isinstance(head, ast.FormattedValue) and isinstance(head.value, ast.Name) else ""
                )
                if named in prefixes and isinstance(end, ast.Constant):
                    yield end, prefixes[named] + str(end.value)
                ends |= {id(one) for one in node.values}
        for node in ast.walk(statement.value):
            if isinstance(node, ast.Constant) and id(node) not in ends and _CODE.fullmatch(str(node.value)):
                yield node, str(node.value)


def forms() -> list[Form]:
    """Every constant of a form whose value stands in a document of the corpus as it is."""
    borne = set(re.findall(r'"([^"]+)"', " ".join(row.document.decode() for row in every_row() if row.kind != "kj")))
    prefixes = _prefixes()
    found = []
    for path in sorted(one for room in ROOMS for one in (ROOT / "transformers" / "cda" / room).glob("*.py")):
        if path.name in NO_FORMS:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for nth, (node, value) in enumerate(_constants(tree, prefixes)):
            if value in borne and (path.name, value) not in SEEN_BY_NO_READER:
                found.append(Form(str(path.relative_to(ROOT)), node.lineno, nth, value))
    return found


def with_wrong_code(form: Form) -> str:
    """The source of the form's module with another code in its place."""
    tree = ast.parse((ROOT / form.path).read_text(encoding="utf-8"))
    node, _ = list(_constants(tree, _prefixes()))[form.nth]
    node.value = WRONG
    return ast.unparse(tree)


def a_row_fails(form: Form, folder: Path) -> bool:
    """Whether the corpus, or the comparison of what is printed with the guide, fails with the wrong code in place."""
    told = folder / "mutant.json"
    told.write_text(json.dumps({"path": form.path, "source": with_wrong_code(form)}), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": f"{STARTED}{os.pathsep}{ROOT}", "PROVE_MUTANT": str(told)}
    command = [sys.executable, "-m", "tests.meaning", "--until-wrong"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False).returncode != 0
