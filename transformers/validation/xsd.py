"""The XSD layer: CDA R2 with the pharmacy extension. lxml judges; xmlschema, 90 times slower, explains when asked."""

import re
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol, cast

from lxml import etree

from transformers.model.finding import Finding, Severity
from transformers.model.positions import Positions
from transformers.validation.artefacts import load_explaining_xsd, load_xsd
from transformers.validation.paths import path_of

_STEP = re.compile(r"(?P<name>\*|[^\[\]@()]+)(?:\[(?P<position>\d+)\])?")
_OWN = threading.local()
"""Compiled schemas of this thread by path: a shared one mixes the error logs of threads."""


class _XsdError(Protocol):
    line: int
    message: str
    path: str | None
    type_name: str


def check_xsd(document: etree._Element, xsd: Path) -> Iterator[Finding]:
    """One ERROR per schema violation, with the line in the bytes and a path with positions."""
    if not hasattr(_OWN, "schemas"):
        _OWN.schemas = {}
    schemas: dict[Path, etree.XMLSchema] = _OWN.schemas
    if xsd not in schemas:
        schemas[xsd] = load_xsd(xsd)
    schema = schemas[xsd]
    if schema.validate(document):
        return
    positions, places = Positions(), _ErrorPlaces(document)
    for error in cast("Iterable[_XsdError]", schema.error_log):  # the stubs do not say what a log holds
        place = places.of(error.path)
        yield Finding(
            severity=Severity.ERROR,
            code="xsd",
            path="/" if place is None else path_of(place, positions),
            text=f"line {error.line}: {error.message}",
            rule=error.type_name,
        )


def explain_xsd(document: etree._Element, xsd: Path) -> Iterator[Finding]:
    """The same violations in the words of xmlschema: what was expected and why. INFO, beside the errors."""
    positions = Positions()
    for error in load_explaining_xsd(xsd).iter_errors(document):
        element = cast("object", error.elem)  # its type says the standard library's, it is the tree given
        reason = " ".join((error.reason or error.message).split())
        where = path_of(element, positions) if isinstance(element, etree._Element) else error.path or "/"
        yield Finding(severity=Severity.INFO, code="xsd-explained", path=where, text=reason)


class _ErrorPlaces:
    """Finds the elements that errors are about; the children of each parent are sorted by name once."""

    def __init__(self, document: etree._Element) -> None:
        self._document = document
        self._children: dict[etree._Element, dict[str, list[etree._Element]]] = {}

    def of(self, path: str | None) -> etree._Element | None:
        """The element at a path, or the last above it that is there. libxml2 writes steps as ``*[3]`` or
        ``prefix:name[2]``.
        """
        node: etree._Element | None = None
        for step in (path or "").strip("/").split("/"):
            found = _STEP.fullmatch(step)
            if found is None:
                return node
            same = self._below(node).get(found["name"], [])
            position = int(found["position"] or 1)
            if position > len(same):
                return node
            node = same[position - 1]
        return node

    def _below(self, node: etree._Element | None) -> dict[str, list[etree._Element]]:
        """Children by name as written, all of them as ``*``; of no element: the document's."""
        if node is None:
            return {"*": [self._document], _written(self._document): [self._document]}
        if node not in self._children:
            by_name: dict[str, list[etree._Element]] = {"*": list(node.iterchildren("*"))}
            for child in list(by_name["*"]):
                by_name.setdefault(_written(child), []).append(child)
            self._children[node] = by_name
        return self._children[node]


def _written(element: etree._Element) -> str:
    local = etree.QName(element).localname
    return f"{element.prefix}:{local}" if element.prefix else local
