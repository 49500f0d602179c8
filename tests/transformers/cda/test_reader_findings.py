"""What the readers find and the gate might not: each WARNING and ERROR has an own rule, or why not.

The codes are taken from the syntax trees of `transformers/cda`, and the table of them is `reader_findings.csv`: own
rules, one of which finds it too, or why the reader alone does. Over everything that is spoiled in the tests of the
rules, and a few more, a reader's finding with an own rule comes with that rule's.
"""

import ast
import csv
from base64 import b64encode
from collections import defaultdict
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.transform_file import READERS
from tests.support.documents.defects import FORTY_TWO, sound_documents, spoiled_document
from tests.support.documents.integrity import PDF, Change, add, drop, edited, put, remove, say
from tests.transformers.cda.rules.test_inventory import ROWS
from transformers.cda.errors import CdaError
from transformers.cda.kinds import recognise
from transformers.cda.rules.check import RULES
from transformers.cda.statements import signs
from transformers.cda.types import values
from transformers.cda.types.original_file import FileRemark
from transformers.model.decisions import TABLE as DECISIONS
from transformers.model.finding import Severity
from transformers.validation import check
from trust.xml import parse

HERE = Path(__file__)
CDA = HERE.parents[3] / "transformers" / "cda"
GRAVE = {Severity.WARNING, Severity.ERROR, Severity.FATAL}
OF_POSOLOGY = {"complex-timing", "period-unbelievable", "dose-bound", "dose-unreadable", "dose-unbelievable"}
DERIVED: dict[tuple[str, str], set[str]] = {
    ("statements.signs", "code"): set(signs._CODES.values()),
    ("types.values", "read.remark.value"): {
        r.value for r, (grave, _) in values._TIME_REMARKS.items() if grave in GRAVE
    },
    ("documents.level_one", "remark.value"): {remark.value for remark in FileRemark},
    ("documents.deciding", "row.reason"): {row.reason for rows in DECISIONS.values() for row in rows if row.reason},
    ("documents.dispensation", "reason"): {row.reason for rows in DECISIONS.values() for row in rows if row.reason},
    ("documents.patient_summary", "f'{name}-missing'"): {"confidentiality-missing", "language-missing"},
    ("medicine.posology", "why.code"): OF_POSOLOGY,
    ("types.tree", "code"): set(),
}
"""By module and the expression that makes the code: every value it may have; `types.tree` passes it on."""
DECIDED = {row.reason for rows in DECISIONS.values() for row in rows if row.reason}
"""A field that a decision asks for and a document does not state: the decision refuses by itself."""
WRITERS = {"types.composer", "documents.written"}
OF_THE_CHECK = {"own-kind-1", "own-kind-2", "own-kind-3", "own-kind-4", "own-xml-1"}
EXTRA: dict[str, tuple[str, str, Change]] = {
    "code-without-system": ("ps", "//h:administrativeGenderCode", drop("codeSystem")),
    "instant-imprecise": ("ps", "/*/h:effectiveTime", put(value="20260504")),
    "order-missing": ("ed", "//h:inFulfillmentOf", remove),
    "period-reversed": ("ep", "//h:effectiveTime/h:low", put(value="20270101")),
    "template-missing": ("ps", "/*/h:templateId", put(root="1.2.3")),
    "dispensed-later": ("ed", "//h:supply/h:performer/h:time", put(value="20991231")),
    "time-imprecise": ("ep", "//h:effectiveTime/h:low", put(value="2026050409")),
    "original-cut": ("l1", "//h:nonXMLBody/h:text", say(b64encode(b"%PDF-1.4 and no more").decode())),
    "original-preceded": ("l1", "//h:nonXMLBody/h:text", say(b64encode(b"x" + PDF).decode())),
    "media-type-unknown": ("l1", "//h:nonXMLBody/h:text", put(mediaType="application/zip")),
    "null-contradicted": ("ps", "//h:value[@code='E11']", put(nullFlavor="UNK")),
    "reference-missing": ("ed", "//h:supply/h:entryRelationship", remove),
    "statement-of-other-form": (
        "ps",
        "//h:section[h:code/@code='11450-4']/h:entry/h:act/h:templateId",
        lambda template: template.getparent().set("classCode", "ACT") or _observation(template.getparent()),
    ),
    "time-unreadable": ("ps", "//h:entry//h:effectiveTime/h:low[@value]", put(value="20261399")),
    "translation-empty": ("ps", "//h:value[h:translation]", add("<translation/>")),
    "compression-untrue": ("l1", "//h:nonXMLBody/h:text", put(compression="DF")),
    "integrity-differs": ("l1", "//h:nonXMLBody/h:text", put(integrityCheck="AAAA", integrityCheckAlgorithm="SHA-1")),
    "integrity-unchecked": ("l1", "//h:nonXMLBody/h:text", put(integrityCheck="AA", integrityCheckAlgorithm="SHA-9")),
    "media-type-missing": ("l1", "//h:nonXMLBody/h:text", drop("mediaType")),
    "representation-missing": ("l1", "//h:nonXMLBody/h:text", drop("representation")),
}
"""What no row of the rules' tests spoils."""


def _observation(act: Any) -> None:
    """Turn a concern into a procedure, which is no entry of that section."""
    act.tag = "{urn:hl7-org:v3}encounter"


@cache
def table() -> dict[str, tuple[tuple[str, ...], str]]:
    with HERE.with_name("reader_findings.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: (tuple(row["rules"].split()), row["because"]) for row in csv.DictReader(file)}


def noted() -> set[str]:
    """Codes of WARNINGs and ERRORs that the readers note, as their syntax trees have them."""
    codes: set[str] = set()
    for path in sorted(CDA.rglob("*.py")):
        name = ".".join(path.relative_to(CDA).with_suffix("").parts)
        if name.startswith("rules.") or name in WRITERS:
            continue
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and _notes(call) and not _is_info(call.args[0]):
                codes |= _codes(name, call.args[1])
    return codes


def _notes(call: ast.Call) -> bool:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr == "note" and "composer" not in ast.unparse(function.value) and len(call.args) > 1
    return isinstance(function, ast.Name) and function.id == "Finding" and len(call.args) > 1


def _is_info(severity: ast.expr) -> bool:
    return ast.unparse(severity) == "Severity.INFO"


def _codes(module: str, expression: ast.expr) -> set[str]:
    if isinstance(expression, ast.Constant):
        return {str(expression.value)}
    named = getattr(import_module(f"transformers.cda.{module}"), ast.unparse(expression), None)
    return {named} if isinstance(named, str) else DERIVED[(module, ast.unparse(expression))]


def test_every_finding_of_a_reader_is_in_the_table():
    assert noted() - DECIDED == set(table()) - DECIDED


def test_each_has_an_own_rule_or_the_reason_why_not():
    known = {rule for rule, _ in RULES} | OF_THE_CHECK
    for code, (rules, because) in table().items():
        assert set(rules) <= known, code
        assert rules or because.startswith(("reader only: ", "official rules ask for it: ")), code
        assert rules or len(because.split()) > 5, code


def read(content: bytes) -> set[str]:
    """Codes of what the reader of that kind of document finds; empty where it reads none."""
    kind = recognise(parse(content))
    if kind is None:
        return set()
    try:
        _, report = READERS[kind.id](content)
    except CdaError:
        return set()
    return {finding.code for finding in report.findings if finding.severity in GRAVE}


@cache
def together() -> dict[str, list[set[str]]]:
    """By the code of a reader's finding with an own rule: what our rules find, document for document."""
    documents = [edited(row.sound, row.path, row.change) for row in ROWS]
    documents += [spoiled_document(defect) for defect in FORTY_TWO]
    documents += [edited(sound_documents()[name], path, change) for name, path, change in EXTRA.values()]
    found = defaultdict(list)
    for content in documents:
        own = {finding.rule or "" for finding in check(content, None, layers=("own",)).report.findings}
        for code in read(content):
            found[code].append(own)
    return found


@pytest.mark.parametrize("code", [code for code, (rules, because) in table().items() if rules and not because])
def test_what_the_reader_finds_its_own_rule_finds_too(code):
    rules = set(table()[code][0])
    assert together()[code], "nothing is spoiled so that the reader says it"
    assert [own for own in together()[code] if not own & rules] == []


def test_the_sound_documents_have_no_finding_of_a_reader_with_an_own_rule():
    for content in sound_documents().values():
        assert {code for code in read(content) if table()[code][0]} == set()
