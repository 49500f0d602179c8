"""The codes of FHIR value sets as they say them: listed, excluded, by including other value sets or whole systems.

HL7 FHIR R4, ValueSet.compose; a value set that has only an expansion is taken at its word.
"""

from collections.abc import Iterator
from typing import Any

from transformers.terminology.errors import (
    RowRepeated,
    SystemUnknown,
    ValueSetCyclic,
    ValueSetEmpty,
    ValueSetRule,
    ValueSetUnknown,
)
from transformers.terminology.rows import Content, Facts, Oddity, objects

Row = tuple[str, Any, Any, str, int]
"""System, code, display, version of the system (empty: not said), row."""


class Expander:
    """Expands value sets of one package; each at most once."""

    def __init__(self, value_sets: dict[str, tuple[str, dict[str, Any]]], content: Content, facts: Facts) -> None:
        self._value_sets = value_sets
        self._content = content
        self._facts = facts
        self._known: dict[str, list[Row]] = {}

    def expand(self, url: str) -> list[Row]:
        """The rows of a value set by its URL.

        Raises ValueSetUnknown, ValueSetCyclic, ValueSetRule, ValueSetEmpty, SystemUnknown, RowRepeated.
        """
        return self._expand(url, ())

    def _expand(self, url: str, through: tuple[str, ...]) -> list[Row]:
        if url in self._known:
            return self._known[url]
        name, resource = self._value_sets[url]
        if url in through:
            raise ValueSetCyclic(name, 0, " > ".join((*through, url)))
        compose = resource.get("compose", {})
        if not isinstance(compose, dict) or not compose.get("include"):
            rows = list(self._expansion(name, resource))
        else:
            left_out = set(self._excluded(name, compose, (*through, url)))
            rows = [row for row in self._included(name, compose, (*through, url)) if row[:2] not in left_out]
        if not rows:
            raise ValueSetEmpty(name, 0)
        self._known[url] = rows
        return rows

    def _included(self, name: str, compose: dict[str, Any], through: tuple[str, ...]) -> Iterator[Row]:
        seen: dict[tuple[str, str], int] = {}
        number = 0
        for include in objects(compose, "include", name):
            for row in self._part(name, include, through, number):
                number += 1
                key = (row[0], str(row[1]))
                if key in seen and include.get("concept"):
                    raise RowRepeated(name, number)
                if key not in seen:
                    seen[key] = number
                    yield row

    def _excluded(self, name: str, compose: dict[str, Any], through: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        for part in objects(compose, "exclude", name):
            for row in self._part(name, part, through, 0):
                yield row[:2]

    def _part(self, name: str, part: dict[str, Any], through: tuple[str, ...], before: int) -> Iterator[Row]:
        if part.get("filter"):
            raise ValueSetRule(name, before, "a filter")
        nested = part.get("valueSet")
        if nested:
            if part.get("system") or not isinstance(nested, list) or len(nested) > 1:
                raise ValueSetRule(name, before, "an intersection")
            yield from self._nested(name, str(nested[0]).partition("|")[0], through)
            return
        uri = str(part.get("system", ""))
        system = self._facts.system(uri)
        if system is None:
            raise SystemUnknown(name, before + 1, uri or "a code without system")
        if uri.startswith("http") and uri.endswith(".html"):
            self._note(name, "system-is-a-page", uri)
        version = str(part.get("version", ""))
        if "concept" not in part:
            yield from self._whole(name, system, before)
            return
        for row, concept in enumerate(objects(part, "concept", name), start=before + 1):
            yield system, concept.get("code"), concept.get("display"), version, row

    def _note(self, name: str, kind: str, what: str) -> None:
        self._content.oddities.append(Oddity(name, 0, kind, what, "known as the system it means"))

    def _nested(self, name: str, url: str, through: tuple[str, ...]) -> list[Row]:
        if url not in self._value_sets:
            raise ValueSetUnknown(name, 0, url)
        return self._expand(url, through)

    def _whole(self, name: str, system: str, before: int) -> Iterator[Row]:
        if system not in self._content.systems:
            raise ValueSetRule(name, before + 1, "a whole code system that is not there")
        for (of, code), concept in sorted(self._content.concepts.items()):
            if of == system and not concept.retired:
                yield system, code, concept.display, concept.version, concept.row

    def _expansion(self, name: str, resource: dict[str, Any]) -> Iterator[Row]:
        expansion = resource.get("expansion", {})
        waiting = list(objects(expansion, "contains", name)) if isinstance(expansion, dict) else []
        for row, concept in enumerate(waiting, start=1):
            uri = str(concept.get("system", ""))
            system = self._facts.system(uri)
            if system is None:
                raise SystemUnknown(name, row, uri or "a code without system")
            waiting.extend(objects(concept, "contains", name))
            yield system, concept.get("code"), concept.get("display"), str(concept.get("version", "")), row
