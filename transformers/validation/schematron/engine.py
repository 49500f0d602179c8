"""Running compiled Schematron in Saxon (saxonche), and what must be kept from it.

Saxon resolves entities of whatever it parses, prints errors with content on standard error, crashes on nested make_map
and under many threads. So: it only gets text written out by our own parser's tree, may read nothing, says nothing, its
maps come from JSON, and one lock guards the one processor of the process.
"""

import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from lxml import etree

from transformers.model.finding import Finding, Severity
from transformers.validation.paths import readable
from transformers.validation.schematron.emit import Program, emit
from transformers.validation.schematron.model import Schema, SchematronUnsupported, Value
from transformers.validation.schematron.valuesets import Keys, ValueSets

if TYPE_CHECKING:
    from saxonche import PySaxonProcessor

_FEATURE = "http://saxon.sf.net/feature/"
_SETTINGS = (
    (_FEATURE + "allowedProtocols", "none"),
    (_FEATURE + "parserFeature?uri=http://apache.org/xml/features/disallow-doctype-decl", "true"),
    (_FEATURE + "parserProperty?uri=jdk.xml.maxElementDepth", "0"),
)
_OWN = "{urn:ncpeh:schematron}"
_CODE = re.compile(r"\b[A-Z]{4}\d{4}\b")
_LOCK = threading.RLock()


class SchematronFailed(Exception):
    """Saxon could not evaluate the rules. ``code`` is its error code; its message may quote the document: dropped."""

    def __init__(self, error: Exception) -> None:
        found = _CODE.search(str(error))
        self.code = found.group(0) if found else "unknown"
        super().__init__(self.code)


class _Executable(Protocol):
    """What we use of saxonche's PyXsltExecutable, which publishes no types."""

    def set_global_context_item(self, *, xdm_item: object) -> None: ...
    def apply_templates_returning_string(self, *, xdm_value: object) -> str: ...


class Compiled:
    """One schema ready to run. Belongs to its process; safe to call from any of its threads, one at a time."""

    def __init__(self, schema: Schema, value_sets: ValueSets, *, careful: bool = False) -> None:
        """``careful``: try every node and survive each assertion that cannot be evaluated (slower).

        Raises SchematronUnsupported when the schema does not compile.
        """
        self._schema = schema
        self._value_sets = value_sets
        self._careful = careful
        self._program = emit(schema, careful=careful)
        maps, self.missing = _look_up(self._program, value_sets)
        self._executable = _compile(self._program, json.dumps(maps))
        self._thorough: Compiled | None = None

    def run(self, document: etree._Element) -> list[Finding]:
        """What fires, in the order of patterns and then of the document.

        When a rule cannot be evaluated on this document, a careful program finds which: each is an ERROR, the others
        count. Raises SchematronFailed when even that does not run.
        """
        text = etree.tostring(document, encoding="unicode", with_tail=False)
        try:
            fired = _run(self._executable, text)
        except SchematronFailed:
            if self._careful:
                raise
            if self._thorough is None:
                self._thorough = Compiled(self._schema, self._value_sets, careful=True)
            return self._thorough.run(document)
        return [_finding(one, self._program) for one in fired]


_Maps = dict[str, dict[str, Keys]]


def _look_up(program: Program, value_sets: ValueSets) -> tuple[_Maps, tuple[str, ...]]:
    """(maps by value set and kind, value sets that are not at hand)."""
    found = {oid: value_sets.find(oid) for oid in sorted({oid for oid, _ in program.value_sets})}
    maps: _Maps = {oid: {} for oid in found}
    for oid, kind in program.value_sets:
        value_set = found[oid]
        maps[oid][kind] = {} if value_set is None else value_set.keys(kind)
    return maps, tuple(oid for oid, value_set in found.items() if value_set is None)


def _finding(fired: dict[str, Any], program: Program) -> Finding:
    assertion, known_as = program.assertions[fired["a"]]
    path = readable(fired["p"], program.prefixes)
    if "e" in fired:
        text = f"the rule could not be evaluated here ({fired['e'].removeprefix('err:')}): {assertion.test}"
        return Finding(Severity.ERROR, "schematron-failed", path, text, rule=known_as)
    values = iter(fired["v"])
    words = "".join(next(values) if isinstance(part, Value) else part for part in assertion.message)
    return Finding(assertion.severity, "schematron", path, " ".join(words.split()), rule=known_as)


@cache
def _processor() -> "PySaxonProcessor":
    """The one processor of this process. Saxon is loaded here: a process that runs no Schematron does not need it."""
    from saxonche import PySaxonProcessor

    processor = PySaxonProcessor(license=False)
    for name, value in _SETTINGS:
        processor.set_configuration_property(name, value)
    return processor


def _compile(program: Program, maps: str) -> _Executable:
    from saxonche import PySaxonApiError  # as in `_processor`

    with _LOCK, _silent():
        processor = _processor()
        try:
            sets = processor.parse_json(json_text=maps)
            executable = processor.new_xslt30_processor().compile_stylesheet(stylesheet_text=program.stylesheet)
            executable.set_parameter(_OWN + "sets", sets)
            executable.set_initial_mode(_OWN + "main")
        except PySaxonApiError as error:
            raise SchematronUnsupported(f"the schema does not compile: {error}") from None
    compiled: _Executable = executable
    return compiled


def _run(executable: _Executable, text: str) -> list[dict[str, Any]]:
    from saxonche import PySaxonApiError  # as in `_processor`

    with _LOCK, _silent():
        try:
            document = _processor().parse_xml(xml_text=text)
            executable.set_global_context_item(xdm_item=document)
            output = executable.apply_templates_returning_string(xdm_value=document)
        except PySaxonApiError as error:
            raise SchematronFailed(error) from None
    fired: list[dict[str, Any]] = json.loads(output)
    return fired


@contextmanager
def _silent() -> Iterator[None]:
    """Standard error of the process goes nowhere while Saxon runs: it prints the document's content there.

    A process that serves others leaves this to worker processes.
    """
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
