"""Tables of words: what is refused when they are read, and that tables and code name the same keys."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.support.machine.require import artefacts
from tests.support.machine.syntax import tree
from transformers.cda.kinds import KINDS
from transformers.cda.statements.allergies import KINDS as ALLERGY_KINDS
from transformers.cda.types.original_file import FileFault
from transformers.cda.types.vocabulary import KNOWN_ABSENT, NO_INFORMATION, SECTIONS
from transformers.cda.words import WORDS
from transformers.display.chrome import CHROME
from transformers.display.errors import DisplayRefused
from transformers.display.original_words import ORIGINAL_WORDS
from transformers.model.prescription import Substitution
from transformers.model.standing import Standing
from transformers.shipped import shipped
from transformers.spoken import SPOKEN
from transformers.words import LANGUAGES, WordsInvalid, read_words
from trust.errors import XmlRefused

ROOT = Path(__file__).resolve().parents[2]
NARRATIVE, PAGE, ORIGINAL = WORDS["nb"], CHROME["en"], ORIGINAL_WORDS["nb"]
USES = [("narrative", NARRATIVE), ("page", PAGE), ("original", ORIGINAL), ("spoken", SPOKEN["nb"])]
ROW = "dose,Dose,Dose,Dose\n"
HEAD = "key,en,nb,nn\n"


def table(folder: Path, text: str | bytes, name: str = "labels") -> Path:
    path = folder / f"{name}.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return folder


def test_reads_each_language_of_several_tables(tmp_path):
    table(tmp_path, HEAD + ROW)
    table(tmp_path, HEAD + 'every,every,"hver, alltid",kvar\n', "sentences")
    read = read_words("labels", "sentences", folder=tmp_path)
    assert {language: dict(words) for language, words in read.items()} == {
        "en": {"dose": "Dose", "every": "every"},
        "nb": {"dose": "Dose", "every": "hver, alltid"},
        "nn": {"dose": "Dose", "every": "kvar"},
    }


@pytest.mark.parametrize(
    ("rows", "line", "key", "reason"),
    [
        (ROW + "every,every,,kvar\n", 3, "every", "lacks nb"),
        (ROW + "every,,hver,kvar\n", 3, "every", "lacks en"),
        (ROW + ",every,hver,kvar\n", 3, "", "lacks key"),
        (ROW + "every,every,hver\n", 3, "every", "has 3 cells, not 4"),
        (ROW + "every,every,hver,kvar,juohke\n", 3, "every", "has 5 cells, not 4"),
        (ROW + "\n" + "every,every,hver,kvar\n", 3, "", "has 0 cells, not 4"),
        (ROW + "every,every,hver,kvar\n" + ROW, 4, "dose", "stands twice"),
        (ROW + "every,every,hver ,kvar\n", 3, "every", "nb begins or ends with a blank"),
        (ROW + 'every,every,"hv\ner",kvar\n', 4, "every", "nb begins or ends with a blank, or holds a line break"),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused_with_file_line_and_key(tmp_path, rows, line, key, reason):
    with pytest.raises(WordsInvalid) as refused:
        read_words("labels", folder=table(tmp_path, HEAD + rows))
    told = refused.value
    assert (told.file, told.line, told.key) == ("labels.csv", line, key)
    assert reason in told.reason
    assert str(told) == f"labels.csv, line {line}, key {key!r}: {told.reason}"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("key,en,nb\n", 1, "the columns are not key,en,nb,nn"),
        ("key,nb,en,nn\n" + ROW, 1, "the columns are not key,en,nb,nn"),
        ("", 1, "the columns are not key,en,nb,nn"),
        ((HEAD + ROW).encode("utf-16"), 0, "cannot be read (UnicodeDecodeError)"),
        (HEAD + 'every,"every"y,hver,kvar\n', 0, "cannot be read (Error)"),
    ],
)
def test_a_file_that_is_no_table_of_words_is_refused(tmp_path, text, line, reason):
    with pytest.raises(WordsInvalid) as refused:
        read_words("labels", folder=table(tmp_path, text))
    assert (refused.value.file, refused.value.line, refused.value.reason) == ("labels.csv", line, reason)


def test_a_table_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(WordsInvalid, match=r"sentences\.csv, line 0.*FileNotFoundError"):
        read_words("labels", "sentences", folder=table(tmp_path, HEAD + ROW))


def test_a_key_of_two_tables_of_one_use_is_refused_and_of_two_uses_is_not(tmp_path):
    table(tmp_path, HEAD + ROW)
    table(tmp_path, HEAD + ROW, "page")
    assert read_words("labels", folder=tmp_path) == read_words("page", folder=tmp_path)
    with pytest.raises(WordsInvalid, match=r"page\.csv, line 2, key 'dose': stands twice"):
        read_words("labels", "page", folder=tmp_path)


def test_words_cannot_be_changed_by_who_reads_them():
    with pytest.raises(TypeError):
        CHROME["nb"]["born"] = "x"  # type: ignore[index] - what the test is about


# Tables and code name the same keys -----------------------------------------------------------------------------------


def keys_named(module: ast.AST) -> Iterator[str]:
    """Keys that code looks up: a subscript or ``get`` of something called words, a call of something called word.

    A key made with an f-string is given as what stands before its first gap, with a star.
    """
    for node in ast.walk(module):
        if isinstance(node, ast.Subscript) and _called(node.value) == "words":
            yield from _keys(node.slice)
        if isinstance(node, ast.Call) and node.args:
            target = node.func
            of_words = isinstance(target, ast.Attribute) and target.attr == "get" and _called(target.value) == "words"
            if of_words or _called(target) == "word":
                yield from _keys(node.args[0])


def _called(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _keys(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(str(key)):
            yield key
        case ast.JoinedStr([ast.Constant(str(start)), *_]):
            yield f"{start}*"
        case ast.IfExp(_, first, second):
            yield from (*_keys(first), *_keys(second))


def test_a_key_is_seen_however_it_is_looked_up():
    code = """words["a"], composer.words[f"b.{x}"], words["c" if y else "d"], reader.word("e"), word(f"f.{x}"),\
 words.get("g", words["h"]), tree.words("no"), rows["no"], f"{words['i']}", words.get(f"j.{x}", x)"""
    assert set(keys_named(ast.parse(code))) == {"a", "b.*", "c", "d", "e", "f.*", "g", "h", "i", "j.*"}


@cache
def _code_keys(*patterns: str) -> frozenset[str]:
    files = [path for pattern in patterns for path in sorted((ROOT / "transformers").glob(pattern))]
    assert files
    return frozenset(key for path in files for key in keys_named(tree(path)))


@cache
def _template_keys() -> frozenset[str]:
    named = set()
    for path in (ROOT / "transformers/display/templates").glob("*.html.j2"):
        text = path.read_text("utf-8")
        named |= set(re.findall(r"\bwords\.(\w+)", text)) | set(re.findall(r'\bwords\["([^"]+)"\]', text))
        named |= {f"{start}*" for start in re.findall(r'\bwords\["([^"]+)" ~', text)}
    return frozenset(named)


def _named(use: str) -> frozenset[str]:
    if use == "spoken":
        return _code_keys("spoken.py") - {"spoken"}
    if use == "narrative":
        return _code_keys("cda/**/*.py") | {"spoken"}
    sheets = _code_keys("display/sheet_original.py", "display/sheet_parts.py") | {"spoken"}
    return (
        sheets
        if use == "original"
        else _code_keys("display/[!s]*.py", "display/statements.py", "display/sheet_overview.py") | _template_keys()
    )


def _leaves(error: type[Exception]) -> set[str]:
    below = error.__subclasses__()
    return {name for one in below for name in _leaves(one)} if below else {error.__name__}


STANDINGS = {one.value for one in Standing if one is not Standing.AFFIRMED}
CLOSED: Mapping[tuple[str, str], set[str]] = {
    ("narrative", "title."): set(SECTIONS),
    ("narrative", "none."): {*NO_INFORMATION, "past_illness"},
    ("narrative", "absent."): {kind for kinds in KNOWN_ABSENT.values() for kind in kinds},
    ("narrative", "unread."): STANDINGS,
    ("narrative", "status."): {"active", "completed", "cancelled", "aborted"},
    ("narrative", "value."): {one.value for one in Substitution},
    ("page", "kind."): {kind.id for kind in KINDS},
    ("page", "file."): {fault.value for fault in FileFault},
    ("page", "unread."): STANDINGS,
    ("page", "status."): {"active", "completed", "suspended", "aborted", "cancelled"},
    ("page", "truth."): {"true", "false"},
    ("page", "section."): set(SECTIONS),
    ("page", "overview.kind."): {"unsaid", *ALLERGY_KINDS.values()},
    ("page", "relation."): {"MFST", "RSON", "CAUS"},
    ("page", "code."): {"SUBST", "PINSTRUCT", "FINSTRUCT", "48767-8"},
    ("original", "sex."): {"F", "M", "UN"},
    ("original", "substitution."): {one.value for one in Substitution},
}
"""Families of keys whose last part is a value of ours: each value has its row, and no row is of another value."""


@pytest.mark.parametrize(("use", "family"), CLOSED, ids=str)
def test_each_value_has_its_row_and_each_row_its_value(use, family):
    words = {"narrative": NARRATIVE, "page": PAGE, "original": ORIGINAL}[use]
    rows = {key.removeprefix(family) for key in words if key.startswith(family)}
    by_name = {key.removeprefix(family) for key in _named(use) if key.startswith(family) and not key.endswith("*")}
    assert f"{family}*" in _named(use)
    assert rows - by_name == CLOSED[use, family] - by_name


def test_a_row_of_a_refusal_names_one_and_the_others_are_said_to_be_unsafe():
    rows = {key.removeprefix("refused.") for key in PAGE if key.startswith("refused.")}
    own = {"reason", "code", "other", "what_now"}
    assert own <= rows
    assert _leaves(DisplayRefused) <= rows - own <= _leaves(DisplayRefused) | _leaves(XmlRefused)


@cache
def _schema() -> tuple[frozenset[str], frozenset[str]]:
    """Names of elements and values of enumerations in the official schemas of CDA."""
    text = "".join(path.read_text("utf-8") for path in sorted(artefacts("xsd", "cda").rglob("*.xsd")))
    return (
        frozenset(re.findall(r'<(?:\w+:)?element\b[^>]*\bname="(\w+)"', text)),
        frozenset(re.findall(r'<(?:\w+:)?enumeration\b[^>]*\bvalue="([^"]+)"', text)),
    )


ELSEWHERE = {"partMedicine", "containerPackagedMedicine", "generalizedMedicineClass", "deceasedTime"}
"""Elements of earlier waves' schema of medicines, and HL7's own extension (sdtc)."""


@pytest.mark.parametrize("family", ["in.", "of.", "group."])
def test_a_row_of_an_element_names_one_of_the_schemas(family):
    rows = {key.removeprefix(family) for key in PAGE if key.startswith(family)} - {"inactive"}
    assert rows
    assert rows <= _schema()[0] | ELSEWHERE


@pytest.mark.parametrize("family", ["null.", "event.", "mood."])
def test_a_row_of_a_code_of_hl7_names_one_of_the_schemas(family):
    rows = {key.removeprefix(family) for key in PAGE if key.startswith(family)}
    assert rows
    assert rows <= _schema()[1]


OPEN = {
    "narrative": (),
    "page": (
        *("in.", "of.", "group.", "null.", "event.", "mood.", "title.", "refused."),
        *("tongue.", "country."),
    ),
    "original": ("contact.", "level."),
    "spoken": ("unit.", "units.", "every.", "month."),
}
"""Families whose last part comes from the document or from a source's code."""


@cache
def _strings(folder: str) -> frozenset[str]:
    """Every string that the modules of a folder hold: the last part of a key may come from a table or an argument."""
    modules = map(tree, sorted((ROOT / "transformers" / folder).rglob("*.py")))
    nodes = (node for module in modules for node in ast.walk(module))
    return frozenset(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_made(key: str, use: str) -> bool:
    """Whether code makes the key of its family's name and of a string it holds."""
    family, _, last = key.rpartition(".")
    return f"{family}.*" in _named(use) and last in _strings("cda" if use == "narrative" else "display")


@pytest.mark.parametrize(("use", "words"), USES)
def test_no_row_is_used_by_nobody(use, words):
    named = _named(use)
    families = tuple(family for of, family in CLOSED if of == use) + OPEN[use]
    unused = {key for key in words if key not in named and not key.startswith(families) and not _is_made(key, use)}
    assert unused == set()


@pytest.mark.parametrize(("use", "words"), USES)
def test_no_key_of_the_code_lacks_its_row(use, words):
    missing = {
        key
        for key in _named(use)
        if key not in words and not (key.endswith("*") and any(row.startswith(key[:-1]) for row in words))
    }
    assert missing == set()


def test_every_table_of_words_belongs_to_one_use():
    files = {path.stem for path in (shipped("config") / "words").glob("*.csv")}
    used = [
        name.value
        for package in ("gateway", "transformers")
        for path in sorted((ROOT / package).rglob("*.py"))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and _called(node.func) == "read_words"
        for name in node.args
        if isinstance(name, ast.Constant)
    ]
    assert sorted(used) == sorted(files)
    assert tuple(CHROME) == LANGUAGES
