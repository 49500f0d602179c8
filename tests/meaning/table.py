"""The table of meanings: rows of TOML, and the small document that each makes of a base by its edits.

Nothing of the product is used here: a base is written from the specification, an edit is a path and a value, and what
the document means stands in the row. How a row is written: README.md beside this file.
"""

import json
import re
import tomllib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

HERE = Path(__file__).parent
CDA = {None: "urn:hl7-org:v3", "pharm": "urn:hl7-org:pharm", "xsi": "http://www.w3.org/2001/XMLSchema-instance"}
_EDIT = re.compile(r"(?P<path>\S+?)(?:@(?P<name>[\w:]+))? (?P<what>=|-|\+|<|>|~|->)(?: (?P<value>.*))?", re.DOTALL)


@dataclass(frozen=True)
class Meaning:
    """What a document means: the state of what it tells of, each statement's facts, and what is kept in words."""

    state: str
    statements: tuple[Mapping[str, str], ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One document of the corpus, and what is right about it."""

    id: str
    construct: str
    base: str
    kind: str
    """Which readers take it: ``ps``, ``ep``, ``ed``, ``l1``, ``m1``, …"""
    section: str
    document: bytes = field(repr=False)
    means: Meaning
    types: frozenset[str] = frozenset()
    """HL7 data types that the row is about."""
    decisions: Mapping[str, bool] = field(default_factory=dict)
    """What is decided on the document, by the decision's name: whether it may be."""
    page: tuple[str, ...] = ()
    not_page: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    """Codes of findings that a reader owes."""
    rules: tuple[str, ...] = ()
    """Own rules that owe a finding."""
    guide: bool = False
    """It is as the guide has it: what is printed of it has the same templates and codes."""
    open: str = ""
    """What the product does otherwise and nobody has mended yet; empty: all readers say what the row says."""


@cache
def base_text(name: str) -> str:
    """A base as it is written."""
    found = sorted((HERE / "bases").glob(f"{name}.*"))
    if len(found) != 1:
        raise ValueError(f"no base is named {name}")
    return found[0].read_text(encoding="utf-8")


def _path(path: str) -> str:
    """A path of plain names as ElementPath in any namespace: anywhere below the root, after ``./`` just below it."""
    below, path = ("./", path[2:]) if path.startswith("./") else (".//", path)
    steps = "/".join(f"{{*}}{step}" if step[:1].isalpha() else step for step in path.split("/"))
    return below + steps


def found_in(root: etree._Element, path: str) -> etree._Element:
    """The first element at a path; a row whose path leads nowhere is no row."""
    if path == ".":
        return root
    element = root.find(_path(path))
    if element is None:
        raise ValueError(f"nothing stands at {path}")
    return element


def _fragment(root: etree._Element, text: str) -> list[etree._Element]:
    names = " ".join(f'xmlns{":" + prefix if prefix else ""}="{uri}"' for prefix, uri in {**CDA, **root.nsmap}.items())
    return list(etree.fromstring(f"<x {names}>{text}</x>"))


def edit(root: etree._Element, one: str) -> None:
    """One change: ``path@name = value``, ``path = text``, ``path -``, ``path +|<|>|~ <xml/>`` or ``path -> path``."""
    read = _EDIT.fullmatch(one)
    if read is None:
        raise ValueError(f"no edit: {one}")
    path, name, what, value = read["path"], read["name"], read["what"], read["value"] or ""
    element = found_in(root, path)
    if name is not None:
        prefix, _, local = name.rpartition(":")
        key = f"{{{CDA[prefix]}}}{local}" if prefix else local
        if what == "-":
            del element.attrib[key]
        else:
            element.set(key, value)
        return
    _change(root, element, what, value)


def _change(root: etree._Element, element: etree._Element, what: str, value: str) -> None:
    parent = element.getparent()
    if what == "=":
        for inner in list(element):
            element.remove(inner)
        element.text = value
        return
    if what == "+":
        element.extend(_fragment(root, value))
        return
    if what == "->":
        target = found_in(root, value)
        target.append(element)
        return
    if parent is None:
        raise ValueError("the root itself stays")
    place = parent.index(element)
    if what in ("-", "~"):
        parent.remove(element)
    new = _fragment(root, value) if value else []
    for offset, one in enumerate(new):
        parent.insert(place + offset + (1 if what == ">" else 0), one)


def made(base: Mapping[str, Any], name: str, edits: list[str]) -> bytes:
    """The document of a base with its edits."""
    text = base_text(base.get("frame", base.get("file", name)))
    if "frame" in base:
        text = text.replace("<sections/>", base_text(base.get("file", name)))
    if text.lstrip().startswith("{"):
        return _made_json(text, edits)
    root = etree.fromstring(text.encode())
    for one in edits:
        edit(root, one)
    for element in (*root.iter("{*}ReseptDokLegemiddelB64"), *root.iter("{*}VarerIBrukB64")):
        _pack(element)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _pack(element: etree._Element) -> None:
    """What a message carries as base 64 stands in its base as it is."""
    for inner in list(element):
        inner.tail = None
        element.remove(inner)
        element.text = b64encode(etree.tostring(inner)).decode()


def _made_json(text: str, edits: list[str]) -> bytes:
    """Edits of JSON: ``a.0.b = <json>`` and ``a.0.b -``."""
    tree = json.loads(text)
    for one in edits:
        path, what, *value = one.split(" ", 2)
        *steps, last = [int(s) if s.isdigit() else s for s in path.split(".")]
        holder = tree
        for step in steps:
            holder = holder[step]
        if what == "-":
            del holder[last]
        elif what == "+":
            holder[last].append(json.loads(value[0]))
        else:
            holder[last] = json.loads(value[0])
    return json.dumps(tree, ensure_ascii=False).encode()


def _named(text: str, names: Mapping[str, str]) -> str:
    """An edit with its table's short names (``$O``) written out."""
    return re.sub(r"\$([A-Z]+)", lambda short: names[short[1]], text)


def _meaning(base: Mapping[str, Any], row: Mapping[str, Any]) -> Meaning:
    state = row.get("state", "present")
    kept = tuple(row.get("kept", ()))
    if state != "present":
        return Meaning(state, (), kept)
    first = {**base.get("means", {}), **row.get("means", {})}
    first = {k: v for k, v in first.items() if v != ""}
    others = tuple(
        {k: v for k, v in {**base.get("means", {}), **one}.items() if v != ""} for one in row.get("also", ())
    )
    whole = tuple(row["statements"]) if "statements" in row else (first, *others)
    return Meaning(state, whole, kept)


def rows_in(path: Path) -> Iterator[Row]:
    """The rows of one table."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    base = table["base"]
    for construct, one in table["construct"].items():
        for row in one["rows"]:
            yield _row(path.stem, base, construct, one, row)


def _row(stem: str, base: Mapping[str, Any], construct: str, one: Mapping[str, Any], row: Mapping[str, Any]) -> Row:
    merged = {**base, **{k: v for k, v in one.items() if k != "rows"}}
    # a construct may add to the base document and so to its meaning
    means = {**base.get("means", {}), **one.get("means", {})}
    names = {**base.get("names", {}), **one.get("names", {})}
    edits = [_named(text, names) for text in (*one.get("edits", ()), *row["do"])]
    return Row(
        id=f"{stem}/{construct}/{row['id']}",
        construct=f"{stem}/{construct}",
        base=stem,
        kind=merged["kind"],
        section=merged.get("section", stem),
        document=made(merged, stem, edits),
        means=_meaning({"means": means}, row),
        types=frozenset({*one.get("types", ()), *row.get("types", ())}),
        decisions={**base.get("decisions", {}), **row.get("decisions", {})},
        page=tuple(row.get("page", base.get("page", ()))),
        not_page=tuple(row.get("not_page", ())),
        findings=tuple(row.get("findings", ())),
        rules=tuple(row.get("rules", ())),
        guide=row.get("guide", False),
        open=row.get("open", ""),
    )


@cache
def every_row() -> tuple[Row, ...]:
    """The whole corpus, in the order of its files."""
    return tuple(row for path in sorted((HERE / "rows").glob("*.toml")) for row in rows_in(path))
