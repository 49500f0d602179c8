"""Schematron to one XSLT 3 stylesheet whose result says, as JSON, which assertions fired and where.

Each pattern is a mode, each rule a template whose priority falls with its place (first match wins), each abstract rule
a named template. The stylesheet knows assertions by number; `Program.assertions` gives back severity, id and message.
Text only: `engine.py` compiles it and runs it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from lxml import etree

from transformers.validation.schematron.candidates import TEMPLATES, candidates
from transformers.validation.schematron.model import (
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
from transformers.validation.schematron.valuesets import Kind, ask_maps

OWN = "Q{urn:ncpeh:schematron}"
_XS = "Q{http://www.w3.org/2001/XMLSchema}"
_ERR = "Q{http://www.w3.org/2005/xqt-errors}"
_VARIABLE = re.compile(r"\$([\w.-]+(?::[\w.-]+)?)")
_BOUND = re.compile(r"\$([\w.-]+(?::[\w.-]+)?)\s+(?:in\b|:=)")
_LITERALS = re.compile(r"('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")")


@dataclass(frozen=True, slots=True)
class Program:
    """What the compiler makes of a schema."""

    stylesheet: str
    assertions: tuple[tuple[AssertOrReport, str | None], ...]
    """By number: the assertion, and the id of the rule or pattern it is known by."""
    value_sets: frozenset[tuple[str, Kind]]
    """Maps the stylesheet looks into: value set OID (or ``UCUM``) and kind."""
    prefixes: dict[str, str]
    """Namespace to the prefix that readable paths use."""


def emit(schema: Schema, *, careful: bool = False) -> Program:
    """Compile; ``careful`` wraps each assertion in a try, so that one that cannot be evaluated does not end the run."""
    return _Emitter(schema, careful).program()


@dataclass(slots=True)
class _Here:
    """Where in the schema the emitter stands."""

    known_as: str | None
    """What findings call the rule."""
    scope: dict[str, str]
    """Variables of the pattern by the name they have in the stylesheet, without those a rule's own have replaced."""
    lets: list[Let]
    """The rule's variables so far, rewritten; kept only by the careful program."""
    inside: tuple[str, ...]
    """Abstract rules being written out."""


class _Emitter:
    def __init__(self, schema: Schema, careful: bool) -> None:  # noqa: FBT001 - private, called once
        self._schema = schema
        self._careful = careful
        self._maps: dict[tuple[str, Kind], str] = {}
        self._assertions: list[tuple[AssertOrReport, str | None]] = []
        self._abstract = _abstract_rules(schema)
        self._named: set[str] = set()
        namespaces = {prefix: uri for prefix, uri in schema.namespaces.items() if prefix not in ("", "xml")}
        self._root = etree.Element(XSL + "stylesheet", nsmap={**namespaces, "axsl": XSL[1:-1]}, version="3.0")

    def program(self) -> Program:
        self._add(self._root, "output", method="json")
        self._add(self._root, "param", name=f"{OWN}sets", **{"as": "map(*)"})
        self._add(self._root, "key", name=TEMPLATES, match="*:templateId", use="@root")
        for declaration in self._schema.declarations:
            self._root.append(declaration)
        for let in self._schema.lets:
            self._variable(let, {})
        main = self._add(self._root, "template", match="/", mode=f"{OWN}main")
        found = self._add(main, "variable", name=f"{OWN}found", **{"as": "map(*)*"})
        for number, pattern in enumerate(self._schema.patterns):
            if any(rule.context is not None for rule in pattern.rules):
                self._pattern(number, pattern, found)
        self._add(main, "sequence", select=f"array {{ ${OWN}found }}")
        for (oid, kind), name in self._maps.items():
            select = f"${OWN}sets('{oid}')('{kind}')"
            self._add(
                self._root, "variable", name=name, select=select, **{"as": f"map({_XS}string, {_XS}anyAtomicType)"}
            )
        prefixes: dict[str, str] = {}
        for prefix, uri in self._schema.namespaces.items():
            prefixes.setdefault(uri, prefix)
        text = etree.tostring(self._root, encoding="unicode")
        return Program(text, tuple(self._assertions), frozenset(self._maps), prefixes)

    def _pattern(self, number: int, pattern: Pattern, found: etree._Element) -> None:
        mode = f"{OWN}pattern-{number}"
        self._add(self._root, "mode", name=mode, **{"on-no-match": "deep-skip"})
        # deep-skip still goes to the children of a document node, which are tried by themselves already
        self._add(self._root, "template", match="/", mode=mode, priority="0")
        scope: dict[str, str] = {}
        for let in pattern.lets:
            name = f"{OWN}pattern-{number}-{let.name}"
            self._variable(Let(name, let.select), scope)
            scope[let.name] = name
        contexts = [self._xpath(rule.context, scope) for rule in pattern.rules if rule.context is not None]
        nodes = candidates(contexts, narrow=not self._careful)
        self._add(found, "apply-templates", select=nodes, mode=mode)
        for place, rule in enumerate(pattern.rules):
            if rule.context is None:
                continue
            match = self._xpath(rule.context, scope)
            template = self._add(
                self._root, "template", match=match, mode=mode, priority=str(len(pattern.rules) - place)
            )
            self._body(template, rule, _Here(pattern.id or rule.id, dict(scope), [], ()))

    def _body(self, parent: etree._Element, rule: Rule, here: "_Here") -> None:
        for place, item in enumerate(rule.body):
            if isinstance(item, Let):
                let = Let(item.name, self._xpath(item.select, here.scope))
                here.scope.pop(item.name, None)
                if self._careful:
                    here.lets.append(let)
                else:
                    self._add(parent, "variable", name=let.name, select=let.select)
            elif isinstance(item, AssertOrReport):
                self._assertion(parent, item, here)
            else:
                self._extends(parent, item, rule.body[place + 1 :], here)

    def _extends(self, parent: etree._Element, item: Extends, rest: Iterable[Item], here: "_Here") -> None:
        """Call the abstract rule's template; write it out here when it shares variables with its user."""
        rule = self._abstract.get(item.rule)
        if rule is None or item.rule in here.inside:
            why = "which extends itself" if rule else "which is not there"
            raise SchematronUnsupported(f"extends {item.rule!r}, {why}")
        inside = (*here.inside, item.rule)
        known = {let.name for let in self._schema.lets}
        free, declared = self._variables(rule.body, here.inside)
        needed, _ = self._variables(rest, here.inside)
        if free - known or declared & needed:
            self._body(parent, rule, replace(here, known_as=rule.id, inside=inside))
            return
        name = f"{OWN}rule-{item.rule}"
        self._add(parent, "call-template", name=name)
        if item.rule not in self._named:
            self._named.add(item.rule)
            template = self._add(self._root, "template", name=name)
            self._body(template, rule, _Here(rule.id, {}, [], inside))

    def _variables(self, body: Iterable[Item], inside: tuple[str, ...]) -> tuple[set[str], set[str]]:
        """(variables used before they are declared here, variables declared here), with what is extended."""
        free: set[str] = set()
        declared: set[str] = set()
        for item in body:
            if isinstance(item, Extends):
                extended = self._abstract.get(item.rule)
                if extended is not None and item.rule not in inside:
                    used, more = self._variables(extended.body, (*inside, item.rule))
                    free |= used - declared
                    declared |= more
                continue
            free |= {name for text in _own_texts(item) for name in _names(text)} - declared
            if isinstance(item, Let):
                declared.add(item.name)
        return free, declared

    def _assertion(self, parent: etree._Element, item: AssertOrReport, here: "_Here") -> None:
        number = len(self._assertions)
        self._assertions.append((item, item.id or here.known_as))
        values = [self._xpath(part.select, here.scope) for part in item.message if isinstance(part, Value)]
        shown = ", ".join(f"string-join(data({value}) ! string(.), ' ')" for value in values)
        fired = f"map {{ 'a': {number}, 'p': path(.), 'v': array {{ {shown} }} }}"
        test = self._xpath(item.test, here.scope)
        select = f"if ({test}) then {fired} else ()" if item.is_report else f"if ({test}) then () else {fired}"
        if not self._careful:
            self._add(parent, "sequence", select=select)
            return
        # the variables stand inside the try, so that one of them that fails takes only those who use it along
        attempt = self._add(parent, "try")
        for let in here.lets:
            self._add(attempt, "variable", name=let.name, select=let.select)
        self._add(attempt, "sequence", select=select)
        self._add(attempt, "catch", select=f"map {{ 'a': {number}, 'p': path(.), 'e': string(${_ERR}code) }}")

    def _variable(self, let: Let, scope: Mapping[str, str]) -> None:
        """A variable of the whole document."""
        self._add(self._root, "variable", name=let.name, select=self._xpath(let.select, scope))

    def _xpath(self, text: str, scope: Mapping[str, str]) -> str:
        """An expression with its value-set questions and its pattern's variables rewritten."""
        asked = ask_maps(text, self._map)
        if not scope:
            return asked
        parts = _LITERALS.split(asked)
        parts[::2] = (_VARIABLE.sub(lambda m: "$" + scope.get(m.group(1), m.group(1)), part) for part in parts[::2])
        return "".join(parts)

    def _map(self, oid: str, kind: Kind) -> str:
        name = self._maps.setdefault((oid, kind), f"{OWN}set-{len(self._maps)}")
        return f"${name}"

    @staticmethod
    def _add(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
        return etree.SubElement(parent, XSL + tag, attributes)


def _abstract_rules(schema: Schema) -> dict[str, Rule]:
    """By id. Two different ones with one id (an abstract pattern used twice) would need a guess."""
    rules: dict[str, Rule] = {}
    for rule in (rule for pattern in schema.patterns for rule in pattern.rules if rule.context is None):
        if rules.setdefault(rule.id or "", rule) != rule:
            raise SchematronUnsupported(f"two abstract rules with the id {rule.id!r}")
    return rules


def _own_texts(item: Let | AssertOrReport) -> Iterator[str]:
    if isinstance(item, Let):
        yield item.select
        return
    yield item.test
    yield from (part.select for part in item.message if isinstance(part, Value))


def _names(text: str) -> set[str]:
    """Variables an expression takes from outside: those it mentions and does not bind itself (for, some, let)."""
    plain = _LITERALS.sub("''", text)
    return set(_VARIABLE.findall(plain)) - set(_BOUND.findall(plain))
