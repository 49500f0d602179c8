"""Which elements of an eHDSI CDA are coded, and from which value sets: the rules of ``coded_elements.csv``, typed.

MyHealth@EU CDA implementation guides 8.0.0; usage as in OpenNCP's coded element list. A path is XPath 1.0 of a small
kind (`read_path`), so that anybody can try a row on a document; how a document is matched is `element_rules`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, cast

from transformers.terminology.errors import PathUnknown, RowMalformed, RowRepeated, ValueSetUnknown
from transformers.terminology.rows import Facts, read_rows

HL7, PHARM = "urn:hl7-org:v3", "urn:hl7-org:pharm"
PREFIXES: Mapping[str, str] = {"hl7": HL7, "pharm": PHARM}
COLUMNS = ("ps-l3", "ps-l1", "ep-l3", "ep-l1", "ed", "orcd")
"""Kinds of documents as the table has them."""
_TABLE = "coded_elements.csv"
_KINDS = {
    "ps-l3": "ps-l3", "ps-l1": "ps-l1", "ep-l3": "ep-l3", "ep-l1": "ep-l1", "ed": "ed",
    "orcd-lab": "orcd", "orcd-hdr": "orcd", "orcd-mir": "orcd", "orcd-mi": "orcd",
    "mro": "ps-l3", "hcer": "ps-l3",
}  # fmt: skip
"""Column of a kind of `cda.kinds`. MRO and HCER, of older waves, have the entries of a patient summary."""

What = Literal["code", "unit", "event", "framing"]
"""``code``: of the value sets, else null (OTH) or an error. ``unit``: ``@unit``, UCUM or an annotation.
``event``: of an EIVL_TS, without display or translation. ``framing``: a code that the template itself fixes, or of the
value sets; it is never made null."""
Usage = Literal["R", "RNFA", "O", "NA"]
"""Required; required, a null is allowed; optional; not of this kind of document."""
_WHATS, _USAGES = ("code", "unit", "event", "framing"), ("R", "RNFA", "O", "NA")

_STEP = re.compile(r"(hl7|pharm):([A-Za-z]+)(?:\[(hl7:templateId/@root|hl7:code/@code|@classCode)='([^']+)'\])?")
_UNIT = "/@unit"


class PathStep(NamedTuple):
    """One step of a path: the element's tag in Clark notation, and what it must be marked by (``""``: nothing)."""

    tag: str
    mark: str
    """``hl7:templateId/@root=…``, ``hl7:code/@code=…`` or ``@classCode=…``."""


@dataclass(frozen=True, slots=True)
class CodedElementRule:
    """One row for one kind of document."""

    path: str
    what: What
    value_sets: tuple[str, ...]
    """OIDs, in the order in which they are tried."""
    usage: Usage
    source: str
    steps: tuple[PathStep, ...]
    anywhere: bool
    """The path begins anywhere (``//``), not at the document."""

    @property
    def required(self) -> bool:
        """Must be there, and coded."""
        return self.usage == "R"


def read_rules(folder: Path, facts: Facts) -> dict[str, tuple[CodedElementRule, ...]]:
    """Rules by kind of document (`cda.kinds`), in the order of the table; of two that fit the first counts.

    Raises TableUnreadable, RowMalformed, RowRepeated, PathUnknown, ValueSetUnknown, with file and row.
    """
    rules: dict[str, list[CodedElementRule]] = {column: [] for column in COLUMNS}
    seen: set[tuple[str, str]] = set()
    columns = ("path", "what", "value_sets", *COLUMNS, "source")
    for number, row in read_rows(folder / _TABLE, columns, frozenset({"value_sets"})):
        value_sets = tuple(row["value_sets"].split())
        unknown = next((oid for oid in value_sets if oid not in facts.value_sets), None)
        if unknown is not None:
            raise ValueSetUnknown(_TABLE, number, unknown)
        steps, anywhere = read_path(row["path"], number)
        if not _said_right(row, value_sets):
            raise RowMalformed(_TABLE, number)
        for column in COLUMNS:
            if row[column] == "NA":
                continue
            if (row["path"], column) in seen:
                raise RowRepeated(_TABLE, number)
            seen.add((row["path"], column))
            what, usage = cast(What, row["what"]), cast(Usage, row[column])
            rules[column].append(CodedElementRule(row["path"], what, value_sets, usage, row["source"], steps, anywhere))
    return {kind: tuple(rules[column]) for kind, column in _KINDS.items()}


def read_path(path: str, row: int = 0) -> tuple[tuple[PathStep, ...], bool]:
    """Steps of a path, and whether it begins anywhere. Raises PathUnknown (``row`` names the row).

    ``/`` or ``//``, then steps ``prefix:name`` with at most one predicate: a templateId's root, the code of the
    element's ``hl7:code``, or ``@classCode``. At the end ``/@unit`` may stand.
    """
    anywhere = path.startswith("//")
    rest = path.removesuffix(_UNIT).removeprefix("//" if anywhere else "/")
    steps: list[PathStep] = []
    at = 0
    while True:
        found = _STEP.match(rest, at)
        if found is None:
            raise PathUnknown(_TABLE, row, path)
        prefix, name, test, value = found.groups()
        steps.append(PathStep(f"{{{PREFIXES[prefix]}}}{name}", f"{test}={value}" if test else ""))
        at = found.end() + 1
        if found.end() == len(rest):
            break
        if rest[found.end()] != "/":
            raise PathUnknown(_TABLE, row, path)
    if not path.startswith("/"):
        raise PathUnknown(_TABLE, row, path)
    return tuple(steps), anywhere


def _said_right(row: Mapping[str, str], value_sets: tuple[str, ...]) -> bool:
    """Known words; a unit's path ends in ``@unit`` and no other's does; only a framing code has no value set."""
    return (
        row["what"] in _WHATS
        and all(row[column] in _USAGES for column in COLUMNS)
        and any(row[column] != "NA" for column in COLUMNS)
        and (row["what"] == "unit") == row["path"].endswith(_UNIT)
        and (bool(value_sets) or row["what"] == "framing")
    )
