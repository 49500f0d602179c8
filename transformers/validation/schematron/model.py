"""A Schematron schema, its includes in and its abstract patterns written out (ISO/IEC 19757-3:2016, clause 5)."""

from dataclasses import dataclass

from lxml import etree

from transformers.model.finding import Severity

SCH = "{http://purl.oclc.org/dsdl/schematron}"
XSL = "{http://www.w3.org/1999/XSL/Transform}"


class SchematronUnsupported(ValueError):
    """The schema uses something this compiler would have to guess at; the text says what and where."""


@dataclass(frozen=True, slots=True)
class Value:
    """A ``value-of`` or ``name`` inside a message: an XPath evaluated at the context node."""

    select: str


@dataclass(frozen=True, slots=True)
class Let:
    """A variable. ``select`` is an XPath."""

    name: str
    select: str


@dataclass(frozen=True, slots=True)
class Extends:
    """A reference to an abstract rule by id."""

    rule: str


@dataclass(frozen=True, slots=True)
class AssertOrReport:
    """An ``assert`` (fires when ``test`` is false) or a ``report`` (fires when it is true)."""

    test: str
    is_report: bool
    message: tuple[str | Value, ...]
    severity: Severity
    id: str | None


Item = Let | Extends | AssertOrReport


@dataclass(frozen=True, slots=True)
class Rule:
    """``context`` is None exactly for an abstract rule, which then has an ``id``."""

    context: str | None
    id: str | None
    body: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Rules in order: for each node only the first whose context matches fires."""

    id: str | None
    lets: tuple[Let, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """A whole schema. ``declarations`` are xsl:key and xsl:function elements, copied as they are."""

    namespaces: dict[str, str]
    lets: tuple[Let, ...]
    patterns: tuple[Pattern, ...]
    declarations: tuple[etree._Element, ...]
