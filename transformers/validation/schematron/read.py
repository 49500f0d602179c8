"""Reading a Schematron schema: includes, phases, abstract patterns (ISO/IEC 19757-3:2016, clauses 5 and 6).

Files come through the `Source` that is given; what the compiler does not know is refused, never skipped.
"""

import posixpath
import re
from collections.abc import Callable, Iterator

from lxml import etree

from transformers.model.finding import Severity
from transformers.validation.schematron.model import (
    SCH,
    XSL,
    AssertOrReport,
    Extends,
    Item,
    Let,
    Pattern,
    Rule,
    Schema,
    SchematronUnsupported,
    Value,
)

Source = Callable[[str], etree._Element]
"""Root of the file at a path relative to the schema's folder, ``/`` between its parts; no comments in it."""

_SEVERITIES = {
    "info": Severity.INFO,
    "information": Severity.INFO,
    "hint": Severity.INFO,
    "warning": Severity.WARNING,
    "warn": Severity.WARNING,
    "error": Severity.ERROR,
    "fatal": Severity.FATAL,
}
_PROSE = {SCH + name for name in ("title", "p", "diagnostics", "properties", "phase", "ns", "param")}
_BINDINGS = ("xslt", "xslt2", "xslt3", "xpath2", "xpath3")
_MAX_INCLUDES = 20


def read_schema(name: str, source: Source, phase: str | None = None) -> Schema:
    """The schema in file ``name``; with ``phase``, only the patterns that phase activates.

    Raises SchematronUnsupported for what cannot be compiled exactly. A role outside the known words counts as error.
    """
    root = source(name)
    if root.tag != SCH + "schema":
        raise SchematronUnsupported(f"{name}: the root element is not sch:schema")
    if root.get("queryBinding", "xslt").lower() not in _BINDINGS:
        raise SchematronUnsupported(f"{name}: query binding {root.get('queryBinding')}")
    _include(root, posixpath.dirname(name), source, 0)
    patterns = [p for p in root.iter(SCH + "pattern") if p.get("abstract") != "true"]
    templates = {p.get("id", ""): p for p in root.iter(SCH + "pattern") if p.get("abstract") == "true"}
    if phase is not None:
        patterns = _active(root, patterns, phase)
    return Schema(
        namespaces={ns.get("prefix", ""): ns.get("uri", "") for ns in root.findall(SCH + "ns")},
        lets=tuple(_let(e) for e in root.findall(SCH + "let")),
        patterns=tuple(_pattern(p, templates) for p in patterns),
        declarations=tuple(_declarations(root)),
    )


def _include(parent: etree._Element, folder: str, source: Source, depth: int) -> None:
    """Put the root of each included file in the place of its ``include``, to any depth below the limit."""
    if depth > _MAX_INCLUDES:
        raise SchematronUnsupported("includes nested too deeply")
    for element in list(parent.iter(SCH + "include", SCH + "extends")):
        href = element.get("href")
        if href is None:
            continue
        path = posixpath.normpath(posixpath.join(folder, href))
        included = source(path)
        _include(included, posixpath.dirname(path), source, depth + 1)
        place = element.getparent()
        if place is None:
            raise SchematronUnsupported(f"{path}: an include cannot be the root")
        index = place.index(element)
        place.remove(element)
        if element.tag == SCH + "extends":
            place[index:index] = list(included)
        else:
            place.insert(index, included)


def _active(root: etree._Element, patterns: list[etree._Element], phase: str) -> list[etree._Element]:
    """Patterns of one phase: named by ``active``, or written inside the phase."""
    found = [p for p in root.findall(SCH + "phase") if p.get("id") == phase]
    if not found:
        raise SchematronUnsupported(f"no phase {phase!r}")
    wanted = {a.get("pattern") for a in found[0].findall(SCH + "active")}
    return [p for p in patterns if p.get("id") in wanted or p.getparent() is found[0]]


def _declarations(root: etree._Element) -> Iterator[etree._Element]:
    for child in root:
        if child.tag in _PROSE or child.tag in (SCH + "let", SCH + "pattern"):
            continue
        if child.tag in (XSL + "key", XSL + "function"):
            yield child
        else:
            raise SchematronUnsupported(f"element {child.tag} at the top of the schema")


def _pattern(element: etree._Element, templates: dict[str, etree._Element]) -> Pattern:
    body, parameters = element, {}
    is_a = element.get("is-a")
    if is_a is not None:
        if is_a not in templates:
            raise SchematronUnsupported(f"no abstract pattern {is_a!r}")
        body = templates[is_a]
        parameters = {p.get("name", ""): p.get("value", "") for p in element.iter(SCH + "param")}
    lets, rules = [], []
    for child in body:
        if child.tag in _PROSE:
            continue
        if child.tag == SCH + "let":
            lets.append(_let(child, parameters))
        elif child.tag == SCH + "rule":
            rules.append(_rule(child, parameters))
        else:
            raise SchematronUnsupported(f"element {child.tag} in a pattern")
    return Pattern(id=element.get("id"), lets=tuple(lets), rules=tuple(rules))


def _rule(element: etree._Element, parameters: dict[str, str]) -> Rule:
    abstract = element.get("abstract") == "true"
    context = element.get("context")
    if abstract and element.get("id") is None:
        raise SchematronUnsupported("an abstract rule without an id")
    if not abstract and context is None:
        raise SchematronUnsupported("a rule without a context")
    body: list[Item] = []
    for child in element:
        if child.tag in _PROSE:
            continue
        if child.tag == SCH + "let":
            body.append(_let(child, parameters))
        elif child.tag == SCH + "extends":
            body.append(Extends(_need(child, "rule")))
        elif child.tag in (SCH + "assert", SCH + "report"):
            body.append(_assertion(child, element.get("role"), parameters))
        else:
            raise SchematronUnsupported(f"element {child.tag} in a rule")
    return Rule(
        context=None if abstract or context is None else _fill(context, parameters),
        id=element.get("id"),
        body=tuple(body),
    )


def _let(element: etree._Element, parameters: dict[str, str] | None = None) -> Let:
    return Let(_need(element, "name"), _fill(_need(element, "value"), parameters or {}))


def _assertion(element: etree._Element, rule_role: str | None, parameters: dict[str, str]) -> AssertOrReport:
    role = (element.get("role") or element.get("flag") or rule_role or "error").strip().lower()
    return AssertOrReport(
        test=_fill(_need(element, "test"), parameters),
        is_report=element.tag == SCH + "report",
        message=tuple(_message(element, parameters)),
        severity=_SEVERITIES.get(role, Severity.ERROR),
        id=element.get("id"),
    )


def _message(element: etree._Element, parameters: dict[str, str]) -> Iterator[str | Value]:
    if element.text:
        yield element.text
    for child in element:
        if child.tag == SCH + "value-of":
            yield Value(_fill(_need(child, "select"), parameters))
        elif child.tag == SCH + "name":
            path = child.get("path")
            yield Value("name(.)" if path is None else f"name({_fill(path, parameters)})")
        elif child.tag in (SCH + "emph", SCH + "dir", SCH + "span"):
            yield from _message(child, parameters)
        else:
            raise SchematronUnsupported(f"element {child.tag} in a message")
        if child.tail:
            yield child.tail


def _need(element: etree._Element, attribute: str) -> str:
    value = element.get(attribute)
    if value is None:
        raise SchematronUnsupported(f"{element.tag} without {attribute}")
    return value


def _fill(text: str, parameters: dict[str, str]) -> str:
    """Write an abstract pattern's parameters into an expression."""
    if not parameters:
        return text
    return re.sub(r"\$([\w.-]+)", lambda m: parameters.get(m.group(1), m.group(0)), text)
