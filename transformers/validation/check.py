"""Is this document valid? XSD, official Schematron, our own rules: one Report, and what could not be checked.

A document that claims no known template would pass every official rule without being looked at; that is an ERROR here.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from lxml import etree

from transformers.cda.kinds import KINDS, DocumentKind, document_body, document_code, recognise, templated
from transformers.cda.rules.check import CodeCheck, check_parsed
from transformers.cda.rules.texts import RULE_TEXTS
from transformers.model.finding import Finding, Report, Severity
from transformers.model.open_document import open_document
from transformers.validation.artefacts import Artefacts, SchematronFolder
from transformers.validation.schematron import Compiled, SchematronFailed, SchematronUnsupported, read_schema
from transformers.validation.schematron.emit import emit
from transformers.validation.xsd import check_xsd, explain_xsd
from trust.xml import XmlRefused

LAYERS = ("xsd", "schematron", "own")


class Unavailable(Exception):
    """A layer cannot be run; the text says why."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What `check` found. ``unavailable`` maps a layer that was asked for to the reason it was not run."""

    kind: DocumentKind | None
    report: Report
    layers_run: tuple[str, ...]
    layers_unavailable: dict[str, str] = field(default_factory=dict)

    @property
    def valid(self) -> bool:
        """No finding is an error. Says nothing about layers that were not run."""
        return self.report.worst() not in (Severity.ERROR, Severity.FATAL)


@dataclass(frozen=True, slots=True)
class _LayerInput:
    """What a layer is given."""

    content: bytes
    document: etree._Element
    kind: DocumentKind | None
    artefacts: Artefacts | None
    wave: int
    explain: bool
    codes: CodeCheck | None


def check(
    document: bytes,
    artefacts: Path | None,
    *,
    wave: int = 8,
    layers: Sequence[str] = LAYERS,
    explain: bool = False,
    codes: CodeCheck | None = None,
) -> Checked:
    """Check one document.

    ``artefacts`` is the folder of official artefacts; without it the XSD and Schematron layers are unavailable and said
    to be. ``explain`` adds INFO findings that explain XSD errors and our own rules; ``codes`` lets our own rules
    compare codes with a terminology release. Compiled schemas are kept for this process's life.
    Raises a leaf of `XmlRefused` when the bytes are no document at all, ValueError for an unknown layer.
    """
    unknown = set(layers) - set(LAYERS)
    if unknown:
        raise ValueError(f"unknown layers: {', '.join(sorted(unknown))}")
    report = Report()
    root = open_document(document, report)
    kind = recognise(root)
    question = _LayerInput(
        document, root, kind, None if artefacts is None else Artefacts(artefacts), wave, explain, codes
    )
    for finding in _identity(root, kind):
        report.add(finding)
    run: list[str] = []
    unavailable: dict[str, str] = {}
    for layer in (name for name in LAYERS if name in layers):
        try:
            found = list(_LAYERS[layer](question))
        except Unavailable as reason:
            unavailable[layer] = str(reason)
            continue
        run.append(layer)
        for finding in found:
            report.add(finding)
    return Checked(kind, report, tuple(run), unavailable)


def _identity(root: etree._Element, kind: DocumentKind | None) -> Iterable[Finding]:
    """Is it what its rules take it for? Otherwise the official rules pass it without looking."""
    where = "/hl7:ClinicalDocument[1]"
    if kind is None:
        text = "neither the document templateId nor the document code is one of MyHealth@EU; no official rule applies"
        yield Finding(Severity.ERROR, "document-kind-unknown", "/", text, rule="own-kind-1")
        return
    if not templated(root, kind):
        text = f"templateId {kind.template} is missing: without it every official rule of a {kind.name} passes unseen"
        yield Finding(Severity.ERROR, "document-template-missing", where, text, rule="own-kind-2")
    code = document_code(root)
    if kind.code is not None and code != kind.code:
        text = f"the template is of a {kind.name}, whose code is {kind.code}"
        yield Finding(
            Severity.ERROR, "document-code-differs", f"{where}/hl7:code[1]", text, original=code, rule="own-kind-3"
        )
    if document_body(root) != kind.body:
        text = f"the template is of a {kind.name}, whose body is {kind.body}"
        yield Finding(Severity.ERROR, "document-body-differs", f"{where}/hl7:component[1]", text, rule="own-kind-4")


def _xsd(question: _LayerInput) -> Iterable[Finding]:
    path = _artefacts(question).cda_xsd
    if path is None:
        raise Unavailable("the CDA XSD is not in the folder of official artefacts")
    try:
        found = list(check_xsd(question.document, path))
    except etree.XMLSchemaParseError as error:
        raise Unavailable(f"the CDA XSD cannot be read: {error}") from error
    return [*found, *explain_xsd(question.document, path)] if found and question.explain else found


def _schematron(question: _LayerInput) -> Iterable[Finding]:
    artefacts = _artefacts(question)
    if question.kind is None:
        raise Unavailable("the kind of document is unknown")
    if question.kind.schematron is None:
        raise Unavailable(f"there are no rules of wave {question.wave} for a {question.kind.name}")
    file = artefacts.schematron_file(question.wave, question.kind.schematron)
    if file is None:
        raise Unavailable(f"the Schematron of wave {question.wave} for a {question.kind.name} is not in the folder")
    try:
        compiled = compiled_schematron(file)
    except SchematronUnsupported as error:
        raise Unavailable(f"{file.name} cannot be compiled: {error}") from error
    try:
        found = compiled.run(question.document)
    except SchematronFailed as error:
        text = f"the official rules could not be evaluated on this document ({error.code})"
        found = [Finding(Severity.ERROR, "schematron-failed", "/", text)]
    return [*found, *(_not_at_hand(oid) for oid in compiled.missing)]


def _not_at_hand(oid: str) -> Finding:
    text = f"value set {oid} is not at hand: no code was found in it, and rules that name it may be unjust"
    return Finding(Severity.INFO, "check-unavailable", "/", text, rule=oid)


def _own(question: _LayerInput) -> Iterable[Finding]:
    found = check_parsed(question.content, question.document, question.codes).findings
    return [*found, *_why(found)] if question.explain else found


def _why(found: list[Finding]) -> Iterable[Finding]:
    """Why a rule that was broken exists, once for each."""
    for rule in dict.fromkeys(finding.rule for finding in found if finding.rule in RULE_TEXTS):
        yield Finding(Severity.INFO, "own-explained", "/", RULE_TEXTS[rule or ""].why, rule=rule)


@lru_cache(maxsize=16)
def compiled_schematron(file: Path) -> Compiled:
    """Read and compile a schema file, once per process. Raises SchematronUnsupported."""
    folder = SchematronFolder(file)
    try:
        return Compiled(read_schema(file.name, folder.source), folder)
    except (OSError, XmlRefused) as error:
        raise SchematronUnsupported(f"a file of it cannot be read: {error}") from error


def absent_value_sets(artefacts: Artefacts, wave: int) -> list[str]:
    """OIDs that a wave's Schematrons ask for and that are not beside them. Raises SchematronUnsupported."""
    absent: set[str] = set()
    names = [kind.schematron for kind in KINDS if kind.schematron is not None]
    for file in filter(None, (artefacts.schematron_file(wave, name) for name in names)):
        folder = SchematronFolder(file)
        asked = {oid for oid, _ in emit(read_schema(file.name, folder.source)).value_sets}
        absent |= {oid for oid in asked if folder.find(oid) is None}
    return sorted(absent)


def _artefacts(question: _LayerInput) -> Artefacts:
    if question.artefacts is None:
        raise Unavailable("no folder of official artefacts was given")
    return question.artefacts


_LAYERS: dict[str, Callable[[_LayerInput], Iterable[Finding]]] = {"xsd": _xsd, "schematron": _schematron, "own": _own}
